"""What can be said of wrong numbers when no known mistake agrees with them.

Part of the learner's side: numpy and Python's own library, no answers.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from autograder.calling import Outcome, names_read
from autograder.diagnosis import Remark
from autograder.findings import Contract, Probe, describe

Seen = tuple[Probe, Outcome]
CLOSE = 1e-6


def patterns(
    contract: Contract, function: object, seen: Sequence[Seen], failed: Sequence[Probe]
) -> list[Remark]:
    """Describe what wrong results have in common.

    Parameters
    ----------
    contract : Contract
        What the result's parts are called.
    function : object
        The function, to see which outside names it reads.
    seen : sequence of (Probe, Outcome)
        Every probe and what came of it.
    failed : sequence of Probe
        The probes that failed.
    """
    remarks = list(_of_numbers(contract, seen, failed))
    remarks += _of_outside_names(contract, function, seen)
    remarks += _of_keys(contract, seen, failed)
    remarks += _of_kinds(contract, seen, failed)
    return remarks


# --- numbers: factor, transposed, axis, another variable --------------------------------


def _of_numbers(
    contract: Contract, seen: Sequence[Seen], failed: Sequence[Probe]
) -> Iterator[Remark]:
    """Look at each array that is wrong on some probe, over all probes together."""
    places: dict[str, list[tuple[np.ndarray, np.ndarray, Probe]]] = {}
    for probe, outcome in seen:
        if outcome.error is None and any(probe is f for f in failed):
            for place, mine, right in _pairs(contract, outcome.result, probe.wanted):
                places.setdefault(place, []).append((mine, right, probe))
    for place, triples in places.items():
        wrong = [t for t in triples if not _close(t[0], t[1])]
        if wrong and (said := _pattern(place, wrong, contract)):
            yield Remark(f"{place}: {said[0]}", said[1], known=False)


def _pairs(
    contract: Contract, mine: Any, right: Any, place: str = ""
) -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
    """Pair up the arrays of a result and of what is wanted; layers' numbers are dropped."""
    if isinstance(right, dict) and isinstance(mine, dict):
        for key in right:
            if key in mine:
                yield from _pairs(contract, mine[key], right[key], re.sub(r"\d+$", "", key) or key)
    elif isinstance(right, (tuple, list)) and isinstance(mine, (tuple, list)):
        if len(mine) == len(right):
            names = contract.returns if not place else [place] * len(right)
            for name, one, other in zip(names, mine, right, strict=False):
                yield from _pairs(contract, one, other, name)
    elif isinstance(right, (np.ndarray, np.generic, float, int)) and isinstance(
        mine, (np.ndarray, np.generic, float, int)
    ):
        one, other = np.asarray(mine), np.asarray(right)
        if one.dtype.kind in "fiu":
            yield place or contract.returns[0], one.astype(float), other.astype(float)


def _pattern(
    place: str, wrong: list[tuple[np.ndarray, np.ndarray, Probe]], contract: Contract
) -> tuple[str, str] | None:
    if all(_close(m, r.T) for m, r, _ in wrong):
        return "transposed", f"{place} has rows and columns swapped: it is the transpose."
    if all(
        m.size == r.size and m.shape != r.shape and _close(m.ravel(), r.ravel())
        for m, r, _ in wrong
    ):
        return (
            "right numbers, wrong shape",
            f"The numbers in {place} are right, but it has shape {wrong[0][0].shape} "
            f"where {wrong[0][1].shape} is wanted: an axis is missing, or there is one too many.",
        )
    if factor := _factor(wrong):
        text = f"{place} is {factor} times what it should be. Look where that factor comes in."
        return f"{factor} times too large", text
    if other := _other_variable(wrong, contract):
        return f"equal to {other}", f"{place} is equal to {other}. Was the wrong variable used?"
    if len(wrong) > 1 and all(np.all(m == 0) for m, _, _ in wrong):
        return "all zeros", f"{place} is zero everywhere. Is it computed at all, or overwritten?"
    return None


def _factor(wrong: list[tuple[np.ndarray, np.ndarray, Probe]]) -> str:
    """Name the one factor by which all of it is off, if there is one."""
    found = []
    for mine, right, probe in wrong:
        if mine.shape != right.shape or not np.any(right):
            return ""
        k = float(np.sum(mine * right) / np.sum(right * right))
        if not _close(mine, k * right) or abs(k) < CLOSE * CLOSE:
            return ""
        found.append((k, *sizes(probe)))
    names: dict[str, Callable[[float, float], float]] = {
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
    }
    for name, value in names.items():
        if all(abs(k - value(m, n)) <= CLOSE * abs(k) for k, m, n in found):
            return name
    first = found[0][0]
    if len(found) > 1 and all(abs(k - first) <= CLOSE * abs(first) for k, _, _ in found):
        return f"{first:.4g}"
    return ""


