"""Styles and colour tables as a Look wants them: no plane is computed anew for it."""

from dataclasses import replace
from functools import lru_cache

import numpy as np

from thalia_core.cube.schema import CM_PER_CYCLE
from thalia_viewer.canvas.colours import STEPS, Floats, Table, premultiplied, shaded
from thalia_viewer.canvas.layers import SHADES, VEILS, LayerStyle
from thalia_viewer.looks import CYCLE, UNITS, Look

_WATER = 0x66707880
_FLAT = 0xFF8C8C8C
"""Grey that the light and shade of bare terrain are mixed with."""


@lru_cache(maxsize=64)
def dress(style: LayerStyle, look: Look) -> LayerStyle:
    """A style with the unit and, for cyclic ones, the colours of a look; others stay as they are.

    Colours are looked up where the phase, shifted, lies in its cycle: the same colours stand for
    the same phases, they only begin elsewhere or come around more often.
    """
    plain = Look(unit=look.unit, shift=look.shift, wrap=look.wrap) == Look()
    if style.unit != "rad" or plain:
        return style
    decimals = style.decimals if look.unit == "rad" else 2
    style = replace(style, unit=look.unit, factor=UNITS[look.unit], decimals=decimals)
    if not style.cyclic or style.limits is None:
        return style
    span = style.limits[1] - style.limits[0]
    often = max(round(span / look.wrap), 1)
    steps = np.arange(STEPS) * often + round(look.shift / span * STEPS)
    table = style.table.copy()
    table[1:] = style.table[1 + steps % STEPS]
    note = f"1 cycle = {CM_PER_CYCLE * span / often / CYCLE:.2f} cm LOS"
    return replace(style, table=table, note=note)


@lru_cache(maxsize=64)
def palette(style: LayerStyle, lit: bool, veiled: bool) -> Table:
    """Premultiplied colours, flat: entry ``(veil * SHADES + light) * 256 + index``.

    Without light (or veil) that factor is left out. Veil 0 is water; from 1 (nothing of the layer
    is left) to VEILS - 1 (the layer alone) the ground shows less and less: bare terrain where
    there is light, else nothing.
    """
    layer = shaded(style.table, SHADES) if lit else style.table[None]
    ground = np.zeros_like(layer)
    if lit and not style.shaded:
        ground[:] = shaded(np.full(256, _FLAT, np.uint32), SHADES)[:, 1:2]
        layer[:, 0] = ground[:, 0]
    flat = premultiplied(layer)
    if not veiled:
        return flat.reshape(-1)
    under = premultiplied(ground)
    water = premultiplied(np.full_like(layer, _WATER))
    shares = np.linspace(0.0, 1.0, VEILS - 1)
    return np.stack([water, *(_mix(flat, under, share) for share in shares)]).reshape(-1)


def _mix(over: Table, under: Table, share: float) -> Table:
    """``share`` of one premultiplied table, the rest of the other."""
    result = np.zeros_like(over)
    for shift in (24, 16, 8, 0):
        parts: list[Floats] = [(t >> shift & 0xFF).astype(np.float64) for t in (over, under)]
        mixed = np.rint(parts[0] * share + parts[1] * (1 - share)).astype(np.uint32)
        result |= mixed << shift
    return result
