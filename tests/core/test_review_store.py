"""Odd cubes and odd input through the front door: nothing else changes, and undo returns all."""

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr
from test_foreign_cubes import COLS, LAT, LON, PAIRS, ROWS, STEP, dataset, save, truth

from thalia_core.annotate.records import to_line
from thalia_core.annotate.session import EditSession
from thalia_core.cli import main
from thalia_core.cube.store import CubeStore, edit

pytestmark = pytest.mark.filterwarnings(
    "ignore:.*Zarr V3 specification", "ignore:.*not part in the Zarr format 3"
)
A, OTHER = (str(pair) for pair in PAIRS[:2])
DIMS = ("primary_date", "secondary_date", "y", "x")
PER_PAIR = DIMS[:2]
MASKS = ("deformation_mask", "activity_type_mask", "intensity_level_mask")
INSIDE = np.zeros((ROWS, COLS), bool)
INSIDE[11:17, 5:12] = INSIDE[3:5, 2:4] = True


def corners(row0: float, row1: float, col0: float, col1: float) -> str:
    points = ((row0, col0), (row0, col1), (row1, col1), (row1, col0))
    return ", ".join(f"{LON + STEP * c:.7f} {LAT - STEP * r:.7f}" for r, c in points)


BLOCK = corners(10.5, 16.5, 4.5, 11.5)
CORNER = corners(2.5, 4.5, 1.5, 3.5)
TWO_BLOCKS = f"{CORNER}, {CORNER.split(',')[0]}, {BLOCK}, {BLOCK.split(',')[0]}"
"""Two squares joined by a line of no width, so that the window holds pixels that stay."""
PAINT = ("--polygon", TWO_BLOCKS, "--activity", "Dyke", "--intensity", "Low")


def thalia(*words: object) -> int:
    return main([str(word) for word in words])


def raw(path: Path) -> xr.Dataset:
    return xr.open_zarr(path, mask_and_scale=False, decode_times=False).load()


def masks(dtype: str, fill: float, **attrs: Any) -> dict[str, Any]:
    """Masks with no value in most places, also inside the polygon."""
    planes = {name: truth()[name].astype(dtype) for name in MASKS}
    for plane in planes.values():
        plane[1:] = plane[0, 1, :11] = plane[0, 1, 12:14, 6:8] = fill
    return {name: (DIMS, plane, attrs) for name, plane in planes.items()}


@pytest.mark.parametrize("zarr_format", [2, 3])
@pytest.mark.parametrize(
    ("dtype", "fill", "attrs"),
    [
        ("f4", -1.0, {"_FillValue": -1.0}),
        ("f8", -9999.0, {"missing_value": -9999.0}),
        ("i2", -1, {"_FillValue": -1}),
        ("i8", 255, {}),
        ("u1", 255, {}),
        ("i2", -1, {"_FillValue": -1, "scale_factor": 1.0, "add_offset": 0.0}),
    ],
)
def test_no_value_in_a_mask_stays_and_comes_back(tmp_path, zarr_format, dtype, fill, attrs):
    path = save(
        dataset(**masks(dtype, fill, **attrs)), tmp_path / "f.zarr", zarr_format=zarr_format
    )
    before = raw(path)
    assert thalia("annotate", path, A, *PAINT) == 0
    after = raw(path)
    for name, code in zip(MASKS, (1, 2, 1), strict=True):
        old, new = before[name].values, after[name].values
        assert (new[0, 1][INSIDE] == code).all()
        np.testing.assert_array_equal(new[0, 1][~INSIDE], old[0, 1][~INSIDE])
        np.testing.assert_array_equal(new[1:], old[1:])
    assert thalia("undo", path) == 0
    for name in MASKS:
        np.testing.assert_array_equal(raw(path)[name].values, before[name].values)


def test_nan_beside_a_fill_value_stays_outside_the_polygon(tmp_path):
    planes = masks("f4", -1.0, _FillValue=-1.0)
    for _, plane, _ in planes.values():
        plane[0, 1, 6] = np.nan
    path = save(dataset(**planes), tmp_path / "f.zarr")
    before = raw(path).activity_type_mask.values[0, 1]
    assert thalia("annotate", path, A, *PAINT) == 0
    after = raw(path).activity_type_mask.values[0, 1]
    np.testing.assert_array_equal(after[~INSIDE], before[~INSIDE])


