"""Cubes that others wrote with plain xarray, in every way they do it, read with right values."""

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

from thalia_core.cli.info import describe
from thalia_core.cube.geometry import Window
from thalia_core.cube.pairs import DatePair
from thalia_core.cube.store import CubeStore
from thalia_core.errors import CubeError

DAYS = ("2021-03-02", "2021-03-14", "2021-03-26")
VALID = ((0, 1), (0, 2), (1, 2))
PAIRS = tuple(DatePair(date.fromisoformat(DAYS[i]), date.fromisoformat(DAYS[j])) for i, j in VALID)
ROWS, COLS = 20, 16
pytestmark = pytest.mark.filterwarnings(
    "ignore:.*Zarr V3 specification", "ignore:.*not part in the Zarr format 3"
)
LON, LAT = -17.9, 28.6
STEP = 0.001
N = len(DAYS)
PAIR = ("primary_date", "secondary_date")
VAPOUR = "total_column_water_vapour"


def truth() -> dict[str, np.ndarray]:
    """The planes of the whole cube, north-up, in the units that the program shows."""
    rng = np.random.default_rng(5)
    phase = np.full((N, N, ROWS, COLS), np.nan, np.float32)
    coherence = np.full((N, N, ROWS, COLS), np.nan, np.float32)
    activity = np.zeros((N, N, ROWS, COLS), np.uint8)
    for i, j in VALID:
        phase[i, j] = rng.uniform(-np.pi, np.pi, (ROWS, COLS))
        coherence[i, j] = rng.integers(1, 256, (ROWS, COLS)) / np.float32(255)
        phase[i, j, :2] = coherence[i, j, :2] = np.nan
    activity[0, 1, 5:9, 3:7] = 3
    activity[0, 1, 10:12, 3:7] = 5
    return {
        "insar_difference": phase,
        "insar_coherence": coherence,
        "dem": rng.uniform(0, 2400, (ROWS, COLS)).astype(np.float32),
        VAPOUR: rng.uniform(10, 40, (N, ROWS, COLS)).astype(np.float32),
        "activity_type_mask": activity,
        "intensity_level_mask": np.where(activity == 3, 2, 0).astype(np.uint8),
        "deformation_mask": np.select([activity == 5, activity > 0], [2, 1], 0).astype(np.uint8),
    }


def dataset(y: str = "y", x: str = "x", *, up: bool = False, **change: Any) -> xr.Dataset:
    """A cube as somebody else might make it; ``change`` replaces variables, None drops them."""
    planes = truth()
    dims = (*PAIR, y, x)
    coherence = np.nan_to_num(planes["insar_coherence"] * 255)
    captions = np.full((N, N), "", object)
    captions[0, 1] = "Two fringes of uplift, south flank"
    confidence = np.full((N, N), np.nan, np.float32)
    confidence[0, 1] = 0.75
    valid = np.zeros((N, N), bool)
    for i, j in VALID:
        valid[i, j] = True
    variables: dict[str, Any] = {
        "insar_difference": (dims, planes["insar_difference"]),
        "insar_coherence": (dims, np.rint(coherence).astype(np.uint8)),
        "dem": ((y, x), planes["dem"]),
        f"primary_date_{VAPOUR}": (("primary_date", y, x), planes[VAPOUR]),
        f"secondary_date_{VAPOUR}": (("secondary_date", y, x), planes[VAPOUR]),
        "activity_type_mask": (dims, planes["activity_type_mask"]),
        "intensity_level_mask": (dims, planes["intensity_level_mask"]),
        "deformation_mask": (dims, planes["deformation_mask"]),
        "caption": (PAIR, captions),
        "confidence": (PAIR, confidence),
        "unique_id": (PAIR, np.arange(N * N, dtype=np.int64).reshape(N, N)),
        "valid_date_pair": (PAIR, valid),
    }
    variables |= change
    days = np.array(DAYS, "datetime64[ns]")
    cube = xr.Dataset(
        {name: value for name, value in variables.items() if value is not None},
        coords={
            "primary_date": days,
            "secondary_date": days,
            y: LAT - STEP * np.arange(ROWS),
            x: LON + STEP * np.arange(COLS),
        },
        attrs={"frame": "167D_05934_111111"},
    )
    return cube.isel({y: slice(None, None, -1)}) if up else cube


