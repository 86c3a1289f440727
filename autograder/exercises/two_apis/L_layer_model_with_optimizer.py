"""Exercise 6: train a network of any depth, by gradient descent or by Adam.

Where the last batch is smaller, a mean over the batches differs from the mean over the
examples, and people take either: there, costs are compared where the two nearly agree.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from autograder.contract import Probe
from autograder.exercises.model import Exercise, core, edge
from autograder.exercises.numbers import FloatArray, labels, normal
from autograder.exercises.optimization.initialize_adam import initialize_adam
from autograder.exercises.optimization.random_mini_batches import random_mini_batches
from autograder.exercises.optimization.update_parameters_with_adam import (
    update_parameters_with_adam,
)
from autograder.exercises.two_apis.drawn import Arrays
from dnn_app_utils import (
    L_model_backward,
    L_model_forward,
    compute_cost,
    initialize_parameters_deep,
    update_parameters,
)

# Adam with epsilon inside the root is right too; a few steps later it is so far off at most.
LOOSE = 1e-2
# An answer of its own may keep a tiny epsilon beside AL, such as 1e-8.
STRICT = 1e-5
# So far the two kinds of means may lie apart, and by how much more an answer's costs may.
NEARLY, ROUGHLY = 0.04, 0.1


def L_layer_model_with_optimizer(
    X: FloatArray,
    Y: FloatArray,
    layers_dims: list[int],
    optimizer: str,
    activations: list[str],
    learning_rate: float = 0.0007,
    num_epochs: int = 100,
    mini_batch_size: int = 64,
    seed: int = 10,
    print_cost: bool = False,
) -> tuple[Arrays, list[float]]:
    """Epochs of shuffled batches; forward, cost, backward and a step for each batch."""
    parameters = initialize_parameters_deep(layers_dims)
    v, s = initialize_adam(parameters)
    t, costs = 0, []
    for epoch in range(num_epochs):
        total = 0.0
        for batch in random_mini_batches(X, Y, mini_batch_size, seed + 1 + epoch):
            AL, caches = L_model_forward(batch[0], parameters, activations)
            total += compute_cost(AL, batch[1]) * AL.shape[1]
            grads = L_model_backward(AL, batch[1], caches, activations)
            if optimizer == "adam":
                t += 1
                parameters, v, s = update_parameters_with_adam(
                    parameters, grads, v, s, t, learning_rate
                )[:3]
            else:
                parameters = update_parameters(parameters, grads, learning_rate)
        costs.append(total / X.shape[1])
    return parameters, costs


def examples(rng: np.random.Generator, n: int, m: int) -> tuple[FloatArray, FloatArray]:
    """Draw examples and their labels, both labels among them."""
    return normal(rng, n, m), labels(rng, m)


def adam_case(rng: np.random.Generator, m: int, *rest: Any) -> tuple[Any, ...]:
    """Draw examples for which no step hangs on where epsilon stands.

    A gradient near zero would make Adam's first step as long as epsilon lets it be.
    """
    while True:
        case: tuple[Any, ...] = (*examples(rng, rest[0][0], m), *rest)
        usual, _ = L_layer_model_with_optimizer(*case)
        other, _ = _trained_otherwise(*case)
        if all(
            np.max(np.abs(other[name] - value)) <= LOOSE / 5 * np.max(np.abs(value))
            for name, value in usual.items()
        ):
            return case


def uneven_case(rng: np.random.Generator, *rest: Any) -> tuple[Any, ...]:
    """Draw nine examples whose costs are nearly the same by batches of four and by examples."""
    while True:
        case: tuple[Any, ...] = (*examples(rng, rest[0][0], 9), *rest)
        _, by_examples = L_layer_model_with_optimizer(*case)
        _, by_batches = _trained_otherwise(*case)
        if np.allclose(by_batches, by_examples, rtol=NEARLY):
            return case


def _trained_otherwise(
    X: FloatArray,
    Y: FloatArray,
    layers_dims: list[int],
    optimizer: str,
    activations: list[str],
    rate: float,
    num_epochs: int,
    size: int,
) -> tuple[Arrays, list[float]]:
    """Train with a larger epsilon in Adam, and give the costs' means over the batches."""
    weights: Arrays = initialize_parameters_deep(layers_dims)
    v, s = initialize_adam(weights)
    t, means = 0, []
    for epoch in range(num_epochs):
        costs = []
        for batch_X, batch_Y in random_mini_batches(X, Y, size, 11 + epoch):
            AL, caches = L_model_forward(batch_X, weights, activations)
            costs.append(compute_cost(AL, batch_Y))
            grads = L_model_backward(AL, batch_Y, caches, activations)
            t += 1
            if optimizer == "adam":
                weights, v, s = update_parameters_with_adam(
                    weights, grads, v, s, t, rate, epsilon=1e-5
                )[:3]
            else:
                weights = update_parameters(weights, grads, rate)
        means.append(float(np.mean(costs)))
    return weights, means


