"""Choose the run that predicts on the shown pair."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLabel,
    QVBoxLayout,
    QWidget,
)

from thalia_core.cube.pairs import DatePair
from thalia_core.learn.predict_config import PredictConfig
from thalia_viewer.bars import named
from thalia_viewer.jobs import RunView


class ApplyDialog(QDialog):
    """Edits a PredictConfig; ``accepted_config`` carries it out, the dialog starts nothing."""

    accepted_config = Signal(object)

    def __init__(
        self,
        cube: Path,
        pair: DatePair,
        runs: tuple[RunView, ...],
        chosen: Path | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        named(self, "dialog.apply", "Apply a model")
        self.setWindowTitle("Apply a model")
        self._cube, self._pair = cube, pair
        self.run = QComboBox()
        named(self.run, "apply.run", "Training run")
        for view in runs:
            self.run.addItem(f"{view.name}  ({view.words})", view.folder)
        self.run.setCurrentIndex(max(self.run.findData(chosen), 0))
        self.scope = QComboBox()
        named(self.scope, "apply.pairs", "Pairs to predict on")
        self.scope.addItem(f"this pair, {pair}", (str(pair),))
        self.scope.addItem("all pairs of the frame", ())
        self.checkpoint = QComboBox()
        named(self.checkpoint, "apply.checkpoint", "State of the run")
        self.checkpoint.addItems(("best", "last"))
        self.problem = QLabel()
        named(self.problem, "apply.problem", "Why the prediction cannot start")
        self.problem.setProperty("role", "problem")
        self.problem.setWordWrap(True)
        self._buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        cancel = self._buttons.button(QDialogButtonBox.StandardButton.Cancel)
        named(cancel, "apply.cancel", "Cancel: nothing is predicted")
        self.start = self._buttons.addButton("Predict", QDialogButtonBox.ButtonRole.AcceptRole)
        named(self.start, "apply.start", "Start the prediction")
        self._buttons.accepted.connect(self.accept)
        self._buttons.rejected.connect(self.reject)
        self._lay_out()
        for box in (self.run, self.scope, self.checkpoint):
            box.currentIndexChanged.connect(lambda _: self._check())
        self._check()

    @property
    def config(self) -> PredictConfig:
        """The settings as they stand."""
        return PredictConfig(
            run=str(self.run.currentData() or ""),
            cube=str(self._cube),
            pairs=self.scope.currentData(),
            checkpoint=self.checkpoint.currentText(),
        )

    def accept(self) -> None:
        """Hand the settings out."""
        if not self.config.validate():
            self.accepted_config.emit(self.config)
            super().accept()

    def _check(self) -> None:
        problems = [problem.text for problem in self.config.validate()]
        if not self.run.count():
            problems = ["There is no trained run in this archive yet: train one with Ctrl+T."]
        self.problem.setText(problems[0] if problems else "")
        self.problem.setVisible(bool(problems))
        self.start.setEnabled(not problems)

    def _lay_out(self) -> None:
        form = QFormLayout()
        form.setHorizontalSpacing(14)
        form.addRow("Run", self.run)
        form.addRow("Pairs", self.scope)
        form.addRow("Checkpoint", self.checkpoint)
        note = QLabel("The prediction is kept beside the cube; labels are not touched.")
        note.setProperty("role", "small")
        column = QVBoxLayout(self)
        column.setSpacing(10)
        column.addLayout(form)
        column.addWidget(self.problem)
        column.addWidget(note)
        column.addWidget(self._buttons)
        self.setMinimumWidth(self.fontMetrics().height() * 28)
