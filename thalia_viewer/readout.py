"""What the line at the bottom says about a pixel."""

from collections.abc import Mapping
from math import nan

from numpy.typing import NDArray

from thalia_core.cube.geometry import Geometry
from thalia_viewer.bars import DASH, degrees, number
from thalia_viewer.canvas.layers import PlaneImage

OWN_FIELD = ("insar_difference", "insar_coherence", "dem")


def values_at(
    geometry: Geometry,
    planes: Mapping[str, NDArray],  # type: ignore[type-arg]
    image: PlaneImage | None,
    row: int,
    col: int,
) -> dict[str, str]:
    """Texts of the read-out for a pixel of the frame; what is missing is left out."""
    lon, lat = geometry.lonlat(row, col)

    def at(name: str) -> float:
        plane = planes.get(name)
        return nan if plane is None else float(plane[row, col])

    coherence = at("insar_coherence")
    texts = {
        "row": f"row {row:,}",
        "col": f"col {col:,}",
        "lon": degrees(lon, "E", "W"),
        "lat": degrees(lat, "N", "S"),
        "phase": number(at("insar_difference"), "rad", 2),
        "coherence": f"coh {DASH}" if coherence != coherence else f"coh {coherence:.2f}",
        "height": number(at("dem"), "m"),
    }
    if image is not None and image.style.name not in OWN_FIELD:
        texts["layer"] = image.style.text(image.value(row, col))
    return texts
