"""Pixels marked over the picture that are no mask: previews, proposals, closed pixels."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from thalia_core.annotate.shapes import Shape
from thalia_core.cube.geometry import Window
from thalia_viewer.canvas.colours import Table, pack, premultiplied, rgb_of

INSIDE, LINE, CASING = 1, 2, 3
_DASH, _DOT = 16, 5
_LUMA, _BRIGHT = np.array((0.3, 0.59, 0.11)), 0.4
"""Weights of red, green and blue, and from where on a colour stands out from a dark casing."""


@dataclass(frozen=True, slots=True)
class RegionStyle:
    """How a region is drawn.

    Attributes:
        colour: ``#rrggbb``.
        fill: Opacity of the inside, 0 to 1.
        line: Opacity of the outline, 0 for none.
        dashed: The outline is dashed: not confirmed.
        dotted: Dashes as short as dots: it is being made under the hand and waits for no answer.
        below: It lies under the masks, whose colours it leaves alone.
    """

    colour: str = "#ffffff"
    fill: float = 0.25
    line: float = 1.0
    dashed: bool = False
    dotted: bool = False
    below: bool = False

    def table(self) -> Table:
        """0xAARRGGBB of the codes 0, INSIDE, LINE and CASING, as Qt blends it.

        The casing is dark around a bright line and light around a dark one, as with masks.
        """
        rgb = rgb_of(self.colour)
        bright = float(_LUMA @ rgb) > _BRIGHT
        casing = pack(rgb_of("#101010" if bright else "#ffffff"), self.line * 0.6)
        entries = (0, pack(rgb, self.fill), pack(rgb, self.line), casing)
        return premultiplied(np.array(entries, np.uint32))


@dataclass(frozen=True, eq=False, slots=True)
class Region:
    """Pixels and how they are drawn. The mask's memory is read at every repainting."""

    shape: Shape
    style: RegionStyle = RegionStyle()

    @classmethod
    def of_plane(cls, plane: NDArray[np.bool_], style: RegionStyle) -> "Region":
        """The set pixels of a plane of the frame's size."""
        return cls(Shape(Window.full(*plane.shape), plane), style)


def drawn(
    inside: NDArray[np.bool_], origin: tuple[int, int], scale: float, style: RegionStyle
) -> NDArray[np.uint8]:
    """Codes of device pixels: inside, outline, and the dark line around it.

    Args:
        inside: Sampled mask with a margin of ``border(scale)`` on all sides.
        origin: Device (row, column) of the first sample relative to the picture's own corner, so
            that dashes move with the picture.
        scale: Device pixels per logical pixel.
        style: How it is drawn.

    Returns:
        Codes without the margin.
    """
    m = border(scale)
    rows, cols = inside.shape[0] - 2 * m, inside.shape[1] - 2 * m

    def around(by: int) -> list[NDArray[np.bool_]]:
        moves = ((by, 0), (-by, 0), (0, by), (0, -by))
        return [inside[m + r : m + r + rows, m + c : m + c + cols] for r, c in moves]

    inner = inside[m : m + rows, m : m + cols]
    codes = inner.astype(np.uint8)
    if style.line <= 0:
        return codes
    rim = inner & ~np.logical_and.reduce(around(m))
    outer = ~inner & np.logical_or.reduce(around(max(1, m // 2)))
    codes[rim] = LINE
    codes[outer] = CASING
    if style.dashed or style.dotted:
        r = np.arange(rows)[:, None] + (origin[0] + m)
        c = np.arange(cols)[None, :] + (origin[1] + m)
        period = max(2, round((_DOT if style.dotted else _DASH) * scale))
        codes[rim & ((2 * r + 3 * c) % (2 * period) >= period)] = CASING
    return codes


def border(scale: float) -> int:
    """Device pixels around a region that its outline takes: the width of the line."""
    return max(1, round(1.6 * scale))
