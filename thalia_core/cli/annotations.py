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
    from collections.abc import Sequence

    from thalia_core.build.annotations.importing import ImportReport, Options
    from thalia_core.build.annotations.records import Sample
    from thalia_core.build.findings import Finding

_SHOWN = 20
_ALIKE = 3
_ARCHIVES = (".tar.gz", ".tgz")
_SIZE = re.compile(r"([1-9]\d{0,5})x([1-9]\d{0,5})")


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
    bring.add_argument("--report", type=Path, metavar="FILE", help="every finding, one a line")
    add_pool_options(bring)
    _add_frame_size(bring)
    bring.set_defaults(run=run_import)
    give = ways.add_parser("export", help="write labels and masks as JSON, COCO or GeoJSON")
    give.add_argument("path", type=Path, metavar="CUBE|ARCHIVE")
    give.add_argument("out", type=Path, metavar="OUT", help="a folder or .tar.gz (json), or a file")
    give.add_argument("--format", choices=("json", "coco", "geojson"), default="json")
    _add_frame_size(give)
    give.set_defaults(run=run_export)


def _add_frame_size(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--frame-size",
        type=_frame_size,
        metavar="ROWSxCOLS",
        help="raster of the frame that was annotated, where the cube has another",
    )


def run_import(args: Namespace) -> int:
    """Import; 1 when something did not fit."""
    from thalia_core.archive.catalogue import cube_paths
    from thalia_core.build.annotations.importing import ANNOTATOR, Options
    from thalia_core.build.annotations.records import read_samples

    cubes = cube_paths(args.path)
    samples, findings = read_samples(args.source)
    options = Options(args.annotator or ANNOTATOR, args.overwrite, args.frame_size)
    told = list(findings)
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
            told += report.findings
    if args.report:
        _write(args.report, "".join(f"{finding}\n" for finding in told).encode())
    _show(told)
    met = {sample.frame for _, some, _ in tasks for sample in some}
    others = sum(sample.frame not in met for sample in samples)
    sys.stdout.write(
        f"{args.path}: {written} pairs annotated with {polygons} polygons, {unchanged} said so "
        f"before, {len(told)} findings"
        + (f"; {others} samples are of other frames\n" if others else "\n")
    )
    return 1 if told or failed else 0


def _show(findings: "Sequence[Finding]") -> None:
    """The findings, those alike as one line, so that many absent pairs do not hide the others."""
    alike: dict[str, list[Finding]] = {}
    for finding in findings:
        alike.setdefault(finding.why, []).append(finding)
    for why, some in list(alike.items())[:_SHOWN]:
        more = f" and {len(some) - _ALIKE} more" if len(some) > _ALIKE else ""
        where = ", ".join(str(finding.where) for finding in some[:_ALIKE])
        sys.stderr.write(f"note: {where}{more}: {why}\n")
    if len(alike) > _SHOWN:
        sys.stderr.write(f"note: and {len(alike) - _SHOWN} more (see --report FILE)\n")


def import_cube(task: "tuple[Path, tuple[Sample, ...], Options]") -> "ImportReport | str":
    """One cube of an archive; a cube that cannot be annotated does not hold up the others."""
    from thalia_core.build.annotations.importing import import_samples

    try:
        return import_samples(*task)
    except ThaliaError as error:
        return str(error)


def run_export(args: Namespace) -> int:
    """Export what is labelled; 1 when a cube could not be read."""
    from thalia_core.archive.catalogue import cube_paths
    from thalia_core.build.annotations.coco import CocoDataset
    from thalia_core.build.annotations.exporting import file_name, labelled_pairs, sample_json
    from thalia_core.build.annotations.geojson import features
    from thalia_core.build.annotations.raster import Preview
    from thalia_core.cube.store import CubeStore

    _require_target(args.out, args.format)
    files: dict[str, bytes] = {}
    dataset, collected, count, failed = CocoDataset(), list[dict[str, Any]](), 0, False
    for path in cube_paths(args.path):
        try:
            cube = CubeStore.open(path)
            preview = Preview.of_cube(cube, args.frame_size)
            for found in labelled_pairs(cube):
                count += 1
                if args.format == "json":
                    name = file_name(cube.frame, found)
                    if name in files:  # two pairs with one number
                        name = f"{cube.frame}_{found.pair}.json"
                    sample = sample_json(cube, found, preview)
                    files[name] = json.dumps(sample, indent=2).encode()
                elif args.format == "coco":
                    dataset.add(cube.frame, preview, found)
                else:
                    collected += features(cube, found)
        except ThaliaError as error:
            sys.stderr.write(f"thalia: {error}\n")
            failed = True
    if args.format == "json":
        _write_files(args.out, files)
    else:
        collection = {"type": "FeatureCollection", "features": collected}
        whole = dataset.to_json() if args.format == "coco" else collection
        _write(args.out, json.dumps(whole).encode())
    sys.stdout.write(f"{args.out}: {count} labelled pairs\n")
    return 1 if failed else 0


def _require_target(out: Path, kind: str) -> None:
    """Refuse what cannot be written before the work begins."""
    from thalia_core.errors import BuildError

    odd = out.is_file() or out.suffix in (".json", ".zip", ".tar", ".geojson")
    if kind == "json" and not out.name.endswith(_ARCHIVES) and odd:
        raise BuildError(
            "cannot write the annotations",
            where=out,
            why="it is neither a folder nor a .tar.gz",
            fix="give a folder, or a name that ends in .tar.gz",
        )
    if kind != "json" and out.is_dir():
        raise BuildError(
            "cannot write the annotations",
            where=out,
            why="it is a folder",
            fix=f"give a file such as {out / 'annotations.json'}",
        )


def _write(path: Path, data: bytes) -> None:
    from thalia_core.cube.durable import write_bytes
    from thalia_core.errors import BuildError

    try:
        write_bytes(path, data)
    except OSError as error:
        raise BuildError(
            "cannot write the annotations", where=path, why=error.strerror or str(error)
        ) from error


def _write_files(out: Path, files: dict[str, bytes]) -> None:
    if not out.name.endswith(_ARCHIVES):
        for name, text in files.items():
            _write(out / name, text)
        return
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, text in files.items():
            member = tarfile.TarInfo(f"annotations/{name}")
            member.size = len(text)
            archive.addfile(member, io.BytesIO(text))
    _write(out, buffer.getvalue())


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
