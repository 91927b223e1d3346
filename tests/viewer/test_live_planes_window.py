"""What is painted is seen, however many other pairs were read since the picture was made."""

import numpy as np
from support.window import PAIRS, wait_saved

from thalia_core.annotate import working
from thalia_core.annotate.patch import Paint
from thalia_core.annotate.shapes import disc


def test_a_stroke_shows_after_many_other_pairs_were_read(app, qtbot, monkeypatch):
    monkeypatch.setattr(working, "_KEEP", 1)
    p = app.parts
    session, pair = p.editor.session, p.state.pair
    picture = p.pictures.picture.masks
    for other in PAIRS:
        if other != pair:
            session.masks(other)
    shape = disc(30, 40, 5, picture.activity.shape)
    stroke = p.hand.begin(Paint(1, 1), "Brush")
    stroke.extend(shape)
    assert (picture.activity[shape.window.slices][shape.mask] == 1).all()
    stroke.commit()
    wait_saved(qtbot, app)
    for other in PAIRS:
        if other != pair:
            session.masks(other)
    session.undo(pair)
    assert not picture.activity.any()
    assert np.shares_memory(picture.activity, session.masks(pair).activity)
    wait_saved(qtbot, app)
