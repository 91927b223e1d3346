"""``thalia check``: each kind of defect made for real, found, named, and mended where it may be."""

import json
import os
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr
import zarr
from support.cubes import DAYS, PAIRS, small_cube

from thalia_core.annotate import writer
from thalia_core.annotate.patch import Paint
from thalia_core.annotate.session import EditSession
from thalia_core.annotate.shapes import disc
from thalia_core.check.defects import FIXABLE, KINDS
from thalia_core.cube.pairs import DatePair
from thalia_core.cube.store import CubeAppender, CubeStore, CubeWriter, sidecar_of
from thalia_core.errors import EditError

pytestmark = pytest.mark.filterwarnings(
    "ignore:.*Zarr V3 specification",
    "ignore:.*not part in the Zarr format 3",
    "ignore:Consolidated metadata",
)
A, B, C = PAIRS
SHAPE = (60, 80)
N = len(DAYS)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Our cube with a mask on A, and labels on A and B."""
    cube = small_cube(tmp_path_factory.mktemp("made"))
    with_session(cube, label_all)
    return cube


@pytest.fixture
def cube(made: Path, tmp_path: Path) -> Path:
    """A copy of it to spoil."""
    shutil.copytree(made.parent, tmp_path / "archive")
    return tmp_path / "archive" / made.name


def label_all(session: EditSession) -> None:
    instances = json.dumps([{"instance": 1, "activity_type": "Dyke", "intensity_level": "High"}])
    fields = {"phase": 2, "caption": "a dyke", "instances": instances, "confidence": 0.5}
    session.annotate(A, "Brush", disc(30, 40, 6, SHAPE), Paint(2, 3, 1), fields)
    session.edit_label(B, phase=1, caption="Nothing moves", instances="[]")


def with_session(cube: Path, work: Callable[[EditSession], Any]) -> None:
    session = EditSession.open(CubeStore.open(cube, writable=True), "ana", background=False)
    work(session)
    session.close()


@pytest.fixture
def foreign(tmp_path: Path) -> Path:
    """A sound cube of another program: Zarr v3, several pairs in a chunk, text phases."""
    return save_foreign(tmp_path / "theirs" / "999A_00001_131313.zarr")


def save_foreign(path: Path, days=("2021-03-02", "2021-03-14", "2021-03-26")) -> Path:
    rng = np.random.default_rng(3)
    dims = ("primary_date", "secondary_date", "lat", "lon")
    phase = np.full((3, 3, 20, 16), np.nan, np.float32)
    activity = np.full((3, 3, 20, 16), np.nan, np.float32)
    for i, j in ((0, 1), (0, 2), (1, 2)):
        phase[i, j] = rng.uniform(-np.pi, np.pi, (20, 16))
        activity[i, j] = 0 if (i, j) == (0, 1) else np.nan
    activity[0, 1, 4:8, 3:9] = 3
    captions = np.full((3, 3), "", object)
    captions[0, 1] = "Uplift"
    flags = np.array([[0, 1, 1], [0, 0, 1], [0, 0, 0]], np.uint8)
    variables = {
        "insar_difference": (dims, phase),
        "activity_mask": (dims, activity),
        "caption": (dims[:2], captions),
        "valid_date_pair": (dims[:2], flags),
    }
    days = np.array(days, "datetime64[ns]")
    cube = xr.Dataset(
        variables,
        coords={
            "primary_date": days,
            "secondary_date": days,
            "lat": 28 - 0.001 * np.arange(20),
            "lon": -17 + 0.001 * np.arange(16),
        },
    )
    path.parent.mkdir(exist_ok=True)
    cube.to_zarr(path, zarr_format=3)
    return path


def group(cube: Path) -> zarr.Group:
    return zarr.open_group(cube, mode="r+", zarr_format=2, use_consolidated=False)


def attributes(cube: Path, name: str, **change: Any) -> None:
    """Change attributes of an array, in its own and in the consolidated metadata."""
    attrs = group(cube)[name].attrs
    for key, value in change.items():
        if value is None:
            del attrs[key]
        else:
            attrs[key] = value
    zarr.consolidate_metadata(cube, zarr_format=2)


def pair_value(cube: Path, name: str, pair: DatePair, value: Any) -> None:
    at = (DAYS.index(pair.primary), DAYS.index(pair.secondary))
    group(cube)[name][at] = value


def plane(cube: Path, name: str, pair: DatePair, where: tuple[slice, slice], value: int) -> None:
    at = (DAYS.index(pair.primary), DAYS.index(pair.secondary))
    group(cube)[name][(*at, *where)] = value


CORNER = (slice(0, 2), slice(0, 3))
FLAGS = ("flag_values", "flag_meanings")


def spoil_partial(cube: Path) -> None:
    (cube / "caption" / ".0.0.1234.partial").write_bytes(b"half")


def spoil_metadata(cube: Path) -> None:
    group(cube)["caption"].attrs["long_name"] = "another"


def spoil_metadata_root(cube: Path) -> None:
    group(cube).attrs["title"] = "Fernandina"


def spoil_metadata_gone(cube: Path) -> None:
    shutil.rmtree(cube / "labelled_at")


def spoil_metadata_damaged(cube: Path) -> None:
    (cube / ".zmetadata").write_text("{")


def spoil_variable(cube: Path) -> None:
    attributes(cube, "caption", _ARRAY_DIMENSIONS=["secondary_date", "primary_date"])


def spoil_type(cube: Path) -> None:
    shutil.rmtree(cube / "label_version")
    words = group(cube).create_array("label_version", shape=(N, N), dtype="<U3", fill_value="")
    words.attrs["_ARRAY_DIMENSIONS"] = ["primary_date", "secondary_date"]
    zarr.consolidate_metadata(cube, zarr_format=2)


def spoil_legend(cube: Path) -> None:
    attributes(cube, "activity_type_mask", flag_values=None, flag_meanings=None)


def spoil_legend_words(cube: Path) -> None:
    attributes(cube, "phase", flag_meanings="None Unrest Rest Rebound")


def spoil_code(cube: Path) -> None:
    plane(cube, "activity_type_mask", A, CORNER, 9)


def spoil_label_code(cube: Path) -> None:
    pair_value(cube, "phase", B, 7)


def spoil_mask_gone(cube: Path) -> None:
    for name in MASKS:
        (cube / name / "0.1.0.0").unlink()


def spoil_label_gone(cube: Path) -> None:
    for name, nothing in (("caption", ""), ("confidence", np.nan), ("label_state", 0)):
        pair_value(cube, name, A, nothing)


def spoil_masks(cube: Path) -> None:
    plane(cube, "deformation_mask", A, CORNER, 2)


def spoil_intensity(cube: Path) -> None:
    plane(cube, "intensity_level_mask", A, CORNER, 2)


def spoil_instance(cube: Path) -> None:
    plane(cube, "instance_mask", A, (slice(30, 31), slice(40, 42)), 5)


def spoil_pair(cube: Path) -> None:
    (cube / "insar_difference" / "0.2.0.0").unlink()


def spoil_flag(cube: Path) -> None:
    pair_value(cube, "valid_date_pair", B, 0)


def spoil_coherence(cube: Path) -> None:
    """As cubes were written before the program measured it."""
    shutil.rmtree(cube / "mean_coherence")
    zarr.consolidate_metadata(cube, zarr_format=2)


def spoil_order(cube: Path) -> None:
    earlier = DatePair(date(2023, 12, 25), DAYS[0])
    with CubeAppender.start(cube, dates=[earlier.primary], layers=["insar_difference"]) as appender:
        values = np.random.default_rng(1).uniform(-3, 3, SHAPE)
        appender.write("insar_difference", values, pair=earlier)
        appender.finish()


def spoil_append(cube: Path) -> None:
    with CubeAppender.start(cube, dates=[DAYS[0]], layers=["insar_difference"]):
        pass


def spoil_reversed(cube: Path) -> None:
    pair_value(cube, "valid_date_pair", DatePair(DAYS[2], DAYS[0]), 1)
    values = np.random.default_rng(1).uniform(-3, 3, SHAPE)
    group(cube)["insar_difference"][2, 0] = values


def spoil_heights(cube: Path) -> None:
    group(cube)["dem"][:10] = np.nan


def spoil_chunk(cube: Path) -> None:
    (cube / "insar_coherence" / "0.2.0.0").write_bytes(b"rubbish")


def spoil_label_chunk(cube: Path) -> None:
    (cube / "caption" / "0.0").write_bytes(b"rubbish")


def spoil_journal(cube: Path) -> None:
    (journal,) = (sidecar_of(cube) / "journal").glob("*.journal")
    lines = journal.read_bytes().splitlines(keepends=True)
    lines[0] = lines[0][:50] + b"X" + lines[0][51:]
    journal.write_bytes(b"".join(lines))


def spoil_schema(cube: Path) -> None:
    group(cube).attrs["schema_version"] = 2
    zarr.consolidate_metadata(cube, zarr_format=2)


def spoil_axis(cube: Path) -> None:
    (cube / "primary_date" / ".zarray").write_text("{")


def spoil_index(cube: Path) -> None:
    (cube / "valid_date_pair" / "0.0").write_bytes(b"rubbish")


MASKS = ("deformation_mask", "activity_type_mask", "intensity_level_mask", "instance_mask")
SPOILT: dict[Callable[[Path], None], tuple[str, str, str]] = {
    spoil_partial: ("partial-file", "caption/.0.0.1234.partial", ""),
    spoil_metadata: ("metadata-stale", "caption", ""),
    spoil_metadata_root: ("metadata-stale", ".zattrs", ""),
    spoil_metadata_gone: ("metadata-stale", "labelled_at", "there is no such array"),
    spoil_metadata_damaged: ("metadata-stale", "", "damaged"),
    spoil_variable: ("variable-unusable", "", "'caption' has dimensions (secondary_date, primary"),
    spoil_type: ("type-odd", "label_version", "not int32"),
    spoil_legend: ("legend-missing", "activity_type_mask", ""),
    spoil_legend_words: ("legend-odd", "phase", "1 is Unrest, 2 is Rest"),
    spoil_code: ("code-unknown", str(A), "activity_type_mask holds 9"),
    spoil_label_code: ("code-unknown", str(B), "phase is 7"),
    spoil_mask_gone: ("label-without-mask", str(A), "it lists 1 instance"),
    spoil_label_gone: ("mask-without-label", str(A), "113 pixels"),
    spoil_masks: ("masks-disagree", str(A), "6 pixels of deformation_mask differ from activity"),
    spoil_intensity: ("masks-disagree", str(A), "6 pixels have an intensity without volcanic"),
    spoil_instance: ("instance-unknown", str(A), "number 5"),
    spoil_pair: ("pair-empty", str(B), "no data in insar_difference"),
    spoil_flag: ("pair-unlisted", str(B), "valid_date_pair is 0"),
    spoil_reversed: ("pair-reversed", f"{DAYS[2]:%Y%m%d}_{DAYS[0]:%Y%m%d}", ""),
    spoil_order: ("dates-unsorted", "", ""),
    spoil_append: ("append-unfinished", "", ""),
    spoil_heights: ("dem-void", "dem", "16.7% of the pixels"),
    spoil_coherence: ("coherence-unmeasured", "mean_coherence", "3 pairs"),
    spoil_chunk: ("chunk-damaged", "insar_coherence/0.2.0.0", f"of {B}: RuntimeError"),
    spoil_label_chunk: ("chunk-damaged", "caption/0.0", "Error"),
    spoil_journal: ("journal-damaged", "", "1 line is passed over"),
    spoil_schema: ("cube-unreadable", "", "its schema_version is 2, this program knows 1"),
    spoil_axis: ("cube-unreadable", "primary_date", "Expecting property name"),
    spoil_index: ("cube-unreadable", "valid_date_pair", "a chunk is damaged or unreadable"),
}
ALSO = {
    spoil_code: {"masks-disagree"},  # a pixel of an unknown type has no class either
}
"""What else such damage is."""


def check(verb, path: Path, *words: str) -> tuple[int, list[dict[str, Any]], list[str]]:
    """Exit code, defects and what was mended, as scripts get them."""
    done = verb("check", path, "--json", "--workers", "1", *words)
    assert done.stderr == ""
    told = json.loads(done.stdout)
    assert told["path"] == str(path)
    return done.returncode, told["defects"], told["mended"]


def tree(folder: Path) -> dict[str, bytes]:
    """Every file, but for locks and for the copy of a journal's own bookkeeping."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
        and path.suffix != ".lock"
        and path.name != "lock"
        and ".lease-" not in path.name
    }


