"""The queue of edits under way: order, retries, and what is set aside."""

import threading

import pytest
from support.cubes import PAIRS

from thalia_core.annotate.patch import Edit, FieldPatch
from thalia_core.annotate.records import Record
from thalia_core.annotate.saving import Saver
from thalia_core.errors import CubeError


def record(name: str, pair) -> Record:
    return Record(name, "do", 1, "ana", name, "", Edit(fields=(FieldPatch(pair, "x", 0, 1),)))


class Disk:
    """Saves in memory; a damaged pair is refused, a slow record waits to be let go."""

    def __init__(self) -> None:
        self.saved: list[str] = []
        self.journalled: list[str] = []
        self.damaged = {PAIRS[0]}
        self.reached, self.go = threading.Event(), threading.Event()

    def save(self, record: Record, journalled: bool):
        if not journalled:
            self.journalled.append(record.id)
        yield
        if record.name == "slow":
            self.reached.set()
            assert self.go.wait(20)
        if self.damaged & set(record.edit.pairs):
            raise CubeError("damaged chunk")
        self.saved.append(record.id)


@pytest.fixture
def disk():
    return Disk()


def test_what_was_set_aside_is_saved_though_it_comes_back_during_another_save(disk):
    saver = Saver(disk.save, lambda state: None)
    saver.put(record("bad", PAIRS[0]))
    with pytest.raises(CubeError):
        saver.flush(20)
    saver.put(record("slow", PAIRS[1]))
    assert disk.reached.wait(20)
    disk.damaged.clear()
    flushing = threading.Thread(target=saver.flush, args=(20,))
    flushing.start()
    while saver.aside:  # the flush has put it back in front of the one under way
        disk.reached.wait(0.01)
    disk.go.set()
    flushing.join()
    saver.close()
    assert sorted(disk.saved) == ["bad", "slow"]
    assert sorted(disk.journalled) == ["bad", "slow"], "once each"


def test_a_later_edit_of_a_damaged_pair_waits_and_tells_the_first_reason(disk):
    told: list[str] = []
    saver = Saver(disk.save, lambda state: told.append(state.why))
    for name in ("one", "two", "three"):
        saver.put(record(name, PAIRS[0]))
    saver.put(record("other", PAIRS[1]))
    while "other" not in disk.saved or saver.aside != 3:
        disk.reached.wait(0.01)
    assert {why for why in told if why} == {"damaged chunk"}
    disk.damaged.clear()
    saver.flush(20)
    assert disk.saved == ["other", "one", "two", "three"]
    saver.close()


def test_closing_journals_what_could_not_be_saved(disk):
    saver = Saver(disk.save, lambda state: None)
    for name in ("one", "two"):
        saver.put(record(name, PAIRS[0]))
    with pytest.raises(CubeError, match="damaged"):
        saver.close()
    assert sorted(disk.journalled) == ["one", "two"]
    assert not disk.saved
