"""`nbgrader autograde` and `autograder grade` leave the same rows, notebooks and records."""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import nbformat
import pytest
from conftest import ASSIGNMENT, answered, cell, hand_in
from resuming import gradebook_rows

from autograder.building.notebooks import filled_in, learner_copy
from autograder.grading.classroom import ClassFolder
from autograder.grading.execute import RUN
from autograder.grading.records import autograded_path, load_record
from autograder.grading.regrading import regrade
from autograder.grading.restore import REMARKS

BIN = Path(sys.executable).parent
SETTINGS = """
c.ExecuteAndJudge.seed = 7
c.LateSubmissionPlugin.penalty_method = "zero"
c.LimitOutput.max_lines = 5
c.ExecuteAndJudge.seconds_per_call = 1
c.ExecuteAndJudge.seconds_per_cell = 3
"""
ENDLESS = "def linear_backward(dZ, cache):\n    while True:\n        pass\n"
WRONG = "def linear_backward(dZ, cache):\n    return dZ, dZ, dZ\n"
DIES = "def linear_backward(dZ, cache):\n    import os\n    os._exit(0)\n"
LOUD = "print('line\\n' * 100)\ndef compute_cost(AL, Y):\n    return 1 / 0\n"


def stripped(notebook):
    for one in notebook.cells:
        one.metadata = nbformat.from_dict({})
    return notebook


def windows(notebook):
    for one in notebook.cells:
        one.source = one.source.replace("\n", "\r\n")
    return notebook


def damaged(notebook):
    check = cell(notebook, "check-linear_forward")
    check.source, check.metadata.nbgrader.points = "4.0", 400
    notebook.cells.remove(cell(notebook, "hidden-compute_cost"))
    notebook.cells.append(nbformat.from_dict(cell(notebook, "linear_backward")))
    notebook.cells[-1].id = "twin"
    return notebook


def submissions(source):
    right, blank = (lambda: filled_in(source)), (lambda: learner_copy(source))
    return {
        "right": right(),
        "blank": blank(),
        "O'Hara, Ann": answered(right(), linear_backward=WRONG),
        "Ünï 学生": answered(right(), linear_backward="def linear_backward(dZ, cache)\n  1"),
        "stripped": stripped(right()),
        "windows": windows(right()),
        "damaged": damaged(right()),
        "endless": answered(right(), linear_backward=ENDLESS),
        "dies": answered(right(), linear_backward=DIES),
        "loud": answered(blank(), compute_cost=LOUD),
        "late": answered(right(), **{"why-one-over-m": "Write your answer here. \n"}),
        "in time": right(),
    }


def give_by_hand(folder, student, name, points):
    with folder.gradebook() as gradebook:
        grade = gradebook.find_grade(name, ASSIGNMENT, ASSIGNMENT, student)
        grade.manual_score, grade.needs_manual_grade = points, False
        gradebook.db.commit()


def nbgrader(folder):
    done = subprocess.run(
        [BIN / "nbgrader", "autograde", ASSIGNMENT, "--force"],
        cwd=folder.path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def both(released_class, source, tmp_path_factory):
    """One class marked in both ways, twice: then with marks given by hand in between."""
    path = tmp_path_factory.mktemp("both")
    shutil.copytree(released_class, path / "ours")
    with (path / "ours" / "nbgrader_config.py").open("a") as file:
        file.write(SETTINGS)
    ours = ClassFolder(path / "ours")
    with ours.gradebook() as gradebook:
        gradebook.update_or_create_assignment(ASSIGNMENT, duedate=datetime(2024, 5, 1))
    stamps = {"late": "2024-05-02 10:00:00 CET", "in time": "2024-04-30 23:59:59 +0200"}
    for student, notebook in submissions(source).items():
        beside = hand_in(ours, student, notebook).parent
        if student in stamps:
            (beside / "timestamp.txt").write_text(stamps[student])
    (ours.path / "submitted" / "right" / ASSIGNMENT / "data.csv").write_text("1,2")
    shutil.copytree(path / "ours", path / "theirs")
    theirs = ClassFolder(path / "theirs")
    rows = []
    for _ in range(2):
        regrade(ours, [ASSIGNMENT], seed=7, everything=True, write=True)
        nbgrader(theirs)
        rows.append((gradebook_rows(ours.path), gradebook_rows(theirs.path)))
        for folder in (ours, theirs):
            give_by_hand(folder, "blank", "why-one-over-m", 3.0)
            give_by_hand(folder, "right", "check-linear_forward", 1.0)
    return ours, theirs, rows


@pytest.mark.parametrize("time", [0, 1], ids=["first", "with marks given by hand"])
@pytest.mark.parametrize("table", ["student", "submission", "notebook", "grade", "comment"])
def test_the_gradebook_has_the_same_rows(both, table, time):
    ours, theirs = both[2][time]
    assert ours[table] == theirs[table]
    assert len(ours[table]) >= 12


def test_what_is_compared_is_not_all_the_same(both):
    rows = both[2][1][0]
    assert any("late" in row and "2024-05-02 08:00" in row for row in rows["submission"])
    assert sum("None)" not in row for row in rows["notebook"]) == 1
    assert sum("No response." in row for row in rows["comment"]) > 10
    assert sum("3.0, None, 1)" in row for row in rows["grade"]) == 1


def test_notebooks_and_records_are_the_same(both, source):
    ours, theirs, _ = both
    for student in submissions(source):
        executed = [
            nbformat.read(autograded_path(folder, student, ASSIGNMENT), as_version=4)
            for folder in (ours, theirs)
        ]
        first, second = ([c.metadata for c in one.cells] for one in executed)
        assert first == second
        first, second = ([(c.cell_type, c.source) for c in one.cells] for one in executed)
        assert first == second
        for key in (RUN, REMARKS, "kernelspec"):
            assert executed[0].metadata[key] == executed[1].metadata[key], student
        mine, other = (load_record(folder, student, ASSIGNMENT) for folder in (ours, theirs))
        receipt = {"key": None, "run": "", "notebook": "", "points": {}, "marked": "", "seal": ""}
        assert replace(mine, **receipt) == other
        files = [
            sorted(p.name for p in autograded_path(folder, student, ASSIGNMENT).parent.rglob("*"))
            for folder in (ours, theirs)
        ]
        assert files[0] == files[1]
