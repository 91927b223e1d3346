"""Appends and sortings that are killed at any moment, as real processes: the cube stays sound.

Children are forked from a server that has imported everything, so that each costs milliseconds;
moments are drawn from a fixed seed over the time that the work takes undisturbed.
"""

import random
import shutil
import signal
import sys
import time
from collections.abc import Callable
from datetime import date, timedelta
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np
import pytest
from support.cubes import DAYS, PAIRS, small_cube

from thalia_core.annotate.patch import Paint
from thalia_core.annotate.session import EditSession
from thalia_core.annotate.shapes import disc
from thalia_core.cube.pairs import DatePair
from thalia_core.cube.store import CubeAppender, CubeStore, is_growing, sort_dates
from thalia_core.errors import CubeError

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL and a fork server"),
]

KILLS = 20
SHAPE = (60, 80)
EARLIER, LATER = DAYS[0] - timedelta(days=12), date(2031, 1, 1)
NEW = [DatePair(EARLIER, DAYS[0]), DatePair(DAYS[0], DAYS[3]), DatePair(DAYS[1], LATER)]
LAYERS = ("insar_coherence", "insar_difference")
WORDS = "a dyke"


def plane_of(name: str, pair: DatePair) -> np.ndarray:
    rng = np.random.default_rng(pair.primary.toordinal() + 7 * pair.secondary.toordinal())
    if name == "insar_coherence":
        return rng.integers(1, 256, SHAPE, dtype=np.uint8)
    return rng.uniform(-3, 3, SHAPE).astype(np.float32)


def grow(cube: Path, begun: Connection | None = None) -> None:
    """What ``thalia build`` does to a finished cube, pair by pair."""
    if begun is not None:
        begun.send(True)
    days = [day for pair in NEW for day in (pair.primary, pair.secondary)]
    with CubeAppender.start(cube, dates=days, layers=["land_mask", *LAYERS]) as appender:
        if not appender.done("land_mask"):
            appender.write("land_mask", np.ones(SHAPE, np.uint8))
        for pair in NEW:
            for name in LAYERS:
                if not appender.done(name, pair):
                    appender.write(name, plane_of(name, pair), pair=pair)
        appender.write_pair_values("perpendicular_baseline", dict.fromkeys(NEW, 12.5))
        appender.finish()


def sort(cube: Path, begun: Connection) -> None:
    begun.send(True)
    sort_dates(cube)


@pytest.fixture(scope="module")
def context():
    found = get_context("forkserver")
    found.set_forkserver_preload([__name__, "zarr", "thalia_core.annotate.session"])
    return found


def run(context, work: Callable[..., None], cube: Path, after: float | None) -> float | None:
    """Seconds that the work took; None when it was killed before its end."""
    ours, theirs = context.Pipe()
    process = context.Process(target=work, args=(cube, theirs), daemon=True)
    process.start()
    assert ours.recv()
    begun = time.perf_counter()
    if after is not None:
        time.sleep(after)
        process.kill()
    process.join()
    took = time.perf_counter() - begun
    assert process.exitcode in (0, -signal.SIGKILL)
    return took if process.exitcode == 0 else None


@pytest.fixture(scope="module")
def before(tmp_path_factory) -> Path:
    """A folder with a cube that has a mask and a label."""
    folder = tmp_path_factory.mktemp("before")
    session = EditSession.open(small_cube(folder), "ana", background=False)
    session.annotate(PAIRS[1], "Brush", disc(30, 40, 6, SHAPE), Paint(2, 3), {"caption": WORDS})
    session.close()
    return folder


def copy(folder: Path, to: Path) -> Path:
    shutil.copytree(folder, to)
    return next(to.glob("*.zarr"))


def content(cube: Path) -> dict[str, bytes]:
    return {str(p.relative_to(cube)): p.read_bytes() for p in cube.rglob("*") if p.is_file()}


def chunks(cube: Path) -> dict[str, bytes]:
    """All but metadata, and the flags and means of pairs, of which there are more then."""
    return {
        name: data
        for name, data in content(cube).items()
        if "/." not in f"/{name}" and not name.startswith(("valid_date", "mean_coherence"))
    }


