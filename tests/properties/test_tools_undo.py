"""Whatever the tools do, each gesture is at most one step, and undoing all gives back all."""

import shutil
import tempfile
from pathlib import Path

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.cubes import PAIRS, small_cube

from thalia_core.annotate import tidying
from thalia_core.annotate.patch import DEFORMATION_OF, ERASE, MASK_NAMES, Paint
from thalia_core.annotate.session import EditSession
from thalia_core.annotate.shapes import disc
from thalia_core.cube.store import CubeStore
from thalia_viewer.canvas.tools import TOOLS, Hand, Pointer
from thalia_viewer.editing import PairPainter

ROWS, COLS = 18, 22
PAIR = PAIRS[0]
PAINTS = [Paint(1, 3), Paint(3, 1), Paint(5, 0)]
TIDY = [
    (tidying.fill_holes, 1),
    (tidying.keep_largest, 1),
    (tidying.drop_below(4), 1),
    (tidying.grow(1), 2),
    (tidying.shrink(1), 2),
    (tidying.smooth(1), tidying.reach_of_smooth(1)),
]
spots = st.tuples(st.floats(-2, ROWS + 2), st.floats(-2, COLS + 2))
gestures = st.tuples(
    st.sampled_from([name for name in TOOLS if name != "pan"]),
    st.sampled_from(PAINTS),
    st.lists(spots, min_size=1, max_size=5),
    st.sampled_from([{}, {"erase": True}, {"shift": True}]),
)


def gesture(tool, path, held):
    """A drag; of a polygon the clicks and the key that closes it."""
    places = [Pointer(*spot, **held) for spot in path]
    if tool.name == "polygon":
        for place in places:
            tool.press(place)
            tool.release(place)
        tool.key("enter")
        tool.leave()
        return
    tool.press(places[0])
    for place in places[1:]:
        tool.move(place)
        tool.preview()
    tool.release(places[-1])


def tidy(painter, what):
    """As the window does it."""
    work, margin = what
    piece = tidying.choose(painter.planes(), margin)
    change = None if piece is None else tidying.tidied(piece, work)
    if change is not None:
        painter.repaint(*change, "Tidy", Hand().gate)


def state(cube):
    """All that is on disk: values, and which files hold them."""
    store = CubeStore.open(cube)
    planes = [store.read_plane(name, PAIR) for name in MASK_NAMES]
    files = {
        str(path.relative_to(cube))
        for name in MASK_NAMES
        for path in (cube / name).rglob("*")
        if path.is_file()
    }
    return planes, files


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.one_of(gestures, st.sampled_from(TIDY)), min_size=1, max_size=4))
def test_each_gesture_is_one_step_and_undoing_all_gives_back_all(deeds):
    folder = Path(tempfile.mkdtemp())
    cube = small_cube(folder, ROWS, COLS)
    session = EditSession.open(cube, "ana", background=False)
    session.annotate(PAIR, "Ring", disc(9, 9, 6, (ROWS, COLS)), PAINTS[0])
    session.annotate(PAIR, "Ring", disc(9, 9, 3, (ROWS, COLS)), ERASE)
    painter, before = PairPainter(session, PAIR), state(cube)
    tools = {
        name: make(Hand(painter, radius=2.0, shape=(ROWS, COLS))) for name, make in TOOLS.items()
    }
    for deed in deeds:
        count, planes = len(session.history(PAIR)), [p.copy() for p in painter.planes().values()]
        if callable(deed[0]):
            tidy(painter, deed)
        else:
            name, paint, path, held = deed
            tools[name].hand.paint = paint
            gesture(tools[name], path, held)
        changed = any(
            (a != b).any() for a, b in zip(planes, painter.planes().values(), strict=True)
        )
        assert len(session.history(PAIR)) - count == int(changed)
        deformation, activity = (painter.planes()[name] for name in MASK_NAMES[:2])
        assert np.array_equal(deformation, DEFORMATION_OF[activity])
    for plane, stored in zip(painter.planes().values(), state(cube)[0], strict=True):
        assert np.array_equal(plane, stored)
    while len([step for step in session.history(PAIR) if step.active]) > 2:
        session.undo(PAIR)
    session.close()
    after = state(cube)
    assert all(np.array_equal(a, b) for a, b in zip(before[0], after[0], strict=True))
    assert after[1] == before[1]
    shutil.rmtree(folder)