def test_a_sound_cube_has_no_defect_and_stays_as_it_is(cube: Path, verb):
    before = tree(cube.parent)
    for words in ((), ("--quick",), ("--fix",)):
        assert check(verb, cube, *words) == (0, [], [])
    assert tree(cube.parent) == before
    done = verb("check", cube)
    assert (done.returncode, done.stdout) == (0, "1 cube checked: 0 errors, 0 warnings, 0 notes\n")


def test_a_sound_cube_of_another_program_lacks_legends_only(foreign: Path, verb):
    before = tree(foreign.parent)
    code, defects, _ = check(verb, foreign)
    assert code == 0
    assert {(d["kind"], d["where"]) for d in defects} == {("legend-missing", "activity_type_mask")}
    assert tree(foreign.parent) == before


@pytest.mark.parametrize("spoil", SPOILT, ids=lambda spoil: spoil.__name__)
def test_each_defect_is_found_and_named_and_mended_only_where_it_may_be(spoil, cube: Path, verb):
    kind, where, detail = SPOILT[spoil]
    spoil(cube)
    spoilt = tree(cube.parent)
    code, defects, mended = check(verb, cube)
    assert tree(cube.parent) == spoilt, "looking changes nothing"
    assert {d["kind"] for d in defects} == {kind} | ALSO.get(spoil, set())
    found = [d for d in defects if d["kind"] == kind]
    assert len(found) == 1
    assert found[0]["where"] == where
    assert detail in found[0]["detail"]
    assert found[0]["cube"] == str(cube)
    assert found[0]["severity"] == KINDS[kind][0]
    assert found[0]["fixable"] is (kind in FIXABLE)
    worst = {d["severity"] for d in defects}
    assert code == (1 if worst & {"error", "warning"} else 0)
    assert mended == []
    line = f"\n  {KINDS[kind][0]}: {kind}:{' ' + where + ':' if where else ''} {KINDS[kind][1]}"
    assert line in verb("check", cube).stdout
    code, defects, mended = check(verb, cube, "--fix")
    if kind in FIXABLE:
        assert (code, defects) == (0, [])
        assert len(mended) == 1
        assert check(verb, cube) == (0, [], [])
    else:
        assert mended == []
        assert tree(cube.parent) == spoilt, "what needs guessing is left alone"


