"""A form for a settings class of the core: one row per option, problems beside the fields."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from datetime import date
from typing import Any

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFormLayout,
    QGridLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QScrollArea,
    QSpinBox,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from thalia_core.learn.options import Option, Problem, options_of
from thalia_viewer.bars import named
from thalia_viewer.table import LAYER_TITLES


class Row(QObject):
    """One option: its widget, how to read and write it, and where its problem is told."""

    changed = Signal()

    def __init__(
        self,
        widget: QWidget,
        read: Callable[[], Any],
        write: Callable[[Any], None],
    ) -> None:
        super().__init__(widget)
        self.widget = widget
        self.read = read
        self.write = write
        self.problem = QLabel()
        self.problem.setProperty("role", "problem")
        self.problem.setWordWrap(True)
        self.problem.hide()

    def tell(self, problem: str) -> None:
        """Show what is wrong, or nothing."""
        self.problem.setText(problem)
        self.problem.setVisible(bool(problem))
        self.widget.setProperty("problem", bool(problem))
        self.widget.style().unpolish(self.widget)
        self.widget.style().polish(self.widget)


class ConfigForm(QTabWidget):
    """All options of a settings class, one tab per section of its file.

    Args:
        prefix: Head of the object names: ``<prefix>.<field>``.
        config: The settings to begin with.
        hidden: Fields that are not shown.
    """

    changed = Signal()

    def __init__(self, prefix: str, config: Any, hidden: tuple[str, ...] = ()) -> None:
        super().__init__()
        named(self, f"{prefix}.form", "Settings of the run")
        self._base = config
        self.rows: dict[str, Row] = {}
        forms: dict[str, QFormLayout] = {}
        for name, spec in options_of(type(config)).items():
            if name in hidden:
                continue
            if spec.section not in forms:
                forms[spec.section] = self._tab(spec.section or "general")
            row = self._row(spec)
            named(row.widget, f"{prefix}.{name}", _title(name))
            for box in row.widget.findChildren(QCheckBox):
                named(box, f"{prefix}.{name}.{box.property('choice')}", box.text())
            row.widget.setToolTip(_tip(spec))
            row.write(getattr(config, name))
            row.changed.connect(self.changed)
            label = QLabel(_title(name))
            label.setBuddy(row.widget)
            label.setToolTip(_tip(spec))
            help_text = QLabel(spec.help)
            help_text.setProperty("role", "small")
            help_text.setWordWrap(True)
            cell = QVBoxLayout()
            cell.setSpacing(1)
            for part in (row.widget, row.problem, help_text):
                cell.addWidget(part)
            forms[spec.section].addRow(label, cell)
            self.rows[name] = row

    def set_config(self, config: Any) -> None:
        """Show other settings."""
        self._base = config
        for name, row in self.rows.items():
            row.write(getattr(config, name))
        self.changed.emit()

    def config(self) -> tuple[Any, list[Problem]]:
        """The settings as they stand, and fields whose text cannot be read at all."""
        values, problems = {}, []
        for name, row in self.rows.items():
            try:
                values[name] = row.read()
            except ValueError as error:
                problems.append(Problem(name, str(error)))
        known = {f.name for f in fields(self._base)}
        return replace(self._base, **{k: v for k, v in values.items() if k in known}), problems

    def tell(self, problems: list[Problem]) -> None:
        """Show problems beside their fields."""
        texts: dict[str, str] = {}
        for problem in problems:
            texts.setdefault(problem.field, problem.text)
        for name, row in self.rows.items():
            row.tell(texts.get(name, ""))

    def _tab(self, section: str) -> QFormLayout:
        page = QWidget()
        form = QFormLayout(page)
        form.setContentsMargins(12, 12, 12, 12)
        form.setHorizontalSpacing(14)
        form.setVerticalSpacing(8)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        area = QScrollArea()
        area.setWidget(page)
        area.setWidgetResizable(True)
        self.addTab(area, section.capitalize())
        return form

    @staticmethod
    def _row(spec: Option) -> Row:
        if spec.kind == "flag":
            return _flag()
        if spec.kind == "text" and spec.choices:
            return _choice(spec.choices)
        if spec.kind == "texts" and spec.choices:
            return _choices(spec.choices)
        if spec.kind == "int":
            return _whole(spec)
        if spec.kind == "float":
            return _line(_number, lambda value: f"{value:g}")
        if spec.kind == "dates":
            return _line(_dates, _dates_text)
        if spec.kind == "texts":
            return _lines() if spec.key == "cubes" else _line(_texts, ", ".join)
        return _line(str.strip, str)


def _title(name: str) -> str:
    words = {"val": "validation", "lr": "learning rate", "gb": "(GB)"}
    title = " ".join(words.get(word, word) for word in name.split("_"))
    return title[:1].upper() + title[1:]


def _word(choice: str) -> str:
    return LAYER_TITLES.get(choice) or choice.replace("_", " ")


def _tip(spec: Option) -> str:
    return f"{spec.where}: {spec.allowed}"


def _flag() -> Row:
    box = QCheckBox()
    row = Row(box, box.isChecked, box.setChecked)
    box.toggled.connect(lambda _: row.changed.emit())
    return row


def _choice(choices: tuple[str, ...]) -> Row:
    box = QComboBox()
    box.addItems(choices)
    row = Row(box, box.currentText, box.setCurrentText)
    box.currentTextChanged.connect(lambda _: row.changed.emit())
    return row


def _choices(choices: tuple[str, ...]) -> Row:
    box = QWidget()
    grid = QGridLayout(box)
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setVerticalSpacing(0)
    boxes = {choice: QCheckBox(_word(choice)) for choice in choices}
    for choice, part in boxes.items():
        part.setProperty("choice", choice)

    def write(value: tuple[str, ...]) -> None:
        for choice, part in boxes.items():
            part.setChecked(choice in value)

    row = Row(
        box,
        lambda: tuple(choice for choice, part in boxes.items() if part.isChecked()),
        write,
    )
    for n, part in enumerate(boxes.values()):
        grid.addWidget(part, n, 0)
        part.toggled.connect(lambda _: row.changed.emit())
    return row


def _whole(spec: Option) -> Row:
    box = QSpinBox()
    box.setRange(int(spec.low or 0), int(min(spec.high or 2**31 - 1, 2**31 - 1)))
    box.setGroupSeparatorShown(True)
    row = Row(box, box.value, box.setValue)
    box.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    box.valueChanged.connect(lambda _: row.changed.emit())
    return row


def _line(parse: Callable[[str], Any], show: Callable[[Any], str]) -> Row:
    line = QLineEdit()
    row = Row(line, lambda: parse(line.text()), lambda value: line.setText(show(value)))
    line.textChanged.connect(lambda _: row.changed.emit())
    return row


def _lines() -> Row:
    text = QPlainTextEdit()
    text.setFixedHeight(text.fontMetrics().lineSpacing() * 3 + 12)
    text.setTabChangesFocus(True)
    row = Row(
        text,
        lambda: tuple(part.strip() for part in text.toPlainText().splitlines() if part.strip()),
        lambda value: text.setPlainText("\n".join(value)),
    )
    text.textChanged.connect(row.changed)
    return row


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise ValueError(f"'{text}' is not a number") from error


def _texts(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _dates(text: str) -> tuple[date, date] | None:
    parts = text.replace("to", " ").replace("–", " ").split()
    if not parts:
        return None
    try:
        first, last = (date.fromisoformat(part) for part in parts)
    except ValueError as error:
        raise ValueError("write two dates such as 2014-01-01 to 2019-05-31") from error
    return first, last


def _dates_text(value: tuple[date, date] | None) -> str:
    return "" if value is None else f"{value[0].isoformat()} to {value[1].isoformat()}"
