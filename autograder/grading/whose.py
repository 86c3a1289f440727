"""Whether a notebook is one of the assignment at all that it was handed in for."""

from __future__ import annotations

import re

from nbformat import NotebookNode

from autograder.building.notebooks import TEXT_STUB
from autograder.exercises import ASSIGNMENTS

# A function's name and parameters, or a name that gets a value.
DEFINED = re.compile(
    r"^[ \t]*+(?:def[ \t]++(\w++)[ \t]*+\(([^()]*+)\)|(\w++)[ \t]*+=(?!=))", re.MULTILINE
)


def not_ours(submitted: NotebookNode, released: NotebookNode, assignment: str) -> str:
    """Say why a notebook can't be this assignment's; empty if anything of it is recognised.

    Cells are known by nbgrader's metadata, by the function that they define or by their text,
    so that whoever lost all metadata is known too.

    Parameters
    ----------
    submitted, released : NotebookNode
        What came in, as `clean_cells` gives it, and what went out.
    assignment : str
        The assignment's name.
    """
    wanted = {_grade_id(cell) for cell in released.cells} - {""}
    names = {_grade_id(cell) for cell in submitted.cells} - {""}
    if names & wanted or _texts(submitted.cells) & _telling_texts(released):
        return ""
    ours, theirs = _defined(released), _defined(submitted)
    if any(theirs[name] in ("", ours[name]) for name in ours.keys() & theirs.keys() & wanted):
        return ""
    known = names | theirs.keys()
    counts = {
        other: len(known & {exercise.name for exercise in exercises})
        for other, exercises in ASSIGNMENTS.items()
        if other != assignment
    }
    likely = max(counts, key=lambda other: counts[other])
    if counts[likely]:
        return f"holds nothing of {assignment}; it looks like {likely}: ask for the right one."
    return f"holds nothing of {assignment}: is it the right file?"


def _grade_id(cell: NotebookNode) -> str:
    return str(cell.metadata.get("nbgrader", {}).get("grade_id", ""))


def _texts(cells: list[NotebookNode]) -> set[str]:
    return {" ".join(cell.source.split()) for cell in cells} - {"", TEXT_STUB}


def _telling_texts(released: NotebookNode) -> set[str]:
    """List the texts of graded cells, and those right before them: questions, mostly."""
    pairs = zip(released.cells, released.cells[1:], strict=False)
    return _texts([cell for pair in pairs if _grade_id(pair[1]) for cell in pair])


def _defined(notebook: NotebookNode) -> dict[str, str]:
    """Map what code cells define to its parameters' names; empty where it just gets a value."""
    found = {}
    for cell in notebook.cells:
        if cell.cell_type == "code":
            for function, parameters, value in DEFINED.findall(cell.source):
                names = [re.split(r"[:=]", one)[0].strip() for one in parameters.split(",")]
                found[function or value] = ",".join(names) if function else ""
    return found
