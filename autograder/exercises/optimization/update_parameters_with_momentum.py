"""Exercise 4: one step with momentum."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from autograder.contract import Probe
from autograder.exercises.model import Exercise, core, edge
from autograder.exercises.numbers import ELEVEN, FloatArray, parameters
from autograder.exercises.optimization.drawn import Arrays, like, weights_and_gradients, zeros


def update_parameters_with_momentum(
    parameters: dict[str, FloatArray],
    grads: dict[str, FloatArray],
    v: dict[str, FloatArray],
    beta: float,
    learning_rate: float,
) -> tuple[dict[str, FloatArray], dict[str, FloatArray]]:
    """Mix the gradient into the velocity, then step along the velocity."""
    new_parameters, new_v = {}, {}
    for name, value in parameters.items():
        new_v["d" + name] = beta * v["d" + name] + (1 - beta) * grads["d" + name]
        new_parameters[name] = value - learning_rate * new_v["d" + name]
    return new_parameters, new_v


def after_equal_steps(
    parameters: Arrays, grads: Arrays, v: Arrays, beta: float, learning_rate: float
) -> tuple[Arrays, Arrays]:
    """Give the result where all gradients so far were the same: no recursion is needed.

    A velocity that started at 0 is then (1 - beta^k) times the gradient after k steps.
    """
    steps = 4
    share = 1 - beta**steps
    velocity = {"d" + name: share * grads["d" + name] for name in parameters}
    moved = {
        name: value - learning_rate * velocity["d" + name] for name, value in parameters.items()
    }
    return moved, velocity


def probes(rng: np.random.Generator) -> Iterator[Probe]:
    """Velocities in motion and at rest, all depths, beta from 0 to nearly 1."""
    weights, grads = weights_and_gradients(rng, [2, 4, 3, 1])
    beta, rate = float(rng.uniform(0.6, 0.95)), float(rng.uniform(0.05, 0.5))
    yield core("a velocity in motion", weights, grads, like(rng, weights), beta, rate)
    weights, grads = weights_and_gradients(rng, [3, 4, 2, 1])
    yield core("the first step, from rest", weights, grads, zeros(weights), 0.9, 0.1)
    weights = parameters(rng, [2, 3, 1])
    grads = like(rng, weights)
    beta = float(rng.uniform(0.3, 0.8))
    before = {name: (1 - beta**3) * value for name, value in grads.items()}
    args = (weights, grads, before, beta, 0.2)
    yield core("the fourth step along one gradient", *args, wanted=after_equal_steps)
    for kind, layer_dims in (
        ("one layer (L = 1)", [4, 1]),
        ("two layers (L = 2)", [3, 2, 1]),
        ("five layers (L = 5)", [3, 5, 4, 6, 2, 1]),
    ):
        weights, grads = weights_and_gradients(rng, layer_dims)
        yield edge(kind, weights, grads, like(rng, weights), 0.9, 0.05)
    for kind, beta, rate in (
        ("beta = 0: plain gradient descent", 0.0, 0.3),
        ("beta close to 1", 0.999, 0.2),
        ("a rate above 1", 0.9, 1.7),
        ("a rate of 0", 0.8, 0.0),
    ):
        weights, grads = weights_and_gradients(rng, [2, 3, 2, 1])
        yield edge(kind, weights, grads, like(rng, weights), beta, rate)
    weights, grads = weights_and_gradients(rng, [2, 3, 2, 1])
    grads = {name: value * 0 for name, value in grads.items()}
    yield edge("gradients of zero", weights, grads, like(rng, weights), 0.9, 0.4)
    weights, grads = weights_and_gradients(rng, [2, 3, 2, 1])
    grads = {name: value * 1e6 for name, value in grads.items()}
    yield edge("gradients a million times larger", weights, grads, like(rng, weights), 0.7, 0.4)
    weights, grads = weights_and_gradients(rng, ELEVEN)
    yield edge("eleven layers (L = 11)", weights, grads, like(rng, weights), 0.8, 0.3)


exercise = Exercise(
    "optimization",
    update_parameters_with_momentum,
    probes,
    returns=("parameters", "v"),
    may_change=("parameters", "v"),
)
