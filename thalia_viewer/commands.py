"""What each action does: it asks the objects that know and changes only the selection."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from thalia_core.cube.labels import Activity, Intensity
from thalia_core.errors import ThaliaError
from thalia_viewer.wording import counted

if TYPE_CHECKING:
    from thalia_core.annotate.session import StepInfo
    from thalia_core.cube.pairs import DatePair
    from thalia_core.cube.store import CubeStore
    from thalia_viewer.canvas.tools import Hand
    from thalia_viewer.canvas.view import Canvas
    from thalia_viewer.editing import Editor
    from thalia_viewer.errors import ErrorPath
    from thalia_viewer.keys import KeyGate
    from thalia_viewer.opening import Opener
    from thalia_viewer.panels.pairs import PairsPanel
    from thalia_viewer.pictures import Pictures
    from thalia_viewer.state import ViewState


class Walk:
    """From pair to pair and from frame to frame."""

    def __init__(
        self,
        state: ViewState,
        pictures: Pictures,
        opener: Opener,
        pairs: PairsPanel,
        gate: KeyGate,
        errors: ErrorPath,
    ) -> None:
        self._state = state
        self._pictures = pictures
        self._opener = opener
        self._pairs = pairs
        self._gate = gate
        self._errors = errors

    def step(self, n: int) -> None:
        """One place on (1) or back (-1) in the list; past its end, in the next frame of a queue."""
        pair, matches = self._state.pair, self._state.matches
        if pair is None or self._opener.opening or self._too_fast():
            return
        found = self._pairs.step(pair, n)
        if found is not None:
            self._state.set_pair(found, n)
        elif matches is not None:
            cube = matches.frame_after(self._cube.path, n)
            if cube is None:
                end = f"no {'further' if n > 0 else 'earlier'} pair" if len(matches) else "no pair"
                self._errors.tell(f"The filter finds {end}.", key="queue")
            else:
                self._opener.open_cube(cube, n)

    def along_primary(self, n: int) -> None:
        """Same primary date, another secondary; one that the filter wants."""

        def where(pair: DatePair) -> DatePair:
            return self._cube.pairs.along_primary(pair, n, self._pairs.shows)

        self._go(where, "primary")

    def along_secondary(self, n: int) -> None:
        """Same secondary date, another primary; one that the filter wants."""

        def where(pair: DatePair) -> DatePair:
            return self._cube.pairs.along_secondary(pair, n, self._pairs.shows)

        self._go(where, "secondary")

    def to_match(self) -> None:
        """From a pair that the filter does not want to the next one that it does."""
        pair = self._state.pair
        matches = self._state.matches
        if pair is None or matches is None or self._pairs.shows(pair) or self._opener.opening:
            return
        here = self._cube.path
        found = self._pairs.step(pair, 1)
        cube = matches.frame_after(here, 1) or matches.frame_after(None, 1)
        if found is None and cube == here:
            found = self._pairs.end(1)
        if found is not None:
            self._state.set_pair(found)
        elif cube is not None:
            self._opener.open_cube(cube)

    def next_unlabelled(self) -> None:
        """The next pair nobody judged."""
        pair = self._state.pair
        if pair is None:
            return
        found = self._pairs.next_unlabelled(pair)
        if found is None:
            self._errors.tell("Every other pair of this list is labelled.", key="unlabelled")
        else:
            self._state.set_pair(found)

    def frame(self, n: int) -> None:
        """Another frame of the archive."""
        sound = [entry.path for entry in self._state.frames if entry.problem is None]
        if not sound or self._opener.waiting:
            return
        cube = self._state.cube
        at = sound.index(cube.path) if cube is not None and cube.path in sound else -1
        to = min(max(at + n, 0), len(sound) - 1)
        if to != at:
            self._opener.open_cube(sound[to])

    def _go(self, where: Callable[[DatePair], DatePair], same: str) -> None:
        pair = self._state.pair
        if pair is None or self._too_fast():
            return
        found = where(pair)
        if found == pair:
            wanted = "that the filter wants " if self._state.matches is not None else ""
            self._errors.tell(
                f"No further pair {wanted}has this {same} date in that direction.", key="along"
            )
        self._state.set_pair(found)

    def _too_fast(self) -> bool:
        # A key that is held down waits for each picture: every pair is seen, none is skipped, and
        # the reading never falls behind.
        return self._gate.repeating and self._pictures.waiting

    @property
    def _cube(self) -> CubeStore:
        assert self._state.cube is not None
        return self._state.cube


class Painting:
    """Tools, classes, undo."""

    def __init__(
        self, state: ViewState, editor: Editor, canvas: Canvas, hand: Hand, errors: ErrorPath
    ) -> None:
        self._state = state
        self._editor = editor
        self._canvas = canvas
        self._hand = hand
        self._errors = errors

    def activity(self, code: int) -> None:
        """Paint another activity type; a tool that paints comes with it."""
        self._state.set_paint(activity=Activity(code))
        if not self._canvas.tool.paints:
            self._state.set_tool("brush")

    def intensity(self, code: int) -> None:
        """Paint another intensity."""
        self._state.set_paint(intensity=Intensity(code))

    def resize(self, steps: int) -> None:
        """A wider or narrower brush."""
        self._hand.resize(steps)
        self._state.set_radius(self._hand.radius)

    def undo(self) -> None:
        """Take back the newest step of the shown pair."""
        tool = self._canvas.tool
        if tool.drawing:  # what is being drawn is the newest: its last corner, or all of it
            if not self._canvas.answer(tool.key("backspace")):
                self._canvas.leave()
            return
        self._turn(self._editor.undo, undone=True)

    def redo(self) -> None:
        """Bring back the step undone last."""
        self._turn(self._editor.redo, undone=False)

    def _turn(self, turn: Callable[[DatePair], StepInfo | None], *, undone: bool) -> None:
        pair = self._state.pair
        try:
            step = turn(pair) if pair is not None else None
        except ThaliaError as error:  # the pair is locked, or its history cannot be read
            self._errors.report(error, key="undo")
            return
        words = "" if step is None else _turned(step, undone)
        if words:
            self._errors.tell(words, key="undo")

    def save(self) -> None:
        """Have everything on disk now."""
        self._canvas.settle()
        self._editor.save_now()


def _turned(step: StepInfo, undone: bool) -> str:
    """What came of undo or redo where the picture does not show all of it; else nothing."""
    head = f"'{step.name}' was {'taken' if undone else 'brought'} back"
    if step.proposed:
        many = f" {counted(step.proposed, 'proposal')}"
        gone = "gone; what was accepted stays" if undone else "there again"
        return f"{head}:{many} {'is' if step.proposed == 1 else 'are'} {gone}."
    many = f" on {len(step.pairs):,} pairs" if len(step.pairs) > 1 else ""
    if step.answered and undone:
        waits = "proposals wait" if step.answered > 1 else "proposal waits"
        return f"{head}{many}: the {waits} for an answer again."
    return f"{head}{many}." if many else ""
