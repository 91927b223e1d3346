"""A contact sheet: small pictures of many pairs on paper, each with its dates and its label.

Everything here runs on a thread: the cube is read pair by pair, and no more than the small
pictures is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QBuffer, QMarginsF, QPointF, QRectF
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QImage,
    QPageLayout,
    QPageSize,
    QPainter,
    QPdfWriter,
    QPicture,
)

from thalia_core.cube.labels import Activity
from thalia_core.cube.planes import PlaneCache
from thalia_core.cube.schema import MISSING
from thalia_core.errors import CubeError, ThaliaError
from thalia_viewer.canvas.masks import CLASS_COLOURS, CLASS_NAMES, MaskStyle
from thalia_viewer.canvas.still import MaskLook, coloured_image, coloured_masks, grid_of
from thalia_viewer.figure import bytes_of, png_of
from thalia_viewer.planes import Planes, read_masks
from thalia_viewer.theme import LIGHT
from thalia_viewer.wording import dates_of, span_of

if TYPE_CHECKING:
    from thalia_core.cube.pairs import DatePair
    from thalia_core.cube.store import CubeStore

MOST = 400
"""Pairs of one sheet: with more of them nobody finds any."""
TILE = 200
"""Logical pixels of a small picture from west to east."""
_GAP, _EDGE = 16.0, 28.0
_FINE = 2
"""Pixels of a small picture for each logical one."""
_GROUND, _NO_DATA = QColor("#ffffff"), QColor("#e4e4e4")
_DOT = 7.0


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a sheet shows.

    Attributes:
        cube: The frame.
        pairs: Its pairs, at most ``MOST``.
        layer: Schema name.
        columns: Small pictures side by side.
        masks: Outline the masks.
        title: Over everything.
        note: Beside the title: which pairs these are.
        labels: Words on the label of each pair.
        legend: That of the layer, and its width and height; None where every pair has its own.
    """

    cube: CubeStore
    pairs: tuple[DatePair, ...]
    layer: str
    columns: int
    masks: bool
    title: str
    note: str
    labels: dict[DatePair, str]
    legend: tuple[QPicture, float, float] | None = None


@dataclass(frozen=True, slots=True)
class Tile:
    """A small picture; without one where the pair cannot be read.

    Attributes:
        dates: First line below it.
        span: Second line.
        label: Third line.
        classes: Activity types of the mask.
        picture: ``TILE`` logical pixels wide.
    """

    dates: str
    span: str
    label: str
    classes: tuple[int, ...]
    picture: QImage | None


