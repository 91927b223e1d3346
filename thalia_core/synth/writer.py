"""A synthetic frame on disk: the cube, and the truth about it beside it."""

import json
from collections.abc import Callable
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np

from thalia_core import __version__
from thalia_core.cube.durable import write_bytes
from thalia_core.cube.labels import PAIR_FIELDS
from thalia_core.cube.pairs import DatePair
from thalia_core.cube.schema import ERA5, EXPECTED, MASKS, WAVELENGTH_M
from thalia_core.cube.store import CubeWriter, sidecar_of
from thalia_core.errors import CubeError, ThaliaError
from thalia_core.progress import Event, Step
from thalia_core.synth.atmosphere import radians_per_km
from thalia_core.synth.plan import ScenePlan
from thalia_core.synth.scene import Scene
from thalia_core.synth.truth import PairTruth, pair_truth

TRUTH, FIELDS = "truth.json", "truth.npz"
Tell = Callable[[Event], None]


def write_scene(plan: ScenePlan, out: Path, tell: Tell | None = None) -> bool:
    """Write the cube of a plan, and its truth to ``<stem>.thalia/``.

    An interrupted call is continued by the next one with the same plan. A cube of this plan that is
    there already is left as it is.

    Args:
        plan: The frame.
        out: Where the cube shall be, ending in ``.zarr``.
        tell: Is told every step.

    Returns:
        True if the cube was written, False if it was there.

    Raises:
        CubeError: ``out`` is something else, or cannot be written.
    """
    if out.suffix != ".zarr":
        raise CubeError("a cube's name ends in .zarr", where=out, fix="name it FRAME.zarr")
    if out.exists() and is_scene(plan, out):
        return False
    try:
        _refuse_strangers(out)
        _write(plan, out, tell or (lambda _: None))
    except OSError as error:
        raise CubeError(
            "cannot write the cube",
            where=out,
            why=error.strerror or str(error),
            fix="mend the cause and run the same command again: it goes on where it stopped",
        ) from error
    return True


