"""Masks proposed to many pairs: seen as what they are, answered by a key, gone with one undo."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QFrame, QToolButton
from support.window import (
    PAIRS,
    drag,
    hover,
    mask_on_disk,
    press,
    wait_saved,
    wait_settled,
)

from thalia_core.cube.store import CubeStore
from thalia_viewer.features.history import HistoryFeature
from thalia_viewer.panels.pair_model import LABEL

SHIFT = Qt.KeyboardModifier.ShiftModifier
CTRL = Qt.KeyboardModifier.ControlModifier
FIRST = PAIRS[0]


def paint(app, qtbot, *way):
    app.parts.state.set_tool("brush")
    drag(app, *(way or ((25, 30), (35, 50))))
    wait_saved(qtbot, app)


def show(app, qtbot, pair):
    app.parts.state.set_pair(pair)
    wait_settled(qtbot, app)


def dialog_of(app, action, name):
    app.parts.actions[action].trigger()
    return app.parts.window.findChild(QDialog, f"dialog.{name}")


def copy(app, qtbot, which="Either date", evidence=0.0):
    """Copy the mask of the shown pair, through the dialog."""
    dialog = dialog_of(app, "propose.copy", "copy_mask")
    dialog.which.setCurrentIndex(dialog.which.findText(which, Qt.MatchFlag.MatchStartsWith))
    dialog.coherent.setValue(0)
    dialog.evidence.setValue(evidence)
    dialog.go.click()
    app.parts.window.activateWindow()  # as a window manager does when a dialog closes
    wait_settled(qtbot, app)


def session(app):
    return app.parts.editor.session


def regions(app):
    marked = (app.parts.canvas.region(f"proposal.{n}") for n in range(9))
    return [region for region in marked if region is not None]


def label_cell(app, pair):
    model = app.parts.pairs.model
    index = model.index(model.row_of(pair), LABEL)
    return model.data(index, Qt.ItemDataRole.AccessibleTextRole) or ""


def test_a_copied_mask_is_drawn_dashed_and_is_no_label(app, qtbot):
    paint(app, qtbot)
    painted = session(app).masks(FIRST).activity.copy()
    copy(app, qtbot, "Same primary date")
    assert session(app).pending() == [PAIRS[1], PAIRS[2]]
    assert regions(app) == []
    show(app, qtbot, PAIRS[1])
    (region,) = regions(app)
    assert region.style.dashed
    assert region.shape.mask.sum() == (painted > 0).sum()
    assert not session(app).masks(PAIRS[1]).activity.any()
    bar = app.parts.canvas.findChild(QFrame, "offer")
    assert bar.isVisible()
    assert "Mogi medium" in bar.text.text()
    assert str(FIRST) in bar.detail.text()
    assert not CubeStore.open(app.parts.state.cube.path).read_label(PAIRS[1]).labelled


def test_the_list_says_which_pairs_have_one_and_how_much_speaks_for_it(app, qtbot):
    paint(app, qtbot)
    copy(app, qtbot)
    (offer,) = session(app).offers(PAIRS[1])
    told = label_cell(app, PAIRS[1])
    assert f"evidence {offer.score:.2f}" in told
    assert "proposed: Mogi" in told
    assert "proposed" not in label_cell(app, FIRST)
    assert str(FIRST) in app.parts.pairs.model.tip(PAIRS[1])


def test_sorted_by_label_those_with_the_most_evidence_follow_the_labelled(app, qtbot):
    paint(app, qtbot)
    copy(app, qtbot)
    app.parts.pairs.model.sort(LABEL)
    scores = {offer.pair: offer.score for offer in session(app).offers()}
    listed = app.parts.pairs.listed
    assert listed[0] == FIRST
    assert list(listed[1:5]) == sorted(scores, key=lambda pair: (-scores[pair], pair))
    assert listed[5] == PAIRS[5]


def test_one_key_accepts_and_undo_brings_the_proposal_back(app, qtbot):
    paint(app, qtbot)
    copy(app, qtbot)
    show(app, qtbot, PAIRS[1])
    press(app, Qt.Key.Key_J)
    wait_saved(qtbot, app)
    assert regions(app) == []
    path = app.parts.state.cube.path
    assert (mask_on_disk(path, PAIRS[1]) == mask_on_disk(path, FIRST)).all()
    press(app, Qt.Key.Key_Z, CTRL)
    wait_saved(qtbot, app)
    assert len(regions(app)) == 1
    assert not mask_on_disk(path, PAIRS[1]).any()


def test_a_finished_pair_may_only_turn_it_down(app, qtbot):
    paint(app, qtbot)
    copy(app, qtbot, "Same primary date")
    show(app, qtbot, PAIRS[1])
    actions, bar = app.parts.actions, app.parts.canvas.findChild(QFrame, "offer")
    accept = bar.findChild(QToolButton, "offer.propose.accept")
    assert accept.isEnabled()
    actions["pair.finish"].trigger()
    wait_settled(qtbot, app)
    assert not actions["propose.accept"].isEnabled()
    assert not actions["propose.accept_next"].isEnabled()
    assert not accept.isEnabled()
    actions["propose.reject"].trigger()
    wait_saved(qtbot, app)
    assert session(app).pending() == [PAIRS[2]]


def test_nothing_is_proposed_to_a_version_of_the_past(app, qtbot):
    paint(app, qtbot)
    copy(app, qtbot, "Same primary date")
    show(app, qtbot, PAIRS[1])
    bar = app.parts.canvas.findChild(QFrame, "offer")
    history = next(f for f in app.features if isinstance(f, HistoryFeature))
    history.choose(None)
    wait_settled(qtbot, app)
    assert history.version is not None
    assert not bar.isVisible()
    assert regions(app) == []
    assert not app.parts.actions["propose.accept"].isEnabled()
    assert not app.parts.actions["propose.reject"].isEnabled()
    history.leave()
    wait_settled(qtbot, app)
    assert bar.isVisible()
    assert len(regions(app)) == 1
    assert app.parts.actions["propose.accept"].isEnabled()
    wait_saved(qtbot, app)


def test_one_key_rejects_and_goes_on_to_the_next(app, qtbot):
    paint(app, qtbot)
    copy(app, qtbot, "Same primary date")
    show(app, qtbot, PAIRS[1])
    press(app, Qt.Key.Key_Q, SHIFT)
    wait_settled(qtbot, app)
    assert app.parts.state.pair == PAIRS[2]
    assert session(app).pending() == [PAIRS[2]]
    press(app, Qt.Key.Key_J, SHIFT)
    wait_settled(qtbot, app)
    assert session(app).pending() == []
    assert "No proposal waits" in app.parts.window.messages.message.text
    assert not app.parts.actions["propose.accept"].isEnabled()
    assert not app.parts.actions["propose.next"].isEnabled()


def test_undo_on_the_pair_it_was_copied_from_takes_back_all(app, qtbot):
    paint(app, qtbot)
    copy(app, qtbot)
    assert len(session(app).pending()) == 4
    press(app, Qt.Key.Key_Z, CTRL)
    assert session(app).pending() == []
    assert session(app).masks(FIRST).activity.any()
    assert "what was accepted stays" in app.parts.window.messages.message.text
    assert "proposed" not in label_cell(app, PAIRS[1])


def test_they_wait_after_a_restart(app, open_app, qtbot):
    paint(app, qtbot)
    copy(app, qtbot, "Same primary date")
    wait_saved(qtbot, app)
    path = app.parts.state.cube.path
    app.close()
    again = open_app(path, pair=PAIRS[2])
    qtbot.waitUntil(lambda: session(again) is not None)
    wait_settled(qtbot, again)
    assert len(regions(again)) == 1
    assert "proposed: Mogi" in label_cell(again, PAIRS[1])


def test_pairs_without_evidence_or_with_a_mask_are_left_out(app, qtbot):
    show(app, qtbot, PAIRS[1])
    paint(app, qtbot)
    show(app, qtbot, FIRST)
    paint(app, qtbot)
    copy(app, qtbot, "Same primary date", evidence=1.0)
    assert session(app).pending() == []
    assert "1 was left out" in app.parts.window.messages.message.text
    assert app.parts.editor.session.history(FIRST)[-1].name == "Brush"


def test_pairs_that_are_done_are_left_out_unless_one_wants_them(app, qtbot):
    paint(app, qtbot)
    app.parts.editor.edit_label(PAIRS[1], {"label_state": 2})
    dialog = dialog_of(app, "propose.copy", "copy_mask")
    dialog.coherent.setValue(0)
    assert dialog.pairs == (PAIRS[2],)
    assert "1 is left out" in dialog.told.text()
    dialog.unmasked.setChecked(False)
    assert dialog.pairs == (PAIRS[1], PAIRS[2])
    dialog.close()
    wait_saved(qtbot, app)


def test_between_two_masks_others_are_proposed(app, qtbot):
    paint(app, qtbot, (30, 40), (30, 42))
    show(app, qtbot, PAIRS[2])
    paint(app, qtbot, (20, 25), (40, 55))
    dialog = dialog_of(app, "propose.between", "between")
    assert dialog.sources == (PAIRS[2], FIRST)
    assert dialog.candidates == [PAIRS[1]]
    dialog.coherent.setValue(0)
    dialog.evidence.setValue(0)
    dialog.go.click()
    wait_settled(qtbot, app)
    (found,) = session(app).proposals(PAIRS[1])
    areas = [(session(app).masks(pair).activity > 0).sum() for pair in (FIRST, PAIRS[2])]
    assert areas[0] < found.pixels < areas[1]


def test_the_list_can_hold_none_but_those_with_a_proposal(app, qtbot):
    paint(app, qtbot)
    copy(app, qtbot, "Same primary date")
    app.parts.actions["propose.only"].trigger()
    assert app.parts.pairs.listed == (PAIRS[1], PAIRS[2])
    app.parts.state.set_filter("days:>=36")
    wait_settled(qtbot, app)
    assert app.parts.pairs.listed == (PAIRS[2],)
    show(app, qtbot, PAIRS[2])
    press(app, Qt.Key.Key_J)
    assert app.parts.pairs.listed == ()
    app.parts.actions["propose.only"].trigger()
    wait_settled(qtbot, app)
    assert app.parts.pairs.listed == (PAIRS[2],)


def test_all_of_the_list_are_accepted_as_one_step(app, qtbot):
    paint(app, qtbot)
    copy(app, qtbot)
    app.parts.actions["propose.accept_all"].trigger()
    wait_settled(qtbot, app)
    wait_saved(qtbot, app)
    path = app.parts.state.cube.path
    wanted = mask_on_disk(path, FIRST)
    assert all((mask_on_disk(path, pair) == wanted).all() for pair in PAIRS[1:5])
    step = session(app).undoable(PAIRS[1])
    assert len(step.pairs) == 4
    assert session(app).pending() == []


def test_of_all_in_the_list_finished_pairs_are_passed_over_and_told(app, qtbot):
    paint(app, qtbot)
    copy(app, qtbot)
    app.parts.editor.edit_label(PAIRS[1], {"label_state": 2})
    app.parts.actions["propose.accept_all"].trigger()
    wait_settled(qtbot, app)
    told = app.parts.window.messages.message.text
    assert "Proposals of 3 pairs were accepted" in told
    assert "passed over: 1 pair." in told
    assert session(app).pending() == [PAIRS[1]]
    wait_saved(qtbot, app)


def test_the_same_is_not_proposed_twice(app, qtbot):
    paint(app, qtbot)
    copy(app, qtbot, "Same primary date")
    copy(app, qtbot, "Either date")
    assert [len(session(app).offers(pair)) for pair in PAIRS[1:5]] == [1, 1, 1, 1]


def test_a_person_can_stop_it(app, qtbot):
    paint(app, qtbot)
    dialog = dialog_of(app, "propose.copy", "copy_mask")
    dialog.go.click()
    app.parts.actions["propose.stop"].trigger()
    wait_settled(qtbot, app)
    assert session(app).pending() == []
    assert not app.parts.actions["propose.stop"].isEnabled()


def test_nothing_to_copy_is_told(app, qtbot):
    copy(app, qtbot)
    assert "no mask to copy" in app.parts.window.messages.message.text
    app.parts.actions["propose.between"].trigger()
    assert "No other pair has a mask" in app.parts.window.messages.message.text


def close_gate(app, qtbot):
    """Open in a corner where nothing is proposed."""
    app.parts.state.set_tool("gate_region")
    drag(app, (2, 2), (2, 6), (6, 6), (6, 2))
    wait_settled(qtbot, app)


def test_accepting_keeps_to_the_gate_and_what_nothing_comes_of_goes_on_waiting(app, qtbot):
    paint(app, qtbot)
    copy(app, qtbot, "Same primary date")
    show(app, qtbot, PAIRS[1])
    gate = app.parts.hand.gate
    assert gate.open
    close_gate(app, qtbot)
    press(app, Qt.Key.Key_J)
    assert session(app).pending() == [PAIRS[1], PAIRS[2]]
    app.parts.actions["propose.accept_all"].trigger()
    wait_settled(qtbot, app)
    assert session(app).pending() == [PAIRS[1], PAIRS[2]]
    assert "No proposal was accepted" in app.parts.window.messages.message.text
    app.parts.actions["gate.on"].trigger()
    wait_settled(qtbot, app)
    press(app, Qt.Key.Key_J)
    assert session(app).pending() == [PAIRS[2]]
    wait_saved(qtbot, app)


def test_the_patch_under_the_cursor_alone_is_accepted(app, qtbot):
    paint(app, qtbot, (20, 20), (20, 22))
    paint(app, qtbot, (45, 65), (45, 66))
    copy(app, qtbot, "Same primary date")
    show(app, qtbot, PAIRS[1])
    hover(app, 45, 65)
    app.parts.actions["propose.accept_part"].trigger()
    wait_settled(qtbot, app)
    activity = session(app).masks(PAIRS[1]).activity
    assert activity[45, 65]
    assert not activity[20, 20]
    assert PAIRS[1] in session(app).pending()
    hover(app, 5, 5)
    app.parts.actions["propose.accept_part"].trigger()
    wait_settled(qtbot, app)
    assert "under the cursor" in app.parts.window.messages.message.text
    wait_saved(qtbot, app)


def test_undo_says_what_becomes_of_the_proposals(app, qtbot):
    paint(app, qtbot)
    copy(app, qtbot, "Same primary date")
    show(app, qtbot, PAIRS[1])
    press(app, Qt.Key.Key_J)
    told = app.parts.window.messages
    press(app, Qt.Key.Key_Z, CTRL)
    assert told.message.text == (
        "'Accept proposal' was taken back: the proposal waits for an answer again."
    )
    press(app, Qt.Key.Key_Z, CTRL)
    assert "2 proposals are gone" in told.message.text
    press(app, Qt.Key.Key_Z, CTRL | SHIFT)
    assert "2 proposals are there again" in told.message.text
    wait_saved(qtbot, app)
