"""What holds a tool back: pixels that stay as they are, whatever is painted over them."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from thalia_core.annotate.patch import Codes
from thalia_core.cube.geometry import Window


@dataclass(frozen=True, eq=False, slots=True)
class Gate:
    """Where a tool may change a mask; nothing given means everywhere.

    Attributes:
        pixels: Open pixels, (rows, columns) of the frame.
        over: Activity codes that may be painted over; 0 is the unlabelled pixel.
    """

    pixels: NDArray[np.bool_] | None = None
    over: frozenset[int] | None = None

    @property
    def open(self) -> bool:
        """Whether it holds nothing back."""
        return self.pixels is None and self.over is None

    def restrict(
        self, mask: NDArray[np.bool_], window: Window, activity: Codes
    ) -> NDArray[np.bool_]:
        """The pixels of a mask that may change.

        Args:
            mask: Candidate pixels, (rows, columns) of the window.
            window: Where they lie in the frame.
            activity: Activity codes of the window before the edit.
        """
        if self.pixels is not None:
            mask = mask & self.pixels[window.slices]
        if self.over is not None:
            mask = mask & _table(self.over).take(activity)
        return mask


OPEN = Gate()
CLOSED = Gate(over=frozenset())
"""Nothing may change: while it is not known yet what may."""


@lru_cache(maxsize=32)
def _table(over: frozenset[int]) -> NDArray[np.bool_]:
    table = np.zeros(256, bool)
    table[list(over)] = True
    return table