def save(cube: xr.Dataset, path: Path, **options: Any) -> Path:
    cube.to_zarr(path, mode="w", **{"zarr_format": 2, "consolidated": True} | options)
    return path


def assert_reads_as_truth(path: Path) -> CubeStore:
    store, planes = CubeStore.open(path), truth()
    assert tuple(store.pairs) == PAIRS
    assert store.geometry.shape == (ROWS, COLS)
    assert store.geometry.lonlat(0, 0) == pytest.approx((LON, LAT), abs=1e-9)
    assert store.geometry.dy < 0 < store.geometry.dx
    assert store.geometry.crs == "EPSG:4326"
    np.testing.assert_array_equal(store.read_plane("dem"), planes["dem"])
    part = Window(1, 7, 2, 9)
    for (i, j), pair in zip(VALID, PAIRS, strict=True):
        phase = store.read_plane("insar_difference", pair)
        np.testing.assert_array_equal(phase, planes["insar_difference"][i, j])
        np.testing.assert_array_equal(
            store.read_plane("insar_difference", pair, part), phase[part.slices]
        )
        np.testing.assert_allclose(
            store.read_plane("insar_coherence", pair), planes["insar_coherence"][i, j], atol=1e-6
        )
        for name, k in ((f"primary_date_{VAPOUR}", i), (f"secondary_date_{VAPOUR}", j)):
            np.testing.assert_array_equal(store.read_plane(name, pair), planes[VAPOUR][k])
    return store


def assert_has_annotations(store: CubeStore) -> None:
    planes = truth()
    for name in ("activity_type_mask", "intensity_level_mask", "deformation_mask"):
        mask = store.read_plane(name, PAIRS[0])
        assert mask.dtype == np.uint8
        np.testing.assert_array_equal(mask, planes[name][0, 1])
    label = store.read_label(PAIRS[0])
    assert label.caption == "Two fringes of uplift, south flank"
    assert label.confidence == pytest.approx(0.75)
    assert label.unique_id == 1
    assert store.read_labels()[0] == label


FORMATS: list[Any] = [
    pytest.param({"zarr_format": 2, "consolidated": True}, id="v2"),
    pytest.param({"zarr_format": 2, "consolidated": False}, id="v2-plain"),
    pytest.param({"zarr_format": 3, "consolidated": True}, id="v3"),
    pytest.param({"zarr_format": 3, "consolidated": False}, id="v3-plain"),
]


@pytest.mark.parametrize("options", FORMATS)
@pytest.mark.parametrize("up", [False, True], ids=["down", "up"])
def test_formats_and_directions(tmp_path: Path, options: dict[str, Any], up: bool) -> None:
    store = assert_reads_as_truth(save(dataset(up=up), tmp_path / "c.zarr", **options))
    assert store.zarr_format == options["zarr_format"]
    assert_has_annotations(store)


@pytest.mark.parametrize(("y", "x"), [("lat", "lon"), ("latitude", "longitude")])
def test_names_of_coordinates(tmp_path: Path, y: str, x: str) -> None:
    assert_has_annotations(assert_reads_as_truth(save(dataset(y, x), tmp_path / "c.zarr")))


@pytest.mark.parametrize("zarr_format", [2, 3])
@pytest.mark.parametrize("chunks", [(3, 3, 20, 16), (2, 2, 7, 5), (1, 3, 20, 4)])
def test_chunks_across_pairs(tmp_path: Path, chunks: tuple[int, ...], zarr_format: int) -> None:
    names = ("insar_difference", "insar_coherence", "activity_type_mask")
    encoding = {name: {"chunks": chunks} for name in names}
    path = tmp_path / "c.zarr"
    save(dataset(up=True), path, encoding=encoding, zarr_format=zarr_format)
    assert_has_annotations(assert_reads_as_truth(path))


@pytest.mark.parametrize(
    ("chunks", "empty", "packing"),
    [
        ((1, 1, 20, 16), np.nan, {}),
        ((1, 1, 20, 16), 0.0, {}),
        ((1, 1, 20, 16), 0.0, {"compressors": None}),
        ((3, 3, 20, 16), 0.0, {}),
        ((2, 2, 10, 8), np.nan, {}),
    ],
)
def test_pairs_are_found_without_valid_date_pair(
    tmp_path: Path, chunks: tuple[int, ...], empty: float, packing: dict[str, None]
) -> None:
    phase = truth()["insar_difference"]
    cube = dataset(
        valid_date_pair=None,
        insar_difference=((*PAIR, "y", "x"), np.nan_to_num(phase, nan=empty)),
    )
    encoding = {"insar_difference": {"chunks": chunks, **packing}}
    assert_reads_as_truth(save(cube, tmp_path / "c.zarr", encoding=encoding))


