"""Ground to look at: a fractal island or upland with volcanic edifices, its coast and its plants.

Fractal relief by a power-law spectrum (Mandelbrot 1975; Musgrave's ridged variant for valleys and
crests), edifices as concave cones with gullies and a summit caldera, young lava in tongues.
"""

from dataclasses import dataclass
from math import pi, tau

import numpy as np
from numpy.typing import NDArray

from thalia_core.synth.fields import Plane, generator, random_field, smooth_step

Mask = NDArray[np.bool_]
Spacing = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Edifice:
    """A volcano.

    Attributes:
        row: Place of the summit as a fraction of the frame's height, 0 at its northern edge.
        col: The same from the western edge.
        height_m: Of the summit over the surrounding ground.
        radius_m: Of the foot.
        caldera_m: Radius of the summit caldera, 0 for none.
    """

    row: float
    col: float
    height_m: float
    radius_m: float
    caldera_m: float = 0.0


@dataclass(frozen=True, slots=True)
class Terrain:
    """Planes of the ground.

    Attributes:
        height: Metres above the sea, 0 on it.
        land: False on the sea.
        vegetation: 0 on bare rock and young lava to 1 in dense forest.
        slope: Steepness in degrees.
    """

    height: Plane
    land: Mask
    vegetation: Plane
    slope: Plane


def make_terrain(
    shape: tuple[int, int],
    spacing_m: Spacing,
    edifices: tuple[Edifice, ...],
    *,
    sea_fraction: float,
    relief_m: float,
    seed: int,
) -> Terrain:
    """The ground of a frame.

    Args:
        shape: Rows and columns.
        spacing_m: Metres between rows and between columns.
        edifices: The volcanoes; they stand on the fractal ground.
        sea_fraction: Share of the frame below the sea.
        relief_m: Standard deviation of the ground between the volcanoes.
        seed: Seed of the frame.
    """
    broad = _fractal(shape, spacing_m, seed, "broad", slope=3.0, longest_m=28_000)
    warp = _fractal(shape, spacing_m, seed, "warp", slope=2.3, longest_m=9_000)
    crests = 1 - np.abs(_fractal(shape, spacing_m, seed, "crests", slope=2.3, longest_m=6_000))
    volcanoes = np.zeros(shape, np.float32)
    bare = np.zeros(shape, np.float32)
    for number, edifice in enumerate(edifices):
        rng = generator(seed, "edifice", number)
        cone, lava = _edifice(edifice, shape, spacing_m, warp, rng)
        volcanoes = np.maximum(volcanoes, cone)
        bare = np.maximum(bare, lava)
    ground = np.float32(relief_m) * (broad + np.float32(0.08) * warp) + volcanoes
    height = ground - np.float32(np.quantile(ground, sea_fraction))
    land = height > 0
    # Valleys deepen with height above the sea; the coast stays gentle.
    depth = smooth_step(height, 0, 700)
    height = height + np.float32(0.35 * relief_m) * depth * (crests - np.float32(0.5))
    height = np.where(land, np.maximum(height, np.float32(1)), np.float32(0))
    vegetation = _plants(broad, height, bare, spacing_m, seed)
    return Terrain(height, land, vegetation, _slope(height, spacing_m))


def real_terrain(height: Plane, land: Mask, spacing_m: Spacing, seed: int) -> Terrain:
    """Ground whose heights are known; its plants are made up."""
    broad = _fractal(height.shape, spacing_m, seed, "broad", slope=3.0, longest_m=28_000)
    vegetation = _plants(broad, height, np.zeros_like(height), spacing_m, seed)
    return Terrain(height, land, vegetation, _slope(height, spacing_m))


def footprint(shape: tuple[int, int], heading: float, margin: float = 0.05) -> Mask:
    """Pixels inside the slanted outline of a frame, in which the satellite took data.

    Args:
        shape: Rows and columns of the raster that encloses the frame.
        heading: Flight direction in degrees clockwise from north.
        margin: Share of the raster that is left over along the nearest edges.
    """
    rows, cols = shape
    tilt = np.tan(np.radians((heading + 90) % 180 - 90))
    y = 0.5 - np.arange(rows, dtype=np.float32)[:, None] / rows  # north positive
    x = np.arange(cols, dtype=np.float32)[None, :] / cols - 0.5
    # Near and far range run along the flight path; bursts start and end across it.
    along, across = x - tilt * y, y + tilt * x
    half = np.float32(0.5 - margin)
    # The three sub-swaths begin one after the other: steps in the northern and southern edge.
    swath = np.clip(np.floor((along / half + 1) * 1.5), 0, 2) - 1
    shift = np.float32(0.012) * swath
    return np.asarray((np.abs(along) < half) & (np.abs(across - shift) < half))


