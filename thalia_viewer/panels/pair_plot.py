"""What the matrix and the network have in common: pairs as marks that one points at, zooms, drags.

A subclass says where things are in a plane of its own; this class moves a window over that plane,
finds what is under the pointer, and keeps the colours of the pairs.
"""

from __future__ import annotations

from abc import abstractmethod
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QKeyEvent,
    QMouseEvent,
    QResizeEvent,
    QTransform,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from thalia_viewer import theme as themes
from thalia_viewer.canvas.colours import Table
from thalia_viewer.panels.columns import COLUMNS, Column, colours

if TYPE_CHECKING:
    from thalia_core.cube.pairs import DatePair
    from thalia_viewer.panels.pair_model import PairModel

Floats = NDArray[np.float64]
REACH = 8.0
"""Pixels from the pointer within which a pair is meant."""
_ZOOM = 1.25
_STILL = 4
"""Pixels that a hand may move between press and release and still mean a click."""
_STEPS = {
    Qt.Key.Key_Left: ("secondary", -1),
    Qt.Key.Key_Right: ("secondary", 1),
    Qt.Key.Key_Up: ("primary", -1),
    Qt.Key.Key_Down: ("primary", 1),
}


class PairPlot(QWidget):
    """The pairs of the frame as marks in a plane.

    Args:
        model: The pairs, their labels, and which of them are wanted.
        theme: The colours around them.
    """

    chosen = Signal(object)
    """The DatePair a person asked for."""
    stepped = Signal(str, int)
    """A step to another ``secondary`` or ``primary`` date, forwards (1) or back (-1)."""

    def __init__(self, model: PairModel, theme: themes.Theme) -> None:
        super().__init__()
        self.model = model
        self.theme = theme
        self.column: Column = COLUMNS["baseline"]
        self.values: Floats = np.zeros(0)
        self.paint: Table = np.zeros(0, np.uint32)
        self.wanted: NDArray[np.bool_] = np.zeros(0, np.bool_)
        self.dates: tuple[date, ...] = ()
        self.ends: NDArray[np.intp] = np.zeros((0, 2), np.intp)
        """(n, 2) numbers of the primary and the secondary date of each pair."""
        self._pair: DatePair | None = None
        self._follows = False
        self._pairs: object = None
        self._stale = True
        self._zoom = 1.0
        self._centre: QPointF | None = None
        self._pressed: tuple[QPointF, QPointF] | None = None
        self._dragged = False
        self._told: int | None = None
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        model.modelReset.connect(self.refresh)
        model.label_changed.connect(self.refresh)

    # What is shown

    def dress(self, theme: themes.Theme) -> None:
        """Use another theme."""
        self.theme = theme
        self.refresh()

    def colour_by(self, column: Column) -> None:
        """Colour the pairs by something else."""
        self.column = column
        self.refresh()

    def refresh(self, *_: object) -> None:
        """Something of the pairs changed: they are read again when they are drawn next."""
        self._stale = True
        self.update()

    def select(self, pair: DatePair | None) -> None:
        """Mark the shown pair, and have it in view."""
        self._pair, self._follows = pair, True
        self.update()

    @property
    def selected(self) -> int | None:
        """The number of the shown pair."""
        pairs, pair = self.model.pairs, self._pair
        if pairs is None or pair is None or pair not in pairs:
            return None
        return pairs.position(pair)

    @property
    def pairs(self) -> int:
        """How many there are; what is drawn is up to date after this."""
        self._read()
        return len(self.values)

    def _read(self) -> None:
        """Bring what is drawn up to date with the model."""
        if not self._stale:
            return
        self._stale = False
        pairs = self.model.pairs
        if pairs is not self._pairs:
            self._pairs = pairs
            days = sorted({day for pair in pairs or () for day in (pair.primary, pair.secondary)})
            number = {day: n for n, day in enumerate(days)}
            ends = [(number[pair.primary], number[pair.secondary]) for pair in pairs or ()]
            self.dates, self.ends = tuple(days), np.array(ends, np.intp).reshape(-1, 2)
            self._told, self._zoom, self._centre = None, 1.0, None
            self.frame_changed()
        self.wanted = np.zeros(len(self.ends), np.bool_)
        self.wanted[self.model.positions] = True
        self.values = self.column.read(self.model)
        self.paint = colours(self.column, self.values, self.wanted, self.theme)
        self.colours_changed()

    def prepare(self) -> bool:
        """Before drawing: all is up to date and the shown pair in view; False without pairs."""
        if not self.pairs:
            return False
        there = self.transform()
        if self._follows and self.selected is not None:
            place = self.middle_of(self.selected)
            if not self.area().contains(there.map(place)):
                self._centre = place
                self._hold()
        self._follows = False
        return True

    # What a subclass says

    @abstractmethod
    def bounds(self) -> QRectF:
        """The whole plane."""

    @abstractmethod
    def area(self) -> QRectF:
        """Where in the widget the plane is seen, in pixels."""

    @abstractmethod
    def unit(self) -> tuple[float, float]:
        """Pixels of a unit of the plane when nothing is enlarged; negative where they run up."""

    @abstractmethod
    def enlarged(self, zoom: float) -> tuple[float, float]:
        """How much an enlargement stretches either axis."""

    @abstractmethod
    def closest(self) -> float:
        """The largest enlargement."""

    @abstractmethod
    def middle_of(self, position: int) -> QPointF:
        """Where a pair is in the plane."""

    @abstractmethod
    def under(self, at: QPointF) -> int | None:
        """The pair at or near a place in pixels."""

    def frame_changed(self) -> None:
        """Other pairs and dates than before."""

    def colours_changed(self) -> None:
        """Some pairs are drawn otherwise than before."""

    def moved(self) -> None:
        """Another part of the plane is in view."""

    def begin(self) -> tuple[float, QPointF]:
        """Enlargement and middle to begin a frame with."""
        return 1.0, self.bounds().center()

    # Moving

    def transform(self) -> QTransform:
        """From the plane to pixels."""
        if self._centre is None:
            self._zoom, self._centre = self.begin()
            self._hold()
        (across, down), (wide, high) = self.unit(), self.enlarged(self._zoom)
        middle = self.area().center()
        there = QTransform.fromTranslate(middle.x(), middle.y())
        there.scale(across * wide, down * high)
        return there.translate(-self._centre.x(), -self._centre.y())

    def seen(self) -> QRectF:
        """The part of the plane that is in view."""
        return self.transform().inverted()[0].mapRect(self.area())

    def _hold(self) -> None:
        """Not beyond the edges of the plane."""
        assert self._centre is not None
        (across, down), (wide, high) = self.unit(), self.enlarged(self._zoom)
        area, whole = self.area(), self.bounds()
        half_x = area.width() / abs(across * wide) / 2
        half_y = area.height() / abs(down * high) / 2
        room = whole.adjusted(half_x, half_y, -half_x, -half_y)
        x, y = self._centre.x(), self._centre.y()
        x = min(max(x, room.left()), room.right()) if room.width() > 0 else whole.center().x()
        y = min(max(y, room.top()), room.bottom()) if room.height() > 0 else whole.center().y()
        self._centre = QPointF(x, y)
        self.moved()
        self.update()

    def sizeHint(self) -> QSize:
        """Large enough to point at a pair."""
        return QSize(440, 400)

    def minimumSizeHint(self) -> QSize:
        """Still a picture."""
        return QSize(140, 90)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Begin anew where nobody has moved anything, else stay."""
        if self._centre is not None:
            self._hold()
        self.moved()
        super().resizeEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Nearer or farther; the place under the pointer stays."""
        event.accept()
        if not self.pairs:
            return
        place = self.transform().inverted()[0].map(event.position())
        factor = _ZOOM ** (event.angleDelta().y() / 120)
        self._zoom = min(max(self._zoom * factor, 1.0), self.closest())
        moved = self.transform().inverted()[0].map(event.position())
        assert self._centre is not None
        self._centre += place - moved
        self._hold()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A click or a drag begins."""
        if event.button() == Qt.MouseButton.LeftButton and self.pairs:
            self.transform()
            assert self._centre is not None
            self._pressed, self._dragged = (event.position(), self._centre), False

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag the plane, or tell what is under the pointer."""
        if self._pressed is None:
            self._tell(event)
            return
        begun, centre = self._pressed
        moved = event.position() - begun
        if self._dragged or moved.manhattanLength() > _STILL:
            self._dragged = True
            (across, down), (wide, high) = self.unit(), self.enlarged(self._zoom)
            self._centre = centre - QPointF(moved.x() / (across * wide), moved.y() / (down * high))
            self._hold()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A click shows a pair."""
        if self._pressed is not None and not self._dragged:
            found = self.under(event.position())
            if found is not None and self.model.pairs is not None:
                self.chosen.emit(self.model.pairs[found])
        self._pressed = None

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """All of it, unless a pair is meant."""
        if self.pairs and self.under(event.position()) is None:
            self._zoom = 1.0
            self._centre = self.bounds().center()
            self._hold()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows step along the dates."""
        step = _STEPS.get(Qt.Key(event.key()))
        plain = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if step is None or plain != Qt.KeyboardModifier.NoModifier:
            super().keyPressEvent(event)
        else:
            self.stepped.emit(*step)

    def _tell(self, event: QMouseEvent) -> None:
        found = self.under(event.position()) if self.pairs else None
        if found == self._told:
            return
        self._told = found
        if found is None:
            self.unsetCursor()
            QToolTip.hideText()
        else:
            self.setCursor(Qt.CursorShape.PointingHandCursor)
            QToolTip.showText(event.globalPosition().toPoint(), self.words(found), self)

    def words(self, position: int) -> str:
        """A pair and its value."""
        assert self.model.pairs is not None
        value = float(self.values[position])
        said = self.column.say(value) if np.isfinite(value) else "not known"
        return f"{self.model.tip(self.model.pairs[position])}\n{self.column.title}: {said}"
