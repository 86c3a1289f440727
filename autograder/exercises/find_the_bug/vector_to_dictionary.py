"""Exercise 2: the column back into the dict of parameters."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from autograder.contract import Probe
from autograder.exercises.find_the_bug.dictionary_to_vector import Arrays
from autograder.exercises.model import Exercise, core, edge
from autograder.exercises.numbers import ELEVEN, FloatArray, normal, strided


def vector_to_dictionary(vector: FloatArray, layers_dims: list[int]) -> Arrays:
    """Cut the column at the layers' borders and give each piece its shape."""
    parameters = {}
    start = 0
    for l in range(1, len(layers_dims)):
        n, n_prev = layers_dims[l], layers_dims[l - 1]
        parameters[f"W{l}"] = vector[start : start + n * n_prev].reshape(n, n_prev)
        start = start + n * n_prev
        parameters[f"b{l}"] = vector[start : start + n].reshape(n, 1)
        start = start + n
    return parameters


def one_by_one(vector: FloatArray, layers_dims: list[int]) -> Arrays:
    """Take one number after the other from the column, with no slice and no reshaping."""
    numbers = iter(vector[:, 0])
    parameters = {}
    for l in range(1, len(layers_dims)):
        n, n_prev = layers_dims[l], layers_dims[l - 1]
        parameters[f"W{l}"] = np.array([[next(numbers) for _ in range(n_prev)] for _ in range(n)])
        parameters[f"b{l}"] = np.array([[next(numbers)] for _ in range(n)])
    return parameters


def column(rng: np.random.Generator, layers_dims: list[int]) -> tuple[FloatArray, list[int]]:
    """Draw a column that is as long as these layers need."""
    size = sum(n * (n_prev + 1) for n_prev, n in pairwise(layers_dims))
    return normal(rng, size, 1), layers_dims


def probes(rng: np.random.Generator) -> Iterator[Probe]:
    """All depths, with equal and unequal widths."""
    yield core("two layers (L = 2)", *column(rng, [4, 3, 1]))
    yield core("three layers, number by number", *column(rng, [2, 4, 3, 1]), wanted=one_by_one)
    yield core("two outputs", *column(rng, [3, 2, 2]))
    yield edge("one layer (L = 1)", *column(rng, [3, 1]))
    yield edge("five layers (L = 5)", *column(rng, [3, 5, 4, 6, 2, 1]), wanted=one_by_one)
    yield edge("eleven layers (L = 11)", *column(rng, ELEVEN))
    yield edge("layers of one unit", *column(rng, [1, 1, 1, 1]))
    yield edge("equal widths", *column(rng, [3, 3, 3, 3]))
    vector, layers_dims = column(rng, [2, 3, 1])
    yield edge("a column that is a view of another array", strided(vector), layers_dims)


exercise = Exercise("find-the-bug", vector_to_dictionary, probes, returns=("parameters",))
