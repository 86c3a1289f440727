"""What a look at a regrade made, kept so that writing it needs nothing run again.

It lies beside the records and counts for nothing by itself: it is taken only for a
submission whose key and seed are still those it was made from.
"""

from __future__ import annotations

import contextlib
import json
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path

import nbformat

from autograder.grading.classroom import ClassFolder
from autograder.grading.gradebook import AutoMarks
from autograder.grading.keys import Key
from autograder.grading.marker import Made, Task
from autograder.grading.records import record_of, write_whole
from autograder.grading.runs import OWN, remove

STAGE = f"{OWN}/regrade"


class Stage:
    """Executed submissions that are not written yet.

    Parameters
    ----------
    folder : ClassFolder
        The class, locked.
    """

    def __init__(self, folder: ClassFolder) -> None:
        self._path = folder.path / STAGE
        self._found: set[Task] = set()

    def _file(self, task: Task) -> Path:
        return self._path / task.student / f"{task.assignment}.json"

    def keep(self, task: Task, made: Made) -> None:
        """Keep what was executed, unless it was found here."""
        if task in self._found:
            return
        assert made.marks is not None
        marks = asdict(made.marks)
        marks["timestamp"] = made.marks.timestamp and made.marks.timestamp.isoformat()
        told = {"record": asdict(made.record), "notebook": made.notebook, "marks": marks}
        file = self._file(task)
        file.parent.mkdir(parents=True, exist_ok=True)
        write_whole(file, json.dumps(told).encode())

    def found(self, task: Task, key: Key, seed: int | None) -> Made | None:
        """Give what was made of a submission from the same key, by this seed or by any."""
        try:
            told = json.loads(self._file(task).read_bytes())
            record, marks = record_of(told["record"]), AutoMarks(**told["marks"])
            timestamp = told["marks"]["timestamp"]
            when = datetime.fromisoformat(timestamp) if timestamp else None
            notebook = nbformat.from_dict(told["notebook"])
        except (OSError, ValueError, TypeError, KeyError):
            return None
        if record.key != key or seed not in (None, record.seed):
            return None
        self._found.add(task)
        return Made(record, "save", notebook, replace(marks, timestamp=when))

    def drop(self, task: Task) -> None:
        """Forget a submission, which is written."""
        file = self._file(task)
        remove(file)
        for place in (file.parent, self._path):
            with contextlib.suppress(OSError):  # others are there still
                place.rmdir()
