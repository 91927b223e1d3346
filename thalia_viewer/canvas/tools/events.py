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
        resized: The brush has another radius.
    """

    used: bool = True
    dirty: Window | None = None
    pan: tuple[float, float] | None = None
    resized: bool = False


IGNORED = Response(used=False)
USED = Response()


@dataclass(frozen=True, slots=True)
class Outline:
    """What the canvas draws at the cursor.

    Attributes:
        radius: Radius of the brush's footprint, or None for no footprint.
        at: Where the footprint is, (row, column); None for under the cursor.
        erasing: The footprint, or the inside of the polygon, is taken away.
        vertices: Open polygon as (row, column); the canvas adds the line to the cursor.
        closing: The next click closes the polygon.
        freehand: The vertices are a line drawn freely, without marks at its corners.
        activity: Activity type that the inside of the polygon is painted with.
        note: What the tool has to say beside the cursor.
    """

    radius: float | None = None
    at: tuple[float, float] | None = None
    erasing: bool = False
    vertices: tuple[tuple[float, float], ...] = ()
    closing: bool = False
    freehand: bool = False
    activity: int = 0
    note: str = ""


def pixel(pointer: Pointer) -> tuple[float, float]:
    """Centre of the pixel under the cursor: what the brush is drawn and painted around."""
    return float(round(pointer.row)), float(round(pointer.col))
