"""``thalia info``: what is in a cube or a folder, told to people and to scripts."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from thalia_core.cube.geometry import Geometry
from thalia_core.cube.pairs import DatePair
from thalia_core.cube.store import CubeWriter

PAIR = DatePair(date(2020, 1, 1), date(2020, 1, 13))
Verb = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def cube(tmp_path: Path) -> Path:
    return make_cube(tmp_path / "archive" / "999A_01234_131313.zarr")


def make_cube(path: Path) -> Path:
    path.parent.mkdir(exist_ok=True)
    writer = CubeWriter.start(
        path,
        frame=path.stem,
        geometry=Geometry(10, 12, -91.0, 0.5, 0.001, -0.001),
        dates=[PAIR.primary, PAIR.secondary],
        layers=["insar_difference", "insar_coherence"],
    )
    writer.write("insar_coherence", np.full((10, 12), 0.5, np.float32), pair=PAIR)
    writer.write("insar_difference", np.full((10, 12), 1.0, np.float32), pair=PAIR)
    return writer.finish()


def test_json_of_a_cube(cube: Path, verb: Verb) -> None:
    done = verb("info", cube, "--json")
    assert (done.returncode, done.stderr) == (0, "")
    told = json.loads(done.stdout)
    assert told["frame"] == "999A_01234_131313"
    assert told["zarr_format"] == 2
    assert told["shape"] == [10, 12]
    assert (told["pairs"], told["dates"], told["labelled_pairs"]) == (1, 2, 0)
    assert (told["first_date"], told["last_date"]) == ("2020-01-01", "2020-01-13")
    assert told["layers"] == ["insar_difference", "insar_coherence"]
    assert "dem" in told["missing_layers"]
    assert told["crs"] == "EPSG:4326"
    assert told["bounds"] == pytest.approx([-91.0005, 0.4905, -90.9885, 0.5005], abs=1e-9)
    assert told["coherence_scale"] == 255
    assert told["editable"] is True
    assert told["read_only_reason"] is None


def test_text_of_a_cube(cube: Path, verb: Verb) -> None:
    text = verb("info", cube).stdout
    assert text.startswith("999A_01234_131313\n")
    for words in (
        "Zarr v2",
        "10 rows x 12 columns of 111 x 111 m",
        "1 of 2 dates, 2020-01-01 to 2020-01-13",
        "kept as 0-255",
        "surface_pressure (both dates)",
        "0 of 1 pairs",
    ):
        assert words in text


def test_a_label_counts(cube: Path, verb: Verb) -> None:
    assert verb("annotate", cube, PAIR, "--caption", "Nothing moves", "--by", "A").returncode == 0
    assert json.loads(verb("info", cube, "--json").stdout)["labelled_pairs"] == 1


def test_a_folder_lists_broken_cubes_with_their_problem(cube: Path, verb: Verb) -> None:
    make_cube(cube.with_name("888D_01234_131313.zarr"))
    damaged = cube.with_name("777A_01234_131313.zarr")
    shutil.copytree(cube, damaged)
    (damaged / "primary_date" / ".zarray").write_text("{")
    done = verb("info", cube.parent, "--json")
    assert done.returncode == 1
    told = json.loads(done.stdout)
    assert [Path(entry["path"]).name[:4] for entry in told["cubes"]] == ["777A", "888D", "999A"]
    assert "metadata are damaged" in told["cubes"][0]["problem"]
    assert (told["frames"], told["pairs"], told["problems"]) == (3, 2, 1)
    text = verb("info", cube.parent).stdout
    assert "metadata are damaged" in text
    assert "999A_01234_131313: 10 x 12, 1 pairs" in text


def test_what_is_no_cube_is_one_message(tmp_path: Path, verb: Verb) -> None:
    (tmp_path / "notes.txt").write_text("hello")
    for path in (tmp_path / "none.zarr", tmp_path / "notes.txt", tmp_path):
        done = verb("info", path)
        assert done.returncode == 2
        assert done.stdout == ""
        assert done.stderr.count("\n") == 1
        assert str(path) in done.stderr


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="nothing is forbidden to root"
)
def test_a_cube_that_cannot_be_written_says_why(cube: Path, verb: Verb) -> None:
    cube.chmod(0o555)
    try:
        told = json.loads(verb("info", cube, "--json").stdout)
    finally:
        cube.chmod(0o755)
    assert told["editable"] is False
    assert "no permission" in told["read_only_reason"]


def test_info_loads_nothing_heavy(cube: Path) -> None:
    code = (
        "import sys; from thalia_core.cli import main; main(['info', sys.argv[1]]);"
        "heavy = {'torch', 'skimage', 'xarray', 'dask', 'scipy', 'PySide6', 'rasterio', 'pandas'};"
        "sys.exit(' '.join(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(cube)], capture_output=True, text=True, check=False
    )
    assert done.stderr.strip() == ""


def test_the_real_cube(galapagos_cube: Path, verb: Verb) -> None:
    told = json.loads(verb("info", galapagos_cube, "--json").stdout)
    assert told["frame"] == "106A_09048_000909"
    assert told["shape"] == [1913, 1840]
    assert told["pairs"] == 7
    assert told["labelled_pairs"] == 0
    assert told["layers"] == ["insar_difference", "insar_coherence", "land_mask"]
    assert "dem" in told["missing_layers"]
    assert told["coherence_scale"] == 255
