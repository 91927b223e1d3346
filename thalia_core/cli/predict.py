"""``thalia predict``: apply trained models to cubes."""

import sys
from argparse import ArgumentParser, Namespace, _SubParsersAction
from pathlib import Path

from thalia_core.cli.learn import Screen, add_common
from thalia_core.jobs.rundir import RunDir


def add(subparsers: "_SubParsersAction[ArgumentParser]") -> None:
    """Register the verb."""
    predict = subparsers.add_parser(
        "predict",
        help="apply a trained model to cubes",
        description="Write the model's probabilities beside the cubes; their labels are not "
        "touched. Pairs that are predicted already are left alone: the same command goes on where "
        "it was interrupted. With --flips or --with each pair is looked at several times: the mean "
        "is kept, and the standard deviation beside it.",
    )
    predict.add_argument("trained", type=Path, metavar="RUN", help="folder of a training run")
    predict.add_argument(
        "cubes", type=Path, nargs="+", metavar="CUBE", help="cubes, or folders of cubes"
    )
    predict.add_argument(
        "--pair", nargs="+", action="extend", default=[], metavar="D1_D2", help="only these pairs"
    )
    predict.add_argument(
        "--with",
        dest="members",
        type=Path,
        nargs="+",
        default=[],
        metavar="RUN",
        help="more runs that look, such as those of other seeds",
    )
    predict.add_argument("--flips", action="store_true", help="look four times, turned over")
    predict.add_argument(
        "--readers", type=int, default=2, metavar="N", help="threads that read ahead; default: 2"
    )
    predict.add_argument(
        "--scheduler",
        metavar="ADDRESS",
        help="spread the pairs over the workers of this Dask cluster; each loads the model once",
    )
    add_common(predict)
    predict.set_defaults(run=run)


def run(args: Namespace) -> int:
    """Predict, in this process or on a cluster."""
    from thalia_core.archive.catalogue import cube_paths
    from thalia_core.cube.pairs import DatePair
    from thalia_core.cube.store import CubeStore

    pairs = [DatePair.parse(text) for text in args.pair]
    cubes = [CubeStore.open(path) for named in args.cubes for path in cube_paths(named)]
    folders = [RunDir.open(folder).folder for folder in (args.trained, *args.members)]
    from thalia_core.learn.device import choose
    from thalia_core.learn.ensemble import Ensemble
    from thalia_core.learn.predicting import name_of, predict_cubes, require_pairs
    from thalia_core.learn.spreading import on_cluster

    require_pairs(cubes, pairs)
    device = choose(args.device, args.threads)
    model = Ensemble.of_runs(folders, device, args.checkpoint, args.flips)
    with Screen() as screen:
        screen.write(f"predicting on {args.scheduler or device.text}")
        look = None
        if args.scheduler:
            look = on_cluster(args.scheduler, folders, args.checkpoint, args.flips, args.device)
        report = predict_cubes(
            model, name_of(folders), cubes, pairs, screen.step, readers=args.readers, look=look
        )
    for store in report.stores:
        done = f"{len(store.pairs)} of {store.total} pairs predicted"
        sys.stdout.write(f"{store.path}: {done}\n")
    if report.written:
        sys.stdout.write(
            f"{report.pace['pairs_per_s']:.2f} pairs and {report.pace['megapixels_per_s']:.1f} "
            f"megapixels a second, {report.pace['data_wait']:.0%} of the time waiting for data\n"
        )
    for pair, why in report.failed.items():
        sys.stderr.write(f"not predicted: {pair}: {why}\n")
    report.require_complete()
    return 0
