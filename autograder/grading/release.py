"""`autograder release`: what students get, and nothing else."""

from __future__ import annotations

import json
import shutil
import zipfile
from pathlib import Path

import nbformat

from autograder import course
from autograder.building.notebooks import learner_copy, read_source
from autograder.errors import ReleaseError
from autograder.grading.classroom import ClassFolder, run_nbgrader
from autograder.grading.runs import locked

# Text that only authors and markers may see.
FORBIDDEN = ("BEGIN SOLUTION", "BEGIN HIDDEN", "BEGIN MARK SCHEME", "hidden=True)")
# A line of an answer shorter than this may stand anywhere.
TELLING_LINE = 18
ZIP_NAME = "for-students.zip"
# A fixed time makes the same release the same bytes.
ZIP_TIME = (2020, 1, 1, 0, 0, 0)


def release(folder: ClassFolder, assignments: list[str]) -> Path:
    """Make release/ and one zip for students; give the zip's path.

    Raises
    ------
    ReleaseError
        If anything that isn't on the list, or that gives answers away, would go out.
        Then nothing of it stays in release/.
    """
    with locked(folder, "releasing for"):
        with folder.gradebook():
            pass  # so that what ails it is told in our words
        return _release(folder, assignments)


def _release(folder: ClassFolder, assignments: list[str]) -> Path:
    api = folder.api()
    for assignment in assignments:
        allowed = {course.place_for_students(n): n for n in course.learner_files(assignment)}
        _refuse_unlisted(folder.path / "source" / assignment, assignment, set(allowed))
        run_nbgrader(
            lambda a=assignment: api.generate_assignment(a),  # type: ignore[misc]
            f"{assignment} could not be released",
        )
        released = folder.path / "release" / assignment
        try:
            scan(released, assignment)
        except ReleaseError:
            shutil.rmtree(released)
            raise
    return _zip(folder, _all_released(folder))


def _all_released(folder: ClassFolder) -> list[str]:
    return [a for a in folder.assignments() if folder.released_notebook(a).is_file()]


def _refuse_unlisted(source: Path, assignment: str, allowed: set[str]) -> None:
    allowed = allowed | {f"{assignment}.ipynb"}
    for path in sorted(p for p in source.rglob("*") if p.is_file()):
        name = path.relative_to(source).as_posix()
        if ".ipynb_checkpoints" not in name and name not in allowed:
            raise ReleaseError(
                f"{path} is not on the list of what students get. Take it out of source/ first."
            )


def scan(released: Path, assignment: str) -> None:
    """Look through everything that would leave.

    Raises
    ------
    ReleaseError
        At the first answer, hidden check, output, bytecode or Markdown source.
    """
    allowed = {course.place_for_students(n) for n in course.learner_files(assignment)}
    allowed.add(f"{assignment}.ipynb")
    answers = _answer_lines(assignment)
    for path in sorted(p for p in released.rglob("*") if p.is_file()):
        name = path.relative_to(released).as_posix()
        if name not in allowed:
            raise ReleaseError(f"{name} is not on the list of what students get.")
        if path.suffix == ".ipynb":
            _scan_notebook(path, answers)
        elif path.suffix != ".h5":
            _scan_text(name, path.read_text(encoding="utf-8"), ())


def _scan_notebook(path: Path, answers: tuple[str, ...]) -> None:
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        if cell.get("outputs"):
            raise ReleaseError(f"{path.name} has outputs. Clear them in source/ first.")
        told = answers if cell.metadata.get("nbgrader", {}).get("solution") else ()
        _scan_text(path.name, cell.source, told)
    _scan_text(path.name, json.dumps(notebook.metadata), ())


def _scan_text(name: str, text: str, answers: tuple[str, ...]) -> None:
    # check.py itself has to know its own parameter.
    signs = FORBIDDEN[:-1] if name.endswith("check.py") else FORBIDDEN
    lines = {line.strip() for line in text.splitlines()}
    found = [sign for sign in signs if sign in text] + [line for line in answers if line in lines]
    if found:
        raise ReleaseError(f"{name} holds what students must not see: {found[0]!r}")


def _answer_lines(assignment: str) -> tuple[str, ...]:
    """List the telling lines of the author's answers that the learner's copy lacks."""
    source = read_source(course.SOURCES / f"{assignment}.md")
    public = {
        line.strip() for cell in learner_copy(source).cells for line in cell.source.splitlines()
    }
    answers = [c for c in source.cells if c.metadata.get("nbgrader", {}).get("solution")]
    lines = {line.strip() for cell in answers for line in cell.source.splitlines()}
    return tuple(sorted(line for line in lines - public if len(line) >= TELLING_LINE))


def _zip(folder: ClassFolder, assignments: list[str]) -> Path:
    """Pack all released assignments into one flat folder that works by itself."""
    files: dict[str, Path] = {}
    for assignment in assignments:
        released = folder.path / "release" / assignment
        for path in sorted(p for p in released.rglob("*") if p.is_file()):
            files[path.relative_to(released).as_posix()] = path
    target = folder.path / ZIP_NAME
    fresh = target.with_suffix(".new")
    with zipfile.ZipFile(fresh, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            info = zipfile.ZipInfo(f"{folder.path.name}/{name}", ZIP_TIME)
            info.compress_type, info.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            archive.writestr(info, files[name].read_bytes())
    fresh.replace(target)
    return target
