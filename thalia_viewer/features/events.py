"""Events: what happened on the ground, once told, labels every pair that spans it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from thalia_viewer import theme as themes
from thalia_viewer.canvas.masks import CLASS_COLOURS, UNKNOWN_COLOUR
from thalia_viewer.canvas.regions import Region, RegionStyle
from thalia_viewer.event_maker import EventMaker
from thalia_viewer.event_work import EventWork
from thalia_viewer.features.docks import add_below, bring
from thalia_viewer.features.feature import Feature
from thalia_viewer.happenings import Survey, survey
from thalia_viewer.panels.events import EventsPanel

if TYPE_CHECKING:
    from collections.abc import Callable

    from thalia_core.annotate.events import Event
    from thalia_core.annotate.session import EditSession, SaveState
    from thalia_core.annotate.shapes import Shape
    from thalia_core.cube.store import CubeStore
    from thalia_viewer.options import Options
    from thalia_viewer.parts import Parts
    from thalia_viewer.theme import Theme

_SETTLE_MS = 300
_SHARE = 0.26
"""Of the height of the window: a timeline and some rows, the picture is what is worked on."""


class EventsFeature(Feature):
    """The panel: events over the dates, what follows from them, labels that hardly fit."""

    def __init__(self, parts: Parts, parent: QObject | None = None) -> None:
        super().__init__(parts, parent)
        p, act = parts, parts.actions
        self.survey: Survey | None = None
        self.chosen = ""
        self._marking: dict[str, bool] = {}  # marks on their way to the disk
        self._maker = EventMaker(p, lambda: self.survey.events if self.survey else (), self)
        self._work = EventWork(p, self)
        for name in ("previous", "next"):  # its button stands below the list it goes through
            act[f"temporal.{name}"].setIconText(name.capitalize())
        self.panel = EventsPanel(
            [
                act[f"events.{name}"]
                for name in ("new", "change", "remove", "propose", "apply", "take_back", "stop")
            ],
            [act["temporal.previous"], act["temporal.next"]],
            themes.named(p.settings.value.theme),
        )
        self._dock = add_below(p.window, "events", "Events", self.panel, "profile")
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(_SETTLE_MS)
        self._soon.timeout.connect(self.look)
        self._bind()
        self._connect()

    @property
    def waiting(self) -> bool:
        """Whether the frame is to be looked at in a moment."""
        return self._soon.isActive()

    def begin(self, options: Options) -> None:
        """The panel of the command line."""
        if "events" in options.show:
            self._show_panel()

    def dress(self, theme: Theme) -> None:
        """Another theme."""
        self.panel.dress(theme)

    def stop(self) -> None:
        """Start nothing more."""
        self._soon.stop()
        self._work.stop()

    def look(self) -> None:
        """Look at the events and labels of the frame, on a thread."""
        p, cube = self.parts, self.parts.state.cube
        if cube is None or not self._dock.isVisible():
            return
        work = partial(survey, cube, self._session_of(cube), p.editor.annotator)
        p.chores.latest("events", work, self._show_survey)

    def _bind(self) -> None:
        bind, conditions = self.parts.actions.bind, self.parts.actions.add_condition
        work, maker = self._work, self._maker
        conditions("event", lambda: self._event is not None and not work.going)
        conditions("events known", self._may_work)
        conditions("events", lambda: self._may_work() and self._free > 0)
        conditions("events going", lambda: work.stoppable)
        conditions("events done", lambda: work.step is not None and not work.going)
        conditions("findings", lambda: self.survey is not None and bool(self.survey.findings))
        bind("events.show", self._show_panel)
        bind("events.new", maker.ask_new)
        bind("tool.footprint", partial(self.parts.state.set_tool, maker.tool.name))
        bind("events.change", lambda: self._with_event(maker.ask_change))
        bind("events.remove", lambda: self._with_event(maker.remove))
        bind("events.propose", lambda: self._with_survey(partial(work.propose, labelled=False)))
        bind(
            "events.propose_labelled",
            lambda: self._with_survey(partial(work.propose, labelled=True)),
        )
        bind("events.apply", lambda: self._with_survey(work.apply))
        bind("events.stop", work.stop)
        bind("events.take_back", work.take_back)
        bind("temporal.next", partial(self._step_finding, 1))
        bind("temporal.previous", partial(self._step_finding, -1))

    def _connect(self) -> None:
        p = self.parts
        p.state.cube_changed.connect(self._cube_changed)
        p.state.pair_changed.connect(self._show_pair)
        p.editor.settled.connect(self._soon.start)
        p.editor.changed.connect(self._changed)
        p.editor.saving.connect(self._saving)
        self._maker.asking.connect(self._show_panel)
        self._maker.kept.connect(self._kept)
        self._work.told.connect(self.panel.show_told)
        self._work.changed.connect(p.actions.allow_again)
        self._work.changed.connect(self._soon.start)
        self._dock.visibilityChanged.connect(self._seen)
        self.panel.chosen.connect(self.choose)
        self.panel.change_asked.connect(p.actions["events.change"].trigger)
        self.panel.finding_chosen.connect(self._go_to_finding)
        self.panel.looked.connect(self._mark_looked)

    # What is shown

    @property
    def _free(self) -> int:
        """Pairs that nobody labelled."""
        return 0 if self.survey is None else self.survey.free

    @property
    def _event(self) -> Event | None:
        return None if self.survey is None else self.survey.event(self.chosen)

    def choose(self, identifier: str) -> None:
        """Another event; its footprint is outlined over the picture."""
        self.chosen = identifier
        if self.survey is not None:
            self.panel.timeline.show_events(self.survey.events, identifier)
        self._show_footprint()
        self.parts.actions.allow_again()

    def _show_survey(self, found: Survey) -> None:
        if found.cube is not self.parts.state.cube:
            return
        self.survey = found
        if found.event(self.chosen) is None:
            self.chosen = found.events[-1].id if found.events else ""
        self.panel.show_survey(found, self.chosen, self._looked)
        self._show_pair()
        self._show_footprint()
        self.parts.actions.allow_again()

    def _show_pair(self) -> None:
        from thalia_core.annotate.events import expected

        pair, found = self.parts.state.pair, self.survey
        self.panel.show_pair(pair)
        if found is None or pair is None:
            return
        parts = {event.id: expected(event, pair) for event in found.events}
        self.panel.show_parts({key: part for key, part in parts.items() if part is not None})

    def _show_footprint(self) -> None:
        event, cube = self._event, self.parts.state.cube
        if event is None or cube is None or not self._dock.isVisible():
            self.parts.chores.drop("footprint")
            self.parts.deck.linked.set_region("event", None)
            return
        colour = CLASS_COLOURS.get(int(event.activity), UNKNOWN_COLOUR)
        style = RegionStyle(colour, fill=0.0, line=0.9)

        def show(shape: Shape) -> None:
            if self._event == event and self._dock.isVisible():
                self.parts.deck.linked.set_region("event", Region(shape, style))

        work = partial(event.footprint.shape_on, cube.geometry)
        self.parts.chores.latest("footprint", work, show)

    def _show_panel(self) -> None:
        bring(self.parts.window, "events", self._dock, _SHARE)
        self.look()

    def _seen(self, seen: bool) -> None:
        if seen:
            self.look()
        self._show_footprint()

    def _cube_changed(self) -> None:
        cube = self.parts.state.cube
        self.survey, self.chosen, self._marking = None, "", {}
        pairs = () if cube is None else cube.pairs
        days = sorted({day for pair in pairs for day in (pair.primary, pair.secondary)})
        self.panel.timeline.show_dates(days)
        self.panel.show_survey(None, "", frozenset())
        self._work.leave()
        self._maker.tool.show(())
        self._show_footprint()
        self._soon.start()

    def _changed(self, _change: object) -> None:
        """Labels changed; many may in a moment."""
        if self._dock.isVisible() and not self._work.going:
            self._soon.start()

    def _saving(self, saving: SaveState) -> None:
        self._work.show_saving(saving)
        if saving.state == "saved":
            self._soon.start()

    def _kept(self, identifier: str) -> None:
        self.chosen = identifier
        self.look()

    def _may_work(self) -> bool:
        known = self.survey is not None and bool(self.survey.events)
        return known and self.parts.editor.session is not None and not self._work.going

    def _with_event(self, act: Callable[[Event], None]) -> None:
        if self._event is not None:
            act(self._event)

    def _with_survey(self, act: Callable[[Survey], None]) -> None:
        if self.survey is not None:
            act(self.survey)

    # The list to go through

    def _step_finding(self, way: int) -> None:
        """The next finding that nobody looked at."""
        found = self.survey.findings if self.survey is not None else ()
        at = self.panel.finding
        order = range(at + 1, len(found)) if way > 0 else range(at - 1, -1, -1)
        looked = self._looked
        there = next((n for n in order if found[n].key not in looked), None)
        if there is None:
            self.parts.errors.tell("No further label that hardly fits.", key="findings")
            return
        self._show_panel()
        self.panel.choose_finding(there)

    def _go_to_finding(self, number: int) -> None:
        if self.survey is not None:
            self.parts.state.set_pair(self.survey.findings[number].pairs[0])

    @property
    def _looked(self) -> frozenset[str]:
        """Keys of the findings that this person looked at."""
        kept = self.survey.looked if self.survey is not None else frozenset[str]()
        gone = {key for key, done in self._marking.items() if not done}
        return (kept | self._marking.keys()) - gone

    def _mark_looked(self, key: str, done: bool) -> None:
        """Keep a mark beside the cube, on a thread."""
        if self.survey is None:
            return
        from thalia_core.annotate.looked import LookedStore

        p, cube = self.parts, self.survey.cube
        self._marking[key] = done
        self.panel.show_survey(self.survey, self.chosen, self._looked)
        self._show_pair()

        def failed(error: BaseException) -> None:
            p.errors.report(error, "keeping the mark", key="looked")

        mark = LookedStore(cube.sidecar).mark
        p.chores.once(partial(mark, key, p.editor.annotator, done=done), None, failed)

    def _session_of(self, cube: CubeStore) -> EditSession | None:
        session = self.parts.editor.session
        return session if session is not None and session.cube.path == cube.path else None
