"""Exercise 2: train a network with any number of layers."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from autograder.contract import Probe
from autograder.exercises.application.drawn import (
    LOOSE,
    SURER,
    Parameters,
    known_already,
    large_unseen,
    pictures,
    rising,
    step_by_differences,
    trained,
)
from autograder.exercises.model import Exercise, core, edge
from autograder.exercises.numbers import FloatArray, strided
from dnn_app_utils import (
    L_model_backward,
    L_model_forward,
    compute_cost,
    initialize_parameters_deep,
    update_parameters,
)

# Widths with which few inputs find a layer of the first network dead.
ELEVEN = [2, 2, 3, 2, 3, 4, 2, 3, 4, 2, 4, 1]


# As in exercise 1, the defaults 0.0075 and 3000 stand in the notebook's cell.
def L_layer_model(
    X: FloatArray,
    Y: FloatArray,
    layers_dims: list[int],
    learning_rate: float,
    num_iterations: int,
    print_cost: bool = False,
) -> tuple[Parameters, list[float]]:
    """[LINEAR -> RELU] L - 1 times, then LINEAR -> SIGMOID, trained with all examples."""
    parameters = initialize_parameters_deep(layers_dims)
    costs = []
    for i in range(num_iterations):
        AL, caches = L_model_forward(X, parameters)
        if i % 100 == 0:
            costs.append(compute_cost(AL, Y))
        grads = L_model_backward(AL, Y, caches)
        parameters = update_parameters(parameters, grads, learning_rate)
    return parameters, costs


def probes(rng: np.random.Generator) -> Iterator[Probe]:
    """Depths 1, 2, 3, 4, 5 and 11 with unequal widths, few steps; and once more than a hundred."""
    held = {"wanted": trained, "rtol": LOOSE}
    rate = round(float(rng.uniform(0.2, 0.6)), 3)
    yield core("three layers (L = 3), one step", *pictures(rng, [5, 4, 3, 1], 6), rate, 1, **held)
    yield core("two layers (L = 2)", *pictures(rng, [4, 3, 1], 5), rate, 8, **held)
    differences = {"wanted": step_by_differences, "rtol": LOOSE}
    made = pictures(rng, [3, 4, 2, 1], 4)
    yield core("three layers, checked by tiny steps", *made, 0.4, 1, False, **differences)
    yield core("more than a hundred steps", *pictures(rng, [3, 2, 1], 4), 0.05, 103, **held)
    yield edge("one layer (L = 1)", *pictures(rng, [3, 1], 4), rate, 4, **held)
    yield edge("four layers (L = 4)", *pictures(rng, [9, 5, 4, 3, 1], 7), rate, 5, True, **held)
    yield edge("five layers (L = 5)", *pictures(rng, [4, 5, 6, 7, 3, 1], 5), rate, 4, **held)
    yield edge("one example only (m = 1)", *pictures(rng, [4, 3, 1], 1), rate, 4, **held)
    yield edge("equal widths", *pictures(rng, [4, 4, 4, 1], 5), rate, 4, **held)
    yield edge("more pixels than examples", *pictures(rng, [27, 7, 1], 6), 0.1, 3, **held)
    X, Y, dims = pictures(rng, [4, 5, 3, 1], 6)
    yield edge("labels as whole numbers", X, Y.astype(np.int64), dims, rate, 4, **held)
    yield edge("pictures that are a view", strided(X), strided(Y), dims, rate, 4, **held)
    yield edge("all labels 1", X, np.ones((1, 6)), dims, rate, 4, **held)
    yield edge("all labels 0", X, np.zeros((1, 6)), dims, rate, 4, **held)
    yield edge("a rate of 0.0075", *pictures(rng, [4, 3, 1], 5), 0.0075, 20, True, **held)
    yield edge("a rate of 0", *pictures(rng, [4, 3, 1], 5), 0.0, 3, **held)
    yield edge("large gradients", *large_unseen(rng, [6, 3, 1], 5), 1e-5, 3, **held)
    yield edge("a very small rate", *pictures(rng, [4, 3, 1], 5), 1e-6, 12, **held)
    X, _, dims = pictures(rng, ELEVEN, 2)
    # With labels of both kinds the gradients of b nearly cancel, so deep down.
    yield edge("eleven layers (L = 11)", X, np.ones((1, 2)), dims, 0.4, 3, **held)
    held = {"wanted": trained, "rtol": SURER}
    yield edge("a cost that rises at first", *rising(rng, 3), 5, **held)
    yield edge("a small cost from the start", *known_already(rng, [3, 4, 2, 1], 2, 0.5, 5), **held)


exercise = Exercise(
    "application",
    L_layer_model,
    probes,
    returns=("parameters", "costs"),
    traces=("costs",),
)
