"""Windows that nobody holds any more end on the main thread, whichever thread makes objects."""

import gc
import threading
import weakref

from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from thalia_viewer.garbage import Collector


class Window(QWidget):
    """A window in a cycle, that tells where it ends."""

    def __init__(self, ended: list[int]) -> None:
        super().__init__()
        self.cycle = self
        weakref.finalize(self, lambda: ended.append(threading.get_ident()))


def test_a_window_in_a_cycle_ends_on_the_main_thread(qtbot: QtBot) -> None:
    collector = Collector()
    ended: list[int] = []
    try:
        Window(ended)
        worker = threading.Thread(target=lambda: [{"n": [n]} for n in range(100_000)])
        worker.start()
        worker.join()
        assert ended == []
        kept = [[] for _ in range(2 * gc.get_threshold()[0])]
        for _ in range(3):
            collector.look()
        qtbot.waitUntil(lambda: len(ended) == 1)
        assert ended == [threading.get_ident()]
        assert kept
    finally:
        collector.stop()
    assert gc.isenabled()