def test_packed_masks(tmp_path):
    packing = {"dtype": "i2", "scale_factor": 0.1, "_FillValue": -1}
    cube = dataset(**masks("f4", np.nan))
    path = save(cube, tmp_path / "f.zarr", encoding=dict.fromkeys(MASKS, packing))
    before = raw(path)
    assert thalia("annotate", path, A, *PAINT) == 0
    with xr.open_zarr(path, chunks=None) as plain:
        assert np.allclose(plain.activity_type_mask.values[0, 1][INSIDE], 2)
    assert thalia("undo", path) == 0
    np.testing.assert_array_equal(raw(path).activity_type_mask, before.activity_type_mask)


def test_a_mask_without_room_for_a_code_is_left_alone(tmp_path, capsys):
    flags = (DIMS, truth()["deformation_mask"] == 1)
    path = save(dataset(deformation_mask=flags), tmp_path / "f.zarr")
    before = raw(path)
    words = ("--polygon", BLOCK, "--activity", "Earthquake")
    assert thalia("annotate", path, A, *words) == 2
    assert "no room" in capsys.readouterr().err
    for name in MASKS:
        xr.testing.assert_identical(raw(path)[name], before[name])
    assert thalia("annotate", path, A, "--caption", "Goes on.") == 0


@pytest.mark.parametrize("zarr_format", [2, 3])
@pytest.mark.parametrize("dtype", ["O", "U4", "S4"])
def test_a_text_phase_is_undone(tmp_path, zarr_format, dtype):
    words = np.full((3, 3), "Rest", dtype)
    path = save(dataset(phase=(PER_PAIR, words)), tmp_path / "f.zarr", zarr_format=zarr_format)
    assert thalia("annotate", path, A, "--set", "phase=Rebound") == 0
    assert raw(path).phase.values.astype("U8")[0, 1] == "Rebound"
    assert thalia("annotate", path, A, "--set", "phase=Rebound") == 0
    assert thalia("undo", path) == 0
    assert (raw(path).phase.values.astype("U8") == "Rest").all()


@pytest.mark.parametrize("zarr_format", [2, 3])
def test_captions_kept_as_bytes_take_any_script(tmp_path, zarr_format):
    captions = np.full((3, 3), b"", "S5")
    captions[0, 2] = b"Rest."
    path = save(dataset(caption=(PER_PAIR, captions)), tmp_path / "f.zarr", zarr_format=zarr_format)
    text = "Äußere Ringe: 火山"
    assert thalia("annotate", path, A, "--caption", text) == 0
    assert raw(path).caption.values[0, 1].decode() == text
    assert raw(path).caption.values[0, 2] == b"Rest."
    assert CubeStore.open(path).read_label(PAIRS[0]).caption == text


def test_packed_confidence_is_rounded_not_cut(tmp_path):
    packing = {"confidence": {"dtype": "i1", "scale_factor": 0.01, "_FillValue": -1}}
    path = save(dataset(), tmp_path / "f.zarr", encoding=packing)
    before = raw(path).confidence.values
    assert thalia("annotate", path, A, "--set", "confidence=0.29") == 0
    assert raw(path).confidence.values[0, 1] == 29
    assert thalia("undo", path) == 0
    np.testing.assert_array_equal(raw(path).confidence.values, before)


@pytest.mark.parametrize(
    ("change", "value"),
    [
        ({"confidence": (PER_PAIR, np.full((3, 3), 50, "i1"))}, "confidence=0.29"),
        ({"unique_id": (PER_PAIR, np.full((3, 3), 7, "i4"))}, "unique_id=3000000000"),
        ({"unique_id": None}, "unique_id=3000000000"),
        ({}, "unique_id=inf"),
        ({}, "unique_id=nan"),
    ],
)
def test_a_value_that_does_not_fit_is_refused(tmp_path, capsys, change, value):
    path = save(dataset(**change), tmp_path / "f.zarr")
    before = raw(path)
    assert thalia("annotate", path, A, "--set", value) == 2
    assert capsys.readouterr().err.count("\n") == 1
    xr.testing.assert_identical(raw(path), before)
    assert thalia("annotate", path, A, "--caption", "Goes on.") == 0


