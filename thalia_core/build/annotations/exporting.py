"""Labels and masks of a cube as the public JSON, as COCO, and as GeoJSON."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from thalia_core.build.annotations.contours import one_ring, rings
from thalia_core.build.annotations.raster import Preview
from thalia_core.build.annotations.records import FLAGS, LABELS
from thalia_core.cube import schema
from thalia_core.cube.geometry import Geometry, Window
from thalia_core.cube.labels import Activity, ActivityPhase, Intensity, PairLabel
from thalia_core.cube.pairs import DatePair
from thalia_core.cube.store import CubeStore

_DECIMALS = 6


@dataclass(frozen=True, eq=False, slots=True)
class Region:
    """One instance of deformation in a pair.

    Attributes:
        number: Its code in the instance mask; 0 where the cube has none.
        activity: Its type.
        intensity: Its level.
        window: Where it lies.
        mask: Its pixels, (rows, columns) of the window.
    """

    number: int
    activity: int
    intensity: int
    window: Window
    mask: NDArray[np.bool_]


@dataclass(frozen=True, eq=False, slots=True)
class Labelled:
    """A pair that somebody labelled."""

    pair: DatePair
    label: PairLabel
    regions: tuple[Region, ...]


def labelled_pairs(cube: CubeStore) -> Iterator[Labelled]:
    """Every labelled pair: by its record, never because its mask is not empty."""
    for pair, label in zip(cube.pairs, cube.read_labels(), strict=True):
        if label.labelled:
            yield Labelled(pair, label, regions_of(cube, pair))


def regions_of(cube: CubeStore, pair: DatePair) -> tuple[Region, ...]:
    """The instances of a pair in the order of their numbers; pixels of one are of one class."""
    activity = _plane(cube, "activity_type_mask", pair)
    drawn = activity > 0
    found = Window.full(*activity.shape).around(drawn)
    if found is None:
        return ()
    window, at = found
    planes = [_plane(cube, name, pair)[at] for name in ("instance_mask", "intensity_level_mask")]
    keys = np.stack([planes[0], activity[at], planes[1]], axis=-1)
    regions = []
    for key in np.unique(keys[drawn[at]], axis=0).tolist():
        inner = window.around((keys == np.array(key, keys.dtype)).all(axis=-1))
        assert inner is not None
        number, kind, level = key
        mask = (keys == np.array(key, keys.dtype)).all(axis=-1)[inner[1]]
        regions.append(Region(number, kind, level, inner[0], mask))
    return tuple(regions)


def sample_json(frame: str, found: Labelled, preview: Preview) -> dict[str, Any]:
    """A pair as the public files have it, keys in their order."""
    label, regions = found.label, found.regions
    flags = {name: _code(name, getattr(label, name)) for name in FLAGS}
    crowd = flags.pop("is_crowd")
    kinds = [_word(Activity, region.activity) for region in regions]
    phase = ActivityPhase(_code("phase", label.phase))
    return {
        "uniqueID": label.unique_id or None,
        "frameID": frame,
        "primary_date": f"{found.pair.primary:%Y%m%d}",
        "secondary_date": f"{found.pair.secondary:%Y%m%d}",
        **flags,
        "label": _labels(phase, regions),
        "activity_type": kinds,
        "intensity_level": [_word(Intensity, region.intensity) for region in regions],
        "phase": phase.name.capitalize(),
        "confidence": label.confidence,
        "segmentation_mask": [_flat(region, preview) for region in regions],
        "is_crowd": crowd,
        "caption": label.caption or "",
    }


def file_name(frame: str, found: Labelled) -> str:
    """Name of a pair's JSON file: its number, or frame and dates where it has none."""
    return f"{found.label.unique_id or f'{frame}_{found.pair}'}.json"


def coco_json(cubes: list[tuple[str, Preview, list[Labelled]]]) -> dict[str, Any]:
    """One COCO data set: an image a pair, polygons in preview pixels, types as categories."""
    images: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    for frame, preview, pairs in cubes:
        rows, cols = (round(n / s) for n, s in zip(preview.shape, preview.scale, strict=True))
        for found in pairs:
            images.append(
                {
                    "id": len(images) + 1,
                    "file_name": f"{frame}/{found.pair}.png",
                    "width": cols,
                    "height": rows,
                    "unique_id": found.label.unique_id,
                    "caption": found.label.caption or "",
                }
            )
            for region in found.regions:
                entry = _coco_annotation(region, preview, len(annotations) + 1, len(images))
                annotations.append(entry)
    categories = [
        {"id": int(code), "name": code.name.capitalize(), "supercategory": "deformation"}
        for code in Activity
        if code
    ]
    info = {"description": "Expert annotations of interferograms"}
    return {
        "info": info,
        "images": images,
        "annotations": annotations,
        "categories": categories,
    }


