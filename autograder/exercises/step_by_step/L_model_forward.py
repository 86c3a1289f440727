"""Exercise 5: the forward pass through all layers."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from autograder.contract import Probe
from autograder.exercises.model import Exercise, core, edge
from autograder.exercises.numbers import ELEVEN, FloatArray, all_on, normal, parameters, strided
from autograder.exercises.step_by_step.linear_activation_forward import (
    LayerCache,
    linear_activation_forward,
)


def L_model_forward(
    X: FloatArray, parameters: dict[str, FloatArray]
) -> tuple[FloatArray, list[LayerCache]]:
    """[LINEAR -> RELU] L - 1 times, then LINEAR -> SIGMOID."""
    caches = []
    A = X
    L = len(parameters) // 2
    for l in range(1, L + 1):
        activation = "sigmoid" if l == L else "relu"
        A, cache = linear_activation_forward(
            A, parameters[f"W{l}"], parameters[f"b{l}"], activation
        )
        caches.append(cache)
    return A, caches


def network(
    rng: np.random.Generator, layer_dims: list[int], m: int
) -> tuple[FloatArray, dict[str, FloatArray]]:
    """Draw an input and the parameters of a network."""
    return normal(rng, layer_dims[0], m), parameters(rng, layer_dims)


def probes(rng: np.random.Generator) -> Iterator[Probe]:
    """Depths 1, 2, 3, 5 and 11 with unequal widths."""
    yield core("two layers (L = 2)", *network(rng, [4, 3, 1], 5))
    yield core("three layers (L = 3)", *network(rng, [5, 4, 3, 1], 4))
    yield edge("one layer (L = 1)", *network(rng, [3, 1], 4))
    yield edge("five layers (L = 5)", *network(rng, [3, 5, 4, 6, 2, 1], 4))
    yield edge("one example only (m = 1)", *network(rng, [4, 3, 1], 1))
    yield edge("layers of one unit", *network(rng, [1, 1, 1], 3))
    yield edge("equal widths", *network(rng, [3, 3, 3, 1], 3))
    X, weights = network(rng, [3, 4, 1], 5)
    yield edge("an input that is a view of another array", strided(X), weights)
    yield edge("large inputs", X * 100, weights)
    yield edge("eleven layers (L = 11)", *all_on(rng, ELEVEN, 2))


exercise = Exercise(
    "step-by-step",
    L_model_forward,
    probes,
    returns=("AL", "caches"),
    needs=("linear_forward", "linear_activation_forward"),
)