def is_scene(plan: ScenePlan, cube: Path) -> bool:
    """Whether a finished cube is there whose truth names this plan."""
    try:
        truth = json.loads((sidecar_of(cube) / TRUTH).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return cube.is_dir() and isinstance(truth, dict) and truth.get("plan") == plan.to_json()


def truth_of(plan: ScenePlan, scene: Scene) -> dict[str, Any]:
    """What is known about a synthetic frame and its pairs."""
    geometry = plan.geometry
    return {
        "generator": f"thalia {__version__}",
        "plan": plan.to_json(),
        "wavelength_m": WAVELENGTH_M,
        "line_of_sight": [plan.sight.east, plan.sight.north, plan.sight.up],
        "sources": [
            {
                "type": "Mogi",
                "lonlat": geometry.lonlat(event.row * plan.rows, event.col * plan.cols),
                "depth_m": event.depth_m,
                "volume_change_m3": event.volume_m3,
                "onset": event.onset.isoformat(),
                "end": event.end.isoformat(),
            }
            for event in plan.events
        ],
        "dates": {day.isoformat(): _date_truth(scene, day) for day in plan.dates},
    }


def _date_truth(scene: Scene, day: date) -> dict[str, Any]:
    weather = scene.weather(day)
    return {
        "water_kg_m2": weather.water,
        "stratification_rad_km": radians_per_km(weather.water, scene.plan.incidence),
        "fraction": [event.fraction(day) for event in scene.plan.events],
    }


def _refuse_strangers(out: Path) -> None:
    """A journal of another cube must not meet a new cube of the same name."""
    sidecar = sidecar_of(out)
    if out.exists() or not sidecar.exists():
        return
    strangers = sorted(p.name for p in sidecar.iterdir() if p.name not in (TRUTH, FIELDS))
    if strangers:
        raise ThaliaError(
            "the records of another cube lie beside the output",
            where=sidecar,
            why=f"there is {strangers[0]}, and no cube",
            fix="remove that folder, or choose another name",
        )


def _write(plan: ScenePlan, out: Path, tell: Tell) -> None:
    scene = Scene(plan)
    total = len(plan.dates) + len(plan.pairs) + 1
    tell(Step(0, total, plan.frame))
    writer = CubeWriter.start(
        out,
        frame=plan.frame,
        geometry=plan.geometry,
        dates=plan.dates,
        layers=[*EXPECTED, "land_mask", *MASKS],
        attrs=_attributes(plan),
        plan={"source": "synth", **plan.to_json()},
    )
    for name, plane in (("dem", scene.terrain.height), ("land_mask", scene.terrain.land)):
        if not writer.done(name):
            writer.write(name, plane)
    for done, day in enumerate(plan.dates):
        tell(Step(done, total, plan.frame))
        _write_weather(scene, writer, day)
    truths: dict[DatePair, PairTruth] = {}
    for done, pair in enumerate(plan.pairs, start=len(plan.dates)):
        tell(Step(done, total, f"{plan.frame} {pair}"))
        truths[pair] = pair_truth(scene, pair)
        _write_pair(scene, writer, pair, truths[pair])
    tell(Step(total - 1, total, plan.frame))
    for field in PAIR_FIELDS:
        values = {pair: getattr(truth.label, field) for pair, truth in truths.items()}
        writer.write_pair_values(field, values)
    baselines = {pair: scene.baseline(pair) for pair in plan.pairs}
    writer.write_pair_values("perpendicular_baseline", baselines)
    _write_truth(scene, truths, out)
    writer.finish()
    tell(Step(total, total, plan.frame))


def _write_weather(scene: Scene, writer: CubeWriter, day: date) -> None:
    for name in ERA5:
        ends = [end for end in ("primary_date", "secondary_date")
                if not writer.done(f"{end}_{name}", day)]  # fmt: skip
        plane = scene.era5(name, day) if ends else None
        for end in ends:
            assert plane is not None
            writer.write(f"{end}_{name}", plane, date=day)


def _write_pair(scene: Scene, writer: CubeWriter, pair: DatePair, truth: PairTruth) -> None:
    """Write one pair, the phase last: once it is there the pair is whole."""
    if writer.done("insar_difference", pair):
        return
    for name, mask in truth.masks.items():
        writer.write(name, mask, pair=pair)
    phase, coherence = scene.measured(pair)
    writer.write("insar_coherence", coherence, pair=pair)
    writer.write("insar_difference", phase, pair=pair)


def _write_truth(scene: Scene, truths: dict[DatePair, PairTruth], out: Path) -> None:
    plan, sidecar = scene.plan, sidecar_of(out)
    fields = BytesIO()
    np.savez_compressed(
        fields,
        towards_m=np.stack([*scene.displacements]) if plan.events else np.zeros((0, 0, 0)),
        fraction=[[event.fraction(day) for day in plan.dates] for event in plan.events],
        dates=[day.isoformat() for day in plan.dates],
    )
    write_bytes(sidecar / FIELDS, fields.getvalue())
    truth = truth_of(plan, scene)
    truth["pairs"] = {
        str(pair): {
            "stratification_rad_km": scene.stratification(pair),
            "instances": json.loads(found.label.instances or "[]"),
        }
        for pair, found in truths.items()
    }
    write_bytes(sidecar / TRUTH, json.dumps(truth, indent=1).encode())


def _attributes(plan: ScenePlan) -> dict[str, Any]:
    return {
        "title": plan.title,
        "source": "synthetic: Mogi source, turbulent and stratified delay, decorrelation",
        "history": f"thalia {__version__} synth, seed {plan.seed}",
        "license": "CC0-1.0",
        "track": int(plan.frame[:3]),
        "orbit_pass": "ascending" if plan.ascending else "descending",
        "heading": plan.heading,
        "avg_incidence_angle": plan.incidence,
        "synthetic": 1,
    }
