"""What a tool is told and what it answers: plain values in image pixels."""

from dataclasses import dataclass

from thalia_core.cube.geometry import Window


@dataclass(frozen=True, slots=True)
class Pointer:
    """Where the cursor is.

    Attributes:
        row: Row in image pixels; integers are pixel centres.
        col: Column, alike.
        erase: Ctrl is held.
        reach: Image pixels that count as "the same place" on this screen at this zoom.
        shift: Shift is held.
        alt: Alt is held.
    """

    row: float
    col: float
    erase: bool = False
    reach: float = 0.0
    shift: bool = False
    alt: bool = False


@dataclass(frozen=True, slots=True)
class Response:
    """What a tool made of an event.

    Attributes:
        used: The event is dealt with; others go on to the window.
        dirty: Mask pixels that changed.
        pan: (rows, columns) the view should move by, in image pixels.
    """

    used: bool = True
    dirty: Window | None = None
    pan: tuple[float, float] | None = None


IGNORED = Response(used=False)
USED = Response()


@dataclass(frozen=True, slots=True)
class Outline:
    """What the canvas draws at the cursor.

    Attributes:
        radius: Radius of the brush's footprint around the cursor, or None for no footprint.
        erasing: The footprint takes away.
        vertices: Open polygon as (row, column); the canvas adds the line to the cursor.
        closing: The next click closes the polygon.
        note: What the tool has to say beside the cursor.
    """

    radius: float | None = None
    erasing: bool = False
    vertices: tuple[tuple[float, float], ...] = ()
    closing: bool = False
    note: str = ""


def pixel(pointer: Pointer) -> tuple[float, float]:
    """Centre of the pixel under the cursor: what the brush is drawn and painted around."""
    return float(round(pointer.row)), float(round(pointer.col))
