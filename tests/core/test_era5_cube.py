"""``thalia build licsar --era5``: fields and time differences in the cube, now or later."""

import shutil
import sys
from datetime import date, datetime
from pathlib import Path

import numpy as np
import pytest
import rasterio
import xarray as xr
from rasterio.transform import from_origin
from support.era5 import LONS, NAMES, SHORT, STEP, grib, new_cds, old_cds, plane_by_hand
from support.licsar import COLS, FRAME, PAIRS, ROWS, coherence_of, make_frame, phase_of, write_tiff

from thalia_core.annotate.patch import Paint
from thalia_core.annotate.session import EditSession
from thalia_core.annotate.shapes import disc
from thalia_core.check.cube import check_cube
from thalia_core.cube.geometry import Geometry
from thalia_core.cube.pairs import DatePair
from thalia_core.cube.store import CubeAppender, CubeStore, CubeWriter, sort_dates
from thalia_core.errors import CubeError

PAIR = DatePair.parse(PAIRS[0])
MIDNIGHTS = [datetime(2020, 1, 1), datetime(2020, 1, 13), datetime(2020, 1, 25)]
EVES = [datetime(2020, 1, 2), datetime(2020, 1, 14), datetime(2020, 1, 26)]
DIFFERENCES = ("primary_date_era5_time_difference", "secondary_date_era5_time_difference")


@pytest.fixture
def frame(tmp_path: Path) -> Path:
    return make_frame(tmp_path / "licsar" / FRAME)


def set_time(frame: Path, clock: str) -> None:
    text = f"center_time={clock}\nheading=-12\navg_incidence_angle=41\n"
    (frame / "metadata" / "metadata.txt").write_text(text)


def require_by_hand(cube: Path, hours: list[datetime], names=SHORT) -> None:
    """Every field, read with plain xarray, to half a step."""
    geometry = CubeStore.open(cube).geometry
    with xr.open_zarr(cube, chunks=None) as data:
        for name in names:
            for axis in ("primary_date", "secondary_date"):
                found = data[f"{axis}_{name}"]
                assert found.dims == (axis, "y", "x")
                assert found.dtype.kind == "f"
                for n, hour in enumerate(hours):
                    wanted = plane_by_hand(SHORT[name], geometry, hour)
                    np.testing.assert_allclose(
                        found[n].values,
                        wanted,
                        rtol=0,
                        atol=STEP[SHORT[name]] * 0.6 + 1e-3,
                        err_msg=f"{axis} {name} {n}",
                    )


def files(cube: Path) -> dict[str, tuple[bytes, int]]:
    return {
        str(path.relative_to(cube)): (path.read_bytes(), path.stat().st_mtime_ns)
        for path in cube.rglob("*")
        if path.is_file()
    }


@pytest.mark.parametrize("make", [new_cds, old_cds, grib])
def test_a_cube_with_the_weather(verb, frame: Path, tmp_path: Path, make):
    era5 = make(tmp_path / "era5", MIDNIGHTS, NAMES)
    done = verb("build", "licsar", frame, tmp_path / "c.zarr", "--era5", era5)
    assert (done.returncode, done.stderr) == (0, "")
    require_by_hand(tmp_path / "c.zarr", MIDNIGHTS)
    with xr.open_zarr(tmp_path / "c.zarr", chunks=None) as data:
        for name in DIFFERENCES:
            np.testing.assert_allclose(data[name].values, -1574.88494, atol=1e-3)
            assert data[name].attrs["units"] == "s"
        assert data["primary_date_surface_pressure"].attrs["units"] == "Pa"
        assert data.attrs["missing_layers"] == []
    assert check_cube(tmp_path / "c.zarr") == []


def test_a_quarter_to_midnight_is_the_next_day(verb, frame: Path, tmp_path: Path):
    set_time(frame, "23:45:00")
    era5 = new_cds(tmp_path / "a.nc", MIDNIGHTS + EVES)
    done = verb("build", "licsar", frame, tmp_path / "c.zarr", "--era5", era5)
    assert (done.returncode, done.stderr) == (0, "")
    require_by_hand(tmp_path / "c.zarr", EVES)
    with xr.open_zarr(tmp_path / "c.zarr", chunks=None) as data:
        assert data[DIFFERENCES[0]].values.tolist() == [900, 900, 900]


