"""What a program that died had left is shown; what two people changed is decided side by side."""

import subprocess
import sys

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QRadioButton
from support.window import PAIRS, mask_on_disk, wait_saved, wait_settled

from thalia_core.annotate.patch import Paint
from thalia_core.annotate.session import EditSession
from thalia_core.annotate.shapes import disc
from thalia_core.cube.labels import Activity
from thalia_core.cube.store import CubeStore
from thalia_viewer.features.conflicts import ConflictsFeature
from thalia_viewer.features.recovery import RecoveryFeature

A, B = PAIRS[:2]
SHAPE = (60, 80)
_DIES = """
import os, sys
from thalia_core.annotate import writer
from thalia_core.annotate.patch import Paint
from thalia_core.annotate.session import EditSession
from thalia_core.annotate.shapes import disc
from thalia_core.cube.pairs import DatePair
from thalia_core.errors import ThaliaError

def lost(*_):
    raise RuntimeError("power cut")

session = EditSession.open(sys.argv[1], "zoe", background=False)
first, second = map(DatePair.parse, sys.argv[2:])
writer.apply = lost
for edit in (
    lambda: session.annotate(first, "Brush", disc(20, 20, 6, (60, 80)), Paint(1, 2)),
    lambda: session.edit_label(second, caption="kept by the journal"),
):
    try:
        edit()
    except ThaliaError:
        pass
os._exit(9)
"""


def feature(app, kind):
    return next(f for f in app.features if isinstance(f, kind))


def button(dialog, name):
    found = dialog.findChild(QPushButton, name) or dialog.findChild(QRadioButton, name)
    assert found is not None, name
    return found


@pytest.fixture
def recovered(qtbot, open_app, cube_path):
    command = [sys.executable, "-c", _DIES, str(cube_path), str(A), str(B)]
    assert subprocess.run(command, check=False).returncode == 9
    assert not mask_on_disk(cube_path, A).any()
    app = open_app(cube_path)
    qtbot.waitUntil(lambda: feature(app, RecoveryFeature).dialog is not None)
    return app


def test_what_was_restored_is_listed_with_a_picture_and_kept(qtbot, recovered, cube_path):
    dialog = feature(recovered, RecoveryFeature).dialog
    steps = recovered.parts.editor.session.recovered
    assert [step.by for step in steps] == ["zoe", "zoe"]
    assert not dialog.isModal()
    pictures = [dialog.findChild(QLabel, f"recovery.picture.{step.id}") for step in steps]
    image = pictures[0].pixmap().toImage()
    colours = {
        image.pixel(x, y) for x in range(0, image.width(), 5) for y in range(0, image.height(), 5)
    }
    assert len(colours) > 20, "layer and mask"
    assert pictures[1].text() == "no mask changed"
    told = " ".join(label.text() for label in dialog.findChildren(QLabel))
    assert "kept by the journal" in told
    button(dialog, f"recovery.go.{steps[1].id}").click()
    wait_settled(qtbot, recovered)
    assert recovered.parts.state.pair == B
    button(dialog, "recovery.keep").click()
    assert mask_on_disk(cube_path, A).any()
    assert recovered.parts.window.messages.message is None
    recovered.parts.actions["history.recovered"].trigger()
    qtbot.waitUntil(lambda: feature(recovered, RecoveryFeature).dialog is not None)


def test_one_of_them_is_undone_as_a_step_and_brought_back(qtbot, recovered, cube_path):
    dialog = feature(recovered, RecoveryFeature).dialog
    step = recovered.parts.editor.session.recovered[0]
    undo = button(dialog, f"recovery.undo.{step.id}")
    undo.click()
    wait_saved(qtbot, recovered)
    assert not mask_on_disk(cube_path, A).any()
    assert undo.text() == "Bring it back"
    undo.click()
    wait_saved(qtbot, recovered)
    assert mask_on_disk(cube_path, A).any()
    assert CubeStore.open(cube_path).read_label(B).caption == "kept by the journal"


