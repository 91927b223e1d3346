"""Samples into cubes by the verb: what goes in, what is left alone, what is told."""

import json
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from support.annotations import (
    MASKS,
    SQUARE,
    Box,
    here,
    instances,
    planes,
    read,
    ring,
    sample,
    write,
)
from support.cubes import FRAME, PAIRS, small_cube
from test_foreign_cubes import COLS, FORMATS, ROWS, dataset, save
from test_foreign_cubes import PAIRS as FOREIGN

from thalia_core.annotate.patch import Paint
from thalia_core.annotate.session import EditSession
from thalia_core.annotate.shapes import Shape, polygon
from thalia_core.build.annotations.placing import disjoint
from thalia_core.build.annotations.raster import PREVIEW_WINDOW, Preview, preview_size
from thalia_core.build.annotations.records import parse_sample
from thalia_core.cube.geometry import Geometry
from thalia_core.cube.labels import LabelState
from thalia_core.cube.pairs import DatePair
from thalia_core.cube.store import CubeStore, CubeWriter

foreign = pytest.mark.filterwarnings(
    "ignore:.*Zarr V3 specification", "ignore:.*not part in the Zarr format 3"
)
INNER: Box = (6.0, 6.0, 12.0, 12.0)


@pytest.fixture
def cube(tmp_path: Path) -> Path:
    return small_cube(tmp_path)


@pytest.fixture
def bring(verb, tmp_path):
    """Imports samples into a cube by the verb; gives its last line and its notes."""

    def run(path: Path, *samples, words=(), code: int | None = None):
        folder = write(tmp_path / f"in{len(list(tmp_path.glob('in*')))}", *samples)
        done = verb("annotations", "import", path, folder, *words)
        notes = done.stderr.splitlines()
        assert done.returncode == (bool(notes) if code is None else code), done.stderr
        return done.stdout.strip().removeprefix(f"{path}: "), notes

    return run


def by_hand(path: Path, pair: DatePair = PAIRS[0], who: str = "ana", **fields) -> None:
    shape = polygon([(40, 40), (40, 50), (50, 50), (50, 40)], (60, 80))
    session = EditSession.open(path, who, background=False)
    if session.locked(pair):
        session.edit_label(pair, label_state=LabelState.IN_PROGRESS)
    session.annotate(pair, "Polygon", shape, Paint(2, 3, 1), {"caption": "Mine", **fields})
    session.close()


def test_masks_labels_captions_and_confidence(cube, bring):
    told, notes = bring(
        cube, here(7, PAIRS[0], SQUARE, confidence=0.6), here(8, PAIRS[1], atmospheric_fringes=3)
    )
    assert told == "2 pairs annotated with 1 polygons, 0 said so before, 0 findings"
    assert not notes
    inside = np.zeros((60, 80), bool)
    inside[10:30, 10:30] = True  # 3 / 0.3 - 0.5 = 9.5: centres from 10 to 29
    found = planes(cube)
    for name, code in zip(MASKS, (1, 3, 1, 1), strict=True):
        np.testing.assert_array_equal(found[name], np.where(inside, code, 0), err_msg=name)
    store = CubeStore.open(cube)
    label = store.read_label(PAIRS[0])
    assert (label.unique_id, label.confidence, label.phase, label.label_state) == (7, 0.6, 2, 2)
    assert label.caption == "Deformation activity can be detected. "
    assert (label.annotator, label.label_version) == ("Thalia dataset", 1)
    assert instances(cube) == [{"instance": 1, "activity_type": "Mogi", "intensity_level": "Low"}]
    other = store.read_label(PAIRS[1])
    assert (other.unique_id, other.atmospheric_fringes, other.phase) == (8, 3, 1)
    assert instances(cube, PAIRS[1]) == []
    assert not planes(cube, PAIRS[1])["activity_type_mask"].any()
    assert not store.read_label(PAIRS[2]).labelled


def test_the_second_import_changes_nothing(cube, bring):
    samples = here(7, PAIRS[0], SQUARE, INNER), here(8, PAIRS[1])
    bring(cube, *samples)
    before = CubeStore.open(cube).read_labels()
    told, _ = bring(cube, *samples)
    assert told.startswith("0 pairs annotated with 0 polygons, 2 said so before")
    assert CubeStore.open(cube).read_labels() == before


