"""The nine exercises on what a layer keeps for the way back, in the notebook's order."""

from autograder.exercises.what_the_cache_holds import (
    leaky_relu_backward,
    leaky_relu_backward_from_A,
    relu_backward,
    relu_backward_from_A,
    sigmoid_backward,
    sigmoid_backward_from_A,
    swish_backward,
    tanh_backward,
    tanh_backward_from_A,
)

EXERCISES = tuple(
    module.exercise
    for module in (
        relu_backward,
        leaky_relu_backward,
        sigmoid_backward,
        tanh_backward,
        relu_backward_from_A,
        leaky_relu_backward_from_A,
        sigmoid_backward_from_A,
        tanh_backward_from_A,
        swish_backward,
    )
)
