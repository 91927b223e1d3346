"""A share that goes away under the window: one message, nothing lost, and all by itself again."""

from PySide6.QtCore import Qt
from support.window import PAIRS, drag, mask_on_disk, press

from thalia_core.annotate import saving

Key = Qt.Key


def test_one_message_that_goes_by_itself(qtbot, app, cube_path, monkeypatch):
    monkeypatch.setattr(saving, "_RETRY_S", 0.1)
    p, folder, failures = app.parts, cube_path.parent, []
    p.editor.saving.connect(lambda s: failures.append(s) if s.state == "failed" else None)
    away = folder.rename(folder.with_name("away"))
    press(app, Key.Key_B)
    for row in (20, 30, 40):
        drag(app, (row, 20), (row, 40))
    qtbot.waitUntil(lambda: len(failures) >= 3)
    assert "Not saved" in p.window.messages.message.text
    assert len(p.window.messages._messages) == 1
    assert "NOT SAVED" in p.window.windowTitle()
    assert p.window.header.save.text().startswith(("failed", "saving"))
    p.window.messages.close_message()
    count = len(failures)
    qtbot.waitUntil(lambda: len(failures) >= count + 2)
    assert p.window.messages.message is None, "put away, it stays away"
    assert "NOT SAVED" in p.window.windowTitle()
    assert not folder.exists(), "nothing is made where the share was"
    away.rename(folder)
    qtbot.waitUntil(lambda: not p.editor.dirty)
    qtbot.waitUntil(lambda: p.window.windowTitle().endswith("Thalia - saved"))
    for row in (20, 30, 40):
        assert mask_on_disk(cube_path, PAIRS[0])[row, 30] == p.state.activity
