"""All layers a person can choose: those of the schema and those computed from them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from thalia_core.cube.schema import ERA5, GACOS, LAYERS, VARIABLES

WEATHER_TITLES = {
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
        slow: Takes seconds on a large frame: it is not read ahead, and the window says that it
            is being computed.
        masked: Masked deformation is left out of it: it changes with the masks.
        offered: Every pair has it, and at once: it is proposed for a further panel.
    """

    title: str
    tip: str
    needs: tuple[str, ...]
    slow: bool = False
    masked: bool = False
    offered: bool = True


DERIVED: Mapping[str, Derived] = {
    f"{name}_difference": Derived(
        f"{WEATHER_TITLES[name]}, difference",
        f"Show {VARIABLES[f'primary_date_{name}'].long_name.split(' (')[0]}: "
        f"secondary minus primary date ({VARIABLES[f'primary_date_{name}'].units})",
        (f"primary_date_{name}", f"secondary_date_{name}"),
    )
    for name in (*ERA5, GACOS)
} | {
    "phase_minus_height": Derived(
        "Phase minus height",
        "Show the wrapped phase (rad) without the line of phase against height that fits the "
        "frame best, masked deformation left out: what is left of it is not stratified air",
        ("insar_difference", "dem"),
        masked=True,
        offered=False,
    ),
    "phase_minus_vapour": Derived(
        "Phase minus water vapour",
        "Show the wrapped phase (rad) without the line of phase against the difference of the "
        "water vapour of ERA5 that fits the frame best",
        (
            "insar_difference",
            "primary_date_total_column_water_vapour",
            "secondary_date_total_column_water_vapour",
        ),
        masked=True,
        offered=False,
    ),
    "phase_minus_mogi": Derived(
        "Phase minus Mogi source",
        "Show the wrapped phase (rad) without the point source that fits the largest masked "
        "pattern best",
        ("insar_difference",),
        slow=True,
        masked=True,
        offered=False,
    ),
    "phase_minus_okada": Derived(
        "Phase minus Okada source",
        "Show the wrapped phase (rad) without the opening rectangle that fits the largest masked "
        "pattern best",
        ("insar_difference",),
        slow=True,
        masked=True,
        offered=False,
    ),
    "closure": Derived(
        "Closure of a triangle",
        "Show what is left of the phase (rad) around this pair and the date nearest to its "
        "middle: 0 where the three interferograms agree",
        ("insar_difference",),
        offered=False,
    ),
    "unwrapped_here": Derived(
        "Unwrapped (computed)",
        "Show the phase (rad) unwrapped here, as far as the coherence allows: each piece of ground "
        "that hangs together has a zero of its own",
        ("insar_difference",),
        slow=True,
        offered=False,
    ),
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
        for name, title in WEATHER_TITLES.items()
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


def takes_long(layer: str) -> bool:
    """Whether a layer is computed in seconds and not in the blink of an eye."""
    return layer in DERIVED and DERIVED[layer].slow


def is_offered(layer: str) -> bool:
    """Whether a layer is proposed for a further panel; any can be chosen."""
    return layer not in DERIVED or DERIVED[layer].offered


def tip_of(layer: str) -> str:
    """A sentence on a layer, its units named."""
    if layer in DERIVED:
        return DERIVED[layer].tip
    units = VARIABLES[layer].units
    return f"Show {VARIABLES[layer].long_name}" + (f" ({units})" if units else "")
