"""Hostile submissions, all our own, that the autograder has to withstand."""
