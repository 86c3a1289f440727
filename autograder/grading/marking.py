"""`autograder grade`: mark what was handed in."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

from nbformat import NotebookNode
from nbgrader.preprocessors import IgnorePattern, LimitOutput
from sqlalchemy.exc import SAWarning

from autograder.errors import AutograderError, ClassFolderError, JudgeError, SubmissionError
from autograder.grading.classroom import ClassFolder, run_nbgrader
from autograder.grading.clean import clean_text
from autograder.grading.clean_notebook import clean_notebook, drop_loud_files
from autograder.grading.execute import execute_and_judge, settings_of
from autograder.grading.gradebook import TIMESTAMP, read_marks, read_timestamp
from autograder.grading.intake import HandedIn, Unreadable, take_in
from autograder.grading.judge_process import JudgeProcess
from autograder.grading.prepare import Master, lay_out, prepare, read_master
from autograder.grading.records import (
    MARKED,
    Record,
    autograded_path,
    file_hash,
    gather,
    save_record,
    saved_record,
)
from autograder.grading.runs import Run, begin, finish, locked, remove
from autograder.grading.writer import Writer

# Runs a notebook of an assignment in place: outputs, verdicts, and how it was run. It is
# given a folder with what the student's code may see, and the seed of the probes.
Execute = Callable[[NotebookNode, str, Path, int], None]
Executor = Callable[[ClassFolder], AbstractContextManager[Execute]]

# nbgrader looks folders up by patterns, in which the first four have a meaning, and
# formgrader writes names into its pages as they stand.
REFUSED_SIGNS = '*?[]<>&"'
LONGEST_STUDENT = 128  # what the gradebook has room for


@contextmanager
def judging(folder: ClassFolder) -> Iterator[Execute]:
    """Give what runs notebooks, with one judge's process for the whole run."""
    with JudgeProcess(settings_of(folder.config)) as judge:
        yield partial(execute_and_judge, judge=judge)


def grade(
    folder: ClassFolder,
    assignments: list[str],
    student: str | None = None,
    seed: int | None = None,
    on_start: Callable[[int], None] = lambda total: None,
    on_marked: Callable[[Record], None] = lambda record: None,
    *,
    regrade: bool = False,
    tell: Callable[[str], None] = lambda line: None,
    executor: Executor = judging,
) -> list[Record]:
    """Mark submissions and write gradebook, autograded/ and records.

    What was marked before and has not changed since stays as it is.

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
    regrade : bool
        Whether to mark again what has not changed.
    tell : callable
        Told in one line what is not seen in the records.
    executor : callable
        What runs the notebooks.

    Returns
    -------
    records : list of Record
        One for each student and assignment.

    Raises
    ------
    ClassBusy
        If another run is at work in this class.
    """
    tasks = [(a, s) for a in assignments for s in _students(folder, a, student)]
    records = []
    with locked(folder, "marking"), folder.gradebook() as gradebook, ExitStack() as stack:
        stack.enter_context(_one_line_for_failures())
        masters = {name: read_master(folder, gradebook, name) for name in assignments}
        run, remark = begin(folder, assignments, seed, regrade, part=student is not None)
        marker = _Marker(folder, run, Writer(folder, gradebook), stack, executor)
        on_start(len(tasks))
        for name, one in tasks:
            records.append(marker.mark(one, masters[name], again=student is not None))
            on_marked(records[-1])
        if student is None:
            finish(folder, assignments)
    for line in (remark, marker.kept_in_words(len(tasks))):
        if line:
            tell(line)
    return records


@contextmanager
def _one_line_for_failures() -> Iterator[None]:
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


