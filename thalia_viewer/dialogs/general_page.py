"""The settings that are no keys: one row each, with its unit, its tip and when it counts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QFormLayout,
    QLabel,
    QLineEdit,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from thalia_viewer.bars import named
from thalia_viewer.settings import RANGES, Settings

_LONGEST_NAME = 80
_UNITS = {"cache_mb": " MiB", "smallest_island": " km²"}
"""Of numbers that are not pixels."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One row.

    Attributes:
        name: Field of ``Settings``.
        title: What stands before it.
        tip: What it does, units named.
        note: What a person should know of when it counts.
    """

    name: str
    title: str
    tip: str
    note: str = ""


SETTINGS: tuple[Setting, ...] = (
    Setting(
        "annotator",
        "Your name",
        "Who is written into labels and history as their author",
        "Empty is the name you are logged in with. Counts from the next frame that is opened.",
    ),
    Setting("theme", "Theme", "Dark, light, or whichever the desktop has"),
    Setting(
        "open_last",
        "Begin with what was open last",
        "At the start open the archive or cube that was open at the end",
        "Counts at the next start.",
    ),
    Setting("brush_radius", "Radius of the brush", "Radius of brush and eraser in pixels"),
    Setting(
        "lock_finished",
        "Finished pairs are locked",
        "Masks and labels of pairs that are done or accepted stay as they are until the pair is "
        "unlocked (menu Edit)",
    ),
    Setting(
        "grow_step", "Step of grow and shrink", "Pixels that a mask grows or shrinks at a time"
    ),
    Setting(
        "smooth_width",
        "Width of smoothing",
        "Thorns and bays of a mask narrower than about twice this go, in pixels",
    ),
    Setting(
        "smallest_island",
        "Smallest island",
        "Islands of a mask with a smaller area can be dropped, in km²",
    ),
    Setting("mask_opacity", "Opacity of masks", "How strongly masks cover the layer, in percent"),
    Setting("contour", "Masks as contours", "Outlines instead of filled masks"),
    Setting(
        "prediction_opacity",
        "Opacity of the prediction",
        "How strongly a prediction covers the layer, in percent",
    ),
    Setting(
        "cache_mb",
        "Memory for planes",
        "Planes kept in memory so that going back to a pair is immediate, in MiB (2^20 bytes)",
        "Counts after a restart.",
    ),
    Setting(
        "history_mb",
        "Memory for the history",
        "Steps kept in memory, in MiB (2^20 bytes); undo of older ones reads them from the "
        "journal, which keeps them all",
        "Counts from the next frame that is opened.",
    ),
)
"""All that this page shows, in its order."""


class GeneralPage(QWidget):
    """A form over ``SETTINGS``."""

    changed = Signal(str, object)
    """A person set this field to that value, which is a good one."""

    def __init__(self, settings: Settings, login: str) -> None:
        super().__init__()
        named(self, "settings.general", "General settings")
        self.problem = QLabel()
        named(self.problem, "settings.problem", "What is wrong with a setting")
        self.problem.setProperty("role", "problem")
        form = QFormLayout()
        form.setHorizontalSpacing(18)
        form.setVerticalSpacing(10)
        form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft)
        self._writers: dict[str, Callable[[Any], None]] = {}
        for setting in SETTINGS:
            widget = self._widget(setting, settings, login)
            named(widget, f"settings.{setting.name}", setting.title)
            widget.setToolTip(setting.tip)
            label = QLabel("" if isinstance(widget, QCheckBox) else setting.title)
            label.setBuddy(widget)
            label.setToolTip(setting.tip)
            form.addRow(label, _with_note(widget, setting.note))
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 16, 8, 8)
        column.addLayout(form)
        column.addWidget(self.problem)
        column.addStretch(1)

    def show_value(self, name: str, value: object) -> None:
        """Something else changed a setting; tells nobody."""
        if name in self._writers:
            self._writers[name](value)

    def _widget(self, setting: Setting, settings: Settings, login: str) -> QWidget:
        value = getattr(settings, setting.name)
        if setting.name == "annotator":
            return self._name(value, login)
        if setting.name == "theme":
            return self._theme(value)
        if isinstance(value, bool):
            return self._flag(setting, value)
        if setting.name.endswith("opacity"):
            return self._percent(setting.name, value)
        return self._number(setting.name, value)

    def _name(self, value: str, login: str) -> QWidget:
        line = QLineEdit(value)
        line.setPlaceholderText(login)

        def set_name() -> None:
            name = line.text().strip()
            fits = len(name) <= _LONGEST_NAME
            self.problem.setText("" if fits else f"A name has at most {_LONGEST_NAME} letters.")
            if fits:
                self.changed.emit("annotator", name)

        line.editingFinished.connect(set_name)
        return line

    def _theme(self, value: str) -> QWidget:
        box = QComboBox()
        for name, text in (
            ("dark", "Dark"),
            ("light", "Light"),
            ("system", "As the desktop"),
        ):
            box.addItem(text, name)
        box.setCurrentIndex(box.findData(value))
        box.activated.connect(lambda _: self.changed.emit("theme", box.currentData()))
        self._writers["theme"] = lambda name: box.setCurrentIndex(box.findData(name))
        return box

    def _flag(self, setting: Setting, value: bool) -> QWidget:
        box = QCheckBox(setting.title)
        box.setChecked(value)
        box.clicked.connect(lambda on: self.changed.emit(setting.name, on))
        self._writers[setting.name] = box.setChecked
        return box

    def _percent(self, name: str, value: float) -> QWidget:
        box = QSpinBox()
        box.setRange(0, 100)
        box.setSingleStep(5)
        box.setSuffix(" %")
        box.setValue(round(value * 100))
        box.valueChanged.connect(lambda percent: self.changed.emit(name, percent / 100))
        self._writers[name] = lambda share: _quietly(box, round(share * 100))
        return _calm(box)

    def _number(self, name: str, value: float) -> QWidget:
        low, high = RANGES[name]
        box = QDoubleSpinBox()
        box.setRange(low, high)
        whole = isinstance(value, int)
        box.setDecimals(0 if whole else 1)
        box.setSingleStep(64 if whole else 1)
        box.setSuffix(_UNITS.get(name, " px"))
        box.setValue(value)

        def tell(number: float) -> None:
            self.changed.emit(name, int(number) if whole else number)

        box.valueChanged.connect(tell)
        self._writers[name] = lambda number: _quietly(box, number)
        return _calm(box)


def _calm(box: QAbstractSpinBox) -> QWidget:
    """A number counts when it is written, not digit by digit."""
    box.setKeyboardTracking(False)
    box.setMaximumWidth(box.fontMetrics().averageCharWidth() * 24)
    return box


def _quietly(box: QObject, value: Any) -> None:
    blocked = box.blockSignals(True)
    if isinstance(box, QSpinBox | QDoubleSpinBox):
        box.setValue(value)
    box.blockSignals(blocked)


def _with_note(widget: QWidget, note: str) -> QVBoxLayout:
    column = QVBoxLayout()
    column.setSpacing(2)
    column.addWidget(widget)
    if note:
        label = QLabel(note)
        label.setProperty("role", "small")
        label.setWordWrap(True)
        column.addWidget(label)
    return column
