"""The six exercises of "One network, two ways to write it", in their order.

The two of Adam are those of the optimization assignment: one rule serves both networks.
"""

from autograder.exercises.optimization import initialize_adam, update_parameters_with_adam
from autograder.exercises.two_apis import (
    L_layer_model_with_optimizer,
    backward_propagation_from_caches,
    caches_from_flat,
    flat_from_caches,
)

EXERCISES = tuple(
    module.exercise
    for module in (
        caches_from_flat,
        flat_from_caches,
        backward_propagation_from_caches,
        initialize_adam,
        update_parameters_with_adam,
        L_layer_model_with_optimizer,
    )
)
