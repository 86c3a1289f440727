"""Exercise 1: parameters of a network with one hidden layer."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from autograder.contract import Probe
from autograder.exercises.model import Exercise, core, edge
from autograder.exercises.numbers import FloatArray


def initialize_parameters(n_x: int, n_h: int, n_y: int) -> dict[str, FloatArray]:
    """Small random weights, zero biases."""
    np.random.seed(1)
    W1 = np.random.randn(n_h, n_x) * 0.01
    b1 = np.zeros((n_h, 1))
    W2 = np.random.randn(n_y, n_h) * 0.01
    b2 = np.zeros((n_y, 1))
    return {"W1": W1, "b1": b1, "W2": W2, "b2": b2}


def probes(rng: np.random.Generator) -> Iterator[Probe]:
    """Sizes of all proportions."""
    n_x, n_h, n_y = (int(n) for n in rng.permutation([2, 3, 4]))
    yield core("three different sizes", n_x, n_h, n_y)
    yield core("wider than tall", int(rng.integers(6, 12)), 3, 1)
    yield core("a wide hidden layer", 2, int(rng.integers(6, 12)), 1)
    yield edge("all sizes 1", 1, 1, 1)
    yield edge("equal sizes", 3, 3, 3, own_memory=True)
    yield edge("one hidden unit", int(rng.integers(3, 9)), 1, 2)
    yield edge("many outputs", 2, 3, int(rng.integers(5, 15)), own_memory=True)


exercise = Exercise("step-by-step", initialize_parameters, probes, returns=("parameters",))
