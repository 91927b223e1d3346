"""A synthetic cube on disk, plane by plane, resumable, with its truth beside it."""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from thalia_core.cube.durable import write_bytes
from thalia_core.cube.geometry import Geometry
from thalia_core.cube.labels import PAIR_FIELDS, PairLabel
from thalia_core.cube.pairs import DatePair
from thalia_core.cube.schema import ERA5, EXPECTED, MASKS, PAIR
from thalia_core.cube.store import CubeWriter, sidecar_of
from thalia_core.errors import CubeError, ThaliaError
from thalia_core.progress import Event, Step
from thalia_core.synth.fields import Plane

TRUTH, FIELDS = "truth.json", "truth.npz"
Tell = Callable[[Event], None]


class Subject(Protocol):
    """What a synthetic cube shows. Planes are (rows, columns), north-up.

    Attributes:
        frame: Identifier.
        geometry: The grid.
        dates: Acquisition days, sorted.
        pairs: Interferograms, sorted.
        attributes: What the cube says about itself.
        plan_json: All that decides the content, as JSON has it.
    """

    frame: str
    geometry: Geometry
    dates: Sequence[date]
    pairs: Sequence[DatePair]
    attributes: Mapping[str, Any]
    plan_json: Mapping[str, Any]

    def frame_planes(self) -> Mapping[str, NDArray[Any]]:
        """Layers of the frame itself, by schema name."""
        ...

    def era5(self, name: str, day: date) -> Plane:
        """One ERA5 variable on a day."""
        ...

    def measured(self, pair: DatePair) -> tuple[Plane, Plane]:
        """Wrapped phase (rad) and coherence (0..1); NaN where there are no data."""
        ...

    def masks(self, pair: DatePair) -> Mapping[str, NDArray[np.uint8]]:
        """Masks by schema name; none where nothing is drawn."""
        ...

    def label(self, pair: DatePair) -> PairLabel:
        """What is recorded about a pair."""
        ...

    def baseline(self, pair: DatePair) -> float:
        """Perpendicular baseline, metres."""
        ...

    def truth(self) -> tuple[Mapping[str, Any], Mapping[str, NDArray[Any]]]:
        """What is known about the frame: plain values, and arrays."""
        ...


def write_cube(subject: Subject, out: Path, tell: Tell | None = None) -> bool:
    """Write a cube, and its truth to ``<stem>.thalia/``.

    An interrupted call is continued by the next one with the same plan. A cube of this plan that is
    there already is left as it is.

    Args:
        subject: What it shows.
        out: Where the cube shall be, ending in ``.zarr``.
        tell: Is told every step.

    Returns:
        True if the cube was written, False if it was there.

    Raises:
        CubeError: ``out`` is something else, or cannot be written.
    """
    if out.suffix != ".zarr":
        raise CubeError("a cube's name ends in .zarr", where=out, fix="name it FRAME.zarr")
    if out.exists() and is_of_plan(out, subject.plan_json):
        return False
    try:
        _refuse_strangers(out)
        _write(subject, out, tell or (lambda _: None))
    except OSError as error:
        raise CubeError(
            "cannot write the cube",
            where=out,
            why=error.strerror or str(error),
            fix="mend the cause and run the same command again: it goes on where it stopped",
        ) from error
    return True


def is_of_plan(cube: Path, plan: Mapping[str, Any]) -> bool:
    """Whether a finished cube is there whose truth names this plan."""
    try:
        truth = json.loads((sidecar_of(cube) / TRUTH).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return cube.is_dir() and isinstance(truth, dict) and truth.get("plan") == plan


def _refuse_strangers(out: Path) -> None:
    """A journal of another cube must not meet a new cube of the same name."""
    sidecar = sidecar_of(out)
    if out.exists() or not sidecar.exists():
        return
    strangers = sorted(p.name for p in sidecar.iterdir() if p.name not in (TRUTH, FIELDS))
    if strangers:
        raise ThaliaError(
            "the records of another cube lie beside the output",
            where=sidecar,
            why=f"there is {strangers[0]}, and no cube",
            fix="remove that folder, or choose another name",
        )


def _write(subject: Subject, out: Path, tell: Tell) -> None:
    frame, total = subject.frame, len(subject.dates) + len(subject.pairs) + 1
    tell(Step(0, total, frame))
    with CubeWriter.start(
        out,
        frame=frame,
        geometry=subject.geometry,
        dates=subject.dates,
        layers=[*EXPECTED, "land_mask", *MASKS],
        attrs=subject.attributes,
        plan={"source": "synth", **subject.plan_json},
    ) as writer:
        for name, plane in subject.frame_planes().items():
            if not writer.done(name):
                writer.write(name, plane)
        for done, day in enumerate(subject.dates):
            tell(Step(done, total, frame))
            _write_weather(subject, writer, day)
        for done, pair in enumerate(subject.pairs, start=len(subject.dates)):
            tell(Step(done, total, f"{frame} {pair}"))
            _write_pair(subject, writer, pair)
        tell(Step(total - 1, total, frame))
        labels = {pair: subject.label(pair) for pair in subject.pairs}
        for field in PAIR_FIELDS:
            told = {pair: getattr(label, field) for pair, label in labels.items()}
            told = {pair: value for pair, value in told.items() if value is not None}
            writer.write_pair_values(field, told)
        baselines = {pair: subject.baseline(pair) for pair in subject.pairs}
        writer.write_pair_values("perpendicular_baseline", baselines)
        _write_truth(subject, out)
        writer.finish()
    tell(Step(total, total, frame))


def _write_weather(subject: Subject, writer: CubeWriter, day: date) -> None:
    for name in ERA5:
        ends = [end for end in PAIR if not writer.done(f"{end}_{name}", day)]
        plane = subject.era5(name, day) if ends else None
        for end in ends:
            assert plane is not None
            writer.write(f"{end}_{name}", plane, date=day)


def _write_pair(subject: Subject, writer: CubeWriter, pair: DatePair) -> None:
    """Write one pair, the phase last: once it is there the pair is whole."""
    if writer.done("insar_difference", pair):
        return
    for name, mask in subject.masks(pair).items():
        writer.write(name, mask, pair=pair)
    phase, coherence = subject.measured(pair)
    writer.write("insar_coherence", coherence, pair=pair)
    writer.write("insar_difference", phase, pair=pair)


def _write_truth(subject: Subject, out: Path) -> None:
    values, arrays = subject.truth()
    sidecar = sidecar_of(out)
    if arrays:
        packed = BytesIO()
        np.savez_compressed(packed, allow_pickle=False, **arrays)
        write_bytes(sidecar / FIELDS, packed.getvalue())
    whole = {**values, "plan": subject.plan_json}
    write_bytes(sidecar / TRUTH, json.dumps(whole, indent=1).encode())
