"""Exercise 8: the gradient through one whole layer."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from autograder.contract import Probe
from autograder.exercises.model import Exercise, core, edge
from autograder.exercises.numbers import KINK, FloatArray, normal, numerical_gradient, strided
from autograder.exercises.step_by_step.linear_activation_forward import (
    LayerCache,
    linear_activation_forward,
)
from autograder.exercises.step_by_step.linear_backward import Gradients, linear_backward
from autograder.exercises.step_by_step.linear_forward import layer
from dnn_utils import relu_backward, sigmoid_backward


def linear_activation_backward(dA: FloatArray, cache: LayerCache, activation: str) -> Gradients:
    """dA -> dZ through the activation, then dZ -> dA_prev, dW, db."""
    linear_cache, activation_cache = cache
    backward = {"sigmoid": sigmoid_backward, "relu": relu_backward}[activation]
    return linear_backward(backward(dA, activation_cache), linear_cache)


def gradients_by_differences(dA: FloatArray, cache: LayerCache, activation: str) -> Gradients:
    """Differentiate J = sum(dA * A) without any backward formula."""
    (A_prev, W, b), _ = cache
    m = dA.shape[1]

    def J(A_in: FloatArray, W: FloatArray, b: FloatArray) -> float:
        return float(np.sum(dA * linear_activation_forward(A_in, W, b, activation)[0]))

    return (
        numerical_gradient(lambda A: J(A, W, b), A_prev),
        numerical_gradient(lambda V: J(A_prev, V, b), W) / m,
        numerical_gradient(lambda c: J(A_prev, W, c), b) / m,
    )


def step(
    rng: np.random.Generator, n_prev: int, n: int, m: int, activation: str
) -> tuple[FloatArray, LayerCache, str]:
    """Draw dA and the cache of one layer, every Z away from ReLU's kink."""
    while True:
        _, cache = linear_activation_forward(*layer(rng, n_prev, n, m), activation)
        if np.abs(cache[1]).min() > KINK:
            return normal(rng, n, m), cache, activation


def probes(rng: np.random.Generator) -> Iterator[Probe]:
    """Both activations, layers of all proportions, ties at Z = 0."""
    for activation in ("sigmoid", "relu"):
        yield core(f"{activation}, three units", *step(rng, 4, 3, 5, activation))
        differences = {"wanted": gradients_by_differences, "rtol": 1e-7}
        kind = f"{activation}, four units, checked by tiny steps"
        yield core(kind, *step(rng, 3, 4, 2, activation), **differences)
        yield edge(f"{activation}, one example only (m = 1)", *step(rng, 3, 4, 1, activation))
        yield edge(f"{activation}, one unit (n = 1)", *step(rng, 4, 1, 6, activation))
        yield edge(f"{activation}, square arrays", *step(rng, 4, 4, 4, activation))
        yield edge(f"{activation}, a wide layer", *step(rng, 2, 7, 3, activation))
        dA, (linear_cache, Z), _ = step(rng, 3, 2, 5, activation)
        views = (linear_cache, strided(Z))
        yield edge(f"{activation}, views of other arrays", strided(dA), views, activation)
        # The cached Z stays W A_prev + b: a right answer may compute it again.
        A_prev, W, b = linear_cache
        ties = A_prev * np.array([0.0, 1.0, 0.0, 1.0, 0.0])
        _, cache = linear_activation_forward(ties, W, b * 0, activation)
        yield edge(f"{activation}, some Z exactly 0", dA, cache, activation)
        # The first column stays moderate, so that the others may round as they like.
        large = A_prev * np.array([1.0, 2000.0, -2000.0, 2000.0, -2000.0])
        _, cache = linear_activation_forward(large, W, b, activation)
        yield edge(f"{activation}, large Z", dA, cache, activation, rtol=1e-7)
    dA, ((A_prev, W, b), _), _ = step(rng, 3, 4, 5, "relu")
    tiny = A_prev * np.array([1e-4, 1e-5, 1e-6, 1e-8, 1e-12])
    _, cache = linear_activation_forward(tiny, W, b * 0, "relu")
    yield edge("relu, tiny Z, positive and negative", dA, cache, "relu")


exercise = Exercise(
    "step-by-step",
    linear_activation_backward,
    probes,
    returns=("dA_prev", "dW", "db"),
    needs=("linear_backward",),
)
