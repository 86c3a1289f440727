"""Exercise 2: the caches of the general code in the layout of the hard-wired network."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from autograder.contract import Probe
from autograder.exercises.model import Exercise, core, edge
from autograder.exercises.numbers import FloatArray, strided
from autograder.exercises.step_by_step.L_model_backward import Caches
from autograder.exercises.two_apis.drawn import Flat, Passed, forward, passed


def flat_from_caches(AL: FloatArray, caches: Caches) -> Flat:
    """What a layer gives is what goes into the next one; the last one gives AL."""
    ((_, W1, b1), z1), ((a1, W2, b2), z2), ((a2, W3, b3), z3) = caches
    return (z1, a1, W1, b1, z2, a2, W2, b2, z3, AL, W3, b3)


def probes(rng: np.random.Generator) -> Iterator[Probe]:
    """Widths equal and unequal, one of everything, units that are all on or all off."""
    n = int(rng.integers(4, 7))
    yield _case(core, "unequal widths", passed(rng, [n, 5, 3, 1], 6))
    yield _case(core, "equal widths, as many examples", passed(rng, [4, 4, 4, 1], 4))
    yield _case(edge, "one example only (m = 1)", passed(rng, [3, 4, 2, 1], 1))
    yield _case(edge, "layers of one unit", passed(rng, [1, 1, 1, 1], 5))
    one = passed(rng, [3, 4, 2, 1], 5)
    off = {"W1": one.flat[2], "b1": one.flat[3] - 100, "W2": one.flat[6], "b2": one.flat[7]}
    off |= {"W3": one.flat[10], "b3": one.flat[11]}
    yield _case(edge, "a layer that is off", forward(one.X, off))
    on = off | {"b1": one.flat[3] + 100, "W2": np.abs(one.flat[6]), "W3": one.flat[10] * 0}
    yield _case(edge, "layers that are on throughout", forward(one.X, on))
    one = passed(rng, [2, 5, 3, 1], 7)
    views = [((strided(A), strided(W), strided(b)), strided(Z)) for (A, W, b), Z in one.caches]
    yield edge("views into larger arrays", strided(one.AL), views)


def _case(group: Any, kind: str, one: Passed) -> Probe:
    """Say what is wanted by the forward pass itself."""
    probe: Probe = group(kind, one.AL, one.caches, wanted=lambda AL, caches: one.flat)
    return probe


exercise = Exercise(
    "two-apis",
    flat_from_caches,
    probes,
    returns=("z1", "a1", "W1", "b1", "z2", "a2", "W2", "b2", "z3", "a3", "W3", "b3"),
    any_sequence=True,
)
