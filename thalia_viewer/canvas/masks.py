"""How masks look: a colour for each activity type, opacity and hatching for the intensity.

A *code* is what one device pixel of the mask shows: ``activity * 4 + intensity``, plus HATCH on
the lines of the hatching, plus EDGE on the outline. No Qt here.
"""

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from thalia_core.cube.labels import Activity, Intensity
from thalia_core.cube.schema import MISSING
from thalia_viewer.canvas.colours import Floats, Table, pack, rgb_of

Codes = NDArray[np.uint8]

CLASS_COLOURS: dict[int, str] = {
    Activity.SILL: "#b8f50a",
    Activity.DYKE: "#ae0660",
    Activity.MOGI: "#ff92d9",
    Activity.SPHEROID: "#6139e5",
    Activity.EARTHQUAKE: "#ffffff",
    Activity.UNIDENTIFIED: "#00b33d",
}
"""Chosen by search: as far apart as six colours get for normal and for colour-blind eyes."""
UNKNOWN_COLOUR = "#9aa0a6"
"""Codes that no legend knows: shown and kept."""
CLASS_NAMES: dict[int, str] = {a: a.name.capitalize() for a in Activity if a}
INTENSITY_NAMES: dict[int, str] = {i: i.name.capitalize() for i in Intensity}

_UNKNOWN = 7
HATCH, EDGE = 32, 64
LIGHT_CASING, DARK_CASING = 126, 127
CODES = 128
_FILL = (0.28, 0.20, 0.34, 0.48)
"""Opacity of the fill for None, Low, Medium and High at full mask opacity."""
_HATCH_EVERY = (0, 12, 8, 8)
"""Logical pixels between the lines; 0 for none, and High is hatched both ways."""
_DARK_CLASSES = (Activity.DYKE, Activity.SPHEROID)
_DARKER = 0.5  # how far the hatching of pale classes goes towards black


@dataclass(frozen=True, slots=True)
class MaskStyle:
    """How masks are drawn.

    Attributes:
        opacity: 0 (not seen) to 1.
        contour: Outlines only.
        hatch: Lines over the fill tell the intensity, for eyes that do not tell the colours.
        only: The one activity code that is drawn; None for all.
    """

    opacity: float = 0.5
    contour: bool = False
    hatch: bool = True
    only: int | None = None


def _classes() -> NDArray[np.uint8]:
    table = np.full(256, _UNKNOWN * 4, np.uint8)
    table[MISSING] = 0
    for code in Activity:
        table[code] = code * 4
    return table


def _intensities() -> NDArray[np.uint8]:
    table = np.zeros(256, np.uint8)
    for code in Intensity:
        table[code] = code
    return table


def _casings() -> NDArray[np.uint8]:
    table = np.full(CODES, DARK_CASING, np.uint8)
    for activity in _DARK_CLASSES:
        table[activity * 4 : activity * 4 + 4] = LIGHT_CASING
    table[:4] = 0
    return table


_CLASS_OF = _classes()
_INTENSITY_OF = _intensities()
_CASING_OF = _casings()


def codes_of(activity: NDArray[np.uint8], intensity: NDArray[np.uint8]) -> Codes:
    """Fill codes of mask planes; unknown activity codes keep a code of their own."""
    if activity.max(initial=0) < _UNKNOWN and intensity.max(initial=0) < len(Intensity):
        codes: Codes = np.left_shift(activity, np.uint8(2))
        codes |= intensity
    else:
        codes = _CLASS_OF[activity]
        codes |= _INTENSITY_OF[intensity]
    codes *= codes > 3  # an intensity without an activity is nothing
    return codes


def _hatch_rgb(activity: int) -> Floats:
    """The class colour, darker where it is pale: lines are seen over the colours of phases."""
    rgb = rgb_of(CLASS_COLOURS.get(activity, UNKNOWN_COLOUR))
    return rgb if activity in _DARK_CLASSES else rgb * (1 - _DARKER)


def of_class(codes: Codes, only: int | None) -> Codes:
    """Fill codes of one activity type, everything else being no mask; of all where it is None."""
    if only is None:
        return codes
    return np.where(codes >> 2 == min(only, _UNKNOWN), codes, np.uint8(0))


