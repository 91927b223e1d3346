"""What people write about a pair is held against what they drew: ``thalia check`` names it."""

import json
from pathlib import Path

import numpy as np
import pytest
import zarr
from support.cubes import PAIRS, small_cube

from thalia_core.annotate.patch import Paint
from thalia_core.annotate.session import EditSession
from thalia_core.annotate.shapes import disc
from thalia_core.cube.geometry import Window
from thalia_core.cube.store import CubeStore
from thalia_core.errors import EditError

A = PAIRS[0]
SHAPE = (60, 80)
HERE, THERE = disc(20, 20, 6, SHAPE), disc(40, 60, 6, SHAPE)
WHOLE = Window(0, 60, 0, 80)
SILL, DYKE, QUAKE = Paint(1, 1, 1), Paint(2, 3, 2), Paint(5, 0, 3)


@pytest.fixture
def cube(tmp_path: Path) -> Path:
    return small_cube(tmp_path)


def record(session: EditSession) -> list[dict]:
    return json.loads(session.label(A).instances)


def sound(session: EditSession) -> None:
    session.annotate(A, "Brush", HERE, SILL, {"phase": 2})
    session.annotate(A, "Brush", THERE, DYKE)


def listed_too(session: EditSession) -> None:
    entry = {"instance": 5, "activity_type": "Mogi", "intensity_level": "Low"}
    session.edit_label(A, instances=json.dumps([*record(session), entry]))


def untyped(session: EditSession) -> None:
    plane = session.masks(A).activity.copy()
    plane[HERE.window.slices][HERE.mask] = 0
    codes = {"activity_type_mask": plane, "intensity_level_mask": np.zeros_like(plane)}
    session.repaint(A, WHOLE, codes, "Odd")


def shaken(session: EditSession) -> None:
    session.annotate(A, "Brush", disc(50, 10, 5, SHAPE), QUAKE)
    plane = session.masks(A).intensity.copy()
    plane[session.masks(A).instance == 3] = 2
    session.repaint(A, WHOLE, {"intensity_level_mask": plane}, "Odd")


def mixed(session: EditSession) -> None:
    session.annotate(A, "Brush", disc(20, 24, 3, SHAPE), Paint(1, 2, 1))


def other_word(session: EditSession) -> None:
    entries = record(session)
    entries[0]["activity_type"] = "Mogi"
    session.edit_label(A, instances=json.dumps(entries))


def at_rest(session: EditSession) -> None:
    session.edit_label(A, phase=1)


def says_nothing_moves(session: EditSession) -> None:
    session.edit_label(A, caption="No deformation activity can be detected.")


def says_high(session: EditSession) -> None:
    session.edit_label(A, caption="A sill-type deformation pattern of medium intensity, a dyke.")


def says_mogi(session: EditSession) -> None:
    session.edit_label(A, caption="A mogi, a sill and a dyke.")


def says_calm(session: EditSession) -> None:
    fields = {"atmospheric_fringes": 2, "caption": "The atmospheric impact is low."}
    session.edit_label(A, **fields)


CASES = {
    listed_too: [("type-without-mask", "instance 5: Mogi, low")],
    untyped: [("mask-without-type", "pixels have a number, but no type")],
    shaken: [("earthquake-with-intensity", "pixels of instance 3")],
    mixed: [("instance-mixed", "instance 1 holds Sill, low (")],
    other_word: [("record-disagrees", "instance 1: Mogi, low is drawn as Sill, low")],
    at_rest: [("phase-disagrees", "Unrest or Rebound")],
    says_nothing_moves: [("caption-contradicts", "says that there is no deformation")],
    says_high: [("caption-contradicts", "no instance has medium intensity")],
    says_mogi: [("caption-contradicts", "names a mogi, no instance is one")],
    says_calm: [("caption-contradicts", "atmospheric impact is low")],
}


@pytest.mark.parametrize("spoil", CASES, ids=lambda spoil: spoil.__name__)
def test_what_contradicts_is_named(spoil, cube: Path, verb):
    session = EditSession.open(cube, "ana", background=False)
    sound(session)
    assert told(cube, verb) == []
    spoil(session)
    session.close()
    found = told(cube, verb)
    for kind, detail in CASES[spoil]:
        assert [d for k, d in found if k == kind and detail in d], found


def told(cube: Path, verb) -> list[tuple[str, str]]:
    done = verb("check", cube, "--json")
    return [(d["kind"], d["detail"]) for d in json.loads(done.stdout)["defects"]]


def test_is_crowd_cannot_be_made_to_contradict(cube: Path):
    session = EditSession.open(cube, "ana", background=False)
    sound(session)
    assert session.label(A).is_crowd == 1
    with pytest.raises(EditError, match="2 deformation patterns"):
        session.edit_label(A, is_crowd=0)
    assert session.label(A).is_crowd == 1
    session.close()


def test_a_number_of_patterns_that_another_program_wrote_is_named(cube: Path, verb):
    session = EditSession.open(cube, "ana", background=False)
    sound(session)
    session.close()
    arrays(cube)["is_crowd"][CubeStore.open(cube).position(A)] = 0
    assert ("crowd-disagrees", "it is 0 with 2 patterns") in told(cube, verb)


def arrays(cube: Path) -> zarr.Group:
    return zarr.open_group(cube, mode="r+", zarr_format=2, use_consolidated=False)


def test_fringes_are_counted_when_asked(tmp_path: Path, verb):
    """Four fringes drawn as low; nothing is counted without the option."""
    cube = small_cube(tmp_path, 120, 120)
    rows, cols = np.mgrid[:120, :120]
    bump = 4 * 2 * np.pi * np.exp(-((rows - 60) ** 2 + (cols - 60) ** 2) / (2 * 14**2))
    at = CubeStore.open(cube).position(A)
    group = arrays(cube)
    group["insar_difference"][at] = np.angle(np.exp(1j * bump)).astype(np.float32)
    group["insar_coherence"][at] = np.full((120, 120), 230, np.uint8)
    session = EditSession.open(cube, "ana", background=False)
    session.annotate(A, "Brush", disc(60, 60, 28, (120, 120)), SILL, {"phase": 2})
    session.close()
    assert told(cube, verb) == []
    done = verb("check", cube, "--json", "--fringes")
    (found,) = json.loads(done.stdout)["defects"]
    assert found["kind"] == "intensity-against-fringes"
    assert "fringes are high, it says low" in found["detail"]
