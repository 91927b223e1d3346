"""Edits as a file: what goes out, what comes in, and what is refused."""

import json
import re
import shutil
import zlib
from pathlib import Path

import numpy as np
import pytest
from support.cubes import DAYS, PAIRS, small_cube

from thalia_core.annotate.history import History
from thalia_core.annotate.patch import ERASE, Paint
from thalia_core.annotate.proposals import Proposal, new_id
from thalia_core.annotate.session import EditSession
from thalia_core.annotate.shapes import disc, polygon
from thalia_core.cube.geometry import Geometry
from thalia_core.cube.store import CubeStore, CubeWriter

SHAPE = (60, 80)


def paint(cube: Path, who: str, pair=PAIRS[0], at=(20, 20), code=1, name="Brush") -> None:
    session = EditSession.open(cube, who, background=False)
    session.annotate(pair, name, disc(*at, 5, SHAPE), Paint(code, 1))
    session.close()


@pytest.fixture
def cubes(tmp_path: Path) -> tuple[Path, Path]:
    """A cube, and a copy of it at somebody else's."""
    mine = small_cube(tmp_path, *SHAPE)
    return mine, Path(shutil.copytree(mine, tmp_path / "theirs" / mine.name))


@pytest.fixture
def edits(tmp_path: Path) -> Path:
    return tmp_path / "ana.edits"


def activity(cube: Path, pair=PAIRS[0]) -> np.ndarray:
    return CubeStore.open(cube).read_plane("activity_type_mask", pair)


def steps(cube: Path) -> list[tuple[str, str, str, bool]]:
    history = History(CubeStore.open(cube).sidecar / "journal")
    history.refresh()
    assert not history.unapplied()
    return [(s.time, s.by, s.name, s.active) for s in history.steps()]


def test_edits_go_from_one_cube_to_another_with_who_and_when_and_only_once(cubes, edits, verb):
    mine, theirs = cubes
    paint(mine, "ana")
    session = EditSession.open(mine, "bob", background=False)
    session.edit_label(PAIRS[1], caption="Uplift.", phase=2)
    session.annotate(PAIRS[1], "Polygon", polygon([(2, 2), (9, 9), (2, 9)], SHAPE), Paint(5))
    session.undo(PAIRS[1])
    session.close()
    done = verb("session", "export", mine, edits)
    assert done.returncode == 0, done.stderr
    assert re.search(r"ana +1 steps on +1 pairs, +\d+ pixels", done.stdout)
    assert re.search(r"bob +2 steps", done.stdout)
    assert "4 records" in done.stdout
    seen = verb("session", "import", theirs, edits, "--dry-run")
    assert "would import 4 records on 2 pairs" in seen.stdout
    assert not CubeStore.open(theirs).sidecar.exists(), "a dry run changes nothing"
    done = verb("session", "import", theirs, edits)
    assert done.returncode == 0, done.stderr
    assert np.array_equal(activity(mine), activity(theirs))
    assert CubeStore.open(theirs).read_label(PAIRS[1]).caption == "Uplift."
    assert steps(mine) == steps(theirs)
    again = verb("session", "import", theirs, edits)
    assert "4 records are here already" in again.stdout
    assert "imported 0 records" in again.stdout
    assert steps(mine) == steps(theirs)


def test_what_both_changed_stays_and_is_told_and_kept(cubes, edits, verb):
    mine, theirs = cubes
    paint(mine, "ana", at=(20, 20), code=1)
    paint(mine, "ana", at=(40, 60), code=3)
    paint(theirs, "bob", at=(20, 25), code=2)
    own = activity(theirs)
    verb("session", "export", mine, edits)
    seen = verb("session", "import", theirs, edits, "--dry-run")
    overlap = int(((activity(mine) > 0) & (own > 0)).sum())
    assert f"; {overlap} pixels and fields were changed here, too, and would stay" in seen.stdout
    done = verb("session", "import", theirs, edits)
    assert done.returncode == 1
    assert f"kept out of 'Brush': {overlap} pixels of {PAIRS[0]}" in done.stderr
    wanted = np.where(own > 0, own, activity(mine))
    assert np.array_equal(activity(theirs), wanted)
    history = History(CubeStore.open(theirs).sidecar / "journal")
    history.refresh()
    first = next(step for step in history.steps() if step.by == "ana")
    assert sum(mask.pixels for mask in history.effective(first.id).masks) == first.pixels - overlap


def test_an_imported_step_is_undone_like_any_other(cubes, edits, verb):
    mine, theirs = cubes
    paint(mine, "ana")
    verb("session", "export", mine, edits)
    verb("session", "import", theirs, edits)
    assert activity(theirs).any()
    undone = verb("undo", theirs, "--by", "bob")
    assert "by ana" in undone.stdout
    assert not activity(theirs).any()


