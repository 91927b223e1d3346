"""Tidying the mask of the shown pair up: computed on a thread, one step of the history each."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from math import ceil
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, QTimer

from thalia_core.annotate import tidying
from thalia_core.annotate.gates import Gate
from thalia_core.annotate.patch import Codes
from thalia_core.annotate.regions import Planes
from thalia_core.annotate.shapes import Shape
from thalia_core.annotate.tidying import Piece, Tidy
from thalia_core.cube.geometry import Window
from thalia_core.errors import ThaliaError
from thalia_viewer.canvas.regions import Region, RegionStyle
from thalia_viewer.features.feature import Feature

if TYPE_CHECKING:
    from thalia_core.annotate.session import Change, EditSession
    from thalia_core.cube.pairs import DatePair
    from thalia_viewer.parts import Parts

_BOX = "last edit"
_AGAIN_MS = 40
Found = tuple[Piece, tuple[Window, dict[str, Codes]] | None]
"""What was meant, and what of it changes."""


@dataclass(frozen=True, slots=True)
class _Job:
    """What was asked for, with everything it depends on.

    Attributes:
        name: What the step is called.
        session: Where.
        pair: The pair that was shown.
        tidy: What is done.
        margin: Pixels around the mask that it may reach.
        local: It looks no further than that.
        at: Pixel under the cursor, where that tells what is meant.
        activity: The only activity type that is meant.
        box: Nothing outside of it changes.
        gate: What held the hand back then; another pair may be shown when it is carried out.
    """

    name: str
    session: EditSession
    pair: DatePair
    tidy: Tidy
    margin: int
    local: bool
    at: tuple[int, int] | None
    activity: int | None
    box: Window | None
    gate: Gate

    def found(self, planes: Planes) -> Found | None:
        """What is meant and how it is afterwards; any thread."""
        at, activity = self.at, self.activity
        piece = tidying.choose(planes, self.margin, at, activity, self.box)
        if piece is None and at is not None:  # nothing under the cursor
            piece = tidying.choose(planes, self.margin, None, activity, self.box)
        if piece is not None and self.local:
            piece = tidying.near(piece, self.margin)
        return None if piece is None else (piece, tidying.tidied(piece, self.tidy))


class Tidying(Feature):
    """Binds the menu "Tidy up" and keeps the box of the last edit of each pair.

    Args:
        parts: Everything the program is made of.
        parent: Owner.
    """

    def __init__(self, parts: Parts, parent: QObject | None = None) -> None:
        super().__init__(parts, parent)
        self._jobs: deque[_Job] = deque()
        self._boxes: dict[DatePair, Window] = {}
        self._applying = False
        self._again = QTimer(self)
        self._again.setSingleShot(True)
        self._again.setInterval(_AGAIN_MS)
        self._again.timeout.connect(self._next)
        actions = parts.actions
        actions.bind("tidy.holes", self._fill_holes)
        actions.bind("tidy.largest", self._keep_largest)
        actions.bind("tidy.islands", self._drop_islands)
        actions.bind("tidy.grow", lambda: self._by_step("Grow", tidying.grow))
        actions.bind("tidy.shrink", lambda: self._by_step("Shrink", tidying.shrink))
        actions.bind("tidy.smooth", self._smooth)
        actions.bind_toggle("tidy.box", lambda _: self._show_box())
        actions.bind("tidy.amounts", parts.actions["edit.settings"].trigger)
        actions.check("tidy.here")
        parts.editor.changed.connect(self._note)
        parts.editor.settled.connect(self._opened)
        parts.state.pair_changed.connect(self._show_box)

    @property
    def waiting(self) -> bool:
        """Whether something is not tidied up yet."""
        return bool(self._jobs)

    def stop(self) -> None:
        """Tidy nothing more."""
        self._jobs.clear()
        self._again.stop()

    # What the menu asks for

    def _fill_holes(self) -> None:
        self._ask("Fill holes", tidying.fill_holes, 1, local=False)

    def _keep_largest(self) -> None:
        planes, at = self._planes(), self._at()
        kind = None
        if planes is not None and at is not None:
            kind = int(planes["activity_type_mask"][at]) or None
        self._ask("Keep largest", tidying.keep_largest, 1, local=False, of_type=kind)

    def _drop_islands(self) -> None:
        cube, km2 = self.parts.state.cube, self.parts.settings.value.smallest_island
        if cube is not None:
            east, north = cube.geometry.pixel_metres()
            pixels = km2 * 1e6 / (east * north)
            name = f"Drop islands below {km2:g} km²"
            self._ask(name, tidying.drop_below(pixels), 1, local=False, whole=True)

    def _by_step(self, name: str, tidy: Callable[[float], Tidy]) -> None:
        step = self.parts.settings.value.grow_step
        self._ask(f"{name} by {step:g} px", tidy(step), ceil(step) + 1, local=True)

    def _smooth(self) -> None:
        width = self.parts.settings.value.smooth_width
        margin = tidying.reach_of_smooth(width)
        self._ask("Smooth", tidying.smooth(width), margin, local=True)

    def _ask(
        self,
        name: str,
        tidy: Tidy,
        margin: int,
        local: bool,
        whole: bool = False,
        of_type: int | None = None,
    ) -> None:
        """Put it behind what is under way; what is meant is settled now."""
        p, actions = self.parts, self.parts.actions
        session, pair = p.editor.session, p.state.pair
        if session is None or pair is None:
            return
        p.canvas.settle()
        box = self._boxes.get(pair) if actions["tidy.box"].isChecked() else None
        if box is None and actions["tidy.box"].isChecked():
            p.errors.tell(
                "Nothing was painted on this pair yet, so there is no box to tidy up in.",
                key="tidy",
            )
            return
        activity = int(p.state.activity) if actions["tidy.class"].isChecked() else of_type
        here = actions["tidy.here"].isChecked() and activity is None and not whole
        at = self._at() if here else None
        gate = p.hand.gate
        self._jobs.append(_Job(name, session, pair, tidy, margin, local, at, activity, box, gate))
        if len(self._jobs) == 1:
            self._next()

    def _at(self) -> tuple[int, int] | None:
        if not self.parts.actions["tidy.here"].isChecked():
            return None
        return self.parts.deck.linked.at

    def _planes(self) -> Planes | None:
        session, pair = self.parts.editor.session, self.parts.state.pair
        return None if session is None or pair is None else session.masks(pair).planes()

    # Carried out one after the other

    def _next(self) -> None:
        if not self._jobs:
            return
        job = self._jobs[0]
        if job.session is not self.parts.editor.session:  # another cube is open
            self._done()
            return

        def work() -> Found | None:
            return job.found(job.session.masks(job.pair).planes())

        self.parts.chores.once(work, partial(self._take, job), self._failed)

    def _take(self, job: _Job, found: Found | None) -> None:
        """Make it a step, if the mask is still as it was looked at."""
        p = self.parts
        if not self._jobs or self._jobs[0] is not job:
            return
        if found is None:
            p.errors.tell(f"{job.name}: there is no mask to work on.", key="tidy")
            self._done()
        elif job.session is not p.editor.session:
            self._done()
        elif p.canvas.tool.painting or not _fresh(job, found[0]):
            self._again.start()  # painted on meanwhile: look again when the hand rests
        else:
            self._apply(job, found[1])
            self._done()

    def _apply(self, job: _Job, change: tuple[Window, dict[str, Codes]] | None) -> None:
        errors, gate, self._applying = self.parts.errors, job.gate, True
        try:
            if change is None or job.session.repaint(job.pair, *change, job.name, gate) is None:
                within = "" if gate.open else " within the gate"
                errors.tell(f"{job.name}: nothing to change{within}.", key="tidy")
            else:
                errors.settle("tidy")
        except ThaliaError as error:
            errors.report(error, key="tidy")
        finally:
            self._applying = False

    def _done(self) -> None:
        self._jobs.popleft()
        self._next()

    def _failed(self, error: BaseException) -> None:
        self.parts.errors.report(error, "tidying a mask up", key="tidy")
        if self._jobs:
            self._done()

    # The box of the last edit

    def _opened(self) -> None:
        self._boxes.clear()
        self._show_box()

    def _note(self, change: Change) -> None:
        if change.window is None or change.source not in ("stroke", "repaint") or self._applying:
            return  # tidying keeps the box that it works in
        self._boxes[change.pair] = change.window
        self._show_box()

    def _show_box(self) -> None:
        p = self.parts
        box = self._boxes.get(p.state.pair) if p.state.pair is not None else None
        region = None
        if box is not None and p.actions["tidy.box"].isChecked():
            style = RegionStyle(fill=0.0, dashed=True)
            region = Region(Shape(box, np.ones(box.shape, bool)), style)
        if p.canvas.grid is not None:
            p.deck.linked.set_region(_BOX, region)


def _fresh(job: _Job, piece: Piece) -> bool:
    """Whether the mask is still what the piece was cut out of."""
    planes = job.session.masks(job.pair).planes()
    return all(
        np.array_equal(planes[name][piece.window.slices], codes)
        for name, codes in piece.planes.items()
    )
