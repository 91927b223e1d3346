"""Edits through the one door: what is seen, what is on disk, and what undo does."""

import json
import os
import shutil
import threading
import time
from contextlib import nullcontext
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from support.cubes import PAIRS, small_cube

from thalia_core.annotate.gates import Gate
from thalia_core.annotate.patch import ERASE, FieldPatch, Paint
from thalia_core.annotate.session import EditSession
from thalia_core.annotate.shapes import disc, polygon
from thalia_core.annotate.working import WorkingCopy
from thalia_core.cube.labels import Activity, Intensity, LabelState
from thalia_core.cube.store import CubeStore
from thalia_core.cube.store.local import DurableStore
from thalia_core.errors import CubeError, EditError, LockedError

A, B, C = PAIRS
SILL = Paint(Activity.SILL, Intensity.HIGH)
QUAKE = Paint(Activity.EARTHQUAKE)
SQUARE = polygon([(10, 10), (10, 30), (30, 30), (30, 10)], (60, 80))
OTHER = polygon([(40, 40), (40, 50), (50, 50), (50, 40)], (60, 80))


@pytest.fixture
def cube(tmp_path: Path) -> Path:
    return small_cube(tmp_path)


def edit(cube: Path, who: str = "alice", **options) -> EditSession:
    return EditSession.open(cube, who, **{"background": False, **options})


def on_disk(cube: Path, name: str, pair=A) -> np.ndarray:
    return CubeStore.open(cube).read_plane(name, pair)


