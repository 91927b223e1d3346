"""The frames of the demo archive: three to learn from and one held out.

Places and names are made up. The held-out frame lies elsewhere, has other epochs and other sources.
"""

from dataclasses import dataclass
from datetime import date

from thalia_core.synth.events import Event
from thalia_core.synth.plan import ScenePlan, every_days
from thalia_core.synth.terrain import Edifice

_SIZE, _DATES, _INCIDENCE = 608, 12, 39.5
HELD_OUT = "064A_09840_121212"
"""The frame that no model shall learn from."""


@dataclass(frozen=True, slots=True)
class _Site:
    """A frame; an event is (row, column, depth, fringes, onset, end), the last two by date."""

    frame: str
    name: str
    seed: int
    north_west: tuple[float, float]
    start: date
    edifices: tuple[Edifice, ...]
    events: tuple[tuple[float, float, float, float, int, int], ...]
    sea_fraction: float
    relief_m: float


_SITES = (
    _Site(
        "031A_05140_101312",
        "Pico da Cinza (synthetic)",
        11,
        (-28.62, 38.92),
        date(2017, 3, 4),
        (Edifice(0.47, 0.52, 2100, 19_000, 1_300), Edifice(0.73, 0.30, 800, 9_000)),
        ((0.49, 0.50, 3_300, 4.5, 2, 5), (0.68, 0.33, 2_400, -2.6, 5, 7)),
        sea_fraction=0.40,
        relief_m=180,
    ),
    _Site(
        "149D_11340_131313",
        "Cerro Ceniza (synthetic)",
        23,
        (-68.22, -23.08),
        date(2018, 6, 10),
        (Edifice(0.36, 0.60, 1900, 17_000), Edifice(0.67, 0.36, 1500, 14_000, 2_200)),
        ((0.40, 0.57, 4_600, 5.2, 4, 7), (0.66, 0.38, 3_000, 3.0, 6, 8)),
        sea_fraction=0.02,
        relief_m=300,
    ),
    _Site(
        "083D_05850_111312",
        "Kurohama (synthetic)",
        37,
        (130.38, 31.82),
        date(2019, 1, 7),
        (Edifice(0.56, 0.44, 1300, 15_000, 3_000), Edifice(0.30, 0.64, 1100, 11_000, 900)),
        ((0.56, 0.46, 2_800, -3.8, 4, 7), (0.31, 0.61, 3_800, 3.6, 3, 5)),
        sea_fraction=0.30,
        relief_m=220,
    ),
    _Site(
        HELD_OUT,
        "Gunung Kelabu (synthetic, held out)",
        53,
        (116.12, -8.08),
        date(2021, 4, 2),
        (Edifice(0.43, 0.42, 2500, 20_000, 1_900),),
        ((0.45, 0.44, 3_500, 4.3, 3, 6), (0.67, 0.34, 2_700, 2.8, 6, 8)),
        sea_fraction=0.33,
        relief_m=200,
    ),
)


def demo_plans(size: int = _SIZE) -> tuple[ScenePlan, ...]:
    """The frames of the demo archive; the last is the one held out."""
    return tuple(_plan(site, size) for site in _SITES)


def _plan(site: _Site, size: int) -> ScenePlan:
    days = every_days(site.start, _DATES)
    return ScenePlan(
        frame=site.frame,
        title=site.name,
        seed=site.seed,
        rows=size,
        cols=size,
        west=site.north_west[0],
        north=site.north_west[1],
        dates=days,
        events=tuple(
            Event.of_fringes((row, col), depth, fringes, (days[onset], days[end]), _INCIDENCE)
            for row, col, depth, fringes, onset, end in site.events
        ),
        edifices=site.edifices,
        incidence=_INCIDENCE,
        sea_fraction=site.sea_fraction,
        relief_m=site.relief_m,
        turbulence_m=(0.002, 0.0055),
        stratification=1.0,
    )
