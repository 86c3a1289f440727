"""What is agreed about a function, what it is asked, and what is found about it.

Part of the learner's side: numpy and Python's own library, no answers.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Contract:
    """What is agreed about one function, before any numbers.

    Attributes
    ----------
    name : str
        The function's name.
    parameters, returns : tuple of str
        Names of its parameters and of what it gives back.
    may_change : tuple of str
        Parameters that an answer may change in place.
    extra_keys : tuple of str
        Beginnings of keys that a returned dict may hold beyond those wanted.
    needs : tuple of str
        Earlier exercises that an answer may call.
    optional : tuple of str
        The last of `returns`, if an answer may leave them out, all of them together.
    any_sequence : bool
        Whether lists may stand for tuples, tuples for lists, and arrays for lists of numbers.
    traces : tuple of str
        Those of `returns` that note down something on the way, as often as one likes.
    """

    name: str
    parameters: tuple[str, ...]
    returns: tuple[str, ...]
    may_change: tuple[str, ...] = ()
    extra_keys: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    any_sequence: bool = False
    traces: tuple[str, ...] = ()


@dataclass(frozen=True)
class Probe:
    """One set of inputs and what is wanted for them.

    Attributes
    ----------
    kind : str
        The kind of case in words, such as ``one example only (m = 1)``.
    group : str
        ``core`` or ``edge``.
    args : tuple
        The arguments. Every call gets fresh copies.
    wanted : object
        What the function has to return.
    rtol : float
        Allowed gap, as a share of the largest wanted entry of the same array.
    unchecked : tuple of str
        Those of the contract's `returns` that are not compared in this case, because
        people rightly do not agree on them.
    own_memory : bool
        Whether every array that comes back is to be written into later, alone.
    put_back : tuple of str
        Parameters that may be changed on the way, but have their old values, up to
        rounding, when the call is over.
    """

    kind: str
    group: str
    args: tuple[Any, ...]
    wanted: Any = None
    rtol: float = 1e-9
    unchecked: tuple[str, ...] = ()
    own_memory: bool = False
    put_back: tuple[str, ...] = ()


@dataclass(frozen=True)
class Finding:
    """One thing that differs: which aspect, a full sentence, and one without numbers."""

    aspect: str
    text: str
    outline: str
    printed: str = field(default="", compare=False)
