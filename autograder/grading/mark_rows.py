"""A submission's marks as rows of nbgrader's gradebook, written with few statements.

nbgrader's models as objects would read an assignment's cells again for every submission, and
write each grade by itself. What an assignment has is read once instead, and a submission's
rows are written a table at a time; the tables and their meaning are nbgrader's.
"""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from typing import Any

from nbgrader.api import (
    Assignment,
    Comment,
    Grade,
    Gradebook,
    Student,
    SubmittedAssignment,
    SubmittedNotebook,
)
from sqlalchemy import insert, select, update

from autograder.grading.gradebook import (
    AutoMarks,
    LatePenalties,
    Standing,
    standing,
    submission_of,
    transaction,
)


@dataclass(frozen=True)
class _Cells:
    """The ids of one notebook's cells, by name: those with a grade, those with a comment."""

    notebook: str
    graded: dict[str, str]
    commented: dict[str, str]


@dataclass(frozen=True)
class _Layout:
    """What the gradebook has of an assignment: its id, and the cells of each notebook."""

    id: str
    has_duedate: bool
    notebooks: dict[str, _Cells]


class MarkRows:
    """Writes the marks of one run.

    Parameters
    ----------
    gradebook : Gradebook
        The gradebook, open.
    penalties : LatePenalties
        What lateness costs.
    """

    def __init__(self, gradebook: Gradebook, penalties: LatePenalties) -> None:
        self._gradebook, self._penalties = gradebook, penalties
        self._layouts: dict[str, _Layout] = {}

    def write(self, assignment: str, student: str, marks: AutoMarks) -> None:
        """Write a submission's marks in one transaction; what was given by hand stays.

        Raises
        ------
        NbgraderError
            If the gradebook can't be written.
        """
        with transaction(self._gradebook) as db:
            self._set(db, assignment, student, marks)

    def take_back(self, assignment: str, student: str, score: float | None) -> None:
        """Clear a submission's automatic marks, if it has any; what was given by hand stays.

        Parameters
        ----------
        assignment, student : str
            Whose.
        score : float or None
            What stands in their place: 0 for what is missing, None for what a human decides.
        """
        with transaction(self._gradebook) as db:
            _clear(db, assignment, student, score)

    def standing_with(
        self, assignment: str, student: str, marks: AutoMarks | None, score: float | None
    ) -> Standing:
        """Say what the gradebook would have with these marks, or cleared; nothing is written."""
        db = self._gradebook.db
        try:
            if marks is not None:
                self._set(db, assignment, student, marks)
            else:
                _clear(db, assignment, student, score)
            db.flush()
            return standing(self._gradebook, assignment, student)
        finally:
            db.rollback()

    def _set(self, db: Any, assignment: str, student: str, marks: AutoMarks) -> None:
        layout = self._layout(db, assignment)
        submission = _submission(db, layout, student, marks)
        books = _books(db, layout, submission)
        for name, cells in layout.notebooks.items():
            # One of another name is one that nobody can hand in here.
            own = marks if name == assignment else _nothing(cells)
            _write_grades(db, books[name], cells, own.scores)
            _write_comments(db, books[name], cells, own.comments)
            late = layout.has_duedate and name == assignment
            self._write_penalty(db, books[name], late)
        db.expire_all()  # what was read as objects before is not what the rows are now

    def _layout(self, db: Any, assignment: str) -> _Layout:
        if assignment not in self._layouts:
            found = db.query(Assignment).filter(Assignment.name == assignment).one()
            notebooks = {book.name: _cells(book) for book in found.notebooks}
            self._layouts[assignment] = _Layout(found.id, found.duedate is not None, notebooks)
        return self._layouts[assignment]

    def _write_penalty(self, db: Any, book: str, late: bool) -> None:
        penalty = None
        if late:
            found = db.get(SubmittedNotebook, book, populate_existing=True)
            penalty = self._penalties.of(db, found)
        table = update(SubmittedNotebook).where(SubmittedNotebook.id == book)
        db.execute(table.values(late_submission_penalty=penalty))


def _new_id() -> str:
    """Make an id as long as nbgrader's, later ones larger.

    Ids at random would put each new row into another page of every index, and the larger
    the gradebook is, the more pages one submission would write.
    """
    return f"{time.time_ns():016x}{secrets.token_hex(8)}"


