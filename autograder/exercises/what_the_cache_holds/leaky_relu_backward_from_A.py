"""Exercise 6: a gate that leaks, read from A."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from autograder.contract import Probe
from autograder.exercises.model import Exercise, core, edge
from autograder.exercises.numbers import FloatArray
from autograder.exercises.what_the_cache_holds.drawn import by_differences, cases, leaky_relu, step


def leaky_relu_backward_from_A(dA: FloatArray, A: FloatArray, slope: float = 0.01) -> FloatArray:
    """dA where A > 0, which is where Z > 0; slope * dA elsewhere."""
    return np.where(A > 0, dA, slope * dA)


def differences(dA: FloatArray, A: FloatArray, slope: float = 0.01) -> FloatArray:
    """Find the Z that gave this A, then move it a little."""
    return by_differences(leaky_relu, dA, np.where(A > 0, A, A / slope), slope)


def probes(rng: np.random.Generator) -> Iterator[Probe]:
    """Slopes given and left out, layers of all proportions, ties at A = 0."""
    given = float(rng.uniform(0.1, 0.4))
    dA, Z = step(rng, 3, 4)
    args = (dA, leaky_relu(Z, given), given)
    yield core("checked by tiny steps", *args, wanted=differences, rtol=1e-7)
    dA, Z = step(rng, 2, 6)
    yield core("the slope left out", dA, leaky_relu(Z))
    for make, kind, (dA, Z) in cases(rng):
        given = float(rng.uniform(0.05, 0.4))
        yield make(kind, dA, leaky_relu(Z, given), given)
    for kind, given in (("a slope of 0", 0.0), ("a slope of 1", 1.0), ("a small slope", 1e-5)):
        dA, Z = step(rng, 3, 5)
        yield edge(kind, dA, leaky_relu(Z, given), given)
    dA, Z = step(rng, 3, 5)
    given = float(rng.uniform(1.5, 3))
    yield edge("a slope above 1", dA, leaky_relu(Z, given), given)


exercise = Exercise(
    "what-the-cache-holds",
    leaky_relu_backward_from_A,
    probes,
    returns=("dZ",),
    needs=("leaky_relu_backward",),
)
