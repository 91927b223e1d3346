"""New dates and pairs go into a finished cube; what is there stays as it is, to the byte."""

import os
import shutil
import signal
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
import zarr
from support.cubes import DAYS, PAIRS, small_cube

from thalia_core.annotate.patch import Paint
from thalia_core.annotate.session import EditSession
from thalia_core.annotate.shapes import disc
from thalia_core.cube.locking import ProcessLock
from thalia_core.cube.pairs import DatePair
from thalia_core.cube.store import CubeAppender, CubeStore, sort_dates
from thalia_core.cube.store import append as append_module
from thalia_core.cube.store import cube as cube_module
from thalia_core.errors import CubeError, ThaliaError

EARLIER = DAYS[0] - timedelta(days=12)
NEW = [DatePair(EARLIER, DAYS[0]), DatePair(DAYS[0], DAYS[3])]
ROWS, COLS = 60, 80


def phase_of(pair: DatePair) -> np.ndarray:
    rng = np.random.default_rng(pair.primary.toordinal() + pair.secondary.toordinal())
    return rng.uniform(-3, 3, (ROWS, COLS)).astype(np.float32)


def append(cube: Path, pairs=NEW, layers=("insar_difference",)) -> None:
    days = [day for pair in pairs for day in (pair.primary, pair.secondary)]
    with CubeAppender.start(cube, dates=days, layers=list(layers)) as appender:
        for pair in pairs:
            if not appender.done("insar_difference", pair):
                appender.write("insar_difference", phase_of(pair), pair=pair)
        appender.finish()


def files(cube: Path) -> dict[str, bytes]:
    """Chunks of everything but the axes, whose tables may grow."""
    return {
        str(path.relative_to(cube)): path.read_bytes()
        for path in cube.rglob("*")
        if path.is_file() and not path.name.startswith(".") and "valid_date" not in str(path)
    }


@pytest.fixture
def edited(tmp_path: Path) -> Path:
    """A cube with a mask and a label."""
    cube = small_cube(tmp_path)
    session = EditSession.open(cube, "ana", background=False)
    session.annotate(
        PAIRS[1], "Brush", disc(30, 40, 6, (ROWS, COLS)), Paint(2, 3), {"caption": "a dyke"}
    )
    session.close()
    return cube


def test_new_pairs_appear_and_nothing_else_changes(edited: Path):
    before = files(edited)
    append(edited)
    after = files(edited)
    assert {name: after[name] for name in before} == before
    cube = CubeStore.open(edited)
    assert set(cube.pairs) == {*PAIRS, *NEW}
    assert list(cube.pairs) == sorted(cube.pairs), "readers sort"
    for pair in NEW:
        np.testing.assert_array_equal(cube.read_plane("insar_difference", pair), phase_of(pair))
    assert cube.read_label(PAIRS[1]).caption == "a dyke"
    assert (cube.read_plane("activity_type_mask", PAIRS[1]) == 2).sum() > 50


def test_plain_xarray_sees_the_longer_axes(edited: Path):
    append(edited)
    with xr.open_zarr(edited) as data:
        assert data.sizes["primary_date"] == data.sizes["secondary_date"] == len(DAYS) + 1
        days = [str(day)[:10] for day in data.primary_date.values]
        assert days == [day.isoformat() for day in (*DAYS, EARLIER)], "new dates at the end"
        found = data.insar_difference.sel(
            primary_date=EARLIER.isoformat(), secondary_date=DAYS[0].isoformat()
        )
        np.testing.assert_array_equal(found.values, phase_of(NEW[0]))


def test_a_session_that_is_open_meanwhile_saves_where_it_should(edited: Path):
    session = EditSession.open(edited, "ben", background=False)
    append(edited)
    session.annotate(
        PAIRS[0], "Brush", disc(20, 20, 4, (ROWS, COLS)), Paint(1, 1), {"caption": "a sill"}
    )
    session.close()
    cube = CubeStore.open(edited)
    assert cube.read_label(PAIRS[0]).caption == "a sill"
    assert (cube.read_plane("activity_type_mask", PAIRS[0]) == 1).any()
    after = EditSession.open(edited, "ben", background=False)
    after.annotate(NEW[0], "Brush", disc(20, 20, 4, (ROWS, COLS)), Paint(3, 2), {"caption": "new"})
    after.close()
    assert CubeStore.open(edited).read_label(NEW[0]).caption == "new"