def test_undo_takes_the_import_back_as_one_step(cube, bring):
    by_hand(cube, PAIRS[2])
    before = CubeStore.open(cube).read_labels()
    bring(cube, here(7, PAIRS[0], SQUARE), here(8, PAIRS[1], INNER))
    session = EditSession.open(cube, "ana", background=False)
    assert session.history()[-1].name == "Import of 2 annotations"
    assert session.history()[-1].pairs == tuple(PAIRS[:2])
    session.undo()
    session.close()
    after = CubeStore.open(cube).read_labels()
    for one, other in zip(before, after, strict=True):
        assert (one.labelled, one.caption or "") == (other.labelled, other.caption or "")
    for pair in PAIRS[:2]:
        assert not any(plane.any() for plane in planes(cube, pair).values())
    assert planes(cube, PAIRS[2])["activity_type_mask"].any()


def test_what_a_person_did_is_kept_unless_told_otherwise(cube, bring):
    by_hand(cube)
    before = planes(cube), CubeStore.open(cube).read_label(PAIRS[0])
    told, notes = bring(cube, here(7, PAIRS[0], SQUARE))
    assert told == "0 pairs annotated with 0 polygons, 0 said so before, 1 findings"
    assert notes == [
        f"note: sample 7 ({FRAME} {PAIRS[0]}): ana labelled it otherwise; kept (see --overwrite)"
    ]
    assert CubeStore.open(cube).read_label(PAIRS[0]) == before[1]
    for name, plane in planes(cube).items():
        np.testing.assert_array_equal(plane, before[0][name])
    bring(cube, here(7, PAIRS[0], SQUARE), words=["--overwrite"])
    found = planes(cube)["activity_type_mask"]
    assert found[15, 15] == 3
    assert not found[40:50, 40:50].any()


def test_a_person_is_not_overwritten_by_giving_her_name(cube, bring):
    by_hand(cube, PAIRS[0])
    _, notes = bring(cube, here(7, PAIRS[0], SQUARE), here(8, PAIRS[1]), words=["--annotator=ana"])
    assert "ana labelled it otherwise" in notes[0]
    told, _ = bring(cube, here(8, PAIRS[1], caption="New"), words=["--annotator", "ana"])
    assert told.startswith("1 pairs annotated"), "her own import is brought up to date"
    by_hand(cube, PAIRS[1])
    _, notes = bring(cube, here(8, PAIRS[1], caption="Newer"), words=["--annotator", "ana"])
    assert "ana labelled it otherwise" in notes[0]


def test_masks_of_a_negative_sample_are_erased_wherever_they_stand(cube, bring):
    bring(cube, here(7, PAIRS[0], SQUARE))
    told, _ = bring(cube, here(7, PAIRS[0]))
    assert told.startswith("1 pairs annotated with 0 polygons")
    assert not any(plane.any() for plane in planes(cube).values())


@foreign
def test_a_mask_without_type_is_erased_too(tmp_path, bring):
    dims = ("primary_date", "secondary_date", "y", "x")
    only = np.zeros((3, 3, ROWS, COLS), np.uint8)
    only[0, 1, 5:9, 3:7] = 1
    gone = {"activity_type_mask": None, "intensity_level_mask": None}
    path = save(dataset(deformation_mask=(dims, only), **gone), tmp_path / "frame.zarr")
    bring(path, sample(7, FOREIGN[0], frameID="167D_05934_111111"))
    assert not planes(path, FOREIGN[0])["deformation_mask"].any()


def test_absent_pairs_are_told(cube, bring):
    absent = [DatePair(date(2019, 1, n), date(2019, 2, 1)) for n in range(1, 6)]
    samples = [here(n, pair) for n, pair in enumerate(absent, start=10)]
    told, notes = bring(cube, here(7, PAIRS[0], SQUARE), *samples)
    assert told.startswith("1 pairs annotated")
    assert notes == [
        "note: "
        + ", ".join(f"sample {n} ({FRAME} {pair})" for n, pair in enumerate(absent[:3], 10))
        + " and 2 more: the cube has no such pair"
    ]


def test_samples_of_other_frames_are_counted_not_listed(cube, bring):
    told, notes = bring(cube, here(7), sample(8, frameID="001A_00001_000001"))
    assert told == (
        "1 pairs annotated with 0 polygons, 0 said so before, 0 findings; "
        "1 samples are of other frames"
    )
    assert not notes
    _, notes = bring(cube, sample(8, frameID="001A_00001_000001"))
    assert notes == [f"note: {FRAME}: no sample is of this frame"]