def test_every_kind_is_tried():
    tried = {kind for kind, _, _ in SPOILT.values()} | {"build-unfinished", "journal-open"}
    # those of what people write are tried in test_check_labels
    assert {kind for kind in KINDS if kind not in tried} == {
        "type-without-mask",
        "mask-without-type",
        "earthquake-with-intensity",
        "instance-mixed",
        "record-disagrees",
        "crowd-disagrees",
        "phase-disagrees",
        "caption-contradicts",
        "intensity-against-fringes",
    }


@pytest.mark.parametrize(
    ("spoil", "touched"),
    [
        (spoil_partial, {"caption/.0.0.1234.partial"}),
        (spoil_metadata, {".zmetadata"}),
        (spoil_metadata_root, {".zmetadata"}),
        (spoil_metadata_gone, {".zmetadata"}),
        (spoil_metadata_damaged, {".zmetadata"}),
        (spoil_legend, {".zmetadata", "activity_type_mask/.zattrs"}),
    ],
)
def test_mending_touches_nothing_else(spoil, touched: set[str], cube: Path, verb):
    spoil(cube)
    before = tree(cube.parent)
    check(verb, cube, "--fix")
    after = tree(cube.parent)
    changed = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    assert changed == {f"{cube.name}/{name}" for name in touched}


