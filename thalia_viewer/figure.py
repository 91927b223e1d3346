"""A picture for a report: what the canvases show, and a line below that says what it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QPointF, QRect, QRectF, QSize
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QImage, QImageWriter, QPainter

from thalia_viewer.canvas.still import Still
from thalia_viewer.theme import Theme

_PAD = 10.0
_GROUND = 214  # opacity of a plate, of 255
_DOTS_PER_METRE = 3780  # 96 to the inch: one logical pixel
_VECTOR_SCALE = 2.0
"""Pixels of the planes in a vector file, for each logical one."""


@dataclass(frozen=True, eq=False, slots=True)
class Panel:
    """One canvas of a figure.

    Attributes:
        x: Where its left edge lies, in logical pixels.
        y: Where its upper edge lies.
        still: What it shows.
        heading: Layer, and the pair where it is another one; empty where the caption says it.
    """

    x: int
    y: int
    still: Still
    heading: str = ""


@dataclass(frozen=True, eq=False, slots=True)
class Figure:
    """All that a saved picture holds; drawn on any thread.

    Attributes:
        panels: The canvases.
        what: Head of the caption: the frame.
        caption: The rest: dates, days, baseline, layer.
        theme: Colours around the pictures.
    """

    panels: tuple[Panel, ...]
    what: str
    caption: str
    theme: Theme

    @property
    def size(self) -> QSize:
        """Logical pixels, the caption included."""
        width, height = self._extent()
        return QSize(width, height + ceil(self._caption_height(width)))

    def image(self, scale: float) -> QImage:
        """The picture with so many pixels for each logical one."""
        size, planes = self.size, self._planes(scale)
        form = QImage.Format.Format_RGB32
        image = QImage(round(size.width() * scale), round(size.height() * scale), form)
        image.setText("Description", f"{self.what} · {self.caption}")
        image.fill(QColor(self.theme.window))
        painter = QPainter(image)
        painter.scale(scale, scale)
        self._draw(painter, planes)
        painter.end()
        # Not before: letters are measured in points, and would grow twice.
        image.setDotsPerMeterX(round(_DOTS_PER_METRE * scale))
        image.setDotsPerMeterY(round(_DOTS_PER_METRE * scale))
        return image

    def png(self, scale: float) -> bytes:
        """The picture as the bytes of a file."""
        return png_of(self.image(scale))

    def svg(self) -> bytes:
        """Planes as pictures; legends, scale bar, lines and all words as strokes and letters."""
        from PySide6.QtSvg import QSvgGenerator

        planes = self._planes(_VECTOR_SCALE)

        def write(buffer: QBuffer) -> None:
            generator = QSvgGenerator()
            generator.setOutputDevice(buffer)
            generator.setResolution(96)
            generator.setSize(self.size)
            generator.setViewBox(QRect(0, 0, self.size.width(), self.size.height()))
            generator.setTitle(self.what)
            generator.setDescription(self.caption)
            painter = QPainter(generator)
            painter.fillRect(QRectF(0, 0, *self.size.toTuple()), QColor(self.theme.window))
            self._draw(painter, planes)
            painter.end()

        return bytes_of(write)

    def _planes(self, scale: float) -> list[QImage]:
        """Before a painter begins: one that an error leaves open outlives its picture."""
        return [panel.still.planes(scale) for panel in self.panels]

    def _draw(self, painter: QPainter, planes: list[QImage]) -> None:
        for panel, picture in zip(self.panels, planes, strict=True):
            painter.save()
            painter.translate(panel.x, panel.y)
            painter.setClipRect(QRectF(0, 0, panel.still.width, panel.still.height))
            panel.still.draw(painter, picture)
            if panel.heading:
                self._draw_heading(painter, panel.heading)
            painter.restore()
        width, height = self._extent()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        font = _font(bold=True)
        baseline = float(height) + _PAD * 0.8 + QFontMetricsF(font).ascent()
        painter.setFont(font)
        painter.setPen(QColor(self.theme.text))
        painter.drawText(round(_PAD), round(baseline), self.what)
        beside, right, down = self._place(width)
        painter.setFont(_font())
        painter.setPen(QColor(self.theme.text if beside else self.theme.muted))
        painter.drawText(round(right), round(baseline + down), self.caption)

    def _draw_heading(self, painter: QPainter, heading: str) -> None:
        """A plate at the upper left, as the legends are."""
        metrics, ground = QFontMetricsF(_font()), QColor(self.theme.canvas)
        ground.setAlpha(_GROUND)
        room = QRectF(_PAD, _PAD, metrics.horizontalAdvance(heading), metrics.height())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QColor(0, 0, 0, 0))
        painter.setBrush(ground)
        painter.drawRoundedRect(room.adjusted(0, 0, 1.6 * _PAD, 0.8 * _PAD), 4.0, 4.0)
        painter.setFont(_font())
        painter.setPen(QColor(self.theme.text))
        painter.drawText(QPointF(1.8 * _PAD, 1.4 * _PAD + metrics.ascent()), heading)

    def _place(self, width: float) -> tuple[bool, float, float]:
        """Whether the caption stands beside its head, and how far right and down it begins."""
        head = QFontMetricsF(_font(bold=True)).horizontalAdvance(self.what)
        metrics = QFontMetricsF(_font())
        x = _PAD * 2.4 + head
        if x + metrics.horizontalAdvance(self.caption) + _PAD <= width:
            return True, x, 0.0
        return False, _PAD, metrics.lineSpacing()

    def _caption_height(self, width: float) -> float:
        line = QFontMetricsF(_font(bold=True)).lineSpacing()
        return line + 1.6 * _PAD + self._place(width)[2]

    def _extent(self) -> tuple[int, int]:
        return (
            max(panel.x + panel.still.width for panel in self.panels),
            max(panel.y + panel.still.height for panel in self.panels),
        )


def png_of(image: QImage) -> bytes:
    """An image as the bytes of a PNG."""
    return bytes_of(lambda buffer: QImageWriter(buffer, QByteArray(b"png")).write(image))


def _font(bold: bool = False) -> QFont:
    font = QFont()
    font.setWeight(QFont.Weight.DemiBold if bold else QFont.Weight.Normal)
    font.setFeature(QFont.Tag("tnum"), 1)
    return font


def bytes_of(write: Callable[[QBuffer], object]) -> bytes:
    """What a function writes into a buffer."""
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    write(buffer)
    buffer.close()
    return bytes(data.data())
