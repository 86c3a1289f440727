"""Marks out of nbgrader's gradebook, one line for each student and exercise."""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from typing import Any, TextIO

import nbformat
from nbgrader.api import (
    Assignment,
    BaseCell,
    Grade,
    Gradebook,
    SubmittedAssignment,
    SubmittedNotebook,
)
from sqlalchemy import func

from autograder.errors import ClassFolderError, GradebookError
from autograder.exercises import ASSIGNMENTS
from autograder.grading.classroom import ClassFolder
from autograder.grading.clean import clean_source, clean_text
from autograder.grading.database import require
from autograder.grading.records import MARKED, Record, load_record
from autograder.words import typed

LATE = "late penalty"
FORMULA_SIGNS = set("=+-@\N{MINUS SIGN}")


@dataclass(frozen=True)
class Mark:
    """One student's mark for one exercise; no score means that nobody decided yet.

    One given by hand for another answer than there is now has its score, and needs a human.
    What is taken off for lateness is a mark below zero, of at most 0, for no exercise.
    """

    student_id: str
    assignment: str
    exercise: str
    score: float | None
    max_score: float
    status: str
    mistake: str = ""


def marks(folder: ClassFolder, assignment: str) -> list[Mark]:
    """List the marks of everyone: exercises in their order, written questions, lateness."""
    found: list[Mark] = []
    for record, own, late in marks_by_student(folder, assignment):
        found += own
        if late:
            found.append(Mark(record.student, assignment, LATE, -late, 0.0, "late"))
    return found


def marks_by_student(
    folder: ClassFolder, assignment: str, only: str | None = None
) -> Iterator[tuple[Record, list[Mark], float]]:
    """Give everyone's record, marks and penalty for lateness, or one student's.

    They come in the order of the students' names.

    Raises
    ------
    GradebookError
        If the gradebook lacks what was marked: then nobody's marks are known.
    """
    maxima = _maxima(folder, assignment)
    with folder.gradebook() as gradebook:
        require(folder.path, gradebook, assignment)
        grades = _grades(gradebook, assignment, only)
        penalties = _penalties(gradebook, assignment)
    for student in folder.students(assignment) if only is None else [only]:
        record = load_record(folder, student, assignment)
        cells = grades.pop(student, {})
        if record.state in MARKED and not cells:
            raise GradebookError(
                f"The gradebook has no marks of {clean_text(student)}, whose {assignment} was "
                f"marked. Run: autograder grade {typed(folder.path)} {assignment}"
            )
        own = [_mark(record, name, parts, cells) for name, parts in maxima.items()]
        # As in nbgrader, nobody has less than nothing.
        late = min(penalties.get(student, 0.0), sum(mark.score or 0.0 for mark in own))
        yield record, own, late


def _maxima(folder: ClassFolder, assignment: str) -> dict[str, dict[str, float]]:
    """Map each exercise and written question to its graded cells and their points."""
    path = folder.released_notebook(assignment)
    released = nbformat.read(path, as_version=4)
    points = {
        cell.metadata.nbgrader.grade_id: float(cell.metadata.nbgrader.points)
        for cell in released.cells
        if cell.metadata.get("nbgrader", {}).get("grade")
    }
    found: dict[str, dict[str, float]] = {}
    for exercise in ASSIGNMENTS[assignment]:
        names = (f"check-{exercise.name}", f"hidden-{exercise.name}")
        found[exercise.name] = {name: points.pop(name) for name in names if name in points}
    return found | {question: {question: maximum} for question, maximum in points.items()}


def _grades(gradebook: Gradebook, assignment: str, only: str | None) -> dict[str, dict[str, Any]]:
    """Map each student's graded cells, or one's only, by name, to their rows.

    It is one query for the whole class; nbgrader's own objects take some for each student.
    """
    asked = (
        SubmittedAssignment.student_id, BaseCell.name,
        Grade.auto_score, Grade.manual_score, Grade.needs_manual_grade, Grade.score,
    )  # fmt: skip
    rows = (
        gradebook.db.query(*asked)
        .select_from(Grade)
        .join(BaseCell, BaseCell.id == Grade.cell_id)
        .join(SubmittedNotebook, SubmittedNotebook.id == Grade.notebook_id)
        .join(SubmittedAssignment, SubmittedAssignment.id == SubmittedNotebook.assignment_id)
        .join(Assignment, Assignment.id == SubmittedAssignment.assignment_id)
        .filter(Assignment.name == assignment)
    )
    if only is not None:
        rows = rows.filter(SubmittedAssignment.student_id == only)
    found: dict[str, dict[str, Any]] = {}
    for row in rows:
        found.setdefault(row.student_id, {})[row.name] = row
    return found


