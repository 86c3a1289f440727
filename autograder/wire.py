"""Write plain data as messages between the judge and the sandbox, and read them.

The judge reads what a student's code may have written byte by byte: nothing is unpickled, no size
is believed before its bytes are there, and whatever is wrong gives a `WireError`.

A message is two lengths, a header and a body. The header is one flat msgpack list of the value's
nodes, depth first: None, bool, int, float and str stand for themselves, the rest are ext marks (a
list's mark says how many items follow). As it is flat, msgspec can bound its length and refuse
nesting before it builds anything. The body is the arrays' raw bytes, one after the other.
"""

from __future__ import annotations

import math
import struct
import sys
from typing import Annotated, Any

import msgspec
import numpy as np
from msgspec.msgpack import Decoder, Encoder, Ext

from autograder.plain_data import Opaque

MOST_BYTES = 64_000_000  # of a whole message
MOST_HEADER = 8_000_000
DEEPEST = 24  # containers inside each other
MOST_ITEMS = 300_000  # nodes of a header, the keys of dicts counted too
MOST_BITS = 4096  # of one int
MOST_NAME = 100  # characters of an Opaque's name
SHORT = 64  # strings up to here come back interned: people write `activation is "relu"`

PREFIX = struct.Struct("<II")  # the lengths of header and body
_COUNT = struct.Struct("<I")
_LIST, _TUPLE, _DICT, _ARRAY, _OPAQUE, _INTEGER = range(6)  # ext codes
_C, _FORTRAN, _STRIDED, _SCALAR = range(4)  # layouts of arrays; a scalar is sent as one

