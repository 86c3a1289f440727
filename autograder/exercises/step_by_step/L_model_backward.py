"""Exercise 9: the backward pass through all layers."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from autograder.contract import Probe
from autograder.exercises.model import Exercise, core, edge
from autograder.exercises.numbers import (
    ELEVEN,
    KINK,
    FloatArray,
    all_on,
    labels,
    numerical_gradient,
    strided,
)
from autograder.exercises.step_by_step.compute_cost import compute_cost
from autograder.exercises.step_by_step.L_model_forward import L_model_forward, network
from autograder.exercises.step_by_step.linear_activation_backward import linear_activation_backward
from autograder.exercises.step_by_step.linear_activation_forward import LayerCache

Caches = list[LayerCache]
# Beyond this Z of the output, an epsilon beside AL would show.
SURE = 4.0
NEARLY_SURE = 8.5
# Of inputs that make gradients far above 1.
LARGE = 256.0
# A right answer may start from AL - Y, or keep AL away from 0 and 1 by a tiny epsilon.
LOOSE = 1e-4


def L_model_backward(AL: FloatArray, Y: FloatArray, caches: Caches) -> dict[str, FloatArray]:
    """From the cost back to the input, one layer after the other."""
    grads = {}
    L = len(caches)
    Y = Y.reshape(AL.shape)
    dA = -(np.divide(Y, AL) - np.divide(1 - Y, 1 - AL))
    for l in range(L, 0, -1):
        activation = "sigmoid" if l == L else "relu"
        dA, dW, db = linear_activation_backward(dA, caches[l - 1], activation)
        grads[f"dA{l - 1}"], grads[f"dW{l}"], grads[f"db{l}"] = dA, dW, db
    return grads


def gradients_by_differences(
    AL: FloatArray, Y: FloatArray, caches: Caches
) -> dict[str, FloatArray]:
    """Differentiate the cost itself, by each parameter and by each layer's input.

    The course's dA carries no 1/m, so the differences by A are multiplied by m.
    """
    L, m = len(caches), AL.shape[1]
    weights = {
        f"{kind}{l}": array
        for l, ((_, W, b), _) in enumerate(caches, start=1)
        for kind, array in (("W", W), ("b", b))
    }

    def cost_from(l: int, A: FloatArray, changed: dict[str, FloatArray]) -> float:
        rest = {f"{k}{i - l}": changed[f"{k}{i}"] for i in range(l + 1, L + 1) for k in "Wb"}
        return compute_cost(L_model_forward(A, rest)[0], Y)

    grads = {}
    for name, value in weights.items():
        grads[f"d{name}"] = numerical_gradient(
            lambda v, name=name: cost_from(0, caches[0][0][0], weights | {name: v}),  # type: ignore[misc]
            value,
        )
    for l in range(L):
        grads[f"dA{l}"] = m * numerical_gradient(
            lambda A, l=l: cost_from(l, A, weights),  # type: ignore[misc]
            caches[l][0][0],
        )
    return grads


def smooth_network(
    rng: np.random.Generator, layer_dims: list[int], m: int
) -> tuple[FloatArray, dict[str, FloatArray]]:
    """Draw a network with no unit near ReLU's kink, some on, and no answer almost sure."""
    while True:
        X, weights = network(rng, layer_dims, m)
        _, caches = L_model_forward(X, weights)
        hidden = [Z for _, Z in caches[:-1]]
        if np.abs(caches[-1][1]).max() < SURE and all(
            np.abs(Z).min() > KINK and (Z > 0).any(axis=1).all() for Z in hidden
        ):
            return X, weights


def finished_forward(
    rng: np.random.Generator, layer_dims: list[int], m: int
) -> tuple[FloatArray, FloatArray, Caches]:
    """Draw a network, run it forward and hand over what the backward pass needs."""
    AL, caches = L_model_forward(*smooth_network(rng, layer_dims, m))
    return AL, labels(rng, m, rows=layer_dims[-1]), caches


def probes(rng: np.random.Generator) -> Iterator[Probe]:
    """Depths 1, 2, 3, 5 and 11 with unequal widths; one output row throughout."""
    yield core("two layers (L = 2)", *finished_forward(rng, [4, 3, 1], 5), rtol=LOOSE)
    yield core("three layers (L = 3)", *finished_forward(rng, [5, 4, 3, 1], 6), rtol=LOOSE)
    differences = {"wanted": gradients_by_differences, "rtol": LOOSE}
    made = finished_forward(rng, [3, 4, 2, 1], 4)
    yield core("three layers, checked by tiny steps", *made, **differences)
    yield edge("one layer (L = 1)", *finished_forward(rng, [3, 1], 4), rtol=LOOSE)
    yield edge("five layers (L = 5)", *finished_forward(rng, [3, 5, 4, 6, 2, 1], 7), rtol=LOOSE)
    yield edge("one example only (m = 1)", *finished_forward(rng, [4, 3, 1], 1), rtol=LOOSE)
    yield edge("layers of one unit", *finished_forward(rng, [1, 1, 1, 1], 3), rtol=LOOSE)
    yield edge("equal widths", *finished_forward(rng, [3, 3, 3, 1], 3), rtol=LOOSE)
    X, weights = smooth_network(rng, [3, 4, 1], 5)
    X[:, 2] = 0.0
    weights = {name: value * (0 if name[0] == "b" else 1) for name, value in weights.items()}
    AL, caches = L_model_forward(X, weights)
    yield edge("some Z exactly 0", AL, labels(rng, 5), caches, rtol=LOOSE)
    X, weights = smooth_network(rng, [3, 4, 1], 5)
    largest = np.abs(L_model_forward(X, weights)[1][-1][1]).max()
    weights = weights | {k: weights[k] * NEARLY_SURE / largest for k in ("W2", "b2")}
    AL, caches = L_model_forward(X, weights)
    Y = labels(rng, 5)
    surest = np.argmax(np.abs(AL - 0.5))
    Y[0, surest] = AL[0, surest] < 0.5
    yield edge("an answer nearly sure and wrong", AL, Y, caches, rtol=1e-2)
    X, weights = smooth_network(rng, [4, 3, 1], 5)
    AL, caches = L_model_forward(X * LARGE, weights | {"W1": weights["W1"] / LARGE})
    yield edge("large inputs, small first weights", AL, labels(rng, 5), caches, rtol=LOOSE)
    AL, _, caches = finished_forward(rng, [4, 3, 2, 1], 5)
    yield edge("all labels 1", AL, np.ones((1, 5)), caches, rtol=LOOSE)
    yield edge("all labels 0", AL, np.zeros((1, 5)), caches, rtol=LOOSE)
    yield edge("labels that are a view", AL, strided(labels(rng, 5)), caches, rtol=LOOSE)
    AL, caches = L_model_forward(*all_on(rng, ELEVEN, 2))
    yield edge("eleven layers (L = 11)", AL, labels(rng, 2), caches, rtol=LOOSE)


exercise = Exercise(
    "step-by-step",
    L_model_backward,
    probes,
    returns=("grads",),
    needs=("linear_backward", "linear_activation_backward"),
    extra_keys=("dA", "dZ"),
)
