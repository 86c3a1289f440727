"""Exercise 6: train a network of any depth, by gradient descent or by Adam.

Costs are compared where every batch is full. Where the last one is smaller, a mean over the
batches differs from the mean over the examples, and people take either.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from autograder.exercises.model import Exercise, core, edge
from autograder.exercises.numbers import FloatArray, labels, normal
from autograder.exercises.optimization.initialize_adam import initialize_adam
from autograder.exercises.optimization.update_parameters_with_adam import (
    update_parameters_with_adam,
)
from autograder.exercises.two_apis.drawn import Arrays
from autograder.findings import Probe
from dnn_app_utils import (
    L_model_backward,
    L_model_forward,
    compute_cost,
    initialize_parameters_deep,
    random_mini_batches,
    update_parameters,
)

# Adam with epsilon inside the root is right too; a few steps later it is so far off at most.
LOOSE = 1e-3


def L_layer_model_with_optimizer(
    X: FloatArray,
    Y: FloatArray,
    layers_dims: list[int],
    optimizer: str,
    activations: list[str],
    learning_rate: float = 0.0007,
    num_epochs: int = 100,
    mini_batch_size: int = 64,
    beta1: float = 0.9,
    beta2: float = 0.999,
    epsilon: float = 1e-8,
    seed: int = 10,
    print_cost: bool = False,
) -> tuple[Arrays, list[float]]:
    """Epochs of shuffled batches; forward, cost, backward and a step for each batch."""
    parameters = initialize_parameters_deep(layers_dims)
    v, s = initialize_adam(parameters)
    t = 0
    costs = []
    for epoch in range(num_epochs):
        total = 0.0
        for batch in random_mini_batches(X, Y, mini_batch_size, seed + 1 + epoch):
            AL, caches = L_model_forward(batch[0], parameters, activations)
            total += compute_cost(AL, batch[1]) * AL.shape[1]
            grads = L_model_backward(AL, batch[1], caches, activations)
            if optimizer == "adam":
                t += 1
                settings = (learning_rate, beta1, beta2, epsilon)
                adam = update_parameters_with_adam(parameters, grads, v, s, t, *settings)
                parameters, v, s = adam[:3]
            else:
                parameters = update_parameters(parameters, grads, learning_rate)
        costs.append(total / X.shape[1])
    return parameters, costs


def examples(rng: np.random.Generator, n: int, m: int) -> tuple[FloatArray, FloatArray]:
    """Draw examples that are far from zero: then gradients are not tiny."""
    return 2.0 * normal(rng, n, m) + 0.5, labels(rng, m)


def probes(rng: np.random.Generator) -> Iterator[Probe]:
    """Both optimisers, depths 1, 2, 3 and 5, all activations, batches that fit and don't."""
    adam: dict[str, Any] = {"rtol": LOOSE}
    descent: dict[str, Any] = {"rtol": 1e-6}
    rate, wide = float(rng.uniform(0.02, 0.05)), int(rng.integers(3, 6))
    names = ["tanh", "relu", "sigmoid"]
    case = (*examples(rng, 3, 8), [3, wide, 2, 1])
    yield core("gradient descent, three layers", *case, "gd", names, 0.3, 3, 4, **descent)
    case = (*examples(rng, 4, 10), [4, 3, 1])
    yield core("Adam, two layers", *case, "adam", ["tanh", "sigmoid"], rate, 3, 5, **adam)
    case = (*examples(rng, 2, 6), [2, wide, 3, 1])
    names = ["leaky_relu", "tanh", "sigmoid"]
    yield core("Adam, all examples in one batch", *case, "adam", names, rate, 4, 64, **adam)
    yield from _edges(rng, adam, descent)


def _edges(
    rng: np.random.Generator, adam: dict[str, Any], descent: dict[str, Any]
) -> Iterator[Probe]:
    """Yield what a right answer may still stumble over."""
    either: dict[str, Any] = {"unchecked": ("costs",)}
    case = (*examples(rng, 3, 9), [3, 4, 1])
    names = ["relu", "sigmoid"]
    kind = "a smaller last batch"
    yield edge(f"Adam, {kind}", *case, "adam", names, 0.03, 3, 4, **adam, **either)
    yield edge(f"gradient descent, {kind}", *case, "gd", names, 0.2, 3, 4, **descent, **either)
    case = (*examples(rng, 4, 6), [4, 1])
    yield edge("one layer (L = 1)", *case, "adam", ["sigmoid"], 0.05, 2, 3, **adam)
    case = (*examples(rng, 2, 8), [2, 5, 4, 6, 3, 1])
    names = ["leaky_relu", "tanh", "relu", "tanh", "sigmoid"]
    yield edge("five layers (L = 5)", *case, "gd", names, 0.2, 2, 4, **descent)
    case = (*examples(rng, 3, 7), [3, 4, 2, 1])
    names = ["relu", "relu", "sigmoid"]
    yield edge("all settings left out", *case, "gd", names, **descent)
    other = (0.04, 3, 4, 0.6, 0.9, 0.05, int(rng.integers(20, 99)))
    case = (*examples(rng, 2, 8), [2, 3, 1])
    names = ["tanh", "sigmoid"]
    yield edge("other betas, epsilon and seed", *case, "adam", names, *other, rtol=1e-6)
    X, _ = examples(rng, 2, 6)
    case = (X, np.ones((1, 6)), [2, 4, 1])
    yield edge("one epoch, all labels 1", *case, "adam", names, 0.05, 1, 3, **adam)


exercise = Exercise(
    "two-apis",
    L_layer_model_with_optimizer,
    probes,
    returns=("parameters", "costs"),
    needs=("initialize_adam", "update_parameters_with_adam"),
)
