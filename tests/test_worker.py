"""Cells in the sandbox, checks on the judge's side: what a limit costs, and what it does not."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from judging import WRONG_LINEAR, code_of
from walking import ASSIGNMENT, IMPORTS, LIMITS, NAMES, SEED, cells_of, files, marked

from autograder.calling import Outcome
from autograder.errors import JudgeError
from autograder.exercises import ASSIGNMENTS, EXERCISES, answers
from autograder.exercises.known import space_for, written
from autograder.grading.judge_process import JudgeProcess, Settings
from autograder.judge import judge
from autograder.sandbox.client import Sandbox
from autograder.sandbox.limits import Limits
from autograder.sandbox.remote import RemoteAnswer, look
from autograder.sandbox.session import Session, Zygote


@pytest.fixture(scope="module")
def judge_process():
    with JudgeProcess(Settings(LIMITS)) as process:
        yield process


@pytest.fixture(scope="module")
def zygote(judge_process):
    zygote = Zygote(judge_process.mode)
    yield zygote
    zygote.close()


@pytest.fixture
def sandbox(zygote):
    arrays = {name: np.frombuffer(content, np.uint8) for name, content in files().items()}
    sandbox = Sandbox(zygote, LIMITS, arrays)
    sandbox.run(IMPORTS, 1)
    yield sandbox
    sandbox.close()


# --- verdicts over the wire are the same ---------------------------------------------------


@pytest.mark.parametrize("name", list(EXERCISES))
def test_the_wire_changes_no_verdict(sandbox, name):
    right, wrong = answers(name)
    exercise = EXERCISES[name]
    for given in space_for(exercise).values():
        module = getattr(given, "__module__", "")
        if module.endswith("_utils"):
            sandbox.run(f"from {module} import {given.__name__}", 2)
        elif module.startswith("autograder"):
            sandbox.run(code_of(given.__name__), 2)
    for other in ASSIGNMENTS[exercise.assignment]:
        if other is exercise:
            break
        sandbox.run(code_of(other.name), 2)
    for answer in [*right, *wrong[:: max(1, len(wrong) // 12)]]:
        sandbox.run(answer.code, 3)
        for hidden in (False, True):
            here = judge(name, written(EXERCISES[name], answer.code), hidden=hidden, seed=SEED)
            there = judge(name, look(sandbox, name), hidden=hidden, seed=SEED)
            assert (there.points, there.own_points, there.mistakes, there.blank) == (
                here.points, here.own_points, here.mistakes, here.blank,
            ), answer.name  # fmt: skip
            if "A second call" not in here.words + there.words:  # its state is its own
                assert _without_lines(there.words) == _without_lines(here.words)


def _without_lines(words):
    """Leave out source lines: `exec` does not know them, and right helpers have none here."""
    return re.sub(r"\n  in       .*| in the line `[^`]*`", "", words)


def test_right_answers_have_full_marks(judge_process):
    told, points = marked(judge_process, cells_of())
    assert points == dict.fromkeys(NAMES, 10.0)
    assert told.reasons == []
    assert told.isolation == judge_process.mode


def test_an_early_slip_costs_only_itself(judge_process):
    _, points = marked(judge_process, cells_of(linear_backward=WRONG_LINEAR))
    assert points.pop("linear_backward") == 0
    assert set(points.values()) == {10.0}


# --- what a limit costs --------------------------------------------------------------------

BODY = "def linear_backward(dZ, cache):\n"
STRIKES = {
    "endless": ("    while True: pass", "linear_backward: not at an end after 0.7 seconds."),
    "deaf": (
        "    while True:\n        try:\n            while True: pass\n"
        "        except BaseException: pass",
        "linear_backward: not at an end after 0.7 seconds.",
    ),
    "exits": ("    import os; os._exit(0)", "linear_backward: Python was ended, as by exit()."),
    "exits with a number": (
        "    import os; os._exit(217)",
        "linear_backward: Python was ended, as by exit().",
    ),
    "crashes": (
        "    import ctypes; ctypes.string_at(0)",
        "linear_backward: Python crashed (segmentation fault).",
    ),
    "sleeps": ("    import time; time.sleep(1000)", "linear_backward: not at an end"),
    "prints": ("    while True: print('x' * 10_000)", "linear_backward: not at an end"),
    "threads": (
        "    import threading\n    threading.Thread(target=lambda: time.sleep(99)).start()\n"
        "    import os; os._exit(3)",
        "linear_backward: Python was ended, as by exit().",
    ),
}


@pytest.mark.parametrize("kind", STRIKES)
def test_a_limit_costs_the_exercise_that_it_strikes(judge_process, kind):
    body, reason = STRIKES[kind]
    told, points = marked(judge_process, cells_of(linear_backward=BODY + body))
    assert points.pop("linear_backward") == 0
    assert set(points.values()) == {10.0}
    assert [r for r in told.reasons if r.startswith(reason)], told.reasons


def test_memory_is_bounded_and_costs_only_itself(judge_process):
    hungry = BODY + "    return [np.ones(100_000_000) for _ in range(1000)]"
    told, points = marked(judge_process, cells_of(linear_backward=hungry))
    assert points.pop("linear_backward") == 0
    assert set(points.values()) == {10.0}
    words = " ".join(t["verdict"]["words"] for t in told.cells if "verdict" in t)
    assert "MemoryError" in words


@pytest.mark.parametrize("cell", ["while True: pass", "import os; os._exit(1)", "exit()"])
def test_a_cell_that_hangs_or_ends_is_passed_over(judge_process, cell):
    cells = cells_of(between=cell)
    told, points = marked(judge_process, cells)
    assert points == dict.fromkeys(NAMES, 10.0)
    if "exit()" not in cell:
        assert len(told.reasons) == 1
        assert told.reasons[0].startswith("Cell ")


def test_a_hanging_try_it_cell_makes_later_ones_hurry(judge_process):
    cells = cells_of()
    hang = {"kind": "student", "source": "while True: pass", "name": ""}
    cells[1:1] = [hang] * 4
    told, points = marked(judge_process, cells)
    assert points == dict.fromkeys(NAMES, 10.0)
    assert len(told.reasons) == 4


def test_a_stopped_function_fails_at_once_in_later_cells(judge_process):
    cells = cells_of(linear_backward=BODY + "    while True: pass")
    at = next(i for i, c in enumerate(cells) if c["name"] == "linear_backward")
    cells[at + 2 : at + 2] = [{"kind": "student", "source": "linear_backward(1, 2)", "name": ""}]
    told, points = marked(judge_process, cells)
    assert points.pop("linear_backward") == 0
    assert set(points.values()) == {10.0}
    [output] = told.cells[at + 2]["outputs"]
    assert output["ename"] == "Stopped"
    assert "was stopped when it was checked" in output["evalue"]
    trace = re.sub(r"\x1b\[[0-9;]*m", "", "\n".join(output["traceback"]))
    assert "----> 1 linear_backward(1, 2)\n\nStopped: linear_backward was stopped" in trace
    assert not re.search(r"autograder|<string>|bridge|Could not get source", trace)
    again, _ = marked(judge_process, cells)
    assert again.cells[at + 2]["outputs"] == [output]
    assert told.reasons == ["linear_backward: not at an end after 0.7 seconds."]


@pytest.mark.parametrize("end", ["    while True: pass", "    import os; os._exit(0)"])
def test_what_hangs_in_a_helper_is_right_with_a_right_one(judge_process, end):
    """The helper is written over behind its own check, so only its callers hang."""
    cells = cells_of(between=BODY + end)
    order = [c for c in cells if c["source"] != BODY + end]
    at = next(i for i, c in enumerate(order) if c["name"] == "linear_activation_backward")
    order.insert(at, {"kind": "student", "source": BODY + end, "name": ""})
    told, points = marked(judge_process, order)
    assert points == dict.fromkeys(NAMES, 10.0)
    assert len([r for r in told.reasons if r.startswith("linear_activation_backward")]) == 1


SPY = """
seen = []
plain = linear_activation_backward
def linear_activation_backward(dA, cache, activation):
    found = plain(dA, cache, activation)
    seen.append((dA, found))
    return found