def test_across_the_antimeridian(verb, tmp_path: Path):
    frame = tmp_path / FRAME
    place = from_origin(179.991, 0.5, 0.001, 0.001)
    stem = frame / "interferograms" / PAIRS[0] / f"{PAIRS[0]}.geo"
    write_tiff(Path(f"{stem}.diff_pha.tif"), phase_of(PAIRS[0]), place)
    write_tiff(Path(f"{stem}.cc.tif"), coherence_of(PAIRS[0]), place)
    era5 = new_cds(tmp_path / "a.nc", MIDNIGHTS, lons=np.arange(-180, 180, 0.25))
    words = ("--era5", era5, "--time", "0:26")
    done = verb("build", "licsar", frame, tmp_path / "c.zarr", *words)
    assert done.returncode == 0, done.stderr
    assert CubeStore.open(tmp_path / "c.zarr").geometry.x[-1] > 180
    require_by_hand(tmp_path / "c.zarr", MIDNIGHTS[:2])


def test_the_store_gives_float32_of_the_pair(verb, frame: Path, tmp_path: Path):
    era5 = new_cds(tmp_path / "a.nc", MIDNIGHTS)
    verb("build", "licsar", frame, tmp_path / "c.zarr", "--era5", era5)
    cube = CubeStore.open(tmp_path / "c.zarr")
    with xr.open_zarr(tmp_path / "c.zarr", chunks=None) as data:
        for axis, day in (("primary_date", PAIR.primary), ("secondary_date", PAIR.secondary)):
            plane = cube.read_plane(f"{axis}_surface_pressure", PAIR)
            assert plane.dtype == np.float32
            other = data[f"{axis}_surface_pressure"].sel({axis: np.datetime64(day)}).values
            np.testing.assert_array_equal(plane, other)
    place = f'ZARR:"{tmp_path / "c.zarr"}":/secondary_date_surface_pressure:1'
    with rasterio.open(place) as raster:
        values = raster.read(1) * raster.scales[0] + raster.offsets[0]
        assert raster.nodata == 65535
        assert raster.crs.to_epsg() == 4326
    np.testing.assert_array_equal(values, plane)


# Later, and again


def test_later_and_the_labels_stay(verb, frame: Path, tmp_path: Path):
    cube = tmp_path / "c.zarr"
    verb("build", "licsar", frame, cube)
    assert "primary_date_surface_pressure" in CubeStore.open(cube).missing_layers
    session = EditSession.open(cube, "ana", background=False)
    shape = disc(10, 10, 4, (ROWS, COLS))
    session.annotate(PAIR, "Brush", shape, Paint(2, 3), {"caption": "a dyke"})
    session.close()
    before = files(cube)
    era5 = new_cds(tmp_path / "a.nc", MIDNIGHTS)
    done = verb("build", "licsar", frame, cube, "--era5", era5)
    assert (done.returncode, done.stderr) == (0, "")
    assert "extended by 0 interferograms" in done.stdout
    require_by_hand(cube, MIDNIGHTS)
    after = files(cube)
    changed = {name for name in before if before[name][0] != after[name][0]}
    assert changed <= {".zmetadata", ".zattrs"}
    assert CubeStore.open(cube).read_label(PAIR).caption == "a dyke"
    assert CubeStore.open(cube).missing_layers == ()
    assert check_cube(cube) == []


def test_a_second_run_changes_nothing(verb, frame: Path, tmp_path: Path):
    era5 = new_cds(tmp_path / "a.nc", MIDNIGHTS)
    words = ("build", "licsar", frame, tmp_path / "c.zarr", "--era5", era5)
    verb(*words)
    before = files(tmp_path / "c.zarr")
    done = verb(*words)
    assert (done.returncode, done.stderr) == (0, "")
    assert "nothing to do, finished before" in done.stdout
    assert files(tmp_path / "c.zarr") == before


def test_built_at_once_or_later_the_planes_are_the_same(verb, frame: Path, tmp_path: Path):
    era5 = new_cds(tmp_path / "a.nc", MIDNIGHTS)
    verb("build", "licsar", frame, tmp_path / "at_once.zarr", "--era5", era5)
    verb("build", "licsar", frame, tmp_path / "later.zarr")
    verb("build", "licsar", frame, tmp_path / "later.zarr", "--era5", era5)
    one, two = files(tmp_path / "at_once.zarr"), files(tmp_path / "later.zarr")
    assert one.keys() == two.keys()
    chunks = [name for name in one if "date_" in name and "/." not in name]
    assert len(chunks) > 18
    assert all(one[name][0] == two[name][0] for name in chunks)


