"""The index of an archive: never the truth, always up to date, and never a reason to fail."""

import json
import os
import pickle
import shutil
import subprocess
import sys
import time
import zlib
from datetime import date
from pathlib import Path

import numpy as np
import pytest
import zarr
from support.archives import make_archive
from support.cubes import PAIRS, small_cube

from thalia_core.annotate.patch import Paint
from thalia_core.annotate.session import EditSession
from thalia_core.annotate.shapes import disc
from thalia_core.archive.catalogue import Catalogue
from thalia_core.archive.index import NAME
from thalia_core.archive.places import places
from thalia_core.cube.geometry import Geometry
from thalia_core.cube.labels import Activity, Intensity
from thalia_core.cube.pairs import DatePair
from thalia_core.cube.store import CubeAppender, CubeStore, CubeWriter, sort_dates
from thalia_core.errors import CubeError
from thalia_core.jobs.pool import HERE, open_pool


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three small cubes of six pairs."""
    return make_archive(tmp_path_factory.mktemp("three"), cubes=3, pairs=6)


@pytest.fixture
def archive(three: Path, tmp_path: Path) -> Path:
    """The same, untouched for a minute, with their index."""
    folder = tmp_path / "archive"
    shutil.copytree(three, folder)
    settle(folder)
    Catalogue.open(folder)
    return folder


def settle(folder: Path) -> None:
    """Times as if a minute had passed."""
    then = time.time_ns() - 60 * 10**9
    for path in folder.rglob("*"):
        os.utime(path, ns=(then, then))


class Spy:
    """Reads here and notes what."""

    workers = 1

    def __init__(self) -> None:
        self.read: list[str] = []

    def map(self, task, items):
        self.read += [item.name for item in items]
        return HERE.map(task, items)


def reread(archive: Path) -> list[str]:
    spy = Spy()
    Catalogue.open(archive, pool=spy)
    return spy.read


def cubes(archive: Path) -> list[Path]:
    return sorted(archive.glob("*.zarr"))


def assert_as_the_cubes_say(catalogue: Catalogue) -> None:
    """Every row against the cube itself."""
    for number, entry in enumerate(catalogue.frames):
        rows = catalogue.pairs.rows_of(number)
        cube = CubeStore.open(entry.path)
        found = range(rows.start, rows.stop)
        assert [catalogue.pairs.pair(row) for row in found] == list(cube.pairs)
        assert [catalogue.pairs.label(row) for row in found] == cube.read_labels()
        baselines = catalogue.pairs.numbers["baseline"][rows]
        np.testing.assert_array_equal(baselines, cube.pairs.baselines)
        coherences = catalogue.pairs.numbers["coherence"][rows]
        np.testing.assert_array_equal(coherences, cube.mean_coherences())
        assert {catalogue.frame_of(row) for row in found} == {entry}


def test_it_tells_what_the_cubes_say(archive: Path):
    catalogue = Catalogue.open(archive)
    assert_as_the_cubes_say(catalogue)
    entry = catalogue.frames[1]
    assert (entry.frame, entry.title) == ("002A_00001_131313", "Volcano 1")
    assert (entry.pairs, entry.labelled, entry.rows, entry.cols) == (6, 6, 64, 64)
    assert entry.bounds == pytest.approx((-90.6005, -0.3635, -90.5365, -0.2995))
    assert (entry.lon, entry.lat) == pytest.approx((-90.5685, -0.3315))
    assert (entry.first, entry.last, entry.dates) == (date(2015, 1, 3), date(2015, 2, 20), 5)
    assert len(catalogue.pairs) == 18
    assert catalogue.pairs.days.tolist()[:5] == [12, 24, 36, 48, 12]


def test_nothing_is_read_again_while_nothing_changes(archive: Path):
    before = (archive / NAME).read_bytes()
    assert reread(archive) == []
    assert (archive / NAME).read_bytes() == before
    catalogue = Catalogue.open(archive)
    assert catalogue.refreshed() is catalogue


def test_a_label_edited_by_a_session_shows(archive: Path):
    cube = cubes(archive)[1]
    session = EditSession.open(CubeStore.open(cube, writable=True), "ana", background=False)
    pair = session.cube.pairs[2]
    session.edit_label(pair, caption="Nothing moves", confidence=0.35)
    session.close()
    spy = Spy()
    catalogue = Catalogue.open(archive, pool=spy)
    assert spy.read == [cube.name]
    assert_as_the_cubes_say(catalogue)
    assert catalogue.pairs.texts["caption"][6 + 2] == "Nothing moves"
    assert catalogue.pairs.texts["caption"].contains("nothing MOVES").tolist().count(True) == 1


def test_a_mask_painted_by_a_session_shows_and_goes_with_undo(archive: Path):
    cube = cubes(archive)[2]
    assert not Catalogue.open(archive).pairs.masked.any()
    session = EditSession.open(CubeStore.open(cube, writable=True), "ana", background=False)
    pair = session.cube.pairs[1]
    session.annotate(pair, "Brush", disc(30, 30, 6, (64, 64)), Paint(3, 2))
    assert np.flatnonzero(Catalogue.open(archive).pairs.masked).tolist() == [12 + 1]
    session.undo(pair)
    session.close()
    assert not Catalogue.open(archive).pairs.masked.any()


def test_an_edit_by_another_process_shows_in_a_catalogue_that_is_open(archive: Path, thalia):
    catalogue = Catalogue.open(archive)
    cube, pair = cubes(archive)[0], catalogue.pairs.pair(0)
    done = thalia("annotate", cube, pair, "--caption", "A dyke", "--by", "B")
    assert done.returncode == 0, done.stderr
    assert catalogue.refreshed().pairs.texts["caption"][0] == "A dyke"
    assert catalogue.pairs.texts["caption"][0] != "A dyke", "a value that was handed out stays"


def test_a_chunk_of_labels_written_in_place_shows(archive: Path):
    """A careless writer leaves the folder's time as it was."""
    chunk = cubes(archive)[0] / "unique_id" / "0.0"
    other = cubes(archive)[1] / "unique_id" / "0.0"
    folder = chunk.parent.stat()
    with chunk.open("r+b") as file:
        file.write(other.read_bytes())
        file.truncate()
    os.utime(chunk.parent, ns=(folder.st_atime_ns, folder.st_mtime_ns))
    assert_as_the_cubes_say(Catalogue.open(archive))
    assert reread(archive) == [chunk.parents[1].name], "so young that it may change unnoticed"


