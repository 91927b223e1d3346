"""Making events: from what is drawn on a pair, or from a footprint that is drawn for it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal

from thalia_viewer.canvas.measuring import LineTool
from thalia_viewer.features.docks import rulers_over
from thalia_viewer.happenings import Patch, motion_in, patch_of_shape, patches_of

if TYPE_CHECKING:
    from thalia_core.annotate.events import Event
    from thalia_core.cube.pairs import DatePair
    from thalia_core.cube.store import CubeStore
    from thalia_viewer.parts import Parts


class FootprintTool(LineTool):
    """Clicks set the corners of a new event's footprint, Enter or a double click ends it."""

    name = "footprint"


class EventMaker(QObject):
    """Asks what happened, and keeps it with the cube, on a thread.

    Args:
        parts: Everything the program is made of.
        events: Those of the frame.
        parent: Owner.
    """

    asking = Signal()
    """A form opens."""
    kept = Signal(str)
    """Identifier of an event that was kept or removed."""
    _counted = Signal(float)
    """Motion in the newest footprint, cm; the form that waits for it may be gone."""

    def __init__(
        self, parts: Parts, events: Callable[[], tuple[Event, ...]], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._p = parts
        self._events = events
        self._rulers = rulers_over(parts.deck)
        self.tool = FootprintTool(parts.hand, self._draw, self._drawn)
        parts.tools[self.tool.name] = self.tool

    def ask_new(self) -> None:
        """An event from what is drawn on the shown pair, under the cursor first of all."""
        p, cube, pair = self._p, self._p.state.cube, self._p.state.pair
        session = p.editor.session
        if cube is None or pair is None or session is None:
            return
        at = p.deck.linked.at

        def work() -> list[Patch]:
            masks = session.masks(pair)
            return patches_of(masks.activity.copy(), masks.intensity.copy(), cube.geometry, at)

        p.chores.latest("event patches", work, partial(self._ask_from, cube, pair))

    def ask_change(self, event: Event) -> None:
        """Change an event."""
        cube = self._p.state.cube
        if cube is not None:
            self._open(cube, event, [])

    def remove(self, event: Event) -> None:
        """Have an event no more."""
        from thalia_core.annotate.event_store import EventStore

        cube = self._p.state.cube
        if cube is not None:
            store = EventStore(cube.sidecar)
            work = partial(store.remove, event.id, self._p.editor.annotator)
            self._p.chores.once(work, lambda _: self.kept.emit(event.id), self._not_kept)

    def _ask_from(self, cube: CubeStore, pair: DatePair, patches: list[Patch]) -> None:
        from thalia_core.annotate.event_store import next_instance
        from thalia_viewer.dialogs.event import begun

        if (self._p.state.cube, self._p.state.pair) != (cube, pair):
            return
        if not patches:
            self._p.errors.tell(
                "Nothing is drawn on this pair: paint what you see, or draw a footprint "
                "(Pairs, Events).",
                key="event",
            )
            return
        events = self._events()
        event = begun(patches[0], pair, f"Event {len(events) + 1}", next_instance(events))
        self._open(cube, event, patches)

        def tell(towards_cm: float | None) -> None:
            if towards_cm is not None:
                self._counted.emit(towards_cm)

        work = partial(motion_in, cube, pair, event.footprint)
        self._p.reads.latest("event motion", work, tell)

    def _open(self, cube: CubeStore, event: Event, patches: list[Patch]) -> None:
        from thalia_viewer.dialogs.event import EventDialog

        self.asking.emit()
        days = sorted({day for p in cube.pairs for day in (p.primary, p.secondary)})
        dialog = EventDialog(event, patches, days, tuple(cube.pairs), self._p.window)
        dialog.accepted_event.connect(partial(self._keep, cube))
        if not event.id:
            self._counted.connect(dialog.show_counted)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def _keep(self, cube: CubeStore, event: Event) -> None:
        from thalia_core.annotate.event_store import EventStore

        def kept(event: Event) -> None:
            self.tool.show(())
            self.kept.emit(event.id)

        work = partial(EventStore(cube.sidecar).put, event, self._p.editor.annotator)
        self._p.chores.once(work, kept, self._not_kept)

    def _not_kept(self, error: BaseException) -> None:
        self._p.errors.report(error, "keeping an event", key="event")

    # The footprint that is drawn

    def _draw(self) -> None:
        corners = self.tool.corners
        self._rulers.show_line((*corners, corners[0]) if len(corners) > 2 else corners)

    def _drawn(self) -> None:
        from thalia_core.annotate.shapes import polygon

        cube, pair, corners = self._p.state.cube, self._p.state.pair, self.tool.corners
        if cube is None or pair is None or len(corners) < 3:
            return
        grid = cube.geometry

        def work() -> list[Patch]:
            shape = polygon(corners, grid.shape)
            return [] if shape is None else [patch_of_shape(shape, grid, "Drawn footprint")]

        self._p.chores.latest("event patches", work, partial(self._ask_from, cube, pair))
