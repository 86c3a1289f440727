"""A class folder: an ordinary nbgrader course directory."""

from __future__ import annotations

import logging
import os
import re
import shutil
import sys
import warnings
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nbgrader.api import Gradebook
from nbgrader.coursedir import CourseDirectory
from sqlalchemy.exc import SAWarning
from traitlets.config import Config, PyFileConfigLoader

from autograder import course
from autograder.building.notebooks import CODE_STUB, TEXT_STUB, read_source, to_json
from autograder.errors import ClassFolderError, NbgraderError
from autograder.grading.database import in_use, open_gradebook

if TYPE_CHECKING:
    from nbgrader.apps import NbGraderAPI

CONFIG_NAME = "nbgrader_config.py"
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


class ClassFolder:
    """One class on disk, its settings and its gradebook.

    Parameters
    ----------
    path : Path
        The folder that `autograder new-class` made.

    Raises
    ------
    ClassFolderError
        If there is no class, or its settings can't be read.
    """

    def __init__(self, path: Path) -> None:
        _let_nbgrader_find_its_tools()
        self.path = path.resolve()
        if not (self.path / CONFIG_NAME).is_file():
            raise ClassFolderError(
                f"{path} has no {CONFIG_NAME}, so it is no class folder. "
                f"Make one: autograder new-class {path}"
            )

    @cached_property
    def config(self) -> Config:
        """The class's nbgrader settings."""
        try:
            config = PyFileConfigLoader(CONFIG_NAME, path=str(self.path)).load_config()
        except Exception as error:
            text = f"{self.path / CONFIG_NAME} can't be read: {type(error).__name__}: {error}"
            raise ClassFolderError(text) from error
        config.CourseDirectory.root = str(self.path)
        return config

    def api(self, **overrides: str) -> NbGraderAPI:
        """Give nbgrader's own interface to this class.

        Parameters
        ----------
        **overrides : str
            Settings of nbgrader's `CourseDirectory` that differ for this run.
        """
        from nbgrader.apps import NbGraderAPI  # marking does without it

        config = self.config.copy()
        config.CourseDirectory.update(overrides)
        quiet = logging.getLogger("autograder.nbgrader")
        quiet.propagate = False
        if not quiet.handlers:  # without one, Python would print errors itself
            quiet.addHandler(logging.NullHandler())
        coursedir = CourseDirectory(config=config, log=quiet)
        return NbGraderAPI(coursedir, config=config, log=quiet)

    def gradebook(self) -> AbstractContextManager[Gradebook]:
        """Open nbgrader's gradebook, for a `with` statement.

        Raises
        ------
        GradebookError
            If its database can't be opened, or fails later.
        """
        return in_use(self.open_gradebook())

    def open_gradebook(self) -> Gradebook:
        """Open nbgrader's gradebook for whoever uses it again and again, each time by `in_use`."""
        coursedir = CourseDirectory(config=self.config)
        return open_gradebook(coursedir.db_url, coursedir.course_id)

    def assignments(self, wanted: tuple[str, ...] = ()) -> list[str]:
        """List the class's assignments of this course, or check the ones asked for.

        Others that an instructor keeps in source/ are left to nbgrader.

        Raises
        ------
        ClassFolderError
            If one that was asked for does not exist.
        """
        folders = {p.name for p in (self.path / "source").glob("*") if p.is_dir()}
        have = course.in_order(folders & set(course.assignments()))
        for name in wanted:
            if name not in have:
                raise ClassFolderError(
                    f"No assignment {name!r} in {self.path}; it has: {', '.join(have)}."
                )
        return list(wanted) or have

    def released(self, wanted: tuple[str, ...] = ()) -> list[str]:
        """List the assignments that students have, or check the ones asked for.

        Raises
        ------
        ClassFolderError
            If one that was asked for does not exist or was not released; if none was.
        """
        names = self.assignments(wanted)
        out = [name for name in names if self.released_notebook(name).is_file()]
        missing = [name for name in wanted if name not in out]
        if missing or not out:
            what = f"{missing[0]} was not" if missing else "Nothing was"
            first = (missing or names)[0]
            raise ClassFolderError(
                f"{what} released yet. Run: autograder release {self.path} {first}"
            )
        return out

    def released_notebook(self, assignment: str) -> Path:
        """Give the path of the notebook as it was released."""
        return self.path / "release" / assignment / f"{assignment}.ipynb"

    def students(self, assignment: str) -> list[str]:
        """List everyone in the gradebook or with a folder in submitted/, by name."""
        with self.gradebook() as gradebook:
            known = {student.id for student in gradebook.students}
        handed_in = (p for p in (self.path / "submitted").glob("*") if p.is_dir())
        return sorted(known | {p.name for p in handed_in if not p.name.startswith(".")})


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
        If something is already there, or the course has no such assignment.
    """
    for name in assignments or ():
        if name not in course.assignments():
            has = ", ".join(course.assignments())
            raise ClassFolderError(f"The course has no assignment {name!r}; it has: {has}.")
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise ClassFolderError(f"{path} is already there and not empty. Choose another folder.")
    path.mkdir(parents=True, exist_ok=True)
    try:
        _fill(path, assignments or course.assignments())
    except BaseException:
        shutil.rmtree(path)  # half a class would be in the way of the next try
        raise
    return ClassFolder(path)


def _fill(path: Path, assignments: list[str]) -> None:
    course_id = path.resolve().name
    (path / CONFIG_NAME).write_text(CONFIG.format(course_id=course_id), encoding="utf-8")
    for assignment in assignments:
        write_source(path / "source" / assignment, assignment)
    (path / "submitted").mkdir()
    with ClassFolder(path).gradebook():
        pass  # opening it makes the file


def _let_nbgrader_find_its_tools() -> None:
    """Put this Python's own folder on the search path: nbgrader calls `alembic` by name."""
    own = str(Path(sys.executable).parent)
    folders = os.environ.get("PATH", "").split(os.pathsep)
    if own not in folders:
        os.environ["PATH"] = os.pathsep.join([own, *folders])