def files(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_an_edit_is_on_disk_in_all_masks_and_nothing_else_changes(cube):
    before = files(cube)
    session = edit(cube)
    step = session.annotate(A, "Polygon", SQUARE, SILL, {"caption": "Uplift", "phase": "Unrest"})
    session.close()
    assert step.pixels == 400
    assert set(step.fields) >= {"caption", "phase"}
    plain = xr.open_zarr(cube, chunks=None).sel(
        primary_date=str(A.primary), secondary_date=str(A.secondary)
    )
    assert plain.activity_type_mask.dtype == plain.deformation_mask.dtype == np.uint8
    assert plain.activity_type_mask.values.sum() == 400 * Activity.SILL
    assert plain.deformation_mask.values.sum() == 400
    assert plain.intensity_level_mask.values.max() == Intensity.HIGH
    assert plain.caption.item() == "Uplift"
    after = files(cube)
    assert {name for name in before if after.get(name) != before[name]} == {".zmetadata"}
    old, new = (json.loads(f[".zmetadata"])["metadata"] for f in (before, after))
    assert {name: new[name] for name in old} == old


def test_a_label_says_who_and_when_and_that_work_has_begun(cube):
    session = edit(cube)
    session.edit_label(A, confidence=0.8)
    session.edit_label(A, glacier_fringes=1)
    session.close()
    label = CubeStore.open(cube).read_label(A)
    assert (label.annotator, label.label_version, label.confidence) == ("alice", 2, 0.8)
    assert label.label_state == LabelState.IN_PROGRESS
    assert label.labelled
    assert not CubeStore.open(cube).read_label(B).labelled


def test_deformation_follows_the_activity(cube):
    session = edit(cube)
    session.annotate(A, "Polygon", SQUARE, SILL)
    session.annotate(
        A, "Polygon", polygon([(10, 10), (10, 20), (30, 20), (30, 10)], (60, 80)), QUAKE
    )
    session.annotate(A, "Erase", polygon([(10, 10), (10, 30), (20, 30), (20, 10)], (60, 80)), ERASE)
    session.close()
    activity, deformation = on_disk(cube, "activity_type_mask"), on_disk(cube, "deformation_mask")
    assert set(np.unique(deformation)) == {0, 1, 2}
    assert np.array_equal(deformation == 2, activity == Activity.EARTHQUAKE)
    assert np.array_equal(deformation == 1, activity == Activity.SILL)
    assert not on_disk(cube, "intensity_level_mask")[activity == Activity.EARTHQUAKE].any()


def test_undo_survives_a_restart_and_returns_every_value(cube):
    session = edit(cube)
    session.annotate(A, "one", SQUARE, SILL, {"caption": "first"})
    session.close()
    reference = on_disk(cube, "activity_type_mask").copy()
    session = edit(cube, "bob")
    session.annotate(A, "two", disc(20, 20, 8, (60, 80)), QUAKE, {"caption": "second"})
    session.close()
    session = edit(cube, "carol")
    assert [step.name for step in session.history(A)] == ["one", "two"]
    assert session.undo(A).name == "two"
    assert np.array_equal(on_disk(cube, "activity_type_mask"), reference)
    assert CubeStore.open(cube).read_label(A).caption == "first"
    assert session.undo(A).name == "one"
    assert session.undo(A) is None
    assert not on_disk(cube, "deformation_mask").any()
    label = CubeStore.open(cube).read_label(A)
    assert not any((label.caption, label.label_state, label.label_version, label.annotator))
    session.close()
    session = edit(cube)
    assert session.redo(A).name == "one"
    assert np.array_equal(on_disk(cube, "activity_type_mask"), reference)
    session.close()


def test_undo_is_local_to_the_pair(cube):
    session = edit(cube)
    session.annotate(A, "on A", SQUARE, SILL)
    session.annotate(B, "on B", SQUARE, SILL)
    assert session.undo(A).name == "on A"
    assert session.undo(A) is None
    assert on_disk(cube, "activity_type_mask", B).any()
    session.annotate(A, "new", OTHER, SILL)
    assert session.redo(A) is None, "a new step ends redo"
    assert session.undo().name == "new"
    session.close()


def test_a_stroke_is_one_step_and_esc_takes_it_back(cube):
    session = edit(cube)
    stroke = session.begin(A, SILL)
    for col in range(20, 40, 4):
        stroke.extend(disc(20, col, 4, (60, 80)))
    seen = session.masks(A).activity.copy()
    assert not on_disk(cube, "activity_type_mask").any()
    stroke.abort()
    assert not session.masks(A).activity.any()
    stroke = session.begin(A, SILL)
    for col in range(20, 40, 4):
        stroke.extend(disc(20, col, 4, (60, 80)))
    step = stroke.commit()
    assert step.pixels == np.count_nonzero(seen)
    assert np.array_equal(on_disk(cube, "activity_type_mask"), seen)
    assert len(session.history(A)) == 1
    assert session.begin(A, SILL).commit() is None, "an empty stroke is no step"
    session.close()


def test_painting_what_is_there_is_no_step(cube):
    session = edit(cube)
    session.annotate(A, "one", SQUARE, SILL)
    assert session.annotate(A, "again", SQUARE, SILL) is None
    assert session.edit_label(A, caption="") is None
    session.close()


def test_edits_of_different_pixels_merge_and_the_same_pixels_conflict(cube):
    alice, bob = edit(cube, "alice", background=True), edit(cube, "bob")
    alice.masks(A)
    alice.label(A)
    bob.annotate(A, "bob", SQUARE, SILL, {"caption": "bob"})
    told = []
    alice.conflicted.connect(told.append)
    alice.annotate(A, "elsewhere", OTHER, SILL)
    alice.flush(20)
    assert not told
    assert on_disk(cube, "activity_type_mask")[20, 20] == Activity.SILL
    assert on_disk(cube, "activity_type_mask")[45, 45] == Activity.SILL

    whole = polygon([(5, 5), (5, 35), (35, 35), (35, 5)], (60, 80))
    alice.annotate(A, "over bob", whole, QUAKE, {"caption": "alice"})
    alice.flush(20)
    (conflict,) = told
    assert sum(patch.pixels for patch in conflict.edit.masks) == 400
    assert {patch.field for patch in conflict.edit.fields} >= {"caption"}
    plane = on_disk(cube, "activity_type_mask")
    assert np.count_nonzero(plane == Activity.SILL) == 400 + 100, "what bob painted stands"
    assert np.count_nonzero(plane == Activity.EARTHQUAKE) == 900 - 400
    assert CubeStore.open(cube).read_label(A).caption == "bob"
    assert np.array_equal(alice.masks(A).activity, plane), "alice sees what is on disk"
    alice.undo(A)
    alice.flush(20)
    plane = on_disk(cube, "activity_type_mask")
    assert not (plane == Activity.EARTHQUAKE).any()
    assert np.count_nonzero(plane == Activity.SILL) == 500
    alice.close()
    bob.close()


def test_background_saving_tells_its_state(cube):
    session = edit(cube, background=True)
    states, saved = [], threading.Event()

    def note(state):
        states.append(state.state)
        if state.state == "saved":
            saved.set()

    session.saving.connect(note)
    session.annotate(A, "one", SQUARE, SILL)
    assert saved.wait(20)
    assert states == ["saving", "saved"]
    assert not session.dirty
    session.close()


def test_a_failed_save_keeps_the_edit_and_tries_again(cube, monkeypatch):
    session = edit(cube, background=True)
    session.annotate(A, "one", SQUARE, SILL)
    session.flush(20)
    import thalia_core.cube.store.local as local

    def full(path, data):
        raise OSError(28, "No space left on device", str(path))

    real = local.write_bytes
    monkeypatch.setattr(local, "write_bytes", full)
    failed = threading.Event()
    states = []

    def note(state):
        states.append(state)
        if state.state == "failed":
            failed.set()

    session.saving.connect(note)
    session.annotate(A, "two", OTHER, SILL)
    assert failed.wait(20)
    assert session.dirty
    assert "disk is full" in next(s.why for s in states if s.state == "failed")
    with pytest.raises(EditError, match="disk is full"):
        session.flush(20)
    assert not on_disk(cube, "activity_type_mask")[45, 45]
    monkeypatch.setattr(local, "write_bytes", real)
    session.flush(20)
    assert on_disk(cube, "activity_type_mask")[45, 45] == Activity.SILL
    assert not session.dirty
    session.close()


def test_a_crash_between_journal_and_cube_is_completed_at_the_next_start(cube, monkeypatch):
    from thalia_core.annotate import writer

    session = edit(cube)
    real = writer.apply

    def die(*_):
        raise RuntimeError("power cut")

    monkeypatch.setattr(writer, "apply", die)
    with pytest.raises(EditError):
        session.annotate(A, "one", SQUARE, SILL, {"caption": "kept"})
    session._journal.close()  # the process is gone; its lock with it
    monkeypatch.setattr(writer, "apply", real)
    assert not on_disk(cube, "activity_type_mask").any()
    session = edit(cube, "bob")
    assert [step.by for step in session.recovered] == ["alice"]
    assert on_disk(cube, "activity_type_mask").sum() == 400
    assert CubeStore.open(cube).read_label(A).caption == "kept"
    session.close()
    session = edit(cube, "bob")
    assert not session.recovered
    session.close()


def test_a_torn_line_and_a_damaged_line_do_not_hide_the_others(cube):
    session = edit(cube)
    session.annotate(A, "one", SQUARE, SILL)
    session.annotate(A, "two", OTHER, SILL)
    session.close()
    (journal,) = (cube.with_suffix(".thalia") / "journal").glob("*.journal")
    lines = journal.read_bytes().splitlines(keepends=True)
    lines[2] = lines[2][:50] + b"X" + lines[2][51:]
    journal.write_bytes(b"".join(lines) + b"0123abcd {torn")
    session = edit(cube)
    assert [step.name for step in session.history()] == ["one"]
    session.annotate(B, "three", SQUARE, SILL)
    session.close()
    assert b"torn" not in journal.read_bytes()


def test_a_lock_that_is_held_is_told(cube):
    holder = edit(cube)
    waiting = edit(cube, "bob", lock_timeout=0.2)
    with holder.transaction():
        failure = []

        def attempt():
            try:
                waiting.annotate(A, "one", SQUARE, SILL)
            except LockedError as error:
                failure.append(str(error))

        thread = threading.Thread(target=attempt)
        thread.start()
        thread.join()
    assert "another process is writing" in failure[0]
    holder.close()
    waiting.close()


def test_a_read_only_cube_says_why(cube):
    cube.chmod(0o555)
    try:
        with pytest.raises(EditError, match="no permission"):
            edit(cube)
    finally:
        cube.chmod(0o755)


def test_a_store_for_editing_refuses_raw_layers(cube):
    store = DurableStore(cube, writable=["caption"])
    before = files(cube)
    for key in ("insar_difference/0.1.0.0", "insar_difference/.zarray", ".zattrs"):
        with pytest.raises(CubeError, match="outside the annotations"):
            store.delete_sync(key)
    assert files(cube) == before


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"confidence": 1.5}, "0 to 1"),
        ({"phase": "Sleeping"}, "legal are"),
        ({"glacier_fringes": 2}, "legal are"),
    ],
)
def test_illegal_values_are_refused(cube, fields, message):
    session = edit(cube)
    with pytest.raises(EditError, match=message):
        session.edit_label(A, **fields)
    session.close()
    assert not (cube / "confidence").exists()


