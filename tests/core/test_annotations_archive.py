"""A whole archive annotated at once, in this process, in two, and on a cluster."""

from pathlib import Path

import pytest
from support.annotations import SQUARE, here, planes, read, write
from support.cubes import PAIRS, small_cube

from thalia_core.cube.store import CubeStore

FRAMES = ("106A_09048_000909", "128D_09016_110500", "087D_07004_060904")


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """Three cubes and something broken among them."""
    folder = tmp_path / "archive"
    for frame in FRAMES:
        path = small_cube(tmp_path / frame)
        folder.mkdir(exist_ok=True)
        path.rename(folder / f"{frame}.zarr")
        meta = folder / f"{frame}.zarr" / ".zattrs"
        for file in (meta, meta.with_name(".zmetadata")):
            file.write_text(file.read_text().replace(FRAMES[0], frame))
    (folder / "broken.zarr").mkdir()
    return folder


@pytest.fixture
def samples(tmp_path: Path) -> Path:
    given = [
        here(10 * place + n, pair, *([SQUARE] if n else []), frameID=frame)
        for place, frame in enumerate(FRAMES, start=1)
        for n, pair in enumerate(PAIRS[:2])
    ]
    return write(tmp_path / "in", *given)


def check(archive: Path, done) -> None:
    assert done.returncode == 1
    assert "broken.zarr" in done.stderr
    assert done.stdout == (
        f"{archive}: 6 pairs annotated with 3 polygons, 0 said so before, 0 findings\n"
    )
    for place, frame in enumerate(FRAMES, start=1):
        path = archive / f"{frame}.zarr"
        assert [label.unique_id or 0 for label in CubeStore.open(path).read_labels()] == [
            10 * place,
            10 * place + 1,
            0,
        ]
        assert not planes(path, PAIRS[0])["activity_type_mask"].any()
        assert (planes(path, PAIRS[1])["activity_type_mask"][10:30, 10:30] == 3).all()


def test_two_processes(archive, samples, thalia, tmp_path):
    check(archive, thalia("annotations", "import", archive, samples, "--workers", 2))
    done = thalia("annotations", "export", archive, tmp_path / "out")
    assert done.returncode == 1, "a cube could not be read"
    given, back = read(samples), read(tmp_path / "out")
    assert list(back) == list(given)
    for name in given:
        assert back[name]["label"] == given[name]["label"]
        assert back[name]["frameID"] == given[name]["frameID"]
    again = thalia("annotations", "import", archive, tmp_path / "out", "--workers", 2)
    assert "0 pairs annotated with 0 polygons, 6 said so before" in again.stdout


def test_this_process(archive, samples, verb):
    check(archive, verb("annotations", "import", archive, samples, "--workers", 1))


def test_two_workers_of_a_cluster(archive, samples, thalia):
    from distributed import LocalCluster

    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
        words = ("--scheduler", cluster.scheduler_address)
        check(archive, thalia("annotations", "import", archive, samples, *words))
