"""ERA5 of every layout on a frame's grid, against bilinear interpolation by hand."""

import pickle
import zipfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from support.era5 import LATS, LONS, SHORT, grib, new_cds, old_cds, plane_by_hand

from thalia_core.build.era5 import Era5, Era5Plan, plan_era5, read_era5
from thalia_core.cube.geometry import Geometry
from thalia_core.errors import BuildError

FRAME = Geometry(23, 31, -91.87, 0.61, 0.03, -0.04)
"""0.9 degrees square: it holds several nodes, the equator, and pixels on all sides of them."""
DAYS = (date(2020, 1, 1), date(2020, 1, 13))
MIDNIGHTS = [datetime(2020, 1, 1), datetime(2020, 1, 13)]
TOLERANCE = {"tcwv": 2e-3, "sp": 0.1, "vit": 2.0}
"""int16 and GRIB keep the fields this well."""


def require_by_hand(plan: Era5Plan, days=DAYS, hours=MIDNIGHTS, names=SHORT) -> None:
    for day, hour in zip(days, hours, strict=True):
        assert plan.hours[day] == hour.replace(tzinfo=UTC)
        for name in names:
            found = read_era5(plan, name, day)
            assert found.dtype == np.float32
            wanted = plane_by_hand(SHORT[name], plan.geometry, hour)
            np.testing.assert_allclose(
                found, wanted, rtol=0, atol=TOLERANCE[SHORT[name]], err_msg=f"{name} {day}"
            )


# Layouts


def test_the_new_store(tmp_path: Path):
    plan = plan_era5([new_cds(tmp_path / "a.nc", MIDNIGHTS)], FRAME, DAYS, "00:10:30")
    require_by_hand(plan)
    assert plan.findings == ()
    assert plan.difference(DAYS[0]) == -630


def test_the_old_store(tmp_path: Path):
    path = old_cds(tmp_path / "a.nc", MIDNIGHTS, ("tcwv", "sp", "vit"))
    assert path.read_bytes()[:3] == b"CDF"
    require_by_hand(plan_era5([path], FRAME, DAYS, "00:10:30"))


def test_the_old_store_where_preliminary_planes_complete_final_ones(tmp_path: Path):
    path = old_cds(tmp_path / "a.nc", MIDNIGHTS, preliminary_from=1)
    plan = plan_era5([path], FRAME, DAYS, "00:00:00")
    require_by_hand(plan, names=tuple(SHORT)[:2])
    assert [f.why for f in plan.findings] == [
        "no file holds vit (vertical_integral_of_temperature)"
    ]


def test_grib(tmp_path: Path):
    path = grib(tmp_path / "a.grib", MIDNIGHTS)
    require_by_hand(plan_era5([path], FRAME, DAYS, "00:10:30"))
    assert [p.name for p in tmp_path.iterdir()] == ["a.grib"], "no index is left beside it"


