"""The eight exercises of the third assignment, in its order."""

from autograder.exercises.optimization import (
    initialize_adam,
    initialize_velocity,
    random_mini_batches,
    schedule_lr_decay,
    update_lr,
    update_parameters_with_adam,
    update_parameters_with_gd,
    update_parameters_with_momentum,
)

EXERCISES = tuple(
    module.exercise
    for module in (
        update_parameters_with_gd,
        random_mini_batches,
        initialize_velocity,
        update_parameters_with_momentum,
        initialize_adam,
        update_parameters_with_adam,
        update_lr,
        schedule_lr_decay,
    )
)
