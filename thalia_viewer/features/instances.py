"""Instances of the shown pair: which one is painted, what they are, and whether all agrees."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QMenu, QMessageBox

from thalia_core.annotate.captions import caption_is_older, places_of, suggest
from thalia_core.annotate.instances import Instance, free_number, read_instances
from thalia_core.annotate.lint import Finding, count_fringes, findings
from thalia_core.check.defects import KINDS
from thalia_core.cube.labels import Activity, Intensity, PairLabel
from thalia_core.errors import ThaliaError
from thalia_viewer.canvas.masks import CLASS_COLOURS
from thalia_viewer.features.feature import Feature
from thalia_viewer.panels.instances import InstanceList, Row
from thalia_viewer.strip import swatch

if TYPE_CHECKING:
    from PySide6.QtGui import QAction

    from thalia_core.annotate.session import EditSession
    from thalia_core.annotate.tally import Tally
    from thalia_core.cube.pairs import DatePair
    from thalia_viewer.parts import Parts


@dataclass(frozen=True, slots=True)
class Told:
    """What is known about the instances of a pair; made on a thread."""

    pair: DatePair
    label: PairLabel
    tally: Tally
    places: dict[int, str]
    older: bool


class Instances(Feature):
    """The list in the label panel, the sub-menu, the caption's hint and the checks.

    Args:
        parts: Everything the program is made of.
        parent: Owner.
    """

    def __init__(self, parts: Parts, parent: QObject | None = None) -> None:
        super().__init__(parts, parent)
        self.list = InstanceList()
        self._told: Told | None = None
        self._fringes: tuple[DatePair, dict[int, float]] | None = None
        self._at: DatePair | None = None
        p = parts
        for name, text in (("new", "New"), ("recode", "Change"), ("delete", "Delete")):
            self.list.add_tool(p.actions[f"instance.{name}"], text)
        p.labels.add_section(self.list)
        button, action = p.labels.caption.suggest, p.actions["caption.suggest"]
        button.setToolTip(action.toolTip())
        button.clicked.connect(action.trigger)
        self._bind()
        p.labels.shown.connect(self._follow)
        p.state.paint_changed.connect(self._repaint)
        p.editor.settled.connect(self._follow)
        p.editor.changed.connect(lambda _: self._look())
        self.list.chosen.connect(self._choose)
        self.list.confidence_edited.connect(self._rate)
        self.list.finding_clicked.connect(self._go_to)
        self._show()

    @property
    def waiting(self) -> bool:
        """Whether the list is being counted."""
        return self.parts.chores.waiting("instances")

    def _bind(self) -> None:
        bind = self.parts.actions.bind
        bind("instance.new", self._new)
        bind("instance.next", partial(self._step, 1))
        bind("instance.previous", partial(self._step, -1))
        bind("instance.recode", self._recode)
        bind("instance.merge", self._merge)
        bind("instance.delete", self._delete)
        bind("instance.fringes", self._count)
        bind("caption.suggest", self._suggest)

    # Which one is painted

    @property
    def _listed(self) -> tuple[Instance, ...]:
        return read_instances(self.parts.labels.label.instances) or ()

    @property
    def _painted(self) -> tuple[int, int]:
        state = self.parts.state
        return int(state.activity), int(state.intensity)

    def _follow(self) -> None:
        """Another pair or another label."""
        pair = self.parts.labels.pair
        if pair != self._at:
            self._at = pair
            self._take_fitting()
        self._repaint()
        self._look()

    def _repaint(self) -> None:
        """Another class is painted: an instance has one class, another class is another one."""
        current = self._entry(self.parts.state.instance)
        if current is not None and current.kind != self._painted:
            self._take_fitting()
        self._show()

    def _take_fitting(self) -> None:
        """Paint an instance of the chosen class, or a new one."""
        same = [one.number for one in self._listed if one.kind == self._painted and one.drawn]
        number = same[0] if same else self._free()
        if number is not None:
            self.parts.state.set_instance(number)

    def _free(self) -> int | None:
        told = self._shown_told
        drawn = {number for number, *_ in told.tally} if told is not None else set()
        number = free_number((one.number for one in self._listed), drawn)
        if number is None:
            self.parts.errors.tell("All 254 numbers of instances are used up.", key="instance")
        return number

    def _entry(self, number: int) -> Instance | None:
        return next((one for one in self._listed if one.number == number), None)

    def _new(self) -> None:
        number = self._free()
        if number is not None:
            self.parts.state.set_instance(number)
            if self.parts.state.tool not in ("brush", "polygon"):
                self.parts.state.set_tool("brush")

    def _choose(self, number: int) -> None:
        """Paint this instance, in its class."""
        state, one = self.parts.state, self._entry(number)
        if one is not None and one.activity in set(Activity):
            state.set_paint(activity=Activity(one.activity))
            if one.intensity in (1, 2, 3):
                state.set_paint(intensity=Intensity(one.intensity))
        state.set_instance(number)  # last: another class alone would be another instance

    def _step(self, n: int) -> None:
        numbers = [one.number for one in self._listed]
        if numbers:
            now = self.parts.state.instance
            at = numbers.index(now) if now in numbers else (-1 if n > 0 else 0)
            self._choose(numbers[(at + n) % len(numbers)])

    # Edits

    def _recode(self) -> None:
        """Ask for another type or level of the painted instance, in a menu by the list."""
        one = self._current()
        if one is None:
            return
        menu = QMenu(self.list)
        menu.setObjectName("instance.recode.menu")
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for code in (code for code in Activity if code):
            level = 0 if code == Activity.EARTHQUAKE else max(one.intensity, 0)
            choice = menu.addAction(swatch(CLASS_COLOURS[code]), code.name.capitalize())
            self._offer(choice, one, (int(code), level), code == one.activity)
        menu.addSeparator()
        for level in (code for code in Intensity if code and one.activity != Activity.EARTHQUAKE):
            choice = menu.addAction(f"{level.name.capitalize()} intensity")
            self._offer(choice, one, (one.activity, int(level)), level == one.intensity)
        menu.popup(self.list.view.mapToGlobal(self.list.view.rect().bottomLeft()))

    def _offer(self, choice: QAction, one: Instance, kind: tuple[int, int], now: bool) -> None:
        choice.setObjectName(f"instance.recode.{kind[0]}.{kind[1]}")
        choice.setCheckable(True)
        choice.setChecked(now)
        choice.triggered.connect(lambda: self._give(one.number, kind))

    def _give(self, number: int, kind: tuple[int, int]) -> None:
        self._edit("recode", number, *kind)
        self._choose(number)

    def _delete(self) -> None:
        one = self._current()
        if one is not None:
            self._edit("delete", one.number)

    def _merge(self) -> None:
        marked = [n for n in self.list.marked if self._entry(n) is not None]
        if len(marked) < 2:
            text = "Mark the instances to merge in the list first: Ctrl-click, or Shift and arrows."
            self.parts.errors.tell(text, key="instance")
            return
        first, *others = marked
        for number in others:
            self._edit("merge", number, first)
        self._choose(first)

    def _rate(self, number: int, confidence: float | None) -> None:
        self._edit("set_confidence", number, confidence)

    def _current(self) -> Instance | None:
        """The painted instance, or a word that there is none yet."""
        one = self._entry(self.parts.state.instance)
        if one is None:
            self.parts.errors.tell("Choose an instance in the list first.", key="instance")
        return one

    def _edit(self, what: str, *arguments: object) -> None:
        from thalia_core.annotate import patterns

        session, pair = self.parts.editor.session, self.parts.state.pair
        if session is None or pair is None:
            return
        edit: Callable[..., object] = getattr(patterns, what)
        try:
            edit(session, pair, *arguments)
            self.parts.errors.settle("instance")
        except ThaliaError as error:
            self.parts.errors.report(error, key="instance")

    # Looking

    @property
    def _shown_told(self) -> Told | None:
        told = self._told
        return told if told is not None and told.pair == self.parts.labels.pair else None

    def _look(self) -> None:
        """Count areas and look for what is odd, on a thread."""
        session, pair = self.parts.editor.session, self.parts.state.pair
        if session is None or pair is None or self.parts.hand.painter is None:
            return
        work = partial(look, session, pair)
        self.parts.chores.latest("instances", work, self._take, lambda _: None)

    def _take(self, told: Told) -> None:
        if told.pair == self.parts.state.pair:
            self._told = told
            self._show()

    def _show(self) -> None:
        p = self.parts
        session, pair, cube = p.editor.session, p.labels.pair, p.state.cube
        shown = session is not None and pair is not None
        self.list.setVisible(shown)
        p.labels.show_listed(shown)
        if session is None or pair is None or cube is None:
            return
        told = self._shown_told
        areas = _areas(told, cube.geometry.pixel_metres())
        listed = self._listed
        rows = [Row(one, None if areas is None else areas.get(one.number, 0.0)) for one in listed]
        self.list.show_rows(rows, p.state.instance, self._painted)
        if told is not None:
            label = p.labels.label
            self.list.show_findings(findings(label, told.tally, self._counted()), _WORDS)
            p.labels.caption.show_older(told.older)
            p.labels.caption.show_hint(suggest(label, listed, told.places))

    def _counted(self) -> dict[int, float]:
        if self._fringes is not None and self._fringes[0] == self.parts.labels.pair:
            return self._fringes[1]
        return {}

    def _count(self) -> None:
        """Count fringes on a thread; the masks are those on disk."""
        cube, pair = self.parts.state.cube, self.parts.state.pair
        if cube is None or pair is None:
            return
        self.parts.errors.tell("Counting fringes…", key="fringes")

        def show(counted: dict[int, float]) -> None:
            self._fringes = (pair, counted)
            told = ", ".join(f"{number}: {value:.1f}" for number, value in sorted(counted.items()))
            text = f"Fringes by instance: {told}." if told else "No instance could be unwrapped."
            self.parts.errors.settle("fringes")
            self.parts.errors.tell(text, key="fringes")
            self._show()

        failed = partial(self.parts.errors.report, doing="counting fringes", key="fringes")
        self.parts.chores.latest("fringes", partial(count_fringes, cube, pair), show, failed)

    def _go_to(self, finding: Finding) -> None:
        """To what a finding is about."""
        if finding.number:
            self._choose(finding.number)
        elif finding.field in self.parts.labels.fields:
            self.parts.labels.fields[finding.field].widget.setFocus()

    # The caption

    def _suggest(self) -> None:
        """Put the hint into an empty caption; to one that is written it is added when asked."""
        caption = self.parts.labels.caption
        hint, written = caption.box.placeholderText(), caption.box.toPlainText().strip()
        if not hint:
            return
        self.parts.window.show_dock("labels")
        if not written:
            caption.append(hint)
            self.parts.labels.flush()
        elif hint in written:
            self.parts.errors.tell("The caption says that already.", key="caption")
        else:
            self._ask(hint)

    def _ask(self, hint: str) -> None:
        p = self.parts
        box = QMessageBox(p.window)
        box.setObjectName("dialog.caption")
        box.setWindowTitle("Suggested caption")
        box.setText("Add this to the caption? What is written stays.")
        box.setInformativeText(hint)
        add = box.addButton("Add", QMessageBox.ButtonRole.AcceptRole)
        box.addButton(QMessageBox.StandardButton.Cancel)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        pair = p.labels.pair

        def done() -> None:
            if box.clickedButton() is add and p.labels.pair == pair:
                p.labels.caption.append(hint)
                p.labels.flush()

        box.finished.connect(done)
        box.open()


def look(session: EditSession, pair: DatePair) -> Told:
    """What the list shows of a pair; any thread."""
    tally = session.tally(pair)
    places = places_of(session.masks(pair).instance) if tally else {}
    label = session.label(pair)
    older = caption_is_older(label.caption, session.history(pair))
    return Told(pair, label, tally, places, older)


def _areas(told: Told | None, metres: tuple[float, float]) -> dict[int, float] | None:
    if told is None:
        return None
    areas: dict[int, float] = {}
    for (number, *_), pixels in told.tally.items():
        areas[number] = areas.get(number, 0.0) + pixels * metres[0] * metres[1] / 1e6
    return areas


_WORDS = {kind: meaning for kind, (_, meaning) in KINDS.items()}
