"""Follow-through, diagnosis and answers that try to fool the probes."""

from __future__ import annotations

import json
import time

import numpy as np
import pytest

from autograder.calling import Opaque, observe, plain
from autograder.check import CheckFailed, check
from autograder.exercises import EXERCISES, answers
from autograder.exercises.known import space_for, written
from autograder.followthrough import right_versions
from autograder.judge import judge

SEED = 4


def notebook(*parts):
    """Run code cells one after the other in one namespace, as a notebook does."""
    space = dict(space_for(EXERCISES["initialize_parameters"]))
    for part in parts:
        exec(part, space)
    return space


def verdicts(name, function):
    return [judge(name, function, hidden=hidden, seed=SEED) for hidden in (False, True)]


def points(name, function):
    return sum(verdict.points for verdict in verdicts(name, function))


def code_of(name):
    return answers(name)[0][0].code


WRONG_LINEAR = """
def linear_backward(dZ, cache):
    A_prev, W, b = cache
    dA_prev = np.dot(W.T, dZ) / dZ.shape[1]
    dW = np.dot(dZ, A_prev.T) / m
    db = np.sum(dZ, axis=1, keepdims=True) / m
    return dA_prev, dW, db
"""


def test_the_undefined_m_and_the_one_over_m_are_both_named_and_cost_only_their_own():
    space = notebook(
        WRONG_LINEAR, code_of("linear_activation_backward"), code_of("L_model_backward")
    )
    visible, hidden = verdicts("linear_backward", space["linear_backward"])
    for verdict in (visible, hidden):
        assert verdict.mistakes == ["m is not defined", "1/m in dA_prev"]
    assert "m is not defined" in visible.words
    assert "1/m in dA_prev" in visible.words
    assert points("linear_activation_backward", space["linear_activation_backward"]) == 10
    assert points("L_model_backward", space["L_model_backward"]) == 10


def test_the_report_says_both_with_own_helpers_and_with_right_ones():
    space = notebook(WRONG_LINEAR, code_of("linear_activation_backward"))
    visible, _ = verdicts("linear_activation_backward", space["linear_activation_backward"])
    assert (visible.points, visible.own_points) == (4.0, 0.0)
    assert "Judged with right versions of linear_backward in place of your own" in visible.words
    assert "4 of 4 cases differ" in visible.words


LATER = """
def linear_activation_backward(dA, cache, activation{extra}):
    linear_cache, activation_cache = cache
    if activation == "relu":
        dZ = relu_backward(dA, activation_cache)
    else:
        dZ = sigmoid_backward(dA, activation_cache)
    return {call}(dZ, linear_cache)
"""


@pytest.mark.parametrize(
    ("between", "extra", "call"),
    [
        ("", "", "linear_backward"),
        ("my_backward = linear_backward", "", "my_backward"),
        ("import functools\npart = functools.partial(linear_backward)", "", "part"),
        ("", ", helper=linear_backward", "helper"),
        ("helpers = type('H', (), {'lb': staticmethod(linear_backward)})", "", "helpers.lb"),
        ("table = {'back': linear_backward}", "", "table['back']"),
    ],
)
def test_right_helpers_are_used_however_they_are_called(between, extra, call):
    space = notebook(WRONG_LINEAR, between, LATER.format(extra=extra, call=call))
    assert points("linear_activation_backward", space["linear_activation_backward"]) == 10


def test_right_helpers_reach_a_students_own_file(tmp_path, monkeypatch):
    (tmp_path / "my_helpers.py").write_text("import numpy as np\n" + WRONG_LINEAR)
    monkeypatch.syspath_prepend(tmp_path)
    for line, call in (
        ("import my_helpers", "my_helpers.linear_backward"),
        ("from my_helpers import linear_backward as lb", "lb"),
    ):
        space = notebook(line, LATER.format(extra="", call=call))
        assert points("linear_activation_backward", space["linear_activation_backward"]) == 10