def test_what_was_read_within_a_tick_of_a_change_is_read_once_more(archive: Path):
    (cubes(archive)[0] / "caption").touch()
    assert reread(archive) == [cubes(archive)[0].name]
    settle(archive)
    assert reread(archive) == [cube.name for cube in cubes(archive)], "inodes were touched"
    assert reread(archive) == []


def test_a_file_of_the_far_future_hides_no_change_and_stops_no_reuse(archive: Path):
    cube = cubes(archive)[0]
    later = time.time_ns() + 10**18
    os.utime(cube / "y" / "0", ns=(later, later))
    Catalogue.open(archive)
    assert reread(archive) == []
    (cube / "caption").touch()
    Catalogue.open(archive)
    assert reread(archive) == [cube.name], "so young that it may change unnoticed"


def test_cubes_come_and_go(archive: Path):
    first, second, third = cubes(archive)
    shutil.rmtree(second)
    fourth = archive / "150A_00001_131313.zarr"
    shutil.copytree(third, fourth)
    catalogue = Catalogue.open(archive)
    assert [entry.path for entry in catalogue.frames] == [first, third, fourth]
    assert_as_the_cubes_say(catalogue)
    settle(archive)
    Catalogue.open(archive)
    shutil.rmtree(fourth)
    assert reread(archive) == []
    assert [entry.path for entry in Catalogue.open(archive).frames] == [first, third]


def test_a_broken_cube_is_an_entry_with_its_problem_until_it_is_mended(archive: Path):
    broken = cubes(archive)[1]
    axis = broken / "primary_date" / ".zarray"
    kept = axis.read_text()
    axis.write_text("{")
    catalogue = Catalogue.open(archive)
    assert [entry.problem is None for entry in catalogue.frames] == [True, False, True]
    assert "metadata are damaged" in str(catalogue.frames[1].problem)
    assert catalogue.pairs.counts == (6, 0, 6)
    assert catalogue.refreshed().frames[1].problem == catalogue.frames[1].problem
    settle(archive)
    Catalogue.open(archive)
    written = (archive / NAME).stat().st_mtime_ns
    assert reread(archive) == [broken.name]
    assert (archive / NAME).stat().st_mtime_ns == written, "nothing new is nothing to write"
    axis.write_text(kept)
    assert_as_the_cubes_say(Catalogue.open(archive))


def test_a_cube_that_grows_and_is_sorted_is_followed(tmp_path: Path):
    cube = small_cube(tmp_path)
    settle(tmp_path)
    assert len(Catalogue.open(tmp_path).pairs) == 3
    new = DatePair(date(2023, 12, 25), PAIRS[0].primary)
    with CubeAppender.start(cube, dates=[new.primary], layers=["insar_difference"]) as appender:
        Catalogue.open(tmp_path)
        appender.write("insar_difference", np.ones((60, 80), np.float32), pair=new)
        assert len(Catalogue.open(tmp_path).pairs) == 4
        appender.finish()
    assert sort_dates(cube)
    assert_as_the_cubes_say(Catalogue.open(tmp_path))


