"""Exercise 7: the slope of the sigmoid, read from A."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from autograder.contract import Probe
from autograder.exercises.model import Exercise, core
from autograder.exercises.numbers import FloatArray
from autograder.exercises.what_the_cache_holds.drawn import by_differences, cases, sigmoid, step


def sigmoid_backward_from_A(dA: FloatArray, A: FloatArray) -> FloatArray:
    """dA * A * (1 - A)."""
    dZ: FloatArray = dA * A * (1 - A)
    return dZ


def differences(dA: FloatArray, A: FloatArray) -> FloatArray:
    """Find the Z that gave this A, the logarithm of the odds, then move it a little."""
    return by_differences(sigmoid, dA, np.log(A / (1 - A)))


def probes(rng: np.random.Generator) -> Iterator[Probe]:
    """Layers of all proportions; far out A is exactly 0 or 1."""
    dA, Z = step(rng, 3, 4)
    yield core("checked by tiny steps", dA, sigmoid(Z), wanted=differences, rtol=1e-7)
    for make, kind, (dA, Z) in cases(rng):
        yield make(kind, dA, sigmoid(Z))


exercise = Exercise("what-the-cache-holds", sigmoid_backward_from_A, probes, returns=("dZ",))
