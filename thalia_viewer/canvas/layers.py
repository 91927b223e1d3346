"""How each layer looks: colour table, levels, units, legend; and values turned into index planes.

No Qt here: a worker thread calls ``PlaneImage.of`` and hands the frozen result to the canvas.
"""

from collections.abc import Hashable
from dataclasses import dataclass
from math import ceil, floor, isnan, log10, nan, pi

import numpy as np
from numpy.typing import ArrayLike, NDArray

from thalia_core.cube.geometry import Geometry
from thalia_core.cube.schema import CM_PER_CYCLE, ERA5, GACOS
from thalia_viewer.canvas.colours import Floats, Table, cycle, ramp

IndexPlane = NDArray[np.uint8]
Levels = tuple[float, float]

SHADES = 32
"""Steps of light and shade of the hillshade."""
VEILS = 17
"""Steps of how much of a layer is seen: 0 is water, 1 nothing of it, the last one all of it."""
_BLOCK = 2**16  # values worked on together, so that the steps of encode stay in the CPU's cache
_BLOCK_ROWS = 64  # the same for the hillshade
_SAMPLES = 250_000  # values that the robust levels of a plane are taken from


@dataclass(frozen=True, eq=False, slots=True)
class LayerStyle:
    """How one layer is drawn and read.

    Attributes:
        name: Schema name of the layer.
        title: For people.
        unit: Unit of the numbers shown, after ``factor``.
        table: 256 colours, entry 0 for no data.
        limits: Fixed (low, high), or None for levels from the data.
        cyclic: The two ends of the limits are the same value.
        factor: Number shown = value x factor.
        decimals: Digits after the point in read-outs.
        shaded: Blend with the hillshade.
        classes: Codes and meanings of a class layer.
        outline: Draw the edge of the values from this one on.
        centred: Levels from the data lie evenly around zero.
        note: What the legend says beside the title, instead of the unit.
    """

    name: str
    title: str
    unit: str
    table: Table
    limits: Levels | None = None
    cyclic: bool = False
    factor: float = 1.0
    decimals: int = 2
    shaded: bool = False
    classes: tuple[tuple[int, str], ...] = ()
    outline: float | None = None
    centred: bool = False
    note: str = ""

    def text(self, value: float) -> str:
        """A value as the read-out says it."""
        if isnan(value):
            return "no data"
        if self.classes:
            return dict(self.classes).get(int(value), f"code {int(value)}")
        number = f"{value * self.factor:,.{self.decimals}f}"
        return f"{number} {self.unit}".rstrip().replace("-", "\N{MINUS SIGN}", value < 0)


_EVEN = ("#1d4f78", "#6fa3c0", "#eeeae2", "#cf8a6a", "#7a2e2a")
"""Both ways from a middle value."""


def _phase_path() -> Floats:
    """A closed path in OKLab for wrapped phase.

    Lightness and the blue-yellow axis alone already go round a circle, a quarter cycle apart: the
    colour-blind, who miss only the red-green axis, still see every phase as its own colour.
    """
    t = np.linspace(0.0, 2 * pi, 4096)
    return np.stack([0.66 + 0.20 * np.cos(t), 0.10 * np.cos(t - 2.2), 0.12 * np.sin(t)], axis=1)


def _era5_styles() -> list[LayerStyle]:
    looks = {
        "total_column_water_vapour": (
            "Water vapour",
            "kg m\N{SUPERSCRIPT MINUS}\N{SUPERSCRIPT TWO}",
            1.0,
            1,
            ramp(["#f3ead7", "#a9c6a4", "#4b98a0", "#2c5f92", "#2a2a5e"]),
        ),
        "surface_pressure": (
            "Surface pressure",
            "hPa",
            0.01,
            1,
            ramp(["#2d1f47", "#6a3d79", "#b4637a", "#e69c78", "#f7e3bd"]),
        ),
        "vertical_integral_of_temperature": (
            "Temperature integral",
            "10\N{SUPERSCRIPT SIX} K kg m\N{SUPERSCRIPT MINUS}\N{SUPERSCRIPT TWO}",
            1e-6,
            4,
            ramp(["#20304f", "#5a4a78", "#a95670", "#e07f4f", "#f6cf6f"]),
        ),
    }
    stored = [
        LayerStyle(
            f"{date}_{name}",
            f"{title}, {date.removesuffix('_date')} date",
            unit,
            table,
            factor=factor,
            decimals=decimals,
        )
        for name, (title, unit, factor, decimals, table) in ((n, looks[n]) for n in ERA5)
        for date in ("primary_date", "secondary_date")
    ]
    differences = [
        LayerStyle(
            f"{name}_difference",
            f"{title}, secondary \N{MINUS SIGN} primary",
            unit,
            ramp(_EVEN),
            factor=factor,
            decimals=decimals,
            centred=True,
        )
        for name, (title, unit, factor, decimals, _) in looks.items()
    ]
    return stored + differences


