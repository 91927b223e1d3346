"""``thalia runs``: run folders side by side, read through the front door."""

import json
import random
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from thalia_core.cli import main
from thalia_core.jobs.rundir import RunDir, milestones, state, tail
from thalia_core.jobs.runlist import Summary, apart, ordered
from thalia_core.learn.config import TrainConfig
from thalia_core.learn.predict_config import PredictConfig
from thalia_core.progress import Done, Failed, Metric, Started, Step

NAN = float("nan")


def trained(
    folder: Path, losses: list[float], began: str = "2026-01-01T10:00:00+00:00", **changes: object
) -> RunDir:
    """A run that told so much: at each epoch a loss, and an F1 that is one less the loss."""
    run = RunDir.create(folder, replace(TrainConfig(epochs=len(losses)), **changes))
    run.append(Started("training", "CPU", began))
    for epoch, loss in enumerate(losses):
        for step in range(3):
            run.append(Step(3 * epoch + step, 3 * len(losses), f"epoch {epoch + 1}"))
            run.append(Metric(3 * epoch + step, epoch, {"loss": loss}))
        measured = {"train_loss": loss, "val_loss": loss, "val_f1": 1 - loss, "val_iou": NAN}
        pace = {"lr": 1e-5, "samples_per_s": 10.0 * (epoch + 1), "data_wait": 0.25}
        run.append(Metric(3 * epoch + 2, epoch, measured | pace))
    return run


@pytest.fixture
def home(tmp_path: Path) -> Path:
    first = trained(tmp_path / "table" / "first", [0.5, 0.2, 0.4], seed=1)
    first.append(Done("finished after 9 steps"))
    tested = {"all": {"model": {"f1": 0.75, "iou": 0.5, "auroc": None}}}
    (first.folder / "scores_test_frames.json").write_text(json.dumps(tested))
    other = trained(
        tmp_path / "other", [0.1], "2026-02-01T10:00:00+00:00", lr=1e-3, model="tiny_unet"
    )
    other.append(Failed("the loss became nan"))
    RunDir.create(tmp_path / "predicting", PredictConfig())
    (tmp_path / "cube.zarr").mkdir()
    RunDir.create(tmp_path / "cube.zarr" / "hidden", TrainConfig())
    return tmp_path


