"""`autograder release`: what students get, and nothing else."""

from __future__ import annotations

import difflib
import json
import re
import shutil
import zipfile
from pathlib import Path

import nbformat
from traitlets.config import Config

from autograder import course
from autograder.building.notebooks import learner_copy, read_source
from autograder.errors import NbgraderError, ReleaseError
from autograder.exercises import EXERCISES
from autograder.grading.classroom import ClassFolder, run_nbgrader
from autograder.grading.runs import OWN, WORK, locked, remove

# Text that only authors and markers may see.
FORBIDDEN = ("BEGIN SOLUTION", "BEGIN HIDDEN", "BEGIN MARK SCHEME", "hidden=True)")
# A line of an answer shorter than this may stand anywhere.
TELLING_LINE = 18
ZIP_NAME = "for-students.zip"
FRESH = f"{WORK}/release"  # made here, and only then put in the place of the old one
ASIDE = f"{OWN}/release-before"  # the old one, between two renames
# A trial writes nothing into the gradebook: what is refused has to leave that as it was, too.
TRIAL = Config(GenerateAssignment={"no_database": True}, SaveCells={"enabled": False})
STAYS = "What was released before stays as it is."
# What a check's call names.
CHECKED = re.compile(r"""(?<![\w.])check\(\s*["']([^"']*)["']""")
# A fixed time makes the same release the same bytes.
ZIP_TIME = (2020, 1, 1, 0, 0, 0)


def release(folder: ClassFolder, assignments: list[str]) -> Path:
    """Make release/ and one zip for students; give the zip's path.

    Raises
    ------
    ReleaseError
        If anything that isn't on the list, or that gives answers away, would go out.
        Then release/ and the gradebook stay as they were.
    NbgraderError
        If nbgrader can't make it. Then, too, release/ stays as it was.
    """
    if not assignments:
        folder.none_of_ours()
    with locked(folder, "releasing for"):
        with folder.gradebook():
            pass  # so that what ails it is told in our words
        _put_back(folder)
        try:
            return _release(folder, assignments)
        finally:
            remove(folder.path / WORK)


def _release(folder: ClassFolder, assignments: list[str]) -> Path:
    for assignment in assignments:
        allowed = {course.place_for_students(n): n for n in course.learner_files(assignment)}
        source = folder.path / "source" / assignment
        _refuse_unlisted(source, assignment, set(allowed))
        _refuse_unknown_checks(source / f"{assignment}.ipynb")
        _generate(folder, assignment, TRIAL)
        fresh = folder.path / FRESH / assignment
        scan(fresh, assignment)
        _generate(folder, assignment, Config())
        scan(fresh, assignment)
        _swap(folder.path / "release" / assignment, folder.path / ASIDE / assignment, fresh)
    return _zip(folder, _all_released(folder))


def _generate(folder: ClassFolder, assignment: str, settings: Config) -> None:
    fresh = Config(CourseDirectory={"release_directory": FRESH})
    fresh.merge(settings)
    api = folder.api(fresh)
    try:
        run_nbgrader(
            lambda: api.generate_assignment(assignment), f"{assignment} could not be released"
        )
    except NbgraderError as error:
        if not folder.released_notebook(assignment).is_file():
            raise
        raise NbgraderError(f"{str(error).rstrip('.')}. {STAYS}") from error


def _swap(released: Path, aside: Path, fresh: Path) -> None:
    """Put a release in the place of the old one, which is aside for a moment only."""
    released.parent.mkdir(exist_ok=True)
    aside.parent.mkdir(exist_ok=True)
    if released.exists():
        shutil.move(released, aside)
    shutil.move(fresh, released)  # release/ may be on another disk
    remove(aside.parent)


def _put_back(folder: ClassFolder) -> None:
    """Put back what a release that was killed between two renames left aside."""
    for aside in (folder.path / ASIDE).glob("*"):
        released = folder.path / "release" / aside.name
        if not released.exists():
            shutil.move(aside, released)
    remove(folder.path / ASIDE)


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


def _refuse_unknown_checks(source: Path) -> None:
    """Refuse a check that an instructor wrote for an exercise that there is not."""
    try:
        notebook = nbformat.read(source, as_version=4)
    except (OSError, ValueError):  # nbgrader says what ails it
        return
    for cell in notebook.cells:
        about = cell.metadata.get("nbgrader", {})
        if cell.cell_type != "code" or not about.get("grade"):
            continue
        for name in CHECKED.findall(cell.source):
            if name not in EXERCISES:
                near = difflib.get_close_matches(name, EXERCISES, 1)
                meant = f" Perhaps {near[0]} is meant." if near else ""
                raise ReleaseError(
                    f"The cell {about.get('grade_id')} of {source} checks {name!r}, which is no "
                    f"exercise of the course.{meant} Nothing could be judged by it."
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
