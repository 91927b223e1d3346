"""Training and prediction runs: how each stands, its curves, and what can be done with it."""

from __future__ import annotations

from math import isfinite
from pathlib import Path
from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QProgressBar,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from thalia_viewer import theme as themes
from thalia_viewer.actions import ActionSet
from thalia_viewer.bars import ElidedLabel, named
from thalia_viewer.jobs import Curve, RunView

_FOLDER = Qt.ItemDataRole.UserRole
_MARKS = {"running": "▶", "finished": "●", "stopped": "■", "died": "✕", "not started": "○"}


class CurveView(QWidget):
    """Loss over steps, and scores from 0 to 1 below it when the run measures any."""

    def __init__(self, theme: themes.Theme) -> None:
        super().__init__()
        named(self, "runs.curves", "Loss and scores over steps")
        self._theme = theme
        self._plots: list[pg.PlotWidget] = []
        self._curves: dict[str, Curve] = {}
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(2)
        self.setMinimumHeight(150)

    def show_curves(self, curves: dict[str, Curve]) -> None:
        """Draw these."""
        self._curves = curves
        if curves and not self._plots:  # plots are made when there is something to plot
            self._make()
        self._draw()

    def dress(self, theme: themes.Theme) -> None:
        """Use another theme."""
        self._theme = theme
        for plot in self._plots:
            self._column.removeWidget(plot)
            plot.deleteLater()
        self._plots = []
        self.show_curves(self._curves)

    def _make(self) -> None:
        self._plots = [self._plot("loss"), self._plot("score")]
        for plot in self._plots:
            self._column.addWidget(plot)

    def _plot(self, title: str) -> pg.PlotWidget:
        theme, plot = self._theme, pg.PlotWidget()
        plot.setBackground(theme.base)
        plot.setMenuEnabled(False)
        plot.hideButtons()
        plot.setMouseEnabled(x=False, y=False)
        plot.setAccessibleName(f"{title} over steps")
        plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        font = self.font()
        font.setPointSizeF(max(font.pointSizeF() * 0.8, 6.5))
        for side in ("left", "bottom"):
            axis = plot.getAxis(side)
            axis.setPen(theme.line)
            axis.setTextPen(theme.muted)
            axis.setStyle(tickFont=font, tickLength=-4)
        plot.getAxis("left").setWidth(38)
        return plot

    def _draw(self) -> None:
        for plot, group in zip(self._plots, _groups(self._curves), strict=False):
            plot.setVisible(bool(group))
            plot.clear()
            for n, (x, y) in enumerate(group.values()):
                pen = pg.mkPen(_shade(self._theme, n), width=1.5)
                dots = {"symbol": "o", "symbolSize": 4, "symbolBrush": pen.color()}
                dots["symbolPen"] = pen
                plot.plot(list(x), list(y), pen=pen, **(dots if len(x) < 40 else {}))


def _groups(curves: dict[str, Curve]) -> tuple[dict[str, Curve], dict[str, Curve]]:
    """Losses and scores, by name, without points that are not numbers.

    What else is told of an epoch (learning rate, pace, memory) is of another scale, and not drawn.
    """
    groups: tuple[dict[str, Curve], dict[str, Curve]] = ({}, {})
    for name, (steps, values) in sorted(curves.items()):
        points = [(x, y) for x, y in zip(steps, values, strict=True) if isfinite(y)]
        if points and ("loss" in name or name.startswith("val_")):
            x, y = zip(*points, strict=True)
            groups["loss" not in name][name] = (x, y)
    return groups


def _shade(theme: themes.Theme, n: int) -> str:
    return (theme.accent, theme.text, theme.muted, theme.error, "#c9a94f")[n % 5]


