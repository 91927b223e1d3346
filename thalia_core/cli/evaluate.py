"""``thalia evaluate``: score a trained model beside guesses, and beside another model."""

import csv
import json
import sys
from argparse import ArgumentParser, Namespace, _SubParsersAction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from thalia_core.cli.learn import Screen, add_common, predictor_of
from thalia_core.cube.durable import write_bytes
from thalia_core.errors import ConfigError
from thalia_core.jobs.rundir import RunDir

if TYPE_CHECKING:
    from thalia_core.learn.config import TrainConfig
    from thalia_core.learn.predict import Predictor
    from thalia_core.learn.samples import Sample
    from thalia_core.learn.scoring.scores import Scores

SPLITS = ("train", "val", "test")
LOOKS = ("frames", "crops")


def add(subparsers: "_SubParsersAction[ArgumentParser]") -> None:
    """Register the verb."""
    evaluate = subparsers.add_parser(
        "evaluate",
        help="score a trained model beside simple guesses",
        description="Score a model on cubes it has not seen, or on the test split of its run, "
        "beside guesses that need no network, with intervals from pairs drawn again and again "
        "(those of one frame and primary date together).",
    )
    evaluate.add_argument("trained", type=Path, metavar="RUN", help="folder of a training run")
    evaluate.add_argument(
        "cubes", type=Path, nargs="*", metavar="CUBE", help="default: the split of the run"
    )
    evaluate.add_argument("--split", choices=SPLITS, default="test", help="default: test")
    evaluate.add_argument(
        "--look",
        nargs="+",
        choices=LOOKS,
        default=["frames"],
        help="whole frames, or the crops centred on the deformation that the published figures are "
        "of; default: frames",
    )
    evaluate.add_argument(
        "--against", type=Path, metavar="RUN", help="another run on the same samples"
    )
    evaluate.add_argument(
        "--save", action="store_true", help="keep the measures in the folder of the run"
    )
    evaluate.add_argument(
        "--table", type=Path, metavar="FILE.csv", help="write what was said of each sample"
    )
    evaluate.add_argument(
        "--mask",
        choices=("atmosphere", "insar"),
        help="show the model zeros in place of these channels (insar: all that are no weather)",
    )
    evaluate.add_argument(
        "--fusion-weights",
        action="store_true",
        help="only tell how the first layer weighs the channels",
    )
    evaluate.add_argument("--figure", type=Path, metavar="FILE.svg", help="draw these weights")
    evaluate.add_argument("--json", action="store_true", help="print the measures as JSON")
    add_common(evaluate)
    evaluate.set_defaults(run=run)


def run(args: Namespace) -> int:
    """Score a run."""
    run = RunDir.open(args.trained)
    predictor, device = predictor_of(args)
    from thalia_core.learn.config import TrainConfig

    if args.fusion_weights:
        return _tell_weights(args, predictor)
    if args.mask:
        from thalia_core.learn.scoring.ablation import silence

        silence(predictor, args.mask)
    config = TrainConfig.load(run.config_path)
    samples = _samples(args, config)
    told, texts = {}, []
    with Screen() as screen:
        if not args.json:
            screen.write(f"evaluating on {device.text}")
        for look in args.look:
            found = _score(look, predictor, config, samples, screen)
            told[look] = found.to_dict()
            texts.append(found.table())
            if args.against is not None:
                told[look]["against"] = _against(args, look, found, samples, screen)
                texts.append(_told(told[look]["against"]))
            if args.save:
                _save(run, args, look, found, _plain(told[look]))
            if args.table is not None and look == args.look[0]:
                _write_table(args.table, found)
    plain = _plain(told if len(told) > 1 else told[args.look[0]])
    sys.stdout.write((json.dumps(plain, indent=1) if args.json else "\n\n".join(texts)) + "\n")
    return 0


