"""Feedback pages are written several at a time, and the same as one after the other."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from conftest import ASSIGNMENT, hand_in
from resuming import pretending

from autograder.errors import NbgraderError
from autograder.grading import marking
from autograder.grading.classroom import CONFIG_NAME, ClassFolder
from autograder.grading.feedback import PAGES_EACH, feedback
from autograder.grading.runs import locked

STUDENTS = [f"student {number}" for number in range(2 * PAGES_EACH)]
# nbgrader's own use of SQLAlchemy
pytestmark = pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")


@pytest.fixture
def eight(folder, right):
    for student in STUDENTS:
        hand_in(folder, student, right)
    marking.grade(folder, [ASSIGNMENT], executor=pretending())
    return folder


def in_other_processes(folder, code):
    """Have the class's settings do something, but not in this process."""
    with (folder.path / CONFIG_NAME).open("a") as config:
        config.write(f"import multiprocessing, os\nif multiprocessing.parent_process(): {code}\n")
    return ClassFolder(folder.path)


def written(folder):
    root = folder.path / "feedback"
    return {p.relative_to(root): p.read_bytes() for p in root.rglob("*") if p.is_file()}


def test_several_at_a_time_write_what_one_writes(eight):
    told = []
    pages = feedback(eight, [ASSIGNMENT], told.append, lambda: told.append("page"))
    one = written(eight)
    assert told == [8, *["page"] * 8]
    for page in pages:
        page.unlink()
    told.clear()
    assert feedback(eight, [ASSIGNMENT], told.append, lambda: told.append("page"), jobs=2) == pages
    assert told == [8, *["page"] * 8]
    assert written(eight) == one


def test_a_few_pages_are_not_worth_other_processes(eight):
    folder = in_other_processes(eight, "os._exit(9)")
    assert len(feedback(folder, [ASSIGNMENT], jobs=1)) == 8
    (folder.path / "autograded" / STUDENTS[0] / ASSIGNMENT).rename(folder.path / "aside")
    assert len(feedback(folder, [ASSIGNMENT], jobs=2)) == 7


def test_a_page_that_cannot_be_written_is_said_in_one_line(eight):
    bad = eight.path / "autograded" / STUDENTS[3] / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    bad.write_text("{")
    with pytest.raises(NbgraderError, match=r"No feedback for student 3: .*JSON") as failure:
        feedback(eight, [ASSIGNMENT], jobs=2)
    assert "\n" not in str(failure.value)
    with locked(eight, "marking"):
        pass


def test_a_process_that_ends_is_said_in_one_line(eight):
    folder = in_other_processes(eight, "os._exit(9)")
    with pytest.raises(NbgraderError, match=r"has ended.* autograder feedback --jobs 1 /"):
        feedback(folder, [ASSIGNMENT], jobs=2)
    with locked(folder, "marking"):
        pass


def test_the_other_processes_end_with_a_command_that_is_killed(eight):
    folder = in_other_processes(eight, "open('begun', 'w').close(), __import__('time').sleep(99)")
    command = [Path(sys.executable).parent / "autograder", "feedback", "--jobs", "2", folder.path]
    with subprocess.Popen(command, cwd=folder.path) as process:
        begun = time.monotonic()
        while not (folder.path / "begun").exists():
            assert time.monotonic() - begun < 60
            time.sleep(0.05)
        others = psutil.Process(process.pid).children(recursive=True)
        assert len(others) >= 2
        os.kill(process.pid, signal.SIGKILL)
    assert psutil.wait_procs(others, timeout=30)[1] == []
