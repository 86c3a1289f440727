"""For real: a class marked by a check with a bug, the fix, the table, and what is written."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import pytest
from conftest import ASSIGNMENT, ROOT, answered, cell, hand_in
from resuming import gradebook_rows, records, state

from autograder.building.notebooks import filled_in, learner_copy
from autograder.grading.classroom import ClassFolder
from autograder.grading.marks import marks

SOURCE = "autograder/exercises/step_by_step/update_parameters.py"
RIGHT_LINE = '    yield edge("a rate above 1", *step(rng, [2, 3, 2]), 1.7)\n'
WRONG_LINE = (
    '    yield edge("a rate above 1", *step(rng, [2, 3, 2]), 1.7,\n'
    "               wanted=lambda p, g, rate: update_parameters(p, g, min(rate, 1.0)))\n"
)
CLIPPED = """def update_parameters(params, grads, learning_rate):
    rate = min(learning_rate, 1.0)
    return {k: v - rate * grads["d" + k] for k, v in params.items()}
"""
WHY = "the check of update_parameters"


@pytest.fixture(scope="module")
def buggy(tmp_path_factory):
    """Copy the package, with a bug in one probe of one check."""
    root = tmp_path_factory.mktemp("buggy")
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "autograder", root / "autograder", ignore=ignored)
    for file in ROOT.glob("*_utils.py"):
        shutil.copyfile(file, root / file.name)
    for name in ("notebooks", "datasets"):
        (root / name).symlink_to(ROOT / name)
    text = (root / SOURCE).read_text()
    assert text.count(RIGHT_LINE) == 1
    (root / SOURCE).write_text(text.replace(RIGHT_LINE, WRONG_LINE))
    return root


def run(command, *arguments, root=ROOT, code=0):
    environment = os.environ | {"PYTHONPATH": str(root)}
    if root != ROOT:
        environment["XDG_CACHE_HOME"] = str(root / "cache")
    words = [sys.executable, "-P", "-W", "ignore", "-m", "autograder.cli", command]
    done = subprocess.run(
        [*words, *map(str, arguments)],
        env=environment, cwd="/", capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == code, done.stdout + done.stderr
    return " ".join((done.stdout + done.stderr).split()), done.stdout


@pytest.fixture(scope="module")
def marked(buggy, released_class, source, tmp_path_factory):
    """Ann is right, Bob has the check's own mistake, Cem wrote nothing."""
    path = tmp_path_factory.mktemp("marked") / "autumn"
    shutil.copytree(released_class, path)
    folder = ClassFolder(path)
    handed_in = {
        "Ann": filled_in(source),
        "Bob": answered(filled_in(source), update_parameters=CLIPPED),
        "Cem": learner_copy(source),
    }
    for student, notebook in handed_in.items():
        assert cell(notebook, "update_parameters")
        for one in notebook.cells:
            one.source = one.source.replace("range(2001)", "range(41)")
        hand_in(folder, student, notebook)
    run("grade", path, "--seed", 11, root=buggy)
    return folder


def points(folder):
    return {(m.student_id, m.exercise): m.score for m in marks(folder, ASSIGNMENT)}


def test_a_check_is_fixed_and_the_marks_that_it_moves_are_shown_and_then_written(marked, buggy):
    path, before, had = marked.path, state(marked.path), points(marked)
    assert (had["Ann", "update_parameters"], had["Bob", "update_parameters"]) == (7, 10)
    assert "the same, 97 points" in run("verify", path, "Ann", ASSIGNMENT, root=buggy)[0]

    told, _ = run("grade", path)
    assert f"3 were marked before this changed: {WHY}. Nothing moves by itself" in told
    assert state(path) == before

    told, _ = run("verify", path, "Ann", ASSIGNMENT, code=15)
    assert "update_parameters (hidden): the record has 3, marking gives 6" in told
    assert told.endswith(f"not what it was: {WHY}.")

    told, shown = run("grade", path, "--regrade")
    cells = [[cell.strip() for cell in line.split("│")] for line in shown.splitlines()]
    assert [row for row in cells if len(row) == 5 and row[0]] == [
        ["Ann", "update_parameters", "7", "10", WHY],
        ["Bob", "update_parameters", "10", "7", WHY],
    ]
    assert "right. 8 hidden cases checked." in told  # what the check says now, to Ann
    assert "update_parameters: 1 up by 3 points in all, 1 down by 3 points in all." in told
    assert (
        "3 submissions were marked again; 2 marks move, of 2 submissions. Nothing is written."
        in told
    )
    assert state(path) == before

    run("grade", path, "--regrade", "--yes")
    now = points(marked)
    assert (now["Ann", "update_parameters"], now["Bob", "update_parameters"]) == (10, 7)
    assert {k: v for k, v in now.items() if k[1] != "update_parameters"} == {
        k: v for k, v in had.items() if k[1] != "update_parameters"
    }
    rows = zip(before[0]["grade"], gradebook_rows(path)["grade"], strict=True)
    assert sum(a != b for a, b in rows) == 2
    assert {one["seed"] for one in records(path).values()} == {11}
    assert ": the same, 97 points" in run("verify", path, "Bob", ASSIGNMENT)[0]
