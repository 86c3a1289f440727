"""`autograder watch`: submissions are marked as they land, and nothing stops it."""

from __future__ import annotations

import gc
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from functools import partial
from itertools import pairwise

import psutil
import pytest
from click.testing import CliRunner
from conftest import ASSIGNMENT, ROOT, answered, hand_in
from resuming import pretending
from resuming import state as class_state

from autograder.building.notebooks import filled_in, learner_copy
from autograder.cli import main
from autograder.errors import AutograderError, ClusterError
from autograder.grading import marking, masters
from autograder.grading.classroom import CONFIG_NAME
from autograder.grading.feedback import feedback
from autograder.grading.masters import Masters
from autograder.grading.prepare import read_master
from autograder.grading.runs import locked
from autograder.grading.watching import Watch


class Stop(Exception):
    """Ends a watch, as Ctrl-C does."""


class Watched:
    """A watch in which a test does something each time that the watch waits."""

    def __init__(self, folder, monkeypatch, then, executor=None, **options):
        self.lines, self.told, self.looks = [], [], 0
        self.steps = list(then)
        monkeypatch.setattr("autograder.grading.watching.sleep", self.wait)
        self.opened = self.closed = 0
        place = partial(self.place, executor or pretending(), options.pop("jobs", 1))
        self.watch = Watch(
            folder, place, (), self.lines.append, self.told.append,
            quiet=options.pop("quiet", 0), seed=7, **options,
        )  # fmt: skip

    @contextmanager
    def place(self, executor, jobs):
        self.opened += 1
        yield executor, jobs
        self.closed += 1

    def wait(self, seconds):
        self.looks += 1
        self.pause = seconds
        if not self.steps:
            raise Stop
        step = self.steps.pop(0)
        if step:
            step()

    def run(self):
        with pytest.raises(Stop):
            self.watch.run()
        return [(done.record.student, done.record.state) for done in self.lines]


def counting(started):
    """Make an executor that notes each start of what runs notebooks."""

    @contextmanager
    def executor(folder):
        started.append(1)
        with pretending()(folder) as execute:
            yield execute

    return executor


def test_each_is_marked_once_as_it_lands_by_what_stays_warm(folder, source, monkeypatch):
    right, blank = filled_in(source), learner_copy(source)
    hand_in(folder, "first", right)
    hand_in(folder, "before", blank)
    marking.grade(folder, [ASSIGNMENT], student="before", seed=7, executor=pretending())
    started = []
    steps = [
        None,
        lambda: hand_in(folder, "second", blank),
        lambda: hand_in(folder, "first", blank),
        lambda: hand_in(folder, "broken", "{"),
        lambda: shutil.rmtree(folder.path / "submitted" / "second"),  # for grade to take back
        None,
    ]
    watched = Watched(folder, monkeypatch, steps, counting(started))
    assert watched.run() == [
        ("first", "graded"), ("second", "graded"), ("first", "graded"),
        ("broken", "needs a human"),
    ]  # fmt: skip
    assert started == [1]
    assert watched.told == []
    points = {done.record.student: (done.points, done.of) for done in watched.lines}
    with folder.gradebook() as gradebook:
        first = gradebook.find_submission(ASSIGNMENT, "first")
        assert points["first"] == (first.score, first.max_score) == (first.score, 105)
    assert points["broken"] == (None, None)


def test_it_leaves_what_grade_leaves(folder, source, monkeypatch, tmp_path):
    for student, notebook in (("one", filled_in(source)), ("two", learner_copy(source))):
        hand_in(folder, student, notebook)
    (folder.path / "submitted" / "one" / ASSIGNMENT / "own.csv").write_text("1,2")
    shutil.copytree(folder.path, tmp_path / "graded" / "autumn")
    graded = type(folder)(tmp_path / "graded" / "autumn")
    marking.grade(graded, [ASSIGNMENT], seed=7, executor=pretending())
    Watched(folder, monkeypatch, [None], jobs=2).run()
    assert class_state(folder.path) == class_state(graded.path)
    assert not (folder.path / ".autograder" / "work").exists()