def test_a_zip_of_several(tmp_path: Path):
    parts = [
        new_cds(tmp_path / "data_stream-oper_stepType-instant.nc", MIDNIGHTS, ["tcwv"]),
        old_cds(tmp_path / "old.nc", MIDNIGHTS, ["sp"]),
    ]
    with zipfile.ZipFile(tmp_path / "download.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for part in parts:
            archive.write(part, f"../{part.name}")
            part.unlink()
        archive.writestr("readme.txt", "nothing")
    both = [tmp_path / "download.zip", grib(tmp_path / "vit.grb", MIDNIGHTS, ["vit"])]
    plan = plan_era5(both, FRAME, DAYS, "00:00:00")
    require_by_hand(plan)
    assert plan.findings == ()


def test_a_folder_of_everything(tmp_path: Path):
    (tmp_path / "2020").mkdir()
    for n, hour in enumerate(MIDNIGHTS):
        new_cds(tmp_path / "2020" / f"{n}.nc", [hour])
    (tmp_path / "notes.txt").write_text("mine")
    plan = plan_era5([tmp_path], FRAME, DAYS, "00:00:00")
    require_by_hand(plan)
    assert plan.findings == ()


def test_final_values_win_over_preliminary_ones_in_another_file(tmp_path: Path):
    early = new_cds(tmp_path / "a.nc", MIDNIGHTS, versions=["0005"] * 2, factor=1.01)
    late = new_cds(tmp_path / "b.nc", MIDNIGHTS)
    require_by_hand(plan_era5([early, late], FRAME, DAYS, "00:00:00"))
    require_by_hand(plan_era5([late, early], FRAME, DAYS, "00:00:00"))


def test_hours_need_no_order(tmp_path: Path):
    path = new_cds(tmp_path / "a.nc", [MIDNIGHTS[1], datetime(2020, 1, 5), MIDNIGHTS[0]])
    require_by_hand(plan_era5([path], FRAME, DAYS, "00:00:00"))


# Grids

MAKERS = [new_cds, old_cds, grib]
WHOLE_CIRCLE = np.arange(0, 360, 0.25)
SIGNED_CIRCLE = np.arange(-180, 180, 0.25)


@pytest.mark.parametrize("make", MAKERS)
@pytest.mark.parametrize("upward", [False, True])
@pytest.mark.parametrize("lons", [LONS + 360, LONS], ids=["0 to 360", "-180 to 180"])
def test_longitudes_and_latitudes_in_any_order(tmp_path: Path, make, upward, lons):
    path = make(tmp_path / "a", MIDNIGHTS, ("tcwv",), LATS[::-1] if upward else LATS, lons)
    plan = plan_era5([path], FRAME, DAYS, "00:00:00")
    require_by_hand(plan, names=("total_column_water_vapour",))


@pytest.mark.parametrize("make", MAKERS)
@pytest.mark.parametrize("lons", [WHOLE_CIRCLE, SIGNED_CIRCLE], ids=["0 to 360", "-180 to 180"])
@pytest.mark.parametrize("west", [179.63, -180.37, -0.37, 359.63, -91.87])
def test_a_frame_anywhere_on_the_globe(tmp_path: Path, make, lons, west):
    frame = Geometry(9, 31, west, 0.61, 0.03, -0.04)
    path = make(tmp_path / "a", MIDNIGHTS[:1], ("sp",), LATS, lons)
    plan = plan_era5([path], frame, DAYS[:1], "00:00:00")
    require_by_hand(plan, DAYS[:1], MIDNIGHTS[:1], ("surface_pressure",))
    nodes = plan.nodes["surface_pressure", DAYS[0]]
    assert nodes.values.size < 50, "only what the frame needs is kept"


@pytest.mark.parametrize("make", MAKERS)
@pytest.mark.parametrize(
    "lons",
    [
        np.arange(179, 181.1, 0.25),
        np.r_[np.arange(-180, -178.9, 0.25), np.arange(179, 180, 0.25)],
    ],
    ids=["through 180", "from both ends"],
)
def test_a_region_across_the_antimeridian(tmp_path: Path, make, lons):
    if make is grib and lons[0] < 0:
        pytest.skip("a GRIB grid has one step")
    frame = Geometry(9, 31, 179.63, 0.61, 0.03, -0.04)
    path = make(tmp_path / "a", MIDNIGHTS[:1], ("sp",), LATS, lons)
    plan = plan_era5([path], frame, DAYS[:1], "00:00:00")
    require_by_hand(plan, DAYS[:1], MIDNIGHTS[:1], ("surface_pressure",))


def test_pixels_on_the_nodes_themselves_and_at_the_edge_of_a_file(tmp_path: Path):
    frame = Geometry(5, 5, -92.0, 1.0, 0.25, -0.25)
    lats, lons = np.arange(1.0, -0.01, -0.25), np.arange(-92.0, -90.99, 0.25)
    path = new_cds(tmp_path / "a.nc", MIDNIGHTS, ["tcwv"], lats, lons)
    plan = plan_era5([path], frame, DAYS, "00:00:00")
    require_by_hand(plan, names=("total_column_water_vapour",))


@pytest.mark.parametrize(
    ("lats", "lons", "why"),
    [
        (LATS[LATS < 0.4], LONS, "the frame needs latitude -0.27 to 0.61, it has -2.00 to 0.25"),
        (LATS, LONS[4:-9], "the frame needs longitude -91.87 to -90.97, it has -92.00 to -91.25"),
        (
            LATS,
            np.delete(LONS, [5, 6]),
            "the frame needs longitude -91.87 to -90.97, it has -93.00 to -89.00 but nothing "
            "between -92.00 and -91.25",
        ),
    ],
)
def test_a_grid_that_does_not_reach_around_the_frame(tmp_path: Path, lats, lons, why):
    path = new_cds(tmp_path / "a.nc", MIDNIGHTS, ["tcwv"], lats, lons)
    with pytest.raises(BuildError) as failure:
        plan_era5([path], FRAME, DAYS, "00:00:00")
    assert why in str(failure.value)


# Hours


@pytest.mark.parametrize(
    ("clock", "hour", "seconds"),
    [
        ("23:45:00", datetime(2020, 1, 2), 900),
        ("23:29:59", datetime(2020, 1, 1, 23), -1799),
        ("0:26:14.884940", datetime(2020, 1, 1), -1574.88494),
        ("00:31:00", datetime(2020, 1, 1, 1), 1740),
        ("00:30:00", datetime(2020, 1, 1), -1800),
        ("23:30", datetime(2020, 1, 1, 23), -1800),
        ("23:30:01", datetime(2020, 1, 2), 1799),
    ],
)
def test_the_nearest_hour_and_the_day_rolls_over(tmp_path: Path, clock, hour, seconds):
    hours = [datetime(2019, 12, 31, 23) + timedelta(hours=n) for n in range(27)]
    path = new_cds(tmp_path / "a.nc", hours)
    plan = plan_era5([path], FRAME, DAYS[:1], clock)
    assert plan.difference(DAYS[0]) == pytest.approx(seconds, abs=1e-6)
    require_by_hand(plan, DAYS[:1], [hour])


def test_the_end_of_the_year_rolls_over(tmp_path: Path):
    path = new_cds(tmp_path / "a.nc", [datetime(2021, 1, 1)])
    plan = plan_era5([path], FRAME, [date(2020, 12, 31)], "23:45")
    require_by_hand(plan, [date(2020, 12, 31)], [datetime(2021, 1, 1)])


def test_exactly_half_an_hour_away_the_only_hour_will_do(tmp_path: Path):
    path = new_cds(tmp_path / "a.nc", [datetime(2020, 1, 1, 1)])
    plan = plan_era5([path], FRAME, DAYS[:1], "00:30")
    assert plan.difference(DAYS[0]) == 1800


def test_of_two_hours_alike_the_one_with_more_variables(tmp_path: Path):
    paths = [
        new_cds(tmp_path / "a.nc", [datetime(2020, 1, 1)], ["tcwv"]),
        new_cds(tmp_path / "b.nc", [datetime(2020, 1, 1, 1)], ["tcwv", "sp"]),
    ]
    plan = plan_era5(paths, FRAME, DAYS[:1], "00:30")
    names = ("total_column_water_vapour", "surface_pressure")
    require_by_hand(plan, DAYS[:1], [datetime(2020, 1, 1, 1)], names)


def test_more_than_half_an_hour_is_refused_and_the_hour_is_named(tmp_path: Path):
    path = new_cds(tmp_path / "a.nc", MIDNIGHTS)
    with pytest.raises(BuildError) as failure:
        plan_era5([path], FRAME, DAYS[:1], "00:30:01")
    assert str(failure.value) == (
        f"no ERA5 field fits this frame: {path}; 2020-01-01 has no total_column_water_vapour, "
        "surface_pressure, vertical_integral_of_temperature: the hour 2020-01-01 01:00 UTC is "
        "missing; the nearest there is 2020-01-01 00:00, of 2 from 2020-01-01 to 2020-01-13; "
        "download the hours of its dates for an area that encloses it"
    )


def test_a_missing_date_is_a_finding(tmp_path: Path):
    plan = plan_era5([new_cds(tmp_path / "a.nc", MIDNIGHTS[:1])], FRAME, DAYS, "00:00:00")
    (finding,) = plan.findings
    assert "2020-01-13 has no total_column_water_vapour" in finding.why
    assert "the hour 2020-01-13 00:00 UTC is missing" in finding.why
    assert plan.layers_on(DAYS[1]) == ()
    with pytest.raises(BuildError, match="not among the planned fields"):
        read_era5(plan, "surface_pressure", DAYS[1])


@pytest.mark.parametrize("clock", ["24:00:00", "12:60:00", "12:00:60", "noon", "", "12", "-1:00"])
def test_what_is_no_time_of_day(tmp_path: Path, clock: str):
    path = new_cds(tmp_path / "a.nc", MIDNIGHTS)
    with pytest.raises(BuildError) as failure:
        plan_era5([path], FRAME, DAYS, clock)
    assert f"{clock!r} is no time of day" in str(failure.value)


# The plan itself


def test_a_plan_needs_no_file_and_travels(tmp_path: Path):
    path = new_cds(tmp_path / "a.nc", MIDNIGHTS)
    plan = plan_era5([path], FRAME, DAYS, "00:00:00")
    path.unlink()
    sent = pickle.loads(pickle.dumps(plan))
    require_by_hand(sent)
    part = plan.on(DAYS[1])
    assert part.layers_on(DAYS[0]) == ()
    np.testing.assert_array_equal(
        read_era5(part, "surface_pressure", DAYS[1]), read_era5(plan, "surface_pressure", DAYS[1])
    )
    assert len(pickle.dumps(part)) < 0.7 * len(pickle.dumps(plan))


def test_files_opened_once_serve_many_frames_and_one_time(tmp_path: Path):
    other = Geometry(7, 5, -90.5, -1.0, 0.01, -0.01)
    with Era5.open([new_cds(tmp_path / "a.nc", MIDNIGHTS)]) as era5:
        require_by_hand(plan_era5(era5, FRAME, DAYS, "00:00"))
        require_by_hand(plan_era5(era5, other, DAYS, "00:00"))
        when = datetime(2020, 1, 1, 0, 20, tzinfo=UTC)
        plane = era5.plane("surface_pressure", other, when)
        assert (plane.hour, plane.seconds) == (datetime(2020, 1, 1, tzinfo=UTC), -1200)
        with pytest.raises(BuildError, match="the hour 2020-01-01 05:00 UTC is missing"):
            era5.plane("surface_pressure", other, when + timedelta(hours=5))
