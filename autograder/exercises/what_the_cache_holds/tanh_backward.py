"""Exercise 4: the slope of tanh, worked out again from Z."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from autograder.contract import Probe
from autograder.exercises.model import Exercise, core
from autograder.exercises.numbers import FloatArray
from autograder.exercises.what_the_cache_holds.drawn import by_differences, cases, step


def tanh_backward(dA: FloatArray, cache: FloatArray) -> FloatArray:
    """dA * (1 - tanh(Z)^2); the cache is Z."""
    dZ: FloatArray = dA * (1 - np.tanh(cache) ** 2)
    return dZ


def differences(dA: FloatArray, Z: FloatArray) -> FloatArray:
    """Move every Z a little and see how the sum of dA * A moves."""
    return by_differences(np.tanh, dA, Z)


def probes(rng: np.random.Generator) -> Iterator[Probe]:
    """Layers of all proportions, Z at 0 and far out."""
    yield core("checked by tiny steps", *step(rng, 3, 4), wanted=differences, rtol=1e-7)
    for make, kind, (dA, Z) in cases(rng):
        yield make(kind, dA, Z)


exercise = Exercise("what-the-cache-holds", tanh_backward, probes, returns=("dZ",))
