"""``thalia annotations``: expert annotations in and out."""

import io
import json
import re
import sys
import tarfile
from argparse import ArgumentParser, ArgumentTypeError, Namespace, _SubParsersAction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from thalia_core.cli.work import add_pool_options, pool_of, progress_bar
from thalia_core.errors import ThaliaError
from thalia_core.progress import Step

if TYPE_CHECKING:
    from thalia_core.build.annotations.importing import ImportReport, Options
    from thalia_core.build.annotations.records import Sample

_SHOWN = 20
_SIZE = re.compile(r"(\d+)x(\d+)")


def add(subparsers: "_SubParsersAction[ArgumentParser]") -> None:
    """Register the verbs."""
    parser = subparsers.add_parser("annotations", help="expert annotations in and out")
    ways = parser.add_subparsers(metavar="WAY", required=True)
    bring = ways.add_parser(
        "import",
        help="bring the public annotation files into cubes",
        description="Write masks and labels of the public annotation files into a cube or each "
        "cube of an archive, as one step that can be undone. What does not fit is reported. Exit "
        "code 1: something did not fit.",
    )
    bring.add_argument("path", type=Path, metavar="CUBE|ARCHIVE")
    bring.add_argument("source", type=Path, metavar="JSON", help="folder, file, tar or zip archive")
    bring.add_argument("--annotator", metavar="NAME", help="author to record")
    bring.add_argument(
        "--overwrite", action="store_true", help="also replace labels that somebody else made"
    )
    bring.add_argument(
        "--frame-size",
        type=_frame_size,
        metavar="ROWSxCOLS",
        help="raster of the frame that was annotated, where the cube has another",
    )
    bring.add_argument("--report", type=Path, metavar="FILE", help="every finding, one a line")
    add_pool_options(bring)
    bring.set_defaults(run=run_import)
    give = ways.add_parser("export", help="write labels and masks as JSON, COCO or GeoJSON")
    give.add_argument("path", type=Path, metavar="CUBE|ARCHIVE")
    give.add_argument("out", type=Path, metavar="OUT", help="a folder or .tar.gz (json), or a file")
    give.add_argument("--format", choices=("json", "coco", "geojson"), default="json")
    give.set_defaults(run=run_export)


def run_import(args: Namespace) -> int:
    """Import; 1 when something did not fit."""
    from thalia_core.archive.catalogue import cube_paths
    from thalia_core.build.annotations.importing import ANNOTATOR, Options
    from thalia_core.build.annotations.records import read_samples

    cubes = cube_paths(args.path)
    samples, findings = read_samples(args.source)
    options = Options(args.annotator or ANNOTATOR, args.overwrite, args.frame_size)
    told = [str(finding) for finding in findings]
    written = unchanged = polygons = 0
    tasks = [(cube, _of_frame(samples, cube), options) for cube in cubes]
    failed = False
    with pool_of(args, len(tasks)) as pool, progress_bar("cube") as tell:
        for done, (_, report) in enumerate(pool.map(import_cube, tasks), start=1):
            tell(Step(done, len(tasks)))
            if isinstance(report, str):
                sys.stderr.write(f"thalia: {report}\n")
                failed = True
                continue
            written += report.written
            unchanged += report.unchanged
            polygons += report.polygons
            told += [str(finding) for finding in report.findings]
    if args.report:
        args.report.write_text("".join(f"{line}\n" for line in told), encoding="utf-8")
    for line in told[:_SHOWN]:
        sys.stderr.write(f"note: {line}\n")
    if len(told) > _SHOWN:
        sys.stderr.write(f"note: and {len(told) - _SHOWN} more (see --report FILE)\n")
    sys.stdout.write(
        f"{args.path}: {written} pairs annotated with {polygons} polygons, {unchanged} said so "
        f"before, {len(told)} findings\n"
    )
    return 1 if told or failed else 0


def import_cube(task: "tuple[Path, tuple[Sample, ...], Options]") -> "ImportReport | str":
    """One cube of an archive; a cube that cannot be annotated does not hold up the others."""
    from thalia_core.build.annotations.importing import import_samples

    try:
        return import_samples(*task)
    except ThaliaError as error:
        return str(error)


def run_export(args: Namespace) -> int:
    """Export what is labelled."""
    from thalia_core.archive.catalogue import cube_paths
    from thalia_core.build.annotations.exporting import (
        coco_json,
        file_name,
        geojson_features,
        labelled_pairs,
        sample_json,
    )
    from thalia_core.build.annotations.raster import Preview
    from thalia_core.cube.durable import write_bytes
    from thalia_core.cube.store import CubeStore

    files: dict[str, dict[str, Any]] = {}
    found, features, count = [], [], 0
    for path in cube_paths(args.path):
        cube = CubeStore.open(path)
        preview, pairs = Preview.of_cube(cube), list(labelled_pairs(cube))
        count += len(pairs)
        if args.format == "json":
            for pair in pairs:
                files[file_name(cube.frame, pair)] = sample_json(cube.frame, pair, preview)
        elif args.format == "coco":
            found.append((cube.frame, preview, pairs))
        else:
            features += [f for pair in pairs for f in geojson_features(cube, pair)]
    if args.format == "json":
        _write_files(args.out, files)
    else:
        collection = {"type": "FeatureCollection", "features": features}
        whole = coco_json(found) if args.format == "coco" else collection
        write_bytes(args.out, json.dumps(whole).encode())
    sys.stdout.write(f"{args.out}: {count} labelled pairs\n")
    return 0


def _write_files(out: Path, files: dict[str, dict[str, Any]]) -> None:
    from thalia_core.cube.durable import write_bytes

    texts = {name: json.dumps(sample, indent=2).encode() for name, sample in files.items()}
    if not out.name.endswith((".tar.gz", ".tgz")):
        for name, text in texts.items():
            write_bytes(out / name, text)
        return
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, text in texts.items():
            member = tarfile.TarInfo(f"annotations/{name}")
            member.size = len(text)
            archive.addfile(member, io.BytesIO(text))
    write_bytes(out, buffer.getvalue())


def _of_frame(samples: "tuple[Sample, ...]", cube: Path) -> "tuple[Sample, ...]":
    """The samples that a task needs, so that not all travel to every worker."""
    from thalia_core.cube.store import CubeStore

    try:
        frame = CubeStore.open(cube).frame
    except ThaliaError:  # told when the cube's turn comes
        return ()
    return tuple(sample for sample in samples if sample.frame == frame)


def _frame_size(text: str) -> tuple[int, int]:
    match = _SIZE.fullmatch(text)
    if match is None:
        raise ArgumentTypeError(f"{text!r} is not ROWSxCOLS, such as 2100x3400")
    return int(match[1]), int(match[2])