def test_a_mask_made_after_others_added_dates_has_room_for_all(tmp_path: Path):
    path = small_cube(tmp_path)
    session = EditSession.open(path, "ana", background=False)
    append(path)
    session.annotate(PAIRS[0], "Brush", disc(20, 20, 4, (ROWS, COLS)), Paint(1, 1))
    session.close()
    with xr.open_zarr(path) as data:
        assert data.activity_type_mask.sizes["primary_date"] == len(DAYS) + 1


def test_a_layer_that_was_missing_is_added(edited: Path):
    with CubeAppender.start(edited, dates=[], layers=["land_mask", "dem"]) as appender:
        assert appender.done("dem")
        with pytest.raises(CubeError, match="'dem' is there already"):
            appender.write("dem", np.zeros((ROWS, COLS)))
        assert not appender.done("land_mask")
        appender.write("land_mask", np.ones((ROWS, COLS), np.uint8))
        appender.finish()
    assert (CubeStore.open(edited).read_plane("land_mask") == 1).all()


_DIE = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, {tests!r})
from core.test_append import NEW, phase_of
from thalia_core.cube.store import CubeAppender
days = [day for pair in NEW for day in (pair.primary, pair.secondary)]
appender = CubeAppender.start(Path({cube!r}), dates=days, layers=["insar_difference"])
appender.write("insar_difference", phase_of(NEW[0]), pair=NEW[0])
appender.target.write("insar_difference", phase_of(NEW[1]), pair=NEW[1])  # not marked yet
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_kill_9_in_an_append_and_go_on(edited: Path):
    whole = edited.with_name("whole.zarr")
    shutil.copytree(edited, whole)
    append(whole)
    script = _DIE.format(tests=str(Path(__file__).parents[1]), cube=str(edited))
    died = subprocess.run([sys.executable, "-c", script], check=False, capture_output=True)
    assert died.returncode == -signal.SIGKILL, died.stderr
    halfway = CubeStore.open(edited)
    assert set(halfway.pairs) == {*PAIRS, NEW[0]}, "a pair counts once it is whole"
    assert halfway.read_label(PAIRS[1]).caption == "a dyke"
    append(edited)
    assert files(edited) == files(whole)
    assert set(CubeStore.open(edited).pairs) == {*PAIRS, *NEW}
    assert not list(edited.with_suffix(".thalia").glob("append*.json"))


def test_axes_of_different_length_are_told_apart_from_damage(edited: Path):
    for name in ("primary_date", "secondary_date"):
        meta = edited / name / ".zarray"
        meta.write_text(meta.read_text().replace("4\n", "3\n", 1))
    with pytest.raises(CubeError, match="3 dates on an axis of 4"):
        CubeStore.open(edited)


def test_a_cube_of_another_program_is_not_grown(tmp_path: Path):
    path = small_cube(tmp_path)
    shutil.rmtree(path / "valid_date_pair")
    with pytest.raises(CubeError, match="cannot add to the cube.*it has no valid_date_pair"):
        append(path)


def test_sorting_moves_chunks_and_keeps_every_value(edited: Path):
    append(edited)
    before = CubeStore.open(edited)
    planes = {pair: before.read_plane("insar_difference", pair) for pair in before.pairs}
    inodes = {p.stat().st_ino for p in (edited / "insar_difference").glob("[0-9]*")}
    assert sort_dates(edited)
    after = CubeStore.open(edited)
    assert list(after.layout.primary_dates) == sorted([*DAYS, EARLIER])
    assert set(after.pairs) == set(planes)
    for pair, plane in planes.items():
        np.testing.assert_array_equal(after.read_plane("insar_difference", pair), plane)
    assert after.read_label(PAIRS[1]).caption == "a dyke"
    assert (after.read_plane("activity_type_mask", PAIRS[1]) == 2).sum() > 50
    assert inodes == {p.stat().st_ino for p in (edited / "insar_difference").glob("[0-9]*")}
    with xr.open_zarr(edited) as data:
        assert (np.diff(data.primary_date.values) > np.timedelta64(0)).all()
    assert not sort_dates(edited), "once is enough"


def test_who_has_the_unsorted_cube_open_is_told(edited: Path):
    append(edited)
    cube = CubeStore.open(edited)
    session = EditSession.open(edited, "ben", background=False)
    sort_dates(edited)
    with pytest.raises(CubeError, match="replaced while it was open.*open it again"):
        cube.read_plane("insar_difference", PAIRS[0])
    with pytest.raises(ThaliaError, match="replaced while it was open"):
        session.edit_label(PAIRS[0], caption="where?")


