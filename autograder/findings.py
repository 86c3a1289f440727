"""What a function gives back, held against what is wanted, in words.

Part of the learner's side: numpy and Python's own library, no answers.
"""

from __future__ import annotations

import builtins
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from autograder import traces
from autograder.calling import STOPPED, Outcome, Raised
from autograder.plain_data import Opaque

# The order in which a function is looked at; what comes first is said first.
ASPECTS = (
    "blank", "callable", "error", "type", "structure", "shape", "dtype",
    "values", "arguments", "repeat",
)  # fmt: skip
TINY = 1e-12
HUGE = 1e300  # Python's integers go on, its floats don't
# What ends a call from outside, and what to look for.


@dataclass(frozen=True)
class Contract:
    """What is agreed about one function, before any numbers.

    Attributes
    ----------
    name : str
        The function's name.
    parameters, returns : tuple of str
        Names of its parameters and of what it gives back.
    may_change : tuple of str
        Parameters that an answer may change in place.
    extra_keys : tuple of str
        Beginnings of keys that a returned dict may hold beyond those wanted.
    needs : tuple of str
        Earlier exercises that an answer may call.
    optional : tuple of str
        The last of `returns`, if an answer may leave them out, all of them together.
    any_sequence : bool
        Whether lists may stand for tuples, and tuples for lists.
    traces : tuple of str
        Those of `returns` that note down something on the way, as often as one likes.
    """

    name: str
    parameters: tuple[str, ...]
    returns: tuple[str, ...]
    may_change: tuple[str, ...] = ()
    extra_keys: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    any_sequence: bool = False
    traces: tuple[str, ...] = ()


@dataclass(frozen=True)
class Probe:
    """One set of inputs and what is wanted for them.

    Attributes
    ----------
    kind : str
        The kind of case in words, such as ``one example only (m = 1)``.
    group : str
        ``core`` or ``edge``.
    args : tuple
        The arguments. Every call gets fresh copies.
    wanted : object
        What the function has to return.
    rtol : float
        Allowed gap, as a share of the largest wanted entry of the same array.
    unchecked : tuple of str
        Those of the contract's `returns` that are not compared in this case, because
        people rightly do not agree on them.
    """

    kind: str
    group: str
    args: tuple[Any, ...]
    wanted: Any = None
    rtol: float = 1e-9
    unchecked: tuple[str, ...] = ()


@dataclass(frozen=True)
class Finding:
    """One thing that differs: which aspect, a full sentence, and one without numbers."""

    aspect: str
    text: str
    outline: str
    printed: str = field(default="", compare=False)


# --- looking at one probe --------------------------------------------------------------


def not_callable(contract: Contract, value: object) -> Finding:
    """Say that a name does not stand for a function."""
    text = f"{contract.name} is not a function but {describe(value)}. Was its name used again?"
    return Finding("callable", text, text)


def findings(contract: Contract, probe: Probe, outcome: Outcome) -> list[Finding]:
    """List what differs, in the order of `ASPECTS`."""
    if outcome.error is not None:
        return [_error_finding(contract.name, outcome.error, outcome.printed)]
    found = _result_differences(contract, probe, outcome)
    found += _changed_arguments(contract, outcome.after, probe.args)
    if not found and outcome.again is not None:
        if outcome.again.error or _other_result(contract, probe, outcome, outcome.again):
            text = "A second call with the same inputs gives another result."
            found.append(Finding("repeat", text, text))
        elif outcome.shared:
            text = "The same array comes back from two calls or twice from one: make each anew."
            found.append(Finding("repeat", text, text))
    found.sort(key=lambda f: ASPECTS.index(f.aspect))
    if found and outcome.printed:
        found[0] = replace(found[0], printed=outcome.printed)
    return found


def _other_result(contract: Contract, probe: Probe, first: Outcome, again: Outcome) -> bool:
    """Say whether the second result is wrong, where the first was right."""
    same = again.result is first.result  # so read where it came back the same
    return not same and bool(_result_differences(contract, probe, again))