def _tell_weights(args: Namespace, predictor: "Predictor") -> int:
    """How the first layer weighs the channels."""
    from thalia_core.learn.scoring.ablation import draw, fusion_weights

    weights = fusion_weights(predictor)
    if args.json:
        told = {weight.channel: weight.share for weight in weights}
        sys.stdout.write(json.dumps(told, indent=1) + "\n")
    else:
        lines = [f"{weight.channel:<56}{weight.share:7.1%}" for weight in weights]
        sys.stdout.write("\n".join(lines) + "\n")
    if args.figure is not None:
        write_bytes(args.figure, draw({args.trained.name: weights}))
    return 0


def _save(run: RunDir, args: Namespace, look: str, found: "Scores", told: Any) -> None:
    """Keep the measures, and what they follow from."""
    masked = f"_without_{args.mask}" if args.mask else ""
    name = f"scores_{args.split if not args.cubes else 'cubes'}_{look}{masked}"
    found.keep(run.folder / f"{name}.npz")
    write_bytes(run.folder / f"{name}.json", (json.dumps(told, indent=1) + "\n").encode())


def _samples(args: Namespace, config: "TrainConfig") -> "list[Sample]":
    """What is scored: the labelled pairs of the cubes, or a split of the run."""
    from thalia_core.archive.catalogue import cube_paths
    from thalia_core.cube.store import CubeStore
    from thalia_core.learn.evaluate import samples_of
    from thalia_core.learn.samples import find_samples

    if args.cubes:
        paths = [path for named in args.cubes for path in cube_paths(named)]
        return samples_of([CubeStore.open(path) for path in paths], config)
    found = find_samples(config).of(args.split)
    if not found:
        raise ConfigError(
            f"the {args.split} split of the run is empty",
            where=args.trained,
            fix="name cubes to score on",
        )
    return found


def _score(
    look: str,
    predictor: "Predictor",
    config: "TrainConfig",
    samples: "list[Sample]",
    screen: Screen,
) -> "Scores":
    from thalia_core.learn.evaluate import score

    return score(predictor, config, samples, screen.step, centred=look == "crops")


def _against(
    args: Namespace, look: str, found: "Scores", samples: "list[Sample]", screen: Screen
) -> dict[str, Any]:
    """How much better than another run: measure -> [difference, low, high]."""
    from thalia_core.learn.config import TrainConfig
    from thalia_core.learn.scoring.bootstrap import difference
    from thalia_core.learn.scoring.scores import MODEL

    other = Namespace(**{**vars(args), "trained": args.against})
    predictor, _ = predictor_of(other)
    config = TrainConfig.load(RunDir.open(args.against).config_path)
    scores = _score(look, predictor, config, samples, screen)
    groups = [one.group for one in found.judged]
    apart = difference(found.counts(MODEL), scores.counts(MODEL), groups)
    return {"run": args.against.name, **{name: list(values) for name, values in apart.items()}}


def _told(apart: dict[str, Any]) -> str:
    lines = [f"better than {apart['run']} by (95 %)"]
    for name in ("f1", "precision", "recall", "auroc", "average_precision"):
        by, low, high = apart[name]
        lines.append(f"{name.replace('_', ' '):<20}{by:+8.3f}   {low:+.3f} to {high:+.3f}")
    return "\n".join(lines)


def _write_table(path: Path, found: "Scores") -> None:
    """One row for each sample: the worst errors are found by sorting it."""
    from thalia_core.learn.scoring.bins import BINS, measures
    from thalia_core.learn.scoring.scores import MODEL

    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(
            ("frame", "sample", "deforms", "types", "intensity", "coherence")
            + ("marked", "true", "iou", "highest_probability")
        )
        for one in found.judged:
            counts = one.counts[MODEL]
            said = counts.sum(0).nonzero()[0]
            highest = (said[-1] + 0.5) / BINS if said.size else float("nan")
            marked, true = int(counts[:, BINS // 2 :].sum()), int(counts[1].sum())
            writer.writerow(
                (one.frame, one.key, int(one.positive), " ".join(one.types), one.intensity)
                + (f"{one.coherence:.3f}", marked, true)
                + (f"{float(measures(counts)['iou']):.4f}", f"{highest:.4f}")
            )


def _plain(value: Any) -> Any:
    """JSON values: a measure that says nothing is null."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return None if isinstance(value, float) and value != value else value
