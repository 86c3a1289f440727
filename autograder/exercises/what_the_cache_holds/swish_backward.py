"""Exercise 9: a slope that A does not tell."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from autograder.contract import Probe
from autograder.exercises.model import Exercise, core, edge
from autograder.exercises.numbers import FloatArray
from autograder.exercises.what_the_cache_holds.drawn import by_differences, cases, step, swish


def swish_backward(dA: FloatArray, cache: FloatArray) -> FloatArray:
    """dA * (s + Z * s * (1 - s)) with s = sigmoid(Z), where exp can't overflow."""
    e = np.exp(-np.abs(cache))
    s = np.where(cache >= 0, 1, e) / (1 + e)
    dZ: FloatArray = dA * (s + cache * s * (1 - s))
    return dZ


def differences(dA: FloatArray, Z: FloatArray) -> FloatArray:
    """Move every Z a little and see how the sum of dA * A moves."""
    return by_differences(swish, dA, Z)


def partners(Z: FloatArray) -> FloatArray:
    """Find, for Z left of the lowest point of swish, the Z right of it with the same A."""
    low, high = np.full_like(Z, -1.2), np.full_like(Z, 0.0)
    for _ in range(60):
        middle = (low + high) / 2
        too_far = swish(middle) > swish(Z)
        low, high = np.where(too_far, low, middle), np.where(too_far, middle, high)
    return (low + high) / 2


def probes(rng: np.random.Generator) -> Iterator[Probe]:
    """Layers of all proportions, both sides of the lowest point, Z at 0 and far out."""
    yield core("checked by tiny steps", *step(rng, 3, 4), wanted=differences, rtol=1e-7)
    for make, kind, (dA, Z) in cases(rng):
        yield make(kind, dA, Z, rtol=1e-8)
    left = rng.uniform(-4.0, -1.6, (2, 3))
    pair = np.hstack([left, partners(left)])
    dA = np.tile(step(rng, 2, 3)[0], 2)
    yield edge("pairs of Z with the same A", dA, pair)


exercise = Exercise(
    "what-the-cache-holds",
    swish_backward,
    probes,
    returns=("dZ",),
    needs=("sigmoid_backward",),
)
