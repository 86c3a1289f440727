"""Check what you wrote: ``check("linear_backward", linear_backward)``.

The learner's side of the checks. It calls your function on stored inputs
(``datasets/checks.h5``), compares what comes back with the stored outputs, and
says in words what differs. It holds no answers, so reading it will not spoil
anything; you are welcome to.

It needs numpy, h5py and Python's own library, on any system, in a browser too.
"""

from __future__ import annotations

import contextlib
import json
import sys
import textwrap
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from autograder.calling import Outcome, Written, names_read, observe_each
from autograder.comparing import describe_inputs
from autograder.contract import Contract, Finding, Probe
from autograder.diagnosis import Known, Remark, known_from_json
from autograder.findings import findings, not_callable
from autograder.hints import hints, on_right

CHECKS_FILE = Path(__file__).resolve().parent.parent / "datasets" / "checks.h5"
MOST_FINDINGS, MOST_PRINTED = 4, 12
WIDTH = 88

Stored = tuple[Contract, list[Probe], list[Known]]


class CheckFailed(Exception):
    """A check found something that is not right yet; its text says what."""

    def _render_traceback_(self) -> list[str]:
        """Let IPython show our sentences alone, without a traceback."""
        return [str(self)]


def check(name: str, function: object, *, hidden: bool = False) -> None:
    """Call `function` on the stored inputs and say what differs.

    Parameters
    ----------
    name : str
        The exercise, for example ``"linear_backward"``.
    function : callable
        What you wrote.
    hidden : bool
        Hidden checks run only where work is marked; here they do nothing.

    Raises
    ------
    CheckFailed
        If something is not right yet. The text says what.
    """
    if hidden:
        print(f"{name}: the hidden check runs when your work is marked.")
        return
    contract, probes, known = stored_probes(name)
    if not callable(function):
        raise CheckFailed(not_callable(contract, function).text)
    seen = _observed(function, probes)
    failed = [(p, found) for p, o in seen if (found := findings(contract, p, o))]
    if failed:
        if unready := _unready_helper(contract, function):
            raise CheckFailed(
                f"{name} is not right yet, and {unready}, which it builds on, does not pass its "
                f"own check.\nRepair {unready} first, then look here again."
            )
        said: list[Remark] = []
        with contextlib.suppress(Exception):  # a hint is extra: without one, the findings stand
            said = hints(contract, Written(function), seen, [p for p, _ in failed], known)
        raise CheckFailed(in_words(contract, failed, len(probes), said))
    noted: list[Remark] = []
    with contextlib.suppress(Exception):  # so is a remark on a right answer
        noted = on_right(contract, seen, known)
    print(f"{name}: right. {cases(len(probes))} checked.{beside(noted)}")


def cases(number: int, hidden: bool = False) -> str:
    """Count cases in words."""
    return f"{number} {'hidden ' if hidden else ''}{'case' if number == 1 else 'cases'}"


def differ(wrong: int, number: int) -> str:
    """Say how many cases differ."""
    return f"{wrong} of {cases(number)} {'differs' if wrong == 1 else 'differ'}"


def beside(remarks: Sequence[Remark]) -> str:
    """Write what is to be remarked though the answer is right."""
    return "".join("\n" + textwrap.fill(f"A remark: {r.hint}", WIDTH) for r in remarks)


def _unready_helper(contract: Contract, function: Callable[..., Any]) -> str:
    """Name the first earlier exercise that it builds on and that is not right itself."""
    space = getattr(function, "__globals__", {})
    reached = {contract.name}
    for name in reversed(contract.needs):  # a later one may call an earlier one
        callers = [function if n == contract.name else space.get(n) for n in reached]
        if callable(space.get(name)) and any(name in names_read(one) for one in callers):
            reached.add(name)
    unready = [n for n in contract.needs if n in reached and _fails(n, space[n])]
    return unready[0] if unready else ""


def _fails(name: str, function: Callable[..., Any]) -> bool:
    contract, probes, _ = stored_probes(name)
    return any(findings(contract, p, o) for p, o in _observed(function, probes))


def _observed(function: Callable[..., Any], probes: Sequence[Probe]) -> list[tuple[Probe, Outcome]]:
    outcomes = observe_each(function, [probe.args for probe in probes])
    return list(zip(probes, outcomes, strict=True))


