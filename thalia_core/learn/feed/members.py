"""Members of a shard: values of PyTorch's files, read without running anything they may hold."""

import io
import pickle
import zipfile
from typing import Any

import torch

from thalia_core.errors import RunError


def pack(value: Any) -> bytes:
    """A tensor, or plain values, as a file of PyTorch; the same value gives the same bytes."""
    buffer = io.BytesIO()
    torch.save(value, buffer)
    return buffer.getvalue()


def unpack(data: bytes, where: str) -> Any:
    """The value of a member.

    Args:
        data: The bytes of the file.
        where: Shard and member, for the message.

    Raises:
        RunError: It holds code, or is damaged.
    """
    try:
        return torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise RunError(
            "a member of the shard is not plain values, and was not opened",
            where=where,
            why="it holds code (pickled objects), which could do anything, or is damaged",
            fix="use shards from a source you trust, of tensors and plain values only",
        ) from error
    except Exception as error:  # whatever a damaged file makes the library raise
        raise RunError(
            "cannot read a member of the shard",
            where=where,
            why=f"it is damaged ({type(error).__name__}: {str(error)[:200]})",
            fix="copy or download the shard again",
        ) from error


def require_sound(data: bytes, where: str) -> None:
    """The checksums of a member hold: torch does not look at them.

    Raises:
        RunError: They do not, or it is no such file.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as file:
            wrong = file.testzip()
    except zipfile.BadZipFile as error:
        raise RunError("a member of the shard is damaged", where=where, why=str(error)) from error
    if wrong is not None:
        why = f"the checksum of {wrong} does not fit"
        raise RunError("a member of the shard is damaged", where=where, why=why)
