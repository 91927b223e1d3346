"""Colour tables with perceptually even steps, computed rather than shipped.

All mixing happens in OKLab, where equal distances look about equally different. A table has 256
entries of 0xAARRGGBB; entry 0 is "no data" and 1 to 255 carry the values.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Table = NDArray[np.uint32]
Floats = NDArray[np.float64]

NO_DATA = 0x00000000
"""Transparent: the canvas shows its own grey through it."""
STEPS = 255
_FINE = 4096

_TO_LMS = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_TO_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)
_FROM_LMS = np.linalg.inv(_TO_LMS)
_FROM_LAB = np.linalg.inv(_TO_LAB)


def to_oklab(rgb: Floats) -> Floats:
    """SRGB in 0..1, (..., 3), to OKLab."""
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    lab: Floats = np.cbrt(linear @ _TO_LMS.T) @ _TO_LAB.T
    return lab


def from_oklab(lab: Floats) -> Floats:
    """OKLab to sRGB in 0..1, cut to what a screen can show."""
    linear = np.clip((lab @ _FROM_LAB.T) ** 3 @ _FROM_LMS.T, 0.0, 1.0)
    return np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)


def rgb_of(colour: str) -> Floats:
    """The three parts of ``#rrggbb``, 0..1."""
    return np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255.0


def pack(rgb: Floats, alpha: float | Floats = 1.0) -> Table:
    """0xAARRGGBB of sRGB values in 0..1, not premultiplied."""
    parts = np.rint(np.clip(rgb, 0.0, 1.0) * 255).astype(np.uint32)
    opacity = np.rint(np.clip(alpha, 0.0, 1.0) * np.float64(255)).astype(np.uint32)
    packed = opacity << 24 | parts[..., 0] << 16 | parts[..., 1] << 8 | parts[..., 2]
    return packed.astype(np.uint32)


def premultiplied(table: Table, opacity: float = 1.0) -> Table:
    """The table as Qt blends it: every part scaled by its alpha."""
    alpha = (table >> 24).astype(np.float64) * opacity
    result = (np.rint(alpha).astype(np.uint32) << 24).astype(np.uint32)
    for shift in (16, 8, 0):
        part = (table >> shift & 0xFF).astype(np.float64) * alpha / 255
        result |= np.rint(part).astype(np.uint32) << shift
    return result


def ramp(colours: Sequence[str], alpha: float | Floats = 1.0) -> Table:
    """A table along the given colours with even perceptual steps; ``alpha`` for all, or (255,)."""
    points = to_oklab(np.array([rgb_of(colour) for colour in colours]))
    along = np.interp(
        np.linspace(0, len(points) - 1, _FINE), np.arange(len(points)), np.arange(len(points))
    )
    path = np.stack([np.interp(along, np.arange(len(points)), p) for p in points.T], axis=1)
    return _table(_even(path, STEPS), alpha)


def cycle(path: Floats) -> Table:
    """A table along a closed path in OKLab (last point = first); 255 steps back to the start."""
    return _table(_even(path, STEPS + 1)[:-1], 1.0)


def shaded(table: Table, levels: int) -> Table:
    """(levels, 256): the table under light from 0 (deep shade) to levels - 1 (full light)."""
    rgb = np.stack([(table >> s & 0xFF) / 255.0 for s in (16, 8, 0)], axis=-1)
    lab = to_oklab(rgb)
    light = np.linspace(-0.30, 0.16, levels)[:, None]
    lit = np.repeat(lab[None], levels, axis=0)
    lit[..., 0] = np.clip(lab[None, :, 0] + light, 0.04, 1.0)
    result = pack(from_oklab(lit))
    result[:, 0] = table[0]
    return result


def _even(path: Floats, count: int) -> Floats:
    """``count`` points along a path, equally far from each other."""
    length = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(path, axis=0), axis=1))])
    at = np.linspace(0.0, length[-1], count)
    return np.stack([np.interp(at, length, p) for p in path.T], axis=1)


def _table(lab: Floats, alpha: float | Floats) -> Table:
    table = np.full(STEPS + 1, NO_DATA, np.uint32)
    table[1:] = pack(from_oklab(lab), alpha)
    return table
