"""The gate: the rules a person set hold back the hand, pair after pair, and are seen."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QObject, QTimer

from thalia_core.annotate.gate_rules import gate_of, read_gate
from thalia_core.annotate.gates import CLOSED, OPEN, Gate
from thalia_core.errors import ThaliaError
from thalia_viewer import theme as themes
from thalia_viewer.canvas.regions import Region, RegionStyle
from thalia_viewer.features.feature import Feature
from thalia_viewer.features.gate_setting import GateSetting
from thalia_viewer.gating import Closed, closed_by, rules_in_short, why_closed
from thalia_viewer.panels.gate_words import GateWords
from thalia_viewer.planes import Planes

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from thalia_core.annotate.gate_rules import GateRule
    from thalia_core.annotate.session import Change
    from thalia_core.cube.pairs import DatePair
    from thalia_core.cube.store import CubeStore
    from thalia_viewer.parts import Parts
    from thalia_viewer.theme import Theme

_VEILS = {
    "dark": RegionStyle("#2c2e31", fill=0.72, line=0.0, below=True),
    "light": RegionStyle("#c9cccf", fill=0.8, line=0.0, below=True),
}
_MASK_VEIL = 0.5
"""Opacity over masks that may not be painted over: their colours are still told apart."""
_TOLD_MS = 5000
_LOOKING = ("pan", "pick", "line", "point", "area", "gate_region", "gate_pick")
"""Tools that change no mask."""
_WAITING = "it is being made ready, paint again in a moment"


@dataclass(frozen=True, eq=False, slots=True)
class _Made:
    """The gate of a pair, and the planes it was made of."""

    cube: CubeStore
    pair: DatePair
    gate: Gate
    planes: dict[str, NDArray[Any]] = field(default_factory=dict)


@dataclass(frozen=True, eq=False, slots=True)
class _Veil:
    """Closed pixels of a gate, and the masks that were painted when they were found."""

    made: _Made
    activity: NDArray[np.uint8] | None
    closed: Closed


class GateFeature(Feature):
    """Gives the hand the gate of the shown pair; until it is known the hand holds a closed one.

    Every tool is held back, erasers too: a closed pixel stays as it is. Undo and redo are not.

    Args:
        parts: Everything the program is made of.
        parent: Owner.
    """

    def __init__(self, parts: Parts, parent: QObject | None = None) -> None:
        super().__init__(parts, parent)
        p = parts
        self.setting = GateSetting(p, self)
        theme = themes.named(p.settings.value.theme)
        self._style = _VEILS[theme.name]
        self._made: _Made | None = None
        self._veil: _Veil | None = None
        self._trouble = ""
        self._words = GateWords(theme)
        p.window.statusBar().addPermanentWidget(self._words)
        self._told = QTimer(self, singleShot=True, interval=_TOLD_MS)
        self._told.timeout.connect(self._point)
        p.hand.held_back = self._say_held_back
        self.setting.changed.connect(self._make)
        self.setting.veil_changed.connect(self._draw_veil)
        self.setting.masks_changed.connect(self._draw_veil)
        p.state.pair_changed.connect(self._make)
        p.state.tool_changed.connect(lambda _: self._point())
        p.pictures.shown.connect(lambda _: self._show_veil())
        p.editor.changed.connect(self._changed)
        p.editor.lock_changed.connect(self._point)
        p.deck.linked.cursor_moved.connect(lambda *_: self._point())
        p.deck.linked.cursor_left.connect(self._point)
        self._make()

    def dress(self, theme: Theme) -> None:
        """A veil for another theme."""
        self._style = _VEILS[theme.name]
        self._words.dress(theme)
        self._show_veil()

    def memory(self) -> dict[str, Any]:
        """The rules with their values."""
        return {"gate": self.setting.choice.memory()}

    def stop(self) -> None:
        """Say nothing more."""
        self._told.stop()
        self.parts.hand.held_back = None

    # Making it

    def _make(self) -> None:
        """Another pair or other rules: the newest wins, and nothing is painted without it."""
        p, cube, pair = self.parts, self.parts.state.cube, self.parts.state.pair
        p.reads.drop("gate")
        self._made, self._trouble = None, ""
        p.errors.settle("gate")
        p.hand.gate = CLOSED if self.setting.choice.on else OPEN
        p.hand.gate_of = self._gates(cube)
        if not self.setting.choice.on or cube is None or pair is None:
            self._draw_veil()
        else:
            rule = self.setting.choice.rule(self.setting.region)
            if rule.layers or rule.region is not None:
                work = partial(_read, cube, pair, rule, Planes(cube, p.pictures.cache))
                p.reads.latest("gate", work, self._take, self._fail)
            else:
                self._take(_Made(cube, pair, gate_of(rule, cube.geometry.shape, {})))
        self._show_words()

    def _gates(self, cube: CubeStore | None) -> Callable[[DatePair], Gate]:
        """What holds back on any pair."""
        if cube is None or not self.setting.choice.on:
            return lambda _: OPEN
        rule = self.setting.choice.rule(self.setting.region)
        return partial(read_gate, cube, rule=rule)

    def _take(self, made: _Made) -> None:
        self._made = made
        self.parts.hand.gate = made.gate
        self._draw_veil()
        self._show_words()

    def _fail(self, error: BaseException) -> None:
        """The gate stays shut: to paint as if there were none would be worse."""
        if isinstance(error, ThaliaError):
            self._trouble = error.what.rpartition(": ")[2]
            self.parts.errors.tell(str(error), "warning", key="gate")
        else:
            self._trouble = "it cannot be made"
            self.parts.errors.report(error, "making the gate", key="gate")
        self._draw_veil()
        self._show_words()

    # Showing it

    def _draw_veil(self) -> None:
        """Find the closed pixels on a thread."""
        made, choice = self._made, self.setting.choice
        if made is None or not choice.veil:
            self.parts.chores.drop("gate veil")
            if made is None and choice.on and not self._trouble:
                return  # the veil of the pair or the rules before stays until the next is there
            self._veil = None
            self._show_veil()
            return
        activity = self.setting.activity
        work = partial(closed_by, made.gate, activity)
        self.parts.chores.latest("gate veil", work, partial(self._take_veil, made, activity))

    def _take_veil(self, made: _Made, activity: NDArray[np.uint8] | None, closed: Closed) -> None:
        self._veil = _Veil(made, activity, closed)
        self._show_veil()

    def _show_veil(self) -> None:
        """Over the picture of its own pair only, whichever comes first."""
        picture, veil = self.parts.pictures.picture, self._veil
        closed = Closed()
        if veil is not None and picture is not None:
            fits = (veil.made.cube, veil.made.pair) == (picture.cube, picture.pair)
            closed = veil.closed if fits else closed
            if veil.activity is not self.setting.activity:
                closed = replace(closed, masks=None)  # those of the pair before
        over_masks = replace(self._style, fill=_MASK_VEIL, below=False)
        self._mark("gate", closed.pixels, self._style)
        self._mark("gate masks", closed.masks, over_masks)

    def _mark(self, key: str, plane: NDArray[np.bool_] | None, style: RegionStyle) -> None:
        region = None if plane is None else Region.of_plane(plane, style)
        self.parts.deck.linked.set_region(key, region)

    def _changed(self, change: Change) -> None:
        """Where classes count, what is painted now may be closed from now on."""
        made = self._made
        counts = made is not None and made.gate.over is not None and change.pair == made.pair
        if counts and change.window is not None:
            self._draw_veil()

    def _show_words(self) -> None:
        setting, action = self.setting, self.parts.actions["gate.on"]
        self._words.setVisible(setting.choice.on)
        rules = rules_in_short(setting.choice, setting.region)
        if not setting.choice.on:
            action.setIconText("Gate")
            setting.panel.show_state("Off: every pixel may be painted.")
        elif self._trouble:
            action.setIconText("Gate: shut")
            setting.panel.show_state(f"Shut: {self._trouble}.", trouble=True)
        else:
            action.setIconText(f"Gate: {rules or 'no rule'}")
            setting.panel.show_state(self._open_in_words())
        self._point()

    def _open_in_words(self) -> str:
        made = self._made
        if made is None:
            return "On: being made ready\u2026"
        if made.gate.open:
            return "On, but no rule is in force."
        if made.gate.pixels is None:
            return "On: what is painted over depends on the mask."
        share = np.count_nonzero(made.gate.pixels) / made.gate.pixels.size
        return f"On: {share:.1%} of the frame is open."

    # Saying why

    def _point(self) -> None:
        """What the gate says of the pixel under the cursor, while a tool that paints is held."""
        if self._told.isActive():
            return
        p = self.parts
        painting = p.state.tool not in _LOOKING and not p.editor.locked(p.state.pair)
        why = self._why() if painting and p.deck.linked.at is not None else ""
        self._words.say(f"Gate: {why}" if why else "")

    def _why(self) -> str:
        at, setting, made = self.parts.deck.linked.at, self.setting, self._made
        if not setting.choice.on:
            return ""
        if self._trouble or made is None:
            return self._trouble or _WAITING
        rows, cols = made.cube.geometry.shape
        if at is None or at[0] >= rows or at[1] >= cols:
            return ""
        choice, region = setting.choice, setting.region
        return why_closed(choice, made.gate, region, made.planes, setting.activity, at)

    def _say_held_back(self) -> None:
        """A stroke came to nothing: nobody must wonder why."""
        why = self._why() or "the gate closes all of it"
        self._words.say(f"Nothing was changed: {why}", loud=True)
        self._told.start()


def _read(cube: CubeStore, pair: DatePair, rule: GateRule, planes: Planes) -> _Made:
    """On a thread."""
    known = {name: planes.values(name, pair) for name in rule.layers if name in cube.layers}
    return _Made(cube, pair, gate_of(rule, cube.geometry.shape, known), known)
