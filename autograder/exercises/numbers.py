"""Inputs for probes, and gradients by central differences."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[Any]

STEP = 1e-4
# A ReLU unit this close to its kink could flip within one difference step.
KINK = 1e-2
# Eleven layers: from the tenth on a layer's number has two digits.
ELEVEN = [2, 1, 2, 3, 1, 2, 2, 1, 3, 2, 2, 1]


def normal(rng: np.random.Generator, *shape: int) -> FloatArray:
    """Draw a standard normal array."""
    return rng.standard_normal(shape)


def labels(rng: np.random.Generator, m: int, rows: int = 1) -> FloatArray:
    """Draw labels of 0 and 1, both present where there is room for both."""
    Y = rng.integers(0, 2, (rows, m)).astype(float)
    if m > 1:
        Y[:, 0], Y[:, 1] = 0.0, 1.0
    return Y


def strided(array: FloatArray) -> FloatArray:
    """Give the same numbers in memory that is not contiguous."""
    view: FloatArray = np.repeat(array, 2, axis=-1)[..., ::2]
    return view


def parameters(
    rng: np.random.Generator, layer_dims: list[int], scale: float = 0.7
) -> dict[str, FloatArray]:
    """Draw W and b of every layer; b is not zero, since zeros hide mistakes."""
    drawn = {}
    for l in range(1, len(layer_dims)):
        drawn[f"W{l}"] = normal(rng, layer_dims[l], layer_dims[l - 1]) * scale
        drawn[f"b{l}"] = normal(rng, layer_dims[l], 1) * 0.3
    return drawn


def all_on(
    rng: np.random.Generator, layer_dims: list[int], m: int
) -> tuple[FloatArray, dict[str, FloatArray]]:
    """Draw an input and parameters with which every ReLU unit is on and no answer is sure.

    Drawn freely, one of eleven narrow layers is off for all examples nearly always.
    """
    X: FloatArray = rng.uniform(0.2, 1.0, (layer_dims[0], m))
    weights: dict[str, FloatArray] = {}
    A, L = X, len(layer_dims) - 1
    for l in range(1, L + 1):
        W = rng.uniform(0.5, 1.5, (layer_dims[l], layer_dims[l - 1]))
        W *= rng.uniform(-2.0, -1.0) / (W @ A).max() if l == L else 1 / layer_dims[l - 1]
        b = rng.uniform(0.1, 0.3, (layer_dims[l], 1))
        weights[f"W{l}"], weights[f"b{l}"] = W, b
        A = W @ A + b
    return X, weights


def numerical_gradient(f: Callable[[FloatArray], float], x: FloatArray) -> FloatArray:
    """Differentiate `f` at `x` by the five-point central difference.

    The error falls with STEP**4, so it stays below 1e-11 for the smooth functions
    used here, far under the 1e-7 that answers are held to.
    """
    gradient = np.zeros_like(x)
    for index in np.ndindex(*x.shape):

        def at(shift: float, index: tuple[int, ...] = index) -> float:
            moved = x.copy()
            moved[index] += shift
            return f(moved)

        near = at(STEP) - at(-STEP)
        far = at(2 * STEP) - at(-2 * STEP)
        gradient[index] = (8 * near - far) / (12 * STEP)
    return gradient
