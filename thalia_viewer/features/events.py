"""Events: what happened on the ground, once told, labels every pair that spans it."""

from __future__ import annotations

from functools import partial
from time import monotonic
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QTimer

from thalia_viewer import theme as themes
from thalia_viewer.canvas.masks import CLASS_COLOURS, UNKNOWN_COLOUR
from thalia_viewer.canvas.measuring import LineTool
from thalia_viewer.canvas.regions import Region, RegionStyle
from thalia_viewer.canvas.rulers import Rulers
from thalia_viewer.features.docks import add_below, bring, rulers_over
from thalia_viewer.features.feature import Feature
from thalia_viewer.happenings import (
    Applied,
    Patch,
    Survey,
    apply_events,
    patch_of_shape,
    patches_of,
    survey,
    take_back,
)
from thalia_viewer.panels.events import EventsPanel

if TYPE_CHECKING:
    from thalia_core.annotate.events import Event
    from thalia_core.annotate.session import EditSession, SaveState, StepInfo
    from thalia_core.annotate.shapes import Shape
    from thalia_core.cube.pairs import DatePair
    from thalia_core.cube.store import CubeStore
    from thalia_viewer.app import Options
    from thalia_viewer.parts import Parts
    from thalia_viewer.theme import Theme

_SETTLE_MS = 300


class FootprintTool(LineTool):
    """Clicks set the corners of a new event's footprint, Enter or a double click ends it."""

    name = "footprint"