def test_the_class_is_free_in_between_and_waited_for_once(folder, right, monkeypatch):
    hand_in(folder, "one", right)
    held = []

    def hold():
        held.append(locked(folder, "releasing for"))
        held[0].__enter__()
        hand_in(folder, "two", right)

    def let_go():
        held[0].__exit__(None, None, None)

    def pages():
        assert len(feedback(folder, [ASSIGNMENT])) == 1

    watched = Watched(folder, monkeypatch, [pages, hold, None, None, let_go, None])
    assert watched.run() == [("one", "graded"), ("two", "graded")]
    waiting, going_on = watched.told
    assert waiting.startswith(f"Another run is releasing for this class (pid {os.getpid()}")
    assert going_on == "Going on."


def test_feedback_is_written_as_it_lands(folder, right, monkeypatch):
    hand_in(folder, "one", right)
    hand_in(folder, "broken", "{")
    watched = Watched(folder, monkeypatch, [], feedback=True)
    assert len(watched.run()) == 2
    pages = [str(p.relative_to(folder.path)) for p in folder.path.glob("feedback/*/*/*.html")]
    assert pages == [f"feedback/one/{ASSIGNMENT}/{ASSIGNMENT}.html"]


def test_a_gradebook_that_fails_for_a_while_is_waited_for(folder, right, monkeypatch):
    hand_in(folder, "one", right)
    book = folder.path / "gradebook.db"
    spoilt = "import sqlite3"

    def spoil():
        book.rename(folder.path / "aside.db")
        book.write_text(spoilt * 100)
        hand_in(folder, "two", right)

    def mend():
        assert watched.pause > watched.watch.pause  # no hurry
        (folder.path / "aside.db").replace(book)

    watched = Watched(folder, monkeypatch, [None, spoil, None, mend, None])
    assert watched.run() == [("one", "graded"), ("two", "graded")]
    assert "can't be used: file is not a database" in watched.told[0]
    assert watched.told[1:] == ["Going on."]


def test_what_a_late_plugin_does_to_one_stops_no_other(folder, right, monkeypatch):
    (folder.path / "own_plugin.py").write_text(
        "from nbgrader.plugins import BasePlugin\n"
        "class Own(BasePlugin):\n"
        "    def late_submission_penalty(self, student_id, score, total_seconds_late):\n"
        "        raise ValueError('no penalty for ' + student_id)\n"
    )
    with (folder.path / CONFIG_NAME).open("a") as file:
        file.write("c.AssignLatePenalties.plugin_class = 'own_plugin.Own'\n")
    with folder.gradebook() as gradebook:
        gradebook.update_or_create_assignment(ASSIGNMENT, duedate="2024-05-01")
    for student in ("a", "late", "z"):
        beside = hand_in(folder, student, right).parent
        if student == "late":
            (beside / "timestamp.txt").write_text("2024-05-02 10:00:00 UTC")
    watched = Watched(folder, monkeypatch, [None])
    assert watched.run() == [("a", "graded"), ("z", "graded")]
    [told] = watched.told
    assert told.startswith("late: The plugin for late submissions failed: ValueError")


def test_another_release_is_noticed(folder, right, monkeypatch):
    hand_in(folder, "one", right)
    reads = []

    def counted(*asked):
        reads.append(1)
        return read_master(*asked)

    monkeypatch.setattr(masters, "read_master", counted)
    path = folder.released_notebook(ASSIGNMENT)

    def release():
        told = json.loads(path.read_text())
        told["metadata"]["more"] = 1
        path.write_text(json.dumps(told))

    steps = [
        None,
        lambda: hand_in(folder, "two", right),
        release,
        lambda: hand_in(folder, "three", right),
        None,
        lambda: hand_in(folder, "four", right),
    ]
    watched = Watched(folder, monkeypatch, steps)
    assert [who for who, _ in watched.run()][:3] == ["one", "two", "three"]
    assert len(reads) == 2  # the second one for the other release


def test_masters_are_kept_until_something_changes(folder):
    kept = Masters(folder)
    with folder.gradebook() as gradebook:
        first, changed = kept.read(gradebook, ASSIGNMENT)
        assert (first, changed) == (read_master(folder, gradebook, ASSIGNMENT), False)
        same, changed = kept.read(gradebook, ASSIGNMENT)
        assert (same.released is first.released, changed) == (True, False)
        gradebook.update_or_create_assignment(ASSIGNMENT, duedate="2024-05-01")
        assert kept.read(gradebook, ASSIGNMENT)[1]
        (folder.path / "source" / ASSIGNMENT / "dnn_utils.py").write_text("")
        third, changed = kept.read(gradebook, ASSIGNMENT)
        assert (third.files["dnn_utils.py"], changed) == (b"", True)
        assert third == read_master(folder, gradebook, ASSIGNMENT)


