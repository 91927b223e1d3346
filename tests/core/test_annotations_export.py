"""Labels and masks out of cubes: the public JSON, COCO, GeoJSON; read back by their own rules."""

import json
import tarfile
from datetime import date
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from rasterio.warp import transform
from support.annotations import SQUARE, here, instances, planes, read, ring, sample, write
from support.cubes import FRAME, PAIRS, small_cube
from test_foreign_cubes import COLS, ROWS, dataset, save

from thalia_core.annotate.patch import Paint
from thalia_core.annotate.session import Drawing, EditSession
from thalia_core.annotate.shapes import Shape, polygon
from thalia_core.cube.geometry import Geometry, Window
from thalia_core.cube.store import CubeStore, CubeWriter

foreign = pytest.mark.filterwarnings(
    "ignore:.*Zarr V3 specification", "ignore:.*not part in the Zarr format 3"
)


def paint(path: Path, *drawn: tuple[np.ndarray, Paint], pair=PAIRS[0], **fields) -> None:
    """Draw whole-plane masks by hand."""
    session = EditSession.open(path, "ana", background=False)
    shapes = tuple((Shape(Window.full(*mask.shape), mask), paint) for mask, paint in drawn)
    session.annotate_all([Drawing(pair, shapes, {"caption": "Mine", **fields})], "Drawing")
    session.close()


def blank(rows: int = 60, cols: int = 80) -> np.ndarray:
    return np.zeros((rows, cols), bool)


def export(verb, path: Path, out: Path, kind: str = "json"):
    done = verb("annotations", "export", path, out, "--format", kind)
    assert done.returncode == 0, done.stderr
    return read(out) if kind == "json" else json.loads(out.read_bytes())


@pytest.fixture
def cube(tmp_path: Path) -> Path:
    return small_cube(tmp_path)


@pytest.fixture
def imported(cube, verb, tmp_path):
    """A cube with a labelled pair, one without deformation, and one whose masks are unknown."""
    quake = here(
        9, PAIRS[2], SQUARE, (12.0, 12.0, 20.0, 16.0), segmentation_mask=[[], ring(SQUARE)],
        activity_type=["Earthquake", "Dyke"], intensity_level=["None", "High"],
        label=["Deformation", "Earthquake"],
    )  # fmt: skip
    one = here(7, PAIRS[0], SQUARE, (9.0, 3.0, 12.0, 9.0), confidence=0.7)
    folder = write(tmp_path / "in", one, here(8, PAIRS[1], processing_error=2), quake)
    done = verb("annotations", "import", cube, folder)
    assert done.returncode == 0, done.stderr
    return cube, read(folder)


def test_the_same_json_comes_back(imported, verb, tmp_path):
    cube, given = imported
    back = export(verb, cube, tmp_path / "out")
    assert list(back) == list(given)
    for name, one in given.items():
        assert list(back[name])[:20] == list(one)[:20], "keys in their order"
        for key in set(one) - {"segmentation_mask", "preview_size"}:
            assert back[name][key] == one[key], key
        boxes = [sorted(flat) for flat in one["segmentation_mask"]]
        assert [sorted(np.round(flat, 5)) for flat in back[name]["segmentation_mask"]] == boxes


def test_what_comes_back_goes_in_again_and_changes_nothing(imported, verb, tmp_path):
    cube, _ = imported
    export(verb, cube, tmp_path / "out")
    before = CubeStore.open(cube).read_labels(), [planes(cube, pair) for pair in PAIRS]
    done = verb("annotations", "import", cube, tmp_path / "out")
    assert (done.returncode, done.stderr) == (0, "")
    assert "3 said so before" in done.stdout
    assert CubeStore.open(cube).read_labels() == before[0]
    other = small_cube(tmp_path / "other")
    assert verb("annotations", "import", other, tmp_path / "out").returncode == 0
    for pair, wanted in zip(PAIRS, before[1], strict=True):
        for name, plane in planes(other, pair).items():
            np.testing.assert_array_equal(plane, wanted[name])
        assert instances(other, pair) == instances(cube, pair)


