"""Exercise 7: a mean over examples that took its m from elsewhere."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from autograder.contract import Probe
from autograder.exercises.model import Exercise, core, edge
from autograder.exercises.numbers import FloatArray, normal, strided
from autograder.exercises.step_by_step.linear_backward import gradients_by_differences

Pair = tuple[FloatArray, FloatArray]


def repaired_weight_gradients(dZ: FloatArray, A_prev: FloatArray) -> Pair:
    """Take m from the very batch that is being summed over."""
    m = dZ.shape[1]
    return dZ @ A_prev.T / m, np.sum(dZ, axis=1, keepdims=True) / m


def by_differences(dZ: FloatArray, A_prev: FloatArray) -> Pair:
    """Differentiate J = sum(dZ * Z), Z = W A_prev + b, at W = 0 and b = 0."""
    W, b = np.zeros((len(dZ), len(A_prev))), np.zeros((len(dZ), 1))
    _, dW, db = gradients_by_differences(dZ, (A_prev, W, b))
    return dW, db


def batch(rng: np.random.Generator, n_prev: int, n: int, m: int) -> Pair:
    """Draw dZ of a layer and what the layer before gave."""
    return normal(rng, n, m), normal(rng, n_prev, m)


def probes(rng: np.random.Generator) -> Iterator[Probe]:
    """Batches of many sizes, full ones and the rest that is left over."""
    yield core("a batch of 5", *batch(rng, 4, 3, 5))
    yield core("a batch of 64", *batch(rng, 3, 2, 64))
    differences = {"wanted": by_differences, "rtol": 1e-7}
    yield core("a batch of 4, checked by tiny steps", *batch(rng, 3, 2, 4), **differences)
    yield edge("a batch of one example", *batch(rng, 3, 4, 1))
    yield edge("a batch of 44, the rest of 300", *batch(rng, 3, 2, 44))
    yield edge("a batch of 209", *batch(rng, 2, 3, 209))
    yield edge("one unit (n = 1)", *batch(rng, 4, 1, 6))
    yield edge("one input (n_prev = 1)", *batch(rng, 1, 3, 4))
    yield edge("as many units, inputs and examples", *batch(rng, 4, 4, 4))
    dZ, A_prev = batch(rng, 3, 2, 5)
    yield edge("arrays that are views of others", strided(dZ), strided(A_prev))
    yield edge("dZ all zeros", dZ * 0, A_prev)
    yield edge("very small dZ", dZ * 1e-9, A_prev)


exercise = Exercise("find-the-bug", repaired_weight_gradients, probes, returns=("dW", "db"))