def test_coherence_that_was_never_measured_is_what_the_builder_writes(cube: Path, verb):
    before = (cube / "mean_coherence" / "0.0").read_bytes()
    spoil_coherence(cube)
    assert np.isnan(CubeStore.open(cube).mean_coherences()).all()
    check(verb, cube, "--quick", "--fix")
    assert (cube / "mean_coherence" / "0.0").read_bytes() == before
    with xr.open_zarr(cube) as theirs:
        assert theirs["mean_coherence"].dims == ("primary_date", "secondary_date")
        assert np.isfinite(theirs["mean_coherence"]).sum() == 3


def test_a_pair_without_coherence_has_no_mean_and_is_no_defect(cube: Path, verb):
    (cube / "insar_coherence" / "0.2.0.0").unlink()
    spoil_coherence(cube)
    code, defects, mended = check(verb, cube, "--fix")
    assert (code, defects, len(mended)) == (0, [], 1)
    means = CubeStore.open(cube).mean_coherences()
    assert np.isnan(means).tolist() == [False, True, False]


def test_a_legend_that_is_mended_is_the_one_of_the_schema(cube: Path, verb):
    before = json.loads((cube / "activity_type_mask" / ".zattrs").read_bytes())
    spoil_legend(cube)
    check(verb, cube, "--fix")
    assert json.loads((cube / "activity_type_mask" / ".zattrs").read_bytes()) == before
    with xr.open_zarr(cube) as theirs:
        assert theirs["activity_type_mask"].attrs["flag_meanings"] == before["flag_meanings"]


