"""ERA5 that cannot be used: nothing is guessed, and the message says what, where and what next."""

import contextlib
import zipfile
from datetime import date, datetime
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from support.era5 import LATS, UNITS, grib, new_cds, old_cds
from support.licsar import FRAME as LICSAR
from support.licsar import make_frame

from thalia_core.build.era5 import Era5, plan_era5
from thalia_core.build.era5.fields import VARIABLES
from thalia_core.cube.geometry import Geometry
from thalia_core.cube.store.packing import PACKED
from thalia_core.errors import BuildError

FRAME = Geometry(23, 31, -91.87, 0.61, 0.03, -0.04)
DAYS = (date(2020, 1, 1), date(2020, 1, 13))
HOURS = [datetime(2020, 1, 1), datetime(2020, 1, 13)]


def refusal(paths: list[Path], frame: Geometry = FRAME, clock: str | None = "00:00:00") -> str:
    with pytest.raises(BuildError) as failure:
        plan_era5(paths, frame, DAYS, clock)
    return str(failure.value)


NONE_USABLE = "no ERA5 field that can be used: {path}; {why}; give netCDF or GRIB files of ERA5 "
NONE_USABLE += "single levels with tcwv (total_column_water_vapour), sp (surface_pressure), "
NONE_USABLE += "vit (vertical_integral_of_temperature)"


def none_usable(path: Path, why: str) -> str:
    return NONE_USABLE.format(path=path, why=why)


# Paths


def test_a_path_that_is_not_there(tmp_path: Path):
    path = tmp_path / "era5.nc"
    assert refusal([path]) == f"no such ERA5 file or folder: {path}; check the spelling"


def test_an_empty_folder(tmp_path: Path):
    why = "there is neither netCDF, GRIB nor a zip of them"
    assert refusal([tmp_path]) == none_usable(tmp_path, why)


def test_a_file_of_another_kind(tmp_path: Path):
    path = tmp_path / "era5.nc"
    path.write_text("<html>log in first</html>")
    why = f"{path}: it is neither netCDF, GRIB nor a zip of them"
    assert refusal([path]) == none_usable(path, why)


def test_an_empty_file(tmp_path: Path):
    path = tmp_path / "era5.grib"
    path.touch()
    assert "it is neither netCDF, GRIB nor a zip of them" in refusal([path])


# Damage


def cut(path: Path, keep: float) -> Path:
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * keep)])
    return path


@pytest.mark.parametrize("keep", [0.05, 0.6, 0.97])
@pytest.mark.parametrize("make", [new_cds, old_cds, grib])
def test_a_file_that_was_cut_off(tmp_path: Path, make, keep: float):
    path = cut(make(tmp_path / "a", HOURS, ("tcwv", "sp")), keep)
    good = new_cds(tmp_path / "b.nc", HOURS)
    plan = plan_era5([path, good], FRAME, DAYS, "00:00:00")
    assert len(plan.nodes) == 6, "the whole file serves"
    assert any(str(path) in str(finding) for finding in plan.findings)
    if keep < 0.1:
        assert str(path) in refusal([path])