@dataclass(frozen=True, slots=True)
class Layout:
    """Where things stand on a page, in logical pixels.

    Attributes:
        columns: Small pictures side by side.
        tall: Height of a small picture.
        line: Height of a line of words.
        head: Room for the title.
    """

    columns: int
    tall: float
    line: float
    head: float

    @property
    def width(self) -> float:
        """Of the page."""
        return 2 * _EDGE + self.columns * TILE + (self.columns - 1) * _GAP

    @property
    def step(self) -> float:
        """From row to row."""
        return self.tall + 3 * self.line + 4 + _GAP

    def height(self, rows: int) -> float:
        """Of a page with so many rows."""
        return self.head + rows * self.step - _GAP + _EDGE

    def rows_in(self, height: float) -> int:
        """How many rows a page of that height has, at least one."""
        return max(int((height - self.head - _EDGE + _GAP) // self.step), 1)

    def place(self, n: int) -> QPointF:
        """Corner of a small picture."""
        row, column = divmod(n, self.columns)
        return QPointF(_EDGE + column * (TILE + _GAP), self.head + row * self.step)


def tiles_of(
    sheet: Sheet, tell: Callable[[int], None], stopped: Callable[[], bool]
) -> tuple[Tile, ...] | None:
    """Read and shrink all pairs.

    Args:
        sheet: What to show.
        tell: Gets how many are done.
        stopped: Whether a person has had enough.

    Returns:
        The small pictures; None when it was stopped.
    """
    planes = Planes(sheet.cube, PlaneCache(0))
    tiles = []
    for n, pair in enumerate(sheet.pairs):
        if stopped():
            return None
        tell(n)
        tiles.append(_tile(sheet, planes, pair))
    tell(len(sheet.pairs))
    return tuple(tiles)


def png(sheet: Sheet, tiles: Sequence[Tile]) -> bytes:
    """All in one picture, twice as fine as a screen."""
    layout = layout_of(sheet)
    height = layout.height(ceil(len(tiles) / layout.columns))
    form = QImage.Format.Format_RGB32
    image = QImage(ceil(layout.width * _FINE), ceil(height * _FINE), form)
    image.fill(_GROUND)
    painter = QPainter(image)
    painter.scale(_FINE, _FINE)
    _page(painter, sheet, layout, tiles)
    painter.end()
    return png_of(image)


def pdf(sheet: Sheet, tiles: Sequence[Tile]) -> bytes:
    """On as many pages A4 across as it takes."""
    layout = layout_of(sheet)

    def write(buffer: QBuffer) -> None:
        writer = QPdfWriter(buffer)
        writer.setTitle(f"{sheet.title}, {sheet.note}")
        writer.setCreator("Thalia")
        writer.setResolution(96)
        writer.setPageLayout(
            QPageLayout(
                QPageSize(QPageSize.PageSizeId.A4),
                QPageLayout.Orientation.Landscape,
                QMarginsF(0, 0, 0, 0),
            )
        )
        scale = writer.width() / layout.width
        fitting = layout.rows_in(writer.height() / scale) * layout.columns
        painter = QPainter(writer)
        painter.scale(scale, scale)
        for first in range(0, len(tiles), fitting):
            if first:
                writer.newPage()
            _page(painter, sheet, layout, tiles[first : first + fitting])
        painter.end()

    return bytes_of(write)


def layout_of(sheet: Sheet) -> Layout:
    """How a sheet is laid out."""
    east, north = sheet.cube.geometry.pixel_metres()
    rows, cols = sheet.cube.geometry.shape
    line = QFontMetricsF(_font()).lineSpacing()
    legend = sheet.legend[2] if sheet.legend is not None else 0.0
    head = _EDGE + max(2 * line, legend) + 14
    return Layout(sheet.columns, TILE * rows * north / (cols * east), line, head)


def _tile(sheet: Sheet, planes: Planes, pair: DatePair) -> Tile:
    words = dates_of(pair), span_of(sheet.cube.pairs, pair)
    try:
        picture, classes = _picture(sheet, planes, pair)
    except ThaliaError as error:  # one pair must not cost the sheet
        why = "cannot be read" if isinstance(error, CubeError) else "has no such layer"
        return Tile(*words, why, (), None)
    return Tile(*words, sheet.labels.get(pair, ""), classes, picture)


def _picture(sheet: Sheet, planes: Planes, pair: DatePair) -> tuple[QImage, tuple[int, ...]]:
    """A small picture, averaged (wrapped phase through phasors), and the classes of its mask."""
    layout, shape = layout_of(sheet), sheet.cube.geometry.shape
    wide, tall = TILE * _FINE, round(layout.tall * _FINE)
    grid = grid_of(shape, (0.0, 0.0), (wide / shape[1], tall / shape[0]), _FINE, (tall, wide))
    picture = QImage(wide, tall, QImage.Format.Format_RGB32)
    picture.fill(_NO_DATA)
    masks = read_masks(sheet.cube, None, pair)
    classes = tuple(int(code) for code in np.unique(masks.activity) if code not in (0, MISSING))
    if grid is None:
        return picture, classes
    # All is read before a painter begins: one that an error leaves open outlives its picture.
    drawn = [coloured_image(planes.image(sheet.layer, pair), grid)]
    if sheet.masks and classes:
        look = MaskLook(masks.activity, masks.intensity, MaskStyle(1.0, contour=True))
        drawn.append(coloured_masks(look, grid))
    painter = QPainter(picture)
    for image in drawn:
        painter.drawImage(0, 0, image)
    painter.end()
    return picture, classes


def _page(painter: QPainter, sheet: Sheet, layout: Layout, tiles: Sequence[Tile]) -> None:
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    first = _EDGE + QFontMetricsF(_font(1.25, bold=True)).ascent()
    _write(painter, QPointF(_EDGE, first), sheet.title, _font(1.25, bold=True))
    below = QPointF(_EDGE, first + layout.line * 1.25)
    _write(painter, below, sheet.note, _font(), muted=True)
    if sheet.legend is not None:
        picture, width, _ = sheet.legend
        painter.drawPicture(QPointF(layout.width - _EDGE - width, _EDGE - 8), picture)
    for n, tile in enumerate(tiles):
        _draw_tile(painter, layout, layout.place(n), tile)


def _draw_tile(painter: QPainter, layout: Layout, at: QPointF, tile: Tile) -> None:
    box = QRectF(at.x(), at.y(), TILE, layout.tall)
    if tile.picture is None:
        painter.fillRect(box, _NO_DATA)
    else:
        painter.drawImage(box, tile.picture)
    baseline = box.bottom() + 4 + QFontMetricsF(_font()).ascent()
    _write(painter, QPointF(box.left(), baseline), tile.dates, _font(bold=True))
    _write(painter, QPointF(box.left(), baseline + layout.line), tile.span, _font(), muted=True)
    left, baseline = box.left(), baseline + 2 * layout.line
    for code in tile.classes:
        painter.setPen(QColor(LIGHT.muted))
        painter.setBrush(QColor(CLASS_COLOURS.get(Activity(code), "#9aa0a6")))
        painter.drawEllipse(QRectF(left, baseline - _DOT - 0.5, _DOT, _DOT))
        left += _DOT + 3
    room = TILE - (left - box.left())
    words = tile.label or ", ".join(CLASS_NAMES.get(code, f"code {code}") for code in tile.classes)
    metrics = QFontMetricsF(_font())
    while words and metrics.horizontalAdvance(words) > room:
        words = f"{words.rstrip('…')[:-1]}…"
    _write(painter, QPointF(left, baseline), words, _font())


def _write(painter: QPainter, at: QPointF, text: str, font: QFont, *, muted: bool = False) -> None:
    painter.setFont(font)
    painter.setPen(QColor(LIGHT.muted if muted else LIGHT.text))
    painter.drawText(at, text)


def _font(size: float = 0.92, bold: bool = False) -> QFont:
    font = QFont()
    font.setPointSizeF(font.pointSizeF() * size)
    font.setWeight(QFont.Weight.DemiBold if bold else QFont.Weight.Normal)
    font.setFeature(QFont.Tag("tnum"), 1)
    return font
