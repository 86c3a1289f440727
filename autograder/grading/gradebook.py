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
from pathlib import Path
from typing import Any

from nbformat import NotebookNode
from nbgrader.api import (
    Assignment,
    BaseCell,
    Grade,
    Gradebook,
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


@dataclass(frozen=True)
class Standing:
    """What the gradebook has of one submission.

    Attributes
    ----------
    scores : dict
        Automatic points of each graded cell.
    by_hand : frozenset of str
        Graded cells with a mark given by hand.
    penalty : float
        What is taken off for lateness.
    timestamp : datetime or None
        When it was handed in, if that is known.
    """

    scores: dict[str, float | None]
    by_hand: frozenset[str] = frozenset()
    penalty: float = 0.0
    timestamp: datetime | None = None


def standing(gradebook: Gradebook, assignment: str, student: str) -> Standing:
    """Read what the gradebook has of one submission."""
    submission = submission_of(gradebook.db, assignment, student)
    if submission is None:
        return Standing({})
    books = [book for book in submission.notebooks if book.name == assignment]
    columns = gradebook.db.query(BaseCell.name, Grade.auto_score, Grade.manual_score)
    rows = columns.join(Grade, Grade.cell_id == BaseCell.id)
    grades = rows.filter(Grade.notebook_id.in_([book.id for book in books])).all()
    return Standing(
        {name: auto for name, auto, _ in grades},
        frozenset(name for name, _, by_hand in grades if by_hand is not None),
        sum(book.late_submission_penalty or 0.0 for book in books),
        submission.timestamp,
    )


def given_by_hand(gradebook: Gradebook, assignment: str, student: str) -> dict[str, bool]:
    """Map each graded cell with a mark given by hand to whether it is to be looked at again."""
    rows = (
        gradebook.db.query(BaseCell.name, Grade.needs_manual_grade)
        .select_from(Grade)
        .join(BaseCell, BaseCell.id == Grade.cell_id)
        .join(SubmittedNotebook, SubmittedNotebook.id == Grade.notebook_id)
        .join(SubmittedAssignment, SubmittedAssignment.id == SubmittedNotebook.assignment_id)
        .join(Assignment, Assignment.id == SubmittedAssignment.assignment_id)
        .filter(Assignment.name == assignment, SubmittedAssignment.student_id == student)
        .filter(Grade.manual_score.is_not(None))
    )
    return {name: bool(again) for name, again in rows}


def penalty_now(
    gradebook: Gradebook, penalties: LatePenalties, assignment: str, student: str
) -> float:
    """Work out the penalty for lateness from what the gradebook has."""
    submission = submission_of(gradebook.db, assignment, student)
    books = [b for b in submission.notebooks if b.name == assignment] if submission else []
    return sum(penalties.of(gradebook.db, book) or 0.0 for book in books)


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
        before = set(sys.modules)
        sys.path.append(str(folder.path))
        try:
            log = logging.getLogger("autograder.nbgrader")
            self.step = AssignLatePenalties(config=folder.config, log=log)
            self.step.init_plugin()
        finally:
            sys.path.remove(str(folder.path))
            # Another class, or this one an hour later, may have another plugin of that name.
            for name in set(sys.modules) - before:
                file = Path(getattr(sys.modules[name], "__file__", None) or "")
                if file.is_relative_to(folder.path):
                    del sys.modules[name]

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


def submission_of(db: Any, assignment: str, student: str) -> SubmittedAssignment | None:
    """Find one submission, if the gradebook has it."""
    return (
        db.query(SubmittedAssignment)
        .join(Assignment, Assignment.id == SubmittedAssignment.assignment_id)
        .filter(Assignment.name == assignment, SubmittedAssignment.student_id == student)
        .one_or_none()
    )
