"""The judge calls a function as seldom as it can: what it knows is not looked at again."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
from judging import SEED, code_of, notebook

from autograder.calling import observe
from autograder.exercises import ASSIGNMENTS, answers
from autograder.followthrough import LocalAnswer
from autograder.judge import judge

NEXT = "linear_activation_backward"
CATALOGUE = [e.name for e in ASSIGNMENTS["step-by-step"]]


class Counted(LocalAnswer):
    """Counts how often it is called with a set of probes."""

    def __init__(self, function):
        super().__init__(function)
        self.runs = 0

    def observe_each(self, calls, seconds):
        self.runs += 1
        return super().observe_each(calls, seconds)


def counted(name, code, *before):
    return Counted(notebook(*before, code)[name])


def test_what_was_not_written_is_not_tried_with_right_helpers():
    blank = counted(NEXT, f"def {NEXT}(dA, cache, activation):\n    raise NotImplementedError")
    verdict = judge(NEXT, blank, hidden=True, seed=SEED)
    assert (verdict.blank, verdict.points, blank.runs) == (True, 0.0, 1)


def test_a_helper_that_was_not_written_is_answered_by_a_right_one():
    helper = "def linear_backward(dZ, cache):\n    raise NotImplementedError"
    verdict = judge(NEXT, counted(NEXT, code_of(NEXT), helper), hidden=True, seed=SEED)
    assert (verdict.blank, verdict.points) == (False, 6.0)


def test_what_is_blank_in_some_cases_only_is_tried_with_right_helpers():
    half = f"""
def {NEXT}(dA, cache, activation):
    if activation == "relu":
        raise NotImplementedError
    return linear_backward(sigmoid_backward(dA, cache[1]), cache[0])
"""
    helper = "def linear_backward(dZ, cache):\n    return 1, 2, 3"
    answer = counted(NEXT, half, helper)
    judge(NEXT, answer, hidden=True, seed=SEED)
    assert answer.runs > 1


def both(name, code, diagnosed):
    """Judge as a notebook's two checks do; give the verdicts, and how often it was called."""
    answer = counted(name, code)
    made = [judge(name, answer, hidden=h, seed=SEED, diagnosed=diagnosed) for h in (False, True)]
    return made, answer.runs


def without_numbers(verdict):
    words = re.sub(r"-?\d[\d.e-]*", "#", verdict.words)
    return replace(verdict, words=" ".join(words.split()))


@pytest.mark.parametrize("name", CATALOGUE)
def test_the_hidden_check_knows_what_the_visible_one_found(name):
    for mistake in answers(name)[1]:
        alone, often = both(name, mistake.code, None)
        diagnosed, seldom = both(name, mistake.code, {})
        # Some mistakes are to draw numbers anew, or to keep what earlier calls left; then what
        # is seen first is seen best.
        if not alone[1].mistakes and diagnosed[1].mistakes == [mistake.name]:
            continue
        assert [without_numbers(v) for v in diagnosed] == [without_numbers(v) for v in alone]
        looked_for_twice = all(verdict.points < verdict.max_points for verdict in alone)
        assert seldom < often if looked_for_twice and diagnosed[0].mistakes else seldom <= often


def test_another_function_of_that_name_is_looked_at():
    name = "linear_backward"
    first, second = answers(name)[1][:2]
    diagnosed = {}
    judge(name, counted(name, first.code), hidden=False, seed=SEED, diagnosed=diagnosed)
    other = counted(name, second.code)
    verdict = judge(name, other, hidden=True, seed=SEED, diagnosed=diagnosed)
    assert verdict == judge(name, other, hidden=True, seed=SEED)
    assert second.name in verdict.mistakes


def test_arguments_left_alone_are_not_copied():
    args = (np.ones((2, 2)), {"W1": np.zeros(3)}, [1.0, "relu", None])
    assert observe(lambda *given: 1, args).after is args
    changed = observe(lambda a, b, c: b.update(W2=1), args).after
    assert changed is not args
    assert (list(changed[1]), list(args[1])) == (["W1", "W2"], ["W1"])
    [left] = observe(lambda a: a.fill(2), (np.ones(2),)).after
    assert left.tolist() == [2, 2]
