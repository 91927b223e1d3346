"""A small stand-in for the public annotations and their index, made up."""

import json
from pathlib import Path
from typing import Any

FRAMES = ("128D_09016_110500", "144A_SM_REUN_S6")
SIZE = 64


def sample(number: int, frame: str, pair: str, **told: Any) -> dict[str, Any]:
    """One annotation as the public files have it."""
    first, second = pair.split("_")
    plain = {
        "uniqueID": number,
        "frameID": frame,
        "primary_date": first,
        "secondary_date": second,
        **dict.fromkeys(("corrupted", "processing_error", "glacier_fringes", "orbital_fringes"), 0),
        "atmospheric_fringes": 2,
        **dict.fromkeys(("low_coherence", "no_info", "image_artifacts", "is_crowd"), 0),
        "label": ["Non_Deformation"],
        "activity_type": [],
        "intensity_level": [],
        "phase": "Rest",
        "confidence": 0.8,
        "segmentation_mask": [],
        "caption": "No deformation activity can be detected.",
    }
    return plain | told


def deforming(kinds: str, levels: str, *polygons: list[float], **told: Any) -> dict[str, Any]:
    """The keys of an annotation with deformation."""
    types = kinds.split()
    return {
        "label": ["Earthquake" if types == ["Earthquake"] else "Deformation"],
        "activity_type": types,
        "intensity_level": levels.split(),
        "segmentation_mask": list(polygons),
        "is_crowd": int(len(types) > 1),
        "phase": "None" if types == ["Earthquake"] else "Unrest",
        "caption": "Something can be detected.",
    } | told


def box(left: float, top: float, width: float, height: float) -> list[float]:
    """A polygon of eight corners, nearly an ellipse."""
    w, h = width / 4, height / 4
    corners = ((1, 0), (3, 0), (4, 1), (4, 3), (3, 4), (1, 4), (0, 3), (0, 1))
    return [float(v) for x, y in corners for v in (left + x * w, top + y * h)]


def samples() -> list[dict[str, Any]]:
    """Two frames: all types, some flags, a polygon far away, a pair that the index omits."""
    near, far = box(220, 410, 22, 16), box(700, 90, 18, 18)
    first, second = FRAMES
    return [
        sample(1, first, "20200101_20200113", **deforming("Mogi", "High", near)),
        sample(2, first, "20200101_20200125", **deforming("Sill", "Medium", near)),
        sample(3, first, "20200113_20200125", **deforming("Dyke", "Low", near)),
        sample(4, first, "20200113_20200206", **deforming("Earthquake", "None", near)),
        sample(
            5,
            first,
            "20200125_20200206",
            **deforming("Sill Mogi", "Low High", box(215, 405, 14, 14), box(232, 418, 12, 12)),
        ),
        sample(6, first, "20200125_20200218", **deforming("Sill", "High", far)),
        sample(
            7, first, "20200206_20200218", **deforming("Spheroid", "Low", near, phase="Rebound")
        ),
        sample(8, first, "20200206_20200301", low_coherence=1, atmospheric_fringes=1),
        sample(9, first, "20200218_20200301", no_info=1, caption="Nothing can be seen."),
        sample(10, first, "20200218_20200313"),  # usable, but not in the index
        sample(11, second, "20210101_20210107", orbital_fringes=1),
        sample(12, second, "20210107_20210113", processing_error=2),
        sample(13, second, "20210101_20210113"),
    ]


def index(told: list[dict[str, Any]], without: tuple[int, ...] = (9, 10, 12)) -> dict[str, Any]:
    """The index of those that have a product."""
    frames: dict[str, Any] = {}
    for one in told:
        if one["uniqueID"] not in without:
            dates = frames.setdefault(one["frameID"], {})
            group = dates.setdefault(one["primary_date"], {"secondary_date": [], "uniqueID": []})
            group["secondary_date"].append(one["secondary_date"])
            group["uniqueID"].append(one["uniqueID"])
    return frames


def write_sources(folder: Path) -> tuple[Path, Path]:
    """The index and the folder of annotations."""
    told = samples()
    annotations = folder / "annotations"
    annotations.mkdir(parents=True)
    for one in told:
        (annotations / f"{one['uniqueID']}.json").write_text(json.dumps(one))
    listed = folder / "index.json"
    listed.write_text(json.dumps(index(told)))
    return listed, annotations
