"""A notebook of another assignment is told from one that lost much; only the first is put aside."""

from __future__ import annotations

import subprocess
import sys
from itertools import permutations
from pathlib import Path

import nbformat
import pytest
from conftest import ASSIGNMENT, cell, hand_in
from resuming import pretending

from autograder import course
from autograder.building.notebooks import filled_in, learner_copy, read_source
from autograder.exercises import ASSIGNMENTS
from autograder.grading import marking
from autograder.grading.intake import clean_cells
from autograder.grading.whose import not_ours

BIN = Path(sys.executable).parent


@pytest.fixture(scope="module")
def sources():
    return {name: read_source(course.SOURCES / f"{name}.md") for name in course.assignments()}


def cleaned(notebook, stripped=False):
    notebook.cells = clean_cells(notebook.cells)
    for one in notebook.cells if stripped else ():
        one.metadata = nbformat.from_dict({})
    return notebook


@pytest.mark.parametrize("stripped", [False, True])
def test_each_notebook_is_its_own_assignments_and_no_other(sources, stripped):
    for own, other in permutations(sources, 2):
        released = learner_copy(sources[own])
        for make in (filled_in, learner_copy):
            assert not_ours(cleaned(make(sources[own]), stripped), released, own) == ""
            told = not_ours(cleaned(make(sources[other]), stripped), released, own)
            names = [{exercise.name for exercise in ASSIGNMENTS[name]} for name in (own, other)]
            if names[0] & names[1]:
                assert told == ""  # what both have is marked
            else:
                assert f"holds nothing of {own}; it looks like {other}: ask" in told


def only(notebook, number):
    notebook.cells = notebook.cells[number : number + 1]
    return notebook


def test_one_answer_without_metadata_is_enough(source):
    released = learner_copy(source)
    answers = [
        number
        for number, one in enumerate(released.cells)
        if one.metadata.get("nbgrader", {}).get("grade_id", "") and one.source.startswith("def")
    ]
    assert len(answers) == 10
    for number in answers:
        assert not_ours(cleaned(only(filled_in(source), number), True), released, ASSIGNMENT) == ""
    one = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("linear_forward = f")])
    assert not_ours(cleaned(one), released, ASSIGNMENT) == ""
    question = cleaned(filled_in(source))
    at = question.cells.index(cell(question, "why-one-over-m"))
    question.cells = question.cells[at - 1 : at + 1]
    question.cells[1].update(source="Because.", metadata=nbformat.from_dict({}))
    assert not_ours(question, released, ASSIGNMENT) == ""


@pytest.mark.parametrize("stripped", [False, True])
def test_another_assignments_notebook_needs_a_human(folder, sources, stripped):
    hand_in(folder, "Ann", cleaned(filled_in(sources["find-the-bug"]), stripped))
    hand_in(folder, "Bob", cleaned(filled_in(sources[ASSIGNMENT]), stripped))
    ann, bob = marking.grade(folder, [ASSIGNMENT], executor=pretending())
    assert (ann.state, bob.state) == ("needs a human", "graded")
    told = f"{ASSIGNMENT}.ipynb holds nothing of {ASSIGNMENT}; it looks like find-the-bug: ask for"
    assert ann.reason == f"{told} the right one."


def test_nbgrader_refuses_it_with_the_same_words(folder, sources):
    hand_in(folder, "Ann", filled_in(sources["find-the-bug"]))
    done = subprocess.run(
        [BIN / "nbgrader", "autograde", ASSIGNMENT],
        cwd=folder.path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode != 0
    assert f"holds nothing of {ASSIGNMENT}; it looks like find-the-bug" in done.stderr
