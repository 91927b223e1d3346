"""Contact sheets: small pictures of many pairs on paper, made on a thread."""

from __future__ import annotations

import threading
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QPainter, QPicture
from PySide6.QtWidgets import QStyleOptionGraphicsItem

from thalia_viewer.canvas.layers import STYLES
from thalia_viewer.canvas.legend import LayerLegend
from thalia_viewer.features.feature import Feature
from thalia_viewer.files import write_file
from thalia_viewer.panels.pair_model import STATE_NAMES, state_of
from thalia_viewer.theme import LIGHT

if TYPE_CHECKING:
    from collections.abc import Callable

    from thalia_core.cube.pairs import DatePair
    from thalia_viewer.contact import Sheet
    from thalia_viewer.dialogs.contact import ContactDialog, Wish
    from thalia_viewer.parts import Parts


class ContactFeature(Feature):
    """Asks which pairs, has the sheet made, tells where it is."""

    _read = Signal(int)
    """So many pairs are read; emitted on the thread that reads."""

    def __init__(self, parts: Parts, parent: QObject | None = None) -> None:
        super().__init__(parts, parent)
        self._folder = Path.home()
        self._stop = threading.Event()
        parts.actions.bind("file.contact_sheet", self.ask)

    def ask(self) -> None:
        """Which pairs, and how."""
        from thalia_viewer.dialogs.contact import ContactDialog

        p, cube = self.parts, self.parts.state.cube
        if cube is None:
            return
        layers, layer = p.state.layers, p.state.layer
        dialog = ContactDialog(
            self._choices(), layers, layer, f"{cube.frame}_contact", self._folder, p.window
        )
        dialog.asked.connect(partial(self._make, dialog))
        self._read.connect(dialog.show_progress)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def stop(self) -> None:
        """The program ends: read no more pairs."""
        self._stop.set()

    def _choices(self) -> dict[str, tuple[DatePair, ...]]:
        """Pairs marked in the list, when there are several, and all that are listed."""
        p = self.parts
        filtered = p.state.matches is not None
        listed = f"Pairs of “{p.state.filter}”" if filtered else "All pairs of the frame"
        choices = {listed: p.pairs.listed}
        if len(p.pairs.marked) > 1:
            choices = {"Pairs marked in the list": p.pairs.marked, **choices}
        return choices

    def _make(self, dialog: ContactDialog, wish: Wish) -> None:
        self._folder = wish.path.parent
        self._stop = stop = threading.Event()
        dialog.stopped.connect(stop.set)
        work = partial(_made, self._sheet(wish), wish.path, self._read.emit, stop.is_set)

        def done(written: Path | None) -> None:
            if written is not None:
                self.parts.errors.tell(f"Saved {written}.", key="picture out")
                if not stop.is_set():  # else it is gone
                    dialog.accept()

        def failed(error: BaseException) -> None:
            self.parts.errors.report(error, "making a contact sheet", key="picture out")
            if not stop.is_set():
                dialog.accept()

        self.parts.chores.once(work, done, failed)

    def _sheet(self, wish: Wish) -> Sheet:
        from thalia_viewer.contact import Sheet

        cube = self.parts.state.cube
        assert cube is not None
        style = STYLES[wish.layer]
        title = "" if cube.frame in cube.title else cube.title.split(",")[0]
        fixed = style.limits is not None
        own = "" if fixed else ", the colours of each by its own values"
        return Sheet(
            cube=cube,
            pairs=wish.pairs,
            layer=wish.layer,
            columns=min(wish.columns, len(wish.pairs)),
            masks=wish.masks,
            title=f"{f'{cube.frame}  {title}'.strip()} · {style.title}",
            note=wish.note + own,
            labels={pair: self._words_on(pair) for pair in wish.pairs},
            legend=_legend(wish.layer) if fixed else None,
        )

    def _words_on(self, pair: DatePair) -> str:
        """A pair in a few words: its types, else what was judged of it."""
        model = self.parts.pairs.model
        return ", ".join(model.kinds(pair)) or STATE_NAMES[state_of(model.labels.get(pair))]


def _made(
    sheet: Sheet, path: Path, tell: Callable[[int], None], stopped: Callable[[], bool]
) -> Path | None:
    """On a thread."""
    from thalia_viewer import contact

    tiles = contact.tiles_of(sheet, tell, stopped)
    if tiles is None:
        return None
    make = contact.pdf if path.suffix.lower() == ".pdf" else contact.png
    return write_file(path, make(sheet, tiles))


def _legend(layer: str) -> tuple[QPicture, float, float]:
    """The legend of a layer with the same colours for every pair, as strokes and letters."""
    style = STYLES[layer]
    plate = LayerLegend(None)
    plate.set_theme(LIGHT)
    plate.show_style(style, style.limits or (0.0, 1.0))
    picture = QPicture()
    painter = QPainter(picture)
    plate.paint(painter, QStyleOptionGraphicsItem())
    painter.end()
    box = plate.boundingRect()
    return picture, box.width(), box.height()