def listed(capsys: pytest.CaptureFixture[str], *words: object) -> dict:
    assert main(["runs", *map(str, words), "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_runs_are_told_as_they_stand(home, capsys):
    told = listed(capsys, home)
    other, first = told["runs"]
    assert [Path(run["path"]).name for run in told["runs"]] == ["other", "first"]
    assert (other["state"], first["state"]) == ("failed: the loss became nan", "finished")
    assert (first["model"], first["seed"], first["epochs"]) == ("unet", 1, 3)
    # the epoch that best.pt is of, and not the best of each measure
    assert first["val_loss"] == 0.2
    assert first["val_f1"] == 0.8
    assert first["val_iou"] is None
    assert first["test_f1"] == 0.75
    assert first["test_auroc"] is None
    assert (first["samples_per_s"], first["data_wait"]) == (30.0, 0.25)
    assert first["began"].startswith("2026-01-01")
    assert first["channels"] == list(TrainConfig().channels)
    assert set(told["differing"]) == {
        "[model] name", "[training] epochs", "[training] lr", "[training] seed"
    }  # fmt: skip


def test_the_text_shows_only_what_differs(home, capsys):
    assert main(["runs", str(home)]) == 0
    results, settings = capsys.readouterr().out.split("\nsettings that differ\n")
    head, other, first = results.splitlines()
    assert "val f1" in head
    assert "val iou" not in head  # nobody has one
    assert other.startswith("other")
    assert first.startswith("table/first")
    assert "3/3" in first
    assert "[training] lr" in settings
    assert "[input] crop" not in settings
    assert main(["runs", str(home / "other")]) == 0
    assert "settings that differ" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("by", "names"),
    [
        ("date", ["other", "first"]),
        ("val_loss", ["other", "first"]),
        ("epochs", ["first", "other"]),
        ("test_f1", ["first", "other"]),
        ("samples_per_s", ["first", "other"]),
    ],
)
def test_runs_are_sorted_by_what_is_asked(home, capsys, by, names):
    told = listed(capsys, home, "--sort", by)
    assert [Path(run["path"]).name for run in told["runs"]] == names


def test_settings_of_an_older_program_are_the_present_ones_left_alone(tmp_path, capsys):
    trained(tmp_path / "a", [0.1])
    old = trained(tmp_path / "b", [0.1])
    lines = old.config_path.read_text().splitlines(keepends=True)
    old.config_path.write_text("".join(line for line in lines if not line.startswith("clip")))
    assert listed(capsys, tmp_path)["differing"] == []


def test_an_epoch_done_again_after_a_crash_counts_once(tmp_path, capsys):
    run = trained(tmp_path / "run", [0.5, 0.1])
    with run.events_path.open("ab") as file:
        file.write(b'{"kind": "metric", "st')
    with run.hold():
        run.append(Started("training", "CPU", "2026-03-01T10:00:00+00:00"))
        run.append(Metric(5, 1, {"train_loss": 0.4, "val_loss": 0.4}))
    (told,) = listed(capsys, tmp_path)["runs"]
    assert (told["epochs"], told["val_loss"], told["state"]) == (2, 0.4, "died")
    assert told["began"].startswith("2026-01-01")


def test_what_cannot_be_read_is_named_and_hides_no_other(home, capsys):
    (home / "other" / "config.toml").write_text("[model\n")
    (home / "table" / "first" / "scores_test_frames.json").write_text('{"all": []}')
    other, first = listed(capsys, home)["runs"]
    assert other["state"].startswith("unreadable: ")
    assert (first["val_loss"], first["test_f1"]) == (0.2, None)


def test_where_no_run_is_the_command_says_so(tmp_path, capsys):
    assert main(["runs", str(tmp_path)]) == 2
    assert "no training run is here" in capsys.readouterr().err
    assert main(["runs", str(tmp_path / "missing")]) == 2
    assert "no such folder" in capsys.readouterr().err


def test_milestones_are_the_events_but_those_of_every_step(home):
    run = RunDir.open(home / "table" / "first")
    events = tail(run)[0]
    rare = [e for e in events if not isinstance(e, Step)]
    rare = [e for e in rare if not (isinstance(e, Metric) and set(e.values) == {"loss"})]
    assert len(rare) < len(events)
    assert [repr(e) for e in milestones(run)] == [repr(e) for e in rare]
    assert state(run) == "finished"


MEASURED = st.dictionaries(st.sampled_from(["loss", "f1"]), st.floats(0, 1) | st.just(NAN))


@given(st.lists(MEASURED, max_size=8), st.sampled_from(["val_loss", "val_f1"]))
def test_the_order_is_that_of_the_measure_and_loses_no_run(values, by):
    runs = [Summary(Path(str(n)), "finished", val=val) for n, val in enumerate(values)]
    found = ordered(random.Random(0).sample(runs, len(runs)), by)
    assert sorted(run.path for run in found) == sorted(run.path for run in runs)
    measured = [run.measure(by) for run in found]
    known = [value for value in measured if value is not None]
    assert measured[: len(known)] == known
    assert known == sorted(known, reverse=by == "val_f1")


@given(st.lists(st.dictionaries(st.sampled_from("abc"), st.integers(0, 1), min_size=1)))
def test_settings_that_are_not_named_are_equal(settings):
    runs = [Summary(Path(str(n)), "finished", one) for n, one in enumerate(settings)]
    named = apart(runs)
    for key in "abc":
        values = {one.get(key) for one in settings}
        assert (len(values) > 1) == (key in named)