def test_an_earthquake_has_no_intensity():
    with pytest.raises(EditError, match="no intensity"):
        Paint(Activity.EARTHQUAKE, Intensity.LOW)


def test_a_copied_sidecar_is_the_history_of_the_copy(cube, tmp_path):
    session = edit(cube)
    session.annotate(A, "one", SQUARE, SILL)
    session.close()
    other = tmp_path / "copy"
    shutil.copytree(cube.parent, other, ignore=shutil.ignore_patterns("copy"))
    session = edit(other / cube.name)
    assert session.undo(A).name == "one"
    session.close()
    assert on_disk(cube, "activity_type_mask").any()


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="names open files through /proc")
def test_the_journal_is_on_disk_before_the_cube_and_every_file_with_its_folder(cube, monkeypatch):
    session = edit(cube)
    session.annotate(A, "first", OTHER, SILL)
    events, real_sync, real_replace = [], os.fsync, Path.replace

    def sync(descriptor):
        events.append(("sync", os.readlink(f"/proc/self/fd/{descriptor}")))
        real_sync(descriptor)

    def replace(self, target):
        events.append(("rename", str(target)))
        return real_replace(self, target)

    monkeypatch.setattr(os, "fsync", sync)
    monkeypatch.setattr(Path, "replace", replace)
    session.annotate(A, "second", SQUARE, SILL, {"caption": "x"})
    session.close()
    assert events[0][0] == "sync"
    assert events[0][1].endswith(".journal")
    renames = [n for n, (kind, _) in enumerate(events) if kind == "rename"]
    assert len(renames) >= 4 + 3
    for n in renames:
        target = Path(events[n][1])
        before = [path for kind, path in events[:n] if kind == "sync"]
        assert any(f".{target.name}." in path for path in before), "on disk before it is named"
        assert ("sync", str(target.parent)) in events[n + 1 :]
    assert events[-1][1].endswith(".journal"), "the note that it is applied comes last"


