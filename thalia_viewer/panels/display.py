"""What is drawn: the layer, the masks over it, the prediction over both."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QComboBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QRadioButton,
    QScrollArea,
    QSlider,
    QVBoxLayout,
    QWidget,
)

from thalia_viewer.actions import ActionSet
from thalia_viewer.bars import named
from thalia_viewer.table import LAYER_TITLES


class OpacitySlider(QWidget):
    """0 to 100 percent, with the number beside it."""

    moved = Signal(float)
    """0 to 1, when a person moves it."""

    def __init__(self, name: str, title: str) -> None:
        super().__init__()
        self.slider = QSlider(Qt.Orientation.Horizontal)
        named(self.slider, name, title)
        self.slider.setRange(0, 100)
        self.slider.setPageStep(10)
        self.slider.setToolTip(f"{title} in percent")
        self._text = QLabel()
        self._text.setProperty("role", "muted")
        self._text.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._text.setMinimumWidth(self._text.fontMetrics().horizontalAdvance("100 %"))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.slider, 1)
        row.addWidget(self._text)
        self.slider.valueChanged.connect(self._move)

    def show_value(self, opacity: float) -> None:
        """Show a value; tells nobody."""
        blocked = self.slider.blockSignals(True)
        self.slider.setValue(round(opacity * 100))
        self.slider.blockSignals(blocked)
        self._text.setText(f"{round(opacity * 100)} %")

    def _move(self, percent: int) -> None:
        self._text.setText(f"{percent} %")
        self.moved.emit(percent / 100)


class DisplayPanel(QWidget):
    """Layer, masks, prediction."""

    mask_opacity_moved = Signal(float)
    prediction_opacity_moved = Signal(float)
    prediction_chosen = Signal(str)
    """Name of a run; empty for none."""

    def __init__(self, actions: ActionSet, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        named(self, "panel.display", "Display")
        self._layers: dict[str, QRadioButton] = {}
        self._group = QButtonGroup(self)
        self.mask_opacity = OpacitySlider("display.mask_opacity", "Opacity of masks")
        self.prediction_opacity = OpacitySlider(
            "display.prediction_opacity", "Opacity of the prediction"
        )
        self.prediction = QComboBox()
        named(self.prediction, "display.prediction", "Prediction of a run")
        self.prediction.setToolTip("Run whose prediction lies over the layer")
        self.mask_opacity.moved.connect(self.mask_opacity_moved)
        self.prediction_opacity.moved.connect(self.prediction_opacity_moved)
        self.prediction.activated.connect(
            lambda _: self.prediction_chosen.emit(self.prediction.currentData() or "")
        )
        self._lay_out(actions)
        self.show_predictions((), None)

    def show_layers(self, layers: tuple[str, ...], chosen: str) -> None:
        """Which layers the frame has, and which one is shown."""
        for name, button in self._layers.items():
            button.setEnabled(name in layers)
            button.setChecked(name == chosen)
            button.setToolTip("" if name in layers else "this frame does not have this layer")

    def show_style(self, mask_opacity: float, prediction_opacity: float) -> None:
        """The opacities in force."""
        self.mask_opacity.show_value(mask_opacity)
        self.prediction_opacity.show_value(prediction_opacity)

    def show_predictions(self, runs: tuple[str, ...], chosen: str | None) -> None:
        """Runs that predicted on this frame, and the one that is overlaid."""
        self.prediction.clear()
        self.prediction.addItem("none" if runs else "no predictions yet", "")
        for run in runs:
            self.prediction.addItem(run, run)
        self.choose(chosen)
        self.prediction.setEnabled(bool(runs))
        self.prediction_opacity.setEnabled(bool(runs))

    def choose(self, run: str | None) -> None:
        """Mark the run that is overlaid."""
        self.prediction.setCurrentIndex(max(self.prediction.findData(run or ""), 0))

    def add_to_masks(self, *rows: QWidget) -> None:
        """More rows on how masks are drawn."""
        for row in rows:
            self._masks.addWidget(row)

    def add_section(self, title: str, *rows: QWidget | QFormLayout) -> None:
        """One more heading with what belongs to it, below the others."""
        at = self._column.count() - 1  # the rest of the room stays below
        self._column.insertSpacing(at, 6)
        self._column.insertWidget(at + 1, _heading(title))
        for n, row in enumerate(rows, start=at + 2):
            if isinstance(row, QWidget):
                self._column.insertWidget(n, row)
            else:
                self._column.insertLayout(n, row)

    def _lay_out(self, actions: ActionSet) -> None:
        body = QWidget()
        self._column = column = QVBoxLayout(body)
        column.setContentsMargins(8, 6, 8, 8)
        column.setSpacing(3)
        column.addWidget(_heading("Layer"))
        for name, title in LAYER_TITLES.items():
            action = actions[f"layer.{name}"]
            button = QRadioButton(title)
            named(button, f"display.layer.{name}", f"Layer {title}")
            button.clicked.connect(action.trigger)
            self._group.addButton(button)
            self._layers[name] = button
            column.addWidget(button)
        column.addSpacing(6)
        column.addWidget(_heading("Masks"))
        column.addWidget(mirror(actions["view.masks"], "display.masks"))
        column.addWidget(mirror(actions["view.contour"], "display.contour"))
        self._masks = QVBoxLayout()
        self._masks.setSpacing(3)
        column.addLayout(self._masks)
        column.addLayout(labelled("Opacity", self.mask_opacity))
        column.addSpacing(6)
        column.addWidget(_heading("Prediction"))
        column.addLayout(labelled("Run", self.prediction))
        column.addWidget(mirror(actions["model.overlay"], "display.overlay"))
        column.addLayout(labelled("Opacity", self.prediction_opacity))
        column.addStretch(1)
        area = QScrollArea()
        area.setWidget(body)
        area.setWidgetResizable(True)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(area)


def _heading(text: str) -> QLabel:
    label = QLabel(text)
    label.setProperty("role", "small")
    return label


def labelled(text: str, widget: QWidget) -> QFormLayout:
    """A row with a muted word before a widget."""
    form = QFormLayout()
    form.setContentsMargins(0, 0, 0, 0)
    label = QLabel(text)
    label.setProperty("role", "muted")
    label.setBuddy(widget)
    form.addRow(label, widget)
    return form


def mirror(action: QAction, name: str) -> QCheckBox:
    """A check box that is the action."""
    box = QCheckBox(action.text())
    named(box, name, action.text())

    def follow() -> None:
        box.setToolTip(action.toolTip())
        box.setChecked(action.isChecked())
        box.setEnabled(action.isEnabled())

    action.changed.connect(follow)
    box.clicked.connect(action.trigger)
    follow()
    return box
