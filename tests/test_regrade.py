"""A check was fixed: whose marks move, by how much and why, and nothing moves by itself."""

from __future__ import annotations

import ast
import shutil
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import resuming
from click.testing import CliRunner
from conftest import answered, hand_in
from resuming import ASSIGNMENT, gradebook_rows, pretending, records, state

from autograder.building.notebooks import filled_in, read_source, to_json
from autograder.cli import main
from autograder.course import SOURCES
from autograder.errors import JudgeError
from autograder.exercises import EXERCISES
from autograder.grading import keys, marking
from autograder.grading.classroom import ClassFolder
from autograder.grading.intake import take_in
from autograder.grading.new_class import new_class
from autograder.grading.prepare import read_master
from autograder.grading.records import save_record, saved_record
from autograder.grading.regrading import BY_CHANCE, regrade
from autograder.grading.release import release
from autograder.grading.runs import RUN

FIXED = "linear_backward"
WHY = f"the check of {FIXED}"


class Counting:
    """An executor that remembers what it ran, and may fail."""

    def __init__(self):
        self.ran = []
        self.fail = None

    @contextmanager
    def __call__(self, folder):
        with pretending()(folder) as run:

            def counted(nb, assignment, files, seed):
                self.ran.append((assignment, seed))
                if self.fail:
                    raise self.fail
                run(nb, assignment, files, seed)

            yield counted


@pytest.fixture
def executor():
    return Counting()


@pytest.fixture(scope="module")
def template(released_class, source, tmp_path_factory):
    """Three students, each marked by other probes, one notebook that can't be read."""
    path = tmp_path_factory.mktemp("marked") / "autumn"
    shutil.copytree(released_class, path)
    folder = ClassFolder(path)
    for number, student in enumerate(("Ann", "Bob", "Cem")):
        notebook = answered(filled_in(source), linear_forward=f"linear_forward = {number}")
        hand_in(folder, student, notebook)
        marking.grade(folder, [ASSIGNMENT], student, seed=number, executor=pretending())
    hand_in(folder, "Dora", "{")
    marking.grade(folder, [ASSIGNMENT], executor=pretending())
    return path


@pytest.fixture
def marked(template, tmp_path):
    shutil.copytree(template, tmp_path / "autumn")
    return ClassFolder(tmp_path / "autumn")


@pytest.fixture
def look(marked, executor):
    """Regrade; give what came of it and what was told."""

    def run(**options):
        told = []
        names = options.pop("names", [ASSIGNMENT])
        done = regrade(marked, names, executor=executor, tell=told.append, **options)
        return done, told

    return run


@pytest.fixture
def fixed(monkeypatch):
    """Pretend that the check of one exercise was changed, marks included."""

    def fix(*names):
        monkeypatch.setattr(resuming, "FIXED", set(names))
        monkeypatch.setattr(keys, "checks", resuming.fixed_checks)

    return fix


def scores(folder):
    """Give automatic points by student and graded cell."""
    rows = [ast.literal_eval(row) for row in gradebook_rows(folder.path)["grade"]]
    return {(student, cell): auto for student, cell, _, auto, *_ in rows}


def moved_between(before, after):
    """Sum points up by student and exercise; give those that differ."""
    sums = {}
    for n, found in enumerate((before, after)):
        for (student, cell), auto in found.items():
            exercise = cell.partition("-")[2]
            exercise = exercise if exercise in EXERCISES else cell
            sums.setdefault((student, exercise), [0, 0])[n] += auto or 0
    return {where: tuple(both) for where, both in sums.items() if both[0] != both[1]}


def told(done):
    return {(m.student, m.exercise): (m.before, m.after) for m in done.moves}


# --- looking and writing ---------------------------------------------------------------------


