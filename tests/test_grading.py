"""A class is marked rightly, whatever single students hand in."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from conftest import ASSIGNMENT, answered, cell, hand_in

from autograder.exercises import ASSIGNMENTS
from autograder.grading import marking
from autograder.grading.feedback import feedback
from autograder.grading.marks import export_csv, marks
from autograder.grading.records import load_record
from autograder.grading.regrading import regrade
from autograder.grading.runs import WORK

NAMES = [exercise.name for exercise in ASSIGNMENTS[ASSIGNMENT]]
BIN = Path(sys.executable).parent

EINSUM = """
def linear_forward(A, W, b):
    import sys, warnings
    print("in linear_forward")
    print("to stderr", file=sys.stderr)
    warnings.warn("take care")
    np.log(np.zeros(1))
    return np.einsum("ij,jk->ik", W, A) + b, (A, W, b)
"""
IN_PLACE = """
def update_parameters(params, grads, learning_rate):
    for key in params:
        params[key] -= learning_rate * grads["d" + key]
    return params
"""
STDERR_BEHIND_PYTHON = """
import os
def compute_cost(AL, Y):
    os.write(2, b"written past Python\\n")
    return -np.mean(Y * np.log(AL) + (1 - Y) * np.log(1 - AL))
"""
ENDLESS = """
def linear_backward(dZ, cache):
    while True:
        pass
"""
DIES = """
def linear_backward(dZ, cache):
    import os
    os._exit(0)
"""
PEEKS = """
def linear_backward(dZ, cache):
    import sys
    if "autograder.exercises" in sys.modules:
        return sys.modules["autograder.exercises"].EXERCISES["linear_backward"].reference(dZ, cache)
    from autograder.exercises import EXERCISES
    return EXERCISES["linear_backward"].reference(dZ, cache)
"""
SYNTAX_ERROR = """
def linear_backward(dZ, cache)
    return 1