@pytest.fixture
def contested(qtbot, open_app, cube_path):
    """Two spots and a caption that bruno saved first; ana had seen nothing of it."""
    ana, bruno = (
        EditSession.open(cube_path, "ana"),
        EditSession.open(cube_path, "bruno", background=False),
    )
    ana.masks(A)
    ana.label(A)
    for row, col in ((20, 20), (40, 60)):
        bruno.annotate(A, "Brush", disc(row, col, 5, SHAPE), Paint(1, 2))
    bruno.edit_label(A, caption="bruno")
    stroke = ana.begin(A, Paint(5))
    for row, col in ((20, 20), (40, 60)):
        stroke.extend(disc(row, col, 5, SHAPE))
    stroke.commit()
    ana.edit_label(A, caption="ana")
    ana.flush(20)
    ana.close()
    bruno.close()
    app = open_app(cube_path)
    app.parts.editor.session.annotator = "ana"
    qtbot.waitUntil(app.parts.actions["history.conflicts"].isEnabled)
    assert "2 conflicts wait" in app.parts.window.messages.text.text()
    app.parts.actions["history.conflicts"].trigger()
    qtbot.waitUntil(lambda: feature(app, ConflictsFeature).dialog is not None)
    return app


def press_at(picture, row, col):
    place = picture.point(row, col).toPoint()
    left = Qt.MouseButton.LeftButton
    QTest.mouseClick(picture, left, Qt.KeyboardModifier.NoModifier, place)


def test_parts_are_chosen_in_the_pictures_and_decided(qtbot, contested, cube_path):
    dialog = feature(contested, ConflictsFeature).dialog
    assert "Conflict 1 of 2" in dialog.head.text()
    assert "You and bruno" in dialog.head.text()
    assert "in 2 parts" in dialog.choice.text()
    result = dialog.pictures["result"]
    before = result.grab().toImage()
    press_at(dialog.pictures["theirs"], 20, 20)
    assert result.grab().toImage() != before
    button(dialog, "conflict.decide").click()
    wait_saved(qtbot, contested)
    qtbot.waitUntil(lambda: "Label on" in dialog.head.text())
    plane = mask_on_disk(cube_path, A)
    assert (plane[20, 20], plane[40, 60]) == (Activity.EARTHQUAKE, Activity.SILL)
    assert CubeStore.open(cube_path).read_label(A).caption == "bruno"
    button(dialog, "conflict.caption.mine").click()
    button(dialog, "conflict.decide").click()
    wait_saved(qtbot, contested)
    qtbot.waitUntil(lambda: feature(contested, ConflictsFeature).dialog is None)
    assert CubeStore.open(cube_path).read_label(A).caption == "ana"
    assert not contested.parts.actions["history.conflicts"].isEnabled()


def test_all_theirs_changes_nothing_and_later_leaves_it_waiting(qtbot, contested, cube_path):
    dialog = feature(contested, ConflictsFeature).dialog
    before = mask_on_disk(cube_path, A)
    button(dialog, "conflict.all_mine").click()
    button(dialog, "conflict.all_theirs").click()
    button(dialog, "conflict.decide").click()
    qtbot.waitUntil(lambda: "Label on" in dialog.head.text())
    button(dialog, "conflict.later").click()
    wait_saved(qtbot, contested)
    assert (mask_on_disk(cube_path, A) == before).all()
    assert contested.parts.actions["history.conflicts"].isEnabled()
    assert feature(contested, ConflictsFeature).count == 1


def test_the_pictures_move_and_zoom_together(qtbot, contested):
    dialog = feature(contested, ConflictsFeature).dialog
    base, mine = dialog.pictures["base"], dialog.pictures["mine"]
    at = QPointF(base.point(20, 20))
    wheel = QWheelEvent(
        at,
        base.mapToGlobal(at),
        QPoint(),
        QPoint(0, 120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    before = mine.point(40, 60) - mine.point(20, 20)
    QApplication.sendEvent(base, wheel)
    after = mine.point(40, 60) - mine.point(20, 20)
    assert after.x() > before.x() * 1.2
    assert (mine.point(20, 20) - at).manhattanLength() < 1, "the place under the pointer stays"
    assert (mine.point(40, 60) - base.point(40, 60)).manhattanLength() <= 1
