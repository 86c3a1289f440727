"""`autograder grade`: mark what was handed in."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Callable
from pathlib import Path

from autograder.errors import ClassFolderError, NbgraderError, SubmissionError
from autograder.grading.classroom import ClassFolder, run_nbgrader
from autograder.grading.intake import take_in
from autograder.grading.records import Record, record_from_notebook, save_record

STAGED = ".autograder/staged"
# nbgrader looks folders up by patterns, in which these have a meaning.
PATTERN_SIGNS = set("*?[]")


def grade(
    folder: ClassFolder,
    assignments: list[str],
    student: str | None = None,
    seed: int | None = None,
    on_start: Callable[[int], None] = lambda total: None,
    on_marked: Callable[[Record], None] = lambda record: None,
) -> list[Record]:
    """Mark submissions and write gradebook, autograded/ and records.

    Parameters
    ----------
    folder : ClassFolder
        The class.
    assignments : list of str
        Which assignments.
    student : str, optional
        One student only.
    seed : int, optional
        Seed of the probes; by default a fresh one for this run.
    on_start, on_marked : callable
        Told the number of submissions, then each record, to show progress.

    Returns
    -------
    records : list of Record
        One for each student and assignment.
    """
    seed = secrets.randbits(32) if seed is None else seed
    tasks = [(a, s) for a in assignments for s in _students(folder, a, student)]
    on_start(len(tasks))
    records = []
    for assignment, one in tasks:
        record = _mark(folder, one, assignment, seed)
        save_record(folder, record)
        records.append(record)
        on_marked(record)
    return records


def _students(folder: ClassFolder, assignment: str, student: str | None) -> list[str]:
    if not folder.released_notebook(assignment).is_file():
        raise ClassFolderError(
            f"{assignment} was not released yet. Run: autograder release {folder.path} {assignment}"
        )
    everyone = folder.students(assignment)
    if student is not None and student not in everyone:
        raise SubmissionError(
            f"No student {student!r}: neither in the gradebook nor in submitted/."
        )
    if student is None and not everyone:
        raise SubmissionError(
            f"Nobody to mark: put submissions into {folder.path}/submitted/STUDENT/{assignment}/."
        )
    return everyone if student is None else [student]


def _mark(folder: ClassFolder, student: str, assignment: str, seed: int) -> Record:
    """Mark one submission; whatever is wrong with it ends in its record, not in an error."""
    if PATTERN_SIGNS & set(student):
        reason = "Rename the student's folder: nbgrader can't work with * ? [ ] in a name."
        return Record(student, assignment, "needs a human", reason)
    submitted = folder.path / "submitted" / student / assignment
    staged = folder.path / STAGED / student / assignment
    try:
        intake = take_in(submitted, staged, assignment)
        if intake.state != "ready":
            return Record(student, assignment, intake.state, intake.reason)
        _autograde(folder, student, assignment, seed)
        return record_from_notebook(folder, student, assignment)
    except (NbgraderError, OSError, ValueError) as problem:
        return Record(student, assignment, "needs a human", " ".join(str(problem).split()))
    finally:
        shutil.rmtree(folder.path / STAGED, ignore_errors=True)


def _autograde(folder: ClassFolder, student: str, assignment: str, seed: int) -> None:
    api = folder.api(submitted_directory=STAGED)
    api.config.ExecuteAndJudge.seed = seed
    run_nbgrader(lambda: api.autograde(assignment, student), "nbgrader could not mark it")


def feedback(
    folder: ClassFolder,
    assignments: list[str],
    on_start: Callable[[int], None] = lambda total: None,
    on_done: Callable[[], None] = lambda: None,
) -> list[Path]:
    """Write nbgrader's feedback page for every marked submission; give the pages' paths."""
    tasks = [(a, s) for a in assignments for s in folder.students(a) if _marked(folder, s, a)]
    if not tasks:
        raise SubmissionError(f"Nothing is marked yet. Run: autograder grade {folder.path}")
    on_start(len(tasks))
    pages = []
    api = folder.api()
    for assignment, student in tasks:
        run_nbgrader(
            lambda a=assignment, s=student: api.generate_feedback(a, s),  # type: ignore[misc]
            f"No feedback for {student}",
        )
        pages.append(folder.path / "feedback" / student / assignment / f"{assignment}.html")
        on_done()
    return pages


def _marked(folder: ClassFolder, student: str, assignment: str) -> bool:
    return (folder.path / "autograded" / student / assignment).is_dir()
