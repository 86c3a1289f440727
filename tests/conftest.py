"""What the tests share: a class folder and people who hand in."""

from __future__ import annotations

import functools
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbformat import NotebookNode

from autograder import course
from autograder.building.notebooks import filled_in, learner_copy, read_source, to_json
from autograder.exercises import ASSIGNMENTS, EXERCISES
from autograder.grading.classroom import ClassFolder
from autograder.grading.new_class import new_class
from autograder.grading.release import release

ASSIGNMENT = "step-by-step"
NAMES = [exercise.name for exercise in ASSIGNMENTS[ASSIGNMENT]]
ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def source() -> NotebookNode:
    return read_source(course.SOURCES / f"{ASSIGNMENT}.md")


@pytest.fixture
def blank(source: NotebookNode) -> NotebookNode:
    return learner_copy(source)


@pytest.fixture
def right(source: NotebookNode) -> NotebookNode:
    return filled_in(source)


@pytest.fixture(scope="session")
def released_class(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("classes") / "autumn"
    folder = new_class(path, [ASSIGNMENT])
    release(folder, folder.assignments())
    return path


@pytest.fixture
def folder(released_class: Path, tmp_path: Path) -> ClassFolder:
    """A fresh copy of a released class."""
    shutil.copytree(released_class, tmp_path / "autumn")
    return ClassFolder(tmp_path / "autumn")


def cell(notebook: NotebookNode, grade_id: str) -> NotebookNode:
    return next(
        c for c in notebook.cells if c.metadata.get("nbgrader", {}).get("grade_id") == grade_id
    )


def hand_in(folder: ClassFolder, student: str, content: NotebookNode | bytes | str) -> Path:
    target = folder.path / "submitted" / student / ASSIGNMENT
    target.mkdir(parents=True, exist_ok=True)
    path = target / f"{ASSIGNMENT}.ipynb"
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif isinstance(content, str):
        path.write_text(content, encoding="utf-8")
    else:
        path.write_text(to_json(content), encoding="utf-8")
    return path


def answered(notebook: NotebookNode, **code: str) -> NotebookNode:
    """Give a copy of a notebook with other code in some exercise cells."""
    changed = nbformat.from_dict(notebook)
    for name, text in code.items():
        cell(changed, name).source = text.strip()
    return changed


def reference(name: str) -> Callable:
    return EXERCISES[name].reference


@pytest.fixture(scope="session")
def executed() -> Callable[[str], NotebookNode]:
    """Give an assignment's notebook, filled in and run in a real kernel, once a session."""

    @functools.cache
    def run(assignment: str) -> NotebookNode:
        notebook = filled_in(read_source(course.SOURCES / f"{assignment}.md"))
        resources = {"metadata": {"path": str(ROOT / "notebooks")}}
        # Threads that wait for each other are slow where other tests have the processors.
        env = os.environ | {"OPENBLAS_NUM_THREADS": "1"}
        return NotebookClient(notebook, resources=resources, timeout=300).execute(env=env)

    return run


def said_in(notebook: NotebookNode, beginning: str = "") -> str:
    """Give what was printed: by one code cell that holds a text, or by all of them."""
    cells = [c for c in notebook.cells if c.cell_type == "code" and beginning in c.source]
    assert not beginning or len(cells) == 1, f"{len(cells)} cells hold {beginning!r}"
    return "".join(o.get("text", "") for c in cells for o in c.outputs)
