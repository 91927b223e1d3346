"""A local Zarr store whose writes are durable and confined to the annotation arrays."""

import asyncio
import os
from collections.abc import Callable, Iterable
from errno import ENOENT
from pathlib import Path
from typing import Self

from zarr.core.buffer import Buffer
from zarr.core.common import AccessModeLiteral
from zarr.storage import LocalStore

from thalia_core.cube.durable import remove, write_bytes
from thalia_core.errors import CubeError


class DurableStore(LocalStore):
    """Zarr's local store with every value synchronised to the disk, file and folder.

    Zarr's own store renames into place but synchronises nothing, so that a power cut may lose or
    empty what was acknowledged.

    Args:
        root: The cube.
        writable: Names of the arrays that may be written; any other key is refused, so that no
            mistake of ours reaches a raw layer. None allows everything (a cube under construction).
        fence: Called before each write; raises when the cube's lock is not ours any more.
    """

    def __init__(
        self,
        root: Path | str,
        *,
        read_only: bool = False,
        writable: Iterable[str] | None = None,
        fence: Callable[[], None] | None = None,
    ) -> None:
        super().__init__(root, read_only=read_only)
        self._fence = fence
        self._writable = None if writable is None else frozenset(writable)

    def with_read_only(self, read_only: bool = False) -> Self:
        """The same store with the other mode."""
        return type(self)(
            self.root, read_only=read_only, writable=self._writable, fence=self._fence
        )

    async def _open(self, *, mode: AccessModeLiteral | None = None) -> None:
        """Make the folder as zarr does, but never one whose annotations were to be edited."""
        self._require_root()
        await super()._open(mode=mode)

    async def set(self, key: str, value: Buffer) -> None:
        """Write one value; it is on disk when this returns."""
        await asyncio.to_thread(self.set_sync, key, value)

    async def set_if_not_exists(self, key: str, value: Buffer) -> None:
        """Write one value unless the key is taken; callers hold the cube's lock."""
        if not await self.exists(key):
            await self.set(key, value)

    async def delete(self, key: str) -> None:
        """Remove one value durably."""
        await asyncio.to_thread(self.delete_sync, key)

    def set_sync(self, key: str, value: Buffer) -> None:
        """Write one value without an event loop."""
        self._guard(key)
        self._require_root()
        write_bytes(self.root / key, bytes(value.as_buffer_like()))

    def delete_sync(self, key: str) -> None:
        """Remove one value without an event loop."""
        self._guard(key)
        remove(self.root / key)

    def _require_root(self) -> None:
        """A cube that was moved away must not stand there anew, all but empty."""
        if self._writable is not None and not self.root.is_dir():
            raise FileNotFoundError(ENOENT, os.strerror(ENOENT), str(self.root))

    def _guard(self, key: str) -> None:
        self._check_writable()
        array, separator, _ = key.partition("/")
        if self._writable is not None and not (separator and array in self._writable):
            raise CubeError("refused to write outside the annotations", where=f"{self.root}/{key}")
        if self._fence is not None:
            self._fence()