def probes(rng: np.random.Generator) -> Iterator[Probe]:
    """Both optimisers, depths 1, 2, 3 and 5, all activations, batches that fit and don't."""
    rate, wide = float(rng.uniform(0.02, 0.05)), int(rng.integers(3, 6))
    three = ["tanh", "relu", "sigmoid"]
    case = (*examples(rng, 3, 8), [3, wide, 2, 1], "gd", three, 0.3, 3, 4)
    yield core("gradient descent, three layers", *case, rtol=STRICT)
    case = adam_case(rng, 10, [4, 3, 1], "adam", ["tanh", "sigmoid"], rate, 3, 5)
    yield core("Adam, two layers", *case, rtol=LOOSE)
    three = ["leaky_relu", "tanh", "sigmoid"]
    case = adam_case(rng, 6, [2, wide, 3, 1], "adam", three, rate, 4, 64)
    yield core("Adam, all examples in one batch", *case, rtol=LOOSE)
    yield from _edges(rng)


def _edges(rng: np.random.Generator) -> Iterator[Probe]:
    """Yield what a right answer may still stumble over."""
    two, kind = ["relu", "sigmoid"], "a smaller last batch"
    case = adam_case(rng, 9, [3, 4, 1], "adam", two, 0.03, 3, 4)
    yield edge(f"Adam, {kind}", *case, rtol=LOOSE, unchecked=("costs",))
    case = (*examples(rng, 3, 9), [3, 4, 1], "gd", two, 0.2, 3, 4)
    yield edge(f"gradient descent, {kind}", *case, rtol=STRICT, unchecked=("costs",))
    case = uneven_case(rng, [3, 4, 1], "gd", two, 0.2, 2, 4)
    yield edge(f"costs with {kind}", *case, rtol=ROUGHLY, unchecked=("parameters",))
    case = adam_case(rng, 6, [4, 1], "adam", ["sigmoid"], 0.05, 2, 3)
    yield edge("one layer (L = 1)", *case, rtol=LOOSE)
    five = ["leaky_relu", "tanh", "relu", "tanh", "sigmoid"]
    case = (*examples(rng, 2, 8), [2, 5, 4, 6, 3, 1], "gd", five, 0.2, 2, 4)
    yield edge("five layers (L = 5)", *case, rtol=STRICT)
    case = (*examples(rng, 2, 70), [2, 1], "gd", ["sigmoid"])
    yield edge("all settings left out", *case, rtol=STRICT, unchecked=("costs",))
    case = (*examples(rng, 2, 8), [2, 3, 1], "gd", ["tanh", "sigmoid"], 0.4, 3, 4)
    yield edge("another seed", *case, int(rng.integers(20, 99)), rtol=STRICT)
    case = (*examples(rng, 2, 8), [2, 3, 1], "gd", ["tanh", "sigmoid"], 0.4, 11, 4)
    yield edge("print_cost=True", *case, 10, True, rtol=STRICT)
    X, _, *rest = (*examples(rng, 2, 6), [2, 4, 1], "gd", ["tanh", "sigmoid"], 0.5, 1, 3)
    yield edge("one epoch, labels that are all 1", X, np.ones((1, 6)), *rest, rtol=STRICT)


exercise = Exercise(
    "two-apis",
    L_layer_model_with_optimizer,
    probes,
    returns=("parameters", "costs"),
    needs=("initialize_adam", "update_parameters_with_adam"),
    any_sequence=True,
    mutants_as_hints=False,
)
