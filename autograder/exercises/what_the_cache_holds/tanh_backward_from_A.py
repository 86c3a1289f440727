"""Exercise 8: the slope of tanh, read from A."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from autograder.contract import Probe
from autograder.exercises.model import Exercise, core
from autograder.exercises.numbers import FloatArray
from autograder.exercises.what_the_cache_holds.drawn import by_differences, cases, step


def tanh_backward_from_A(dA: FloatArray, A: FloatArray) -> FloatArray:
    """dA * (1 - A^2)."""
    dZ: FloatArray = dA * (1 - A**2)
    return dZ


def differences(dA: FloatArray, A: FloatArray) -> FloatArray:
    """Find the Z that gave this A, then move it a little."""
    return by_differences(np.tanh, dA, np.arctanh(A))


def probes(rng: np.random.Generator) -> Iterator[Probe]:
    """Layers of all proportions; far out A is exactly -1 or 1."""
    dA, Z = step(rng, 3, 4)
    yield core("checked by tiny steps", dA, np.tanh(Z), wanted=differences, rtol=1e-7)
    for make, kind, (dA, Z) in cases(rng):
        yield make(kind, dA, np.tanh(Z))


exercise = Exercise("what-the-cache-holds", tanh_backward_from_A, probes, returns=("dZ",))
