"""Proposals and the answers to them as edits; the session makes each of them one step."""

from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np

from thalia_core.annotate.patch import (
    MASK_NAMES,
    Codes,
    Edit,
    FieldPatch,
    MaskPatch,
    Scalar,
    mask_patch,
)
from thalia_core.annotate.proposals import Proposal, ProposalPatch
from thalia_core.annotate.shapes import Shape
from thalia_core.annotate.working import Masks
from thalia_core.cube.geometry import Window
from thalia_core.cube.labels import LabelState, PairLabel
from thalia_core.cube.pairs import DatePair

FieldPatches = Callable[[DatePair, Mapping[str, Scalar]], tuple[FieldPatch, ...]]


def proposing(proposals: Sequence[Proposal], sources: Sequence[DatePair]) -> Edit:
    """The edit that offers proposals: nothing of it is a label."""
    patches = tuple(ProposalPatch(p.pair, p.id, None, p) for p in proposals)
    return Edit(proposals=patches, sources=tuple(sources))


def accepting(
    proposals: Sequence[Proposal], masks: Masks, label: PairLabel, fields: FieldPatches
) -> Edit:
    """The edit that makes proposals of one pair labels: they are painted, set, and go.

    Args:
        proposals: Of one pair, at least one.
        masks: Those of the pair as edited.
        label: That of the pair as edited.
        fields: What changes when fields of a pair are set.
    """
    pair = proposals[0].pair
    wanted: dict[str, Scalar] = {
        "label_state": label.label_state or int(LabelState.IN_PROGRESS),
    }
    for proposal in proposals:
        wanted |= proposal.fields
    patch = painting(proposals, masks.planes())
    return Edit(() if patch is None else (patch,), fields(pair, wanted), _gone(proposals))


def rejecting(proposals: Iterable[Sequence[Proposal]]) -> Edit:
    """The edit that takes proposals away."""
    return Edit(proposals=tuple(patch for of_pair in proposals for patch in _gone(of_pair)))


def _gone(proposals: Sequence[Proposal]) -> tuple[ProposalPatch, ...]:
    return tuple(ProposalPatch(p.pair, p.id, p, None) for p in proposals)


def painting(proposals: Sequence[Proposal], planes: Mapping[str, Codes]) -> MaskPatch | None:
    """What accepting proposals of one pair paints; where they overlap the later one counts.

    Args:
        proposals: Of one pair.
        planes: Its masks as edited, by schema name, (rows, columns) of the frame; not changed.

    Returns:
        The pixels that change; None when none does.
    """
    shapes = [(shape, paint) for p in proposals for shape, paint in p.shapes]
    if not shapes:
        return None
    window = shapes[0][0].window
    for shape, _ in shapes:
        window = window.union(shape.window)
    before = {name: planes[name][window.slices] for name in MASK_NAMES}
    after = {name: plane.copy() for name, plane in before.items()}
    touched = np.zeros(window.shape, bool)
    for shape, paint in shapes:
        at = _inside(shape, window)
        touched[at] |= shape.mask
        for name, code in paint.codes().items():
            after[name][at][shape.mask] = code
    return mask_patch(proposals[0].pair, window, touched, before, after)


def together(edits: Iterable[Edit]) -> Edit:
    """Edits of different pairs as one."""
    listed = list(edits)
    return Edit(
        tuple(patch for edit in listed for patch in edit.masks),
        tuple(patch for edit in listed for patch in edit.fields),
        tuple(patch for edit in listed for patch in edit.proposals),
    )


def _inside(shape: Shape, outer: Window) -> tuple[slice, slice]:
    """Index of a shape's window in a plane of an outer one."""
    inner = shape.window
    rows = slice(inner.row0 - outer.row0, inner.row1 - outer.row0)
    return rows, slice(inner.col0 - outer.col0, inner.col1 - outer.col0)