def test_edits_that_wait_in_the_journal_are_told_and_put_in(cube: Path, verb, monkeypatch):
    session = EditSession.open(CubeStore.open(cube, writable=True), "ana", background=False)
    with monkeypatch.context() as patch:
        patch.setattr(writer, "apply", _die)
        with pytest.raises(EditError):
            session.edit_label(C, caption="kept")
    session._journal.close()  # the process is gone; its lock with it
    code, defects, _ = check(verb, cube)
    assert code == 1
    assert [(d["kind"], d["detail"]) for d in defects] == [("journal-open", f"1 edit of {C}")]
    code, defects, mended = check(verb, cube, "--fix")
    assert (code, defects, len(mended)) == (0, [], 1)
    assert CubeStore.open(cube).read_label(C).caption == "kept"


def _die(*_: object) -> None:
    raise RuntimeError("power cut")


def test_sorting_renames_chunks_and_keeps_every_value(cube: Path, verb):
    spoil_order(cube)
    store = CubeStore.open(cube)
    before = {pair: store.read_plane("insar_difference", pair) for pair in store.pairs}
    labels = dict(zip(store.pairs, store.read_labels(), strict=True))
    inodes = {path.stat().st_ino for path in (cube / "insar_difference").glob("[0-9]*")}
    _, defects, mended = check(verb, cube, "--fix")
    assert defects == []
    assert len(mended) == 1
    assert mended[0].startswith("mended: note: dates-unsorted:")
    store = CubeStore.open(cube)
    assert store.layout.primary_dates == tuple(sorted(store.dates()))
    assert list(store.pairs) == list(before)
    assert dict(zip(store.pairs, store.read_labels(), strict=True)) == labels
    for pair, values in before.items():
        np.testing.assert_array_equal(store.read_plane("insar_difference", pair), values)
    assert {path.stat().st_ino for path in (cube / "insar_difference").glob("[0-9]*")} == inodes


def test_what_cannot_be_sorted_is_told_and_does_not_stop_the_others(cube: Path, verb):
    days = ("2021-03-14", "2021-03-02", "2021-03-26")
    theirs = save_foreign(cube.parent / "999A_00001_131313.zarr", days=days)
    spoil_partial(cube)
    code, defects, mended = check(verb, cube.parent, "--fix")
    assert len(mended) == 1
    assert "partial-file" in mended[0]
    told = {d["kind"]: d["fix"] for d in defects if d["cube"] == str(theirs)}
    assert told["dates-unsorted"] == "cannot be mended: only cubes of Zarr v2 are sorted"
    assert code == 1, "its first pair is reversed"


def test_a_record_of_instances_outside_the_cube_asks_for_no_mask(cube: Path, verb):
    outside = {"instance": 1, "activity_type": "Mogi", "intensity_level": "Low", "mask": False}
    with_session(cube, lambda s: s.edit_label(B, phase=2, instances=json.dumps([outside])))
    assert check(verb, cube) == (0, [], [])
    both = json.dumps([outside, {**outside, "instance": 2, "mask": True}])
    with_session(cube, lambda s: s.edit_label(B, instances=both))
    _, defects, _ = check(verb, cube)
    assert [(d["kind"], d["detail"]) for d in defects] == [
        ("label-without-mask", "it lists 1 instance")
    ]
    with_session(cube, lambda s: s.edit_label(B, instances="[]"))
    _, defects, _ = check(verb, cube)
    assert [(d["kind"], d["detail"]) for d in defects] == [
        ("label-without-mask", "phase is Unrest")
    ]


def test_a_mask_of_an_instance_that_is_listed_outside_is_told(cube: Path, verb):
    listed = [{"instance": 1, "activity_type": "Dyke", "intensity_level": "High", "mask": False}]
    with_session(cube, lambda s: s.edit_label(A, instances=json.dumps(listed)))
    code, defects, _ = check(verb, cube)
    assert code == 0
    assert [(d["kind"], d["detail"]) for d in defects] == [
        ("instance-unknown", "number 1, listed as without a mask")
    ]


