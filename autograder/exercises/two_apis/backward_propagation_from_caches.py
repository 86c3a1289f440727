"""Exercise 3: the gradients of the hard-wired network, made by the general code.

AL is not in the caches: it is the last Z through the sigmoid.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from autograder.contract import Probe
from autograder.exercises.model import Exercise, core, edge
from autograder.exercises.numbers import (
    ELEVEN,
    FloatArray,
    all_on,
    labels,
    numerical_gradient,
    strided,
)
from autograder.exercises.step_by_step.compute_cost import compute_cost
from autograder.exercises.step_by_step.L_model_backward import (
    Caches,
    L_model_backward,
    gradients_by_differences,
    smooth_network,
)
from autograder.exercises.step_by_step.L_model_forward import L_model_forward
from autograder.exercises.two_apis.drawn import Arrays, forward, hard_wired_gradients, passed
from dnn_utils import relu_backward, sigmoid

# An epsilon beside AL or a clipped AL may differ from AL - Y by so much.
LOOSE = 1e-4


def backward_propagation_from_caches(X: FloatArray, Y: FloatArray, caches: Caches) -> Arrays:
    """The gradients of each example's own loss, then 1/m for those that lack it."""
    L, m = len(caches), X.shape[1]
    AL, _ = sigmoid(caches[-1][1])
    grads = L_model_backward(AL, Y, caches)
    gradients = {f"dz{L}": (AL - Y) / m}
    for l in range(L, 0, -1):
        gradients[f"dW{l}"] = grads[f"dW{l}"]
        gradients[f"db{l}"] = grads[f"db{l}"]
        if l > 1:
            dA = grads[f"dA{l - 1}"]
            gradients[f"da{l - 1}"] = dA / m
            gradients[f"dz{l - 1}"] = relu_backward(dA, caches[l - 2][1]) / m
    return gradients


def by_tiny_steps(X: FloatArray, Y: FloatArray, caches: Caches) -> Arrays:
    """Differentiate the mean cost itself by every z, a, W and b: there 1/m comes by itself."""
    L, m = len(caches), X.shape[1]
    weights = {
        f"{kind}{l}": array
        for l, ((_, W, b), _) in enumerate(caches, start=1)
        for kind, array in (("W", W), ("b", b))
    }

    def cost_of_z(l: int, z: FloatArray) -> float:
        if l == L:
            return compute_cost(1 / (1 + np.exp(-z)), Y)
        rest = {f"{k}{i - l}": weights[f"{k}{i}"] for i in range(l + 1, L + 1) for k in "Wb"}
        return compute_cost(L_model_forward(np.maximum(z, 0.0), rest)[0], Y)

    AL, _ = L_model_forward(X, weights)
    found = gradients_by_differences(AL, Y, caches)
    wanted = {name: value for name, value in found.items() if name[:2] != "dA"}
    wanted |= {f"da{l}": found[f"dA{l}"] / m for l in range(1, L)}
    for l in range(1, L + 1):
        wanted[f"dz{l}"] = numerical_gradient(
            lambda z, l=l: cost_of_z(l, z),  # type: ignore[misc]
            caches[l - 1][1],
        )
    return wanted


def case(
    rng: np.random.Generator, layer_dims: list[int], m: int
) -> tuple[FloatArray, FloatArray, Caches]:
    """Draw a network, run it forward and hand over what the backward pass needs."""
    one = passed(rng, layer_dims, m)
    return one.X, labels(rng, m), one.caches


def probes(rng: np.random.Generator) -> Iterator[Probe]:
    """Depths 1, 2, 3, 5 and 11 with unequal widths; m is never the width of the layer it meets."""
    by_its_formulas = {"wanted": hard_wired_gradients, "rtol": LOOSE}
    m = int(rng.integers(6, 9))
    yield core("three layers (L = 3)", *case(rng, [5, 4, 3, 1], m), **by_its_formulas)
    made = case(rng, [3, 4, 2, 1], 5)
    yield core("three layers, checked by tiny steps", *made, wanted=by_tiny_steps, rtol=LOOSE)
    for kind, layer_dims, m in (
        ("one layer (L = 1)", [3, 1], 4),
        ("two layers (L = 2)", [4, 3, 1], 5),
        ("five layers (L = 5)", [3, 5, 4, 6, 2, 1], 7),
        ("one example only (m = 1)", [4, 3, 2, 1], 1),
        ("layers of one unit", [1, 1, 1, 1], 3),
        ("equal widths", [3, 3, 3, 1], 3),
    ):
        yield edge(kind, *case(rng, layer_dims, m), **by_its_formulas)
    X, weights = smooth_network(rng, [3, 4, 2, 1], 5)
    X[:, 2] = 0.0
    weights = {name: value * (0 if name[0] == "b" else 1) for name, value in weights.items()}
    zero = forward(X, weights)
    yield edge("some Z exactly 0", X, labels(rng, 5), zero.caches, **by_its_formulas)
    X, _, caches = case(rng, [4, 3, 2, 1], 5)
    yield edge("all labels 1", X, np.ones((1, 5)), caches, **by_its_formulas)
    yield edge("all labels 0", X, np.zeros((1, 5)), caches, **by_its_formulas)
    X, Y, caches = case(rng, [2, 5, 3, 1], 6)
    yield edge("labels as whole numbers", X, Y.astype(np.int64), caches, **by_its_formulas)
    yield edge("views into larger arrays", strided(X), strided(Y), caches, **by_its_formulas)
    deep = forward(*all_on(rng, ELEVEN, 2))
    yield edge("eleven layers (L = 11)", deep.X, labels(rng, 2), deep.caches, **by_its_formulas)


exercise = Exercise(
    "two-apis",
    backward_propagation_from_caches,
    probes,
    returns=("gradients",),
    needs=("flat_from_caches",),
    extra_keys=("da", "dA", "dZ"),
)
