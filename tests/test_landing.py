"""When a submission has landed: nothing in its folder changes any more."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from conftest import ASSIGNMENT

from autograder.grading import landing
from autograder.grading.landing import Landing, look
from autograder.grading.marker import Task


class Clock:
    def __init__(self, monkeypatch):
        self.now = 1000.0
        monkeypatch.setattr(landing.time, "monotonic", lambda: self.now)


@pytest.fixture
def submitted(tmp_path):
    path = tmp_path / "submitted"
    path.mkdir()
    return path


def laid(submitted, name, content, student="Ann"):
    path = submitted / student / ASSIGNMENT / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)
    return path


TASK = Task(ASSIGNMENT, "Ann")


def test_a_copy_that_goes_on_has_not_landed(submitted, monkeypatch):
    clock, landing_ = Clock(monkeypatch), Landing(5)

    def after(seconds):
        clock.now += seconds
        return landing_.landed(look(submitted, [ASSIGNMENT]))

    assert after(0) == []
    (submitted / "Ann" / ASSIGNMENT).mkdir(parents=True)
    assert after(10) == after(10) == []  # nothing is in it yet
    path = laid(submitted, f"{ASSIGNMENT}.ipynb", "{")
    for number in range(5):
        assert after(4) == []
        with path.open("a") as file:
            file.write(" " * number + " ")
    laid(submitted, "data/more.csv", "1")
    assert after(4) == after(4) == []
    assert after(1) == [TASK]
    assert after(1) == [TASK]  # until it is taken
    landing_.take(TASK)
    assert after(100) == []
    os.utime(path, ns=(1, 1))  # the same size, and a time as it was before: the system knows
    assert after(1) == []
    assert after(5) == [TASK]


@pytest.mark.parametrize(
    "name",
    [
        f"{ASSIGNMENT}.ipynb.part", f"{ASSIGNMENT}.ipynb.filepart", "Unconfirmed.crdownload",
        f".{ASSIGNMENT}.ipynb.Xy12_z", f".{ASSIGNMENT}.ipynb.~1a2b", f".syncthing.{ASSIGNMENT}.tmp",
    ],
)  # fmt: skip
def test_a_partial_copys_name_is_waited_for_longer_but_not_for_ever(submitted, monkeypatch, name):
    clock, landing_ = Clock(monkeypatch), Landing(5)
    laid(submitted, f"{ASSIGNMENT}.ipynb", "{}")
    partial_copy = laid(submitted, name, "{")

    def after(seconds):
        clock.now += seconds
        return landing_.landed(look(submitted, [ASSIGNMENT]))

    assert after(0) == after(60) == []
    assert after(60) == [TASK]
    partial_copy.unlink()
    assert after(0) == []
    assert after(5) == [TASK]


def test_what_lay_there_long_before_is_not_waited_for(submitted, monkeypatch):
    laid(submitted, "x.ipynb", "{}", "old")
    now = time.time() + 60
    monkeypatch.setattr(landing.time, "time", lambda: now)
    landing_ = Landing(50)
    assert landing_.landed(look(submitted, [ASSIGNMENT])) == [Task(ASSIGNMENT, "old")]
    laid(submitted, "x.ipynb", "{}", "new")  # by the same clock, which may go wrong
    assert landing_.landed(look(submitted, [ASSIGNMENT])) == [Task(ASSIGNMENT, "old")]


def test_what_is_strange_in_submitted_stops_no_look(submitted):
    laid(submitted, "x.ipynb", "{}")
    laid(submitted, "x.ipynb", "{}", ".hidden")
    laid(submitted, ".only-hidden", "{}", "hides")
    (submitted / "a file").write_text("")
    (submitted / "wrong").mkdir()
    (submitted / "wrong" / ASSIGNMENT).write_text("a file")
    (submitted / "loop").mkdir()
    (submitted / "loop" / ASSIGNMENT).symlink_to("loop")
    deep = submitted / "deep" / ASSIGNMENT / Path(*"abcdefghijklm")
    deep.mkdir(parents=True)
    (deep / "x.ipynb").write_text("{}")
    assert [task.student for task, _ in look(submitted, [ASSIGNMENT])] == ["Ann"]
