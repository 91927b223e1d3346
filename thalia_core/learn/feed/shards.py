"""The published shards: crops of the benchmark as tar files, found and described.

The layout is that of the public benchmark code. Folders ``train_pos``, ``train_neg``, ``val`` and
``test``, perhaps below a folder named after the length of the series, hold tars named
``sample-<part>-NNNNNN.tar``; ``items`` says what is in them.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from thalia_core.errors import RunError
from thalia_core.learn.feed.items import (
    IMAGE,
    Form,
    Item,
    items_of,
    read_facts,
    read_masks,
    read_planes,
    read_tensor,
)
from thalia_core.learn.feed.members import require_sound
from thalia_core.learn.feed.tars import read
from thalia_core.learn.names import BASE_CHANNELS, CHANNELS

PARTS = ("train_pos", "train_neg", "val", "test")
POSITIVE = PARTS[0]
FOLDERS: Mapping[str, tuple[str, ...]] = {
    "train": PARTS[:2],
    "val": ("val",),
    "test": ("test",),
}
"""Split -> folders of its shards."""
MARKER = "shards.json"
"""What shards written by this program say about themselves; the published ones have none."""


class Shards:
    """A folder of shards.

    Attributes:
        folder: Where the folders of the parts lie.
        form: What their samples hold.
        parts: Part -> its samples, in the order of the files.
    """

    def __init__(self, folder: Path, form: Form, parts: Mapping[str, tuple[Item, ...]]) -> None:
        self.folder = folder
        self.form = form
        self.parts = parts

    @classmethod
    def open(cls, folder: Path, steps: int = 1) -> "Shards":
        """Find the shards of a folder and index them; no pixel is read but of one sample.

        Args:
            folder: The folder of the parts, or one of such folders by length of the series.
            steps: Which of those.

        Raises:
            RunError: There are none, one is damaged or missing, or they hold something else.
        """
        root = folder / str(steps) if (folder / str(steps)).is_dir() else folder
        files = {part: tuple(sorted((root / part).glob("*.tar"))) for part in PARTS}
        if not any(files.values()):
            raise RunError(
                "no shards here",
                where=folder,
                why=f"there is no *.tar in {', '.join(PARTS)}",
                fix="name the folder that holds these folders, or write it with "
                "'thalia shards write'",
            )
        marker = _Marker.read(root)
        marker.require_whole(root, files)
        parts = {part: tuple(i for path in files[part] for i in items_of(path)) for part in PARTS}
        first = next(item for items in parts.values() for item in items)
        return cls(root, marker.form(first), parts)

    def of(self, split: str) -> tuple[Item, ...]:
        """Samples of ``train`` (those with deformation first), ``val`` or ``test``."""
        return tuple(item for part in FOLDERS[split] for item in self.parts.get(part, ()))

    @property
    def digest(self) -> str:
        """Changes when any shard is another one."""
        lines = [
            f"{item.part} {Path(item.shard).name} {item.key} {item.image}"
            for items in self.parts.values()
            for item in items
        ]
        return sha256("\n".join(lines).encode()).hexdigest()

    def to_dict(self) -> dict[str, Any]:
        """Plain values: what the samples hold, and how many each part has."""
        counts = {}
        for part, items in self.parts.items():
            paths = {item.shard for item in items}
            size = sum(Path(path).stat().st_size for path in paths)
            counts[part] = {"samples": len(items), "shards": len(paths), "bytes": size}
        return {"folder": str(self.folder), **asdict(self.form), "parts": counts}

    def summary(self) -> str:
        """The sizes in words."""
        counts = [f"{part} {len(items)}" for part, items in self.parts.items()]
        form = self.form
        shape = f"{form.steps} x {len(form.channels)} planes of {form.size} x {form.size}"
        return f"samples in shards: {', '.join(counts)}; {shape}"


def problems(shards: Shards) -> Iterator[str]:
    """What is wrong with each sample; every member is read, and its checksums."""
    for items in shards.parts.values():
        for item in items:
            try:
                for name, member in item.members.items():
                    require_sound(read(Path(item.shard), member), item.where(name))
                read_planes(item, shards.form, shards.form.channels)
                read_masks(item, shards.form)
                read_facts(item)
            except RunError as error:
                yield str(error)


@dataclass(frozen=True, slots=True)
class _Marker:
    """What shards of this program say about themselves; the published ones say nothing."""

    channels: tuple[str, ...] = ()
    decimate: int = 1
    shards: tuple[str, ...] = ()

    @classmethod
    def read(cls, root: Path) -> "_Marker":
        path = root / MARKER
        try:
            told = json.loads(path.read_text(encoding="utf-8"))
            return cls(tuple(told["channels"]), int(told["decimate"]), tuple(told["shards"]))
        except FileNotFoundError:
            return cls()
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise RunError(
                "cannot tell what the shards hold",
                where=path,
                why=f"{type(error).__name__}: {error}",
                fix="write them anew with 'thalia shards write'",
            ) from error

    def require_whole(self, root: Path, files: Mapping[str, tuple[Path, ...]]) -> None:
        """Of a split that was begun every shard is there."""
        there = {f"{part}/{path.name}" for part, paths in files.items() for path in paths}
        for parts in FOLDERS.values():
            wanted = {name for name in self.shards if name.partition("/")[0] in parts}
            missing = sorted(wanted - there)
            if missing and len(missing) < len(wanted):
                raise RunError(
                    "shards are missing",
                    where=root,
                    why=f"{len(missing)} of {len(wanted)}, such as {missing[0]}",
                    fix="run the same 'thalia shards write' again: it goes on where it stopped",
                )

    def form(self, item: Item) -> Form:
        """What samples hold: as said here, or as the published ones do."""
        rows, side, _ = read_tensor(item, IMAGE, item.image).shape
        steps = len(read_facts(item).pairs)
        for channels in (self.channels,) if self.channels else (CHANNELS, BASE_CHANNELS):
            if rows == steps * len(channels):
                return Form(channels, steps, side, self.decimate)
        raise RunError(
            "the shards hold other channels than the published ones",
            where=item.where(IMAGE),
            why=f"{rows} planes for {steps} steps; the benchmark has {len(CHANNELS)} a step",
            fix=f"a {MARKER} beside the folders names them: see 'thalia shards write'",
        )
