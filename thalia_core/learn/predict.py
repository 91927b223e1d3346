"""A run's model on whole frames: overlapping tiles, blended, back on the grid of the cube."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from math import ceil
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from thalia_core import __version__
from thalia_core.cube.pairs import DatePair
from thalia_core.cube.planes import PlaneCache
from thalia_core.cube.schema import PLANE, PRIMARY, VARIABLES
from thalia_core.cube.store import CubeStore
from thalia_core.errors import RunError
from thalia_core.learn import checkpoints, models
from thalia_core.learn.device import Device
from thalia_core.learn.inputs import Inputs
from thalia_core.learn.names import PHASE, SEGMENTATION, UNION
from thalia_core.learn.planes import Plane, read_channel

_OVERLAP = 0.25
_BATCH = 8


@dataclass(frozen=True, slots=True)
class Prediction:
    """What a model says about one pair.

    Attributes:
        probability: Of deformation, (rows, columns) of the cube; NaN where there are no data. A
            classifier's is that of the tiles around a pixel.
        score: Probability that the pair deforms (classifiers), else NaN.
        uncertainty: Standard deviation of the probability over several looks, (rows, columns); None
            where there was one look only.
        spread: The same of the score; else NaN.
    """

    probability: Plane
    score: float
    uncertainty: Plane | None = None
    spread: float = float("nan")


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """What a model sees of a pair or a series.

    Attributes:
        planes: (steps x channels, rows, columns) Physical values on the decimated grid.
        days: (1, steps) That the pairs span.
        decimate: Pixels of the cube for one of the planes.
        known: (rows, columns) of the cube: where the last pair has data.
    """

    planes: Plane
    days: Tensor
    decimate: int
    known: NDArray[np.bool_]

    def on_grid(self, small: Plane) -> Plane:
        """A decimated plane on the grid of the cube, NaN where the pair has no data."""
        rows, cols = self.known.shape
        grown = enlarge(small, self.decimate, (rows, cols))
        grown[~self.known] = np.nan
        return grown


class Predictor:
    """A trained model, ready to look at pairs."""

    def __init__(self, checkpoint: Path, device: Device) -> None:
        state = checkpoints.load(checkpoint)
        self.checkpoint = checkpoint
        self.task: str = state["task"]
        self.inputs = Inputs.from_dict(state["inputs"])
        self._model: str = state["model_name"]
        self._target: str = state.get("target", UNION)
        self._device = device
        self.silent: tuple[int, ...] = ()
        """Encoded planes that the model is shown as zero, see ``scoring.ablation``."""
        self._versions: dict[str, str] = state["versions"]
        self._steps: int = state["steps"]
        net = models.build_for(state, self.inputs)
        try:
            net.load_state_dict(state["model"])
        except RuntimeError as error:
            raise RunError(
                "the checkpoint does not fit its model", where=checkpoint, why=str(error)[:200]
            ) from error
        self._net: nn.Module = device.place(net).eval()

    @property
    def net(self) -> nn.Module:
        """The model itself."""
        return self._net

    @classmethod
    def of_run(cls, folder: Path, device: Device, which: str = "best") -> "Predictor":
        """The best (or last) model of a run.

        Raises:
            RunError: The run has none, or it cannot be read.
        """
        return cls(checkpoints.of_run(folder, which), device)

    def provenance(self, run: str) -> dict[str, Any]:
        """What made the predictions: JSON values."""
        return {
            "run": run,
            "run_folder": str(self.checkpoint.parent.absolute()),
            "checkpoint": self.checkpoint.name,
            "checkpoint_digest": checkpoints.digest(self.checkpoint),
            "date": datetime.now(UTC).isoformat(timespec="seconds"),
            "versions": {"thalia": __version__, "torch": str(torch.__version__)},
            "trained_with": self._versions,
            "steps": self._steps,
            "task": self.task,
            "model": self._model,
            "channels": list(self.inputs.channels),
            "phase_encoding": self.inputs.phase_encoding,
            "decimate": self.inputs.decimate,
            "series": self.inputs.steps,
            "target": self._target,
        }

    def predict(self, cube: CubeStore, pair: DatePair) -> Prediction:
        """Look at one pair; a model of series sees it with those before it, see ``ending_with``.

        Raises:
            CubeError: The cube lacks a channel, or cannot be read.
        """
        return self.look(cube, ending_with(cube, pair, self.inputs.steps))

    def look(self, cube: CubeStore, series: Sequence[DatePair]) -> Prediction:
        """Look at a series of as many pairs as the model takes.

        Raises:
            CubeError: The cube lacks a channel, or cannot be read.
        """
        seen = self.read(cube, series)
        small, score = self.blend(seen.planes, seen.days)
        return Prediction(seen.on_grid(small), score)

    def read(
        self, cube: CubeStore, series: Sequence[DatePair], cache: PlaneCache | None = None
    ) -> Seen:
        """What the model sees of a series; any thread.

        Args:
            cube: The cube.
            series: As many pairs as the model takes.
            cache: Keeps planes of the frame and of single dates for the next pairs.

        Raises:
            CubeError: The cube lacks a channel, or cannot be read.
        """
        names, by = self.inputs.channels, self.inputs.decimate
        planes = [_channel(cube, name, pair, by, cache) for pair in series for name in names]
        days = torch.tensor([[float(pair.days) for pair in series]])
        known = _has_data(cube, names, series[-1])
        return Seen(np.stack(planes), days, by, known)

    def blend(self, planes: Plane, days: Tensor) -> tuple[Plane, float]:
        """Probabilities on the decimated grid, and the score.

        Args:
            planes: (steps x channels, rows, columns) Physical values, NaN for no data.
            days: (1, steps) That the pairs span.
        """
        side = self.inputs.crop
        rows, cols = planes.shape[1:]
        padded = np.full((len(planes), max(rows, side), max(cols, side)), np.nan, np.float32)
        padded[:, :rows, :cols] = planes
        corners = [
            (r, c) for r in starts(padded.shape[1], side) for c in starts(padded.shape[2], side)
        ]
        total = np.zeros(padded.shape[1:], np.float32)
        weight = np.zeros_like(total)
        bell = _bell(side)
        best = float("nan")
        for some in _chunks(corners, _BATCH):
            tiles = np.stack([padded[:, r : r + side, c : c + side] for r, c in some])
            for (r, c), tile in zip(some, self._run(tiles, days), strict=True):
                here = slice(r, r + side), slice(c, c + side)
                total[here] += tile * bell
                weight[here] += bell
                if self.task != SEGMENTATION:
                    best = float(np.nanmax([best, tile.max()]))
        blended: Plane = (total / weight)[:rows, :cols].astype(np.float32)
        return blended, best

    @torch.inference_mode()
    def probabilities(self, tiles: Tensor, days: Tensor) -> Tensor:
        """Of deformation, float32 on the CPU.

        Args:
            tiles: (n, steps x channels, side, side) Physical planes, NaN for no data.
            days: (n, steps) That the pairs span.

        Returns:
            (n, side, side), (n, steps, side, side) where each step is told, or (n,) of a
            classifier.
        """
        x = self.inputs.encode(self._device.send(tiles))
        if self.silent:
            x[:, list(self.silent)] = 0.0
        x = x.contiguous(memory_format=torch.channels_last)
        with self._device.autocast():
            logits = models.forward(self._net, x, self._device.send(days))
        return logits.float().softmax(dim=1)[:, 1].cpu()

    def _run(self, tiles: Plane, days: Tensor) -> Plane:
        """(n, channels, side, side) planes -> (n, side, side) probabilities, or (n, 1, 1)."""
        said = self.probabilities(torch.from_numpy(tiles), days.expand(len(tiles), -1))
        if said.dim() == 4:
            said = said[:, -1]  # of each step: the last one is the pair that was asked for
        result: Plane = said.numpy().reshape(len(tiles), *(said.shape[1:] or (1, 1)))
        return result


def ending_with(cube: CubeStore, pair: DatePair, steps: int) -> tuple[DatePair, ...]:
    """The pair and those of its primary date before it, so many in all.

    In the order of their secondary dates; the first is repeated where there are too few, as in the
    series of the benchmark.
    """
    same = sorted(p for p in cube.pairs if p.primary == pair.primary and p <= pair)[-steps:]
    return (*same[:1] * (steps - len(same)), *same)


def starts(size: int, side: int) -> list[int]:
    """Where tiles begin that cover a length and overlap by at least a quarter."""
    if size <= side:
        return [0]
    n = ceil((size - side) / (side * (1 - _OVERLAP))) + 1
    return [round(i * (size - side) / (n - 1)) for i in range(n)]


def enlarge(small: Plane, by: int, shape: tuple[int, int]) -> Plane:
    """A decimated plane on the full grid, linear between the centres of its blocks."""
    if by == 1:
        return small
    grown = functional.interpolate(
        torch.from_numpy(small)[None, None], scale_factor=by, mode="bilinear", align_corners=False
    )
    rows, cols = shape
    result: Plane = grown[0, 0, :rows, :cols].numpy()
    return result


def _channel(
    cube: CubeStore, name: str, pair: DatePair, by: int, cache: PlaneCache | None
) -> Plane:
    variable = VARIABLES[name]
    if cache is None or variable.per_pair:
        return read_channel(cube, name, pair, by)
    date = pair.primary if variable.dims[0] == PRIMARY else pair.secondary
    key = (cube.path, name, by, None if variable.dims == PLANE else date)
    return cache.get(key, lambda: read_channel(cube, name, pair, by).copy())


def _has_data(cube: CubeStore, channels: Sequence[str], pair: DatePair) -> NDArray[np.bool_]:
    name = PHASE if PHASE in cube.layers else channels[0]
    return np.asarray(np.isfinite(cube.read_plane(name, pair)))


def _bell(side: int) -> Plane:
    """Weights that fade towards the edges of a tile, never to nothing."""
    fade = np.sin(np.pi * (np.arange(side) + 0.5) / side).astype(np.float32) ** 2 + 1e-3
    result: Plane = np.outer(fade, fade)
    return result


def _chunks(items: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]
