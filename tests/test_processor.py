"""The judge and its sandbox take turns on one processor."""

from __future__ import annotations

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
