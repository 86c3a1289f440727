"""Whether submissions marked among thousands have the marks that they have alone."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from nbgrader.api import MissingEntry

from autograder.grading import marking
from autograder.grading.classroom import CONFIG_NAME, ClassFolder
from autograder.grading.records import load_record
from autograder.proving.ways import Class

TELL_EVERY = 20


def differing(
    one: Class, students: list[str], seed: int, place: Path, say: Callable[[str], None]
) -> list[str]:
    """Mark students by themselves, each in a run of its own, and name those whose marks differ.

    Parameters
    ----------
    one : Class
        The class as it was marked.
    students : list of str
        Whom to mark again.
    seed : int
        The seed of the probes of that run.
    place : Path
        A new folder for the class in which they are alone.
    say : callable
        Told how far it is.
    """
    alone = _class_of(one, students, place)
    found = []
    for number, student in enumerate(students, 1):
        marking.grade(alone, [one.assignment], student=student, seed=seed)
        mine, theirs = (told(folder, student, one.assignment) for folder in (alone, one.folder))
        if mine != theirs or not mine["grades"]:
            found.append(student)
        if number % TELL_EVERY == 0:
            say(f"{number} of {len(students)} by themselves")
    return found


def _class_of(one: Class, students: list[str], place: Path) -> ClassFolder:
    """Make a class of some of its students, in which nobody is marked."""
    for name in ("source", "release"):
        shutil.copytree(one.folder.path / name, place / name)
    for student in students:
        shutil.copytree(one.folder.path / "submitted" / student, place / "submitted" / student)
    shutil.copy(one.folder.path / CONFIG_NAME, place / CONFIG_NAME)
    (place / "gradebook.db").write_bytes(one.gradebook)
    return ClassFolder(place)


def told(folder: ClassFolder, student: str, assignment: str) -> dict[str, Any]:
    """Gather all that marking says of one submission: gradebook rows, verdicts, words."""
    record = load_record(folder, student, assignment)
    with folder.gradebook() as gradebook:
        try:
            book = gradebook.find_submission_notebook(assignment, assignment, student)
        except MissingEntry:
            return {"grades": {}, "record": record.exercises}
        grades = {
            g.name: (g.auto_score, g.manual_score, g.extra_credit, g.needs_manual_grade)
            for g in book.grades
        }
        comments = {c.name: (c.auto_comment, c.manual_comment) for c in book.comments}
        total = (book.score, book.max_score, book.late_submission_penalty)
    return {
        "grades": grades,
        "comments": comments,
        "total": total,
        "state": (record.state, record.reason, record.stopped, record.seed, record.isolation),
        "record": record.exercises,
    }
