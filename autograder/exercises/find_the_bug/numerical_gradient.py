"""Exercise 3: the gradient of the cost without any backward pass."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import numpy as np

from autograder.contract import Probe
from autograder.exercises.find_the_bug.dictionary_to_vector import Arrays, dictionary_to_vector
from autograder.exercises.find_the_bug.networks import smooth_case
from autograder.exercises.find_the_bug.vector_to_dictionary import vector_to_dictionary
from autograder.exercises.model import Exercise, core, edge
from autograder.exercises.numbers import FloatArray, all_on, labels, strided
from autograder.exercises.numbers import numerical_gradient as by_five_points
from dnn_app_utils import L_model_forward, compute_cost

# With steps of 1e-7 the cost's last digits are lost: what is left is right to 1e-8 or so. A cost
# of one's own may have a tiny epsilon in its logarithms. Larger steps show the formula's error.
LOOSE = 1e-5


def numerical_gradient(
    parameters: Arrays, X: FloatArray, Y: FloatArray, epsilon: float = 1e-7
) -> Arrays:
    """Move each parameter up and down by epsilon and see what the cost does."""
    gradients = {}
    for name in parameters:
        slopes = np.zeros(parameters[name].shape)
        for place in np.ndindex(slopes.shape):
            for sign in (1, -1):
                moved = copy.deepcopy(parameters)
                moved[name][place] += sign * epsilon
                slopes[place] += sign * compute_cost(L_model_forward(X, moved)[0], Y)
        gradients["d" + name] = slopes / (2 * epsilon)
    return gradients


def cost(parameters: Arrays, X: FloatArray, Y: FloatArray) -> float:
    """Give the cost of one set of parameters."""
    return float(compute_cost(L_model_forward(X, parameters)[0], Y))


def along_the_vector(
    parameters: Arrays, X: FloatArray, Y: FloatArray, epsilon: float = 1e-7
) -> Arrays:
    """Take the same differences along the column of all parameters."""
    layers_dims = [len(X), *(len(parameters[f"b{l + 1}"]) for l in range(len(parameters) // 2))]
    theta = dictionary_to_vector(parameters)
    slopes = np.zeros(theta.shape)
    for i in range(theta.size):
        up, down = theta.copy(), theta.copy()
        up[i] += epsilon
        down[i] -= epsilon
        costs = [cost(vector_to_dictionary(vector, layers_dims), X, Y) for vector in (up, down)]
        slopes[i] = (costs[0] - costs[1]) / (2 * epsilon)
    return {"d" + name: part for name, part in vector_to_dictionary(slopes, layers_dims).items()}


def true_gradient(
    parameters: Arrays, X: FloatArray, Y: FloatArray, epsilon: float = 1e-7
) -> Arrays:
    """Differentiate by five points, which is right to eleven digits."""
    return {
        "d" + name: by_five_points(
            lambda v, name=name: cost(parameters | {name: v}, X, Y),  # type: ignore[misc]
            value,
        )
        for name, value in parameters.items()
    }


def probes(rng: np.random.Generator) -> Iterator[Probe]:
    """All depths; large steps, for which every digit is agreed, and the step of the default."""
    agreed: dict[str, Any] = {"wanted": along_the_vector, "rtol": LOOSE}
    yield core("two layers, epsilon 0.001", *smooth_case(rng, [3, 2, 1], 5), 1e-3, **agreed)
    yield core("three layers, epsilon 0.02", *smooth_case(rng, [2, 3, 2, 1], 4), 0.02, **agreed)
    near = {"wanted": true_gradient, "rtol": LOOSE}
    yield core("three layers, epsilon left out", *smooth_case(rng, [2, 3, 2, 1], 4), **near)
    restored = agreed | {"put_back": ("parameters",)}
    yield edge("one layer (L = 1)", *smooth_case(rng, [3, 1], 4), 1e-3, **restored)
    case = smooth_case(rng, [2, 2, 2, 2, 2, 1], 4)
    yield edge("five layers (L = 5)", *case, 0.01, **restored)
    yield edge("one example only (m = 1)", *smooth_case(rng, [3, 2, 1], 1), 1e-3, **restored)
    yield edge("layers of one unit", *smooth_case(rng, [1, 1, 1], 5), 1e-3, **restored)
    yield edge("equal widths", *smooth_case(rng, [3, 3, 1], 3), 1e-3, **restored)
    yield edge("a step of 0.3, too large", *smooth_case(rng, [2, 3, 1], 4), 0.3, **restored)
    weights, X, Y = smooth_case(rng, [2, 3, 1], 6)
    backwards = dict(reversed(weights.items()))
    yield edge("a dict with the last layer first", backwards, X, Y, 1e-3, **restored)
    yield edge("inputs that are a view", weights, strided(X), Y, 1e-3, **restored)
    yield edge("all labels 1", weights, X, Y * 0 + 1, 1e-3, **restored)
    X, weights = all_on(rng, [1] * 11, 2)
    yield edge("ten layers (L = 10)", weights, X, labels(rng, 2), 0.01, **restored)


exercise = Exercise(
    "find-the-bug",
    numerical_gradient,
    probes,
    returns=("gradients",),
    needs=("dictionary_to_vector", "vector_to_dictionary"),
    may_change=("parameters",),
)
