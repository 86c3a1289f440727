"""The known mistakes of an exercise, run on its probes."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np

import dnn_utils
from autograder.calling import observe
from autograder.diagnosis import Known
from autograder.exercises import EXERCISES, answers
from autograder.exercises.model import Exercise
from autograder.signatures import signature


def space_for(exercise: Exercise) -> dict[str, Any]:
    """Give the names that an answer finds in its notebook: helpers and earlier exercises."""
    space: dict[str, Any] = {"np": np, "math": math, "copy": copy, "deepcopy": copy.deepcopy}
    for name in ("sigmoid", "relu", "sigmoid_backward", "relu_backward"):
        space[name] = getattr(dnn_utils, name)
    for name, earlier in EXERCISES.items():
        if name == exercise.name:
            break
        if earlier.assignment == exercise.assignment:
            space[name] = earlier.reference
    return space


def written(exercise: Exercise, code: str) -> Callable[..., Any]:
    """Run an answer's code as a notebook would and give its function."""
    space = space_for(exercise)
    exec(compile(code, f"<answer to {exercise.name}>", "exec"), space)
    function: Callable[..., Any] = space[exercise.name]
    return function


@lru_cache(maxsize=64)
def known_mistakes_of(exercise: Exercise, seed: int, *, hidden: bool) -> tuple[Known, ...]:
    """Run every known mistake on the probes of one check, for the diagnosis."""
    probes = exercise.inputs(seed, hidden=hidden)
    known = []
    for mistake in answers(exercise.name)[1]:
        function = written(exercise, mistake.code)
        outcomes = [observe(function, probe.args) for probe in probes]
        signatures = tuple(
            signature(exercise.contract, outcome, probe.args)
            for probe, outcome in zip(probes, outcomes, strict=True)
        )
        known.append(Known(mistake.name, mistake.hint, signatures))
    return tuple(known)
