"""A run may be killed at any moment: nothing is lost, nothing is half there, the next finishes."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner
from conftest import answered, hand_in
from resuming import ASSIGNMENT, assert_nothing_half_written, state

from autograder.building.notebooks import filled_in
from autograder.cli import main
from autograder.grading.classroom import ClassFolder
from autograder.grading.runs import locked

HERE = Path(__file__).parent
KEPT_FILES = {"dnn_utils.py", "overview.svg", f"{ASSIGNMENT}.ipynb"}
STUDENTS = [f"Student {number}" for number in range(12)]
SEED = 7


class Driver:
    """Processes that mark, to be killed."""

    def __init__(self, told: Path) -> None:
        self.told = told
        command = [sys.executable, "-W", "ignore", HERE / "resume_driver.py"]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=HERE.parent,
            env=os.environ | {"PYTHONPATH": f"{HERE.parent}{os.pathsep}{HERE}"},
        )  # fmt: skip

    def ask(self, **asked: object) -> int:
        print(json.dumps(asked), file=self.process.stdin, flush=True)
        return int(self.process.stdout.readline())

    def start(
        self, folder: ClassFolder, seconds: float = 0, kind: str = "run", **options: object
    ) -> int:
        deadly = options.pop("deadly", None)
        job = {"folder": str(folder.path), "seconds": seconds, "options": options}
        return self.ask(**{kind: job | {"told": str(self.told), "deadly": deadly}})

    def wait(self, pid: int) -> int:
        return self.ask(wait=pid)

    def run(self, folder: ClassFolder, seconds: float = 0, **options: object) -> int:
        return self.wait(self.start(folder, seconds, **options))

    def answer(self) -> dict:
        return json.loads(self.told.read_text())


@pytest.fixture(scope="module")
def driver(small_class, source, tmp_path_factory):
    one = Driver(tmp_path_factory.mktemp("driver") / "told.json")
    warm = copied(small_class, tmp_path_factory.mktemp("warm") / "autumn")
    hand_in(warm, "Ann", written(source, 0))
    assert one.start(warm, kind="warm") == 0
    yield one
    one.process.stdin.close()
    one.process.wait()
    one.process.stdout.close()


@pytest.fixture(scope="module")
def small_class(released_class, tmp_path_factory):
    """A class with few course files, so that there are few steps to be killed at."""
    path = tmp_path_factory.mktemp("small") / "autumn"
    shutil.copytree(released_class, path)
    for kind in ("source", "release"):
        for file in (path / kind / ASSIGNMENT).rglob("*"):
            if file.is_file() and file.name not in KEPT_FILES:
                file.unlink()
    return path


def copied(path, target):
    shutil.copytree(path, target)
    return ClassFolder(target)


def give_by_hand(folder, student, points):
    """Mark the written question as formgrader does."""
    with folder.gradebook() as gradebook:
        try:
            grade = gradebook.find_grade("why-one-over-m", ASSIGNMENT, ASSIGNMENT, student)
        except ValueError:
            return False
        grade.manual_score, grade.needs_manual_grade = points, False
        gradebook.db.commit()
        return True


def written(source, number):
    return answered(filled_in(source), linear_forward=f"linear_forward = {number}")


@pytest.fixture(scope="module")
def twelve(small_class, source, tmp_path_factory):
    folder = copied(small_class, tmp_path_factory.mktemp("twelve") / "autumn")
    for number, student in enumerate(STUDENTS):
        hand_in(folder, student, "{" if number == 5 else written(source, number))
    return folder.path


@pytest.fixture(scope="module")
def uninterrupted(twelve, driver, tmp_path_factory):
    folder = copied(twelve, tmp_path_factory.mktemp("whole") / "autumn")
    assert driver.run(folder, seed=SEED) == 0
    return state(folder.path)


def test_killed_at_random_moments_and_resumed(twelve, uninterrupted, driver, tmp_path):
    rng = random.Random(1)
    kills = rounds = 0
    while kills < 20:
        rounds += 1
        folder = copied(twelve, tmp_path / str(rounds))
        options, by_hand, code = {"seed": SEED}, set(), -1
        while code != 0:
            # Slow enough that most kills hit.
            pid = driver.start(folder, 0.05, jobs=rng.choice((1, 3)), **options)
            if kills < 20:
                time.sleep(rng.uniform(0.02, 0.6))
                os.kill(pid, signal.SIGKILL)
            code = driver.wait(pid)
            kills += code == -signal.SIGKILL
            assert_nothing_half_written(folder.path)
            options = {} if (folder.path / ".autograder" / "run.json").exists() else options
            student = rng.choice(STUDENTS)
            if marked(folder, student) and give_by_hand(folder, student, 3.5):
                by_hand.add(student)
        for student in by_hand:  # given by hand, they stay; the rest is as if nothing had been
            with folder.gradebook() as gradebook:
                grade = gradebook.find_grade("why-one-over-m", ASSIGNMENT, ASSIGNMENT, student)
                assert (grade.manual_score, grade.needs_manual_grade) == (3.5, False)
                grade.manual_score, grade.needs_manual_grade = None, True
                gradebook.db.commit()
        assert state(folder.path) == uninterrupted
        assert sorted(p.name for p in (folder.path / ".autograder").iterdir()) == [
            "lock", "pictures", "records",
        ]  # fmt: skip
    assert rounds < 20


def marked(folder, student):
    path = folder.path / ".autograder" / "records" / student / f"{ASSIGNMENT}.json"
    return path.is_file() and json.loads(path.read_bytes())["state"] == "graded"


@pytest.fixture(scope="module")
def changing(small_class, source, driver, tmp_path_factory):
    """A marked class in which every kind of change waits to be marked."""
    folder = copied(small_class, tmp_path_factory.mktemp("changing") / "autumn")
    for number, student in enumerate(["gone", "broken", "changed"]):
        hand_in(folder, student, written(source, number))
    assert driver.run(folder, seed=3) == 0
    for student in ("gone", "broken", "changed"):
        assert give_by_hand(folder, student, 2.0)
    shutil.rmtree(folder.path / "submitted" / "gone")
    hand_in(folder, "broken", "{")
    hand_in(folder, "changed", written(source, 11))
    hand_in(folder, "new", written(source, 12))
    return folder.path


def test_killed_before_every_single_step(changing, driver, tmp_path):
    first = copied(changing, tmp_path / "0")
    assert driver.run(first, deadly=0, seed=SEED) == 0
    steps, wanted = driver.answer()["steps"], state(first.path)
    assert steps > 40
    for deadly in range(1, steps + 1):
        folder = copied(changing, tmp_path / str(deadly))
        assert driver.run(folder, deadly=deadly, seed=SEED) == -signal.SIGKILL
        assert_nothing_half_written(folder.path)
        began = (folder.path / ".autograder" / "run.json").exists()
        assert driver.run(folder, **({} if began else {"seed": SEED})) == 0
        assert state(folder.path) == wanted, deadly
        shutil.rmtree(folder.path)


@pytest.fixture(scope="module")
def to_regrade(small_class, source, driver, tmp_path_factory):
    """A marked class with marks given by hand, before a check is fixed."""
    folder = copied(small_class, tmp_path_factory.mktemp("to_regrade") / "autumn")
    for number, student in enumerate(["Ann", "Bob"]):
        hand_in(folder, student, written(source, number))
        assert driver.run(folder, seed=number, student=student) == 0
    assert give_by_hand(folder, "Ann", 2.0)
    return folder.path


@pytest.mark.parametrize("looked_at_before", [True, False])
def test_a_regrade_killed_before_every_single_step(to_regrade, driver, tmp_path, looked_at_before):
    look = {"again": True, "fixed": ["linear_backward"]}
    write = look | {"write": True}
    begun = copied(to_regrade, tmp_path / "begun")
    if looked_at_before:
        assert driver.run(begun, **look) == 0
        assert state(begun.path) == state(to_regrade)
    first = copied(begun.path, tmp_path / "0")
    assert driver.run(first, deadly=0, **write) == 0
    steps, wanted = driver.answer()["steps"], state(first.path)
    assert steps > 20
    assert wanted != state(to_regrade)
    assert {one["seed"] for one in wanted[1].values()} == {0, 1}
    for deadly in range(1, steps + 1, 1 if looked_at_before else 3):
        folder = copied(begun.path, tmp_path / str(deadly))
        assert driver.run(folder, deadly=deadly, **write) == -signal.SIGKILL
        assert_nothing_half_written(folder.path)
        assert not (folder.path / ".autograder" / "run.json").exists()
        assert driver.run(folder, **write) == 0
        assert state(folder.path) == wanted, deadly
        assert sorted(p.name for p in (folder.path / ".autograder").iterdir()) == [
            "lock", "pictures", "records",
        ]  # fmt: skip
        shutil.rmtree(folder.path)


def test_what_a_killed_regrade_left_half_done_a_plain_run_ends_by_the_same_probes(
    to_regrade, driver, tmp_path
):
    first = copied(to_regrade, tmp_path / "0")
    write = {"again": True, "fixed": ["linear_backward"], "write": True}
    assert driver.run(first, deadly=0, **write) == 0
    steps, wanted = driver.answer()["steps"], state(first.path)
    before = state(to_regrade)
    for deadly in range(5, steps, 7):
        folder = copied(to_regrade, tmp_path / str(deadly))
        assert driver.run(folder, deadly=deadly, **write) == -signal.SIGKILL
        assert driver.run(folder, fixed=["linear_backward"]) == 0
        for student in ("Ann", "Bob"):  # as before, or as it will be, and never by other probes
            assert state(folder.path)[1][student] in (before[1][student], wanted[1][student])
        assert driver.run(folder, **write) == 0
        assert state(folder.path) == wanted, deadly
        shutil.rmtree(folder.path)


def wait_until(true):
    for _ in range(1000):
        if true():
            return
        time.sleep(0.02)
    raise AssertionError("it never came")


def test_of_two_runs_at_once_the_second_says_so_and_stops(twelve, uninterrupted, driver, tmp_path):
    folder = copied(twelve, tmp_path / "autumn")
    first = driver.start(folder, 0.2, seed=SEED)
    wait_until((folder.path / ".autograder" / "run.json").is_file)
    again = {"again": True, "everything": True, "write": True}
    for options in ({}, {"again": True}, again, {"student": STUDENTS[0]}):
        assert driver.run(folder, **options) == 12
        told = driver.answer()["error"]
        assert told.startswith(f"Another run is marking this class (pid {first}, since ")
        assert told.endswith("). Wait for it or stop it.")
    assert driver.wait(first) == 0
    assert state(folder.path) == uninterrupted


def at_work(folder, pid):
    try:
        told = json.loads((folder.path / ".autograder" / "lock").read_bytes())
    except (OSError, ValueError):
        return False
    return told["pid"] == pid


@pytest.mark.parametrize("jobs", [1, 3])
def test_ctrl_c_ends_a_run_cleanly_and_the_next_goes_on(
    twelve, uninterrupted, driver, tmp_path, jobs
):
    folder = copied(twelve, tmp_path / "autumn")
    for student in STUDENTS[1:4]:
        pid = driver.start(folder, 0.2, seed=SEED, jobs=jobs)
        # Before it is at work, an interrupt may fall into the fork itself, which drops it.
        wait_until(lambda one=student, pid=pid: at_work(folder, pid) and marked(folder, one))
        os.kill(pid, signal.SIGINT)
        assert driver.wait(pid) == 130
        assert not (folder.path / ".autograder" / "work").exists()
        assert_nothing_half_written(folder.path)
    assert driver.run(folder, jobs=jobs) == 0
    told = driver.answer()["notes"]
    assert told[0].startswith("Went on with the run begun at ")
    assert told[1].endswith(" of 12 were marked before and are unchanged.")
    assert state(folder.path) == uninterrupted


@pytest.mark.parametrize("command", ["grade", "feedback", "release"])
def test_a_busy_class_has_its_own_exit_code(folder, right, command):
    hand_in(folder, "Ann", right)
    marked_folder = folder.path / "autograded" / "Ann" / ASSIGNMENT
    marked_folder.mkdir(parents=True)
    with locked(folder, "marking"):
        result = CliRunner().invoke(main, [command, str(folder.path)])
    assert result.exit_code == 12
    assert f"Another run is marking this class (pid {os.getpid()}, since" in result.stderr
    assert list(marked_folder.iterdir()) == []


def test_the_lock_of_a_killed_run_is_gone_with_it(twelve, driver, tmp_path):
    folder = copied(twelve, tmp_path / "autumn")
    pid = driver.start(folder, 5)
    wait_until((folder.path / ".autograder" / "work").is_dir)
    os.kill(pid, signal.SIGKILL)
    assert driver.wait(pid) == -signal.SIGKILL
    with locked(folder, "marking"):
        assert not (folder.path / ".autograder" / "work").exists()
