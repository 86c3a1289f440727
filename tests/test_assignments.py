"""What holds for every assignment: as written, as built, filled in, as released, and marked."""

from __future__ import annotations

import json
import re
import subprocess
import sys

import nbformat
import pytest
from conftest import ROOT, cell, said_in
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbconvert.exporters import HTMLExporter

from autograder import course
from autograder.building.notebooks import filled_in, learner_copy, read_source, to_json
from autograder.exercises import ASSIGNMENTS
from autograder.grading import marking
from autograder.grading.marks import marks
from autograder.grading.new_class import new_class
from autograder.grading.release import release

NOTEBOOKS = list(ASSIGNMENTS)
ACTIONS = ("You will do", "You will learn", "You need")

every = pytest.mark.parametrize("assignment", NOTEBOOKS)


def source_of(assignment):
    return read_source(course.SOURCES / f"{assignment}.md")


def names_of(assignment):
    return [exercise.name for exercise in ASSIGNMENTS[assignment]]


def test_they_are_the_courses_in_its_order():
    assert tuple(course.assignments()) == tuple(NOTEBOOKS)


# --- as written and built --------------------------------------------------------------------


@every
def test_the_learners_notebook_is_what_the_source_gives(assignment):
    path = ROOT / "notebooks" / f"{assignment}.ipynb"
    text = path.read_text(encoding="utf-8")
    assert text == to_json(learner_copy(source_of(assignment))), "run: autograder build"
    notebook = nbformat.reads(text, as_version=4)
    nbformat.validate(notebook)
    assert "jupytext" not in text
    assert not re.search(r"BEGIN (SOLUTION|HIDDEN|MARK)|hidden=True|How to mark it", text)
    assert all(not c.get("outputs") and not c.get("execution_count") for c in notebook.cells)
    for name in names_of(assignment):
        assert "raise NotImplementedError" in cell(notebook, name).source
        assert cell(notebook, f"hidden-{name}").source.startswith("# Hidden checks")


@every
def test_ids_and_points(assignment):
    path = ROOT / "notebooks" / f"{assignment}.ipynb"
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    graded = {
        c["metadata"]["nbgrader"]["grade_id"]: c for c in cells if "nbgrader" in c["metadata"]
    }
    assert all(c["id"] == grade_id for grade_id, c in graded.items())
    points = {k: c["metadata"]["nbgrader"].get("points") for k, c in graded.items()}
    names = names_of(assignment)
    for name in names:
        assert points[name] is None
        assert (points[f"check-{name}"], points[f"hidden-{name}"]) == (4, 6)
    written = graded.keys() - {f"{p}{n}" for n in names for p in ("", "check-", "hidden-")}
    assert 1 <= len(written) <= 2
    assert {points[k] for k in written} == {5}
    whole = 10 * len(names) + 5 * len(written)
    said = "\n".join("".join(c["source"]) for c in cells)
    assert re.search(rf"\b{whole}\b", said), f"the text does not say that there are {whole} points"


@every
def test_each_exercise_has_its_ten_parts(assignment):
    """Opening, maths, figure, statement, exercise, hints, try it, check, hidden, recap."""
    source = source_of(assignment)
    order = [c.metadata.get("nbgrader", {}).get("grade_id", "") for c in source.cells]
    for number, name in enumerate(names_of(assignment), start=1):
        at = order.index(name)
        maths, figure, statement = (c.source for c in source.cells[at - 3 : at])
        # What is broken may be shown, and run, between the opening and the maths.
        opening = next(c.source for c in source.cells[at - 4 :: -1] if c.cell_type == "markdown")
        hints, try_it = source.cells[at + 1 : at + 3]
        recap = source.cells[at + 5].source
        assert f"## {number}. {name}" in opening
        assert all(word in opening for word in ACTIONS)
        assert f"\\tag{{{number}.1}}" in maths
        assert "| name in code | symbol | shape |" in maths
        alt, path = re.search(r"!\[([^]]+)\]\((figures/[\w-]+\.svg)\)", figure).groups()
        assert len(alt.split()) > 10
        assert (ROOT / "notebooks" / path).is_file()
        assert f"Exercise {number} · 10 points" in statement
        assert all(word in statement for word in ("**Input:**", "**Output:**"))
        assert hints.source.count("<details>") == hints.source.count("</details>") == 3
        assert "___" in hints.source
        assert try_it.cell_type == "code"
        assert order[at + 3 : at + 5] == [f"check-{name}", f"hidden-{name}"]
        assert "**Why" in recap
        assert "](#" in recap