def test_settings_that_change_end_it(folder, right, monkeypatch):
    def change():
        with (folder.path / CONFIG_NAME).open("a") as file:
            file.write("c.ExecuteAndJudge.seconds_per_cell = 3\n")
        hand_in(folder, "two", right)

    hand_in(folder, "one", right)
    watched = Watched(folder, monkeypatch, [change, None])
    with pytest.raises(AutograderError, match="start it again"):
        watched.watch.run()
    assert [done.record.student for done in watched.lines] == ["one"]


def test_settings_that_change_end_it_though_nothing_lands(folder, right, monkeypatch):
    def change():
        with (folder.path / CONFIG_NAME).open("a") as file:
            file.write("# another\n")

    watched = Watched(folder, monkeypatch, [None, change, None])
    with pytest.raises(AutograderError, match="start it again"):
        watched.watch.run()
    assert watched.lines == []


def test_more_than_a_batch_is_taken_in_turns(folder, blank, monkeypatch):
    monkeypatch.setattr("autograder.grading.watching.BATCH", 2)
    for number in range(5):
        hand_in(folder, f"student {number}", blank)
    free = []

    def look_whether_free():
        with locked(folder, "marking"):
            free.append(len(watched.lines))

    watched = Watched(folder, monkeypatch, [look_whether_free] * 3)
    assert [who for who, _ in watched.run()] == [f"student {n}" for n in range(5)]
    assert free == [2, 4, 5]


@pytest.mark.parametrize("names", [[ASSIGNMENT], []])
def test_without_a_release_it_says_so(folder, names):
    shutil.rmtree(folder.path / "release")
    result = CliRunner().invoke(main, ["watch", str(folder.path), *names])
    assert result.exit_code == 3
    assert f"Run: autograder release {folder.path} {ASSIGNMENT}" in result.stderr


