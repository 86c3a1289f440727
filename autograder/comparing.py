"""What differs between a value and the one that is wanted, in sentences.

Part of the learner's side: numpy and Python's own library, no answers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from autograder import traces
from autograder.contract import Contract, Finding
from autograder.plain_data import Opaque

TINY = 1e-12
HUGE = 1e300  # Python's integers go on, its floats don't


def differences(
    got: Any, wanted: Any, place: str, contract: Contract, rtol: float
) -> Iterator[Finding]:
    """Walk over what came back and what was wanted, side by side."""
    if got is None and wanted is not None:
        text = f"{place} is None. Is a `return` missing?"
        yield Finding("type", text, text)
    elif place in contract.traces:
        if said := traces.difference(got, wanted, rtol):
            yield Finding(said[0], f"{place} {said[1]}", f"{place} {said[2]}")
    elif isinstance(wanted, dict):
        yield from _dict_differences(got, wanted, place, contract, rtol)
    elif isinstance(wanted, (tuple, list)):
        yield from _sequence_differences(got, wanted, place, contract, rtol)
    elif isinstance(wanted, (np.ndarray, np.generic, float, int)) and not isinstance(wanted, bool):
        yield from _number_differences(got, wanted, place, rtol)
    elif type(got) is not type(wanted) or got != wanted:
        text = f"{place} is {describe(got)}, wanted {describe(wanted)}."
        yield Finding("values", text, f"{place} has the wrong value.")


def _dict_differences(
    got: Any, wanted: dict[str, Any], place: str, contract: Contract, rtol: float
) -> Iterator[Finding]:
    if not isinstance(got, dict):
        text = f"{place} is {describe(got)}, wanted a dict with the keys {', '.join(wanted)}."
        yield Finding("type", text, f"{place} is not a dict.")
        return
    missing = [key for key in wanted if key not in got]
    extra = [k for k in got if k not in wanted and not str(k).startswith(contract.extra_keys)]
    if missing:
        has = ", ".join(map(str, got)) or "nothing"
        text = f"{place} has no key {', '.join(missing)}. Its keys are: {has}."
        yield Finding("structure", text, f"{place} has not the right keys.")
    if extra:
        text = f"{place} has keys that don't belong there: {', '.join(map(str, extra))}."
        yield Finding("structure", text, f"{place} has keys that don't belong there.")
    for key, right in wanted.items():
        if key in got:
            yield from differences(got[key], right, f'{place}["{key}"]', contract, rtol)


def _sequence_differences(
    got: Any, wanted: Sequence[Any], place: str, contract: Contract, rtol: float
) -> Iterator[Finding]:
    top = place == "the result"
    names = [contract.returns[i] if top else f"{place}[{i}]" for i in range(len(wanted))]
    kind = "list" if isinstance(wanted, list) else "tuple"
    want = f"a {kind} of {len(wanted)}" + (f": ({', '.join(names)})" if top else "")
    if contract.any_sequence and not top and isinstance(got, np.ndarray) and got.ndim == 1:
        got = list(got)
    # At the top a list unpacks like a tuple; inside a cache people rely on which it is.
    if not isinstance(got, (tuple, list) if top or contract.any_sequence else type(wanted)):
        yield Finding(
            "type", f"{place} is {describe(got)}, wanted {want}.", f"{place} is not a {kind}."
        )
    elif len(got) != len(wanted):
        items = "1 item" if len(got) == 1 else f"{len(got)} items"
        text = f"{place} holds {items}, wanted {want}."
        yield Finding("structure", text, f"{place} has the wrong number of items.")
    else:
        for name, one, right in zip(names, got, wanted, strict=True):
            yield from differences(one, right, name, contract, rtol)


def _number_differences(got: Any, wanted: Any, place: str, rtol: float) -> Iterator[Finding]:
    right = np.asarray(wanted)
    scalar = right.shape == ()
    if not (type(got) is np.ndarray or (scalar and isinstance(got, (np.generic, float, int)))):
        want = "a number" if scalar else f"an array of shape {right.shape}"
        text = f"{place} is {describe(got)}, wanted {want}."
        yield Finding("type", text, f"{place} has the wrong type.")
        return
    mine = np.asarray(got)
    if mine.shape != right.shape:
        want = "a single number, shape ()" if scalar else f"{right.shape}"
        text = f"{place} has shape {mine.shape}, wanted {want}."
        yield Finding("shape", text, f"{place} has the wrong shape.")
    elif right.dtype.kind == "f" and mine.dtype.kind != "f" and not scalar:
        text = f"{place} holds {mine.dtype} numbers, wanted floating-point ones."
        yield Finding("dtype", text, f"{place} has the wrong dtype.")
    elif mine.dtype.kind not in "fiu" and mine.dtype != right.dtype:
        text = f"{place} holds {mine.dtype} entries, wanted numbers."
        yield Finding("dtype", text, f"{place} has the wrong dtype.")
    else:
        yield from _value_differences(mine, right, place, rtol)


def _value_differences(
    mine: np.ndarray, right: np.ndarray, place: str, rtol: float
) -> Iterator[Finding]:
    # Mostly they are the same to the last bit, which is quick to see.
    if right.size == 0 or (mine.dtype == right.dtype and bool((mine == right).all())):
        return
    scale = float(np.max(np.abs(right)))
    with np.errstate(all="ignore"):
        gap = np.abs(mine.astype(np.float64) - right.astype(np.float64))
    allowed = rtol * scale if scale else (TINY if rtol else 0.0)
    wrong = ~((gap <= allowed) | (np.isnan(mine) & np.isnan(right)))
    if not wrong.any():
        return
    index = tuple(int(i) for i in np.argwhere(wrong)[0])
    one, other = _tell_apart(float(mine[index]), float(right[index]))
    outline = f"{place} has wrong values."
    if mine.size == 1:
        entry = f"The one entry of {place}" if mine.shape else place
        yield Finding("values", f"{entry} is {one}, wanted {other}.", outline)
        return
    largest = "some are not finite" if not np.isfinite(gap).all() else f"by at most {gap.max():.3g}"
    number = int(wrong.sum())
    text = (
        f"{place} has the right shape {mine.shape}, but {number} of {mine.size} entries "
        f"{'differs' if number == 1 else 'differ'} ({largest}).\n"
        f"    First at {list(index)}: you return {one}, wanted {other}."
    )
    yield Finding("values", text, outline)


def _tell_apart(one: float, other: float) -> tuple[str, str]:
    """Write two numbers with as few digits as show that they differ."""
    for digits in (5, 8, 12):
        if f"{one:.{digits}g}" != f"{other:.{digits}g}":
            return f"{one:.{digits}g}", f"{other:.{digits}g}"
    return repr(one), repr(other)


# --- describing ------------------------------------------------------------------------


def describe(value: Any) -> str:
    """Name a value in a few words: an array by its shape, other things by type or text."""
    if isinstance(value, np.ndarray):
        kind = "an array" if type(value) is np.ndarray else f"a {type(value).__name__}"
        return f"{kind} of shape {value.shape}"
    if isinstance(value, (tuple, list, dict)):
        return f"a {type(value).__name__} of {len(value)}"
    if isinstance(value, Opaque):
        return f"a {value.name}"
    if isinstance(value, (int, float, np.number)) and not isinstance(value, bool):
        huge = isinstance(value, int) and abs(value) > HUGE
        return "a huge number" if huge else f"the number {value:.5g}"
    if value is None or isinstance(value, (bool, str, np.generic)):
        return repr(value)[:60]
    return f"a {type(value).__name__}"


def describe_inputs(contract: Contract, args: tuple[Any, ...]) -> str:
    """Write what went in: arrays by their shapes."""
    pairs = zip(contract.parameters, args, strict=False)
    return ", ".join(f"{name} = {_shapes(value)}" for name, value in pairs)


def _shapes(value: Any) -> str:
    if isinstance(value, np.ndarray):
        return f"array {value.shape}"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{k}: {_shapes(v)}" for k, v in value.items()) + "}"
    if isinstance(value, (tuple, list)):
        inner = ", ".join(_shapes(v) for v in value)
        return f"[{inner}]" if isinstance(value, list) else f"({inner})"
    return repr(value)
