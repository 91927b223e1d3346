"""All layers a person can choose: those of the schema and those computed from them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from thalia_core.cube.schema import ERA5, GACOS, LAYERS, VARIABLES

_DATED = {
    "total_column_water_vapour": "Water vapour",
    "surface_pressure": "Surface pressure",
    "vertical_integral_of_temperature": "Temperature integral",
    GACOS: "GACOS delay",
}


@dataclass(frozen=True, slots=True)
class Derived:
    """A layer that no cube stores; ``derived.py`` computes it, any thread.

    Attributes:
        title: Short name.
        tip: What it shows, units named.
        needs: Stored layers it is computed from; a frame without them does not have it.
    """

    title: str
    tip: str
    needs: tuple[str, ...]


DERIVED: Mapping[str, Derived] = {
    f"{name}_difference": Derived(
        f"{_DATED[name]}, difference",
        f"Show {VARIABLES[f'primary_date_{name}'].long_name.split(' (')[0]}: "
        f"secondary minus primary date ({VARIABLES[f'primary_date_{name}'].units})",
        (f"primary_date_{name}", f"secondary_date_{name}"),
    )
    for name in (*ERA5, GACOS)
}

LAYER_TITLES: Mapping[str, str] = {
    "insar_difference": "Phase",
    "insar_coherence": "Coherence",
    "dem": "Height",
    "land_mask": "Land mask",
    "unwrapped_phase": "Unwrapped phase",
    "los_east": "Line of sight, east",
    "los_north": "Line of sight, north",
    "los_up": "Line of sight, up",
    **{
        f"{date}_{name}": f"{title}, {date.removesuffix('_date')}"
        for name, title in _DATED.items()
        for date in ("primary_date", "secondary_date")
    },
    **{name: layer.title for name, layer in DERIVED.items()},
}
"""Short names: those of the schema in its order, then those computed."""
assert set(LAYER_TITLES) == {*LAYERS, *DERIVED}


def layers_of(stored: Iterable[str]) -> tuple[str, ...]:
    """The layers that a frame with these stored ones can show."""
    have = tuple(stored)
    return (*have, *(name for name, layer in DERIVED.items() if set(layer.needs) <= set(have)))


def tip_of(layer: str) -> str:
    """A sentence on a layer, its units named."""
    if layer in DERIVED:
        return DERIVED[layer].tip
    units = VARIABLES[layer].units
    return f"Show {VARIABLES[layer].long_name}" + (f" ({units})" if units else "")
