"""Names, dimensions, units, legends and aliases of a Thalia cube.

Public names are those the benchmark code reads (Thalia paper, Table 6); the annotation names of
released cubes may differ, so each variable carries the aliases it is known under. A variable found
under an alias is read and written there; no second one is made beside it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum

from thalia_core.cube.labels import (
    PAIR_FIELDS,
    Activity,
    ActivityPhase,
    Deformation,
    Intensity,
    LabelState,
)

SCHEMA_VERSION = 1
"""Root attribute ``schema_version`` of cubes we make; later ones than this are refused."""
WAVELENGTH_M = 0.05546576
"""Sentinel-1 C band."""
CM_PER_CYCLE = WAVELENGTH_M * 100 / 2
"""Line-of-sight change of one fringe: half a wavelength, 2.773 cm."""

PRIMARY, SECONDARY, Y, X = "primary_date", "secondary_date", "y", "x"
PAIR = (PRIMARY, SECONDARY)
PLANE = (Y, X)
Y_NAMES = ("y", "lat", "latitude")
X_NAMES = ("x", "lon", "longitude")

ERA5 = (
    "total_column_water_vapour",
    "surface_pressure",
    "vertical_integral_of_temperature",
)

GACOS = "gacos_slant_delay"
MEAN_COHERENCE = "mean_coherence"
MASK_ACTIVITIES, MASK_INTENSITIES = "activities_in_mask", "intensities_in_mask"
ERA5_TIME = "era5_time_difference"

MISSING = 255
"""Code of "no value" in mask planes in memory; it never is written to an integer mask."""


@dataclass(frozen=True, slots=True)
class Variable:
    """One variable of the cube.

    Attributes:
        name: Canonical name.
        dims: Its dimensions, by canonical names.
        dtype: What we store it as when we create it; ``str`` for text.
        long_name: For people.
        units: UDUNITS, empty where there is none.
        flags: Codes and meanings, for class variables.
        aliases: Other names under which it is found.
    """

    name: str
    dims: tuple[str, ...]
    dtype: str
    long_name: str
    units: str = ""
    flags: tuple[tuple[int, str], ...] = ()
    aliases: tuple[str, ...] = ()

    @property
    def per_pair(self) -> bool:
        """True for one plane per date pair."""
        return self.dims == PAIR + PLANE

    def attributes(self) -> dict[str, object]:
        """CF attributes of the variable."""
        attrs: dict[str, object] = {"long_name": self.long_name}
        if self.units:
            attrs["units"] = self.units
        if self.flags:
            attrs["flag_values"] = [code for code, _ in self.flags]
            attrs["flag_meanings"] = " ".join(text.replace(" ", "_") for _, text in self.flags)
        return attrs


def _flags(codes: type[IntEnum]) -> tuple[tuple[int, str], ...]:
    return tuple((int(code), code.name.capitalize()) for code in codes)


_NO_YES = ((0, "no"), (1, "yes"))

_RAW = (
    Variable("insar_difference", PAIR + PLANE, "float32", "wrapped phase", "radian"),
    Variable("insar_coherence", PAIR + PLANE, "uint8", "coherence, 255 = 1"),
    Variable("dem", PLANE, "float32", "height above the ellipsoid or geoid", "m"),
    Variable("land_mask", PLANE, "uint8", "land mask", flags=((0, "water"), (1, "land"))),
    Variable("unwrapped_phase", PAIR + PLANE, "float32", "unwrapped phase", "radian"),
    *(
        Variable(f"los_{way}", PLANE, "float32", f"line of sight to the satellite, {way} part", "1")
        for way in ("east", "north", "up")
    ),
)
_ERA5_UNITS = dict(zip(ERA5, ("kg m-2", "Pa", "K kg m-2"), strict=True))
_WEATHER = tuple(
    Variable(f"{date}_{name}", (date, Y, X), "float32", name.replace("_", " "), _ERA5_UNITS[name])
    for name in ERA5
    for date in PAIR
)
_DELAYS = tuple(
    Variable(f"{date}_{GACOS}", (date, Y, X), "float32", "GACOS slant delay", "radian")
    for date in PAIR
)
_MASKS = (
    Variable(
        "deformation_mask",
        PAIR + PLANE,
        "uint8",
        "deformation class",
        flags=((0, "Non-Deformation"), (1, "Volcanic"), (2, "Earthquake")),
    ),
    Variable(
        "activity_type_mask",
        PAIR + PLANE,
        "uint8",
        "activity type",
        flags=_flags(Activity),
        aliases=("activity_mask", "activity_type"),
    ),
    Variable(
        "intensity_level_mask",
        PAIR + PLANE,
        "uint8",
        "intensity level by fringes",
        flags=_flags(Intensity),
        aliases=("intensity_mask", "intensity_level"),
    ),
    Variable("instance_mask", PAIR + PLANE, "uint8", "number of the instance within the pair"),
)
_PAIR_VARIABLES = (
    Variable("phase", PAIR, "uint8", "state of the volcano", flags=_flags(ActivityPhase)),
    Variable(
        "atmospheric_fringes",
        PAIR,
        "uint8",
        "atmospheric fringes",
        flags=((0, "none"), (1, "vertical stratification"), (2, "turbulent mixing"), (3, "both")),
    ),
    Variable("glacier_fringes", PAIR, "uint8", "glacier fringes", flags=_NO_YES),
    Variable("orbital_fringes", PAIR, "uint8", "orbital fringes", flags=_NO_YES),
    Variable("low_coherence", PAIR, "uint8", "low coherence", flags=_NO_YES),
    Variable("no_info", PAIR, "uint8", "no information", flags=_NO_YES),
    Variable("corrupted", PAIR, "uint8", "corrupted", flags=_NO_YES),
    Variable("is_crowd", PAIR, "uint8", "several deformation patterns", flags=_NO_YES),
    Variable("image_artifacts", PAIR, "uint8", "image artifacts", flags=_NO_YES),
    Variable(
        "processing_error",
        PAIR,
        "uint8",
        "processing error",
        # as the captions of the public annotations say it, which use 0, 2 and 3; the paper's table
        # counts the same two errors from 1
        flags=((0, "none"), (1, "unspecified"), (2, "debursting"), (3, "sub-swath merging")),
    ),
    Variable("confidence", PAIR, "float32", "confidence of the annotator, 0 to 1", "1"),
    Variable("caption", PAIR, "str", "caption"),
    Variable("unique_id", PAIR, "int32", "identifier of the sample", aliases=("uniqueID", "uid")),
    Variable("label_state", PAIR, "uint8", "state of the labelling", flags=_flags(LabelState)),
    Variable("label_version", PAIR, "int32", "number of edits"),
    Variable("annotator", PAIR, "str", "who edited last"),
    Variable("labelled_at", PAIR, "str", "time of the last edit (UTC, ISO 8601)"),
    Variable("instances", PAIR, "str", "instances of the pair (JSON)"),
    Variable("evidence", PAIR, "str", "publications and news (URLs or DOIs)"),
)
_INDEX = (
    Variable("valid_date_pair", PAIR, "uint8", "the pair has a product", flags=_NO_YES),
    Variable("perpendicular_baseline", PAIR, "float32", "perpendicular baseline", "m"),
    Variable(MEAN_COHERENCE, PAIR, "float32", "mean coherence of the land", "1"),
    Variable(MASK_ACTIVITIES, PAIR, "uint8", "activity types in the mask, bit n for code n"),
    Variable(MASK_INTENSITIES, PAIR, "uint8", "intensity levels in the mask, bit n for code n"),
    *(
        Variable(f"{date}_{ERA5_TIME}", (date,), "float32", "ERA5 hour minus acquisition", "s")
        for date in PAIR
    ),
)

VARIABLES: dict[str, Variable] = {
    v.name: v for v in _RAW + _WEATHER + _DELAYS + _MASKS + _PAIR_VARIABLES + _INDEX
}
LAYERS: tuple[str, ...] = tuple(v.name for v in _RAW + _WEATHER + _DELAYS)
"""Raw layers: written once by a build, never by an edit."""
MASKS: tuple[str, ...] = tuple(v.name for v in _MASKS)
DERIVED: tuple[str, ...] = (MEAN_COHERENCE, MASK_ACTIVITIES, MASK_INTENSITIES)
"""Pair variables that the program makes from the planes; they may be made again at any time."""
EXPECTED: tuple[str, ...] = ("insar_difference", "insar_coherence", "dem") + tuple(
    v.name for v in _WEATHER
)
"""Raw layers of the published cubes: what ``missing_layers`` is measured against."""

assert {v.name for v in _PAIR_VARIABLES} == set(PAIR_FIELDS)
assert {code for code, _ in VARIABLES["deformation_mask"].flags} == set(Deformation)


def canonical(name: str) -> str | None:
    """The schema's name of a variable found as ``name``, or None for a stranger."""
    if name in VARIABLES:
        return name
    return next((v.name for v in VARIABLES.values() if name in v.aliases), None)


def match(found: Iterable[str]) -> dict[str, str]:
    """Canonical name -> name in the store, the canonical spelling winning over aliases."""
    names = sorted(found)
    result = {name: name for name in names if name in VARIABLES}
    for name in names:
        ours = canonical(name)
        if ours is not None:
            result.setdefault(ours, name)
    return result


def legend(name: str) -> dict[int, str]:
    """Codes and meanings of a class variable; empty for others."""
    return dict(VARIABLES[name].flags)