def test_a_look_tells_what_moves_and_writes_nothing(marked, look, fixed, executor):
    fixed(FIXED)
    before, old = state(marked.path), scores(marked)
    seen = (marked.path / "gradebook.db").read_bytes()
    done, notes = look()
    assert (marked.path / "gradebook.db").read_bytes() == seen
    assert state(marked.path) == before
    assert not (marked.path / RUN).exists()
    assert (done.again, done.written, notes) == (3, False, [])
    assert executor.ran == [(ASSIGNMENT, seed) for seed in (0, 1, 2)]  # those each was marked by
    written, _ = look(write=True)
    assert len(executor.ran) == 3  # nothing is run again to be written
    assert told(written) == told(done) == moved_between(old, scores(marked))
    assert {move.exercise for move in done.moves} == {FIXED}
    assert {move.why for move in done.moves} == {WHY}
    for move in done.moves:
        points = dict(scores(marked))[move.student, f"hidden-{FIXED}"]
        assert move.says == f"{points:g} points"
    assert not (marked.path / ".autograder" / "regrade").exists()
    seeds = {name: one["seed"] for name, one in records(marked.path).items()}
    assert seeds == {"Ann": 0, "Bob": 1, "Cem": 2, "Dora": None}


def test_what_is_written_is_what_a_fresh_run_gives_and_the_rest_stays(marked, look, fixed):
    fixed(FIXED)
    before = state(marked.path)
    look(write=True, jobs=3)
    after = state(marked.path)
    rows = [(a, b) for a, b in zip(before[0]["grade"], after[0]["grade"], strict=True) if a != b]
    assert rows
    assert all(FIXED in a and FIXED in b for a, b in rows)
    assert {k: v for k, v in before[0].items() if k != "grade"} == {
        k: v for k, v in after[0].items() if k != "grade"
    }
    for name in ("Ann", "Bob", "Cem"):
        old, new = before[1][name], after[1][name]
        assert {e for e in EXERCISES if old["exercises"].get(e) != new["exercises"].get(e)} <= {
            FIXED
        }
    for number, student in enumerate(("Ann", "Bob", "Cem")):
        marking.grade(marked, [ASSIGNMENT], student, seed=number, executor=pretending())
    assert state(marked.path) == after


def test_nothing_touched_nothing_run(marked, look, executor):
    done, notes = look()
    assert (done.again, done.moves, executor.ran) == (0, [], [])
    assert notes == ["3 of 4 come from nothing that has changed since."]


def test_what_a_student_changed_is_left_to_another_run(marked, look, fixed, executor, right):
    fixed(FIXED)
    hand_in(marked, "Ann", right)
    hand_in(marked, "New", right)
    before = records(marked.path)["Ann"]
    done, notes = look(write=True)
    assert done.again == 2
    assert notes == [
        "2 are new, changed by the student or not marked to the end: autograder grade marks them."
    ]
    assert records(marked.path)["Ann"] == before
    executor.ran.clear()
    marking.grade(marked, [ASSIGNMENT], executor=executor)
    assert len(executor.ran) == 2


def test_one_assignment_is_touched_and_the_other_is_not(tmp_path, fixed):
    names = [ASSIGNMENT, "optimization"]
    folder = new_class(tmp_path / "autumn", names)
    release(folder, names)
    for name in names:
        path = folder.path / "submitted" / "Ann" / name / f"{name}.ipynb"
        path.parent.mkdir(parents=True)
        path.write_text(to_json(filled_in(read_source(SOURCES / f"{name}.md"))))
    executor = Counting()
    marking.grade(folder, names, seed=3, executor=executor)
    executor.ran.clear()
    fixed("update_lr")
    done = regrade(folder, names, executor=executor)
    assert executor.ran == [("optimization", 3)]
    assert {(m.assignment, m.exercise, m.why) for m in done.moves} == {
        ("optimization", "update_lr", "the check of update_lr")
    }


