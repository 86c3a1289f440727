"""Several submissions at a time give what one at a time gives."""

from __future__ import annotations

import random
import shutil
import threading
import time
from contextlib import closing, contextmanager

import pytest
from conftest import ASSIGNMENT, NAMES, answered, hand_in
from resuming import pretending, state

from autograder.building.notebooks import filled_in
from autograder.errors import NbgraderError
from autograder.exercises import answers
from autograder.grading import marking
from autograder.grading.classroom import ClassFolder
from autograder.grading.pool import AHEAD, in_order_of_arrival


@contextmanager
def no_tool():
    yield None


def threads_left():
    return [t for t in threading.enumerate() if t.name.startswith("marking")]


def test_what_is_ready_first_comes_first_and_all_comes():
    def work(task, tool):
        time.sleep(0.3 if task == 0 else 0.01)
        return task * task

    arrived = list(in_order_of_arrival(work, range(8), no_tool, 2))
    assert sorted(arrived) == [(n, n * n) for n in range(8)]
    assert arrived[0][0] != 0
    assert list(in_order_of_arrival(work, range(3), no_tool, 1)) == [(0, 0), (1, 1), (2, 4)]


def test_no_more_is_begun_than_is_taken():
    begun = []

    def work(task, tool):
        begun.append(task)

    arriving = in_order_of_arrival(work, range(1000), no_tool, 3)
    with closing(arriving):
        for taken, _ in enumerate(arriving, 1):
            assert len(begun) <= taken + AHEAD * 3
            if taken == 50:
                break
    assert len(begun) < 100
    assert threads_left() == []


@pytest.mark.parametrize("jobs", [1, 3])
def test_each_worker_has_a_tool_of_its_own_and_all_are_closed(jobs):
    made, closed, used = [], [], []

    @contextmanager
    def tool():
        made.append(threading.get_ident())
        busy = threading.Lock()
        yield busy
        closed.append(1)

    def work(task, tool):
        assert tool().acquire(blocking=False)  # nobody else has it meanwhile
        time.sleep(0.01)
        used.append(tool())
        tool().release()

    list(in_order_of_arrival(work, range(30), tool, jobs))
    assert len(made) == len(closed) == len(set(map(id, used))) == jobs


def test_nothing_is_made_for_what_needs_no_tool():
    def tool():
        raise AssertionError("made")

    assert list(in_order_of_arrival(lambda task, tool: task, [1], tool, 2)) == [(1, 1)]


def test_a_failure_ends_the_run_and_wakes_who_waits():
    woken = []

    @contextmanager
    def tool():
        ended = threading.Event()
        yield ended
        ended.set()

    def work(task, tool):
        ended = tool()
        if task == 1:
            time.sleep(0.1)
            raise NbgraderError("no gradebook today")
        woken.append(ended.wait(60))

    with pytest.raises(NbgraderError, match="no gradebook today"):
        list(in_order_of_arrival(work, range(50), tool, 2))
    assert woken in ([True], [True, True])  # one more may have begun meanwhile
    assert threads_left() == []


# --- a class ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def handed_in(released_class, source, tmp_path_factory):
    """Eight students, right, wrong and broken."""
    path = tmp_path_factory.mktemp("pool") / "autumn"
    shutil.copytree(released_class, path)
    rng = random.Random(3)
    for number in range(8):
        code = {n: rng.choice([*answers(n)[0], *answers(n)[1]]).code for n in NAMES}
        notebook = answered(filled_in(source), **code)
        hand_in(ClassFolder(path), f"Student {number}", "{" if number == 3 else notebook)
    return path


def copied(path, target):
    shutil.copytree(path, target)
    return ClassFolder(target)


def test_the_marks_are_the_same_bit_for_bit(handed_in, tmp_path):
    found = []
    for jobs in (1, 3):
        folder = copied(handed_in, tmp_path / str(jobs) / "autumn")
        marking.grade(folder, [ASSIGNMENT], seed=5, jobs=jobs)
        found.append(state(folder.path))
    assert found[0] == found[1]


def test_records_come_in_the_order_of_students(handed_in, tmp_path):
    folder = copied(handed_in, tmp_path / "autumn")
    records = marking.grade(folder, [ASSIGNMENT], executor=pretending(0.01), jobs=4)
    assert [r.student for r in records] == [f"Student {n}" for n in range(8)]
    assert [r.state for r in records].count("needs a human") == 1
