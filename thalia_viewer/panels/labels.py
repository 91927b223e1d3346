"""The label form: what is recorded about the shown pair, made from the schema."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QFormLayout,
    QGridLayout,
    QLabel,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from thalia_core.cube.labels import BOOKKEEPING, PAIR_FIELDS, PairLabel
from thalia_core.cube.schema import VARIABLES
from thalia_viewer import theme as themes
from thalia_viewer.bars import DASH, named
from thalia_viewer.panels.caption import CaptionField
from thalia_viewer.panels.fields import (
    ClassField,
    Field,
    FlagField,
    NumberField,
    ScoreField,
    TextField,
)

if TYPE_CHECKING:
    from thalia_core.cube.pairs import DatePair

DEBOUNCE_MS = 1200
_TITLES = {
    "label_state": "State",
    "phase": "Volcano",
    "atmospheric_fringes": "Atmosphere",
    "processing_error": "Processing",
    "glacier_fringes": "Glacier",
    "orbital_fringes": "Orbital",
    "is_crowd": "Several",
    "image_artifacts": "Artifacts",
    "no_info": "No info",
    "unique_id": "Sample id",
}
_FIRST = ("label_state", "phase", "atmospheric_fringes", "processing_error", "confidence")
_FLAGS = tuple(
    name for name in PAIR_FIELDS if [code for code, _ in VARIABLES[name].flags] == [0, 1]
)
_LAST = ("evidence", "unique_id", "instances")


def title_of(name: str) -> str:
    """What the form calls a pair variable."""
    return _TITLES.get(name, name.replace("_", " ").capitalize())


class LabelPanel(QWidget):
    """All pair variables of one pair.

    A choice is told at once, typed text a moment after the last key, on leaving the field, and
    before another pair is shown.
    """

    edited = Signal(object, object)
    """(DatePair, dict of changed fields)."""
    shown = Signal()
    """Another label, or the label as edited."""

    def __init__(self, theme: themes.Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        named(self, "panel.labels", "Label of the pair")
        self._pair: DatePair | None = None
        self._label = PairLabel()
        self._editable = False
        self._listed = False
        self._locked = False
        self.fields: dict[str, Field] = {}
        self.summary = QLabel()
        named(self.summary, "label.summary", "What the mask of the pair holds")
        self.summary.setWordWrap(True)
        self.summary.setTextFormat(Qt.TextFormat.RichText)
        self.reason = QLabel()
        named(self.reason, "label.reason", "Why labels cannot be edited")
        self.reason.setWordWrap(True)
        self.reason.setProperty("role", "muted")
        self._kept = QLabel()
        named(self._kept, "label.bookkeeping", "Who edited last")
        self._kept.setWordWrap(True)
        self._kept.setProperty("role", "small")
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(DEBOUNCE_MS)
        self._timer.timeout.connect(self.flush)
        self._lay_out(theme)
        self.show_label(None, None)
        self.set_editable(False, "")

    def dress(self, theme: themes.Theme) -> None:
        """Use the icons of another theme."""
        for field in self.fields.values():
            field.dress(theme)

    @property
    def pair(self) -> DatePair | None:
        """The pair whose label is shown."""
        return self._pair

    @property
    def label(self) -> PairLabel:
        """The label that is shown, without what is being typed."""
        return self._label

    @property
    def caption(self) -> CaptionField:
        """The editor of the caption."""
        field = self.fields["caption"]
        assert isinstance(field, CaptionField)
        return field

    def show_label(self, pair: DatePair | None, label: PairLabel | None) -> None:
        """Show a label. Text that is being typed about the same pair stays."""
        typing = self._pending() if pair == self._pair else {}
        if pair != self._pair:
            self.flush()
        self._pair, self._label = pair, label or PairLabel()
        for name, field in self.fields.items():
            if name not in typing:
                field.show_value(getattr(self._label, name))
        self._kept.setText(self._kept_text())
        self._allow()
        self.shown.emit()

    def add_section(self, widget: QWidget) -> None:
        """Put more about the masks under their summary."""
        self._column.insertWidget(self._column.indexOf(self.summary) + 1, widget)

    def show_summary(self, text: str, tip: str = "") -> None:
        """What the mask of the pair holds (rich text)."""
        self.summary.setText(text)
        self.summary.setToolTip(tip)
        self.summary.setVisible(bool(text) and not self._listed)

    def show_listed(self, listed: bool) -> None:
        """Whether a list of the instances says what the summary says."""
        self._listed = listed
        self.summary.setVisible(bool(self.summary.text()) and not listed)

    def set_editable(self, editable: bool, reason: str = "") -> None:
        """Whether the form can be changed, and why not."""
        if not editable:
            self.flush()
        self._editable = editable
        self.reason.setText(reason)
        self.reason.setVisible(bool(reason) and not editable)
        self._allow()

    def set_locked(self, locked: bool, reason: str = "") -> None:
        """Whether nothing but the state can be changed, and why."""
        if locked and not self._locked:
            self.flush()
        self._locked = locked
        if self._editable:
            self.reason.setText(reason)
            self.reason.setVisible(locked and bool(reason))
        self._allow()

    def flush(self) -> None:
        """Tell what was typed and not told yet."""
        self._timer.stop()
        pending = self._pending()
        if self._pair is None or not pending:
            return
        for name in pending:
            self.fields[name].told()
        self.edited.emit(self._pair, pending)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """A wheel over the form scrolls it: it never changes a value by accident."""
        if event.type() == QEvent.Type.Wheel and watched is not self:
            event.ignore()
            return True
        return super().eventFilter(watched, event)

    def _pending(self) -> dict[str, Any]:
        return {name: field.value() for name, field in self.fields.items() if field.dirty}

    def _choose(self, name: str) -> None:
        """A field of choice changed: tell it now, with what was typed before it."""
        if self._editable:
            self.flush()

    def _type(self) -> None:
        self._timer.start()

    def _allow(self) -> None:
        usable = self._editable and self._pair is not None
        for name, field in self.fields.items():
            field.set_editable(usable and (not self._locked or name == "label_state"))

    def _kept_text(self) -> str:
        values = [getattr(self._label, name) for name in BOOKKEEPING]
        version, who, when = values
        if not version and not who:
            return "" if self._pair is None else "nobody has edited this pair"
        return f"edit {version or DASH} by {who or DASH}, {(when or DASH).replace('T', ' ')}"

    def _lay_out(self, theme: themes.Theme) -> None:
        body = QWidget()
        column = self._column = QVBoxLayout(body)
        column.setContentsMargins(8, 6, 8, 8)
        column.setSpacing(7)
        column.addWidget(self.reason)
        column.addWidget(self.summary)
        column.addLayout(self._form(_FIRST, theme))
        column.addLayout(self._flag_grid())
        column.addLayout(self._form(("caption",), theme))
        column.addLayout(self._form(_LAST, theme))
        column.addWidget(self._kept)
        column.addStretch(1)
        area = QScrollArea()
        area.setWidget(body)
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(area)

    def _form(self, names: tuple[str, ...], theme: themes.Theme) -> QFormLayout:
        form = QFormLayout()
        form.setContentsMargins(0, 0, 0, 0)
        form.setHorizontalSpacing(8)
        form.setVerticalSpacing(3)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        for name in names:
            widget = self._field(name, theme)
            label = QLabel(title_of(name))
            label.setProperty("role", "muted")
            label.setBuddy(widget.widget)
            label.setToolTip(VARIABLES[name].long_name)
            if isinstance(widget, CaptionField):
                form.addRow(label)
                form.addRow(widget.frame)
            else:
                label.setMinimumWidth(self.fontMetrics().horizontalAdvance("Atmosphere "))
                form.addRow(label, widget.widget)
        return form

    def _flag_grid(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setContentsMargins(0, 2, 0, 2)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(1)
        for n, name in enumerate(_FLAGS):
            field = FlagField(title_of(name))
            self._add(name, field)
            grid.addWidget(field.widget, n // 2, n % 2)
        return grid

    def _field(self, name: str, theme: themes.Theme) -> Field:
        variable = VARIABLES[name]
        field: Field
        if name == "label_state":
            field = ClassField(variable.flags, theme, icons="state")
        elif variable.flags:
            field = ClassField(variable.flags, theme)
        elif name == "confidence":
            field = ScoreField()
        elif name == "caption":
            field = CaptionField(theme)
        elif variable.dtype == "str":
            field = TextField(lines=1)
        else:
            field = NumberField()
        self._add(name, field)
        return field

    def _add(self, name: str, field: Field) -> None:
        variable = VARIABLES[name]
        named(field.widget, f"label.{name}", title_of(name))
        field.widget.setToolTip(variable.long_name)
        field.chosen.connect(lambda: self._choose(name))
        field.typed.connect(self._type)
        field.left.connect(self.flush)
        for part in field.wheel_parts():
            part.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            part.installEventFilter(self)
        self.fields[name] = field
