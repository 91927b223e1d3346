"""Layers as GeoTIFF: what is read back is what the cube holds, in the same place."""

from pathlib import Path

import numpy as np
import pytest
import rasterio
from support.cubes import FRAME, PAIRS, small_cube

from thalia_core.annotate.patch import Paint
from thalia_core.annotate.session import EditSession
from thalia_core.annotate.shapes import disc
from thalia_core.build.geotiff import read_coherence, read_header, read_height, read_phase
from thalia_core.cube.labels import Activity
from thalia_core.cube.store import CubeStore
from thalia_core.errors import ThaliaError
from thalia_core.export.geotiff import About, geotiff_of, write_geotiff

A = PAIRS[0]
READERS = {
    "insar_difference": read_phase,
    "insar_coherence": read_coherence,
    "dem": read_height,
}


@pytest.fixture(scope="module")
def cube(tmp_path_factory) -> CubeStore:
    path = small_cube(tmp_path_factory.mktemp("export"))
    session = EditSession.open(path, "ana", background=False)
    session.annotate(A, "Brush", disc(30, 40, 6, (60, 80)), Paint(Activity.MOGI, 3))
    session.close()
    return CubeStore.open(path)


@pytest.mark.parametrize("layer", READERS)
def test_a_layer_comes_back_through_the_builder(cube: CubeStore, tmp_path: Path, layer: str):
    path = tmp_path / f"{layer}.tif"
    pair = None if layer == "dem" else A
    geotiff_of(cube, pair, layer, path)
    np.testing.assert_array_equal(READERS[layer](path), cube.read_plane(layer, pair))
    header = read_header(path)
    assert header.dtype == "float32"
    assert header.geometry.same_grid(cube.geometry, tolerance=1e-9)


def test_gdal_reads_grid_units_and_names(cube: CubeStore, tmp_path: Path):
    geotiff_of(cube, A, "insar_difference", tmp_path / "a.tif")
    with rasterio.open(tmp_path / "a.tif") as raster:
        assert raster.crs.to_epsg() == 4326
        assert tuple(raster.transform)[:6] == pytest.approx(cube.geometry.transform, abs=1e-12)
        assert raster.bounds == pytest.approx((-91.6005, -0.3595, -91.5205, -0.2995))
        assert np.isnan(raster.nodata)
        assert raster.units == ("radian",)
        assert raster.descriptions == ("insar_difference",)
        tags = raster.tags()
        assert (tags["LAYER"], tags["UNITS"]) == ("insar_difference", "radian")
        assert (tags["FRAME"], tags["PAIR"]) == (FRAME, str(A))
    assert [path.name for path in tmp_path.iterdir()] == ["a.tif"], "nothing lies beside it"


def test_a_mask_has_colours_and_names(cube: CubeStore, tmp_path: Path):
    path = tmp_path / "mask.tif"
    geotiff_of(cube, A, "activity_type_mask", path, colours={Activity.MOGI: "#ff92d9"})
    with rasterio.open(path) as raster:
        codes = raster.read(1)
        assert raster.dtypes == ("uint8",)
        assert raster.colormap(1)[Activity.MOGI] == (255, 146, 217, 255)
        assert raster.colormap(1)[0] == (0, 0, 0, 255)
        assert raster.tags(1)["CLASS_3"] == "Mogi"
        assert raster.nodata is None
    np.testing.assert_array_equal(codes, cube.read_plane("activity_type_mask", A))
    assert set(np.unique(codes)) == {0, Activity.MOGI}


def test_any_plane_on_the_grid_is_written(cube: CubeStore, tmp_path: Path):
    plane = np.arange(4_800, dtype=np.float64).reshape(60, 80)
    about = About("closure", "radian", tags={"PAIRS": "three"})
    write_geotiff(plane, cube.geometry, tmp_path / "c.tif", about)
    with rasterio.open(tmp_path / "c.tif") as raster:
        np.testing.assert_array_equal(raster.read(1), plane)
        assert raster.tags()["PAIRS"] == "three"
    with pytest.raises(ThaliaError, match="does not fit the grid"):
        write_geotiff(plane[1:], cube.geometry, tmp_path / "d.tif", about)


def test_a_file_that_cannot_be_replaced_stays_and_is_told(cube: CubeStore, tmp_path: Path):
    path = tmp_path / "taken.tif"
    (path / "inside").mkdir(parents=True)
    with pytest.raises(ThaliaError, match="cannot write the GeoTIFF"):
        geotiff_of(cube, A, "insar_difference", path)
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(ThaliaError, match="cannot write the GeoTIFF"):
        geotiff_of(cube, A, "insar_difference", tmp_path / "file" / "a.tif")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["file", "taken.tif"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--layer", "nonsense", "--pair", A), "no layer is called 'nonsense'"),
        (("--layer", "caption", "--pair", A), "'caption' is no layer"),
        (("--layer", "insar_difference"), "needs a date pair"),
        (("--layer", "instance_mask"), "needs a date pair"),
        (("--layer", "unwrapped_phase", "--pair", A), "the cube has no layer 'unwrapped_phase'"),
        (("--layer", "instance_mask", "--pair", "20240106_20250106"), "no such interferogram"),
    ],
)
def test_what_cannot_be_exported_is_told(cube: CubeStore, tmp_path: Path, verb, words, told):
    done = verb("export", "geotiff", cube.path, tmp_path / "a.tif", *words)
    assert done.returncode == 2
    assert told in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_the_verb_writes_and_names_the_file(cube: CubeStore, tmp_path: Path, verb):
    out = tmp_path / "a.tif"
    done = verb("export", "geotiff", cube.path, out, "--pair", A, "--layer", "insar_coherence")
    assert (done.returncode, done.stdout) == (0, f"{out}: insar_coherence of {A}\n")
    np.testing.assert_array_equal(read_coherence(out), cube.read_plane("insar_coherence", A))
    done = verb("export", "geotiff", cube.path, tmp_path / "a.png", "--layer", "dem")
    assert done.returncode == 2
    assert "ends in .tif" in done.stderr
