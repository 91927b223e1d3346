"""``thalia shards``: samples as tar files in the published WebDataset layout."""

import json
import sys
from argparse import ArgumentParser, Namespace, _SubParsersAction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from thalia_core.cli.work import add_pool_options, pool_of, progress_bar
from thalia_core.errors import ConfigError

if TYPE_CHECKING:
    from thalia_core.learn.config import TrainConfig

_SPLITS = ("train", "val", "test")


def add(subparsers: "_SubParsersAction[ArgumentParser]") -> None:
    """Register the verb."""
    shards = subparsers.add_parser(
        "shards", help="samples as tar files in the published WebDataset layout"
    )
    kinds = shards.add_subparsers(metavar="WHAT", required=True)
    _add_write(kinds)
    info = kinds.add_parser(
        "info",
        help="what shards hold",
        description="Count the samples of each part and say what they hold. --check reads every "
        "member and its checksums; exit code 1: something is wrong with one.",
    )
    info.add_argument("folder", type=Path, metavar="DIR")
    info.add_argument(
        "--series", type=int, default=1, metavar="K", help="which, where DIR holds several"
    )
    info.add_argument("--check", action="store_true", help="read every member")
    info.add_argument("--json", action="store_true")
    info.set_defaults(run=run_info)


def _add_write(kinds: "_SubParsersAction[ArgumentParser]") -> None:
    write = kinds.add_parser(
        "write",
        help="write the crops of an archive as shards",
        description="Write the samples of the published splits, cropped, as tar files. Run again "
        "it goes on where it was interrupted. A settings file says how samples are split, cropped "
        "and which channels they have; an archive alone is written as published: split by time, "
        "crops of 512, all channels.",
    )
    write.add_argument("source", type=Path, metavar="CONFIG|ARCHIVE")
    write.add_argument("out", type=Path, metavar="OUT", help="a new or empty folder")
    write.add_argument(
        "--split", nargs="+", choices=_SPLITS, default=_SPLITS, help="only these (default: all)"
    )
    write.add_argument(
        "--series",
        type=int,
        default=1,
        metavar="K",
        help="of an archive: series of K pairs that share their primary date (published: 1 and 3)",
    )
    write.add_argument(
        "--per-shard", type=int, default=128, metavar="N", help="samples in a tar (default: 128)"
    )
    add_pool_options(write)
    write.set_defaults(run=run_write)


def run_write(args: Namespace) -> int:
    """Write shards."""
    if args.per_shard < 1:
        raise ConfigError("a shard holds one sample or more", where=f"--per-shard {args.per_shard}")
    config = _config(args.source, args.series)
    from thalia_core.learn.feed.writing import plan_shards, write_shards

    shards = plan_shards(config, args.out, args.split, args.per_shard)
    with pool_of(args, len(shards)) as pool, progress_bar("sample") as tell:
        written = write_shards(shards, args.out, pool, tell)
    were = len(shards) - written
    sys.stdout.write(f"{args.out}: {written} shards written, {were} were there before\n")
    return 0


def run_info(args: Namespace) -> int:
    """Tell what shards hold."""
    from thalia_core.learn.feed.shards import Shards, problems

    shards = Shards.open(args.folder, args.series)
    told = shards.to_dict()
    if args.check:
        told["problems"] = list(problems(shards))
    sys.stdout.write(json.dumps(told, indent=2) + "\n" if args.json else _text(told))
    return 1 if told.get("problems") else 0


def _config(source: Path, series: int) -> "TrainConfig":
    from thalia_core.learn.config import TrainConfig
    from thalia_core.learn.names import CHANNELS

    if source.is_dir():
        return TrainConfig(cubes=(str(source),), split="temporal", channels=CHANNELS, series=series)
    if series > 1:
        raise ConfigError(
            "--series goes with an archive", where=source, fix="set [input] series there"
        )
    return TrainConfig.load(source)


def _text(told: dict[str, Any]) -> str:
    lines = [
        f"{told['folder']}: {told['steps']} steps of {told['size']} x {told['size']}",
        f"channels: {', '.join(told['channels'])}",
    ]
    for part, count in told["parts"].items():
        lines.append(
            f"{part:9}  {count['samples']:6} samples in {count['shards']} shards, "
            f"{count['bytes'] / 1e6:.1f} MB"
        )
    for problem in told.get("problems", ()):
        lines.append(f"wrong: {problem}")
    return "\n".join(lines) + "\n"
