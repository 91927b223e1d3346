"""A quick fit of a source to the masks: its values as a message, what it leaves as the layer."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from thalia_viewer.features.feature import Feature

if TYPE_CHECKING:
    from thalia_core.cube.pairs import DatePair
    from thalia_core.cube.store import CubeStore
    from thalia_core.synth.source_fit import SourceFit
    from thalia_viewer.parts import Parts


class SourceFeature(Feature):
    """Mogi and Okada, below the largest masked pattern of the shown pair."""

    def __init__(self, parts: Parts, parent: QObject | None = None) -> None:
        super().__init__(parts, parent)
        for kind in ("mogi", "okada"):
            parts.actions.bind(f"measure.{kind}", partial(self._fit, kind))

    def _fit(self, kind: str) -> None:
        p, cube, pair = self.parts, self.parts.state.cube, self.parts.state.pair
        if cube is None or pair is None:
            return

        def show(fit: SourceFit) -> None:
            p.errors.settle("source")
            p.errors.tell(_words(cube, pair, fit), key="source")
            if (p.state.cube, p.state.pair) == (cube, pair):
                p.state.set_layer(f"phase_minus_{kind}")

        def fail(error: BaseException) -> None:
            p.errors.report(error, "fitting a source", key="source")

        p.chores.latest("source", partial(_fit, cube, pair, kind), show, fail)


def _fit(cube: CubeStore, pair: DatePair, kind: str) -> SourceFit:
    from thalia_core.synth.source_fit import source_fit_of

    return source_fit_of(cube, pair, kind)


def _words(cube: CubeStore, pair: DatePair, fit: SourceFit) -> str:
    """What the fit says, and how far it is to be believed."""
    from thalia_core.synth.sources import Okada

    source = fit.source
    lon, lat = cube.geometry.lonlat(fit.row, fit.col)
    size = ""
    if isinstance(source, Okada):
        size = (
            f"{source.length / 1000:.1f} x {source.width / 1000:.1f} km, strike "
            f"{source.strike:.0f}\N{DEGREE SIGN}, dip {source.dip:.0f}\N{DEGREE SIGN}, "
        )
    volume = f"{source.volume_change / 1e6:+.1f}".replace("-", "\N{MINUS SIGN}")
    return (
        f"{type(source).__name__} source of {pair}: {source.depth / 1000:.1f} km deep "
        f"at {lat:.4f} {lon:.4f}, "
        f"{size}{volume} million m\N{SUPERSCRIPT THREE}; it explains {fit.explained:.0%} of the "
        f"phase around the largest pattern, {fit.rms:.2f} rad are left."
    )
