"""Proposals in a line of the journal.

The header holds all but the pixels: enough for a list. Each mask is packed by itself, so that one
proposal of many is read without the others; a mask that several proposals share is kept once.
"""

import base64
import zlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from thalia_core.annotate.patch import Paint
from thalia_core.annotate.proposals import Offer, Proposal, ProposalPatch
from thalia_core.annotate.shapes import Shape
from thalia_core.cube.geometry import Window
from thalia_core.cube.pairs import DatePair

_GAP = " "
"""Between the parts of a payload: no letter of base64."""


@dataclass(slots=True)
class _Masks:
    """The different masks of the proposals of a line."""

    corners: list[list[int]] = field(default_factory=list)
    parts: list[str] = field(default_factory=list)
    _known: dict[tuple[Window, bytes], int] = field(default_factory=dict)
    _same: dict[int, tuple[Shape, int]] = field(default_factory=dict)

    def number(self, shape: Shape) -> int:
        if id(shape) not in self._same:
            window, bits = shape.window, np.packbits(shape.mask).tobytes()
            number = self._known.setdefault((window, bits), len(self.parts))
            if number == len(self.parts):
                self.corners.append([window.row0, window.row1, window.col0, window.col1])
                self.parts.append(base64.b64encode(zlib.compress(bits, 1)).decode())
            self._same[id(shape)] = (shape, number)  # holding it keeps its id its own
        return self._same[id(shape)][1]


def pack(patches: Sequence[ProposalPatch]) -> tuple[dict[str, Any], str]:
    """Entries of the header, none without proposals, and what follows the pixels of the masks."""
    if not patches:
        return {}, ""
    masks = _Masks()
    rows = [
        {
            "pair": str(patch.pair),
            "id": patch.id,
            "before": _row(patch.before, masks),
            "after": _row(patch.after, masks),
        }
        for patch in patches
    ]
    return {"proposals": rows, "shapes": masks.corners}, "".join(_GAP + p for p in masks.parts)


def masks_of(payload: str) -> str:
    """The part of a payload that holds the changed pixels of masks."""
    return payload.partition(_GAP)[0]


def unpack(header: dict[str, Any], payload: str) -> tuple[ProposalPatch, ...]:
    """All proposals of a line; those that share a mask share its memory."""
    reader = _Reader(header, payload)
    return tuple(
        ProposalPatch(
            DatePair.parse(row["pair"]),
            row["id"],
            reader.proposal(row, row["before"]),
            reader.proposal(row, row["after"]),
        )
        for row in header.get("proposals", ())
    )


def some(
    header: dict[str, Any], payload: str, identifiers: Collection[str]
) -> tuple[ProposalPatch, ...]:
    """Those proposals of a line, as they are after it; the masks of others stay packed."""
    reader = _Reader(header, payload)
    return tuple(
        ProposalPatch(
            DatePair.parse(row["pair"]), row["id"], None, reader.proposal(row, row["after"])
        )
        for row in header.get("proposals", ())
        if row["id"] in identifiers
    )


def offers(header: dict[str, Any]) -> Iterable[tuple[str, Offer | None]]:
    """Of each proposal of a line its identifier and what is offered after it, if anything."""
    for row in header.get("proposals", ()):
        after = row["after"]
        yield row["id"], None if after is None else _offer(header["id"], row, after)


def offers_of(step: str, patches: Sequence[ProposalPatch]) -> Iterable[tuple[str, Offer | None]]:
    """The same of a step that is not in the journal yet."""
    for patch in patches:
        after = patch.after
        if after is None:
            yield patch.id, None
        else:
            kinds = tuple(dict.fromkeys(paint.activity for _, paint in after.shapes))
            yield patch.id, Offer(patch.id, patch.pair, kinds, after.why, after.score, step)


def _offer(step: str, row: dict[str, Any], after: dict[str, Any]) -> Offer:
    kinds = tuple(dict.fromkeys(activity for _, activity, *_ in after["shapes"]))
    pair = DatePair.parse(row["pair"])
    return Offer(row["id"], pair, kinds, after["why"], after["score"], step)


def _row(proposal: Proposal | None, masks: _Masks) -> dict[str, Any] | None:
    if proposal is None:
        return None
    return {
        "why": proposal.why,
        "score": proposal.score,
        "fields": dict(proposal.fields),
        "shapes": [
            [masks.number(shape), paint.activity, paint.intensity, paint.instance]
            for shape, paint in proposal.shapes
        ],
    }


@dataclass(slots=True)
class _Reader:
    """Unpacks masks when they are asked for, each once."""

    header: dict[str, Any]
    payload: str
    _shapes: dict[int, Shape] = field(default_factory=dict)
    _parts: list[str] = field(init=False)

    def __post_init__(self) -> None:
        self._parts = self.payload.split(_GAP)

    def proposal(self, row: dict[str, Any], told: dict[str, Any] | None) -> Proposal | None:
        if told is None:
            return None
        shapes = tuple((self._shape(n), Paint(*codes)) for n, *codes in told["shapes"])
        pair = DatePair.parse(row["pair"])
        return Proposal(row["id"], pair, shapes, told["fields"], told["why"], told["score"])

    def _shape(self, number: int) -> Shape:
        if number not in self._shapes:
            window = Window(*self.header["shapes"][number])
            packed = zlib.decompress(base64.b64decode(self._parts[1 + number]))
            data = np.frombuffer(packed, np.uint8)
            bits = np.unpackbits(data, count=window.area).astype(bool)
            self._shapes[number] = Shape(window, bits.reshape(window.shape))
        return self._shapes[number]