def assert_whole(cube: CubeStore, old: CubeStore) -> None:
    """Every pair that counts has all its values, and the labels are those that were there."""
    for pair in cube.pairs:
        found = cube.read_plane("insar_difference", pair)
        if pair in old.pairs:
            np.testing.assert_array_equal(found, old.read_plane("insar_difference", pair))
            continue
        np.testing.assert_array_equal(found, plane_of("insar_difference", pair))
        grey = np.rint(cube.read_plane("insar_coherence", pair) * 255)
        np.testing.assert_array_equal(grey, plane_of("insar_coherence", pair))
    for name in ("activity_type_mask", "deformation_mask"):
        mask = cube.read_plane(name, PAIRS[1])
        np.testing.assert_array_equal(mask, old.read_plane(name, PAIRS[1]))
    assert cube.read_label(PAIRS[1]) == old.read_label(PAIRS[1])


def test_an_append_killed_at_any_moment(context, before: Path, tmp_path: Path):
    old_path = next(before.glob("*.zarr"))
    old, old_chunks = CubeStore.open(old_path), chunks(old_path)
    whole = copy(before, tmp_path / "whole")
    duration = run(context, grow, whole, None)
    assert duration is not None
    draw, kills, attempt = random.Random(20261124), 0, 0
    path = copy(before, tmp_path / "0")
    while kills < KILLS:
        if run(context, grow, path, draw.uniform(0, duration)) is None:
            kills += 1
            cube = CubeStore.open(path)
            assert set(old.pairs) <= set(cube.pairs)
            assert_whole(cube, old)
            now = chunks(path)
            assert {name: now[name] for name in old_chunks} == old_chunks
            continue
        assert content(path) == content(whole)
        attempt += 1
        path = copy(before, tmp_path / str(attempt))
    run(context, grow, path, None)
    assert content(path) == content(whole)
    assert not is_growing(path)
    assert set(CubeStore.open(path).pairs) == {*PAIRS, *NEW}


def test_edits_of_an_open_session_outlive_appends_that_die(context, before: Path, tmp_path: Path):
    path = copy(before, tmp_path / "cube")
    duration = run(context, grow, copy(before, tmp_path / "other"), None)
    draw = random.Random(1)
    session = EditSession.open(path, "ben", background=False)
    for n in range(5):
        run(context, grow, path, draw.uniform(0, duration))
        session.annotate(
            PAIRS[0], "Brush", disc(10 + 8 * n, 20, 3, SHAPE), Paint(1, 1), {"caption": f"nr {n}"}
        )
    run(context, grow, path, None)
    session.close()
    cube = CubeStore.open(path)
    assert set(cube.pairs) == {*PAIRS, *NEW}
    assert cube.read_label(PAIRS[0]).caption == "nr 4"
    mask = cube.read_plane("activity_type_mask", PAIRS[0])
    assert [mask[10 + 8 * n, 20] for n in range(5)] == [1] * 5
    assert_whole(cube, CubeStore.open(next(before.glob("*.zarr"))))


def test_a_sorting_killed_at_any_moment(context, before: Path, tmp_path: Path, verb):
    unsorted = copy(before, tmp_path / "unsorted")
    grow(unsorted)
    old, pairs = CubeStore.open(unsorted), set(CubeStore.open(unsorted).pairs)
    duration = run(context, sort, copy(unsorted.parent, tmp_path / "whole"), None)
    assert duration is not None
    draw, kills, attempt = random.Random(20261124), 0, 0
    path = copy(unsorted.parent, tmp_path / "0")
    while kills < KILLS // 2:
        kills += run(context, sort, path, draw.uniform(0, duration)) is None
        if not path.exists():
            with pytest.raises(CubeError, match="died while it sorted the dates"):
                CubeStore.open(path)
            assert verb("check", "--fix", path).returncode == 0
        cube = CubeStore.open(path)
        assert set(cube.pairs) == pairs
        assert_whole(cube, old)
        if list(cube.layout.primary_dates) == cube.dates():
            attempt += 1
            path = copy(unsorted.parent, tmp_path / str(attempt))
    done = verb("check", "--fix", path)
    assert done.returncode == 0, done.stdout
    cube = CubeStore.open(path)
    assert list(cube.layout.primary_dates) == list(cube.layout.secondary_dates) == cube.dates()
    assert_whole(cube, old)
    assert not list(path.with_suffix(".thalia").glob("tmp/*"))
