"""A mark given by hand for an answer that has changed since is to be looked at again."""

from __future__ import annotations

import io
import shutil

import nbformat
import pytest
from conftest import ASSIGNMENT, answered, hand_in
from resuming import pretending
from rich.console import Console

from autograder.grading import marking
from autograder.grading.marks import marks
from autograder.grading.regrading import regrade
from autograder.grading.report import class_table
from autograder.grading.writer import Writer

QUESTION = "why-one-over-m"


def grade(folder, **options):
    marking.grade(folder, [ASSIGNMENT], executor=pretending(), **options)


def write(folder, right, text):
    hand_in(folder, "Ann", answered(right, **{QUESTION: text}))


def give(folder, points, name=QUESTION):
    with folder.gradebook() as gradebook:
        one = gradebook.find_grade(name, ASSIGNMENT, ASSIGNMENT, "Ann")
        one.manual_score, one.needs_manual_grade = points, False
        gradebook.db.commit()


def mark(folder, exercise=QUESTION):
    [one] = [m for m in marks(folder, ASSIGNMENT) if m.exercise == exercise]
    return one.score, one.status


def shown(folder, **options):
    console = Console(width=140, record=True, file=io.StringIO())
    console.print(class_table(folder, ASSIGNMENT, **options))
    text = console.export_text()
    [row] = [line for line in text.splitlines() if line.startswith((" Ann", "Ann"))] or [""]
    return text, row.split("│")


@pytest.fixture
def given(folder, right):
    """Ann's answer has 4 points by hand."""
    write(folder, right, "The cost is a mean.")
    grade(folder)
    assert mark(folder) == (None, "needs a human")
    give(folder, 4.0)
    assert mark(folder) == (4, "graded")
    return folder


def test_another_answer_is_to_be_looked_at_again(given, right):
    write(given, right, "Another answer.")
    grade(given)
    assert mark(given) == (4, "needs a human")
    assert shown(given)[1][-3].strip() == "?"
    [row] = [line for line in shown(given, most_rows=0)[0].splitlines() if QUESTION in line]
    assert row.split("│")[5].strip() == "1"
    with given.gradebook() as gradebook:
        one = gradebook.find_grade(QUESTION, ASSIGNMENT, ASSIGNMENT, "Ann")
        assert (one.manual_score, one.needs_manual_grade) == (4, True)
    grade(given, student="Ann")  # nobody has looked yet
    regrade(given, [ASSIGNMENT], executor=pretending(), everything=True, write=True)
    assert mark(given) == (4, "needs a human")
    give(given, 2.0)
    assert mark(given) == (2, "graded")
    grade(given, student="Ann")
    assert mark(given) == (2, "graded")


def test_the_same_answer_keeps_its_mark(given, right):
    changed = answered(right, **{QUESTION: "The cost  is a mean.\n", "linear_forward": "x = 1"})
    hand_in(given, "Ann", changed)
    grade(given)
    assert mark(given) == (4, "graded")
    assert shown(given)[1][-3].strip() == "4"


def test_another_picture_is_another_answer(given, right):
    changed = answered(right, **{QUESTION: "The cost is a mean."})
    one = next(c for c in changed.cells if c.source == "The cost is a mean.")
    one.attachments = {"a.png": {"image/png": "iVBORw0KGgo="}}
    hand_in(given, "Ann", changed)
    grade(given)
    assert mark(given) == (4, "needs a human")


@pytest.mark.parametrize(
    ("text", "status"), [("Another.", "needs a human"), ("The cost is a mean.", "graded")]
)
def test_what_lay_between_does_not_matter(given, right, text, status):
    hand_in(given, "Ann", "{")
    grade(given)
    assert mark(given) == (4, "needs a human")
    write(given, right, text)
    grade(given)
    assert mark(given) == (4, status)
    hand_in(given, "Ann", "{")
    grade(given)
    write(given, right, text)
    grade(given)
    assert mark(given) == (4, status)


def test_an_answer_that_nobody_can_compare_is_looked_at(given, right):
    shutil.rmtree(given.path / "autograded" / "Ann")
    grade(given)
    assert mark(given) == (4, "needs a human")


def test_code_with_points_by_hand_too(given, right):
    give(given, 1.0, "hidden-linear_forward")
    hand_in(given, "Ann", nbformat.from_dict(answered(right, linear_forward="x = 1")))
    grade(given)
    assert mark(given, "linear_forward")[1] == "needs a human"
    assert mark(given, "linear_forward")[0] is not None
    assert mark(given, "compute_cost")[1] == "graded"


@pytest.mark.parametrize("step", ["_settle", "_swap", "last"])
def test_a_kill_forgets_no_doubt(given, right, monkeypatch, step):
    write(given, right, "Another answer.")
    with monkeypatch.context() as patch:
        if step == "last":
            patch.setattr(
                "autograder.grading.writer.save_record",
                fail_at(2, "autograder.grading.writer.save_record"),
            )
        else:
            patch.setattr(Writer, step, fail)
        with pytest.raises(KeyboardInterrupt):
            grade(given)
    grade(given)
    assert mark(given) == (4, "needs a human")


def fail(*_):
    raise KeyboardInterrupt


def fail_at(number, name):
    from autograder.grading.writer import save_record

    calls = []

    def counted(*asked):
        calls.append(name)
        return fail() if len(calls) == number else save_record(*asked)

    return counted
