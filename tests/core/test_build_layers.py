"""What else a frame may hold: other layouts, unwrapped phase, line of sight, GACOS, voids."""

from pathlib import Path

import numpy as np
import pytest
from support.licsar import COLS, FRAME, PAIRS, ROWS, make_frame, phase_of, write_tiff

from thalia_core.build.licsar import plan_frame
from thalia_core.cube.pairs import DatePair
from thalia_core.cube.store import CubeStore
from thalia_core.insar.los import sight_of

PAIR = DatePair.parse(PAIRS[0])


@pytest.fixture
def frame(tmp_path: Path) -> Path:
    return make_frame(tmp_path / "licsar" / FRAME)


def build(verb, frame: Path, out: Path, *words: object) -> CubeStore:
    done = verb("build", "licsar", frame, out, *words)
    assert done.returncode in (0, 1), done.stderr
    return CubeStore.open(out)


def add_sight(frame: Path, folder: str = "metadata") -> dict[str, np.ndarray]:
    parts = {"E": -0.65, "N": -0.138, "U": 0.747}
    planes = {way: np.full((ROWS, COLS), value, np.float32) for way, value in parts.items()}
    for way, plane in planes.items():
        plane[0, 0] = 0
        write_tiff(frame / folder / f"{FRAME}.geo.{way}.tif", plane)
    return planes


def add_delays(frame: Path, folder: str = "epochs") -> np.ndarray:
    delay = np.linspace(20, 30, ROWS * COLS, dtype=np.float32).reshape(ROWS, COLS)
    delay[0, 0], delay[0, 1] = 0, np.nan
    for day in ("20200101", "20200113", "20200125"):
        write_tiff(frame / folder / day / f"{day}.sltd.geo.tif", delay + int(day[-2:]))
    return delay


def test_unwrapped_phase_comes_where_it_is(verb, frame: Path, tmp_path: Path):
    unwrapped = phase_of(PAIRS[0]) * 5
    write_tiff(frame / "interferograms" / PAIRS[0] / f"{PAIRS[0]}.geo.unw.tif", unwrapped)
    done = verb("build", "licsar", frame, tmp_path / "c.zarr")
    assert f"no unwrapped phase for {PAIRS[1]}, {PAIRS[2]}" in done.stderr
    cube = CubeStore.open(tmp_path / "c.zarr")
    found = cube.read_plane("unwrapped_phase", PAIR)
    np.testing.assert_array_equal(found, np.where(unwrapped == 0, np.nan, unwrapped))
    assert np.isnan(cube.read_plane("unwrapped_phase", DatePair.parse(PAIRS[1]))).all()


def test_a_damaged_unwrapped_phase_leaves_the_pair_in(verb, frame: Path, tmp_path: Path):
    path = frame / "interferograms" / PAIRS[0] / f"{PAIRS[0]}.geo.unw.tif"
    write_tiff(path, phase_of(PAIRS[0]))
    path.write_bytes(path.read_bytes()[:-800])
    done = verb("build", "licsar", frame, tmp_path / "c.zarr")
    assert done.returncode == 1
    assert path.name in done.stderr
    assert PAIR in CubeStore.open(tmp_path / "c.zarr").pairs


def test_the_line_of_sight_comes_whole_or_not_at_all(verb, frame: Path, tmp_path: Path):
    add_sight(frame)
    cube = build(verb, frame, tmp_path / "c.zarr")
    assert cube.read_plane("los_up")[5, 5] == np.float32(0.747)
    assert np.isnan(cube.read_plane("los_east")[0, 0]), "an exact zero is no data"
    (frame / "metadata" / f"{FRAME}.geo.N.tif").unlink()
    done = verb("build", "licsar", frame, tmp_path / "d.zarr")
    assert "E, N and U are not all usable; not built" in done.stderr
    assert "los_up" not in CubeStore.open(tmp_path / "d.zarr").layers
    attrs = CubeStore.open(tmp_path / "d.zarr").attrs
    assert attrs["heading"] == -12.019061
    assert attrs["avg_incidence_angle"] == 41.6437