class _Marker:
    """Marks one submission after the other, in one run."""

    def __init__(
        self, folder: ClassFolder, run: Run, writer: Writer, stack: ExitStack, executor: Executor
    ) -> None:
        self.folder, self.run, self.writer = folder, run, writer
        self._stack, self._executor = stack, executor
        self._execute: Execute | None = None
        self._kept = 0

    def kept_in_words(self, total: int) -> str:
        """Say how many were not marked again."""
        if not self._kept:
            return ""
        were, are = ("was", "is") if self._kept == 1 else ("were", "are")
        told = f"{self._kept} of {total} {were} marked before and {are} unchanged"
        return f"{told}; --regrade marks again."

    def mark(self, student: str, master: Master, *, again: bool) -> Record:
        """Mark one submission; whatever is wrong with it ends in its record, not in an error."""
        if reason := _unusable(student):
            record = Record(student, master.name, "needs a human", reason)
            save_record(self.folder, record)
            return record
        handed_in = take_in(self.folder.path / "submitted" / student / master.name, master.name)
        key = master.key_of(student, handed_in)
        old = saved_record(self.folder, student, master.name)
        if old is not None and not again and self._stands(old, key):
            self._kept += old.state in MARKED
            return old
        try:
            if handed_in.state != "ready":
                raise _NotMarked(handed_in.state, handed_in.reason)
            return self._mark(student, master, handed_in, key)
        except _NotMarked as end:
            key = "" if end.once_more else key
            record = Record(student, master.name, end.state, clean_text(end.reason), key=key)
            return self.writer.take_back(record)
        finally:
            remove(self.writer.work)

    def _stands(self, old: Record, key: str) -> bool:
        """Tell whether an old record is still what another marking would give."""
        path = autograded_path(self.folder, old.student, old.assignment)
        return self.run.done(old, key) and old.notebook == file_hash(path)

    def _mark(self, student: str, master: Master, handed_in: HandedIn, key: str) -> Record:
        try:
            notebook = prepare(handed_in, master)
        except Unreadable as problem:
            raise _NotMarked("needs a human", str(problem)) from None
        except Exception as error:  # nothing that a file contains may end the run
            raise _NotMarked.at("read", error) from error
        lay_out(self.writer.fresh, handed_in, master)
        timestamp, remark = read_timestamp(handed_in.files.get(TIMESTAMP))
        try:
            self._run(notebook, master)
            marks = read_marks(notebook, timestamp)
            record = gather(notebook, student, master.name)
            clean_notebook(notebook, master.released)
        except AutograderError as error:
            if not isinstance(error, JudgeError):
                raise  # every submission would meet it
            raise _NotMarked("needs a human", str(error), once_more=True) from error
        except Exception as error:
            raise _NotMarked.at("judged", error) from error
        # What a browser would run beside a notebook must not lie where formgrader shows it.
        folders = (self.folder.path / kind / master.name for kind in ("release", "source"))
        drop_loud_files(self.writer.fresh, *folders)
        reason = f"{record.reason} {remark}".strip()
        record = replace(record, reason=reason, seed=self.run.seed, key=key, run=self.run.id)
        return self.writer.save(record, notebook, marks)

    def _run(self, notebook: NotebookNode, master: Master) -> None:
        """Run a notebook and cut its outputs to size, in place."""
        if self._execute is None:
            self._execute = self._stack.enter_context(self._executor(self.folder))
        self._execute(notebook, master.name, self.writer.fresh, self.run.seed)
        for step in (IgnorePattern, LimitOutput):
            step(config=self.folder.config)(notebook, {})


class _NotMarked(Exception):
    """A submission ends here, in a state with a reason."""

    def __init__(self, state: str, reason: str, *, once_more: bool = False) -> None:
        super().__init__(reason)
        self.state, self.reason = state, reason
        self.once_more = once_more  # whether the next run tries again

    @classmethod
    def at(cls, step: str, error: Exception) -> _NotMarked:
        reason = f"It could not be {step}: {type(error).__name__}: {error}"
        return cls("needs a human", reason, once_more=True)


def _unusable(student: str) -> str:
    """Say why a folder's name can't be a student's, if it can't."""
    if set(REFUSED_SIGNS) & set(student):
        signs = " ".join(REFUSED_SIGNS)
        return f"Rename the student's folder: nbgrader can't work with {signs} in a name."
    if not student.isprintable() or student != student.strip() or len(student) > LONGEST_STUDENT:
        return (
            "Rename the student's folder: its name has signs that can't be shown, "
            f"a blank at an end, or more than {LONGEST_STUDENT} letters."
        )
    return ""


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
    with locked(folder, "writing feedback for"):
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
