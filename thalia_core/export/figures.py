"""Figures for reports: drawn by matplotlib, kept as SVG whose words stay words."""

from io import BytesIO
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def as_svg(figure: "Figure") -> bytes:
    """The figure as SVG: the same bytes for the same figure, and text that can be searched."""
    from matplotlib import rc_context

    file = BytesIO()
    with rc_context({"svg.fonttype": "none", "svg.hashsalt": "thalia"}):
        figure.savefig(file, format="svg", metadata={"Date": None})
    return file.getvalue()
