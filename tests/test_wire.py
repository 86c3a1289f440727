"""What crosses between judge and sandbox: exact values one way, nothing harmful the other."""

from __future__ import annotations

import atexit
import shutil
import sys
import tempfile
import tracemalloc
from collections import Counter, OrderedDict
from collections.abc import Callable
from enum import IntEnum
from typing import Any, ClassVar

import hypothesis.extra.numpy as hnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.configuration import set_hypothesis_home_dir
from wire_messages import assert_same

from autograder import wire
from autograder.plain_data import Opaque
from autograder.wire import WireError, decode, encode

_HOME = tempfile.mkdtemp()  # what hypothesis stores stays out of the tree
set_hypothesis_home_dir(_HOME)
atexit.register(shutil.rmtree, _HOME, ignore_errors=True)
steady = settings(deadline=None, derandomize=True, database=None, max_examples=400)

DTYPES = [np.dtype(c) for c in ("?", *"bhilBHIL", *"efd")]


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
