"""Right versions of what an answer calls, for as long as it is judged on its own code."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import cache, wraps
from typing import Any

from autograder.exercises import EXERCISES
from autograder.exercises.given import given_to
from autograder.exercises.model import Exercise


def right_helpers(exercise: Exercise, names: tuple[str, ...]) -> dict[str, Callable[..., Any]]:
    """Give right versions of functions that an exercise's answer may call."""
    given = given_to(exercise)
    return {
        name: _with_floats(EXERCISES[name].reference if name in exercise.needs else given[name])
        for name in names
    }


@cache
def _with_floats(function: Callable[..., Any]) -> Callable[..., Any]:
    """Let a helper take whole numbers for floats where it declares these.

    A student's code may call it with any: and Python works out a power of whole numbers to its
    last digit, in one go that no limit ends.
    """
    declared = inspect.signature(function)
    floats = [name for name, one in declared.parameters.items() if one.annotation == "float"]

    @wraps(function)
    def called(*args: Any, **kwargs: Any) -> Any:
        try:
            bound = declared.bind(*args, **kwargs)
        except TypeError:
            return function(*args, **kwargs)  # which says it in Python's own words
        for name in floats:
            if type(bound.arguments.get(name)) is int:
                bound.arguments[name] = float(bound.arguments[name])
        return function(*bound.args, **bound.kwargs)

    return called if floats else function
