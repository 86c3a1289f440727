"""What the repository holds in generated form is what its sources give."""

from __future__ import annotations

import h5py
import nbformat
import numpy as np
import pytest
from conftest import ASSIGNMENT

from autograder import course
from autograder.building.build import build
from autograder.building.notebooks import learner_copy, read_source, to_json
from autograder.contract import Contract
from autograder.errors import SourceError
from autograder.exercises import ASSIGNMENTS

NAMES = [exercise.name for exercise in ASSIGNMENTS[ASSIGNMENT]]


@pytest.fixture(scope="module")
def rebuilt(tmp_path_factory):
    root = tmp_path_factory.mktemp("build")
    build(root)
    return root


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


def test_contract_survives_the_file():
    assert Contract("f", ("a",), ("b",)) == Contract("f", ("a",), ("b",), (), ())
