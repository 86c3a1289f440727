"""What lies in submitted/, and which of it has landed whole.

Network file systems send no events of what others write there, so folders are looked
through: names, sizes and times, no contents. A submission has landed when nothing in its
folder has changed for some seconds. What is written in place and stalls for longer is
taken for whole; it changes again when the rest comes, and is then marked again.
"""

from __future__ import annotations

import os
import re
import stat
import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from autograder.grading.intake import DEEPEST_FOLDER, MOST_ENTRIES
from autograder.grading.marker import Task
from autograder.grading.misplaced import folders_of_assignments, misplaced, strangers

PARTIAL_SECONDS = 120.0  # how long a file with the name of a partial copy is waited for
# Browsers, scp-like tools and editors; rsync writes .NAME.xxxxxx, synchronisers .NAME.~xxx.
PARTIAL = re.compile(
    r".+\.(part|partial|filepart|crdownload|download|tmp|temp|swp|!sync)|\..+\.\w{6}|\..+\.~\w+",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Seen:
    """What one look at a submission's folder shows.

    Attributes
    ----------
    state : int
        Changes with every name, size and time.
    changed : float
        When the last change was made, by the clock of whoever keeps the files.
    partial : bool
        Whether a file's name says that it is a partial copy.
    """

    state: int
    changed: float
    partial: bool


def look(submitted: Path, assignments: Collection[str]) -> Iterator[tuple[Task, Seen]]:
    """Look through submitted/; folders without a file are passed by.

    What is handed in under nearly the right name is seen, too: somebody has to be told.
    """
    known = folders_of_assignments(submitted.parent)
    with os.scandir(submitted) as students:
        for student in students:
            if student.name.startswith(".") or not student.is_dir():
                continue
            others: list[os.DirEntry[str]] | None = None
            for assignment in assignments:
                seen = _seen(os.path.join(student.path, assignment))  # noqa: PTH118
                if seen is None:
                    others = _strangers(student.path, known) if others is None else others
                    seen = _seen_elsewhere(others, assignment, known)
                if seen is not None:
                    yield Task(assignment, student.name), seen


def _seen(path: str) -> Seen | None:
    try:
        return look_into(path)
    except OSError:  # not there, gone meanwhile, or for nobody to read
        return None


def _strangers(student: str, known: Collection[str]) -> list[os.DirEntry[str]]:
    try:
        return strangers(student, known)
    except OSError:
        return []


def _seen_elsewhere(
    others: list[os.DirEntry[str]], assignment: str, known: Collection[str]
) -> Seen | None:
    try:
        found = misplaced(others, assignment, known) if others else None
        if found is None:
            return None
        about = Path(found.path).lstat()
    except OSError:
        return None
    if stat.S_ISDIR(about.st_mode):
        return _seen(found.path)
    state = (found.path, about.st_size, about.st_mtime_ns, about.st_ctime_ns)
    return Seen(hash(state), about.st_ctime, partial=False)


def look_into(path: str) -> Seen | None:
    """Look at one submission's folder; None if it holds no file.

    Raises
    ------
    OSError
        If it can't be looked at, or isn't there.
    """
    own = os.lstat(path)
    state: list[object] = [own.st_ctime_ns]
    changed, partial, files = own.st_ctime_ns, False, 0
    waiting, entries = [(path, 0)], 0
    while waiting:
        here, depth = waiting.pop()
        with os.scandir(here) as found:
            for entry in found:
                entries += 1
                if entries > MOST_ENTRIES:
                    break
                partial = partial or PARTIAL.fullmatch(entry.name) is not None
                if entry.name.startswith("."):
                    continue
                about = entry.stat(follow_symlinks=False)
                if not entry.is_dir(follow_symlinks=False):
                    files += 1
                elif depth < DEEPEST_FOLDER:
                    waiting.append((entry.path, depth + 1))
                state.append((entry.path, about.st_size, about.st_mtime_ns, about.st_ctime_ns))
                changed = max(changed, about.st_ctime_ns)
    return Seen(hash(tuple(state)), changed / 1e9, partial) if files else None


class Landing:
    """Tells which submissions have landed since they were last taken.

    Parameters
    ----------
    quiet : float
        For how many seconds nothing may have changed.
    """

    def __init__(self, quiet: float) -> None:
        self._quiet = quiet
        self._taken: dict[Task, int] = {}
        self._waiting: dict[Task, tuple[Seen, float]] = {}
        self._first = True

    def landed(self, found: Iterator[tuple[Task, Seen]]) -> list[Task]:
        """Give what has landed and was not taken, in order of names.

        What lay there quietly long before the first look need not be watched for so long.
        """
        now, clock = time.monotonic(), time.time()
        ready = []
        for task, seen in found:
            if self._taken.get(task) == seen.state:
                self._waiting.pop(task, None)
                continue
            before, since = self._waiting.get(task, (None, now))
            if before is None or before.state != seen.state:
                since = now - max(clock - seen.changed, 0.0) if self._first else now
                self._waiting[task] = seen, since
            if now - since >= (max(self._quiet, PARTIAL_SECONDS) if seen.partial else self._quiet):
                ready.append(task)
        self._first = False
        return sorted(ready, key=lambda task: (task.assignment, task.student))

    def take(self, task: Task) -> None:
        """Note that a submission is dealt with as it was at the last look."""
        self._taken[task] = self._waiting.pop(task)[0].state

    def forget(self, assignment: str) -> None:
        """Have all submissions of an assignment taken once more."""
        self._taken = {t: state for t, state in self._taken.items() if t.assignment != assignment}
