"""Samples, planes and crops: what a model gets to see, and what it must not."""

from collections import Counter
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.learning import CHANNELS, FRAMES, learning_archive, learning_cube, quick_config

from thalia_core.cube.geometry import Window
from thalia_core.cube.labels import LabelState, PairLabel
from thalia_core.cube.pairs import DatePair
from thalia_core.cube.store import CubeStore
from thalia_core.errors import ConfigError, CubeError
from thalia_core.learn.data import (
    Crops,
    EpochBatches,
    channel_statistics,
    choose_crop,
    epoch_order,
)
from thalia_core.learn.planes import (
    Patch,
    PlaneFiles,
    Source,
    reachable,
    read_channel,
    shrink,
    shrink_mask,
)
from thalia_core.learn.samples import Sample, find_samples, flaw

PAIR = DatePair(date(2020, 1, 1), date(2020, 1, 13))


@pytest.fixture(scope="module")
def archive(tmp_path_factory) -> Path:
    return learning_archive(tmp_path_factory.mktemp("archive"))


def patches_of(archive: Path, folder: Path, config) -> list[Patch]:
    splits = find_samples(config)
    files = PlaneFiles(folder, config.channels, config.crop, config.decimate)
    return [files.patch(CubeStore.open(s.cube), s) for s in splits.train]


def test_a_pair_counts_only_when_its_judgement_is_complete():
    assert flaw(PairLabel()) == "not labelled yet"
    assert flaw(PairLabel(label_state=LabelState.UNSEEN)) == "not labelled yet"
    assert flaw(PairLabel(label_state=LabelState.IN_PROGRESS)) == "in progress"
    assert flaw(PairLabel(label_state=LabelState.REJECTED)) == "rejected"
    assert flaw(PairLabel(label_state=LabelState.DONE, corrupted=1)) == "corrupted"
    assert flaw(PairLabel(label_state=LabelState.DONE, no_info=1)) == "no info"
    assert flaw(PairLabel(label_state=LabelState.ACCEPTED)) is None
    assert flaw(PairLabel(caption="a public cube keeps no state")) is None


def test_splits_follow_frames_and_dates(archive):
    splits = find_samples(quick_config(archive))
    assert Counter(s.frame for s in splits.train) == {FRAMES[0]: 8}
    assert [s.positive for s in splits.test] == [False, True] * 4
    dated = quick_config(
        archive,
        train_frames=(),
        val_frames=(),
        test_frames=(),
        train_dates=(date(2017, 1, 1), date(2017, 12, 31)),
        val_dates=(date(2018, 1, 1), date(2018, 2, 1)),
    )
    splits = find_samples(dated)
    assert {s.frame for s in splits.train} == {FRAMES[0]}
    assert len(splits.val) == 3
    assert splits.test == []
    assert splits.left_out == {"outside the splits": 13}


def test_splits_that_share_a_pair_are_refused(archive):
    with pytest.raises(ConfigError, match=f"train and val overlap: {FRAMES[0]}"):
        find_samples(quick_config(archive, val_frames=FRAMES[:1]))


def test_empty_splits_and_strange_frames_are_refused(archive):
    with pytest.raises(ConfigError, match="the val split is empty"):
        find_samples(quick_config(archive, val_dates=(date(1999, 1, 1), date(1999, 2, 1))))
    with pytest.raises(ConfigError, match=f"no such frame: 9.*{FRAMES[0]}"):
        find_samples(quick_config(archive, val_frames=("9",)))


def test_the_digest_changes_with_the_splits(archive):
    one, two = quick_config(archive), quick_config(archive, test_frames=(), test_dates=None)
    assert find_samples(one).digest == find_samples(one).digest != find_samples(two).digest


def test_phase_is_averaged_as_an_angle():
    plane = np.tile(np.array([[3.1, -3.1], [-3.1, 3.1]], np.float32), (2, 2))
    assert np.abs(np.abs(shrink("insar_difference", plane, 2)) - np.pi).max() < 1e-6
    assert np.abs(shrink("dem", plane, 2)).max() < 1e-6


def test_no_data_have_no_part_in_a_mean():
    plane = np.array([[1.0, np.nan, np.nan], [3.0, np.nan, np.nan]], np.float32)
    small = shrink("dem", plane, 2)
    assert small.shape == (1, 2)
    assert small[0, 0] == 2
    assert np.isnan(small[0, 1])


def test_a_small_mask_does_not_vanish():
    mask = np.zeros((8, 8), dtype=bool)
    assert not shrink_mask(mask, 4).any()
    mask[5, 6] = True
    assert shrink_mask(mask, 4).tolist() == [[False, False], [False, True]]
    mask[:4, :4] = True
    assert shrink_mask(mask, 4).tolist() == [[True, False], [False, False]]


