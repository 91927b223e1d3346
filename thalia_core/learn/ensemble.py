"""Several looks at one pair: turned over, or by models of other seeds; their mean, and their doubt.

The spread of the looks is kept as their standard deviation. It has the unit of the probability, is
0 where all looks agree, and for looks that say yes or no it is that of their votes; mutual
information would need a scale of its own to be read.
"""

from collections.abc import Sequence
from hashlib import sha256
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from thalia_core.cube.pairs import DatePair
from thalia_core.cube.planes import PlaneCache
from thalia_core.cube.store import CubeStore
from thalia_core.errors import RunError
from thalia_core.learn.device import Device
from thalia_core.learn.planes import Plane
from thalia_core.learn.predict import Prediction, Predictor, Seen

_FLIPS = ((False, False), (False, True), (True, False), (True, True))


class Ensemble:
    """One or more models that look at pairs together.

    Args:
        members: Models of one task, over the same channels and decimation.
        flips: Each looks at a pair four times, turned over along both axes. Wrapped phase is a
            number at a place: a picture that is turned over is one of another volcano.
    """

    def __init__(self, members: Sequence[Predictor], flips: bool = False) -> None:
        first = members[0]
        for other in members[1:]:
            one, two = first.inputs, other.inputs
            same = (one.channels, one.decimate, one.steps) == (
                two.channels,
                two.decimate,
                two.steps,
            )
            if not same or first.task != other.task:
                raise RunError(
                    "these models do not see the same",
                    where=other.checkpoint.parent,
                    why=f"it sees {', '.join(two.channels)} of {two.steps} pairs, the first "
                    f"{', '.join(one.channels)} of {one.steps}",
                    fix="name runs of one task with the same channels, decimation and series",
                )
        self.members = tuple(members)
        self.flips = flips
        self.task = first.task
        self.inputs = first.inputs

    @classmethod
    def of_runs(
        cls, folders: Sequence[Path], device: Device, which: str = "best", flips: bool = False
    ) -> "Ensemble":
        """The best (or last) models of some runs.

        Raises:
            RunError: One has none, it cannot be read, or they do not see the same.
        """
        return cls([Predictor.of_run(folder, device, which) for folder in folders], flips)

    @property
    def looks(self) -> int:
        """How often each pair is looked at."""
        return len(self.members) * (len(_FLIPS) if self.flips else 1)

    def provenance(self, run: str) -> dict[str, Any]:
        """What made the predictions: JSON values."""
        told = [member.provenance(run) for member in self.members]
        result = told[0] | {"flips": self.flips, "looks": self.looks}
        if len(told) > 1 or self.flips:
            digests = [str(one["checkpoint_digest"]) for one in told]
            whole = sha256(f"{' '.join(digests)} {self.flips}".encode()).hexdigest()
            runs = [str(one["run_folder"]) for one in told]
            result |= {"checkpoint_digest": whole, "members": digests, "member_folders": runs}
        return result

    def read(
        self, cube: CubeStore, series: Sequence[DatePair], cache: PlaneCache | None = None
    ) -> Seen:
        """See ``Predictor.read``."""
        return self.members[0].read(cube, series, cache)

    def judge(self, seen: Seen) -> Prediction:
        """What all looks say of a pair together."""
        flips = _FLIPS if self.flips else _FLIPS[:1]
        said = [_look(member, seen, flip) for member, flip in product(self.members, flips)]
        planes = np.stack([small for small, _ in said])
        scores = np.array([score for _, score in said])
        mean = seen.on_grid(planes.mean(axis=0))
        if len(said) == 1:
            return Prediction(mean, float(scores[0]))
        doubt = seen.on_grid(planes.std(axis=0))
        return Prediction(mean, float(scores.mean()), doubt, float(scores.std()))


def _look(member: Predictor, seen: Seen, flip: tuple[bool, bool]) -> tuple[Plane, float]:
    rows, cols = (slice(None, None, -1 if over else 1) for over in flip)
    planes = np.ascontiguousarray(seen.planes[:, rows, cols])
    small, score = member.blend(planes, seen.days)
    return small[rows, cols], score
