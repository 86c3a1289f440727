"""What lateness costs is in the table, in the CSV, in a watch and in a regrade, as in nbgrader."""

from __future__ import annotations

import csv
import io
from datetime import datetime, timedelta

import pytest
from conftest import ASSIGNMENT, hand_in
from resuming import pretending
from rich.console import Console
from test_watching import Watched

from autograder.commands.watch import _line
from autograder.grading import marking
from autograder.grading.classroom import CONFIG_NAME
from autograder.grading.marks import export_csv, marks
from autograder.grading.regrade_table import regrade_table
from autograder.grading.regrading import regrade
from autograder.grading.report import class_table

DUE = datetime(2024, 1, 1)
PLUGIN = """
from nbgrader.plugins import LateSubmissionPlugin
class OneADay(LateSubmissionPlugin):
    def late_submission_penalty(self, student_id, score, seconds):
        return 1000 if student_id == "later" else seconds // 86400
"""


@pytest.fixture
def late_class(folder, right):
    """One in time, one two days late, one so late that nothing is left."""
    with (folder.path / CONFIG_NAME).open("a") as file:
        file.write("c.AssignLatePenalties.plugin_class = 'lateness.OneADay'\n")
    (folder.path / "lateness.py").write_text(PLUGIN)
    with folder.gradebook() as gradebook:
        gradebook.update_or_create_assignment(ASSIGNMENT, duedate=DUE)
        gradebook.update_or_create_student("absent")
    for student, days in {"in time": -1, "late": 2, "later": 3}.items():
        stamp = hand_in(folder, student, right).parent / "timestamp.txt"
        stamp.write_text(f"{DUE + timedelta(days=days)} UTC")
    return folder


def shown(drawn):
    console = Console(width=160, record=True, file=io.StringIO())
    console.print(drawn)
    return console.export_text()


def points(folder):
    """Sum up points without what lateness costs."""
    found = {}
    for mark in marks(folder, ASSIGNMENT):
        if mark.exercise != "late penalty":
            found[mark.student_id] = found.get(mark.student_id, 0) + (mark.score or 0)
    return found


def test_the_tables_total_is_what_is_left(late_class):
    marking.grade(late_class, [ASSIGNMENT], seed=1, executor=pretending())
    table = shown(class_table(late_class, ASSIGNMENT))
    rows = {line.split("│")[0].strip(): line.split("│") for line in table.splitlines()}
    full = points(late_class)
    assert float(rows["in time"][-2]) == full["in time"]
    assert rows["in time"][-1].strip() == "graded"
    assert float(rows["late"][-2]) == full["late"] - 2
    assert rows["late"][-1].strip() == "graded, late, -2"
    assert float(rows["later"][-2]) == 0
    assert rows["later"][-1].strip() == f"graded, late, -{full['later']:g}"
    told = f"1 missing. Late: 2, -{full['later'] + 2:g} points in all."
    assert told in table
    assert told in shown(class_table(late_class, ASSIGNMENT, most_rows=2))


def test_the_csv_has_a_row_for_each_who_was_late(late_class, tmp_path):
    marking.grade(late_class, [ASSIGNMENT], seed=1, executor=pretending())
    number = export_csv(late_class, [ASSIGNMENT], tmp_path / "marks.csv")
    with (tmp_path / "marks.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == number
    late = {row["student_id"]: row for row in rows if row["exercise"] == "late penalty"}
    full = points(late_class)
    scores = {student: float(row["score"]) for student, row in late.items()}
    assert scores == {"late": -2, "later": -full["later"]}
    assert {(float(row["max_score"]), row["status"]) for row in late.values()} == {(0, "late")}
    with late_class.gradebook() as gradebook:
        for student in ("in time", "late", "later"):
            entry = gradebook.find_submission(ASSIGNMENT, student)
            left = entry.score - (entry.late_submission_penalty or 0)
            own = [float(row["score"] or 0) for row in rows if row["student_id"] == student]
            assert sum(own) == pytest.approx(left)


def test_a_watch_tells_what_is_left(late_class, monkeypatch):
    watched = Watched(late_class, monkeypatch, [None])
    watched.run()
    full = points(late_class)
    told = {done.record.student: _line(done).partition(ASSIGNMENT)[2] for done in watched.lines}
    assert told["in time"] == f"  {full['in time']:g} of 105  graded"
    assert told["late"] == f"  {full['late'] - 2:g} of 105  graded, late, -2"
    assert told["later"] == f"  0 of 105  graded, late, -{full['later']:g}"


def test_a_regrade_shows_a_penalty_as_a_loss(late_class):
    with late_class.gradebook() as gradebook:
        gradebook.update_or_create_assignment(ASSIGNMENT, duedate=DUE + timedelta(days=9))
    marking.grade(late_class, [ASSIGNMENT], seed=1, executor=pretending())

    def moved(due, write):
        with late_class.gradebook() as gradebook:
            gradebook.update_or_create_assignment(ASSIGNMENT, duedate=due)
        done = regrade(late_class, [ASSIGNMENT], write=write, executor=pretending())
        return shown(regrade_table("autumn", done, "grade"))

    table = moved(DUE, write=True)
    lost = points(late_class)["later"] + 2
    assert f"late penalty: 2 down by {lost:g} points in all." in table
    [row] = [line for line in table.splitlines() if line.strip().startswith("late  ")]
    assert [cell.strip() for cell in row.split("│")[1:4]] == ["late penalty", "0", "-2"]
    table = moved(DUE + timedelta(days=1), write=False)
    assert "late penalty: 1 up by 1 points in all." in table
