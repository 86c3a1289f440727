"""What is noted down on the way, such as the cost before every hundredth step.

How often somebody notes something down is no matter of right and wrong. So what is wanted is
everything that could be noted, and right is any selection of it that keeps the order and begins
with the first. Only at the end may something be noted twice: in the last turn and after it.

Part of the learner's side: numpy and Python's own library, no answers.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

ONE_AND_MANY = 2  # axes of a column of numbers
AT_THE_END = 2  # before the last step and after it


def entries(got: Any) -> list[Any] | None:
    """Give the entries of a trace, however it is kept; None if it is none."""
    if isinstance(got, (list, tuple)):
        return list(got)
    if type(got) is np.ndarray and 1 <= got.ndim <= ONE_AND_MANY and got.size == max(got.shape):
        return list(got.ravel())
    return None


def number(entry: Any) -> float | None:
    """Give an entry as a number: Python's, NumPy's, or an array of one; None for others."""
    if isinstance(entry, (np.ndarray, np.generic, float, int)) and not isinstance(entry, bool):
        array = np.asarray(entry)
        if array.size == 1 and array.dtype.kind in "fiu":
            return float(array.reshape(()))
    return None


def difference(got: Any, wanted: Sequence[float], rtol: float) -> tuple[str, str, str] | None:
    """Say what is wrong with a trace.

    Parameters
    ----------
    got : object
        What came back.
    wanted : sequence of float
        All that could be noted, in its order.
    rtol : float
        Allowed gap, as a share of the largest wanted number.

    Returns
    -------
    tuple of str, or None
        The aspect, a sentence that goes on after the trace's name, and one without numbers.
    """
    kept = entries(got)
    if kept is None:
        return "type", "is no list of numbers.", "is no list of numbers."
    if not kept:
        text = f"is empty; it should begin with {wanted[0]:.5g}."
        return "structure", text, "is empty."
    allowed = rtol * float(np.max(np.abs(wanted)))
    place = 0
    for i, entry in enumerate(kept):
        value = number(entry)
        if value is None:
            return (
                "type",
                f"has an entry [{i}] that is no number.",
                "has an entry that is no number.",
            )
        if i == 0 and not abs(value - wanted[0]) <= allowed:
            text = f"begins with {value:.5g}, wanted {wanted[0]:.5g}."
            return "values", text, "begins with a wrong value."
        while place < len(wanted) and not abs(value - wanted[place]) <= allowed:
            place += 1
        if place == len(wanted):
            text = f"has {value:.5g} at [{i}], which is not on the way after what stands before it."
            return "values", text, "has a wrong value after the first."
        if place < len(wanted) - AT_THE_END:
            place += 1
    return None


def canonical(got: Any) -> Any:
    """Give what any two right traces of one way have in common: the first entry."""
    kept = entries(got)
    if kept is None:
        return got
    first = number(kept[0]) if kept else None
    return [] if not kept else [kept[0] if first is None else first]
