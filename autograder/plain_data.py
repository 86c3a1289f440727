"""Keep what a call gave back as plain data: numbers, texts, arrays, and what holds them.

Part of the learner's side: numpy and Python's own library, no answers.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np

PLAIN = (bool, int, float, str, type(None))
DEEPEST = 12
MOST_ITEMS = 10_000
WIDEST = 8  # bytes of a floating-point number
OBJECTS = "array of objects"


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
        return np.array(value, _usual(value)) if value.dtype != object else Opaque(OBJECTS)
    if isinstance(value, np.generic) and kind.__module__ == "numpy":
        return value.astype(_usual(value))
    if kind in PLAIN:
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


def _usual(value: np.ndarray | np.generic) -> np.dtype[Any]:
    """Give the type by which numbers are told on: not wider or turned round, as on few machines."""
    wide = value.dtype.kind == "f" and value.dtype.itemsize > WIDEST
    return np.dtype(float) if wide else value.dtype.newbyteorder("=")


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


def tied(raw: Any) -> bool:
    """Say whether an array in a dict can't be written to, or not without changing another."""
    dicts = raw if type(raw) in (tuple, list) else (raw,)
    if any(type(item) is not dict for item in dicts):
        return False
    held = list(_arrays(raw))
    if not all(array.flags.writeable for array in held):
        return True
    if all(array.base is None for array in held) and len(set(map(id, held))) == len(held):
        return False  # the usual case, seen quickly
    near = islice(_overlapping(held), MOST_ITEMS)
    return any(_share(one, other) for one, other in near)


def _overlapping(arrays: list[np.ndarray]) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Give pairs of arrays of which one begins in memory before the other ends."""
    reach = sorted((*_bounds(array), n) for n, array in enumerate(arrays) if array.size)
    for place, (_, end, n) in enumerate(reach):
        for start, _, other in islice(reach, place + 1, None):
            if start >= end:
                break
            yield arrays[n], arrays[other]


def _share(one: np.ndarray, other: np.ndarray) -> bool:
    """Say whether two arrays have a number in common; views may also lie in one another."""
    try:
        return np.shares_memory(one, other, max_work=MOST_ITEMS)  # type: ignore[arg-type]
    except np.exceptions.TooHardError:
        return False


def _bounds(array: np.ndarray) -> tuple[int, int]:
    """Give the first byte of an array, and the one after its last."""
    start = int(array.__array_interface__["data"][0])
    steps = [(n - 1) * step for n, step in zip(array.shape, array.strides, strict=True)]
    below, above = sum(s for s in steps if s < 0), sum(s for s in steps if s > 0)
    return start + below, start + above + array.itemsize
