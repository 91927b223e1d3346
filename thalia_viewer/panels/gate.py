"""The rules of the gate with their values, each rule a check box."""

from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QCheckBox,
    QDoubleSpinBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSlider,
    QVBoxLayout,
    QWidget,
)

from thalia_core.cube.labels import Activity
from thalia_viewer.actions import ActionSet
from thalia_viewer.bars import named
from thalia_viewer.canvas.colours import Table
from thalia_viewer.canvas.masks import CLASS_COLOURS
from thalia_viewer.gating import TYPES, GateChoice
from thalia_viewer.panels.display import labelled, mirror
from thalia_viewer.panels.phase_ring import PhaseRing
from thalia_viewer.strip import swatch

_PI = 3.14
_INDENT = 19  # the text of a check box


class GatePanel(QWidget):
    """What the gate is made of; the check boxes are the actions themselves."""

    edited = Signal(object)
    """A person set values: a dict of fields of GateChoice."""

    def __init__(self, actions: ActionSet, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        named(self, "panel.gate", "Gate")
        self._actions = actions
        self.state = QLabel()
        named(self.state, "gate.state", "What the gate leaves open")
        self.state.setWordWrap(True)
        self.state.setProperty("role", "muted")
        self.slider = QSlider(Qt.Orientation.Horizontal)
        named(self.slider, "gate.coherence_slider", "Lowest coherence")
        self.slider.setRange(0, 100)
        self.slider.setPageStep(10)
        self.slider.setToolTip("Lowest coherence, 0 to 1")
        self.coherence = self._number("gate.coherence_value", "Lowest coherence, 0 to 1", 0.0, 1.0)
        self.low = self._number("gate.low", "Phase from which the range begins, in rad", -_PI, _PI)
        self.high = self._number("gate.high", "Phase at which the range ends, in rad", -_PI, _PI)
        self.ring = PhaseRing()
        self.region = QLabel()
        named(self.region, "gate.region_state", "The region of the gate")
        self.region.setProperty("role", "small")
        self._types: dict[int, QCheckBox] = {}
        self._lay_out()
        self._connect()

    def show_choice(self, choice: GateChoice) -> None:
        """The values in force; tells nobody."""
        _show(self.slider, round(choice.coherence * 100))
        _show(self.coherence, choice.coherence)
        _show(self.low, choice.low)
        _show(self.high, choice.high)
        self.ring.show_range(choice.range)
        for code, box in self._types.items():
            box.setChecked(code in choice.over)
            box.setEnabled(not choice.unlabelled)

    def show_state(self, words: str, trouble: bool = False) -> None:
        """How much is open, or why nothing is."""
        self.state.setText(words)
        self.state.setProperty("role", "problem" if trouble else "muted")
        self.state.style().unpolish(self.state)
        self.state.style().polish(self.state)

    def show_region(self, words: str) -> None:
        """What the region is."""
        self.region.setText(words)

    def show_colours(self, table: Table) -> None:
        """The colours of phases in the picture."""
        self.ring.show_colours(table)

    def _number(self, name: str, said: str, low: float, high: float) -> QDoubleSpinBox:
        box = QDoubleSpinBox()
        named(box, name, said)
        box.setToolTip(said)
        box.setRange(low, high)
        box.setDecimals(2)
        box.setSingleStep(0.05 if low == 0 else 0.1)
        box.setKeyboardTracking(False)
        if low < 0:
            box.setWrapping(True)
            box.setSuffix(" rad")
        return box

    def _connect(self) -> None:
        self.slider.valueChanged.connect(lambda percent: self._edit(coherence=percent / 100))
        self.coherence.valueChanged.connect(lambda value: self._edit(coherence=value))
        self.low.valueChanged.connect(lambda value: self._edit(low=value))
        self.high.valueChanged.connect(lambda value: self._edit(high=value))
        self.ring.moved.connect(lambda low, high: self._edit(low=low, high=high))
        for box in self._types.values():
            box.clicked.connect(lambda _: self._edit(over=self._over()))

    def _edit(self, **values: Any) -> None:
        self.edited.emit(values)

    def _over(self) -> tuple[int, ...]:
        return tuple(code for code, box in self._types.items() if box.isChecked())

    def _lay_out(self) -> None:
        body = QWidget()
        column = QVBoxLayout(body)
        column.setContentsMargins(8, 6, 8, 8)
        column.setSpacing(4)
        head = QHBoxLayout()
        head.addWidget(self._rule("gate.on"))
        head.addStretch(1)
        head.addWidget(self._rule("gate.veil", "Veil"))
        column.addLayout(head)
        column.addWidget(self.state)
        column.addSpacing(4)
        column.addWidget(self._rule("gate.coherence"))
        column.addLayout(_indented(self.slider, self.coherence))
        column.addWidget(self._rule("gate.phase"))
        ends = QVBoxLayout()
        ends.setSpacing(4)
        ends.addStretch(1)
        form = labelled("From", self.low)
        word = QLabel("To")
        word.setProperty("role", "muted")
        word.setBuddy(self.high)
        form.addRow(word, self.high)
        ends.addLayout(form)
        ends.addWidget(self._button("tool.gate_pick", "Pick"))
        ends.addStretch(1)
        phase = _indented(self.ring)
        phase.addLayout(ends, 1)
        column.addLayout(phase)
        column.addWidget(self._rule("gate.region"))
        buttons = (
            ("tool.gate_region", "Draw"),
            ("gate.from_mask", "Mask"),
            ("gate.from_type", "Type"),
            ("gate.clear", "None"),
        )
        column.addLayout(_indented(*(self._button(*button) for button in buttons)))
        column.addLayout(_indented(self.region))
        column.addWidget(self._rule("gate.land"))
        column.addWidget(self._rule("gate.unlabelled"))
        column.addWidget(self._rule("gate.types"))
        column.addLayout(self._chips())
        column.addStretch(1)
        area = QScrollArea()
        area.setWidget(body)
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(area)

    def _chips(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setContentsMargins(_INDENT, 0, 0, 0)
        grid.setVerticalSpacing(2)
        for n, code in enumerate(TYPES):
            name = Activity(code).name.capitalize()
            box = QCheckBox(name)
            named(box, f"gate.over.{code}", f"{name} may be painted over")
            box.setToolTip(f"{name} may be painted over")
            box.setIcon(swatch(CLASS_COLOURS[code]))
            self._types[code] = box
            grid.addWidget(box, n // 2, n % 2)
        return grid

    def _rule(self, name: str, text: str = "") -> QCheckBox:
        box = mirror(self._actions[name], f"panel.{name}")
        if text:
            box.setText(text)
        return box

    def _button(self, name: str, text: str) -> QPushButton:
        """A button that is the action."""
        action, button = self._actions[name], QPushButton(text)
        named(button, f"panel.{name}", action.text())
        button.setProperty("tight", True)
        _follow(button, action)
        action.changed.connect(lambda: _follow(button, action))
        button.clicked.connect(action.trigger)
        return button


def _follow(button: QPushButton, action: QAction) -> None:
    button.setToolTip(action.toolTip())
    button.setEnabled(action.isEnabled())


def _indented(*widgets: QWidget) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setContentsMargins(_INDENT, 0, 0, 0)
    row.setSpacing(6)
    for widget in widgets:
        row.addWidget(widget)
    return row


def _show(widget: QSlider | QDoubleSpinBox, value: float) -> None:
    blocked = widget.blockSignals(True)
    widget.setValue(round(value) if isinstance(widget, QSlider) else value)  # type: ignore[arg-type]
    widget.blockSignals(blocked)
