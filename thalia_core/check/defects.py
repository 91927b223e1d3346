"""A defect of a cube as a value, and the list of all kinds."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

Severity = Literal["error", "warning", "note"]

KINDS: dict[str, tuple[Severity, str]] = {
    "cube-unreadable": ("error", "the cube cannot be opened"),
    "build-unfinished": ("note", "a build was not finished"),
    "append-unfinished": ("warning", "pairs were being added when the program died"),
    "partial-file": ("warning", "a file that a crash left under way"),
    "metadata-stale": ("warning", "the consolidated metadata are out of date"),
    "variable-unusable": ("error", "a variable does not fit the schema"),
    "type-odd": ("note", "a variable has another type than the schema's"),
    "legend-missing": ("note", "a class variable does not say what its codes mean"),
    "legend-odd": ("warning", "a legend differs from the schema's"),
    "code-unknown": ("warning", "a code that the legend does not know"),
    "label-without-mask": ("warning", "the label tells of deformation, the mask is empty"),
    "mask-without-label": ("warning", "the mask is not empty, but nobody labelled the pair"),
    "type-without-mask": ("warning", "the record lists an instance that has no mask"),
    "mask-without-type": ("warning", "masked pixels have no activity type"),
    "earthquake-with-intensity": ("error", "an earthquake has an intensity"),
    "instance-mixed": ("note", "the pixels of an instance are of several types or levels"),
    "record-disagrees": ("warning", "the record of an instance differs from its pixels"),
    "crowd-disagrees": ("warning", "is_crowd differs from the number of patterns"),
    "phase-disagrees": (
        "note",
        "volcanic deformation is masked, the volcano is said to be at rest",
    ),
    "caption-contradicts": ("note", "the caption says something else than the labels"),
    "intensity-against-fringes": ("note", "the intensity differs from the counted fringes"),
    "masks-disagree": ("error", "the masks of a pair contradict each other"),
    "instance-unknown": ("note", "the mask holds an instance that the record does not list"),
    "pair-empty": ("error", "a valid pair has no wrapped phase"),
    "pair-unlisted": ("warning", "there is a wrapped phase, but the pair is not listed as valid"),
    "pair-reversed": ("warning", "the secondary date is not after the primary"),
    "dates-unsorted": ("note", "the dates are not in order"),
    "dem-void": ("note", "the heights have gaps"),
    "coherence-unmeasured": ("note", "pairs whose mean coherence is not recorded"),
    "chunk-damaged": ("error", "a chunk does not decode"),
    "journal-open": ("warning", "edits are journalled but not in the cube"),
    "journal-damaged": ("error", "lines of the journal fail their checksum"),
}
"""Kind -> how severe it is, and what it means."""

FIXABLE = frozenset(
    ("partial-file", "metadata-stale", "legend-missing", "dates-unsorted", "journal-open")
    + ("coherence-unmeasured",)
)
"""Kinds that are mended without guessing."""


@dataclass(frozen=True, slots=True)
class Defect:
    """Something wrong with a cube.

    Attributes:
        kind: One of ``KINDS``.
        cube: The cube.
        where: The variable, pair or file; empty for the whole cube.
        detail: What exactly was found.
        fix: What to do about it.
    """

    kind: str
    cube: Path
    where: str = ""
    detail: str = ""
    fix: str = ""

    @property
    def severity(self) -> Severity:
        """How much it matters."""
        return KINDS[self.kind][0]

    def __str__(self) -> str:
        what = KINDS[self.kind][1] + (f" ({self.detail})" if self.detail else "")
        place = f" {self.where}:" if self.where else ""
        return f"{self.severity}: {self.kind}:{place} {what}" + (
            f"; {self.fix}" if self.fix else ""
        )

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        told = asdict(self) | {"cube": str(self.cube), "severity": self.severity}
        return told | {"fixable": self.kind in FIXABLE}
