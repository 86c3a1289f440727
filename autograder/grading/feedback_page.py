"""nbgrader's steps for the page that a student gets: its list of points, no hidden checks."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell, new_output
from nbgrader.api import Gradebook
from nbgrader.preprocessors import NbGraderPreprocessor
from nbgrader.utils import is_grade

from autograder.grading.clean import clean_stream
from autograder.grading.execute import VERDICT

SHOWN = "# A hidden check: its cases stay hidden. What it found stands below."
NOTHING_FOUND = "This check was not carried out."
# A number with so many digits comes from somebody's array; hints say 1/m or 1e-7.
_NUMBER = re.compile(r"[-+]?\b\d+\.\d{3,}(?:e[-+]?\d+)?", re.IGNORECASE)

UNREAD = "Not marked yet: the 0 stands only until somebody has read it."


class ListExercises(NbGraderPreprocessor):  # type: ignore[misc]
    """Begin the page with a table: every exercise, its points, and what was not marked yet.

    It comes after nbgrader's `GetGrades`, which puts the points into the cells.
    """

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Put the table before the first cell, and a comment beside each unmarked answer."""
        unread = _unread(resources["nbgrader"])
        rows: dict[str, list[NotebookNode]] = {}
        for cell in nb.cells:
            if is_grade(cell):
                about = cell.metadata.nbgrader
                rows.setdefault(_exercise(about.grade_id), []).append(about)
                if about.grade_id in unread and not about.get("comment"):
                    about["comment"] = UNREAD
        if rows:
            lines = [_row(name, cells, unread) for name, cells in rows.items()]
            text = ["| exercise | points | |", "|---|---|---|", *lines]
            nb.cells.insert(0, new_markdown_cell("\n".join(text)))
        return nb, resources


def _unread(about: Mapping[str, Any]) -> set[str]:
    """Name the cells that have no mark yet, neither by a check nor by hand."""
    with Gradebook(about["db_url"]) as gradebook:
        book = gradebook.find_submission_notebook(
            about["notebook"], about["assignment"], about["student"]
        )
        return {
            grade.name
            for grade in book.grades
            if grade.needs_manual_grade and grade.auto_score is None and grade.manual_score is None
        }


def _exercise(grade_id: str) -> str:
    """Name the exercise that a graded cell belongs to; a written question is its own."""
    return grade_id.removeprefix("check-").removeprefix("hidden-")


def _row(name: str, cells: list[NotebookNode], unread: set[str]) -> str:
    waiting = [cell.grade_id for cell in cells if cell.grade_id in unread]
    short = [cell.grade_id for cell in cells if cell.score < cell.points]
    points = f"{sum(c.score for c in cells):g} of {sum(c.points for c in cells):g}"
    if len(waiting) == len(cells):
        points = f"– of {sum(c.points for c in cells):g}"
    said = ""
    if waiting:
        said = f"[not marked yet](#{waiting[0]})"
    elif short:
        said = f"[see what was found](#{short[0]})"
    return f"| `{name}` | {points} | {said} |"


class HideHiddenChecks(NbGraderPreprocessor):  # type: ignore[misc]
    """Show of a hidden check its points and its words: no source, no output, no number."""

    def preprocess_cell(
        self, cell: NotebookNode, resources: dict[str, Any], index: int
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Put the verdict's words in place of everything else.

        What the student's functions printed goes too: they saw the hidden inputs.
        """
        verdict = cell.metadata.get(VERDICT)
        found = verdict if isinstance(verdict, Mapping) else {}
        if cell.cell_type == "code" and is_grade(cell) and _is_hidden(cell, found):
            words = _NUMBER.sub("…", clean_stream(str(found.get("words") or NOTHING_FOUND)))
            cell.source = SHOWN
            cell.execution_count = None
            cell.outputs = [new_output("stream", name="stdout", text=f"{words}\n")]
        cell.metadata.pop(VERDICT, None)
        return cell, resources


def _is_hidden(cell: NotebookNode, verdict: Mapping[str, Any]) -> bool:
    named = str(cell.metadata.nbgrader.get("grade_id", "")).startswith("hidden-")
    return named or bool(verdict.get("hidden")) or "hidden=True" in cell.source
