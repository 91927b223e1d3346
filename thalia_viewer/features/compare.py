"""Swipe and flicker: two layers or pairs in the same place of the first panel."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from thalia_viewer.canvas.layers import PlaneImage
from thalia_viewer.features.feature import Feature
from thalia_viewer.reading import reading
from thalia_viewer.sights import SAME_PRIMARY, THIS, Sight, title_of

if TYPE_CHECKING:
    from thalia_viewer.parts import Parts

_BLINK_MS = 600
_STEP = 0.05  # of the width
_TASK = "compare"


class Compare(Feature):
    """Reads what is compared and shows it in the first panel.

    Args:
        parts: Everything the program is made of.
        parent: Owner.
    """

    def __init__(self, parts: Parts, parent: QObject | None = None) -> None:
        super().__init__(parts, parent)
        self._swiping = self._held = self._blinked = False
        self._share = 0.5
        self._came: tuple[PlaneImage, str] | None = None
        self._blink = QTimer(self)
        self._blink.setInterval(_BLINK_MS)
        self._blink.timeout.connect(self._turn)
        actions, state = parts.actions, parts.state
        actions.bind_toggle("compare.swipe", self._swipe)
        actions.bind_toggle("compare.blink", self._blink_on)
        actions.bind_hold("compare.flicker", self._hold)
        actions.bind("compare.left", lambda: self._move(-_STEP))
        actions.bind("compare.right", lambda: self._move(_STEP))
        for signal in (
            state.pair_changed,
            state.look_changed,
            state.prediction_changed,
            parts.deck.sights_changed,
            parts.deck.activated,
            parts.predictions.listed,
            parts.pictures.forgotten,
        ):
            signal.connect(self._read)
        parts.pictures.shown.connect(self._release)
        parts.pictures.failed.connect(self._drop)

    @property
    def waiting(self) -> bool:
        """Whether the compared layer is not there yet."""
        return self.parts.reads.waiting(_TASK) or self._came is not None

    def stop(self) -> None:
        """No more turns."""
        self._blink.stop()

    @property
    def sight(self) -> Sight:
        """What is compared with the first panel."""
        deck = self.parts.deck
        if deck.sights:
            return deck.sights[max(deck.active, 1) - 1]
        return Sight("insar_difference", SAME_PRIMARY)

    # Asked by keys

    def _swipe(self, on: bool) -> None:
        comparison = self.parts.canvas.comparison
        if not on and comparison.share:
            self._share = comparison.share  # the line comes back where it was
        self._swiping = on
        self._read()
        self._show()

    def _hold(self, down: bool) -> None:
        self._held = down
        self._read()
        self._show()

    def _blink_on(self, on: bool) -> None:
        self._blinked = on
        if on:
            self._blink.start()
        else:
            self._blink.stop()
        self._read()
        self._show()

    def _turn(self) -> None:
        self._blinked = not self._blinked
        self._show()

    def _move(self, by: float) -> None:
        comparison = self.parts.canvas.comparison
        if self._swiping and comparison.share is not None:
            comparison.set_share(min(max(comparison.share + by, 0.02), 0.98))

    # Reading and showing

    @property
    def _wanted(self) -> bool:
        return self._swiping or self._held or self._blink.isActive()

    def _read(self, *_: object) -> None:
        p, cube, shown, sight = self.parts, self.parts.state.cube, self.parts.state.pair, self.sight
        p.reads.drop(_TASK)
        self._came = None
        if not self._wanted or cube is None or shown is None:
            p.canvas.set_compared(None)
            return
        wanted, pair = reading(p, sight), sight.pair(cube.pairs, shown)
        if isinstance(wanted, str):
            p.canvas.set_compared(None)
            why = wanted.replace("\n", " ")
            p.errors.tell(f"{why}: there is nothing to compare.", key=_TASK)
            return
        p.errors.settle(_TASK)
        title = title_of(sight.layer)
        if sight.whose != THIS and pair is not None:
            title += f"  {pair.primary} → {pair.secondary}"
        p.reads.latest(_TASK, wanted.work, partial(self._arrived, title), self._failed)

    def _arrived(self, title: str, image: PlaneImage) -> None:
        self._came = (image, title)
        if not self.parts.reads.waiting("picture"):
            self._release()

    def _release(self, *_: object) -> None:
        """Both layers turn to another pair together."""
        if self._came is not None:
            (image, title), self._came = self._came, None
            self.parts.canvas.set_compared(image, title)
        elif self._wanted and self.parts.canvas.comparison.image is None and not self.waiting:
            self._read()  # the picture before this one could not be shown, with nothing over it

    def _drop(self, *_: object) -> None:
        """There is no picture to compare with."""
        self._came = None
        self.parts.reads.drop(_TASK)

    def _failed(self, error: BaseException) -> None:
        self.parts.canvas.set_compared(None)
        self.parts.errors.report(error, "reading what is compared", key=_TASK)

    def _show(self) -> None:
        """All of the compared layer while it flickers, else what is right of the line."""
        comparison = self.parts.canvas.comparison
        if comparison.share:
            self._share = comparison.share
        over = self._held or (self._blink.isActive() and self._blinked)
        comparison.set_share(0.0 if over else self._share if self._swiping else None)
