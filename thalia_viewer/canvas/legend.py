"""Colour bar, class legend, and the scale bar with the arrow to the north."""

from functools import lru_cache

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QImage, QPainter, QPen, QPicture, QPolygonF
from PySide6.QtWidgets import QGraphicsItem

from thalia_core.cube.labels import Intensity
from thalia_viewer.canvas.colours import Table, premultiplied
from thalia_viewer.canvas.layers import LayerStyle, Levels, round_step, ticks
from thalia_viewer.canvas.masks import (
    CLASS_NAMES,
    INTENSITY_NAMES,
    MaskStyle,
    colour_table,
    decorate,
    margin,
)
from thalia_viewer.canvas.plates import PAD, Plate

_BAR = 9.0
_WIDTH = 216.0
_SWATCH = (26, 13)
_HIDDEN = 0.3  # opacity of a class that is not drawn


class LayerLegend(Plate):
    """Title, colour bar and ticks of the layer in its unit."""

    def __init__(self, parent: QGraphicsItem | None) -> None:
        super().__init__(parent)
        self._style: LayerStyle | None = None
        self._levels: Levels = (0.0, 1.0)

    def show_style(self, style: LayerStyle | None, levels: Levels = (0.0, 1.0)) -> None:
        """Describe another layer, or nothing."""
        if (style, levels) != (self._style, self._levels):
            self._style, self._levels = style, levels
            self.refresh()

    def measure(self, metrics: QFontMetricsF) -> tuple[float, float]:
        """Wide enough for the title and its note."""
        if self._style is None:
            return 0.0, 0.0
        line = metrics.height()
        title = metrics.horizontalAdvance(self._style.title + "    " + self._note())
        width = max(_WIDTH, title) + 2 * PAD
        if self._style.classes:
            return width, 2 * PAD + line * 2 + 4
        return width, 2 * PAD + 5 + _BAR + line * 2.2

    def draw(self, painter: QPainter, metrics: QFontMetricsF) -> None:
        """One line of title, the bar, one line of figures."""
        style = self._style
        assert style is not None
        width = self.boundingRect().width() - 2 * PAD
        baseline = PAD + metrics.ascent()
        self.write(painter, PAD, baseline, style.title)
        self.write(painter, PAD + width, baseline, self._note(), muted=True, align=1.0)
        if style.classes:
            self._draw_classes(painter, metrics, baseline + metrics.height() + 4)
            return
        top = PAD + metrics.height() + 4
        unit = f"  {style.unit}" if style.cyclic else ""
        figures = metrics.horizontalAdvance(unit)
        bar = QRectF(PAD, top, width - figures, _BAR)
        painter.drawImage(bar, _strip(style.table))
        baseline = bar.bottom() + 4 + metrics.ascent()
        if style.cyclic:
            self.write(painter, PAD + width, baseline, style.unit, muted=True, align=1.0)
        for tick in ticks(style, self._levels):
            x = bar.left() + tick.at * bar.width()
            painter.setPen(QPen(QColor(self.theme.muted), 1.0))
            painter.drawLine(QPointF(x, bar.bottom()), QPointF(x, bar.bottom() + 3))
            self._figure(painter, bar, x, baseline, tick.text)

    def _note(self) -> str:
        if self._style is None or self._style.classes:
            return ""
        return self._style.note or self._style.unit

    def _figure(self, painter: QPainter, bar: QRectF, x: float, baseline: float, text: str) -> None:
        """Centred under its tick, but never beyond the ends of the bar."""
        half = QFontMetricsF(painter.font()).horizontalAdvance(text) / 2
        middle = min(max(x, bar.left() + half), bar.right() - half)
        self.write(painter, middle, baseline, text, align=0.5)

    def _draw_classes(self, painter: QPainter, metrics: QFontMetricsF, baseline: float) -> None:
        assert self._style is not None
        x = PAD
        for code, name in self._style.classes:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor.fromRgba(int(self._style.table[code + 1])))
            painter.drawRect(QRectF(x, baseline - 9, 18, 9))
            self.write(painter, x + 23, baseline, name)
            x += 23 + metrics.horizontalAdvance(name) + 14


