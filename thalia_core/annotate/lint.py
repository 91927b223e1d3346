"""What is wrong, or at least odd, with the labels of one pair: while editing and in ``check``.

Everything is told from the label and the running count of pixels, so that it costs nothing; only
counting fringes reads planes and takes its time.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from thalia_core.annotate.agreement import crowd_of, kinds_of
from thalia_core.annotate.captions import contradictions
from thalia_core.annotate.instances import Instance, named, read_instances
from thalia_core.annotate.tally import STRANGE, Tally
from thalia_core.cube.labels import Activity, ActivityPhase, Intensity, PairLabel
from thalia_core.cube.pairs import DatePair
from thalia_core.cube.store import CubeStore
from thalia_core.errors import ThaliaError


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is odd.

    Attributes:
        kind: One of the kinds of ``check/defects.py``.
        text: What exactly, in words.
        number: The instance that it concerns; 0 for none.
        field: The pair variable that it concerns; empty for none.
    """

    kind: str
    text: str
    number: int = 0
    field: str = ""


def findings(
    label: PairLabel, tally: Tally, fringes: Mapping[int, float] | None = None
) -> list[Finding]:
    """All that is odd about a pair, the gravest first.

    Args:
        label: Its label.
        tally: Pixels of its instances, see :mod:`thalia_core.annotate.tally`.
        fringes: Counted fringes of an instance by its number, as far as they were counted.
    """
    listed = read_instances(label.instances) or ()
    return [
        *_of_pixels(tally),
        *_of_record(listed, tally),
        *_of_label(label, listed, tally),
        *_of_fringes(listed, fringes or {}),
        *(
            Finding("caption-contradicts", text, 0, "caption")
            for text in contradictions(label, listed)
        ),
    ]


def count_fringes(cube: CubeStore, pair: DatePair) -> dict[int, float]:
    """Fringes of every numbered instance of a pair that could be unwrapped: seconds, not moments.

    The masks are those on disk.
    """
    from thalia_core.insar.measure import patterns_of

    try:
        counted = patterns_of(cube, pair)
    except ThaliaError:  # nothing masked, or no phase
        return {}
    return {found.instance: found.count.fringes for found in counted if found.count is not None}


def _of_pixels(tally: Tally) -> Iterator[Finding]:
    untyped = sum(pixels for (_, activity, _), pixels in tally.items() if not activity)
    if untyped:
        yield Finding("mask-without-type", f"{untyped:,} pixels have a number, but no type")
    for number, kinds in sorted(kinds_of(tally).items()):
        quakes = sum(pixels for (kind, level), pixels in kinds.items() if _shaken(kind, level))
        if quakes:
            text = f"{quakes:,} pixels of instance {number}"
            yield Finding("earthquake-with-intensity", text, number, "instances")


def _of_record(listed: tuple[Instance, ...], tally: Tally) -> Iterator[Finding]:
    drawn = kinds_of(tally)
    for one in listed:
        if _shaken(*one.kind):
            text = f"instance {one.number} is listed with one"
            yield Finding("earthquake-with-intensity", text, one.number, "instances")
        if one.drawn and one.number not in drawn:
            yield Finding("type-without-mask", f"instance {one}", one.number, "instances")
        elif len(drawn.get(one.number, ())) > 1:
            names = ", ".join(
                f"{named(*kind)} ({pixels:,} px)"
                for kind, pixels in sorted(drawn[one.number].items(), key=lambda item: -item[1])
            )
            text = f"instance {one.number} holds {names}"
            yield Finding("instance-mixed", text, one.number, "instances")
        elif one.number in drawn:
            (kind,) = drawn[one.number]
            if kind != one.kind and STRANGE not in kind and min(one.kind) >= 0:
                text = f"instance {one} is drawn as {named(*kind)}"
                yield Finding("record-disagrees", text, one.number, "instances")


def _of_label(label: PairLabel, listed: tuple[Instance, ...], tally: Tally) -> Iterator[Finding]:
    unnumbered = any(not number for number, *_ in tally)
    if listed and not unnumbered and (label.is_crowd or 0) != crowd_of(listed):
        patterns = "1 pattern" if len(listed) == 1 else f"{len(listed)} patterns"
        text = f"it is {label.is_crowd or 0} with {patterns}"
        yield Finding("crowd-disagrees", text, 0, "is_crowd")
    volcanic = any(activity not in (0, Activity.EARTHQUAKE) for _, activity, _ in tally)
    if volcanic and label.labelled and label.phase == ActivityPhase.REST:
        yield Finding(
            "phase-disagrees",
            "choose Unrest or Rebound for the volcano",
            0,
            "phase",
        )


def _of_fringes(listed: tuple[Instance, ...], fringes: Mapping[int, float]) -> Iterator[Finding]:
    if not fringes:
        return
    from thalia_core.insar.fringes import intensity_of  # scipy: not for who counts none

    for one in listed:
        counted = fringes.get(one.number)
        if counted is None or one.activity == Activity.EARTHQUAKE or one.intensity not in (1, 2, 3):
            continue
        level = intensity_of(counted)
        if level != one.intensity:
            said = Intensity(one.intensity).name.lower()
            text = f"instance {one.number}: {counted:.1f} fringes are {level.name.lower()}, "
            yield Finding("intensity-against-fringes", f"{text}it says {said}", one.number)


def _shaken(activity: int, intensity: int) -> bool:
    return activity == Activity.EARTHQUAKE and intensity > 0
