"""Exercise 2: shuffle the examples and cut them into mini-batches."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from autograder.contract import Probe
from autograder.exercises.model import Exercise, core, edge
from autograder.exercises.numbers import FloatArray, labels, normal, strided


def random_mini_batches(
    X: FloatArray, Y: FloatArray, mini_batch_size: int = 64, seed: int = 0
) -> list[tuple[FloatArray, FloatArray]]:
    """Shuffle once, then cut; the last batch has what is left."""
    np.random.seed(seed)
    m = X.shape[1]
    permutation = list(np.random.permutation(m))
    shuffled_X = X[:, permutation]
    shuffled_Y = Y[:, permutation]
    mini_batches = []
    for start in range(0, m, mini_batch_size):
        end = start + mini_batch_size
        mini_batches.append((shuffled_X[:, start:end], shuffled_Y[:, start:end]))
    return mini_batches


def examples(rng: np.random.Generator, n: int, m: int) -> tuple[FloatArray, FloatArray]:
    """Draw m examples of n numbers, and their labels."""
    return normal(rng, n, m), labels(rng, m)


def probes(rng: np.random.Generator) -> Iterator[Probe]:
    """Batches that fit and that don't, one example, seeds that nobody has tried."""
    seeds = [int(seed) for seed in 1 + rng.permutation(99)]
    more = int(rng.integers(1, 4))
    yield core("a smaller last batch", *examples(rng, 3, 12 + more), 4, seeds[0])
    yield core("m a multiple of the batch size", *examples(rng, 2, 15), 5, seeds[1])
    yield core("a last batch of one example", *examples(rng, 4, 13), 6, seeds[2])
    yield edge("m smaller than the batch size", *examples(rng, 3, 5 + more), 16, seeds[3])
    yield edge("m equal to the batch size", *examples(rng, 2, 7), 7, seeds[4])
    yield edge("batches of one example", *examples(rng, 2, 4 + more), 1, seeds[5])
    yield edge("one example only (m = 1)", *examples(rng, 3, 1), 4, seeds[6])
    yield edge("one number an example (n = 1)", *examples(rng, 1, 11), 3, seeds[7])
    yield edge("as many numbers as examples (n = m)", *examples(rng, 7, 7), 3, seeds[8])
    yield edge("batch size and seed left out", *examples(rng, 2, 130 + more))
    yield edge("the seed 0", *examples(rng, 2, 10), 4, 0)
    X, Y = examples(rng, 3, 9)
    yield edge("views into larger arrays", strided(X), strided(Y), 4, seeds[9])
    X, Y = examples(rng, 2, 10)
    yield edge("labels as whole numbers", X, Y.astype(np.int64), 3, seeds[10])
    yield edge("sorted by label", X, np.sort(Y), 8, seeds[11])


exercise = Exercise(
    "optimization",
    random_mini_batches,
    probes,
    returns=("mini_batches",),
    any_sequence=True,
)