def asked_for(contract: Contract, probe: Probe, outcome: Outcome) -> Probe:
    """Leave the optional tail out of what is wanted, where an answer leaves it out."""
    short = len(contract.returns) - len(contract.optional)
    returned = outcome.result
    if contract.optional and isinstance(returned, (tuple, list)) and len(returned) == short:
        return replace(probe, wanted=probe.wanted[:short])
    return probe


def _unchecked_as_returned(contract: Contract, probe: Probe, outcome: Outcome) -> Probe:
    """Want of what is unchecked in this case whatever came back."""
    returned = outcome.result
    alike = isinstance(returned, (tuple, list)) and len(returned) == len(contract.returns)
    if not probe.unchecked or not alike or not isinstance(probe.wanted, (tuple, list)):
        return probe
    wanted = [
        mine if name in probe.unchecked else right
        for name, mine, right in zip(contract.returns, returned, probe.wanted, strict=True)
    ]
    return replace(probe, wanted=tuple(wanted))


def _result_differences(contract: Contract, probe: Probe, outcome: Outcome) -> list[Finding]:
    probe = _unchecked_as_returned(contract, asked_for(contract, probe, outcome), outcome)
    top = contract.returns[0] if len(contract.returns) == 1 else "the result"
    return list(_differences(outcome.result, probe.wanted, top, contract, probe.rtol))


def _error_finding(name: str, error: Raised, printed: str) -> Finding:
    """Say what was raised and in which line of the learner's own code."""
    if "NotImplementedError" in error.kinds:
        where = error.lines[-1][0] if error.lines else name
        if where == name:
            text = f"{name} is not written yet. Put your code in place of the line with `raise`."
        else:
            text = f"{name} calls {where}, which is not written yet. Write {where} first."
        return Finding("blank" if where == name else "error", text, text)
    if error.kind in STOPPED:
        text = f"It was stopped: {error.text}. {STOPPED[error.kind]}"
        return Finding("error", text, text, printed)
    text = f"raised   {error.kind}: {error.text}"
    for function, number, line in error.lines[-2:]:
        text += f"\n  in       {function}, line {number}: {line}"
    # A class of a student's own could carry numbers out of a hidden check in its name.
    kind = error.kind if hasattr(builtins, error.kind) else "an error of its own"
    return Finding("error", text, f"It raises {kind}.", printed)


def _changed_arguments(
    contract: Contract, after: tuple[Any, ...], before: tuple[Any, ...]
) -> Iterator[Finding]:
    for parameter, now, then in zip(contract.parameters, after, before, strict=False):
        if now is then or parameter in contract.may_change:
            continue
        loose = Contract(contract.name, (), ())
        if not any(_differences(now, then, "", loose, 0.0)):
            continue
        text = f"The argument {parameter} was changed. Make a new array instead of writing into it."
        yield Finding("arguments", text, f"The argument {parameter} was changed.")


# --- comparing -------------------------------------------------------------------------


def _differences(
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
            yield from _differences(got[key], right, f'{place}["{key}"]', contract, rtol)


def _sequence_differences(
    got: Any, wanted: Sequence[Any], place: str, contract: Contract, rtol: float
) -> Iterator[Finding]:
    top = place == "the result"
    names = [contract.returns[i] if top else f"{place}[{i}]" for i in range(len(wanted))]
    kind = "list" if isinstance(wanted, list) else "tuple"
    want = f"a {kind} of {len(wanted)}" + (f": ({', '.join(names)})" if top else "")
    # At the top a list unpacks like a tuple; inside a cache people rely on which it is.
    if not isinstance(got, (tuple, list) if top or contract.any_sequence else type(wanted)):
        yield Finding(
            "type", f"{place} is {describe(got)}, wanted {want}.", f"{place} is not a {kind}."
        )
    elif len(got) != len(wanted):
        text = f"{place} holds {len(got)} items, wanted {want}."
        yield Finding("structure", text, f"{place} has the wrong number of items.")
    else:
        for name, one, right in zip(names, got, wanted, strict=True):
            yield from _differences(one, right, name, contract, rtol)


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
    text = (
        f"{place} has the right shape {mine.shape}, but {int(wrong.sum())} of {mine.size} entries "
        f"differ ({largest}).\n    First at {list(index)}: you return {one}, wanted {other}."
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