_TYPES = [np.dtype(n) for n in ("?", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8")]
_TYPES += [np.dtype(n) for n in ("f2", "f4", "f8")]
# C has several names for one size. Types are found by id: a student's class may answer any `==`.
_CODES = {id(dtype.type): _TYPES.index(dtype) for dtype in map(np.dtype, "?bhilqBHILQefd")}
_NAME = type.__dict__["__name__"]  # past what a metaclass would answer

_ENCODER = Encoder()
_DECODER = Decoder(
    Annotated[list[bool | int | float | str | Ext | None], msgspec.Meta(max_length=MOST_ITEMS)]
)


class WireError(Exception):
    """What came, or should go, is no message."""


def encode(value: Any) -> bytes:
    """Write a value as one message; what is no plain data becomes `Opaque`.

    Types are compared exactly, and no method of anybody's own class is called.
    """
    writer = _Writer()
    try:
        writer.add(value, 0)
        header = _ENCODER.encode(writer.nodes)
        if len(header) > MOST_HEADER or PREFIX.size + len(header) + writer.size > MOST_BYTES:
            raise WireError("too much to send")
        return b"".join([PREFIX.pack(len(header), writer.size), header, *writer.body])
    except WireError:
        raise
    except Exception as error:  # no memory left, a dict that changes meanwhile
        raise WireError(f"cannot be sent ({type(error).__name__})") from None


class _Writer:
    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.body: list[Any] = []
        self.size = 0  # of the body
        self.text = 0  # characters in the header
        self.promised = 1  # nodes written, and those that containers begun will still write

    def add(self, value: Any, depth: int) -> None:
        kind = type(value)
        if value is None or kind is bool or kind is float:
            self.nodes.append(value)
        elif kind is str:
            self.nodes.append(self._clean(value))
        elif kind is int:
            self._integer(value)
        elif kind is np.ndarray:
            self._array(value, scalar=False)
        elif kind is dict or kind is list or kind is tuple:
            self._container(value, depth)
        elif id(kind) in _CODES:
            self._array(np.asarray(value), scalar=True)
        else:
            self._opaque(value.name if kind is Opaque else _NAME.__get__(kind))

    def _clean(self, value: str) -> str:
        self.text += len(value)
        if self.text > MOST_HEADER:  # one long string many times, say
            raise WireError("too much to send")
        return value if value.isascii() else value.encode("utf-8", "replace").decode()

    def _opaque(self, name: Any) -> None:
        letters = name[:MOST_NAME] if type(name) is str else "thing"
        printable = "".join(c if c.isprintable() else "?" for c in letters)
        self.nodes.append(Ext(_OPAQUE, printable.encode()))

    def _integer(self, value: int) -> None:
        bits = value.bit_length()
        if -(2**63) <= value < 2**64:  # msgpack's own
            self.nodes.append(value)
        elif bits <= MOST_BITS:
            self.nodes.append(Ext(_INTEGER, value.to_bytes(bits // 8 + 1, "little", signed=True)))
        else:
            raise WireError(f"an int of {bits} bits is too big to send")

    def _array(self, value: Any, scalar: bool) -> None:
        dtype, flags = value.dtype, value.flags
        if id(dtype.type) not in _CODES or not dtype.isnative:
            what = {"O": "objects", "U": "strings"}.get(dtype.kind, dtype)
            self._opaque(f"array of {what}")
            return
        self.size += value.nbytes
        if self.size > MOST_BYTES:  # before anything is copied
            raise WireError("too much to send")
        layout = _C if flags.c_contiguous else _FORTRAN if flags.f_contiguous else _STRIDED
        kind = _CODES[id(dtype.type)], _SCALAR if scalar else layout
        self.nodes.append(Ext(_ARRAY, struct.pack(f"<BB{value.ndim}Q", *kind, *value.shape)))
        self.body.append(value.T if layout == _FORTRAN else np.ascontiguousarray(value))

    def _container(self, value: Any, depth: int) -> None:
        kind = type(value)
        size = len(value) * (2 if kind is dict else 1)
        if depth == DEEPEST or self.promised + size > MOST_ITEMS:
            self._opaque(f"{kind.__name__} without end")  # it may hold itself
            return
        # A copy, as threads may go on; of a dict: key, value, key, value.
        items = [part for pair in value.items() for part in pair] if kind is dict else list(value)
        if kind is dict and not all(type(key) is str for key in items[::2]):
            self._opaque("dict with keys that are no strings")
            return
        self.promised += size
        code = _DICT if kind is dict else _LIST if kind is list else _TUPLE
        self.nodes.append(Ext(code, _COUNT.pack(len(items))))
        for item in items:
            self.add(item, depth + 1)


def decode(message: bytes | bytearray | memoryview) -> Any:
    """Read one whole message; arrays are copies that may be written to.

    Whatever is wrong with the message raises `WireError`, and nothing else does.
    """
    try:
        view = memoryview(message)
        header, body = lengths(view, MOST_BYTES)
        start = PREFIX.size + header
        if len(view) != start + body:
            raise WireError("a message of another length than it says")
        reader = _Reader(_DECODER.decode(view[PREFIX.size : start]), view[start:])
        value = reader.next(0)
        if reader.at != len(reader.nodes) or reader.body_at != body:
            raise WireError("a message with something left over")
        return value
    except WireError:
        raise
    except Exception as error:  # any at all: the sender may choose which
        raise WireError(f"a message that cannot be read ({type(error).__name__})") from None


def lengths(message: bytearray | memoryview, most_bytes: int) -> tuple[int, int]:
    """Give how long a message says that its header and its body are."""
    header, body = PREFIX.unpack_from(message)
    if header > MOST_HEADER or PREFIX.size + header + body > most_bytes:
        raise WireError("a message that says it is too long")
    return header, body


class _Reader:
    def __init__(self, nodes: list[Any], body: memoryview) -> None:
        self.nodes, self.at = nodes, 0
        self.body, self.body_at = body, 0

    def next(self, depth: int) -> Any:
        node = self.nodes[self.at]
        self.at += 1
        if type(node) is str:
            return sys.intern(node) if len(node) <= SHORT else node
        if type(node) is not Ext:
            return node
        code, data = node.code, bytes(node.data)
        if code == _ARRAY:
            return self._array(data)
        if code in {_LIST, _TUPLE, _DICT}:
            return self._container(code, data, depth)
        if code == _INTEGER and len(data) <= MOST_BITS // 8 + 1:
            value = int.from_bytes(data, "little", signed=True)
            if value.bit_length() <= MOST_BITS:
                return value
        if code == _OPAQUE and len(name := data.decode()) <= MOST_NAME and name.isprintable():
            return Opaque(name)
        raise WireError("a node that means nothing")

    def _container(self, code: int, data: bytes, depth: int) -> Any:
        (count,) = _COUNT.unpack(data)
        if depth == DEEPEST or count > len(self.nodes) - self.at:
            raise WireError("a container too deep or too long")
        items = [self.next(depth + 1) for _ in range(count)]
        if code != _DICT:
            return items if code == _LIST else tuple(items)
        keys = items[::2]
        if not all(type(key) is str for key in keys):
            raise WireError("a key that is no string")
        return dict(zip(keys, items[1::2], strict=True))

    def _array(self, data: bytes) -> Any:
        if len(data) > 2 + 8 * 64:  # numpy's most dimensions
            raise WireError("an array of too many dimensions")
        code, layout, *shape = struct.unpack(f"<BB{(len(data) - 2) // 8}Q", data)
        dtype, count = _TYPES[code], math.prod(shape)  # Python's ints: no overflow
        start, self.body_at = self.body_at, self.body_at + count * dtype.itemsize
        if self.body_at > len(self.body):
            raise WireError("an array that does not fit the message")
        if layout > _SCALAR or (layout == _SCALAR and shape) or (layout == _STRIDED and not shape):
            raise WireError("an array of a layout that cannot be")
        if count == 0:
            return np.empty(shape, dtype)
        flat = np.frombuffer(self.body, dtype, count, start)
        if dtype.kind == "b" and flat.view(np.uint8).max() > 1:  # such a True is not 1
            raise WireError("an array of bools that are none")
        if layout == _SCALAR:
            return flat[0]
        if layout == _FORTRAN:
            return flat.reshape(shape[::-1]).T.copy(order="F")
        array = flat.reshape(shape)
        return np.repeat(array, 2, axis=-1)[..., ::2] if layout == _STRIDED else array.copy()
