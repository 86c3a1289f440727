"""Messages that an attacker wrote: each gives a `WireError` or a value, and costs little."""

from __future__ import annotations

import random
import struct
import sys
import tracemalloc
from collections import Counter
from typing import Any

import msgspec
import numpy as np
import pytest
from msgspec.msgpack import Ext
from wire_messages import PREFIX, array_of, assert_same, container, message, of_nodes

from autograder import wire
from autograder.plain_data import Opaque
from autograder.wire import WireError, decode, encode

BOOL, F8 = 0, len(wire._TYPES) - 1
BIG = 7_999_000
HOSTILE = {
    "empty": b"",
    "half a prefix": b"\1\0\0",
    "no header": message(b""),
    "no node": of_nodes(),
    "two nodes": of_nodes(1, 2),
    "a byte too many": of_nodes(1) + b"\0",
    "a byte too few": of_nodes("abc")[:-1],
    "trailing bytes in the header": message(msgspec.msgpack.encode([1]) + b"\0"),
    "trailing body": of_nodes(1, body=b"12345678"),
    "a header said to be 4 GB": PREFIX.pack(2**32 - 1, 0) + b"\x91\1",
    "a body said to be 4 GB": PREFIX.pack(2, 2**32 - 1) + b"\x91\1",
    "a header of any size": message(b"\xc0" * (wire.MOST_HEADER + 1)),
    "an int, not a list": message(b"\1"),
    "a map, not a list": message(b"\x80"),
    "depth bomb of lists": message(b"\x91" * BIG),
    "depth bomb of maps": message(b"\x81\xa1a" * (BIG // 3)),
    "depth bomb of keys": message(b"\x81\x91" * (BIG // 2)),
    "list of 4 G": message(b"\xdd\xff\xff\xff\xff"),
    "map of 4 G": message(b"\xdf\xff\xff\xff\xff"),
    "string of 4 G": message(b"\x91\xdb\xff\xff\xff\xff"),
    "bytes of 4 G": message(b"\x91\xc6\xff\xff\xff\xff"),
    "ext of 4 G": message(b"\x91\xc9\xff\xff\xff\xff\3"),
    "8 MB of nil": message(b"\xdd" + struct.pack(">I", BIG) + b"\xc0" * BIG),
    "8 MB of empty lists": message(b"\xdd" + struct.pack(">I", BIG) + b"\x90" * BIG),
    "8 MB of empty maps": message(b"\xdd" + struct.pack(">I", BIG) + b"\x80" * BIG),
    "empty maps, few enough": message(b"\xdd" + struct.pack(">I", 250_000) + b"\x80" * 250_000),
    "opcode that is none": message(b"\x91\xc1"),
    "invalid UTF-8": message(b"\x91\xa2\xff\xfe"),
    "a surrogate in UTF-8": message(b"\x91\xa3\xed\xa0\x80"),
    "raw bytes": of_nodes(b"raw"),
    "a nested list": of_nodes([1]),
    "a nested map": of_nodes({"a": 1}),
    "a timestamp out of range": message(b"\x91\xd7\xff" + b"\xff" * 8),
    "unknown mark": of_nodes(Ext(6, b"\1\0\0\0"), 1),
    "negative mark": of_nodes(Ext(-1, b"\1\0\0\0"), 1),
    "list longer than said": of_nodes(container(wire._LIST, 1), 1, 2),
    "list shorter than said": of_nodes(container(wire._LIST, 3), 1, 2),
    "list said to have 4 G": of_nodes(container(wire._LIST, 2**32 - 1), 1),
    "list of no length": of_nodes(Ext(wire._LIST, b"")),
    "list of a long length": of_nodes(Ext(wire._LIST, b"\0" * 8)),
    "too deep": of_nodes(*[container(wire._LIST, 1)] * (wire.DEEPEST + 1), 1),
    "far too deep": of_nodes(*[container(wire._TUPLE, 1)] * 250_000, 1),
    "key that is an int": of_nodes(container(wire._DICT, 2), 1, 1),
    "key that is None": of_nodes(container(wire._DICT, 2), None, 1),
    "key that is a list": of_nodes(container(wire._DICT, 2), container(wire._LIST, 0), 1),
    "key without value": of_nodes(container(wire._DICT, 1), "a"),
    "int of too many bits": of_nodes(Ext(wire._INTEGER, b"\xff" * 513 + b"\x7f")),
    "int of 4097 bits": of_nodes(Ext(wire._INTEGER, b"\0" * 512 + b"\1")),
    "int of 8 MB": of_nodes(Ext(wire._INTEGER, b"\x7f" * BIG)),
    "name too long": of_nodes(Ext(wire._OPAQUE, b"x" * 101)),
    "name of two lines": of_nodes(Ext(wire._OPAQUE, b"a\nb")),
    "name that turns text around": of_nodes(Ext(wire._OPAQUE, "a\u202eb".encode())),
    "name of invalid UTF-8": of_nodes(Ext(wire._OPAQUE, b"\xff")),
    "array of no form": of_nodes(Ext(wire._ARRAY, b"")),
    "array of half a form": of_nodes(Ext(wire._ARRAY, b"\0")),
    "array of half a side": of_nodes(Ext(wire._ARRAY, b"\0\0\1\0\0"), body=b"\1"),
    "array of unknown dtype": of_nodes(array_of(F8 + 1, 0, 1), body=b"\0" * 8),
    "array of dtype 255": of_nodes(array_of(255, 0, 1), body=b"\0" * 8),
    "array of unknown layout": of_nodes(array_of(F8, 4, 1), body=b"\0" * 8),
    "array without its bytes": of_nodes(array_of(F8, 0, 10)),
    "array with too few bytes": of_nodes(array_of(F8, 0, 10), body=b"\0" * 79),
    "array with too many bytes": of_nodes(array_of(F8, 0, 10), body=b"\0" * 81),
    "array of 8 PB": of_nodes(array_of(F8, 0, 10**15), body=b"\0" * 8),
    "product that overflows to 0": of_nodes(array_of(F8, 0, 2**32, 2**32)),
    "product that overflows to 8": of_nodes(array_of(F8, 0, 2**63, 2, 3), body=b"\0" * 24),
    "side of -1": of_nodes(array_of(F8, 0, 2**64 - 1), body=b"\0" * 8),
    "two sides of -1": of_nodes(array_of(F8, 0, 2**64 - 1, 2**64 - 1), body=b"\0" * 8),
    "empty, with an absurd side": of_nodes(array_of(F8, 0, 0, 2**63)),
    "empty, with absurd sides": of_nodes(array_of(F8, 2, 2**62, 2**62, 0)),
    "65 dimensions": of_nodes(array_of(F8, 0, *[1] * 65), body=b"\0" * 8),
    "a million dimensions": of_nodes(Ext(wire._ARRAY, b"\0\0" + b"\0" * BIG)),
    "strided without a side": of_nodes(array_of(F8, 2), body=b"\0" * 8),
    "one body for two arrays": of_nodes(
        container(wire._LIST, 2), array_of(F8, 0, 1), array_of(F8, 0, 1), body=b"\0" * 8
    ),
    "a bool that is 2": of_nodes(array_of(BOOL, 0, 3), body=b"\0\1\2"),
    "a number that is a bool of 255": of_nodes(array_of(BOOL, 3), body=b"\xff"),
    "a number with a side": of_nodes(array_of(F8, 3, 1), body=b"\0" * 8),
    "a number without its bytes": of_nodes(array_of(F8, 3), body=b"\0" * 4),
    "a pickle": b"\x80\x04\x8c\x05posix\x8c\x06system\x93\x8c\x04true\x85R.",
    "no bytes at all": "text",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_message_gives_a_wire_error_and_takes_no_memory(name: str) -> None:
    tracemalloc.start()
    try:
        with pytest.raises(WireError) as caught:
            decode(HOSTILE[name])
        assert tracemalloc.get_traced_memory()[1] < 30_000_000
    finally:
        tracemalloc.stop()
    assert len(str(caught.value)) < 80
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("node", "byte"),
    [
        (container(wire._DICT, 0), b""),
        (container(wire._TUPLE, 0), b""),
        (Ext(wire._OPAQUE, b""), b""),
        (array_of(BOOL, wire._C), b"\1"),
        (array_of(BOOL, wire._STRIDED, 1), b"\1"),
        (array_of(BOOL, wire._SCALAR), b"\1"),
        (array_of(F8, wire._C, 0, *[1] * 63), b""),
        ("é" + chr(999), b""),
    ],
    ids=(
        "dict",
        "tuple",
        "opaque",
        "no array",
        "strided array",
        "scalar",
        "many sides",
        "text",
    ),
)
def test_no_node_takes_much_memory(node: Any, byte: bytes) -> None:
    count = 10_000
    one = of_nodes(container(wire._LIST, count), *[node] * count, body=byte * count)
    tracemalloc.start()
    try:
        assert len(decode(one)) == count
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    # What a message holds beyond its own bytes is at most 500 bytes a node: 150 MB in all.
    assert peak < 3 * len(one) + 500 * count


def test_no_room_left_is_a_wire_error_too() -> None:
    def deeper(levels: int) -> Any:
        return deeper(levels - 1) if levels else decode(encode([[1]]))

    assert deeper(1) == [[1]]
    refused = 0
    for levels in range(sys.getrecursionlimit() - 300, sys.getrecursionlimit()):
        try:
            deeper(levels)
        except WireError:
            refused += 1
        except RecursionError:  # of `deeper` itself
            break
    assert refused


def test_numbers_that_are_none_are_values_like_others() -> None:
    quiet = np.array([0x7FF0000000000001, 0xFFF8DEADBEEF0000], np.uint64).view(np.float64)
    assert_same(decode(encode(quiet)), quiet)
    back = decode(message(b"\x91\xcb\x7f\xf0\x00\x00\x00\x00\x00\x01"))
    assert type(back) is float
    assert back != back  # noqa: PLR0124  that is what nan does


def corpus() -> list[bytes]:
    rng = np.random.default_rng(3)
    values: list[Any] = [
        None,
        [True, 1, -(2**70), 2.5, float("nan"), "relu", "x" * 70, "é😀"],
        (1, (2, (3, [4, {"a": {"b": ()}}]))),
        {"W1": rng.standard_normal((3, 2)), "b1": np.zeros((3, 1)), "t": 2, "v": {}},
        {"args": (rng.standard_normal((2, 3)).T, rng.integers(0, 9, (4, 4))[:, ::2]), "f": "cost"},
        [np.zeros((), np.float32), np.zeros((0, 3)), np.array([True, False])],
        [np.float64(1.5), np.int8(-3), np.bool_(True), Opaque("Layer"), 2**300],
        np.arange(6, dtype=np.uint16).reshape(1, 2, 3),
        [[[]]] * 5,
    ]
    return [encode(value) for value in values]


def again(header: bytes, body: bytes) -> bytes:
    """Say the right lengths, so that the change is met further in."""
    return PREFIX.pack(len(header), len(body)) + header + body


def split(one: bytes) -> tuple[bytes, bytes]:
    start = PREFIX.size + PREFIX.unpack_from(one)[0]
    return one[PREFIX.size : start], one[start:]


def flipped(rng: random.Random, one: bytes, _: bytes) -> bytes:
    changed = bytearray(one)
    for _times in range(rng.randint(1, 4)):
        changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
    return bytes(changed)


def replaced(rng: random.Random, one: bytes, _: bytes) -> bytes:
    changed = bytearray(one)
    byte = rng.choice(b"\x00\x01\x7f\x80\x81\x90\x91\xc0\xc1\xc7\xc9\xd4\xd7\xdb\xdd\xdf\xff")
    changed[rng.randrange(len(changed))] = byte
    return bytes(changed)


def cut(rng: random.Random, one: bytes, _: bytes) -> bytes:
    start = rng.randrange(len(one))
    return one[:start] + one[start + rng.choice([1, 4, 8, len(one)]) :]


def inserted(rng: random.Random, one: bytes, _: bytes) -> bytes:
    place = rng.randrange(len(one) + 1)
    return one[:place] + rng.randbytes(rng.randint(1, 9)) + one[place:]


def spliced(rng: random.Random, one: bytes, other: bytes) -> bytes:
    return one[: rng.randrange(len(one) + 1)] + other[rng.randrange(len(other) + 1) :]


def lengths(rng: random.Random, one: bytes, _: bytes) -> bytes:
    changed = bytearray(one)
    size = rng.choice(["<B", "<H", "<I", ">I", "<Q", ">H"])
    width = struct.calcsize(size)
    if len(changed) <= width:
        return one
    value = rng.choice([0, 1, 2, 3, 2**7, 2**15, 2**31, 2**32 - 1, 2**63, 2**64 - 1])
    struct.pack_into(size, changed, rng.randrange(len(changed) - width), value % 256**width)
    return bytes(changed)


MUTATIONS = [flipped, replaced, cut, inserted, spliced, lengths]


def mutated(rng: random.Random, known: list[bytes]) -> bytes:
    one, other = rng.choice(known), rng.choice(known)
    mutate = rng.choice(MUTATIONS)
    if rng.random() < 0.25:
        return mutate(rng, one, other)
    (header, body), (other_header, other_body) = split(one), split(other)
    if body and rng.random() < 0.2:
        body = mutate(rng, body, other_body)
    else:
        header = mutate(rng, header, other_header)
    return again(header, body)


def made_up(rng: random.Random) -> bytes:
    """Give a valid msgpack list of nodes that fit each other only by chance."""
    nodes: list[Any] = []
    size = 0
    for _ in range(rng.randint(1, 8)):
        code = rng.randrange(10)
        if code in (wire._LIST, wire._TUPLE, wire._DICT):
            nodes.append(container(code, rng.randint(0, 4)))
        elif code == wire._ARRAY:
            shape = [rng.choice([0, 1, 2, 3, 2**63]) for _ in range(rng.randint(0, 3))]
            kind = rng.randrange(len(wire._TYPES) + 1)
            nodes.append(array_of(kind, rng.randrange(5), *shape))
            sides = np.prod([side % 100 for side in shape], dtype=int)
            size += int(sides) * wire._TYPES[kind % len(wire._TYPES)].itemsize
        elif code < 8:
            nodes.append(Ext(rng.randint(-2, 8), rng.randbytes(rng.randint(0, 9))))
        else:
            nodes.append(rng.choice([None, True, 1, 2.0, "a", "b", "relu", 2**63]))
    return of_nodes(*nodes, body=bytes(rng.choice([size, size, size + 1])))


def outcome(one: bytes) -> tuple[bool, Any]:
    """Decode: anything but a value or a `WireError` fails the test that asks."""
    try:
        return True, decode(one)
    except WireError:
        return False, None


def test_two_hundred_thousand_mutated_messages() -> None:
    rng, known = random.Random(20), corpus()
    values, reached = 0, Counter[str]()
    for number in range(200_000):
        one = mutated(rng, known) if number % 6 else made_up(rng)
        good, value = outcome(one)
        values += good
        if good and not number % 5:
            reached[type(value).__name__] += 1
            assert_same(decode(encode(value)), value)  # what is let in is plain data
            if len(known) < 300 and len(one) < 400:
                known.append(one)
    assert 20_000 < values < 180_000  # else the mutations would be too wild or too tame
    assert len(reached) > 8


def test_mutated_messages_take_little_memory() -> None:
    rng, known = random.Random(21), corpus()
    messages = [mutated(rng, known) if i % 4 else made_up(rng) for i in range(20_000)]
    tracemalloc.start()
    try:
        for one in messages:
            outcome(one)
        before, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 1_000_000
    assert before < 500_000
