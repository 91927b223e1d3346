"""Run folders and the processes in them: real child processes, no deep learning."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from thalia_core.errors import RunError
from thalia_core.jobs import worker
from thalia_core.jobs.oslock import process_start
from thalia_core.jobs.rundir import STOPPED, RunDir, start_detached, state, stop, tail
from thalia_core.jobs.worker import Throttle
from thalia_core.progress import Done, Failed, Log, Metric, Started, Step

HOLD = """
import signal, sys, time
from pathlib import Path
from thalia_core.jobs.rundir import RunDir
from thalia_core.progress import Done, Started
run = RunDir(Path(sys.argv[1]))
if "deaf" in sys.argv[2]:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
with run.hold():
    run.append(Started("holding"))
    while not (run.stop_requested and "polite" in sys.argv[2]):
        time.sleep(0.01)
    run.append(Done("stopped on request"))
"""


class Settings:
    """Settings that no job knows."""

    def __init__(self, text: str = 'job = "none"\n') -> None:
        self._text = text

    def to_toml(self) -> str:
        return self._text


@pytest.fixture
def run(tmp_path: Path) -> RunDir:
    return RunDir.create(tmp_path / "run", Settings())


@pytest.fixture
def holder(run: RunDir):
    """Starts a process that holds the run's lock and behaves as told."""
    started = []

    def start(manner: str) -> subprocess.Popen[bytes]:
        process = subprocess.Popen([sys.executable, "-c", HOLD, str(run.folder), manner])
        started.append(process)
        until = time.monotonic() + 20
        while not (run.alive and run.process_path.exists()) and time.monotonic() < until:
            time.sleep(0.02)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()


def test_a_folder_holds_one_run(run, tmp_path):
    assert RunDir.open(run.folder) == run
    assert (run.name, state(run), run.alive) == ("run", "not started", False)
    with pytest.raises(RunError, match=r"holds a run already.*--resume"):
        RunDir.create(run.folder, Settings())
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "a.txt").touch()
    with pytest.raises(RunError, match="not empty"):
        RunDir.create(tmp_path / "notes", Settings())
    with pytest.raises(RunError, match="not a run folder"):
        RunDir.open(tmp_path)


def test_only_whole_lines_are_told(run):
    assert tail(run) == ([], 0)
    run.append(Step(1, 2, "é"))
    events, offset = tail(run)
    assert events == [Step(1, 2, "é")]
    with run.events_path.open("ab") as file:
        file.write(b'{"kind": "done", "mess')
    assert tail(run, offset) == ([], offset)
    with run.events_path.open("ab") as file:
        file.write(b'age": "x"}\nnot an event\n{"kind": "later"}\n')
    events, end = tail(run, offset)
    assert events == [Done("x")]
    assert tail(run, end) == ([], end) == ([], run.events_path.stat().st_size)


def test_a_torn_line_swallows_no_other(run):
    run.append(Started("training"))
    with run.events_path.open("ab") as file:
        file.write(b'{"kind": "st')
    with run.hold():
        run.append(Done("finished"))
    assert tail(run)[0] == [Started("training"), Done("finished")]


def test_states_in_words(run):
    run.append(Started("training"))
    assert state(run) == "died"
    run.append(Failed("the loss became nan"))
    assert state(run) == "failed: the loss became nan"
    run.append(Started("training"))
    assert state(run) == "died"
    run.append(Done(f"{STOPPED} after 3 steps"))
    assert state(run) == "stopped"
    run.append(Started("training"))
    run.append(Done("finished"))
    assert state(run) == "finished"


def test_a_run_lives_while_its_lock_is_held(run, holder):
    process = holder("polite")
    assert run.alive
    assert state(run) == "running"
    with pytest.raises(RunError, match="running already"), run.hold():
        pass
    with pytest.raises(RunError, match="running already"):
        start_detached(run)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert not run.alive
    assert state(run) == "died"


