"""One network seen through both programs: the caches and the gradients of each."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from autograder.exercises.numbers import FloatArray
from autograder.exercises.step_by_step.L_model_backward import Caches, smooth_network
from autograder.exercises.step_by_step.L_model_forward import L_model_forward

Arrays = dict[str, FloatArray]
Flat = tuple[FloatArray, ...]


class Passed(NamedTuple):
    """What one forward pass leaves behind, in both layouts."""

    X: FloatArray
    AL: FloatArray
    flat: Flat
    caches: Caches


def passed(rng: np.random.Generator, layer_dims: list[int], m: int) -> Passed:
    """Draw a network, with some units on and some off, and run it forward."""
    return forward(*smooth_network(rng, layer_dims, m))


def forward(X: FloatArray, weights: Arrays) -> Passed:
    """Run a network forward and write down both caches, each from the numbers themselves."""
    AL, caches = L_model_forward(X, weights)
    flat: list[FloatArray] = []
    a = X
    for l in range(1, len(caches) + 1):
        W, b = weights[f"W{l}"], weights[f"b{l}"]
        z = W @ a + b
        a = AL if l == len(caches) else np.maximum(z, 0.0)
        flat += [z, a, W, b]
    return Passed(X, AL, tuple(flat), caches)


def hard_wired_gradients(X: FloatArray, Y: FloatArray, caches: Caches) -> Arrays:
    """Give the hard-wired gradients by its own formulas, written for any depth: 1/m in dz once."""
    L, m = len(caches), X.shape[1]
    dz = (1 / (1 + np.exp(-caches[-1][1])) - Y) / m
    found: Arrays = {}
    for l in range(L, 0, -1):
        (A_prev, W, _), _ = caches[l - 1]
        found |= {f"dz{l}": dz, f"dW{l}": np.einsum("im,jm->ij", dz, A_prev)}
        found[f"db{l}"] = np.einsum("im->i", dz)[:, None]
        if l > 1:
            found[f"da{l - 1}"] = np.einsum("ij,im->jm", W, dz)
            dz = found[f"da{l - 1}"] * (caches[l - 2][1] > 0)
    return found
