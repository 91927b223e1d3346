"""Everything the program is made of, handed over as one value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from thalia_viewer.actions import ActionSet
    from thalia_viewer.canvas.tools import Hand, Tool
    from thalia_viewer.canvas.view import Canvas
    from thalia_viewer.deck import Deck
    from thalia_viewer.editing import Editor
    from thalia_viewer.errors import ErrorPath
    from thalia_viewer.finding import Finder
    from thalia_viewer.jobs import Runs
    from thalia_viewer.opening import Opener
    from thalia_viewer.panels.archive import ArchivePanel
    from thalia_viewer.panels.display import DisplayPanel
    from thalia_viewer.panels.history import HistoryPanel
    from thalia_viewer.panels.labels import LabelPanel
    from thalia_viewer.panels.pairs import PairsPanel
    from thalia_viewer.panels.runs import RunsPanel
    from thalia_viewer.panels.worldmap import MapPanel
    from thalia_viewer.pictures import Pictures
    from thalia_viewer.predictions import Predictions
    from thalia_viewer.settings import SettingsFile
    from thalia_viewer.state import ViewState
    from thalia_viewer.strip import ToolStrip
    from thalia_viewer.tasks import Tasks
    from thalia_viewer.window import MainWindow


@dataclass(frozen=True, slots=True)
class Parts:
    """Made once, in ``app.py``."""

    settings: SettingsFile
    errors: ErrorPath
    reads: Tasks
    chores: Tasks
    state: ViewState
    opener: Opener
    finder: Finder
    editor: Editor
    pictures: Pictures
    predictions: Predictions
    runs: Runs
    window: MainWindow
    actions: ActionSet
    canvas: Canvas
    deck: Deck
    hand: Hand
    tools: dict[str, Tool]
    strip: ToolStrip
    map: MapPanel
    archive: ArchivePanel
    pairs: PairsPanel
    labels: LabelPanel
    display: DisplayPanel
    history: HistoryPanel
    runs_panel: RunsPanel
