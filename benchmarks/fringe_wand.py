"""The fringe wand against the truth of synthetic lobes, by fringes and by coherence.

    python benchmarks/fringe_wand.py --lobes 100

Each lobe is of a kind in turn and shows 1 to 6 fringes in turn, on a frame of 512 x 512 pixels in
the air of two days, turbulent and stratified. Coherence is that of the made-up ground, patches of
noise with it, brought to a mean inside the lobe. The truth is the generator's: noise-free motion
above a third of a fringe on land, here the lobe that holds the strongest place. One click on that
place is answered by the wand with its own threshold, by the wand with fixed ones, and by a plain
wand on the wrapped phase, with a fixed tolerance and with the one of five that suits each truth
best. Printed are medians of intersection over union, and the time of a click in a window of 1024
pixels (of the processor, for machines that others use, and by the clock).
"""

import argparse
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import pi, tau

import numpy as np
from scipy import ndimage

from thalia_core.annotate.shapes import Shape
from thalia_core.annotate.wand import Lobe, prepare
from thalia_core.cube.schema import CM_PER_CYCLE
from thalia_core.errors import EditError
from thalia_core.insar.wrap import phasor, wrap
from thalia_core.synth.chance import random_plan
from thalia_core.synth.coherence import estimated_coherence, noisy_phase
from thalia_core.synth.scene import Scene
from thalia_core.synth.truth import find_instances

KINDS = ("mogi", "sill", "dyke", "penny", "spheroid")
FRINGES = (1, 2, 3, 4, 5, 6)
COHERENCES = (0.3, 0.5, 0.7, 0.9)
SIZE, LARGE = 512, 1024
FIXED = {"1 rad": CM_PER_CYCLE / tau, "1/4 fringe": CM_PER_CYCLE / 4, "0.8 cm": 0.8,
         "1/2 fringe": CM_PER_CYCLE / 2, "the truth's": CM_PER_CYCLE / 3}  # fmt: skip
PLAIN_RAD = 1.0
TOLERANCES = (0.5, 1.0, 1.5, 2.0, 2.5)


@dataclass(frozen=True)
class Case:
    fringes: int
    scene: Scene
    click: tuple[int, int]
    truth: np.ndarray


