"""What wrong numbers have in common with the right ones, array by array.

Part of the learner's side: numpy and Python's own library, no answers.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from autograder.calling import Outcome
from autograder.contract import Contract, Probe
from autograder.diagnosis import Remark

CLOSE = 1e-6
NUMBER = (np.ndarray, np.generic, float, int)


class Wrong(NamedTuple):
    """One array that is wrong on one probe, beside the right one."""

    mine: np.ndarray
    right: np.ndarray
    probe: Probe


Said = tuple[str, str] | None


def of_numbers(
    contract: Contract, seen: Sequence[tuple[Probe, Outcome]], failed: Sequence[Probe]
) -> Iterator[Remark]:
    """Look at each array that is wrong on some probe, over all probes together.

    Parameters
    ----------
    contract : Contract
        What the result's parts are called.
    seen : sequence of (Probe, Outcome)
        Every probe and what came of it.
    failed : sequence of Probe
        The probes that failed.
    """
    places: dict[str, list[Wrong]] = {}
    for probe, outcome in seen:
        if outcome.error is None and any(probe is f for f in failed):
            for place, mine, right in pairs(contract, outcome.result, probe.wanted):
                if not close(mine, right):
                    places.setdefault(place, []).append(Wrong(mine, right, probe))
    for place, wrong in places.items():
        finite = [w for w in wrong if np.isfinite(w.mine).all()]
        for pattern in PATTERNS if finite else (_not_a_number,):
            if said := pattern(place, finite or wrong, contract):
                yield Remark(f"{place} {said[0]}", said[1], known=False)
                break


def pairs(
    contract: Contract, mine: Any, right: Any, place: str = ""
) -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
    """Pair up the arrays of a result and of what is wanted; layers' numbers are dropped."""
    if isinstance(right, dict) and isinstance(mine, dict):
        for key in right:
            if key in mine:
                yield from pairs(contract, mine[key], right[key], re.sub(r"\d+$", "", key) or key)
    elif isinstance(right, (tuple, list)) and isinstance(mine, (tuple, list)):
        if len(mine) == len(right):
            names = contract.returns if not place else [place] * len(right)
            for name, one, other in zip(names, mine, right, strict=False):
                if name not in contract.traces:
                    yield from pairs(contract, one, other, name)
    elif isinstance(right, NUMBER) and isinstance(mine, NUMBER):
        one, other = np.asarray(mine), np.asarray(right)
        if one.dtype.kind in "fiu":
            yield place or contract.returns[0], one.astype(float), other.astype(float)


def arrays(value: Any) -> Iterator[np.ndarray]:
    """Give all arrays in plain data."""
    if isinstance(value, np.ndarray):
        yield value
    elif isinstance(value, (dict, tuple, list)):
        for item in value.values() if isinstance(value, dict) else value:
            yield from arrays(item)


def close(one: np.ndarray, other: np.ndarray) -> bool:
    """Say whether two arrays are the same for the purpose of a pattern."""
    if one.shape != other.shape:
        return False
    scale = float(np.max(np.abs(other), initial=0.0))
    with np.errstate(all="ignore"):
        return bool(np.all(np.abs(one - other) <= CLOSE * scale))


def sizes(probe: Probe) -> tuple[float, float]:
    """Give m and n as the first two-dimensional argument has them."""
    for array in arrays(probe.args):
        if array.ndim == 2:
            return float(array.shape[1]), float(array.shape[0])
    return float("nan"), float("nan")


# --- one function a pattern; each needs every wrong array to agree -----------------------


def _not_a_number(place: str, wrong: list[Wrong], contract: Contract) -> Said:
    return (
        "is not a number",
        f"{place} is nan or infinite. That comes from a logarithm of 0 or of a number below 0, a "
        "division by 0, or an exponential that is too large. Print what goes into it: it may be "
        "another array than you think.",
    )


