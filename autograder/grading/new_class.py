"""A new class folder, and assignments that a class gets later."""

from __future__ import annotations

import shutil
from pathlib import Path

from autograder import course
from autograder.building.notebooks import CODE_STUB, TEXT_STUB, read_source, to_json
from autograder.errors import ClassFolderError
from autograder.grading.classroom import CONFIG_NAME, ClassFolder
from autograder.grading.runs import WORK, locked, remove
from autograder.words import typed

CONFIG = f'''"""nbgrader's settings for this class; autograder uses them too."""

c = get_config()  # noqa: F821

c.CourseDirectory.course_id = {{course_id!r}}

# Marks are in gradebook.db, beside this file. To have them in PostgreSQL, make a database
# for this class alone (encoding UTF8), take the sign # off the next line, and run
# `autograder move-gradebook`.
# c.CourseDirectory.db_url = "postgresql+psycopg://USER:PASSWORD@HOST/DATABASE"

# What stands in a student's copy in place of an answer.
c.ClearSolutions.code_stub = {{{{"python": {CODE_STUB!r}}}}}
c.ClearSolutions.text_stub = {TEXT_STUB!r}

# Cells that a student lost, doubled or stripped are put right first; then our own
# executor runs the notebook, so that `nbgrader autograde` and formgrader mark as
# `autograder grade` does.
c.Autograde.sanitize_preprocessors = [
    "nbgrader.preprocessors.ClearOutput",
    "autograder.grading.restore.RestoreCells",
    "nbgrader.preprocessors.DeduplicateIds",
    "nbgrader.preprocessors.OverwriteKernelspec",
    "nbgrader.preprocessors.OverwriteCells",
    "nbgrader.preprocessors.CheckCellMetadata",
]
c.Autograde.autograde_preprocessors = [
    "autograder.grading.execute.ExecuteAndJudge",
    "nbgrader.preprocessors.IgnorePattern",
    "nbconvert.preprocessors.ClearMetadataPreprocessor",
    "nbgrader.preprocessors.LimitOutput",
    "nbgrader.preprocessors.SaveAutoGrades",
    "nbgrader.preprocessors.AssignLatePenalties",
    # After the marks are saved: none can depend on what a page may show.
    "autograder.grading.clean_notebook.CleanNotebook",
    "nbgrader.preprocessors.CheckCellMetadata",
]
c.GenerateFeedback.preprocessors = [
    "nbgrader.preprocessors.GetGrades",
    "autograder.grading.clean_notebook.CleanNotebook",
    "autograder.grading.feedback_page.HideHiddenChecks",
    "autograder.grading.feedback_page.ListExercises",
    "nbconvert.preprocessors.CSSHTMLHeaderPreprocessor",
]

# What one submission may use. A cell or call that takes too long is stopped, and the
# rest is marked; the report says so.
c.ExecuteAndJudge.seconds_per_cell = 30
c.ExecuteAndJudge.seconds_per_call = 2
c.ExecuteAndJudge.seconds_per_submission = 300
c.ExecuteAndJudge.memory_megabytes = 2048
# How students' code is kept apart: the strongest way that this machine has, or the name
# of one of those that `autograder doctor` lists.
c.ExecuteAndJudge.isolation = "strongest"
'''


def new_class(path: Path, assignments: list[str] | None = None) -> ClassFolder:
    """Make a class folder with settings, source notebooks and an empty gradebook.

    Parameters
    ----------
    path : Path
        Where; it must not exist yet, or be empty.
    assignments : list of str, optional
        Which ones the class has; all of the course if left out.

    Raises
    ------
    ClassFolderError
        If something is already there, the course has no such assignment, or the folder
        can't be written.
    """
    _refuse_unknown(assignments or [])
    try:
        if path.exists() and (not path.is_dir() or any(path.iterdir())):
            raise ClassFolderError(f"{path} is already there and not empty. Choose another folder.")
        path.mkdir(parents=True, exist_ok=True)
        _fill_or_leave_none(path, assignments or course.assignments())
    except OSError as error:
        raise ClassFolderError(f"{path} can't be made: {error.strerror}.") from error
    return ClassFolder(path)


def add_assignments(folder: ClassFolder, assignments: list[str]) -> None:
    """Give a class assignments of the course that it does not have yet.

    Raises
    ------
    ClassFolderError
        If the course has no such assignment, the class has it already, or it can't be written.
    """
    _refuse_unknown(assignments)
    source = folder.path / "source"
    for name in assignments:
        if (source / name).exists():
            raise ClassFolderError(
                f"{source / name} is already there. To renew it: autograder build --class "
                f"{typed(folder.path)}"
            )
    with locked(folder, "adding to"):
        try:
            source.mkdir(exist_ok=True)
            for name in assignments:
                fresh = folder.path / WORK / name
                write_source(fresh, name)
                shutil.move(fresh, source / name)  # source/ may be on another disk
        except OSError as error:
            raise ClassFolderError(f"{source} can't be written: {error.strerror}.") from error
        finally:
            remove(folder.path / WORK)


def _refuse_unknown(assignments: list[str]) -> None:
    for name in assignments:
        if name not in course.assignments():
            has = ", ".join(course.assignments())
            raise ClassFolderError(f"The course has no assignment {name!r}; it has: {has}.")


def _fill_or_leave_none(path: Path, assignments: list[str]) -> None:
    try:
        _fill(path, assignments)
    except BaseException:
        shutil.rmtree(path, ignore_errors=True)  # half a class would be in the way of the next try
        raise


def _fill(path: Path, assignments: list[str]) -> None:
    course_id = path.resolve().name
    (path / CONFIG_NAME).write_text(CONFIG.format(course_id=course_id), encoding="utf-8")
    for assignment in assignments:
        write_source(path / "source" / assignment, assignment)
    (path / "submitted").mkdir()
    with ClassFolder(path).gradebook():
        pass  # opening it makes the file


def write_source(folder: Path, assignment: str) -> None:
    """Write one assignment's source notebook and the files that go with it."""
    folder.mkdir(parents=True, exist_ok=True)
    notebook = read_source(course.SOURCES / f"{assignment}.md")
    (folder / f"{assignment}.ipynb").write_text(to_json(notebook), encoding="utf-8")
    for name in course.learner_files(assignment):
        target = folder / course.place_for_students(name)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(course.ROOT / name, target)