def write_source(folder: Path, assignment: str) -> None:
    """Write one assignment's source notebook and the files that go with it."""
    folder.mkdir(parents=True, exist_ok=True)
    notebook = read_source(course.SOURCES / f"{assignment}.md")
    (folder / f"{assignment}.ipynb").write_text(to_json(notebook), encoding="utf-8")
    for name in course.learner_files(assignment):
        target = folder / course.place_for_students(name)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(course.ROOT / name, target)


def run_nbgrader(step: Callable[[], dict[str, Any]], what: str) -> None:
    """Run one nbgrader step and turn its failure into one line.

    Raises
    ------
    NbgraderError
        With the last error that nbgrader named.
    """
    with warnings.catch_warnings():
        # nbgrader's own use of SQLAlchemy; nothing that an instructor could mend.
        warnings.simplefilter("ignore", SAWarning)
        result = step()
    if result["success"]:
        return
    error = str(result.get("error", ""))
    if "KeyboardInterrupt" in error:  # nbgrader swallows it
        raise KeyboardInterrupt
    raise NbgraderError(f"{what}: {_cause(str(result.get('log', '')), error)}")


def _cause(log: str, error: str) -> str:
    """Find the line of nbgrader's output that names what went wrong."""
    raised = re.compile(
        r"^\s*([\w.]*(?:Error|Exception|Exists|Missing\w*|Entry)\b.*)", re.MULTILINE
    )
    for text in (log, error):
        found = [line for line in raised.findall(text) if "NbGraderException" not in line]
        if found:
            return str(found[-1])[:300]
    told = [line.partition("] ")[2] for line in log.splitlines() if line.startswith("[ERROR]")]
    return (told or error.strip().splitlines() or ["no reason given"])[-1][:300]
