"""`autograder verify` marks once more by a receipt, and whatever was changed by hand shows."""

from __future__ import annotations

import hashlib
import json
import shutil
import sqlite3
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
import resuming
from click.testing import CliRunner
from conftest import ASSIGNMENT, answered, hand_in
from resuming import pretending

from autograder.building.notebooks import filled_in
from autograder.cli import main
from autograder.errors import Differs, NotVerifiable
from autograder.grading import keys, marking
from autograder.grading.classroom import ClassFolder
from autograder.grading.execute import RUN
from autograder.grading.records import saved_record, seal_of
from autograder.grading.verify import verify

DUE = datetime(2024, 1, 1)


@pytest.fixture(scope="module")
def template(released_class, source, tmp_path_factory):
    """Ann handed in two days late, Bob in time, Cem something else."""
    path = tmp_path_factory.mktemp("verified") / "autumn"
    shutil.copytree(released_class, path)
    with (path / "nbgrader_config.py").open("a") as file:
        file.write("c.AssignLatePenalties.plugin_class = 'lateness.OneADay'\n")
    (path / "lateness.py").write_text(
        "from nbgrader.plugins import LateSubmissionPlugin\n"
        "class OneADay(LateSubmissionPlugin):\n"
        "    def late_submission_penalty(self, student_id, score, seconds):\n"
        "        return seconds // 86400\n"
    )
    folder = ClassFolder(path)
    with folder.gradebook() as gradebook:
        gradebook.update_or_create_assignment(ASSIGNMENT, duedate=DUE)
    notebook = answered(filled_in(source), linear_forward="linear_forward = 5")
    late = hand_in(folder, "Ann", notebook).parent / "timestamp.txt"
    late.write_text(f"{DUE + timedelta(days=2)} UTC")
    hand_in(folder, "Bob", filled_in(source))
    hand_in(folder, "Cem", "{")
    marking.grade(folder, [ASSIGNMENT], seed=5, executor=pretending())
    return path


@pytest.fixture
def folder(template, tmp_path):
    shutil.copytree(template, tmp_path / "autumn")
    return ClassFolder(tmp_path / "autumn")


def checked(folder, student="Ann", executor=None):
    return verify(folder, student, ASSIGNMENT, executor or pretending())


def files(path):
    return {str(p): p.read_bytes() for p in path.rglob("*") if p.is_file()}


def test_what_is_as_it_was_is_the_same_and_nothing_is_written(folder):
    before = files(folder.path)
    told = checked(folder)
    assert files(folder.path) == before
    record = saved_record(folder, "Ann", ASSIGNMENT)
    total = sum(points or 0 for points in record.points.values())
    assert told == (
        f"Ann, {ASSIGNMENT}: the same, {total:g} points ({record.seal[:12]}, marked "
        f"{record.marked}, seed 5, isolation pretended); all it comes from is as it was."
    )
    assert checked(folder, "Bob").startswith(f"Bob, {ASSIGNMENT}: the same, ")


def test_a_receipt_says_what_a_mark_comes_from(folder):
    told = json.loads(record_path(folder).read_bytes())
    key = told["key"]
    assert set(key) == {
        "submission", "notebook", "settings", "engine", "checks", "environment",
    }  # fmt: skip
    assert key["checks"] == keys.checks(ASSIGNMENT)
    assert key["environment"]["Python"].count(".") == 2
    assert {"numpy", "h5py", "ipython", "matplotlib"} <= set(key["environment"])
    assert all(len(key[name]) == 64 for name in ("submission", "notebook", "settings", "engine"))
    assert (told["seed"], told["isolation"]) == (5, "pretended")
    when = datetime.fromisoformat(told["marked"])
    assert when.tzinfo == UTC
    assert abs(datetime.now(UTC) - when) < timedelta(hours=3)
    notebook = folder.path / "autograded" / "Ann" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    assert told["notebook"] == hashlib.sha256(notebook.read_bytes()).hexdigest()
    assert len(told["points"]) == 21


# --- what somebody changed -------------------------------------------------------------------


def record_path(folder, student="Ann"):
    return folder.path / ".autograder" / "records" / student / f"{ASSIGNMENT}.json"


def change_record(folder, change, sealed=False):
    told = json.loads(record_path(folder).read_bytes())
    change(told)
    if sealed:
        told["seal"] = seal_of(told)
    record_path(folder).write_text(json.dumps(told))


def sql(folder, statement):
    connection = sqlite3.connect(folder.path / "gradebook.db")
    with connection:
        assert connection.execute(statement).rowcount >= 1
    connection.close()


