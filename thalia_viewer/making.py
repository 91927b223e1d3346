"""All parts of the program, made and put in their places."""

from __future__ import annotations

import getpass
from functools import partial

from PySide6.QtCore import QObject

from thalia_core.cube.planes import PlaneCache
from thalia_viewer import theme as themes
from thalia_viewer.actions import ActionSet
from thalia_viewer.canvas.tools import TOOLS, Hand
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
from thalia_viewer.parts import Parts
from thalia_viewer.pictures import Pictures
from thalia_viewer.predictions import Predictions
from thalia_viewer.settings import SettingsFile
from thalia_viewer.state import ViewState
from thalia_viewer.strip import ToolStrip
from thalia_viewer.tasks import Tasks
from thalia_viewer.window import MainWindow


def make(settings: SettingsFile, errors: ErrorPath, parent: QObject) -> Parts:
    """Make everything and put the panels in their places; nothing is connected yet."""
    value = settings.value
    theme = themes.named(value.theme)
    reads, chores = Tasks(parent, workers=3), Tasks(parent, workers=3)
    window = MainWindow(theme)
    actions = ActionSet(value.keys, window)
    window.add_menus(actions, theme)
    state = ViewState(parent)
    editor = Editor(chores, value.annotator or login(), value.history_mb * 2**20, parent)
    pairs = PairsPanel(theme)
    hand = Hand(radius=value.brush_radius)
    canvas = Canvas(theme=theme, later=partial(chores.latest, "average"))
    parts = Parts(
        settings=settings,
        errors=errors,
        reads=reads,
        chores=chores,
        state=state,
        opener=Opener(chores, parent),
        finder=Finder(state, chores, parent),
        editor=editor,
        pictures=Pictures(
            state,
            reads,
            PlaneCache(value.cache_mb * 2**20),
            lambda: editor.session,
            pairs.step,
            parent,
        ),
        predictions=Predictions(state, reads, parent),
        runs=Runs(chores, parent),
        window=window,
        actions=actions,
        canvas=canvas,
        deck=Deck(canvas),
        hand=hand,
        tools={name: make(hand) for name, make in TOOLS.items()},
        strip=ToolStrip(actions),
        map=MapPanel(theme),
        archive=ArchivePanel(theme),
        pairs=pairs,
        labels=LabelPanel(theme),
        display=DisplayPanel(actions),
        history=HistoryPanel(theme),
        runs_panel=RunsPanel(actions, theme),
    )
    _arrange(parts)
    return parts


def _arrange(p: Parts) -> None:
    p.window.set_centre(p.deck)
    p.window.add_strip(p.strip)
    p.window.add_dock("map", "Map", p.map)
    p.window.add_dock("archive", "Archive", p.archive)
    p.window.add_dock("pairs", "Pairs", p.pairs)
    p.window.add_dock("labels", "Label", p.labels)
    p.window.add_dock("display", "Display", p.display, with_tab="labels")
    p.window.add_dock("history", "History", p.history, with_tab="labels")
    p.window.add_dock("runs", "Runs", p.runs_panel, with_tab="labels")


def login() -> str:
    """The name this computer knows a person by."""
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):
        return "unknown"