@pytest.mark.parametrize("background", [True, False])
def test_a_damaged_chunk_holds_up_its_own_pair_only(cube, background):
    session = edit(cube)
    session.annotate(A, "before", SQUARE, SILL)
    session.close()
    sound = (cube / "intensity_level_mask" / "0.1.0.0").read_bytes()
    session = edit(cube, background=background)
    session.masks(A)
    (cube / "intensity_level_mask" / "0.1.0.0").write_bytes(b"\x02\x01!damaged!" * 9)
    for name in ("one", "two"):
        with nullcontext() if background else pytest.raises(CubeError, match="damaged"):
            session.annotate(A, name, OTHER if name == "one" else SQUARE, QUAKE)
    session.annotate(B, "elsewhere", SQUARE, SILL)
    if background:
        with pytest.raises(CubeError, match="damaged"):
            session.flush(20)
        assert session.dirty
        with pytest.raises(CubeError, match="damaged"):
            session.close()
    else:
        session.close()
    assert on_disk(cube, "activity_type_mask", B).any()

    session = edit(cube, "bob")
    assert len(session.unrecovered) == 1
    assert "damaged" in session.unrecovered[0]
    session.edit_label(B, caption="works")
    session.close()
    (cube / "intensity_level_mask" / "0.1.0.0").write_bytes(sound)
    session = edit(cube, "bob")
    assert [step.name for step in session.recovered] == ["one", "two"]
    session.close()
    plane = on_disk(cube, "activity_type_mask")
    assert (plane[20, 20], plane[45, 45]) == (Activity.EARTHQUAKE, Activity.EARTHQUAKE)
    assert not on_disk(cube, "intensity_level_mask").any()