"""


def test_no_cell_can_show_what_a_hidden_check_used(judge_process):
    """Neither the arguments of hidden probes nor the results of right helpers."""
    cells = cells_of(linear_backward=WRONG_LINEAR)
    at = next(i for i, c in enumerate(cells) if c["name"] == "linear_activation_backward")
    cells.insert(at + 1, {"kind": "student", "source": SPY, "name": ""})
    cells.append(
        {"kind": "student", "source": "print(len(seen), [len(a) for a, _ in seen])", "name": ""}
    )
    told, points = marked(judge_process, cells)
    assert points["linear_activation_backward"] == 10
    probes = EXERCISES["linear_activation_backward"].inputs(SEED, hidden=False)
    shown = told.cells[-1]["outputs"][0]["text"]
    number = int(shown.split()[0])
    assert 0 < number <= 2 * 2 * len(probes) + 200  # the visible check, and the diagnosis
    hidden = EXERCISES["linear_activation_backward"].inputs(SEED, hidden=True)
    cells[-1]["source"] = "print([float(a.ravel()[0]) for a, _ in seen])"
    told, _ = marked(judge_process, cells)
    shown = told.cells[-1]["outputs"][0]["text"]
    visible = {repr(float(p.args[0].ravel()[0])) for p in probes}
    unseen = {repr(float(p.args[0].ravel()[0])) for p in hidden} - visible
    assert any(number in shown for number in visible)
    assert not any(number in shown for number in unseen)


def test_all_outputs_together_are_bounded(judge_process):
    loud = {"kind": "student", "source": "print('x' * 10**7)", "name": ""}
    cells = [loud] * 12 + cells_of()
    told, points = marked(judge_process, cells)
    assert points == dict.fromkeys(NAMES, 10.0)
    shown = sum(len(str(cell["outputs"])) for cell in told.cells)
    assert LIMITS.output_bytes < shown < 5 * LIMITS.output_bytes
    assert "Output left out" in told.cells[11]["outputs"][0]["text"]


def test_a_hidden_check_takes_the_function_as_it_was_at_its_place(judge_process):
    cells = cells_of()
    cells.append({"kind": "student", "source": BODY + "    return 1", "name": ""})
    _, points = marked(judge_process, cells)
    assert points == dict.fromkeys(NAMES, 10.0)


def test_a_function_written_anew_has_another_chance(sandbox):
    name = "linear_backward"
    sandbox.run(BODY + "    while True: pass", 2)
    assert judge(name, look(sandbox, name), hidden=False, seed=1, seconds=0.3).points == 0
    sandbox.run(code_of(name), 3)
    assert judge(name, look(sandbox, name), hidden=True, seed=1).points == 6


def test_a_fresh_fork_runs_the_same_cells_but_the_one_that_struck(sandbox):
    sandbox.run("x = [1]", 2)
    sandbox.run("x.append(2); open('kept.txt', 'w').write('here')", 3)
    assert sandbox.run("x.append(3); import os; os._exit(0)", 4).struck
    ran = sandbox.run("print(x, open('kept.txt').read())", 5)
    assert ran.outputs[0]["text"] == "[1, 2] here\n"


def test_when_the_time_is_used_up_the_rest_says_so(judge_process):
    with JudgeProcess(Settings(Limits(seconds_per_cell=2, seconds_per_submission=3))) as process:
        cells = cells_of()
        at = next(i for i, cell in enumerate(cells) if cell["name"] == NAMES[3])
        cells[at:at] = [{"kind": "student", "source": "while True: pass", "name": ""}] * 9
        told, points = marked(process, cells)
    assert [points[name] for name in NAMES[:3]] == [10.0] * 3
    assert points[NAMES[-1]] == 0
    last = told.cells[-1]["verdict"]
    assert not last["reached"]
    assert last["words"] == "Not reached: its 3 seconds were used up."


# --- functions of all kinds ----------------------------------------------------------------


@pytest.mark.parametrize(
    "code",
    [
        "def make():\n    k = 2\n    def f(x): return k * x\n    return f\nf = make()",
        "class F:\n    def __call__(self, x): return 2 * x\nf = F()",
        "import functools\nf = functools.partial(lambda k, x: k * x, 2)",
        "f = lambda x: 2 * x",
        "@functools.lru_cache(None)\ndef g(): return 2\ndef f(x): return g() * x",
    ],
)
def test_any_callable_can_be_called(sandbox, code):
    sandbox.run("import functools\n" + code, 2)
    answer = look(sandbox, "f")
    assert answer.observe((21,)).result == 42
    assert answer.observe((np.arange(3.0),)).result.tolist() == [0, 2, 4]


def test_what_a_call_does_is_seen(sandbox):
    sandbox.run("def f(a, b):\n    a += 1\n    print('said')\n    raise ValueError(q)", 2)
    outcome = look(sandbox, "f").observe((np.zeros(2), {"k": (1, [2])}))
    assert outcome.error.kinds[0] == "NameError"
    assert outcome.error.name == "q"
    assert outcome.error.lines[-1][::2] == ("f", "raise ValueError(q)")
    assert outcome.after[0].tolist() == [1, 1]
    assert outcome.after[1] == {"k": (1, [2])}
    assert outcome.printed == "said\n"


def test_names_and_values_around_a_function(sandbox):
    sandbox.run("m = 5\ndef f(x): return x * m", 2)
    answer = look(sandbox, "f")
    assert answer.names_read() == ["m"]
    assert answer.outside("m") == 5
    assert answer.outside("nothing") is None
    assert answer.observe((2,), {"m": 7}).result == 14
    assert answer.observe((2,)).result == 10
    with pytest.raises(KeyError):
        look(sandbox, "nothing")
    assert look(sandbox, "m") == 5
    assert look(sandbox, "np") is np


def test_a_course_file_given_is_not_the_students_own(sandbox):
    sandbox.run("def f(x): return relu(x)", 2)
    right = {"relu": None, "sigmoid": None}
    assert not look(sandbox, "f").others(right, missing=False)
    sandbox.run("def relu(Z): return Z, Z", 3)
    assert look(sandbox, "f").others(right, missing=False)


# --- what is forged is not believed --------------------------------------------------------

FORGED = {
    "junk on every descriptor": (
        "import os\nfor fd in range(3, 64):\n    try: os.write(fd, b'junk' * 1000)\n"
        "    except OSError: pass"
    ),
    "an outcome sent before it is asked for": (
        "import gc\nfrom autograder.channel import Channel\n"
        "for one in gc.get_objects():\n    if type(one) is Channel:\n"
        "        one.send({'result': 1, 'error': None, 'after': (), 'printed': '', "
        "'again': None, 'shared': False})"
    ),
    "replies without their parts": (
        "import gc\nfrom autograder.sandbox.child import Child\n"
        "for one in gc.get_objects():\n    if type(one) is Child:\n"
        "        Child._observe = Child._look = Child._others = lambda self, asked: {}\n"
        "        Child._run = lambda self, asked: {'outputs': 3}"
    ),
    "a serve loop of one's own": (
        "from autograder.channel import Channel\nsend = Channel.send\n"
        "Channel.send = lambda self, value, seconds=None: send(self, [value] * 3)"
    ),
}


@pytest.mark.parametrize("kind", FORGED)
def test_forged_replies_gain_nothing_and_stop_nothing(judge_process, kind):
    blanks = {name: f"def {name}(*args): raise NotImplementedError" for name in NAMES}
    cells = cells_of(**blanks)
    cells.insert(1, {"kind": "student", "source": FORGED[kind], "name": ""})
    _, points = marked(judge_process, cells)
    assert set(points.values()) == {0.0}
    _, points = marked(judge_process, cells_of())
    assert set(points.values()) == {10.0}


def test_right_helpers_answer_only_while_they_are_asked_for(sandbox):
    """Calling for help at any other time is an end."""
    sandbox.run(
        "import gc\nfrom autograder.sandbox.child import Child\n"
        "child = next(o for o in gc.get_objects() if type(o) is Child)\n"
        "help = child._right_version('linear_backward')\n"
        "def f(x): return help(x, x)",
        2,
    )
    outcome = look(sandbox, "f").observe((1,))
    assert outcome.error is not None
    assert outcome.error.kind == "Ended"
    assert sandbox.run("1", 3).outputs[0]["data"]["text/plain"] == "1"


def test_a_right_helper_is_asked_once_for_both_calls_and_answers_afresh(sandbox):
    asked = []

    def linear_forward(x):
        asked.append(x)
        return x + 1

    sandbox.run(
        "def f(x):\n    first = linear_forward(x)\n    first += 100\n    return linear_forward(x)",
        2,
    )
    answer = look(sandbox, "f")
    with answer.right_versions({"linear_forward": linear_forward}):
        outcomes = answer.observe_each([(np.ones(2),), (np.zeros(2),)], 1.0)
    assert [outcome.error for outcome in outcomes] == [None, None]
    assert outcomes[0].result.tolist() == outcomes[0].again.result.tolist() == [2, 2]
    assert outcomes[1].result.tolist() == [1, 1]
    assert [x.tolist() for x in asked] == [[1, 1], [0, 0]]


def test_arguments_too_large_for_the_wire_are_said_to_be_so(sandbox):
    sandbox.run("def f(x): return x", 2)
    [outcome] = look(sandbox, "f").observe_each([(np.zeros(10_000_000),)], 1.0)
    assert outcome.error.kind == "TooLarge"
    assert look(sandbox, "f").observe((1,)).result == 1


def test_the_same_function_is_known_again(sandbox):
    sandbox.run("def f(x): return x\ng = f\ndef h(x): return x", 2)
    who = [look(sandbox, name).who for name in "fgh"]
    assert who[0] == who[1] != who[2]


def test_a_sandbox_runs_on_the_judges_processor(judge_process):
    cell = {"kind": "student", "source": "import os\nprint(len(os.sched_getaffinity(0)))"}
    marked = judge_process.mark(ASSIGNMENT, [cell], files(), SEED)
    assert marked.cells[0]["outputs"][0]["text"] == "1\n"


@pytest.mark.parametrize(
    "told",
    [
        {},
        {"result": 1},
        {"outcome": None},
        {"outcome": ()},
        {"outcome": (1, {"kinds": 3}, "", None, None, False)},
        {"outcome": (1, None, "", 7, None, False)},
    ],
)
def test_an_outcome_that_is_none_is_said_to_be_none(told):
    class Lies:
        limits = LIMITS

        def ask_each(self, asked, number, *args):
            return [told] * number

        def ended(self, *args):
            return None

        def has_ended(self, *args):
            pass

    outcome = RemoteAnswer(Lies(), "f").observe(())
    assert isinstance(outcome, Outcome)
    assert outcome.error.kind == "Unreadable"


# --- ends ----------------------------------------------------------------------------------


def test_a_judge_that_is_killed_costs_one_submission(judge_process):
    judge_process.mark("step-by-step", [], {}, SEED)
    judge_process._process.kill()
    with pytest.raises(JudgeError, match="ended while it was judged"):
        marked(judge_process, cells_of())
    _, points = marked(judge_process, cells_of())
    assert set(points.values()) == {10.0}


GRADER = """
import sys
from autograder.grading.judge_process import JudgeProcess, Settings
process = JudgeProcess(Settings())
process.mark("step-by-step", [], {}, 1)
print(process._process.pid, flush=True)
cells = [{"kind": "student", "source": "while True: pass", "name": ""}]
process.mark("step-by-step", cells, {}, 1)
"""


def _below(pid):
    found = subprocess.run(["ps", "-eo", "pid,ppid"], capture_output=True, text=True, check=True)
    pairs = [tuple(map(int, line.split())) for line in found.stdout.splitlines()[1:]]
    below, waiting = set(), [pid]
    while waiting:
        parent = waiting.pop()
        children = [one for one, above in pairs if above == parent]
        below |= set(children)
        waiting += children
    return below


def test_nothing_outlives_a_killed_grader():
    grader = subprocess.Popen([sys.executable, "-c", GRADER], stdout=subprocess.PIPE, text=True)
    judge_pid = int(grader.stdout.readline())
    begun = time.monotonic()
    while len(started := {judge_pid, *_below(judge_pid)}) < 3:  # judge, zygote, sandbox
        assert time.monotonic() - begun < 60
        time.sleep(0.05)
    grader.send_signal(signal.SIGKILL)
    grader.wait()
    grader.stdout.close()
    deadline = time.monotonic() + 10
    while (left := {p for p in started if _runs(p)}) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not left


def _runs(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def test_the_first_fork_shows_what_later_ones_show(judge_process):
    """Only from the second one on was everything done before, in the warm process."""
    cells = [
        "%matplotlib inline\nimport matplotlib.pyplot as plt\nplt.plot([1, 2], label='$x^2$')",
        "import numpy as np\nnp.zeros(2) @ np.ones(3)",
        "def f(:",
        "print?\nprint(1)",
        "%load_ext autoreload",
        "import sys; sorted(vars()), len(sys.path), np.random.rand()",
    ]
    zygote, shown = Zygote(judge_process.mode), []
    try:
        for _ in range(3):
            sandbox = Sandbox(zygote, LIMITS, {})
            sandbox.run("import numpy as np; np.random.seed(1)", 1)
            outputs = [sandbox.run(cell, n).outputs for n, cell in enumerate(cells, 2)]
            sandbox.close()
            shown.append(re.sub("0x[0-9a-f]+", "0x", repr(outputs)))
    finally:
        zygote.close()
    assert "image/png" in shown[0] and "SyntaxError" in shown[0]
    assert shown[0] == shown[1] == shown[2]


def test_a_session_says_how_it_ended(zygote):
    session = zygote.fork(LIMITS)
    assert isinstance(session, Session)
    os.close(os.dup(session.pidfd))
    assert session.end()["code"] == -signal.SIGKILL
