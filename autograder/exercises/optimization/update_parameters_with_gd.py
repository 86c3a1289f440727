"""Exercise 1: one step of plain gradient descent."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from autograder.contract import Probe
from autograder.exercises.model import Exercise, core, edge
from autograder.exercises.numbers import ELEVEN, FloatArray, parameters
from autograder.exercises.optimization.drawn import like, weights_and_gradients


def update_parameters_with_gd(
    parameters: dict[str, FloatArray], grads: dict[str, FloatArray], learning_rate: float
) -> dict[str, FloatArray]:
    """One step against the gradient, in a new dict."""
    return {name: value - learning_rate * grads["d" + name] for name, value in parameters.items()}


def probes(rng: np.random.Generator) -> Iterator[Probe]:
    """Depths 1, 2, 3, 5 and 11, rates small, large and zero."""
    yield core("three layers (L = 3)", *weights_and_gradients(rng, [2, 5, 3, 1]), 0.1)
    weights = parameters(rng, [3, 2, 1])
    yield core("two layers (L = 2)", weights, like(rng, weights), float(rng.uniform(0.2, 0.9)))
    yield edge("one layer (L = 1)", *weights_and_gradients(rng, [3, 1]), 0.05)
    yield edge("five layers (L = 5)", *weights_and_gradients(rng, [3, 5, 4, 6, 2, 1]), 0.01)
    yield edge("a rate above 1", *weights_and_gradients(rng, [2, 3, 2, 1]), 1.7)
    yield edge("a rate of 0", *weights_and_gradients(rng, [2, 3, 1]), 0.0)
    weights, grads = weights_and_gradients(rng, [3, 2, 2, 1])
    yield edge("gradients of zero", weights, {k: v * 0 for k, v in grads.items()}, 0.3)
    yield edge("gradients a million times larger", *_large(rng), 0.3)
    yield edge("eleven layers (L = 11)", *weights_and_gradients(rng, ELEVEN), 0.2)


def _large(
    rng: np.random.Generator,
) -> tuple[dict[str, FloatArray], dict[str, FloatArray]]:
    weights, grads = weights_and_gradients(rng, [2, 3, 2, 1])
    return weights, {name: value * 1e6 for name, value in grads.items()}


exercise = Exercise(
    "optimization",
    update_parameters_with_gd,
    probes,
    returns=("parameters",),
    may_change=("parameters",),
)
