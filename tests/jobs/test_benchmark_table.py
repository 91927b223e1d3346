"""``thalia benchmark``: a small table from end to end, as real processes, killed and resumed."""

import csv
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from support.learning import FRAMES, learning_archive

from thalia_core.cli import main
from thalia_core.cli.benchmark import tables
from thalia_core.jobs.rundir import RunDir, state, tail
from thalia_core.learn.table.plan import load_table
from thalia_core.learn.table.published import masking, published, sizes
from thalia_core.progress import Done, Started

TABLE = f"""
name = "two models"
seeds = [0, 1]
look = ["frames", "crops"]

[common.data]
cubes = ["archive"]
train_frames = ["{FRAMES[0]}"]
val_frames = ["{FRAMES[1]}"]
test_frames = ["{FRAMES[2]}"]
train_dates = []
val_dates = []
test_dates = []

[common.input]
channels = ["insar_difference", "insar_coherence"]
crop = 32
decimate = 2

[common.model]
pretrained = "none"

[common.training]
epochs = 4
batch = 4
lr = 3e-3
device = "cpu"
threads = 1
workers = 0
save_minutes = 0.0

[models.tiny_unet]
[models.tiny_cnn]
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("table")
    learning_archive(folder / "archive")
    (folder / "small.toml").write_text(TABLE)
    return folder


def wait_for(condition, seconds: float = 120) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "it took too long"
        time.sleep(0.02)


def test_a_table_that_is_killed_goes_on_and_is_reported(home, capsys):
    runs = home / "small.runs"
    table_file = str(home / "small.toml")
    command = [sys.executable, "-m", "thalia_core", "benchmark", table_file, "--only", "unet"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as table:
        first = RunDir(runs / "tiny_unet-base-seed0")
        wait_for((first.folder / "last.pt").exists)
        os.kill(table.pid, signal.SIGKILL)
        table.wait()
    wait_for(lambda: not first.alive)  # it is a process of its own, and ends by itself
    assert main([*command[3:], "--parallel", "2"]) == 0
    said = capsys.readouterr().out
    assert "tiny_unet-base-seed1: begins" in said
    assert state(first) == "finished"
    assert sum(isinstance(event, Started) for event in tail(first)[0]) == 1

    began = {run: run.stat().st_mtime_ns for run in runs.glob("*/best.pt")}
    assert main(command[3:]) == 0  # nothing is left to do
    assert began == {run: run.stat().st_mtime_ns for run in runs.glob("*/best.pt")}
    assert "begins" not in capsys.readouterr().out
    _check_report(runs)


def _check_report(runs: Path) -> None:
    """Every figure of the report is that of a run's folder."""
    with (runs / "report.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["run"] for row in rows} == {f"tiny_unet-base-seed{seed}" for seed in (0, 1)}
    for row in rows:
        path = runs / row["run"] / f"scores_test_{row['look']}.json"
        told = json.loads(path.read_bytes())["all"][row["judge"]]
        for name in ("precision", "recall", "f1", "iou", "auroc", "average_precision"):
            assert (row[name] == "") == (told.get(name) is None)
            assert row[name] == "" or float(row[name]) == told[name]
    text = (runs / "report.md").read_text()
    f1 = [float(r["f1"]) for r in rows if (r["judge"], r["look"]) == ("model", "frames")]
    assert f"{sum(f1) / 2 * 100:.2f} ± {abs(f1[0] - f1[1]) / 2**0.5 * 100:.2f}" in text
    for name in ("segmentation_frames", "segmentation_crops"):
        assert (runs / f"{name}.svg").read_text().lstrip().startswith("<?xml")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("[models.tiny_unet]", "[models.tiny_net]", "no model 'tiny_net'"),
        ("lr = 3e-3", "rate = 3e-3", "unknown key 'rate'"),
        ("seeds = [0, 1]", 'seeds = ["a"]', "seeds must be whole numbers"),
        ('look = ["frames"', 'look = ["cubes"', "look must name"),
        ('name = "two', 'title = "two', "unknown key 'title'"),
        ("crop = 32", "crop = 33", "multiple of 8"),
    ],
)
def test_a_wrong_table_is_refused_by_name(home, capsys, old, new, words):
    path = home / "wrong.toml"
    path.write_text(TABLE.replace(old, new))
    assert main(["benchmark", str(path), "--dry-run"]) == 2
    assert words in capsys.readouterr().err


def test_other_settings_under_the_same_name_are_refused(home, capsys):
    path = home / "other.toml"
    path.write_text(TABLE.replace("epochs = 4", "epochs = 5"))
    runs = home / "other.runs"
    RunDir.create(runs / "tiny_unet-base-seed0", load_table(home / "small.toml").entries[0].config)
    assert main(["benchmark", str(path), "--only", "tiny_unet-base-seed0"]) == 2
    assert "a run of other settings stands under this name" in capsys.readouterr().err


@pytest.mark.parametrize("words", [(), ("--report",), ("--dry-run",)])
def test_scores_of_other_settings_are_not_told_as_its_own(home, capsys, words):
    """Also a run that is finished and scored must be of the settings that the table asks for."""
    runs = home / f"changed{len(words)}{''.join(words)}.runs"
    entry = load_table(home / "small.toml").entries[0]
    run = RunDir.create(runs / entry.name, entry.config)
    run.append(Done("trained"))
    (run.folder / "best.pt").write_bytes(b"")
    for look in ("frames", "crops"):
        (run.folder / f"scores_test_{look}.json").write_text("{}")
    path = home / "changed.toml"
    path.write_text(TABLE.replace("lr = 3e-3", "lr = 1e-2"))
    command = ["benchmark", str(path), "--runs", str(runs), "--only", entry.name, *words]
    assert main(command) == 2
    assert "a run of other settings stands under this name" in capsys.readouterr().err
    assert not (runs / "report.md").exists()


def test_no_process_at_once_is_refused(home, capsys):
    assert main(["benchmark", str(home / "small.toml"), "--parallel", "0"]) == 2
    assert "--parallel must be at least 1" in capsys.readouterr().err


def test_the_tables_that_come_along_can_be_run(home, capsys):
    assert set(tables()) >= {"learning", "published", "regions", "options", "phase"}
    counts = {"published": 96, "regions": 12, "learning": 12, "options": 27, "phase": 9}
    for name in tables():
        assert main(["benchmark", name, "--cubes", str(home / "archive"), "--dry-run"]) == 0
        said = capsys.readouterr().out
        assert f"\n{counts[name]} runs" in said


def test_the_published_figures_are_at_hand():
    assert published("temporal", 1, "resnet50", "base")["f1"] == (0.7529, 0.0274)
    assert published("temporal", 3, "unet", "base")["iou"][0] == pytest.approx(0.4870)
    assert published("regions", 1, "deeplabv3", "base")["f1"][0] == pytest.approx(0.5035)
    assert published("temporal", 2, "resnet50", "base") == {}
    assert sizes("vit") == (22.3, 24.0, 2.5, 3.2)
    assert sizes("tiny_unet") is None
    assert masking()["none"][2] == pytest.approx(0.6965)
