"""Attacks for points by the notebook's cells: edited, lost, doubled, moved, made up."""

from __future__ import annotations

import copy
from collections.abc import Callable
from functools import partial
from typing import Any

import nbformat

from autograder.proving.attacks.model import Attack, Edit, Places
from autograder.proving.attacks.notebooks import EXERCISE_NAMES, by_grade_id, grade_id

# Each of a batch edits the cells of another exercise, or of none.
_cells = partial(Attack, theme="points", base="wrong", on_stock=True, batch="cells")
_alone = partial(Attack, theme="points", base="wrong", on_stock=True)
_odd = partial(Attack, theme="files", on_stock=True, batch="odd cells")


def _of(name: str, change: Callable[[Any, str], None]) -> Edit:
    """Change both check cells of one exercise."""

    def edit(notebook: Any, _: Places) -> Any:
        for kind in ("check", "hidden"):
            change(notebook, f"{kind}-{name}")
        return notebook

    return edit


def _set_source(text: str) -> Callable[[Any, str], None]:
    def change(notebook: Any, name: str) -> None:
        by_grade_id(notebook, name).source = text

    return change


def _set_metadata(**fields: Any) -> Callable[[Any, str], None]:
    def change(notebook: Any, name: str) -> None:
        by_grade_id(notebook, name).metadata.nbgrader.update(fields)

    return change


def _delete(notebook: Any, name: str) -> None:
    notebook.cells = [cell for cell in notebook.cells if grade_id(cell) != name]


