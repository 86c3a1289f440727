"""The channel between judge and sandbox, whatever is at its other end."""

from __future__ import annotations

import array
import contextlib
import os
import signal
import socket
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from wire_messages import PREFIX, assert_same, message

from autograder import wire
from autograder.channel import Channel, WireClosed, WireTimeout
from autograder.clock import TooSlow, at_most
from autograder.wire import WireError, decode, encode


@pytest.fixture
def pair() -> Iterator[tuple[Channel, socket.socket]]:
    """Give our end, and the bare socket of a peer that does as it likes."""
    ours, theirs = socket.socketpair()
    channel = Channel(ours)
    yield channel, theirs
    channel.close()
    theirs.close()


@pytest.fixture
def beside() -> Iterator[Callable[..., None]]:
    """Run something in a thread; it may fail once the test is over."""
    threads: list[threading.Thread] = []

    def start(function: Callable[..., None], *args: Any) -> None:
        def quietly() -> None:
            with contextlib.suppress(OSError, WireError):
                function(*args)

        threads.append(threading.Thread(target=quietly, daemon=True))
        threads[-1].start()

    yield start
    for thread in threads:
        thread.join(10)
        assert not thread.is_alive()


def assert_dead(channel: Channel) -> None:
    with pytest.raises(WireClosed):
        channel.receive(5)
    with pytest.raises(WireClosed):
        channel.send(1, 5)


def test_messages_one_after_the_other(pair: Any) -> None:
    channel, theirs = pair
    other = Channel(theirs)
    for value in (1, "two", [3.0], None):
        channel.send(value, 5)
    assert [other.receive(5) for _ in range(4)] == [1, "two", [3.0], None]
    theirs.setblocking(True)
    theirs.sendall(encode("first") + encode("second"))
    assert (channel.receive(), channel.receive()) == ("first", "second")


def test_a_big_message_both_ways(pair: Any, beside: Any) -> None:
    channel, theirs = pair
    other = Channel(theirs)
    value = {"W": np.arange(2_000_000.0).reshape(1000, 2000).T, "b": list(range(1000))}
    beside(lambda: other.send(other.receive(60), 60))
    channel.send(value, 60)
    assert_same(channel.receive(60), value)


def test_a_message_in_single_bytes_arrives_if_there_is_time(pair: Any, beside: Any) -> None:
    channel, theirs = pair

    def drip() -> None:
        for byte in encode({"a": [1, 2, 3]}):
            theirs.send(bytes([byte]))

    beside(drip)
    assert channel.receive(30) == {"a": [1, 2, 3]}


def test_a_dripping_peer_does_not_stretch_the_deadline(pair: Any, beside: Any) -> None:
    channel, theirs = pair
    over = threading.Event()

    def drip() -> None:
        for byte in encode("x" * 100_000):
            theirs.send(bytes([byte]))
            if over.wait(0.01):
                return

    beside(drip)
    with pytest.raises(WireTimeout):
        channel.receive(0.3)
    over.set()
    assert_dead(channel)


def test_a_peer_that_never_stops_does_not_stretch_the_deadline(pair: Any, beside: Any) -> None:
    channel, theirs = pair

    def flood() -> None:
        theirs.sendall(PREFIX.pack(2, 63_000_000))
        while True:
            theirs.send(b"\0")

    beside(flood)
    with pytest.raises(WireTimeout):
        channel.receive(0.3)
    channel.close()


@pytest.mark.parametrize("seconds", [0.1, 0, -1])
def test_a_silent_peer(pair: Any, seconds: float) -> None:
    channel, _ = pair
    with pytest.raises(WireTimeout):
        channel.receive(seconds)
    assert_dead(channel)


@pytest.mark.parametrize("part", [0, 3, 8, 20])
def test_a_peer_that_closes_in_the_middle(pair: Any, part: int) -> None:
    channel, theirs = pair
    theirs.send(encode("a longer text")[:part])
    theirs.close()
    with pytest.raises(WireClosed):
        channel.receive()
    assert_dead(channel)


def test_a_peer_that_went_with_something_unread(pair: Any) -> None:
    channel, theirs = pair
    channel.send("never read", 5)
    theirs.close()
    with pytest.raises(WireClosed):
        channel.receive(5)


def test_sending_to_a_peer_that_is_gone(pair: Any) -> None:
    channel, theirs = pair
    theirs.close()
    with pytest.raises(WireClosed):
        channel.send(1, 5)
    assert_dead(channel)


