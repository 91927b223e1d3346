"""Form fields that know the difference between a value and "nothing recorded"."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QLineEdit,
    QPlainTextEdit,
    QWidget,
)

from thalia_viewer import theme as themes
from thalia_viewer.bars import DASH


class Field(QObject):
    """One value. Subclasses make ``widget``, and read and write what it shows."""

    chosen = Signal()
    """A person chose a value: it can be told at once."""
    typed = Signal()
    """A person is typing."""
    left = Signal()
    """The keyboard left the field."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        self.widget = widget
        self.dirty = False
        self._showing = False
        widget.installEventFilter(self)

    def value(self) -> Any:
        """What is shown, as the cube keeps it."""
        raise NotImplementedError

    def show_value(self, value: Any) -> None:
        """Show a value from the cube; None for nothing recorded."""
        self._showing = True
        self._write(value)
        self._showing = False
        self.dirty = False

    def set_editable(self, editable: bool) -> None:
        """Whether a person may change it."""
        self.widget.setEnabled(editable)

    def told(self) -> None:
        """The value was handed on."""
        self.dirty = False

    def dress(self, theme: themes.Theme) -> None:
        """Use the icons of another theme."""

    def wheel_parts(self) -> tuple[QWidget, ...]:
        """Widgets that would change under a wheel."""
        return (self.widget,)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Notice that the keyboard left."""
        if event.type() == QEvent.Type.FocusOut and self.dirty:
            self.left.emit()
        return super().eventFilter(watched, event)

    def _write(self, value: Any) -> None:
        raise NotImplementedError

    def _changed(self, *_: object) -> None:
        if not self._showing:
            self.dirty = True
            self.chosen.emit()

    def _typing(self, *_: object) -> None:
        if not self._showing:
            self.dirty = True
            self.typed.emit()


class ClassField(Field):
    """One of the schema's codes; a code it does not know is shown and kept."""

    def __init__(
        self, flags: tuple[tuple[int, str], ...], theme: themes.Theme, icons: str = ""
    ) -> None:
        self._box = QComboBox()
        super().__init__(self._box)
        self._flags = flags
        self._as_text = False
        self._icons = icons
        for code, text in flags:
            self._box.addItem(text[:1].upper() + text[1:].replace("_", " "), code)
        self.dress(theme)
        self._box.setPlaceholderText(DASH)
        self._box.setMinimumContentsLength(6)
        self._box.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self._box.activated.connect(self._changed)

    def value(self) -> Any:
        """What is shown; None for nothing recorded."""
        code = self._box.currentData()
        return dict(self._flags).get(code, code) if self._as_text else code

    def _write(self, value: Any) -> None:
        while self._box.count() > len(self._flags):
            self._box.removeItem(self._box.count() - 1)
        self._as_text = isinstance(value, str) and bool(value)
        if value is None or value == "":
            self._box.setCurrentIndex(-1)
            return
        at = self._box.findData(self._code(value))
        if at < 0:
            self._box.addItem(f"{value} (unknown code)", value)
            at = self._box.count() - 1
        self._box.setCurrentIndex(at)

    def dress(self, theme: themes.Theme) -> None:
        """Use the icons of another theme."""
        for n, (code, _) in enumerate(self._flags):
            if self._icons:
                self._box.setItemIcon(n, themes.icon(f"{self._icons}.{code}", theme))

    def _code(self, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        names = {text.casefold(): code for code, text in self._flags}
        return names.get(value.strip().casefold(), value)


class FlagField(Field):
    """Yes, no, or not recorded (a dash)."""

    def __init__(self, text: str) -> None:
        self._box = QCheckBox(text)
        super().__init__(self._box)
        self._strange: Any = None
        self._box.clicked.connect(self._click)

    def value(self) -> Any:
        """What is shown; None for nothing recorded."""
        return int(self._box.isChecked())

    def _write(self, value: Any) -> None:
        states = {0: Qt.CheckState.Unchecked, 1: Qt.CheckState.Checked}
        known = value in states
        self._box.setTristate(not known)
        self._box.setCheckState(states[value] if known else Qt.CheckState.PartiallyChecked)
        unknown = value is not None and not known
        self._box.setStatusTip(f"the cube holds the unknown code {value}" if unknown else "")

    def _click(self) -> None:
        if self._box.isTristate():
            # The first click on "not recorded" says yes; from then on it is yes or no.
            self._box.setTristate(False)
            self._box.setCheckState(Qt.CheckState.Checked)
        self._changed()


class ScoreField(Field):
    """A number from 0 to 1, or nothing."""

    _NOTHING = -0.05

    def __init__(self) -> None:
        self._box = QDoubleSpinBox()
        super().__init__(self._box)
        self._box.setRange(self._NOTHING, 1.0)
        self._box.setSingleStep(0.05)
        self._box.setDecimals(2)
        self._box.setSpecialValueText(DASH)
        self._box.setKeyboardTracking(False)
        self._box.valueChanged.connect(self._typing)

    def value(self) -> Any:
        """What is shown; None for nothing recorded."""
        value = self._box.value()
        return None if value < 0 else round(value, 4)

    def _write(self, value: Any) -> None:
        # More digits than the box shows stay in the cube until a person changes it.
        self._box.setValue(self._NOTHING if value is None else float(value))


class NumberField(Field):
    """A whole number, or nothing."""

    def __init__(self) -> None:
        self._line = QLineEdit()
        super().__init__(self._line)
        self._line.setPlaceholderText(DASH)
        self._line.textEdited.connect(self._typing)

    def value(self) -> Any:
        """What is shown; None for nothing recorded."""
        text = self._line.text().strip().replace(",", "")
        return int(text) if text.lstrip("-").isdigit() else None

    def _typing(self, *_: object) -> None:
        text = self._line.text().strip()
        wrong = bool(text) and self.value() is None
        self._line.setProperty("problem", wrong)
        self._line.style().unpolish(self._line)
        self._line.style().polish(self._line)
        if not wrong:
            super()._typing()

    def _write(self, value: Any) -> None:
        self._line.setText("" if value is None else str(value))


class TextField(Field):
    """Text; empty is a value too once something was there."""

    def __init__(self, lines: int, box: QPlainTextEdit | None = None) -> None:
        self._text: QPlainTextEdit | QLineEdit
        if lines > 1:
            self._text = box or QPlainTextEdit()
            self._text.setTabChangesFocus(True)
            self._text.setFixedHeight(self._text.fontMetrics().lineSpacing() * lines + 12)
        else:
            self._text = QLineEdit()
        super().__init__(self._text)
        if isinstance(self._text, QPlainTextEdit):
            self._text.textChanged.connect(self._typing)
        else:
            self._text.textEdited.connect(self._typing)
        self._text.setPlaceholderText(DASH)

    def value(self) -> Any:
        """What is shown; None for nothing recorded."""
        text = self._text
        return text.toPlainText() if isinstance(text, QPlainTextEdit) else text.text()

    def wheel_parts(self) -> tuple[QWidget, ...]:
        """None."""
        return ()  # text scrolls by itself

    def set_editable(self, editable: bool) -> None:
        """Read-only text can still be selected and copied."""
        self._text.setReadOnly(not editable)
        self._text.setEnabled(True)

    def _write(self, value: Any) -> None:
        shown = "" if value is None else str(value)
        if shown == self.value():
            return  # the cursor stays where it is
        if isinstance(self._text, QPlainTextEdit):
            self._text.setPlainText(shown)
        else:
            self._text.setText(shown)
            self._text.setCursorPosition(0)
