"""Exercise 10: one step of gradient descent."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from autograder.contract import Probe
from autograder.exercises.model import Exercise, core, edge
from autograder.exercises.numbers import ELEVEN, FloatArray, normal, parameters


def update_parameters(
    params: dict[str, FloatArray], grads: dict[str, FloatArray], learning_rate: float
) -> dict[str, FloatArray]:
    """One step against the gradient, in a new dict."""
    return {name: value - learning_rate * grads["d" + name] for name, value in params.items()}


def step(
    rng: np.random.Generator, layer_dims: list[int]
) -> tuple[dict[str, FloatArray], dict[str, FloatArray]]:
    """Draw parameters and gradients in the order of `L_model_backward`: last layer first."""
    weights = parameters(rng, layer_dims)
    grads = {}
    for l in range(len(layer_dims) - 1, 0, -1):
        grads[f"dA{l - 1}"] = normal(rng, layer_dims[l - 1], 5)
        grads[f"dW{l}"] = normal(rng, *weights[f"W{l}"].shape)
        grads[f"db{l}"] = normal(rng, *weights[f"b{l}"].shape)
    return weights, grads


def probes(rng: np.random.Generator) -> Iterator[Probe]:
    """Depths 1, 2, 3, 5 and 11, rates small, large and zero."""
    yield core("two layers (L = 2)", *step(rng, [4, 3, 1]), 0.1)
    yield core("three layers (L = 3)", *step(rng, [5, 4, 3, 1]), float(rng.uniform(0.2, 0.9)))
    yield edge("one layer (L = 1)", *step(rng, [3, 1]), 0.05)
    yield edge("five layers (L = 5)", *step(rng, [3, 5, 4, 6, 2, 1]), 0.01)
    yield edge("a rate above 1", *step(rng, [2, 3, 2]), 1.7)
    yield edge("a rate of 0", *step(rng, [2, 3, 1]), 0.0)
    weights, grads = step(rng, [3, 2, 1])
    yield edge("gradients of zero", weights, {k: v * 0 for k, v in grads.items()}, 0.3)
    yield edge("eleven layers (L = 11)", *step(rng, ELEVEN), 0.2)


exercise = Exercise(
    "step-by-step",
    update_parameters,
    probes,
    returns=("parameters",),
    may_change=("params",),
)
