"""One early slip costs its own points only, however later exercises call the function."""

from __future__ import annotations

import pytest
from judging import WRONG_LINEAR, code_of, notebook, points, verdicts

from autograder.exercises import EXERCISES, answers
from autograder.followthrough import right_versions


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
    assert visible.words.endswith(
        "Judged with right versions of linear_backward in place of your own. "
        "With your own, 4 of 4 cases differ."
    )


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


PLACES = {
    "bound method": """
class Layer:
    def forward(self, A_prev, W, b, activation):
        Z, linear = linear_forward(A_prev, W, b)
        A, Z = (sigmoid if activation == "sigmoid" else relu)(Z)
        return A, (linear, Z)
linear_activation_forward = Layer().forward
""",
    "object that is called": """
class Layer:
    def __init__(self): self.step = linear_forward
    def __call__(self, A_prev, W, b, activation):
        Z, linear = self.step(A_prev, W, b)
        A, Z = (sigmoid if activation == "sigmoid" else relu)(Z)
        return A, (linear, Z)
linear_activation_forward = Layer()
""",
    "dict": """
steps = {"linear": linear_forward}
def linear_activation_forward(A_prev, W, b, activation):
    Z, linear = steps["linear"](A_prev, W, b)
    A, Z = (sigmoid if activation == "sigmoid" else relu)(Z)
    return A, (linear, Z)
""",
    "list in a closure": """
def made(steps):
    def linear_activation_forward(A_prev, W, b, activation):
        Z, linear = steps[0](A_prev, W, b)
        A, Z = (sigmoid if activation == "sigmoid" else relu)(Z)
        return A, (linear, Z)
    return linear_activation_forward
linear_activation_forward = made([linear_forward])
""",
}


@pytest.mark.parametrize("place", PLACES)
def test_right_helpers_are_used_wherever_they_are_kept(place):
    wrong = "def linear_forward(A, W, b):\n    return W @ A - b, (A, W, b)"
    space = notebook(wrong, PLACES[place])
    own = space["linear_forward"].__code__
    assert points("linear_forward", space["linear_forward"]) < 10
    assert points("linear_activation_forward", space["linear_activation_forward"]) == 10
    assert space["linear_forward"].__code__ is own
