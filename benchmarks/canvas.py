"""Pair switch and brush dab of the canvas beside a floor: one ready-made array in an ImageItem.

    python benchmarks/canvas.py --size 3000 --radius 64

The floor is what pyqtgraph takes to put one finished ARGB array of the same size on the same
widget. Every figure is the time until the picture is painted, read in the same run; compare the
ratios, the milliseconds belong to the machine.
"""

import argparse
import os
import sys
from collections.abc import Callable
from statistics import median, quantiles
from time import perf_counter

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication, QWidget

from thalia_core.annotate.patch import Paint
from thalia_core.annotate.shapes import Shape
from thalia_core.cube.geometry import Geometry, Window
from thalia_viewer.canvas.camera import View
from thalia_viewer.canvas.layers import STYLES, PlaneImage
from thalia_viewer.canvas.raster import Later
from thalia_viewer.canvas.tools import BrushTool, Hand
from thalia_viewer.canvas.view import Canvas


class Strokes:
    """The least an edit session does: paint the shape into the shared plane."""

    def __init__(self, plane: np.ndarray) -> None:
        self._plane = plane

    def begin(self, paint: Paint, name: str, gate: object = None) -> "Strokes":
        """Paint with this class."""
        self._code = paint.activity
        return self

    def extend(self, shape: Shape) -> Window | None:
        """Straight into the plane."""
        self._plane[shape.window.slices][shape.mask] = self._code
        return shape.window

    def commit(self) -> None:
        """Keep it."""

    def abort(self) -> None:
        """Keep it too."""


def milliseconds(step: Callable[[int], None], settle: Callable[[], None], rounds: int) -> list:
    times = []
    for i in range(rounds + 3):
        start = perf_counter()
        step(i)
        settle()
        times.append((perf_counter() - start) * 1e3)
    return times[3:]


def shown(widget: QWidget, size: tuple[int, int]) -> QWidget:
    widget.resize(*size)
    widget.show()
    QApplication.processEvents()
    return widget


def image_item(size: int, window: tuple[int, int], rounds: int, *, ready_made: bool) -> list:
    """ImageItem of pyqtgraph: finished ARGB arrays, or float32 phase through a colour map."""
    widget = shown(pg.GraphicsView(), window)
    box = pg.ViewBox(lockAspect=True, invertY=True, enableMenu=False)
    widget.setCentralItem(box)
    item = pg.ImageItem(axisOrder="row-major")
    box.addItem(item)
    random = np.random.default_rng(0)
    if ready_made:
        arrays = [random.integers(0, 256, (size, size, 4), np.uint8) for _ in range(2)]
        for array in arrays:
            array[..., 3] = 255
    else:
        arrays = [random.uniform(-3, 3, (size, size)).astype(np.float32) for _ in range(2)]
        item.setColorMap(pg.colormap.get("CET-C2"))
    levels = None if ready_made else (-np.pi, np.pi)
    item.setImage(arrays[0], autoLevels=False, levels=levels)
    box.autoRange(padding=0)
    times = milliseconds(
        lambda i: item.setImage(arrays[i % 2], autoLevels=False, levels=levels),
        QApplication.processEvents,
        rounds,
    )
    widget.close()
    return times


def canvas_with(
    size: int, window: tuple[int, int], later: Later | None = None
) -> tuple[Canvas, list[PlaneImage], list]:
    geometry = Geometry(size, size, -91.0, 0.0, 0.001, -0.001)
    row, col = np.mgrid[0:size, 0:size].astype(np.float32)
    images, masks = [], []
    for i in range(2):
        phase = np.hypot(row - size * (0.4 + 0.1 * i), col - size / 2) * np.float32(40 / size)
        phase = np.angle(np.exp(1j * phase)).astype(np.float32)
        phase[: size // 5] = np.nan
        images.append(PlaneImage.of(phase, STYLES["insar_difference"], geometry))
        activity = np.zeros((size, size), np.uint8)
        third = size // 3
        activity[third : 2 * third, third : 2 * third] = 3 - i
        masks.append((activity, (activity > 0).astype(np.uint8) * 2))
    canvas = Canvas(later=later)
    shown(canvas, window)
    canvas.set_image(images[0])
    canvas.set_mask(*masks[0])
    QApplication.processEvents()
    return canvas, images, masks


def dabs(canvas: Canvas, size: int, plane: np.ndarray, radius: float, rounds: int) -> list:
    hand = Hand(Strokes(plane), radius=radius)
    canvas.set_tool(BrushTool(hand))
    target = canvas.findChild(pg.GraphicsView, "canvas.view").viewport()

    def send(kind: QEvent.Type, at: QPointF) -> None:
        event = QMouseEvent(
            kind,
            at,
            QPointF(target.mapToGlobal(QPoint(0, 0))) + at,
            Qt.MouseButton.LeftButton,
            Qt.MouseButton.LeftButton,
            Qt.KeyboardModifier.NoModifier,
        )
        QApplication.sendEvent(target, event)

    middle = QPointF(target.width() / 2, target.height() / 2)
    send(QEvent.Type.MouseButtonPress, middle)
    times = milliseconds(
        lambda i: send(
            QEvent.Type.MouseMove, middle + QPointF(60 * np.cos(i / 3), 60 * np.sin(i / 3))
        ),
        QApplication.processEvents,
        rounds,
    )
    send(QEvent.Type.MouseButtonRelease, middle)
    return times


def report(name: str, times: list, unit: float) -> None:
    worst = quantiles(times, n=20)[-1]
    middle = median(times)
    print(f"{name:<48}{middle:8.2f} ms {worst:8.2f} ms (95 %) {middle / unit:8.3f} x floor")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=int, default=3000, help="rows and columns of the frame")
    parser.add_argument("--window", type=int, nargs=2, default=(1200, 900), help="logical pixels")
    parser.add_argument("--radius", type=float, nargs="+", default=(8, 64, 256))
    parser.add_argument("--rounds", type=int, default=40)
    options = parser.parse_args()
    app = QApplication.instance() or QApplication(sys.argv[:1])
    size, window, rounds = options.size, tuple(options.window), options.rounds
    base = image_item(size, window, rounds, ready_made=True)
    unit = median(base)
    report(f"floor: ImageItem, ready-made {size} x {size}", base, unit)
    plain = image_item(size, window, max(rounds // 8, 3), ready_made=False)
    report("for comparison: ImageItem, phase and colour map", plain, unit)
    canvas, images, masks = canvas_with(size, window)
    process = app.processEvents
    for view, name in ((None, "whole frame"), (1.0, "one to one"), (8.0, "eight fold")):
        if view is None:
            canvas.reset_view()
        else:
            canvas.set_view(View(size / 2, size / 2, view))
        process()

        def switch(i: int) -> None:
            canvas.set_image(images[i % 2])
            canvas.set_mask(*masks[i % 2])

        report(f"pair switch, {name}", milliseconds(switch, process, rounds), unit)
        pan = milliseconds(lambda i: canvas.pan_by(0, 1 if i % 2 else -1), process, rounds)
        report(f"pan, {name}", pan, unit)
        for radius in options.radius:
            activity = masks[(rounds + 2) % 2][0]
            times = dabs(canvas, size, activity, radius, rounds)
            report(f"brush dab of radius {radius:g}, {name}", times, unit)
    canvas.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
