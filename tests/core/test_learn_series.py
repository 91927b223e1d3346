"""Series of pairs: which, in what order, and that a model learns from them."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
import torch
from support.learning import CHANNELS, quick_config

from thalia_core.benchmark.items import Item
from thalia_core.benchmark.series import series_of
from thalia_core.cube.geometry import Geometry
from thalia_core.cube.labels import LabelState
from thalia_core.cube.pairs import DatePair
from thalia_core.cube.store import CubeStore, CubeWriter
from thalia_core.jobs.rundir import RunDir
from thalia_core.learn.data import channel_statistics, train_loader
from thalia_core.learn.device import choose
from thalia_core.learn.names import TARGETS
from thalia_core.learn.planes import PlaneFiles, target_of
from thalia_core.learn.samples import find_samples
from thalia_core.learn.trainer import train
from thalia_core.progress import Metric

FRAMES = ("001A_00001_010101", "128D_09016_110500")
SIZE = 48


def series_cube(folder: Path, frame: str, year: int) -> Path:
    """Three primary dates with five secondary dates each; one of the fifteen pairs deforms."""
    days = [date(year, 1, 6) + timedelta(12 * n) for n in range(8)]
    pairs = [DatePair(days[p], days[p + s]) for p in range(3) for s in range(1, 6)]
    writer = CubeWriter.start(
        folder / f"{frame}.zarr",
        frame=frame,
        geometry=Geometry(SIZE, SIZE, 10.0, 40.0, 0.001, -0.001),
        dates=days,
        layers=[*CHANNELS, "deformation_mask"],
    )
    y, x = np.mgrid[:SIZE, :SIZE]
    distance = np.hypot(y - 20, x - 26)
    for n, pair in enumerate(pairs):
        bump = 9 * np.exp(-((distance / 8) ** 2)) * (n % 3 == 1)
        mask = (distance < 8 + n % 2) & (n % 3 == 1)
        coherence = np.full((SIZE, SIZE), (n + 1) / 16)
        writer.write("insar_difference", np.angle(np.exp(1j * (bump + 0.01))), pair=pair)
        writer.write("insar_coherence", coherence, pair=pair)
        writer.write("deformation_mask", mask, pair=pair)
    writer.write_pair_values("label_state", dict.fromkeys(pairs, int(LabelState.DONE)))
    writer.write_pair_values("confidence", {pair: 0.5 + n / 50 for n, pair in enumerate(pairs)})
    return writer.finish()


@pytest.fixture(scope="module")
def archive(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("series")
    for frame, year in zip(FRAMES, (2018, 2019), strict=True):
        series_cube(folder, frame, year)
    return folder


def config_of(archive: Path, **changes: object):
    whole = {"train_frames": FRAMES[:1], "val_frames": FRAMES[1:], "test_frames": ()}
    return quick_config(archive, **(whole | {"series": 3, "decimate": 1} | changes))


def patches_of(config, folder: Path):
    cubes = {s.cube: CubeStore.open(s.cube) for s in find_samples(config).train}
    files = PlaneFiles(folder, config.channels, config.crop, 1, config.target)
    return [files.patch(cubes[s.cube], s) for s in find_samples(config).train]


@pytest.mark.parametrize("part", ["train", "val"])
def test_the_series_are_those_of_the_benchmark(archive, part):
    single, series = (find_samples(config_of(archive, series=n)).of(part) for n in (1, 3))
    items = [Item(s.frame, s.pair, s.positive) for s in single]
    assert [s.key for s in series] == [one.key for one in series_of(items, 3, part)]
    assert [s.positive for s in series] == [one.positive for one in series_of(items, 3, part)]
    assert all(s.confidence == min(t.confidence for t in single if t.pair in s.pairs)
               for s in series)  # fmt: skip


def test_a_published_split_needs_no_frames_or_dates(archive):
    config = config_of(archive, split="regions", series=1, train_frames=(), val_frames=())
    with pytest.raises(Exception, match="val split is empty"):
        find_samples(config)  # 2018 teaches, the Galápagos are the test, nothing is of 2020
    assert not [p for p in config.validate() if p.field.startswith(("val", "test"))]


@pytest.mark.parametrize("target", TARGETS)
def test_a_crop_holds_all_steps_in_order(archive, tmp_path, target):
    config = config_of(archive, target=target, workers=0, repeat=2)
    patches = patches_of(config, tmp_path)
    loader, batches = train_loader(patches, config, pinned=False)
    batches.begin(0)
    for batch in loader:
        assert batch["planes"].shape[1] == 3 * len(CHANNELS)
        assert batch["mask"].shape[1:] == ((3, 32, 32) if target == "all" else (32, 32))
        assert (batch["days"].diff(dim=1) >= 0).all()
        # coherence grows with the secondary date in these cubes
        coherence = batch["planes"][:, 1::2].nan_to_num().amax(dim=(2, 3))
        assert (coherence.diff(dim=1) > 0).all()
        assert ((batch["confidence"] >= 0.5) & (batch["confidence"] < 1)).all()


def test_statistics_are_of_the_channels_not_of_the_steps(archive, tmp_path):
    patches = patches_of(config_of(archive), tmp_path)
    found = channel_statistics(patches, CHANNELS)
    assert set(found) == set(CHANNELS)
    assert 0 < found["insar_coherence"][0] < 255


def test_what_is_asked_of_a_series():
    steps = np.zeros((3, 4, 4), bool)
    steps[0, :2], steps[1, 1:], steps[2, 3, 3] = True, True, True
    assert (target_of(steps, "union") == steps.any(axis=0)).all()
    assert (target_of(steps, "last") == steps[2]).all()
    assert (target_of(steps, "peak") == steps[1]).all()
    assert (target_of(steps, "all") == steps).all()
    assert (target_of(steps[:1], "all") == steps[0]).all()


@pytest.mark.parametrize("target", ["union", "all"])
def test_a_model_learns_from_series(archive, tmp_path, target):
    config = config_of(archive, target=target, epochs=6, repeat=2, batch=2)
    events = []
    run = RunDir.create(tmp_path / "run", config)
    train(run, config, choose("cpu", 1), events.append, lambda: False)
    losses = [e.values["loss"] for e in events if isinstance(e, Metric) and "loss" in e.values]
    assert np.mean(losses[-4:]) < np.mean(losses[:4])
    assert torch.isfinite(torch.tensor(losses)).all()


def test_each_step_is_for_segmentation(archive):
    config = replace(config_of(archive), target="all", task="classification", model="tiny_cnn")
    assert [p.field for p in config.validate()] == ["target"]