def test_what_was_looked_at_counts_only_as_long_as_nothing_changes_again(
    marked, look, fixed, executor
):
    fixed(FIXED)
    look()
    fixed(FIXED, "compute_cost")
    assert len(executor.ran) == 3
    fixed()
    assert look()[0].again == 0  # put back, so nothing is kept aside any more
    assert not (marked.path / ".autograder" / "regrade").exists()
    fixed(FIXED, "compute_cost")
    done, _ = look(write=True)
    assert len(executor.ran) == 6
    assert "compute_cost" in {move.exercise for move in done.moves}
    assert not (marked.path / ".autograder" / "regrade").exists()


def test_what_comes_out_otherwise_by_chance_is_told_apart(marked, look, fixed, monkeypatch):
    fixed(FIXED)
    seen = resuming.fixed_checks(ASSIGNMENT)
    monkeypatch.setattr(keys, "checks", lambda assignment: seen)
    resuming.FIXED.add("compute_cost")  # in its marks, and not in its check
    done, _ = look()
    whys = {(move.exercise, move.why) for move in done.moves}
    assert whys == {(FIXED, WHY), ("compute_cost", BY_CHANCE)}


def test_a_judge_that_fails_takes_no_mark_away(marked, look, fixed, executor):
    fixed(FIXED)
    before = state(marked.path)
    executor.fail = JudgeError("The judge's process ended.")
    done, _ = look(write=True)
    assert [record.student for record in done.failed] == ["Ann", "Bob", "Cem"]
    assert (done.moves, done.again) == ([], 0)
    for kind, old in zip(state(marked.path), before, strict=True):
        own = {k: v for k, v in old.items() if k != "Dora"}
        assert {k: v for k, v in kind.items() if k != "Dora"} == own
    executor.fail = None
    assert look(write=True)[0].again == 3


def test_marks_given_by_hand_stay_and_are_told(marked, look, fixed):
    with marked.gradebook() as gradebook:
        grade = gradebook.find_grade(f"hidden-{FIXED}", ASSIGNMENT, ASSIGNMENT, "Bob")
        grade.manual_score, grade.needs_manual_grade = 4.5, False
        gradebook.db.commit()
    fixed(FIXED)
    done, _ = look(write=True)
    assert {move.student for move in done.moves if move.by_hand} == {"Bob"}
    with marked.gradebook() as gradebook:
        grade = gradebook.find_grade(f"hidden-{FIXED}", ASSIGNMENT, ASSIGNMENT, "Bob")
        assert (grade.manual_score, grade.needs_manual_grade) == (4.5, True)


def test_a_penalty_that_moves_is_told(marked, look):
    due = datetime(2024, 1, 1)
    stamp = marked.path / "submitted" / "Ann" / ASSIGNMENT / "timestamp.txt"
    stamp.write_text(f"{due + timedelta(days=2)} UTC")
    (marked.path / "lateness.py").write_text(
        "from nbgrader.plugins import LateSubmissionPlugin\n"
        "class OneADay(LateSubmissionPlugin):\n"
        "    def late_submission_penalty(self, student_id, score, seconds):\n"
        "        return seconds // 86400\n"
    )
    with (marked.path / "nbgrader_config.py").open("a") as file:
        file.write("c.AssignLatePenalties.plugin_class = 'lateness.OneADay'\n")
    marking.grade(marked, [ASSIGNMENT], executor=pretending())
    with marked.gradebook() as gradebook:
        gradebook.update_or_create_assignment(ASSIGNMENT, duedate=due)
    before = gradebook_rows(marked.path)
    done, _ = look()
    [move] = done.moves
    assert (move.student, move.exercise, move.before, move.after) == ("Ann", "late penalty", 0, 2)
    assert move.why == "the assignment's notebook, files or due date"
    assert gradebook_rows(marked.path) == before
    look(write=True)
    with marked.gradebook() as gradebook:
        [book] = gradebook.find_submission(ASSIGNMENT, "Ann").notebooks
        assert book.late_submission_penalty == 2


