"""What happened: asks for an event and hands it out; it keeps nothing itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QDoubleSpinBox,
    QFormLayout,
    QLabel,
    QLineEdit,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from thalia_core.annotate.events import Event, expected
from thalia_core.annotate.outlook import count_looks
from thalia_core.cube.labels import Activity
from thalia_core.cube.schema import CM_PER_CYCLE
from thalia_core.errors import EditError
from thalia_viewer.bars import named

if TYPE_CHECKING:
    from thalia_core.cube.pairs import DatePair
    from thalia_viewer.happenings import Patch

_FRINGES = {1: 1.0, 2: 2.5, 3: 4.5}
"""Of an intensity, where nobody counted them."""
_SLOW = 0.1
"""Centimetres a day below which a rate is told by the month."""


class EventDialog(QDialog):
    """A form of one event, and what its pairs would look like.

    Args:
        event: The event to change; for a new one what is to stand in the form.
        patches: Footprints to choose from; none where the one of the event stays.
        dates: Of the frame, sorted.
        pairs: Of the frame, to say what they would show.
        parent: Owner.
    """

    accepted_event = Signal(object)
    """The event as it stands in the form."""

    def __init__(
        self,
        event: Event,
        patches: Sequence[Patch],
        dates: Sequence[date],
        pairs: Sequence[DatePair],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        named(self, "dialog.event", "Event")
        self.setWindowTitle("Change the event" if event.id else "New event")
        self._event, self._patches, self._pairs = event, tuple(patches), tuple(pairs)
        self._counted = ""
        self.name = QLineEdit(event.name)
        self.footprint = QComboBox()
        for patch in patches:
            self.footprint.addItem(f"{patch.title}, {patch.km2:,.1f} km²")
        if event.id:
            self.footprint.insertItem(0, "As it is")
            self.footprint.setCurrentIndex(0)
        self.activity = QComboBox()
        for code in Activity:
            if code:
                self.activity.addItem(code.name.capitalize(), int(code))
        self.activity.setCurrentIndex(self.activity.findData(int(event.activity)))
        self.onset, self.end = (_dates(dates, day) for day in (event.onset, event.end))
        self.motion = QDoubleSpinBox()
        self.motion.setRange(-9999.0, 9999.0)
        self.motion.setDecimals(1)
        self.motion.setSingleStep(CM_PER_CYCLE / 2)
        self.motion.setSuffix(" cm")
        self.motion.setValue(event.towards_cm)
        self.number = QSpinBox()
        self.number.setRange(1, 254)
        self.number.setValue(event.instance)
        self.notes = QLineEdit(event.notes)
        self.rate, self.told = QLabel(), QLabel()
        self._buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.keep = self._buttons.addButton("Keep", QDialogButtonBox.ButtonRole.AcceptRole)
        self._name_all()
        self._lay_out()
        self._connect()
        self._tell()

    @property
    def event_told(self) -> Event:
        """The event as it stands in the form.

        Raises:
            EditError: It is none.
        """
        chosen = self.footprint.currentIndex() - (1 if self._event.id else 0)
        patch = self._patches[chosen] if 0 <= chosen < len(self._patches) else None
        return replace(
            self._event,
            name=self.name.text().strip() or "Event",
            footprint=self._event.footprint if patch is None else patch.footprint,
            activity=Activity(self.activity.currentData()),
            onset=date.fromordinal(self.onset.currentData()),
            end=date.fromordinal(self.end.currentData()),
            towards_cm=self.motion.value(),
            instance=self.number.value(),
            notes=self.notes.text().strip(),
        )

    def show_counted(self, towards_cm: float) -> None:
        """What the shown pair shows in the footprint; it stands in the form unless changed."""
        sign = f"{towards_cm:+.1f}".replace("-", "\N{MINUS SIGN}")
        self._counted = f" Counted in the shown pair: {sign} cm."
        if self.motion.value() == self._event.towards_cm:
            self.motion.setValue(towards_cm)
        self._tell()

    def accept(self) -> None:
        """Hand the event out; never one that is none."""
        if self.keep.isEnabled():
            self.accepted_event.emit(self.event_told)
            super().accept()

    def _tell(self) -> None:
        """What follows from the form as it stands, or why it is no event."""
        try:
            event = self.event_told
        except EditError as error:
            self.rate.setText("")
            self.told.setText(f"{error.why or error}.")
            self.keep.setEnabled(False)
            return
        self.keep.setEnabled(True)
        self.rate.setText(f"{_rate(event)}.{self._counted}")
        counts = count_looks([event], self._pairs)
        seen = sum(count for look, count in counts.items() if look.name not in ("NOTHING", "FAINT"))
        spans = sum(expected(event, pair) is not None for pair in self._pairs)
        faint = f" {spans - seen:,} of them too little to be seen." if spans > seen else ""
        self.told.setText(f"{spans:,} of {len(self._pairs):,} pairs span some of it.{faint}")

    def _connect(self) -> None:
        for box in (self.footprint, self.activity, self.onset, self.end):
            box.currentIndexChanged.connect(lambda _: self._tell())
        self.motion.valueChanged.connect(lambda _: self._tell())
        self._buttons.accepted.connect(self.accept)
        self._buttons.rejected.connect(self.reject)

    def _name_all(self) -> None:
        cancel = self._buttons.button(QDialogButtonBox.StandardButton.Cancel)
        for widget, name, title, tip in (
            (self.name, "event.name", "Name", "What people call it"),
            (self.footprint, "event.footprint", "Footprint", "Where it is seen"),
            (self.activity, "event.activity", "Type", "Source of the deformation"),
            (self.onset, "event.onset", "Onset", "The last date without motion"),
            (
                self.end,
                "event.end",
                "End",
                "The first date with all of it; the onset itself for what happens at once",
            ),
            (
                self.motion,
                "event.motion",
                "Motion",
                "Towards the satellite over the whole event where it is greatest (cm); negative "
                "for motion away. In between it grows evenly",
            ),
            (self.number, "event.number", "Number", "Its number in the masks of a pair"),
            (self.notes, "event.notes", "Notes", "Whatever should be remembered"),
            (self.rate, "event.rate", "Rate", "Fringes and rate"),
            (self.told, "event.told", "What follows", "How many pairs span it"),
            (self.keep, "event.keep", "Keep", "Keep the event with the cube; no label changes"),
            (cancel, "event.cancel", "Cancel", "Keep nothing"),
        ):
            named(widget, name, title)
            widget.setToolTip(tip)
        for label in (self.rate, self.told):
            label.setProperty("role", "small")
            label.setWordWrap(True)

    def _lay_out(self) -> None:
        form = QFormLayout()
        form.setHorizontalSpacing(16)
        form.setVerticalSpacing(8)
        form.addRow("Name", self.name)
        form.addRow("Footprint", self.footprint)
        form.addRow("Type", self.activity)
        form.addRow("Onset", self.onset)
        form.addRow("End", self.end)
        form.addRow("Motion in all", self.motion)
        form.addRow("", self.rate)
        form.addRow("Number", self.number)
        form.addRow("Notes", self.notes)
        column = QVBoxLayout(self)
        column.setContentsMargins(18, 16, 18, 14)
        column.setSpacing(12)
        column.addLayout(form)
        column.addWidget(self.told)
        column.addWidget(self._buttons)
        self.setMinimumWidth(self.fontMetrics().height() * 26)


def begun(patch: Patch, pair: DatePair, name: str, number: int) -> Event:
    """What stands in the form of a new event: what the shown pair shows happened between its dates.

    Args:
        patch: Its footprint.
        pair: The shown pair.
        name: What it is called until somebody says better.
        number: Its number in the masks.
    """
    first, second = sorted((pair.primary, pair.secondary))
    activity = Activity(patch.activity or Activity.UNIDENTIFIED)
    fringes = _FRINGES.get(patch.intensity, 1.0)
    towards = round(fringes * CM_PER_CYCLE, 1)
    return Event("", name, patch.footprint, activity, first, second, towards, number)


def _dates(dates: Sequence[date], chosen: date) -> QComboBox:
    box = QComboBox()
    for day in sorted({*dates, chosen}):
        box.addItem(day.isoformat(), day.toordinal())
    box.setCurrentIndex(box.findData(chosen.toordinal()))
    box.setMaxVisibleItems(20)
    return box


def _rate(event: Event) -> str:
    rate = event.cm_per_day
    slow = rate is not None and abs(rate) < _SLOW
    how = f"{abs(rate or 0) * (30.44 if slow else 1):,.1f} cm a {'month' if slow else 'day'}"
    how = "at once" if rate is None else how
    return f"{event.fringes:.1f} fringes, {how}"
