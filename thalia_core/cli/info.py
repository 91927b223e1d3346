"""``thalia info``: what is in a cube, or in a folder of cubes."""

import json
import sys
from argparse import ArgumentParser, Namespace, _SubParsersAction
from pathlib import Path
from typing import Any

from thalia_core.errors import ThaliaError


def add(subparsers: "_SubParsersAction[ArgumentParser]") -> None:
    """Register the verb."""
    info = subparsers.add_parser(
        "info",
        help="what is in a cube, or in a folder of cubes",
        description="Tell what is in a cube, or in each cube of a folder. Exit code 1: some cube "
        "of the folder cannot be opened; its problem is told.",
    )
    info.add_argument("path", type=Path, metavar="PATH", help="a cube, or a folder of cubes")
    info.add_argument("--json", action="store_true", help="one JSON object instead of text")
    info.set_defaults(run=run)


def run(args: Namespace) -> int:
    """Print the description; 1 when a cube of a folder is broken."""
    from thalia_core.archive.catalogue import cube_paths

    path: Path = args.path
    cubes = cube_paths(path)
    if cubes == [path]:
        told = describe(path)
        sys.stdout.write(_json(told) if args.json else _text(told))
        return 0
    # a script gets everything, for which each cube is opened; a person the lines of the catalogue
    described = [_described_or_problem(cube) for cube in cubes] if args.json else _lines(path)
    told = {
        "path": str(path),
        "cubes": described,
        "frames": len(described),
        "pairs": sum(cube.get("pairs", 0) for cube in described),
        "labelled_pairs": sum(cube.get("labelled_pairs", 0) for cube in described),
        "problems": sum("problem" in cube for cube in described),
    }
    sys.stdout.write(_json(told) if args.json else _folder_text(told))
    return 1 if told["problems"] else 0


def describe(path: Path) -> dict[str, Any]:
    """What a person or a script wants to know about a cube.

    Raises:
        CubeError: It cannot be opened.
    """
    from thalia_core.cube import schema
    from thalia_core.cube.store import CubeStore

    cube = CubeStore.open(path, writable=True)
    grid, labels = cube.geometry, cube.read_labels()
    a, _, west, _, e, north = grid.transform
    days = [day for pair in cube.pairs for day in (pair.primary, pair.secondary)]
    coherent = "insar_coherence" in cube.layers
    return {
        "path": str(path),
        "frame": cube.frame,
        "title": cube.title,
        "zarr_format": cube.zarr_format,
        "shape": list(grid.shape),
        "crs": grid.crs,
        "bounds": [west, north + e * grid.rows, west + a * grid.cols, north],
        "pixel_metres": [round(metres, 2) for metres in grid.pixel_metres()],
        "pairs": len(cube.pairs),
        "dates": len(set(days)),
        "first_date": min(days).isoformat() if days else None,
        "last_date": max(days).isoformat() if days else None,
        "layers": list(cube.layers),
        "missing_layers": list(cube.missing_layers),
        "masks": [name for name in schema.MASKS if cube.has(name)],
        "coherence_scale": cube.coherence_scale if coherent else None,
        "labelled_pairs": sum(label.labelled for label in labels),
        "editable": cube.read_only_reason is None,
        "read_only_reason": cube.read_only_reason,
        "unusable": list(cube.problems),
    }


def _described_or_problem(path: Path) -> dict[str, Any]:
    try:
        return describe(path)
    except ThaliaError as error:
        return {"path": str(path), "problem": str(error)}


def _lines(archive: Path) -> list[dict[str, Any]]:
    """What the catalogue says of each cube, by the names of :func:`describe`."""
    from thalia_core.archive.catalogue import Catalogue

    return [
        {
            "path": str(entry.path),
            "frame": entry.frame,
            "shape": [entry.rows, entry.cols],
            "pairs": entry.pairs,
            "labelled_pairs": entry.labelled,
            "layers": list(entry.layers),
        }
        if entry.problem is None
        else {"path": str(entry.path), "problem": entry.problem}
        for entry in Catalogue.open(archive).frames
    ]


def _json(told: dict[str, Any]) -> str:
    return json.dumps(told, indent=2, allow_nan=False) + "\n"


def _text(told: dict[str, Any]) -> str:
    rows, cols = told["shape"]
    west, south, east, north = told["bounds"]
    metres = " x ".join(f"{size:.0f}" for size in told["pixel_metres"])
    scale = told["coherence_scale"]
    lines = [
        ("Path", told["path"]),
        ("Format", f"Zarr v{told['zarr_format']}"),
        ("Grid", f"{rows} rows x {cols} columns of {metres} m, {told['crs']}"),
        ("Bounds", f"{west:.4f} to {east:.4f} east, {south:.4f} to {north:.4f} north"),
        ("Pairs", _pairs_text(told)),
        ("Layers", _names(told["layers"])),
        ("Missing", _names(told["missing_layers"])),
        ("Masks", _names(told["masks"])),
        ("Coherence", "none" if scale is None else f"kept as 0-{scale:g}"),
        ("Labelled", f"{told['labelled_pairs']} of {told['pairs']} pairs"),
        ("Editable", "yes" if told["editable"] else f"no: {told['read_only_reason']}"),
    ]
    lines += [("Unusable", problem) for problem in told["unusable"]]
    head = " ".join(text for text in (told["frame"], told["title"]) if text)
    return f"{head}\n" + "".join(f"  {key:<10} {value}\n" for key, value in lines)


def _pairs_text(told: dict[str, Any]) -> str:
    if not told["pairs"]:
        return "none"
    return f"{told['pairs']} of {told['dates']} dates, {told['first_date']} to {told['last_date']}"


def _names(variables: list[str]) -> str:
    """A list of variables; the two dates of a weather field count as one."""
    shown = []
    for name in variables:
        field = name.removeprefix("primary_date_").removeprefix("secondary_date_")
        both = {f"primary_date_{field}", f"secondary_date_{field}"} <= set(variables)
        shown.append(f"{field} (both dates)" if both else name)
    return ", ".join(dict.fromkeys(shown)) or "none"


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}" + ("" if number == 1 else "s")


def _folder_text(told: dict[str, Any]) -> str:
    lines = [f"{told['path']}: {_count(told['frames'], 'cube')}"]
    for cube in told["cubes"]:
        if "problem" in cube:
            lines.append(f"  {Path(cube['path']).name}: {cube['problem']}")
            continue
        rows, cols = cube["shape"]
        lines.append(
            f"  {cube['frame']}: {rows} x {cols}, {cube['pairs']} pairs, "
            f"{cube['labelled_pairs']} labelled; has {_names(cube['layers'])}"
        )
    lines.append(
        f"  in all {told['pairs']} pairs, {told['labelled_pairs']} labelled, "
        f"{_count(told['problems'], 'cube')} with problems"
    )
    return "\n".join(lines) + "\n"
