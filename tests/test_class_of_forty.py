"""Sixteen honest submissions among twenty-four broken and hostile ones; a run that is killed."""

from __future__ import annotations

import json
import random
import shutil
import signal
import subprocess
import sys

import nbformat
import pytest
from conftest import ASSIGNMENT, NAMES, answered, cell, hand_in

from autograder.building.notebooks import filled_in, learner_copy
from autograder.demo import OWN_IMPORTS
from autograder.exercises import answers
from autograder.grading.classroom import ClassFolder
from autograder.grading.marks import marks
from autograder.grading.records import load_record

SEED = "7"
KILLS = 20
GRADE = [sys.executable, "-m", "autograder.cli", "grade"]
LIMITS = """
c.ExecuteAndJudge.seconds_per_cell = 3
c.ExecuteAndJudge.seconds_per_call = 0.7
c.ExecuteAndJudge.seconds_per_submission = 40
c.ExecuteAndJudge.memory_megabytes = 400
"""
BODY = "def linear_backward(dZ, cache):\n"

# Broken files: what is handed in, and a piece of what is said.
BROKEN = {
    "empty": (b"", "is empty"),
    "cut": (b'{"cells": [{"cell_type": "code", "sou', "is not valid JSON"),
    "latin": (b'{"a": "\xe9\xff"}', "is not UTF-8"),
    "list": (b"[1, 2, 3]", "not a notebook"),
    "deep": (b"[" * 200_000, "can't be read"),
    "numbers": (b'{"nbformat": 1e999}', "not a notebook"),
    "text": (b"print('hello')", "is not valid JSON"),
    "no cells": (b'{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": []}', "no cells"),
}
# In place of `linear_backward`; all else is right.
STRIKES = {
    "endless": BODY + "    while True: pass",
    "deaf": BODY + "    while True:\n        try:\n            while True: pass\n"
    "        except BaseException: pass",
    "exits": BODY + "    import os; os._exit(0)",
    "crashes": BODY + "    import ctypes; ctypes.string_at(0)",
    "hungry": BODY + "    return [np.ones(10**8) for _ in range(1000)]",
    "prints": BODY + "    while True: print('x' * 10_000)",
    "no end": "while True: pass",
    "syntax": "def linear_backward(dZ, cache)\n    return 1",
}
# A cell of their own, near the top of a blank notebook.
HOSTILE = {
    "judge's files": "import autograder.exercises as e\nlinear_forward = e.EXERCISES",
    "gradebook": "import sqlite3, glob\n[sqlite3.connect(f).execute('delete from grade') for f in "
    "glob.glob('/**/gradebook.db', recursive=True)]",
    "patches": "import numpy as np\nnp.testing.assert_allclose = lambda *a, **k: None\n"
    "np.array_equal = np.allclose = lambda *a, **k: True",
    "kills": "import os, signal\nos.kill(os.getppid(), 9)",
    "forks": "import os\nfor _ in range(50): os.fork()",
    "stops itself": "import os, signal\nos.kill(os.getpid(), signal.SIGSTOP)",
    "threads": "import threading, time\nfor _ in range(8):\n"
    "    threading.Thread(target=time.sleep, args=(99,), daemon=True).start()",
    "wire": "import os\nfor fd in range(3, 64):\n    try: os.write(fd, b'junk' * 999)\n"
    "    except OSError: pass",
}


def honest(source, number):
    """Give one of sixteen notebooks: styles of right answers, with mistakes here and there."""
    rng = random.Random(number)
    code = {}
    for name in NAMES:
        right, wrong = answers(name)
        code[name] = rng.choice(right).code if rng.random() < 0.7 else rng.choice(wrong).code
    notebook = answered(filled_in(source), **code)
    notebook.cells.insert(2, nbformat.v4.new_code_cell(OWN_IMPORTS, id="own-imports"))
    return notebook


def with_cell(notebook, source):
    notebook.cells.insert(3, nbformat.v4.new_code_cell(source, id="hostile"))
    return notebook


@pytest.fixture(scope="module")
def template(released_class, tmp_path_factory, source):
    """The class of forty, handed in and not marked."""
    path = tmp_path_factory.mktemp("forty") / "autumn"
    shutil.copytree(released_class, path)
    with (path / "nbgrader_config.py").open("a") as config:
        config.write(LIMITS)
    folder = ClassFolder(path)
    for number in range(16):
        hand_in(folder, f"honest {number:02}", honest(source, number))
    for name, (content, _) in BROKEN.items():
        hand_in(folder, f"broken {name}", content)
    for name, code in STRIKES.items():
        hand_in(folder, f"strike {name}", answered(filled_in(source), linear_backward=code))
    for name, code in HOSTILE.items():
        hand_in(folder, f"hostile {name}", with_cell(learner_copy(source), code))
    assert len(list((path / "submitted").iterdir())) == 40
    return path


