"""Messages of the wire written by hand, and what two values have in common."""

from __future__ import annotations

import struct
from typing import Any

import msgspec
import numpy as np
from msgspec.msgpack import Ext

from autograder import wire

PREFIX = struct.Struct("<II")


def layout(value: np.ndarray) -> str:
    flags = value.flags
    return "C" if flags.c_contiguous else "F" if flags.f_contiguous else "strided"


def assert_same(one: Any, other: Any) -> None:
    """Compare to the last bit: types, order of keys, layout, nan."""
    assert type(one) is type(other)
    if type(one) in (list, tuple):
        assert len(one) == len(other)
        for a, b in zip(one, other, strict=True):
            assert_same(a, b)
    elif type(one) is dict:
        assert_same(list(one.items()), list(other.items()))
    elif type(one) is float:
        assert struct.pack("<d", one) == struct.pack("<d", other)
    elif isinstance(one, (np.ndarray, np.generic)):
        assert one.dtype == other.dtype
        assert one.shape == other.shape
        assert one.tobytes() == other.tobytes()
        if type(one) is np.ndarray:
            assert layout(one) == layout(other)
    else:
        assert one == other


def message(header: bytes, body: bytes = b"") -> bytes:
    return PREFIX.pack(len(header), len(body)) + header + body


def of_nodes(*nodes: Any, body: bytes = b"") -> bytes:
    return message(msgspec.msgpack.encode(list(nodes)), body)


def container(code: int, count: int) -> Ext:
    return Ext(code, struct.pack("<I", count))


def array_of(code: int, how: int, *shape: int) -> Ext:
    return Ext(wire._ARRAY, struct.pack(f"<BB{len(shape)}Q", code, how, *shape))
