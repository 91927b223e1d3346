"""The fringe wand: a click is answered on a thread by the lobe of fringes around it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from thalia_core.annotate.shapes import Shape, trimmed
from thalia_core.errors import EditError
from thalia_viewer.canvas.tools import WandTool
from thalia_viewer.features.feature import Feature
from thalia_viewer.planes import Plane, Planes

if TYPE_CHECKING:
    from thalia_core.annotate.wand import Lobe
    from thalia_core.cube.pairs import DatePair
    from thalia_core.cube.planes import PlaneCache
    from thalia_core.cube.store import CubeStore
    from thalia_viewer.parts import Parts


class WandFeature(Feature):
    """Gives the tool what it looks for."""

    def __init__(self, parts: Parts, parent: QObject | None = None) -> None:
        super().__init__(parts, parent)
        p = parts
        self.tool = WandTool(p.hand, self._seek, self._allowed)
        p.tools[self.tool.name] = self.tool
        p.actions.bind("tool.wand", partial(p.state.set_tool, "wand"))
        p.state.pair_changed.connect(self._pair_changed)

    def _seek(self, row: float, col: float) -> None:
        p, cube, pair = self.parts, self.parts.state.cube, self.parts.state.pair
        if cube is None or pair is None:
            return
        work = partial(_lobe_at, cube, p.pictures.cache, pair, (row, col))
        p.reads.latest("wand", work, self._show, self._fail)

    def _show(self, lobe: Lobe) -> None:
        self.parts.errors.settle("wand")
        self.tool.show(lobe)
        self.parts.deck.linked.refresh_cursors()

    def _fail(self, error: BaseException) -> None:
        self.tool.lose()
        self.parts.deck.linked.refresh_cursors()
        if isinstance(error, EditError):
            text = str(error)
            self.parts.errors.tell(f"{text[:1].upper()}{text[1:]}.", "info", key="wand")
        else:
            self.parts.errors.report(error, key="wand")

    def _pair_changed(self) -> None:
        self.parts.reads.drop("wand")
        self.parts.errors.settle("wand")

    def _allowed(self, shape: Shape) -> Shape | None:
        """What the gate leaves of a shape on the shown pair."""
        p, gate, pair = self.parts, self.parts.hand.gate, self.parts.state.pair
        if gate.open or p.editor.session is None or pair is None:
            return shape
        activity = p.editor.session.masks(pair).activity[shape.window.slices]
        return trimmed(shape.window, gate.restrict(shape.mask, shape.window, activity))


def _lobe_at(
    cube: CubeStore, cache: PlaneCache, pair: DatePair, click: tuple[float, float]
) -> Lobe:
    """On a thread. Imported here: the core brings scipy and scikit-image."""
    from thalia_core.annotate.wand import prepare

    planes = Planes(cube, cache)

    def values(name: str) -> Plane | None:
        return planes.values(name, pair) if name in cube.layers else None

    if "insar_difference" not in cube.layers:
        raise EditError(
            "no lobe was found", why="the cube has no wrapped phase", fix="draw by hand"
        )
    return prepare(
        planes.values("insar_difference", pair),
        values("insar_coherence"),
        click,
        cube.geometry.pixel_metres(),
        height=values("dem"),
    )
