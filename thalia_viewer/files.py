"""Files that a person saves: whole or not at all, and what went wrong in words. Any thread."""

from __future__ import annotations

from pathlib import Path

from thalia_core.cube.durable import write_bytes
from thalia_core.errors import ThaliaError


def write_file(path: Path, data: bytes) -> Path:
    """Write a file at once; one of that name is replaced, or left as it was on an error.

    Raises:
        ThaliaError: The disk refused.
    """
    try:
        write_bytes(path, data)
    except OSError as error:
        raise ThaliaError(
            "cannot write the file",
            where=path,
            why=error.strerror or str(error),
            fix="save it in a folder that you may write to and that has room",
        ) from error
    return path
