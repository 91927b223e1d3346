"""What ``thalia measure`` says: JSON and text of its answers."""

import json
import math
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from thalia_core.insar.fringes import FringeCount
    from thalia_core.insar.height import PhaseFit
    from thalia_core.insar.series import PointSeries


def json_number(value: float, digits: int) -> float | None:
    """Rounded, as JSON has it: None for what is no number."""
    return round(float(value), digits) + 0.0 if math.isfinite(value) else None  # and no -0.0


def json_numbers(values: Any, digits: int) -> list[float | None]:
    """The same of many."""
    return [json_number(value, digits) for value in values]


def tell_json(told: dict[str, Any]) -> int:
    """Print a JSON object; the exit code."""
    sys.stdout.write(json.dumps(told, indent=2, allow_nan=False) + "\n")
    return 0


def save_plane(path: Path, plane: Any) -> None:
    """Write a plane as NumPy has it, under just this name."""
    import numpy as np

    with path.open("wb") as file:
        np.save(file, plane)


def count_json(name: str, count: "FringeCount | None") -> dict[str, Any]:
    """A count of fringes, by name."""
    if count is None:
        return {"what": name, "fringes": None}
    return {
        "what": name,
        "fringes": round(count.fringes, 3),
        "whole": count.whole,
        "intensity": count.intensity.name.capitalize(),
        "towards_cm": round(count.towards_cm, 3),
        "reached": round(count.reached, 3),
        "rule": count.rule,
    }


def count_text(name: str, count: "FringeCount | None") -> str:
    """The same for people."""
    if count is None:
        return f"{name}: the phase could not be unwrapped\n"
    return (
        f"{name}: {count.intensity.name.capitalize()}; {count.towards_cm:.2f} cm towards the "
        f"satellite, {count.reached:.0%} unwrapped\n  {count.rule}\n"
    )


def fit_json(fit: "PhaseFit") -> dict[str, Any]:
    """A line through phase."""
    return {
        "rad_per_unit": fit.slope,
        "cm_per_unit": fit.cm_per_unit,
        "intercept_rad": fit.intercept,
        "r2": round(fit.r2, 4),
        "correlation": round(fit.correlation, 4),
        "agreement": round(fit.agreement, 4),
        "pixels": fit.pixels,
    }


def series_json(found: "PointSeries") -> dict[str, Any]:
    """A time series."""
    area = found.reference
    return {
        "reference": None if area is None else [area.lon, area.lat, area.radius_m],
        "rms_cm": json_numbers(found.rms_cm, 4),
        "pairs_with_turns_taken_off": int((found.network.turns != 0).any(axis=1).sum()),
        "series": list(found.rows()),
    }


def series_text(found: "PointSeries") -> str:
    """A line for each point of a time series."""
    area = found.reference
    still = "the median of the ground around the points"
    if area is not None:
        still = f"{area.radius_m:g} m around {area.lon:g} {area.lat:g}"
    lines = [f"reference: {still}\n"]
    for n, (lon, lat) in enumerate(found.points):
        known = [value for value in found.towards_cm[:, n] if math.isfinite(value)]
        rms = found.rms_cm[n]
        parts = int(found.network.part[:, n].max()) + 1
        told = f"{known[-1]:.2f} cm at the last date" if known else "no value"
        told += f", pairs disagree by {rms:.2f} cm" if math.isfinite(rms) else ""
        told += f", {parts} parts that no pair joins" if parts > 1 else ""
        lines.append(f"point {n + 1} ({lon:g} {lat:g}): {len(known)} dates, {told}\n")
    return "".join(lines)
