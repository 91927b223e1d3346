"""LiCSAR frames to cubes: exact values, exact places, and every way a source can be odd."""

import errno
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
import pytest
import rasterio
from rasterio.transform import Affine, from_origin
from support.licsar import (
    COLS,
    FRAME,
    ORIGIN,
    PAIRS,
    ROWS,
    coherence_of,
    make_frame,
    phase_of,
    phase_path,
    write_tiff,
)

from thalia_core.build.assemble import assemble, output_of
from thalia_core.build.licsar import FramePlan, find_frames, frame_id, plan_frame
from thalia_core.build.metadata import read_baselines, read_metadata
from thalia_core.cube.durable import write_bytes
from thalia_core.cube.pairs import DatePair
from thalia_core.cube.store import CubeAppender, CubeStore, CubeWriter
from thalia_core.errors import BuildError

Verb = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def frame(tmp_path: Path) -> Path:
    return make_frame(tmp_path / "licsar" / FRAME)


def built(plan: FramePlan, out: Path) -> CubeStore:
    assemble(plan, out)
    return CubeStore.open(out)


def expected_phase(pair: str) -> np.ndarray:
    phase = phase_of(pair)
    phase[phase == 0] = np.nan
    return phase


# The plan


def test_a_plan_says_what_is_there(frame: Path) -> None:
    plan = plan_frame(frame)
    assert plan.frame == FRAME
    assert [str(files.pair) for files in plan.pairs] == list(PAIRS)
    assert plan.dates == (date(2020, 1, 1), date(2020, 1, 13), date(2020, 1, 25))
    assert plan.layers == ("insar_difference", "insar_coherence", "dem", "land_mask")
    assert (plan.problems, plan.gaps) == ((), ())
    assert plan.geometry.shape == (ROWS, COLS)
    assert plan.geometry.transform == pytest.approx(tuple(ORIGIN)[:6], abs=1e-12)
    assert plan.metadata.center_time == "00:26:14.884940"
    assert plan.baseline(DatePair.parse("20200101_20200113")) == pytest.approx(51.5705)


def test_the_real_plan(galapagos_source: Path) -> None:
    plan = plan_frame(galapagos_source)
    assert plan.frame == "106A_09048_000909"
    assert len(plan.pairs) == 7
    assert plan.geometry.shape == (1913, 1840)
    assert plan.dem is None
    assert plan.land_mask is not None
    assert plan.baseline(DatePair.parse("20240211_20240306")) == 17
    assert plan.outline is not None
    assert plan.problems == ()


def test_a_frame_is_named_by_its_folder_else_by_its_files(frame: Path, tmp_path: Path) -> None:
    assert frame_id(frame) == FRAME
    renamed = frame.rename(tmp_path / "my frame")
    assert frame_id(renamed) == FRAME
    shutil.rmtree(renamed / "metadata")
    assert frame_id(renamed) == "my frame"


def test_a_tree_of_frames_is_searched(tmp_path: Path) -> None:
    ours = [tmp_path / "106" / FRAME, tmp_path / "14" / "014A_07688_131313"]
    for folder in ours:
        make_frame(folder, PAIRS[:1])
    assert find_frames(tmp_path) == ours


@pytest.mark.parametrize("folder", ["interferograms", "products", "GEOC"])
def test_older_layouts(frame: Path, folder: str) -> None:
    (frame / "interferograms").rename(frame / folder)
    assert len(plan_frame(frame).pairs) == 3


def test_metadata_keys_that_are_missing_or_illegible_are_not_invented(tmp_path: Path) -> None:
    path = tmp_path / "metadata.txt"
    path.write_text("heading=north\ncenter_time=25:00:00\n")
    metadata = read_metadata(path)
    assert metadata.missing == ("center_time", "heading", "avg_incidence_angle")


def test_baselines_of_another_primary_are_left_out(tmp_path: Path) -> None:
    path = tmp_path / "baselines"
    path.write_text("20200101 20200113 5.5 12\n20190101 20200125 7 12\nnonsense\n")
    baselines, odd = read_baselines(path)
    assert baselines == {date(2020, 1, 1): 0.0, date(2020, 1, 13): 5.5}
    assert [text.split(" is ")[0] for text in odd] == ["line 2", "line 3"]


# The cube


