"""What crosses between judge and sandbox: exact values one way, nothing harmful the other."""

from __future__ import annotations

import array
import atexit
import contextlib
import os
import random
import shutil
import signal
import socket
import struct
import sys
import tempfile
import threading
import time
import tracemalloc
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator
from enum import IntEnum
from typing import Any, ClassVar

import hypothesis.extra.numpy as hnp
import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.configuration import set_hypothesis_home_dir
from msgspec.msgpack import Ext

from autograder import wire
from autograder.clock import TooSlow, at_most
from autograder.plain_data import Opaque
from autograder.wire import Channel, WireClosed, WireError, WireTimeout, decode, encode

_HOME = tempfile.mkdtemp()  # what hypothesis stores stays out of the tree
set_hypothesis_home_dir(_HOME)
atexit.register(shutil.rmtree, _HOME, ignore_errors=True)
steady = settings(deadline=None, derandomize=True, database=None, max_examples=400)

DTYPES = [np.dtype(c) for c in ("?", *"bhilBHIL", *"efd")]
PREFIX = struct.Struct("<II")


# --- there and back --------------------------------------------------------------------


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


def laid_out(value: np.ndarray, how: str) -> np.ndarray:
    if how == "F":
        return value.copy(order="F")
    if how == "strided" and value.ndim:
        return np.repeat(value, 2, axis=-1)[..., ::2]
    if how == "reversed" and value.ndim:
        return value[::-1]
    if how == "broadcast":
        return np.broadcast_to(value, (2, *value.shape))
    return value


shapes = hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=5)
dtypes = st.sampled_from(DTYPES)
arrays = st.builds(
    laid_out,
    hnp.arrays(dtypes, shapes),
    st.sampled_from(["C", "F", "strided", "reversed", "broadcast"]),
)
scalars = hnp.arrays(dtypes, ()).map(lambda a: a[()])
text = st.text(st.characters(exclude_categories=["Cs"]), max_size=80)
integers = st.integers() | st.integers(-(2**4096) + 1, 2**4096 - 1)
leaves = st.one_of(
    st.none(),
    st.booleans(),
    integers,
    st.floats(),
    text,
    arrays,
    scalars,
    st.sampled_from([Opaque("Layer"), Opaque("list without end"), Opaque("")]),
)
plain_data = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.lists(inner, max_size=5),
        st.lists(inner, max_size=5).map(tuple),
        st.dictionaries(text, inner, max_size=5),
    ),
    max_leaves=20,
)


@steady
@given(plain_data)
def test_plain_data_comes_back_the_same(value: Any) -> None:
    assert_same(decode(encode(value)), value)


@steady
@given(arrays)
def test_an_array_comes_back_as_a_copy_of_its_own(value: np.ndarray) -> None:
    message = bytearray(encode(value))
    back = decode(message)
    assert_same(back, value)
    assert back.flags.writeable
    assert not np.shares_memory(back, np.frombuffer(message, np.uint8))
    message.clear()  # would raise if anything still looked into it


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize(
    "shape", [(), (0,), (3, 0), (1,), (5,), (4, 1), (1, 4), (2, 3, 4)], ids=str
)
@pytest.mark.parametrize("how", ["C", "F", "strided", "reversed", "broadcast"])
def test_every_kind_of_array(dtype: np.dtype, shape: tuple[int, ...], how: str) -> None:
    value = laid_out((np.arange(np.prod(shape)).reshape(shape) % 2).astype(dtype), how)
    assert_same(decode(encode(value)), value)


def test_an_array_has_at_most_64_dimensions() -> None:
    value = np.zeros((1,) * 64)
    assert_same(decode(encode(value)), value)


@pytest.mark.parametrize("code", "?bhilqBHILQefd")
def test_a_number_of_numpy_keeps_its_type(code: str) -> None:
    value = np.dtype(code).type(1)
    back = decode(encode(value))
    assert isinstance(back, np.generic)
    assert back.dtype == value.dtype
    assert back == value


@pytest.mark.parametrize("bits", [62, 63, 64, 65, 127, 128, 4095, 4096])
def test_ints_at_the_edges(bits: int) -> None:
    for value in (2**bits - 1, -(2**bits) + 1, 2 ** (bits - 1), -(2 ** (bits - 1))):
        assert_same(decode(encode(value)), value)


def test_short_strings_are_interned() -> None:
    for word in ("relu", "W1", "x" * 64):
        copied = (word + ".")[:-1]
        assert decode(encode(copied)) is sys.intern(word)
        assert next(iter(decode(encode({copied: 1})))) is sys.intern(word)


def test_lone_surrogates_are_replaced() -> None:
    assert decode(encode("a\ud800b")) == "a?b"
    assert decode(encode({"\udfff": "é\ud800"})) == {"?": "é?"}


# --- what is no plain data -------------------------------------------------------------


class Hostile(type):
    """A class of classes that answers nothing without telling."""

    calls: ClassVar[Counter[str]] = Counter()

    def __eq__(cls, other: object) -> bool:
        Hostile.calls["=="] += 1
        return True

    def __hash__(cls) -> int:
        Hostile.calls["hash"] += 1
        return hash(int)

    def __getattribute__(cls, name: str) -> Any:
        Hostile.calls[name] += 1
        return type.__getattribute__(cls, name)


def hostile(*bases: type) -> type:
    def noted(name: str) -> Callable[..., Any]:
        def method(*_: object, **__: object) -> Any:
            Hostile.calls[name] += 1
            raise RuntimeError(name)

        return method

    names = (
        "__getattribute__ __len__ __iter__ __eq__ __hash__ __repr__ __str__ __bool__ __int__ "
        "__float__ __index__ __array__ __getitem__ items keys tobytes encode __reduce_ex__"
    )
    body = {name: noted(name) for name in names.split()}
    body["__class__"] = property(noted("__class__"))
    return Hostile("Mine", bases, body)


