"""Exercise 2: parameters of a network with any number of layers."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from autograder.contract import Probe
from autograder.exercises.model import Exercise, core, edge
from autograder.exercises.numbers import ELEVEN, FloatArray


def initialize_parameters_deep(layer_dims: list[int]) -> dict[str, FloatArray]:
    """Small random weights, zero biases, one pair a layer."""
    np.random.seed(3)
    parameters = {}
    for l in range(1, len(layer_dims)):
        parameters["W" + str(l)] = np.random.randn(layer_dims[l], layer_dims[l - 1]) * 0.01
        parameters["b" + str(l)] = np.zeros((layer_dims[l], 1))
    return parameters


def probes(rng: np.random.Generator) -> Iterator[Probe]:
    """Depths 1, 2, 3, 5 and 11 with unequal widths."""
    widths = [int(n) for n in rng.permutation(np.arange(2, 8))]
    # Three before two: a dictionary shared between calls would still hold the third layer.
    yield core("three layers (L = 3)", widths[2:6])
    yield core("two layers (L = 2)", widths[:3])
    yield edge("one layer (L = 1)", [int(rng.integers(2, 6)), 1])
    yield edge("five layers (L = 5)", widths)
    yield edge("layers of one unit", [1, 1, 1])
    yield edge("equal widths", [4, 4, 4, 4], own_memory=True)
    yield edge("eleven layers (L = 11)", ELEVEN, own_memory=True)


exercise = Exercise("step-by-step", initialize_parameters_deep, probes, returns=("parameters",))