def test_coherence_is_seen_on_the_published_scale(archive):
    cube = CubeStore.open(archive / f"{FRAMES[0]}.zarr")
    pair = cube.pairs[0]
    seen = read_channel(cube, "insar_coherence", pair, 1)
    assert np.allclose(seen, cube.read_plane("insar_coherence", pair) * 255)
    assert seen.max() > 200


def test_a_missing_channel_is_named(tmp_path, archive):
    path = learning_cube(tmp_path, FRAMES[0], layers=("insar_difference",))
    with pytest.raises(CubeError, match="lacks 'insar_coherence'"):
        read_channel(CubeStore.open(path), "insar_coherence", PAIR, 1)


def test_crops_hold_the_target_and_mark_no_data(archive, tmp_path):
    config = quick_config(archive)
    patches = patches_of(archive, tmp_path, config)
    crops = Crops(patches, config.crop, config.seed)
    for index, patch in enumerate(patches):
        item = crops[index, 0, index]
        assert item["planes"].shape == (2, 32, 32)
        assert bool(item["mask"].any()) == patch.sample.positive == bool(item["label"])
    again = Crops(patches, config.crop, config.seed)
    assert np.array_equal(crops[1, 5, 3]["planes"], again[1, 5, 3]["planes"], equal_nan=True)
    assert not np.array_equal(crops[1, 5, 3]["planes"], crops[1, 6, 3]["planes"], equal_nan=True)


def test_a_frame_smaller_than_the_crop_is_padded_with_no_data(archive, tmp_path):
    config = quick_config(archive, crop=64)
    item = Crops(patches_of(archive, tmp_path, config), 64, 0)[1, 0, 0]
    planes = item["planes"].numpy()
    assert np.isnan(planes[:, 36:, :]).all()
    assert np.isnan(planes[:, :, 36:]).all()
    assert np.isfinite(planes[1, :36, :36]).all()
    assert not item["mask"][36:].any()


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_crops_stay_inside_frame_and_reach(data):
    rows, cols = data.draw(st.integers(1, 90)), data.draw(st.integers(1, 90))
    crop = data.draw(st.sampled_from([8, 16, 32]))
    centre = data.draw(st.integers(0, rows - 1)), data.draw(st.integers(0, cols - 1))
    reach = reachable(centre, (rows, cols), crop)
    assert reach.clip(rows, cols) == reach
    mask = np.zeros(reach.shape, np.uint8)
    mask[centre[0] - reach.row0, centre[1] - reach.col0] = 1
    patch = Patch(Sample("", "", PAIR), (rows, cols), reach, centre, (), Source(""))
    rng = np.random.default_rng(data.draw(st.integers(0, 1000)))
    row, col = choose_crop(mask, patch, crop, rng)
    inside = Window(row, min(row + crop, rows), col, min(col + crop, cols))
    assert inside.intersect(reach) == inside
    assert inside.row0 <= centre[0] < inside.row1
    assert inside.col0 <= centre[1] < inside.col1


def test_a_mask_too_large_gets_the_crop_that_holds_most():
    mask = np.zeros((24, 24), np.uint8)
    mask[0, 0] = 2  # the maximum, out of reach of crops around the centre
    mask[8:20, 10:22] = 1
    patch = Patch(Sample("", "", PAIR), (24, 24), Window(0, 24, 0, 24), (14, 16), (), Source(""))
    row, col = choose_crop(mask, patch, 12, np.random.default_rng(0))
    assert mask[row : row + 12, col : col + 12].sum() == 144


def test_an_epoch_is_balanced_and_drawn_anew(archive, tmp_path):
    config = quick_config(archive, repeat=2)
    positive = Sample("", "", PAIR, Window(0, 1, 0, 1))
    blank = Patch(Sample("", "", PAIR), (1, 1), Window(0, 1, 0, 1), (0, 0), (), Source(""))
    patches = [replace(blank, sample=positive)] * 3 + [blank] * 20
    order = epoch_order(patches, config, 0)
    assert len(order) == 12
    assert Counter(i < 3 for i in order) == {True: 6, False: 6}
    assert order == epoch_order(patches, config, 0) != epoch_order(patches, config, 1)
    assert len(epoch_order(patches, replace(config, balanced=False), 0)) == 46


def test_a_resumed_epoch_goes_on_where_it_stopped(archive, tmp_path):
    config = quick_config(archive, batch=3)
    patches = patches_of(archive, tmp_path, config)
    batches = EpochBatches(patches, config)
    assert batches.begin(2) == 3
    whole = list(batches)
    batches.begin(2, start=1)
    assert list(batches) == whole[1:]


def test_statistics_of_the_training_split(archive, tmp_path):
    config = quick_config(archive)
    statistics = channel_statistics(patches_of(archive, tmp_path, config), CHANNELS)
    mean, deviation = statistics["insar_coherence"]
    assert 150 < mean < 200
    assert 0 < deviation < 60
