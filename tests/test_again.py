"""What a second run marks: what is new, changed or unfinished, and nothing else."""

from __future__ import annotations

import json
import shutil
from contextlib import contextmanager
from datetime import datetime, timedelta

import pytest
import resuming
from conftest import answered, cell, hand_in
from resuming import ASSIGNMENT, autograded, gradebook_rows, pretending, records, state

from autograder.errors import NbgraderError
from autograder.grading import keys, marking
from autograder.grading.classroom import ClassFolder
from autograder.grading.gradebook import LatePenalties
from autograder.grading.marks import marks
from autograder.grading.records import load_record
from autograder.grading.regrading import regrade
from autograder.grading.runs import begin, finish
from autograder.grading.writer import ASIDE


class Counting:
    """An executor that remembers how often it ran, and may fail."""

    def __init__(self):
        self.runs = 0
        self.fail = None

    @contextmanager
    def __call__(self, folder):
        with pretending()(folder) as run:

            def counted(nb, assignment, files, seed):
                self.runs += 1
                self.files = files
                if self.fail:
                    raise self.fail
                run(nb, assignment, files, seed)

            yield counted


@pytest.fixture
def executor():
    return Counting()


@pytest.fixture
def grade(folder, executor):
    """Mark the class; give the number of executions and what was told."""

    def run(**options):
        before, told = executor.runs, []
        marking.grade(folder, [ASSIGNMENT], executor=executor, tell=told.append, **options)
        return executor.runs - before, told

    return run


@pytest.fixture
def again(folder, executor):
    """Regrade the class; give the number of executions and what was told."""

    def run(**options):
        before, told = executor.runs, []
        regrade(folder, [ASSIGNMENT], executor=executor, tell=told.append, **options)
        return executor.runs - before, told

    return run


@pytest.fixture
def three(folder, right, blank, grade):
    hand_in(folder, "Ann", right)
    hand_in(folder, "Bob", blank)
    hand_in(folder, "Cem", "{")
    (folder.path / "submitted" / "Dora").mkdir()
    assert grade() == (2, [])
    return folder


def test_nothing_changed_nothing_marked(three, grade):
    before = state(three.path)
    assert grade() == (0, ["2 of 4 were marked before and are unchanged."])
    assert state(three.path) == before


def test_new_and_changed_ones_are_marked_and_no_other(three, right, grade):
    before = records(three.path)
    hand_in(three, "Cem", right)
    hand_in(three, "Dora", right)
    assert grade()[0] == 2
    hand_in(three, "Bob", right)
    assert grade() == (1, ["3 of 4 were marked before and are unchanged."])
    assert records(three.path)["Ann"] == before["Ann"]
    (three.path / "submitted" / "Ann" / ASSIGNMENT / "notes.txt").write_text("beside it")
    assert grade()[0] == 1


def test_all_are_marked_again_where_that_is_asked_for_and_one_student_in_any_case(
    three, grade, again
):
    assert again(everything=True, write=True) == (2, [])
    before = records(three.path)
    assert grade(student="Ann") == (1, [])
    after = records(three.path)
    assert after["Ann"]["seed"] != before["Ann"]["seed"]
    assert after["Bob"] == before["Bob"]


def test_a_seed_that_is_asked_for_is_the_seed_of_all(three, grade):
    assert grade(seed=5)[0] == 2
    assert {records(three.path)[name]["seed"] for name in ("Ann", "Bob")} == {5}
    assert grade(seed=5)[0] == 0
    assert grade()[0] == 0
    assert grade(seed=6)[0] == 2


