"""The ten exercises of "Find the bug": five build the instrument, five repair what it finds."""

from autograder.exercises.find_the_bug import (
    dictionary_to_vector,
    gradient_check,
    numerical_gradient,
    repaired_linear_backward,
    repaired_output_gradient,
    repaired_relu_backward,
    repaired_training_step,
    repaired_weight_gradients,
    suspect_layer,
    vector_to_dictionary,
)

EXERCISES = tuple(
    module.exercise
    for module in (
        dictionary_to_vector,
        vector_to_dictionary,
        numerical_gradient,
        gradient_check,
        suspect_layer,
        repaired_linear_backward,
        repaired_weight_gradients,
        repaired_relu_backward,
        repaired_output_gradient,
        repaired_training_step,
    )
)
