"""Errors a person can act on: what went wrong, where, why, and what to do next."""

from pathlib import Path


class ThaliaError(Exception):
    """An expected failure, told in the user's words.

    Args:
        what: The failure in one clause, e.g. ``"cannot open the cube"``.
        where: The file, folder, pair or field concerned.
        why: The cause, when it is known.
        fix: What the person can do next.
    """

    def __init__(
        self,
        what: str,
        *,
        where: str | Path | None = None,
        why: str | None = None,
        fix: str | None = None,
    ) -> None:
        super().__init__(what)
        self.what = what
        self.where = None if where is None else str(where)
        self.why = why
        self.fix = fix

    def __str__(self) -> str:
        head = self.what if self.where is None else f"{self.what}: {self.where}"
        parts = [head] + [part for part in (self.why, self.fix) if part]
        return "; ".join(part.rstrip(".") for part in parts)


class CubeError(ThaliaError):
    """A datacube cannot be opened, read or written."""


class CubeGoneError(CubeError):
    """The folder of a cube is not there: a share that was unmounted may come back."""


class BuildError(ThaliaError):
    """A cube cannot be made from the given products."""


class ConfigError(ThaliaError):
    """A configuration holds a wrong key or value."""


class EditError(ThaliaError):
    """An annotation cannot be made or saved."""


class LockedError(EditError):
    """Another process holds the cube's lock for too long."""


class RunError(ThaliaError):
    """A training or prediction run cannot start, go on or be read."""