def test_what_can_be_read_now_is_marked_and_told(marked, look, monkeypatch, right):
    """A submission that an earlier autograder could not read has no probes of its own."""
    path = hand_in(marked, "Dora", right)
    with marked.gradebook() as gradebook:
        master = read_master(marked, gradebook, ASSIGNMENT)
    old = saved_record(marked, "Dora", ASSIGNMENT)
    key = master.key_of("Dora", take_in(path.parent, ASSIGNMENT))
    save_record(marked, replace(old, key=key))
    monkeypatch.setattr(keys, "engine", lambda: "other")
    done, _ = look()
    mine = [move for move in done.moves if move.student == "Dora"]
    assert len(mine) == 10
    assert {move.before for move in mine} == {None}
    written, _ = look(write=True)
    assert told(written) == told(done)


# --- everything again ------------------------------------------------------------------------


def test_everything_again_is_shown_first_too_and_written_by_its_seed(marked, look, executor):
    before, old = state(marked.path), scores(marked)
    done, _ = look(everything=True)
    assert state(marked.path) == before
    assert {seed for _, seed in executor.ran} == {done.seed}
    assert {move.why for move in done.moves} == {"other probes"}
    written, _ = look(everything=True, seed=done.seed, write=True)
    assert len(executor.ran) == 3
    assert told(written) == told(done) == moved_between(old, scores(marked))
    assert {one["seed"] for one in records(marked.path).values()} == {done.seed, None}


# --- the command -----------------------------------------------------------------------------


def run(*arguments):
    return CliRunner().invoke(main, [str(one) for one in arguments])


@pytest.fixture
def in_command(monkeypatch, executor):
    """Let the command mark by the executor that pretends."""
    monkeypatch.setattr(marking, "judging", lambda folder, first=None: executor(folder))


def test_the_command_shows_and_then_writes(marked, fixed, in_command):
    fixed(FIXED)
    before, old = state(marked.path), scores(marked)
    shown = run("grade", marked.path, "--regrade")
    assert shown.exit_code == 0, shown.output
    assert state(marked.path) == before
    assert f"autograder grade {marked.path} {ASSIGNMENT} --regrade --yes" in " ".join(
        shown.output.split()
    )
    assert "Nothing is written." in shown.output
    written = run("grade", marked.path, "--regrade", "--yes")
    assert "It is written." in written.output
    moves = moved_between(old, scores(marked))
    assert moves
    by = [now - was for was, now in moves.values()]
    for result in (shown, written):
        rows = {}
        for line in result.output.splitlines():
            cells = [cell.strip() for cell in line.split("│")]
            if len(cells) == 5 and cells[0]:
                rows[cells[0], cells[1]] = tuple(map(float, cells[2:4]))
                assert cells[4] == WHY
        assert rows == moves
        assert f"autumn, {ASSIGNMENT}: marks that move" in result.output
        if up := [one for one in by if one > 0]:
            assert f"{len(up)} up by {sum(up):g} points in all" in result.output
        if down := [one for one in by if one < 0]:
            assert f"{len(down)} down by {-sum(down):g} points in all" in result.output
        number = "1 mark moves" if len(moves) == 1 else f"{len(moves)} marks move"
        assert f"{number}, of {len({student for student, _ in moves})} submission" in result.output
    again = run("grade", marked.path, "--regrade", "--yes")
    assert "0 submissions were marked again; no mark moves." in again.output
    assert "There is nothing to write." in again.output


@pytest.mark.parametrize("options", [["--yes"], ["--all"], ["--regrade", "--seed", "1"]])
def test_options_that_do_not_go_together(folder, options):
    result = run("grade", folder.path, *options)
    assert result.exit_code == 2
    assert "--regrade" in result.stderr
    assert "Traceback" not in result.stderr


def test_what_could_not_be_judged_gives_the_exit_code_of_a_human(
    marked, fixed, in_command, executor
):
    fixed(FIXED)
    executor.fail = JudgeError("The judge's process ended.")
    result = run("grade", marked.path, "--regrade")
    assert result.exit_code == 6
    assert "Could not be judged this time and stay as they are: Ann, Bob, Cem." in result.output