def test_no_is_not_the_same_as_nothing_said(tmp_path):
    said = np.full((3, 3), np.nan, "f4")
    path = save(dataset(low_coherence=(PER_PAIR, said)), tmp_path / "f.zarr")
    assert thalia("annotate", path, A, "--set", "low_coherence=no") == 0
    assert raw(path).low_coherence.values[0, 1] == 0
    assert thalia("undo", path) == 0
    assert np.isnan(raw(path).low_coherence.values).all()


BAD = "bad \udcff"


@pytest.mark.parametrize("words", [("--caption", BAD), ("--caption", "x", "--by", BAD)])
def test_text_that_is_no_unicode_blocks_nothing(tmp_path, capsys, words):
    path = save(dataset(), tmp_path / "f.zarr")
    assert thalia("annotate", path, A, *words) == 2
    assert "Unicode" in capsys.readouterr().err
    assert thalia("annotate", path, A, "--caption", "Good.") == 0


def test_an_edit_that_cannot_go_in_holds_up_no_other(tmp_path, capsys):
    odd = (("y", "x"), np.ones((ROWS, COLS), np.uint8))
    path = save(dataset(intensity_level_mask=odd), tmp_path / "f.zarr")
    assert thalia("annotate", path, A, *PAINT) == 2
    assert thalia("annotate", path, A, "--caption", "Goes on.") == 0
    assert thalia("history", path) == 0
    assert "Polygon" not in capsys.readouterr().out


def test_a_record_that_can_never_go_in_is_told_and_passed(tmp_path, capsys):
    path = save(dataset(), tmp_path / "f.zarr")
    session = EditSession.open(path, "ana", background=False)
    step = session.edit_label(PAIRS[0], caption="First.")
    lines = [to_line(session._record("undo", "Undo", "lost", session._history.effective(step.id)))]
    session.close()
    journal = next((tmp_path / "f.thalia/journal").glob("*.journal"))
    journal.write_bytes(b"".join(lines))
    assert thalia("annotate", path, A, "--caption", "Second.") == 0
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"metadata": []}'])
def test_damaged_consolidated_metadata_are_named(tmp_path, capsys, content):
    path = save(dataset(), tmp_path / "f.zarr")
    whole = (path / ".zmetadata").read_bytes()
    (path / ".zmetadata").write_bytes(content)
    for _ in range(2):
        assert thalia("annotate", path, A, *PAINT) == 2
        assert ".zmetadata" in capsys.readouterr().err
    (path / ".zmetadata").write_bytes(whole)
    assert thalia("annotate", path, A, *PAINT) == 0
    assert (raw(path).activity_type_mask.values[0, 1][INSIDE] == 2).all()


@pytest.mark.parametrize(
    ("file", "content"),
    [("caption/.zarray", b"[]"), ("caption/.zattrs", b"[]"), (".zattrs", b"[]")],
)
def test_metadata_of_the_wrong_kind_are_named(tmp_path, capsys, file, content):
    path = save(dataset(), tmp_path / "f.zarr")
    (path / file).write_bytes(content)
    assert thalia("annotate", path, A, "--caption", "x") == 2
    assert "metadata are damaged" in capsys.readouterr().err


@pytest.mark.parametrize("polygon", ["nan nan, 1 1, 2 2", "inf 1, 1 1, 2 2", "1e999 1, 1 1, 2 2"])
def test_a_polygon_without_an_end_is_refused(tmp_path, capsys, polygon):
    path = save(dataset(), tmp_path / "f.zarr")
    words = ("--polygon", polygon, "--activity", "Sill")
    assert thalia("annotate", path, A, *words) == 2
    assert "not a polygon" in capsys.readouterr().err