@pytest.mark.parametrize("base", [object, int, float, str, bytes, list, tuple, dict, np.ndarray])
def test_no_method_of_a_students_class_is_called(base: type) -> None:
    kind = hostile(base)
    value = np.zeros(3).view(kind) if base is np.ndarray else base.__new__(kind)
    Hostile.calls.clear()
    message = encode({"a": [value, (value,)], "class": kind})
    assert not Hostile.calls
    assert decode(message) == {"a": [Opaque("Mine"), (Opaque("Mine"),)], "class": Opaque("Hostile")}


class Colour(IntEnum):
    RED = 1


Named = type("a\nb" + "c" * 200, (), {})


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (b"raw", "bytes"),
        (bytearray(b"raw"), "bytearray"),
        (1j, "complex"),
        ({1, 2}, "set"),
        (range(3), "range"),
        (len, "builtin_function_or_method"),
        (np, "module"),
        (Colour.RED, "Colour"),
        (OrderedDict(a=1), "OrderedDict"),
        (Counter("a"), "Counter"),
        (np.array([1j]), "array of complex128"),
        (np.array(["a"]), "array of strings"),
        (np.array([None]), "array of objects"),
        (np.zeros(2, np.longdouble), f"array of {np.dtype(np.longdouble)}"),
        (np.zeros(2, ">f8"), "array of >f8"),
        (np.zeros(2, "M8[s]"), "array of datetime64[s]"),
        (np.longdouble(1), "longdouble"),
        (np.complex64(1), "complex64"),
        (np.str_("a"), "str_"),
        (np.ma.masked_array([1.0]), "MaskedArray"),
        (np.zeros((2, 2)).view(np.matrix), "matrix"),
        ({1: 2}, "dict with keys that are no strings"),
        ({"a": 1, np.str_("b"): 2}, "dict with keys that are no strings"),
        (Named(), "a?b" + "c" * 97),
        (Opaque("x" * 300), "x" * 100),
    ],
    ids=lambda v: v if isinstance(v, str) else "",
)
@pytest.mark.filterwarnings("ignore:the matrix subclass:PendingDeprecationWarning")
def test_everything_else_keeps_only_its_name(value: object, name: str) -> None:
    assert decode(encode(value)) == Opaque(name)
    assert decode(encode([{"a": value}])) == [{"a": Opaque(name)}]


def test_a_list_that_holds_itself_ends() -> None:
    value: list[Any] = []
    value.append(value)
    back = decode(encode(value))
    for _ in range(wire.DEEPEST - 1):
        assert type(back) is list
        (back,) = back
    assert back == [Opaque("list without end")]

    loop: dict[str, Any] = {}
    loop["a"] = (loop, loop, loop)
    assert "tuple without end" in str(decode(encode(loop)))


def test_a_list_many_times_in_lists_is_bounded() -> None:
    value: list[Any] = [1.0] * 20
    for _ in range(20):
        value = [value] * 20
    message = encode(value)
    assert len(message) < 10 * wire.MOST_ITEMS
    assert "list without end" in str(decode(message))


def test_as_many_items_as_are_allowed() -> None:
    fits = [0] * (wire.MOST_ITEMS - 1)  # and the list itself
    assert decode(encode(fits)) == fits
    assert decode(encode([*fits, 0])) == Opaque("list without end")
    assert decode(encode([[*fits], 1])) == [Opaque("list without end"), 1]
    half = {str(i): i for i in range(wire.MOST_ITEMS // 2 - 1)}
    assert decode(encode(half)) == half
    half["one"] = half["more"] = 1
    assert decode(encode(half)) == Opaque("dict without end")


def test_the_deepest_that_is_allowed() -> None:
    value: Any = 1
    for _ in range(wire.DEEPEST):
        value = [value]
    assert decode(encode(value)) == value
    assert "list without end" in str(decode(encode([value])))


@pytest.mark.parametrize(
    "value",
    [
        2**4096,
        -(2**4096),
        2**100_000,
        "x" * (wire.MOST_HEADER + 1),
        "é" * (wire.MOST_HEADER // 2 + 1),
        ["x" * 1_000_000] * 100_000,  # 100 GB, if anybody wrote it down
        {str(i) + "x" * 1000: "y" * 1_000_000 for i in range(9)},
        np.broadcast_to(np.zeros(1), (10**6, 10**6)),
        [np.zeros(1_000_000)] * 100_000,
        np.zeros(wire.MOST_BYTES // 8),  # only the header has no room
    ],
    ids=lambda v: type(v).__name__,
)
def test_what_is_too_big_is_refused_before_it_costs_memory(value: object) -> None:
    tracemalloc.start()
    try:
        with pytest.raises(WireError, match="too") as caught:
            encode(value)
        assert tracemalloc.get_traced_memory()[1] < 40_000_000
    finally:
        tracemalloc.stop()
    assert "\n" not in str(caught.value)


# --- messages that an attacker wrote ---------------------------------------------------


def message(header: bytes, body: bytes = b"") -> bytes:
    return PREFIX.pack(len(header), len(body)) + header + body


def of_nodes(*nodes: Any, body: bytes = b"") -> bytes:
    return message(msgspec.msgpack.encode(list(nodes)), body)


def container(code: int, count: int) -> Ext:
    return Ext(code, struct.pack("<I", count))


def array_of(code: int, how: int, *shape: int) -> Ext:
    return Ext(wire._ARRAY, struct.pack(f"<BB{len(shape)}Q", code, how, *shape))


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


# --- the channel -----------------------------------------------------------------------


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
