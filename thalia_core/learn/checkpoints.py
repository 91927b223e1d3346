"""The state of a run in one file: whole or absent, and holding values only, never code."""

import os
import pickle
from hashlib import file_digest
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile, is_zipfile

import torch

from thalia_core.cube.durable import PARTIAL, sync_folder
from thalia_core.errors import RunError

FORMAT = "thalia-checkpoint-1"
BEST, LAST = "best.pt", "last.pt"


def save(path: Path, values: dict[str, Any]) -> None:
    """Replace the checkpoint atomically and durably.

    Raises:
        RunError: The disk refused; an older checkpoint is untouched.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}{PARTIAL}")
    try:
        with temporary.open("wb") as file:
            torch.save({"format": FORMAT, **values}, file)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except (OSError, RuntimeError) as error:
        raise RunError(
            "cannot save the state of the run",
            where=path,
            why=_reason(error),
            fix="make room on the disk, then resume the run",
        ) from error
    finally:
        temporary.unlink(missing_ok=True)
    sync_folder(path.parent)


def load(path: Path) -> dict[str, Any]:
    """Read a checkpoint of this program, onto the CPU.

    Raises:
        RunError: No such file, not a checkpoint, damaged, or one that holds code.
    """
    values = _load(path)
    if values.get("format") != FORMAT:
        raise RunError("not a checkpoint of this program", where=path)
    return values


def read_weights(path: Path) -> dict[str, torch.Tensor]:
    """Named weights of a file of another program: safetensors, or a PyTorch state dictionary.

    Raises:
        RunError: No such file, or it holds something else.
    """
    if path.suffix == ".safetensors":
        from safetensors.torch import load_file

        return dict(load_file(path))
    values = _load(path)
    inner = values.get("state_dict", values)
    if not inner or not all(isinstance(value, torch.Tensor) for value in inner.values()):
        raise RunError("the file holds no weights", where=path)
    return dict(inner)


def is_checkpoint(path: Path) -> bool:
    """Whether the file is a checkpoint of this program; False for anything unreadable."""
    try:
        return path.suffix != ".safetensors" and _load(path).get("format") == FORMAT
    except RunError:
        return False


def digest(path: Path) -> str:
    """SHA-256 of the file."""
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def of_run(folder: Path, which: str = "best") -> Path:
    """The checkpoint of a run; the last one where no best one was chosen yet.

    Raises:
        RunError: The run has none.
    """
    wanted = [LAST] if which == "last" else [BEST, LAST]
    for name in wanted:
        if (folder / name).is_file():
            return folder / name
    raise RunError(
        "the run has no checkpoint yet",
        where=folder,
        fix="train it for at least one epoch, or name another run",
    )


def _reason(error: Exception) -> str:
    """What the system said: torch's own error, which comes of it, speaks of its file format."""
    cause = error.__context__
    told = cause if isinstance(cause, OSError) else error
    return (isinstance(told, OSError) and told.strerror) or str(told)


def _require_sound(path: Path) -> None:
    """The checksums of the file hold: torch does not look at them."""
    if not is_zipfile(path):
        return  # older formats have none
    with ZipFile(path) as file:
        wrong = file.testzip()
    if wrong is not None:
        raise BadZipFile(f"the checksum of {wrong} does not fit")


def _load(path: Path) -> dict[str, Any]:
    try:
        _require_sound(path)
        values = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError as error:
        raise RunError("no such checkpoint", where=path) from error
    except pickle.UnpicklingError as error:
        raise RunError(
            "the file is not a plain file of weights, and was not opened",
            where=path,
            why="it holds code (pickled objects), which could do anything, or is damaged",
            fix="use a file of weights only, such as safetensors",
        ) from error
    except Exception as error:  # whatever a damaged or strange file makes the library raise
        raise RunError(
            "cannot read the file of weights",
            where=path,
            why=f"it is damaged or of another kind ({type(error).__name__}: {str(error)[:200]})",
        ) from error
    if not isinstance(values, dict):
        raise RunError("not a checkpoint", where=path)
    return values
