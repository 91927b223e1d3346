"""What the hand does: each tool a small state machine, without Qt.

Events are plain values in image pixels. A tool answers each with a Response: whether it used the
event, which pixels changed, how the view should move. Painting goes to a Painter, which the edit
session satisfies; nothing here touches a mask. A new tool goes into ``TOOLS``.
"""

from collections.abc import Callable

from thalia_viewer.canvas.tools.base import Tool
from thalia_viewer.canvas.tools.brush import BrushTool, EraserTool, RecodeTool
from thalia_viewer.canvas.tools.events import IGNORED, USED, Outline, Pointer, Response
from thalia_viewer.canvas.tools.fill import FillTool, PickTool
from thalia_viewer.canvas.tools.hand import MAX_RADIUS, MIN_RADIUS, Hand, Painter, Stroke
from thalia_viewer.canvas.tools.move import MoveTool
from thalia_viewer.canvas.tools.pan import PanTool
from thalia_viewer.canvas.tools.polygon import LassoTool, PolygonTool
from thalia_viewer.canvas.tools.wand import WandTool

__all__ = [
    "IGNORED",
    "MAX_RADIUS",
    "MIN_RADIUS",
    "TOOLS",
    "USED",
    "BrushTool",
    "EraserTool",
    "FillTool",
    "Hand",
    "LassoTool",
    "MoveTool",
    "Outline",
    "Painter",
    "PanTool",
    "PickTool",
    "Pointer",
    "PolygonTool",
    "RecodeTool",
    "Response",
    "Stroke",
    "Tool",
    "WandTool",
]

TOOLS: dict[str, Callable[[Hand], Tool]] = {
    tool.name: tool
    for tool in (
        PanTool,
        BrushTool,
        EraserTool,
        RecodeTool,
        PolygonTool,
        LassoTool,
        FillTool,
        MoveTool,
    )
}
"""By name, in the order of the tool bar; tools that need more than the hand are made where they are
used."""