def test_a_helper_that_is_missing_or_blank_costs_only_itself():
    blank = "def linear_backward(dZ, cache):\n    raise NotImplementedError"
    for first in ("", blank):
        space = notebook(first, code_of("linear_activation_backward"))
        assert points("linear_activation_backward", space["linear_activation_backward"]) == 10


def test_the_students_own_helper_is_put_back():
    space = notebook(WRONG_LINEAR, code_of("linear_activation_backward"))
    own = space["linear_backward"]
    before = (own.__code__, set(space))
    points("linear_activation_backward", space["linear_activation_backward"])
    assert space["linear_backward"] is own
    assert (own.__code__, set(space)) == before


def test_wrong_helpers_make_nothing_free():
    """An exercise that does nothing right stays wrong with right helpers too."""
    lazy = """
def linear_activation_backward(dA, cache, activation):
    return linear_backward(dA, cache[0])
"""
    space = notebook("def linear_backward(dZ, cache):\n    return dZ, dZ, dZ", lazy)
    assert points("linear_activation_backward", space["linear_activation_backward"]) <= 1


def test_an_exercise_that_inlines_its_helpers_is_judged_by_its_results():
    inlined = next(v for v in answers("L_model_backward")[0] if "linear_backward(" not in v.code)
    space = notebook(WRONG_LINEAR, inlined.code)
    assert points("L_model_backward", space["L_model_backward"]) == 10


def test_own_conventions_between_own_helpers_are_right_too():
    """A helper with another signature works with its caller; a right version would not."""
    own = """
def linear_backward(dZ, A_prev, W):
    m = dZ.shape[1]
    return W.T @ dZ, dZ @ A_prev.T / m, dZ.mean(axis=1, keepdims=True)

def linear_activation_backward(dA, cache, activation):
    (A_prev, W, b), Z = cache
    g = {"relu": relu_backward, "sigmoid": sigmoid_backward}[activation]
    return linear_backward(g(dA, Z), A_prev, W)
"""
    space = notebook(own)
    assert points("linear_activation_backward", space["linear_activation_backward"]) == 10


def test_a_written_over_activation_is_an_early_slip_too():
    wrong_relu = "def relu(Z):\n    return np.abs(Z), Z"
    space = notebook(wrong_relu, code_of("linear_forward"), code_of("linear_activation_forward"))
    assert points("linear_activation_forward", space["linear_activation_forward"]) == 10


def test_right_versions_leave_a_closure_alone():
    def make():
        hidden = 1

        def linear_backward(dZ, cache):
            return hidden

        return linear_backward

    space = notebook(code_of("linear_activation_backward"))
    space["linear_backward"] = make()
    function = space["linear_activation_backward"]
    with right_versions(function, {"linear_backward": EXERCISES["linear_backward"].reference}):
        assert space["linear_backward"] is EXERCISES["linear_backward"].reference
    assert points("linear_activation_backward", function) == 10


# --- diagnosis --------------------------------------------------------------------------

TWO_MISTAKES = """
def linear_backward(dZ, cache):
    A_prev, W, b = cache
    m = A_prev.shape[1]
    dA_prev = np.dot(W.T, dZ)
    dW = np.dot(dZ, A_prev.T)
    db = np.sum(dZ) / m
    return dA_prev, dW, db
"""


def test_two_mistakes_in_two_places_are_both_named():
    space = notebook(TWO_MISTAKES)
    _, hidden = verdicts("linear_backward", space["linear_backward"])
    assert len(hidden.mistakes) == 2
    assert any("dW" in name for name in hidden.mistakes)
    assert any("db" in name for name in hidden.mistakes)


