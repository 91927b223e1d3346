"""What the plots of the measuring panels have in common: their dress, a second scale, copying."""

from __future__ import annotations

from collections.abc import Callable

import pyqtgraph as pg
from PySide6.QtGui import QColor, QFont, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QWidget

from thalia_viewer import theme as themes
from thalia_viewer.bars import named

_LEAST_HEIGHT = 290  # the words beside the plot need it


class PlotPanel(QWidget):
    """A plot, made when it is first seen, and words beside it; start-up does not pay for it.

    Args:
        theme: Colours.
        parent: Owner.
    """

    def __init__(self, theme: themes.Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.plot: pg.GraphicsLayoutWidget | None = None
        self.setMinimumHeight(_LEAST_HEIGHT)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(0)

    def build(self) -> pg.GraphicsLayoutWidget:
        """Make the plot."""
        raise NotImplementedError

    def colour(self, theme: themes.Theme) -> None:
        """Give the plot the colours of a theme."""

    def refresh(self) -> None:
        """Show again what is shown."""

    def dress(self, theme: themes.Theme) -> None:
        """Colours of a theme."""
        self._theme = theme
        if self.plot is not None:
            self.colour(theme)

    def show_waiting(self) -> None:
        """Something newer is being computed; what is shown is the one before."""
        if self.plot is not None:
            self.plot.setEnabled(False)

    def showEvent(self, event: QShowEvent) -> None:
        """Seen for the first time: make the plot."""
        if self.plot is None:
            self.plot = self.build()
            self._row.insertWidget(0, self.plot, 1)
            self.colour(self._theme)
            self.refresh()
        super().showEvent(event)


def canvas_of(name: str, title: str) -> pg.GraphicsLayoutWidget:
    """A widget for plots that keeps its mouse to reading values."""
    widget = pg.GraphicsLayoutWidget()
    named(widget, name, title)
    widget.ci.setContentsMargins(4, 6, 4, 2)
    widget.ci.layout.setVerticalSpacing(4)
    return widget


def plain(plot: pg.PlotItem) -> pg.PlotItem:
    """Without pyqtgraph's own buttons, menus and dragging."""
    plot.setMenuEnabled(False)
    plot.hideButtons()
    plot.setMouseEnabled(x=False, y=False)
    plot.getViewBox().setDefaultPadding(0.0)
    return plot


def dress(widget: pg.GraphicsLayoutWidget, axes: list[pg.AxisItem], theme: themes.Theme) -> None:
    """Ground, axes and figures in the colours of a theme."""
    widget.setBackground(theme.base)
    font = QFont(widget.font())
    font.setPointSizeF(max(font.pointSizeF() * 0.86, 7.0))
    font.setFeature(QFont.Tag("tnum"), 1)
    for axis in axes:
        axis.setPen(pg.mkPen(theme.line))
        axis.setTextPen(pg.mkPen(theme.muted))
        axis.setTickFont(font)
        axis.setStyle(tickLength=-4, tickTextOffset=5)
        axis.label.setFont(font)


def label(axis: pg.AxisItem, text: str) -> None:
    """What an axis shows; its unit stands in the text, nothing is rescaled."""
    axis.setLabel(text)
    axis.enableAutoSIPrefix(False)


class SecondScale(pg.AxisItem):  # type: ignore[misc]  # pyqtgraph carries no types
    """An axis on the right of a plot that says the left one's values in another unit.

    Args:
        plot: The plot.
        convert: From the unit of the left axis.
    """

    def __init__(self, plot: pg.PlotItem, convert: Callable[[float], float]) -> None:
        super().__init__("right")
        self.convert = convert
        self._box = plot.getViewBox()
        plot.layout.removeItem(plot.getAxis("right"))
        plot.layout.addItem(self, 2, 2)
        self.setZValue(-1000)
        self._box.sigYRangeChanged.connect(self.follow)

    def follow(self, *_: object) -> None:
        """The same stretch as the left axis."""
        low, high = self._box.viewRange()[1]
        self.setRange(self.convert(low), self.convert(high))


def heading(name: str, title: str) -> QLabel:
    """A large figure beside a plot."""
    text = QLabel()
    named(text, name, title)
    font = QFont(text.font())
    font.setPointSizeF(font.pointSizeF() * 1.5)
    font.setWeight(QFont.Weight.DemiBold)
    text.setFont(themes.digits(font))
    return text


def sentence(name: str, title: str, role: str = "muted") -> QLabel:
    """Words beside a plot."""
    text = QLabel()
    named(text, name, title)
    text.setWordWrap(True)
    if role:
        text.setProperty("role", role)
    return text


def button(name: str, text: str, tip: str, slot: Callable[[], None]) -> QToolButton:
    """A small button with words."""
    made = QToolButton()
    named(made, name, tip)
    made.setText(text)
    made.setToolTip(tip)
    made.clicked.connect(lambda _checked=False: slot())
    return made


def pen(colour: str, width: float = 1.5, alpha: int = 255) -> object:
    """A pen of equal width at any zoom."""
    shade = QColor(colour)
    shade.setAlpha(alpha)
    return pg.mkPen(shade, width=width)