def test_an_archive_is_written_and_read(imported, verb, tmp_path):
    cube, _ = imported
    export(verb, cube, tmp_path / "folder")
    done = verb("annotations", "export", cube, tmp_path / "new" / "out.tar.gz")
    assert done.stdout == f"{tmp_path / 'new' / 'out.tar.gz'}: 3 labelled pairs\n"
    with tarfile.open(tmp_path / "new" / "out.tar.gz") as archive:
        assert archive.getnames() == [f"annotations/{n}.json" for n in (7, 8, 9)]
    done = verb("annotations", "import", cube, tmp_path / "new" / "out.tar.gz")
    assert "3 said so before" in done.stdout


def odd_masks() -> dict[str, np.ndarray]:
    hole, pieces, diagonal, ring_in_ring = blank(), blank(), blank(), blank()
    hole[10:30, 10:30] = True
    hole[15:20, 15:20] = hole[22:24, 12:28] = False
    pieces[5:9, 5:9] = pieces[30:44, 50:70] = pieces[50, 3] = True
    for n in range(12):
        diagonal[10 + n, 20 + n] = diagonal[30 + n, 50 - n] = True
    ring_in_ring[5:55, 5:75] = True
    ring_in_ring[8:52, 8:72] = False
    ring_in_ring[12:48, 12:68] = True
    ring_in_ring[13:47, 13:67] = False
    ring_in_ring[30, 30] = True
    rng = np.random.default_rng(3)
    return {
        "hole": hole,
        "pieces": pieces,
        "diagonal": diagonal,
        "rings": ring_in_ring,
        "noise": rng.uniform(size=(60, 80)) < 0.5,
        "corner": np.indices((60, 80)).sum(axis=0) % 2 == 0,
        "all": ~blank(),
        "pixel": np.arange(4800).reshape(60, 80) == 4799,
    }


@pytest.mark.parametrize("name", odd_masks())
def test_masks_of_any_form_come_back_to_the_pixel(cube, verb, tmp_path, name):
    mask = odd_masks()[name]
    paint(cube, (mask, Paint(1, 2, 1)))
    one = export(verb, cube, tmp_path / "out")[f"{FRAME}_{PAIRS[0]}.json"]
    assert len(one["segmentation_mask"]) == 1
    assert (one["uniqueID"], one["confidence"], one["preview_size"]) == (None, None, [24, 18])
    other = small_cube(tmp_path / "other")
    done = verb("annotations", "import", other, tmp_path / "out")
    assert done.stderr == ""
    np.testing.assert_array_equal(planes(other)["activity_type_mask"], mask)
    np.testing.assert_array_equal(planes(other)["instance_mask"], mask)


def test_instances_that_touch_stay_apart(cube, verb, tmp_path):
    left, right, below = blank(), blank(), blank()
    left[10:20, 10:20] = right[10:20, 20:30] = below[20:30, 10:30] = True
    paint(cube, (left, Paint(1, 2, 1)), (right, Paint(1, 2, 2)), (below, Paint(5, 0, 3)))
    one = export(verb, cube, tmp_path / "out")[f"{FRAME}_{PAIRS[0]}.json"]
    assert one["activity_type"] == ["Sill", "Sill", "Earthquake"]
    assert one["label"] == ["Deformation", "Earthquake"]
    other = small_cube(tmp_path / "other")
    verb("annotations", "import", other, tmp_path / "out")
    np.testing.assert_array_equal(planes(other)["instance_mask"], planes(cube)["instance_mask"])


def test_two_pairs_with_one_number_are_two_files(cube, verb, tmp_path):
    for pair in PAIRS[:2]:
        paint(cube, (odd_masks()["hole"], Paint(1, 2, 1)), pair=pair, unique_id=5)
    assert list(export(verb, cube, tmp_path / "out")) == [f"{FRAME}_{PAIRS[1]}.json", "5.json"]


