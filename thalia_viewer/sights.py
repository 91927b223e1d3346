"""What a further panel shows: a layer of the shown pair, of its neighbour, or of a pinned one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from thalia_core.cube.pairs import DatePair, PairIndex
from thalia_core.cube.schema import canonical
from thalia_core.errors import ThaliaError
from thalia_viewer.table.layers import LAYER_TITLES, is_offered

MOST = 5
"""Further panels beside the first."""

THIS, SAME_PRIMARY, SAME_SECONDARY = "this", "same_primary", "same_secondary"
Whose = str | DatePair
PREDICTION = "prediction"
"""Not a layer of the cube: what the chosen run, else the newest, predicts for a pair."""

WHOSE: dict[str, str] = {
    THIS: "This pair",
    SAME_PRIMARY: "Neighbour with the same primary",
    SAME_SECONDARY: "Neighbour with the same secondary",
}
"""Choices that follow the shown pair, and their names."""


@dataclass(frozen=True, slots=True)
class Sight:
    """A layer and whose it is.

    Attributes:
        layer: Schema name, or PREDICTION.
        whose: ``this``, ``same_primary`` or ``same_secondary`` (these follow the shown pair), or
            a pair that stays.
    """

    layer: str
    whose: Whose = THIS

    @classmethod
    def parse(cls, text: str) -> Sight:
        """Read ``layer`` or ``pair:layer``, the pair as dates or as a choice of ``WHOSE``.

        Raises:
            ThaliaError: There is no such layer or pair.
        """
        pair, _, name = text.strip().rpartition(":")
        layer = PREDICTION if name.casefold() == PREDICTION else layer_named(name)
        if not pair or pair in WHOSE:
            return cls(layer, pair or THIS)
        return cls(layer, DatePair.parse(pair))

    def __str__(self) -> str:
        return self.layer if self.whose == THIS else f"{self.whose}:{self.layer}"

    def pair(self, pairs: PairIndex, shown: DatePair) -> DatePair | None:
        """The pair that is meant while another one is shown; None where there is none."""
        if isinstance(self.whose, DatePair):
            return self.whose if self.whose in pairs else None
        if self.whose == THIS:
            return shown
        along = pairs.along_primary if self.whose == SAME_PRIMARY else pairs.along_secondary
        return next((p for p in (along(shown, 1), along(shown, -1)) if p != shown), None)

    def missing(self) -> str:
        """Why there is no such pair, for people."""
        if isinstance(self.whose, DatePair):
            return f"This frame has no pair {self.whose.primary} → {self.whose.secondary}"
        date = "primary" if self.whose == SAME_PRIMARY else "secondary"
        return f"No other pair has this {date} date"


def layer_named(name: str) -> str:
    """The schema name of a layer, from that name or the title of the window.

    Raises:
        ThaliaError: There is no such layer.
    """
    titles = {title.casefold(): layer for layer, title in LAYER_TITLES.items()}
    found = titles.get(name.casefold()) or (name if name in LAYER_TITLES else canonical(name))
    if found is None or found not in LAYER_TITLES:
        raise ThaliaError(
            "no such layer", where=repr(name), fix=f"known are {', '.join(LAYER_TITLES)}"
        )
    return found


def title_of(layer: str) -> str:
    """The short name of a layer or of the prediction."""
    return "Prediction" if layer == PREDICTION else LAYER_TITLES[layer]


def parse_all(texts: Iterable[str]) -> tuple[Sight, ...]:
    """Those of some texts that still mean something: a setting may be of another time."""
    sights = []
    for text in texts:
        try:
            sights.append(Sight.parse(text))
        except (ThaliaError, AttributeError):
            continue
    return tuple(sights[:MOST])


def duty(layers: Sequence[str]) -> tuple[Sight, ...]:
    """Beside the phase of a frame with these layers, what decides deformation or atmosphere.

    Coherence, the ground (heights and the air's water vapour, else the land), and the phase of
    the neighbour that shares the primary date: air of the primary shows in both, the ground moves
    in one.
    """
    ground = [n for n in ("dem", "total_column_water_vapour_difference") if n in layers]
    if not ground:
        ground = [n for n in ("land_mask",) if n in layers]
    own = [n for n in ("insar_coherence", *ground) if n in layers]
    return (*(Sight(n) for n in own), Sight("insar_difference", SAME_PRIMARY))


def more(
    shown: Sequence[Sight], layers: Sequence[str], pairs: PairIndex, pair: DatePair, count: int
) -> tuple[Sight, ...]:
    """So many sights: those there are, then what helps most and is not seen yet.

    Args:
        shown: What the further panels show now.
        layers: Those the frame has.
        pairs: Those the frame has.
        pair: The chosen one.
        count: How many further panels there shall be.
    """
    wanted = list(shown[:count])
    phase = "insar_difference" if "insar_difference" in layers else layers[0]
    later = pairs[pairs.position(pair) + 1 :] + pairs[: pairs.position(pair)]
    offers = [
        *duty(layers),
        Sight(phase, SAME_SECONDARY),
        *(Sight(name) for name in layers if name != phase and is_offered(name)),
        *(Sight(phase, other) for other in later),
    ]
    seen = {(sight.layer, sight.pair(pairs, pair)) for sight in wanted} | {(phase, pair)}
    for offer in offers:
        meant = (offer.layer, offer.pair(pairs, pair))
        if len(wanted) < count and meant[1] is not None and meant not in seen:
            wanted.append(offer)
            seen.add(meant)
    return tuple(wanted + [Sight(phase)] * (count - len(wanted)))
