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

import contextlib
import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

from nbgrader.api import Gradebook
from nbgrader.coursedir import CourseDirectory

from autograder.grading.classroom import ClassFolder
from autograder.grading.gradebook import LatePenalties, Standing, given_by_hand
from autograder.grading.mark_rows import MarkRows
from autograder.grading.marker import Made
from autograder.grading.records import Record, exercise_of, file_hash, save_record, saved_record
from autograder.grading.runs import OWN, remove

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
        self._folder, self._gradebook = folder, gradebook
        self._rows = MarkRows(gradebook, LatePenalties(folder))
        self._shared = CourseDirectory(config=folder.config).groupshared

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
        record = replace(record, doubted=self._doubted(made))
        self._unfinished(record)
        path = fresh / f"{name}.ipynb"
        # Not by nbformat, which takes ten times as long for a layout that nobody reads.
        path.write_text(json.dumps(made.notebook), encoding="utf-8")
        record = replace(record, notebook=file_hash(path))
        self._settle(path)
        self._rows.write(name, student, made.marks)
        # The old one is aside meanwhile: a run that is killed there still has it to compare with.
        self._swap(self._autograded(record), self._aside(record), fresh)
        self._drop_aside(record)
        return save_record(self._folder, record)

    def _take_back(self, record: Record) -> Record:
        """Write a submission that can't be marked, or is gone.

        Automatic marks that an earlier version of it had are taken back, its feedback page goes
        with them, and its executed notebook is set aside; marks given by hand stay.
        """
        old = saved_record(self._folder, record.student, record.assignment)
        record = replace(record, doubted=old.doubted if old else [])
        self._unfinished(record)
        score = _taken_back_to(record)
        self._rows.take_back(record.assignment, record.student, score)
        remove(self._folder.path / "feedback" / record.student / record.assignment)
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

    def _drop_aside(self, record: Record) -> None:
        aside = self._aside(record)
        remove(aside)
        for folder in (aside.parent, aside.parent.parent):
            with contextlib.suppress(OSError):  # there is more in it
                folder.rmdir()

    def _unfinished(self, record: Record) -> None:
        old = saved_record(self._folder, record.student, record.assignment)
        after = replace(old, unfinished=True, doubted=record.doubted) if old else None
        if after is not None and after != old:
            save_record(self._folder, after)

    def _doubted(self, made: Made) -> list[str]:
        """Name the marks given by hand that were given for another answer than this one."""
        name, student = made.record.assignment, made.record.student
        by_hand = given_by_hand(self._gradebook, name, student)
        if not by_hand:
            return []
        old = saved_record(self._folder, student, name)
        places = (self._autograded(made.record), self._aside(made.record))
        before = next((p for p in places if p.is_dir()), places[0]) / f"{name}.ipynb"
        was, now = _answers(_read(before)), _answers(made.notebook)
        return [
            cell
            for cell, unseen in by_hand.items()
            if was.get(exercise_of(cell), "unknown") != now.get(exercise_of(cell))
            or (unseen and (old is None or cell in old.doubted))
        ]

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


def _read(path: Path) -> Any:
    try:
        return json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}


def _answers(notebook: Any) -> dict[str, str]:
    """Map each cell's name to what stands in it, pictures too; blanks are no difference."""
    try:
        return {
            cell["metadata"]["nbgrader"]["grade_id"]: " ".join(cell["source"].split())
            + json.dumps(cell.get("attachments"), sort_keys=True)
            for cell in notebook["cells"]
            if "nbgrader" in cell["metadata"]
        }
    except (KeyError, TypeError, AttributeError):  # nbgrader's own, or nobody's
        return {}


def _taken_back_to(record: Record) -> float | None:
    return 0.0 if record.state == "missing" else None


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
