"""Exercise 8: a ReLU gate that was always open."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from autograder.contract import Probe
from autograder.exercises.model import Exercise, core, edge
from autograder.exercises.numbers import KINK, FloatArray, normal, numerical_gradient, strided


def repaired_relu_backward(dA: FloatArray, cache: FloatArray) -> FloatArray:
    """The gradient passes where Z > 0 and nowhere else."""
    Z = cache
    return dA * (Z > 0)


def by_differences(dA: FloatArray, cache: FloatArray) -> FloatArray:
    """Differentiate J = sum(dA * relu(Z))."""
    return numerical_gradient(lambda Z: float(np.sum(dA * np.maximum(0, Z))), cache)


def layer(rng: np.random.Generator, n: int, m: int) -> tuple[FloatArray, FloatArray]:
    """Draw dA, and Z of both signs with none near the kink."""
    Z = normal(rng, n, m)
    return normal(rng, n, m), np.where(Z < 0, Z - KINK, Z + KINK)


def probes(rng: np.random.Generator) -> Iterator[Probe]:
    """Gates open and shut, ties at Z = 0, gradients of both signs."""
    yield core("three units, five examples", *layer(rng, 3, 5))
    args = layer(rng, 4, 3)
    yield core("four units, checked by tiny steps", *args, wanted=by_differences, rtol=1e-7)
    dA, Z = layer(rng, 3, 4)
    yield core("Z all negative: every gate shut", dA, -np.abs(Z))
    yield edge("Z all positive: every gate open", dA, np.abs(Z))
    yield edge("one example only (m = 1)", *layer(rng, 5, 1))
    yield edge("one unit (n = 1)", *layer(rng, 1, 6))
    ties = normal(rng, 3, 4) * np.array([0.0, 1.0, 0.0, 1.0])
    yield edge("some Z exactly 0", dA, ties)
    yield edge("Z of 0 everywhere", dA, Z * 0)
    yield edge("Z tiny, of both signs", dA, Z * 1e-12)
    yield edge("Z large, of both signs", dA, Z * 1e6)
    yield edge("dA all zeros", dA * 0, Z)
    dA, Z = layer(rng, 3, 5)
    yield edge("arrays that are views of others", strided(dA), strided(Z))


exercise = Exercise("find-the-bug", repaired_relu_backward, probes, returns=("dZ",))
