"""napari paints a labels layer; run by `brush.py --napari` in its own Python.

Reads lines of JSON (size, radius, contour, way) and answers each with the milliseconds of every
dab until it is painted, and of the undo of the stroke.
"""

import json
import sys
from collections.abc import Callable
from time import perf_counter

import napari
import numpy as np
from qtpy.QtWidgets import QApplication

PATIENCE_S = 10.0


class Window:
    """A viewer, and when it has painted."""

    def __init__(self, width: int, height: int) -> None:
        self.viewer = napari.Viewer()
        self.viewer.window.resize(width, height)
        self._scene = self.viewer.window._qt_viewer.canvas._scene_canvas
        self._drawn: list[bool] = []
        self._scene.events.draw.connect(lambda _event: self._drawn.append(True), position="last")
        self.size = 0
        QApplication.processEvents()

    def show(self, size: int) -> None:
        """A phase and empty labels of that size."""
        if size == self.size:
            return
        self.size = size
        self.viewer.layers.clear()
        row, col = np.mgrid[:size, :size].astype(np.float32)
        phase = np.angle(np.exp(1j * np.hypot(row - size / 2, col - size / 2) * 40 / size))
        self.viewer.add_image(phase.astype(np.float32), name="phase", colormap="hsv")
        self.labels = self.viewer.add_labels(np.zeros((size, size), np.uint8), name="mask")
        self.settle()

    def timed(self, step: Callable[[], object]) -> float:
        """Milliseconds until a step is painted."""
        self._drawn.clear()
        begun = perf_counter()
        step()
        while not self._drawn and perf_counter() < begun + PATIENCE_S:
            QApplication.processEvents()
        self._scene.context.finish()
        return (perf_counter() - begun) * 1e3

    def settle(self) -> None:
        """Let everything that waits be painted."""
        until = perf_counter() + 0.5
        while perf_counter() < until:
            QApplication.processEvents()

    def stroke(self, size: int, radius: int, contour: bool, way: list) -> dict:
        """One stroke along the way, and its undo."""
        self.show(size)
        self.labels.brush_size = 2 * radius
        self.labels.contour = 2 if contour else 0
        self.settle()
        dabs = []
        with self.labels.block_history():
            for at in way:
                dabs.append(self.timed(lambda at=at: self.labels.paint(at, 1)))
        self.settle()
        undo = self.timed(self.labels.undo)
        return {"dab": dabs[1:], "undo": [undo]}


def main() -> int:
    window = Window(*map(int, sys.argv[1:3]))
    answer({"name": f"napari {napari.__version__}, canvas {window._scene.size}"})
    for line in sys.stdin:
        answer(window.stroke(**json.loads(line)))
    window.viewer.close()
    return 0


def answer(found: dict) -> None:
    sys.stdout.write(json.dumps(found) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