class ClassLegend(Plate):
    """The activity types that the mask holds, and how the three intensities are hatched."""

    def __init__(self, parent: QGraphicsItem) -> None:
        super().__init__(parent)
        self._codes: tuple[int, ...] = ()
        self._style = MaskStyle()

    @property
    def codes(self) -> tuple[int, ...]:
        """The activity codes that are listed."""
        return self._codes

    def show_codes(self, codes: tuple[int, ...]) -> None:
        """List other activity codes; none hides the plate."""
        if codes != self._codes:
            self._codes = codes
            self.refresh()

    def show_style(self, style: MaskStyle) -> None:
        """How masks are drawn: classes that are not are pale here."""
        if (style.only, style.hatch) != (self._style.only, self._style.hatch):
            self._style = style
            self.refresh()

    def measure(self, metrics: QFontMetricsF) -> tuple[float, float]:
        """A line for each class, one for the intensities."""
        if not self._codes:
            return 0.0, 0.0
        names = max(metrics.horizontalAdvance(_class_name(code)) for code in self._codes)
        levels = sum(
            _SWATCH[0] + 14 + metrics.horizontalAdvance(name)
            for name in list(INTENSITY_NAMES.values())[1:]
        )
        width = max(names + _SWATCH[0] + 7, levels - 8)
        return width + 2 * PAD, 2 * PAD + (len(self._codes) + 1) * (metrics.height() + 3) + 1

    def draw(self, painter: QPainter, metrics: QFontMetricsF) -> None:
        """Swatches exactly as the mask is drawn."""
        line = metrics.height() + 3
        device = painter.device()
        # Strokes that are recorded may be drawn larger later: the swatches must bear it.
        scale = 3.0 if isinstance(device, QPicture) else device.devicePixelRatioF()
        for i, code in enumerate(self._codes):
            top = PAD + i * line
            painter.setOpacity(1.0 if self._style.only in (None, code) else _HIDDEN)
            self._swatch(painter, PAD, top, min(code, 7), Intensity.MEDIUM, scale)
            text = _class_name(code)
            self.write(painter, PAD + _SWATCH[0] + 7, top + metrics.ascent(), text)
        painter.setOpacity(1.0)
        top, x = PAD + len(self._codes) * line + 4, PAD
        for level in (Intensity.LOW, Intensity.MEDIUM, Intensity.HIGH):
            self._swatch(painter, x, top, 7, level, scale)
            x += _SWATCH[0] + 5
            self.write(painter, x, top + metrics.ascent(), INTENSITY_NAMES[level], muted=True)
            x += metrics.horizontalAdvance(INTENSITY_NAMES[level]) + 9

    def _swatch(
        self, painter: QPainter, x: float, y: float, activity: int, level: int, scale: float
    ) -> None:
        m = margin(scale)
        cols, rows = (round(side * scale) for side in _SWATCH)
        codes = np.zeros((rows + 2 * m, cols + 2 * m), np.uint8)
        codes[2 * m : -2 * m, 2 * m : -2 * m] = activity * 4 + level
        shown = decorate(codes, (0, 0), scale, self._style.hatch)
        pixels = np.ascontiguousarray(_swatch_table().take(shown))
        image = QImage(pixels.data, cols, rows, cols * 4, QImage.Format.Format_ARGB32_Premultiplied)
        painter.drawImage(QRectF(x, y, *_SWATCH), image)


class ScaleBar(Plate):
    """A bar of a round length, and an arrow to the north (planes are north-up)."""

    def __init__(self, parent: QGraphicsItem) -> None:
        super().__init__(parent)
        self._metres = 0.0
        self._length = 0.0

    def show_scale(self, metres_per_pixel: float) -> None:
        """Another zoom: ground metres in one logical pixel."""
        metres = round_step(metres_per_pixel * 52)
        length = metres / metres_per_pixel
        if (metres, length) != (self._metres, self._length):
            self._metres, self._length = metres, length
            self.refresh()

    def measure(self, metrics: QFontMetricsF) -> tuple[float, float]:
        """The bar, the figure over it, the arrow beside it."""
        return self._length + 22 + 2 * PAD, metrics.height() + 8 + 2 * PAD * 0.7

    def draw(self, painter: QPainter, metrics: QFontMetricsF) -> None:
        """A thin bracket and a slender arrow."""
        bottom = self.boundingRect().height() - PAD * 0.7 - 1
        left, right = PAD, PAD + self._length
        painter.setPen(QPen(QColor(self.theme.text), 1.2))
        painter.drawPolyline(
            QPolygonF(
                [
                    QPointF(left, bottom - 5),
                    QPointF(left, bottom),
                    QPointF(right, bottom),
                    QPointF(right, bottom - 5),
                ]
            )
        )
        kilometres = self._metres >= 1000
        text = f"{self._metres / 1000:g} km" if kilometres else f"{self._metres:g} m"
        self.write(painter, (left + right) / 2, bottom - 6, text, align=0.5)
        x = right + 15
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self.theme.text))
        painter.drawPolygon(
            QPolygonF([QPointF(x, bottom - 12), QPointF(x - 4, bottom), QPointF(x, bottom - 3)])
        )
        painter.setBrush(QColor(self.theme.muted))
        painter.drawPolygon(
            QPolygonF([QPointF(x, bottom - 12), QPointF(x + 4, bottom), QPointF(x, bottom - 3)])
        )
        self.write(painter, x, bottom - 14, "N", align=0.5)


@lru_cache(maxsize=1)
def _swatch_table() -> Table:
    return premultiplied(colour_table(0.75, contour=False))


def _class_name(code: int) -> str:
    return CLASS_NAMES.get(code, f"Code {code}")


def _strip(table: Table) -> QImage:
    """The colour table as a picture one pixel high."""
    pixels = np.ascontiguousarray(premultiplied(table)[1:])
    image = QImage(
        pixels.data, len(pixels), 1, len(pixels) * 4, QImage.Format.Format_ARGB32_Premultiplied
    )
    return image.copy()
