"""Exercise 6: one step of Adam.

An epsilon inside the square root is taken as right too, and so is one that is added before s
is corrected. At the default epsilon they differ by far less than is checked, wherever s is not
tiny. Where s_corrected is 1/4, the first is the same to the second order of epsilon, and where
t is large, so is the second: so probes with an epsilon that matters have both.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from autograder.contract import Probe
from autograder.exercises.model import Exercise, core, edge
from autograder.exercises.numbers import ELEVEN, FloatArray, parameters
from autograder.exercises.optimization.drawn import (
    Arrays,
    away_from_zero,
    sizeable,
    squares,
    weights_and_gradients,
    zeros,
)

# How far an epsilon inside the root may be from one outside it.
EITHER_WAY: dict[str, Any] = {"rtol": 1e-6}


def update_parameters_with_adam(
    parameters: dict[str, FloatArray],
    grads: dict[str, FloatArray],
    v: dict[str, FloatArray],
    s: dict[str, FloatArray],
    t: int,
    learning_rate: float = 0.01,
    beta1: float = 0.9,
    beta2: float = 0.999,
    epsilon: float = 1e-8,
) -> tuple[dict[str, FloatArray], ...]:
    """Update both moments, correct both, and step by their quotient."""
    v = {k: beta1 * v[k] + (1 - beta1) * grads[k] for k in v}
    s = {k: beta2 * s[k] + (1 - beta2) * grads[k] ** 2 for k in s}
    v_corrected = {k: v[k] / (1 - beta1**t) for k in v}
    s_corrected = {k: s[k] / (1 - beta2**t) for k in s}
    parameters = {
        k: parameters[k]
        - learning_rate * v_corrected["d" + k] / (np.sqrt(s_corrected["d" + k]) + epsilon)
        for k in parameters
    }
    return parameters, v, s, v_corrected, s_corrected


def after_equal_steps(
    parameters: Arrays,
    grads: Arrays,
    v: Arrays,
    s: Arrays,
    t: int,
    learning_rate: float = 0.01,
    beta1: float = 0.9,
    beta2: float = 0.999,
    epsilon: float = 1e-8,
) -> tuple[Arrays, ...]:
    """Give the result where all gradients so far were the same: no recursion is needed.

    The corrected moments are then the gradient and its square, whatever t, beta1 and beta2.
    """
    names = ["d" + name for name in parameters]
    moved = {
        name: value - learning_rate * grads["d" + name] / (np.abs(grads["d" + name]) + epsilon)
        for name, value in parameters.items()
    }
    v = {name: (1 - beta1**t) * grads[name] for name in names}
    s = {name: (1 - beta2**t) * grads[name] ** 2 for name in names}
    once = {name: 1.0 * grads[name] for name in names}
    return moved, v, s, once, {name: grads[name] ** 2 for name in names}


def halves(
    rng: np.random.Generator, weights: Arrays, t: int, beta1: float, beta2: float
) -> tuple[Arrays, Arrays, Arrays]:
    """Give gradients of 1/2 and -1/2, and the moments after t - 1 steps with just these."""
    grads = {
        "d" + name: 0.5 * rng.choice([-1.0, 1.0], value.shape) for name, value in weights.items()
    }
    v = {name: (1 - beta1 ** (t - 1)) * value for name, value in grads.items()}
    s = {name: (1 - beta2 ** (t - 1)) * value**2 for name, value in grads.items()}
    return grads, v, s


def in_motion(rng: np.random.Generator, layer_dims: list[int]) -> tuple[Arrays, ...]:
    """Draw parameters, gradients and both moments, none of them zero."""
    _, grads = weights_and_gradients(rng, layer_dims)
    weights = sizeable(rng, layer_dims)
    grads |= away_from_zero(rng, weights)
    return weights, grads, away_from_zero(rng, weights), squares(rng, weights)


def probes(rng: np.random.Generator) -> Iterator[Probe]:
    """Moments in motion and at rest, t from 1 to 1000, all depths, every argument given once."""
    t = int(rng.integers(2, 9))
    beta1, beta2 = float(rng.uniform(0.5, 0.85)), float(rng.uniform(0.9, 0.99))
    rate = float(rng.uniform(0.1, 0.6))
    drawn = in_motion(rng, [2, 4, 3, 1])
    yield core("moments in motion, t > 1", *drawn, t, rate, beta1, beta2, **EITHER_WAY)
    weights, grads, _, _ = in_motion(rng, [3, 4, 2, 1])
    rest = (weights, grads, zeros(weights), zeros(weights), 1, 0.1)
    yield core("the first step, from rest (t = 1)", *rest, **EITHER_WAY)
    weights = sizeable(rng, [2, 3, 1])
    t = int(rng.integers(600, 700))
    equal = (weights, *halves(rng, weights, t, 0.8, 0.95), t, 0.3, 0.8, 0.95, 1e-4)
    yield core("a larger epsilon", *equal, wanted=after_equal_steps, rtol=1e-7)
    yield from _edges(rng)


def _edges(rng: np.random.Generator) -> Iterator[Probe]:
    """Yield what a right answer may still stumble over."""
    for kind, layer_dims in (
        ("one layer (L = 1)", [4, 1]),
        ("two layers (L = 2)", [3, 2, 1]),
        ("five layers (L = 5)", [3, 5, 4, 6, 2, 1]),
    ):
        yield edge(kind, *in_motion(rng, layer_dims), 3, 0.2, 0.8, 0.9, **EITHER_WAY)
    yield edge("all defaults", *in_motion(rng, [2, 3, 2, 1]), 2, **EITHER_WAY)
    yield edge(
        "late in training (t = 1000)", *in_motion(rng, [2, 3, 2, 1]), 1000, 0.3, **EITHER_WAY
    )
    yield edge("beta1 = 0", *in_motion(rng, [2, 3, 2, 1]), 4, 0.3, 0.0, 0.9, **EITHER_WAY)
    weights, *others = in_motion(rng, [2, 3, 2, 1])
    weights = {name: 5 * value for name, value in weights.items()}
    yield edge("a rate above 1", weights, *others, 2, 1.5, 0.7, 0.8, **EITHER_WAY)
    yield edge("a rate of 0", *in_motion(rng, [2, 3, 2, 1]), 5, 0.0, 0.7, 0.8, **EITHER_WAY)
    weights, grads, _, _ = in_motion(rng, [2, 3, 2, 1])
    grads = {name: value * 0 for name, value in grads.items()}
    still = (weights, grads, zeros(weights), zeros(weights), 1, 0.3)
    yield edge("gradients of zero, from rest", *still, **EITHER_WAY)
    weights, grads, v, s = in_motion(rng, [2, 3, 2, 1])
    for moment in (grads, v, s):
        moment["dW1"][1], moment["db1"][1] = 0.0, 0.0
    yield edge("a unit that never fires", weights, grads, v, s, 6, 0.3, 0.7, 0.8, **EITHER_WAY)
    weights, grads, v, s = in_motion(rng, [2, 3, 2, 1])
    grads = {name: value * 1e4 for name, value in grads.items()}
    yield edge("gradients ten thousand times larger", weights, grads, v, s, 3, 0.3, **EITHER_WAY)
    weights = {name: value * 0 for name, value in parameters(rng, [2, 3, 1]).items()}
    args = (weights, *halves(rng, weights, 650, 0.8, 0.95), 650, 0.3, 0.8, 0.95)
    yield edge("equal steps from zero", *args, wanted=after_equal_steps)
    drawn = in_motion(rng, ELEVEN)
    yield edge("eleven layers (L = 11)", *drawn, 3, 0.2, 0.8, 0.9, **EITHER_WAY)


exercise = Exercise(
    "optimization",
    update_parameters_with_adam,
    probes,
    returns=("parameters", "v", "s", "v_corrected", "s_corrected"),
    optional=("v_corrected", "s_corrected"),
    may_change=("parameters", "v", "s"),
)