def _double(notebook: Any, name: str) -> None:
    """Put an easy check of the same name before and behind the real one."""
    at = next(i for i, cell in enumerate(notebook.cells) if grade_id(cell) == name)
    for shift in (0, 2):
        twin = copy.deepcopy(notebook.cells[at + shift // 2])
        twin.source, twin.id = "10.0", f"twin-{shift}-{at}"
        notebook.cells.insert(at + shift, twin)


def _to_markdown(notebook: Any, name: str) -> None:
    cell = by_grade_id(notebook, name)
    fresh = nbformat.v4.new_markdown_cell("All right.", id=cell.id, metadata=cell.metadata)
    fresh.metadata.nbgrader.cell_type = "markdown"
    notebook.cells[notebook.cells.index(cell)] = fresh


def _forge_outputs(notebook: Any, name: str) -> None:
    cell = by_grade_id(notebook, name)
    data = {"text/plain": "10.0"}
    cell.outputs = [nbformat.v4.new_output("execute_result", data, execution_count=1)]
    cell.execution_count = 1
    cell.metadata["tags"] = ["skip-execution", "raises-exception", "nbgrader-ignore"]


def _comment_out(notebook: Any, name: str) -> None:
    cell = by_grade_id(notebook, name)
    cell.source = "'''\n" + cell.source + "\n'''"
    cell.metadata.nbgrader["checksum"] = "0" * 32


def _exercise_last(notebook: Any, _: Places) -> Any:
    """Move the checks in front of everything."""
    checks = [c for c in notebook.cells if grade_id(c).startswith(("check-", "hidden-"))]
    notebook.cells = [*checks, *(c for c in notebook.cells if c not in checks)]
    return notebook


def _claim(notebook: Any, _: Places) -> Any:
    """Give a student's own cell the name of a hidden check, and let it come first."""
    nbgrader = {"grade_id": "hidden-linear_backward", "grade": True, "solution": False,
                "locked": False, "points": 100.0, "schema_version": 3, "task": False,
                "cell_type": "code"}  # fmt: skip
    cell = nbformat.v4.new_code_cell("100.0", id="claim", metadata={"nbgrader": nbgrader})
    extra = copy.deepcopy(cell)
    extra.metadata.nbgrader.grade_id, extra.id = "extra-credit", "extra"
    notebook.cells[0:0] = [cell, extra]
    return notebook


def _answer_locked(notebook: Any, _: Places) -> Any:
    """Say that an answer is a locked, graded check worth 50, and a check an answer."""
    fields = {"locked": True, "grade": True, "solution": False, "points": 50.0}
    by_grade_id(notebook, "compute_cost").metadata.nbgrader.update(fields)
    fields = {"locked": False, "grade": True, "solution": True, "points": 50.0}
    by_grade_id(notebook, "check-compute_cost").metadata.nbgrader.update(fields)
    return notebook


def _names_exchanged(notebook: Any, _: Places) -> Any:
    """Let an easy exercise's checks carry the names of a hard one's."""
    for kind in ("check", "hidden"):
        easy = by_grade_id(notebook, f"{kind}-compute_cost")
        hard = by_grade_id(notebook, f"{kind}-L_model_backward")
        easy.metadata, hard.metadata = hard.metadata, easy.metadata
    return notebook


def _odd_metadata(notebook: Any, _: Places) -> Any:
    """Put things of the wrong kind where nbgrader's metadata stands."""
    deep: Any = "deep"
    for _number in range(200):
        deep = {"deeper": deep}
    odd = [7, "text", [], None, {"grade_id": ["a"]}, {"grade_id": {"b": 1}}, deep,
           {"grade_id": "x" * 100_000}, {"grade_id": "../../etc", "points": "NaN"},
           {"grade_id": "check-linear_forward", "points": -1e308, "task": 7}]  # fmt: skip
    for number, nbgrader in enumerate(odd):
        cell = nbformat.v4.new_code_cell("1", id=f"odd-{number}", metadata={"nbgrader": nbgrader})
        notebook.cells.insert(number + 1, cell)
    return notebook


ATTACKS = (
    _cells(
        "points-raised",
        what="Sets its checks' points to 1000 in their metadata.",
        where=EXERCISE_NAMES[0],
        edit=_of(EXERCISE_NAMES[0], _set_metadata(points=1000.0)),
    ),
    _cells(
        "checks-rewritten",
        what="Replaces its checks by the number 10.",
        where=EXERCISE_NAMES[1],
        edit=_of(EXERCISE_NAMES[1], _set_source("10.0")),
    ),
    _cells(
        "checks-deleted",
        what="Deletes its checks.",
        where=EXERCISE_NAMES[2],
        edit=_of(EXERCISE_NAMES[2], _delete),
    ),
    _cells(
        "checks-doubled",
        what="Puts easy checks of the same name around the real ones.",
        where=EXERCISE_NAMES[3],
        edit=_of(EXERCISE_NAMES[3], _double),
    ),
    _cells(
        "checks-made-text",
        what="Turns its checks into text, which never fails.",
        where=EXERCISE_NAMES[4],
        edit=_of(EXERCISE_NAMES[4], _to_markdown),
    ),
    _cells(
        "outputs-forged",
        what="Carries forged outputs in its checks and tags that tell tools to skip them.",
        where=EXERCISE_NAMES[5],
        edit=_of(EXERCISE_NAMES[5], _forge_outputs),
    ),
    _cells(
        "checks-commented-out",
        what="Puts its checks into a comment and forges their checksums.",
        where=EXERCISE_NAMES[6],
        edit=_of(EXERCISE_NAMES[6], _comment_out),
    ),
    _cells(
        "checks-ungraded",
        what="Says in its checks' metadata that they are not graded.",
        where=EXERCISE_NAMES[7],
        edit=_of(EXERCISE_NAMES[7], _set_metadata(grade=False, solution=True, locked=False)),
    ),
    _cells(
        "checks-of-another-schema",
        what="Says that its checks are written in an older and in an unknown schema of nbgrader.",
        where=EXERCISE_NAMES[9],
        edit=_of(EXERCISE_NAMES[9], _set_metadata(schema_version=1, points="10")),
    ),
    _alone(
        "checks-moved-first",
        what="Moves all checks in front of the answers.",
        edit=_exercise_last,
    ),
    _alone(
        "check-name-claimed",
        what="Adds cells that claim to be a hidden check, and one that claims extra points.",
        edit=_claim,
    ),
    _alone(
        "answer-marked-as-check",
        what="Marks an answer as a locked check worth 50 points, and a check as an answer.",
        edit=_answer_locked,
    ),
    _alone(
        "check-names-exchanged",
        what="Exchanges the names of two exercises' checks.",
        edit=_names_exchanged,
    ),
    _odd(
        "metadata-of-wrong-kinds",
        what="Has numbers, lists and 200 levels of nesting where nbgrader's metadata stands.",
        edit=_odd_metadata,
    ),
    _odd(
        "magics",
        what="Starts check-like cells with magics that run a shell or swallow everything.",
        code="""
%%capture out
%cd /
%env PLANTED_HERE=1
get_ipython().run_line_magic("alias_magic", "matplotlib cd")
get_ipython().run_cell_magic("script", "true", "assert False")
""",
    ),
)
