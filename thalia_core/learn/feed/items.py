"""Samples of the published shards: their members, read without running anything they may hold.

A sample of T steps and C channels has the members

- ``image.pth``: (T * C, y, x) float32, all channels of the first step, then of the next, in the
  units of the cubes, coherence 0-255; phase and coherence are exactly 0 where there are no data;
- ``labels.pth``: (T, y, x) int64, the mask of each step, 1 where it deforms;
- ``sample.pth``: ``frame_id``, ``label`` (0 or 1 for each step) and ``annotation`` (for each step
  what the annotators said, with ``primary_date`` and ``secondary_date`` as YYYYMMDD).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from thalia_core.cube.pairs import DatePair
from thalia_core.errors import RunError, ThaliaError
from thalia_core.learn.feed import tars
from thalia_core.learn.feed.members import unpack
from thalia_core.learn.feed.tars import Member
from thalia_core.learn.names import COHERENCE, PHASE

IMAGE, LABELS, SAMPLE = "image.pth", "labels.pth", "sample.pth"
ZERO_IS_NO_DATA = (PHASE, COHERENCE)
FULL_CONFIDENCE = 1.0
"""Of annotators who gave none."""


@dataclass(frozen=True, slots=True)
class Item:
    """One sample of a shard, and where its members lie."""

    shard: str
    part: str
    key: str
    image: Member
    labels: Member
    sample: Member

    @property
    def members(self) -> dict[str, Member]:
        """Name of the member -> where it lies."""
        return {IMAGE: self.image, LABELS: self.labels, SAMPLE: self.sample}

    def where(self, member: str) -> str:
        """Shard and member, for messages."""
        return f"{self.shard}:{self.key}.{member}"


@dataclass(frozen=True, slots=True)
class Form:
    """What every sample of a set of shards holds.

    Attributes:
        channels: Layers of a step, in order.
        steps: Length of the series.
        size: Side of the crops.
        decimate: Pixels of the cube averaged to one, per side.
    """

    channels: tuple[str, ...]
    steps: int
    size: int
    decimate: int = 1


@dataclass(frozen=True, slots=True)
class Facts:
    """What a sample says besides its pixels.

    Attributes:
        frame: Identifier of the frame.
        pairs: The steps.
        positive: For each step whether it deforms.
        confidence: Lowest confidence of the annotators, 1 where none is given.
    """

    frame: str
    pairs: tuple[DatePair, ...]
    positive: tuple[bool, ...]
    confidence: float


def items_of(path: Path) -> list[Item]:
    """The samples of a shard.

    Raises:
        RunError: It is damaged, or a sample lacks a member.
    """
    found = []
    for key, members in tars.index(path).items():
        for name in (IMAGE, LABELS, SAMPLE):
            if name not in members:
                raise RunError(
                    f"a sample of the shard lacks its {name}",
                    where=f"{path}:{key}",
                    why=f"it has {', '.join(sorted(members))}",
                    fix="copy or download the shard again",
                )
        places = (members[name] for name in (IMAGE, LABELS, SAMPLE))
        found.append(Item(str(path), path.parent.name, key, *places))
    return found


def read_planes(item: Item, form: Form, channels: Sequence[str]) -> Tensor:
    """(steps, channels, y, x) float32 in the units of the cubes, NaN for no data.

    Raises:
        RunError: Damaged, of another shape, or it holds code.
    """
    image = read_tensor(item, IMAGE, item.image)
    shape = form.steps * len(form.channels), form.size, form.size
    if tuple(image.shape) != shape:
        raise RunError(
            "a sample of the shard has another shape than the first one",
            where=item.where(IMAGE),
            why=f"it is {tuple(image.shape)}, not {shape}",
            fix="keep shards of different crops, channels or series in folders of their own",
        )
    steps = image.float().view(form.steps, len(form.channels), form.size, form.size)
    planes = steps[:, [form.channels.index(name) for name in channels]]
    for index, name in enumerate(channels):
        if name in ZERO_IS_NO_DATA:
            plane = planes[:, index]
            plane.masked_fill_(plane == 0, torch.nan)
    return planes


def read_masks(item: Item, form: Form) -> Tensor:
    """(steps, y, x) int64: 1 where the step deforms, earthquakes counted.

    Raises:
        RunError: Damaged, of another shape, or it holds code.
    """
    masks = read_tensor(item, LABELS, item.labels)
    if masks.numel() != form.steps * form.size**2:
        raise RunError(
            "the mask of a sample does not fit its image",
            where=item.where(LABELS),
            why=f"it is {tuple(masks.shape)} for crops of {form.size} and {form.steps} steps",
        )
    return (masks.reshape(form.steps, form.size, form.size) > 0).long()


def read_facts(item: Item) -> Facts:
    """Frame, pairs and labels of a sample.

    Raises:
        RunError: Damaged, without them, or it holds code.
    """
    values = _read(item, SAMPLE, item.sample)
    try:
        told = values["annotation"]
        pairs = tuple(DatePair(_day(a["primary_date"]), _day(a["secondary_date"])) for a in told)
        positive = tuple(bool(label) for label in values["label"])
        given = [a.get("confidence") for a in told]
        confidence = min([float(c) for c in given if c], default=FULL_CONFIDENCE)
        return Facts(str(values["frame_id"]), pairs, positive, confidence)
    except (KeyError, TypeError, ValueError, AttributeError, ThaliaError) as error:
        raise RunError(
            "a sample of the shard does not say what it is",
            where=item.where(SAMPLE),
            why=f"{type(error).__name__}: {error}",
            fix="it needs frame_id, label and annotation with primary_date and secondary_date",
        ) from error


def _read(item: Item, name: str, member: Member) -> Any:
    return unpack(tars.read(Path(item.shard), member), item.where(name))


def read_tensor(item: Item, name: str, member: Member) -> Tensor:
    """A member that must be a tensor.

    Raises:
        RunError: It is none, damaged, or holds code.
    """
    value = _read(item, name, member)
    if not isinstance(value, Tensor):
        kind = type(value).__name__
        raise RunError(f"a member of the shard is no tensor but {kind}", where=item.where(name))
    return value


def _day(text: str) -> date:
    return date(int(text[:4]), int(text[4:6]), int(text[6:8]))