def test_bytes_turned_in_the_middle_of_a_grid(tmp_path: Path):
    path = grib(tmp_path / "a.grib", HOURS, ("tcwv",))
    whole = bytearray(path.read_bytes())
    whole[len(whole) // 2 + 100 :] = b"\xff" * (len(whole) // 2 - 100)
    path.write_bytes(whole)
    plan = plan_era5([path], FRAME, DAYS, "00:00:00")
    assert set(plan.nodes) == {("total_column_water_vapour", DAYS[0])}
    assert any("it is cut off or damaged after its first fields" in f.why for f in plan.findings)


@pytest.mark.parametrize("month", [0, 13, 255])
def test_a_grib_message_of_no_day(tmp_path: Path, month: int):
    path = grib(tmp_path / "a.grib", HOURS, ("tcwv",))
    whole = bytearray(path.read_bytes())
    whole[8 + 13] = month  # after the indicator: octet 14 of the product definition
    path.write_bytes(whole)
    plan = plan_era5([path], FRAME, DAYS, "00:00:00")
    assert set(plan.nodes) == {("total_column_water_vapour", DAYS[1])}
    assert any("'tcwv' is left out: it is of no hour" in f.why for f in plan.findings)


# not netCDF4: on a few such files the HDF5 library itself never comes back
@pytest.mark.parametrize("make", [old_cds, grib])
def test_any_bytes_turned_are_told_or_harmless(tmp_path: Path, make):
    good = make(tmp_path / "a", HOURS, ("tcwv", "sp")).read_bytes()
    rng = np.random.default_rng(5)
    for _ in range(40):
        whole = bytearray(good)
        for at in rng.integers(4, min(len(good), 4000), 3):
            whole[at] = rng.integers(256)
        (tmp_path / "b").write_bytes(whole)
        with contextlib.suppress(BuildError):
            plan_era5([tmp_path / "b"], FRAME, DAYS, "00:00:00")


def test_damage_within_netcdf4_is_told_once_in_words(thalia, tmp_path: Path):
    frame = make_frame(tmp_path / LICSAR)
    path = new_cds(tmp_path / "a.nc", HOURS)
    whole = path.read_bytes()
    path.write_bytes(whole[:3000] + b"\xff" * (len(whole) - 3000))
    done = thalia("build", "licsar", frame, tmp_path / "c.zarr", "--era5", path)
    assert done.returncode == 2
    assert done.stderr.startswith("thalia: no ERA5 field that can be used: ")
    assert f"{path}: cannot be read as netCDF: " in done.stderr
    assert done.stderr.count("\n") == 1, "a library says nothing of its own"


def test_a_damaged_archive(tmp_path: Path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(new_cds(tmp_path / "a.nc", HOURS), "a.nc")
    assert f"{path}: cannot be unpacked: File is not a zip file" in refusal([cut(path, 0.6)])


def test_an_archive_that_would_fill_the_disk(tmp_path: Path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.nc", b"\x89HDF\r\n\x1a\n" + bytes(20_000_000))
    assert "as no weather does" in refusal([path])


def test_an_archive_of_other_things(tmp_path: Path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.nc", "text")
    assert f"{path}/a.nc: it is neither netCDF nor GRIB" in refusal([path])


def test_what_was_unpacked_is_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    place = tmp_path / "tmp"
    place.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(place))
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(new_cds(tmp_path / "a.nc", HOURS), "a.nc")
    with Era5.open([path]):
        assert list(place.iterdir())
    assert not list(place.iterdir())
    refusal([path, tmp_path / "missing.nc"])
    assert not list(place.iterdir())


# Contents


@pytest.mark.parametrize(
    ("units", "why"),
    [
        ({"sp": "hPa"}, "surface_pressure is in 'hPa', not in Pa"),
        ({"sp": "mbar"}, "surface_pressure is in 'mbar', not in Pa"),
        ({"tcwv": "mm"}, "total_column_water_vapour is in 'mm', not in kg m-2"),
        (
            {"vit": "K"},
            "vertical_integral_of_temperature is in 'K', not in K kg m-2",
        ),
    ],
)
def test_wrong_units(tmp_path: Path, units: dict[str, str], why: str):
    (name,) = units
    path = new_cds(tmp_path / "a.nc", HOURS, [name], units=units)
    assert refusal([path]) == none_usable(path, f"{path}: '{name}' is left out: {why}")


@pytest.mark.parametrize("text", ["kg m**-2", "kg m^-2", "kg/m2", "kg m-2", "kg m**2", "kg m2"])
def test_spellings_of_a_unit(tmp_path: Path, text: str):
    path = new_cds(tmp_path / "a.nc", HOURS, ["tcwv"], units={"tcwv": text})
    if "-" in text or "/" in text:
        plan_era5([path], FRAME, DAYS, "00:00:00")
    else:
        assert "not in kg m-2" in refusal([path])


@pytest.mark.parametrize(
    ("name", "factor", "why"),
    [
        ("sp", 0.01, "which cannot be Pa (expected 40000 to 110000)"),
        ("tcwv", 10, "which cannot be kg m-2 (expected -0.5 to 120)"),
        ("vit", 0.1, "which cannot be K kg m-2 (expected 800000 to 3.4e+06)"),
    ],
)
def test_values_that_no_air_has(tmp_path: Path, name: str, factor: float, why: str):
    path = new_cds(tmp_path / "a.nc", HOURS, [name], units={}, factor=factor)
    assert why in refusal([path])


def test_no_values_over_the_frame(tmp_path: Path):
    path = new_cds(tmp_path / "a.nc", HOURS, ["sp"])
    with xr.open_dataset(path, engine="h5netcdf") as data:
        data = data.load()
    data["sp"][0, 8, 6] = np.nan
    data.to_netcdf(tmp_path / "b.nc", engine="h5netcdf")
    plan = plan_era5([tmp_path / "b.nc"], FRAME, DAYS, "00:00:00")
    assert set(plan.nodes) == {("surface_pressure", DAYS[1])}
    assert any(
        "b.nc: surface_pressure has no values there in that hour" in f.why for f in plan.findings
    )


def test_other_variables(tmp_path: Path):
    path = tmp_path / "a.nc"
    new_cds(tmp_path / "b.nc", HOURS, ["sp"])
    with xr.open_dataset(tmp_path / "b.nc", engine="h5netcdf") as data:
        plain = data.load().rename(sp="t2m")
    plain["t2m"].attrs["GRIB_paramId"] = 167
    plain.to_netcdf(path, engine="h5netcdf")
    why = f"{path}: it holds none of tcwv (total_column_water_vapour), sp (surface_pressure), vit "
    why += "(vertical_integral_of_temperature)"
    assert refusal([path]) == none_usable(path, why)


def test_the_members_of_an_ensemble(tmp_path: Path):
    path = tmp_path / "a.nc"
    new_cds(tmp_path / "b.nc", HOURS, ["sp"])
    with xr.open_dataset(tmp_path / "b.nc", engine="h5netcdf") as data:
        both = xr.concat([data.load(), data.load()], "number")
    both.to_netcdf(path, engine="h5netcdf")
    assert "it has 2 planes an hour (dimension 'number'); the reanalysis has one" in refusal([path])


def test_means_over_a_month(tmp_path: Path):
    path = tmp_path / "a.nc"
    new_cds(tmp_path / "b.nc", HOURS, ["sp"])
    with xr.open_dataset(tmp_path / "b.nc", engine="h5netcdf") as data:
        plain = data.load()
    plain["sp"].attrs["GRIB_stepType"] = "avgua"
    plain.to_netcdf(path, engine="h5netcdf")
    assert f"{path}: 'sp' is left out: it holds no single hours (GRIB_stepType 'avgua')" in refusal(
        [path]
    )
    del plain["sp"].attrs["GRIB_stepType"]
    plain["sp"].attrs["cell_methods"] = "time: mean"
    plain.to_netcdf(path, engine="h5netcdf")
    assert "it holds no single hours (cell_methods 'time: mean')" in refusal([path])
    plain["sp"].attrs |= {"GRIB_stepType": "instant", "cell_methods": "time: point"}
    plain.to_netcdf(path, engine="h5netcdf")
    plan_era5([path], FRAME, DAYS, "00:00:00")


def test_means_over_a_month_in_grib(tmp_path: Path):
    path = grib(tmp_path / "a.grib", HOURS, ("sp",), stream=1071)
    assert "it is of the stream 'moda'; the hourly reanalysis is 'oper'" in refusal([path])


def test_the_ensemble_in_grib(tmp_path: Path):
    path = grib(tmp_path / "a.grib", HOURS, ("sp",), stream=1030)
    assert "it is of the stream 'enda'; the hourly reanalysis is 'oper'" in refusal([path])


def test_an_axis_of_time_without_units(tmp_path: Path):
    path = tmp_path / "a.nc"
    data = xr.Dataset(
        {"sp": (("time", "latitude", "longitude"), np.full((2, 3, 3), 9e4), {"units": "Pa"})},
        {"time": [0, 1], "latitude": [1.0, 0.75, 0.5], "longitude": [-92.0, -91.75, -91.5]},
    )
    data.to_netcdf(path, engine="h5netcdf")
    assert "its axis 'time' tells no times (units None)" in refusal([path])


def test_another_grid(tmp_path: Path):
    path = new_cds(
        tmp_path / "a.nc", HOURS, ["sp"], np.arange(2, -3, -2.0), np.arange(-94, -84, 2.0)
    )
    assert "its nodes are 2 degrees apart, ERA5's are 0.25" in refusal([path])


def test_a_grid_in_metres(tmp_path: Path):
    frame = Geometry(20, 20, 500_000.0, 100_000.0, 30.0, -30.0, "EPSG:32715")
    path = new_cds(tmp_path / "a.nc", HOURS)
    assert refusal([path], frame) == (
        "ERA5 needs a grid of longitudes and latitudes; this one is EPSG:32715"
    )


def test_a_frame_that_does_not_know_its_time(tmp_path: Path):
    path = new_cds(tmp_path / "a.nc", HOURS)
    assert refusal([path], clock=None) == (
        "ERA5 needs the time of the acquisitions; metadata.txt does not say it; "
        "say it with --time HH:MM:SS (UTC)"
    )


def test_a_variable_that_is_missing_is_named(tmp_path: Path):
    plan = plan_era5([new_cds(tmp_path / "a.nc", HOURS, ["tcwv"])], FRAME, DAYS, "00:00:00")
    assert [finding.why for finding in plan.findings] == [
        "no file holds sp (surface_pressure)",
        "no file holds vit (vertical_integral_of_temperature)",
    ]


def test_one_bad_variable_does_not_spoil_the_others(tmp_path: Path):
    path = new_cds(tmp_path / "a.nc", HOURS, units=UNITS | {"sp": "hPa"})
    plan = plan_era5([path], FRAME, DAYS, "00:00:00")
    assert {name for name, _ in plan.nodes} == {
        "total_column_water_vapour",
        "vertical_integral_of_temperature",
    }
    whys = [finding.why for finding in plan.findings]
    assert "'sp' is left out: surface_pressure is in 'hPa', not in Pa" in whys


def test_a_south_pole_grid_reaches_no_further(tmp_path: Path):
    path = new_cds(tmp_path / "a.nc", HOURS, ["sp"], LATS - 88)
    assert "latitude -0.27 to 0.61, it has -90.00 to -86.00" in refusal([path])


def test_all_that_is_plausible_can_be_kept():
    for variable in VARIABLES:
        for axis in ("primary_date", "secondary_date"):
            packing = PACKED[f"{axis}_{variable.name}"]
            assert packing.offset <= variable.low
            assert variable.high <= packing.high
