"""The first judge is a fork of the command; whatever becomes of it, there is another."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from judging import code_of

from autograder.exercises import ASSIGNMENTS

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Linux only")

NAMES = [exercise.name for exercise in ASSIGNMENTS["step-by-step"]][:2]
CELLS = [{"kind": "student", "source": "import numpy as np", "name": ""}] + [
    {"kind": kind, "source": source, "name": name}
    for name in NAMES
    for kind, source in (("student", code_of(name)), ("check", f'check("{name}", {name})'))
]
# In a process of its own, with one thread; pytest has several.
BEGIN = f"""
import os, sys, time
os.environ["OPENBLAS_NUM_THREADS"] = "1"
from pathlib import Path
from autograder.grading.first_judge import FirstJudge, Forked
from autograder.grading.judge_process import JudgeProcess, Settings
from autograder.errors import JudgeError
CELLS = {CELLS!r}

def marked(judge):
    return repr(judge.mark("step-by-step", CELLS, {{}}, 4))

def children():
    return Path(f"/proc/self/task/{{os.getpid()}}/children").read_text().split()
"""


def run(code):
    done = subprocess.run(
        [sys.executable, "-c", BEGIN + code], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_it_marks_as_another_process_does_and_ends():
    code = """
with FirstJudge() as first, JudgeProcess(Settings(), first) as judge:
    here = marked(judge)
    print(type(judge._process).__name__, first.take())
print(children())
with JudgeProcess(Settings()) as judge:
    there = marked(judge)
    print(type(judge._process).__name__, "points" in here, here == there)
"""
    assert run(code) == ["Forked", "None", "[]", "Popen", "True", "True"]


def test_when_it_ends_another_process_takes_its_place():
    code = """
with FirstJudge() as first, JudgeProcess(Settings(), first) as judge:
    before = marked(judge)
    judge._process.kill()
    try:
        marked(judge)
    except JudgeError as error:
        print("ended" in str(error))
    print(marked(judge) == before, type(judge._process).__name__)
"""
    assert run(code) == ["True", "True", "Popen"]


def test_it_holds_nothing_of_the_command_but_the_wire():
    code = """
with open(__import__("tempfile").mktemp(), "w") as held, FirstJudge() as first:
    [(process, wire)] = first._waiting
    about = Path(f"/proc/{process.pid}")
    while (about / "cwd").readlink() != Path("/"):
        time.sleep(0.01)
    kinds = sorted(str(one.readlink()).partition(":")[0] for one in (about / "fd").iterdir())
    print(kinds.count("/dev/null"), kinds.count("socket"), len(kinds))
print(children())
"""
    assert run(code) == ["2", "1", "4", "[]"]


def test_there_is_none_where_a_fork_would_lack_threads():
    code = """
import threading
threading.Thread(target=time.sleep, args=(0.5,)).start()
with FirstJudge() as first:
    print(first.take(), children())
    with JudgeProcess(Settings(), first) as judge:
        print("points" in marked(judge))
"""
    assert run(code) == ["None", "[]", "True"]


def test_it_ends_with_a_command_that_is_killed():
    code = """
with FirstJudge() as first:
    print(first._waiting[0][0].pid, flush=True)
    time.sleep(60)
"""
    with subprocess.Popen(
        [sys.executable, "-c", BEGIN + code], stdout=subprocess.PIPE, text=True
    ) as command:
        pid = int(command.stdout.readline())
        os.kill(pid, 0)
        command.send_signal(signal.SIGKILL)
    for _ in range(600):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return
        if Path(f"/proc/{pid}/stat").read_text().split()[2] == "Z":  # whose heir is slow
            return
        time.sleep(0.05)
    pytest.fail("it is still there")