def test_looking_does_not_disturb(run, holder):
    """Many look at once, and none takes another's look for the run."""
    looks = [subprocess.Popen([sys.executable, "-c", (
        "import sys; from pathlib import Path; from thalia_core.jobs.rundir import RunDir;"
        "run = RunDir(Path(sys.argv[1])); sys.exit(any(run.alive for _ in range(2000)))"
    ), str(run.folder)]) for _ in range(3)]  # fmt: skip
    run.alive_path.touch()
    assert not any(run.alive for _ in range(2000))
    assert [look.wait() for look in looks] == [0, 0, 0]


def test_stop_asks_first(run, holder):
    process = holder("polite")
    assert stop(run) == "stopped"
    assert process.wait(5) == 0


def test_stop_terminates_then_kills(run, holder):
    process = holder("stubborn")
    assert stop(run, patience=0.1) == "died"
    assert process.wait(5) == -signal.SIGTERM
    process = holder("stubborn and deaf")
    assert stop(run, patience=0.1, force_after=0.3) == "died"
    assert process.wait(5) == -signal.SIGKILL


def test_no_signal_goes_to_a_process_that_is_not_surely_the_run(run, holder):
    process = holder("stubborn")
    wrong = json.dumps({"pid": process.pid, "started": "1"})
    for text in (wrong, "{", '{"pid": 1}'):
        run.process_path.write_text(text)
        with pytest.raises(RunError, match="cannot be identified"):
            stop(run, patience=0.05, force_after=0.05)
        assert process.poll() is None


def test_start_times_tell_processes_apart():
    assert process_start(os.getpid()) == process_start(os.getpid()) is not None
    assert process_start(2**22 + 1) is None


def test_the_worker_tells_why_it_failed(run):
    start_detached(run)
    wait_for(lambda: not run.alive)
    assert "no job is called 'none'" in state(run)
    assert "ConfigError" in run.log_path.read_text()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[training]\nepoch = 3\n", ("unknown key 'epoch'", "config.toml", "'epochs'")),
        ("not toml", ("cannot read the configuration",)),
        ('[data]\ncubes = ["/nowhere"]\n', ("[data] cubes", "/nowhere")),
    ],
)
def test_wrong_settings_fail_the_run_in_words(tmp_path, text, words):
    run = RunDir.create(tmp_path / "run", Settings(text))
    start_detached(run)
    wait_for(lambda: not run.alive)
    assert state(run).startswith("failed: ")
    assert all(word in state(run) for word in words)


def test_the_worker_needs_a_run_folder(tmp_path):
    command = [sys.executable, "-m", "thalia_core.jobs.worker"]
    wrong = subprocess.run([*command, tmp_path], capture_output=True, text=True, check=False)
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert "not a run folder" in wrong.stderr
    assert "Traceback" not in wrong.stderr
    assert subprocess.run(command, capture_output=True, check=False).returncode == 2


def test_frequent_events_are_told_four_times_a_second(run):
    told: list[object] = []
    throttle = Throttle(told.append)
    begun = time.monotonic()
    n = 0
    while time.monotonic() < begun + 1:
        throttle(Step(n, 10**9))
        throttle(Metric(n, 0, {"loss": 1.0}))
        n += 1
    assert 2 <= len(told) <= 4 * (time.monotonic() - begun) + 1
    throttle(Log("info", "always"))
    throttle(Metric(n, 0, {"train_loss": 1.0, "val_loss": 1.0}))
    throttle(Step(10**9, 10**9))
    assert told[-1] == Step(10**9, 10**9)


def wait_for(condition, seconds: float = 20) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "it took too long"
        time.sleep(0.02)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OSError(28, "No space left on device", "/data/x"), "no space left on device: /data/x"),
        (MemoryError(), "not enough memory; use a smaller [training] batch"),
        (IndexError("7"), "unexpectedly (IndexError: 7); the details are in"),
    ],
)
def test_what_nobody_foresaw_is_told_without_a_traceback(run, monkeypatch, error, words):
    def job(*_: object) -> str:
        raise error

    monkeypatch.setattr(worker, "_job", lambda _: job)
    monkeypatch.setattr(worker.signal, "signal", lambda *_: None)
    assert worker.main([str(run.folder)]) == 1
    assert words in state(run)