def test_a_cube_equals_its_rasters(frame: Path, tmp_path: Path) -> None:
    cube = built(plan_frame(frame), tmp_path / "c.zarr")
    assert [str(pair) for pair in cube.pairs] == list(PAIRS)
    for pair in cube.pairs:
        np.testing.assert_array_equal(
            cube.read_plane("insar_difference", pair), expected_phase(str(pair))
        )
        coherence = coherence_of(str(pair)).astype(np.float32)
        coherence[coherence == 0] = np.nan
        np.testing.assert_array_equal(
            cube.read_plane("insar_coherence", pair), coherence / np.float32(255)
        )
    assert cube.read_plane("dem")[1, 0] == COLS
    np.testing.assert_array_equal(np.unique(cube.read_plane("land_mask")[:, :6]), [0])
    np.testing.assert_array_equal(np.unique(cube.read_plane("land_mask")[:, 6:]), [1])
    np.testing.assert_allclose(cube.pairs.baselines, [51.5705, 111, 59.4295], rtol=1e-6)


def test_attributes_tell_the_orbit_and_the_licence(frame: Path, tmp_path: Path) -> None:
    attrs = built(plan_frame(frame), tmp_path / "c.zarr").attrs
    assert attrs["frame"] == FRAME
    assert (attrs["track"], attrs["orbit_pass"]) == (999, "ascending")
    assert attrs["heading"] == pytest.approx(-12.019061)
    assert attrs["avg_incidence_angle"] == pytest.approx(41.6437)
    assert attrs["center_time"] == "00:26:14.884940"
    assert "COMET" in attrs["license"]
    assert "10.3390/rs12152430" in attrs["references"]
    assert attrs["Conventions"].startswith("CF-1.")


def test_south_up_rasters_are_turned(frame: Path, tmp_path: Path) -> None:
    south_up = Affine(0.001, 0, -91.25, 0, 0.001, 0.5 - ROWS * 0.001)
    write_tiff(phase_path(frame, PAIRS[1]), phase_of(PAIRS[1])[::-1], south_up)
    plan = plan_frame(frame)
    assert plan.problems == ()
    cube = built(plan, tmp_path / "c.zarr")
    np.testing.assert_array_equal(
        cube.read_plane("insar_difference", DatePair.parse(PAIRS[1])), expected_phase(PAIRS[1])
    )


def test_last_digits_of_the_transform_may_differ(frame: Path) -> None:
    near = from_origin(-91.25 + 2e-7, 0.5 - 3e-7, 0.001 + 1e-10, 0.001)
    write_tiff(phase_path(frame, PAIRS[0]), phase_of(PAIRS[0]), near)
    plan = plan_frame(frame)
    assert plan.problems == ()
    assert len(plan.pairs) == 3


def test_old_coherence_from_0_to_1_is_told_by_its_type(frame: Path, tmp_path: Path) -> None:
    for pair in PAIRS:
        old = np.full((ROWS, COLS), 51 / 255, np.float32)
        old[:3, :5] = 0
        write_tiff(frame / "interferograms" / pair / f"{pair}.geo.cc.tif", old)
    cube = built(plan_frame(frame), tmp_path / "c.zarr")
    coherence = cube.read_plane("insar_coherence", cube.pairs[0])
    assert np.isnan(coherence[:3, :5]).all()
    assert coherence[10, 10] == pytest.approx(0.2)


def test_what_the_source_lacks_is_recorded(frame: Path, tmp_path: Path) -> None:
    shutil.rmtree(frame / "metadata")
    for path in frame.glob("interferograms/*/*.cc.tif"):
        path.unlink()
    plan = plan_frame(frame)
    assert [gap.where.name for gap in plan.gaps] == ["metadata.txt", "baselines", FRAME]
    assert plan.gaps[2].why == "no coherence for any pair"
    assert plan.problems == ()
    cube = built(plan, tmp_path / "c.zarr")
    assert cube.layers == ("insar_difference",)
    assert {"dem", "insar_coherence"} <= set(cube.missing_layers)
    assert np.isnan(cube.pairs.baselines).all()
    assert "heading" not in cube.attrs


# Products that do not fit


def cut(path: Path, keep: float) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * keep)])


@pytest.mark.parametrize("keep", [0.0, 0.02, 0.6])
@pytest.mark.parametrize("product", ["diff_pha", "cc"])
def test_a_truncated_raster_leaves_its_pair_out_by_name(
    frame: Path, tmp_path: Path, verb: Verb, keep: float, product: str
) -> None:
    name = f"{PAIRS[0]}.geo.{product}.tif"
    cut(frame / "interferograms" / PAIRS[0] / name, keep)
    done = verb("build", "licsar", frame, tmp_path / "c.zarr")
    assert done.returncode == 1
    assert name in done.stderr
    assert "Traceback" not in done.stderr
    assert [str(pair) for pair in CubeStore.open(tmp_path / "c.zarr").pairs] == list(PAIRS[1:])


