"""Ctrl+T: the settings of a training run."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QVBoxLayout,
    QWidget,
)

from thalia_core.errors import ConfigError
from thalia_core.learn.config import TrainConfig, presets
from thalia_core.learn.options import Problem
from thalia_viewer.bars import named
from thalia_viewer.dialogs.form import ConfigForm


class TrainDialog(QDialog):
    """Edits a TrainConfig; ``accepted_config`` carries it out, the dialog starts nothing.

    Args:
        config: The settings to begin with.
        frames: Frames of the archive: sample settings that name only these are proposed.
        parent: Owner.
    """

    accepted_config = Signal(object)

    def __init__(
        self,
        config: TrainConfig,
        frames: frozenset[str] = frozenset(),
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        named(self, "dialog.train", "Train a model")
        self.setWindowTitle("Train a model")
        self._cubes = config.cubes
        self.form = ConfigForm("train", config, hidden=("job",))
        self.form.changed.connect(self._check)
        self._preset = QComboBox()
        named(self._preset, "train.preset", "Settings to begin with")
        self._preset.addItem("Published recipe", None)
        for name, path in presets().items():
            self._preset.addItem(name.replace("_", " ").replace("-", " ").capitalize(), path)
        self._preset.activated.connect(self._take_preset)
        self.summary = QLabel()
        named(self.summary, "train.summary", "Whether the run can start")
        self.summary.setWordWrap(True)
        self._buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        cancel = self._buttons.button(QDialogButtonBox.StandardButton.Cancel)
        named(cancel, "train.cancel", "Cancel: the run is not started")
        self.start = self._buttons.addButton("Start", QDialogButtonBox.ButtonRole.AcceptRole)
        named(self.start, "train.start", "Start the run")
        self.start.setDefault(True)
        self._buttons.accepted.connect(self.accept)
        self._buttons.rejected.connect(self.reject)
        self._lay_out()
        self._check()
        self._suit(frames)

    def accept(self) -> None:
        """Hand the settings out, when nothing is wrong with them."""
        config, problems = self._state()
        if problems:
            return
        self.accepted_config.emit(config)
        super().accept()

    def _state(self) -> tuple[TrainConfig, list[Problem]]:
        config, unread = self.form.config()
        return config, [*unread, *config.validate()]

    def _check(self) -> None:
        _, problems = self._state()
        self.form.tell(problems)
        self.start.setEnabled(not problems)
        if not problems:
            text = "The run starts in a process of its own and goes on when this window is closed."
        else:
            what = problems[0]
            count = f" ({len(problems)} problems)" if len(problems) > 1 else ""
            text = f"{what.field.replace('_', ' ').capitalize()}: {what.text}{count}"
        self.summary.setText(text)
        self.summary.setProperty("role", "problem" if problems else "small")
        self.summary.style().unpolish(self.summary)
        self.summary.style().polish(self.summary)

    def _take_preset(self, index: int) -> None:
        path: Path | None = self._preset.itemData(index)
        if path is None:
            config = TrainConfig(cubes=self._cubes)
        else:
            try:
                config = TrainConfig.from_toml(path.read_text(encoding="utf-8"), path)
            except (OSError, ConfigError) as error:
                self.summary.setText(str(error))
                return
        # A sample names no data of ours: the open archive stays chosen.
        self.form.set_config(config)
        self.form.rows["cubes"].write(self._cubes)

    def _suit(self, frames: frozenset[str]) -> None:
        """Begin with the first sample that was made for these frames."""
        for index in range(1, self._preset.count()):
            path = self._preset.itemData(index)
            try:
                config = TrainConfig.from_toml(path.read_text(encoding="utf-8"), path)
            except (OSError, ConfigError):
                continue
            named_frames = {*config.train_frames, *config.val_frames, *config.test_frames}
            if named_frames and named_frames <= frames:
                self._preset.setCurrentIndex(index)
                self._take_preset(index)
                return

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        label = QLabel("Begin with")
        label.setBuddy(self._preset)
        top.addWidget(label)
        top.addWidget(self._preset, 1)
        column = QVBoxLayout(self)
        column.setSpacing(8)
        column.addLayout(top)
        column.addWidget(self.form, 1)
        column.addWidget(self.summary)
        column.addWidget(self._buttons)
        size = self.fontMetrics().height()
        self.resize(size * 36, size * 38)