def test_hours_and_variables_that_came_later(verb, frame: Path, tmp_path: Path):
    cube = tmp_path / "c.zarr"
    first = new_cds(tmp_path / "a.nc", MIDNIGHTS[:1], ["tcwv", "sp"])
    done = verb("build", "licsar", frame, cube, "--era5", first)
    assert done.returncode == 1
    assert f"warning: {first}: no file holds vit" in done.stderr
    assert f"warning: {first}: 2020-01-13 has no total_column_water_vapour" in done.stderr
    assert "the hour 2020-01-25 00:00 UTC is missing" in done.stderr
    with xr.open_zarr(cube, chunks=None) as data:
        water = data["secondary_date_total_column_water_vapour"]
        assert np.isfinite(water[0]).all()
        assert np.isnan(water[1:]).all(), "a date without a field has no values"
        assert np.isfinite(data[DIFFERENCES[1]].values).tolist() == [True, False, False]
    rest = new_cds(tmp_path / "b.nc", MIDNIGHTS)
    done = verb("build", "licsar", frame, cube, "--era5", rest)
    assert (done.returncode, done.stderr) == (0, "")
    require_by_hand(cube, MIDNIGHTS)
    with xr.open_zarr(cube, chunks=None) as data:
        assert np.isfinite(data[DIFFERENCES[1]].values).all()


def test_a_day_that_lacks_a_variable_is_not_waited_for(verb, frame: Path, tmp_path: Path):
    paths = [
        new_cds(tmp_path / "a.nc", MIDNIGHTS, ["tcwv", "vit"]),
        new_cds(tmp_path / "b.nc", MIDNIGHTS[:1], ["sp"]),
    ]
    words = ("build", "licsar", frame, tmp_path / "c.zarr", "--era5", *paths)
    assert verb(*words).returncode == 1
    before = files(tmp_path / "c.zarr")
    done = verb(*words)
    assert done.returncode == 1
    assert "2020-01-25 has no surface_pressure" in done.stderr
    assert "nothing to do" in done.stdout
    assert files(tmp_path / "c.zarr") == before


def test_hours_of_another_time_are_not_mixed_in(verb, frame: Path, tmp_path: Path):
    era5 = new_cds(tmp_path / "a.nc", MIDNIGHTS, ["tcwv"])
    verb("build", "licsar", frame, tmp_path / "c.zarr", "--era5", era5)
    before = files(tmp_path / "c.zarr")
    rest = new_cds(tmp_path / "b.nc", EVES + MIDNIGHTS)
    done = verb("build", "licsar", frame, tmp_path / "c.zarr", "--era5", rest, "--time", "23:45")
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1] == (
        f"thalia: the cube has ERA5 of another time: {tmp_path / 'c.zarr'}; on 2020-01-01 the "
        "hour lies -1575 s from the acquisition, now +900 s; give the same --time, or build the "
        "cube anew"
    )
    assert files(tmp_path / "c.zarr") == before


def test_new_dates_bring_their_weather_and_dates_are_sorted(verb, frame: Path, tmp_path: Path):
    cube, era5 = tmp_path / "c.zarr", new_cds(tmp_path / "a.nc", MIDNIGHTS)
    early = frame / "interferograms" / PAIRS[0]
    shutil.move(early, tmp_path / "away")
    shutil.move(frame / "interferograms" / PAIRS[1], tmp_path / "away2")
    verb("build", "licsar", frame, cube, "--era5", era5)
    shutil.move(tmp_path / "away", early)
    done = verb("build", "licsar", frame, cube, "--era5", era5)
    assert (done.returncode, done.stderr) == (0, "")
    assert sort_dates(cube)
    require_by_hand(cube, MIDNIGHTS)
    with xr.open_zarr(cube, chunks=None) as data:
        assert np.isfinite(data[DIFFERENCES[0]].values).all()