@foreign
def test_codes_and_words_that_nobody_knows_are_kept(tmp_path, verb):
    words = np.full((3, 3), "Slumber", object)
    dims = ("primary_date", "secondary_date")
    masks = np.zeros((3, 3, ROWS, COLS), np.uint8)
    masks[0, 1, 2:4, 2:4] = 42
    cube = dataset(phase=(dims, words), activity_type_mask=((*dims, "y", "x"), masks))
    path = save(cube, tmp_path / "frame.zarr")
    one = next(iter(export(verb, path, tmp_path / "out").values()))
    assert (one["phase"], one["activity_type"][-1]) == ("Slumber", "Code_42")
    done = verb("annotations", "import", path, tmp_path / "out")
    assert done.returncode == 1
    assert "'Code_42' is none of None, Sill" in done.stderr
    coco = export(verb, path, tmp_path / "coco.json", "coco")
    assert {"id": 42, "name": "Code_42", "supercategory": "deformation"} in coco["categories"]


@foreign
def test_deformation_without_a_type_is_unidentified(tmp_path, verb):
    gone = {"activity_type_mask": None, "intensity_level_mask": None}
    path = save(dataset(**gone), tmp_path / "frame.zarr")
    one = next(iter(export(verb, path, tmp_path / "out").values()))
    assert sorted(one["activity_type"]) == ["Earthquake", "Unidentified"]
    assert one["label"] == ["Deformation", "Earthquake"]


def even_odd(flat: list[float], height: int, width: int, fine: int) -> np.ndarray:
    """The polygon on a raster ``fine`` times as fine, by COCO's own rule: even-odd."""
    points = np.reshape(flat, (-1, 2))[:, ::-1] * fine - 0.5
    shape = polygon(points, (height * fine, width * fine))
    mask = np.zeros((height * fine, width * fine), bool)
    if shape is not None:
        mask[shape.window.slices] = shape.mask
    return mask


def test_coco(cube, verb, tmp_path):
    paint(cube, (odd_masks()["hole"], Paint(1, 2, 1)), unique_id=5)
    paint(cube, (odd_masks()["pieces"], Paint(3, 1, 1)), pair=PAIRS[1])
    listed = [{"instance": 1, "activity_type": "Dyke", "intensity_level": "Low", "mask": False}]
    paint(cube, pair=PAIRS[2], instances=json.dumps(listed))
    found = export(verb, cube, tmp_path / "coco.json", "coco")
    assert set(found) == {"info", "images", "annotations", "categories"}
    assert [i["id"] for i in found["images"]] == [1, 2, 3]
    assert found["images"][0] == {
        "id": 1, "file_name": f"{FRAME}/{PAIRS[0]}.png", "width": 24, "height": 18,
        "unique_id": 5, "label": ["Deformation"], "caption": "Mine",
    }  # fmt: skip
    assert found["images"][2]["label"] == ["Deformation"]
    assert [c["name"] for c in found["categories"]] == [
        "Sill", "Dyke", "Mogi", "Spheroid", "Earthquake", "Unidentified"
    ]  # fmt: skip
    one, other = found["annotations"]
    assert (one["id"], one["image_id"], one["category_id"], one["iscrowd"]) == (1, 1, 1, 0)
    assert (other["image_id"], other["category_id"]) == (2, 3)
    assert one["attributes"] == {"intensity_level": "Medium"}
    assert len(one["segmentation"]) == 1
    assert len(other["segmentation"]) == 3, "a polygon a piece"
    assert one["bbox"] == [3.0, 3.0, 6.0, 6.0]
    for entry, name in ((one, "hole"), (other, "pieces")):
        assert entry["area"] == pytest.approx(odd_masks()[name].sum() * 0.09)
        # 18 x 24 preview pixels, ten parts each; a pixel of the cube is three of them
        fine = [even_odd(flat, 18, 24, 10) for flat in entry["segmentation"]]
        wanted = np.kron(odd_masks()[name], np.ones((3, 3), bool))
        np.testing.assert_array_equal(np.any(fine, axis=0), wanted)


