"""Exercise 6: a backward step that had 1/m in dA_prev as well."""

from __future__ import annotations

import numpy as np

from autograder.exercises.model import Exercise
from autograder.exercises.numbers import FloatArray
from autograder.exercises.step_by_step.linear_backward import Gradients, probes
from autograder.exercises.step_by_step.linear_forward import LinearCache


def repaired_linear_backward(dZ: FloatArray, cache: LinearCache) -> Gradients:
    """1/m in dW and db, none in dA_prev."""
    A_prev, W, _ = cache
    m = A_prev.shape[1]
    return W.T @ dZ, dZ @ A_prev.T / m, np.sum(dZ, axis=1, keepdims=True) / m


exercise = Exercise(
    "find-the-bug", repaired_linear_backward, probes, returns=("dA_prev", "dW", "db")
)