def test_two_frames_and_one_download(verb, tmp_path: Path):
    one = make_frame(tmp_path / "tree" / FRAME)
    make_frame(tmp_path / "tree" / "998D_01234_131313")
    era5 = new_cds(tmp_path / "a.nc", MIDNIGHTS)
    (tmp_path / "b.nc").write_bytes(b"CDF\x01 torn")
    words = ("--era5", era5, tmp_path / "b.nc")
    done = verb("build", "licsar", tmp_path / "tree", tmp_path / "archive", *words)
    assert done.returncode == 1
    assert done.stderr.count("b.nc: cannot be read as netCDF") == 1, "told once, not for each"
    for name in (FRAME, "998D_01234_131313"):
        require_by_hand(tmp_path / "archive" / f"{name}.zarr", MIDNIGHTS)
    set_time(one, "12:00:00")
    done = verb("build", "licsar", tmp_path / "tree", tmp_path / "second", "--era5", era5)
    assert f"thalia: not built: {FRAME}" in done.stderr
    assert "the hour 2020-01-01 12:00 UTC is missing" in done.stderr
    require_by_hand(tmp_path / "second" / "998D_01234_131313.zarr", MIDNIGHTS)


def test_processes_write_the_same_bytes(thalia, verb, frame: Path, tmp_path: Path):
    era5 = new_cds(tmp_path / "a.nc", MIDNIGHTS)
    verb("build", "licsar", frame, tmp_path / "one.zarr", "--era5", era5)
    words = ("--era5", era5, "--workers", 2)
    done = thalia("build", "licsar", frame, tmp_path / "two.zarr", *words)
    assert done.returncode == 0, done.stderr
    one, two = files(tmp_path / "one.zarr"), files(tmp_path / "two.zarr")
    assert {name: found[0] for name, found in one.items()} == {
        name: found[0] for name, found in two.items()
    }


# The verb's refusals


def refused(verb, frame: Path, tmp_path: Path, *words: object) -> str:
    done = verb("build", "licsar", frame, tmp_path / "c.zarr", *words)
    assert done.returncode not in (0, 1)
    assert "Traceback" not in done.stderr
    assert not list(tmp_path.glob("c.zarr*")), "nothing was begun"
    return done.stderr


def test_a_path_that_is_not_there(verb, frame: Path, tmp_path: Path):
    told = refused(verb, frame, tmp_path, "--era5", tmp_path / "era.nc")
    assert told == (
        f"thalia: no such ERA5 file or folder: {tmp_path / 'era.nc'}; check the spelling\n"
    )


def test_a_frame_that_does_not_know_its_time(verb, frame: Path, tmp_path: Path):
    (frame / "metadata" / "metadata.txt").unlink()
    era5 = new_cds(tmp_path / "a.nc", MIDNIGHTS)
    assert "say it with --time HH:MM:SS (UTC)" in refused(verb, frame, tmp_path, "--era5", era5)
    done = verb("build", "licsar", frame, tmp_path / "d.zarr", "--era5", era5, "--time", "00:10")
    assert done.returncode == 0, done.stderr
    with xr.open_zarr(tmp_path / "d.zarr", chunks=None) as data:
        assert data[DIFFERENCES[0]].values.tolist() == [-600, -600, -600]


def test_a_time_that_is_none(verb, frame: Path, tmp_path: Path):
    era5 = new_cds(tmp_path / "a.nc", MIDNIGHTS)
    told = refused(verb, frame, tmp_path, "--era5", era5, "--time", "25:00")
    assert "'25:00' is no time of day" in told


def test_wrong_units(verb, frame: Path, tmp_path: Path):
    era5 = new_cds(tmp_path / "a.nc", MIDNIGHTS, ["sp"], units={"sp": "hPa"})
    told = refused(verb, frame, tmp_path, "--era5", era5)
    assert "'sp' is left out: surface_pressure is in 'hPa', not in Pa" in told


def test_another_place(verb, frame: Path, tmp_path: Path):
    era5 = new_cds(tmp_path / "a.nc", MIDNIGHTS, lons=LONS + 20)
    told = refused(verb, frame, tmp_path, "--era5", era5)
    assert "the frame needs longitude -91.25 to -91.23, it has -73.00 to -69.00" in told


def test_grib_where_eccodes_does_not_load(verb, frame: Path, tmp_path: Path, monkeypatch):
    (tmp_path / "a.grib").write_bytes(b"GRIB")
    monkeypatch.delitem(sys.modules, "thalia_core.build.era5.grib", raising=False)
    monkeypatch.setitem(sys.modules, "eccodes", None)
    told = refused(verb, frame, tmp_path, "--era5", tmp_path / "a.grib")
    assert told.startswith("thalia: cannot read GRIB here; ecCodes does not load: ")
    assert told.endswith("; pip install eccodeslib\n")


# How it is kept