def test_polygons_outside_cut_and_too_small(cube, bring, tmp_path):
    boxes = (SQUARE, (20.0, 5.0, 30.0, 9.0), (40.0, 40.0, 50.0, 50.0), (5.0, 15.01, 5.05, 15.02))
    report = tmp_path / "report.txt"
    told, notes = bring(cube, here(7, PAIRS[0], *boxes), words=["--report", report])
    name = f"sample 7 ({FRAME} {PAIRS[0]})"
    lines = [
        f"{name}: polygon 2 reaches beyond it; cut off",
        f"{name}: polygon 3 lies outside the cube",
        f"{name}: polygon 4 holds no pixel centre",
    ]
    assert [line.removeprefix("note: ") for line in notes] == lines
    assert report.read_text().splitlines() == lines
    assert told.startswith("1 pairs annotated with 2 polygons")
    assert [entry.get("mask", True) for entry in instances(cube)] == [True, True, False, False]
    assert planes(cube)["instance_mask"].max() == 2


def test_where_polygons_overlap_the_higher_intensity_wins(cube, bring):
    levels = {"intensity_level": ["Low", "High", "Low"], "activity_type": ["Mogi", "Dyke", "Sill"]}
    _, notes = bring(cube, here(7, PAIRS[0], SQUARE, INNER, SQUARE, **levels))
    found = planes(cube)["instance_mask"]
    assert found[12, 12] == 1, "of two alike the earlier"
    assert found[25, 25] == 2, "the higher intensity"
    assert found[35, 35] == 2
    assert notes == [
        f"note: sample 7 ({FRAME} {PAIRS[0]}): polygons overlap in 500 pixels; the higher "
        "intensity has them",
        f"note: sample 7 ({FRAME} {PAIRS[0]}): polygon 3 is hidden wholly by others",
    ]
    assert instances(cube)[2] == {
        "instance": 3, "activity_type": "Sill", "intensity_level": "Low", "mask": False
    }  # fmt: skip


def test_touching_instances_of_one_class_stay_apart(cube, bring):
    left, right = (3.0, 3.0, 6.0, 9.0), (6.0, 3.0, 9.0, 9.0)
    _, notes = bring(cube, here(7, PAIRS[0], left, right))
    assert not notes
    found = planes(cube)["instance_mask"]
    assert (found[10:30, 10:20] == 1).all()
    assert (found[10:30, 20:30] == 2).all()
    assert np.count_nonzero(found) == 400


def test_polygons_of_the_full_frame_are_reported_not_guessed(cube, bring):
    one = sample(7, PAIRS[0], SQUARE, activity_type=["Dyke"], intensity_level=["High"])
    told, notes = bring(cube, one, sample(8, PAIRS[1]))
    assert told.startswith("2 pairs annotated with 0 polygons")
    assert notes == [
        f"note: {FRAME}: 1 polygons (samples 7) refer to the full frame, of which this cube of "
        "60 x 80 pixels is only a part; left out (give --frame-size where it is not)"
    ]
    assert not planes(cube)["activity_type_mask"].any()
    assert instances(cube) == [
        {"instance": 1, "activity_type": "Dyke", "intensity_level": "High", "mask": False}
    ]
    told, _ = bring(cube, one, sample(8, PAIRS[1]))
    assert "2 said so before" in told
    told, _ = bring(cube, one, words=["--frame-size", "60x80"])
    assert told.startswith("1 pairs annotated with 1 polygons")
    assert planes(cube)["activity_type_mask"][15, 15] == 2
    assert "mask" not in instances(cube)[0]
    told, _ = bring(cube, one)
    assert "1 said so before" in told, "what is drawn stays"


def test_where_no_polygon_can_be_placed_masks_and_lists_of_people_stay(cube, bring):
    listed = json.dumps([{"instance": 1, "activity_type": "Dyke", "intensity_level": "High"}])
    by_hand(cube, instances=listed)
    bring(cube, sample(7, PAIRS[0], SQUARE), words=["--overwrite"])
    label = CubeStore.open(cube).read_label(PAIRS[0])
    assert (label.unique_id, label.instances) == (7, listed)
    assert (planes(cube)["activity_type_mask"][40:50, 40:50] == 2).all()


