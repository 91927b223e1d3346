"""Moving and copying a part of the masks. Pure functions."""

from thalia_core.annotate.patch import Codes
from thalia_core.annotate.regions import CLASS_NAMES, Planes, part_of
from thalia_core.annotate.shapes import Shape
from thalia_core.cube.geometry import Window


def shifted(shape: Shape, rows: int, cols: int, frame: tuple[int, int]) -> Shape | None:
    """A shape further south and east, cut at the edge of the frame; None when all of it is out.

    Args:
        shape: What is shifted.
        rows: Pixels to the south, below 0 to the north.
        cols: Pixels to the east, below 0 to the west.
        frame: (rows, columns) of the frame.
    """
    target = _further(shape.window, rows, cols)
    inside = target.clip(*frame)
    if inside is None:
        return None
    mask = shape.mask[
        inside.row0 - target.row0 : inside.row1 - target.row0,
        inside.col0 - target.col0 : inside.col1 - target.col0,
    ]
    found = inside.around(mask)
    return None if found is None else Shape(found[0], mask[found[1]])


def moved(
    planes: Planes, shape: Shape, rows: int, cols: int, keep: bool = False
) -> tuple[Window, dict[str, Codes]] | None:
    """The masks with the pixels of a shape elsewhere; what lies there is painted over.

    Args:
        planes: Masks of the frame.
        shape: What moves.
        rows: Pixels to the south.
        cols: Pixels to the east.
        keep: Copy: it stays where it is, too.

    Returns:
        The window that changes, and the codes of activity, intensity and instance there, for
        ``EditSession.repaint``; None when nothing of it would be left in the frame.
    """
    target = shifted(shape, rows, cols, planes[CLASS_NAMES[0]].shape)
    if target is None:
        return None
    window = target.window if keep else target.window.union(shape.window)
    source = _further(target.window, -rows, -cols)
    after: dict[str, Codes] = {}
    for name in CLASS_NAMES:
        plane = planes[name]
        codes = plane[window.slices].copy()
        if not keep:
            codes[part_of(shape.window, window)][shape.mask] = 0
        codes[part_of(target.window, window)][target.mask] = plane[source.slices][target.mask]
        after[name] = codes
    return window, after


def _further(window: Window, rows: int, cols: int) -> Window:
    """A window further south and east."""
    return Window(window.row0 + rows, window.row1 + rows, window.col0 + cols, window.col1 + cols)
