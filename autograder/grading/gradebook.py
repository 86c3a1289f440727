"""Marks into nbgrader's gradebook: one transaction for a whole submission.

nbgrader's own steps commit after every cell, and so do all methods of its `Gradebook`.
Here only its models are used, within one `transaction`; what ends up in the rows is the
same (`tests/test_same_marks.py` compares them).
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from nbformat import NotebookNode
from nbgrader.api import (
    Assignment,
    Comment,
    Grade,
    Gradebook,
    Student,
    SubmittedAssignment,
    SubmittedNotebook,
)
from nbgrader.preprocessors import AssignLatePenalties
from nbgrader.utils import (
    compute_checksum,
    determine_grade,
    is_grade,
    is_solution,
    is_task,
    parse_utc,
)
from sqlalchemy.exc import SQLAlchemyError

from autograder.errors import GradebookError, NbgraderError
from autograder.grading.classroom import ClassFolder

NO_RESPONSE = "No response."  # nbgrader's words
TIMESTAMP = "timestamp.txt"  # nbgrader's file beside the notebook


@dataclass(frozen=True)
class AutoMarks:
    """What nbgrader reads off an executed notebook.

    Attributes
    ----------
    scores : dict
        Points of each graded cell, None where a human decides.
    comments : dict
        A comment for each cell that students write in.
    timestamp : datetime or None
        When it was handed in, if that is known.
    """

    scores: dict[str, float | None]
    comments: dict[str, str | None]
    timestamp: datetime | None


def read_marks(notebook: NotebookNode, timestamp: datetime | None) -> AutoMarks:
    """Read marks and comments as nbgrader's `SaveAutoGrades` does."""
    scores, comments = {}, {}
    for cell in notebook.cells:
        if is_grade(cell):
            scores[cell.metadata.nbgrader.grade_id], _ = determine_grade(cell)
        if is_solution(cell) or is_task(cell):
            same = cell.metadata.nbgrader.get("checksum") == compute_checksum(cell)
            told = NO_RESPONSE if same and not is_task(cell) else None
            comments[cell.metadata.nbgrader.grade_id] = told
    return AutoMarks(scores, comments, timestamp)


def read_timestamp(content: bytes | None) -> tuple[datetime | None, str]:
    """Read nbgrader's timestamp file; give the time and, if there is no sense in it, a remark."""
    text = (content or b"")[:100].decode("utf-8", "replace").strip()
    if not text:
        return None, ""
    try:
        return parse_utc(text), ""
    except Exception:  # a made-up date fails in many ways
        return None, f"{TIMESTAMP} holds no time, so nobody knows whether it came late."


@contextmanager
def transaction(gradebook: Gradebook) -> Iterator[Any]:
    """Give the gradebook's session; commit once at the end, or nothing at all.

    Raises
    ------
    GradebookError
        If the gradebook can't be written.
    """
    db = gradebook.db
    try:
        yield db
        db.commit()
    except BaseException as error:
        db.rollback()
        if isinstance(error, SQLAlchemyError):
            cause = str(getattr(error, "orig", None) or error)
            raise GradebookError(f"The gradebook can't be written: {cause}") from error
        raise


class LatePenalties:
    """nbgrader's penalties for late submissions, with the class's settings.

    Parameters
    ----------
    folder : ClassFolder
        The class; a plugin of the instructor's own may lie in it.
    """

    def __init__(self, folder: ClassFolder) -> None:
        sys.path.append(str(folder.path))
        try:
            log = logging.getLogger("autograder.nbgrader")
            self.step = AssignLatePenalties(config=folder.config, log=log)
            self.step.init_plugin()
        finally:
            sys.path.remove(str(folder.path))

    def of(self, db: Any, book: SubmittedNotebook) -> float | None:
        """Give the penalty of one notebook, whose marks are flushed."""
        submission = book.assignment
        if submission.assignment.duedate is None or not submission.total_seconds_late > 0:
            return None
        db.refresh(book, ["score"])
        try:
            penalty = self.step.plugin_inst.late_submission_penalty(
                submission.student_id, book.score, submission.total_seconds_late
            )
            return None if penalty is None else self.step._check_late_penalty(book, penalty)
        except Exception as error:  # of a plugin that an instructor wrote
            cause = f"{type(error).__name__}: {error}"
            raise NbgraderError(f"The plugin for late submissions failed: {cause}") from error


