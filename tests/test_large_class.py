"""What a class of thousands is shown, and what a run keeps in memory of it."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from conftest import ASSIGNMENT, NAMES, answered, hand_in
from rich.console import Console

from autograder.exercises import answers
from autograder.grading import marking
from autograder.grading.indexes import LOOKED_UP
from autograder.grading.marks import marks
from autograder.grading.records import load_record, save_record
from autograder.grading.report import class_table

# nbgrader's own use of SQLAlchemy, where it makes students.
pytestmark = pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")


def shown(folder, **options):
    console = Console(width=140, record=True, file=io.StringIO())
    console.print(class_table(folder, ASSIGNMENT, **options))
    return console.export_text()


@pytest.fixture
def marked(folder, right, blank):
    wrong = answers("linear_backward")[1][0]
    for number in range(3):
        hand_in(folder, f"right {number}", right)
    for number in range(2):
        notebook = answered(right, linear_backward=wrong.code)
        hand_in(folder, f"wrong {number}", notebook)
    hand_in(folder, "blank", blank)
    hand_in(folder, "broken", "{")
    with folder.gradebook() as gradebook:
        gradebook.update_or_create_student("absent")
    kept = marking.grade(folder, [ASSIGNMENT], seed=3)
    return folder, kept, wrong.name


def test_one_students_row_alone(marked):
    folder, _, _ = marked
    one, everyone = shown(folder, student="wrong 1", most_rows=7), shown(folder)
    [row] = [line for line in one.splitlines() if "wrong 1" in line]
    assert row.split() in [line.split() for line in everyone.splitlines()]
    assert "right 0" not in one
    assert "1 student: 1 graded." in one


def test_a_row_a_student_or_a_row_an_exercise(marked):
    folder, kept, mistake = marked
    assert not any(record.exercises for record in kept)  # of thousands, words fill the memory
    small, large = shown(folder, most_rows=8), shown(folder, most_rows=7)
    assert "right 0" in small
    assert "right 0" not in large
    rows = {line.split()[0]: line for line in large.splitlines() if "│" in line}
    assert set(NAMES) < set(rows)
    cells = [part.strip() for part in rows["linear_backward"].split("│")]
    # three right, two wrong, one blank, one that a human has to look at, one missing
    assert cells[1] == "3"
    assert int(cells[2] or 0) + int(cells[3] or 0) == 2
    assert cells[4:7] == ["1", "1", "1"]
    assert cells[8] == f"2 × {mistake}"
    scores = [m.score for m in marks(folder, ASSIGNMENT) if m.exercise == "linear_backward"]
    known = [score for score in scores if score is not None]
    assert cells[7] == f"{sum(known) / len(known):.1f} of 10"
    assert "broken  needs a human: " in large
    assert "8 students: 6 graded, 1 needs a human, 1 missing." in large


def test_of_many_open_submissions_the_first_are_named(folder):
    with folder.gradebook() as gradebook:
        for number in range(30):
            gradebook.update_or_create_student(f"s{number:02}")
    for number in range(30):
        record = load_record(folder, f"s{number:02}", ASSIGNMENT)
        save_record(folder, replace(record, state="needs a human", reason="[why]"))
    large = shown(folder, most_rows=20)
    assert large.count("needs a human: [why]") == 20
    assert "and 10 more that are not graded whole" in large


def test_looking_up_a_submission_reads_its_own_rows_only(marked):
    with marked[0].gradebook() as gradebook:
        for table, column in LOOKED_UP.items():
            asked = f"EXPLAIN QUERY PLAN SELECT * FROM {table} WHERE {column} = 'x'"
            plan = gradebook.db.connection().exec_driver_sql(asked).all()
            assert [row[-1].split()[0] for row in plan] == ["SEARCH"], plan


def test_marks_cost_no_query_for_each_student(folder):
    """The same number of queries, however large the class."""
    from sqlalchemy import event
    from sqlalchemy.engine import Engine

    counts = []
    for size in (2, 12):
        with folder.gradebook() as gradebook:
            for number in range(size):
                gradebook.update_or_create_student(f"s{number}")
                gradebook.update_or_create_submission(ASSIGNMENT, f"s{number}")
        asked = []

        def note(_connection, _cursor, statement, *_rest, asked=asked):
            asked.append(statement)

        event.listen(Engine, "before_cursor_execute", note)
        try:
            assert len(marks(folder, ASSIGNMENT)) == size * (len(NAMES) + 1)
        finally:
            event.remove(Engine, "before_cursor_execute", note)
        counts.append(len(asked))
    assert counts[0] == counts[1]
