"""Turn a Markdown source into nbgrader's source notebook and the learner's copy."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbgrader.preprocessors import (
    CheckCellMetadata,
    ClearHiddenTests,
    ClearMarkScheme,
    ClearOutput,
    ClearSolutions,
    ComputeChecksums,
    LockCells,
)
from traitlets.config import Config

from autograder.errors import SourceError
from autograder.exercises import ASSIGNMENTS
from autograder.exercises.model import HIDDEN_POINTS, VISIBLE_POINTS

CODE_STUB = 'raise NotImplementedError("not written yet: put your code in place of this line")'
TEXT_STUB = "Write your answer here."
# The steps that nbgrader's own release takes, but for the gradebook.
RELEASE_STEPS = (
    LockCells,
    ClearSolutions,
    ClearOutput,
    CheckCellMetadata,
    ComputeChecksums,
    ClearHiddenTests,
    ClearMarkScheme,
    ComputeChecksums,
    CheckCellMetadata,
)


def read_source(path: Path) -> NotebookNode:
    """Read an author's Markdown and give nbgrader's source notebook.

    Parameters
    ----------
    path : Path
        A file of notebooks/source. Cells say ``exercise="NAME"``, ``check="NAME"``,
        ``hidden="NAME"`` or ``{"question": "NAME", "points": 5}``.

    Raises
    ------
    SourceError
        If a cell names no exercise of this assignment, or one of its cells is missing.
    """
    import jupytext

    draft = jupytext.reads(path.read_text(encoding="utf-8"), fmt="md")
    cells = [_cell(draft_cell, number, path) for number, draft_cell in enumerate(draft.cells)]
    _refuse_if_incomplete(cells, path)
    kernelspec = {"display_name": "Python 3", "language": "python", "name": "python3"}
    metadata = {"kernelspec": kernelspec, "language_info": {"name": "python"}}
    notebook = nbformat.v4.new_notebook(cells=cells, metadata=metadata)
    notebook.nbformat_minor = 5
    nbformat.validate(notebook)
    return notebook


def _cell(draft: NotebookNode, number: int, path: Path) -> NotebookNode:
    nbgrader = _nbgrader_metadata(dict(draft.metadata), path)
    fields: dict[str, Any] = {
        "source": draft.source,
        "id": nbgrader["grade_id"] if nbgrader else f"cell-{number:03d}",
        "metadata": {"nbgrader": nbgrader | {"cell_type": draft.cell_type}} if nbgrader else {},
    }
    if draft.cell_type == "code":
        return nbformat.v4.new_code_cell(**fields)
    return nbformat.v4.new_markdown_cell(**fields)


def _nbgrader_metadata(options: dict[str, Any], path: Path) -> dict[str, Any]:
    """Spell out what one option of the author means to nbgrader."""
    base = {"schema_version": 3, "task": False, "locked": False, "grade": False, "solution": False}
    names = [exercise.name for exercise in ASSIGNMENTS.get(path.stem, ())]
    for option in ("exercise", "check", "hidden"):
        if option in options and options[option] not in names:
            raise SourceError(f"{path.name}: {option}={options[option]!r} is no exercise of it.")
    if "exercise" in options:
        return base | {"grade_id": options["exercise"], "solution": True}
    if "check" in options:
        points = sum(VISIBLE_POINTS.values())
        name = f"check-{options['check']}"
        return base | {"grade_id": name, "grade": True, "locked": True, "points": points}
    if "hidden" in options:
        points = sum(HIDDEN_POINTS.values())
        name = f"hidden-{options['hidden']}"
        return base | {"grade_id": name, "grade": True, "locked": True, "points": points}
    if "question" in options:
        own = {"grade": True, "solution": True, "points": float(options.get("points", 5))}
        return base | own | {"grade_id": options["question"]}
    return {}


def _refuse_if_incomplete(cells: list[NotebookNode], path: Path) -> None:
    found = [cell.metadata.nbgrader.grade_id for cell in cells if cell.metadata]
    for exercise in ASSIGNMENTS.get(path.stem, ()):
        for grade_id in (exercise.name, f"check-{exercise.name}", f"hidden-{exercise.name}"):
            if found.count(grade_id) != 1:
                raise SourceError(
                    f"{path.name} has {found.count(grade_id)} cells {grade_id!r}, not 1."
                )


def release_config() -> Config:
    """nbgrader's settings that decide what a student's copy looks like."""
    config = Config()
    config.ClearSolutions.code_stub = {"python": CODE_STUB}
    config.ClearSolutions.text_stub = TEXT_STUB
    return config


def learner_copy(source: NotebookNode) -> NotebookNode:
    """Give the notebook as students get it: no answers, no hidden checks, no outputs."""
    notebook = nbformat.from_dict(source)
    resources: dict[str, Any] = {}
    for step in RELEASE_STEPS:
        notebook, resources = step(config=release_config()).preprocess(notebook, resources)
    return notebook


def filled_in(source: NotebookNode) -> NotebookNode:
    """Give the learner's copy with every answer of the source written in."""
    notebook = learner_copy(source)
    for cell, answer in zip(notebook.cells, source.cells, strict=True):
        if cell.metadata.get("nbgrader", {}).get("solution"):
            lines = answer.source.splitlines()
            cell.source = "\n".join(line for line in lines if " SOLUTION" not in line)
    return notebook


def to_json(notebook: NotebookNode) -> str:
    """Write a notebook so that the same notebook gives the same bytes."""
    text: str = nbformat.writes(notebook, version=nbformat.NO_CONVERT)
    return text.rstrip("\n") + "\n"
