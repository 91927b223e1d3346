"""Edits of whole instances, each one step: type and level, confidence, deleting, merging.

Record and ``is_crowd`` follow by the rules of :mod:`thalia_core.annotate.agreement`.
"""

from dataclasses import replace

import numpy as np

from thalia_core.annotate.history import StepInfo
from thalia_core.annotate.instances import Instance, named, read_instances, write_instances
from thalia_core.annotate.patch import ERASE, Paint
from thalia_core.annotate.session import EditSession
from thalia_core.cube.geometry import Window
from thalia_core.cube.pairs import DatePair
from thalia_core.errors import EditError


def recode(
    session: EditSession, pair: DatePair, number: int, activity: int, intensity: int
) -> StepInfo | None:
    """Give an instance, all of its pixels, another type and level; None when nothing changes.

    Raises:
        EditError: The combination is not legal.
    """
    paint = Paint(activity, intensity, number)
    name = f"Instance {number}: {named(activity, intensity)}"
    if _window(session, pair, number) is not None:
        return _paint(session, pair, number, paint, name)
    return _list(session, pair, number, name, activity=activity, intensity=intensity)


def set_confidence(
    session: EditSession, pair: DatePair, number: int, confidence: float | None
) -> StepInfo | None:
    """Say how sure one is of an instance, 0 to 1, or (None) that it is not said.

    Raises:
        EditError: It is no such number.
    """
    if confidence is not None and not 0 <= confidence <= 1:
        raise EditError("confidence goes from 0 to 1", why=f"got {confidence:g}")
    return _list(session, pair, number, f"Instance {number}: confidence", confidence=confidence)


def delete(session: EditSession, pair: DatePair, number: int) -> StepInfo | None:
    """Erase an instance; None when there is none of that number."""
    name = f"Delete instance {number}"
    if _window(session, pair, number) is not None:
        return _paint(session, pair, number, ERASE, name)
    listed = _listed(session, pair)
    if all(one.number != number for one in listed):
        return None
    text = write_instances(one for one in listed if one.number != number)
    return session.edit_label(pair, name, instances=text)


def merge(session: EditSession, pair: DatePair, number: int, into: int) -> StepInfo | None:
    """Make the pixels of an instance those of another, with its type and level.

    Returns:
        None when either has no pixels, or both are the same.
    """
    if number == into or _window(session, pair, into) is None:
        return None
    other = next((one for one in _listed(session, pair) if one.number == into), None)
    if other is None or min(other.kind) < 0:
        return None
    name = f"Merge instance {number} into {into}"
    return _paint(session, pair, number, Paint(*other.kind, into), name)


def _paint(
    session: EditSession, pair: DatePair, number: int, paint: Paint, name: str
) -> StepInfo | None:
    """Repaint the pixels of an instance."""
    window = _window(session, pair, number)
    if window is None:
        return None
    planes = session.masks(pair).planes()
    at = planes["instance_mask"][window.slices] == number
    after = {
        mask: np.where(at, np.uint8(code), planes[mask][window.slices])
        for mask, code in paint.codes().items()
    }
    return session.repaint(pair, window, after, name)


def _window(session: EditSession, pair: DatePair, number: int) -> Window | None:
    """Where an instance has pixels."""
    plane = session.masks(pair).instance
    at = plane == number
    found = Window(0, plane.shape[0], 0, plane.shape[1]).around(at)
    return None if found is None else found[0]


def _list(
    session: EditSession, pair: DatePair, number: int, name: str, **changes: float | int | None
) -> StepInfo | None:
    """Change the entry of an instance."""
    listed = _listed(session, pair)
    if all(one.number != number for one in listed):
        return None
    changed = [replace(one, **changes) if one.number == number else one for one in listed]  # type: ignore[arg-type]
    return session.edit_label(pair, name, instances=write_instances(changed))


def _listed(session: EditSession, pair: DatePair) -> tuple[Instance, ...]:
    """The record.

    Raises:
        EditError: It cannot be read.
    """
    listed = read_instances(session.label(pair).instances)
    if listed is None:
        raise EditError(
            "the record of the instances cannot be read",
            where=str(pair),
            why="'instances' holds somebody's own notes",
            fix="move the notes into the caption or the evidence, and clear 'instances'",
        )
    return listed
