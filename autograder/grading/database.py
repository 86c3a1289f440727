"""The gradebook's database: opened, its failures in one line each, and moved.

nbgrader's settings name it by a URL, `c.CourseDirectory.db_url`, which may hold a password.
No message has one.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from nbgrader.api import Assignment, Base, Gradebook
from sqlalchemy import URL, create_engine, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from autograder.errors import GradebookError
from autograder.words import typed

SETTING = "c.CourseDirectory.db_url"
# How drivers are installed, where that is not by their own name.
EXTRAS = {"psycopg": "'backprop-by-hand[postgres]'", "psycopg2": "psycopg2-binary"}
SECRETS = ("password", "sslpassword")  # what a URL may hold as a parameter, too
LONGEST_CAUSE = 300


def open_gradebook(url: str, course_id: str) -> Gradebook:
    """Open a gradebook, making its tables where there are none.

    Raises
    ------
    GradebookError
        If it can't be opened.
    """
    where = _understood(url)
    try:
        return Gradebook(url, course_id)
    except ImportError as error:
        raise GradebookError(_no_driver(where, error)) from error
    except Exception as error:  # a driver's own kinds, too
        told = f"The gradebook {shown(where)} can't be opened: {_cause(error, where)}"
        raise GradebookError(told) from error


@contextmanager
def in_use(gradebook: Gradebook) -> Iterator[Gradebook]:
    """Use a gradebook; afterwards its connections are closed, and come again when needed.

    Raises
    ------
    GradebookError
        If it can't be read or written.
    """
    try:
        with closing(gradebook):
            yield gradebook
    except SQLAlchemyError as error:
        where = gradebook.engine.url
        told = f"The gradebook {shown(where)} can't be used: {_cause(error, where)}"
        raise GradebookError(told) from error


def require(class_folder: Path, gradebook: Gradebook, assignment: str) -> None:
    """Make sure that a gradebook knows an assignment that was released.

    Raises
    ------
    GradebookError
        If it is another gradebook than that of the release.
    """
    found = gradebook.db.query(Assignment.id).filter(Assignment.name == assignment).first()
    if found is not None:
        return
    url, file = gradebook.engine.url, class_folder / "gradebook.db"
    where = typed(class_folder)
    told = f"The gradebook {shown(url)} has nothing of {assignment}."
    if file.is_file() and not (url.drivername.startswith("sqlite") and url.database == str(file)):
        raise GradebookError(
            f"{told} To copy {file.name} into it: autograder move-gradebook {where}"
        )
    raise GradebookError(
        f"{told} Put the old one back; or to mark all anew, without what was given by hand: "
        f"autograder release {where} {assignment}, then autograder grade {where}"
    )


def shown(url: URL) -> str:
    """Give a URL as it may be shown: no password, and nothing that may be one."""
    return str(URL.create(url.drivername, url.username, None, url.host, url.port, url.database))


def _understood(url: str) -> URL:
    try:
        parts = make_url(url)
        parts.get_dialect()
    except (ArgumentError, ValueError):  # their own texts show parts of it
        raise GradebookError(
            f"{SETTING} is no database's URL, such as postgresql+psycopg://USER@HOST/DATABASE."
        ) from None
    # What stands behind an @ that belongs to the password would be taken for the host.
    if "@" in f"{parts.host}{parts.database if parts.host else ''}":
        raise GradebookError(f"{SETTING} has one @ too many: write it as %40 in a password.")
    return parts


def _no_driver(url: URL, error: ImportError) -> str:
    name = (error.name or url.get_driver_name()).partition(".")[0]
    return (
        f"The gradebook {shown(url)} needs the driver {name}, which is not installed. "
        f"Run: pip install {EXTRAS.get(name, name)}"
    )


def _cause(error: BaseException, url: URL) -> str:
    text = " ".join(str(getattr(error, "orig", None) or error).split())
    secrets = [url.password, *(url.query.get(name) for name in SECRETS)]
    for secret in secrets:
        if secret:
            text = text.replace(str(secret), "***")
    return text[:LONGEST_CAUSE]


def move_from_file(path: Path, target: Gradebook) -> int:
    """Copy every row of a SQLite gradebook into another one; give how many students it has.

    Parameters
    ----------
    path : Path
        The file, which is only read.
    target : Gradebook
        The other one, new. All rows come in one transaction.

    Raises
    ------
    GradebookError
        If there is no such file, or the other gradebook holds something already.
    """
    if not path.is_file():
        raise GradebookError(f"There is no gradebook {path}.")
    if target.engine.url.database == str(path):
        raise GradebookError(f"{SETTING} names no other database yet: set it first.")
    tables = [table for table in Base.metadata.sorted_tables if table.name != "course"]
    courses = Base.metadata.tables["course"]
    source = create_engine(f"sqlite:///{path}")
    number = 0
    try:
        with source.connect() as reading, target.engine.begin() as writing:
            for table in tables:
                if writing.execute(table.select().limit(1)).first() is not None:
                    where = shown(target.engine.url)
                    raise GradebookError(f"The gradebook {where} is not empty: {table.name}.")
            writing.execute(courses.delete())
            for table in (courses, *tables):
                rows = [dict(row._mapping) for row in reading.execute(table.select())]
                if rows:
                    writing.execute(table.insert(), rows)
                number = len(rows) if table.name == "student" else number
    finally:
        source.dispose()
    return number
