"""From planes in physical units to what a model takes: encoded, normalised, no data as zero."""

import math
from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor

from thalia_core.cube.schema import ERA5, PAIR
from thalia_core.learn.names import COHERENCE, DEM, PHASE, PHASOR, WEATHER_CHANNELS

_WEATHER = dict(
    zip(
        ERA5,
        (
            (22.526107385139355, 12.85386775756665),
            (92966.61998575741, 9132.050564654619),
            (2396036.7821715856, 263503.6556952968),
        ),
        strict=True,
    )
)
PUBLISHED: dict[str, tuple[float, float]] = {
    PHASE: (0.001489616346722796, 1.6176833645747521),
    COHERENCE: (69.3472689222075, 76.50325808397666),
    DEM: (833.0587512223403, 977.504283216005),
    **{f"{date}_{name}": values for name, values in _WEATHER.items() for date in PAIR},
}
"""Mean and deviation of each channel as published with the benchmark; coherence on 0-255."""


@dataclass(frozen=True)
class Inputs:
    """What a model sees; kept in its checkpoint.

    Attributes:
        channels: Layers, in order.
        phase_encoding: ``scalar`` (normalised number) or ``phasor`` (cosine and sine).
        statistics: Mean and deviation of each channel.
        decimate: Pixels of the cube averaged to one, per side.
        crop: Side of the square it was trained on.
        steps: Pairs of a series that it sees at once.
    """

    channels: tuple[str, ...]
    phase_encoding: str
    statistics: dict[str, tuple[float, float]]
    decimate: int
    crop: int
    steps: int = 1

    @property
    def per_step(self) -> int:
        """Number of input planes of one step."""
        phasors = self.phase_encoding == PHASOR and PHASE in self.channels
        return len(self.channels) + (1 if phasors else 0)

    @property
    def count(self) -> int:
        """Number of input planes of all steps."""
        return self.steps * self.per_step

    @property
    def phases(self) -> tuple[int, ...]:
        """Which of the physical planes of all steps are wrapped phase."""
        names = self.channels * self.steps
        return tuple(n for n, name in enumerate(names) if name == PHASE)

    @property
    def weather(self) -> tuple[int, ...]:
        """Which of the encoded planes of all steps are of the atmosphere."""
        phasors = self.phase_encoding == PHASOR
        kinds = [
            name in WEATHER_CHANNELS
            for name in self.channels * self.steps
            for _ in range(2 if phasors and name == PHASE else 1)
        ]
        return tuple(n for n, weather in enumerate(kinds) if weather)

    def encode(self, planes: Tensor) -> Tensor:
        """Physical units -> what a model takes.

        Args:
            planes: (batch, steps x channels, y, x), all channels of a step after another; NaN for
                no data.

        Returns:
            (batch, count, y, x), steps in the same order; 0 for no data.
        """
        parts = []
        for index, name in enumerate(self.channels * self.steps):
            values = planes[:, index]
            if name == PHASE and self.phase_encoding == PHASOR:
                parts += [torch.cos(values), torch.sin(values)]
            else:
                mean, deviation = self.statistics[name]
                parts.append((values - mean) / deviation)
        return torch.nan_to_num(torch.stack(parts, dim=1), nan=0.0)

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for a checkpoint."""
        values = asdict(self)
        values["statistics"] = {name: list(pair) for name, pair in self.statistics.items()}
        return {**values, "channels": list(self.channels)}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "Inputs":
        """Back from plain values."""
        statistics = {name: (float(m), float(d)) for name, (m, d) in values["statistics"].items()}
        if not all(math.isfinite(d) and d > 0 for _, d in statistics.values()):
            raise ValueError("statistics that are not positive")
        return cls(
            tuple(values["channels"]),
            values["phase_encoding"],
            statistics,
            int(values["decimate"]),
            int(values["crop"]),
            int(values.get("steps", 1)),  # runs of earlier versions saw one pair
        )