class RunsPanel(QWidget):
    """A list of runs and the details of the chosen one."""

    stop_asked = Signal(Path)
    resume_asked = Signal(Path)
    apply_asked = Signal(Path)

    def __init__(
        self,
        actions: ActionSet,
        theme: themes.Theme,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        named(self, "panel.runs", "Runs")
        self._theme = theme
        self._views: dict[Path, RunView] = {}
        self._empty = "No runs yet. Train a model with Ctrl+T."
        self.list = QListWidget()
        named(self.list, "runs.list", "Runs, newest first")
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.list.setMaximumHeight(self.fontMetrics().height() * 7)
        self.list.currentItemChanged.connect(lambda *_: self._show_details())
        self.state = QLabel()
        named(self.state, "runs.state", "State of the run")
        self.state.setWordWrap(True)
        self.text = ElidedLabel()
        named(self.text, "runs.text", "What the run is doing")
        self.text.setProperty("role", "small")
        self.progress = QProgressBar()
        named(self.progress, "runs.progress", "Progress of the run")
        self.progress.setTextVisible(False)
        self.values = QLabel()
        named(self.values, "runs.values", "Newest measured values")
        self.values.setProperty("role", "small")
        self.values.setWordWrap(True)
        self.curves = CurveView(theme)
        self.stop_button = self._button("runs.stop", "Stop", "run.stop", theme)
        self.stop_button.setToolTip("Ask the run to save its state and end")
        self.resume_button = self._button("runs.resume", "Resume", "run.resume", theme)
        self.resume_button.setToolTip("Go on where the run ended")
        self.apply_button = self._button("runs.apply", "Apply", "model.apply", theme)
        self.apply_button.setToolTip("Predict on the shown pair with this run")
        self.stop_button.clicked.connect(lambda: self._ask(self.stop_asked))
        self.resume_button.clicked.connect(lambda: self._ask(self.resume_asked))
        self.apply_button.clicked.connect(lambda: self._ask(self.apply_asked))
        self._lay_out(actions)
        self.show_runs(())

    def show_runs(self, views: tuple[RunView, ...], empty: str = "") -> None:
        """Show how the runs stand; the chosen one stays chosen."""
        self._empty = empty or self._empty
        chosen = self.chosen
        self._views = {view.folder: view for view in views}
        if [self.list.item(i).data(_FOLDER) for i in range(self.list.count())] != list(self._views):
            self.list.clear()
            for view in views:
                item = QListWidgetItem()
                item.setData(_FOLDER, view.folder)
                self.list.addItem(item)
            self.choose(chosen.folder if chosen else None)
        for i in range(self.list.count()):
            view = self._views[self.list.item(i).data(_FOLDER)]
            mark = _MARKS.get(view.state, "✕")
            self.list.item(i).setText(f"{mark}  {view.name}")
            self.list.item(i).setToolTip(f"{view.folder}\n{view.words}")
        self._show_details()

    @property
    def chosen(self) -> RunView | None:
        """The run whose details are shown."""
        item = self.list.currentItem()
        return self._views.get(item.data(_FOLDER)) if item is not None else None

    def choose(self, folder: Path | None) -> None:
        """Show the details of a run; the newest by default."""
        rows = {self.list.item(i).data(_FOLDER): i for i in range(self.list.count())}
        self.list.setCurrentRow(rows.get(folder, 0 if rows else -1))

    def dress(self, theme: themes.Theme) -> None:
        """Use another theme."""
        self._theme = theme
        self.curves.dress(theme)
        self.stop_button.setIcon(themes.icon("run.stop", theme))
        self.resume_button.setIcon(themes.icon("run.resume", theme))
        self.apply_button.setIcon(themes.icon("model.apply", theme))
        self._show_details()

    def _show_details(self) -> None:
        view = self.chosen
        self.list.setVisible(bool(self._views))
        self.state.setText(view.words if view else self._empty)
        self.text.setText(view.text if view and view.text != view.state else "")
        self.progress.setVisible(bool(view and view.running))
        if view and view.running:
            self.progress.setRange(0, view.total)
            self.progress.setValue(view.done)
        curves = view.curves if view else {}
        self.values.setText(_newest(curves, self._theme))
        self.values.setVisible(bool(curves))
        self.curves.setVisible(bool(curves))
        self.curves.show_curves(curves)
        training = view is not None and view.job == "train"
        self.stop_button.setEnabled(bool(view and view.running and not view.stopping))
        self.resume_button.setEnabled(bool(view and view.resumable))
        self.apply_button.setEnabled(training and bool(view) and not (view and view.done == 0))

    def _ask(self, signal: Any) -> None:
        if self.chosen is not None:
            signal.emit(self.chosen.folder)

    def _button(self, name: str, text: str, icon: str, theme: themes.Theme) -> QToolButton:
        button = QToolButton()
        named(button, name, f"{text} the run")
        button.setText(text)
        button.setIcon(themes.icon(icon, theme))
        return button

    def _lay_out(self, actions: ActionSet) -> None:
        train = QToolButton()
        train.setDefaultAction(actions["model.train"])
        train.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        named(train, "runs.train", "Train a model")
        buttons = QHBoxLayout()
        buttons.setSpacing(2)
        buttons.addWidget(train)
        buttons.addStretch(1)
        for button in (self.stop_button, self.resume_button, self.apply_button):
            buttons.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(6, 4, 6, 6)
        column.setSpacing(5)
        column.addLayout(buttons)
        column.addWidget(self.list)
        column.addWidget(self.state)
        column.addWidget(self.progress)
        column.addWidget(self.text)
        column.addWidget(self.values)
        column.addWidget(self.curves, 1)
        column.addStretch(0)


def _newest(curves: dict[str, Curve], theme: themes.Theme) -> str:
    """The newest value of each curve, in the colour it is drawn in: the legend of the plots."""
    parts = []
    for group in _groups(curves):
        for n, (name, (_, values)) in enumerate(group.items()):
            mark = f'<span style="color:{_shade(theme, n)}">■</span>'
            parts.append(f"{mark}&nbsp;{name.replace('_', '&nbsp;')}&nbsp;{values[-1]:.3g}")
    return " &nbsp;".join([*parts, *_pace(curves)])


def _pace(curves: dict[str, Curve]) -> list[str]:
    """How fast the last epoch went, and what it took, in words."""
    newest = {name: values[-1] for name, (_, values) in curves.items() if values}
    words = {
        "lr": "rate&nbsp;{:.3g}",
        "samples_per_s": "{:.3g}&nbsp;samples/s",
        "data_wait": "{:.0%}&nbsp;waiting&nbsp;for&nbsp;data",
        "memory_gb": "{:.3g}&nbsp;GB",
    }
    known = ((text, newest[name]) for name, text in words.items() if name in newest)
    return [text.format(value) for text, value in known if isfinite(value)]
