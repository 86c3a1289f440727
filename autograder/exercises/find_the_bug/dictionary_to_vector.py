"""Exercise 1: all parameters in one column."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from autograder.contract import Probe
from autograder.exercises.model import Exercise, core, edge
from autograder.exercises.numbers import ELEVEN, FloatArray, parameters, strided

Arrays = dict[str, FloatArray]


def dictionary_to_vector(parameters: Arrays) -> FloatArray:
    """W1, b1, W2, b2, ...: each row by row, one below the other."""
    L = len(parameters) // 2
    pieces = []
    for l in range(1, L + 1):
        pieces.append(parameters[f"W{l}"].reshape(-1, 1))
        pieces.append(parameters[f"b{l}"].reshape(-1, 1))
    return np.concatenate(pieces)


def one_by_one(parameters: Arrays) -> FloatArray:
    """Write down the entries one after the other, with no reshaping."""
    layers = sorted({int(name[1:]) for name in parameters})
    arrays = [parameters[f"{kind}{l}"] for l in layers for kind in "Wb"]
    return np.array([[array[index]] for array in arrays for index in np.ndindex(array.shape)])


def shuffled(rng: np.random.Generator, arrays: Arrays) -> Arrays:
    """Give the same entries of a dict in another order."""
    names = list(arrays)
    return {names[i]: arrays[names[i]] for i in rng.permutation(len(names))}


def probes(rng: np.random.Generator) -> Iterator[Probe]:
    """All depths, and dicts whose order is not that of the layers."""
    yield core("two layers (L = 2)", parameters(rng, [4, 3, 1]))
    yield core("three layers, entry by entry", parameters(rng, [2, 4, 3, 1]), wanted=one_by_one)
    backwards = dict(reversed(parameters(rng, [3, 2, 3, 1]).items()))
    yield core("a dict with the last layer first", backwards)
    yield edge("one layer (L = 1)", parameters(rng, [3, 1]))
    yield edge("five layers (L = 5)", parameters(rng, [3, 5, 4, 6, 2, 1]), wanted=one_by_one)
    yield edge("eleven layers (L = 11)", parameters(rng, ELEVEN))
    yield edge("layers of one unit", parameters(rng, [1, 1, 1, 1]))
    yield edge("equal widths", parameters(rng, [3, 3, 3, 3]))
    yield edge("a dict in no order", shuffled(rng, parameters(rng, [2, 3, 4, 2, 1])))
    views = {name: strided(value) for name, value in parameters(rng, [3, 2, 1]).items()}
    yield edge("arrays that are views of others", views)
    turned = {name: np.asfortranarray(v) for name, v in parameters(rng, [3, 4, 2]).items()}
    yield edge("arrays that lie in memory column by column", turned)


exercise = Exercise("find-the-bug", dictionary_to_vector, probes, returns=("vector",))