def geojson_features(cube: CubeStore, found: Labelled) -> list[dict[str, Any]]:
    """A feature (RFC 7946) an instance: longitude and latitude, outlines counter-clockwise."""
    label = found.label
    return [
        {
            "type": "Feature",
            "geometry": {
                "type": "MultiPolygon",
                "coordinates": [
                    [
                        _lonlat(outline, region.window, cube.geometry, clockwise=False),
                        *(_lonlat(h, region.window, cube.geometry, clockwise=True) for h in holes),
                    ]
                    for outline, holes in rings(region.mask)
                ],
            },
            "properties": {
                "frame": cube.frame,
                "primary_date": found.pair.primary.isoformat(),
                "secondary_date": found.pair.secondary.isoformat(),
                "unique_id": label.unique_id,
                "activity_type": _word(Activity, region.activity),
                "intensity_level": _word(Intensity, region.intensity),
                "phase": ActivityPhase(_code("phase", label.phase)).name.capitalize(),
                "confidence": label.confidence,
                "caption": label.caption or "",
            },
        }
        for region in found.regions
    ]


def _coco_annotation(region: Region, preview: Preview, number: int, image: int) -> dict[str, Any]:
    ring = _ring(region, preview)
    low, high = ring.min(axis=0), ring.max(axis=0)
    down, across = preview.scale
    return {
        "id": number,
        "image_id": image,
        "category_id": region.activity,
        "segmentation": [np.round(ring, _DECIMALS).ravel().tolist()],
        "bbox": [float(round(v, 3)) for v in (*low, *(high - low))],
        "area": round(float(np.count_nonzero(region.mask)) / down / across, 3),
        "iscrowd": 0,
        "attributes": {"intensity_level": _word(Intensity, region.intensity)},
    }


def _ring(region: Region, preview: Preview) -> NDArray[np.float64]:
    corner = np.array([region.window.row0, region.window.col0], np.float64)
    return preview.to_preview(one_ring(region.mask) + corner)


def _flat(region: Region, preview: Preview) -> list[float]:
    flat: list[float] = np.round(_ring(region, preview), _DECIMALS).ravel().tolist()
    return flat


def _lonlat(
    ring: NDArray[np.float64], window: Window, geometry: Geometry, *, clockwise: bool
) -> list[list[float]]:
    lon = geometry.x0 + geometry.dx * (ring[:, 1] + window.col0)
    lat = geometry.y0 + geometry.dy * (ring[:, 0] + window.row0)
    area = float((lon * np.roll(lat, -1) - np.roll(lon, -1) * lat).sum())
    points = np.round(np.stack([lon, lat], axis=1), 7)
    points = points[::-1] if (area < 0) != clockwise else points
    closed: list[list[float]] = np.concatenate([points, points[:1]]).tolist()
    return closed


def _labels(phase: ActivityPhase, regions: tuple[Region, ...]) -> list[str]:
    kinds = {region.activity for region in regions}
    volcanic = phase in (ActivityPhase.UNREST, ActivityPhase.REBOUND)
    words = [LABELS[1]] if volcanic or kinds - {Activity.EARTHQUAKE} else []
    words += [LABELS[2]] if Activity.EARTHQUAKE in kinds else []
    return words or [LABELS[0]]


def _plane(cube: CubeStore, name: str, pair: DatePair) -> NDArray[np.uint8]:
    plane = cube.read_plane(name, pair)
    return np.where(plane == schema.MISSING, 0, plane).astype(np.uint8)


def _code(name: str, value: object) -> int:
    if isinstance(value, str):
        words = {word.casefold(): code for code, word in schema.legend(name).items()}
        return words.get(value.casefold(), 0)
    return int(value) if isinstance(value, int | float) else 0


def _word(kind: type[Activity] | type[Intensity], code: int) -> str:
    return kind(code).name.capitalize() if code in set(kind) else f"Code_{code}"
