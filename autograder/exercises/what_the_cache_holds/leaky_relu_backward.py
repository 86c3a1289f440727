"""Exercise 2: a gate that leaks, read from Z."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from autograder.contract import Probe
from autograder.exercises.model import Exercise, core, edge
from autograder.exercises.numbers import FloatArray
from autograder.exercises.what_the_cache_holds.drawn import by_differences, cases, leaky_relu, step


def leaky_relu_backward(dA: FloatArray, cache: FloatArray, slope: float = 0.01) -> FloatArray:
    """dA where Z > 0, slope * dA elsewhere; the cache is Z."""
    return np.where(cache > 0, dA, slope * dA)


def differences(dA: FloatArray, Z: FloatArray, slope: float = 0.01) -> FloatArray:
    """Move every Z a little and see how the sum of dA * A moves."""
    return by_differences(leaky_relu, dA, Z, slope)


def probes(rng: np.random.Generator) -> Iterator[Probe]:
    """Slopes given and left out, layers of all proportions, ties at Z = 0."""
    given = float(rng.uniform(0.1, 0.4))
    args = (*step(rng, 3, 4), given)
    yield core("checked by tiny steps", *args, wanted=differences, rtol=1e-7)
    yield core("the slope left out", *step(rng, 2, 6))
    for make, kind, (dA, Z) in cases(rng):
        yield make(kind, dA, Z, float(rng.uniform(0.05, 0.4)))
    yield edge("a slope of 0", *step(rng, 3, 5), 0.0)
    yield edge("a slope of 1", *step(rng, 3, 5), 1.0)
    yield edge("a very small slope", *step(rng, 3, 5), 1e-5)
    yield edge("a slope above 1", *step(rng, 3, 5), float(rng.uniform(1.5, 3)))


exercise = Exercise("what-the-cache-holds", leaky_relu_backward, probes, returns=("dZ",))