def test_a_raster_of_another_size_is_left_out_by_name(
    frame: Path, tmp_path: Path, verb: Verb
) -> None:
    write_tiff(phase_path(frame, PAIRS[2]), phase_of(PAIRS[2], ROWS + 1))
    write_tiff(frame / "metadata" / f"{FRAME}.geo.hgt.tif", np.ones((ROWS, COLS - 1), np.float32))
    done = verb("build", "licsar", frame, tmp_path / "c.zarr")
    assert done.returncode == 1
    assert phase_path(frame, PAIRS[2]).name in done.stderr
    assert "25 x 18" in done.stderr
    cube = CubeStore.open(tmp_path / "c.zarr")
    assert len(cube.pairs) == 2
    assert "dem" in cube.missing_layers


@pytest.mark.parametrize(
    ("transform", "crs"),
    [
        (from_origin(-91.2495, 0.5, 0.001, 0.001), "EPSG:4326"),
        (from_origin(-91.25, 0.5, 0.0011, 0.001), "EPSG:4326"),
        (Affine(0.001, 1e-5, -91.25, 0, -0.001, 0.5), "EPSG:4326"),
        (ORIGIN, "EPSG:32715"),
        (ORIGIN, None),
    ],
)
def test_a_raster_of_another_place_is_left_out(
    frame: Path, transform: Affine, crs: str | None
) -> None:
    write_tiff(phase_path(frame, PAIRS[0]), phase_of(PAIRS[0]), transform, crs)
    plan = plan_frame(frame)
    assert len(plan.pairs) == 2
    assert [finding.where for finding in plan.problems] == [phase_path(frame, PAIRS[0])]


def test_a_damaged_height_raster_is_a_missing_layer(frame: Path, tmp_path: Path) -> None:
    cut(frame / "metadata" / f"{FRAME}.geo.hgt.tif", 0.6)
    report = assemble(plan_frame(frame), tmp_path / "c.zarr")
    assert [finding.where.name for finding in report.problems] == [f"{FRAME}.geo.hgt.tif"]
    assert "dem" not in CubeStore.open(tmp_path / "c.zarr").layers


def test_a_height_raster_that_is_mended_comes_later(frame: Path, tmp_path: Path) -> None:
    hgt = frame / "metadata" / f"{FRAME}.geo.hgt.tif"
    whole = hgt.read_bytes()
    cut(hgt, 0.6)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(CubeWriter, "finish", interrupt)
        with pytest.raises(KeyboardInterrupt):
            assemble(plan_frame(frame), tmp_path / "resumed.zarr")
    assemble(plan_frame(frame), tmp_path / "extended.zarr")
    lacking = CubeStore.open(tmp_path / "extended.zarr")
    assert "dem" in lacking.missing_layers
    assert "dem" in lacking.attrs["missing_layers"]
    hgt.write_bytes(whole)
    for name, state in (("resumed", "resumed"), ("extended", "extended")):
        report = assemble(plan_frame(frame), tmp_path / f"{name}.zarr")
        assert (report.state, report.problems) == (state, ())
        cube = CubeStore.open(tmp_path / f"{name}.zarr")
        assert cube.read_plane("dem")[1, 0] == COLS
        assert "dem" not in cube.attrs["missing_layers"]


def test_a_layer_that_the_cube_has_is_not_taken_out(frame: Path, tmp_path: Path) -> None:
    mask = frame / "metadata" / f"{FRAME}.geo.landmask.tif"
    write_tiff(mask, np.zeros((ROWS, COLS), np.float32))  # all sea: no chunk is kept
    assemble(plan_frame(frame), tmp_path / "c.zarr")
    with CubeAppender.start(tmp_path / "c.zarr", dates=[], layers=["land_mask"]) as appender:
        appender.drop(["land_mask", "dem"])
        appender.finish()
    assert {"land_mask", "dem"} <= set(CubeStore.open(tmp_path / "c.zarr").layers)