def test_a_gate_keeps_pixels_and_classes_as_they_are(cube):
    session = edit(cube)
    session.annotate(A, "one", SQUARE, QUAKE)
    pixels = np.ones((60, 80), bool)
    pixels[:, 20:] = False
    stroke = session.begin(A, SILL, gate=Gate(pixels, over=frozenset({Activity.NONE})))
    stroke.extend(disc(20, 15, 12, (60, 80)))
    stroke.commit()
    session.close()
    activity = on_disk(cube, "activity_type_mask")
    assert not (activity[:, 20:] == Activity.SILL).any()
    assert (activity[SQUARE.window.slices][SQUARE.mask] == Activity.EARTHQUAKE).all()
    assert (activity == Activity.SILL).sum() > 50


def test_repainting_is_one_step_and_deformation_follows(cube):
    session = edit(cube)
    session.annotate(A, "one", SQUARE, SILL)
    told = []
    session.changed.connect(told.append)
    window = SQUARE.window
    after = {"activity_type_mask": np.full(window.shape, Activity.EARTHQUAKE, np.uint8)}
    after["intensity_level_mask"] = np.zeros(window.shape, np.uint8)
    step = session.repaint(A, window, after, "Recode")
    assert (step.name, step.pixels) == ("Recode", 400)
    assert [change.source for change in told if change.window is not None] == ["repaint"]
    assert (on_disk(cube, "deformation_mask")[window.slices] == 2).all()
    assert session.repaint(A, window, after, "Recode") is None
    session.undo(A)
    assert (on_disk(cube, "activity_type_mask")[window.slices] == Activity.SILL).all()
    assert (on_disk(cube, "instance_mask")[window.slices] == 1).all()
    session.close()


def test_an_edit_that_was_taken_back_while_it_waited_does_not_come_after_that(cube):
    waiting, quick = edit(cube, "alice", background=True), edit(cube, "bob")
    with quick.transaction():
        waiting.annotate(A, "Late", SQUARE, SILL)
        deadline = time.monotonic() + 20
        while not quick.history(A) and time.monotonic() < deadline:
            time.sleep(0.05)
            quick.reload(A)  # until it stands in the journal
        assert quick.undo(A).name == "Late"
    waiting.flush(20)
    for session in (waiting, quick):
        session.reload(A)
        assert [step.active for step in session.history(A)] == [False]
        assert not session.masks(A).activity.any()
        session.close()
    assert not on_disk(cube, "activity_type_mask").any()
    session = edit(cube)
    assert session.redo(A).name == "Late"
    session.close()
    assert on_disk(cube, "activity_type_mask").sum() == 400 * Activity.SILL


def test_a_mask_that_is_added_while_room_is_looked_for_is_no_stranger(cube, monkeypatch):
    session = edit(cube)
    session.annotate(A, "Polygon", SQUARE, SILL)
    session.close()
    store = CubeStore.open(cube)
    field = store._field
    looks = []

    def late(name):  # as it was a moment before another thread added it
        looks.append(name)
        return None if len(looks) == 1 else field(name)

    monkeypatch.setattr(store, "_field", late)
    store.require_room("activity_type_mask", np.array([1], np.uint8))
    assert len(looks) == 2


def test_a_caption_that_waits_is_seen_when_its_pair_is_read_anew(cube):
    session = edit(cube)
    session.edit_label(A, caption="first")
    session.close()
    waiting = [FieldPatch(A, "caption", "first", "mine")]
    copy = WorkingCopy(session.cube, lambda _: False, lambda _: [], lambda _: waiting)
    assert copy.label(A).caption == "mine"
    copy.forget(A)
    copy.read_labels()
    assert copy.label(A).caption == "mine"
    waiting[:] = [FieldPatch(A, "caption", "other", "mine")]
    copy.forget(A)
    assert copy.label(A).caption == "first", "somebody else has changed it since"
