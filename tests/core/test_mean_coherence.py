"""The mean coherence of each pair: measured by whoever writes the planes, and found by filters."""

import json
from pathlib import Path

import numpy as np
import pytest
from support.cubes import PAIRS, small_cube
from support.licsar import FRAME, coherence_of, make_frame
from support.licsar import PAIRS as BUILT

from thalia_core.archive.catalogue import NAME, Catalogue
from thalia_core.archive.filters import Filter
from thalia_core.build.assemble import assemble
from thalia_core.build.geotiff import read_land
from thalia_core.build.licsar import plan_frame
from thalia_core.cube.pairs import DatePair
from thalia_core.cube.store import CubeAppender, CubeStore
from thalia_core.cube.store.coherence import measured


def numpy_means(cube: CubeStore) -> np.ndarray:
    planes = [cube.read_plane("insar_coherence", pair) for pair in cube.pairs]
    if cube.has("land_mask"):
        land = cube.read_plane("land_mask", cube.pairs[0]) == 1
        planes = [plane[land] for plane in planes]
    return np.array([np.nanmean(plane, dtype=np.float64) for plane in planes], np.float32)


def test_a_build_keeps_the_mean_of_the_land(tmp_path: Path):
    """The sea of a product has a coherence, too; 'thalia check --fix' measures the same."""
    folder = make_frame(tmp_path / FRAME)
    land = read_land(folder / "metadata" / f"{FRAME}.geo.landmask.tif") == 1
    assert 0 < land.mean() < 1
    out = tmp_path / "archive" / f"{FRAME}.zarr"
    assemble(plan_frame(folder), out)
    cube = CubeStore.open(out)
    built = cube.mean_coherences()
    for pair, mean in zip(cube.pairs, built, strict=True):
        codes = coherence_of(str(pair))[land]
        assert mean == pytest.approx(codes[codes > 0].mean() / 255, rel=1e-6)
    remeasured = dict(measured(cube, list(cube.pairs)))
    assert [np.float32(remeasured[pair]) for pair in cube.pairs] == built.tolist()


def test_without_a_land_mask_all_pixels_with_data_count(tmp_path: Path):
    folder = make_frame(tmp_path / FRAME)
    (folder / "metadata" / f"{FRAME}.geo.landmask.tif").unlink()
    assemble(plan_frame(folder), tmp_path / "archive" / f"{FRAME}.zarr")
    cube = CubeStore.open(tmp_path / "archive" / f"{FRAME}.zarr")
    for pair, mean in zip(cube.pairs, cube.mean_coherences(), strict=True):
        codes = coherence_of(str(pair))
        assert mean == pytest.approx(codes[codes > 0].mean() / 255, rel=1e-6)


def test_a_cube_that_grew_has_the_means_of_one_built_at_once(tmp_path: Path):
    source = make_frame(tmp_path / FRAME, BUILT[:2])
    assemble(plan_frame(source), tmp_path / "grown.zarr")
    assemble(plan_frame(make_frame(tmp_path / FRAME)), tmp_path / "grown.zarr")
    assemble(plan_frame(source), tmp_path / "whole.zarr")
    means = [CubeStore.open(tmp_path / f"{n}.zarr").mean_coherences() for n in ("grown", "whole")]
    np.testing.assert_array_equal(*means)
    assert np.isfinite(means[0]).all()
    assert len(means[0]) == len(BUILT)


def test_growing_measures_what_an_older_program_did_not(tmp_path: Path):
    cube = small_cube(tmp_path)
    before = CubeStore.open(cube).mean_coherences()
    for file in (cube / "mean_coherence").iterdir():
        file.unlink()
    (cube / "mean_coherence").rmdir()
    new = DatePair(PAIRS[1].secondary, PAIRS[2].secondary)
    days = [new.primary, new.secondary]
    layers = ["insar_difference", "insar_coherence"]
    with CubeAppender.start(cube, dates=days, layers=layers) as appender:
        for name in layers[::-1]:
            appender.write(name, np.full((60, 80), 0.4, np.float32), pair=new)
        appender.finish()
    grown = CubeStore.open(cube)
    means = dict(zip(grown.pairs, grown.mean_coherences(), strict=True))
    assert [means[pair] for pair in PAIRS] == before.tolist()
    assert means[new] == pytest.approx(0.4)  # 102 of 255


def test_a_frame_without_coherence_has_none(tmp_path: Path):
    folder = make_frame(tmp_path / FRAME)
    for file in folder.rglob("*.cc.tif"):
        file.unlink()
    assemble(plan_frame(folder), tmp_path / "archive" / f"{FRAME}.zarr")
    catalogue = Catalogue.open(tmp_path / "archive")
    assert np.isnan(catalogue.pairs.numbers["coherence"]).all()
    assert not Filter.parse("coh:>=0").rows(catalogue).any()


def test_an_index_of_the_program_before_is_read_anew(tmp_path: Path):
    small_cube(tmp_path)
    first = Catalogue.open(tmp_path)
    index = tmp_path / NAME
    index.write_bytes(index.read_bytes().replace(b"thalia catalogue 2", b"thalia catalogue 1", 1))
    means = Catalogue.open(tmp_path).pairs.numbers["coherence"]
    np.testing.assert_array_equal(means, first.pairs.numbers["coherence"])
    measured = numpy_means(CubeStore.open(first.frames[0].path))
    np.testing.assert_allclose(means, measured, rtol=1e-6)
    assert b"thalia catalogue 2" in index.read_bytes()[:40]


def test_a_synthetic_cube_is_measured_and_the_verb_tells(tmp_path: Path, verb):
    verb("synth", "cube", tmp_path / "a.zarr", "--size", "64", "--dates", "3")
    cube = CubeStore.open(tmp_path / "a.zarr")
    means = numpy_means(cube)
    np.testing.assert_allclose(cube.mean_coherences(), means, rtol=1e-6)
    lines = verb("pairs", tmp_path / "a.zarr", "--json").stdout.splitlines()
    told = [json.loads(line)["coherence"] for line in lines]
    assert told == pytest.approx(means.tolist(), abs=5e-4)
