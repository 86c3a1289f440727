"""Indexes that nbgrader's gradebook lacks: without them each look-up reads the whole class."""

from __future__ import annotations

from nbgrader.api import Gradebook
from sqlalchemy import text

from autograder.grading.gradebook import transaction

# What is looked up for every submission, by marking and by formgrader.
LOOKED_UP = {
    "grade": "notebook_id",
    "comment": "notebook_id",
    "submitted_notebook": "assignment_id",
}


def add_indexes(gradebook: Gradebook) -> None:
    """Add the indexes that are not there yet; nbgrader does not mind them.

    Raises
    ------
    NbgraderError
        If the gradebook can't be written.
    """
    with transaction(gradebook) as db:
        for table, column in LOOKED_UP.items():
            name = f"autograder_{table}_{column}"
            db.execute(text(f"CREATE INDEX IF NOT EXISTS {name} ON {table} ({column})"))
