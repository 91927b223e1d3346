"""Motion of a square grid by each kind of source, beside a floor: three products.

    python benchmarks/sources.py --size 512

The floor is the formula of a point source, written out. Every figure is the best of some runs in
this one process; compare the ratios, the milliseconds belong to the machine. Nothing is kept
between runs: a crack solves its equations anew each time.
"""

import argparse
from collections.abc import Callable
from time import process_time

import numpy as np

from thalia_core.synth.sources import Mogi, Okada, PennyCrack, Source, Spheroid

SOURCES: dict[str, Callable[[int], Source]] = {
    "Mogi": lambda turn: Mogi(3_000.0 + turn, 1e6),
    "Okada, opening": lambda turn: Okada(3_000.0 + turn, 3e3, 2e3, 20.0, 85.0, opening=1.0),
    "Okada, all slips": lambda turn: Okada(3_000.0 + turn, 3e3, 2e3, 20.0, 60.0, 1.0, 1.0, 1.0),
    "penny crack": lambda turn: PennyCrack(3_000.0 + turn, 1_500.0, 0.01),
    "spheroid, deep": lambda turn: Spheroid(5_000.0 + turn, 1_000.0, 500.0, 20.0, 60.0),
    "spheroid, shallow": lambda turn: Spheroid(2_500.0 + turn, 2_000.0, 400.0, 20.0, 60.0),
}


def best(action: Callable[[int], object], runs: int = 5) -> float:
    times = []
    for turn in range(runs):
        start = process_time()
        action(turn)
        times.append(process_time() - start)
    return min(times)


def floor(east: np.ndarray, north: np.ndarray) -> tuple[np.ndarray, ...]:
    squared = east * east + north * north + 9e6
    share = 1e6 / (squared * np.sqrt(squared))
    return share * east, share * north, share * 3e3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=int, default=512)
    line = np.linspace(-25_000.0, 25_000.0, parser.parse_args().size)
    east, north = np.meshgrid(line, line)
    base = best(lambda _: floor(east, north))
    print(f"{'floor':20} {base * 1e3:8.1f} ms {1:7.1f}")
    for name, build in SOURCES.items():
        seconds = best(lambda turn, build=build: build(turn).displacement(east, north))
        print(f"{name:20} {seconds * 1e3:8.1f} ms {seconds / base:7.1f}")


if __name__ == "__main__":
    main()
