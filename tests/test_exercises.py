"""The references are right by an independent measure, and probes cover the contract."""

from __future__ import annotations

import copy

import numpy as np
import pytest
from judging import examine

from autograder.check import check, stored_probes
from autograder.diagnosis import same
from autograder.exercises import ASSIGNMENTS, EXERCISES, answers
from autograder.exercises.known import known_mistakes_of
from autograder.exercises.numbers import numerical_gradient
from autograder.judge import judge

SEEDS = range(5)
ORDER = (
    "initialize_parameters",
    "initialize_parameters_deep",
    "linear_forward",
    "linear_activation_forward",
    "L_model_forward",
    "compute_cost",
    "linear_backward",
    "linear_activation_backward",
    "L_model_backward",
    "update_parameters",
)


def test_the_ten_exercises_stand_in_the_courses_order():
    assert tuple(exercise.name for exercise in ASSIGNMENTS["step-by-step"]) == ORDER


@pytest.mark.parametrize("name", ORDER)
@pytest.mark.parametrize("hidden", [False, True])
def test_the_reference_has_full_marks(name, hidden):
    for seed in SEEDS:
        verdict = judge(name, EXERCISES[name].reference, hidden=hidden, seed=seed)
        assert verdict.points == verdict.max_points, verdict.words
        assert verdict.words.startswith(f"{name}: right.")


@pytest.mark.parametrize("name", ORDER)
def test_probes_are_made_from_their_seed(name):
    exercise = EXERCISES[name]

    def inputs(seed, hidden):
        return repr([probe.args for probe in exercise.probes(seed, hidden=hidden)])

    assert inputs(1, True) == inputs(1, True)
    assert inputs(1, True) != inputs(2, True)
    assert inputs(1, False) != inputs(1, True)


@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        ("linear_backward", ["m = 1", "n = 1", "n_prev = 1", "views", "tiny steps"]),
        ("linear_activation_backward", ["Z exactly 0", "large Z", "tiny steps"]),
        ("L_model_forward", ["L = 1", "L = 2", "L = 3", "L = 5", "m = 1"]),
        ("L_model_backward", ["L = 1", "L = 2", "L = 3", "L = 5", "labels 0", "labels 1"]),
        ("compute_cost", ["labels 0", "labels 1", "m = 1"]),
        ("update_parameters", ["L = 1", "L = 5"]),
    ],
)
def test_probes_cover_the_kinds_of_the_contract(name, kinds):
    said = " | ".join(probe.kind for probe in EXERCISES[name].probes(0, hidden=True))
    assert [kind for kind in kinds if kind not in said] == []


def _relative(a, b):
    return np.max(np.abs(a - b)) / max(np.max(np.abs(b)), 1e-300)


@pytest.mark.parametrize("seed", SEEDS)
def test_L_model_backward_agrees_with_differences_of_the_cost(seed):
    from autograder.exercises.step_by_step.L_model_backward import (
        gradients_by_differences,
        smooth_network,
    )

    rng = np.random.default_rng(seed)
    X, weights = smooth_network(rng, [3, 4, 2, 1], 6)
    Y = rng.integers(0, 2, (1, 6)).astype(float)
    AL, caches = EXERCISES["L_model_forward"].reference(X, weights)
    grads = EXERCISES["L_model_backward"].reference(AL, Y, caches)
    numeric = gradients_by_differences(AL, Y, caches)
    assert grads.keys() == numeric.keys()
    assert max(_relative(grads[key], numeric[key]) for key in grads) < 1e-7


def test_the_numerical_gradient_itself_is_right():
    x = np.array([[0.3, -1.2], [2.0, 0.5]])
    assert (
        _relative(
            numerical_gradient(lambda v: float(np.sum(np.sin(v) * v)), x), np.cos(x) * x + np.sin(x)
        )
        < 1e-10
    )


def test_a_wrong_reference_would_not_pass_the_difference_probe():
    """No stored number is the only judge: the probe against differences knows no formula."""
    exercise = EXERCISES["linear_backward"]
    [probe] = [p for p in exercise.probes(3, hidden=False) if "tiny steps" in p.kind]

    def linear_backward(dZ, cache):
        dA_prev, dW, db = exercise.reference(dZ, cache)
        return dA_prev / dZ.shape[1], dW, db

    assert [f.aspect for f in examine(exercise.contract, linear_backward, probe)] == ["values"]


@pytest.mark.parametrize("name", ORDER)
def test_the_learners_checks_are_the_visible_probes(name):
    contract, stored, known = stored_probes(name)
    made = EXERCISES[name].probes(0, hidden=False)
    assert contract == EXERCISES[name].contract
    written = [mistake.name for mistake in answers(name)[1]]
    assert [k.name for k in known][: len(written)] == written  # machine-made ones follow
    for stored_one, made_one in zip(
        known, known_mistakes_of(EXERCISES[name], 0, hidden=False), strict=True
    ):
        assert (stored_one.name, stored_one.hint) == (made_one.name, made_one.hint)
        assert same(stored_one.signatures, made_one.signatures)
    assert [p.kind for p in stored] == [p.kind for p in made]
    for one, other in zip(stored, made, strict=True):
        np.testing.assert_equal(_flat(one.args), _flat(other.args))
        for a, b in zip(_flat(one.wanted), _flat(other.wanted), strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-12)


def _flat(value):
    if isinstance(value, dict):
        return [value.keys() - value.keys(), *(x for k in value for x in [*_flat(value[k])])][1:]
    if isinstance(value, (list, tuple)):
        return [x for item in value for x in _flat(item)]
    return [] if isinstance(value, str) else [np.asarray(value)]


@pytest.mark.parametrize("name", ORDER)
def test_the_learners_check_passes_and_fails(name, capsys):
    check(name, EXERCISES[name].reference)
    assert "right" in capsys.readouterr().out
    from autograder.check import CheckFailed

    with pytest.raises(CheckFailed):
        check(name, lambda *args: None)


def test_points_by_group():
    reference = EXERCISES["linear_backward"].reference

    def points(function):
        visible = judge("linear_backward", function, hidden=False, seed=1).points
        return visible, judge("linear_backward", function, hidden=True, seed=1).points

    def blank(dZ, cache):
        raise NotImplementedError

    blank.__code__ = blank.__code__.replace(co_name="linear_backward")

    def wrong_values(dZ, cache):
        dA_prev, dW, db = reference(dZ, cache)
        return dA_prev, dW * 2, db

    def wrong_shape(dZ, cache):
        dA_prev, dW, db = reference(dZ, cache)
        return dA_prev, dW, db.ravel()

    def wrong_for_one_example(dZ, cache):
        dA_prev, dW, db = reference(dZ, cache)
        return dA_prev, (dW if dZ.shape[1] > 1 else dW * 2), db

    assert points(reference) == (4.0, 6.0)
    assert points(blank) == (0.0, 0.0)
    assert points(wrong_shape) == (0.0, 0.0)
    assert points(wrong_values) == (1.0, 0.0)
    assert points(wrong_for_one_example) == (4.0, 3.0)
    assert judge("linear_backward", blank, hidden=False, seed=1).blank


def test_references_leave_their_arguments_alone():
    for exercise in EXERCISES.values():
        for probe in exercise.probes(0, hidden=True):
            args = copy.deepcopy(probe.args)
            exercise.reference(*args)
            np.testing.assert_equal(_flat(args), _flat(probe.args))