def _transposed(place: str, wrong: list[Wrong], contract: Contract) -> Said:
    if all(close(w.mine, w.right.T) for w in wrong):
        return "transposed", f"{place} has rows and columns swapped: it is the transpose."
    return None


def _wrong_shape(place: str, wrong: list[Wrong], contract: Contract) -> Said:
    def reshaped(w: Wrong) -> bool:
        same = w.mine.size == w.right.size and w.mine.shape != w.right.shape
        return same and close(w.mine.ravel(), w.right.ravel())

    if not all(reshaped(w) for w in wrong):
        return None
    return (
        "has the right numbers in the wrong shape",
        f"{place} has shape {wrong[0].mine.shape} where {wrong[0].right.shape} is wanted: an axis "
        "is missing, or there is one too many.",
    )


def _zeros(place: str, wrong: list[Wrong], contract: Contract) -> Said:
    if len(wrong) > 1 and all(np.all(w.mine == 0) for w in wrong):
        return "is zero", f"{place} is zero everywhere. Is it computed at all, or overwritten?"
    return None


def _factor(place: str, wrong: list[Wrong], contract: Contract) -> Said:
    """Name the one factor by which all of it is off."""
    found = []
    for mine, right, probe in wrong:
        if mine.shape != right.shape or not np.any(right):
            return None
        k = float(np.sum(mine * right) / np.sum(right * right))
        if not close(mine, k * right) or abs(k) < CLOSE * CLOSE:
            return None
        found.append((k, *sizes(probe)))
    name = _named_factor(found)
    if not name:
        return None
    text = f"{place} is {name} times what it should be. Look where that factor comes in."
    return f"off by the factor {name}", text


FACTORS: dict[str, Callable[[float, float], float]] = {
    "-1": lambda m, n: -1.0,
    "2": lambda m, n: 2.0,
    "1/2": lambda m, n: 0.5,
    "m": lambda m, n: m,
    "1/m": lambda m, n: 1 / m,
    "-m": lambda m, n: -m,
    "-1/m": lambda m, n: -1 / m,
    "m squared": lambda m, n: m * m,
    "1/m squared": lambda m, n: 1 / (m * m),
    "n": lambda m, n: n,
    "1/n": lambda m, n: 1 / n,
    "m/n": lambda m, n: m / n,
    "m / (m - 1)": lambda m, n: m / (m - 1) if m != 1 else float("nan"),
    "m / (m + 1)": lambda m, n: m / (m + 1),
}


def _named_factor(found: list[tuple[float, float, float]]) -> str:
    for name, value in FACTORS.items():
        if all(abs(k - value(m, n)) <= CLOSE * abs(k) for k, m, n in found):
            return name
    first = found[0][0]
    if len(found) > 1 and all(abs(k - first) <= CLOSE * abs(first) for k, _, _ in found):
        return f"{first:.4g}"
    return ""


def _other_variable(place: str, wrong: list[Wrong], contract: Contract) -> Said:
    """Name an argument, or another part of the right result, that it is equal to."""
    shared: set[str] | None = None
    for mine, _, probe in wrong:
        if mine.size < 2 or not np.any(mine):
            continue
        equal = {name for name, array in _named(contract, probe) if close(mine, array)}
        shared = equal if shared is None else shared & equal
    if not shared:
        return None
    other = sorted(shared)[0]
    return f"equal to {other}", f"{place} is equal to {other}. Was the wrong variable used?"


def _off_by_variable(place: str, wrong: list[Wrong], contract: Contract) -> Said:
    """Name a variable of which a multiple was added or left out."""
    shared: set[tuple[str, float]] | None = None
    for mine, right, probe in wrong:
        if mine.shape != right.shape or mine.size < 2:
            continue
        found = set()
        for name, array in _named(contract, probe):
            if np.any(array) and _fits(array.shape, mine.shape):
                whole = np.broadcast_to(array, mine.shape)
                k = float(np.sum((mine - right) * whole) / np.sum(whole**2))
                if abs(k) > CLOSE and close(mine, right + k * array):
                    found.add((name, float(f"{k:.6g}")))
        shared = found if shared is None else shared & found
    if not shared:
        return None
    name, k = sorted(shared)[0]
    if k == -1:
        return f"lacks {name}", f"{place} is what it should be without {name}. Was it left out?"
    return f"off by {k:.4g} times {name}", f"{place} is {k:.4g} times {name} too large."