def test_painted_and_erased_here_counts_as_changed_here(cubes, edits, verb):
    """The pixels are what they were, and yet somebody decided that nothing is there."""
    mine, theirs = cubes
    paint(mine, "ana")
    paint(theirs, "bob")
    session = EditSession.open(theirs, "bob", background=False)
    session.annotate(PAIRS[0], "Erase", disc(20, 20, 8, SHAPE), ERASE)
    session.close()
    verb("session", "export", mine, edits)
    assert verb("session", "import", theirs, edits).returncode == 1
    assert not activity(theirs).any()


def test_a_part_of_the_steps_is_chosen_whole(cubes, edits, verb):
    mine, theirs = cubes
    paint(mine, "ana", PAIRS[0])
    paint(mine, "bob", PAIRS[1])
    paint(mine, "ana", PAIRS[2])
    verb("undo", mine, "--pair", PAIRS[2], "--by", "carl")
    by_bob = verb("session", "export", mine, edits, "--by", "bob")
    assert "1 records" in by_bob.stdout
    by_carl = verb("session", "export", mine, edits, "--by", "carl")
    assert "2 records" in by_carl.stdout, "his undo takes her step with it"
    on_pairs = verb("session", "export", mine, edits, "--pair", PAIRS[0], "--pair", PAIRS[1])
    assert "2 records" in on_pairs.stdout
    verb("session", "import", theirs, edits)
    assert [(by, name) for _, by, name, _ in steps(theirs)] == [("ana", "Brush"), ("bob", "Brush")]
    assert "4 records" in verb("session", "export", mine, edits, "--since", "2020-01-01").stdout
    none = verb("session", "export", mine, edits, "--since", "2199-01-01")
    assert none.returncode == 2
    assert "no edit fits what was asked for" in none.stderr
    assert "not a date" in verb("session", "export", mine, edits, "--since", "May").stderr


def test_a_cube_without_edits_has_nothing_to_export(cubes, edits, verb):
    done = verb("session", "export", cubes[0], edits)
    assert done.returncode == 2
    assert "nobody edited it" in done.stderr
    assert not edits.exists()


def test_another_frame_or_grid_is_refused(cubes, edits, tmp_path, verb):
    mine, _ = cubes
    paint(mine, "ana")
    verb("session", "export", mine, edits)
    other = small_cube(tmp_path / "smaller", 30, 40)
    done = verb("session", "import", other, edits)
    assert done.returncode == 2
    assert "another grid" in done.stderr
    assert "60 x 80 pixels" in done.stderr
    writer = CubeWriter.start(
        tmp_path / "001A_00001_000001.zarr",
        frame="001A_00001_000001",
        geometry=Geometry(*SHAPE, -91.6, -0.3, 0.001, -0.001),
        dates=DAYS,
        layers=["insar_difference"],
    )
    for pair in PAIRS:
        writer.write("insar_difference", np.ones(SHAPE, np.float32), pair=pair)
    done = verb("session", "import", writer.finish(), edits)
    assert done.returncode == 2
    assert "they are of 106A_09048_000909, this cube is 001A_00001_000001" in done.stderr


def spoil(lines: list[bytes], how: str) -> list[bytes]:
    if how == "cut":
        return lines[:-1]
    if how == "cut line":
        return [*lines[:-1], lines[-1][:20]]
    if how == "bit":
        return [lines[0], lines[1].replace(b"Brush", b"Crush"), *lines[2:]]
    if how == "missing":
        return [lines[0], *lines[2:]]
    return [b"PK\x03\x04 something else\n"]


@pytest.mark.parametrize(
    ("how", "why"),
    [
        ("cut", "it is cut short"),
        ("cut line", "it is cut short"),
        ("bit", "line 2 fails its checksum"),
        ("missing", "it is cut short"),
        ("strange", "not a file of edits"),
    ],
)
def test_a_damaged_file_is_refused_whole(cubes, edits, verb, how, why):
    mine, theirs = cubes
    paint(mine, "ana")
    paint(mine, "ana", PAIRS[1])
    verb("session", "export", mine, edits)
    edits.write_bytes(b"".join(spoil(edits.read_bytes().splitlines(keepends=True), how)))
    done = verb("session", "import", theirs, edits)
    assert done.returncode == 2
    assert why in done.stderr
    assert not activity(theirs).any()
    assert "No such file" in verb("session", "import", theirs, edits.with_name("x")).stderr