def test_a_chunk_beyond_the_dates_is_no_pair(tmp_path: Path) -> None:
    chunks = (1, 1, 20, 16)
    encoding = {"insar_difference": {"chunks": chunks}}
    path = save(dataset(valid_date_pair=None), tmp_path / "c.zarr", encoding=encoding)
    (path / "insar_difference" / f"0.{N}.0.0").write_bytes(bytes(9_000))
    assert_reads_as_truth(path)


def test_numbers_kept_as_text_are_a_record(tmp_path: Path) -> None:
    sure = np.full((N, N), "", "<U8")
    sure[0, 1] = "certain"
    cube = dataset(confidence=(PAIR, sure), caption=None, unique_id=None)
    labels = CubeStore.open(save(cube, tmp_path / "c.zarr")).read_labels()
    assert [label.labelled for label in labels] == [True, False, False]


def test_no_annotation_variables(tmp_path: Path) -> None:
    names = ("activity_type_mask", "intensity_level_mask", "deformation_mask")
    others = ("caption", "confidence", "unique_id")
    path = save(dataset(**dict.fromkeys((*names, *others))), tmp_path / "c.zarr")
    store = assert_reads_as_truth(path)
    assert not store.read_plane("activity_type_mask", PAIRS[0]).any()
    label = store.read_label(PAIRS[0])
    assert label.caption is None
    assert not label.labelled
    assert describe(path)["labelled_pairs"] == 0
    assert describe(path)["masks"] == []


def test_aliases(tmp_path: Path) -> None:
    cube = dataset().rename(
        activity_type_mask="activity_mask",
        intensity_level_mask="intensity_mask",
        unique_id="uniqueID",
    )
    store = assert_reads_as_truth(save(cube, tmp_path / "c.zarr"))
    assert_has_annotations(store)
    assert store.has("activity_type_mask")


def test_float_masks_with_nan(tmp_path: Path) -> None:
    mask = truth()["activity_type_mask"].astype(np.float64)
    mask[:, :, 15:] = np.nan
    cube = dataset(activity_type_mask=((*PAIR, "y", "x"), mask))
    store = assert_reads_as_truth(save(cube, tmp_path / "c.zarr"))
    read = store.read_plane("activity_type_mask", PAIRS[0])
    np.testing.assert_array_equal(read[:15], truth()["activity_type_mask"][0, 1, :15])
    assert (read[15:] == 255).all()


def test_fixed_width_captions(tmp_path: Path) -> None:
    captions = np.full((N, N), "", "<U40")
    captions[0, 1] = "Two fringes of uplift, south flank"
    path = save(dataset(caption=(PAIR, captions)), tmp_path / "c.zarr")
    assert_has_annotations(assert_reads_as_truth(path))


@pytest.mark.parametrize("hint", [{}, {"units": "1"}, {"valid_max": 1.0}])
def test_coherence_from_0_to_1(tmp_path: Path, hint: dict[str, Any]) -> None:
    values = np.nan_to_num(truth()["insar_coherence"])
    cube = dataset(insar_coherence=((*PAIR, "y", "x"), values, hint))
    path = save(cube, tmp_path / "c.zarr")
    assert_reads_as_truth(path)
    assert describe(path)["coherence_scale"] == 1


@pytest.mark.parametrize("dtype", ["uint8", "int16", "float32"])
def test_coherence_from_0_to_255(tmp_path: Path, dtype: str) -> None:
    values = np.rint(np.nan_to_num(truth()["insar_coherence"]) * 255).astype(dtype)
    path = save(dataset(insar_coherence=((*PAIR, "y", "x"), values)), tmp_path / "c.zarr")
    assert_reads_as_truth(path)
    assert describe(path)["coherence_scale"] == 255


def test_packed_phase(tmp_path: Path) -> None:
    packed = {"dtype": "int16", "scale_factor": 1e-4, "_FillValue": -32768}
    path = save(dataset(), tmp_path / "c.zarr", encoding={"insar_difference": packed})
    phase = CubeStore.open(path).read_plane("insar_difference", PAIRS[0])
    np.testing.assert_allclose(phase, truth()["insar_difference"][0, 1], atol=6e-5)