def change_notebook(folder, change, record_too):
    path = folder.path / "autograded" / "Ann" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    told = json.loads(path.read_bytes())
    change(told)
    path.chmod(0o644)
    path.write_text(json.dumps(told))
    if record_too:
        seen = hashlib.sha256(path.read_bytes()).hexdigest()
        change_record(folder, lambda record: record.update(notebook=seen), sealed=True)


def cell_of(notebook, name):
    cells = notebook["cells"]
    return next(c for c in cells if c["metadata"].get("nbgrader", {}).get("grade_id") == name)


def set_points(record):
    record["points"]["hidden-compute_cost"] = 99.0


def set_words(record):
    record["exercises"]["compute_cost"]["hidden"] = "compute_cost: right."


def set_output(notebook):
    cell_of(notebook, "hidden-compute_cost")["outputs"][0]["data"]["text/plain"] = "6.0"


def set_verdict(notebook):
    cell_of(notebook, "hidden-compute_cost")["metadata"]["autograder_verdict"]["points"] = 6.0


def set_answer(notebook):
    cell_of(notebook, "compute_cost")["source"] = "def compute_cost(): right"


HAVE_MORE = "UPDATE grade SET auto_score = auto_score + 1 WHERE id IN "
OF_ANN = (
    "SELECT g.id FROM grade g JOIN base_cell c ON c.id = g.cell_id"
    " JOIN submitted_notebook b ON b.id = g.notebook_id"
    " JOIN submitted_assignment s ON s.id = b.assignment_id"
    " WHERE s.student_id = 'Ann' AND c.name = 'hidden-compute_cost'"
)
TAMPERED = {
    "gradebook": (
        lambda f: sql(f, f"{HAVE_MORE} ({OF_ANN})"),
        "compute_cost (hidden): the gradebook has ",
    ),
    "gradebook, a grade gone": (
        lambda f: sql(f, f"DELETE FROM grade WHERE id IN ({OF_ANN})"),
        "compute_cost (hidden): the gradebook has no points, marking gives ",
    ),
    "penalty": (
        lambda f: sql(f, "UPDATE submitted_notebook SET late_submission_penalty = 0"),
        "late penalty: the gradebook has 0, it should be 2",
    ),
    "timestamp": (
        lambda f: sql(f, "UPDATE submitted_assignment SET timestamp = '2023-12-01 00:00:00'"),
        "the time of handing in is another one in the gradebook",
    ),
    "record": (lambda f: change_record(f, set_points), "its record was edited"),
    "record's time": (
        lambda f: change_record(f, lambda r: r.update(marked="2020-01-01T00:00:00+00:00")),
        "its record was edited",
    ),
    "record with its seal": (
        lambda f: change_record(f, set_points, sealed=True),
        "compute_cost (hidden): the record has 99, marking gives ",
    ),
    "record's words with its seal": (
        lambda f: change_record(f, set_words, sealed=True),
        "compute_cost: the record says something else",
    ),
    "record's seed with its seal": (
        lambda f: change_record(f, lambda r: r.update(seed=6), sealed=True),
        ": the record has ",
    ),
    "record's state with its seal": (
        lambda f: change_record(f, lambda r: r.update(state="partly graded"), sealed=True),
        "the record's state or reason is another one",
    ),
    "notebook": (
        lambda f: change_notebook(f, set_output, False),
        "autograded/ holds another notebook than was marked",
    ),
    "notebook gone": (
        lambda f: shutil.rmtree(f.path / "autograded" / "Ann"),
        "autograded/ holds another notebook than was marked",
    ),
    "output with record": (
        lambda f: change_notebook(f, set_output, True),
        "the executed notebook has other cells (compute_cost)",
    ),
    "verdict with record": (
        lambda f: change_notebook(f, set_verdict, True),
        "the executed notebook has other cells (compute_cost)",
    ),
    "answer with record": (
        lambda f: change_notebook(f, set_answer, True),
        "the executed notebook has other cells (compute_cost)",
    ),
}


@pytest.mark.parametrize("what", TAMPERED)
def test_what_was_changed_by_hand_is_found_and_named(folder, what):
    change, words = TAMPERED[what]
    change(folder)
    before = files(folder.path)
    with pytest.raises(Differs) as caught:
        checked(folder)
    assert files(folder.path) == before
    told = str(caught.value)
    assert told.startswith(f"Ann, {ASSIGNMENT} differs: ")
    assert words in told
    assert told.endswith("all it comes from is as it was.")
    assert "\n" not in told