def write_marks(
    gradebook: Gradebook, penalties: LatePenalties, assignment: str, student: str, marks: AutoMarks
) -> None:
    """Write a submission's marks; what was given by hand stays."""
    with transaction(gradebook) as db:
        submission = _submission(db, assignment, student)
        if marks.timestamp is not None:
            submission.timestamp = marks.timestamp
        for book in submission.notebooks:
            grades, comments = _rows(db, book)
            if book.name != assignment:  # one that nobody can hand in here
                _clear(book, 0.0)
                continue
            for name, score in marks.scores.items():
                grade = grades[name]
                grade.auto_score = score
                # A mark given by hand is to be looked at again.
                grade.needs_manual_grade = grade.manual_score is not None or score is None
            for name, told in marks.comments.items():
                comments[name].auto_comment = told
            db.flush()
            book.late_submission_penalty = penalties.of(db, book)


def take_back_marks(
    gradebook: Gradebook, assignment: str, student: str, score: float | None
) -> None:
    """Clear a submission's automatic marks, if it has any; what was given by hand stays.

    Parameters
    ----------
    gradebook : Gradebook
        The gradebook.
    assignment, student : str
        Whose.
    score : float or None
        What stands in their place: 0 for what is missing, None for what a human decides.
    """
    with transaction(gradebook) as db:
        submission = _found(db, assignment, student)
        for book in submission.notebooks if submission else ():
            _clear(book, score)


def _clear(book: SubmittedNotebook, score: float | None) -> None:
    for grade in book.grades:
        grade.auto_score, grade.needs_manual_grade = score, score is None
    for comment in book.comments:
        comment.auto_comment = None
    book.late_submission_penalty = None


def _found(db: Any, assignment: str, student: str) -> SubmittedAssignment | None:
    return (
        db.query(SubmittedAssignment)
        .join(Assignment, Assignment.id == SubmittedAssignment.assignment_id)
        .filter(Assignment.name == assignment, SubmittedAssignment.student_id == student)
        .one_or_none()
    )


def _submission(db: Any, assignment: str, student: str) -> SubmittedAssignment:
    """Find or make a submission and its notebooks, and the student too."""
    submission = _found(db, assignment, student)
    with db.no_autoflush:  # not before a row is complete
        if submission is None:
            person = db.get(Student, student) or Student(id=student)
            master = db.query(Assignment).filter(Assignment.name == assignment).one()
            submission = SubmittedAssignment(assignment=master, student=person)
            db.add(submission)
        have = {book.notebook.id for book in submission.notebooks}
        for notebook in submission.assignment.notebooks:
            if notebook.id not in have:
                db.add(SubmittedNotebook(notebook=notebook, assignment=submission))
    return submission


def _rows(db: Any, book: SubmittedNotebook) -> tuple[dict[str, Any], dict[str, Any]]:
    """Map cells' names to a notebook's grades and comments, making those not there yet."""
    cells = book.notebook
    wanted = (
        (Grade, book.grades, [*cells.grade_cells, *cells.task_cells]),
        (Comment, book.comments, [*cells.solution_cells, *cells.task_cells]),
    )
    maps = []
    with db.no_autoflush:
        for kind, rows, named in wanted:
            there = {row.cell_id: row for row in rows}
            for cell in named:
                if cell.id not in there:
                    there[cell.id] = kind(cell_id=cell.id, notebook=book)
                    db.add(there[cell.id])
            maps.append({cell.name: there[cell.id] for cell in named})
    return maps[0], maps[1]
