"""Copies of what a student's objects gave, past whatever their classes would answer.

Text that any file can hold, and plain JSON data; both no larger than there is room for.
"""

from __future__ import annotations

import math
from binascii import b2a_base64
from typing import Any

import numpy as np

ITEM, LINE = 8, 50  # what a value and a line cost beside their text
DEEPEST = 50


class NotPlain(Exception):
    """A value that no notebook can hold, or none with so little room."""


def beginning(text: Any, room: int) -> tuple[str, int, bool]:
    """Give the start of a text that fits, its bytes, and whether it is the whole."""
    text = str.__str__(text)
    kept = text[: max(room, 0)]
    if kept.isascii():
        return kept, len(kept), len(kept) == len(text)
    # Half a surrogate pair can't be written to any file.
    raw = kept.encode("utf-8", "backslashreplace")
    whole = len(raw) <= room and len(kept) == len(text)
    kept = raw[:room].decode("utf-8", "ignore")
    return kept, min(len(raw), room), whole


def lines_of(traceback: Any) -> list[str]:
    """Take the lines of a traceback, whatever a student's class calls one."""
    if issubclass(type(traceback), str):
        return [traceback]
    if not issubclass(type(traceback), list):
        return []
    return [line for line in list.__iter__(traceback) if issubclass(type(line), str)]


def ends(lines: list[str], room: int) -> list[str]:
    """Keep the beginning and the end of a traceback."""
    first = _first(lines, room // 2)
    last = _first(lines[: len(first) - 1 : -1], room // 2)[::-1]
    left_out = len(lines) - len(first) - len(last)
    return [*first, *([f"[{left_out} more]\n"] if left_out else []), *last]


def _first(lines: list[str], room: int) -> list[str]:
    kept = []
    for line in lines:
        if room > 0:
            text, size, _ = beginning(line, room)
            room -= size + LINE
            kept.append(text)
    return kept


def plain_json(value: Any, left: list[int], depth: int = 0) -> Any:  # noqa: PLR0911
    """Copy a value as plain JSON data, as a Jupyter message would hold it.

    `left` holds the bytes that there is room for; below zero it was too large.
    """
    kind = type(value)
    left[0] -= ITEM
    if left[0] < 0 or depth > DEEPEST:
        raise NotPlain
    if value is None or kind is bool:
        return value
    if issubclass(kind, str):
        text, size, whole = beginning(value, left[0])
        left[0] = left[0] - size if whole else -1
        if not whole:
            raise NotPlain
        return text
    if issubclass(kind, (bytes, bytearray)):
        return plain_json(b2a_base64(memoryview(value), newline=False).decode(), left, depth + 1)
    if issubclass(kind, np.generic):
        return plain_json(np.generic.item(value), left, depth + 1)
    if issubclass(kind, int) and int.bit_length(value) < 64:
        return int.__int__(value)
    if issubclass(kind, float):
        number = float.__float__(value)
        return number if math.isfinite(number) else repr(number)
    if issubclass(kind, dict):
        return {_key(k, left): plain_json(v, left, depth + 1) for k, v in dict.items(value)}
    for many in (list, tuple, set, frozenset):
        if issubclass(kind, many):
            return [plain_json(item, left, depth + 1) for item in many.__iter__(value)]
    raise NotPlain


def _key(key: Any, left: list[int]) -> str:
    if not issubclass(type(key), (str, int, float)):
        raise NotPlain
    return str(plain_json(key, left))
