"""Carry messages over a socket, between the judge and the sandbox."""

from __future__ import annotations

import math
import select
import socket
import time
from typing import Any

from autograder.wire import MOST_BYTES, PREFIX, WireError, decode, encode, lengths

CHUNK = 1 << 18  # bytes asked of the system, or given to it, at once


class WireClosed(WireError):
    """The other side is gone, or this channel failed before."""


class WireTimeout(WireError):
    """The deadline passed."""


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
            self._fill(PREFIX.size, deadline)
            size = PREFIX.size + sum(lengths(self._unread[: PREFIX.size], self._most_bytes))
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