@every
def test_no_hint_gives_the_line_away(assignment):
    source = source_of(assignment)
    for name in names_of(assignment):
        lines = cell(source, name).source.splitlines()
        begin, end = (next(i for i, t in enumerate(lines) if w in t) for w in ("BEGIN S", "END S"))
        answer = [line.split("#")[0].strip() for line in lines[begin + 1 : end]]
        at = next(i for i, c in enumerate(source.cells) if c is cell(source, name))
        hints = source.cells[at + 1].source
        assert [line for line in answer if len(line) > 12 and line in hints] == []


@pytest.mark.parametrize(
    "script", sorted((ROOT / "notebooks" / "figures").glob("draw_*.py")), ids=lambda p: p.stem
)
def test_figures_are_what_their_script_draws(script):
    """Letter shapes may differ with matplotlib's version; then only the text is compared."""
    import matplotlib as mpl

    done = subprocess.run(
        [sys.executable, str(script), "--check"], capture_output=True, text=True, check=False
    )
    figure = next(script.parent.glob("*overview.svg"))
    drawn_with = re.search(r"Matplotlib v([\d.]+)", figure.read_text(encoding="utf-8"))
    if drawn_with is None or drawn_with[1] == mpl.__version__:
        assert done.returncode == 0, done.stdout + done.stderr


def test_every_figure_is_used_and_drawn():
    folder = ROOT / "notebooks" / "figures"
    used = {f for name in NOTEBOOKS for f in course.FIGURE.findall(_text(name))}
    assert used == {f"figures/{path.name}" for path in folder.glob("*.svg")}
    build = (ROOT / "Makefile").read_text(encoding="utf-8")
    for script in folder.glob("draw_*.py"):
        assert script.name in build or "draw_*.py" in build


def _text(assignment):
    return (course.SOURCES / f"{assignment}.md").read_text(encoding="utf-8")


# --- in a kernel -----------------------------------------------------------------------------


@every
def test_filled_in_it_runs_without_a_warning_and_every_check_says_right(assignment, executed):
    ran = executed(assignment)
    outputs = [o for c in ran.cells for o in c.get("outputs", [])]
    assert [o for o in outputs if o.get("name") == "stderr" or o.output_type == "error"] == []
    assert said_in(ran).count(": right. ") == len(names_of(assignment))
    page, _ = HTMLExporter().from_notebook_node(ran)
    assert "No description has been provided for this image" not in page
    drawn = [o for o in outputs if "image/png" in o.get("data", {})]
    assert all(len(o["data"]["text/plain"].split()) > 10 for o in drawn)


@every
def test_as_released_it_runs_to_the_first_blank_and_says_so_in_words(assignment):
    blank = learner_copy(source_of(assignment))
    resources = {"metadata": {"path": str(ROOT / "notebooks")}}
    with pytest.raises(CellExecutionError, match="not written yet"):
        NotebookClient(blank, resources=resources).execute()


# --- marked ----------------------------------------------------------------------------------


def test_the_whole_course_is_marked_and_right_answers_have_full_marks(tmp_path):
    """Long cells are passed over, and nothing that is run hangs on them."""
    folder = new_class(tmp_path / "whole")
    release(folder, folder.assignments())
    for assignment in NOTEBOOKS:
        target = folder.path / "submitted" / "Ann" / assignment
        target.mkdir(parents=True)
        text = to_json(filled_in(source_of(assignment)))
        (target / f"{assignment}.ipynb").write_text(text, encoding="utf-8")
    records = marking.grade(folder, folder.assignments())
    assert [(r.assignment, r.state, r.reason) for r in records] == [
        (assignment, "graded", "") for assignment in NOTEBOOKS
    ]
    for assignment in NOTEBOOKS:
        found = {m.exercise: m.score for m in marks(folder, assignment)}
        assert {name: found[name] for name in names_of(assignment)} == dict.fromkeys(
            names_of(assignment), 10
        )
        path = folder.path / "autograded" / "Ann" / assignment / f"{assignment}.ipynb"
        outputs = [
            (c.source, o)
            for c in nbformat.read(path, as_version=4).cells
            for o in c.get("outputs", [])
        ]
        assert [pair for pair in outputs if pair[1].output_type == "error"] == []
