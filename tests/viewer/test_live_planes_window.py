"""What is painted is seen, however many other pairs were read since the picture was made."""

from support.window import PAIRS, wait_saved, wait_settled

from thalia_core.annotate import working
from thalia_core.annotate.patch import Paint
from thalia_core.annotate.shapes import disc


def test_a_stroke_shows_after_many_other_pairs_were_read(app, qtbot, monkeypatch):
    monkeypatch.setattr(working, "_KEEP", 1)
    p = app.parts
    session, pair, drawn = p.editor.session, p.state.pair, []
    p.canvas.mask_shown.connect(lambda activity, _: drawn.append(activity))
    p.state.set_pair(next(other for other in PAIRS if other != pair))
    wait_settled(qtbot, app)
    p.state.set_pair(pair)
    wait_settled(qtbot, app)
    others = [other for other in PAIRS if other != pair]
    for other in others:
        session.masks(other)
    shape = disc(30, 40, 5, drawn[-1].shape)
    stroke = p.hand.begin(Paint(1, 1), "Brush")
    stroke.extend(shape)
    assert (drawn[-1][shape.window.slices][shape.mask] == 1).all()
    stroke.commit()
    wait_saved(qtbot, app)
    for other in others:
        session.masks(other)
    session.undo(pair)
    assert not drawn[-1].any()
    wait_saved(qtbot, app)