DAYS = (date(2020, 1, 1), date(2020, 1, 13))
LAYER = "primary_date_surface_pressure"


def writer_of(folder: Path, size: int = 40) -> CubeWriter:
    return CubeWriter.start(
        folder / "c.zarr",
        frame=FRAME,
        geometry=Geometry(size, size, -91.0, 0.0, 0.001, -0.001),
        dates=DAYS,
        layers=["insar_difference", LAYER],
    )


def finished(writer: CubeWriter, size: int = 40) -> CubeStore:
    writer.write("insar_difference", np.ones((size, size), np.float32), pair=DatePair(*DAYS))
    return CubeStore.open(writer.finish())


@pytest.mark.parametrize("odd", [-2.0, 131_072.0, np.inf, -np.inf, 1e30])
def test_values_out_of_range_are_refused(tmp_path: Path, odd: float):
    plane = np.full((40, 40), 90_000.0, np.float32)
    plane[3, 4] = odd
    with writer_of(tmp_path) as writer, pytest.raises(CubeError) as failure:
        writer.write(LAYER, plane, date=DAYS[0])
    assert f"{odd:g} is not within 0 to 131068" in str(failure.value)
    assert LAYER in str(failure.value)


def test_the_whole_range_and_no_data_come_back(tmp_path: Path):
    plane = np.linspace(0, 131_068, 1600, dtype=np.float32).reshape(40, 40)
    plane[5, 5:9] = np.nan
    writer = writer_of(tmp_path)
    writer.write(LAYER, plane, date=DAYS[0])
    cube = finished(writer)
    found = cube.read_plane(LAYER, DatePair(*DAYS))
    np.testing.assert_allclose(found, plane, rtol=0, atol=1)
    with xr.open_zarr(cube.path, chunks=None) as data:
        np.testing.assert_array_equal(data[LAYER][0].values, found)
        assert np.isnan(data[LAYER][1].values).all()


def test_a_plane_of_no_data_reads_as_such(tmp_path: Path):
    writer = writer_of(tmp_path)
    writer.write(LAYER, np.full((40, 40), np.nan), date=DAYS[0])
    assert np.isnan(finished(writer).read_plane(LAYER, DatePair(*DAYS))).all()


def test_smooth_planes_are_small(tmp_path: Path):
    size = 1500
    plane = np.add.outer(np.linspace(80_000, 95_000, size), np.linspace(0, 9000, size))
    writer = writer_of(tmp_path, size)
    writer.write(LAYER, plane.astype(np.float32), date=DAYS[0])
    cube = finished(writer, size).path
    kept = sum(path.stat().st_size for path in (cube / LAYER).glob("0.*"))
    assert kept < 4 * size * size / 15


def older(cube: Path, dtype: str, fill: object, **attrs: object) -> None:
    """Put a layer of another program in the place of ours."""
    import zarr

    shutil.rmtree(cube / LAYER)
    (cube / ".zmetadata").unlink()
    group = zarr.open_group(cube, mode="r+", zarr_format=2)
    group.create_array(
        name=LAYER,
        shape=(2, 40, 40),
        chunks=(1, 40, 40),
        dtype=dtype,
        fill_value=fill,
        attributes={"_ARRAY_DIMENSIONS": ["primary_date", "y", "x"], **attrs},
    )


def test_cubes_that_keep_float32_take_more_of_it(tmp_path: Path):
    cube = finished(writer_of(tmp_path)).path
    older(cube, "float32", np.nan)
    plane = np.full((40, 40), 90_001.5, np.float32)
    with CubeAppender.start(cube, dates=list(DAYS), layers=[LAYER]) as appender:
        appender.write(LAYER, plane, date=DAYS[1])
        appender.write(LAYER, plane, date=DAYS[0])
        appender.finish()
    np.testing.assert_array_equal(CubeStore.open(cube).read_plane(LAYER, DatePair(*DAYS)), plane)


def test_cubes_packed_otherwise_are_not_written_to(tmp_path: Path):
    cube = finished(writer_of(tmp_path)).path
    older(cube, "int16", -32767, scale_factor=1.5, add_offset=90_000.0)
    with (
        CubeAppender.start(cube, dates=list(DAYS), layers=[LAYER]) as appender,
        pytest.raises(CubeError, match="kept as int16, packed in another way"),
    ):
        appender.write(LAYER, np.full((40, 40), 9e4), date=DAYS[1])
