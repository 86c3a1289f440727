"""Exercise 1: train a network with one hidden layer."""

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


# The notebook's cell has 0.0075 and 3000 as defaults. No probe leaves these two out: 3000
# iterations would take longer than all other probes together.
def two_layer_model(
    X: FloatArray,
    Y: FloatArray,
    layers_dims: tuple[int, int, int],
    learning_rate: float,
    num_iterations: int,
    print_cost: bool = False,
) -> tuple[Parameters, list[float]]:
    """[LINEAR -> RELU -> LINEAR -> SIGMOID], trained with all examples at once."""
    parameters = initialize_parameters_deep(layers_dims)
    costs = []
    for i in range(num_iterations):
        A2, caches = L_model_forward(X, parameters)
        if i % 100 == 0:
            costs.append(compute_cost(A2, Y))
        grads = L_model_backward(A2, Y, caches)
        parameters = update_parameters(parameters, grads, learning_rate)
    return parameters, costs


def probes(rng: np.random.Generator) -> Iterator[Probe]:
    """Few steps with rates that show every one of them; and once more than a hundred."""
    held = {"wanted": trained, "rtol": LOOSE}
    rate = round(float(rng.uniform(0.2, 0.6)), 3)
    yield core("one step", *pictures(rng, (4, 3, 1), 5), rate, 1, **held)
    yield core("eight steps", *pictures(rng, (5, 4, 1), 6), rate, 8, **held)
    differences = {"wanted": step_by_differences, "rtol": LOOSE}
    made = pictures(rng, (3, 4, 1), 4)
    yield core("one step, checked by tiny steps", *made, 0.4, 1, False, **differences)
    yield core("more than a hundred steps", *pictures(rng, (3, 2, 1), 4), 0.05, 103, **held)
    yield edge("one example only (m = 1)", *pictures(rng, (4, 3, 1), 1), rate, 4, **held)
    yield edge("one hidden unit", *pictures(rng, (3, 1, 1), 5), rate, 4, **held)
    yield edge("more pixels than examples", *pictures(rng, (27, 7, 1), 6), 0.1, 3, **held)
    X, Y, dims = pictures(rng, (4, 5, 1), 6)
    yield edge("labels as whole numbers", X, Y.astype(np.int64), dims, rate, 4, **held)
    yield edge("pictures that are a view", strided(X), strided(Y), dims, rate, 4, **held)
    yield edge("all labels 1", X, np.ones((1, 6)), dims, rate, 4, **held)
    yield edge("all labels 0", X, np.zeros((1, 6)), dims, rate, 4, **held)
    yield edge("pixels from 0 to 1, one picture black", *_pixels(rng), 0.3, 5, **held)
    yield edge("a rate of 0.0075", *pictures(rng, (4, 3, 1), 5), 0.0075, 20, True, **held)
    yield edge("a rate of 0", *pictures(rng, (4, 3, 1), 5), 0.0, 3, **held)
    yield edge("large gradients", *large_unseen(rng, (6, 3, 1), 5), 1e-5, 3, **held)
    yield edge("a very small rate", *pictures(rng, (4, 3, 1), 5), 1e-6, 12, **held)
    held = {"wanted": trained, "rtol": SURER}
    yield edge("a cost that rises at first", *rising(rng, 2), 5, **held)
    yield edge("a small cost from the start", *known_already(rng, (3, 4, 1), 2, 0.5, 5), **held)


def _pixels(rng: np.random.Generator) -> tuple[FloatArray, FloatArray, tuple[int, int, int]]:
    X = rng.uniform(0, 1, (12, 5))
    X[:, 2] = 0.0
    return X, np.array([[1.0, 0.0, 1.0, 0.0, 1.0]]), (12, 4, 1)


exercise = Exercise(
    "application",
    two_layer_model,
    probes,
    returns=("parameters", "costs"),
    traces=("costs",),
)
