"""The two exercises of the second assignment, in its order."""

from autograder.exercises.application import L_layer_model, two_layer_model

EXERCISES = tuple(module.exercise for module in (two_layer_model, L_layer_model))
