"""An import that dies between journal and cube: what was to stay out stays out when it goes on."""

import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from support.cubes import PAIRS, small_cube

from thalia_core.annotate.exchange import export_edits
from thalia_core.annotate.history import History
from thalia_core.annotate.patch import ERASE, Paint
from thalia_core.annotate.session import EditSession
from thalia_core.annotate.shapes import disc
from thalia_core.cube.store import CubeStore

SHAPE = (60, 80)
DYING = """
import os, sys
from thalia_core.annotate import writer
from thalia_core.cli import main

writer.apply = lambda *_: os._exit(9)  # the record stands in the journal, the cube has nothing
main(["session", "import", *sys.argv[1:]])
"""


def activity(cube: Path) -> np.ndarray:
    return CubeStore.open(cube).read_plane("activity_type_mask", PAIRS[0])


@pytest.mark.parametrize("goes_on", ["importing again", "opening"])
def test_what_an_import_keeps_out_stays_out_after_a_crash(tmp_path, verb, goes_on):
    mine = small_cube(tmp_path, *SHAPE)
    theirs = Path(shutil.copytree(mine, tmp_path / "theirs" / mine.name))
    session = EditSession.open(mine, "ana", background=False)
    session.annotate(PAIRS[0], "Brush", disc(20, 20, 6, SHAPE), Paint(1, 1))
    session.close()
    session = EditSession.open(theirs, "bob", background=False)
    session.annotate(PAIRS[0], "Brush", disc(20, 25, 6, SHAPE), Paint(2, 1))
    session.annotate(PAIRS[0], "Erase", disc(20, 25, 6, SHAPE), ERASE)
    session.close()
    edits = tmp_path / "ana.edits"
    export_edits(CubeStore.open(mine), edits)
    died = subprocess.run([sys.executable, "-c", DYING, str(theirs), str(edits)], check=False)
    assert died.returncode == 9
    if goes_on == "importing again":
        assert verb("session", "import", theirs, edits).returncode == 0
    else:
        EditSession.open(theirs, "carl", background=False).close()
    rows, cols = np.mgrid[: SHAPE[0], : SHAPE[1]]
    by_bob = np.hypot(rows - 20, cols - 25) <= 6
    assert np.array_equal(activity(theirs) > 0, (activity(mine) > 0) & ~by_bob)
    history = History(CubeStore.open(theirs).sidecar / "journal")
    history.refresh()
    assert not history.unapplied()
    (lost,) = history.conflicting()
    assert history.info(lost[0]).by == "ana", "what was kept out waits for a decision"