def cases(count: int, size: int, turbulence_mm: tuple[float, float]) -> Iterator[Case]:
    """Lobes that lie whole within their frame."""
    seed = found = 0
    while found < count:
        fringes, kind = FRINGES[found % len(FRINGES)], KINDS[found // len(FRINGES) % len(KINDS)]
        plan = random_plan(
            seed=seed, size=size, dates=2, sources=[f"{kind}:fringes={fringes},onset=0,end=1"]
        )
        low, high = (mm / 1000 for mm in turbulence_mm)
        scene = Scene(replace(plan, sea_fraction=0.0, outline=False, turbulence_m=(low, high)))
        case = case_of(scene, fringes)
        seed += 1
        if case is not None:
            found += 1
            yield case


def case_of(scene: Scene, fringes: int) -> Case | None:
    (pair,) = scene.plan.pairs
    instances = find_instances(scene, pair)
    if len(instances) != 1:
        return None
    (motion,) = scene.deformation(pair)
    row, col = np.unravel_index(int(np.abs(motion).argmax()), motion.shape)
    same_sense = np.sign(motion) == np.sign(motion[row, col])
    numbers, _ = ndimage.label(instances[0].mask & same_sense)
    truth = numbers == numbers[row, col]
    rim = np.concatenate((truth[0], truth[-1], truth[:, 0], truth[:, -1]))
    if not truth[row, col] or rim.any():
        return None
    return Case(fringes, scene, (int(row), int(col)), truth)


def measured(case: Case, coherence: float) -> tuple[np.ndarray, np.ndarray]:
    """Wrapped phase and estimated coherence, brought to a mean coherence inside the lobe."""
    (pair,) = case.scene.plan.pairs
    ground = case.scene.expected_coherence(pair)
    plane = np.clip(ground * (coherence / ground[case.truth].mean()), 0.02, 0.97)
    rng = np.random.default_rng((case.scene.plan.seed, round(coherence * 100)))
    phase = noisy_phase(case.scene.noise_free_phase(pair), plane.astype(np.float32), rng)
    return phase, estimated_coherence(plane.astype(np.float32), rng)


def plain(phase: np.ndarray, click: tuple[int, int], tolerance: float) -> np.ndarray:
    """What a wand takes that compares colours, around the circle: one band."""
    row, col = click
    own = np.angle(phasor(phase[row - 1 : row + 2, col - 1 : col + 2]).sum())
    near = np.abs(wrap(phase - own)) <= tolerance
    near[row, col] = True
    numbers, _ = ndimage.label(near)
    return numbers == numbers[row, col]


def overlap(found: np.ndarray, truth: np.ndarray) -> float:
    return float((found & truth).sum() / (found | truth).sum())


def painted(shape: Shape, like: np.ndarray) -> np.ndarray:
    plane = np.zeros_like(like)
    plane[shape.window.slices] = shape.mask
    return plane


def answers(case: Case, coherence: float) -> dict[str, float]:
    """Intersection over union of every way."""
    phase, estimate = measured(case, coherence)
    bands = {t: overlap(plain(phase, case.click, t), case.truth) for t in TOLERANCES}
    scores = {"plain": bands[PLAIN_RAD], "plain, best": max(bands.values())}
    try:
        lobe = wand(case, phase, estimate)
    except EditError:
        return scores | dict.fromkeys(("wand", *FIXED, "best"), 0.0)
    scores["wand"] = overlap(painted(lobe.shape(), case.truth), case.truth)
    for name, cm in FIXED.items():
        scores[name] = overlap(painted(lobe.shape(cm), case.truth), case.truth)
    dragged = np.geomspace(lobe.lowest_cm, min(lobe.highest_cm, 4.0), 16)
    shapes = (painted(lobe.shape(float(cm)), case.truth) for cm in dragged)
    scores["best"] = max(overlap(shape, case.truth) for shape in shapes)
    return scores


def wand(case: Case, phase: np.ndarray, coherence: np.ndarray) -> Lobe:
    down, right = case.scene.plan.spacing_m
    height = case.scene.terrain.height
    return prepare(phase, coherence, case.click, (right, down), height=height)


def table(title: str, rows: dict[str, list[dict[str, float]]]) -> None:
    """Medians of every way, a line for each group, and the tenth percentile of the wand."""
    ways = ("wand", *FIXED, "plain", "plain, best", "best")
    print(f"\n| {title} | lobes | " + " | ".join(ways) + " | wand, p10 |")
    print("|" + "---|" * (len(ways) + 3), flush=True)
    for name, scores in rows.items():
        medians = [float(np.median([score[way] for score in scores])) for way in ways]
        tenth = float(np.percentile([score["wand"] for score in scores], 10))
        cells = " | ".join(f"{value:.2f}" for value in medians)
        print(f"| {name} | {len(scores)} | {cells} | {tenth:.2f} |", flush=True)


def clock(turbulence_mm: tuple[float, float]) -> None:
    """Seconds of a click, and of a shape at another threshold, in a window of 1024 pixels."""
    clicks, processor, shapes = [], [], []
    for case in cases(6, LARGE, turbulence_mm):
        phase, coherence = measured(case, 0.7)
        began, busy = time.perf_counter(), time.process_time()
        lobe = wand(case, phase, coherence)
        clicks.append(time.perf_counter() - began)
        processor.append(time.process_time() - busy)
        began = time.perf_counter()
        lobe.shape(lobe.automatic_cm * 0.9)
        shapes.append(time.perf_counter() - began)
    print(f"\na click: {np.median(clicks) * 1e3:.0f} ms ({max(clicks) * 1e3:.0f} at most), "
          f"{np.median(processor) * 1e3:.0f} ms of the processor; another threshold: "
          f"{np.median(shapes) * 1e3:.2f} ms")  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lobes", type=int, default=100)
    parser.add_argument("--turbulence", type=float, nargs=2, default=(1.0, 3.0), metavar="MM",
                        help="least and greatest delay of a date, rms over 5 km")  # fmt: skip
    parser.add_argument("--coherences", type=float, nargs="+", default=COHERENCES)
    args = parser.parse_args()
    air = (args.turbulence[0], args.turbulence[1])
    by_fringes: dict[str, list[dict[str, float]]] = {}
    by_coherence: dict[str, list[dict[str, float]]] = {}
    spread = []
    for case in cases(args.lobes, SIZE, air):
        (pair,) = case.scene.plan.pairs
        spread.append(float(case.scene.turbulence(pair).std()))
        for coherence in args.coherences:
            scores = answers(case, coherence)
            by_coherence.setdefault(f"{coherence}", []).append(scores)
            if coherence >= 0.5:
                by_fringes.setdefault(f"{case.fringes}", []).append(scores)
    print(f"turbulence {air[0]:g} to {air[1]:g} mm over 5 km: {np.median(spread):.2f} rad "
          f"({np.median(spread) / (2 * pi):.2f} fringes) over a frame")  # fmt: skip
    table("coherence", dict(sorted(by_coherence.items())))
    table("fringes, coherence 0.5 and above", dict(sorted(by_fringes.items())))
    clock(air)


if __name__ == "__main__":
    main()
