"""A slider for the shift of the phase."""

from math import pi

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSlider, QWidget

from thalia_viewer.bars import named

_STEPS = 100  # on either side of no shift


class ShiftSlider(QWidget):
    """Minus pi to pi, with the number beside it."""

    moved = Signal(float)
    """Radians, when a person moves it."""

    def __init__(self) -> None:
        super().__init__()
        self.slider = QSlider(Qt.Orientation.Horizontal)
        named(self.slider, "display.shift", "Shift of the phase")
        self.slider.setRange(-_STEPS, _STEPS)
        self.slider.setPageStep(_STEPS // 4)
        self.slider.setToolTip("Radians added to a phase before it gets its colour")
        self._text = QLabel()
        self._text.setProperty("role", "muted")
        self._text.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._text.setMinimumWidth(self._text.fontMetrics().horizontalAdvance("\u22120.00 rad"))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.slider, 1)
        row.addWidget(self._text)
        self.slider.valueChanged.connect(lambda step: self.moved.emit(step / _STEPS * pi))
        self.show_shift(0.0)

    def show_shift(self, shift: float) -> None:
        """Show a shift in radians; tells nobody."""
        blocked = self.slider.blockSignals(True)
        self.slider.setValue(round(shift / pi * _STEPS))
        self.slider.blockSignals(blocked)
        self._text.setText(f"{shift:.2f} rad".replace("-", "\N{MINUS SIGN}"))