@pytest.mark.parametrize(
    "encoding",
    [
        {"units": "days since 2021-03-02"},
        {"units": "days since 1970-01-01", "dtype": "float64"},
        {"units": "hours since 2021-01-01 12:00:00"},
        {"units": "seconds since 1970-01-01", "calendar": "proleptic_gregorian"},
        {"units": "nanoseconds since 2000-01-01"},
    ],
    ids=lambda encoding: encoding["units"],
)
def test_encodings_of_dates(tmp_path: Path, encoding: dict[str, Any]) -> None:
    both = dict.fromkeys(PAIR, encoding)
    assert_reads_as_truth(save(dataset(), tmp_path / "c.zarr", encoding=both))


@pytest.mark.parametrize("dtype", ["<U10", "<U8", "int64", object])
def test_dates_that_are_no_times(tmp_path: Path, dtype: Any) -> None:
    dashed = dtype in ("<U10", object)
    days = [day if dashed else day.replace("-", "") for day in DAYS]
    axis = np.array(days).astype(dtype)
    cube = dataset().assign_coords(primary_date=axis, secondary_date=axis)
    assert_reads_as_truth(save(cube, tmp_path / "c.zarr"))


def test_dates_with_a_time_of_day(tmp_path: Path) -> None:
    days = np.array([f"{day}T23:58:00" for day in DAYS], "datetime64[ns]")
    cube = dataset().assign_coords(primary_date=days, secondary_date=days)
    assert_reads_as_truth(save(cube, tmp_path / "c.zarr"))


def test_other_dates_on_each_axis(tmp_path: Path) -> None:
    cube = dataset().isel(primary_date=[0, 1], secondary_date=[1, 2])
    store = CubeStore.open(save(cube, tmp_path / "c.zarr"))
    assert tuple(store.pairs) == PAIRS
    np.testing.assert_array_equal(
        store.read_plane("insar_difference", PAIRS[2]), truth()["insar_difference"][1, 2]
    )


def test_unsorted_dates(tmp_path: Path) -> None:
    assert_reads_as_truth(
        save(dataset().isel(primary_date=[2, 0, 1], secondary_date=[1, 2, 0]), tmp_path / "c.zarr")
    )


def test_unknown_codes_are_shown_as_they_are(tmp_path: Path) -> None:
    mask = truth()["activity_type_mask"]
    mask[0, 1, 0, 0] = 17
    path = save(dataset(activity_type_mask=((*PAIR, "y", "x"), mask)), tmp_path / "c.zarr")
    assert CubeStore.open(path).read_plane("activity_type_mask", PAIRS[0])[0, 0] == 17


def test_variables_of_strangers_do_not_matter(tmp_path: Path) -> None:
    cube = dataset(weather=("station", np.arange(4.0)), dem=(("station",), np.arange(4.0)))
    path = save(cube, tmp_path / "c.zarr")
    told = describe(path)
    assert "dem" in told["missing_layers"]
    assert "'dem' has dimensions (station)" in told["unusable"][0]


def test_info_tells_a_foreign_cube(tmp_path: Path) -> None:
    path = save(dataset("lat", "lon", up=True), tmp_path / "c.zarr", zarr_format=2)
    told = describe(path)
    assert told["frame"] == "167D_05934_111111"
    assert told["shape"] == [ROWS, COLS]
    assert told["pairs"] == 3
    assert (told["first_date"], told["last_date"]) == (DAYS[0], DAYS[2])
    west, south, east, north = told["bounds"]
    half = STEP / 2
    assert (west, north) == pytest.approx((LON - half, LAT + half), abs=1e-9)
    assert (east, south) == pytest.approx(
        (LON + COLS * STEP - half, LAT - ROWS * STEP + half), abs=1e-9
    )
    assert f"secondary_date_{VAPOUR}" in told["layers"]
    assert "primary_date_surface_pressure" in told["missing_layers"]
    json.dumps(told, allow_nan=False)


# Cubes that cannot be opened or read: one clear error each


def no_such_path(path: Path) -> str:
    return "no such path"


def a_file(path: Path) -> str:
    path.write_text("zarr")
    return "not a Zarr cube"


def an_empty_folder(path: Path) -> str:
    path.mkdir()
    return "not a Zarr cube"


