"""The signature of an outcome: small, comparable, and of no use for copying an answer.

Part of the learner's side: numpy and Python's own library, no answers.

A result is cut into parts, the names a learner knows (``dA_prev``, ``dW``, ``db``; for a
dict, the keys without their numbers). Of each part the signature keeps its structure as
text and two weighted sums of its numbers, by which two results are told apart.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import numpy as np

from autograder import traces
from autograder.calling import Outcome, Raised
from autograder.contract import Contract

# A part: structure, two weighted sums, largest entry. An outcome: its parts by name.
Part = tuple[str, float, float, float]
Signature = dict[str, Part]

ERROR = "raised"
MESSAGE = "message"
SHARED = "shared"
ARGUMENT = "argument "
NO_PARTS = (ERROR, MESSAGE, SHARED)  # of a result; nor is a changed argument
AGREES = 1e-7


def signature(contract: Contract, outcome: Outcome, before: tuple[Any, ...]) -> Signature:
    """Give the signature of one outcome.

    Parameters
    ----------
    contract : Contract
        What the result's parts are called.
    outcome : Outcome
        What came of the call.
    before : tuple
        The arguments as they were.
    """
    if outcome.error is not None:
        text = f"{outcome.error.kind}: {outcome.error.text}"[:200]
        return {ERROR: _text(_normal(outcome.error, text)), MESSAGE: _text(text)}
    result = _lists(outcome.result) if contract.any_sequence else outcome.result
    parts = {
        name: _part(traces.canonical(value) if name in contract.traces else value)
        for name, value in _named_parts(contract, result)
    }
    for name, now, then in zip(contract.parameters, outcome.after, before, strict=False):
        if now is then or name in contract.may_change:
            continue
        changed = _part(now)
        if not agree(changed, _part(then), 0.0):
            parts[ARGUMENT + name] = changed
    if outcome.shared:
        parts[SHARED] = _text(SHARED)
    return parts


def agree(one: Part, other: Part, rtol: float = AGREES) -> bool:
    """Say whether two parts are the same up to rounding."""
    if one[0] != other[0]:
        return False
    scale = max(one[3], other[3])
    slack = rtol * scale
    return abs(one[1] - other[1]) <= slack and abs(one[2] - other[2]) <= slack


def family(key: str) -> str:
    """Give a dict key without its number: dW2 and dW13 are both dW."""
    return re.sub(r"\d+$", "", key) or key


def _named_parts(contract: Contract, result: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(result, dict):
        groups: dict[str, dict[str, Any]] = {}
        for key, value in result.items():
            if not key.startswith(contract.extra_keys) or key[-1:].isdigit():
                groups.setdefault(family(key), {})[key] = value
        yield from groups.items()
        if not groups:
            yield "nothing", result
    elif isinstance(result, (tuple, list)) and len(result) in _lengths(contract):
        yield from zip(contract.returns, result, strict=False)
    else:
        yield "result", result


def _lists(value: Any) -> Any:
    """Make a list of every tuple, where the two are taken alike."""
    return [_lists(item) for item in value] if isinstance(value, (tuple, list)) else value


def _lengths(contract: Contract) -> tuple[int, ...]:
    """Give how many things may be returned side by side: with and without the optional ones."""
    full = len(contract.returns)
    return (full, full - len(contract.optional)) if full > 1 else ()


def _part(value: Any) -> Part:
    leaves: list[np.ndarray] = []
    structure = _structure(value, leaves)
    numbers = np.concatenate(leaves) if leaves else np.zeros(0)
    finite = np.isfinite(numbers)
    if not finite.all():
        structure += f" {int((~finite).sum())} not finite"
        numbers = np.where(finite, numbers, 0.0)
    order = np.arange(1, numbers.size + 1)
    # Irrational steps: no two positions have the same weight, so a swap shows.
    return (
        structure,
        float(numbers @ np.sin(order * 1.4142135623730951)),
        float(numbers @ np.cos(order * 1.7320508075688772)),
        float(np.max(np.abs(numbers), initial=0.0)),
    )


def _structure(value: Any, leaves: list[np.ndarray]) -> str:
    if isinstance(value, dict):
        inner = ",".join(f"{k}:{_structure(value[k], leaves)}" for k in sorted(value))
        return "{" + inner + "}"
    if isinstance(value, (tuple, list)):
        inner = ",".join(_structure(item, leaves) for item in value)
        return f"[{inner}]" if isinstance(value, list) else f"({inner})"
    if isinstance(value, (np.ndarray, np.generic, float, int)) and not isinstance(value, bool):
        array = np.asarray(value)
        if array.dtype.kind in "fiu":
            leaves.append(array.ravel().astype(np.float64))
            return f"{'f' if array.dtype.kind == 'f' else 'i'}{list(array.shape)}"
        if array.dtype.kind == "b":
            leaves.append(array.ravel().astype(np.float64))
        return f"{array.dtype}{list(array.shape)}"
    return repr(value)


def _text(text: str) -> Part:
    return (text, 0.0, 0.0, 0.0)


def clash(text: str) -> tuple[int, ...]:
    """Give the two inner sizes that don't fit in a matrix product, however it was written.

    `np.dot` and `@` word a mismatch differently, and name the sizes in opposite order.
    """
    if by_dot := re.search(r"(\d+) \(dim \d\) != (\d+) \(dim", text):
        return int(by_dot[1]), int(by_dot[2])
    if by_sign := re.search(r"size (\d+) is different from (\d+)", text):
        return int(by_sign[2]), int(by_sign[1])
    return ()


def _normal(error: Raised, text: str) -> str:
    """Name an error so that two spellings of one slip are the same."""
    if "ValueError" in error.kinds and (sizes := clash(text)):
        return f"ValueError: {sorted(sizes)}"
    return text
