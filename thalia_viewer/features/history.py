"""The history as a person uses it: how the pair was, back to it, and a table of who did what."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject

from thalia_core.annotate.patch import MASK_NAMES
from thalia_core.errors import ThaliaError
from thalia_viewer.canvas.banner import Banner
from thalia_viewer.canvas.regions import Region, RegionStyle
from thalia_viewer.features.feature import Feature
from thalia_viewer.features.saving import save_text
from thalia_viewer.panels.labels import title_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from thalia_core.annotate.session import Change, EditSession, StepInfo
    from thalia_core.annotate.versions import Version
    from thalia_core.cube.pairs import DatePair
    from thalia_viewer.parts import Parts
    from thalia_viewer.theme import Theme

_CHANGED = RegionStyle("#ffffff", fill=0.0, line=0.95, dashed=True)
_REGION = "version"


class HistoryFeature(Feature):
    """Shows a version of the pair in the picture, marked as such, until the present comes back."""

    def __init__(self, parts: Parts, parent: QObject | None = None) -> None:
        super().__init__(parts, parent)
        p, bind = parts, parts.actions.bind
        self._version: Version | None = None
        self._wanted: tuple[DatePair, StepInfo] | None = None
        bind("history.show", lambda: p.window.show_dock("history"))
        bind("history.restore", self.restore)
        bind("history.export", self.export)
        p.actions.add_condition("version", self._may_restore)
        self.banner = Banner(p.canvas, p.actions["history.restore"])
        self.banner.left.connect(self.leave)
        p.history.add_actions(p.actions["history.restore"])
        p.history.add_actions(p.actions["history.conflicts"], hides=True)
        p.history.chosen.connect(self.choose)
        p.history.scope_changed.connect(self.leave)
        p.state.pair_changed.connect(self._over)
        p.state.cube_changed.connect(self._over)
        p.state.tool_changed.connect(lambda _: self.leave())
        p.editor.changed.connect(self._changed)
        p.pictures.shown.connect(lambda _: self._shown())
        p.pictures.masks_read.connect(lambda *_: self._over())

    @property
    def waiting(self) -> bool:
        """Whether a version is on its way."""
        return self.parts.reads.waiting(_REGION)

    @property
    def version(self) -> Version | None:
        """The version that is shown; None while the present is."""
        return self._version

    def choose(self, step: StepInfo | None) -> None:
        """Show the pair as it was after a step, None for before the first one.

        A click on the version that is shown brings the present back.
        """
        p, pair = self.parts, self.parts.state.pair
        session = p.editor.session
        if session is None or pair is None:
            return
        if self._version is not None and _same(self._version.step, step):
            self.leave()
            return
        if step is not None and pair not in step.pairs:
            self._wanted = (step.pairs[0], step)
            p.state.set_pair(step.pairs[0])
            return
        p.canvas.settle()
        work = partial(_look, session, pair, None if step is None else step.id)
        failed = partial(p.errors.report, doing="reading a version", key="version")
        p.reads.latest(_REGION, work, self._show, failed)

    def _may_restore(self) -> bool:
        """A finished pair is looked at only."""
        return self._version is not None and not self.parts.editor.locked(self._version.pair)

    def restore(self) -> None:
        """Have the pair as in the version that is shown."""
        p, version = self.parts, self._version
        session = p.editor.session
        if version is None or session is None:
            return
        self.leave()
        try:
            step = session.versions.put_back(version)
        except ThaliaError as error:
            p.errors.report(error, key="locked")
            return
        if step is None:
            p.errors.tell("The pair is as it was in that version.", key="version")
        else:
            p.errors.tell(f"{step.name}. Undo takes it back.", key="version")

    def leave(self) -> None:
        """Show the present again."""
        if self._version is not None:
            self._over()
            self.parts.pictures.read_masks()

    def export(self) -> None:
        """The listed steps as a table."""
        from thalia_core.annotate.audit import audit

        p, cube = self.parts, self.parts.state.cube
        if cube is not None:
            text = audit(cube.frame, p.history.listed)
            which = "" if p.history.everything.isChecked() else f"_{p.state.pair}"
            save_text(p, "Save history as CSV", f"{cube.frame}{which}_history.csv", text)

    def dress(self, theme: Theme) -> None:
        """Nothing here has colours of its own."""

    def _show(self, seen: tuple[Version, NDArray[np.bool_], tuple[str, ...]]) -> None:
        """A version was read: it stands in the picture instead of the masks, nothing paints."""
        p, (version, changed, fields) = self.parts, seen
        if version.pair != p.state.pair or p.canvas.grid is None:
            return
        p.canvas.settle()
        self._version = version
        p.hand.painter = None
        p.canvas.set_mask(version.masks.activity, version.masks.intensity)
        region = Region.of_plane(changed, _CHANGED) if changed.any() else None
        p.deck.linked.set_region(_REGION, region)
        p.canvas.refresh_cursor()
        p.state.set_version_shown(True)
        p.history.mark(version.step, shown=True)
        by = f" by {version.step.by}" if version.step is not None else ""
        zone = " UTC" if version.step is not None else ""
        when, _, name = version.words.partition(", ")
        what = f" · {name}{by}" if name else ""
        self.banner.say(
            f"Version of {when}{zone}{what}" if name else "Before the first step",
            _difference(int(np.count_nonzero(changed)), fields),
        )
        p.actions.allow_again()

    def _shown(self) -> None:
        """A picture came, with the masks of the present."""
        wanted, self._wanted = self._wanted, None
        self._over()
        if wanted is not None and wanted[0] == self.parts.state.pair:
            self.choose(wanted[1])

    def _changed(self, change: Change) -> None:
        if change.pair == self.parts.state.pair:
            self.leave()

    def _over(self) -> None:
        """The present is shown, or will be at once."""
        p = self.parts
        p.reads.drop(_REGION)
        if self._version is None:
            return
        self._version = None
        self.banner.dismiss()
        p.state.set_version_shown(False)
        p.deck.linked.set_region(_REGION, None)
        p.history.mark(None, shown=False)
        p.actions.allow_again()


def _look(
    session: EditSession, pair: DatePair, step: str | None
) -> tuple[Version, NDArray[np.bool_], tuple[str, ...]]:
    """On a thread: a version, and in which pixels and fields the pair is otherwise now."""
    from thalia_core.annotate.versions import RESTORED

    version = session.versions.at(pair, step)
    now, then = session.masks(pair).planes(), version.masks.planes()
    changed = np.zeros(version.masks.activity.shape, bool)
    for name in MASK_NAMES:
        changed |= now[name] != then[name]
    label = session.label(pair)
    fields = tuple(
        name
        for name in RESTORED
        if (getattr(label, name) or None) != (getattr(version.label, name) or None)
    )
    return version, changed, fields


def _difference(pixels: int, fields: tuple[str, ...]) -> str:
    parts = [f"{pixels:,} pixels"] if pixels else []
    parts += [title_of(name).lower() for name in fields[:3]]
    parts += [f"{len(fields) - 3} more fields"] if len(fields) > 3 else []
    return f"{', '.join(parts)} differ from now" if parts else "as it is now"


def _same(one: StepInfo | None, other: StepInfo | None) -> bool:
    return (one.id if one is not None else None) == (other.id if other is not None else None)
