"""Exercise 1: the gate of ReLU, read from Z."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from autograder.contract import Probe
from autograder.exercises.model import Exercise, core
from autograder.exercises.numbers import FloatArray
from autograder.exercises.what_the_cache_holds.drawn import by_differences, cases, relu, step


def relu_backward(dA: FloatArray, cache: FloatArray) -> FloatArray:
    """dA where Z > 0, 0 elsewhere; the cache is Z."""
    return dA * (cache > 0)


def differences(dA: FloatArray, Z: FloatArray) -> FloatArray:
    """Move every Z a little and see how the sum of dA * A moves."""
    return by_differences(relu, dA, Z)


def probes(rng: np.random.Generator) -> Iterator[Probe]:
    """Layers of all proportions, ties at Z = 0, very large Z."""
    yield core("checked by tiny steps", *step(rng, 3, 4), wanted=differences, rtol=1e-7)
    for make, kind, (dA, Z) in cases(rng):
        yield make(kind, dA, Z)


exercise = Exercise("what-the-cache-holds", relu_backward, probes, returns=("dZ",))
