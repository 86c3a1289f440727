"""What one run needs of an assignment, read once: its released cells, those stored, its files."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path, PurePosixPath
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbgrader.api import Assignment, Gradebook, MissingEntry, SubmittedAssignment
from nbgrader.coursedir import CourseDirectory
from nbgrader.utils import find_all_files, is_grade

from autograder.errors import ClassFolderError
from autograder.grading import keys
from autograder.grading.classroom import CONFIG_NAME, ClassFolder
from autograder.grading.clean import clean_text
from autograder.grading.clean_notebook import stays
from autograder.grading.intake import LONGEST_NAME, HandedIn, Unreadable, read_notebook
from autograder.grading.keys import Key, hashed
from autograder.grading.restore import REMARKS, restore_cells
from autograder.grading.whose import not_ours
from autograder.words import typed


@dataclass(frozen=True)
class StoredCell:
    """A cell as the gradebook has it, hidden checks included."""

    cell_type: str
    locked: bool
    source: str
    checksum: str | None
    points: float | None


@dataclass(frozen=True)
class Master:
    """One assignment as it was released and as the gradebook knows it.

    Attributes
    ----------
    name : str
        The assignment's name.
    released : NotebookNode
        The notebook that students got.
    cells : dict
        The gradebook's cells, by name.
    kernelspec : dict
        The kernel of the source notebook.
    files : dict
        The course's own files, by relative path.
    students_own : frozenset of str
        Those of them that a student's version takes the place of.
    booked : frozenset of str
        Students of whom the gradebook has a submission.
    extensions : dict
        How much more time students have, as the gradebook says.
    key : Key
        What all its submissions' marks come from; that of a submission is not in it.
    """

    name: str
    released: NotebookNode
    cells: dict[str, StoredCell]
    kernelspec: dict[str, Any]
    files: dict[str, bytes]
    students_own: frozenset[str]
    booked: frozenset[str]
    extensions: dict[str, timedelta]
    key: Key
    _hashes: dict[str, str] = field(default_factory=dict, compare=False, repr=False)

    def hash_of(self, name: str) -> str:
        """Name the content of one of the course's files."""
        if name not in self._hashes:
            self._hashes[name] = hashed(self.files[name])
        return self._hashes[name]

    def key_of(self, student: str, handed_in: HandedIn) -> Key:
        """Give all that one submission's marks come from."""
        extension = str(self.extensions.get(student))
        own = hashed(handed_in.digest().encode(), extension.encode())
        return replace(self.key, submission=own)


def read_master(folder: ClassFolder, gradebook: Gradebook, assignment: str) -> Master:
    """Read what submissions of one assignment are held against.

    Raises
    ------
    ClassFolderError
        If the gradebook and release/ do not fit together.
    """
    path = folder.released_notebook(assignment)
    again = f"Run: autograder release {typed(folder.path)} {assignment}"
    try:
        content = path.read_bytes()
        released = nbformat.reads(content.decode(), as_version=4)
        stored = gradebook.find_notebook(assignment, assignment)
    except (OSError, ValueError, MissingEntry) as error:
        raise ClassFolderError(f"{assignment} was not released whole: {error}. {again}") from error
    points = {cell.name: float(cell.max_score) for cell in stored.grade_cells}
    cells = {
        cell.name: StoredCell(
            cell.cell_type, cell.locked, cell.source, cell.checksum, points.get(cell.name)
        )
        for cell in stored.source_cells
    }
    names = {c.metadata.nbgrader.grade_id for c in released.cells if "nbgrader" in c.metadata}
    if not names <= set(cells):
        raise ClassFolderError(f"The gradebook lacks cells that are in release/. {again}")
    booked, extensions = of_students(gradebook, assignment)
    kernelspec = json.loads(stored.kernelspec or "{}")
    files = _course_files(folder, assignment)
    own = frozenset(folder.config.Autograde.get("exclude_overwriting", {}).get(assignment, ()))
    settings = (folder.path / CONFIG_NAME).read_bytes()
    told = repr((sorted(cells.items()), kernelspec, sorted(own), stored.assignment.duedate))
    notebook = hashed(content, told.encode(), *_flat(files))
    judging = keys.engine(), keys.checks(assignment), keys.environment()
    key = Key("", notebook, hashed(settings), *judging)
    return Master(assignment, released, cells, kernelspec, files, own, booked, extensions, key)