def _clear(db: Any, assignment: str, student: str, score: float | None) -> None:
    submission = submission_of(db, assignment, student)
    for book in submission.notebooks if submission else ():
        for grade in book.grades:
            grade.auto_score, grade.needs_manual_grade = score, score is None
        for comment in book.comments:
            comment.auto_comment = None
        book.late_submission_penalty = None


def _cells(notebook: Any) -> _Cells:
    graded = [*notebook.grade_cells, *notebook.task_cells]
    commented = [*notebook.solution_cells, *notebook.task_cells]
    return _Cells(
        notebook.id, {cell.name: cell.id for cell in graded}, {c.name: c.id for c in commented}
    )


def _nothing(cells: _Cells) -> AutoMarks:
    return AutoMarks(dict.fromkeys(cells.graded, 0.0), dict.fromkeys(cells.commented), None)


def _submission(db: Any, layout: _Layout, student: str, marks: AutoMarks) -> str:
    """Find or make a submission, and the student too; give its id."""
    own = SubmittedAssignment.assignment_id == layout.id
    found = db.execute(
        select(SubmittedAssignment.id).where(own, SubmittedAssignment.student_id == student)
    ).scalar_one_or_none()
    timestamp = {} if marks.timestamp is None else {"timestamp": marks.timestamp}
    if found is not None:
        if timestamp:
            table = update(SubmittedAssignment).where(SubmittedAssignment.id == found)
            db.execute(table.values(**timestamp))
        return str(found)
    if db.execute(select(Student.id).where(Student.id == student)).first() is None:
        db.execute(insert(Student).values(id=student))
    made = _new_id()
    row = {"id": made, "assignment_id": layout.id, "student_id": student, **timestamp}
    db.execute(insert(SubmittedAssignment).values(**row))
    return str(made)


def _books(db: Any, layout: _Layout, submission: str) -> dict[str, str]:
    """Find or make the submission's notebooks; give their ids by name."""
    columns = select(SubmittedNotebook.notebook_id, SubmittedNotebook.id)
    there = dict(db.execute(columns.where(SubmittedNotebook.assignment_id == submission)).all())
    books = {}
    for name, cells in layout.notebooks.items():
        if cells.notebook not in there:
            there[cells.notebook] = _new_id()
            row = {"id": there[cells.notebook], "notebook_id": cells.notebook}
            db.execute(insert(SubmittedNotebook).values(**row, assignment_id=submission))
        books[name] = there[cells.notebook]
    return books


def _write_grades(db: Any, book: str, cells: _Cells, scores: dict[str, float | None]) -> None:
    columns = select(Grade.cell_id, Grade.id, Grade.manual_score).where(Grade.notebook_id == book)
    there = {cell: (row, manual) for cell, row, manual in db.execute(columns)}
    fresh, again = [], []
    for name, cell in cells.graded.items():
        if cell not in there:
            score = scores.get(name)
            asks = name in scores and score is None
            row = {"id": _new_id(), "cell_id": cell, "notebook_id": book}
            fresh.append(row | {"auto_score": score, "needs_manual_grade": asks})
        elif name in scores:
            row_id, manual = there[cell]
            # A mark given by hand is to be looked at again.
            asks = manual is not None or scores[name] is None
            again.append({"id": row_id, "auto_score": scores[name], "needs_manual_grade": asks})
    _write(db, Grade, fresh, again)


def _write_comments(db: Any, book: str, cells: _Cells, comments: dict[str, str | None]) -> None:
    columns = select(Comment.cell_id, Comment.id).where(Comment.notebook_id == book)
    there = dict(db.execute(columns).all())
    fresh, again = [], []
    for name, cell in cells.commented.items():
        if cell not in there:
            row: dict[str, Any] = {"id": _new_id(), "cell_id": cell, "notebook_id": book}
            fresh.append(row | {"auto_comment": comments.get(name)})
        elif name in comments:
            again.append({"id": there[cell], "auto_comment": comments[name]})
    _write(db, Comment, fresh, again)


def _write(db: Any, table: Any, fresh: list[dict[str, Any]], again: list[dict[str, Any]]) -> None:
    if fresh:
        db.execute(insert(table), fresh)
    if again:
        db.execute(update(table), again)
