"""Proposals and the answers to them as edits; the session makes each of them one step."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import reduce

import numpy as np

from thalia_core.annotate.drawing import CodesIn
from thalia_core.annotate.footprint import component_at
from thalia_core.annotate.gates import OPEN, Gate
from thalia_core.annotate.labelling import Settle, field_patches
from thalia_core.annotate.painting import shape_patch
from thalia_core.annotate.patch import (
    MASK_NAMES,
    Edit,
    FieldPatch,
    MaskPatch,
    Scalar,
    mask_patch,
)
from thalia_core.annotate.proposals import Proposal, ProposalPatch
from thalia_core.annotate.shapes import Shape, trimmed
from thalia_core.cube.geometry import Window
from thalia_core.cube.labels import LabelState, PairLabel
from thalia_core.cube.pairs import DatePair


def proposing(proposals: Sequence[Proposal], sources: Sequence[DatePair]) -> Edit:
    """The edit that offers proposals: nothing of it is a label."""
    patches = tuple(ProposalPatch(p.pair, p.id, None, p) for p in proposals)
    return Edit(proposals=patches, sources=tuple(sources))


def accepting(
    proposals: Sequence[Proposal],
    codes_in: CodesIn,
    label: PairLabel,
    settle: Settle,
    gate: Gate = OPEN,
) -> Edit:
    """The edit that makes proposals of one pair labels: they are painted, set, and go.

    Args:
        proposals: Of one pair, at least one.
        codes_in: Gives the masks of a pair as edited.
        label: That of the pair as edited.
        settle: Gives a value as the cube keeps it.
        gate: Pixels that it holds back stay. Where it lets nothing of what would change through,
            the proposals go on waiting: the edit is empty.
    """
    masks = painting(proposals, codes_in, gate)
    if not masks and not gate.open and painting(proposals, codes_in):
        return Edit()
    return Edit(masks, _said(proposals, label, settle), going(proposals))


def accepting_part(
    proposal: Proposal,
    at: tuple[int, int],
    codes_in: CodesIn,
    label: PairLabel,
    settle: Settle,
    gate: Gate = OPEN,
) -> Edit:
    """The edit that makes a label of one patch of a proposal; the rest goes on waiting.

    What the proposal says of the pair is set with the first patch that is accepted.

    Args:
        proposal: What waits.
        at: (row, column) of a pixel of the patch.
        codes_in: Gives the masks of a pair as edited.
        label: That of the pair as edited.
        settle: Gives a value as the cube keeps it.
        gate: As in :func:`accepting`.

    Returns:
        An empty edit where nothing of the proposal lies there.
    """
    part = part_at(proposal, at)
    if part is None:
        return Edit()
    edit = accepting([part], codes_in, label, settle, gate)
    rest = _rest(proposal, part)
    left = () if edit.empty else (ProposalPatch(proposal.pair, proposal.id, proposal, rest),)
    return replace(edit, proposals=left)


def part_at(proposal: Proposal, at: tuple[int, int]) -> Proposal | None:
    """The patch of a proposal that holds a pixel (row, column); None where it has none there."""
    for shape, paint in proposal.shapes:
        row, col = at[0] - shape.window.row0, at[1] - shape.window.col0
        found = component_at(shape.mask, row, col)
        if found is not None:
            (row, col), size = (shape.window.row0, shape.window.col0), found.window
            row, col = row + size.row0, col + size.col0
            there = Window(row, row + size.shape[0], col, col + size.shape[1])
            return replace(proposal, shapes=((Shape(there, found.mask), paint),))
    return None


def _rest(proposal: Proposal, part: Proposal) -> Proposal | None:
    """A proposal without a patch of it; None where nothing is left to paint."""
    ((gone, class_of),) = part.shapes
    shapes = []
    for shape, paint in proposal.shapes:
        mask = shape.mask
        if paint == class_of and shape.window.intersect(gone.window) is not None:
            mask = mask.copy()
            mask[_inside(gone, shape.window)] &= ~gone.mask
        left = trimmed(shape.window, mask)
        if left is not None:
            shapes.append((left, paint))
    return replace(proposal, shapes=tuple(shapes), fields={}) if shapes else None


def _said(
    proposals: Sequence[Proposal], label: PairLabel, settle: Settle
) -> tuple[FieldPatch, ...]:
    wanted: dict[str, Scalar] = {
        "label_state": label.label_state or int(LabelState.IN_PROGRESS),
    }
    for proposal in proposals:
        wanted |= proposal.fields
    return field_patches(proposals[0].pair, label, wanted, settle)


def rejecting(proposals: Iterable[Sequence[Proposal]]) -> Edit:
    """The edit that takes proposals away."""
    return Edit(proposals=tuple(patch for of_pair in proposals for patch in going(of_pair)))


def going(proposals: Iterable[Proposal]) -> tuple[ProposalPatch, ...]:
    """The patches that take proposals away."""
    return tuple(ProposalPatch(p.pair, p.id, p, None) for p in proposals)


def painting(
    proposals: Sequence[Proposal], codes_in: CodesIn, gate: Gate = OPEN
) -> tuple[MaskPatch, ...]:
    """What accepting proposals of one pair paints; where they overlap the later one counts.

    Args:
        proposals: Of one pair.
        codes_in: Gives the masks of a pair as edited.
        gate: Pixels that it holds back stay.

    Returns:
        The pixels that change, each in one patch.
    """
    pair = proposals[0].pair
    shapes = [(shape, paint) for p in proposals for shape, paint in p.shapes]
    if len(proposals) == 1:  # whose shapes do not overlap
        found = (
            shape_patch(pair, shape, paint, codes_in(pair, shape.window), gate)
            for shape, paint in shapes
        )
        return tuple(patch for patch in found if patch is not None)
    if not shapes:
        return ()
    window = reduce(Window.union, (shape.window for shape, _ in shapes))
    before = codes_in(pair, window)
    after = {name: before[name].copy() for name in MASK_NAMES}
    touched = np.zeros(window.shape, bool)
    for shape, paint in shapes:
        at = _inside(shape, window)
        touched[at] |= shape.mask
        for name, code in paint.codes().items():
            after[name][at][shape.mask] = code
    touched = gate.restrict(touched, window, before["activity_type_mask"])
    patch = mask_patch(pair, window, touched, before, after)
    return () if patch is None else (patch,)


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