def test_marks_given_by_hand_are_nobodys_fault(folder):
    with folder.gradebook() as gradebook:
        grade = gradebook.find_grade("hidden-compute_cost", ASSIGNMENT, ASSIGNMENT, "Ann")
        grade.manual_score = 1.0
        gradebook.db.commit()
    assert "1 given by hand not looked at;" in checked(folder)


# --- what changed on our side ----------------------------------------------------------------


def test_another_environment_is_named_and_the_same_marks_are_the_same(folder, monkeypatch):
    now = keys.environment() | {"numpy": "9.9"}
    was = keys.environment()["numpy"]
    monkeypatch.setattr(keys, "environment", lambda: now)
    assert checked(folder).endswith(f"; not what it was: numpy {was} → 9.9.")


def test_another_check_is_named_where_it_gives_other_marks(folder, monkeypatch):
    monkeypatch.setattr(resuming, "FIXED", {"compute_cost"})
    monkeypatch.setattr(keys, "checks", resuming.fixed_checks)
    with pytest.raises(Differs) as caught:
        checked(folder)
    assert "compute_cost (hidden): the record has " in str(caught.value)
    assert str(caught.value).endswith("; not what it was: the check of compute_cost.")


def test_another_isolation_is_said(folder):
    @contextmanager
    def elsewhere(folder):
        with pretending()(folder) as run:

            def other(nb, *about):
                run(nb, *about)
                nb.metadata[RUN]["isolation"] = "landlock"

            yield other

    assert "isolation landlock, before pretended);" in checked(folder, executor=elsewhere)


# --- what can't be verified ------------------------------------------------------------------


def no_receipt(folder):
    change_record(folder, lambda told: told.update(key="abc"))


def no_record(folder):
    record_path(folder).write_text('{"student": "An')


def strange_record(folder):
    change_record(folder, lambda told: told.update(points=[1]), sealed=True)


def unfinished(folder):
    change_record(folder, lambda told: told.update(unfinished=True), sealed=True)


def other_submission(folder):
    (folder.path / "submitted" / "Ann" / ASSIGNMENT / "notes.txt").write_text("more")


def submission_gone(folder):
    shutil.rmtree(folder.path / "submitted" / "Ann")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (no_receipt, "has no receipt: it was marked by an autograder that kept none."),
        (no_record, "has no record that can be read. Run: autograder grade "),
        (strange_record, "has no record that can be read. Run: autograder grade "),
        (unfinished, "is not marked to the end. Run: autograder grade "),
        (other_submission, "can't be verified: what was handed in is not what was marked."),
        (submission_gone, "can't be verified: what was handed in is not what was marked."),
    ],
)
def test_what_cannot_be_verified_says_why(folder, change, words):
    change(folder)
    before = files(folder.path)
    with pytest.raises(NotVerifiable) as caught:
        checked(folder)
    assert f"Ann, {ASSIGNMENT} {words}" in str(caught.value)
    assert files(folder.path) == before


def test_what_has_no_marks_has_none_to_verify(folder):
    with pytest.raises(NotVerifiable, match="Cem, step-by-step has no automatic marks: needs a"):
        checked(folder, "Cem")
    with pytest.raises(NotVerifiable, match="Nobody, step-by-step has no record"):
        checked(folder, "Nobody")


# --- the command, for real -------------------------------------------------------------------


def test_the_command_marks_for_real(released_class, right, tmp_path):
    shutil.copytree(released_class, tmp_path / "autumn")
    folder = ClassFolder(tmp_path / "autumn")
    for cell in right.cells:
        cell.source = cell.source.replace("range(2001)", "range(41)")
    hand_in(folder, "O'Hara, Ann", answered(right, linear_forward="linear_forward = 5"))
    marking.grade(folder, [ASSIGNMENT])

    def run():
        asked = ["verify", str(folder.path), "O'Hara, Ann", ASSIGNMENT]
        return CliRunner().invoke(main, asked)

    before = files(folder.path)
    same = run()
    assert same.exit_code == 0, same.output
    assert same.output.startswith(f"O'Hara, Ann, {ASSIGNMENT}: the same, 90 points (")
    assert files(folder.path) == before
    sql(folder, "UPDATE grade SET auto_score = 6 WHERE auto_score = 0")
    differs = run()
    assert differs.exit_code == 15
    [line] = differs.stderr.splitlines()
    assert "linear_forward (hidden): the gradebook has 6, marking gives 0" in line
    no_receipt_of = record_path(folder, "O'Hara, Ann")
    no_receipt_of.write_text(json.dumps(json.loads(no_receipt_of.read_bytes()) | {"key": "abc"}))
    assert run().exit_code == 16
