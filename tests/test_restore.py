"""Cells are held against what was released; what was put right is said, and nothing else."""

from __future__ import annotations

import random

import nbformat
import pytest
from conftest import answered, cell
from nbgrader.utils import compute_checksum

from autograder.building.notebooks import filled_in, learner_copy
from autograder.grading.intake import clean_cells
from autograder.grading.restore import restore_cells


@pytest.fixture(scope="module")
def released(source):
    return learner_copy(source)


@pytest.fixture
def handed_in(source):
    return filled_in(source)


def restored(notebook, released):
    """Give a submission as it goes on, and what was said."""
    notebook.cells = clean_cells(notebook.cells)
    remarks = restore_cells(notebook, released)
    assert all(len(remark) < 300 and "\n" not in remark for remark in remarks)
    return notebook, remarks


def at(notebook, grade_id):
    return next(i for i, c in enumerate(notebook.cells) if c is cell(notebook, grade_id))


def grade_ids(notebook):
    return [c.metadata.nbgrader.grade_id for c in notebook.cells if "nbgrader" in c.metadata]


def same_as_released(notebook, released):
    """Every released cell is there once, in its kind, and locked ones word for word."""
    assert sorted(grade_ids(notebook)) == sorted(grade_ids(released))
    for one in released.cells:
        if "nbgrader" in one.metadata:
            found = cell(notebook, one.metadata.nbgrader.grade_id)
            assert found.metadata == one.metadata
            assert found.cell_type == one.cell_type
            assert found.source == one.source or not one.metadata.nbgrader.locked
    return True


def edited(notebook, grade_id, text):
    cell(notebook, grade_id).source = text
    return notebook


def with_windows_lines(notebook):
    for one in notebook.cells:
        one.source = one.source.replace("\n", "\r\n")


def with_blanks_at_ends(notebook):
    for one in notebook.cells:
        one.source = "\n" + one.source.replace("\n", "  \n") + "\n\n"


def without_blanks_at_ends(notebook):
    for one in notebook.cells:
        one.source = "\n".join(line.rstrip() for line in one.source.splitlines())


def with_outputs_and_tags(notebook):
    for number, one in enumerate(notebook.cells):
        one.metadata |= {"collapsed": True, "tags": ["x"], "id": "colab"}
        one.id = f"colab-{number}"
        if one.cell_type == "code":
            one.execution_count = number
            one.outputs = [nbformat.v4.new_output("stream", text="hello")]


def from_an_older_release(notebook):
    """Check cells with other text, points and order, as an older release had them."""
    for one in notebook.cells:
        if one.metadata.get("nbgrader", {}).get("locked"):
            one.source = "# older\n" + one.source
            one.metadata.nbgrader.points = 1.0
            one.metadata.nbgrader.checksum = compute_checksum(one)
    notebook.cells.reverse()
    with_windows_lines(notebook)


@pytest.mark.parametrize(
    "change",
    [
        lambda notebook: None,
        with_windows_lines,
        with_blanks_at_ends,
        without_blanks_at_ends,
        with_outputs_and_tags,
        lambda notebook: notebook.cells.insert(3, nbformat.v4.new_code_cell("import math")),
    ],
)
def test_no_false_alarms(handed_in, released, change):
    change(handed_in)
    notebook, remarks = restored(handed_in, released)
    assert remarks == []
    assert same_as_released(notebook, released)


def test_an_older_release_is_no_fault(handed_in, released):
    from_an_older_release(handed_in)
    notebook, remarks = restored(handed_in, released)
    assert [r for r in remarks if "changed" in r or "points" in r or "elsewhere" in r] == []
    assert same_as_released(notebook, released)


def test_an_answer_that_only_got_blanks_is_none(released):
    notebook = nbformat.from_dict(released)
    edited(notebook, "why-one-over-m", "  Write your answer here. \r\n\n")
    notebook, remarks = restored(notebook, released)
    assert (cell(notebook, "why-one-over-m").source, remarks) == ("Write your answer here.", [])