def _geometry_styles() -> list[LayerStyle]:
    """Unwrapped phase, GACOS delays and the line of sight: differences from a middle value."""
    even = ramp(_EVEN)
    return [
        LayerStyle("unwrapped_phase", "Unwrapped phase", "rad", even, decimals=1),
        *(
            LayerStyle(f"los_{way}", f"Line of sight, {way}", "", even, decimals=3)
            for way in ("east", "north", "up")
        ),
        *(
            LayerStyle(f"{date}_date_{GACOS}", f"GACOS delay, {date} date", "rad", even)
            for date in ("primary", "secondary")
        ),
        LayerStyle(
            f"{GACOS}_difference",
            "GACOS delay, secondary \N{MINUS SIGN} primary",
            "rad",
            even,
            centred=True,
        ),
    ]


def _measured_styles() -> list[LayerStyle]:
    """What is computed from the phase: angles in its colours; a closure is small, around zero."""
    table, even = cycle(_phase_path()), ramp(_EVEN)
    return [
        *(
            LayerStyle(f"phase_minus_{name}", title, "rad", table, (-pi, pi), cyclic=True)
            for name, title in (
                ("height", "Phase minus height"),
                ("vapour", "Phase minus water vapour"),
                ("mogi", "Phase minus Mogi source"),
                ("okada", "Phase minus Okada source"),
            )
        ),
        LayerStyle("closure", "Closure of a triangle", "rad", even, (-pi, pi)),
        LayerStyle("unwrapped_here", "Unwrapped (computed)", "rad", even, decimals=1),
    ]


def _land_table() -> Table:
    table = np.zeros(256, np.uint32)
    table[1:] = 0xFF8A8F94
    table[1], table[2] = 0xFF3F5163, 0xFFB9B2A0
    return table


def _probability_table() -> Table:
    """More opaque with the probability, with a step at one half: that is the decision."""
    chance = np.linspace(0.0, 1.0, 255)
    alpha = np.interp(chance, (0.1, 0.4999, 0.5, 1.0), (0.0, 0.35, 0.65, 0.95))
    return ramp(["#5a1e8c", "#c4188f", "#ff3d8f"], alpha)


_STYLES = [
    LayerStyle(
        "insar_difference",
        "Wrapped phase",
        "rad",
        cycle(_phase_path()),
        (-pi, pi),
        cyclic=True,
        note=f"1 cycle = {CM_PER_CYCLE:.2f} cm LOS",
    ),
    LayerStyle("insar_coherence", "Coherence", "", ramp(["#0b0b0b", "#f6f6f6"]), (0.0, 1.0)),
    LayerStyle(
        "dem",
        "Height",
        "m",
        ramp(["#2f5d50", "#7f9a63", "#c9b980", "#b98a66", "#9a7f7f", "#f4f0ee"]),
        decimals=0,
        shaded=True,
    ),
    LayerStyle(
        "land_mask",
        "Land",
        "",
        _land_table(),
        (0.0, 254.0),
        decimals=0,
        classes=((0, "water"), (1, "land")),
    ),
    *_era5_styles(),
    *_geometry_styles(),
    *_measured_styles(),
    LayerStyle(
        "probability", "Predicted deformation", "", _probability_table(), (0.0, 1.0), outline=0.5
    ),
]
STYLES: dict[str, LayerStyle] = {style.name: style for style in _STYLES}
"""By schema name; ``probability`` is that of predictions."""


