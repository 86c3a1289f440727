"""Exercise 6: the mean cross-entropy cost."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from autograder.contract import Probe
from autograder.exercises.model import Exercise, core, edge
from autograder.exercises.numbers import FloatArray, labels, strided

# A tiny epsilon or clip inside the logarithm is a right answer too.
LOOSE = 3e-6


def compute_cost(AL: FloatArray, Y: FloatArray) -> float:
    """-1/m times the sum of Y log AL + (1 - Y) log(1 - AL)."""
    m = Y.shape[1]
    return float(-np.sum(Y * np.log(AL) + (1 - Y) * np.log(1 - AL)) / m)


def outputs(rng: np.random.Generator, m: int, low: float = 0.05) -> FloatArray:
    """Draw the network's answers, away from 0 and 1."""
    return rng.uniform(low, 1 - low, (1, m))


def probes(rng: np.random.Generator) -> Iterator[Probe]:
    """One output row, since a right answer may insist on it."""
    yield core("three examples", outputs(rng, 3), labels(rng, 3), rtol=LOOSE)
    yield core("seven examples", outputs(rng, 7), labels(rng, 7), rtol=LOOSE)
    yield core("eight examples", outputs(rng, 8), labels(rng, 8), rtol=LOOSE)
    yield edge("one example only (m = 1), label 1", outputs(rng, 1), np.ones((1, 1)), rtol=LOOSE)
    yield edge("one example only (m = 1), label 0", outputs(rng, 1), np.zeros((1, 1)), rtol=LOOSE)
    yield edge("all labels 1", outputs(rng, 5), np.ones((1, 5)), rtol=LOOSE)
    yield edge("all labels 0", outputs(rng, 5), np.zeros((1, 5)), rtol=LOOSE)
    yield edge(
        "arrays that are views", strided(outputs(rng, 6)), strided(labels(rng, 6)), rtol=LOOSE
    )
    yield edge("labels as whole numbers", outputs(rng, 4), labels(rng, 4).astype(int), rtol=LOOSE)
    Y = labels(rng, 4)
    yield edge("nearly sure and right", Y * 0.998 + 0.001, Y, rtol=1e-3)
    # A tiny clip is right and changes nothing here; writing the clipped AL back is not.
    AL = np.array([[0.3, 1 - 1e-12, 1e-12, 0.8]])
    yield edge("two answers all but sure", AL, np.array([[1.0, 1.0, 0.0, 0.0]]), rtol=LOOSE)
    yield edge("many examples", outputs(rng, 400), labels(rng, 400), rtol=LOOSE)
    # An epsilon of 1e-7 in the logarithm takes 1 % off here, a limit to the losses a third.
    withheld = rng.uniform(1e-6, 2e-6, 2)
    AL = np.array([[withheld[0], 0.4, 1 - withheld[1], 0.7]])
    yield edge("two answers sure and wrong", AL, np.array([[1.0, 1.0, 0.0, 0.0]]), rtol=2e-2)


exercise = Exercise("step-by-step", compute_cost, probes, returns=("cost",))
