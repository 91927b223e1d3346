"""Cubes that plain xarray wrote in other ways are annotated in place, and nothing else changes."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr
from test_foreign_cubes import COLS, DAYS, FORMATS, PAIRS, ROWS, dataset, save, truth

from thalia_core.annotate.patch import Paint
from thalia_core.annotate.session import EditSession
from thalia_core.annotate.shapes import Shape, polygon
from thalia_core.cube.schema import DERIVED
from thalia_core.cube.store import CubeStore
from thalia_core.errors import EditError

pytestmark = pytest.mark.filterwarnings(
    "ignore:.*Zarr V3 specification", "ignore:.*not part in the Zarr format 3"
)
A = PAIRS[0]
SHAPE = polygon([(11, 5), (11, 11), (16, 11), (16, 5)], (ROWS, COLS))
LONG = "Three concentric fringes of uplift centred on the caldera, " * 5
BOOKS = {"label_state", "label_version", "annotator", "labelled_at"}
CREATED = {"instance_mask", "instances", *BOOKS, *DERIVED}


def annotate(path: Path, shape: Shape = SHAPE, **fields: Any) -> None:
    session = EditSession.open(path, "ana", background=False)
    session.annotate(A, "Polygon", shape, Paint(2, 1), fields)
    session.close()


def expected() -> np.ndarray:
    plane = truth()["activity_type_mask"][0, 1].copy()
    plane[SHAPE.window.slices][SHAPE.mask] = 2
    return plane


def metadata(path: Path) -> dict[str, Any]:
    return {
        str(p.relative_to(path)): json.loads(p.read_bytes())
        for p in path.glob("*/*")
        if p.name in (".zarray", ".zattrs", "zarr.json")
    }


def open_plain(path: Path) -> xr.Dataset:
    return xr.open_zarr(path, mask_and_scale=False, decode_times=False).load()


def check(path: Path, before: xr.Dataset, changed: set[str], touched: set[str]) -> xr.Dataset:
    """All else is as it was: every variable, every other pair, every other pixel."""
    after = open_plain(path)
    assert set(after) - set(before) <= CREATED | {
        "caption", "deformation_mask", "activity_type_mask", "intensity_level_mask"
    }  # fmt: skip
    for name in before.variables:
        assert repr(before[name].attrs) == repr(after[name].attrs), name
        if name not in changed:
            xr.testing.assert_identical(before[name].variable, after[name].variable)
            continue
        old, new = before[name].values, after[name].values.copy()
        if name in touched:
            new[0, 1] = old[0, 1]
        np.testing.assert_array_equal(old, new, err_msg=name)
    return after


MASKS = {"deformation_mask", "activity_type_mask", "intensity_level_mask"}


@pytest.mark.parametrize("options", FORMATS)
def test_formats(tmp_path, options):
    path = save(dataset(), tmp_path / "frame.zarr", **options)
    before, meta = open_plain(path), metadata(path)
    annotate(path, caption="New")
    changed = MASKS | {"caption"}
    check(path, before, changed, changed)
    new_meta = metadata(path)
    assert {name: new_meta[name] for name in meta} == meta
    store = CubeStore.open(path)
    np.testing.assert_array_equal(store.read_plane("activity_type_mask", A), expected())
    assert store.read_label(A).caption == "New"


@pytest.mark.parametrize("names", [("y", "x"), ("lat", "lon"), ("latitude", "longitude")])
@pytest.mark.parametrize("up", [False, True])
def test_axes(tmp_path, names, up):
    path = save(dataset(*names, up=up), tmp_path / "frame.zarr")
    before = open_plain(path)
    annotate(path)
    after = check(path, before, MASKS, MASKS)
    plane = after.activity_type_mask.values[0, 1]
    np.testing.assert_array_equal(plane[::-1] if up else plane, expected())
    assert after.instance_mask.dims == after.insar_difference.dims


def test_chunks_across_pairs(tmp_path):
    per_pair = {name: {"chunks": (2, 3, 7, 5)} for name in (*MASKS, "insar_difference")}
    path = save(dataset(), tmp_path / "frame.zarr", encoding=per_pair)
    before = open_plain(path)
    annotate(path, caption="New")
    changed = MASKS | {"caption"}
    check(path, before, changed, changed)
    np.testing.assert_array_equal(
        CubeStore.open(path).read_plane("activity_type_mask", A), expected()
    )


def test_float_masks_keep_their_nan(tmp_path):
    planes, floats = truth(), {}
    for name in MASKS:
        values = planes[name].astype(np.float32)
        values[1:] = np.nan
        values[0, 1, :10] = np.nan
        values[0, 1, 12] = np.nan
        floats[name] = (("primary_date", "secondary_date", "y", "x"), values)
    path = save(dataset(**floats), tmp_path / "frame.zarr")
    before = open_plain(path)
    annotate(path)
    after = check(path, before, MASKS, MASKS)
    old, new = (d.activity_type_mask.values[0, 1] for d in (before, after))
    painted = np.zeros((ROWS, COLS), bool)
    painted[SHAPE.window.slices] = SHAPE.mask
    assert new.dtype == np.float32
    assert (new[painted] == 2).all()
    np.testing.assert_array_equal(new[~painted], old[~painted])
    session = EditSession.open(path, "ana", background=False)
    session.undo(A)
    session.close()
    np.testing.assert_array_equal(open_plain(path).activity_type_mask.values[0, 1], old)


def test_a_caption_too_long_for_a_fixed_width_widens_the_array(tmp_path):
    captions = np.full((3, 3), "", "<U8")
    captions[0, 2], captions[1, 2] = "Rest.", "Äußeres"
    for zarr_format in (2, 3):
        cube = dataset(caption=(("primary_date", "secondary_date"), captions))
        path = save(cube, tmp_path / f"v{zarr_format}.zarr", zarr_format=zarr_format)
        annotate(path, caption=LONG)
        for text in (open_plain(path).caption, xr.open_zarr(path, chunks=None).caption):
            values = text.values
            assert values[0, 1] == LONG
            assert (values[0, 2], values[1, 2]) == ("Rest.", "Äußeres")
        assert CubeStore.open(path).read_label(A).caption == LONG


def test_missing_annotation_variables_are_added_and_seen_by_xarray(tmp_path):
    gone = dict.fromkeys([*MASKS, "caption", "confidence", "valid_date_pair"])
    for n, options in enumerate(
        ({"zarr_format": 2}, {"zarr_format": 3}, {"zarr_format": 2, "consolidated": False})
    ):
        path = save(dataset(**gone), tmp_path / f"{n}.zarr", **options)
        before = open_plain(path)
        annotate(path, caption=LONG, confidence=0.5)
        after = open_plain(path)
        for name in before.variables:
            xr.testing.assert_identical(before[name].variable, after[name].variable)
        plane = np.zeros((ROWS, COLS), np.uint8)
        plane[SHAPE.window.slices][SHAPE.mask] = 2
        np.testing.assert_array_equal(after.activity_type_mask.values[0, 1], plane)
        assert after.activity_type_mask.values[1:].sum() == 0
        assert after.caption.values[0, 1] == LONG
        assert after.confidence.values[0, 1] == np.float32(0.5)
        assert len(CubeStore.open(path).pairs) == 3


def test_aliases_are_written_to(tmp_path):
    names = {
        "activity_type_mask": "activity_mask",
        "intensity_level_mask": "intensity_mask",
        "unique_id": "uniqueID",
    }
    path = save(dataset().rename(names), tmp_path / "frame.zarr")
    before = open_plain(path)
    annotate(path, unique_id=77)
    changed = {"deformation_mask", "activity_mask", "intensity_mask", "uniqueID"}
    after = check(path, before, changed, changed)
    assert not set(names) & set(after)
    np.testing.assert_array_equal(after.activity_mask.values[0, 1], expected())
    assert after.uniqueID.values[0, 1] == 77


def test_unknown_codes_are_kept(tmp_path):
    planes = truth()
    planes["activity_type_mask"][0, 1, 0, 0] = 42
    dims = ("primary_date", "secondary_date", "y", "x")
    path = save(
        dataset(activity_type_mask=(dims, planes["activity_type_mask"])), tmp_path / "frame.zarr"
    )
    annotate(path)
    assert open_plain(path).activity_type_mask.values[0, 1, 0, 0] == 42


def test_a_stranger_in_the_place_of_a_mask_is_not_overwritten(tmp_path):
    odd = (("y", "x"), np.ones((ROWS, COLS), np.uint8))
    path = save(dataset(intensity_level_mask=odd), tmp_path / "frame.zarr")
    before = open_plain(path)
    with pytest.raises(EditError, match="something else stands there"):
        annotate(path)
    xr.testing.assert_identical(before.intensity_level_mask, open_plain(path).intensity_level_mask)


def test_a_text_phase_keeps_words(tmp_path):
    words = np.full((3, 3), "Rest", object)
    path = save(dataset(phase=(("primary_date", "secondary_date"), words)), tmp_path / "frame.zarr")
    annotate(path, phase="Unrest")
    assert open_plain(path).phase.values[0, 1] == "Unrest"
    assert open_plain(path).phase.values[0, 2] == "Rest"
    assert DAYS
