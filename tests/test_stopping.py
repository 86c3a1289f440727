"""A command that is asked to stop does, with one line, wherever it is."""

from __future__ import annotations

import signal
import subprocess
import sys
import time

import psutil
import pytest
from conftest import ASSIGNMENT, ROOT, answered, hand_in
from resuming import pretending

from autograder.grading import marking
from autograder.grading.runs import locked

START = "import sys; from autograder.cli import main; sys.exit(main(sys.argv[1:]))"
TOLD = "autograder: Stopped. What is done stays; run it again to go on.\n"


def started(*arguments, code=START):
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT,
    )  # fmt: skip


def wait_for(there, seconds=60):
    end = time.monotonic() + seconds
    while not there():
        assert time.monotonic() < end
        time.sleep(0.02)


LOST = """
import sys, time
import click
from autograder.terminal import OneLineErrors

class Finalised:
    def __del__(self):
        raise {kind}("in a finaliser")

@click.group(cls=OneLineErrors)
def main():
    pass

@main.command()
def work():
    Finalised()
    for _ in range(100):
        time.sleep(0.02)
    print("went on")

main()
"""


def test_an_interrupt_that_python_can_only_print_stops_the_command_all_the_same():
    with started("work", code=LOST.format(kind="KeyboardInterrupt")) as process:
        out, told = process.communicate(timeout=60)
    assert (process.returncode, out, told) == (130, "", TOLD)


def test_any_other_failure_that_can_only_be_printed_is_printed():
    with started("work", code=LOST.format(kind="ValueError")) as process:
        out, told = process.communicate(timeout=60)
    assert (process.returncode, out) == (0, "went on\n")
    assert "ValueError: in a finaliser" in told


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_grade_stops_with_its_line(folder, right, how):
    hand_in(folder, "Ann", answered(right, linear_forward="while True: pass"))
    with started("grade", folder.path, "--jobs", "1") as process:
        wait_for((folder.path / ".autograder" / "run.json").is_file)
        time.sleep(0.5)
        judges = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(how)
        out, told = process.communicate(timeout=60)
    assert (process.returncode, out, told) == (130, "", TOLD)
    assert judges
    assert psutil.wait_procs(judges, timeout=60)[1] == []
    with locked(folder, "marking"):
        pass


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_feedback_stops_with_its_line(folder, right, how):
    students = [f"student {number:02}" for number in range(16)]  # pages are written in this order
    for student in students:
        hand_in(folder, student, right)
    marking.grade(folder, [ASSIGNMENT], executor=pretending())
    pages = [folder.path / "feedback" / s / ASSIGNMENT / f"{ASSIGNMENT}.html" for s in students]
    with started("feedback", folder.path) as process:
        wait_for(pages[1].is_file)
        process.send_signal(how)
        out, told = process.communicate(timeout=60)
    assert (process.returncode, out, told) == (130, "", TOLD)
    assert not pages[-1].exists()