def sizes(probe: Probe) -> tuple[float, float]:
    """Give m and n as the first two-dimensional argument has them."""
    for array in _arrays(probe.args):
        if array.ndim == 2:
            return float(array.shape[1]), float(array.shape[0])
    return float("nan"), float("nan")


def _arrays(value: Any) -> Iterator[np.ndarray]:
    if isinstance(value, np.ndarray):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _arrays(item)
    elif isinstance(value, (tuple, list)):
        for item in value:
            yield from _arrays(item)


def _other_variable(wrong: list[tuple[np.ndarray, np.ndarray, Probe]], contract: Contract) -> str:
    """Name an argument, or another part of the right result, that it is equal to."""
    shared: set[str] | None = None
    for mine, _, probe in wrong:
        if mine.size < 2 or not np.any(mine):
            return ""
        equal = {name for name, array in _named(contract, probe) if _close(mine, array)}
        shared = equal if shared is None else shared & equal
    return sorted(shared)[0] if shared else ""


def _named(contract: Contract, probe: Probe) -> Iterator[tuple[str, np.ndarray]]:
    for name, value in zip(contract.parameters, probe.args, strict=False):
        for number, array in enumerate(_arrays(value)):
            single = isinstance(value, np.ndarray)
            yield name if single else f"array {number + 1} in {name}", np.asarray(array)
    for place, array, _ in _pairs(contract, probe.wanted, probe.wanted):
        yield place, array


def _close(one: np.ndarray, other: np.ndarray) -> bool:
    if one.shape != other.shape:
        return False
    scale = float(np.max(np.abs(other), initial=0.0))
    with np.errstate(all="ignore"):
        return bool(np.all(np.abs(one - other) <= CLOSE * scale))


# --- names, keys, kinds ------------------------------------------------------------------


def _of_outside_names(
    contract: Contract, function: object, seen: Sequence[Seen]
) -> Iterator[Remark]:
    undefined = [o.error for _, o in seen if isinstance(o.error, NameError)]
    for error in undefined[:1]:
        name = error.name or re.sub(r".*'(\w+)'.*", r"\1", str(error))
        yield Remark(
            f"{name} is not defined",
            f"{name} has no value inside {contract.name}. Everything it needs comes in by its "
            f"arguments ({', '.join(contract.parameters)}) or is made inside.",
            known=False,
        )
    space = getattr(function, "__globals__", {})
    for name in names_read(function):
        if name in space and isinstance(space[name], (int, float, np.ndarray, list, dict)):
            yield Remark(
                f"depends on {name} from outside",
                f"{contract.name} reads {name}, which is defined somewhere else in the notebook "
                f"(there it is {describe(space[name])}). In another place it has another value.",
                known=False,
            )


def _of_keys(contract: Contract, seen: Sequence[Seen], failed: Sequence[Probe]) -> Iterator[Remark]:
    """Say so where a result's values stand under keys one number too high or too low."""
    for shift, word in ((1, "high"), (-1, "low")):
        if all(_shifted(o.result, p.wanted, shift) for p, o in seen if any(p is f for f in failed)):
            text = f"The values are right, but the numbers in their keys are one too {word}."
            yield Remark("keys off by one", text, known=False)


def _shifted(mine: Any, right: Any, shift: int) -> bool:
    if not isinstance(mine, dict) or not isinstance(right, dict):
        return False
    moved = 0
    for key, value in right.items():
        number = re.search(r"\d+$", key)
        if not number or not isinstance(value, np.ndarray):
            return False
        other = key[: number.start()] + str(int(number.group()) + shift)
        if key in mine and isinstance(mine[key], np.ndarray) and _close(mine[key], value):
            continue
        if not isinstance(mine.get(other), np.ndarray) or not _close(mine[other], value):
            return False
        moved += 1
    return moved > 0


def _of_kinds(
    contract: Contract, seen: Sequence[Seen], failed: Sequence[Probe]
) -> Iterator[Remark]:
    """Name the kinds of case for which it is right, where there are some of both."""
    wrong = [p.kind for p in failed]
    right = [p.kind for p, _ in seen if all(p is not f for f in failed)]
    if right and wrong:
        text = f"It is right for: {'; '.join(right[:4])}. It is not for: {'; '.join(wrong[:4])}."
        yield Remark("right for some cases only", text, known=False)