def test_readers_get_a_line_of_sight_with_or_without_its_rasters(verb, frame: Path, tmp_path: Path):
    sight, told = sight_of(build(verb, frame, tmp_path / "c.zarr"))
    assert (sight.east, sight.north, sight.up) == pytest.approx((-0.650, -0.138, 0.747), abs=1e-3)
    assert "heading -12.0191 and incidence 41.6437" in told
    planes = add_sight(frame)
    sight, _ = sight_of(build(verb, frame, tmp_path / "c.zarr"))  # added to the finished cube
    np.testing.assert_array_equal(sight.east[1:], planes["E"][1:])


def test_gacos_delays_come_when_they_are_wanted_also_later(verb, frame: Path, tmp_path: Path):
    delay = add_delays(frame)
    plain = verb("build", "licsar", frame, tmp_path / "c.zarr")
    assert "GACOS delays of 3 dates are there; --gacos adds them" in plain.stderr
    done = verb("build", "licsar", frame, tmp_path / "c.zarr", "--gacos")
    assert "extended by 0 interferograms" in done.stdout
    cube = CubeStore.open(tmp_path / "c.zarr")
    for name, day in (("primary", 1), ("secondary", 13)):
        found = cube.read_plane(f"{name}_date_gacos_slant_delay", PAIR)
        wanted = np.where(np.isnan(delay) | (delay + day == 0), np.nan, delay + day)
        np.testing.assert_allclose(found, wanted, rtol=1e-5)
    again = verb("build", "licsar", frame, tmp_path / "c.zarr", "--gacos")
    assert "nothing to do" in again.stdout


@pytest.mark.parametrize("layout", ["products", "GEOC"])
def test_older_layouts_give_the_same_cube(verb, frame: Path, tmp_path: Path, layout: str):
    add_sight(frame)
    add_delays(frame)
    now = build(verb, frame, tmp_path / "now.zarr", "--gacos")
    (frame / "interferograms").rename(frame / layout)
    (frame / "epochs").rename(frame / layout / "epochs")
    if layout == "GEOC":
        for path in (frame / "metadata").iterdir():
            path.rename(frame / "GEOC" / path.name)
    older = build(verb, frame, tmp_path / "older.zarr", "--gacos")
    assert older.layers == now.layers
    assert list(older.pairs) == list(now.pairs)
    assert list(older.pairs.baselines) == list(now.pairs.baselines)
    for name in now.layers:
        np.testing.assert_array_equal(older.read_plane(name, PAIR), now.read_plane(name, PAIR))


def test_a_pair_in_two_layouts_is_built_once_and_named(verb, frame: Path, tmp_path: Path):
    make_frame(tmp_path / "other", [PAIRS[0]])
    (frame / "GEOC").mkdir()
    (tmp_path / "other" / "interferograms" / PAIRS[0]).rename(frame / "GEOC" / PAIRS[0])
    done = verb("build", "licsar", frame, tmp_path / "c.zarr")
    assert done.returncode == 1
    assert f"GEOC/{PAIRS[0]}: {PAIRS[0]} stands in" in done.stderr
    assert len(CubeStore.open(tmp_path / "c.zarr").pairs) == 3


@pytest.mark.parametrize("void", [-32768, -9999, np.nan])
def test_voids_in_the_heights_are_no_data_and_are_told(verb, frame: Path, tmp_path, void):
    height = np.full((ROWS, COLS), 500, np.float32)
    height[:6] = void
    write_tiff(frame / "metadata" / f"{FRAME}.geo.hgt.tif", height)
    done = verb("build", "licsar", frame, tmp_path / "c.zarr")
    assert f"{FRAME}.geo.hgt.tif: 25.0% of its heights are void" in done.stderr
    assert np.isnan(CubeStore.open(tmp_path / "c.zarr").read_plane("dem")[:6]).all()


def test_reversed_dates_are_named(verb, frame: Path, tmp_path: Path):
    (frame / "interferograms" / PAIRS[0]).rename(frame / "interferograms" / "20200113_20200101")
    done = verb("build", "licsar", frame, tmp_path / "c.zarr")
    assert "20200113_20200101: its first date is not before its second; not built" in done.stderr
    assert len(plan_frame(frame).pairs) == 2