CHECK = "check-linear_forward"
CHANGED = {
    "edited": (
        lambda n: edited(n, CHECK, "4.0"),
        [f"The cell {CHECK} was changed and was put back as released."],
    ),
    "edited hidden ones": (
        lambda n: [edited(n, f"hidden-{x}", "6.0") for x in ("linear_forward", "compute_cost")],
        ["The cells hidden-linear_forward, hidden-compute_cost were changed and were put back as"
         " released."],
    ),
    "edited by one sign": (
        lambda n: edited(n, CHECK, cell(n, CHECK).source.replace(")", " )")),
        [f"The cell {CHECK} was changed and was put back as released."],
    ),
    "more points": (
        lambda n: cell(n, CHECK).metadata.nbgrader.update(points=400),
        [f"The cell {CHECK} had other points; those released count."],
    ),
    "unlocked": (lambda n: cell(n, CHECK).metadata.nbgrader.update(solution=True), []),
    "turned to text": (
        lambda n: cell(n, "compute_cost").update(cell_type="markdown"),
        ["The cell compute_cost was turned from code to text, or back, and was turned again."],
    ),
    "deleted": (
        lambda n: n.cells.remove(cell(n, CHECK)),
        [f"The cell {CHECK} was missing and was put back as released."],
    ),
    "all deleted": (
        lambda n: n.cells.__delitem__(slice(1, None)),
        ["31 cells (initialize_parameters, check-initialize_parameters, …) were missing and were"
         " put back as released."],
    ),
    "doubled check": (
        lambda n: n.cells.append(nbformat.from_dict(cell(n, CHECK))),
        [f"The cell {CHECK} was there more than once."],
    ),
    "early check": (
        lambda n: n.cells.insert(0, n.cells.pop(at(n, CHECK))),
        [f"The cell {CHECK} stood before its exercise and was moved behind it."],
    ),
    "late check": (
        lambda n: n.cells.append(n.cells.pop(at(n, CHECK))),
        [f"The cell {CHECK} stands elsewhere than released."],
    ),
    "stripped": (
        lambda n: [c.update(metadata={}) for c in n.cells],
        ["31 cells (initialize_parameters, check-initialize_parameters, …) had lost nbgrader's"
         " metadata and were found again by name and text."],
    ),
    "one stripped": (
        lambda n: cell(n, "linear_backward").update(metadata={}),
        ["The cell linear_backward had lost nbgrader's metadata and was found again by name and"
         " text."],
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", CHANGED)
def test_changes_are_put_right_and_said(handed_in, released, kind):
    change, said = CHANGED[kind]
    change(handed_in)
    notebook, remarks = restored(handed_in, released)
    assert remarks == said
    assert same_as_released(notebook, released)


def test_of_doubled_answers_the_last_written_one_counts(handed_in, released):
    """A copy in which nothing was written must not undo the answer before it."""
    twin = nbformat.from_dict(cell(released, "linear_forward"))
    handed_in.cells.insert(at(handed_in, "linear_forward") + 1, twin)
    notebook, remarks = restored(handed_in, released)
    assert remarks == ["The cell linear_forward was there more than once."]
    assert sum("def linear_forward" in c.source for c in notebook.cells) == 1
    assert "NotImplementedError" not in cell(notebook, "linear_forward").source


def test_of_two_written_answers_python_keeps_the_last_and_so_does_the_marking(handed_in, released):
    other = answered(handed_in, linear_forward="def linear_forward(A, W, b): return 1")
    handed_in.cells.append(cell(other, "linear_forward"))
    notebook, _ = restored(handed_in, released)
    assert cell(notebook, "linear_forward").source == "def linear_forward(A, W, b): return 1"
    assert at(notebook, "linear_forward") < at(notebook, CHECK)


def test_an_answer_in_another_cell_is_not_overwritten(handed_in, released):
    """Two exercises in one cell, and the second's own cell thrown away."""
    moved = cell(handed_in, "compute_cost")
    cell(handed_in, "linear_forward").source += "\n\n" + moved.source
    handed_in.cells.remove(moved)
    notebook, remarks = restored(handed_in, released)
    assert remarks == []
    code = [c.source for c in notebook.cells if c.cell_type == "code"]
    assert not any("NotImplementedError" in text for text in code)


def test_what_is_nobodys_metadata_goes(handed_in, released):
    handed_in.cells.append(nbformat.v4.new_code_cell("1"))
    handed_in.cells[-1].metadata = nbformat.from_dict(
        {"nbgrader": {"grade_id": "mine", "grade": True, "points": 1000}, "autograder_verdict": {}}
    )
    notebook, remarks = restored(handed_in, released)
    assert (notebook.cells[-1].metadata, remarks) == ({}, [])


@pytest.mark.parametrize("seed", range(20))
def test_any_mixture_of_damage_ends_in_the_released_set(handed_in, released, seed):
    """Answers are never lost: every text that was written is still there."""
    rng = random.Random(seed)
    cells = handed_in.cells
    for _ in range(rng.randrange(1, 30)):
        one = rng.choice(cells)
        match rng.randrange(5):
            case 0:
                cells.remove(one)
            case 1:
                cells.insert(rng.randrange(len(cells)), nbformat.from_dict(one))
            case 2:
                cells.insert(rng.randrange(len(cells)), cells.pop(rng.randrange(len(cells))))
            case 3:
                one.metadata = nbformat.from_dict({})
            case 4:
                one.source += f"\n# {rng.random()}"
    written = {c.source for c in cells if "def " in c.source and "NotImpl" not in c.source}
    notebook, _ = restored(handed_in, released)
    names = grade_ids(notebook)
    assert len(names) == len(set(names))
    assert {n for n in grade_ids(released) if n.startswith(("check-", "hidden-"))} <= set(names)
    for name in names:
        kind, _, exercise = name.partition("-")
        if kind == "check" and exercise in names:
            assert at(notebook, exercise) < at(notebook, name)
    assert written <= {c.source for c in notebook.cells}
