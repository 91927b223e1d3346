"""Where the polygons of samples lie in a cube, where that can be known."""

from collections.abc import Sequence

import numpy as np

from thalia_core.annotate.shapes import Shape
from thalia_core.build.annotations.raster import PREVIEW_WINDOW, Preview, preview_size, whole_frame
from thalia_core.build.annotations.records import Sample
from thalia_core.build.findings import Finding
from thalia_core.cube.geometry import Window
from thalia_core.cube.store import CubeStore

_NAMED = 10


class Placing:
    """How the polygons of each sample come to lie over a cube.

    Args:
        cube: The cube.
        samples: Those of its frame.
        frame_shape: Rows and columns of the raster that was annotated, where they are given.
        findings: Takes what does not fit.
    """

    def __init__(
        self,
        cube: CubeStore,
        samples: Sequence[Sample],
        frame_shape: tuple[int, int] | None,
        findings: list[Finding],
    ) -> None:
        self._findings = findings
        self._preview = Preview.of_cube(cube, frame_shape)
        self._size = preview_size(frame_shape or cube.geometry.shape)
        public = [polygon for s in samples if s.preview is None for polygon in s.polygons]
        drawn = [polygon for polygon in public if len(polygon)]
        self._whole = (
            frame_shape is not None
            or cube.attrs.get(PREVIEW_WINDOW) is not None
            or (whole_frame(cube) and not any(map(self._preview.outside, drawn)))
        )
        if drawn and not self._whole:
            rows, cols = cube.geometry.shape
            numbers = [str(s.unique_id) for s in samples if any(map(len, s.polygons))]
            some = ", ".join(numbers[:_NAMED])
            more = f" and {len(numbers) - _NAMED} more" if len(numbers) > _NAMED else ""
            why = (
                f"{len(drawn)} polygons (samples {some}{more}) refer to the full frame, of which "
                f"this cube of {rows} x {cols} pixels is only a part; left out (give --frame-size "
                "where it is not)"
            )
            findings.append(Finding(cube.frame, why))

    def shapes(self, sample: Sample) -> list[tuple[int, Shape]] | None:
        """The pixels of each polygon that has some; what is cut, hidden or elsewhere is told.

        Returns:
            (number, pixels), no two sharing one; None where it cannot be known how they lie.
        """
        if sample.preview is not None and sample.preview != self._size:
            (rows, cols), (have_rows, have_cols) = sample.preview, self._size
            why = (
                f"its polygons were drawn on a preview of {rows} x {cols} pixels, and that of this "
                f"cube has {have_rows} x {have_cols}; left out"
            )
            self._tell(sample, why)
            return None
        if not self._whole and sample.preview is None and any(map(len, sample.polygons)):
            return None
        found: list[tuple[int, Shape]] = []
        for number, polygon in enumerate(sample.polygons, start=1):
            if not len(polygon):
                continue
            shape = self._preview.rasterise(polygon)
            if self._preview.outside(polygon):
                where = "lies outside the cube" if shape is None else "reaches beyond it; cut off"
                self._tell(sample, f"polygon {number} {where}")
            elif shape is None:
                self._tell(sample, f"polygon {number} holds no pixel centre")
            if shape is not None:
                found.append((number, shape))
        apart, overlap = disjoint(sample, found, self._preview.shape)
        if overlap:
            self._tell(
                sample, f"polygons overlap in {overlap} pixels; the higher intensity has them"
            )
        for number in (number for number, shape in apart if not shape.mask.any()):
            self._tell(sample, f"polygon {number} is hidden wholly by others")
        return [(number, shape) for number, shape in apart if shape.mask.any()]

    def _tell(self, sample: Sample, why: str) -> None:
        self._findings.append(Finding(str(sample), why))


def disjoint(
    sample: Sample, shapes: Sequence[tuple[int, Shape]], size: tuple[int, int]
) -> tuple[list[tuple[int, Shape]], int]:
    """The shapes without what a stronger one has (the earlier of two alike), and that overlap.

    Args:
        sample: Whose polygons they are.
        shapes: (number, pixels) of each.
        size: Rows and columns of the plane.
    """
    if len(shapes) < 2:
        return list(shapes), 0
    whole = shapes[0][1].window
    for _, shape in shapes[1:]:
        whole = whole.union(shape.window)
    owner = np.zeros(whole.shape, np.uint8)
    overlap = 0
    for number, shape in sorted(shapes, key=lambda s: (sample.intensities[s[0] - 1], -s[0])):
        at = _inside(whole, shape.window)
        overlap += int(np.count_nonzero(owner[at][shape.mask]))
        owner[at][shape.mask] = number
    apart = []
    for number, shape in shapes:
        mask = owner[_inside(whole, shape.window)] == number
        apart.append((number, Shape(shape.window, mask)))
    return apart, overlap


def _inside(whole: Window, part: Window) -> tuple[slice, slice]:
    rows = slice(part.row0 - whole.row0, part.row1 - whole.row0)
    return rows, slice(part.col0 - whole.col0, part.col1 - whole.col0)
