"""The coastline of the world map, read from the resources."""

import json

from PySide6.QtCore import QPointF
from PySide6.QtGui import QPainterPath, QPolygonF

from thalia_viewer import resources


def read_coast() -> QPainterPath:
    """Land in degrees east and north; empty where the file is missing. Any thread."""
    try:
        rings = json.loads(resources.text("coastline.json"))["rings"]
    except (ValueError, KeyError):
        return QPainterPath()
    path = QPainterPath()
    for ring in rings:
        xy = [value / 100 for value in ring]
        path.addPolygon(QPolygonF([QPointF(*p) for p in zip(xy[::2], xy[1::2], strict=True)]))
        path.closeSubpath()
    return path
