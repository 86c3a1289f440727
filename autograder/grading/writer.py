"""The one who writes: marks into the gradebook, notebooks into autograded/, records.

The order is what makes a kill at any moment harmless:

1. The old record says: unfinished. So the submission counts from here on.
2. The new folder is made whole in .autograder/work and forced to disk.
3. Everything in the gradebook is one transaction.
4. The old folder is moved out and the new one in. Between the two renames there is none.
5. The new record is written. Only now is the submission finished.

Whoever is killed before the last step leaves a submission that the next run marks again,
by the same probes; all that it left is replaced then. nbgrader's own commands see the old
state or the new one, never half of one.
"""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

from nbgrader.api import Gradebook
from nbgrader.coursedir import CourseDirectory

from autograder.grading.classroom import ClassFolder
from autograder.grading.gradebook import LatePenalties, Standing
from autograder.grading.mark_rows import MarkRows
from autograder.grading.marker import Made
from autograder.grading.records import Record, file_hash, save_record, saved_record
from autograder.grading.runs import OWN, WORK, remove

ASIDE = f"{OWN}/set-aside"  # executed notebooks of submissions that are gone


class Writer:
    """Writes what came of submissions.

    Parameters
    ----------
    folder : ClassFolder
        The class, locked.
    gradebook : Gradebook
        Its gradebook, open.
    """

    def __init__(self, folder: ClassFolder, gradebook: Gradebook) -> None:
        self._folder = folder
        self._rows = MarkRows(gradebook, LatePenalties(folder))
        self._shared = CourseDirectory(config=folder.config).groupshared
        self._old = folder.path / WORK / "old"

    def write(self, made: Made) -> Record:
        """Write what came of a submission.

        Returns
        -------
        record : Record
            The record as it was written.
        """
        try:
            if made.action == "save":
                return self._save(made)
            if made.action == "take back":
                return self._take_back(made.record)
            if made.action == "note":
                return save_record(self._folder, made.record)
            return made.record
        finally:
            self.leave(made)

    def leave(self, made: Made) -> None:
        """Clear away what came of a submission, written or not."""
        if made.folder is not None:
            remove(made.folder)
            remove(self._old)

    def standing_with(self, made: Made) -> Standing:
        """Say what the gradebook will have of a submission once this is written."""
        name, student = made.record.assignment, made.record.student
        score = _taken_back_to(made.record)
        return self._rows.standing_with(name, student, made.marks, score)

    def _save(self, made: Made) -> Record:
        """Write an executed submission; the files beside it lie in its folder already."""
        record, fresh = made.record, made.folder
        assert fresh is not None
        assert made.marks is not None
        name, student = record.assignment, record.student
        self._unfinished(record)
        path = fresh / f"{name}.ipynb"
        # Not by nbformat, which takes ten times as long for a layout that nobody reads.
        path.write_text(json.dumps(made.notebook), encoding="utf-8")
        record = replace(record, notebook=file_hash(path))
        self._settle(path)
        self._rows.write(name, student, made.marks)
        self._swap(self._autograded(record), self._old, fresh)
        remove(self._aside(record))
        return save_record(self._folder, record)

    def _take_back(self, record: Record) -> Record:
        """Write a submission that can't be marked, or is gone.

        Automatic marks that an earlier version of it had are taken back, and its executed
        notebook is set aside; marks given by hand stay.
        """
        self._unfinished(record)
        score = _taken_back_to(record)
        self._rows.take_back(record.assignment, record.student, score)
        if os.path.lexists(self._autograded(record)):
            self._swap(self._autograded(record), self._aside(record))
        if os.path.lexists(self._aside(record)):
            reason = f"{record.reason} What was marked before is in {ASIDE}."
            record = replace(record, reason=reason)
        return save_record(self._folder, record)

    def _autograded(self, record: Record) -> Path:
        return self._folder.path / "autograded" / record.student / record.assignment

    def _aside(self, record: Record) -> Path:
        return self._folder.path / ASIDE / record.student / record.assignment

    def _unfinished(self, record: Record) -> None:
        old = saved_record(self._folder, record.student, record.assignment)
        if old is not None and not old.unfinished:
            save_record(self._folder, replace(old, unfinished=True))

    def _settle(self, notebook: Path) -> None:
        """Give the new folder nbgrader's permissions; force what can't be had again to disk."""
        for place, _, names in os.walk(notebook.parent):
            for name in names:
                Path(place, name).chmod(0o664 if self._shared else 0o444)
            if self._shared:
                Path(place).chmod(0o2775)
        _sync(notebook)
        _sync(notebook.parent)

    def _swap(self, place: Path, aside: Path, fresh: Path | None = None) -> None:
        remove(aside)
        if os.path.lexists(place):
            aside.parent.mkdir(parents=True, exist_ok=True)
            place.rename(aside)
        if fresh is not None:
            place.parent.mkdir(parents=True, exist_ok=True)
            if self._shared:
                place.parent.chmod(0o2775)
            fresh.rename(place)
        if place.parent.is_dir():
            _sync(place.parent)


def _taken_back_to(record: Record) -> float | None:
    return 0.0 if record.state == "missing" else None


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