def in_words(
    contract: Contract,
    failed: Sequence[tuple[Probe, list[Finding]]],
    number: int,
    remarks: Sequence[Remark] = (),
    hidden: bool = False,
) -> str:
    """Put what was found in plain words: the kinds only, if the check is a hidden one."""
    first = failed[0][1][0]
    if first.aspect in ("blank", "callable"):
        return first.text
    lines = [f"{contract.name} is not right yet: {differ(len(failed), number)}."]
    for remark in remarks:
        start = "This agrees with a known mistake" if remark.known else "What stands out"
        lines += ["", f"{start}: {remark.name}."]
        lines += [f"  {line}" for line in textwrap.wrap(remark.hint, WIDTH - 2)]
    probe, found = failed[0]
    if hidden:
        lines += ["", f"Hidden case, {probe.kind}:"]
    else:
        lines += ["", f"Case: {probe.kind}.", *_call_lines(contract, probe)]
    lines += _finding_lines(found, hidden)
    if len(failed) > 1:
        others = "; ".join(dict.fromkeys(probe.kind for probe, _ in failed[1:]))
        lines += ["", *textwrap.wrap(f"Not right either: {others}.", WIDTH)]
    lines += ["", f"See the notebook's part on {contract.name}."]
    return "\n".join(lines)


def _finding_lines(found: list[Finding], hidden: bool) -> list[str]:
    """Write what differs in one case: the first aspect, and values, which are seldom alone."""
    told = [f for f in found if f.aspect in (found[0].aspect, "values")]
    lines = [f"  {f.outline if hidden else f.text}" for f in told[:MOST_FINDINGS]]
    if len(told) > MOST_FINDINGS:
        lines.append(f"  And {len(told) - MOST_FINDINGS} more like these.")
    printed = found[0].printed.splitlines()
    if printed and not hidden:
        lines += ["  It printed:", *(f"    {line}" for line in printed[:MOST_PRINTED])]
        lines += ["    ..."] if len(printed) > MOST_PRINTED else []
    return lines


def _call_lines(contract: Contract, probe: Probe) -> list[str]:
    called = f"  called   {contract.name}({', '.join(contract.parameters)})"
    inputs = textwrap.wrap(describe_inputs(contract, probe.args), WIDTH - 11)
    starts = ["  with     ", *(["           "] * len(inputs))]
    return [called, *(start + line for start, line in zip(starts, inputs, strict=False))]


# --- reading checks.h5 -----------------------------------------------------------------


def stored_probes(name: str, file: Path | None = None) -> Stored:
    """Read one exercise's contract, probes and known mistakes from ``datasets/checks.h5``."""
    import h5py

    path = file or CHECKS_FILE
    if not path.is_file():
        raise CheckFailed(f"{path} is missing. Unpack the course's zip again, the whole of it.")
    try:
        with h5py.File(path, "r") as h5:
            if name not in h5:
                known = ", ".join(h5)
                raise CheckFailed(f"There is no exercise {name!r}. The exercises are: {known}.")
            group = h5[name]
            fields = json.loads(group.attrs["contract"])
            contract = Contract(**{key: _tuples(value) for key, value in fields.items()})
            probes = [_read_probe(group[key]) for key in sorted(group) if key.isdigit()]
            known = json.loads(zlib.decompress(group["known"][()].tobytes()))
            return contract, probes, [known_from_json(one) for one in known]
    except OSError as error:
        raise CheckFailed(f"{path} can't be read ({error}). Unpack the zip again.") from None


def _tuples(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _read_probe(group: Any) -> Probe:
    attrs = group.attrs
    args, wanted = _read(group["args"]), _read(group["wanted"])
    unchecked = tuple(str(attrs.get("unchecked", "")).split())
    kind, rtol = str(attrs["kind"]), float(attrs["rtol"])
    return Probe(kind, str(attrs["group"]), args, wanted, rtol, unchecked)


def _read(node: Any) -> Any:
    """Turn an HDF5 node back into plain data; `autograder.build` wrote it."""
    kind = node.attrs["type"]
    if kind == "array":
        value = node[()]
        return np.repeat(value, 2, axis=-1)[..., ::2] if node.attrs["strided"] else value
    if kind in ("number", "text"):
        value = node[()]
        # Interned as in a program's own text: `activation is "relu"` is no style, but it works.
        return sys.intern(value.decode()) if isinstance(value, bytes) else value.item()
    items = [_read(node[key]) for key in sorted(node)]
    if kind == "dict":
        return dict(zip((str(node[key].attrs["key"]) for key in sorted(node)), items, strict=True))
    return items if kind == "list" else tuple(items)