def test_a_sample_without_outlines_erases_nothing(cube, bring):
    bring(cube, here(7, PAIRS[0], SQUARE))
    odd = here(7, PAIRS[0], SQUARE, activity_type=["Mogi", "Sill"], caption="New")
    for one in (odd, here(7, PAIRS[0], SQUARE, segmentation_mask=[[]], caption="Newer")):
        bring(cube, one)
        assert CubeStore.open(cube).read_label(PAIRS[0]).caption == one["caption"]
        assert (planes(cube)["activity_type_mask"][10:30, 10:30] == 3).all()
        assert instances(cube) == [
            {"instance": 1, "activity_type": "Mogi", "intensity_level": "Low"}
        ]


def test_a_preview_of_another_size_is_told(cube, bring):
    _, notes = bring(cube, here(7, PAIRS[0], SQUARE, preview_size=[30, 20]))
    assert notes == [
        f"note: sample 7 ({FRAME} {PAIRS[0]}): its polygons were drawn on a preview of 20 x 30 "
        "pixels, and that of this cube has 18 x 24; left out"
    ]


def windowed(folder: Path, window) -> Path:
    writer = CubeWriter.start(
        folder / f"{FRAME}.zarr",
        frame=FRAME,
        geometry=Geometry(40, 50, -91.6, -0.3, 0.001, -0.001),
        dates=[day for pair in PAIRS[:1] for day in (pair.primary, pair.secondary)],
        layers=["insar_difference"],
        attrs={PREVIEW_WINDOW: window},
    )
    writer.write("insar_difference", np.ones((40, 50), np.float32), pair=PAIRS[0])
    return writer.finish()


def test_a_cube_that_says_which_window_of_the_preview_it_is(tmp_path, bring, verb):
    path = windowed(tmp_path, [100, 200, 40, 50])
    bring(path, sample(7, PAIRS[0], (210.0, 105.0, 220.0, 125.0)))
    found = planes(path)["activity_type_mask"]
    assert (found[5:25, 10:20] == 3).all()
    assert np.count_nonzero(found) == 200
    verb("annotations", "export", path, tmp_path / "out")
    one = read(tmp_path / "out")["7.json"]
    assert "preview_size" not in one
    assert sorted(one["segmentation_mask"][0]) == sorted(ring((210.0, 105.0, 220.0, 125.0)))


@pytest.mark.parametrize("window", [[1, 2], "all", [0, 0, 0, 9], [0, 0, 5, None]])
def test_a_window_that_makes_no_sense_is_told(tmp_path, bring, window):
    path = windowed(tmp_path, window)
    _, notes = bring(path, sample(7, PAIRS[0], SQUARE), code=1)
    assert "preview_window makes no sense" in notes[0]


@foreign
@pytest.mark.parametrize("options", FORMATS)
@pytest.mark.parametrize("up", [False, True])
def test_cubes_of_others_with_aliases(tmp_path, bring, verb, options, up):
    names = {
        "activity_type_mask": "activity_mask",
        "intensity_level_mask": "intensity_mask",
        "unique_id": "uniqueID",
    }
    path = save(dataset(up=up).rename(names), tmp_path / "frame.zarr", **options)
    size = preview_size((ROWS, COLS))
    frame = CubeStore.open(path).frame
    one = sample(
        77, FOREIGN[0], (1.0, 1.0, 4.0, 4.0), frameID=frame, preview_size=[size[1], size[0]]
    )
    shape = Preview.of_frame((ROWS, COLS)).rasterise(np.reshape(one["segmentation_mask"], (-1, 2)))
    assert shape is not None
    wanted = np.zeros((ROWS, COLS), np.uint8)
    wanted[shape.window.slices][shape.mask] = 3
    told, _ = bring(path, one)
    assert told.startswith("1 pairs annotated with 1 polygons")
    np.testing.assert_array_equal(planes(path, FOREIGN[0])["activity_type_mask"], wanted)
    assert not (path / "activity_type_mask").exists()
    assert not (path / "unique_id").exists()
    assert CubeStore.open(path).read_label(FOREIGN[0]).unique_id == 77
    told, _ = bring(path, one)
    assert "1 said so before" in told
    verb("annotations", "export", path, tmp_path / "out")
    assert read(tmp_path / "out")["77.json"]["activity_type"] == ["Mogi"]
    told, _ = bring(path, read(tmp_path / "out")["77.json"])
    assert "1 said so before" in told