def forged(edits: Path, change) -> None:
    """The file with another first record, sealed as if it were sound."""
    from hashlib import sha256

    def seal(body: bytes) -> bytes:
        return b"%08x %s\n" % (zlib.crc32(body), body)

    head, line, _ = edits.read_bytes().splitlines(keepends=True)
    header, tab, payload = line[9:].rstrip(b"\n").partition(b"\t")
    told = json.loads(header)
    change(told)
    body = [head, seal(json.dumps(told).encode() + tab + payload)]
    end = {"records": 1, "sha256": sha256(b"".join(body)).hexdigest()}
    edits.write_bytes(b"".join([*body, seal(json.dumps(end).encode())]))


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda r: r["masks"][0].update(window=[50, 61, 0, 11]), "lies outside the frame"),
        (lambda r: r["masks"][0].update(pixels=3), "line 2"),
        (lambda r: r["fields"].append([str(PAIRS[0]), "phase", None, 99]), "line 2"),
        (lambda r: r["fields"].append([str(PAIRS[0]), "dem", None, 1]), "called 'dem'"),
        (lambda r: r.update(kind="applied"), "is no edit"),
        (lambda r: r.pop("stamp"), "line 2"),
    ],
)
def test_a_file_that_says_what_may_not_be_is_refused(cubes, edits, verb, change, why):
    mine, theirs = cubes
    paint(mine, "ana")
    verb("session", "export", mine, edits)
    forged(edits, change)
    done = verb("session", "import", theirs, edits)
    assert done.returncode == 2, done.stdout
    assert "cannot be used" in done.stderr
    assert why in done.stderr
    assert not activity(theirs).any()


def test_pairs_that_a_cube_does_not_have_stay_out_and_are_named(tmp_path, edits, verb):
    mine = small_cube(tmp_path, *SHAPE)
    paint(mine, "ana", PAIRS[0])
    paint(mine, "ana", PAIRS[2])
    verb("session", "export", mine, edits)
    writer = CubeWriter.start(
        tmp_path / "less" / mine.name,
        frame=CubeStore.open(mine).frame,
        geometry=Geometry(*SHAPE, -91.6, -0.3, 0.001, -0.001),
        dates=DAYS[:2],
        layers=["insar_difference"],
    )
    writer.write("insar_difference", np.ones(SHAPE, np.float32), pair=PAIRS[0])
    less = writer.finish()
    done = verb("session", "import", less, edits)
    assert done.returncode == 0, done.stderr
    assert f"this cube has no such pairs: {PAIRS[2]}" in done.stdout
    assert "imported 1 records" in done.stdout
    assert activity(less).any()


def test_proposals_go_out_when_they_are_asked_for_and_so_do_the_answers(cubes, edits, verb):
    mine, theirs = cubes
    session = EditSession.open(mine, "ana", background=False)
    shape = disc(20, 20, 5, SHAPE)
    offered = [
        Proposal(new_id(), pair, ((shape, Paint(1, 1)),), {"phase": 2}, "copied", 0.5)
        for pair in PAIRS[:2]
    ]
    session.propose(offered, "Propose mask to 2 pairs", [PAIRS[2]])
    session.accept(PAIRS[0])
    session.close()
    verb("session", "export", mine, edits)
    assert "imported 1 records" in verb("session", "import", theirs, edits).stdout
    assert "copied" not in verb("proposals", theirs).stdout
    other = small_cube(mine.parent / "third", *SHAPE)
    assert verb("session", "export", mine, edits, "--proposals").returncode == 0
    done = verb("session", "import", other, edits)
    assert done.returncode == 0, done.stderr
    session = EditSession.open(other, "bob", background=False)
    assert session.pending() == [PAIRS[1]]
    (found,) = session.proposals(PAIRS[1])
    assert (found.id, dict(found.fields), found.pixels) == (
        offered[1].id,
        {"phase": 2},
        shape.mask.sum(),
    )
    assert not session.label(PAIRS[1]).label_version, "no label before somebody says so"
    session.undo(PAIRS[0])
    assert session.pending() == [*PAIRS[:2]]
    session.close()
    assert np.array_equal(activity(other), np.zeros(SHAPE))


def test_a_proposal_that_may_not_be_is_refused(cubes, edits, verb):
    mine, theirs = cubes
    session = EditSession.open(mine, "ana", background=False)
    proposal = Proposal(new_id(), PAIRS[0], ((disc(20, 20, 5, SHAPE), Paint(1, 1)),), {}, "copied")
    session.propose([proposal], "Propose")
    session.close()
    verb("session", "export", mine, edits, "--proposals")
    forged(edits, lambda r: r["shapes"][0].__setitem__(slice(0, 2), [55, 66]))
    done = verb("session", "import", theirs, edits)
    assert done.returncode == 2
    assert "lies outside the frame" in done.stderr