def another_zarr(path: Path) -> str:
    xr.Dataset({"t2m": (("time",), np.arange(3.0))}).to_zarr(path, zarr_format=2)
    return "not a Thalia cube"


def damaged_metadata(path: Path) -> str:
    save(dataset(), path)
    (path / "insar_difference" / ".zarray").write_text('{"shape": [3, 3')
    return "metadata are damaged"


def another_number_of_dates(path: Path) -> str:
    save(dataset(), path)
    save(dataset().isel(primary_date=[0, 1])[["primary_date"]], path.with_name("other.zarr"))
    (path / "primary_date").rename(path / "old")
    (path.with_name("other.zarr") / "primary_date").rename(path / "primary_date")
    return "2 dates on an axis of 3"


def no_date_axis(path: Path) -> str:
    save(dataset().drop_vars("secondary_date"), path)
    return "coordinate is missing"


def an_irregular_grid(path: Path) -> str:
    save(dataset().isel(y=[0, 1, 2, 5, 9, 10]), path)
    return "not regular"


def a_date_twice(path: Path) -> str:
    days = np.array([DAYS[0], DAYS[0], DAYS[2]], "datetime64[ns]")
    save(dataset().assign_coords(primary_date=days), path)
    return "2021-03-02 stands twice"


def a_date_that_is_none(path: Path) -> str:
    days = np.array([DAYS[0], "NaT", DAYS[2]], "datetime64[ns]")
    save(dataset().assign_coords(primary_date=days), path)
    return "a date is missing"


def other_order_of_dimensions(path: Path) -> str:
    save(dataset().transpose("y", "x", ...), path)
    return "'insar_difference' has dimensions (y, x, primary_date, secondary_date)"


def a_damaged_index(path: Path) -> str:
    save(dataset(), path)
    (path / "valid_date_pair" / "0.0").write_bytes(b"xx")
    return "valid_date_pair"


def a_pickle_codec(path: Path) -> str:
    save(dataset(), path)
    meta = path / "caption" / ".zarray"
    content = json.loads(meta.read_text())
    content["filters"] = [{"id": "pickle", "protocol": 5}]
    meta.write_text(json.dumps(content))
    return "pickle"


@pytest.mark.parametrize(
    "prepare",
    [
        no_such_path,
        a_file,
        an_empty_folder,
        another_zarr,
        damaged_metadata,
        another_number_of_dates,
        no_date_axis,
        an_irregular_grid,
        a_date_twice,
        a_date_that_is_none,
        other_order_of_dimensions,
        a_damaged_index,
        a_pickle_codec,
    ],
)
def test_what_cannot_be_opened(tmp_path: Path, prepare: Callable[[Path], str]) -> None:
    path = tmp_path / "c.zarr"
    why = prepare(path)
    with pytest.raises(CubeError) as caught:
        CubeStore.open(path)
    assert why in str(caught.value)
    assert str(path) in str(caught.value)


def test_a_corrupt_chunk_is_named(tmp_path: Path) -> None:
    encoding = {"insar_difference": {"chunks": (1, 1, 20, 16)}}
    path = save(dataset(valid_date_pair=None), tmp_path / "c.zarr", encoding=encoding)
    (path / "insar_difference" / "0.1.0.0").write_bytes(b"\x00garbage")
    store = CubeStore.open(path)
    with pytest.raises(CubeError) as caught:
        store.read_plane("insar_difference", PAIRS[0])
    assert "20210302_20210314" in str(caught.value)
    assert "damaged" in str(caught.value)
    assert np.isfinite(store.read_plane("insar_difference", PAIRS[1])).any()


def test_masks_that_are_no_codes(tmp_path: Path) -> None:
    mask = np.full((N, N, ROWS, COLS), 0.5)
    path = save(dataset(activity_type_mask=((*PAIR, "y", "x"), mask)), tmp_path / "c.zarr")
    with pytest.raises(CubeError, match="no class codes"):
        CubeStore.open(path).read_plane("activity_type_mask", PAIRS[0])


def test_unknown_names_and_pairs(tmp_path: Path) -> None:
    store = CubeStore.open(save(dataset(), tmp_path / "c.zarr"))
    with pytest.raises(CubeError, match="no layer is called 'colour'"):
        store.read_plane("colour", PAIRS[0])
    with pytest.raises(Exception, match="nearest"):
        store.read_plane("insar_difference", DatePair.parse("20210302_20210303"))
