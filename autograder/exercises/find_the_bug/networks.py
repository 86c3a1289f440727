"""Networks whose cost is smooth where the probes look at it."""

from __future__ import annotations

import numpy as np

from autograder.exercises.numbers import KINK, FloatArray, labels, normal, parameters
from dnn_app_utils import L_model_backward, L_model_forward

# Differences of the cost are right to so many digits; a gradient must stand out from them.
LEAST_GRADIENT = 0.02
SURE = 4.0


def smooth_case(
    rng: np.random.Generator, layer_dims: list[int], m: int
) -> tuple[dict[str, FloatArray], FloatArray, FloatArray]:
    """Draw parameters, X and Y: no unit near ReLU's kink, no answer sure, no gradient tiny."""
    while True:
        weights = parameters(rng, layer_dims, scale=1.0)
        X, Y = normal(rng, layer_dims[0], m), labels(rng, m)
        AL, caches = L_model_forward(X, weights)
        hidden = [Z for _, Z in caches[:-1]]
        if np.abs(caches[-1][1]).max() > SURE or any(np.abs(Z).min() < KINK for Z in hidden):
            continue
        grads = L_model_backward(AL, Y, caches)
        if all(np.abs(grads["d" + name]).max() > LEAST_GRADIENT for name in weights):
            return weights, X, Y
