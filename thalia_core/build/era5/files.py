"""From the paths a user names to files that can be opened: folders searched, archives unpacked."""

import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from thalia_core.build.findings import Finding
from thalia_core.errors import BuildError

Kind = Literal["netcdf3", "netcdf4", "grib", "zip"]
_MAGIC: tuple[tuple[bytes, Kind], ...] = (
    (b"\x89HDF\r\n\x1a\n", "netcdf4"),
    (b"CDF\x01", "netcdf3"),
    (b"CDF\x02", "netcdf3"),
    (b"GRIB", "grib"),
    (b"PK\x03\x04", "zip"),
)
_ENDINGS = (".nc", ".nc4", ".cdf", ".grib", ".grb", ".grib1", ".grb1", ".zip")
_MOST_MEMBERS = 1000
_MOST_RATIO = 200
"""Times that an archive may grow: weather packs 2 to 3 times, the usual trap 1,000 times."""
_BLOCK = 1 << 20
_BROKEN = (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError)


@dataclass(frozen=True, slots=True)
class Source:
    """A file that may hold fields.

    Attributes:
        path: Where it can be read.
        kind: Its format, by its first bytes.
        name: What people know it as; a member of an archive stands after the archive's name.
    """

    path: Path
    kind: Kind
    name: str


class Files:
    """The readable files behind paths; archives are unpacked until :meth:`close`.

    Args:
        paths: Files, folders (searched to the bottom) and zip archives.

    Raises:
        BuildError: A named path is not there.
    """

    def __init__(self, paths: Sequence[Path]) -> None:
        self.findings: list[Finding] = []
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._unpacked = 0
        try:
            self.sources = [source for path in paths for source in self._below(path)]
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Remove what was unpacked."""
        if self._folder is not None:
            self._folder.cleanup()

    def _below(self, path: Path) -> Iterator[Source]:
        if not path.exists():
            raise BuildError("no such ERA5 file or folder", where=path, fix="check the spelling")
        files = sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
        for file in files:
            try:
                kind = _kind(file)
            except OSError as error:
                self._leave(file, f"cannot be read: {error.strerror}")
                continue
            if kind == "zip":
                yield from self._archive(file)
            elif kind is not None:
                yield Source(file, kind, str(file))
            elif file is path or file.suffix.lower() in _ENDINGS:
                self._leave(file, "it is neither netCDF, GRIB nor a zip of them")

    def _archive(self, archive: Path) -> Iterator[Source]:
        """The fields in an archive."""
        try:
            with zipfile.ZipFile(archive) as opened:
                members = [member for member in opened.infolist() if not member.is_dir()]
                if why := _refused(members, shutil.disk_usage(self._place()).free):
                    self._leave(archive, why)
                    return
                for member in members:
                    yield from self._member(archive, opened, member)
        except _BROKEN as error:
            self._leave(archive, f"cannot be unpacked: {error}")

    def _member(
        self, archive: Path, opened: zipfile.ZipFile, member: zipfile.ZipInfo
    ) -> Iterator[Source]:
        """Unpack one file under a name of our choice: the archive's own may point anywhere."""
        self._unpacked += 1
        file = self._place() / str(self._unpacked)
        with opened.open(member) as packed, file.open("wb") as plain:
            shutil.copyfileobj(packed, plain, _BLOCK)  # ends at the size the archive states
        kind = _kind(file)
        name = f"{archive}/{member.filename}"
        if kind is not None and kind != "zip":
            yield Source(file, kind, name)
            return
        file.unlink()
        if kind == "zip" or Path(member.filename).suffix.lower() in _ENDINGS:
            self._leave(name, "it is neither netCDF nor GRIB")

    def _place(self) -> Path:
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(prefix="thalia_era5_")
        return Path(self._folder.name)

    def _leave(self, where: Path | str, why: str) -> None:
        self.findings.append(Finding(where, why))


def _kind(file: Path) -> Kind | None:
    """The format by the first bytes; None for another one."""
    with file.open("rb") as opened:
        head = opened.read(8)
    return next((kind for magic, kind in _MAGIC if head.startswith(magic)), None)


def _refused(members: Sequence[zipfile.ZipInfo], room: int) -> str | None:
    """Why an archive is not unpacked; None when it may be."""
    if len(members) > _MOST_MEMBERS:
        return f"it holds {len(members)} files, a download of ERA5 holds a few"
    if any(member.flag_bits & 0x1 for member in members):
        return "it is encrypted"
    whole = sum(member.file_size for member in members)
    times = whole / max(sum(member.compress_size for member in members), 1)
    if times > _MOST_RATIO:
        return f"it would grow {times:.0f} times to {whole / 1e9:.1f} GB, as no weather does"
    if whole > room:
        return (
            f"unpacked it takes {whole / 1e9:.1f} GB, but {room / 1e9:.1f} GB are free in "
            f"{tempfile.gettempdir()}"
        )
    return None
