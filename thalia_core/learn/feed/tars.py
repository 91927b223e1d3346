"""Tar files of samples: where each member lies, so that any of them is read with one seek.

The layout is plain tar with members ``KEY.NAME.pth``; the standard library reads and writes it. The
``webdataset`` package reads such files in one direction only, shuffled through a buffer: with an
index every epoch has an order of its own that follows from the seed, and a resumed run goes on.
"""

import io
import os
import tarfile
import uuid
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from thalia_core.cube.durable import PARTIAL, make_folder, sync_folder
from thalia_core.errors import RunError

_END = 2 * tarfile.BLOCKSIZE
"""A whole tar ends with two blocks of zeros."""


@dataclass(frozen=True, slots=True)
class Member:
    """Where the bytes of a member lie in its tar."""

    offset: int
    size: int


def index(path: Path) -> dict[str, dict[str, Member]]:
    """The samples of a tar in their order: key -> name of the member (``image.pth``) -> place.

    Raises:
        RunError: No such file, cut short, or not a tar.
    """
    found: dict[str, dict[str, Member]] = {}
    try:
        with path.open("rb") as file:
            with tarfile.open(fileobj=file, mode="r:") as tar:
                for info in tar:
                    folder, _, base = info.name.rpartition("/")
                    stem, _, name = base.partition(".")
                    if info.isreg() and name:
                        key = f"{folder}/{stem}" if folder else stem
                        place = Member(info.offset_data, info.size)
                        found.setdefault(key, {})[name] = place
            _require_end(file)
    except tarfile.TarError as error:
        raise _damaged(path, str(error)) from error
    except OSError as error:
        raise RunError(
            "cannot read the shard", where=path, why=error.strerror or str(error)
        ) from error
    return found


def read(path: Path, member: Member) -> bytes:
    """The bytes of a member.

    Raises:
        RunError: The file went away, or is shorter than it was when it was indexed.
    """
    try:
        with path.open("rb", buffering=0) as file:
            file.seek(member.offset)
            data = file.read(member.size)
    except OSError as error:
        raise RunError(
            "cannot read the shard", where=path, why=error.strerror or str(error)
        ) from error
    if data is None or len(data) != member.size:
        raise _damaged(path, "it is shorter than its index says")
    return data


def write(path: Path, samples: Iterable[tuple[str, Mapping[str, bytes]]]) -> int:
    """Write a tar of samples, whole or not at all; the same samples give the same bytes.

    Args:
        path: Where; an older file of that name is replaced.
        samples: (key, name of the member -> bytes), taken one after the other.

    Returns:
        The number of samples.

    Raises:
        RunError: The disk refused; nothing is left behind.
    """
    temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex}{PARTIAL}")
    count = 0
    try:
        make_folder(path.parent)
        with temporary.open("wb") as file:
            with tarfile.open(fileobj=file, mode="w", format=tarfile.USTAR_FORMAT) as tar:
                for key, members in samples:
                    for name, data in sorted(members.items()):
                        info = tarfile.TarInfo(f"{key}.{name}")
                        info.size = len(data)
                        tar.addfile(info, io.BytesIO(data))
                    count += 1
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        raise RunError(
            "cannot write the shard",
            where=path,
            why=error.strerror or str(error),
            fix="make room on the disk, then run the same command again",
        ) from error
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
    return count


def _require_end(file: BinaryIO) -> None:
    """A tar that was cut between two members looks like a shorter one, but has no end."""
    file.seek(0, os.SEEK_END)
    file.seek(max(file.tell() - _END, 0))
    end = file.read()
    if len(end) < _END or any(end):
        raise tarfile.ReadError("its end is missing")


def _damaged(path: Path, why: str) -> RunError:
    return RunError(
        "the shard is damaged or cut short",
        where=path,
        why=why,
        fix="copy or download it again, or remove it and write it anew with 'thalia shards write'",
    )
