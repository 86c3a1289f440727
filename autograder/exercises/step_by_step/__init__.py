"""The ten exercises of the first assignment, in its order."""

from autograder.exercises.step_by_step import (
    L_model_backward,
    L_model_forward,
    compute_cost,
    initialize_parameters,
    initialize_parameters_deep,
    linear_activation_backward,
    linear_activation_forward,
    linear_backward,
    linear_forward,
    update_parameters,
)

EXERCISES = tuple(
    module.exercise
    for module in (
        initialize_parameters,
        initialize_parameters_deep,
        linear_forward,
        linear_activation_forward,
        L_model_forward,
        compute_cost,
        linear_backward,
        linear_activation_backward,
        L_model_backward,
        update_parameters,
    )
)
