"""The cube of a synthetic scene, and what is known about it."""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from thalia_core import __version__
from thalia_core.cube.geometry import Geometry
from thalia_core.cube.labels import PairLabel
from thalia_core.cube.pairs import DatePair
from thalia_core.cube.schema import WAVELENGTH_M
from thalia_core.synth.assemble import Tell, is_of_plan, write_cube
from thalia_core.synth.atmosphere import radians_per_km
from thalia_core.synth.fields import Plane
from thalia_core.synth.plan import ScenePlan, plain
from thalia_core.synth.scene import Scene
from thalia_core.synth.truth import PairTruth, pair_truth


def write_scene(plan: ScenePlan, out: Path, tell: Tell | None = None) -> bool:
    """Write the cube of a plan, and its truth beside it; see :func:`assemble.write_cube`."""
    if is_scene(plan, out):  # before a scene is made
        return False
    return write_cube(SceneSubject(plan), out, tell)


def is_scene(plan: ScenePlan, cube: Path) -> bool:
    """Whether a finished cube is there whose truth names this plan."""
    return is_of_plan(cube, plan.to_json())


class SceneSubject:
    """A scene as :class:`assemble.Subject`: masks and labels follow from its truth."""

    def __init__(self, plan: ScenePlan) -> None:
        self.plan = plan
        self.scene = Scene(plan)
        self.frame = plan.frame
        self.geometry: Geometry = plan.geometry
        self.dates: Sequence[date] = plan.dates
        self.pairs: Sequence[DatePair] = plan.pairs
        self.plan_json: Mapping[str, Any] = plan.to_json()
        self.attributes: Mapping[str, Any] = frame_attributes(plan) | {
            "source": "synthetic: sources in an elastic half-space, turbulent and stratified "
            "delay, decorrelation"
        }
        self._truth = lru_cache(maxsize=2)(self._find)  # masks and label of a pair in turn
        self._labels: dict[DatePair, PairLabel] = {}

    def frame_planes(self) -> Mapping[str, NDArray[Any]]:
        """Heights and land."""
        return {"dem": self.scene.terrain.height, "land_mask": self.scene.terrain.land}

    def era5(self, name: str, day: date) -> Plane:
        """One ERA5 variable on a day."""
        return self.scene.era5(name, day)

    def measured(self, pair: DatePair) -> tuple[Plane, Plane]:
        """Wrapped phase and coherence."""
        return self.scene.measured(pair)

    def masks(self, pair: DatePair) -> Mapping[str, NDArray[np.uint8]]:
        """What an expert who knew the truth would draw."""
        return self._truth(pair).masks

    def label(self, pair: DatePair) -> PairLabel:
        """What such an expert would write."""
        if pair not in self._labels:
            self._truth(pair)
        return self._labels[pair]

    def baseline(self, pair: DatePair) -> float:
        """Perpendicular baseline, metres."""
        return self.scene.baseline(pair)

    def truth(self) -> tuple[Mapping[str, Any], Mapping[str, NDArray[Any]]]:
        """Sources, weather and the noise-free motion towards the satellite."""
        plan, scene = self.plan, self.scene
        values = {
            **ground_truth(scene),
            "sources": [_source_truth(plan, number) for number in range(len(plan.events))],
            "pairs": {
                str(pair): {
                    "stratification_rad_km": scene.stratification(pair),
                    "instances": json.loads(self.label(pair).instances or "[]"),
                }
                for pair in plan.pairs
            },
        }
        arrays = {
            "towards_m": np.stack([*scene.displacements]) if plan.events else np.zeros((0, 0, 0)),
            "fraction": np.array([[e.fraction(day) for day in plan.dates] for e in plan.events]),
            "dates": np.array([day.isoformat() for day in plan.dates]),
        }
        return values, arrays

    def _find(self, pair: DatePair) -> PairTruth:
        found = pair_truth(self.scene, pair)
        self._labels[pair] = found.label
        return found


def frame_attributes(plan: ScenePlan) -> dict[str, Any]:
    """What every synthetic cube says about itself."""
    return {
        "title": plan.title,
        "history": f"thalia {__version__} synth, seed {plan.seed}",
        "license": "CC0-1.0",
        "track": int(plan.frame[:3]),
        "orbit_pass": "ascending" if plan.ascending else "descending",
        "heading": plan.heading,
        "avg_incidence_angle": plan.incidence,
        "synthetic": 1,
    }


def ground_truth(scene: Scene) -> dict[str, Any]:
    """What is known about the view and the air of each date."""
    plan = scene.plan
    return {
        "generator": f"thalia {__version__}",
        "wavelength_m": WAVELENGTH_M,
        "line_of_sight": [plan.sight.east, plan.sight.north, plan.sight.up],
        "dates": {day.isoformat(): _date_truth(scene, day) for day in plan.dates},
    }


def _date_truth(scene: Scene, day: date) -> dict[str, Any]:
    weather = scene.weather(day)
    return {
        "water_kg_m2": weather.water,
        "stratification_rad_km": radians_per_km(weather.water, scene.plan.incidence),
        "fraction": [event.fraction(day) for event in scene.plan.events],
    }


def _source_truth(plan: ScenePlan, number: int) -> dict[str, Any]:
    """Type and parameters (metres, degrees) of a source, where and when it works."""
    event = plan.events[number]
    return {
        "activity_type": event.activity.name.capitalize(),
        "source": plain(event.source),
        "volume_change_m3": event.source.volume_change,
        "lonlat": plan.geometry.lonlat(event.row * plan.rows, event.col * plan.cols),
        "onset": event.onset.isoformat(),
        "end": event.end.isoformat(),
    }
