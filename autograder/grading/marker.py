"""One submission, from what was handed in to what is to be written; nothing is written here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
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
from autograder.grading.keys import Key, changes
from autograder.grading.misplaced import folders_of_assignments
from autograder.grading.prepare import Master, files_beside, lay_out, prepare
from autograder.grading.records import (
    MARKED,
    Record,
    autograded_path,
    file_hash,
    gather,
    saved_record,
)
from autograder.grading.runs import PICTURES, WORK, Run

# Runs a notebook of an assignment in place: outputs, verdicts, and how it was run. It is
# given the files that the student's code may see, and the seed of the probes.
Execute = Callable[[NotebookNode, str, Mapping[str, bytes], int], None]

# nbgrader looks folders up by patterns, in which the first four have a meaning, and
# formgrader writes names into its pages as they stand.
REFUSED_SIGNS = '*?[]<>&"'
LONGEST_STUDENT = 128  # what the gradebook has room for
CHANGES_SHOWN = 4
NO_RECEIPT = "autograder itself, which kept no receipts then"
NOT_YET = ("needs a human", "Not graded yet: run autograder grade.")


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


# Gives what an earlier run made of a submission, by its key and a seed, or any seed.
Staged = Callable[[Task, Key, int | None], Made | None]


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
    work : Path, optional
        Where new folders are made; by default in the class.
    staged : callable, optional
        Asked first for what came of a submission; nothing is executed if it knows.

    Attributes
    ----------
    kept : int
        How many marked submissions stay as they are.
    left : int
        How many were passed over, since they are for another run.
    earlier : int
        How many of those kept come from something that has changed since.
    changed : Counter
        What that is, in words.
    """

    def __init__(
        self,
        folder: ClassFolder,
        run: Run,
        masters: Mapping[str, Master],
        *,
        again: bool,
        work: Path | None = None,
        staged: Staged = lambda task, key, seed: None,
    ) -> None:
        self.folder, self.run, self.masters, self.again = folder, run, masters, again
        self.kept = self.left = self.earlier = 0
        self.changed: Counter[str] = Counter()
        self._work, self._staged = work or folder.path / WORK, staged
        self._pictures = work / "pictures" if work else folder.path / PICTURES
        self._known = folders_of_assignments(folder.path)
        self._lock = Lock()
        self._number = 0

    def kept_in_words(self, total: int) -> str:
        """Say how many were not marked again."""
        if not self.kept:
            return ""
        were, are = ("was", "is") if self.kept == 1 else ("were", "are")
        return f"{self.kept} of {total} {were} marked before and {are} unchanged."

    def untouched_in_words(self, total: int) -> str:
        """Say how many no change can touch, and how many are for another run."""
        told = []
        if self.kept:
            come = "comes" if self.kept == 1 else "come"
            told.append(f"{self.kept} of {total} {come} from nothing that has changed since.")
        if self.left:
            are, them = ("is", "it") if self.left == 1 else ("are", "them")
            told.append(
                f"{self.left} {are} new, changed by the student or not marked to the end: "
                f"autograder grade marks {them}."
            )
        return " ".join(told)

    def earlier_in_words(self) -> str:
        """Say how many marks come from something that has changed since."""
        if not self.earlier:
            return ""
        named = [words for words, _ in self.changed.most_common(CHANGES_SHOWN)]
        more = f" and {n} more" if (n := len(self.changed) - len(named)) else ""
        were, stay = ("was", "stays") if self.earlier == 1 else ("were", "stay")
        return (
            f"Of these, {self.earlier} {were} marked before this changed: {', '.join(named)}{more}."
            f" Nothing moves by itself, so {'it' if self.earlier == 1 else 'they'} {stay};"
            " --regrade shows what would move."
        )

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
        place = self.folder.path / "submitted" / student / master.name
        handed_in = take_in(place, master.name, self._known)
        key = master.key_of(student, handed_in)
        old = saved_record(self.folder, student, master.name)
        seed = self.run.seed if self.again else self._seed_for(old, key)
        if seed is None:
            return self._kept_or_left(old or Record(student, master.name, *NOT_YET), key)
        folder = self._own_folder()
        try:
            if handed_in.state != "ready":
                raise _NotMarked(handed_in.state, handed_in.reason)
            by_own_probes = old is not None and old.state in MARKED
            any_seed = self.run.touched and not by_own_probes
            if staged := self._staged(task, key, None if any_seed else seed):
                return self._with_files(staged, handed_in, master, folder)
            return self._mark(student, master, handed_in, key, seed, folder, execute)
        except _NotMarked as end:
            state, reason = end.state, clean_text(end.reason)
            record = Record(
                student, master.name, state, reason,
                key=key, unfinished=end.once_more, marked=_now(),
            )  # fmt: skip
            return Made(record, "take back", folder=folder)

    def _seed_for(self, old: Record | None, key: Key) -> int | None:
        if old is None:
            return self.run.seed_for(None, key, spoilt=False)
        executed = file_hash(autograded_path(self.folder, old.student, old.assignment))
        # In another gradebook than today's there may be nothing of it.
        unknown = old.state in MARKED and old.student not in self.masters[old.assignment].booked
        return self.run.seed_for(old, key, spoilt=unknown or old.notebook != executed)

    def _kept_or_left(self, old: Record, key: Key) -> Made:
        """Count a submission that isn't marked, and what its marks come from that has changed."""
        told = changes(old.key, key) if old.key else [NO_RECEIPT]
        with self._lock:
            if self.run.touched and (told or old.unfinished):
                self.left += 1
            elif old.state in MARKED:
                self.kept += 1
                self.earlier += bool(told)
                self.changed.update(told)
        return Made(old, "keep")

    def _own_folder(self) -> Path:
        with self._lock:
            self._number += 1
            return self._work / f"new-{self._number}"

    def _mark(
        self,
        student: str,
        master: Master,
        handed_in: HandedIn,
        key: Key,
        seed: int,
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
        lay_out(folder, files, master, self._pictures)
        timestamp, remark = read_timestamp(handed_in.files.get(TIMESTAMP))
        try:
            execute()(notebook, master.name, files, seed)
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
        self._drop_loud_files(folder, master)
        about: dict[str, Any] = {"seed": seed, "key": key, "run": self.run.id, "marked": _now()}
        record = replace(record, reason=f"{record.reason} {remark}".strip(), **about)
        return Made(replace(record, points=marks.scores), "save", notebook, marks, folder)

    def _with_files(self, staged: Made, handed_in: HandedIn, master: Master, folder: Path) -> Made:
        """Give what was made before, with the files that belong beside it."""
        lay_out(folder, files_beside(handed_in, master), master, self._pictures)
        self._drop_loud_files(folder, master)
        return replace(staged, record=replace(staged.record, run=self.run.id), folder=folder)

    def _drop_loud_files(self, folder: Path, master: Master) -> None:
        # What a browser would run beside a notebook must not lie where formgrader shows it.
        own = (self.folder.path / kind / master.name for kind in ("release", "source"))
        drop_loud_files(folder, *own)


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


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


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
