"""Parameters with gradients, velocities and second moments, as an optimiser meets them."""

from __future__ import annotations

import numpy as np

from autograder.exercises.numbers import FloatArray, normal, parameters

Arrays = dict[str, FloatArray]


def weights_and_gradients(
    rng: np.random.Generator, layer_dims: list[int], m: int = 5
) -> tuple[Arrays, Arrays]:
    """Draw parameters, and gradients under the keys of the hard-wired network, last layer first.

    The gradients have other entries beside dW and db, as those of `backward_propagation` do.
    """
    weights = parameters(rng, layer_dims)
    grads: Arrays = {}
    for l in range(len(layer_dims) - 1, 0, -1):
        grads[f"dz{l}"] = normal(rng, layer_dims[l], m)
        grads[f"dW{l}"] = normal(rng, *weights[f"W{l}"].shape)
        grads[f"db{l}"] = normal(rng, *weights[f"b{l}"].shape)
        if l > 1:
            grads[f"da{l - 1}"] = normal(rng, layer_dims[l - 1], m)
    return weights, grads


def like(rng: np.random.Generator, weights: Arrays) -> Arrays:
    """Draw one array under "d" + its key for each parameter: gradients alone, or a velocity."""
    return {"d" + name: normal(rng, *value.shape) for name, value in weights.items()}


def sizeable(rng: np.random.Generator, layer_dims: list[int]) -> Arrays:
    """Draw parameters between 2 and 4 in size, of both signs.

    What is allowed to differ is measured by the largest entry, so no array may be all tiny.
    """
    return {
        name: rng.uniform(2.0, 4.0, value.shape) * rng.choice([-1.0, 1.0], value.shape)
        for name, value in parameters(rng, layer_dims).items()
    }


def away_from_zero(rng: np.random.Generator, weights: Arrays) -> Arrays:
    """Draw gradients between 0.5 and 1.5 in size, of both signs.

    There an epsilon inside the root and one outside it differ by next to nothing.
    """
    return {
        "d" + name: rng.uniform(0.5, 1.5, value.shape) * rng.choice([-1.0, 1.0], value.shape)
        for name, value in weights.items()
    }


def squares(rng: np.random.Generator, weights: Arrays) -> Arrays:
    """Draw what a mean of squared gradients may be: positive, and not tiny."""
    return {"d" + name: rng.uniform(0.3, 2.0, value.shape) for name, value in weights.items()}


def zeros(weights: Arrays) -> Arrays:
    """Give zeros under the keys of the gradients."""
    return {"d" + name: np.zeros_like(value) for name, value in weights.items()}
