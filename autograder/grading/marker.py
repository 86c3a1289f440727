"""One submission, from what was handed in to what is to be written; nothing is written here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Lock
from typing import Any

from nbformat import NotebookNode
from nbgrader.preprocessors import IgnorePattern, LimitOutput

from autograder.errors import AutograderError, JudgeError
from autograder.grading.classroom import ClassFolder
from autograder.grading.clean import clean_text
from autograder.grading.clean_notebook import clean_notebook, drop_loud_files
from autograder.grading.gradebook import TIMESTAMP, AutoMarks, read_marks, read_timestamp
from autograder.grading.intake import HandedIn, Unreadable, take_in
from autograder.grading.prepare import Master, files_beside, lay_out, prepare
from autograder.grading.records import (
    MARKED,
    Record,
    autograded_path,
    file_hash,
    gather,
    saved_record,
)
from autograder.grading.runs import WORK, Run

# Runs a notebook of an assignment in place: outputs, verdicts, and how it was run. It is
# given the files that the student's code may see, and the seed of the probes.
Execute = Callable[[NotebookNode, str, Mapping[str, bytes], int], None]

# nbgrader looks folders up by patterns, in which the first four have a meaning, and
# formgrader writes names into its pages as they stand.
REFUSED_SIGNS = '*?[]<>&"'
LONGEST_STUDENT = 128  # what the gradebook has room for


@dataclass(frozen=True)
class Task:
    """One submission to mark."""

    assignment: str
    student: str


@dataclass(frozen=True)
class Made:
    """What came of one submission, and what is to be done with it.

    Attributes
    ----------
    record : Record
        Its state.
    action : str
        ``keep`` the old record, ``note`` the new one, ``take back`` the old marks, or
        ``save`` what follows.
    notebook, marks, folder
        For ``save``: the executed notebook, its marks, and the folder with the files
        beside it. The folder is there in other cases, too, if it was made.
    """

    record: Record
    action: str
    notebook: NotebookNode | None = None
    marks: AutoMarks | None = None
    folder: Path | None = None


class Marker:
    """Marks submissions of one run; several threads may do so at a time.

    Parameters
    ----------
    folder : ClassFolder
        The class, locked.
    run : Run
        The run.
    masters : mapping
        What each assignment's submissions are held against.
    again : bool
        Whether to mark what has not changed, too.
    """

    def __init__(
        self, folder: ClassFolder, run: Run, masters: Mapping[str, Master], *, again: bool
    ) -> None:
        self.folder, self.run, self.masters, self.again = folder, run, masters, again
        self._lock = Lock()
        self._kept = self._number = 0

    def kept_in_words(self, total: int) -> str:
        """Say how many were not marked again."""
        if not self._kept:
            return ""
        were, are = ("was", "is") if self._kept == 1 else ("were", "are")
        told = f"{self._kept} of {total} {were} marked before and {are} unchanged"
        return f"{told}; --regrade marks again."

    def mark(self, task: Task, execute: Callable[[], Execute]) -> Made:
        """Mark one submission; whatever is wrong with it ends in its record, not in an error.

        Parameters
        ----------
        task : Task
            Which one.
        execute : callable
            Gives what runs notebooks, when it is needed.
        """
        student, master = task.student, self.masters[task.assignment]
        if reason := _unusable(student):
            return Made(Record(student, master.name, "needs a human", reason), "note")
        handed_in = take_in(self.folder.path / "submitted" / student / master.name, master.name)
        key = master.key_of(student, handed_in)
        old = saved_record(self.folder, student, master.name)
        if old is not None and not self.again and self._stands(old, key):
            with self._lock:
                self._kept += old.state in MARKED
            return Made(old, "keep")
        folder = self._own_folder()
        try:
            if handed_in.state != "ready":
                raise _NotMarked(handed_in.state, handed_in.reason)
            return self._mark(student, master, handed_in, key, folder, execute)
        except _NotMarked as end:
            key = "" if end.once_more else key
            record = Record(student, master.name, end.state, clean_text(end.reason), key=key)
            return Made(record, "take back", folder=folder)

    def _own_folder(self) -> Path:
        with self._lock:
            self._number += 1
            return self.folder.path / WORK / f"new-{self._number}"

    def _stands(self, old: Record, key: str) -> bool:
        """Tell whether an old record is still what another marking would give."""
        if old.state in MARKED and old.student not in self.masters[old.assignment].booked:
            return False  # in another gradebook than today's
        path = autograded_path(self.folder, old.student, old.assignment)
        return self.run.done(old, key) and old.notebook == file_hash(path)

    def _mark(
        self,
        student: str,
        master: Master,
        handed_in: HandedIn,
        key: str,
        folder: Path,
        execute: Callable[[], Execute],
    ) -> Made:
        try:
            notebook = prepare(handed_in, master)
        except Unreadable as problem:
            raise _NotMarked("needs a human", str(problem)) from None
        except Exception as error:  # nothing that a file contains may end the run
            raise _NotMarked.at("read", error) from error
        files = files_beside(handed_in, master)
        lay_out(folder, files, master)
        timestamp, remark = read_timestamp(handed_in.files.get(TIMESTAMP))
        try:
            execute()(notebook, master.name, files, self.run.seed)
            for step in (IgnorePattern, LimitOutput):
                step(config=self.folder.config)(notebook, {})
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
        drop_loud_files(folder, *folders)
        about: dict[str, Any] = {"seed": self.run.seed, "key": key, "run": self.run.id}
        record = replace(record, reason=f"{record.reason} {remark}".strip(), **about)
        return Made(record, "save", notebook, marks, folder)


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
