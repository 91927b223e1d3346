"""napari switches between the pairs of a cube; run by `pair_switch.py --napari` in its own Python.

Reads lines ``i j`` (a place on the two date axes) and answers each with milliseconds until phase
and mask of that pair are painted: read with zarr, set as the data of an image and a labels layer.
"""

import sys
from time import perf_counter

import napari
import zarr
from qtpy.QtWidgets import QApplication

PATIENCE_S = 10.0


def main() -> int:
    cube = zarr.open_group(sys.argv[1], mode="r")
    phase, mask = cube["insar_difference"], cube["activity_type_mask"]
    viewer = napari.Viewer()
    viewer.window.resize(*map(int, sys.argv[2:4]))
    limits = (-3.1416, 3.1416)
    image = viewer.add_image(phase[0, 1], name="phase", colormap="hsv", contrast_limits=limits)
    labels = viewer.add_labels(mask[0, 1], name="mask")
    scene = viewer.window._qt_viewer.canvas._scene_canvas
    drawn = []
    scene.events.draw.connect(lambda _event: drawn.append(True), position="last")
    QApplication.processEvents()
    sys.stdout.write(f"ready napari {napari.__version__}, canvas {scene.size}\n")
    sys.stdout.flush()
    for line in sys.stdin:
        i, j = map(int, line.split())
        QApplication.processEvents()
        drawn.clear()
        begun = perf_counter()
        image.data = phase[i, j]
        labels.data = mask[i, j]
        while not drawn and perf_counter() < begun + PATIENCE_S:
            QApplication.processEvents()
        scene.context.finish()
        sys.stdout.write(f"{(perf_counter() - begun) * 1e3}\n")
        sys.stdout.flush()
    viewer.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
