"""Runs in the window: started as processes with a folder, tailed, stopped, found again."""

from contextlib import ExitStack

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLineEdit, QSpinBox
from support.window import PAIRS, press, wait_settled

from thalia_core.cube.store import CubeStore, PredictionStore
from thalia_core.jobs import rundir
from thalia_core.jobs.rundir import RunDir
from thalia_core.learn.config import TrainConfig
from thalia_core.learn.predict_config import PredictConfig
from thalia_core.progress import Done, Failed, Metric, Started, Step
from thalia_viewer import jobs
from thalia_viewer.dialogs import train
from thalia_viewer.dialogs.apply import ApplyDialog
from thalia_viewer.dialogs.train import TrainDialog
from thalia_viewer.jobs import Runs
from thalia_viewer.tasks import Tasks


class Worker:
    """Stands for the process of a run: holds its lock, tells what it is told to."""

    def __init__(self, run: RunDir) -> None:
        self.run = run
        self._stack = ExitStack()
        self._stack.enter_context(run.hold())
        run.append(Started("training U-Net", "CPU", "2026-01-01T00:00:00Z"))

    def end(self, message: str = "finished") -> None:
        self.run.append(Done(message))
        self._stack.close()

    def die(self) -> None:
        self._stack.close()


@pytest.fixture
def workers(monkeypatch):
    """Every run that is started, as a Worker that lives in this process."""
    begun: list[Worker] = []

    def start(run: RunDir, wait: float = 20.0) -> int:
        run.stop_path.unlink(missing_ok=True)
        begun.append(Worker(run))
        return 1

    monkeypatch.setattr(rundir, "start_detached", start)
    monkeypatch.setattr(rundir, "stop", lambda run: run.request_stop())
    monkeypatch.setattr(jobs, "ACTIVE_MS", 20)
    monkeypatch.setattr(jobs, "IDLE_MS", 20)
    yield begun
    for worker in begun:
        worker.die()


@pytest.fixture
def runs(qtbot, tmp_path):
    tasks = Tasks(workers=1)
    runs = Runs(tasks)
    runs.watch(tmp_path)
    yield runs
    runs.close()
    tasks.close()


def test_a_run_is_started_followed_and_ends(qtbot, runs, workers):
    runs.start(TrainConfig(), "unet")
    qtbot.waitUntil(lambda: bool(runs.views) and runs.views[0].running)
    worker = workers[0]
    worker.run.append(Step(30, 120, "epoch 2"))
    worker.run.append(Metric(30, 1, {"loss": 0.5}))
    qtbot.waitUntil(lambda: bool(runs.views[0].curves))
    assert runs.views[0].words == "running on CPU, epoch 2, 30 of 120"
    assert runs.views[0].curves == {"loss": ((30.0,), (0.5,))}
    with qtbot.waitSignal(runs.ended) as ended:
        worker.end()
    assert ended.args[0].state == "finished"


def test_half_a_line_is_read_when_it_is_whole(qtbot, runs, workers):
    runs.start(TrainConfig(), "unet")
    qtbot.waitUntil(lambda: bool(workers) and bool(runs.views))
    line = '{"kind": "metric", "step": 1, "epoch": 0, "values": {"loss": 2.0}}\n'
    with workers[0].run.events_path.open("a") as file:
        file.write(line[:30])
        file.flush()
        runs.poll()
        qtbot.waitUntil(lambda: not runs._tasks.busy)
        assert not runs.views[0].curves
        file.write(line[30:])
    qtbot.waitUntil(lambda: "loss" in runs.views[0].curves)


def test_stop_and_resume(qtbot, runs, workers):
    runs.start(TrainConfig(), "unet")
    qtbot.waitUntil(lambda: bool(runs.views) and runs.views[0].running)
    runs.stop(runs.views[0].folder)
    qtbot.waitUntil(lambda: runs.views[0].stopping)
    workers[0].end("stopped on request at step 7")
    qtbot.waitUntil(lambda: runs.views[0].state == "stopped")
    assert runs.views[0].resumable
    runs.resume(runs.views[0].folder)
    qtbot.waitUntil(lambda: runs.views[0].running)


