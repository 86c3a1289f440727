"""What goes to students holds all they need and nothing that gives answers away."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import nbformat
import pytest
from conftest import ASSIGNMENT, ROOT, cell, hand_in
from resuming import pretending

from autograder.errors import NbgraderError, ReleaseError
from autograder.grading import marking
from autograder.grading import release as releasing
from autograder.grading.release import ASIDE, ZIP_NAME, release, scan
from autograder.grading.runs import WORK

BIN = Path(sys.executable).parent
LEARNERS_MODULES = (
    "calling", "check", "comparing", "contract", "diagnosis", "findings",
    "clock", "hints", "number_patterns", "patterns", "plain_data", "signatures", "traces",
)  # fmt: skip


@pytest.fixture
def unpacked(released_class, tmp_path):
    with zipfile.ZipFile(released_class / ZIP_NAME) as archive:
        assert archive.testzip() is None
        archive.extractall(tmp_path)
    return tmp_path / "autumn"


def test_the_zip_holds_the_whitelist_and_nothing_else(unpacked):
    names = {p.relative_to(unpacked).as_posix() for p in unpacked.rglob("*") if p.is_file()}
    assert {n for n in names if not n.startswith("figures/")} == {
        f"{ASSIGNMENT}.ipynb",
        "requirements.txt",
        "README.md",
        "dnn_utils.py",
        "opt_utils.py",
        "data_utils.py",
        "autograder/__init__.py",
        *(f"autograder/{name}.py" for name in LEARNERS_MODULES),
        "datasets/checks.h5",
    }
    assert len([n for n in names if n.startswith("figures/")]) == 11
    everything = b"".join((unpacked / name).read_bytes() for name in sorted(names))
    for forbidden in (b"BEGIN SOLUTION", b"BEGIN HIDDEN", b"W.T @ dZ", b"autograder.exercises"):
        assert forbidden not in everything


def test_the_learners_side_imports_nothing_of_the_answers(unpacked):
    code = (
        "import sys; sys.path.insert(0, '.'); import autograder.check as c;"
        "assert c.__file__.startswith(sys.argv[1]), c.__file__;"
        "c.stored_probes('linear_backward');"
        "ours = {m for m in sys.modules if m.startswith('autograder')};"
        "print(sorted(name.partition('.')[2] for name in ours - {'autograder'}));"
        "print(sorted({'IPython', 'nbgrader', 'nbformat', 'matplotlib'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(unpacked)],
        cwd=unpacked,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [str(sorted(LEARNERS_MODULES)), "[]"]


def test_the_zip_works_in_an_empty_folder(unpacked, right, tmp_path):
    """All answers written in, run by a real kernel in the folder, without a warning."""
    nbformat.write(right, unpacked / "mine.ipynb")
    done = subprocess.run(
        [BIN / "jupyter", "nbconvert", "--to", "notebook", "--execute", "--inplace", "mine.ipynb"],
        cwd=unpacked, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    notebook = nbformat.read(unpacked / "mine.ipynb", as_version=4)
    outputs = [o for c in notebook.cells for o in c.get("outputs", [])]
    assert [o for o in outputs if o.get("name") == "stderr" or o.output_type == "error"] == []
    said = "".join(o.get("text", "") for o in outputs)
    assert said.count(": right. ") == 10


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("answers.py", "x = 1", "not on the list"),
        ("step-by-step.md", "# source", "not on the list"),
        ("autograder/__pycache__/check.pyc", "x", "not on the list"),
        ("dnn_utils.py", "### BEGIN SOLUTION", "must not see: 'BEGIN SOLUTION'"),
    ],
)
def test_the_scan_refuses(released_class, tmp_path, name, text, reason):
    released = tmp_path / ASSIGNMENT
    shutil.copytree(released_class / "release" / ASSIGNMENT, released)
    scan(released, ASSIGNMENT)
    (released / name).parent.mkdir(exist_ok=True)
    (released / name).write_text(text)
    with pytest.raises(ReleaseError, match=reason):
        scan(released, ASSIGNMENT)


def test_the_scan_refuses_answers_and_outputs_in_the_notebook(released_class, tmp_path, right):
    released = tmp_path / ASSIGNMENT
    shutil.copytree(released_class / "release" / ASSIGNMENT, released)
    path = released / f"{ASSIGNMENT}.ipynb"
    clean = nbformat.read(path, as_version=4)
    nbformat.write(right, path)
    with pytest.raises(ReleaseError, match="must not see"):
        scan(released, ASSIGNMENT)
    code = next(c for c in clean.cells if c.cell_type == "code")
    code.outputs = [nbformat.v4.new_output("stream", text="x")]
    nbformat.write(clean, path)
    with pytest.raises(ReleaseError, match="has outputs"):
        scan(released, ASSIGNMENT)


def test_an_unlisted_file_in_source_stops_the_release(folder):
    (folder.path / "source" / ASSIGNMENT / "solutions.txt").write_text("x")
    with pytest.raises(ReleaseError, match=r"solutions\.txt is not on the list"):
        release(folder, [ASSIGNMENT])


def test_a_check_of_no_exercise_stops_the_release(folder):
    path = folder.path / "source" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    source = nbformat.read(path, as_version=4)
    hidden = cell(source, "hidden-linear_forward")
    before = hidden.source
    for wrong, told in (
        ("linear_fowrard", r"which is no exercise of the course\. Perhaps linear_forward is meant"),
        ("my_own", r"The cell hidden-linear_forward of .* checks 'my_own', which .* course\. Not"),
    ):
        hidden.source = before.replace('check("linear_forward"', f'check(  "{wrong}"')
        assert hidden.source != before
        nbformat.write(source, path)
        with pytest.raises(ReleaseError, match=told):
            release(folder, [ASSIGNMENT])
    hidden.source = f'{before}\nmy.check("x")\nmy_check("x")'
    nbformat.write(source, path)
    release(folder, [ASSIGNMENT])


def test_two_releases_are_byte_identical(folder):
    first = (folder.path / ZIP_NAME).read_bytes()
    assert release(folder, [ASSIGNMENT]).read_bytes() == first


def test_the_helper_files_in_the_zip_are_the_courses_own(unpacked):
    for name in (
        "dnn_utils.py",
        "opt_utils.py",
        "data_utils.py",
        "requirements.txt",
        "autograder/check.py",
    ):
        assert (unpacked / name).read_bytes() == (ROOT / name).read_bytes()


def everything(folder):
    """Give all that students got, by its place."""
    paths = [folder.path / ZIP_NAME, *(folder.path / "release").rglob("*")]
    return {path: path.read_bytes() for path in paths if path.is_file()}


def maxima(folder):
    with folder.gradebook() as gradebook:
        notebook = gradebook.find_notebook(ASSIGNMENT, ASSIGNMENT)
        return {cell.name: float(cell.max_score) for cell in notebook.grade_cells}


def spoil(folder):
    source = folder.path / "source" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    source.write_text(source.read_text(encoding="utf-8")[:-20], encoding="utf-8")


def lose_a_cell(folder):
    """Nbgrader takes that after marking for a mistake."""
    path = folder.path / "source" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    source = nbformat.read(path, as_version=4)
    source.cells.remove(cell(source, "check-linear_forward"))
    nbformat.write(source, path)


@pytest.mark.parametrize(
    ("change", "reason"), [(spoil, "JSON"), (lose_a_cell, "Cannot add or remove cells")]
)
def test_a_release_that_fails_leaves_the_one_there_is(folder, right, change, reason):
    hand_in(folder, "Ann", right)
    marking.grade(folder, [ASSIGNMENT], executor=pretending())
    before = everything(folder)
    change(folder)
    with pytest.raises(NbgraderError, match=rf"{reason}.*\. What was released before stays"):
        release(folder, [ASSIGNMENT])
    assert everything(folder) == before
    assert not (folder.path / WORK).exists()
    assert folder.released() == [ASSIGNMENT]


def test_a_release_that_is_refused_leaves_the_one_there_is(folder, monkeypatch):
    before, points = everything(folder), maxima(folder)
    path = folder.path / "source" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    source = nbformat.read(path, as_version=4)
    cell(source, "check-linear_forward").metadata.nbgrader.points = 19
    nbformat.write(source, path)
    with monkeypatch.context() as patch:
        patch.setattr(releasing, "FORBIDDEN", ("import numpy", ""))
        with pytest.raises(ReleaseError, match="must not see"):
            release(folder, [ASSIGNMENT])
    assert everything(folder) == before
    assert maxima(folder) == points
    release(folder, [ASSIGNMENT])
    assert maxima(folder) == points | {"check-linear_forward": 19.0}


def test_one_that_is_killed_between_two_renames_is_put_back(folder):
    before = everything(folder)
    aside = folder.path / ASIDE / ASSIGNMENT
    aside.parent.mkdir()
    (folder.path / "release" / ASSIGNMENT).rename(aside)
    spoil(folder)
    with pytest.raises(NbgraderError, match="What was released before stays"):
        release(folder, [ASSIGNMENT])
    assert everything(folder) == before
    assert not aside.parent.exists()
