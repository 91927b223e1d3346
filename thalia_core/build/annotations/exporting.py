"""Labels and masks of a cube as values to write, and as the public JSON."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from thalia_core.annotate.shapes import Shape
from thalia_core.build.annotations.contours import one_ring
from thalia_core.build.annotations.raster import (
    PREVIEW_WINDOW,
    Preview,
    masked_pairs,
    preview_size,
    whole_frame,
)
from thalia_core.build.annotations.records import FLAGS, labels_of
from thalia_core.cube import schema
from thalia_core.cube.geometry import Window
from thalia_core.cube.labels import Activity, ActivityPhase, Deformation, Intensity, PairLabel
from thalia_core.cube.pairs import DatePair
from thalia_core.cube.store import CubeStore

DECIMALS = 6
_READ = ("deformation_mask", "activity_type_mask", "intensity_level_mask", "instance_mask")


@dataclass(frozen=True, eq=False, slots=True)
class Region:
    """One instance of deformation in a pair.

    Attributes:
        number: Its code in the instance mask; 0 where the cube has none.
        activity: Its type.
        intensity: Its level.
        shape: Its pixels; None where the label names it but no mask could be drawn.
    """

    number: int
    activity: int
    intensity: int
    shape: Shape | None

    @property
    def activity_word(self) -> str:
        """Its type in words; a code that has none is kept as ``Code_42``."""
        return _word(Activity, self.activity)

    @property
    def intensity_word(self) -> str:
        """Its level in words."""
        return _word(Intensity, self.intensity)


@dataclass(frozen=True, eq=False, slots=True)
class Labelled:
    """A pair that somebody labelled."""

    pair: DatePair
    label: PairLabel
    regions: tuple[Region, ...]

    @property
    def phase_word(self) -> str:
        """State of the volcano in the words of the public files."""
        phase = self.label.phase
        if isinstance(phase, str):
            return phase.capitalize() or "None"
        return _word(ActivityPhase, phase or 0)

    @property
    def labels(self) -> list[str]:
        """Deformation or not, as the public files say it."""
        code = {c.name.capitalize(): c for c in ActivityPhase}.get(self.phase_word)
        return labels_of(code, (region.activity for region in self.regions))


def labelled_pairs(cube: CubeStore) -> Iterator[Labelled]:
    """Every labelled pair: by its record, never because its mask is not empty."""
    masked = masked_pairs(cube)
    for pair, label in zip(cube.pairs, cube.read_labels(), strict=True):
        if label.labelled:
            drawn = regions_of(cube, pair) if pair in masked else ()
            yield Labelled(pair, label, _with_undrawn(drawn, label))


def labelled_pair(cube: CubeStore, pair: DatePair) -> Labelled:
    """What is recorded about one pair."""
    label = cube.read_label(pair)
    return Labelled(pair, label, _with_undrawn(regions_of(cube, pair), label))


def regions_of(cube: CubeStore, pair: DatePair) -> tuple[Region, ...]:
    """The instances of a pair in the order of their numbers; pixels of one are of one class.

    Where a cube tells deformation without a type, it is an earthquake or unidentified.
    """
    planes = {name: _plane(cube, name, pair) for name in _READ}
    untyped = (planes["activity_type_mask"] == 0) & (planes["deformation_mask"] > 0)
    if untyped.any():
        quake = planes["deformation_mask"] == Deformation.EARTHQUAKE
        kinds = np.where(quake, np.uint8(Activity.EARTHQUAKE), np.uint8(Activity.UNIDENTIFIED))
        planes["activity_type_mask"][untyped] = kinds[untyped]
    drawn = planes["activity_type_mask"] > 0
    found = Window.full(*drawn.shape).around(drawn)
    if found is None:
        return ()
    window, at = found
    keys = np.zeros(window.shape, np.int64)
    for name in ("instance_mask", "activity_type_mask", "intensity_level_mask"):
        keys = keys * 256 + planes[name][at]
    keys[~drawn[at]] = 0
    regions = []
    for key in np.unique(keys[keys > 0]).tolist():
        inside = window.around(keys == key)
        assert inside is not None
        shape = Shape(inside[0], keys[inside[1]] == key)
        regions.append(Region(key >> 16, key >> 8 & 255, key & 255, shape))
    return tuple(regions)


def sample_json(cube: CubeStore, found: Labelled, preview: Preview) -> dict[str, Any]:
    """A pair as the public files have it, keys in their order.

    An instance that the label names but no mask shows has an empty polygon, so that types,
    intensities and polygons stay in step. ``preview_size`` (width, height) is added where the cube
    is no whole frame: the polygons then refer to the preview of this cube. A number or confidence
    that nobody gave is null, a flag that nobody set is 0.
    """
    label, regions = found.label, found.regions
    flags = {name: getattr(label, name) or 0 for name in FLAGS}
    crowd = flags.pop("is_crowd")
    sample = {
        "uniqueID": label.unique_id or None,
        "frameID": cube.frame,
        "primary_date": f"{found.pair.primary:%Y%m%d}",
        "secondary_date": f"{found.pair.secondary:%Y%m%d}",
        **flags,
        "label": found.labels,
        "activity_type": [region.activity_word for region in regions],
        "intensity_level": [region.intensity_word for region in regions],
        "phase": found.phase_word,
        "confidence": label.confidence,
        "segmentation_mask": [_polygon(region, preview) for region in regions],
        "is_crowd": crowd,
        "caption": label.caption or "",
    }
    own = not whole_frame(cube) and cube.attrs.get(PREVIEW_WINDOW) is None
    if own and any(region.shape for region in regions):
        rows, cols = preview_size(cube.geometry.shape)
        sample["preview_size"] = [cols, rows]
    return sample


def file_name(frame: str, found: Labelled) -> str:
    """Name of a pair's JSON file: its number, or frame and dates where it has none."""
    return f"{found.label.unique_id or f'{frame}_{found.pair}'}.json"


def _polygon(region: Region, preview: Preview) -> list[float]:
    if region.shape is None:
        return []
    window = region.shape.window
    corner = np.array([window.row0, window.col0], np.float64)
    ring = preview.to_preview(one_ring(region.shape.mask) + corner)
    flat: list[float] = np.round(ring, DECIMALS).ravel().tolist()
    return flat


def _with_undrawn(regions: tuple[Region, ...], label: PairLabel) -> tuple[Region, ...]:
    """Also the instances that the label lists without mask, unless one was drawn since."""
    try:
        listed = json.loads(label.instances or "[]")
        undrawn = [
            Region(int(entry["instance"]), _code(Activity, entry), _code(Intensity, entry), None)
            for entry in listed
            if entry.get("mask") is False
        ]
    except (ValueError, TypeError, KeyError, AttributeError):  # somebody's own notes
        return regions
    drawn = {region.number for region in regions}
    added = [region for region in undrawn if region.number not in drawn and region.activity]
    return tuple(sorted((*regions, *added), key=lambda region: region.number))


def _code(kind: type[Activity] | type[Intensity], entry: dict[str, Any]) -> int:
    key = "activity_type" if kind is Activity else "intensity_level"
    word = str(entry[key])
    return int(kind[word.upper()] if word.upper() in kind.__members__ else word[len("Code_") :])


def _plane(cube: CubeStore, name: str, pair: DatePair) -> NDArray[np.uint8]:
    plane = cube.read_plane(name, pair)
    return np.where(plane == schema.MISSING, 0, plane).astype(np.uint8)


def _word(kind: type[Activity] | type[Intensity] | type[ActivityPhase], code: int) -> str:
    return kind(code).name.capitalize() if code in set(kind) else f"Code_{code}"