@pytest.mark.parametrize(
    ("name", "code", "said"),
    [
        (
            "linear_backward",
            """
def linear_backward(dZ, cache):
    A_prev, W, b = cache
    m = dZ.shape[1]
    return W.T @ dZ, -7 * dZ @ A_prev.T / m, np.mean(dZ, axis=1, keepdims=True)
""",
            "dW off by the factor -7",
        ),
        (
            "linear_forward",
            """
def linear_forward(A, W, b):
    return W @ A + b + 0.3 * b, (A, W, b)
""",
            "Z off by 0.3 times b",
        ),
        (
            "linear_backward",
            """
def linear_backward(dZ, cache):
    A_prev, W, b = cache
    m = dZ.shape[1]
    dW = dZ @ A_prev.T / m + 0.05 * W
    return W.T @ dZ, dW, np.mean(dZ, axis=1, keepdims=True)
""",
            "dW off by 0.05 times array 2 in cache",
        ),
        (
            "L_model_backward",
            """
def L_model_backward(AL, Y, caches):
    grads = {}
    dA = (AL - Y) / (AL * (1 - AL))
    for l in range(len(caches), 0, -1):
        kind = "sigmoid" if l == len(caches) else "relu"
        dA, dW, db = linear_activation_backward(dA, caches[l - 1], kind)
        grads[f"dA{l}"], grads[f"dW{l + 1}"], grads[f"db{l + 1}"] = dA, dW, db
    return grads
""",
            "all keys one too high",
        ),
        (
            "compute_cost",
            """
def compute_cost(AL, Y):
    return np.round(-np.mean(Y * np.log(AL) + (1 - Y) * np.log(1 - AL)), 5)
""",
            "cost rounded to 5 decimals",
        ),
    ],
)
def test_patterns_speak_where_no_known_mistake_does(name, code, said):
    function = written(EXERCISES[name], code)
    _, hidden = verdicts(name, function)
    assert hidden.points < 6
    assert any(said in mistake for mistake in hidden.mistakes), hidden.mistakes


def test_a_global_m_that_has_a_value_is_named_too():
    code = code_of("linear_backward")
    assert "m = " in code
    space = notebook("m = 209", "\n".join(t for t in code.splitlines() if "m = " not in t))
    _, hidden = verdicts("linear_backward", space["linear_backward"])
    assert hidden.mistakes == ["depends on m from outside"]


def test_hidden_words_hold_no_numbers_of_the_probes():
    space = notebook(TWO_MISTAKES)
    _, hidden = verdicts("linear_backward", space["linear_backward"])
    assert "you return" not in hidden.words
    assert "Hidden case" in hidden.words


def test_hints_never_hold_a_line_of_the_reference():
    import inspect

    for name, exercise in EXERCISES.items():
        source = inspect.getsource(exercise.reference).split('"""')[-1]
        lines = [line.split("#")[0].strip() for line in source.splitlines()]
        expressions = [line.partition(" = ")[2] or line for line in lines]
        expressions = [expression for expression in expressions if len(expression) > 15]
        for mistake in answers(name)[1]:
            assert not [e for e in expressions if e in mistake.hint], mistake.name


def test_the_learners_own_check_names_mistakes_and_unready_helpers():
    wrong = notebook(WRONG_LINEAR.replace("/ m", "/ dZ.shape[1]"))["linear_backward"]
    with pytest.raises(CheckFailed, match="agrees with a known mistake: 1/m in dA_prev"):
        check("linear_backward", wrong)
    space = notebook(WRONG_LINEAR, code_of("linear_activation_backward"))
    with pytest.raises(CheckFailed, match="calls linear_backward, whose own check does not pass"):
        check("linear_activation_backward", space["linear_activation_backward"])


# --- answers that try to fool the probes ---------------------------------------------------


class EqualsEverything:
    shape, dtype, size = (3, 5), np.dtype(float), 15

    def __eq__(self, other):
        return True

    def __array__(self, *args, **kwargs):
        return np.zeros((3, 5))

    __hash__ = None


class Always(dict):
    def __getitem__(self, key):
        return np.zeros((3, 4))

    def __contains__(self, key):
        return True


