"""Samples into a cube: masks and labels, through the edit session, as one step for undo.

What a person did is never written over unless that is asked for, and a polygon is never moved to
where it might belong: what does not fit is reported.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from thalia_core.annotate.patch import ERASE, Paint, Scalar
from thalia_core.annotate.session import Drawing, EditSession
from thalia_core.annotate.shapes import Shape
from thalia_core.build.annotations.raster import PREVIEW_WINDOW, Preview
from thalia_core.build.annotations.records import Polygon, Sample
from thalia_core.build.findings import Finding
from thalia_core.cube.geometry import Window
from thalia_core.cube.labels import LabelState
from thalia_core.cube.store import CubeStore

ANNOTATOR = "Thalia dataset"
_SMALLEST_FRAME = 1_000
"""Rows or columns; a raster that is smaller is no whole frame of LiCSAR."""


@dataclass(frozen=True, slots=True)
class Options:
    """How to import.

    Attributes:
        annotator: Who is recorded as the author.
        overwrite: Also replace labels that somebody else made.
        frame_shape: Rows and columns of the raster that was annotated, where it is not the cube's.
    """

    annotator: str = ANNOTATOR
    overwrite: bool = False
    frame_shape: tuple[int, int] | None = None


@dataclass(slots=True)
class ImportReport:
    """What became of the samples of one cube.

    Attributes:
        cube: The cube.
        written: Pairs whose label or mask changed.
        unchanged: Pairs that said the same before.
        polygons: Polygons that are masks now.
        findings: What did not fit.
    """

    cube: Path
    written: int = 0
    unchanged: int = 0
    polygons: int = 0
    findings: list[Finding] = field(default_factory=list)


def import_samples(
    path: Path, samples: Sequence[Sample], options: Options = Options()
) -> ImportReport:
    """Write the samples of the cube's frame into it.

    Args:
        path: The cube.
        samples: Of any frames.
        options: How.

    Raises:
        ThaliaError: The cube cannot be opened or written.
    """
    cube = CubeStore.open(path, writable=True)
    report = ImportReport(path)
    ours = [sample for sample in samples if sample.frame == cube.frame]
    if not ours:
        report.findings.append(Finding(cube.frame, "no sample is of this frame"))
        return report
    present = [sample for sample in ours if sample.pair in cube.pairs]
    for sample in ours:
        if sample.pair not in cube.pairs:
            report.findings.append(Finding(str(sample), "the cube has no such pair"))
    preview = _preview(cube, ours, options, report)
    session = EditSession.open(cube, options.annotator, background=False)
    try:
        with session.transaction():
            session.read_labels()
            _write(session, present, preview, options, report)
    finally:
        session.close()
    return report


def _write(
    session: EditSession,
    samples: Sequence[Sample],
    preview: Preview | None,
    options: Options,
    report: ImportReport,
) -> None:
    drawings: list[Drawing] = []
    labels = dict(zip(session.cube.pairs, session.cube.read_labels(), strict=True))
    for sample in samples:
        shapes = _shapes(sample, preview, report)
        drawing = _drawing(session, sample, shapes, preview is not None)
        if drawing is None:
            report.unchanged += 1
            continue
        label = labels[sample.pair]
        foreign = label.labelled and label.annotator not in (None, "", options.annotator)
        if foreign and not options.overwrite:
            why = f"{label.annotator} labelled it otherwise; kept (see --overwrite)"
            report.findings.append(Finding(str(sample), why))
            continue
        drawings.append(drawing)
        report.polygons += len(shapes)
    report.written = len(drawings)
    session.annotate_all(drawings, f"Import of {len(drawings)} annotations")


def fields_of(sample: Sample, instances: Sequence[int]) -> dict[str, Scalar]:
    """The pair variables that a sample sets.

    Args:
        sample: The sample.
        instances: Which of its polygons are masks, counted from 1.
    """
    listed = [
        {
            "instance": number,
            "activity_type": sample.activities[number - 1].name.capitalize(),
            "intensity_level": sample.intensities[number - 1].name.capitalize(),
        }
        for number in instances
    ]
    return {
        **sample.flags,
        "phase": int(sample.activity_phase),
        "confidence": sample.confidence,
        "caption": sample.caption,
        "unique_id": sample.unique_id,
        "label_state": int(LabelState.DONE),
        "instances": json.dumps(listed),
    }


def paint_of(sample: Sample, number: int) -> Paint:
    """What polygon ``number`` (from 1) leaves on a pixel."""
    activity, intensity = sample.activities[number - 1], sample.intensities[number - 1]
    return Paint(int(activity), int(intensity), number)


def _preview(
    cube: CubeStore, samples: Sequence[Sample], options: Options, report: ImportReport
) -> Preview | None:
    """How polygons lie over the cube; None when that cannot be known."""
    drawn = [polygon for sample in samples for polygon in sample.polygons]
    preview = Preview.of_cube(cube, options.frame_shape)
    known = options.frame_shape is not None or PREVIEW_WINDOW in cube.attrs
    if known or not drawn or _whole_frame(cube, preview, drawn):
        return preview
    rows, cols = cube.geometry.shape
    report.findings.append(
        Finding(
            cube.frame,
            f"{len(drawn)} polygons refer to the full frame, of which this cube of "
            f"{rows} x {cols} pixels is only a part; left out (give --frame-size where it is not)",
        )
    )
    return None


def _whole_frame(cube: CubeStore, preview: Preview, drawn: Sequence[Polygon]) -> bool:
    """Whether the cube can be the frame that was annotated, all polygons lying inside."""
    if min(cube.geometry.shape) < _SMALLEST_FRAME:
        return False
    return not any(preview.outside(polygon) for polygon in drawn)


def _shapes(
    sample: Sample, preview: Preview | None, report: ImportReport
) -> list[tuple[int, Shape]]:
    """(number, pixels) of each polygon; where some overlap, the higher intensity has the pixels."""
    if preview is None:
        return []
    found: list[tuple[int, Shape]] = []
    for number, polygon in enumerate(sample.polygons, start=1):
        shape = preview.rasterise(polygon)
        if shape is None:
            report.findings.append(Finding(str(sample), f"polygon {number} lies outside the cube"))
            continue
        if preview.outside(polygon):
            why = f"polygon {number} reaches beyond the cube; cut off"
            report.findings.append(Finding(str(sample), why))
        found.append((number, shape))
    apart, overlap = disjoint(sample, found, preview.shape)
    if overlap:
        why = f"polygons overlap in {overlap} pixels; the higher intensity has them"
        report.findings.append(Finding(str(sample), why))
    return apart


def disjoint(
    sample: Sample, shapes: Sequence[tuple[int, Shape]], size: tuple[int, int]
) -> tuple[list[tuple[int, Shape]], int]:
    """The shapes without what a stronger one has (the earlier of two alike), and that overlap."""
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


def _drawing(
    session: EditSession, sample: Sample, shapes: Sequence[tuple[int, Shape]], drawn: bool
) -> Drawing | None:
    """What changes about the pair; None for nothing."""
    fields: Mapping[str, Scalar] = fields_of(sample, [number for number, _ in shapes])
    if not drawn:  # masks and instances stay as they are
        fields = {name: value for name, value in fields.items() if name != "instances"}
    painted = tuple((shape, paint_of(sample, number)) for number, shape in shapes)
    if drawn and (rest := _to_erase(session, sample, shapes)) is not None:
        painted = (*painted, (rest, ERASE))
    drawing = Drawing(sample.pair, painted, fields)
    return drawing if session.would_change(drawing) else None


def _to_erase(
    session: EditSession, sample: Sample, shapes: Sequence[tuple[int, Shape]]
) -> Shape | None:
    """Pixels of the present mask that no polygon covers."""
    if not session.cube.has("activity_type_mask"):
        return None
    planes = session.cube.read_plane("activity_type_mask", sample.pair)
    rest = (planes != 0) & (planes != 255)
    for _, shape in shapes:
        rest[shape.window.slices] &= ~shape.mask
    found = Window.full(*rest.shape).around(rest)
    return None if found is None else Shape(found[0], rest[found[1]])
