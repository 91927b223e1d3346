"""Synthetic cubes and the demo archive on disk: whole, once, resumable, over nothing else."""

import json
import shutil
from argparse import ArgumentParser
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from support.files import content

from thalia_core.build.licsar import FRAME_ID
from thalia_core.cli.synth import add
from thalia_core.cube.labels import ActivityPhase
from thalia_core.cube.schema import ERA5
from thalia_core.cube.store import CubeStore
from thalia_core.errors import ConfigError, CubeError, ThaliaError
from thalia_core.progress import Step
from thalia_core.synth.chance import random_plan
from thalia_core.synth.demo import make_demo
from thalia_core.synth.frames import HELD_OUT, demo_plans
from thalia_core.synth.scene import Scene
from thalia_core.synth.truth import pair_truth
from thalia_core.synth.writer import write_scene

SMALL = random_plan(seed=1, size=80, dates=4)
SMALL_DEMO = tuple(replace(plan, dates=plan.dates[2:6]) for plan in demo_plans(64)[1:])


class StopError(Exception):
    """Stands for whatever interrupts a program."""


@pytest.fixture(scope="module")
def cube(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("synth") / "frame.zarr"
    assert write_scene(SMALL, path)
    return path


def test_a_cube_reads_back_as_the_scene(cube: Path) -> None:
    store, scene = CubeStore.open(cube), Scene(SMALL)
    assert store.frame == SMALL.frame
    assert not store.missing_layers
    assert tuple(store.pairs) == SMALL.pairs
    assert store.geometry.same_grid(SMALL.geometry)
    for pair in (SMALL.pairs[0], SMALL.pairs[-1]):
        phase, coherence = scene.measured(pair)
        np.testing.assert_array_equal(store.read_plane("insar_difference", pair), phase)
        np.testing.assert_allclose(
            store.read_plane("insar_coherence", pair), coherence, atol=0.5 / 255 + 1e-6
        )
        truth = pair_truth(scene, pair)
        for name, mask in truth.masks.items():
            np.testing.assert_array_equal(store.read_plane(name, pair), mask)
        label = store.read_label(pair)
        assert label.labelled
        assert label.caption == truth.label.caption
        assert label.phase == truth.label.phase
        for name in ERA5:
            np.testing.assert_array_equal(
                store.read_plane(f"secondary_date_{name}", pair), scene.era5(name, pair.secondary)
            )
        assert store.pairs.baseline(pair) == pytest.approx(scene.baseline(pair), abs=0.01)
    np.testing.assert_array_equal(store.read_plane("dem"), scene.terrain.height)
    np.testing.assert_array_equal(store.read_plane("land_mask") == 1, scene.terrain.land)


def test_the_truth_lies_beside_the_cube(cube: Path) -> None:
    sidecar = cube.with_name("frame.thalia")
    truth = json.loads((sidecar / "truth.json").read_text())
    (event,) = SMALL.events
    assert truth["plan"]["seed"] == 1
    assert truth["sources"][0]["activity_type"] == "Mogi"
    assert truth["sources"][0]["source"]["depth"] == event.source.depth
    assert truth["sources"][0]["volume_change_m3"] == event.source.volume_change
    row, col = SMALL.geometry.rowcol(*truth["sources"][0]["lonlat"])
    assert (row / 80, col / 80) == pytest.approx((event.row, event.col))
    assert set(truth["pairs"]) == {str(pair) for pair in SMALL.pairs}
    with np.load(sidecar / "truth.npz") as fields:
        assert fields["towards_m"].shape == (1, 80, 80)
        assert fields["fraction"].shape == (1, 4)


def test_the_same_command_changes_nothing(cube: Path) -> None:
    before = content(cube.parent)
    assert not write_scene(SMALL, cube)
    assert content(cube.parent) == before


def test_an_interrupted_cube_is_no_cube_and_is_finished_as_begun(
    cube: Path, tmp_path: Path
) -> None:
    out = tmp_path / "frame.zarr"

    def stop_later(event: object) -> None:
        if isinstance(event, Step) and event.done == 7:
            raise StopError

    with pytest.raises(StopError):
        write_scene(SMALL, out, stop_later)
    assert not out.exists()
    assert write_scene(SMALL, out)
    assert content(out) == content(cube)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["frame.thalia", "frame.zarr"]


def test_an_output_that_is_something_else_is_refused(cube: Path, tmp_path: Path) -> None:
    with pytest.raises(CubeError, match="exists"):
        write_scene(random_plan(seed=2, size=80, dates=4), cube)
    with pytest.raises(CubeError, match=r"ends in \.zarr"):
        write_scene(SMALL, tmp_path / "frame")
    file = tmp_path / "file.zarr"
    file.write_text("precious")
    with pytest.raises(CubeError, match="exists"):
        write_scene(SMALL, file)
    assert file.read_text() == "precious"
    with pytest.raises(CubeError, match="cannot write"):
        write_scene(SMALL, file / "below.zarr")


def test_the_journal_of_a_removed_cube_does_not_meet_a_new_one(tmp_path: Path) -> None:
    (tmp_path / "frame.thalia").mkdir()
    (tmp_path / "frame.thalia" / "journal-1.jsonl").write_text("{}")
    with pytest.raises(ThaliaError, match="another cube"):
        write_scene(SMALL, tmp_path / "frame.zarr")


def run(*arguments: str) -> int:
    parser = ArgumentParser()
    add(parser.add_subparsers())
    args = parser.parse_args(arguments)
    return int(args.run(args))


def test_the_command_makes_a_cube_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "a.zarr"
    words = ["synth", "cube", str(out), "--seed", "4", "--size", "64", "--dates", "3"]
    assert run(*words, "--frame", "124D_05291_081406") == 0
    assert "3 interferograms of 64 x 64" in capsys.readouterr().out
    assert CubeStore.open(out).frame == "124D_05291_081406"
    assert run(*words, "--frame", "124D_05291_081406") == 0
    assert "made before" in capsys.readouterr().out
    with pytest.raises(ConfigError, match="frame identifier"):
        run(*words, "--frame", "Etna")
    with pytest.raises(CubeError, match="exists"):
        run(*words)


def test_the_demo_has_three_frames_to_learn_from_and_one_elsewhere() -> None:
    *learn, held_out = plans = demo_plans()
    assert len(learn) >= 3
    assert held_out.frame == HELD_OUT
    assert len({plan.frame for plan in plans}) == len(plans)
    for plan in plans:
        assert FRAME_ID.fullmatch(plan.frame)
        assert min(plan.rows, plan.cols) >= 600
        assert len(plan.pairs) >= 12
        middle = plan.north - plan.rows * 0.001 / 2
        assert int(plan.frame[5:10]) / 100 == pytest.approx(90 - middle, abs=0.5)
        assert "synthetic" in plan.title
    epochs = {day for plan in learn for day in plan.dates}
    assert not epochs & set(held_out.dates)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small demo archive, made by two processes."""
    folder = tmp_path_factory.mktemp("demo") / "archive"
    steps: list[Step] = []
    cubes = make_demo(folder, 2, lambda e: steps.append(e), SMALL_DEMO)  # type: ignore[arg-type]
    assert all(cube.is_dir() for cube in cubes)
    assert [step.done for step in steps] == sorted(step.done for step in steps)
    assert (steps[-1].done, steps[-1].total) == (100, 100)
    return folder


def test_the_demo_has_pairs_with_and_without_deformation(demo: Path) -> None:
    phases = [
        label.phase
        for plan in SMALL_DEMO
        for label in CubeStore.open(demo / f"{plan.frame}.zarr").read_labels()
    ]
    assert ActivityPhase.REST in phases
    assert ActivityPhase.UNREST in phases


def test_a_second_call_finds_the_demo(demo: Path) -> None:
    before = content(demo)
    heard: list[object] = []
    make_demo(demo, 2, heard.append, SMALL_DEMO)
    assert not heard
    assert content(demo) == before


def test_an_interrupted_demo_is_finished_and_finished_cubes_stay(
    demo: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "archive"
    shutil.copytree(demo, folder)
    kept, lost = SMALL_DEMO[0].frame, SMALL_DEMO[2].frame
    (folder / f"{kept}.thalia" / "journal-me.jsonl").write_text("work of a person")
    shutil.rmtree(folder / f"{lost}.zarr")
    make_demo(folder, 2, plans=SMALL_DEMO)
    assert content(folder / f"{lost}.zarr") == content(demo / f"{lost}.zarr")
    assert (folder / f"{kept}.thalia" / "journal-me.jsonl").read_text() == "work of a person"


def test_the_demo_takes_no_folder_of_others(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("precious")
    with pytest.raises(ThaliaError, match=r"something else.*thesis\.txt"):
        make_demo(tmp_path, plans=SMALL_DEMO)
    with pytest.raises(ThaliaError, match="file"):
        make_demo(tmp_path / "thesis.txt", plans=SMALL_DEMO)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]