def placed_cube(folder: Path, geometry: Geometry) -> Path:
    writer = CubeWriter.start(
        folder / f"{FRAME}.zarr",
        frame=FRAME,
        geometry=geometry,
        dates=[day for pair in PAIRS[:1] for day in (pair.primary, pair.secondary)],
        layers=["insar_difference"],
    )
    writer.write("insar_difference", np.ones(geometry.shape, np.float32), pair=PAIRS[0])
    return writer.finish()


def area_of(points: list[list[float]]) -> float:
    x, y = (np.array(points) - points[0]).T
    return float((x[:-1] * y[1:] - x[1:] * y[:-1]).sum() / 2)


def check_rfc7946(collection) -> float:
    """Closed rings, right-hand rule, longitudes within 180; gives the area in square degrees."""
    assert collection["type"] == "FeatureCollection"
    total = 0.0
    for feature in collection["features"]:
        assert feature["type"] == "Feature"
        assert feature["geometry"]["type"] == "MultiPolygon"
        for outline, *holes in feature["geometry"]["coordinates"]:
            assert area_of(outline) > 0
            assert all(area_of(hole) < 0 for hole in holes)
            for points in (outline, *holes):
                assert points[0] == points[-1]
                assert len(points) >= 4
                assert all(-180 <= x <= 180 and -90 <= y <= 90 for x, y in points)
                total += area_of(points)
    return total


@pytest.mark.parametrize("name", ["hole", "pieces", "rings", "diagonal"])
def test_geojson(cube, verb, tmp_path, name):
    mask = odd_masks()[name]
    paint(cube, (mask, Paint(1, 2, 1)), unique_id=5, phase="Unrest", confidence=0.5)
    found = export(verb, cube, tmp_path / "out.geojson", "geojson")
    assert check_rfc7946(found) == pytest.approx(mask.sum() * 1e-6)
    assert found["features"][0]["properties"] == {
        "frame": FRAME, "primary_date": "2024-01-06", "secondary_date": "2024-01-18",
        "unique_id": 5, "activity_type": "Sill", "intensity_level": "Medium", "phase": "Unrest",
        "confidence": 0.5, "caption": "Mine",
    }  # fmt: skip
    points = np.concatenate([p for g in found["features"][0]["geometry"]["coordinates"] for p in g])
    rows, cols = np.nonzero(mask)
    west, north = -91.6 + 0.001 * (cols.min() - 0.5), -0.3 - 0.001 * (rows.min() - 0.5)
    assert points[:, 0].min() == pytest.approx(west, abs=1e-7)
    assert points[:, 1].max() == pytest.approx(north, abs=1e-7)


def test_an_instance_without_mask_is_a_feature_without_place(cube, verb, tmp_path):
    verb("annotations", "import", cube, write(tmp_path / "in", sample(7, PAIRS[0], SQUARE)))
    (feature,) = export(verb, cube, tmp_path / "out.geojson", "geojson")["features"]
    assert feature["geometry"] is None
    assert feature["properties"]["activity_type"] == "Mogi"


@pytest.mark.parametrize("x0", [179.9704, -180.0296, 179.97])
def test_geojson_is_cut_at_the_antimeridian(tmp_path, verb, x0):
    cube = placed_cube(tmp_path, Geometry(20, 60, x0, -16.0, 0.001, -0.001))
    mask = blank(20, 60)
    mask[5:15, 10:50] = True
    mask[8:10, 25:35] = False
    paint(cube, (mask, Paint(1, 2, 1)))
    found = export(verb, cube, tmp_path / "out.geojson", "geojson")
    assert check_rfc7946(found) == pytest.approx(mask.sum() * 1e-6)
    parts = found["features"][0]["geometry"]["coordinates"]
    spans = sorted((min(x for x, _ in part[0]), max(x for x, _ in part[0])) for part in parts)
    assert spans[0][0] == -180
    assert spans[-1][1] == 180
    assert all(east - west < 0.05 for west, east in spans)