def decorate(codes: Codes, origin: tuple[int, int], scale: float, hatch: bool = True) -> Codes:
    """Outline and hatching of sampled codes.

    Args:
        codes: Fill codes of device pixels, with a margin of ``margin(scale)`` on all sides.
        origin: Device (row, column) of the first sample relative to the picture's own corner, so
            that the hatching moves with the picture.
        scale: Device pixels per logical pixel.
        hatch: Draw the hatching.

    Returns:
        Codes without the margin.
    """
    m, thin = margin(scale), max(1, round(scale))
    rows, cols = codes.shape[0] - 2 * m, codes.shape[1] - 2 * m

    def around(by: int) -> list[Codes]:
        moves = ((by, 0), (-by, 0), (0, by), (0, -by))
        return [codes[m + r : m + r + rows, m + c : m + c + cols] for r, c in moves]

    inner = codes[m : m + rows, m : m + cols]
    result = inner.copy()
    if hatch:
        result += _hatching(inner, (origin[0] + m, origin[1] + m), scale) * np.uint8(HATCH)
    inside = inner > 0
    near = around(thin)
    south, _, east, _ = near
    rim = np.minimum.reduce(around(m)) == 0
    rim |= (south != inner) | (east != inner)  # between two classes one thin line, not two
    lines = np.flatnonzero(rim & inside)
    result.reshape(-1)[lines] = inner.reshape(-1)[lines] + np.uint8(EDGE)
    outer = np.maximum.reduce(near)
    lines = np.flatnonzero((outer > 0) & ~inside)
    result.reshape(-1)[lines] = _CASING_OF[outer.reshape(-1)[lines]]
    return result


def margin(scale: float) -> int:
    """Device pixels around a region that its outline depends on: the width of the outline."""
    return max(1, round(1.6 * scale))


def _hatching(codes: Codes, origin: tuple[int, int], scale: float) -> NDArray[np.bool_]:
    """Where the lines of the hatching are.

    A line depends on row + column (or row - column) alone: one vector, seen through a window that
    slides with the rows, is the whole pattern. It holds one bit for each intensity.
    """
    rows, cols = codes.shape
    width = max(1, round(scale))
    rising = np.arange(rows + cols - 1) + (origin[0] + origin[1])
    falling = np.arange(rows + cols - 1) + (origin[0] - origin[1] - cols + 1)
    up, down = np.zeros((2, rows + cols - 1), np.uint8)
    for level, every in enumerate(_HATCH_EVERY):
        if every:
            up |= ((rising % round(every * scale) < width) << level).astype(np.uint8)
    period = round(_HATCH_EVERY[Intensity.HIGH] * scale)
    down |= ((falling % period < width) << int(Intensity.HIGH)).astype(np.uint8)
    pattern = sliding_window_view(up, cols) | sliding_window_view(down, cols)[:, ::-1]
    bits: Codes = np.left_shift(np.uint8(1), codes & 3)
    bits &= pattern
    return bits > 0


def present(plane: NDArray[np.uint8]) -> tuple[int, ...]:
    """The activity codes that a plane holds, sorted; neither none nor "no value"."""
    if plane.max(initial=0) < 8:
        bits = int(np.bitwise_or.reduce(np.left_shift(np.uint8(1), plane), axis=None))
        return tuple(code for code in range(1, 8) if bits >> code & 1)
    seen = np.flatnonzero(np.bincount(plane.ravel(), minlength=256))
    return tuple(int(code) for code in seen if code not in (0, MISSING))


def colour_table(opacity: float, contour: bool) -> Table:
    """0xAARRGGBB of every code at a mask opacity; with ``contour`` nothing but the outline."""
    table = np.zeros(CODES, np.uint32)
    line = min(1.0, opacity * 2)
    for activity in range(1, 8):
        rgb = rgb_of(CLASS_COLOURS.get(activity, UNKNOWN_COLOUR))
        for intensity in range(4):
            code = activity * 4 + intensity
            fill = 0.0 if contour else min(1.0, _FILL[intensity] * 2 * opacity)
            table[code] = pack(rgb, fill)
            table[code + HATCH] = pack(
                _hatch_rgb(activity), 0.0 if contour else min(1.0, fill + 0.35 * line)
            )
            if code + EDGE < LIGHT_CASING:
                table[code + EDGE] = pack(rgb, line)
    table[LIGHT_CASING] = pack(rgb_of("#ffffff"), 0.8 * line)
    table[DARK_CASING] = pack(rgb_of("#101010"), 0.6 * line)
    return table
