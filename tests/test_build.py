"""What the repository holds in generated form is what its sources give."""

from __future__ import annotations

import json
import re
import subprocess
import sys

import h5py
import nbformat
import numpy as np
import pytest
from conftest import ASSIGNMENT, ROOT, cell

from autograder import course
from autograder.building.build import build
from autograder.building.notebooks import learner_copy, read_source, to_json
from autograder.errors import SourceError
from autograder.exercises import ASSIGNMENTS
from autograder.findings import Contract

NAMES = [exercise.name for exercise in ASSIGNMENTS[ASSIGNMENT]]


@pytest.fixture(scope="module")
def rebuilt(tmp_path_factory):
    root = tmp_path_factory.mktemp("build")
    build(root)
    return root


def test_the_learners_notebook_is_byte_identical(rebuilt):
    name = f"notebooks/{ASSIGNMENT}.ipynb"
    assert (rebuilt / name).read_bytes() == (ROOT / name).read_bytes(), "run: autograder build"


def test_two_builds_of_the_checks_are_byte_identical(rebuilt, tmp_path):
    build(tmp_path)
    name = "datasets/checks.h5"
    assert (rebuilt / name).read_bytes() == (tmp_path / name).read_bytes()


def test_the_committed_checks_hold_the_numbers_of_this_build(rebuilt):
    """Numbers only to 1e-9: another processor may round the last digit differently."""

    def contents(path):
        found = {}
        with h5py.File(path) as h5:
            h5.visititems(lambda name, node: found.update({name: _content(node)}))
        return found

    def _content(node):
        attrs = {key: str(value) for key, value in node.attrs.items()}
        return attrs, node[()] if isinstance(node, h5py.Dataset) else None

    old, new = contents(course.CHECKS), contents(rebuilt / "datasets/checks.h5")
    assert old.keys() == new.keys(), "run: autograder build"
    for name, (attrs, value) in new.items():
        assert attrs == old[name][0], f"{name}; run: autograder build"
        # The packed signatures of known mistakes would show a last digit in every byte;
        # what they hold is read and compared in test_exercises.py.
        if isinstance(value, np.ndarray) and not name.endswith("/known"):
            np.testing.assert_allclose(old[name][1], value, rtol=1e-9, atol=1e-12, err_msg=name)


def test_no_jupytext_metadata_no_outputs_no_answers():
    text = (ROOT / "notebooks" / f"{ASSIGNMENT}.ipynb").read_text(encoding="utf-8")
    notebook = nbformat.reads(text, as_version=4)
    nbformat.validate(notebook)
    assert "jupytext" not in text
    assert not re.search(r"BEGIN (SOLUTION|HIDDEN|MARK)|hidden=True", text)
    assert all(not c.get("outputs") and not c.get("execution_count") for c in notebook.cells)
    for name in NAMES:
        assert "raise NotImplementedError" in cell(notebook, name).source
        assert cell(notebook, f"hidden-{name}").source.startswith("# Hidden checks")


def test_ids_and_points():
    notebook = json.loads((ROOT / "notebooks" / f"{ASSIGNMENT}.ipynb").read_text(encoding="utf-8"))
    graded = {
        c["metadata"]["nbgrader"]["grade_id"]: c
        for c in notebook["cells"]
        if "nbgrader" in c["metadata"]
    }
    assert all(c["id"] == grade_id for grade_id, c in graded.items())
    points = {k: c["metadata"]["nbgrader"].get("points") for k, c in graded.items()}
    for name in NAMES:
        assert points[name] is None
        assert (points[f"check-{name}"], points[f"hidden-{name}"]) == (4, 6)
    others = graded.keys() - {f"{p}{n}" for n in NAMES for p in ("", "check-", "hidden-")}
    assert {k: points[k] for k in others} == {"why-one-over-m": 5}


def test_each_exercise_has_its_ten_parts(source):
    """Opening, maths, figure, statement, exercise, hints, try it, check, hidden, recap."""
    order = [c.metadata.get("nbgrader", {}).get("grade_id", "") for c in source.cells]
    for number, name in enumerate(NAMES, start=1):
        at = order.index(name)
        opening, maths, figure, statement = source.cells[at - 4 : at]
        hints, try_it = source.cells[at + 1 : at + 3]
        recap = source.cells[at + 5]
        assert f"## {number}. {name}" in opening.source
        assert all(word in opening.source for word in ("You will do", "You will learn", "You need"))
        assert f"\\tag{{{number}.1}}" in maths.source
        assert "| name in code | symbol | shape |" in maths.source
        alt, path = re.search(r"!\[([^]]+)\]\((figures/\w+\.svg)\)", figure.source).groups()
        assert len(alt.split()) > 10
        assert (ROOT / "notebooks" / path).is_file()
        assert f"Exercise {number} · 10 points" in statement.source
        assert "**Input:**" in statement.source
        assert "**Output:**" in statement.source
        assert hints.source.count("<details>") == hints.source.count("</details>") == 3
        assert "___" in hints.source
        assert try_it.cell_type == "code"
        assert order[at + 3 : at + 5] == [f"check-{name}", f"hidden-{name}"]
        assert "**Why" in recap.source
        assert "](#" in recap.source


def test_no_hint_gives_the_line_away(source):
    for name in NAMES:
        lines = cell(source, name).source.splitlines()
        begin, end = (next(i for i, t in enumerate(lines) if w in t) for w in ("BEGIN S", "END S"))
        answer = [line.split("#")[0].strip() for line in lines[begin + 1 : end]]
        at = next(i for i, c in enumerate(source.cells) if c is cell(source, name))
        hints = source.cells[at + 1].source
        assert [line for line in answer if len(line) > 12 and line in hints] == []


def test_a_copied_cell_is_refused_in_one_line(tmp_path):
    text = (course.SOURCES / f"{ASSIGNMENT}.md").read_text(encoding="utf-8")
    path = tmp_path / f"{ASSIGNMENT}.md"
    path.write_text(text + '\n```python check="linear_forward"\n1\n```\n', encoding="utf-8")
    with pytest.raises(SourceError, match=r"has 2 cells 'check-linear_forward', not 1"):
        read_source(path)
    path.write_text(text.replace('check="linear_forward"', 'check="linear_foward"'))
    with pytest.raises(SourceError, match="'linear_foward' is no exercise"):
        read_source(path)


def test_the_release_by_nbgrader_is_the_learners_copy(released_class, blank):
    path = released_class / "release" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    released = nbformat.read(path, as_version=4)
    assert released.cells == blank.cells
    assert to_json(learner_copy(read_source(course.SOURCES / f"{ASSIGNMENT}.md"))) == to_json(blank)


def test_figures_are_what_their_script_draws():
    """Letter shapes may differ with matplotlib's version, so the drawing's text is compared."""
    script = ROOT / "notebooks" / "figures" / "draw_figures.py"
    done = subprocess.run(
        [sys.executable, str(script), "--check"], capture_output=True, text=True, check=False
    )
    if done.returncode:
        import matplotlib as mpl

        drawn_with = re.search(
            r"Matplotlib v([\d.]+)", (script.parent / "overview.svg").read_text(encoding="utf-8")
        )
        assert drawn_with is None or drawn_with[1] != mpl.__version__, done.stdout + done.stderr


def test_contract_survives_the_file():
    assert Contract("f", ("a",), ("b",)) == Contract("f", ("a",), ("b",), (), ())
