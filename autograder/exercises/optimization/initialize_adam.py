"""Exercise 5: both moments to start from."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from autograder.contract import Probe
from autograder.exercises.model import Exercise, core, edge
from autograder.exercises.numbers import ELEVEN, FloatArray, parameters


def initialize_adam(
    parameters: dict[str, FloatArray],
) -> tuple[dict[str, FloatArray], dict[str, FloatArray]]:
    """Zeros in the shape of every parameter, twice."""
    v, s = {}, {}
    for name, value in parameters.items():
        v["d" + name] = np.zeros_like(value)
        s["d" + name] = np.zeros_like(value)
    return v, s


def probes(rng: np.random.Generator) -> Iterator[Probe]:
    """Depths 1, 2, 3, 5 and 11, widths equal and unequal."""
    n = int(rng.integers(4, 8))
    yield core("three layers (L = 3)", parameters(rng, [2, n, 3, 1]))
    yield core("two layers (L = 2)", parameters(rng, [n, 3, 2]))
    yield edge("one layer (L = 1)", parameters(rng, [n, 1]))
    yield edge("five layers (L = 5)", parameters(rng, [3, 5, n, 6, 2, 1]))
    yield edge("equal widths", parameters(rng, [3, 3, 3]), own_memory=True)
    yield edge("one unit everywhere", parameters(rng, [1, 1, 1]))
    yield edge("eleven layers (L = 11)", parameters(rng, ELEVEN), own_memory=True)


exercise = Exercise("optimization", initialize_adam, probes, returns=("v", "s"))
