"""Exercise 4: one whole layer forward, linear part and activation."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from autograder.contract import Probe
from autograder.exercises.model import Exercise, core, edge
from autograder.exercises.numbers import FloatArray, strided
from autograder.exercises.step_by_step.linear_forward import LinearCache, layer, linear_forward
from dnn_utils import relu, sigmoid

LayerCache = tuple[LinearCache, FloatArray]


def linear_activation_forward(
    A_prev: FloatArray, W: FloatArray, b: FloatArray, activation: str
) -> tuple[FloatArray, LayerCache]:
    """A = g(W A_prev + b), with both caches."""
    Z, linear_cache = linear_forward(A_prev, W, b)
    A, activation_cache = {"sigmoid": sigmoid, "relu": relu}[activation](Z)
    return A, (linear_cache, activation_cache)


def probes(rng: np.random.Generator) -> Iterator[Probe]:
    """Both activations, layers of all proportions."""
    for activation in ("sigmoid", "relu"):
        yield core(f"{activation}, three units", *layer(rng, 4, 3, 5), activation)
        yield core(f"{activation}, a wide layer", *layer(rng, 2, 6, 3), activation)
        yield edge(f"{activation}, one example only (m = 1)", *layer(rng, 3, 4, 1), activation)
        yield edge(f"{activation}, one unit (n = 1)", *layer(rng, 4, 1, 6), activation)
        yield edge(f"{activation}, square arrays", *layer(rng, 4, 4, 4), activation)
        A_prev, W, b = layer(rng, 3, 2, 5)
        yield edge(f"{activation}, views of other arrays", strided(A_prev), W, b, activation)
        # Both signs, and far enough for exp to overflow; the first column stays moderate.
        wide = np.hstack([A_prev, -A_prev]) * np.array([1.0] + [2000.0] * 9)
        yield edge(f"{activation}, large Z", wide, W, b, activation)
        yield edge(f"{activation}, Z exactly 0", A_prev * 0, W, b * 0, activation)


exercise = Exercise(
    "step-by-step",
    linear_activation_forward,
    probes,
    returns=("A", "cache"),
    needs=("linear_forward",),
)
