"""``thalia train``: learn from cubes; and what the verbs that use a model share."""

import signal
import sys
import time
from argparse import ArgumentParser, Namespace, _SubParsersAction
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from thalia_core.errors import ConfigError, RunError
from thalia_core.jobs.rundir import RunDir, start_detached, state, stop, tail
from thalia_core.progress import Event, Log, Metric, Started, Step

if TYPE_CHECKING:
    from thalia_core.learn.config import TrainConfig
    from thalia_core.learn.device import Device
    from thalia_core.learn.predict import Predictor

_POLL_S = 0.2


def add(subparsers: "_SubParsersAction[ArgumentParser]") -> None:
    """Register the verbs."""
    _add_train(subparsers)


def _add_train(subparsers: "_SubParsersAction[ArgumentParser]") -> None:
    train = subparsers.add_parser(
        "train",
        help="train a model",
        description="Train a model in a process of its own and show how it goes. Ctrl-C asks it to "
        "save its state and end; a second Ctrl-C ends it at once. Exit code 1: it was stopped.",
    )
    train.add_argument(
        "config",
        nargs="?",
        metavar="CONFIG.toml",
        help="the settings, or the name of settings that come with the program, such as demo_unet; "
        "may be left out with --resume",
    )
    train.add_argument(
        "--run", dest="run_dir", type=Path, required=True, metavar="DIR", help="folder of the run"
    )
    train.add_argument(
        "--cubes",
        nargs="+",
        type=Path,
        metavar="PATH",
        help="cubes or folders of cubes, instead of those in the settings",
    )
    train.add_argument("--resume", action="store_true", help="go on with the run in that folder")
    train.set_defaults(run=run_train)


def add_common(parser: ArgumentParser) -> None:
    """What all verbs that use a trained model take."""
    parser.add_argument(
        "--checkpoint", choices=("best", "last"), default="best", help="default: best"
    )
    parser.add_argument(
        "--device", choices=("auto", "cpu", "cuda"), default="auto", help="default: auto"
    )
    parser.add_argument(
        "--threads", type=int, default=0, metavar="N", help="threads on the CPU; default: all"
    )


def run_train(args: Namespace) -> int:
    """Train in the foreground; 0 when finished, 1 when stopped, 2 when failed."""
    folder: Path = args.run_dir
    config = _config(args)
    if args.resume:
        run = RunDir.open(folder)
        if config is not None:
            if run.alive:
                raise RunError("this run is running already", where=folder)
            config.save(run.config_path)
    else:
        assert config is not None
        run = RunDir.create(folder, config)
    _, offset = tail(run)
    start_detached(run)
    with stop_on_terminate():
        _follow(run, offset)
    ended = state(run)
    if ended.startswith("failed") or ended == "died":
        raise RunError(f"the run {ended}", where=run.folder, fix=f"details are in {run.log_path}")
    sys.stdout.write(f"{run.folder}: {ended}\n")
    return 0 if ended == "finished" else 1


def _config(args: Namespace) -> "TrainConfig | None":
    """The settings to run, checked; None to keep those of a resumed run."""
    from dataclasses import replace

    from thalia_core.learn.config import TrainConfig, presets

    if args.config is None:
        if args.resume and not args.cubes:
            return None
        raise ConfigError(
            "no settings are given",
            fix=f"name a CONFIG.toml, or one of {', '.join(presets())}",
        )
    path = Path(args.config)
    if not path.exists() and args.config in presets():
        path = presets()[args.config]
    config = TrainConfig.load(path)
    if args.cubes:
        config = replace(config, cubes=tuple(str(cube.absolute()) for cube in args.cubes))
    if not (config.cubes or config.shards):
        raise ConfigError(
            "no cubes to learn from",
            where=path,
            fix="name them with --cubes or in [data] cubes, or shards in [feed] shards",
        )
    config.require_valid(path)
    return config


@contextmanager
def stop_on_terminate() -> Iterator[None]:
    """Let a polite request to end us reach the run as one, too."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _follow(run: RunDir, offset: int) -> None:
    """Show a run until it ends; Ctrl-C asks it to."""
    asked = False
    with Screen() as screen:
        alive = True
        while alive:
            try:
                alive = run.alive
                events, offset = tail(run, offset)
                for event in events:
                    screen.show(event)
                time.sleep(_POLL_S if alive else 0)
            except KeyboardInterrupt:
                if asked:
                    screen.write("ending it now")
                    stop(run, patience=0.0)
                else:
                    asked = True
                    screen.write("asked to stop; it saves its state first (again: at once)")
                    run.request_stop()


class Screen:
    """Draws events: a bar on standard error, a line for each epoch on standard output."""

    def __init__(self) -> None:
        from tqdm import tqdm

        self._bar = tqdm(file=sys.stderr, disable=not sys.stderr.isatty(), leave=False)

    def __enter__(self) -> "Screen":
        return self

    def __exit__(self, *exception: object) -> None:
        self._bar.close()

    def show(self, event: Event) -> None:
        """Draw one event."""
        if isinstance(event, Started):
            self.write(f"{event.text} on {event.device}")
        elif isinstance(event, Step):
            self.step(event.done, event.total, event.text)
        elif isinstance(event, Log):
            self.write(f"{event.level}: {event.text}" if event.level != "info" else event.text)
        elif isinstance(event, Metric) and set(event.values) == {"loss"}:
            self._bar.set_postfix({k: f"{v:.4g}" for k, v in event.values.items()}, refresh=False)
        elif isinstance(event, Metric):
            values = ", ".join(f"{k.replace('_', ' ')} {v:.4g}" for k, v in event.values.items())
            self.write(f"epoch {event.epoch + 1}, step {event.step}: {values}")

    def step(self, done: int, total: int, text: str) -> None:
        """Move the bar."""
        self._bar.total = total
        self._bar.set_description(text, refresh=False)
        self._bar.update(done - self._bar.n)

    def write(self, text: str) -> None:
        """A line that stays."""
        self._bar.clear()
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()


def predictor_of(args: Namespace) -> "tuple[Predictor, Device]":
    """The model that the arguments name, and where it computes."""
    RunDir.open(args.trained)
    from thalia_core.learn.device import choose
    from thalia_core.learn.predict import Predictor

    device = choose(args.device, args.threads)
    return Predictor.of_run(args.trained, device, args.checkpoint), device
