"""The evidence of proposals against the truth of synthetic frames.

    thalia synth archive FOLDER --learning
    python benchmarks/evidence.py FOLDER

In every frame some true masks are laid over other pairs of it, as copying a mask does. A pair has
the deformation when the truth shows some over more than half of the mask, and has none when there
is next to none in and around it; pairs between the two are left out. Printed are the area under the
receiver operating characteristic by frame and over all, and the scores of both kinds of pairs.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from scipy import ndimage

from thalia_core.annotate.copying import copies
from thalia_core.annotate.offering import scored
from thalia_core.annotate.patch import Paint
from thalia_core.annotate.shapes import Shape
from thalia_core.cube.geometry import Window
from thalia_core.cube.labels import Activity
from thalia_core.cube.pairs import DatePair
from thalia_core.cube.store import CubeStore

MASKS, PAIRS = 3, 40
"""Masks of a frame, and pairs that each is laid over."""
AROUND = 15  # pixels in which there may be no deformation either
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


def true_masks(cube: CubeStore, rng: np.random.Generator) -> Iterator[tuple[DatePair, Shape]]:
    """A few patterns of a frame, each with the pair that shows it."""
    showing = [p for p in cube.pairs if cube.read_plane("deformation_mask", p).any()]
    for number in rng.permutation(len(showing))[:MASKS]:
        pair = showing[int(number)]
        instances = cube.read_plane("instance_mask", pair)
        mask = instances == rng.choice(np.unique(instances[instances > 0]))
        found = Window.full(*mask.shape).around(mask)
        assert found is not None  # the instance was found in it
        yield pair, Shape(found[0], mask[found[1]])


def kind_of(cube: CubeStore, pair: DatePair, shape: Shape) -> bool | None:
    """Whether a pair has deformation in a mask; None where it is neither."""
    true = cube.read_plane("deformation_mask", pair) > 0
    placed = np.zeros(true.shape, bool)
    placed[shape.window.slices] = shape.mask
    if true[placed].mean() > 0.5:
        return True
    near = ndimage.binary_dilation(placed, iterations=AROUND)
    return False if true[near].mean() < 0.01 else None


def scores_of(cube: CubeStore, rng: np.random.Generator) -> tuple[list[float], list[float]]:
    """Scores of the pairs with and without the deformation."""
    having: list[float] = []
    lacking: list[float] = []
    for source, shape in true_masks(cube, rng):
        others = [pair for pair in cube.pairs if pair != source]
        chosen = [others[int(n)] for n in rng.permutation(len(others))[:PAIRS]]
        asked = copies(((shape, Paint(Activity.UNIDENTIFIED)),), source, chosen)
        for proposal in scored(cube, asked):
            kind = kind_of(cube, proposal.pair, shape)
            if kind is not None:
                (having if kind else lacking).append(proposal.score or 0.0)
    return having, lacking


def area(having: list[float], lacking: list[float]) -> float:
    """Share of pairs of the one kind with a higher score than one of the other kind."""
    one, other = np.array(having)[:, None], np.array(lacking)[None, :]
    return float(((one > other) + 0.5 * (one == other)).mean())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    rng = np.random.default_rng(args.seed)
    having: list[float] = []
    lacking: list[float] = []
    for path in sorted(args.folder.glob("*.zarr")):
        cube = CubeStore.open(path)
        one, other = scores_of(cube, rng)
        if one and other:
            print(f"{cube.frame}  {area(one, other):.3f}  {len(one)} with, {len(other)} without")
        having, lacking = having + one, lacking + other
    print(f"all  {area(having, lacking):.3f}  {len(having)} with, {len(lacking)} without")
    print("quantiles      " + "  ".join(f"{q:4.2f}" for q in QUANTILES))
    for word, scores in (("with", having), ("without", lacking)):
        print(f"{word:<14} " + "  ".join(f"{np.quantile(scores, q):4.2f}" for q in QUANTILES))


if __name__ == "__main__":
    main()