def test_geojson_of_a_projected_cube_is_in_degrees(tmp_path, verb):
    geometry = Geometry(20, 30, 500_000.0, 4_200_000.0, 100.0, -100.0, "EPSG:32633")
    cube = placed_cube(tmp_path, geometry)
    mask = blank(20, 30)
    mask[5:15, 10:20] = True
    paint(cube, (mask, Paint(1, 2, 1)))
    found = export(verb, cube, tmp_path / "out.geojson", "geojson")
    check_rfc7946(found)
    points = np.array(found["features"][0]["geometry"]["coordinates"][0][0])
    lon, lat = transform("EPSG:32633", "EPSG:4326", [500_950.0], [4_199_550.0])
    np.testing.assert_allclose(points.min(axis=0)[0], lon[0], atol=1e-5)
    np.testing.assert_allclose(points.max(axis=0)[1], lat[0], atol=1e-5)


def test_targets_that_cannot_be_written_are_refused_first(imported, verb, tmp_path):
    cube, _ = imported
    (tmp_path / "file").write_text("x")
    for out, words in (("a.zip", ()), ("a.json", ()), ("file", ()), (".", ("--format", "coco"))):
        done = verb("annotations", "export", cube, tmp_path / out, *words)
        assert done.returncode == 2
        assert f"cannot write the annotations: {tmp_path / out}" in done.stderr
    assert (tmp_path / "file").read_text() == "x"
    done = verb("annotations", "export", cube, tmp_path / "file" / "x.json", "--format", "coco")
    assert done.returncode == 2


def test_only_what_somebody_recorded_is_exported(tmp_path, verb):
    cube = small_cube(tmp_path)
    done = verb("annotations", "export", cube, tmp_path / "out")
    assert done.stdout == f"{tmp_path / 'out'}: 0 labelled pairs\n"


def test_real_pairs_of_erta_ale_keep_real_labels(shared_data, tmp_path, verb):
    source = shared_data / "data" / "licsar" / "014A_07688_131313"
    out = tmp_path / "014A_07688_131313.zarr"
    assert verb("build", "licsar", source, out, "--workers", 1).returncode == 0
    annotations = shared_data / "data" / "thalia" / "annotations.tar.gz"
    done = verb("annotations", "import", out, annotations)
    assert done.returncode == 1
    assert done.stdout == (
        f"{out}: 38 pairs annotated with 0 polygons, 0 said so before, 290 findings; 19596 samples "
        "are of other frames\n"
    )
    assert (
        "note: 014A_07688_131313: 3 polygons (samples 11270, 11272, 11274) refer to the full frame,"
        " of which this cube of 181 x 185 pixels is only a part; left out (give --frame-size where "
        "it is not)\n"
    ) in done.stderr
    assert "and 282 more: the cube has no such pair\n" in done.stderr
    cube = CubeStore.open(out)
    labels = dict(zip(cube.pairs, cube.read_labels(), strict=True))
    assert cube.has("dem")
    assert sum(label.labelled for label in labels.values()) == 38
    assert not any(planes(out, pair)["activity_type_mask"].any() for pair in cube.pairs)
    back = export(verb, out, tmp_path / "out")
    with tarfile.open(annotations) as archive:
        for name, one in back.items():
            content = archive.extractfile(f"annotations/{name}")
            assert content is not None
            given = json.loads(content.read())
            given["segmentation_mask"] = [[] for _ in given["segmentation_mask"]]
            assert one == given
    assert sum(one["label"] == ["Deformation"] for one in back.values()) == 2
    assert date(2017, 2, 4) in {pair.secondary for pair in labels}
    with xr.open_zarr(out, chunks=None) as plain:
        assert int((plain.unique_id > 0).sum()) == 38
    assert "38 said so before" in verb("annotations", "import", out, annotations).stdout
