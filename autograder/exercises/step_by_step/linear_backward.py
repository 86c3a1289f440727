"""Exercise 7: the gradient through the linear part of one layer."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from autograder.contract import Probe
from autograder.exercises.model import Exercise, core, edge
from autograder.exercises.numbers import FloatArray, normal, numerical_gradient, strided
from autograder.exercises.step_by_step.linear_forward import LinearCache, layer, linear_forward

Gradients = tuple[FloatArray, FloatArray, FloatArray]


def linear_backward(dZ: FloatArray, cache: LinearCache) -> Gradients:
    """dA_prev = W^T dZ; dW and db are means over the m examples."""
    A_prev, W, _ = cache
    m = A_prev.shape[1]
    return W.T @ dZ, dZ @ A_prev.T / m, np.sum(dZ, axis=1, keepdims=True) / m


def gradients_by_differences(dZ: FloatArray, cache: LinearCache) -> Gradients:
    """Differentiate J = sum(dZ * Z) without using the formulas above.

    dJ/dZ is dZ by construction. The course puts the 1/m of the mean cost into
    dW and db, hence the division there and none in dA_prev.
    """
    A_prev, W, b = cache
    m = dZ.shape[1]

    def J(A: FloatArray, W: FloatArray, b: FloatArray) -> float:
        return float(np.sum(dZ * linear_forward(A, W, b)[0]))

    return (
        numerical_gradient(lambda A: J(A, W, b), A_prev),
        numerical_gradient(lambda V: J(A_prev, V, b), W) / m,
        numerical_gradient(lambda c: J(A_prev, W, c), b) / m,
    )


def step(rng: np.random.Generator, n_prev: int, n: int, m: int) -> tuple[FloatArray, LinearCache]:
    """Draw dZ and the cache of one layer."""
    return normal(rng, n, m), layer(rng, n_prev, n, m)


def probes(rng: np.random.Generator) -> Iterator[Probe]:
    """Layers of all proportions; two are held against central differences."""
    yield core("three units, four inputs, five examples", *step(rng, 4, 3, 5))
    yield core("a wide layer", *step(rng, 2, 6, 3))
    differences = {"wanted": gradients_by_differences, "rtol": 1e-7}
    yield core("two units, checked by tiny steps", *step(rng, 3, 2, 4), **differences)
    yield edge("one example only (m = 1)", *step(rng, 3, 4, 1))
    yield edge("one unit (n = 1)", *step(rng, 4, 1, 6))
    yield edge("one input (n_prev = 1)", *step(rng, 1, 3, 4))
    yield edge("as many units, inputs and examples", *step(rng, 4, 4, 4))
    yield edge("more examples than units", *step(rng, 3, 2, 40))
    dZ, (A_prev, W, b) = step(rng, 3, 2, 5)
    yield edge("arrays that are views of others", strided(dZ), (strided(A_prev), W, b))
    yield edge("dZ all zeros", dZ * 0, (A_prev, W, b))
    yield edge("very small dZ", dZ * 1e-9, (A_prev, W, b))


exercise = Exercise("step-by-step", linear_backward, probes, returns=("dA_prev", "dW", "db"))