"""


def total(folder, student):
    return sum(m.score or 0 for m in marks(folder, ASSIGNMENT) if m.student_id == student)


def by_exercise(folder, student):
    return {m.exercise: m for m in marks(folder, ASSIGNMENT) if m.student_id == student}


def stripped(notebook):
    for one in notebook.cells:
        one.metadata = nbformat.from_dict({})
    return notebook


def without(notebook, *grade_ids):
    gone = [cell(notebook, grade_id) for grade_id in grade_ids]
    notebook.cells = [c for c in notebook.cells if all(c is not g for g in gone)]
    return notebook


def doubled(notebook, grade_id):
    at = next(i for i, c in enumerate(notebook.cells) if c is cell(notebook, grade_id))
    twin = nbformat.from_dict(notebook.cells[at])
    twin.id = f"{twin.id}-twin"
    notebook.cells.insert(at + 1, twin)
    return notebook


def moved_first(notebook, grade_id):
    one = cell(notebook, grade_id)
    notebook.cells = [one, *(c for c in notebook.cells if c is not one)]
    return notebook


def points_raised(notebook):
    cell(notebook, "check-linear_forward").metadata.nbgrader.points = 400
    cell(notebook, "check-linear_forward").source = "4.0"
    return notebook


@pytest.fixture(scope="module")
def marked(released_class, tmp_path_factory, source):
    """One class with everything in it, marked once."""
    import shutil

    from autograder.building.notebooks import filled_in, learner_copy
    from autograder.grading.classroom import ClassFolder

    path = tmp_path_factory.mktemp("marked") / "autumn"
    shutil.copytree(released_class, path)
    config = path / "nbgrader_config.py"
    config.write_text(config.read_text().replace("seconds_per_cell = 30", "seconds_per_cell = 8"))
    folder = ClassFolder(path)
    right, blank = (lambda: filled_in(source)), (lambda: learner_copy(source))
    styles = answered(
        right(),
        linear_forward=EINSUM,
        update_parameters=IN_PLACE,
        compute_cost=STDERR_BEHIND_PYTHON,
    )
    content = {
        "O'Hara, Ann": right(),
        "Ünï 学生": styles,
        "blank": blank(),
        "cut": "{" + "x" * 100,
        "latin": b"{}" + b"\xff\xfe\xe9",
        "empty": "",
        "no-notebook-json": "[1, 2]",
        "deep": "[" * 100_000,
        "doubled": doubled(doubled(right(), "linear_forward"), "check-linear_backward"),
        "deleted": without(right(), "check-linear_backward", "hidden-compute_cost"),
        "deleted-exercise": without(right(), "linear_backward"),
        "stripped": stripped(right()),
        "moved": moved_first(right(), "check-linear_backward"),
        "raised": points_raised(right()),
        "endless": answered(right(), linear_backward=ENDLESS),
        "dies": answered(right(), linear_backward=DIES),
        "peeks": answered(right(), linear_backward=PEEKS),
        "syntax": answered(right(), linear_backward=SYNTAX_ERROR),
        "no [brackets]": right(),
    }
    for student, one in content.items():
        hand_in(folder, student, one)
    renamed = hand_in(folder, "renamed", right())
    renamed.rename(renamed.with_name("Kopie von final.ipynb"))
    two = hand_in(folder, "two", right())
    two.rename(two.with_name("a.ipynb"))
    hand_in(folder, "two", right()).rename(two.with_name("b.ipynb"))
    hand_in(folder, "no-notebook", right()).unlink()
    (path / "submitted" / "folder-only").mkdir()
    with folder.gradebook() as gradebook:
        gradebook.update_or_create_student("absent")
    records = []
    kept = marking.grade(folder, [ASSIGNMENT], seed=7, on_marked=records.append)
    assert [(r.student, r.state) for r in kept] == sorted((r.student, r.state) for r in records)
    return folder, {record.student: record for record in records}


def test_right_answers_in_any_style_have_100_and_a_question(marked):
    folder, records = marked
    for student in ("O'Hara, Ann", "Ünï 学生"):
        assert total(folder, student) == 100
        assert records[student].state == "graded"
        question = by_exercise(folder, student)["why-one-over-m"]
        assert (question.score, question.status) == (None, "needs a human")


def test_blank_has_0_and_says_so(marked):
    folder, records = marked
    assert total(folder, "blank") == 0
    assert {m.status for m in by_exercise(folder, "blank").values()} == {"blank"}
    assert records["blank"].state == "graded"
    told = records["blank"].exercises["linear_backward"]["visible"]
    assert told.startswith("linear_backward is not written yet")


@pytest.mark.parametrize(
    ("student", "state", "reason"),
    [
        ("cut", "needs a human", "is not valid JSON (line 1"),
        ("latin", "needs a human", "is not UTF-8 text (byte 2)"),
        ("empty", "needs a human", "is empty (0 bytes)"),
        ("no-notebook-json", "needs a human", "is JSON, but not a notebook"),
        ("deep", "needs a human", "is JSON that can't be read"),
        ("two", "needs a human", "Which of these is step-by-step.ipynb? a.ipynb, b.ipynb"),
        ("no [brackets]", "needs a human", "Rename the student's folder"),
        ("no-notebook", "missing", "holds no notebook step-by-step.ipynb"),
        ("folder-only", "missing", "Nothing was handed in"),
        ("absent", "missing", "Nothing was handed in"),
        ("renamed", "graded", "was named Kopie von final.ipynb"),
        ("stripped", "graded", "found again by name and text"),
        ("doubled", "graded", "linear_forward, check-linear_backward were there more than once"),
        ("deleted", "graded", "hidden-compute_cost, check-linear_backward were missing"),
        ("deleted-exercise", "graded", "linear_backward was missing and was put back"),
        ("moved", "graded", "check-linear_backward stood before its exercise"),
        ("raised", "graded", "check-linear_forward was changed and was put back as released"),
        ("dies", "partly graded", "linear_backward: "),
        ("peeks", "graded", ""),
        ("endless", "partly graded", "linear_backward: not at an end after 2 seconds."),
        ("syntax", "graded", ""),
    ],
)
def test_every_submission_ends_in_a_stated_state(marked, student, state, reason):
    folder, records = marked
    record = records[student]
    assert (record.state, reason in record.reason) == (state, True), record.reason
    assert "\n" not in record.reason
    assert load_record(folder, student, ASSIGNMENT) == record


@pytest.mark.parametrize(
    "student", ["renamed", "stripped", "doubled", "deleted", "moved", "raised"]
)
def test_what_can_be_put_right_costs_nothing(marked, student):
    assert total(marked[0], student) == 100


@pytest.mark.parametrize("student", ["endless", "syntax", "peeks", "deleted-exercise"])
def test_one_broken_exercise_leaves_those_that_do_not_need_it_alone(marked, student):
    scores = {name: mark.score for name, mark in by_exercise(marked[0], student).items()}
    assert scores["linear_backward"] == 0
    assert [scores[name] for name in NAMES if name != "linear_backward"] == [10] * 9


def test_what_ends_python_costs_its_own_exercise_only(marked):
    scores = {name: mark.score for name, mark in by_exercise(marked[0], "dies").items()}
    assert scores["linear_backward"] == 0
    assert [scores[name] for name in NAMES if name != "linear_backward"] == [10] * 9


def test_unread_and_missing_marks_differ(marked):
    folder, _ = marked
    assert {(m.score, m.status) for m in by_exercise(folder, "cut").values()} == {
        (None, "needs a human")
    }
    assert {(m.score, m.status) for m in by_exercise(folder, "absent").values()} == {
        (0.0, "missing")
    }


def test_nothing_that_was_handed_in_is_changed(marked, source):
    from autograder.building.notebooks import filled_in, to_json

    folder, _ = marked
    path = folder.path / "submitted" / "O'Hara, Ann" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    assert path.read_text(encoding="utf-8") == to_json(filled_in(source))
    assert not (folder.path / WORK).exists()


def test_the_csv_has_a_row_for_each_student_and_exercise(marked, tmp_path):
    folder, records = marked
    number = export_csv(folder, [ASSIGNMENT], tmp_path / "marks.csv")
    with (tmp_path / "marks.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == [
        "student_id", "assignment", "exercise", "score", "max_score", "status", "mistake",
    ]  # fmt: skip
    assert len(rows) == number == len(records) * 11
    assert {row["student_id"] for row in rows} == set(records)
    assert {row["status"] for row in rows} == {
        "graded", "blank", "needs a human", "missing",
    }  # fmt: skip
    right = [r for r in rows if r["student_id"] == "Ünï 学生" and r["exercise"] in NAMES]
    assert [(float(r["score"]), float(r["max_score"])) for r in right] == [(10, 10)] * 10


def test_feedback_pages_speak_and_keep_hidden_numbers(marked):
    folder, _ = marked
    pages = feedback(folder, [ASSIGNMENT], jobs=2)
    assert len(pages) == len(list((folder.path / "autograded").glob(f"*/{ASSIGNMENT}"))) > 10
    text = next(p for p in pages if "blank" in str(p)).read_text(encoding="utf-8")
    assert "linear_backward is not written yet" in text
    assert "figures/overview.svg" in text
    assert (pages[0].parent / "figures" / "overview.svg").is_file()


def test_nbgrader_by_hand_gives_the_same_scores(folder, right, blank):
    wrong = answered(
        right, linear_backward=IN_PLACE.replace("update_parameters", "linear_backward")
    )
    handed = {
        "blank": blank,
        "right": right,
        "wrong": wrong,
        "stripped": stripped(nbformat.from_dict(right)),
    }
    for student, notebook in handed.items():
        hand_in(folder, student, notebook)
    marking.grade(folder, [ASSIGNMENT])
    ours = {student: total(folder, student) for student in handed}
    done = subprocess.run(
        [BIN / "nbgrader", "autograde", ASSIGNMENT, "--force"],
        cwd=folder.path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert {student: total(folder, student) for student in handed} == ours
    assert (ours["blank"], ours["right"], ours["stripped"]) == (0, 100, 100)
    assert ours["wrong"] < 100
    assert load_record(folder, "right", ASSIGNMENT).state == "graded"


def test_marks_given_by_hand_survive_another_run(folder, right):
    hand_in(folder, "Ann", right)
    marking.grade(folder, [ASSIGNMENT])
    with folder.gradebook() as gradebook:
        grade = gradebook.find_grade("why-one-over-m", ASSIGNMENT, ASSIGNMENT, "Ann")
        grade.manual_score, grade.needs_manual_grade = 4.0, False
        gradebook.db.commit()
    assert by_exercise(folder, "Ann")["why-one-over-m"].score == 4
    marking.grade(folder, [ASSIGNMENT], student="Ann")
    question = by_exercise(folder, "Ann")["why-one-over-m"]
    assert (question.score, question.status) == (4, "graded")


def test_a_seed_repeats_the_probes(folder, right):
    hand_in(folder, "Ann", right)
    [first] = marking.grade(folder, [ASSIGNMENT], seed=11)
    assert first.seed == 11
    done = regrade(folder, [ASSIGNMENT], everything=True, write=True)
    assert load_record(folder, "Ann", ASSIGNMENT).seed == done.seed != 11


def test_own_files_beside_the_notebook_do_not_get_in_the_way(folder, right):
    """A whole folder is often handed in, the learner's checks included."""
    path = hand_in(folder, "Ann", right)
    (path.parent / "autograder").mkdir()
    (path.parent / "autograder" / "__init__.py").write_text("raise SystemExit")
    (path.parent / "dnn_utils.py").write_text("raise SystemExit")
    (path.parent / "secret").symlink_to("/etc/passwd")
    marking.grade(folder, [ASSIGNMENT])
    assert total(folder, "Ann") == 100
    executed = folder.path / "autograded" / "Ann" / ASSIGNMENT
    assert not (executed / "secret").exists()
    assert json.loads((executed / f"{ASSIGNMENT}.ipynb").read_text(encoding="utf-8"))
