"""Files that are whole or absent, and on the disk when the call returns."""

import os
import uuid
from pathlib import Path

PARTIAL = ".partial"
"""Ending of files under way; a crash may leave some behind."""


def write_bytes(path: Path, data: bytes | bytearray | memoryview) -> None:
    """Replace a file atomically and durably.

    The bytes go to a file beside it that is synchronised and renamed; then the folder is
    synchronised. Folders that are missing are made, durably too.

    Raises:
        OSError: The disk refused; the old file is untouched and nothing is left behind.
    """
    make_folder(path.parent)
    temporary = path.parent / f".{path.name}.{uuid.uuid4().hex}{PARTIAL}"
    try:
        with temporary.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def remove(path: Path) -> None:
    """Remove a file durably; one that is absent is no error."""
    try:
        path.unlink()
    except FileNotFoundError:
        return
    sync_folder(path.parent)


def make_folder(folder: Path) -> None:
    """Make a folder and its missing parents, each recorded in its own parent on disk."""
    missing = []
    while not folder.is_dir():
        missing.append(folder)
        folder = folder.parent
    for path in reversed(missing):
        path.mkdir(exist_ok=True)
        sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Bring the folder's entries (new names, renames, removals) to the disk."""
    if os.name != "posix":  # Windows has no handle on folders and orders renames itself
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_tree(folder: Path) -> None:
    """Bring every file and folder below ``folder`` to the disk."""
    for root, _, names in os.walk(folder):
        for name in names:
            descriptor = os.open(os.path.join(root, name), os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        sync_folder(Path(root))


def sweep(folder: Path) -> int:
    """Remove files that a crash left under way; call it only while holding the lock."""
    stale = [path for path in folder.rglob(f"*{PARTIAL}") if path.is_file()]
    for path in stale:
        path.unlink(missing_ok=True)
    return len(stale)