@pytest.fixture(scope="module")
def drawn(shared_data):
    """Every public file with polygons, and a raster for its frame that holds them all."""
    import tarfile

    files = []
    with tarfile.open(shared_data / "data" / "thalia" / "annotations.tar.gz") as archive:
        for member in archive:
            content = archive.extractfile(member)
            one = json.loads(content.read()) if content else {}
            if one.get("segmentation_mask"):
                files.append(one)
    sizes: dict[str, tuple[int, int]] = {}
    for one in files:
        points = np.concatenate([np.reshape(p, (-1, 2)) for p in one["segmentation_mask"]])
        cols, rows = (np.ceil(points.max(axis=0) / 0.3) + 40).astype(int).tolist()
        have = sizes.get(one["frameID"], (1840, 1913))
        sizes[one["frameID"]] = max(rows, have[0]), max(cols, have[1])
    return files, sizes


@pytest.mark.slow
def test_every_public_polygon_to_a_mask_and_back(drawn):
    from thalia_core.build.annotations.contours import one_ring

    files, sizes = drawn
    count, several, overlapping, wrong = 0, 0, {}, []
    for one in files:
        preview = Preview.of_frame(sizes[one["frameID"]])
        shapes: list[tuple[int, Shape]] = []
        for number, flat in enumerate(one["segmentation_mask"], start=1):
            shape = preview.rasterise(np.reshape(flat, (-1, 2)))
            assert shape is not None
            corner = shape.window.row0, shape.window.col0
            outline = preview.to_preview(one_ring(shape.mask) + corner).round(6)
            again = preview.rasterise(json.loads(json.dumps(outline.tolist())))
            if again.window != shape.window or (again.mask != shape.mask).any():
                wrong.append((one["uniqueID"], number))
            shapes.append((number, shape))
            count += 1
        if len(shapes) > 1:
            several += 1
            parsed, _ = parse_sample(json.dumps(one).encode())
            apart, overlap = disjoint(parsed, shapes, preview.shape)
            overlapping |= {one["uniqueID"]: overlap} if overlap else {}
            assert sum(shape.mask.sum() for _, shape in apart) == (
                sum(shape.mask.sum() for _, shape in shapes) - overlap
            )
    assert (count, several) == (2_253, 323)
    assert not wrong, "not the same mask again: IoU below 1"
    assert sorted(overlapping) == [6191, 6192, 6193, 6194, 6208, 6215, 9258]


@pytest.mark.slow
def test_a_cube_of_real_size_in_and_out_and_in_again(drawn, tmp_path, bring, verb):
    files, sizes = drawn
    frame = "087D_07004_060904"
    several = [one for one in files if one["frameID"] == frame and one["is_crowd"]][:4]
    several += [one for one in files if one["uniqueID"] in (6191, 6192)]
    several = list({one["uniqueID"]: one for one in several}.values())
    pairs = [DatePair.parse(f"{s['primary_date']}_{s['secondary_date']}") for s in several]
    writer = CubeWriter.start(
        tmp_path / f"{frame}.zarr",
        frame=frame,
        geometry=Geometry(*sizes[frame], -155.6, 20.0, 0.001, -0.001),
        dates=sorted({day for pair in pairs for day in (pair.primary, pair.secondary)}),
        layers=["insar_difference"],
    )
    for pair in pairs:
        writer.write("insar_difference", np.ones(sizes[frame], np.float32), pair=pair)
    path = writer.finish()
    _, notes = bring(path, *several)
    assert all("the higher intensity has them" in note for note in notes)
    before = [planes(path, pair) for pair in pairs]
    assert verb("annotations", "export", path, tmp_path / "out").returncode == 0
    back = read(tmp_path / "out")
    preview, worst = Preview.of_frame(sizes[frame]), 1.0
    for one in several:
        again = back[f"{one['uniqueID']}.json"]
        for key in set(one) - {"segmentation_mask"}:
            assert again[key] == one[key], key
        for given, found in zip(one["segmentation_mask"], again["segmentation_mask"], strict=True):
            masks = np.zeros((2, *sizes[frame]), bool)
            for plane, flat in zip(masks, (given, found), strict=True):
                shape = preview.rasterise(np.reshape(flat, (-1, 2)))
                plane[shape.window.slices] = shape.mask
            iou = (masks[0] & masks[1]).sum() / (masks[0] | masks[1]).sum()
            worst = min(worst, iou if one["uniqueID"] not in (6191, 6192) else 1.0)
    assert worst == 1.0
    told, _ = bring(path, *back.values())
    assert f"{len(several)} said so before" in told
    for pair, planes_before in zip(pairs, before, strict=True):
        for name, plane in planes(path, pair).items():
            np.testing.assert_array_equal(plane, planes_before[name])
