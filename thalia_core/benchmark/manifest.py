"""What a run learns from and is held to, written down so that it can be repeated to the sample."""

import json
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, Protocol

from thalia_core import __version__
from thalia_core.cube.durable import write_bytes
from thalia_core.errors import ConfigError

FORMAT = "thalia manifest 1"


class Named(Protocol):
    """A sample or a series."""

    @property
    def key(self) -> str:
        """Its name."""

    @property
    def positive(self) -> bool:
        """Whether it shows deformation."""


def manifest(parts: Mapping[str, Sequence[Named]], config: Mapping[str, Any]) -> dict[str, Any]:
    """The samples of all parts by name, with a digest over them and how they were chosen.

    Args:
        parts: Part -> samples or series.
        config: How they were chosen, as plain values.
    """
    names = {part: [item.key for item in items] for part, items in parts.items()}
    positive = {
        part: [item.key for item in items if item.positive] for part, items in parts.items()
    }
    body = {"config": dict(config), "parts": names, "positive": positive}
    return {"format": FORMAT, "version": __version__, "digest": digest_of(body), **body}


def digest_of(body: Mapping[str, Any]) -> str:
    """Changes when any sample, its class, or the way they were chosen does."""
    told = {key: body[key] for key in ("config", "parts", "positive")}
    return sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def write_manifest(path: Path, told: Mapping[str, Any]) -> None:
    """Write it whole or not at all."""
    write_bytes(path, (json.dumps(told, indent=1) + "\n").encode())


def read_manifest(path: Path) -> dict[str, Any]:
    """Read one and check its digest.

    Raises:
        ConfigError: It is none, or was changed.
    """
    try:
        told = json.loads(path.read_bytes())
        if told["format"] != FORMAT or digest_of(told) != told["digest"]:
            raise ValueError("its digest is not that of its samples")
    except OSError as error:
        raise ConfigError("cannot read the manifest", where=path, why=error.strerror) from error
    except (ValueError, KeyError, TypeError) as error:
        raise ConfigError(
            "not a manifest of samples",
            where=path,
            why=str(error),
            fix="write it anew with 'thalia splits ... --manifest FILE'",
        ) from error
    return dict(told)
