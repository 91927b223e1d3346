"""The process of a run: ``python -m thalia_core.jobs.worker RUN``.

It holds the run's lock as long as it lives, tells its news in ``events.jsonl``, and ends when the
file ``STOP`` appears or it is asked to terminate. Libraries that take seconds to load come later.
Of several processes that ``torchrun`` starts for one run, the first alone does that.
"""

import os
import signal
import sys
import time
import tomllib
import traceback
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from thalia_core.errors import ConfigError, RunError, ThaliaError
from thalia_core.jobs.rundir import RunDir
from thalia_core.progress import Done, Event, Failed, Metric, Started, Step

_INTERVAL_S = 0.25

Tell = Callable[[Event], None]
Stopping = Callable[[], bool]


class Throttle:
    """Passes events on, but of each frequent kind at most four a second."""

    def __init__(self, append: Tell) -> None:
        self._append = append
        self._last: dict[type[Event], float] = {}

    def __call__(self, event: Event) -> None:
        """Pass the event on, or drop it."""
        often = isinstance(event, Step) or (isinstance(event, Metric) and len(event.values) == 1)
        now = time.monotonic()
        if often and not _complete(event):
            if now - self._last.get(type(event), -1.0) < 2 * _INTERVAL_S:
                return
            self._last[type(event)] = now
        self._append(event)


def main(arguments: list[str] | None = None) -> int:
    """Do the job of a run folder; returns the exit status."""
    words = sys.argv[1:] if arguments is None else arguments
    if len(words) != 1:
        sys.stderr.write("usage: python -m thalia_core.jobs.worker RUN\n")
        return 2
    try:
        run = RunDir.open(Path(words[0]))
        if not _leads():
            return _work(run, _say_nothing)
        with run.hold():
            return _work(run, run.append)
    except ThaliaError as error:
        sys.stderr.write(f"{error}\n")
        return 2


def _leads() -> bool:
    return int(os.environ.get("RANK", "0")) == 0


def _say_nothing(event: Event) -> None:
    """What another process of the group has to tell: the first one does."""


def _work(run: RunDir, append: Tell) -> int:
    terminated: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda received, _: terminated.append(received))

    def stopping() -> bool:
        return bool(terminated) or run.stop_requested

    try:
        message = _job(run)(run, Throttle(append), stopping)
    except ThaliaError as error:
        traceback.print_exc()
        append(Failed(str(error)))
        return 2
    except BaseException as error:
        # The border of the process: whatever happened, whoever watches must learn of it.
        traceback.print_exc()
        append(Failed(_unexpected(error, run)))
        return 1
    append(Done(message))
    return 0


def _job(run: RunDir) -> Callable[[RunDir, Tell, Stopping], str]:
    try:
        table = tomllib.loads(run.config_path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(
            "cannot read the configuration", where=run.config_path, why=str(error)
        ) from error
    jobs = {"train": _train, "predict": _predict}
    wanted = table.get("job", "train")
    if wanted not in jobs:
        raise ConfigError(
            f"no job is called {wanted!r}", where=run.config_path, fix=f"known: {', '.join(jobs)}"
        )
    return jobs[wanted]


def _train(run: RunDir, tell: Tell, stopping: Stopping) -> str:
    from thalia_core.learn.config import TrainConfig

    config = TrainConfig.load(run.config_path)
    config.require_valid(run.config_path)
    from thalia_core.learn.device import choose
    from thalia_core.learn.distributed import joined, local_index
    from thalia_core.learn.trainer import train

    device = choose(config.device, config.threads, config.precision, local_index())
    with joined(device.is_gpu) as group:
        several = f", {group.size} processes" if group.size > 1 else ""
        tell(_started("training", device.text + several))
        return train(run, config, device, tell, stopping, group)


def _predict(run: RunDir, tell: Tell, stopping: Stopping) -> str:
    from thalia_core.learn.predict_config import PredictConfig

    config = PredictConfig.from_toml(run.config_path.read_text(encoding="utf-8"), run.config_path)
    config.require_valid(run.config_path)
    from thalia_core.learn.device import choose
    from thalia_core.learn.predicting import predict_job

    device = choose(config.device, config.threads)
    tell(_started("predicting", device.text))
    return predict_job(config, device, tell, stopping)


def _started(text: str, device: str) -> Started:
    return Started(text, device, datetime.now(UTC).isoformat(timespec="seconds"))


def _complete(event: Event) -> bool:
    return isinstance(event, Step) and event.done >= event.total


def _unexpected(error: BaseException, run: RunDir) -> str:
    """What to say of an error that no part of the program foresaw."""
    name = type(error).__name__
    if isinstance(error, MemoryError) or "OutOfMemory" in name or "out of memory" in str(error):
        told = RunError(
            "not enough memory", fix="use a smaller [training] batch or [input] crop, and resume"
        )
    elif isinstance(error, OSError) and error.strerror:
        told = RunError(
            error.strerror.lower(), where=error.filename, fix="mend the cause, then resume the run"
        )
    else:
        told = RunError(
            f"the run failed unexpectedly ({name}: {str(error).strip()[:300]})",
            fix=f"the details are in {run.log_path}",
        )
    return str(told)


if __name__ == "__main__":
    sys.exit(main())
