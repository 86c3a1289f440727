"""A class folder: an ordinary nbgrader course directory."""

from __future__ import annotations

import logging
import os
import re
import sys
import warnings
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from nbgrader.api import Gradebook
from nbgrader.coursedir import CourseDirectory
from sqlalchemy.exc import SAWarning
from traitlets.config import Config, PyFileConfigLoader

from autograder import course
from autograder.errors import ClassFolderError, NbgraderError
from autograder.grading.database import in_use, open_gradebook
from autograder.grading.not_a_class import not_a_class
from autograder.words import typed

if TYPE_CHECKING:
    from nbgrader.apps import NbGraderAPI

CONFIG_NAME = "nbgrader_config.py"


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
            raise ClassFolderError(not_a_class(path, CONFIG_NAME))

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

    def api(self, settings: Config | None = None) -> NbGraderAPI:
        """Give nbgrader's own interface to this class.

        Parameters
        ----------
        settings : Config, optional
            Settings that differ for this run.
        """
        from nbgrader.apps import NbGraderAPI  # marking does without it

        config = self.config.copy()
        config.merge(settings or {})
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
        names = self.assignments(wanted) or self.none_of_ours()
        out = [name for name in names if self.released_notebook(name).is_file()]
        missing = [name for name in wanted if name not in out]
        if missing or not out:
            what = f"{missing[0]} was not" if missing else "Nothing was"
            first = (missing or names)[0]
            raise ClassFolderError(
                f"{what} released yet. Run: autograder release {typed(self.path)} {first}"
            )
        return out

    def none_of_ours(self) -> NoReturn:
        """Say that the class has no assignment of this course.

        Raises
        ------
        ClassFolderError
            In any case.
        """
        raise ClassFolderError(
            f"{self.path / 'source'} has no assignment of this course ({course.assignments()[0]}, "
            "…). Bring it back, or make another class by autograder new-class."
        )

    def released_notebook(self, assignment: str) -> Path:
        """Give the path of the notebook as it was released."""
        return self.path / "release" / assignment / f"{assignment}.ipynb"

    def students(self, assignment: str) -> list[str]:
        """List everyone in the gradebook or with a folder in submitted/, by name."""
        with self.gradebook() as gradebook:
            known = {student.id for student in gradebook.students}
        handed_in = (p for p in (self.path / "submitted").glob("*") if p.is_dir())
        return sorted(known | {p.name for p in handed_in if not p.name.startswith(".")})


def _let_nbgrader_find_its_tools() -> None:
    """Put this Python's own folder on the search path: nbgrader calls `alembic` by name."""
    own = str(Path(sys.executable).parent)
    folders = os.environ.get("PATH", "").split(os.pathsep)
    if own not in folders:
        os.environ["PATH"] = os.pathsep.join([own, *folders])


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
