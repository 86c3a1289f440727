"""What comes into the backward step of an activation, and its gradient by tiny steps."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from autograder.contract import Probe
from autograder.exercises.model import core, edge
from autograder.exercises.numbers import KINK, FloatArray, normal, numerical_gradient, strided

Curve = Callable[..., FloatArray]
Drawn = tuple[FloatArray, FloatArray]
MakeProbe = Callable[..., Probe]

# Far out the slopes are as small as rounding; the columns with a factor of 1 set the scale.
FAR = np.array([1.0, 1.0, 40.0, -400.0, 1600.0, -1500.0])
# Still not 0, and no differences are taken there.
NEAR = np.array([1e-4, 1e-5, 1e-6, 1e-8, 1e-10, 1e-12])
# Z = 0, and nothing else, in these columns of each unit.
TIES = np.array([[1.0, 0.0, 1.0, 0.0, 1.0], [0.0, 1.0, 0.0, 1.0, 1.0]])


def step(rng: np.random.Generator, n: int, m: int) -> Drawn:
    """Draw dA and Z of one layer, every Z away from a kink at 0, both signs where there is room."""
    while True:
        dA, Z = normal(rng, n, m), 1.5 * normal(rng, n, m)
        both = n * m < 4 or (Z.min() < 0 < Z.max() and dA.min() < 0 < dA.max())
        if np.abs(Z).min() > KINK and both:
            return dA, Z


def cases(rng: np.random.Generator) -> Iterator[tuple[MakeProbe, str, Drawn]]:
    """Draw what every one of these functions is tried on: layers of all proportions, all sizes."""
    yield core, "three units, five examples", step(rng, 3, 5)
    yield core, "a wide layer", step(rng, 6, 2)
    yield edge, "one example only (m = 1)", step(rng, 4, 1)
    yield edge, "one unit (n = 1)", step(rng, 1, 6)
    yield edge, "one unit, one example", step(rng, 1, 1)
    yield edge, "as many units as examples", step(rng, 4, 4)
    dA, Z = step(rng, 3, 5)
    yield edge, "arrays that are views of others", (strided(dA), strided(Z))
    yield edge, "dA all zeros", (dA * 0, Z)
    yield edge, "very small dA", (dA * 1e-9, Z)
    dA, Z = step(rng, 2, 5)
    yield edge, "some Z exactly 0", (dA, Z * TIES)
    dA, Z = step(rng, 3, 4)
    signs = np.array([[-1.0], [1.0], [1.0]])
    yield edge, "a unit with Z below 0 for every example", (dA, signs * np.abs(Z))
    dA, Z = step(rng, 2, 6)
    Z[:, 2:] = 0.5 + np.abs(Z[:, 2:])
    yield edge, "large Z, positive and negative", (dA, Z * FAR)
    dA, Z = step(rng, 3, 6)
    yield edge, "tiny Z, positive and negative", (dA, Z * NEAR)


def by_differences(curve: Curve, dA: FloatArray, Z: FloatArray, *rest: Any) -> FloatArray:
    """Differentiate J = sum(dA * curve(Z)) without any slope formula.

    dJ/dA is dA by construction, and A at one place depends on Z at that place only.
    """
    return numerical_gradient(lambda moved: float(np.sum(dA * curve(moved, *rest))), Z)


# --- the curves themselves ---------------------------------------------------------------


def relu(Z: FloatArray) -> FloatArray:
    """Keep what is positive."""
    return np.maximum(Z, 0.0)


def leaky_relu(Z: FloatArray, slope: float = 0.01) -> FloatArray:
    """Let a little of the rest leak through."""
    return np.where(Z > 0, Z, slope * Z)


def sigmoid(Z: FloatArray) -> FloatArray:
    """Squash to between 0 and 1, far out to exactly 0 or 1: nothing is clipped here."""
    e = np.exp(-np.abs(Z))
    rising: FloatArray = np.where(Z >= 0, 1.0, e) / (1 + e)
    return rising


def swish(Z: FloatArray) -> FloatArray:
    """Z times its own sigmoid."""
    return Z * sigmoid(Z)
