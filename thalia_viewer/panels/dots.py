"""Dots of a map: side by side where they would lie on each other, and their colours."""

from math import cos, sin, sqrt

from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor

_APART = 7.5
"""Pixels between the middles of two dots."""
_GOLDEN = 2.399963


def beside(home: QPointF, others: list[QPointF]) -> QPointF:
    """The free place nearest to home on a spiral; home itself where all are taken."""
    for n in range(24):
        radius = 4.0 * sqrt(n)
        point = home + QPointF(radius * cos(n * _GOLDEN), radius * sin(n * _GOLDEN))
        if all(distance(point, other) >= _APART for other in others):
            return point
    return home


def distance(one: QPointF, other: QPointF) -> float:
    """In pixels."""
    between = one - other
    return sqrt(between.x() ** 2 + between.y() ** 2)


def mixed(ramp: tuple[str, str, str], share: float) -> QColor:
    """A colour of the ramp at 0 to 1."""
    low, high = (ramp[0], ramp[1]) if share < 0.5 else (ramp[1], ramp[2])
    part = share * 2 if share < 0.5 else share * 2 - 1
    a, b = QColor(low), QColor(high)

    def between(p: float, q: float) -> float:
        return p + (q - p) * part

    return QColor.fromRgbF(
        between(a.redF(), b.redF()),
        between(a.greenF(), b.greenF()),
        between(a.blueF(), b.blueF()),
    )
