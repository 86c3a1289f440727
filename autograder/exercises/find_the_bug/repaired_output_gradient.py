"""Exercise 9: a gradient that belonged to another cost."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from autograder.contract import Probe
from autograder.exercises.model import Exercise, core, edge
from autograder.exercises.numbers import FloatArray, labels, normal, numerical_gradient, strided

# An answer may go by dA and the slope of the sigmoid, or keep a tiny epsilon beside AL.
LOOSE = 1e-4


def repaired_output_gradient(AL: FloatArray, Y: FloatArray) -> FloatArray:
    """Cross-entropy after a sigmoid: what the network says less what it should say."""
    return AL - Y


def by_differences(AL: FloatArray, Y: FloatArray) -> FloatArray:
    """Differentiate the sum of the losses by Z = log(AL / (1 - AL))."""

    def losses(Z: FloatArray) -> float:
        A = 1 / (1 + np.exp(-Z))
        return float(-np.sum(Y * np.log(A) + (1 - Y) * np.log(1 - A)))

    return numerical_gradient(losses, np.log(AL / (1 - AL)))


def answers(rng: np.random.Generator, m: int, size: float = 1.5) -> tuple[FloatArray, FloatArray]:
    """Draw what a network says of m examples, and their labels."""
    return 1 / (1 + np.exp(-size * normal(rng, 1, m))), labels(rng, m)


def probes(rng: np.random.Generator) -> Iterator[Probe]:
    """Answers right and wrong, sure and unsure; labels of one kind only."""
    yield core("six examples", *answers(rng, 6), rtol=LOOSE)
    yield core("five examples, by tiny steps", *answers(rng, 5), wanted=by_differences, rtol=LOOSE)
    AL, Y = answers(rng, 5)
    Y[0, :2], AL[0, 0], AL[0, 1] = (0.0, 1.0), 0.9, 0.07
    yield core("two examples sure and wrong", AL, Y, rtol=LOOSE)
    yield edge("one example only (m = 1)", *answers(rng, 1), rtol=LOOSE)
    yield edge("sixty-four examples", *answers(rng, 64), rtol=LOOSE)
    yield edge("all labels 1", answers(rng, 5)[0], np.ones((1, 5)), rtol=LOOSE)
    yield edge("all labels 0", answers(rng, 5)[0], np.zeros((1, 5)), rtol=LOOSE)
    yield edge("answers of one half", np.full((1, 4), 0.5), labels(rng, 4), rtol=LOOSE)
    yield edge(
        "answers all on one side", answers(rng, 6)[0] * 0.3 + 0.65, labels(rng, 6), rtol=LOOSE
    )
    AL, Y = answers(rng, 5)
    Y[0, :2], AL[0, 0], AL[0, 1] = (0.0, 1.0), 0.997, 0.004
    yield edge("two examples all but sure and wrong", AL, Y, rtol=LOOSE)
    AL, Y = answers(rng, 5)
    yield edge("arrays that are views of others", strided(AL), strided(Y), rtol=LOOSE)


exercise = Exercise("find-the-bug", repaired_output_gradient, probes, returns=("dZ",))