@pytest.mark.parametrize("zarr_format", [2, 3])
@pytest.mark.parametrize("when", ["before", "between"])
def test_a_crash_while_captions_are_widened_loses_none(tmp_path, monkeypatch, zarr_format, when):
    captions = np.full((3, 3), "", "<U8")
    captions[0, 2], captions[1, 2] = "Rest.", "Quiet."
    path = save(dataset(caption=(PER_PAIR, captions)), tmp_path / "f.zarr", zarr_format=zarr_format)

    class Killed(BaseException):
        pass

    renamed: list[Any] = []

    def rename(source: Path, target: Path) -> None:
        if "caption" in str(target) and len(renamed) == (when == "between"):
            raise Killed
        renamed.append(target)
        os.replace(source, target)

    text = "A caption that is too long for eight characters"
    monkeypatch.setattr(edit.os, "rename", rename)
    with pytest.raises(Killed):
        thalia("annotate", path, A, "--caption", text)
    monkeypatch.undo()
    assert thalia("annotate", path, OTHER, "--set", "confidence=0.5") == 0
    values = raw(path).caption.values
    assert (values[0, 1], values[0, 2], values[1, 2]) == (text, "Rest.", "Quiet.")
    assert not list((tmp_path / "f.thalia/tmp").glob("*"))


def test_one_history_by_whatever_path_the_cube_is_named(tmp_path, monkeypatch):
    path = save(dataset(), tmp_path / "a frame")
    (tmp_path / "elsewhere").mkdir()
    link = tmp_path / "elsewhere/link.zarr"
    link.symlink_to(path)
    monkeypatch.chdir(path)
    for n, name in enumerate((path, f"{path}/", link, ".", "../a frame")):
        assert thalia("annotate", name, A, "--caption", f"Edit {n}.") == 0
    for n in range(3, -1, -1):
        assert thalia("undo", link) == 0
        assert raw(path).caption.values[0, 1] == f"Edit {n}."
    assert not (tmp_path / "elsewhere/link.thalia").exists()


@pytest.mark.parametrize(("west", "typed"), [(179.995, -360.0), (-180.005, 360.0), (268.0, -360.0)])
def test_longitudes_count_modulo_360(tmp_path, west, typed):
    cube = dataset().assign_coords(x=west + STEP * np.arange(COLS))
    path = save(cube, tmp_path / "f.zarr")
    lons = [west + STEP * 4.5, west + typed + STEP * 11.5]
    lats = [LAT - STEP * row for row in (10.5, 16.5)]
    points = [(lons[i], lats[j]) for i, j in ((0, 0), (1, 0), (1, 1), (0, 1))]
    polygon = ", ".join(f"{lon:.6f} {lat:.6f}" for lon, lat in points)
    assert thalia("annotate", path, A, "--polygon", polygon, "--activity", "Mogi") == 0
    block = np.zeros((ROWS, COLS), bool)
    block[11:17, 5:12] = True
    plane = raw(path).activity_type_mask.values[0, 1]
    assert (plane[block] == 3).all()
    np.testing.assert_array_equal(plane[~block], truth()["activity_type_mask"][0, 1][~block])


def test_polygons_on_pixel_centres_share_their_edges_fairly(tmp_path):
    path = save(dataset(activity_type_mask=None), tmp_path / "f.zarr")
    for n, code in ((3, 1), (6, 2), (9, 3)):
        words = ("--polygon", corners(n, n + 3, n, n + 3), "--activity", code)
        assert thalia("annotate", path, A, *words) == 0
    plane = raw(path).activity_type_mask.values[0, 1]
    for n, code in ((3, 1), (6, 2), (9, 3)):
        assert (plane[n : n + 3, n : n + 3] == code).all()
    assert np.count_nonzero(plane) == 27


def test_a_very_long_name_edits_too(tmp_path):
    path = save(dataset(), tmp_path / "f.zarr")
    assert thalia("annotate", path, A, "--caption", "x", "--by", "火" * 300) == 0
    assert raw(path).annotator.values[0, 1] == "火" * 300