@pytest.mark.parametrize(
    "result",
    [
        EqualsEverything(),
        (EqualsEverything(),) * 3,
        Always(),
        np.ma.masked_all((3, 5)),
        np.full((3, 5), np.nan),
        [np.nan] * 3,
        True,
        "right",
        lambda: 0,
        float("inf"),
    ],
)
@pytest.mark.parametrize("name", list(EXERCISES))
def test_strange_objects_earn_nothing(name, result):
    assert points(name, lambda *args: result) <= 1


def test_stored_answers_of_the_learners_checks_earn_nothing():
    """Fresh numbers every time: what is right on the visible seed only is wrong."""
    reference = EXERCISES["linear_backward"].reference
    stored = {
        probe.args[0].tobytes(): reference(*probe.args)
        for probe in EXERCISES["linear_backward"].probes(0, hidden=False)
    }

    def linear_backward(dZ, cache):
        zeros = (np.zeros_like(cache[0]), np.zeros_like(cache[1]), np.zeros((dZ.shape[0], 1)))
        return tuple(part.copy() for part in stored.get(dZ.tobytes(), zeros))

    check("linear_backward", linear_backward)
    assert points("linear_backward", linear_backward) == 1


def test_what_looks_at_its_caller_finds_nothing_right():
    import sys

    def linear_backward(dZ, cache):
        frame = sys._getframe(1)
        while frame:
            for value in frame.f_locals.values():
                for probe in value if isinstance(value, list) else [value]:
                    wanted = getattr(probe, "wanted", None)
                    if isinstance(wanted, tuple) and wanted[1].shape == cache[1].shape:
                        return wanted
            frame = frame.f_back
        raise ValueError("nothing found")

    assert points("linear_backward", linear_backward) == 0


def test_a_result_shared_between_calls_is_found():
    kept = {}

    def initialize_parameters(n_x, n_h, n_y):
        made = EXERCISES["initialize_parameters"].reference(n_x, n_h, n_y)
        return kept.setdefault((n_x, n_h, n_y), made)

    assert points("initialize_parameters", initialize_parameters) < 10


def test_counting_calls_does_not_help():
    calls = []

    def linear_forward(A, W, b):
        calls.append(1)
        return (W @ A + b if len(calls) % 2 else W @ A), (A, W, b)

    assert points("linear_forward", linear_forward) < 10


def test_a_loop_without_end_costs_its_own_points_only():
    space = notebook(
        "def linear_backward(dZ, cache):\n    while True:\n        pass",
        code_of("linear_activation_backward"),
    )
    visible = judge("linear_backward", space["linear_backward"], hidden=False, seed=SEED)
    assert visible.points == 0
    assert "not at an end after 2 seconds" in visible.words
    later = space["linear_activation_backward"]
    assert judge("linear_activation_backward", later, hidden=False, seed=SEED).points == 4


def test_structures_without_end_are_bounded():
    endless = []
    endless += [endless] * 50
    begun = time.process_time()
    assert "without end" in str(plain(endless))
    deep = []
    for _ in range(10_000):
        deep = [deep, deep]
    assert "Opaque" in str(plain(deep))
    assert time.process_time() - begun < 5  # a hang shows; it takes milliseconds


def test_plain_data_is_past_what_a_class_answers():
    assert plain(Always(a=1)) == {"a": 1}
    assert plain(np.ma.masked_array([1.0])) == Opaque("MaskedArray")
    assert plain(EqualsEverything()) == Opaque("EqualsEverything")


def test_an_overwritten_seed_function_does_not_stop_the_judge():
    seed = np.random.seed
    try:
        np.random.seed = 1
        assert observe(lambda x: x, (1,)).error is None
    finally:
        np.random.seed = seed


def test_a_seed_gives_the_same_verdict_again():
    space = notebook(TWO_MISTAKES)
    first, second = (
        json.dumps(vars(verdicts("linear_backward", space["linear_backward"])[0])) for _ in "ab"
    )
    assert first == second
