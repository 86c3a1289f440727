"""Carry plain data between the judge and the sandbox, over a socket.

The judge reads what a student's code may have written byte by byte: nothing is unpickled, no size
is believed before its bytes are there, and whatever is wrong gives a `WireError`.

A message is two lengths, a header and a body. The header is one flat msgpack list of the value's
nodes, depth first: None, bool, int, float and str stand for themselves, the rest are ext marks (a
list's mark says how many items follow). As it is flat, msgspec can bound its length and refuse
nesting before it builds anything. The body is the arrays' raw bytes, one after the other.
"""

from __future__ import annotations

import math
import select
import socket
import struct
import sys
import time
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
CHUNK = 1 << 18  # bytes asked of the system, or given to it, at once

_PREFIX, _COUNT = struct.Struct("<II"), struct.Struct("<I")
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


class WireClosed(WireError):
    """The other side is gone, or this channel failed before."""


class WireTimeout(WireError):
    """The deadline passed."""


def encode(value: Any) -> bytes:
    """Write a value as one message; what is no plain data becomes `Opaque`.

    Types are compared exactly, and no method of anybody's own class is called.
    """
    writer = _Writer()
    try:
        writer.add(value, 0)
        header = _ENCODER.encode(writer.nodes)
        if len(header) > MOST_HEADER or _PREFIX.size + len(header) + writer.size > MOST_BYTES:
            raise WireError("too much to send")
        return b"".join([_PREFIX.pack(len(header), writer.size), header, *writer.body])
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
        header, body = _lengths(view, MOST_BYTES)
        start = _PREFIX.size + header
        if len(view) != start + body:
            raise WireError("a message of another length than it says")
        reader = _Reader(_DECODER.decode(view[_PREFIX.size : start]), view[start:])
        value = reader.next(0)
        if reader.at != len(reader.nodes) or reader.body_at != body:
            raise WireError("a message with something left over")
        return value
    except WireError:
        raise
    except Exception as error:  # any at all: the sender may choose which
        raise WireError(f"a message that cannot be read ({type(error).__name__})") from None


def _lengths(message: bytearray | memoryview, most_bytes: int) -> tuple[int, int]:
    header, body = _PREFIX.unpack_from(message)
    if header > MOST_HEADER or _PREFIX.size + header + body > most_bytes:
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


class Channel:
    """One end of a connected stream socket, which it owns from now on.

    `seconds` is always for the whole message. After a `WireError` the channel is dead, since nobody
    knows where the next message begins: later calls raise `WireClosed`. Only a value that `send`
    refuses as too big, before a byte has left, does no harm.
    """

    def __init__(self, sock: socket.socket, most_bytes: int = MOST_BYTES) -> None:
        sock.setblocking(False)
        self._socket, self._most_bytes, self._dead = sock, most_bytes, False
        self._unread = bytearray()
        self._readable, self._writable = select.poll(), select.poll()
        self._readable.register(sock, select.POLLIN)
        self._writable.register(sock, select.POLLOUT)

    def send(self, value: Any, seconds: float | None = None) -> None:
        """Send a value."""
        self.put(encode(value), seconds)

    def put(self, message: bytes, seconds: float | None = None) -> None:
        """Send what `encode` has written."""
        deadline = self._deadline(seconds)
        if len(message) > self._most_bytes:
            raise WireError("too much to send")
        try:
            rest = memoryview(message)
            while rest:
                part = rest[:CHUNK]
                rest = rest[self._once(self._writable, deadline, self._socket.send, part) :]
        except BaseException:  # a signal's handler may raise anything, half a message on its way
            self._dead = True
            raise

    def receive(self, seconds: float | None = None) -> Any:
        """Wait for a value."""
        message = self.take(seconds)
        try:
            return decode(message)
        except WireError:
            self._dead = True
            raise

    def take(self, seconds: float | None = None) -> bytearray:
        """Wait for a message, which `decode` can read."""
        deadline = self._deadline(seconds)
        try:
            self._fill(_PREFIX.size, deadline)
            size = _PREFIX.size + sum(_lengths(self._unread[: _PREFIX.size], self._most_bytes))
            self._fill(size, deadline)
            message = self._unread  # as it is, if no more has come: it may be large
            self._unread = message[size:]
            del message[size:]
            return message
        except BaseException:
            self._dead = True
            raise

    def fileno(self) -> int:
        """Give the socket's descriptor, for `select`."""
        return self._socket.fileno()

    def close(self) -> None:
        """Close the socket; a second time does no harm."""
        self._dead = True
        self._socket.close()

    def _deadline(self, seconds: float | None) -> float:
        if self._dead:
            raise WireClosed("the channel is closed")
        return math.inf if seconds is None else time.monotonic() + seconds

    def _fill(self, size: int, deadline: float) -> None:
        """Read until there are so many bytes; memory grows only as they come.

        What has come of the next messages is read as well, up to a chunk.
        """
        while len(self._unread) < size:
            part = self._once(self._readable, deadline, self._socket.recv, CHUNK)
            if not part:
                raise WireClosed("the other side has closed")
            self._unread += part

    @staticmethod
    def _once(ready: select.poll, deadline: float, act: Any, argument: Any) -> Any:
        """Do it as soon as the socket can."""
        while (left := deadline - time.monotonic()) > 0:
            try:
                return act(argument)
            except BlockingIOError:
                ready.poll(min(left, 3600.0) * 1000)
            except OSError as error:
                raise WireClosed(f"the other side is gone ({error.strerror})") from None
        raise WireTimeout("not there in time")
