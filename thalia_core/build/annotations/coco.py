"""Labelled pairs as one COCO data set."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from thalia_core.annotate.shapes import Shape
from thalia_core.build.annotations.contours import joined, rings
from thalia_core.build.annotations.exporting import DECIMALS, Labelled
from thalia_core.build.annotations.raster import Preview
from thalia_core.cube.labels import Activity


class CocoDataset:
    """Grows pair by pair: an image a pair, polygons in preview pixels, types as categories.

    Every piece of an instance is a polygon of its own, its holes joined to it (even-odd). The
    image is the preview of the cube, also where the cube is a part of a frame.
    """

    def __init__(self) -> None:
        self._images: list[dict[str, Any]] = []
        self._annotations: list[dict[str, Any]] = []
        self._categories = {int(code): code.name.capitalize() for code in Activity if code}

    def add(self, frame: str, preview: Preview, found: Labelled) -> None:
        """One labelled pair of a cube."""
        rows, cols = (round(n / s) for n, s in zip(preview.shape, preview.scale, strict=True))
        image = len(self._images) + 1
        self._images.append(
            {
                "id": image,
                "file_name": f"{frame}/{found.pair}.png",
                "width": cols,
                "height": rows,
                "unique_id": found.label.unique_id or None,
                "label": found.labels,
                "caption": found.label.caption or "",
            }
        )
        for region in found.regions:
            if region.shape is None:  # COCO has no annotation without a place; the label says it
                continue
            self._categories.setdefault(region.activity, region.activity_word)
            entry = {
                "id": len(self._annotations) + 1,
                "image_id": image,
                "category_id": region.activity,
                **_placed(region.shape, preview),
                "iscrowd": 0,
                "attributes": {"intensity_level": region.intensity_word},
            }
            self._annotations.append(entry)

    def to_json(self) -> dict[str, Any]:
        """The data set."""
        categories = [
            {"id": code, "name": name, "supercategory": "deformation"}
            for code, name in sorted(self._categories.items())
        ]
        return {
            "info": {"description": "Expert annotations of interferograms"},
            "images": self._images,
            "annotations": self._annotations,
            "categories": categories,
        }


def _placed(shape: Shape, preview: Preview) -> dict[str, Any]:
    """Polygons, bounding box (x, y, width, height) and area, all in preview pixels."""
    own = Preview(preview.shape, preview.scale)
    corner = np.array([shape.window.row0, shape.window.col0], np.float64)
    polygons: list[NDArray[np.float64]] = [
        np.round(own.to_preview(joined([outline, *holes]) + corner), DECIMALS)
        for outline, holes in rings(shape.mask)
    ]
    low = np.min([polygon.min(axis=0) for polygon in polygons], axis=0)
    high = np.max([polygon.max(axis=0) for polygon in polygons], axis=0)
    down, across = preview.scale
    box = np.round([*low, *(high - low)], DECIMALS)
    return {
        "segmentation": [polygon.ravel().tolist() for polygon in polygons],
        "bbox": box.tolist(),
        "area": round(float(np.count_nonzero(shape.mask)) / down / across, DECIMALS),
    }
