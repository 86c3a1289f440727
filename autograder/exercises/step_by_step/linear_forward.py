"""Exercise 3: the linear part of one layer's forward pass."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from autograder.contract import Probe
from autograder.exercises.model import Exercise, core, edge
from autograder.exercises.numbers import FloatArray, normal, strided

LinearCache = tuple[FloatArray, FloatArray, FloatArray]


def linear_forward(A: FloatArray, W: FloatArray, b: FloatArray) -> tuple[FloatArray, LinearCache]:
    """Z = W A + b."""
    return W @ A + b, (A, W, b)


def layer(
    rng: np.random.Generator, n_prev: int, n: int, m: int
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Draw A_prev, W and b of one layer."""
    return normal(rng, n_prev, m), normal(rng, n, n_prev), normal(rng, n, 1)


def probes(rng: np.random.Generator) -> Iterator[Probe]:
    """Layers of all proportions."""
    yield core("three units, four inputs, five examples", *layer(rng, 4, 3, 5))
    yield core("a wide layer", *layer(rng, 2, 6, 3))
    yield core("a tall input", *layer(rng, 7, 2, 4))
    yield edge("one example only (m = 1)", *layer(rng, 3, 4, 1))
    yield edge("one unit (n = 1)", *layer(rng, 4, 1, 6))
    yield edge("one input (n_prev = 1)", *layer(rng, 1, 3, 4))
    yield edge("as many units, inputs and examples", *layer(rng, 4, 4, 4))
    A, W, b = layer(rng, 3, 2, 5)
    yield edge("arrays that are views of others", strided(A), W, b)
    yield edge("large numbers", A * 1e6, W * 1e3, b)
    yield edge("all zeros", A * 0, W, b)


exercise = Exercise("step-by-step", linear_forward, probes, returns=("Z", "cache"))
