"""The judge and its sandbox take turns on one processor."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys

import pytest

from autograder.sandbox import processor

IN_BATCHES = """
import subprocess, sys
from autograder.sandbox.processor import in_batches
in_batches()
later = "import os; print(os.sched_getscheduler(0) == os.SCHED_BATCH)"
print(subprocess.run([sys.executable, "-c", later], capture_output=True, text=True).stdout)
"""


def test_one_processor_for_a_while():
    before = processor.allowed()
    with pytest.raises(KeyError), processor.on_one_processor():
        [here] = processor.allowed()
        assert here in before
        raise KeyError
    assert processor.allowed() == before


TAKES_ONE_AND_WAITS = """
import sys
from autograder.sandbox import processor
processor.TAKEN = "\\0" + sys.argv[1]
with processor.on_one_processor():
    print(*processor.allowed(), flush=True)
    sys.stdin.read()
"""


@contextlib.contextmanager
def pair(names):
    """Another pair at work: give its process and its processor."""
    command = [sys.executable, "-c", TAKES_ONE_AND_WAITS, names.removeprefix("\0")]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, **pipes) as process:
        yield process, int(process.stdout.readline())


@pytest.fixture
def names(monkeypatch):
    """Names of this test's own, so that no other run on this machine is in the way."""
    text = f"\0autograder-test-{os.getpid()}-{{}}"
    monkeypatch.setattr(processor, "TAKEN", text)
    return text


@pytest.mark.skipif(sys.platform != "linux", reason="abstract sockets are Linux's")
@pytest.mark.usefixtures("names")
def test_no_two_pairs_are_on_one_processor_while_another_is_free(monkeypatch):
    free = processor.allowed()
    if len(free) < 2:
        pytest.skip("there is one processor only")
    monkeypatch.setattr(processor, "_here", lambda: [free[0]])
    with processor.on_one_processor():
        assert processor.allowed() == [free[0]]
        os.sched_setaffinity(0, free)
        with processor.on_one_processor():  # as another pair that runs there
            assert processor.allowed() == [free[1]]
            assert processor._taken(free[0]) is None
            assert processor._taken(free[1]) is None
    with processor.on_one_processor():
        assert processor.allowed() == [free[0]]


@pytest.mark.skipif(sys.platform != "linux", reason="abstract sockets are Linux's")
def test_a_pair_that_is_killed_leaves_its_processor_to_others(names):
    with pair(names) as (process, there):
        assert processor._taken(there) is None
        process.kill()
        process.wait()
        lock = processor._taken(there)
        assert lock is not None
        lock.close()


def test_with_all_taken_it_stays_where_it_is(monkeypatch):
    monkeypatch.setattr(processor, "_taken", lambda number: None)
    [there] = [*processor.allowed()][:1]
    monkeypatch.setattr(processor, "_here", lambda: [there])
    with processor.on_one_processor():
        assert processor.allowed() == [there]


def test_where_it_cannot_be_said_nothing_changes(monkeypatch):
    before = os.sched_getaffinity(0)
    monkeypatch.setattr(processor.Path, "read_text", lambda *_: "no such thing")
    with processor.on_one_processor():
        assert os.sched_getaffinity(0) == before
    processor.stay_on([9_999])  # none such
    assert os.sched_getaffinity(0) == before
    monkeypatch.delattr(os, "sched_getaffinity")
    assert processor.allowed() == []
    with processor.on_one_processor():
        pass


def test_what_is_started_later_works_in_batches_too():
    command = [sys.executable, "-c", IN_BATCHES]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True"]