def test_folders_that_hold_no_pair_are_named(frame: Path) -> None:
    (frame / "interferograms" / "20209901_20200113").mkdir()
    (frame / "interferograms" / "20200113_20200101").mkdir()
    (frame / "interferograms" / "20200113_20200206").mkdir()
    plan = plan_frame(frame)
    assert len(plan.pairs) == 3
    assert len(plan.problems) == 3


def test_missing_metadata_keys_are_reported(frame: Path, tmp_path: Path, verb: Verb) -> None:
    (frame / "metadata" / "metadata.txt").write_text("heading=-12.0\n")
    done = verb("build", "licsar", frame, tmp_path / "c.zarr")
    assert done.returncode == 1
    assert "center_time, avg_incidence_angle" in done.stderr
    attrs = CubeStore.open(tmp_path / "c.zarr").attrs
    assert attrs["heading"] == -12.0
    assert "center_time" not in attrs


# Sources and outputs that are none


def no_such_path(source: Path) -> str:
    return "no such folder"


def a_file(source: Path) -> str:
    source.write_text("hello")
    return "it is a file"


def an_empty_folder(source: Path) -> str:
    source.mkdir()
    return "not a LiCSAR frame"


def a_frame_without_a_sound_pair(source: Path) -> str:
    make_frame(source, PAIRS[:1])
    cut(phase_path(source, PAIRS[0]), 0.6)
    return "no usable interferogram"


@pytest.mark.parametrize(
    "prepare", [no_such_path, a_file, an_empty_folder, a_frame_without_a_sound_pair]
)
def test_a_source_that_is_none(tmp_path: Path, verb: Verb, prepare: Callable[[Path], str]) -> None:
    source, out = tmp_path / "source", tmp_path / "c.zarr"
    why = prepare(source)
    done = verb("build", "licsar", source, out)
    assert done.returncode == 2
    assert why in done.stderr
    assert str(source) in done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.glob("c.zarr*")) == []


