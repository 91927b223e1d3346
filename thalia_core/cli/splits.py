"""``thalia splits``: the samples of the benchmark, and the parts they are split into."""

import json
import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace, _SubParsersAction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from thalia_core.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from thalia_core.benchmark.items import Item, Items
    from thalia_core.benchmark.series import Series
    from thalia_core.benchmark.splits import Split

_BAR = 40


def add(subparsers: "_SubParsersAction[ArgumentParser]") -> None:
    """Register the verb."""
    splits = subparsers.add_parser(
        "splits",
        help="samples of the benchmark in training, validation and test",
        description="Count the samples of the published splits, in an archive or in the public "
        "annotations. Parts go by primary dates; 'regions' keeps three regions for the test.",
    )
    splits.add_argument("archive", type=Path, nargs="?", metavar="ARCHIVE", help="folder of cubes")
    splits.add_argument("--annotations", type=Path, metavar="TAR.GZ", help="the public annotations")
    splits.add_argument(
        "--index",
        type=Path,
        metavar="FILE",
        help="which samples have a product: the public quality_timeseries.json",
    )
    splits.add_argument("--split", choices=("temporal", "regions"), default="temporal")
    splits.add_argument(
        "--series",
        type=_steps,
        metavar="K",
        help="time series of K pairs that share their primary date",
    )
    splits.add_argument("--seed", type=int, default=0, help="of steps repeated in short series")
    splits.add_argument(
        "--figure", type=Path, metavar="FILE.svg", help="draw how long the series are (Fig. 8)"
    )
    splits.add_argument("--manifest", type=Path, metavar="FILE", help="write all names there")
    splits.add_argument("--json", action="store_true")
    splits.set_defaults(run=run)


def run(args: Namespace) -> int:
    """Split and tell."""
    from thalia_core.benchmark.manifest import manifest, write_manifest
    from thalia_core.benchmark.series import series_of
    from thalia_core.benchmark.splits import split

    items = _items(args)
    found = split(items.usable, args.split)
    parts: dict[str, Sequence[Item | Series]] = {**found.parts, **found.regions}
    if args.series is not None:
        parts = {
            name: series_of(part, args.series, name, args.seed)
            for name, part in {**found.parts, **found.regions}.items()
        }
    config = {"split": args.split, "series": args.series, "seed": args.seed}
    if args.manifest is not None:
        of_split = {name: parts[name] for name in found.parts}
        write_manifest(args.manifest, manifest(of_split, config))
    if args.figure is not None:
        _draw(items, args.figure)
    told = _told(items, found, parts, config)
    plain = json.dumps(told, indent=2, ensure_ascii=False) + "\n"
    sys.stdout.write(plain if args.json else _text(told))
    return 0


def _items(args: Namespace) -> "Items":
    if (args.archive is None) == (args.annotations is None):
        raise ConfigError(
            "give an archive or the public annotations",
            fix="as in 'thalia splits ARCHIVE' or 'thalia splits --annotations FILE.tar.gz'",
        )
    if args.archive is not None:
        from thalia_core.archive.catalogue import Catalogue
        from thalia_core.benchmark.items import items_of_archive

        if args.index is not None:
            why = "an archive knows its products"
            raise ConfigError("--index goes with --annotations", why=why)
        return items_of_archive(Catalogue.open(args.archive))
    from thalia_core.benchmark.items import items_of_annotations
    from thalia_core.build.annotations.index import read_index
    from thalia_core.build.annotations.records import read_samples

    samples, findings = read_samples(args.annotations)
    for finding in findings:  # what contradicts itself is named, not guessed at
        sys.stderr.write(f"thalia: {finding}\n")
    listed = read_index(args.index) if args.index is not None else None
    return items_of_annotations(samples, listed)


def _told(
    items: "Items",
    found: "Split",
    parts: "Mapping[str, Sequence[Item | Series]]",
    config: "Mapping[str, Any]",
) -> dict[str, Any]:
    from thalia_core.benchmark.series import lengths
    from thalia_core.benchmark.splits import leakage

    leaks = leakage(found.parts)
    told: dict[str, Any] = {
        **config,
        "samples": len(items.usable),
        "parts": {name: _counts(part) for name, part in parts.items()},
        "outside": found.outside,
        "left_out": dict(items.left_out),
        "missing": [item.key for item in items.missing],
        "leakage": {
            "pairs": list(leaks.pairs),
            "shared_acquisitions": {f"{a}, {b}": n for (a, b), n in leaks.dates.items()},
        },
        "lengths": {str(length): count for length, count in lengths(items.usable).items()},
    }
    return told


def _draw(items: "Items", path: Path) -> None:
    """Primary dates by their number of secondary dates (paper, Fig. 8)."""
    from matplotlib.figure import Figure

    from thalia_core.benchmark.series import lengths
    from thalia_core.cube.durable import write_bytes
    from thalia_core.export.figures import as_svg

    counts = lengths(items.usable)
    figure = Figure(figsize=(7.0, 3.2), layout="constrained")
    axis = figure.subplots()
    axis.bar(list(counts), list(counts.values()), color="#1f5a8c")
    axis.set_xlabel("secondary dates of a primary date")
    axis.set_ylabel("primary dates")
    axis.spines[["top", "right"]].set_visible(False)
    write_bytes(path, as_svg(figure))


def _counts(part: "Sequence[Item | Series]") -> dict[str, int]:
    positive = sum(item.positive for item in part)
    return {"positive": positive, "negative": len(part) - positive}


def _text(told: "Mapping[str, Any]") -> str:
    what = f"series of {told['series']}" if told["series"] else "samples"
    lines = [f"{told['samples']:,} samples, split: {told['split']}", ""]
    lines.append(f"{what:<28}{'positive':>10}{'negative':>10}")
    for name, counts in told["parts"].items():
        lines.append(f"{name:<28}{counts['positive']:>10,}{counts['negative']:>10,}")
    lines.append("")
    if told["outside"]:
        lines.append(f"in no part: {told['outside']:,}")
    if told["left_out"]:
        reasons = ", ".join(f"{why} {count:,}" for why, count in told["left_out"].items())
        lines.append(f"left out: {reasons}")
    lines += [f"  no product: {key}" for key in told["missing"]]
    pairs = told["leakage"]["pairs"]
    lines.append(f"pairs in two parts: {', '.join(pairs) if pairs else 'none'}")
    shared = told["leakage"]["shared_acquisitions"].items()
    lines.append("acquisitions in pairs of both: " + "; ".join(f"{a}: {n:,}" for a, n in shared))
    if told["series"]:
        lines += ["", "primary dates by their number of secondary dates"]
        most = max(told["lengths"].values(), default=1)
        for length, count in told["lengths"].items():
            lines.append(f"{length:>4} {count:>6,} {'█' * round(_BAR * count / most)}")
    return "\n".join(lines) + "\n"


def _steps(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 9:
        raise ArgumentTypeError(f"{text!r} is no number of steps from 1 to 9")
    return int(text)