def _penalties(gradebook: Gradebook, assignment: str) -> dict[str, float]:
    """Map each student who has a penalty for lateness to it."""
    penalty = SubmittedNotebook.late_submission_penalty
    rows = (
        gradebook.db.query(SubmittedAssignment.student_id, func.sum(penalty))
        .select_from(SubmittedNotebook)
        .join(SubmittedAssignment, SubmittedAssignment.id == SubmittedNotebook.assignment_id)
        .join(Assignment, Assignment.id == SubmittedAssignment.assignment_id)
        .filter(Assignment.name == assignment, penalty > 0)
        .group_by(SubmittedAssignment.student_id)
    )
    return {student: float(points) for student, points in rows}


def _mark(record: Record, exercise: str, parts: dict[str, float], cells: dict[str, Any]) -> Mark:
    graded = [cells[name] for name in parts if name in cells]
    score: float | None = sum(float(grade.score) for grade in graded)
    status = record.status(exercise)
    doubted = any(grade.needs_manual_grade and grade.name in record.doubted for grade in graded)
    by_hand = any(grade.manual_score is not None for grade in graded)
    # A written question is its own graded cell.
    if exercise in parts and graded and (record.state != "missing" or by_hand):
        grade = graded[0]
        unread = grade.needs_manual_grade and (
            grade.manual_score is None or record.state == "needs a human"
        )
        unanswered = grade.auto_score == 0 and grade.manual_score is None
        status = "needs a human" if unread else "blank" if unanswered else "graded"
    if doubted:
        status = "needs a human"
    if record.state == "missing" and not by_hand:
        score = 0.0
    elif status == "needs a human" and not by_hand:
        score = None
    maximum = sum(parts.values())
    mistake = record.mistake(exercise)
    return Mark(record.student, record.assignment, exercise, score, maximum, status, mistake)


def write_csv(rows: list[Mark], file: TextIO) -> None:
    """Write marks as CSV that a spreadsheet shows and never runs.

    Names come from folders that students named, and a spreadsheet takes a cell for a
    formula if it begins with ``=``, ``+``, ``-`` or ``@``, whatever blanks stand before
    it and in whatever width the sign is written. Such a text gets an apostrophe in
    front, which also goes behind a semicolon, where some spreadsheets begin a new cell.
    Line breaks and tabs become spaces, other control characters go. Numbers stay
    numbers, negative ones too.
    """
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow([field.name for field in fields(Mark)])
    for row in rows:
        writer.writerow([_cell(value) for value in astuple(row)])


def _cell(value: object) -> object:
    if not isinstance(value, str):
        return "" if value is None else value
    text = clean_source(re.sub(r"[\t\n\v\f\r\x1c-\x1e\x85\u2028\u2029]+", " ", value))
    text = ";".join(f"'{part}" if _is_formula(part) else part for part in text.split(";"))
    return f"'{text}" if value.startswith(("\t", "\r")) and not text.startswith("'") else text


def _is_formula(text: str) -> bool:
    """Say whether the first sign that can be seen begins a formula."""
    seen = (sign for sign in text if unicodedata.category(sign)[0] not in "ZC")
    return unicodedata.normalize("NFKC", next(seen, " ")) in FORMULA_SIGNS


def export_csv(folder: ClassFolder, assignments: list[str], path: Path) -> int:
    """Write all marks into one CSV file; give the number of rows.

    Raises
    ------
    ClassFolderError
        If the file can't be written; then there is nothing of it.
    """
    if path.is_dir():
        raise ClassFolderError(f"{path} is a folder: name a file in it, as {path / 'marks.csv'}.")
    if not path.parent.is_dir():
        raise ClassFolderError(f"{path} can't be written: there is no folder {path.parent}.")
    rows = [row for assignment in assignments for row in marks(folder, assignment)]
    fresh = path.with_name(f"{path.name}.new")
    try:
        with fresh.open("w", encoding="utf-8", newline="") as file:
            write_csv(rows, file)
        fresh.replace(path)
    except BaseException as error:
        with suppress(OSError):
            fresh.unlink()
        if isinstance(error, OSError):
            raise ClassFolderError(f"{path} can't be written: {error.strerror}.") from error
        raise
    return len(rows)