def test_a_crash_between_the_two_renames_is_named_and_mended(edited: Path):
    append(edited)
    tmp = edited.with_suffix(".thalia") / "tmp"
    tmp.mkdir(exist_ok=True)
    os.rename(edited, tmp / "unsorted.zarr")
    with pytest.raises(CubeError, match="died while it sorted the dates; run 'thalia check --fix"):
        CubeStore.open(edited)
    assert sort_dates(edited)
    assert set(CubeStore.open(edited).pairs) == {*PAIRS, *NEW}


def test_a_lost_sorted_cube_is_not_built_over(edited: Path):
    """Its labels wait in the sidecar; the next sorting would sweep them away."""
    append(edited)
    tmp = edited.with_suffix(".thalia") / "tmp"
    tmp.mkdir(exist_ok=True)
    os.rename(edited, tmp / "unsorted.zarr")
    with pytest.raises(CubeError, match="died while it sorted the dates; run 'thalia check --fix"):
        small_cube(edited.parent)
    assert not list(edited.parent.glob("*.building"))
    assert sort_dates(edited)
    assert CubeStore.open(edited).read_label(PAIRS[1]).caption == "a dyke"


def test_a_cube_that_is_sorted_before_its_append_begins_grows_at_the_right_place(
    edited: Path, monkeypatch: pytest.MonkeyPatch
):
    append(edited)
    claim, later = append_module._claim, DatePair(DAYS[1], DAYS[2])

    def sort_meanwhile(cube: CubeStore) -> ProcessLock:
        sort_dates(edited)
        return claim(cube)

    monkeypatch.setattr(append_module, "_claim", sort_meanwhile)
    append(edited, [later, DatePair(DAYS[3], date(2031, 1, 1))])
    cube = CubeStore.open(edited)
    assert cube.dates() == sorted([EARLIER, *DAYS, date(2031, 1, 1)])
    for pair in (*NEW, later):
        np.testing.assert_array_equal(cube.read_plane("insar_difference", pair), phase_of(pair))


def test_a_link_to_a_cube_stays_a_link_when_it_is_sorted(edited: Path, tmp_path: Path):
    append(edited)
    link = tmp_path / "elsewhere" / "link.zarr"
    link.parent.mkdir()
    link.symlink_to(edited)
    assert sort_dates(link)
    assert link.is_symlink()
    assert sorted(CubeStore.open(edited).layout.primary_dates) == CubeStore.open(link).dates()
    assert not sort_dates(edited)


def test_a_reader_that_comes_while_dates_are_added_looks_again(edited: Path, monkeypatch):
    (edited.with_suffix(".thalia") / "appending.json").write_text("{}")
    reads, read = [], cube_module.read_layout

    def half_grown(path: Path) -> object:
        reads.append(path)
        if len(reads) == 1:
            raise CubeError("5 dates on an axis of 4", where=path)
        return read(path)

    monkeypatch.setattr(cube_module, "read_layout", half_grown)
    assert len(CubeStore.open(edited).pairs) == len(PAIRS)


def test_a_flag_beyond_the_axes_as_read_is_none_of_ours(edited: Path):
    append(edited)
    (edited.with_suffix(".thalia") / "appending.json").write_text("{}")
    for axis in ("primary_date", "secondary_date"):  # as they were before
        meta = edited / axis / ".zarray"
        meta.write_text(meta.read_text().replace("5\n", "4\n", 1))
    assert set(CubeStore.open(edited).pairs) == {*PAIRS, NEW[1]}


def test_coherence_of_another_scale_is_not_mixed(edited: Path):
    shutil.rmtree(edited / "insar_coherence")
    group = zarr.open_group(edited, mode="r+", zarr_format=2, use_consolidated=False)
    group.create_array(
        name="insar_coherence",
        shape=group["insar_difference"].shape,
        chunks=group["insar_difference"].chunks,
        dtype="f4",
        attributes={"_ARRAY_DIMENSIONS": ["primary_date", "secondary_date", "y", "x"]},
    )
    with pytest.raises(CubeError, match="'insar_coherence' was made by another program"):
        append(edited)


def test_days_may_lie_anywhere(edited: Path):
    late = DatePair(DAYS[1], date(2031, 1, 1))
    append(edited, [late])
    append(edited, [*NEW, late])
    assert set(CubeStore.open(edited).pairs) == {*PAIRS, late, *NEW}


def test_a_cube_of_a_later_schema_is_refused(edited: Path):
    attrs = edited / ".zattrs"
    attrs.write_text(attrs.read_text().replace('"schema_version": 1', '"schema_version": 2'))
    with pytest.raises(
        CubeError, match="of a later version than this program.*is 2.*knows 1; install a newer"
    ):
        CubeStore.open(edited)