def test_a_run_that_dies_is_told_in_words(qtbot, runs, workers):
    runs.start(TrainConfig(), "unet")
    qtbot.waitUntil(lambda: bool(runs.views) and runs.views[0].running)
    workers[0].die()
    qtbot.waitUntil(lambda: runs.views[0].state == "died")
    assert "log.txt" in runs.views[0].words


def test_runs_of_another_window_are_found_again(qtbot, open_app, cube_path, workers):
    folder = cube_path.parent / "runs" / "20260101-unet"
    worker = Worker(RunDir.create(folder, TrainConfig()))
    workers.append(worker)
    worker.run.append(Metric(1, 0, {"loss": 0.7}))
    app = open_app(cube_path)
    panel = app.parts.runs_panel
    qtbot.waitUntil(lambda: panel.chosen is not None and panel.chosen.running)
    assert panel.stop_button.isEnabled()
    app.close()
    assert worker.run.alive  # closing the window does not stop it


def test_the_train_dialog_tells_problems_and_starts_nothing(qtbot, app, workers, cube_path):
    dialog = open_train(app)
    assert dialog.form.rows["cubes"].widget.toPlainText() == str(cube_path.parent)
    crop = dialog.findChild(QSpinBox, "train.crop")
    crop.setValue(500)
    assert "multiple of 32" in dialog.form.rows["crop"].problem.text()
    assert not dialog.start.isEnabled()
    crop.setValue(512)
    rate = dialog.findChild(QLineEdit, "train.lr")
    rate.setText("fast")
    assert "not a number" in dialog.form.rows["lr"].problem.text()
    rate.setText("1e-4")
    dialog.reject()
    assert not workers


def test_settings_made_for_the_archive_are_proposed(qtbot, tmp_path, monkeypatch):
    sample = tmp_path / "demo_unet.toml"
    sample.write_text(TrainConfig(test_frames=("999A_00000_000000",), lr=1e-3).to_toml())
    monkeypatch.setattr(train, "presets", lambda: {"demo_unet": sample})
    for frames, lr in (({"999A_00000_000000", "x"}, 1e-3), ({"x"}, 1e-5)):
        dialog = TrainDialog(TrainConfig(cubes=(str(tmp_path),)), frozenset(frames))
        qtbot.addWidget(dialog)
        config, _ = dialog.form.config()
        assert config.lr == lr
        assert config.cubes == (str(tmp_path),)


def test_train_from_the_window(qtbot, app, workers, cube_path):
    dialog = open_train(app)
    dialog.form.rows["pretrained"].write("none")
    dialog.findChild(QLineEdit, "train.lr").setText("1e-4")
    assert dialog.start.isEnabled(), dialog.summary.text()
    dialog.start.click()
    qtbot.waitUntil(lambda: bool(workers))
    run = workers[0].run
    assert run.folder.parent == cube_path.parent / "runs"
    assert TrainConfig.load(run.config_path).lr == 1e-4
    panel = app.parts.runs_panel
    qtbot.waitUntil(lambda: panel.chosen is not None and panel.chosen.folder == run.folder)
    run.append(Metric(1, 0, {"loss": 0.9}))
    pace = {"lr": 1e-4, "samples_per_s": 250.0, "data_wait": 0.04, "memory_gb": float("nan")}
    run.append(Metric(2, 0, {"loss": 0.4, "val_iou": 0.2, **pace}))
    qtbot.waitUntil(lambda: "loss&nbsp;0.4" in panel.values.text())
    qtbot.waitUntil(lambda: len(panel.curves._plots) == 2, timeout=5000)
    told = panel.values.text().replace("&nbsp;", " ")
    assert told.endswith("rate 0.0001  250 samples/s  4% waiting for data")
    # a pace beside scores from 0 to 1 would flatten them
    assert [len(plot.listDataItems()) for plot in panel.curves._plots] == [1, 1]
    assert panel.state.text().startswith("running on CPU")
    workers[0].end()
    qtbot.waitUntil(lambda: panel.state.text() == "finished")


