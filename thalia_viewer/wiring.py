"""What the actions of the table do that belong to no feature."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from thalia_viewer.canvas.tools import TOOLS
from thalia_viewer.commands import Painting, Walk
from thalia_viewer.table import LAYER_TITLES

if TYPE_CHECKING:
    from thalia_viewer.asking import Asking
    from thalia_viewer.keys import KeyGate
    from thalia_viewer.parts import Parts


def bind_walking(p: Parts, gate: KeyGate) -> None:
    """From pair to pair and frame to frame, and the filter that tells which."""
    bind = p.actions.bind
    walk = Walk(p.state, p.pictures, p.opener, p.pairs, gate, p.errors)
    for name, n in (("previous", -1), ("next", 1)):
        bind(f"pair.{name}", partial(walk.step, n))
        bind(f"pair.{name}_secondary", partial(walk.along_primary, n))
        bind(f"pair.{name}_primary", partial(walk.along_secondary, n))
        bind(f"frame.{name}", partial(walk.frame, n))
    bind("pair.next_unlabelled", walk.next_unlabelled)
    bind("pair.find", partial(_find, p))
    p.pairs.filter.entered.connect(lambda: p.finder.when_found(walk.to_match))
    p.pairs.filter.entered.connect(p.canvas.setFocus)


def bind_painting(p: Parts) -> None:
    """Tools, classes, undo."""
    bind = p.actions.bind
    paint = Painting(p.state, p.editor, p.canvas, p.hand, p.errors)
    for tool in TOOLS:
        bind(f"tool.{tool}", partial(p.state.set_tool, tool))
    bind("tool.swap", p.state.swap_tools)
    bind("brush.smaller", lambda: paint.resize(-1))
    bind("brush.larger", lambda: paint.resize(1))
    for code in range(1, 7):
        bind(f"activity.{code}", partial(paint.activity, code))
    for code in range(1, 4):
        bind(f"intensity.{code}", partial(paint.intensity, code))
    bind("edit.undo", paint.undo)
    bind("edit.redo", paint.redo)
    bind("file.save", paint.save)


def bind_looking(p: Parts) -> None:
    """Layers, and how masks are drawn over them."""
    for layer in LAYER_TITLES:
        p.actions.bind(f"layer.{layer}", partial(p.deck.choose_layer, layer))
    p.deck.main_layer_asked.connect(p.state.set_layer)
    p.actions.bind_toggle("view.masks", lambda on: p.state.set_masks(visible=on))
    p.actions.bind_toggle("view.contour", lambda on: p.state.set_masks(contour=on))
    p.actions.bind_hold("view.bare", lambda on: p.state.set_masks(bare=on))
    p.actions.bind("view.reset", p.canvas.reset_view)


def bind_asking(p: Parts, asking: Asking) -> None:
    """What opens a dialog."""
    bind = p.actions.bind
    bind("file.open", asking.archive)
    bind("file.rescan", p.opener.rescan)
    bind("file.picture", asking.picture)
    bind("model.train", asking.train)
    bind("model.apply", asking.apply)
    bind("help.keys", asking.keys)
    bind("help.about", asking.about)
    bind("help.log", asking.log)


def _find(p: Parts) -> None:
    p.window.show_dock("pairs")
    p.pairs.filter.ask()
