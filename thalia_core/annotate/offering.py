"""Proposals made of masks, and what the pairs' own phase says to each."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

import numpy as np

from thalia_core.annotate import evidence
from thalia_core.annotate.copying import Painted, between
from thalia_core.annotate.interpolate import Between
from thalia_core.annotate.proposals import Offer, Proposal, new_id
from thalia_core.annotate.shapes import Shape
from thalia_core.cube.pairs import DatePair
from thalia_core.cube.store import CubeStore
from thalia_core.errors import CubeError


def interpolated(
    first: tuple[DatePair, Painted],
    second: tuple[DatePair, Painted],
    pairs: Sequence[DatePair],
) -> Iterator[Proposal]:
    """A proposal for every pair between two that have masks; none where nothing is left between.

    Args:
        first: A pair and what it shows.
        second: Another one.
        pairs: To choose from.
    """
    masks = Between(first[1], second[1])
    for pair, share in between(pairs, first[0], second[0]):
        painted = masks.at(share)
        if painted:
            why = f"{share:.0%} of the way from {first[0]} to {second[0]}"
            yield Proposal(new_id(), pair, painted, why=why)


def unheard(proposals: Iterable[Proposal], offers: Iterable[Offer]) -> Iterator[Proposal]:
    """The proposals without those that wait for an answer already: same pair, same origin."""
    known = {(offer.pair, offer.why) for offer in offers}
    return (proposal for proposal in proposals if (proposal.pair, proposal.why) not in known)


def scored(
    cube: CubeStore,
    proposals: Iterable[Proposal],
    stopped: Callable[[], bool] = lambda: False,
) -> Iterator[Proposal]:
    """The proposals one after the other, each with its score; any thread.

    Args:
        cube: Where phase and coherence are read.
        proposals: Without scores; those without a shape stay so.
        stopped: Whether nobody wants any more.
    """
    for proposal in proposals:
        if stopped():
            return
        yield replace(proposal, score=score_of(cube, proposal))


def score_of(cube: CubeStore, proposal: Proposal) -> float | None:
    """What the pair's phase says for a proposal; None where it cannot be read."""
    shape = _whole(proposal.shapes)
    if shape is None or "insar_difference" not in cube.layers:
        return None
    window = evidence.window_for(shape, cube.geometry.shape)
    known = "insar_coherence" in cube.layers
    try:
        phase = cube.read_plane("insar_difference", proposal.pair, window)
        coherence = cube.read_plane("insar_coherence", proposal.pair, window) if known else None
    except CubeError:  # a damaged chunk: there is no evidence, and others go on
        return None
    return evidence.score(shape, window, phase, coherence)


def _whole(painted: Painted) -> Shape | None:
    """All shapes as one."""
    if not painted:
        return None
    window = painted[0][0].window
    for shape, _ in painted:
        window = window.union(shape.window)
    mask = np.zeros(window.shape, bool)
    for shape, _ in painted:
        row, col = shape.window.row0 - window.row0, shape.window.col0 - window.col0
        rows, cols = shape.window.shape
        mask[row : row + rows, col : col + cols] |= shape.mask
    return Shape(window, mask)
