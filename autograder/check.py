"""Check what you wrote: ``check("linear_backward", linear_backward)``.

The learner's side of the checks. It calls your function on stored inputs
(``datasets/checks.h5``), compares what comes back with the stored outputs, and
says in words what differs. It holds no answers, so reading it will not spoil
anything; you are welcome to.

It needs numpy, h5py and Python's own library, on any system, in a browser too.
"""

from __future__ import annotations

import json
import sys
import textwrap
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from autograder.calling import names_read, observe
from autograder.diagnosis import Known, Remark, known_from_json
from autograder.findings import (
    Contract,
    Finding,
    Probe,
    describe_inputs,
    findings,
    not_callable,
)
from autograder.hints import hints

CHECKS_FILE = Path(__file__).resolve().parent.parent / "datasets" / "checks.h5"
MOST_FINDINGS, MOST_PROBES = 4, 2
WIDTH = 88

Stored = tuple[Contract, list[Probe], list[Known]]

# When a class is marked, the judge puts itself here and takes over every check.
mark: Callable[[str, object, bool], float] | None = None


class CheckFailed(Exception):
    """A check found something that is not right yet; its text says what."""

    def _render_traceback_(self) -> list[str]:
        """Let IPython show our sentences alone, without a traceback."""
        return [str(self)]


def check(name: str, function: object, *, hidden: bool = False) -> float | None:
    """Call `function` on the stored inputs and say what differs.

    Parameters
    ----------
    name : str
        The exercise, for example ``"linear_backward"``.
    function : callable
        What you wrote.
    hidden : bool
        Hidden checks run only where work is marked; here they do nothing.

    Returns
    -------
    points : float or None
        The points, where work is marked; None in your own notebook.

    Raises
    ------
    CheckFailed
        If something is not right yet. The text says what.
    """
    if mark is not None:
        return mark(name, function, hidden)
    if hidden:
        print(f"{name}: the hidden check runs when your work is marked.")
        return None
    contract, probes, known = stored_probes(name)
    if not callable(function):
        raise CheckFailed(not_callable(contract, function).text)
    seen = [(probe, observe(function, probe.args)) for probe in probes]
    failed = [(p, found) for p, o in seen if (found := findings(contract, p, o))]
    if failed:
        unready = _unready_helpers(contract, function)
        said = hints(contract, function, seen, [p for p, _ in failed], known) if not unready else []
        raise CheckFailed(in_words(contract, failed, len(probes), said) + unready)
    print(f"{name}: right. {len(probes)} cases checked.")
    return None


def _unready_helpers(contract: Contract, function: Callable[..., Any]) -> str:
    """Say which earlier exercises it calls that are not right themselves."""
    space = getattr(function, "__globals__", {})
    called = [n for n in contract.needs if n in names_read(function) and callable(space.get(n))]
    unready = [n for n in called if _fails(n, space[n])]
    if not unready:
        return ""
    return (
        f"\n\n{contract.name} calls {' and '.join(unready)}, whose own check does not pass yet. "
        "Repair that first, then look here again."
    )


def _fails(name: str, function: Callable[..., Any]) -> bool:
    contract, probes, _ = stored_probes(name)
    return any(findings(contract, p, observe(function, p.args)) for p in probes)


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
    lines = [f"{contract.name} is not right yet: {len(failed)} of {number} cases differ."]
    for probe, found in failed[:MOST_PROBES]:
        lines.append("")
        if hidden:
            lines.append(f"Hidden case, {probe.kind}:")
        else:
            lines += [f"Case: {probe.kind}.", *_call_lines(contract, probe)]
        aspect = found[0].aspect
        same = [f for f in found if f.aspect in (aspect, "values")][:MOST_FINDINGS]
        lines += [f"  {f.outline if hidden else f.text}" for f in same]
        if found[0].printed and not hidden:
            lines += ["  It printed:", *(f"    {t}" for t in found[0].printed.splitlines()[:8])]
    if len(failed) > MOST_PROBES:
        others = "; ".join(dict.fromkeys(probe.kind for probe, _ in failed[MOST_PROBES:]))
        lines += ["", f"Not right either: {others}."]
    for remark in remarks:
        start = "This agrees with a known mistake" if remark.known else "What stands out"
        lines += ["", f"{start}: {remark.name}."]
        lines += [f"  {line}" for line in textwrap.wrap(remark.hint, WIDTH - 2)]
    lines += ["", f"It is explained in the notebook's part on {contract.name}."]
    return "\n".join(lines)


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
    return Probe(str(attrs["kind"]), str(attrs["group"]), args, wanted, float(attrs["rtol"]))


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