def damaged(data: bytes) -> dict[str, bytes]:
    """Files that are no index."""
    middle = bytearray(data)
    middle[len(data) // 2] ^= 255
    last = bytearray(data)
    last[-1] ^= 255
    return {
        "empty": b"",
        "newer": data.replace(b"thalia catalogue 2", b"thalia catalogue 9", 1),
        "other": b"\x00" * 4000,
        "cut": data[: len(data) * 2 // 3],
        "header": data.replace(b'"frames"', b'"framez"', 1),
        "middle": bytes(middle),
        "last": bytes(last),
        "pickle": pickle.dumps(["not", "trusted"]),
    }


def test_an_index_that_is_damaged_or_of_another_version_is_made_anew(archive: Path):
    index = archive / NAME
    good = index.read_bytes()
    for name, data in damaged(good).items():
        index.write_bytes(data)
        assert reread(archive) == [cube.name for cube in cubes(archive)], name
        assert index.read_bytes() == good, name


def test_columns_of_another_program_version_are_made_anew(archive: Path):
    index = archive / NAME
    _, header, rest = index.read_bytes().split(b"\n", 2)
    told = json.loads(header)
    told["columns"] = [c for c in told["columns"] if c["name"] != "low_coherence"]
    header = json.dumps(told).encode()
    first = f"thalia catalogue 2 {zlib.crc32(header):08x} {len(header)}".encode()
    index.write_bytes(b"\n".join((first, header, rest)))
    assert_as_the_cubes_say(Catalogue.open(archive))
    assert reread(archive) == []


def test_where_the_folder_takes_no_file_the_index_lies_among_the_caches(archive: Path):
    (archive / NAME).unlink()
    (archive / NAME).mkdir()
    assert len(reread(archive)) == 3
    assert reread(archive) == []
    caches = Path(os.environ["XDG_CACHE_HOME"])
    assert len(list(caches.rglob("*.catalogue"))) == 1
    assert list((archive / NAME).iterdir()) == []
    assert not list(archive.glob("*.partial"))


def test_where_nothing_can_be_written_it_works_from_memory(archive: Path, monkeypatch):
    (archive / NAME).unlink()
    (archive / NAME).mkdir()
    blocked = archive.parent / "a file"
    blocked.touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(blocked))
    assert_as_the_cubes_say(Catalogue.open(archive))
    assert len(reread(archive)) == 3


def test_many_who_write_at_once_leave_a_valid_index(archive: Path):
    code = (
        "import sys; from pathlib import Path; from thalia_core.archive import catalogue as c\n"
        "from thalia_core.archive.index import NAME\n"
        "for _ in range(10):\n"
        "    (Path(sys.argv[1]) / NAME).unlink(missing_ok=True)\n"
        "    assert len(c.Catalogue.open(sys.argv[1]).pairs) == 18\n"
    )
    both = [subprocess.Popen([sys.executable, "-c", code, str(archive)]) for _ in range(2)]
    assert [process.wait() for process in both] == [0, 0]
    assert reread(archive) == []
    assert not list(archive.glob(".*"))


def test_two_processes_read_the_same(archive: Path):
    alone = (archive / NAME).read_bytes()
    (archive / NAME).unlink()
    told = []
    with open_pool(2) as pool:
        Catalogue.open(archive, pool=pool, tell=told.append)
    assert (archive / NAME).read_bytes() == alone
    assert [(step.done, step.total) for step in told] == [(1, 3), (2, 3), (3, 3)]


def test_a_single_cube_leaves_no_file(archive: Path):
    (archive / NAME).unlink()
    before = sorted(archive.iterdir())
    catalogue = Catalogue.open(cubes(archive)[0])
    assert_as_the_cubes_say(catalogue)
    assert sorted(archive.iterdir()) == before


def test_an_archive_that_moves_takes_its_index_along(archive: Path):
    moved = archive.with_name("moved")
    archive.rename(moved)
    assert reread(moved) == []
    assert all(entry.path.parent == moved for entry in Catalogue.open(moved).frames)
    assert_as_the_cubes_say(Catalogue.open(moved))


def test_no_folder_and_no_cubes_are_told(tmp_path: Path):
    with pytest.raises(CubeError, match="no cubes here"):
        Catalogue.open(tmp_path)
    with pytest.raises(CubeError, match="no such path"):
        Catalogue.open(tmp_path / "none")


def test_instances_are_counted_whether_or_not_the_cube_holds_them(tmp_path: Path):
    cube = small_cube(tmp_path)
    session = EditSession.open(CubeStore.open(cube, writable=True), "ana", background=False)
    entries = [
        {"instance": 1, "activity_type": "Dyke", "intensity_level": "High"},
        {"instance": 2, "activity_type": "Earthquake", "intensity_level": "None", "mask": False},
    ]
    session.edit_label(PAIRS[0], instances=json.dumps(entries))
    session.edit_label(PAIRS[1], phase=3)
    session.edit_label(PAIRS[2], phase=1, instances="[]")
    session.close()
    pairs = Catalogue.open(tmp_path).pairs
    assert pairs.positive.tolist() == [True, True, False]
    assert pairs.shows(Activity.DYKE).tolist() == [True, False, False]
    assert pairs.shows(Activity.EARTHQUAKE).tolist() == [True, False, False]
    assert pairs.shows(Activity.MOGI).tolist() == [False, False, False]
    assert pairs.reaches(Intensity.HIGH).tolist() == [True, False, False]


def bare(folder: Path, frame: str, **geometry) -> Path:
    """A cube of one pair without a title."""
    pair = PAIRS[0]
    with CubeWriter.start(
        folder / f"{frame}.zarr",
        frame=frame,
        geometry=Geometry(4, 5, **geometry),
        dates=[pair.primary, pair.secondary],
        layers=["insar_difference"],
    ) as writer:
        writer.write("insar_difference", np.ones((4, 5), np.float32), pair=pair)
        return writer.finish()


def test_frames_of_the_data_set_have_their_volcanoes_and_the_grid_has_the_last_word(tmp_path: Path):
    bare(tmp_path, "022D_04826_121209", x0=10.0, y0=42.0, dx=0.1, dy=-0.1)
    metres = {"x0": 4e5, "y0": 4e6, "dx": 100.0, "dy": -100.0, "crs": "LOCAL"}
    bare(tmp_path, "124D_05291_081406", **metres)
    bare(tmp_path, "999A_00001_131313", **metres)
    naples, etna, nowhere = Catalogue.open(tmp_path).frames
    assert naples.title == "Campi Flegrei, Colli Albani, Ischia, Vesuvius"
    assert naples.volcanoes == ("Campi Flegrei", "Colli Albani", "Ischia", "Vesuvius")
    assert (naples.lon, naples.lat) == pytest.approx((10.2, 41.85))
    assert (etna.name, etna.lon, etna.lat) == ("Etna", 15.0, 37.75)
    assert np.isnan(etna.bounds).all()
    assert (nowhere.name, nowhere.volcanoes) == ("999A_00001_131313", ())
    assert np.isnan([nowhere.lon, nowhere.lat]).all()


def test_the_facts_cover_the_data_set(shared_data: Path):
    public = json.loads((shared_data / "data" / "thalia" / "frame_positions.json").read_bytes())
    assert places().keys() == public["frames"].keys()
    for frame, told in public["frames"].items():
        assert (places()[frame].lon, places()[frame].lat) == (told["lon"], told["lat"])
        names = places()[frame].volcanoes
        assert len(set(names)) == len(names)
        assert all(name[0].isupper() and "_" not in name for name in names)


def test_a_fresh_index_is_opened_without_zarr(archive: Path):
    code = (
        "import sys; from thalia_core.archive.catalogue import Catalogue\n"
        "assert len(list(Catalogue.open(sys.argv[1]).pairs.texts['caption'])) == 18\n"
        "sys.exit(' '.join({'zarr', 'xarray', 'dask', 'torch', 'pandas'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(archive)], capture_output=True, text=True, check=False
    )
    assert done.stderr.strip() == ""


def test_a_cube_that_keeps_words_for_numbers_is_read(tmp_path: Path):
    cube = small_cube(tmp_path)
    for name in ("confidence", "phase"):
        words = np.full((4, 4), "", "<U8")
        words[0, 1] = "rebound" if name == "phase" else "high"
        folder = zarr.create_array(
            cube / name, shape=(4, 4), dtype="<U8", zarr_format=2, fill_value=""
        )
        folder[:] = words
        folder.attrs["_ARRAY_DIMENSIONS"] = ["primary_date", "secondary_date"]
    (entry,), pairs = (catalogue := Catalogue.open(tmp_path)).frames, catalogue.pairs
    assert entry.problem is None
    assert pairs.label(0) == CubeStore.open(cube).read_label(PAIRS[0])
    assert pairs.numbers["phase"].tolist()[0] == 3
    assert pairs.positive.tolist() == [True, False, False]
