"""What is refused before it stands in the journal, where it would stay for good."""

import numpy as np

from thalia_core.annotate.patch import MASK_NAMES, Edit, codes_in
from thalia_core.cube.store import CubeStore


def require_room(cube: CubeStore, edit: Edit) -> None:
    """Make sure that the cube can take an edit.

    Raises:
        ThaliaError: It never can.
    """
    try:
        for name in dict.fromkeys(patch.field for patch in edit.fields):
            cube.require_room(name, np.zeros(0, np.uint8))
        for name in MASK_NAMES if edit.masks else ():
            found = [codes_in(mask.after[name]) for mask in edit.masks]
            cube.require_room(name, np.unique(np.concatenate(found)))
    except OSError:
        return  # a disk that cannot be asked now: the edit is kept, saving tells