def copied(template, tmp_path, keep=""):
    path = tmp_path / "autumn"
    shutil.copytree(template, path)
    for student in (path / "submitted").iterdir():
        if not student.name.startswith(keep):
            shutil.rmtree(student)
    return ClassFolder(path)


def graded(folder):
    return subprocess.run(
        [*GRADE, str(folder.path), "--seed", SEED], capture_output=True, text=True, check=False
    )


def marks_of(folder, start=""):
    found = marks(folder, ASSIGNMENT)
    return [
        (m.student_id, m.exercise, m.score, m.status, m.mistake)
        for m in found
        if m.student_id.startswith(start)
    ]


@pytest.fixture(scope="module")
def whole(template, tmp_path_factory):
    folder = copied(template, tmp_path_factory.mktemp("whole"))
    return folder, graded(folder)


def test_the_honest_have_the_marks_that_they_have_alone(whole, template, tmp_path):
    alone = copied(template, tmp_path, keep="honest")
    done = graded(alone)
    assert done.returncode == 0, done.stderr
    found = marks_of(alone)
    assert marks_of(whole[0], "honest") == found
    scores = {score for _, name, score, _, _ in found if name in NAMES}
    assert {0.0, 10.0} < scores  # they differ, so that the same marks say something


def test_the_exit_code_and_the_table_tell_the_truth(whole):
    folder, done = whole
    states = {s: load_record(folder, s, ASSIGNMENT).state for s in folder.students(ASSIGNMENT)}
    assert done.returncode == 6
    assert {s for s, state in states.items() if state == "needs a human"} == {
        f"broken {name}" for name in BROKEN
    }
    stopped = {name for name in STRIKES if name not in ("syntax", "hungry")}
    partly = {s for s, state in states.items() if state == "partly graded"}
    assert {f"strike {name}" for name in stopped} <= partly
    assert not any(s.startswith(("honest", "broken")) for s in partly)
    for state in set(states.values()):
        assert f"{list(states.values()).count(state)} {state}" in done.stdout
    used = load_record(folder, "honest 00", ASSIGNMENT).isolation
    assert f"Isolation: {used} (" in done.stdout
    for name, (_, words) in BROKEN.items():
        reason = load_record(folder, f"broken {name}", ASSIGNMENT).reason
        assert words in reason
        assert "\n" not in reason


@pytest.mark.parametrize("name", STRIKES)
def test_a_strike_costs_its_own_exercise_only(whole, name):
    scores = {e: s for _, e, s, _, _ in marks_of(whole[0], f"strike {name}") if e in NAMES}
    assert scores.pop("linear_backward") == 0
    assert set(scores.values()) == {10.0}


@pytest.mark.parametrize("name", HOSTILE)
def test_the_hostile_gain_nothing(whole, name):
    scores = {e: s for _, e, s, _, _ in marks_of(whole[0], f"hostile {name}") if e in NAMES}
    assert set(scores.values()) == {0.0}


def test_killed_at_random_moments_and_resumed_nothing_is_lost(whole, template, tmp_path):
    folder = copied(template, tmp_path)
    rng = random.Random(5)
    killed = 0
    for _ in range(200):
        run = subprocess.Popen(
            [*GRADE, str(folder.path), "--seed", SEED],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        if killed < KILLS:
            try:
                run.communicate(timeout=rng.uniform(1.0, 6.0))
            except subprocess.TimeoutExpired:
                run.send_signal(signal.SIGKILL)
                run.communicate()
                killed += 1
                whole_or_not_at_all(folder)
                continue
        else:
            run.communicate(timeout=600)
        if killed >= KILLS:
            break
        # It came to its end before enough kills: begin again with some of them.
        for student in rng.sample(folder.students(ASSIGNMENT), 20):
            path = folder.path / "submitted" / student / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
            path.write_bytes(path.read_bytes() + b" ")
    assert killed == KILLS
    done = graded(folder)
    assert done.returncode == 6
    assert marks_of(folder) == marks_of(whole[0])
    for student in folder.students(ASSIGNMENT):
        mine = load_record(folder, student, ASSIGNMENT)
        other = load_record(whole[0], student, ASSIGNMENT)
        assert (mine.state, mine.seed, mine.exercises) == (other.state, other.seed, other.exercises)


def whole_or_not_at_all(folder):
    """Look at what a killed run left: every executed notebook is whole, or not there."""
    for path in (folder.path / "autograded").glob(f"*/{ASSIGNMENT}"):
        notebook = nbformat.from_dict(json.loads((path / f"{ASSIGNMENT}.ipynb").read_text()))
        assert cell(notebook, "hidden-update_parameters").outputs
    with folder.gradebook() as gradebook:
        assert gradebook.db.connection().exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
