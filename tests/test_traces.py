"""What is noted down on the way: right at any cadence, wrong where it tells something else."""

from __future__ import annotations

import numpy as np
import pytest

from autograder.calling import Outcome, observe
from autograder.contract import Contract, Probe
from autograder.exercises.model import Exercise
from autograder.findings import findings
from autograder.number_patterns import pairs
from autograder.signatures import agree, signature
from autograder.traces import canonical, difference

WANTED = np.array([0.70, 0.60, 0.55, 0.50, 0.40, 0.30])


@pytest.mark.parametrize(
    "kept",
    [
        [0.70],
        [0.70, 0.55, 0.30],
        (0.70, 0.60, 0.55, 0.50, 0.40, 0.30),
        [0.70, 0.30, 0.30],
        [0.70, 0.40, 0.40],  # the last one once more, after the loop
        np.array([0.70, 0.40]),
        np.array([[0.70], [0.40]]),
        np.array([[0.70, 0.40]]),
        [np.array(0.70), np.array([[0.60]]), np.float32(0.5)],
        [0.70 * (1 + 1e-7), 0.5 * (1 - 1e-7)],
    ],
)
def test_any_selection_in_order_that_begins_with_the_first_is_right(kept):
    assert difference(kept, WANTED, 1e-6) is None


@pytest.mark.parametrize(
    ("kept", "aspect", "said"),
    [
        (0.7, "type", "is no list of numbers"),
        ({0: 0.7}, "type", "is no list of numbers"),
        (np.array(0.7), "type", "is no list of numbers"),
        (np.ones((2, 2)), "type", "is no list of numbers"),
        ([], "structure", "is empty; it should begin with 0.7"),
        ([0.60, 0.55], "values", "begins with 0.6, wanted 0.7"),
        ([float("nan")], "values", "begins with nan"),
        ([0.70, 0.55, 0.60], "values", "has 0.6 at [2]"),
        ([0.70, 0.65], "values", "has 0.65 at [1]"),
        ([0.70, 0.70], "values", "has 0.7 at [1]"),  # worked out once, noted again and again
        ([0.70, 0.55, 0.55], "values", "has 0.55 at [2]"),
        ([0.70, float("nan")], "values", "has nan at [1]"),
        ([0.70, "0.60"], "type", "has an entry [1] that is no number"),
        ([0.70, None], "type", "has an entry [1] that is no number"),
        ([True, 0.60], "type", "has an entry [0] that is no number"),
        ([(0, 0.70)], "type", "has an entry [0] that is no number"),
    ],
)
def test_what_is_wrong_is_said(kept, aspect, said):
    found = difference(kept, WANTED, 1e-6)
    assert found is not None
    assert found[0] == aspect
    assert said in found[1]
    assert not any(digit in found[2] for digit in "0123456789")  # for the hidden check


CONTRACT = Contract("f", ("x",), ("y", "costs"), traces=("costs",))


def found_for(kept):
    probe = Probe("a case", "core", (1.0,), (2.0, WANTED), 1e-6)
    return findings(CONTRACT, probe, observe(lambda x: (2.0, kept), (1.0,)))


def test_the_comparison_asks_the_trace():
    assert found_for([0.70, 0.40]) == []
    [finding] = found_for([0.60])
    assert (finding.aspect, finding.text) == ("values", "costs begins with 0.6, wanted 0.7.")
    assert finding.outline == "costs begins with a wrong value."
    [finding] = found_for(None)
    assert "costs is None" in finding.text


def test_a_part_of_another_name_is_compared_as_ever():
    plain = Contract("f", ("x",), ("y", "costs"))
    probe = Probe("a case", "core", (1.0,), (2.0, [0.7, 0.6]), 1e-6)
    assert findings(plain, probe, observe(lambda x: (2.0, [0.7]), (1.0,)))


def test_signatures_of_every_cadence_agree_and_a_single_number_is_another_thing():
    def of(kept):
        return signature(CONTRACT, Outcome((2.0, kept), None, (1.0,)), (1.0,))["costs"]

    every, seldom = of(list(WANTED)), of([np.array(0.70)])
    assert agree(every, seldom)
    assert agree(every, of(WANTED))
    assert not agree(every, of(0.70))
    assert not agree(every, of([]))
    assert not agree(every, of([0.60]))
    assert canonical(["a", 0.7]) == ["a"]


def test_patterns_leave_traces_alone():
    places = [place for place, *_ in pairs(CONTRACT, (1.0, WANTED[::2]), (2.0, WANTED))]
    assert places == ["y"]


def test_an_exercise_hands_its_traces_to_the_contract():
    def f(x):
        return x, [x]

    exercise = Exercise("any", f, lambda rng: [], returns=("y", "costs"), traces=("costs",))
    assert exercise.contract == CONTRACT