def of_students(
    gradebook: Gradebook, assignment: str
) -> tuple[frozenset[str], dict[str, timedelta]]:
    """Give what changes while others work: who is in the gradebook, and extensions."""
    given = gradebook.db.query(SubmittedAssignment.student_id, SubmittedAssignment.extension)
    rows = given.join(Assignment).filter(Assignment.name == assignment).all()
    extensions = {student: extension for student, extension in rows if extension is not None}
    return frozenset(student for student, _ in rows), extensions


def _course_files(folder: ClassFolder, assignment: str) -> dict[str, bytes]:
    source = folder.path / "source" / assignment
    ignored = CourseDirectory(config=folder.config).ignore
    names = find_all_files(str(source), [*ignored, "*.ipynb"])
    return {os.path.relpath(name, source): Path(name).read_bytes() for name in sorted(names)}


def _flat(files: dict[str, bytes]) -> list[bytes]:
    return [part for name, content in files.items() for part in (name.encode(), content)]


def prepare(handed_in: HandedIn, master: Master) -> NotebookNode:
    """Make of a submission the notebook that is run: the student's answers, everything else ours.

    Raises
    ------
    Unreadable
        If no notebook was handed in, or one of something else.
    """
    notebook = read_notebook(handed_in.name, handed_in.content)
    if reason := not_ours(notebook, master.released, master.name):
        raise Unreadable(f"{clean_text(handed_in.name, LONGEST_NAME)} {reason}")
    remarks = handed_in.remarks + restore_cells(notebook, master.released)
    overwrite_cells(notebook, master)
    if master.kernelspec:
        notebook.metadata.kernelspec = nbformat.from_dict(master.kernelspec)
    notebook.metadata[REMARKS] = remarks
    return notebook


def overwrite_cells(notebook: NotebookNode, master: Master) -> None:
    """Do what nbgrader's `OverwriteCells` does, in place, without a query for each cell.

    Locked cells get the stored source, and so hidden checks come in.
    """
    for cell in notebook.cells:
        nbgrader = cell.metadata.get("nbgrader")
        if not nbgrader:
            continue
        stored = master.cells[nbgrader.grade_id]
        nbgrader.checksum = stored.checksum
        if is_grade(cell):
            nbgrader.points = stored.points
        if stored.locked:
            cell.source = stored.source


def files_beside(handed_in: HandedIn, master: Master) -> dict[str, bytes]:
    """Give the files beside the notebook: the course's own, then the student's others.

    What a student has in the place of one of the course's files stays out of the way.
    """
    forced = {n: c for n, c in master.files.items() if n not in master.students_own}
    files: dict[str, bytes] = {}
    folders: set[str] = set()
    for name, content in [*forced.items(), *handed_in.files.items(), *master.files.items()]:
        above = [str(folder) for folder in PurePosixPath(name).parents]
        if name in files or name in folders or not files.keys().isdisjoint(above):
            continue  # first come, first served
        files[name] = content
        folders.update(above)
    return files


def lay_out(target: Path, files: Mapping[str, bytes], master: Master, pictures: Path) -> None:
    """Write the files that stay beside an executed notebook: see `clean_notebook.stays`.

    The course's own are the same for everyone, so they are links to one file each, where the
    file system has hard links.

    Parameters
    ----------
    target : Path
        The folder, which is made.
    files : mapping
        All files that the student's code saw.
    master : Master
        What has the course's own.
    pictures : Path
        The folder, on the same file system, with what is linked to.
    """
    target.mkdir(parents=True)
    for name, content in files.items():
        own = content == master.files.get(name)
        if stays(name, own):
            path = target / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if own:
                _link(pictures / f"{master.hash_of(name)}{path.suffix}", path, content)
            else:
                path.write_bytes(content)


def _link(shared: Path, path: Path, content: bytes) -> None:
    """Make a file a link to the shared one; where that is not to be had, it is the next."""
    try:
        path.hardlink_to(shared)
    except OSError:  # none yet, or as many links as it can have
        path.write_bytes(content)
        with contextlib.suppress(OSError):  # no links here, or another thread was first
            shared.parent.mkdir(exist_ok=True)
            shared.unlink(missing_ok=True)
            shared.hardlink_to(path)
