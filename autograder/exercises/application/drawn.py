"""Pictures for the probes, and training worked out in another way than the course's."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from autograder.exercises.numbers import KINK, FloatArray, labels, normal, numerical_gradient

Parameters = dict[str, FloatArray]
# A right answer may keep A2 away from 0 and 1 by a tiny epsilon, in every step.
LOOSE = 1e-5
# Where A2 is all but 0 or 1, the epsilon makes a larger difference.
SURER = 1e-3
MOST_TRIES = 1000
# Pictures with a rate so large that the cost rises at first, and falls later: Z stays below 5,
# and rounding stays rounding, also if each pixel differs by a twentieth.
RISING = {
    2: ([[-1.0, -1.9, -1.1, -1.3], [0.7, 0.9, -1.5, -0.2], [-1.5, -0.9, 0.1, -0.4]], 6.0),
    3: ([[1.4, 0.9, -0.5], [1.7, 0.5, 1.4], [0.6, 0.8, -0.7]], 8.0),
}
SLIGHTLY = 0.05
NEARLY_SURE = 5.0
SMALL = 0.01
LARGE = 256.0


def first_weights(layers_dims: Sequence[int]) -> Parameters:
    """Draw what the application's networks start from."""
    draw = np.random.RandomState(1)
    parameters = {}
    for l, (n_prev, n) in enumerate(pairwise(layers_dims), start=1):
        parameters[f"W{l}"] = draw.standard_normal((n, n_prev)) / n_prev**0.5
        parameters[f"b{l}"] = np.zeros((n, 1))
    return parameters


def linear_parts(X: FloatArray, parameters: Parameters) -> list[FloatArray]:
    """Give Z of every layer: relu in between, nothing after the last."""
    A, found = np.asarray(X, float), []
    for l in range(1, len(parameters) // 2 + 1):
        Z = np.einsum("ij,jk->ik", parameters[f"W{l}"], A) + parameters[f"b{l}"]
        found.append(Z)
        A = Z * (Z > 0)
    return found


def cost(X: FloatArray, Y: FloatArray, parameters: Parameters) -> float:
    """Give the mean cross-entropy, straight from the last Z."""
    Z = linear_parts(X, parameters)[-1]
    return float(np.mean(np.logaddexp(0, Z) - Y * Z))


def gradients(X: FloatArray, Y: FloatArray, parameters: Parameters) -> Parameters:
    """Give dJ/dW and dJ/db, from dJ/dZ = A - Y at the output; 1/m comes in there, once."""
    found = {}
    Zs = linear_parts(X, parameters)
    slope = (0.5 * (1 + np.tanh(Zs[-1] / 2)) - Y) / X.shape[1]
    for l in range(len(Zs), 0, -1):
        below = np.maximum(Zs[l - 2], 0) if l > 1 else X
        found[f"W{l}"] = np.einsum("ik,jk->ij", slope, below)
        found[f"b{l}"] = slope.sum(axis=1)[:, np.newaxis]
        if l > 1:
            slope = np.where(Zs[l - 2] > 0, np.einsum("ij,ik->jk", parameters[f"W{l}"], slope), 0)
    return found


def trained(
    X: FloatArray,
    Y: FloatArray,
    layers_dims: Sequence[int],
    learning_rate: float,
    num_iterations: int,
    print_cost: bool = False,
) -> tuple[Parameters, FloatArray]:
    """Train; give the parameters and the cost before every step and after the last."""
    parameters = first_weights(layers_dims)
    costs = [cost(X, Y, parameters)]
    for _ in range(num_iterations):
        slopes = gradients(X, Y, parameters)
        parameters = {k: v - learning_rate * slopes[k] for k, v in parameters.items()}
        costs.append(cost(X, Y, parameters))
    return parameters, np.array(costs)


def step_by_differences(
    X: FloatArray,
    Y: FloatArray,
    layers_dims: Sequence[int],
    learning_rate: float,
    num_iterations: int,
    print_cost: bool = False,
) -> tuple[Parameters, FloatArray]:
    """Take one step along differences of the cost: no formula of backpropagation is used."""
    parameters = first_weights(layers_dims)
    stepped = {}
    for name, value in parameters.items():
        slope = numerical_gradient(lambda v, n=name: cost(X, Y, parameters | {n: v}), value)  # type: ignore[misc]
        stepped[name] = value - learning_rate * slope
    return stepped, np.array([cost(X, Y, p) for p in (parameters, stepped)])


def pictures(
    rng: np.random.Generator, layers_dims: Sequence[int], m: int
) -> tuple[FloatArray, FloatArray, Sequence[int]]:
    """Draw examples, labels and layers_dims so that no layer is dead and no unit at its kink."""
    parameters = first_weights(layers_dims)
    for _ in range(MOST_TRIES):
        X = normal(rng, layers_dims[0], m)
        hidden = linear_parts(X, parameters)[:-1]
        if all(np.abs(Z).min() > KINK and (Z > 0).any() for Z in hidden):
            return X, labels(rng, m), layers_dims
    raise ValueError(f"The network {layers_dims} is dead from the start.")


def large_unseen(
    rng: np.random.Generator, layers_dims: Sequence[int], m: int
) -> tuple[FloatArray, FloatArray, Sequence[int]]:
    """Draw pictures with large numbers that the first weights pass over: only dW1 is large."""
    X, Y, _ = pictures(rng, layers_dims, m)
    W1 = first_weights(layers_dims)["W1"]
    unseen = np.eye(layers_dims[0]) - np.linalg.pinv(W1) @ W1
    return X + LARGE * unseen @ normal(rng, layers_dims[0], m), Y, layers_dims


def rising(
    rng: np.random.Generator, layers: int
) -> tuple[FloatArray, FloatArray, Sequence[int], float]:
    """Draw pictures, labels, layers_dims and a rate with which the cost rises, then falls."""
    X, rate = np.array(RISING[layers][0]), RISING[layers][1]
    Y = np.eye(1, X.shape[1], k=layers - 2)
    moved = X * rng.uniform(1 - SLIGHTLY, 1 + SLIGHTLY, X.shape)
    return moved, Y, (3, *[2] * (layers - 1), 1), rate


def known_already(
    rng: np.random.Generator, layers_dims: Sequence[int], m: int, learning_rate: float, steps: int
) -> tuple[FloatArray, FloatArray, Sequence[int], float, int]:
    """Draw pictures that the first network gets right, all but sure: the cost is small."""
    while True:
        X, _, _ = pictures(rng, layers_dims, m)
        Z = linear_parts(X, first_weights(layers_dims))[-1]
        size = np.abs(Z)
        if size.max() >= 3 * size.min():
            continue
        X *= NEARLY_SURE / size.min()  # without biases Z grows as X does
        case = X, (Z > 0) * 1.0, layers_dims, learning_rate, steps
        if trained(*case)[1].max() < SMALL:
            return case