START = "import sys; from autograder.cli import main; sys.exit(main(sys.argv[1:]))"


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_cleanly_when_asked_to(folder, right, how):
    """With the judge and feedback, as an instructor runs it."""
    hand_in(folder, "O'Hara, Ann", right)
    with subprocess.Popen(
        [sys.executable, "-c", START, "watch", str(folder.path), "--quiet", "0", "--jobs", "1"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT,
    ) as process:  # fmt: skip
        line = process.stdout.readline()
        judges = psutil.Process(process.pid).children(recursive=True)
        assert judges
        hand_in(folder, "blank", answered(right, linear_forward="while True: pass"))
        time.sleep(0.5)
        process.send_signal(how)
        rest, told = process.communicate(timeout=60)
    assert process.returncode == 0
    assert line.endswith(f"  O'Hara, Ann  {ASSIGNMENT}  100 of 105  graded\n")
    assert told.splitlines()[-1].endswith("  Stopped. Submissions marked: 1.")
    assert (rest, len(told.splitlines())) == ("", 2)
    gone, alive = psutil.wait_procs(judges, timeout=60)
    assert (len(gone), alive) == (len(judges), [])
    with locked(folder, "marking"):
        pass


def test_what_is_idle_for_long_is_given_back_and_had_again(folder, blank, monkeypatch):
    clock = [0.0]
    monkeypatch.setattr("autograder.grading.watching.monotonic", lambda: clock[0])
    seen = []

    def later(seconds):
        clock[0] += seconds
        seen.append((watched.opened, watched.closed))

    def land(student):
        hand_in(folder, student, blank)

    steps = [
        partial(later, 59), partial(later, 2), partial(later, 61), partial(land, "Ann"),
        partial(later, 59), partial(later, 2), partial(later, 0),
    ]  # fmt: skip
    watched = Watched(folder, monkeypatch, steps, idle=60)
    assert watched.run() == [("Ann", "graded")]
    assert seen == [(1, 0), (1, 0), (1, 1), (2, 1), (2, 1), (2, 2)]
    assert watched.closed == 2


@contextmanager
def gone_after(number, folder):
    """What runs notebooks, until the cluster is gone."""
    with pretending()(folder) as execute:
        left = iter(range(number))

        def one(*asked):
            if next(left, None) is None:
                raise ClusterError("The scheduler is gone.")
            execute(*asked)

        yield one


def test_a_cluster_that_is_gone_is_waited_for(folder, blank, monkeypatch):
    for student in ("Ann", "Bo", "Cy"):
        hand_in(folder, student, blank)
    there = [partial(gone_after, 1), None, partial(gone_after, 2)]

    @contextmanager
    def place():
        executor = there.pop(0)
        if executor is None:
            raise ClusterError("No scheduler can be reached.")
        yield executor, 1

    watched = Watched(folder, monkeypatch, [None] * 3)
    watched.watch.place = place
    assert watched.run() == [(student, "graded") for student in ("Ann", "Bo", "Cy")]
    assert watched.told == [
        "The scheduler is gone. Trying again every 15 seconds.",
        "No scheduler can be reached. Trying again every 15 seconds.",
        "Going on.",
    ]
    assert watched.pause < 15


def test_a_cluster_that_is_not_there_at_the_beginning_ends_it_in_one_line(folder):
    done = CliRunner().invoke(main, ["watch", str(folder.path), "--scheduler", "tcp://127.0.0.1:1"])
    assert done.exit_code == ClusterError.exit_code
    assert done.stderr.splitlines()[-1].startswith(
        "autograder: No Dask scheduler can be reached at tcp://127.0.0.1:1"
    )


def test_memory_stays_level(folder, blank, monkeypatch):
    """One submission at a time: what each leaves behind would be there 40 times at the end."""
    objects, memory, marked = [], [], []
    me = psutil.Process()

    def measure(number):
        marked.extend(done.record.state for done in watched.lines)
        watched.lines.clear()  # the test's own
        if number in (20, 60, 100):
            gc.collect()
            objects.append(len(gc.get_objects()))
            memory.append(me.memory_info().rss)
        hand_in(folder, "Ann", answered(blank, linear_forward=f"linear_forward = {number}"))

    steps = [partial(measure, number) for number in range(101)]
    watched = Watched(folder, monkeypatch, steps, jobs=2)
    watched.run()
    assert marked == ["graded"] * 100
    # One object for each submission would be 40; a cell, a row or a record is more than one.
    assert all(later - earlier < 40 for earlier, later in pairwise(objects))
    # A notebook is 200 kB and more in memory: 40 of them 8 MB, each time. The allocator takes
    # more for itself now and then, after other tests above all, but not twice.
    assert min(later - earlier for earlier, later in pairwise(memory)) < 4_000_000
    assert threading.active_count() < 10


def test_what_lies_in_the_wrong_place_is_told_once(folder, right, monkeypatch):
    submitted = folder.path / "submitted"

    def lay():
        (submitted / "paul").mkdir()
        (submitted / "paul" / f"{ASSIGNMENT}.ipynb").write_text("{}")
        hand_in(folder, "ida", right).parent.rename(submitted / "ida" / "Step-by-step")

    def mend():
        (submitted / "ida" / "Step-by-step").rename(submitted / "ida" / ASSIGNMENT)

    watched = Watched(folder, monkeypatch, [lay, None, mend, None])
    assert watched.run() == [
        ("ida", "needs a human"), ("paul", "needs a human"), ("ida", "graded"),
    ]  # fmt: skip
    reasons = [done.record.reason for done in watched.lines]
    assert reasons[0] == f"Found Step-by-step/: rename it to {ASSIGNMENT}/."
    assert reasons[1] == f"{ASSIGNMENT}.ipynb belongs one folder deeper, in {ASSIGNMENT}/."


def test_a_page_with_old_marks_goes_when_they_are_taken_back(folder, right, monkeypatch):
    page = folder.path / "feedback" / "Ann" / ASSIGNMENT / f"{ASSIGNMENT}.html"
    hand_in(folder, "Ann", right)
    there = []

    def spoil():
        there.append(page.is_file())
        hand_in(folder, "Ann", "{")

    watched = Watched(folder, monkeypatch, [None, spoil, None], feedback=True)
    assert watched.run() == [("Ann", "graded"), ("Ann", "needs a human")]
    assert (there, page.parent.exists()) == ([True], False)
