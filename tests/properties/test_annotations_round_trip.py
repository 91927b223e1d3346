"""Into a cube, out of it and in again changes no label and no pixel."""

import json
import shutil
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from support.annotations import MASKS, SQUARE, here, planes, write
from support.cubes import PAIRS, small_cube

from thalia_core.build.annotations.contours import one_ring
from thalia_core.build.annotations.exporting import file_name, labelled_pairs, sample_json
from thalia_core.build.annotations.importing import import_samples
from thalia_core.build.annotations.raster import Preview
from thalia_core.build.annotations.records import read_samples
from thalia_core.cube.store import CubeStore

coordinates = st.floats(-3, 30, allow_nan=False)
outlines = st.one_of(
    st.just([]), st.lists(coordinates, min_size=6, max_size=24).filter(lambda p: len(p) % 2 == 0)
)
kinds = st.sampled_from(
    [(kind, level) for kind in ("Sill", "Mogi", "Unidentified") for level in ("Low", "High")]
    + [("Earthquake", "None")]
)
instances = st.lists(st.tuples(outlines, kinds), max_size=5)
texts = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=20)


@pytest.fixture(scope="module")
def template(tmp_path_factory) -> Path:
    """A cube that has all annotation arrays: making them takes longest."""
    folder = tmp_path_factory.mktemp("template")
    cube = small_cube(folder)
    for boxes in ([SQUARE], []):
        import_samples(cube, read_samples(write(folder / "in", here(1, PAIRS[0], *boxes)))[0])
    return cube


def copy(template: Path, folder: Path) -> Path:
    return Path(shutil.copytree(template, folder / template.name))


def make(number: int, given_: list, caption: str, flag: int, confidence: float | None) -> dict:
    types = [kind for _, (kind, _) in given_]
    volcanic = bool(set(types) - {"Earthquake"})
    labels = ["Deformation"] * volcanic + ["Earthquake"] * ("Earthquake" in types)
    return here(
        number,
        PAIRS[number - 1],
        label=labels or ["Non_Deformation"],
        activity_type=types,
        intensity_level=[level for _, (_, level) in given_],
        segmentation_mask=[outline for outline, _ in given_],
        phase="Unrest" if volcanic else "None" if types else "Rest",
        is_crowd=int(len(types) > 1),
        caption=caption,
        atmospheric_fringes=flag,
        confidence=confidence,
    )


@settings(max_examples=12, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(st.lists(instances, min_size=1, max_size=3), texts, st.integers(0, 3), st.integers(0, 100))
def test_in_out_and_in_again(template, drawn, caption, flag, percent) -> None:
    with tempfile.TemporaryDirectory() as folder:
        given_ = [
            make(n, some, caption, flag, percent / 100) for n, some in enumerate(drawn, start=1)
        ]
        cube = copy(template, Path(folder) / "a")
        import_samples(cube, read_samples(write(Path(folder) / "in", *given_))[0])
        store = CubeStore.open(cube)
        preview = Preview.of_cube(store)
        found = list(labelled_pairs(store))
        files = {file_name(store.frame, one): sample_json(store, one, preview) for one in found}
        for one in given_:
            back = files[f"{one['uniqueID']}.json"]
            for key in set(one) - {"segmentation_mask", "preview_size"}:
                assert back[key] == one[key], key
        samples, odd = read_samples(write(Path(folder) / "out", *files.values()))
        assert not odd
        report = import_samples(cube, samples)
        assert (report.written, report.unchanged) == (0, len(given_))
        other = copy(template, Path(folder) / "b")
        import_samples(other, samples)
        assert [label.instances for label in CubeStore.open(other).read_labels()] == [
            label.instances for label in CubeStore.open(cube).read_labels()
        ]
        for pair in PAIRS:
            ours, theirs = planes(cube, pair), planes(other, pair)
            for name in MASKS:
                np.testing.assert_array_equal(ours[name], theirs[name])


@settings(max_examples=60, deadline=None)
@given(
    st.integers(1, 25),
    st.integers(1, 25),
    st.floats(0.05, 0.95),
    st.integers(0, 2**32 - 1),
    st.tuples(st.floats(0.5, 7), st.floats(0.5, 7)),
)
def test_any_mask_is_one_ring(rows, cols, share, seed, scale) -> None:
    mask = np.random.default_rng(seed).uniform(size=(rows, cols)) < share
    if not mask.any():
        return
    preview = Preview((rows, cols), scale)
    ring = json.loads(json.dumps(preview.to_preview(one_ring(mask)).round(6).tolist()))
    shape = preview.rasterise(ring)
    again = np.zeros_like(mask)
    assert shape is not None
    again[shape.window.slices] = shape.mask
    np.testing.assert_array_equal(again, mask)
