"""`autograder grade`: mark what was handed in."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import replace
from functools import partial

from sqlalchemy.exc import SAWarning

from autograder.errors import ClassFolderError, SubmissionError
from autograder.grading.classroom import ClassFolder
from autograder.grading.execute import execute_and_judge, settings_of
from autograder.grading.first_judge import FirstJudge
from autograder.grading.indexes import add_indexes
from autograder.grading.judge_process import JudgeProcess
from autograder.grading.marker import Execute, Made, Marker, Task
from autograder.grading.pool import in_order_of_arrival
from autograder.grading.prepare import read_master
from autograder.grading.records import Record
from autograder.grading.runs import WORK, begin, finish, locked, remove
from autograder.grading.writer import Writer
from autograder.words import typed

Executor = Callable[[ClassFolder], AbstractContextManager[Execute]]


@contextmanager
def judging(folder: ClassFolder, first: FirstJudge | None = None) -> Iterator[Execute]:
    """Give what runs notebooks, with one judge's process for the whole run."""
    with JudgeProcess(settings_of(folder.config), first) as judge:
        yield partial(execute_and_judge, judge=judge)


@contextmanager
def marked(
    folder: ClassFolder, marker: Marker, tasks: list[Task], executor: Executor, jobs: int
) -> Iterator[Iterator[tuple[Task, Made]]]:
    """Give what comes of submissions as it comes; clear the work away at the end."""
    arriving = in_order_of_arrival(marker.mark, tasks, partial(executor, folder), jobs)
    try:
        with closing(arriving):
            yield arriving
    finally:
        remove(folder.path / WORK)


def grade(
    folder: ClassFolder,
    assignments: list[str],
    student: str | None = None,
    seed: int | None = None,
    on_start: Callable[[int], None] = lambda total: None,
    on_marked: Callable[[Record], None] = lambda record: None,
    *,
    tell: Callable[[str], None] = lambda line: None,
    executor: Executor = judging,
    jobs: int = 1,
) -> list[Record]:
    """Mark submissions and write gradebook, autograded/ and records.

    What was marked before stays as it is, unless the student changed it since. So it does
    if a check or something else on our side changed: that is for `regrade`.

    Parameters
    ----------
    folder : ClassFolder
        The class.
    assignments : list of str
        Which assignments.
    student : str, optional
        One student only, who is marked again in any case.
    seed : int, optional
        Seed of the probes, from which what is kept must come too; by default a fresh one,
        or that of a run that was stopped.
    on_start, on_marked : callable
        Told the number of submissions, then each record, to show progress.
    tell : callable
        Told in one line what is not seen in the records.
    executor : callable
        What runs the notebooks.
    jobs : int
        How many submissions are marked at a time. One writer writes what comes of them.

    Returns
    -------
    records : list of Record
        One for each student and assignment, without points, words and key.

    Raises
    ------
    ClassBusy
        If another run is at work in this class.
    """
    tasks = tasks_of(folder, assignments, student)
    with locked(folder, "marking"), folder.gradebook() as gradebook, one_line_for_failures():
        add_indexes(gradebook)
        masters = {name: read_master(folder, gradebook, name) for name in assignments}
        run, remark = begin(folder, assignments, seed, regrade=False, part=student is not None)
        marker = Marker(folder, run, masters, again=student is not None)
        writer = Writer(folder, gradebook)
        on_start(len(tasks))
        records = {}
        with marked(folder, marker, tasks, executor, jobs) as arriving:
            for task, made in arriving:
                record = writer.write(made)
                on_marked(record)
                # Of thousands of records the words and parts would fill the memory.
                records[task] = replace(record, exercises={}, points={}, key=None)
        if student is None:
            finish(folder, assignments)
    for line in (remark, marker.kept_in_words(len(tasks)), marker.earlier_in_words()):
        if line:
            tell(line)
    return [records[task] for task in tasks]


@contextmanager
def one_line_for_failures() -> Iterator[None]:
    """Say in one line what no submission is to blame for: a full disk, a lost folder."""
    with warnings.catch_warnings():
        # nbgrader's own use of SQLAlchemy; nothing that an instructor could mend.
        warnings.simplefilter("ignore", SAWarning)
        try:
            yield
        except OSError as error:
            raise ClassFolderError(
                f"{error.filename or 'The class folder'} can't be used: {error.strerror}. "
                "Then run autograder grade again: what is done stays."
            ) from error


def tasks_of(folder: ClassFolder, assignments: list[str], student: str | None) -> list[Task]:
    """List the submissions of everyone, or of one student."""
    return [Task(a, s) for a in assignments for s in _students(folder, a, student)]


def _students(folder: ClassFolder, assignment: str, student: str | None) -> list[str]:
    if not folder.released_notebook(assignment).is_file():
        raise ClassFolderError(
            f"{assignment} was not released yet. "
            f"Run: autograder release {typed(folder.path)} {assignment}"
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
