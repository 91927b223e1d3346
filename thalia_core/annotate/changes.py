"""What the listeners of an edit session are told about the working copy."""

from dataclasses import dataclass
from typing import Literal

from thalia_core.cube.geometry import Window
from thalia_core.cube.pairs import DatePair

Source = Literal["stroke", "repaint", "undo", "redo", "label", "reload"]
"""A stroke was painted under the hand already; whatever else must be drawn anew."""


@dataclass(frozen=True, slots=True)
class Change:
    """What changed in the working copy: a window of the masks, or (None) the label or all."""

    pair: DatePair
    window: Window | None
    source: Source
