"""The learner's notebook in a real kernel, and by nbgrader's own validation."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from conftest import ASSIGNMENT, ROOT, answered
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

BIN = Path(sys.executable).parent


def run(notebook):
    NotebookClient(notebook, resources={"metadata": {"path": str(ROOT / "notebooks")}}).execute()
    return notebook


def test_filled_in_it_runs_without_a_warning_and_every_check_says_right(right):
    run(right)
    outputs = [o for c in right.cells for o in c.get("outputs", [])]
    assert [o for o in outputs if o.get("name") == "stderr" or o.output_type == "error"] == []
    said = "".join(o.get("text", "") for o in outputs)
    assert said.count(": right. ") == 10
    differences = [line.split()[-1] for line in said.splitlines() if "largest difference" in line]
    assert len(differences) == 6
    assert max(map(float, differences)) < 1e-7


def test_a_failed_check_shows_our_sentences_alone(right):
    wrong = """
def linear_forward(A, W, b):
    return np.dot(A.T, W.T).T, (A, W, b)
"""
    notebook = answered(right, linear_forward=wrong)
    notebook.cells = [
        c
        for c in notebook.cells
        if c.source.startswith(("import sys", "def linear_forward", 'check("linear_forward"'))
    ]
    with pytest.raises(CellExecutionError):
        run(notebook)
    [error] = [o for c in notebook.cells for o in c.get("outputs", []) if o.output_type == "error"]
    text = "\n".join(error.traceback)
    assert text.startswith("linear_forward is not right yet: 3 of 3 cases differ.")
    assert "Traceback" not in text
    assert "findings.py" not in text
    assert "comparing.py" not in text
    assert "check.py" not in text


@pytest.mark.parametrize(
    ("kind", "said"),
    [("right", "Success! Your notebook passes all the tests."), ("blank", "not written yet")],
)
def test_nbgrader_validate_agrees(kind, said, request, tmp_path):
    notebook = request.getfixturevalue(kind)
    path = tmp_path / f"{ASSIGNMENT}.ipynb"
    nbformat.write(notebook, path)
    done = subprocess.run(
        [BIN / "nbgrader", "validate", path],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert said in done.stdout, done.stdout + done.stderr
    if kind == "blank":
        # ten checks, and the written question
        assert done.stdout.count("The following cell failed") == 11
