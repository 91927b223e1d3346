"""The annotation files as they lie about: a folder, one file, a tar or a zip archive."""

import bz2
import gzip
import lzma
import shutil
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from thalia_core.errors import BuildError

_LARGEST = 1_000_000
"""Bytes; the longest public file has 20,000."""
_TOO_LARGE = b"larger than a sample can be"
_TAR = (".tar", ".tar.gz", ".tgz", ".tar.xz", ".tar.bz2")
_PACKED: dict[bytes, Callable[[Path], Any]] = {
    b"\x1f\x8b": gzip.open,
    b"\xfd7zXZ": lzma.open,
    b"BZh": bz2.open,
}
_BLOCK = 512
_DAMAGED = (
    gzip.BadGzipFile,
    tarfile.TarError,
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
)


def read_files(source: Path) -> Iterator[tuple[str, bytes]]:
    """(name, content) of every JSON file, by number; nothing of an archive is left behind.

    Raises:
        BuildError: The source cannot be read, or is cut off or damaged.
    """
    name = source.name.casefold()
    try:
        if source.is_dir():
            found = (path for path in source.rglob("*.json") if _wanted(path.name))
            paths = sorted(found, key=lambda path: _natural(path.name))
            yield from ((str(path), path.read_bytes()) for path in paths if path.is_file())
        elif name.endswith(_TAR):
            yield from _sorted(_tar_files(source))
        elif name.endswith(".zip"):
            yield from _sorted(_zip_files(source))
        else:
            yield str(source), source.read_bytes()
    except (OSError, RuntimeError, *_DAMAGED) as error:  # zipfile: RuntimeError for a password
        why = getattr(error, "strerror", None) or str(error)
        cut = isinstance(error, _DAMAGED)
        raise BuildError(
            "cannot read the annotations",
            where=source,
            why=why,
            fix="the archive is cut off or damaged: get it again" if cut else None,
        ) from error


def _tar_files(source: Path) -> Iterator[tuple[str, bytes]]:
    """The files of a tar archive.

    It is unpacked to its end first, which checks its sums; and its last block must say that it is
    the last: ``tarfile`` takes a damaged block for the end and says nothing.
    """
    with source.open("rb") as file:
        head = file.read(6)
    opener = next((o for magic, o in _PACKED.items() if head.startswith(magic)), None)
    with tempfile.TemporaryFile() as plain:
        with source.open("rb") if opener is None else opener(source) as packed:
            shutil.copyfileobj(packed, plain)
        plain.seek(0)
        with tarfile.open(fileobj=plain, mode="r:") as archive:
            for member in archive:
                if member.isfile() and _wanted(member.name):
                    content = archive.extractfile(member) if member.size <= _LARGEST else None
                    yield member.name, content.read() if content else _TOO_LARGE
            plain.seek(archive.offset)
            if plain.read(_BLOCK) != bytes(_BLOCK):
                raise tarfile.ReadError(f"damaged at byte {archive.offset} of the archive")


def _zip_files(source: Path) -> Iterator[tuple[str, bytes]]:
    with zipfile.ZipFile(source) as archive:
        for info in archive.infolist():
            if _wanted(info.filename):
                small = info.file_size <= _LARGEST
                yield info.filename, archive.read(info) if small else _TOO_LARGE


def _wanted(name: str) -> bool:
    """JSON, but not what macOS puts beside it."""
    last = name.rsplit("/", 1)[-1]
    return last.endswith(".json") and not last.startswith("._")


def _sorted(files: Iterable[tuple[str, bytes]]) -> list[tuple[str, bytes]]:
    return sorted(files, key=lambda file: _natural(file[0].rsplit("/", 1)[-1]))


def _natural(name: str) -> tuple[int, str]:
    stem = name.removesuffix(".json")
    return (int(stem) if stem.isdecimal() else 1 << 62), name
