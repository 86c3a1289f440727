"""Layers whose number has two digits: keys cut wrongly, and loops that end at nine, lose points."""

from __future__ import annotations

import numpy as np
import pytest
from judging import SEED, examine, points

from autograder.exercises import EXERCISES

RETURNING_DICTS = (
    "initialize_parameters_deep",
    "L_model_backward",
    "update_parameters",
    "L_layer_model",
    "update_parameters_with_gd",
    "initialize_velocity",
    "update_parameters_with_momentum",
    "initialize_adam",
    "update_parameters_with_adam",
    "backward_propagation_from_caches",
    "vector_to_dictionary",
    "numerical_gradient",
    "repaired_training_step",
)
DEEP_KINDS = {"eleven layers (L = 11)", "ten layers (L = 10)"}


def failing(name, function):
    """Give the kinds of hidden cases in which something differs."""
    exercise = EXERCISES[name]
    probes = exercise.probes(SEED, hidden=True)
    return {p.kind for p in probes if examine(exercise.contract, function, p)}


def nine_at_most(value):
    """Leave out of every dict what belongs to a layer after the ninth."""
    if isinstance(value, dict):
        return {key: nine_at_most(item) for key, item in value.items() if not key[-2:].isdigit()}
    return tuple(map(nine_at_most, value)) if isinstance(value, tuple) else value


@pytest.mark.parametrize("name", RETURNING_DICTS)
def test_what_stops_at_the_ninth_layer_loses_points(name):
    def stopped(*args):
        return nine_at_most(EXERCISES[name].reference(*args))

    assert set() < failing(name, stopped) <= DEEP_KINDS


def test_a_forward_pass_by_the_last_digit_of_a_key_loses_points():
    reference = EXERCISES["L_model_forward"].reference

    def L_model_forward(X, parameters):
        L = len(parameters) // 2
        names = {f"{kind}{l}" for kind in "Wb" for l in range(1, L + 1)}
        short = {n: parameters[n[0] + n[-1]] if n[0] + n[-1] in names else 1 for n in names}
        return reference(X, short)

    assert failing("L_model_forward", L_model_forward) == {"eleven layers (L = 11)"}


CUT = {
    "the first two signs": lambda key: key[:2],
    "first and last sign": lambda key: key[0] + key[-1],
    "the second sign as a number": lambda key: f"{key[0]}{int(key[1])}",
}


@pytest.mark.parametrize("cut", CUT)
@pytest.mark.parametrize("name", ["update_parameters", "update_parameters_with_gd"])
def test_gradients_by_keys_cut_short_lose_points(name, cut):
    def step(params, grads, learning_rate):
        return {k: v - learning_rate * grads["d" + CUT[cut](k)] for k, v in params.items()}

    assert points(name, step) == 7


@pytest.mark.parametrize("cut", CUT)
def test_velocities_by_keys_cut_short_lose_points(cut):
    def initialize_velocity(parameters):
        return {"d" + CUT[cut](k): np.zeros(v.shape) for k, v in parameters.items()}

    assert failing("initialize_velocity", initialize_velocity) == {"eleven layers (L = 11)"}