def test_no_value_is_no_mask(foreign: Path, verb):
    """Their mask holds NaN where nobody looked, in chunks that are there."""
    _, defects, _ = check(verb, foreign)
    assert not [d for d in defects if d["kind"] == "mask-without-label"]


def test_quick_passes_over_planes_only(cube: Path, verb):
    spoil_chunk(cube)
    assert check(verb, cube, "--quick") == (0, [], [])
    spoil_label_chunk(cube)
    _, defects, _ = check(verb, cube, "--quick")
    assert [d["where"] for d in defects] == ["caption/0.0"]


def test_an_archive_tells_all_cubes_and_unfinished_builds(cube: Path, verb):
    other = cube.with_name("107A_00001_131313.zarr")
    shutil.copytree(cube, other)
    spoil_chunk(cube)
    spoil_legend(other)
    building = CubeWriter.start(
        cube.with_name("108A_00001_131313.zarr"),
        frame="108A_00001_131313",
        geometry=CubeStore.open(cube).geometry,
        dates=DAYS,
        layers=["insar_difference"],
    )
    building.close()
    code, defects, _ = check(verb, cube.parent)
    assert code == 1
    assert [(Path(d["cube"]).name, d["kind"]) for d in defects] == [
        (cube.name, "chunk-damaged"),
        (other.name, "legend-missing"),
        ("108A_00001_131313.zarr.building", "build-unfinished"),
    ]
    text = verb("check", cube.parent).stdout
    assert text.endswith("2 cubes checked: 1 error, 0 warnings, 2 notes\n")


def test_no_path_and_no_cubes_are_told(tmp_path: Path, verb):
    for path in (tmp_path, tmp_path / "none.zarr"):
        done = verb("check", path)
        assert (done.returncode, done.stdout) == (2, "")
        assert str(path) in done.stderr


def test_masks_without_a_chunk_are_not_read(cube: Path, verb, monkeypatch):
    read: list[tuple[str, DatePair | None]] = []
    real = CubeStore.read_plane

    def note(self, name, pair=None, window=None):
        read.append((name, pair))
        return real(self, name, pair, window)

    (cube / "instance_mask" / "0.1.0.0").unlink()
    monkeypatch.setattr(CubeStore, "read_plane", note)
    check(verb, cube, "--quick")
    assert {(name, pair) for name, pair in read if name in MASKS} == {
        (name, A) for name in MASKS[:3]
    }


def test_damage_that_nobody_thought_of_does_not_stop_the_others(cube: Path, verb):
    other = cube.with_name("107A_00001_131313.zarr")
    shutil.copytree(cube, other)
    spoil_partial(cube)
    first = cube / "insar_difference" / "0.1.0.0"
    shutil.copy(first, first.with_name("9.9.0.0"))  # beyond the dates
    spoil_legend(other)
    code, defects, _ = check(verb, cube.parent)
    assert code == 1
    assert ("partial-file", str(cube)) in {(d["kind"], d["cube"]) for d in defects}
    assert ("legend-missing", str(other)) in {(d["kind"], d["cube"]) for d in defects}


def test_a_damaged_chunk_beyond_the_dates_is_told(cube: Path, verb):
    """A file that an append which died left behind its axes."""
    (cube / "insar_coherence" / "9.9.0.0").write_bytes(b"rubbish")
    code, defects, _ = check(verb, cube)
    assert (code, defects) == (0, []), "nobody can read it"


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="nothing is forbidden to root"
)
def test_a_cube_that_cannot_be_written_is_not_mended(cube: Path, verb):
    spoil_legend(cube)
    cube.chmod(0o555)
    try:
        code, defects, mended = check(verb, cube, "--fix")
    finally:
        cube.chmod(0o755)
    assert (code, mended) == (0, [])
    assert "cannot be mended: no permission" in defects[0]["fix"]


def test_synthetic_cubes_are_sound(tmp_path: Path, verb):
    out = tmp_path / "synthetic.zarr"
    assert verb("synth", "cube", out, "--size", "96", "--dates", "4").returncode == 0
    code, defects, _ = check(verb, out)
    assert (code, defects) == (0, [])


def test_a_built_cube_is_sound(galapagos_cube: Path, verb):
    code, defects, _ = check(verb, galapagos_cube)
    assert (code, defects) == (0, [])
