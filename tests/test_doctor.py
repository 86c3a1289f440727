"""`autograder doctor` says what there is, and `grade` refuses less than it needs."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from autograder.errors import IsolationError
from autograder.grading import judge_process
from autograder.grading.judge_process import JudgeProcess, Settings
from autograder.sandbox.isolation import MODES, Found

COMMAND = [sys.executable, "-m", "autograder.cli"]


def test_doctor_names_every_way_and_the_one_used():
    done = subprocess.run([*COMMAND, "doctor"], capture_output=True, text=True, check=True)
    for mode in MODES if sys.platform == "linux" else MODES[-1:]:
        assert re.search(rf"^  {mode}: (works|does not work: .+)$", done.stdout, re.MULTILINE)
    assert re.search(r"^autograder grade uses: \w+\.$", done.stdout, re.MULTILINE)
    assert re.search(r"nbgrader \d+\.\d+", done.stdout)


@pytest.fixture
def only(monkeypatch):
    def have(*modes):
        found = [Found(mode, mode in modes, "" if mode in modes else "refused") for mode in MODES]
        monkeypatch.setattr(
            judge_process, "probe", lambda modes: [f for f in found if f.mode in modes]
        )

    return have


def test_less_than_landlock_is_refused_unless_it_is_allowed(only):
    only("rlimits")
    with pytest.raises(IsolationError, match="--allow-weak-isolation"):
        _ = JudgeProcess(Settings()).mode
    assert JudgeProcess(Settings(allow_weak=True)).mode == "rlimits"
    with pytest.raises(IsolationError, match="--allow-weak-isolation"):
        _ = JudgeProcess(Settings(isolation="rlimits")).mode


def test_the_strongest_way_is_taken(only):
    only("namespaces", "landlock", "rlimits")
    assert JudgeProcess(Settings()).mode == "namespaces"
    assert JudgeProcess(Settings(isolation="landlock")).mode == "landlock"


def test_a_way_that_is_not_there_is_refused_in_words(only):
    only("landlock")
    with pytest.raises(IsolationError, match="root does not work here: refused"):
        _ = JudgeProcess(Settings(isolation="root")).mode
    with pytest.raises(IsolationError, match="no isolation 'jail'; there are: root"):
        _ = JudgeProcess(Settings(isolation="jail")).mode
    only()
    with pytest.raises(IsolationError, match="can't be run here at all"):
        _ = JudgeProcess(Settings(allow_weak=True)).mode


def test_grade_without_isolation_ends_in_one_line(folder, right, monkeypatch):
    from conftest import hand_in

    hand_in(folder, "Ann", right)
    with (folder.path / "nbgrader_config.py").open("a") as config:
        config.write('\nc.ExecuteAndJudge.isolation = "rlimits"\n')
    done = subprocess.run(
        [*COMMAND, "grade", str(folder.path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 10
    assert done.stderr.count("\n") == 1
    assert "--allow-weak-isolation" in done.stderr
    done = subprocess.run(
        [*COMMAND, "grade", str(folder.path), "--allow-weak-isolation"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "Isolation: rlimits (limits only)." in done.stdout