def tree(folder: Path) -> dict[Path, tuple[int, bytes]]:
    return {
        path: (path.stat().st_mtime_ns, path.read_bytes())
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def output_file(out: Path, frame: Path) -> None:
    out.write_text("precious")


def output_folder(out: Path, frame: Path) -> None:
    out.mkdir()
    (out / "notes.txt").write_text("precious")


def output_of_another_frame(out: Path, frame: Path) -> None:
    other = make_frame(frame.parent / "888D_01234_131313")
    shutil.rmtree(other / "metadata")
    assemble(plan_frame(other), out)


@pytest.mark.parametrize("prepare", [output_file, output_folder, output_of_another_frame])
def test_an_output_that_is_something_else_is_not_touched(
    frame: Path, tmp_path: Path, verb: Verb, prepare: Callable[[Path, Path], None]
) -> None:
    out = tmp_path / "c.zarr"
    prepare(out, frame)
    before = tree(tmp_path)
    done = verb("build", "licsar", frame, out)
    assert done.returncode == 2
    assert "something else" in done.stderr
    assert str(out) in done.stderr
    assert tree(tmp_path) == before


def test_an_archive_folder_gets_one_cube_per_frame(tmp_path: Path, verb: Verb) -> None:
    names = [FRAME, "014A_07688_131313"]
    for name in names:
        folder = make_frame(tmp_path / "in" / name, PAIRS[:1])
        (folder / "metadata" / f"{FRAME}.geo.hgt.tif").unlink()
    done = verb("build", "licsar", tmp_path / "in", tmp_path / "archive")
    assert done.returncode == 0, done.stderr
    assert sorted(p.name for p in (tmp_path / "archive").iterdir()) == sorted(
        f"{name}.zarr" for name in names
    )
    refused = verb("build", "licsar", tmp_path / "in", tmp_path / "one.zarr")
    assert refused.returncode == 2
    assert "one cube holds one frame" in refused.stderr


def test_a_zarr_store_is_no_archive_folder(frame: Path, tmp_path: Path) -> None:
    (tmp_path / "store").mkdir()
    (tmp_path / "store" / "zarr.json").write_text("{}")
    with pytest.raises(BuildError, match="itself a Zarr store"):
        output_of(plan_frame(frame), tmp_path / "store")


# Again, and after a crash


def test_a_second_run_changes_nothing(frame: Path, tmp_path: Path, verb: Verb) -> None:
    out = tmp_path / "c.zarr"
    assert verb("build", "licsar", frame, out).returncode == 0
    before = tree(tmp_path)
    again = verb("build", "licsar", frame, out)
    assert again.returncode == 0
    assert "nothing to do" in again.stdout
    assert tree(tmp_path) == before


def test_pairs_that_came_later_are_added(frame: Path, tmp_path: Path) -> None:
    assemble(plan_frame(frame), tmp_path / "c.zarr")
    make_frame(frame, ["20191220_20200113", "20200125_20200206"])
    report = assemble(plan_frame(frame), tmp_path / "c.zarr")
    assert (report.state, report.added, report.pairs) == ("extended", 2, 5)
    assert not report.problems
    cube = CubeStore.open(tmp_path / "c.zarr")
    for pair in cube.pairs:
        found = cube.read_plane("insar_difference", pair)
        np.testing.assert_array_equal(found, expected_phase(str(pair)))
    assert assemble(plan_frame(frame), tmp_path / "c.zarr").state == "unchanged"


@pytest.mark.parametrize("writes", [3, 36])
def test_a_full_disk_is_told_and_the_build_goes_on_later(
    frame: Path, tmp_path: Path, verb: Verb, monkeypatch: pytest.MonkeyPatch, writes: int
) -> None:
    room = [writes]

    def write_or_refuse(path: Path, data: bytes) -> None:
        room[0] -= 1
        if room[0] < 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
        write_bytes(path, data)

    out = tmp_path / "c.zarr"
    with monkeypatch.context() as patched:
        patched.setattr("thalia_core.cube.store.local.write_bytes", write_or_refuse)
        done = verb("build", "licsar", frame, out)
    assert done.returncode == 2
    assert "No space left" in done.stderr
    assert "free some space" in done.stderr
    assert not out.exists()
    again = verb("build", "licsar", frame, out)
    assert again.returncode == 0, again.stderr
    assert [str(pair) for pair in CubeStore.open(out).pairs] == list(PAIRS)


def test_two_builds_of_one_output_do_not_mix(frame: Path, tmp_path: Path, verb: Verb) -> None:
    plan = plan_frame(frame)
    other = CubeWriter.start(
        tmp_path / "c.zarr",
        frame=plan.frame,
        geometry=plan.geometry,
        dates=plan.dates,
        layers=["insar_difference"],
    )
    done = verb("build", "licsar", frame, tmp_path / "c.zarr")
    assert done.returncode == 2
    assert "another process is building" in done.stderr
    other.close()
    refused = verb("build", "licsar", frame, tmp_path / "c.zarr")
    assert refused.returncode == 2
    assert "other sources or options" in refused.stderr


def test_a_line_torn_by_a_crash_is_no_plane(frame: Path, tmp_path: Path, verb: Verb) -> None:
    plan = plan_frame(frame)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(CubeWriter, "finish", interrupt)
        with pytest.raises(KeyboardInterrupt):
            assemble(plan, tmp_path / "c.zarr")
    log = tmp_path / "c.zarr.building" / "done.log"
    log.write_text(log.read_text()[:-4])
    report = assemble(plan, tmp_path / "c.zarr")
    assert report.state == "resumed"
    assert len(CubeStore.open(tmp_path / "c.zarr").pairs) == 3


def test_what_a_build_left_that_died_when_its_cube_was_in_place(
    frame: Path, tmp_path: Path
) -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("thalia_core.cube.store.create.sync_folder", interrupt)
        with pytest.raises(KeyboardInterrupt):
            assemble(plan_frame(frame), tmp_path / "c.zarr")
    assert (tmp_path / "c.zarr.building").exists()
    assert assemble(plan_frame(frame), tmp_path / "c.zarr").state == "unchanged"
    assert not (tmp_path / "c.zarr.building").exists()


def interrupt(writer: CubeWriter) -> Path:
    raise KeyboardInterrupt


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")
def test_kill_9_and_resume(
    galapagos_source: Path, galapagos_cube: Path, tmp_path: Path, thalia_command: list[str]
) -> None:
    out = tmp_path / "c.zarr"
    command = [*thalia_command, "build", "licsar", str(galapagos_source), str(out)]
    kills = 0
    for chunks in (1, 5, 9):
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        while process.poll() is None and planes_in(tmp_path) < chunks:
            time.sleep(0.002)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        kills += process.returncode == -signal.SIGKILL
        assert not out.exists()
    assert kills == 3
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "going on where it stopped" in done.stdout
    assert [path.name for path in tmp_path.iterdir()] == ["c.zarr"]
    assert_same_cubes(out, galapagos_cube)


def planes_in(folder: Path) -> int:
    """Finished files of the raw layers, wherever the build keeps them."""
    return sum(
        "insar_" in root
        for root, _, files in os.walk(folder)
        for name in files
        if not name.startswith((".", "zarr.json"))
    )


def assert_same_cubes(one: Path, other: Path) -> None:
    first, second = CubeStore.open(one), CubeStore.open(other)
    assert list(first.pairs) == list(second.pairs)
    assert first.layers == second.layers
    np.testing.assert_array_equal(first.pairs.baselines, second.pairs.baselines)
    for pair in first.pairs:
        for name in ("insar_difference", "insar_coherence"):
            np.testing.assert_array_equal(
                first.read_plane(name, pair), second.read_plane(name, pair)
            )


# The real frame


def test_the_real_cube_equals_its_rasters(galapagos_source: Path, galapagos_cube: Path) -> None:
    import xarray as xr

    opened = xr.open_zarr(galapagos_cube, chunks=None)
    assert opened["primary_date"].dtype.kind == "M"
    valid = opened["valid_date_pair"].values.astype(bool)
    assert valid.sum() == 7
    for i, j in np.argwhere(valid):
        pair = opened.isel(primary_date=i, secondary_date=j)
        name = "_".join(str(d)[:10].replace("-", "") for d in _days(pair))
        stem = galapagos_source / "interferograms" / name / f"{name}.geo"
        with rasterio.open(f"{stem}.diff_pha.tif") as raster:
            phase = raster.read(1)
        phase[phase == 0] = np.nan
        np.testing.assert_array_equal(pair["insar_difference"].values, phase)
        with rasterio.open(f"{stem}.cc.tif") as raster:
            coherence = raster.read(1).astype(np.float32)
        coherence[coherence == 0] = np.nan
        np.testing.assert_array_equal(pair["insar_coherence"].values, coherence)
    i, j = np.argwhere(~valid)[0]
    absent = opened.isel(primary_date=i, secondary_date=j)
    assert np.isnan(absent["insar_difference"].values).all()
    assert np.isnan(absent["insar_coherence"].values).all()


def _days(pair: object) -> tuple[object, object]:
    return pair["primary_date"].values, pair["secondary_date"].values  # type: ignore[index]


def test_gdal_and_xarray_place_it_where_the_rasters_lie(
    galapagos_source: Path, galapagos_cube: Path
) -> None:
    import xarray as xr

    with rasterio.open(next(galapagos_source.glob("interferograms/*/*.diff_pha.tif"))) as raster:
        wanted, shape = raster.transform, raster.shape
        corner = raster.xy(0, 0)
        far = raster.xy(raster.height - 1, raster.width - 1)
    with rasterio.open(f'ZARR:"{galapagos_cube}":/insar_difference:0:1') as raster:
        assert raster.crs.to_epsg() == 4326
        assert raster.shape == shape
        assert tuple(raster.transform) == pytest.approx(tuple(wanted), abs=1e-9)
        values = raster.read(1)
    cube = CubeStore.open(galapagos_cube)
    np.testing.assert_array_equal(values, cube.read_plane("insar_difference", cube.pairs[0]))
    opened = xr.open_zarr(galapagos_cube, chunks=None)
    x, y = opened["insar_difference"].dims[-1], opened["insar_difference"].dims[-2]
    assert (opened[x].values[0], opened[y].values[0]) == pytest.approx(corner, abs=1e-9)
    assert (opened[x].values[-1], opened[y].values[-1]) == pytest.approx(far, abs=1e-9)
    mapping = opened["insar_difference"].encoding.get("grid_mapping") or opened[
        "insar_difference"
    ].attrs.get("grid_mapping")
    assert opened[mapping].attrs["grid_mapping_name"] == "latitude_longitude"


def test_the_other_real_frame_has_heights_but_no_coherence(
    shared_data: Path, tmp_path: Path, verb: Verb
) -> None:
    source = shared_data / "data" / "licsar" / "014A_07688_131313"
    done = verb("build", "licsar", source, tmp_path)
    assert done.returncode == 0, done.stderr
    cube = CubeStore.open(tmp_path / "014A_07688_131313.zarr")
    assert len(cube.pairs) == 60
    assert "insar_coherence" in cube.missing_layers
    with rasterio.open(source / "metadata" / "014A_07688_131313.geo.hgt.tif") as raster:
        np.testing.assert_array_equal(cube.read_plane("dem"), raster.read(1))