def _fractal(
    shape: tuple[int, int],
    spacing_m: Spacing,
    seed: int,
    purpose: str,
    slope: float,
    longest_m: float,
) -> Plane:
    """A self-similar field of unit variance whose waves are no longer than ``longest_m``."""

    def amplitude(frequency: NDArray[np.float32]) -> NDArray[np.float32]:
        scaled = frequency * np.float32(longest_m)
        return np.asarray((1 + scaled * scaled) ** np.float32(-slope / 2), np.float32)

    rng = generator(seed, "terrain " + purpose)
    return random_field(shape, spacing_m, amplitude, rng, margin_m=longest_m)


def _edifice(
    edifice: Edifice,
    shape: tuple[int, int],
    spacing_m: Spacing,
    warp: Plane,
    rng: np.random.Generator,
) -> tuple[Plane, Plane]:
    """Height of a cone over its foot, and how bare of plants its lava keeps it."""
    north = (edifice.row * shape[0] - np.arange(shape[0], dtype=np.float32)) * spacing_m[0]
    east = (np.arange(shape[1], dtype=np.float32) - edifice.col * shape[1]) * spacing_m[1]
    radius = np.hypot(north[:, None], east[None, :])
    angle = np.arctan2(north[:, None], east[None, :])
    reach = np.clip(radius / edifice.radius_m * (1 + 0.10 * warp), 0, 1)
    profile = (1 - reach) ** 1.7
    gullies = sum(
        np.cos(count * angle + rng.uniform(0, tau) + 1.3 * warp) / count
        for count in (9, 14, 23, 37)
    )
    profile = profile + 0.9 * gullies * reach * (1 - reach) ** 1.5
    if edifice.caldera_m:
        rim = edifice.caldera_m / edifice.radius_m
        floor = (1 - rim) ** 1.7 - 0.10
        inside = smooth_step(reach, 1.15 * rim, 0.85 * rim)
        profile = profile * (1 - inside) + floor * inside
    lava = _lava(radius / edifice.radius_m, angle, warp, rng)
    return np.asarray(edifice.height_m * profile, np.float32), lava


def _lava(
    reach: NDArray[np.float32], angle: NDArray[np.float32], warp: Plane, rng: np.random.Generator
) -> Plane:
    """Tongues of young lava from the summit, and the bare summit itself: 1 where nothing grows."""
    bare = smooth_step(reach + 0.03 * warp, 0.22, 0.14)
    for _ in range(rng.integers(4, 8)):
        centre, width, length = rng.uniform(-pi, pi), rng.uniform(0.10, 0.35), rng.uniform(0.5, 1.1)
        aside = np.abs((angle - centre + 0.25 * warp * reach + pi) % tau - pi)
        edge = aside / (width * (1 - 0.5 * reach / length).clip(0.2)) + 0.12 * warp
        flow = smooth_step(edge, 1.1, 0.9) * smooth_step(reach + 0.08 * warp, length, 0.92 * length)
        bare = np.maximum(bare, flow)
    return bare


def _plants(broad: Plane, height: Plane, bare: Plane, spacing_m: Spacing, seed: int) -> Plane:
    """Patches of forest below the tree line, none where lava is young."""
    patches = _fractal(height.shape, spacing_m, seed, "plants", slope=2.4, longest_m=9_000)
    dense = smooth_step(patches - 0.2 * broad, -1.2, 1.2)
    return np.asarray(dense * smooth_step(height, 2_600, 1_500) * (1 - bare), np.float32)


def _slope(height: Plane, spacing_m: Spacing) -> Plane:
    down, right = np.gradient(height, *spacing_m)
    return np.asarray(np.degrees(np.arctan(np.hypot(down, right))), np.float32)