CHANGES = {
    "settings": "the class's settings",
    "course file": "the assignment's notebook, files or due date",
    "due date": "the assignment's notebook, files or due date",
    "checks": "the check of linear_backward",
    "engine": "autograder's judging",
    "environment": "numpy 2.0.0 → 2.0.1",
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_changed_on_our_side_moves_no_mark_by_itself(
    folder, right, blank, grade, again, change, monkeypatch
):
    monkeypatch.setattr(keys, "environment", lambda: {"numpy": "2.0.0"})
    for student, content in {"Ann": right, "Bob": blank, "Cem": "{"}.items():
        hand_in(folder, student, content)
    assert grade() == (2, [])
    three, before = folder, state(folder.path)
    if change == "settings":
        with (three.path / "nbgrader_config.py").open("a") as file:
            file.write("c.ExecuteAndJudge.seconds_per_cell = 5\n")
        del three.config
    elif change == "course file":
        (three.path / "source" / ASSIGNMENT / "dnn_utils.py").write_text("# new\n")
    elif change == "due date":
        with three.gradebook() as gradebook:
            gradebook.update_or_create_assignment(ASSIGNMENT, duedate=datetime(2030, 1, 1))
    elif change == "checks":
        monkeypatch.setattr(resuming, "FIXED", {"linear_backward"})
        monkeypatch.setattr(keys, "checks", resuming.fixed_checks)
    elif change == "engine":
        monkeypatch.setattr(keys, "engine", lambda: "other")
    else:
        monkeypatch.setattr(keys, "environment", lambda: {"numpy": "2.0.1"})
    told = [
        "2 of 3 were marked before and are unchanged.",
        f"Of these, 2 were marked before this changed: {CHANGES[change]}. Nothing moves by "
        "itself, so they stay; --regrade shows what would move.",
    ]
    assert grade() == (0, told)
    assert state(three.path) == before
    assert again(write=True) == (2, [])
    assert again(write=True) == (0, ["2 of 3 come from nothing that has changed since."])
    assert grade() == (0, told[:1])
    assert [r["seed"] for r in records(three.path).values()] == [
        r["seed"] for r in before[1].values()
    ]


def test_records_of_old_stay_and_get_a_receipt_by_a_regrade(three, grade, again):
    before = state(three.path)
    for path in (three.path / ".autograder" / "records").glob("*/*.json"):
        told = json.loads(path.read_bytes())
        for name in ("unfinished", "points", "marked", "seal"):
            del told[name]
        path.write_text(json.dumps(told | {"key": "abc"}))
    runs, told = grade()
    assert runs == 0
    assert "2 were marked before this changed: autograder itself, which kept no" in told[1]
    assert again(write=True)[0] == 2
    assert state(three.path) == before


def test_an_extension_marks_that_student_again(three, grade):
    with three.gradebook() as gradebook:
        gradebook.grant_extension(ASSIGNMENT, "Ann", days=2)
    assert grade()[0] == 1
    assert grade()[0] == 0


def test_what_nbgrader_marked_since_is_marked_again(three, grade):
    before = state(three.path)
    path = three.path / "autograded" / "Ann" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    path.chmod(0o644)
    path.write_text(path.read_text() + "\n")
    assert load_record(three, "Ann", ASSIGNMENT).key is None
    assert grade()[0] == 1
    assert state(three.path) == before  # by the same probes


def test_a_lost_folder_or_record_is_made_again(three, grade):
    before = state(three.path)
    seed = before[1]["Ann"]["seed"]
    shutil.rmtree(three.path / "autograded" / "Ann")
    record = three.path / ".autograder" / "records" / "Bob" / f"{ASSIGNMENT}.json"
    record.write_text('{"student": "Bo')
    assert grade(seed=seed)[0] == 2
    assert state(three.path) == before


def score(folder, student):
    own = [mark for mark in marks(folder, ASSIGNMENT) if mark.student_id == student]
    return sum(mark.score or 0 for mark in own), {mark.status for mark in own}


def give_by_hand(folder, student, points):
    with folder.gradebook() as gradebook:
        grade = gradebook.find_grade("why-one-over-m", ASSIGNMENT, ASSIGNMENT, student)
        grade.manual_score, grade.needs_manual_grade, grade.extra_credit = points, False, 0.5
        comment = gradebook.find_comment("why-one-over-m", ASSIGNMENT, ASSIGNMENT, student)
        comment.manual_comment = "Well said."
        gradebook.db.commit()


@pytest.mark.parametrize(
    ("content", "new_state", "auto"), [(None, "missing", 0.0), ("{", "needs a human", None)]
)
def test_marks_of_what_is_gone_are_taken_back_and_those_by_hand_stay(
    three, right, grade, content, new_state, auto
):
    give_by_hand(three, "Ann", 4.0)
    executed = autograded(three.path)
    before = gradebook_rows(three.path)
    path = three.path / "submitted" / "Ann" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    if content is None:
        shutil.rmtree(path.parent)
    else:
        path.write_text(content)
    assert grade()[0] == 0
    record = load_record(three, "Ann", ASSIGNMENT)
    assert (record.state, ASIDE in record.reason) == (new_state, True)
    assert score(three, "Ann")[0] == 4.5
    assert not (three.path / "autograded" / "Ann" / ASSIGNMENT).exists()
    aside = three.path / ASIDE / "Ann" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    assert aside.read_bytes() == executed[f"Ann/{ASSIGNMENT}/{ASSIGNMENT}.ipynb"]
    with three.gradebook() as gradebook:
        [book] = gradebook.find_submission(ASSIGNMENT, "Ann").notebooks
        assert {grade.auto_score for grade in book.grades} == {auto}
        assert {grade.needs_manual_grade for grade in book.grades} == {auto is None}
        assert [c.manual_comment for c in book.comments if c.manual_comment] == ["Well said."]
    assert grade()[0] == 0
    hand_in(three, "Ann", right)
    assert grade(seed=records(three.path)["Bob"]["seed"])[0] == 1
    assert not aside.exists()
    after = gradebook_rows(three.path)
    assert after["comment"] == before["comment"]
    # nbgrader wants a mark given by hand looked at when the rest was marked again.
    wanted = [row.replace("4.0, 0.5, 0)", "4.0, 0.5, 1)") for row in before["grade"]]
    assert after["grade"] == wanted


@pytest.mark.parametrize("content", [None, "{"])
def test_the_feedback_page_goes_with_the_marks_and_no_other(three, grade, content):
    for student in ("Ann", "Bob"):
        page = three.path / "feedback" / student / ASSIGNMENT / f"{ASSIGNMENT}.html"
        (page.parent / "figures").mkdir(parents=True)
        page.write_text("47 of 105")
        other = page.parent.parent / "two-apis"
        other.mkdir()
    path = three.path / "submitted" / "Ann" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    path.unlink() if content is None else path.write_text(content)
    assert grade()[0] == 0
    left = {str(p.relative_to(three.path / "feedback")) for p in three.path.glob("feedback/*/*")}
    assert left == {"Ann/two-apis", f"Bob/{ASSIGNMENT}", "Bob/two-apis"}
    assert page.read_text() == "47 of 105"


def test_what_could_not_be_judged_is_tried_again(folder, right, executor, grade):
    hand_in(folder, "Ann", right)
    executor.fail = RuntimeError("no \x1b[31mluck\nhere")
    assert grade()[0] == 1
    record = load_record(folder, "Ann", ASSIGNMENT)
    assert record.state == "needs a human"
    assert record.reason == "It could not be judged: RuntimeError: no luck here"
    executor.fail = None
    assert grade()[0] == 1
    assert load_record(folder, "Ann", ASSIGNMENT).state == "graded"


def test_what_is_nobodys_fault_ends_the_run_in_one_line(folder, right, executor, grade):
    hand_in(folder, "Ann", right)
    executor.fail = NbgraderError("no gradebook today")
    with pytest.raises(NbgraderError):
        grade()
    assert not (folder.path / ".autograder" / "work").exists()
    assert (folder.path / ".autograder" / "run.json").exists()


@pytest.mark.parametrize("plainly", [True, False])
def test_a_stopped_run_that_marked_all_again_goes_on_doing_so(
    three, executor, grade, again, plainly
):
    executor.fail = NbgraderError("stopped")
    with pytest.raises(NbgraderError):
        again(everything=True, write=True)
    begun = json.loads((three.path / ".autograder" / "run.json").read_bytes())
    executor.fail = None
    runs, told = grade() if plainly else again(everything=True, write=True)
    assert runs == 2
    assert records(three.path)["Ann"]["seed"] == begun[ASSIGNMENT]["seed"]
    assert told[0].startswith("Went on with the run begun at ")
    assert grade()[0] == 0


def test_late_ones_have_the_penalty_that_the_class_is_set_to(folder, right, grade):
    with (folder.path / "nbgrader_config.py").open("a") as file:
        file.write("c.AssignLatePenalties.plugin_class = 'lateness.OneADay'\n")
    (folder.path / "lateness.py").write_text(
        "from nbgrader.plugins import LateSubmissionPlugin\n"
        "class OneADay(LateSubmissionPlugin):\n"
        "    def late_submission_penalty(self, student_id, score, seconds):\n"
        "        return 1000 if student_id == 'later' else seconds // 86400\n"
    )
    due = datetime(2024, 1, 1)
    with folder.gradebook() as gradebook:
        gradebook.update_or_create_assignment(ASSIGNMENT, duedate=due)
    for student, days in {"in time": -1, "late": 2, "later": 3, "unknown": 0}.items():
        stamp = f"{due + timedelta(days=days)} UTC" if days else "the day before"
        (hand_in(folder, student, right).parent / "timestamp.txt").write_text(stamp)
    assert grade()[0] == 4
    with folder.gradebook() as gradebook:
        books = {s.student_id: s.notebooks[0] for s in gradebook.assignment_submissions(ASSIGNMENT)}
        assert books["in time"].late_submission_penalty is None
        assert books["late"].late_submission_penalty == 2
        assert books["later"].late_submission_penalty == books["later"].score
        assert books["unknown"].late_submission_penalty is None
        assert books["late"].assignment.timestamp == due + timedelta(days=2)
    assert "timestamp.txt holds no time" in load_record(folder, "unknown", ASSIGNMENT).reason


def test_each_class_has_the_plugin_of_its_own_folder(tmp_path):
    """Two classes in one process, each with its own `lateness.py`."""
    for days in (1, 2):
        path = tmp_path / f"class-{days}"
        path.mkdir()
        (path / "lateness.py").write_text(
            "from nbgrader.plugins import LateSubmissionPlugin\n"
            f"class PerDay(LateSubmissionPlugin):\n    cost = {days}\n"
        )
        (path / "nbgrader_config.py").write_text(
            "c = get_config()\nc.AssignLatePenalties.plugin_class = 'lateness.PerDay'\n"
        )
        assert LatePenalties(ClassFolder(path)).step.plugin_inst.cost == days


def test_own_files_stay_behind_the_courses(folder, right, executor, grade):
    path = hand_in(folder, "Ann", right).parent
    (path / "autograder").write_text("in the way of a folder")
    (path / "dnn_utils.py").mkdir()
    (path / "dnn_utils.py" / "x.txt").write_text("in the way of a file")
    (path / "data.csv").write_text("1,2")
    (path / "page.html").write_text("<script>")
    assert grade()[0] == 1
    source = folder.path / "source" / ASSIGNMENT
    for name in ("dnn_utils.py", "autograder/check.py"):
        assert executor.files[name] == (source / name).read_bytes()
    assert not {"autograder", "dnn_utils.py/x.txt"} & set(executor.files)
    assert executor.files["data.csv"] == b"1,2"
    made = folder.path / "autograded" / "Ann" / ASSIGNMENT
    assert (made / "data.csv").read_text() == "1,2"
    assert not (made / "page.html").exists()


def test_a_changed_answer_is_what_is_executed(folder, right, grade):
    hand_in(folder, "Ann", answered(right, linear_forward="linear_forward = 5"))
    grade()
    import nbformat

    path = folder.path / "autograded" / "Ann" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    executed = nbformat.read(path, as_version=4)
    assert cell(executed, "linear_forward").source == "linear_forward = 5"
    assert "hidden=True" in cell(executed, "hidden-linear_forward").source


def test_stopped_runs_of_two_assignments_do_not_mix(folder):
    first, _ = begin(folder, ["a", "b"], None, regrade=False, part=False)
    assert begin(folder, ["b"], None, regrade=False, part=False)[0] == first
    finish(folder, ["b"])
    other, remark = begin(folder, ["b", "c"], None, regrade=False, part=False)
    assert (other.seed != first.seed, remark) == (True, "")
    assert begin(folder, ["a"], None, regrade=False, part=True) == (first, "")
    assert begin(folder, ["a"], first.seed, regrade=False, part=False)[0] == first
    assert begin(folder, ["a"], None, regrade=True, part=False)[0] != first
    finish(folder, ["a", "b", "c"])
    assert not (folder.path / ".autograder" / "run.json").exists()
