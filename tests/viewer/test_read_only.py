"""A frame that cannot be edited says why: in the header, in the title, in the tips."""

import threading

from support.window import PAIRS, wait_settled

from thalia_core.annotate.session import EditSession
from thalia_viewer import editing


def test_a_closed_folder_in_the_cube_is_told_everywhere(open_app, cube_path):
    session = EditSession.open(cube_path, "ana", background=False)
    session.edit_label(PAIRS[0], caption="x")
    session.close()
    folder = cube_path / "caption"
    folder.chmod(0o555)
    try:
        p = open_app(cube_path).parts
        why = f"no permission to write in {folder}"
        assert p.window.header.save.text() == f"read-only: {why}"
        assert p.window.windowTitle().endswith(f"read-only: {why}")
        for name in ("tool.brush", "activity.1", "pair.finish"):
            assert not p.actions[name].isEnabled()
            assert f"Not now: {why}" in p.actions[name].toolTip()
        assert why in p.labels.reason.text()
        assert p.canvas.image is not None
    finally:
        folder.chmod(0o755)


def test_another_that_holds_the_lock_is_told(qtbot, open_app, cube_path, monkeypatch):
    """The words of a lock that is not had in time; the window goes on."""
    holder, held = EditSession.open(cube_path, "bruno", background=False), threading.Event()
    done = threading.Event()

    def hold():
        with holder.transaction():
            held.set()
            done.wait(20)

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait(20)

    def soon(path, annotator, memory):
        return EditSession.open(path, annotator, lock_timeout=0.1, memory=memory)

    monkeypatch.setattr(editing, "open_session", soon)
    try:
        app = open_app(cube_path)
        wait_settled(qtbot, app)
        told = app.parts.window.header.save.text()
        assert told.startswith("read-only: another process is writing to this cube")
        assert "open the frame again" in told
        assert "another process" in app.parts.actions["tool.brush"].toolTip()
    finally:
        done.set()
        thread.join()
        holder.close()