@pytest.mark.parametrize("said", [(2**32 - 1, 0), (2, 2**32 - 1), (wire.MOST_HEADER + 1, 0)])
def test_too_much_announced_is_refused_at_once(pair: Any, said: tuple[int, int]) -> None:
    channel, theirs = pair
    theirs.send(PREFIX.pack(*said))
    with pytest.raises(WireError, match="too long"):
        channel.receive()  # without a deadline: it must not wait for the rest
    assert_dead(channel)


def test_memory_grows_only_as_bytes_come(pair: Any) -> None:
    channel, theirs = pair
    theirs.send(PREFIX.pack(1000, 60_000_000) + bytes(5000))
    tracemalloc.start()
    try:
        with pytest.raises(WireTimeout):
            channel.receive(0.2)
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


def test_a_peer_that_does_not_read(pair: Any) -> None:
    channel, _ = pair
    with pytest.raises(WireTimeout):
        channel.send(np.zeros(2_000_000), 0.3)
    assert_dead(channel)


def test_a_peer_that_reads_slowly_gets_everything(pair: Any, beside: Any) -> None:
    channel, theirs = pair
    value = np.arange(100_000)
    got = bytearray()

    def slowly() -> None:
        while len(got) < len(encode(value)):
            got.extend(theirs.recv(30_000))
            time.sleep(0.002)

    beside(slowly)
    channel.send(value, 30)
    for _ in range(1000):
        if len(got) >= len(encode(value)):
            break
        time.sleep(0.01)
    assert_same(decode(got), value)


def test_a_message_that_is_none_ends_the_channel(pair: Any) -> None:
    channel, theirs = pair
    theirs.send(message(b"\x91\xc1") + encode("fine"))
    with pytest.raises(WireError, match="cannot be read"):
        channel.receive(5)
    assert_dead(channel)


def test_a_value_too_big_to_send_does_no_harm(pair: Any) -> None:
    channel, theirs = pair
    for value in (2**5000, "x" * 9_000_000):
        with pytest.raises(WireError):
            channel.send(value, 5)
    channel.send("still here", 5)
    assert Channel(theirs).receive(5) == "still here"


def test_a_channel_may_have_a_smaller_bound() -> None:
    ours, theirs = socket.socketpair()
    small, large = Channel(ours, most_bytes=1000), Channel(theirs)
    try:
        with pytest.raises(WireError, match="too much"):
            small.send("x" * 1000, 5)
        small.send("x" * 900, 5)
        assert large.receive(5) == "x" * 900
        large.send("x" * 1000, 5)
        with pytest.raises(WireError, match="too long"):
            small.receive(5)
    finally:
        small.close()
        large.close()


def test_a_call_stopped_in_the_middle_leaves_no_half_message(pair: Any) -> None:
    channel, theirs = pair
    theirs.send(encode("a longer text")[:9])
    with pytest.raises(TooSlow), at_most(0.2):
        channel.receive()
    assert_dead(channel)


def test_a_signal_meanwhile_is_no_reason_to_stop(pair: Any, beside: Any) -> None:
    channel, theirs = pair
    before = signal.signal(signal.SIGALRM, lambda *_: None)
    signal.setitimer(signal.ITIMER_REAL, 0.02, 0.02)
    try:
        beside(lambda: (time.sleep(0.2), theirs.send(encode("late"))))
        assert channel.receive(30) == "late"
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def test_descriptors_that_a_peer_sends_along_are_not_kept(pair: Any) -> None:
    channel, theirs = pair
    if not os.path.isdir("/proc/self/fd"):  # noqa: PTH112
        pytest.skip("only Linux lists a process's descriptors")
    before = sorted(os.listdir("/proc/self/fd"))  # noqa: PTH208
    rights = (socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [0, 1, 2]))
    theirs.sendmsg([encode("with descriptors")], [rights])
    assert channel.receive(5) == "with descriptors"
    assert sorted(os.listdir("/proc/self/fd")) == before  # noqa: PTH208


def test_bytes_out_of_band_are_no_reason_to_hang(pair: Any) -> None:
    channel, theirs = pair
    try:
        theirs.send(b"!", socket.MSG_OOB)
    except OSError:
        pytest.skip("this system's sockets have none")
    spent = time.process_time()
    with pytest.raises(WireError):
        channel.receive(0.3)
    assert time.process_time() - spent < 5


def test_a_channel_can_be_waited_for_and_closed_twice(pair: Any) -> None:
    channel, theirs = pair
    assert channel.fileno() >= 0
    channel.close()
    channel.close()
    assert channel.fileno() == -1
    assert theirs.recv(1) == b""
    assert_dead(channel)
