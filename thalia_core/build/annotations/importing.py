"""Samples into a cube: masks and labels, through the edit session, as one step for undo.

What a person did is never written over unless that is asked for, and a polygon is never moved to
where it might belong: what does not fit is reported.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from thalia_core.annotate.patch import ERASE, MASK_NAMES, Paint, Scalar
from thalia_core.annotate.session import Drawing, EditSession
from thalia_core.annotate.shapes import Shape
from thalia_core.build.annotations.placing import Placing, disjoint
from thalia_core.build.annotations.raster import masked_pairs
from thalia_core.build.annotations.records import Sample
from thalia_core.build.findings import Finding
from thalia_core.cube import schema
from thalia_core.cube.geometry import Window
from thalia_core.cube.labels import Intensity, LabelState, PairLabel
from thalia_core.cube.pairs import DatePair
from thalia_core.cube.store import CubeStore

ANNOTATOR = "Thalia dataset"
_STEP = "Import of"


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
        polygons: Polygons that are masks now and were not before.
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
    session = EditSession.open(cube, options.annotator, background=False)
    session.locks_finished = False  # what may be written over has a rule of its own here
    try:
        with session.transaction():
            session.read_labels()
            _Import(session, ours, options, report).run()
    finally:
        session.close()
    absent = (sample for sample in ours if sample.pair not in cube.pairs)
    report.findings += [Finding(str(sample), "the cube has no such pair") for sample in absent]
    return report


def fields_of(sample: Sample, instances: Sequence[int]) -> dict[str, Scalar]:
    """The pair variables that a sample sets.

    ``instances`` lists every instance that the sample states, so that its label outlives a mask
    that cannot be drawn: those without pixels have ``"mask": false``. Where the file does not say
    which intensity belongs to which type, none has one.

    Args:
        sample: The sample.
        instances: Which of its polygons have pixels, counted from 1.
    """
    told = len(sample.activities) == len(sample.intensities)
    listed: list[dict[str, object]] = []
    for number, activity in enumerate(sample.activities, start=1):
        intensity = sample.intensities[number - 1] if told else Intensity.NONE
        entry: dict[str, object] = {
            "instance": number,
            "activity_type": activity.name.capitalize(),
            "intensity_level": intensity.name.capitalize(),
        }
        listed.append(entry if number in instances else entry | {"mask": False})
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


class _Import:
    """The samples of one cube on their way into it."""

    def __init__(
        self,
        session: EditSession,
        samples: Sequence[Sample],
        options: Options,
        report: ImportReport,
    ) -> None:
        self._session = session
        self._samples = [sample for sample in samples if sample.pair in session.cube.pairs]
        self._options = options
        self._report = report
        self._placing = Placing(session.cube, samples, options.frame_shape, report.findings)
        self._masked = masked_pairs(session.cube)

    def run(self) -> None:
        """All as one step."""
        drawings: list[Drawing] = []
        for sample in self._samples:
            shapes = self._placing.shapes(sample)
            drawing = self._drawing(sample, shapes)
            if not self._session.would_change(drawing):
                self._report.unchanged += 1
                continue
            if (author := self._other(sample.pair)) and not self._options.overwrite:
                why = f"{author} labelled it otherwise; kept (see --overwrite)"
                self._report.findings.append(Finding(str(sample), why))
                continue
            drawings.append(drawing)
            self._report.polygons += len(shapes or ())
        self._session.annotate_all(drawings, f"{_STEP} {len(drawings)} annotations")
        self._report.written = len(drawings)

    def _drawing(self, sample: Sample, shapes: list[tuple[int, Shape]] | None) -> Drawing:
        """What the pair shall say; a mask is erased only where the sample says that there is none.

        Where no polygon can be placed, masks stay as they are, and a list of instances that says
        anything about masks.
        """
        placed = shapes or []
        fields = fields_of(sample, [number for number, _ in placed])
        painted = tuple((shape, paint_of(sample, number)) for number, shape in placed)
        if shapes is not None and sample.outlined:
            rest = self._rest(sample, placed)
            painted += () if rest is None else ((rest, ERASE),)
        elif not placed and not self._may_list(sample.pair):
            del fields["instances"]
        return Drawing(sample.pair, painted, fields)

    def _may_list(self, pair: DatePair) -> bool:
        """Whether the list of instances says nothing that a list without masks would deny."""
        try:
            listed = json.loads(self._session.label(pair).instances or "[]")
            drawn = any(entry.get("mask") is not False for entry in listed)
        except (ValueError, TypeError, AttributeError):
            return False
        return not drawn and self._present(pair) is None

    def _rest(self, sample: Sample, shapes: Sequence[tuple[int, Shape]]) -> Shape | None:
        """Pixels of the present masks that no polygon covers."""
        rest = self._present(sample.pair)
        if rest is None:
            return None
        for _, shape in shapes:
            rest[shape.window.slices] &= ~shape.mask
        found = Window.full(*rest.shape).around(rest)
        return None if found is None else Shape(found[0], rest[found[1]])

    def _present(self, pair: DatePair) -> "np.ndarray[tuple[int, int], np.dtype[np.bool_]] | None":
        """Pixels where any mask says something; None for none."""
        if pair not in self._masked:
            return None
        planes = self._session.masks(pair).planes()
        said = np.zeros(self._session.cube.geometry.shape, np.bool_)
        for name in MASK_NAMES:
            said |= (planes[name] != 0) & (planes[name] != schema.MISSING)
        return said if said.any() else None

    def _other(self, pair: DatePair) -> str | None:
        """Who labelled the pair, when it was not an import by the same annotator."""
        label: PairLabel = self._session.label(pair)
        author = label.annotator
        if not label.labelled or author in (None, "", ANNOTATOR):
            return None
        steps = [step for step in self._session.history(pair) if step.active]
        imported = bool(steps) and steps[-1].name.startswith(_STEP)
        return None if author == self._options.annotator and imported else author


__all__ = [
    "ANNOTATOR",
    "ImportReport",
    "Options",
    "disjoint",
    "fields_of",
    "import_samples",
    "paint_of",
]
