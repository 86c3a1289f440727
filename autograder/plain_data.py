"""Keep what a call gave back as plain data: numbers, texts, arrays, and what holds them.

Part of the learner's side: numpy and Python's own library, no answers.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

PLAIN = (bool, int, float, str, type(None))
DEEPEST = 12
MOST_ITEMS = 10_000


@dataclass(frozen=True)
class Opaque:
    """Something that is no plain data: only its name is kept."""

    name: str


def plain(value: Any) -> Any:
    """Copy a value as plain data, past whatever a class of its own would answer."""
    return _plain(value, (), iter(range(MOST_ITEMS)))


def _plain(  # noqa: PLR0911  one return a kind of value
    value: Any, inside: tuple[int, ...], budget: Iterator[int]
) -> Any:
    kind = type(value)
    if kind is np.ndarray:
        return np.array(value) if value.dtype != object else Opaque("array of objects")
    if kind in PLAIN or (isinstance(value, np.generic) and kind.__module__ == "numpy"):
        return value
    if not isinstance(value, (dict, list, tuple)):
        return Opaque(kind.__name__)
    # A list may hold itself, or one list many times.
    if id(value) in inside or len(inside) > DEEPEST or next(budget, None) is None:
        return Opaque(f"{kind.__name__} without end")
    path = (*inside, id(value))
    if isinstance(value, dict):
        return {_key(k): _plain(v, path, budget) for k, v in dict.items(value)}
    if isinstance(value, list):
        return [_plain(item, path, budget) for item in list.__iter__(value)]
    return tuple(_plain(item, path, budget) for item in tuple.__iter__(value))


def _key(key: Any) -> str:
    return key if type(key) is str else f"{type(key).__name__} key"


def same(one: Any, other: Any) -> bool:
    """Say whether two pieces of plain data are the same to the last bit."""
    if type(one) is not type(other):
        return False
    if isinstance(one, np.ndarray):
        alike = one.shape == other.shape and one.dtype == other.dtype
        return bool(alike and one.tobytes() == other.tobytes())
    if isinstance(one, (list, tuple)):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict):
        return list(one) == list(other) and all(map(same, one.values(), other.values()))
    return bool(one == other)


def _arrays(value: Any) -> Iterator[np.ndarray]:
    """Give the arrays in a result, each container visited once."""
    visited: set[int] = set()
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if type(one) is np.ndarray:
            yield one
        elif type(one) in (dict, list, tuple) and id(one) not in visited:
            visited.add(id(one))
            waiting += one.values() if type(one) is dict else one


def owners(value: Any) -> set[int]:
    """Name the objects whose memory the arrays in a result look at."""
    found = set()
    for array in _arrays(value):
        owner: Any = array
        while isinstance(owner, np.ndarray) and owner.base is not None:
            owner = owner.base
        found.add(id(owner))
    return found


def twins(raw: Any) -> bool:
    """Say whether two of several dicts that were returned together hold the same array."""
    if type(raw) not in (tuple, list) or any(type(item) is not dict for item in raw):
        return False
    held = [id(array) for item in raw for array in _arrays(item)]
    return len(set(held)) < len(held)
