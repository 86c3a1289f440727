"""Exercise 10: a step that moved the weights before it had finished with them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from autograder.contract import Probe
from autograder.exercises.find_the_bug.dictionary_to_vector import Arrays
from autograder.exercises.find_the_bug.networks import smooth_case
from autograder.exercises.find_the_bug.numerical_gradient import true_gradient
from autograder.exercises.model import Exercise, core, edge
from autograder.exercises.numbers import ELEVEN, FloatArray, all_on, labels, strided
from dnn_app_utils import L_model_backward, L_model_forward

# As for L_model_backward: an answer may keep a tiny epsilon beside AL.
LOOSE = 1e-4


def repaired_training_step(
    parameters: Arrays, X: FloatArray, Y: FloatArray, learning_rate: float
) -> Arrays:
    """First all gradients, then all steps."""
    AL, caches = L_model_forward(X, parameters)
    grads = L_model_backward(AL, Y, caches)
    moved = {}
    for name in parameters:
        moved[name] = parameters[name] - learning_rate * grads["d" + name]
    return moved


def by_differences(
    parameters: Arrays, X: FloatArray, Y: FloatArray, learning_rate: float
) -> Arrays:
    """Step along a gradient that knows no backward pass."""
    slopes = true_gradient(parameters, X, Y)
    return {name: value - learning_rate * slopes["d" + name] for name, value in parameters.items()}


def probes(rng: np.random.Generator) -> Iterator[Probe]:
    """All depths; rates so large that an early step would show."""
    yield core("three layers, a rate of 0.5", *smooth_case(rng, [3, 4, 2, 1], 5), 0.5, rtol=LOOSE)
    case = smooth_case(rng, [2, 3, 1], 4)
    yield core("two layers, checked by tiny steps", *case, 0.3, wanted=by_differences, rtol=LOOSE)
    yield core("a rate above 1", *smooth_case(rng, [2, 4, 3, 1], 6), 1.7, rtol=LOOSE)
    yield edge("a rate of 0", *smooth_case(rng, [2, 3, 1], 4), 0.0, rtol=LOOSE)
    yield edge("a small rate", *smooth_case(rng, [2, 3, 2, 1], 4), 0.01, rtol=LOOSE)
    yield edge("one layer (L = 1)", *smooth_case(rng, [3, 1], 4), 0.5, rtol=LOOSE)
    yield edge("five layers (L = 5)", *smooth_case(rng, [2, 4, 3, 4, 2, 1], 4), 0.5, rtol=LOOSE)
    yield edge("one example only (m = 1)", *smooth_case(rng, [3, 2, 1], 1), 0.5, rtol=LOOSE)
    yield edge("layers of one unit", *smooth_case(rng, [1, 1, 1], 5), 0.5, rtol=LOOSE)
    yield edge("equal widths", *smooth_case(rng, [3, 3, 3, 1], 3), 0.5, rtol=LOOSE)
    weights, X, Y = smooth_case(rng, [2, 3, 1], 6)
    yield edge("inputs that are a view", weights, strided(X), Y, 0.5, rtol=LOOSE)
    yield edge("all labels 0", weights, X, Y * 0, 0.5, rtol=LOOSE)
    X, weights = all_on(rng, ELEVEN, 2)
    yield edge("eleven layers (L = 11)", weights, X, labels(rng, 2), 0.5, rtol=LOOSE)


exercise = Exercise(
    "find-the-bug",
    repaired_training_step,
    probes,
    returns=("parameters",),
    may_change=("parameters",),
)
