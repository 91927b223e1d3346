"""Has a cube changed since it was read? Told from names, sizes and times: no file is opened.

Every careful writer, ours among them, writes a file beside the old one and renames it, which stamps
the folder. Small arrays (axes, flags, labels) are looked at file by file, too, for writers that are
not careful; of layers and masks the folders are enough.
"""

import hashlib
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from thalia_core.cube import schema

_TICK_NS = 2_000_000_000
"""The coarsest clock of a file system (FAT): what changed within it may change again unnoticed."""
_SKEW_NS = 3_600_000_000_000
"""How far the clock of a file server may go ahead; later times are nonsense and hide nothing."""
_META = (".zgroup", ".zattrs", ".zarray", "zarr.json")
_PLANES = frozenset(
    stored
    for variable in schema.VARIABLES.values()
    if schema.Y in variable.dims
    for stored in (variable.name, *variable.aliases)
)
_DECIDING = frozenset(
    stored
    for name in (*schema.MASKS, "insar_difference")
    for stored in (name, *schema.VARIABLES[name].aliases)
)
"""Planes whose presence the catalogue tells."""


@dataclass(frozen=True, slots=True)
class Signature:
    """What a cube looked like from outside, at one moment.

    Attributes:
        digest: Equal as long as nothing that the catalogue tells has changed.
        young: It changed so shortly before that the next change may leave the same times.
    """

    digest: str
    young: bool


def sign(cube: Path) -> Signature:
    """Look at a cube; call it before reading, so that a change meanwhile is noticed next time.

    Raises:
        OSError: It cannot be looked at.
    """
    lines = sorted(_lines(str(cube)))
    sidecar = os.path.realpath(cube).removesuffix(".zarr") + ".thalia"
    if os.path.exists(f"{sidecar}/appending.json"):  # then its axes may be shorter
        lines.append(("appending", 0, ""))
    digest = hashlib.blake2b(repr(lines).encode(), digest_size=16).hexdigest()
    now = time.time_ns()
    young = any(now - _TICK_NS < stamp < now + _SKEW_NS for _, stamp, _ in lines)
    return Signature(digest, young)


_Line = tuple[str, int, str]


def _lines(cube: str) -> Iterator[_Line]:
    """(place, time of the last change, the rest that can be told) of files and folders."""
    yield _line("", os.stat(cube))
    with os.scandir(cube) as entries:
        found = list(entries)
    for entry in found:
        folder = entry.is_dir()
        if folder or entry.name in _META:
            yield from _known(entry.path, entry.name)
        if folder:
            yield from _array(entry.path, entry.name)


def _array(folder: str, name: str) -> Iterator[_Line]:
    if name not in _PLANES:
        yield from _files(folder, name)
        return
    for meta in _META:
        yield from _known(f"{folder}/{meta}", f"{name}/{meta}")
    if name in _DECIDING:
        yield from _nested(folder, name)


def _files(folder: str, place: str) -> Iterator[_Line]:
    with os.scandir(folder) as entries:
        for entry in entries:
            yield from _known(entry.path, f"{place}/{entry.name}")
            if entry.is_dir():
                yield from _files(entry.path, f"{place}/{entry.name}")


def _nested(folder: str, place: str) -> Iterator[_Line]:
    """The folders in which chunks lie, where they are not all in one."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name in _META or entry.name.startswith("."):
                continue
            if not entry.is_dir():
                return  # the first chunk tells: either all are files here, or all lie deeper
            yield from _known(entry.path, f"{place}/{entry.name}")
            yield from _nested(entry.path, f"{place}/{entry.name}")


def _known(path: str, place: str) -> Iterator[_Line]:
    try:
        yield _line(place, os.stat(path))
    except FileNotFoundError:  # renamed by a writer at this moment, or a link to nowhere
        return


def _line(place: str, stat: os.stat_result) -> _Line:
    return place, stat.st_mtime_ns, f"{stat.st_size} {stat.st_ino} {stat.st_ctime_ns}"
