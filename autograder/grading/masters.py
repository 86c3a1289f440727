"""Masters that stay while nothing they come from has changed: for whoever marks for long."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from nbgrader.api import Assignment, Gradebook, GradeCell, Notebook, SourceCell

from autograder import course
from autograder.errors import AutograderError
from autograder.grading.classroom import CONFIG_NAME, ClassFolder
from autograder.grading.prepare import Master, of_students, read_master

LOADED = ("*.py", "*.md")  # of autograder itself


@dataclass
class _Kept:
    state: object
    master: Master


class Masters:
    """Reads masters, each again only when release/, source/ or the gradebook has changed.

    Parameters
    ----------
    folder : ClassFolder
        The class.
    """

    def __init__(self, folder: ClassFolder) -> None:
        self._folder = folder
        self._loaded = self._state_of_loaded()
        self._kept: dict[str, _Kept] = {}

    def read(self, gradebook: Gradebook, assignment: str) -> tuple[Master, bool]:
        """Give an assignment's master, and whether another one was given before.

        Raises
        ------
        AutograderError
            If autograder or the class's settings have changed: this process has the old ones.
        ClassFolderError
            If the gradebook and release/ do not fit together.
        """
        self.refuse_if_outdated()
        before = self._kept.get(assignment)
        state = self._state(gradebook, assignment)
        if before is None or before.state != state:
            # Read after the state: a change in between is seen the next time.
            self._kept[assignment] = _Kept(state, read_master(self._folder, gradebook, assignment))
        kept = self._kept[assignment]
        changed = before is not None and before.master.key != kept.master.key
        booked, extensions = of_students(gradebook, assignment)
        return replace(kept.master, booked=booked, extensions=extensions), changed

    def refuse_if_outdated(self) -> None:
        """Refuse to go on with what is not on disk any more.

        Raises
        ------
        AutograderError
            If autograder or the class's settings have changed: this process has the old ones.
        """
        if self._state_of_loaded() != self._loaded:
            raise Outdated(
                f"autograder or {CONFIG_NAME} has changed on disk, and the old is loaded here: "
                "start it again."
            )

    def _state(self, gradebook: Gradebook, assignment: str) -> object:
        """Tell states apart by files' times and by the gradebook's cells."""
        source = self._folder.path / "source" / assignment
        columns = gradebook.db.query(
            SourceCell.name, SourceCell.cell_type, SourceCell.locked, SourceCell.source,
            SourceCell.checksum, GradeCell.max_score, Notebook.kernelspec, Assignment.duedate,
        )  # fmt: skip
        cells = (
            columns.select_from(SourceCell)
            .join(Notebook, SourceCell.notebook_id == Notebook.id)
            .join(Assignment, Notebook.assignment_id == Assignment.id)
            .outerjoin(
                GradeCell,
                (GradeCell.notebook_id == Notebook.id) & (GradeCell.name == SourceCell.name),
            )
            .filter(Assignment.name == assignment)
        )
        rows = hash(tuple(sorted(repr(tuple(row)) for row in cells)))
        released = self._folder.released_notebook(assignment)
        return rows, _times([released, *source.rglob("*")])

    def _state_of_loaded(self) -> object:
        package = Path(__file__).resolve().parent.parent
        own = (path for pattern in LOADED for path in package.rglob(pattern))
        return _times([*own, *course.ROOT.glob("*_utils.py"), self._folder.path / CONFIG_NAME])


class Outdated(AutograderError):
    """What this process has loaded is no longer what is on disk."""


def _times(paths: Iterable[Path]) -> frozenset[tuple[str, int, int]]:
    found = set()
    for path in paths:
        try:
            about = path.stat()
        except FileNotFoundError:
            continue
        found.add((str(path), about.st_mtime_ns, about.st_size))
    return frozenset(found)
