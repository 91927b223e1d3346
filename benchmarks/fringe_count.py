"""Counts of fringes against the truth of synthetic pairs, by coherence.

    python benchmarks/fringe_count.py --pairs 200

Each pair has one source of a kind in turn, which shows between 0.3 and 6 fringes, in the air of
two days (turbulent and stratified), with noise of one coherence over the frame. The count in the
true mask, and along a line from the ground beside the pattern to its strongest place, are set
against the class of the true number. Printed are the share in the right class, and the classes:
truth down, count across.
"""

import argparse
from dataclasses import replace
from math import tau

import numpy as np

from thalia_core.cube.labels import Intensity
from thalia_core.insar.fringes import FringeCount, fringes_along, fringes_in, intensity_of
from thalia_core.insar.profile import profile
from thalia_core.insar.unwrapping import unwrap
from thalia_core.synth.chance import random_plan
from thalia_core.synth.coherence import estimated_coherence, noisy_phase
from thalia_core.synth.scene import Scene
from thalia_core.synth.truth import pair_truth

KINDS = ("mogi", "sill", "dyke", "penny", "spheroid")
COHERENCES = (0.15, 0.3, 0.5, 0.7, 0.9)
LEVELS = (Intensity.LOW, Intensity.MEDIUM, Intensity.HIGH)
SIZE = 256


def scene_of(number: int, fringes: float, calm: bool) -> Scene:
    kind = f"{KINDS[number % len(KINDS)]}:fringes={fringes:.3f},onset=0,end=1"
    plan = random_plan(seed=number, size=SIZE, dates=2, sources=[kind])
    plan = replace(plan, sea_fraction=0.0, outline=False)
    return Scene(replace(plan, turbulence_m=(0.0, 0.0), stratification=0.0) if calm else plan)


def line_of(motion: np.ndarray, mask: np.ndarray) -> list[tuple[float, float]]:
    """From half a mask's width beside it, by the longer way, over its strongest place."""
    row, col = np.unravel_index(int(np.where(mask, np.abs(motion), 0).argmax()), motion.shape)
    across = np.flatnonzero(mask.any(axis=0))
    width = int(across[-1] - across[0])
    west = max(int(across[0]) - width // 2, 0)
    east = min(int(across[-1]) + width // 2, motion.shape[1] - 1)
    far = west if col - west > east - col else east
    beyond = col + (col - far) // 2
    return [(row, far), (row, min(max(beyond, 0), motion.shape[1] - 1))]


def counts(
    scene: Scene, coherence: float, number: int
) -> tuple[float, FringeCount | None, FringeCount | None] | None:
    """True fringes, those in the mask and those along the line; None where nothing is seen."""
    (pair,) = scene.plan.pairs
    truth = pair_truth(scene, pair)
    if len(truth.instances) != 1:
        return None
    (found,), (motion,) = truth.instances, scene.deformation(pair)
    rng = np.random.default_rng((number, round(coherence * 100)))
    plane = np.full(motion.shape, coherence, np.float32)
    phase = noisy_phase(scene.noise_free_phase(pair), plane, rng)
    estimate = estimated_coherence(plane, rng)
    masked = fringes_in(unwrap(phase, estimate, around=found.mask), found.mask)
    drawn = profile(line_of(motion, found.mask), phase, scene.plan.spacing_m, coherence=estimate)
    return float(np.ptp(motion)) / tau, masked, fringes_along(drawn)


def confusion(told: list[tuple[float, FringeCount | None]]) -> np.ndarray:
    """(truth, count) numbers of pairs, with a last column for what could not be counted."""
    table = np.zeros((3, 4), int)
    for fringes, count in told:
        found = 3 if count is None else LEVELS.index(count.intensity)
        table[LEVELS.index(intensity_of(fringes)), found] += 1
    return table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pairs", type=int, default=200)
    parser.add_argument("--calm", action="store_true", help="no air: noise alone")
    args = parser.parse_args()
    rng = np.random.default_rng(4)
    wanted = rng.uniform(0.3, 6.0, args.pairs)
    told: dict[tuple[str, float], list[tuple[float, FringeCount | None]]] = {}
    for number, fringes in enumerate(wanted):
        scene = scene_of(number, float(fringes), args.calm)
        for coherence in COHERENCES:
            found = counts(scene, coherence, number)
            if found is not None:
                truth, masked, drawn = found
                told.setdefault(("mask", coherence), []).append((truth, masked))
                told.setdefault(("line", coherence), []).append((truth, drawn))
    for (how, coherence), rows in sorted(told.items()):
        table = confusion(rows)
        known = [(truth, count.fringes) for truth, count in rows if count is not None]
        off = np.median([abs(count - truth) for truth, count in known])
        right = np.trace(table[:, :3]) / table.sum()
        print(f"{how}, coherence {coherence}: {len(rows)} pairs, {right:.1%} in the right class, "
              f"median error {off:.2f} fringes")  # fmt: skip
        for level, numbers in zip(LEVELS, table, strict=True):
            print(f"  {level.name:8}" + "".join(f"{n:6}" for n in numbers))


if __name__ == "__main__":
    main()
