"""A small network of any depth and the three optimisers, to measure what the sets teach.

It is written apart from the course's exercises, so that one can be held against the other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

import numpy as np

Array = np.ndarray
# W1, b1, W2, b2, ... one after the other; gradients come in the same form
Parameters = list[Array]
EPSILON = 1e-8


def start(layers: Sequence[int], seed: int, gain: float = 1.0) -> Parameters:
    """Draw weights with variance gain / n_prev: 1 for the pictures, 2 (He) for the points."""
    draw = np.random.RandomState(seed)
    parameters = []
    for n_prev, n in pairwise(layers):
        parameters += [draw.randn(n, n_prev) * np.sqrt(gain / n_prev), np.zeros((n, 1))]
    return parameters


def activations(X: Array, parameters: Parameters) -> list[Array]:
    """Give X and what every layer makes of it: relu, and a sigmoid at the end."""
    A = [X]
    last = len(parameters) - 2
    for place in range(0, len(parameters), 2):
        Z = parameters[place] @ A[-1] + parameters[place + 1]
        A.append(_sigmoid(Z) if place == last else np.maximum(Z, 0))
    return A


def _sigmoid(Z: Array) -> Array:
    e = np.exp(-np.abs(Z))
    eps = np.finfo(float).eps
    return np.clip(np.where(Z >= 0, 1 / (1 + e), e / (1 + e)), eps, 1 - eps)


def gradients(X: Array, Y: Array, parameters: Parameters) -> Parameters:
    """Give the gradients of the mean cross-entropy."""
    A, found = activations(X, parameters), []
    dZ = (A[-1] - Y) / X.shape[1]
    for place in range(len(parameters) - 2, -1, -2):
        A_prev = A[place // 2]
        found = [dZ @ A_prev.T, dZ.sum(axis=1, keepdims=True), *found]
        if place:
            dZ = (parameters[place].T @ dZ) * (A_prev > 0)
    return found


def cost(X: Array, Y: Array, parameters: Parameters) -> float:
    """Give the mean cross-entropy."""
    p = activations(X, parameters)[-1]
    return float(-np.mean(Y * np.log(p) + (1 - Y) * np.log(1 - p)))


def accuracy(X: Array, Y: Array, parameters: Parameters) -> float:
    """Give the share of right answers."""
    return float(np.mean((activations(X, parameters)[-1] > 0.5) == Y))


# --- optimisers: each turns gradients into steps --------------------------------------------


def gradient_descent() -> Callable[[Parameters], Parameters]:
    """Step along the gradient."""
    return lambda found: found


def momentum(beta: float = 0.9) -> Callable[[Parameters], Parameters]:
    """Step along a running mean of the gradients."""
    v: Parameters = []

    def step(found: Parameters) -> Parameters:
        v[:] = [beta * a + (1 - beta) * g for a, g in zip(v or _zeros(found), found, strict=True)]
        return v

    return step


def adam(beta1: float = 0.9, beta2: float = 0.999) -> Callable[[Parameters], Parameters]:
    """Step along the running mean, divided by the root of the running mean of the squares."""
    v: Parameters = []
    s: Parameters = []
    t = 0

    def step(found: Parameters) -> Parameters:
        nonlocal t
        t += 1
        v[:] = [beta1 * a + (1 - beta1) * g for a, g in zip(v or _zeros(found), found, strict=True)]
        s[:] = [
            beta2 * a + (1 - beta2) * g * g for a, g in zip(s or _zeros(found), found, strict=True)
        ]
        return [
            a / (1 - beta1**t) / (np.sqrt(b / (1 - beta2**t)) + EPSILON)
            for a, b in zip(v, s, strict=True)
        ]

    return step


def _zeros(found: Parameters) -> Parameters:
    return [np.zeros_like(g) for g in found]


# --- training -------------------------------------------------------------------------------


def epochs(
    X: Array,
    Y: Array,
    parameters: Parameters,
    rate: float | Callable[[int], float],
    number: int,
    step: Callable[[Parameters], Parameters] | None = None,
    batch: int | None = None,
) -> Iterator[Parameters]:
    """Train, and give the parameters after every epoch.

    Parameters
    ----------
    rate : float or function
        The learning rate, or a function that gives it for an epoch.
    step : function, optional
        One of the optimisers above; gradient descent without.
    batch : int, optional
        Examples in a batch; all of them without. Batches are drawn anew in every epoch,
        from seed 11, 12, ... as in the course's `model`.
    """
    step = step or gradient_descent()
    for epoch in range(number):
        alpha = rate(epoch) if callable(rate) else rate
        order = _order(X.shape[1], epoch) if batch else slice(None)
        X_epoch, Y_epoch = X[:, order], Y[:, order]
        for first in range(0, X.shape[1], batch or X.shape[1]):
            part = slice(first, first + (batch or X.shape[1]))
            found = gradients(X_epoch[:, part], Y_epoch[:, part], parameters)
            steps = step(found)
            parameters = [p - alpha * d for p, d in zip(parameters, steps, strict=True)]
        yield parameters


def _order(number: int, epoch: int) -> Array:
    return np.random.RandomState(11 + epoch).permutation(number)


def train(*arguments: object, **options: object) -> Parameters:
    """Do the same, and give the parameters at the end."""
    *_, last = epochs(*arguments, **options)  # type: ignore[arg-type]
    return last