def _fits(shape: tuple[int, ...], into: tuple[int, ...]) -> bool:
    return len(shape) == len(into) and all(a in (1, b) for a, b in zip(shape, into, strict=True))


def _cut_off(place: str, wrong: list[Wrong], contract: Contract) -> Said:
    """Say so where numbers stop at a bound."""
    if not all(w.mine.shape == w.right.shape and w.right.size > 1 for w in wrong):
        return None
    low = min(float(w.mine.min()) for w in wrong)
    high = max(float(w.mine.max()) for w in wrong)
    if not (low < high and all(close(w.mine, np.clip(w.right, low, high)) for w in wrong)):
        return None
    too_low = any(float(w.right.min()) < low for w in wrong)
    too_high = any(float(w.right.max()) > high for w in wrong)
    ends = [f"below {low:.4g}"] * too_low + [f"above {high:.4g}"] * too_high
    return "cut off", f"Entries of {place} that belong {' or '.join(ends)} stop there."


def _few_digits(place: str, wrong: list[Wrong], contract: Contract) -> Said:
    """Say so where a result is right but for its last digits."""
    for digits in range(1, 7):
        if all(
            w.mine.shape == w.right.shape and np.array_equal(w.mine, w.right.round(digits))
            for w in wrong
        ):
            return (
                f"rounded to {digits} decimals",
                f"{place} is right, but rounded. Return all digits.",
            )
    gaps = [
        float(np.max(np.abs(w.mine - w.right)) / np.max(np.abs(w.right)))
        for w in wrong
        if w.mine.shape == w.right.shape and np.any(w.right)
    ]
    if len(gaps) == len(wrong) and max(gaps) < 1e-2:
        return (
            "nearly right",
            f"{place} is off by at most one part in {1 / max(gaps):.0f}. Such small gaps come from "
            "an epsilon or a clip that is too large, from rounding, or from float32.",
        )
    return None


def _some_rows(place: str, wrong: list[Wrong], contract: Contract) -> Said:
    """Say which rows or columns are right where others are wrong."""
    for axis, one, several in ((0, "row", "units"), (1, "column", "examples")):
        said = {
            _right_lines(w, axis) for w in wrong if w.right.ndim == 2 and w.right.shape[axis] > 1
        }
        if len(said) == 1 and (where := said.pop()):
            return (
                f"right in the {where} {one} only",
                f"Only the {where} {one} of {place} is right. Are all {several} treated alike?",
            )
    return None


def _right_lines(w: Wrong, axis: int) -> str:
    if w.mine.shape != w.right.shape:
        return ""
    gap = np.abs(w.mine - w.right) <= CLOSE * np.max(np.abs(w.right), initial=0.0)
    right = gap.all(axis=1 - axis)
    if right[0] and not right[1:].any():
        return "first"
    return "last" if right[-1] and not right[:-1].any() else ""


def _named(contract: Contract, probe: Probe) -> Iterator[tuple[str, np.ndarray]]:
    for name, value in zip(contract.parameters, probe.args, strict=False):
        single = isinstance(value, np.ndarray)
        for number, array in enumerate(arrays(value)):
            yield name if single else f"array {number + 1} in {name}", np.asarray(array, float)
    for place, array, _ in pairs(contract, probe.wanted, probe.wanted):
        yield place, array


PATTERNS = (
    _transposed,
    _wrong_shape,
    _zeros,
    _factor,
    _other_variable,
    _off_by_variable,
    _few_digits,
    _cut_off,
    _some_rows,
)