def test_apply_shows_the_prediction_when_it_is_written(qtbot, app, workers, cube_path):
    planes = []
    app.parts.predictions.plane_read.connect(lambda *read: planes.append(read))
    trained = RunDir.create(cube_path.parent / "runs" / "20260101-unet", TrainConfig())
    Worker(trained).end()
    app.parts.runs.poll()
    qtbot.waitUntil(lambda: bool(app.parts.runs.views))
    app.parts.actions["model.apply"].trigger()
    dialog = app.parts.window.findChild(ApplyDialog)
    assert dialog.start.isEnabled()
    dialog.start.click()
    qtbot.waitUntil(lambda: bool(workers))
    config = PredictConfig.from_toml(workers[0].run.config_path.read_text())
    assert config.pairs == (str(PAIRS[0]),)
    qtbot.waitUntil(lambda: any(view.running for view in app.parts.runs.views))

    cube = CubeStore.open(cube_path)
    store = PredictionStore.create(cube, trained.name, {"checkpoint_digest": "1"})
    probability = np.full(cube.geometry.shape, 0.25, np.float32)
    store.write(PAIRS[0], probability)
    workers[0].end()
    qtbot.waitUntil(lambda: app.parts.state.prediction == trained.name)
    wait_settled(qtbot, app)
    assert app.parts.actions["model.overlay"].isEnabled()
    assert planes[-1][0] == PAIRS[0]
    assert np.unique(planes[-1][1]).tolist() == [1 + round(0.25 * 254)]
    app.parts.actions["pair.next"].trigger()  # the next pair has no prediction
    wait_settled(qtbot, app)
    assert planes[-1] == (PAIRS[1], None)
    assert not CubeStore.open(cube_path).read_plane("deformation_mask", PAIRS[0]).any()


def test_one_key_shows_the_newest_prediction(qtbot, app, cube_path):
    cube = CubeStore.open(cube_path)
    for run in ("first", "second"):
        store = PredictionStore.create(cube, run, {"checkpoint_digest": run})
        store.write(PAIRS[0], np.full(cube.geometry.shape, 0.5, np.float32))
    overlay = app.parts.actions["model.overlay"]
    app.parts.predictions.look()
    qtbot.waitUntil(overlay.isEnabled)
    newest = app.parts.predictions.runs[0]
    press(app, Qt.Key.Key_O)
    assert app.parts.state.prediction == newest
    assert app.parts.state.prediction_wanted
    assert overlay.isChecked()
    press(app, Qt.Key.Key_O)
    assert not app.parts.state.prediction_wanted
    assert not overlay.isChecked()
    wait_settled(qtbot, app)


def test_a_failed_run_is_told(qtbot, app, workers):
    app.parts.runs.start(TrainConfig(), "unet")
    qtbot.waitUntil(lambda: any(view.running for view in app.parts.runs.views))
    workers[0].run.append(Failed("the cubes hold no positive sample"))
    workers[0].die()
    bar = app.parts.window.messages
    qtbot.waitUntil(lambda: bar.message is not None and "no positive" in bar.message.text)


def test_without_torch_it_says_so(app, monkeypatch):
    import importlib.util

    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    press(app, Qt.Key.Key_T, Qt.KeyboardModifier.ControlModifier)
    assert "PyTorch" in app.parts.window.messages.message.text
    assert app.parts.window.findChild(TrainDialog) is None


def open_train(app) -> TrainDialog:
    press(app, Qt.Key.Key_T, Qt.KeyboardModifier.ControlModifier)
    QApplication.processEvents()
    return app.parts.window.findChild(TrainDialog)