def levels_of(values: ArrayLike, style: LayerStyle) -> Levels:
    """The (low, high) of a plane: fixed by the style, else the 1st and 99th percentile."""
    if style.limits is not None:
        return style.limits
    plane = np.asarray(values)
    step = max(1, int((plane.size / _SAMPLES) ** 0.5))
    sample = plane[::step, ::step]
    sample = sample[np.isfinite(sample)]
    if sample.size == 0:
        return 0.0, 1.0
    low, high = (float(v) for v in np.percentile(sample, (1, 99)))
    if style.centred:
        low, high = -max(abs(low), abs(high)), max(abs(low), abs(high))
    return (low, high) if high > low else (low - 0.5, high + 0.5)


def encode(values: ArrayLike, style: LayerStyle, levels: Levels) -> IndexPlane:
    """The index plane: 0 where there are no data, 1 to 255 along the levels. Any thread.

    Values beyond the levels take the end colours; those of a cyclic style go round.
    """
    plane = np.asarray(values)
    index = np.empty(plane.shape, np.uint8)
    low, high = levels
    steps = 255.0 if style.cyclic else 254.0
    scale = np.float32(steps / (high - low))
    rows = max(1, _BLOCK // max(1, plane.shape[1]))
    for row in range(0, plane.shape[0], rows):
        block = plane[row : row + rows].astype(np.float32)
        valid = ~np.isnan(block)
        block -= np.float32(low)
        block *= scale
        with np.errstate(invalid="ignore"):  # whatever NaN becomes is multiplied by 0 below
            code = _round(block, np.float32(steps)) if style.cyclic else _cut(block, steps)
        code += 1
        np.multiply(code, valid, out=index[row : row + rows])
    return index


def _round(block: NDArray[np.float32], steps: np.float32) -> IndexPlane:
    """Whole steps of a cycle; the high end is the low end."""
    whole = block.astype(np.uint16)
    # as integers, floats below zero are below zero: nearly all phases need no turning
    if whole.max(initial=0) > steps or block.view(np.int32).min(initial=0) < 0:
        block -= np.floor(block * (1 / steps)) * steps
        whole = block.astype(np.uint16)
    code = whole.astype(np.uint8)
    code *= code != steps
    return code


def _cut(block: NDArray[np.float32], steps: float) -> IndexPlane:
    """The nearest whole step from 0 to the last."""
    np.clip(block, 0.0, steps, out=block)
    block += np.float32(0.5)
    return block.astype(np.uint8)


def hillshade(heights: ArrayLike, geometry: Geometry) -> IndexPlane:
    """Light from the north-west on the terrain, 0 (shade) to SHADES - 1; flat is two thirds.

    The vertical is exaggerated so that the gentle slopes of shield volcanoes show; edges
    and the neighbours of gaps count as flat.
    """
    plane = np.asarray(heights)
    rows, cols = plane.shape
    shade = np.full(plane.shape, SHADES * 2 // 3, np.uint8)
    if rows < 3 or cols < 3:
        return shade
    east, north = geometry.pixel_metres()
    run_east, run_north = np.float32(2.5 / (2 * east)), np.float32(2.5 / (2 * north))
    full = np.float32((SHADES - 1) * 2 / 3 / 0.7071)
    for row in range(1, rows - 1, _BLOCK_ROWS):
        block = plane[row - 1 : min(row + _BLOCK_ROWS, rows - 1) + 1].astype(np.float32)
        rise_east = (block[1:-1, 2:] - block[1:-1, :-2]) * run_east
        rise_south = (block[2:, 1:-1] - block[:-2, 1:-1]) * run_north
        # The sun stands in the north-west at 45 degrees: (east -1/2, north 1/2, up 0.707)
        light = (rise_east + rise_south) * np.float32(0.5) + np.float32(0.7071)
        light /= np.sqrt(rise_east * rise_east + rise_south * rise_south + np.float32(1))
        light *= full
        np.clip(light, 0.0, SHADES - 1, out=light)
        np.copyto(light, np.float32(SHADES * 2 // 3), where=np.isnan(light))
        shade[row : row + light.shape[0], 1:-1] = light
    return shade


@dataclass(frozen=True, eq=False, slots=True)
class PlaneImage:
    """One plane ready to be drawn, and what the read-out needs. Treat the arrays as read-only.

    Attributes:
        index: Index plane of ``encode``; None while nobody made one: the canvas then encodes what
            it picks, so that a plane just read is on the screen sooner.
        values: The plane itself, NaN where there are no data.
        style: How it is drawn.
        levels: The (low, high) of the colour table.
        geometry: Where it lies.
        request: Whatever the reader wants to recognise its answer by.
        shade: Hillshade, for shaded styles and what lies on the terrain.
        veil: How much of the layer is seen, in VEILS steps; None for all of it.
    """

    index: IndexPlane | None
    values: NDArray[np.generic]
    style: LayerStyle
    levels: Levels
    geometry: Geometry
    request: Hashable = None
    shade: IndexPlane | None = None
    veil: IndexPlane | None = None

    @classmethod
    def of(
        cls,
        values: NDArray[np.generic],
        style: LayerStyle,
        geometry: Geometry,
        request: Hashable = None,
        levels: Levels | None = None,
    ) -> "PlaneImage":
        """Everything a worker thread has to do between reading a plane and showing it.

        Raises:
            ValueError: The plane is not of the geometry's size.
        """
        if values.shape != geometry.shape:
            raise ValueError(f"a plane of {values.shape} on a grid of {geometry.shape}")
        found = levels_of(values, style) if levels is None else levels
        shade = hillshade(values, geometry) if style.shaded else None
        return cls(encode(values, style, found), values, style, found, geometry, request, shade)

    def value(self, row: int, col: int) -> float:
        """The value of a pixel; NaN outside and where there are no data."""
        rows, cols = self.values.shape
        return float(self.values[row, col]) if 0 <= row < rows and 0 <= col < cols else nan


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark on the colour bar: where (0..1 from low to high) and what stands beside it."""

    at: float
    text: str


def ticks(style: LayerStyle, levels: Levels) -> tuple[Tick, ...]:
    """Marks of the legend: quarters of a cycle, otherwise round numbers."""
    low, high = (level * style.factor for level in levels)
    if style.cyclic:
        quarters = (low + (high - low) * i / 4 for i in range(5))
        return tuple(Tick(i / 4, _quarter(v, style.unit)) for i, v in enumerate(quarters))
    return _round_ticks(low, high, 4) or _round_ticks(low, high, 8)


def _quarter(value: float, unit: str) -> str:
    """A multiple of a quarter of a cycle, as people write it."""
    sign, size = "\N{MINUS SIGN}" if value < 0 else "", abs(value)
    if size < 1e-9:
        return "0"
    if unit == "rad":
        parts = {0.25: "π/4", 0.5: "π/2", 1.0: "π", 2.0: "2π"}
        return sign + parts.get(round(size / pi, 3), f"{size:.2f}")
    if unit == "fringes":
        return sign + {0.25: "¼", 0.5: "½", 1.0: "1"}.get(round(size, 3), f"{size:.2f}")
    return f"{sign}{size:.1f}"


def _round_ticks(low: float, high: float, parts: int) -> tuple[Tick, ...]:
    """Round numbers from low to high, in about so many parts; nothing when only one fits."""
    step = round_step((high - low) / parts)
    first, last = ceil(low / step - 1e-9), floor(high / step + 1e-9)
    if last <= first:
        return ()
    digits = max(0, -floor(log10(step) + 1e-9))
    return tuple(
        Tick(
            (i * step - low) / (high - low),
            f"{i * step:,.{digits}f}".replace("-", "\N{MINUS SIGN}"),
        )
        for i in range(first, last + 1)
    )


def round_step(rough: float) -> float:
    """1, 2 or 5 times a power of ten, not below ``rough``."""
    power = 10.0 ** floor(log10(rough))
    return next(n * power for n in (1, 2, 5, 10) if n * power >= rough * (1 - 1e-9))
