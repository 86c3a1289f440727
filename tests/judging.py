"""Shared by the tests of the judge: cells run as a notebook does, and their marks."""

from __future__ import annotations

from autograder.calling import observe
from autograder.exercises import EXERCISES, answers
from autograder.exercises.known import space_for
from autograder.findings import findings, not_callable
from autograder.judge import judge

SEED = 4

WRONG_LINEAR = """
def linear_backward(dZ, cache):
    A_prev, W, b = cache
    dA_prev = np.dot(W.T, dZ) / dZ.shape[1]
    dW = np.dot(dZ, A_prev.T) / m
    db = np.sum(dZ, axis=1, keepdims=True) / m
    return dA_prev, dW, db
"""

TWO_MISTAKES = """
def linear_backward(dZ, cache):
    A_prev, W, b = cache
    m = A_prev.shape[1]
    dA_prev = np.dot(W.T, dZ)
    dW = np.dot(dZ, A_prev.T)
    db = np.sum(dZ) / m
    return dA_prev, dW, db
"""


def notebook(*parts):
    """Run code cells one after the other in one namespace, as a notebook does."""
    space = dict(space_for(EXERCISES["initialize_parameters"]))
    for part in parts:
        exec(part, space)
    return space


def verdicts(name, function):
    return [judge(name, function, hidden=hidden, seed=SEED) for hidden in (False, True)]


def points(name, function):
    return sum(verdict.points for verdict in verdicts(name, function))


def code_of(name):
    return answers(name)[0][0].code


def examine(contract, function, probe):
    """Call a function on one probe and list what differs."""
    if not callable(function):
        return [not_callable(contract, function)]
    return findings(contract, probe, observe(function, probe.args))
