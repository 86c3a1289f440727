"""Backprop by Hand: the checks a learner runs and the tool an instructor marks with."""
