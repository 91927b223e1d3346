"""Reads on threads: the newest request wins, old answers are dropped, errors are told."""

import threading

import pytest

from thalia_viewer.tasks import Tasks


@pytest.fixture
def tasks(qtbot):
    tasks = Tasks(workers=2)
    yield tasks
    tasks.close()


def test_results_arrive_on_the_main_thread(qtbot, tasks):
    seen = []
    tasks.latest(
        "picture",
        threading.current_thread,
        lambda worker: seen.append((worker, threading.current_thread())),
    )
    qtbot.waitUntil(lambda: bool(seen))
    worker, here = seen[0]
    assert worker is not here
    assert here is threading.main_thread()


def test_a_slow_read_never_overwrites_a_newer_one(qtbot, tasks):
    gate, shown = threading.Event(), []
    tasks.latest("picture", lambda: gate.wait(5) and "old", shown.append)
    tasks.latest("picture", lambda: "new", shown.append)
    qtbot.waitUntil(lambda: shown == ["new"])
    gate.set()
    qtbot.waitUntil(lambda: not tasks.busy)
    assert shown == ["new"]


def test_a_request_that_has_not_begun_is_taken_back(qtbot, tasks):
    gate, done, shown = threading.Event(), [], []
    for _ in range(2):  # both threads are held
        tasks.once(lambda: gate.wait(5))
    for n in range(20):
        tasks.latest("picture", lambda n=n: done.append(n) or n, shown.append)
    gate.set()
    qtbot.waitUntil(lambda: not tasks.busy)
    assert done == shown == [19]


def test_names_do_not_disturb_each_other(qtbot, tasks):
    shown = []
    tasks.latest("a", lambda: "a", shown.append)
    tasks.latest("b", lambda: "b", shown.append)
    qtbot.waitUntil(lambda: sorted(shown) == ["a", "b"])


def test_errors_go_to_who_asked_or_to_all(qtbot, tasks):
    def fail():
        raise ValueError("no")

    asked, told = [], []
    tasks.failed.connect(told.append)
    tasks.latest("a", fail, print, asked.append)
    qtbot.waitUntil(lambda: len(asked) == 1)
    assert not told
    tasks.latest("a", fail, print)
    qtbot.waitUntil(lambda: len(told) == 1)
    assert not tasks.waiting("a")


def test_a_dropped_request_is_not_shown(qtbot, tasks):
    gate, shown = threading.Event(), []
    tasks.latest("picture", lambda: gate.wait(5), shown.append)
    tasks.drop("picture")
    gate.set()
    qtbot.waitUntil(lambda: not tasks.busy)
    assert not shown


def test_reading_ahead_waits_until_nothing_else_is_asked(qtbot, tasks):
    gate, order = threading.Event(), []
    tasks.latest("picture", lambda: gate.wait(5) and order.append("picture"), lambda _: None)
    tasks.read_ahead([lambda n=n: order.append(n) for n in range(3)])
    gate.set()
    qtbot.waitUntil(lambda: len(order) == 4)
    assert order == ["picture", 0, 1, 2]


def test_nothing_is_called_after_closing(qtbot):
    tasks, gate, shown = Tasks(workers=1), threading.Event(), []
    tasks.latest("picture", lambda: gate.wait(5), shown.append)
    gate.set()
    tasks.close()
    tasks.latest("picture", lambda: 1, shown.append)
    from PySide6.QtWidgets import QApplication

    QApplication.processEvents()
    assert not shown
