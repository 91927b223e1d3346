"""The picture in one to six panels: the first is the window's canvas, the others go beside it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QWidget

from thalia_viewer.bars import named
from thalia_viewer.canvas.caption import Caption
from thalia_viewer.canvas.linked import Linked
from thalia_viewer.canvas.view import Canvas
from thalia_viewer.sights import MOST, Sight, Whose

_CAPTION_AT = 10
_PLACES: dict[int, tuple[tuple[int, int, int], ...]] = {
    1: ((0, 0, 1),),
    2: ((0, 0, 1), (0, 1, 1)),
    3: ((0, 0, 2), (0, 1, 1), (1, 1, 1)),
    4: ((0, 0, 1), (0, 1, 1), (1, 0, 1), (1, 1, 1)),
    5: ((0, 0, 2), (0, 1, 1), (0, 2, 1), (1, 1, 1), (1, 2, 1)),
    6: ((0, 0, 1), (0, 1, 1), (0, 2, 1), (1, 0, 1), (1, 1, 1), (1, 2, 1)),
}
"""Number of panels -> (row, column, rows taken) of each; the first gets what is left over."""


class Deck(QWidget):
    """Arranges panels and knows what the further ones show and which one is active.

    Args:
        main: The first panel.
        parent: Owner.
    """

    sights_changed = Signal()
    """Other panels, or others in them."""
    activated = Signal(int)
    """The keys of layers mean another panel; 0 is the first."""
    added = Signal(object)
    """The Canvas of one more panel was made."""
    main_layer_asked = Signal(str)
    """A person chose a layer for the first panel."""

    def __init__(self, main: Canvas, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        named(self, "deck", "Panels of the picture")
        self._sights: tuple[Sight, ...] = ()
        self._active = 0
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(2)
        self.linked = Linked(main, self)
        self.canvases: list[Canvas] = []
        self.captions: list[Caption] = []
        self._add(main)
        self._arrange()

    @property
    def sights(self) -> tuple[Sight, ...]:
        """What the panels beside the first one show."""
        return self._sights

    @property
    def active(self) -> int:
        """The panel that the keys of layers mean; 0 is the first."""
        return self._active

    @property
    def shown(self) -> tuple[Canvas, ...]:
        """The canvases of the panels there are, the first one first."""
        return tuple(self.canvases[: len(self._sights) + 1])

    def make_room(self, make: Callable[[int], Canvas]) -> None:
        """Have the canvases of all panels that are wanted; ``make`` gives that of a number."""
        while len(self.canvases) <= len(self._sights):
            self._add(make(len(self.canvases)))
            self.added.emit(self.canvases[-1])
        self._arrange()

    def show_sights(self, sights: Sequence[Sight]) -> None:
        """Other panels beside the first one."""
        wanted = tuple(sights[:MOST])
        if wanted == self._sights:
            return
        self._sights = wanted
        self.sights_changed.emit()
        if self._active > len(wanted):
            self.activate(0)

    def activate(self, panel: int) -> None:
        """The keys of layers mean that panel."""
        panel = panel % (len(self._sights) + 1)
        if panel != self._active:
            self._active = panel
            self._mark()
            self.activated.emit(panel)

    def choose_layer(self, layer: str, panel: int | None = None) -> None:
        """Another layer in a panel, the active one by default."""
        at = self._active if panel is None else panel
        if at == 0:
            self.main_layer_asked.emit(layer)
        else:
            self._change(at, replace(self._sights[at - 1], layer=layer))

    def choose_pair(self, whose: Whose, panel: int | None = None) -> None:
        """Another pair in a panel, the active one by default; the first has always the chosen."""
        at = self._active if panel is None else panel
        if at > 0:
            self._change(at, replace(self._sights[at - 1], whose=whose))

    def close_panel(self, panel: int | None = None) -> None:
        """One panel less, the active one by default; the first stays."""
        at = self._active if panel is None else panel
        if at > 0:
            self.show_sights(self._sights[: at - 1] + self._sights[at:])

    def _change(self, panel: int, sight: Sight) -> None:
        before = self._sights
        self.show_sights((*before[: panel - 1], sight, *before[panel:]))

    def _add(self, canvas: Canvas) -> None:
        number = len(self.canvases)
        caption = Caption(str(number + 1), canvas)
        caption.move(_CAPTION_AT, _CAPTION_AT)
        canvas.pressed.connect(lambda: self.activate(number))
        self.linked.add(canvas)
        self.canvases.append(canvas)
        self.captions.append(caption)

    def _arrange(self) -> None:
        count = len(self.shown)
        for canvas, (row, column, rows) in zip(self.shown, _PLACES[count], strict=True):
            self._grid.addWidget(canvas, row, column, rows, 1)
            canvas.show()
        for canvas in self.canvases[count:]:
            self._grid.removeWidget(canvas)
            canvas.hide()
        across = {column for _, column, _ in _PLACES[count]}
        down = {row for row, _, _ in _PLACES[count]}
        for i in range(3):
            self._grid.setColumnStretch(i, int(i in across))
            self._grid.setRowStretch(i, int(i in down))
        for caption in self.captions:
            caption.setVisible(count > 1)
        self._mark()

    def _mark(self) -> None:
        for number, caption in enumerate(self.captions):
            caption.show_active(number == self._active)