class EventsFeature(Feature):
    """The panel, the dialog, and what follows from the events, on threads."""

    def __init__(self, parts: Parts, parent: QObject | None = None) -> None:
        super().__init__(parts, parent)
        p, act = parts, parts.actions
        self.survey: Survey | None = None
        self.chosen = ""
        self.step: StepInfo | None = None
        self._working = False
        self._saving_since: float | None = None
        self._looked: set[str] = set()
        self._rulers: Rulers = rulers_over(p.deck)
        self.tool = FootprintTool(p.hand, self._draw, self._drawn)
        p.tools[self.tool.name] = self.tool
        self.panel = EventsPanel(
            [act[f"events.{name}"] for name in ("new", "change", "remove", "apply", "take_back")],
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

    def look(self) -> None:
        """Look at the events and labels of the frame, on a thread."""
        p, cube = self.parts, self.parts.state.cube
        if cube is None or not self._dock.isVisible():
            return
        work = partial(survey, cube, self._session_of(cube))
        p.chores.latest("events", work, self._show_survey)

    def _bind(self) -> None:
        bind, conditions = self.parts.actions.bind, self.parts.actions.add_condition
        conditions("event", lambda: self._event is not None and not self._working)
        conditions(
            "events",
            lambda: (
                self.survey is not None
                and bool(self.survey.events)
                and self.survey.free > 0
                and self.parts.editor.session is not None
                and not self._working
            ),
        )
        conditions("events done", lambda: self.step is not None and not self._working)
        conditions("findings", lambda: self.survey is not None and bool(self.survey.findings))
        bind("events.show", self._show_panel)
        bind("events.new", self.ask_new)
        bind("tool.footprint", partial(self.parts.state.set_tool, self.tool.name))
        bind("events.change", self.ask_change)
        bind("events.remove", self.remove)
        bind("events.apply", self.apply)
        bind("events.take_back", self.take_back)
        bind("temporal.next", partial(self._step_finding, 1))
        bind("temporal.previous", partial(self._step_finding, -1))

    def _connect(self) -> None:
        p = self.parts
        p.state.cube_changed.connect(self._cube_changed)
        p.state.pair_changed.connect(self._show_pair)
        p.editor.settled.connect(self._soon.start)
        p.editor.changed.connect(self._changed)
        p.editor.saving.connect(self._saving)
        self._dock.visibilityChanged.connect(self._seen)
        self.panel.chosen.connect(self.choose)
        self.panel.change_asked.connect(p.actions["events.change"].trigger)
        self.panel.finding_chosen.connect(self._go_to_finding)
        self.panel.looked.connect(self._mark_looked)

    # What is shown

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
        self.panel.show_survey(found, self.chosen, frozenset(self._looked))
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
        bring(self.parts.window, "events", self._dock)
        self.look()

    def _seen(self, seen: bool) -> None:
        if seen:
            self.look()
        self._show_footprint()

    def _cube_changed(self) -> None:
        cube = self.parts.state.cube
        self.survey, self.chosen, self.step, self._saving_since = None, "", None, None
        pairs = () if cube is None else cube.pairs
        days = sorted({day for pair in pairs for day in (pair.primary, pair.secondary)})
        self.panel.timeline.show_dates(days)
        self.panel.show_survey(None, "", frozenset())
        self.panel.show_told("")
        self.tool.show(())
        self._show_footprint()
        self._soon.start()

    def _changed(self, _change: object) -> None:
        """Labels changed; many may in a moment."""
        if self._dock.isVisible() and not self._working:
            self._soon.start()

    def _saving(self, saving: SaveState) -> None:
        if saving.state == "saved":
            if self._saving_since is not None:
                seconds = monotonic() - self._saving_since
                self._saving_since = None
                self.panel.show_told(f"{self.panel.told.text()} On disk after {seconds:.1f} s.")
            self._soon.start()

    # Making events

    def ask_new(self) -> None:
        """An event from what is drawn on the shown pair, under the cursor first of all."""
        p, cube, pair = self.parts, self.parts.state.cube, self.parts.state.pair
        session = p.editor.session
        if cube is None or pair is None or session is None:
            return
        at = p.deck.linked.at

        def work() -> list[Patch]:
            masks = session.masks(pair)
            return patches_of(masks.activity.copy(), masks.intensity.copy(), cube.geometry, at)

        p.chores.latest("event patches", work, partial(self._ask_from, cube, pair))

    def _ask_from(self, cube: CubeStore, pair: DatePair, patches: list[Patch]) -> None:
        if (self.parts.state.cube, self.parts.state.pair) != (cube, pair):
            return
        if not patches:
            self.parts.errors.tell(
                "Nothing is drawn on this pair: paint what you see, or draw a footprint "
                "(Pairs, Events).",
                key="event",
            )
            return
        self._show_panel()
        self._open(cube, pair, patches, None)

    def ask_change(self) -> None:
        """Change the chosen event."""
        cube, pair, event = self.parts.state.cube, self.parts.state.pair, self._event
        if cube is not None and pair is not None and event is not None:
            self._open(cube, pair, [], event)

    def _open(
        self, cube: CubeStore, pair: DatePair, patches: list[Patch], event: Event | None
    ) -> None:
        from thalia_core.annotate.event_store import next_instance
        from thalia_viewer.dialogs.event import EventDialog, begun

        events = self.survey.events if self.survey is not None else ()
        if event is None:
            name = f"Event {len(events) + 1}"
            event = begun(patches[0], pair, name, next_instance(events))
        days = sorted({day for p in cube.pairs for day in (p.primary, p.secondary)})
        dialog = EventDialog(event, patches, days, tuple(cube.pairs), self.parts.window)
        dialog.accepted_event.connect(partial(self._keep, cube))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def _keep(self, cube: CubeStore, event: Event) -> None:
        from thalia_core.annotate.event_store import EventStore

        def kept(event: Event) -> None:
            self.chosen = event.id
            self.tool.show(())
            self.look()

        work = partial(EventStore(cube.sidecar).put, event, self.parts.editor.annotator)
        self.parts.chores.once(work, kept, self._not_kept)

    def remove(self) -> None:
        """Have the chosen event no more."""
        from thalia_core.annotate.event_store import EventStore

        cube, event = self.parts.state.cube, self._event
        if cube is None or event is None:
            return
        work = partial(EventStore(cube.sidecar).remove, event.id, self.parts.editor.annotator)
        self.parts.chores.once(work, lambda _: self.look(), self._not_kept)
        self.panel.show_told(f"'{event.name}' is removed; masks and labels stay.")

    def _not_kept(self, error: BaseException) -> None:
        self.parts.errors.report(error, "keeping an event", key="event")

    # The footprint that is drawn

    def _draw(self) -> None:
        corners = self.tool.corners
        self._rulers.show_line((*corners, corners[0]) if len(corners) > 2 else corners)

    def _drawn(self) -> None:
        from thalia_core.annotate.shapes import polygon

        cube, pair, corners = self.parts.state.cube, self.parts.state.pair, self.tool.corners
        if cube is None or pair is None or len(corners) < 3:
            return
        shape = polygon(corners, cube.geometry.shape)
        if shape is None:
            return
        title = "Drawn footprint"
        work = partial(patch_of_shape, shape, cube.geometry, title)
        show = partial(self._ask_from, cube, pair)
        self.parts.chores.latest("event patches", lambda: [work()], show)

    # What follows

    def apply(self) -> None:
        """Label every pair that nobody labelled, as one step, on a thread."""
        p, session, found = self.parts, self.parts.editor.session, self.survey
        if session is None or found is None or self._working:
            return
        p.canvas.settle()  # what is being painted counts as labelled
        self._begin_work(f"Labelling {found.free:,} pairs…")
        work = partial(apply_events, session, found.events, nothing=True)
        p.chores.once(work, partial(self._applied, session), self._failed)

    def _applied(self, session: EditSession, done: Applied) -> None:
        if session is not self.parts.editor.session:
            self._end_work("")
            return
        self.step = done.step
        if done.step is None:
            self._end_work("Nothing was left to label.")
            return
        alone = f", {done.kept:,} left alone" if done.kept else ""
        self._end_work(
            f"Labelled {len(done.step.pairs):,} pairs in {done.seconds:.1f} s{alone}.",
            saving=session.dirty,
        )

    def take_back(self) -> None:
        """Undo what labelled the pairs, on a thread."""
        session, step = self.parts.editor.session, self.step
        if session is None or step is None or self._working:
            return
        self._begin_work(f"Taking it back on {len(step.pairs):,} pairs…")
        begun = monotonic()

        def done(undone: StepInfo | None) -> None:
            if undone is None:
                self._end_work(
                    "It cannot be taken back: something newer was done on these pairs. Undo that "
                    "first."
                )
                return
            self.step = None
            text = f"Taken back on {len(undone.pairs):,} pairs in {monotonic() - begun:.1f} s."
            self._end_work(text, saving=session.dirty)

        self.parts.chores.once(partial(take_back, session, step), done, self._failed)

    def _begin_work(self, text: str) -> None:
        self._working, self._saving_since = True, None
        self.panel.show_told(text)
        self.parts.actions.allow_again()

    def _end_work(self, text: str, *, saving: bool = False) -> None:
        self._working = False
        self._saving_since = monotonic() if saving else None
        self.panel.show_told(text)
        self.parts.actions.allow_again()
        self._soon.start()

    def _failed(self, error: BaseException) -> None:
        self._end_work("")
        self.parts.errors.report(error, "labelling pairs by events", key="event")

    # The list to go through

    def _step_finding(self, way: int) -> None:
        """The next finding that nobody looked at."""
        found = self.survey.findings if self.survey is not None else ()
        at = self.panel.finding
        order = range(at + 1, len(found)) if way > 0 else range(at - 1, -1, -1)
        there = next((n for n in order if found[n].key not in self._looked), None)
        if there is None:
            self.parts.errors.tell("No further label that hardly fits.", key="findings")
            return
        self._show_panel()
        self.panel.choose_finding(there)

    def _go_to_finding(self, number: int) -> None:
        if self.survey is not None:
            self.parts.state.set_pair(self.survey.findings[number].pairs[0])

    def _mark_looked(self, key: str, done: bool) -> None:
        (self._looked.add if done else self._looked.discard)(key)
        self.panel.show_survey(self.survey, self.chosen, frozenset(self._looked))
        self._show_pair()

    def _session_of(self, cube: CubeStore) -> EditSession | None:
        session = self.parts.editor.session
        return session if session is not None and session.cube.path == cube.path else None
