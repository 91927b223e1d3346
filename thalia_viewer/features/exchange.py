"""Edits to and from annotators who share no storage, as small files."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QFileDialog

from thalia_core.errors import ThaliaError
from thalia_viewer.features.feature import Feature
from thalia_viewer.wording import counted

if TYPE_CHECKING:
    from collections.abc import Callable

    from thalia_core.annotate.exchange import EditsFile, Share
    from thalia_core.annotate.merging import Merged, Plan
    from thalia_core.annotate.session import EditSession
    from thalia_core.cube.pairs import DatePair
    from thalia_core.cube.store import CubeStore
    from thalia_viewer.dialogs.exchange import ImportDialog, Outgoing
    from thalia_viewer.parts import Parts


class ExchangeFeature(Feature):
    """Asks, has files written, read and brought in on threads, and shows what came of it."""

    _merged = Signal(int)
    """So many records are in; emitted on the thread that brings them in."""

    def __init__(self, parts: Parts, parent: QObject | None = None) -> None:
        super().__init__(parts, parent)
        self._folder = Path.home()
        self._busy = False
        parts.actions.bind("file.export_edits", self.ask_export)
        parts.actions.bind("file.import_edits", self.ask_import)

    @property
    def waiting(self) -> bool:
        """Whether a file is being read, written or brought in."""
        return self._busy

    def ask_export(self) -> None:
        """What there is to export, and then which part of it."""
        p = self.parts
        cube, pair, session = p.state.cube, p.state.pair, p.editor.session
        if cube is not None and pair is not None:
            show = partial(self._show_export, cube, pair, session)
            self._start(partial(_existing, cube, session), show, "exporting edits")

    def ask_import(self) -> None:
        """Which file."""
        dialog = QFileDialog(self.parts.window, "Import edits")
        dialog.setObjectName("dialog.open_edits")
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilter("Edits (*.edits);;All files (*)")
        dialog.setDirectory(str(self._folder))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(lambda name: self.preview(Path(name)))
        dialog.open()

    def preview(self, path: Path) -> None:
        """Show what a file would bring."""
        self._folder, session = path.parent, self.parts.editor.session
        if session is not None:
            show = partial(self._show_import, session)
            self._start(partial(_planned, session, path), show, "importing edits")

    def _show_export(
        self,
        cube: CubeStore,
        pair: DatePair,
        session: EditSession | None,
        shares: list[Share],
    ) -> None:
        from thalia_viewer.dialogs.exchange import ExportDialog

        p = self.parts
        if not shares:
            p.errors.tell("Nobody edited this cube: there is nothing to export.", key="exchange")
            return
        name = f"{cube.frame}_{p.editor.annotator}".replace(" ", "_")
        dialog = ExportDialog(shares, pair, name, self._folder, p.window)
        dialog.asked.connect(partial(self._export, cube, session))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def _export(self, cube: CubeStore, session: EditSession | None, wish: Outgoing) -> None:
        self._folder = wish.path.parent

        def tell(made: EditsFile) -> None:
            count = counted(len(made.records), "edit")
            self.parts.errors.tell(f"Saved {count} in {wish.path}.", key="exchange")

        self._start(partial(_exported, cube, session, wish), tell, "exporting edits")

    def _show_import(self, session: EditSession, read: tuple[EditsFile, Plan]) -> None:
        from thalia_viewer.dialogs.exchange import ImportDialog

        file, plan = read
        if session is not self.parts.editor.session:
            return  # another cube was opened meanwhile
        dialog = ImportDialog(plan, file.made, self.parts.window)
        dialog.asked.connect(partial(self._merge, session, file, dialog))
        self._merged.connect(dialog.show_progress)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def _merge(self, session: EditSession, file: EditsFile, dialog: ImportDialog) -> None:
        from thalia_core.annotate.merging import merge

        seen = [True]
        dialog.finished.connect(lambda _: seen.clear())

        def done(merged: Merged) -> None:
            if seen:
                dialog.show_merged(merged)
            else:
                kept = f"; {len(merged.conflicts)} kept out in part" if merged.conflicts else ""
                count = counted(merged.records, "edit")
                self.parts.errors.tell(f"Imported {count}{kept}.", key="exchange")

        def failed(error: BaseException) -> None:
            if seen and isinstance(error, ThaliaError):
                dialog.show_failed(str(error))
            else:
                self.parts.errors.report(error, "importing edits", key="exchange")

        def work() -> Merged:
            return merge(session, file, lambda count, _: self._merged.emit(count))

        self._start(work, done, "importing edits", failed)

    def _start(
        self,
        work: Callable[[], Any],
        done: Callable[[Any], object],
        what: str,
        failed: Callable[[BaseException], object] | None = None,
    ) -> None:
        """Do something on a thread."""
        self._busy = True

        def ended(answer: object) -> None:
            self._busy = False
            self.parts.errors.settle("exchange")  # what went wrong before is over
            done(answer)

        def broke(error: BaseException) -> None:
            self._busy = False
            if failed is not None:
                failed(error)
            else:
                self.parts.errors.report(error, what, key="exchange")

        self.parts.chores.once(work, ended, broke)


def _existing(cube: CubeStore, session: EditSession | None) -> list[Share]:
    """On a thread: who did what."""
    from thalia_core.annotate.exchange import shares_of
    from thalia_core.annotate.history import History

    if session is not None:
        session.flush()
    history = History(cube.sidecar / "journal")
    history.refresh()
    return shares_of(map(history.record, history.records()))


def _exported(cube: CubeStore, session: EditSession | None, wish: Outgoing) -> EditsFile:
    """On a thread: the file, on the disk."""
    from thalia_core.annotate.exchange import Wanted, export_edits

    if session is not None:
        session.flush()
    return export_edits(cube, wish.path, Wanted(by=wish.by, pairs=wish.pairs))


def _planned(session: EditSession, path: Path) -> tuple[EditsFile, Plan]:
    """On a thread: the file, and what it would bring."""
    from thalia_core.annotate.exchange import read_edits
    from thalia_core.annotate.merging import plan_import

    session.flush()
    file = read_edits(path)
    return file, plan_import(session.cube, file)
