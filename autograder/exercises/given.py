"""What the notebooks give: functions that an answer may call, from helper files and cells."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import dnn_app_utils
import dnn_utils
from autograder.exercises.model import Exercise
from autograder.exercises.optimization.random_mini_batches import random_mini_batches

Function = Callable[..., Any]

ACTIVATIONS: tuple[Function, ...] = (
    dnn_utils.sigmoid,
    dnn_utils.relu,
    dnn_utils.sigmoid_backward,
    dnn_utils.relu_backward,
)
NETWORK: tuple[Function, ...] = (
    dnn_app_utils.initialize_parameters,
    dnn_app_utils.initialize_parameters_deep,
    dnn_app_utils.linear_forward,
    dnn_app_utils.linear_activation_forward,
    dnn_app_utils.L_model_forward,
    dnn_app_utils.compute_cost,
    dnn_app_utils.linear_backward,
    dnn_app_utils.linear_activation_backward,
    dnn_app_utils.L_model_backward,
    dnn_app_utils.update_parameters,
    dnn_app_utils.predict,
)
GIVEN: dict[str, tuple[Function, ...]] = {
    "step-by-step": ACTIVATIONS,
    "application": ACTIVATIONS + NETWORK,
    "two-apis": ACTIVATIONS + NETWORK,
    "what-the-cache-holds": (
        dnn_utils.sigmoid,
        dnn_utils.relu,
        dnn_utils.tanh,
        dnn_utils.leaky_relu,
    ),
    "find-the-bug": ACTIVATIONS + NETWORK,
}

# What a cell of the notebook defines. In a submission it is not the course's own object, so
# nobody could say whether it was written over; it stays as it is.
IN_CELLS: dict[str, tuple[Function, ...]] = {"two-apis": (random_mini_batches,)}


def given_to(exercise: Exercise) -> dict[str, Function]:
    """Give what an exercise's answers find under which name; a student may have written over it."""
    functions = GIVEN.get(exercise.assignment, ())
    return {f.__name__: f for f in functions if f.__name__ != exercise.name}


def at_hand(exercise: Exercise) -> dict[str, Function]:
    """Give all that an exercise's answers find, what cells define included."""
    return given_to(exercise) | {f.__name__: f for f in IN_CELLS.get(exercise.assignment, ())}
