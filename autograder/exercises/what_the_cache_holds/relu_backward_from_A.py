"""Exercise 5: the gate of ReLU, read from A."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from autograder.contract import Probe
from autograder.exercises.model import Exercise, core
from autograder.exercises.numbers import FloatArray
from autograder.exercises.what_the_cache_holds.drawn import by_differences, cases, relu, step


def relu_backward_from_A(dA: FloatArray, A: FloatArray) -> FloatArray:
    """dA where A > 0, which is where Z > 0; 0 elsewhere."""
    return dA * (A > 0)


def differences(dA: FloatArray, A: FloatArray) -> FloatArray:
    """Find a Z that gives this A, then move it a little: below 0 any Z is as good as another."""
    return by_differences(relu, dA, np.where(A > 0, A, -1.0))


def probes(rng: np.random.Generator) -> Iterator[Probe]:
    """Layers of all proportions; A is 0 for Z = 0 as for Z < 0."""
    dA, Z = step(rng, 3, 4)
    yield core("checked by tiny steps", dA, relu(Z), wanted=differences, rtol=1e-7)
    for make, kind, (dA, Z) in cases(rng):
        yield make(kind, dA, relu(Z))


exercise = Exercise(
    "what-the-cache-holds",
    relu_backward_from_A,
    probes,
    returns=("dZ",),
    needs=("relu_backward",),
)
