"""Answers that try to fool the probes earn nothing by it."""

from __future__ import annotations

import json
import time

import numpy as np
import pytest
from judging import SEED, TWO_MISTAKES, code_of, notebook, points, verdicts

from autograder.calling import observe
from autograder.check import check
from autograder.exercises import EXERCISES
from autograder.judge import judge
from autograder.plain_data import Opaque, plain

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
