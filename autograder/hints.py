"""Put together what is said of a failed check: known mistakes first, then patterns.

Part of the learner's side: no answers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from autograder.calling import Answer, Outcome
from autograder.contract import Contract, Probe
from autograder.diagnosis import Known, Remark, known_mistakes, remarks_on_right
from autograder.findings import asked_for, findings
from autograder.number_patterns import sizes
from autograder.patterns import patterns
from autograder.plain_data import plain
from autograder.signatures import Signature, signature

MOST_REMARKS = 3


def wanted_signature(contract: Contract, probe: Probe) -> Signature:
    """Give the signature of what is right for a probe."""
    return signature(contract, Outcome(plain(probe.wanted), None, probe.args), probe.args)


def hints(
    contract: Contract,
    answer: Answer,
    seen: Sequence[tuple[Probe, Outcome]],
    failed: Sequence[Probe],
    known: Sequence[Known],
) -> list[Remark]:
    """Say what a failed check looks like.

    Parameters
    ----------
    contract : Contract
        The exercise's contract.
    answer : Answer
        What was checked.
    seen : sequence of (Probe, Outcome)
        Every probe and what came of it.
    failed : sequence of Probe
        Those that failed.
    known : sequence of Known
        Known mistakes, with their signatures on the same probes.
    """
    seen, failed, known = _asked_for(contract, seen, failed, known)
    remarks = _outside_first(contract, answer, seen, known)
    if not remarks:
        remarks = _agreeing(contract, answer, seen, failed, known)
    unique = {remark.name: remark for remark in remarks}
    return list(unique.values())[:MOST_REMARKS]


def on_right(
    contract: Contract, seen: Sequence[tuple[Probe, Outcome]], known: Sequence[Known]
) -> list[Remark]:
    """Say what is worth a remark though the answer is right; see `hints` for the arguments."""
    known = [k for k in known if k.right]
    if not known:
        return []
    seen, _, known = _asked_for(contract, seen, [], known)
    mine = [signature(contract, outcome, probe.args) for probe, outcome in seen]
    right = [wanted_signature(contract, probe) for probe, _ in seen]
    return remarks_on_right(mine, right, known)


def _asked_for(
    contract: Contract,
    seen: Sequence[tuple[Probe, Outcome]],
    failed: Sequence[Probe],
    known: Sequence[Known],
) -> tuple[list[tuple[Probe, Outcome]], list[Probe], Sequence[Known]]:
    """Leave the optional tail out of everything, where an answer leaves it out."""
    asked = {id(probe): asked_for(contract, probe, outcome) for probe, outcome in seen}
    if any(asked[id(probe)] is not probe for probe, _ in seen):
        known = [replace(k, signatures=_without(contract.optional, k.signatures)) for k in known]
    return [(asked[id(p)], o) for p, o in seen], [asked[id(p)] for p in failed], known


def _without(names: Sequence[str], signatures: Sequence[Signature]) -> tuple[Signature, ...]:
    return tuple(
        {name: part for name, part in one.items() if name not in names} for one in signatures
    )


def _agreeing(
    contract: Contract,
    answer: Answer,
    seen: Sequence[tuple[Probe, Outcome]],
    failed: Sequence[Probe],
    known: Sequence[Known],
) -> list[Remark]:
    mine = [signature(contract, outcome, probe.args) for probe, outcome in seen]
    right = [wanted_signature(contract, probe) for probe, _ in seen]
    remarks, unexplained = known_mistakes(mine, right, known)
    if remarks and not unexplained:
        return remarks
    return remarks + patterns(contract, answer, seen, failed)


def _outside_first(
    contract: Contract,
    answer: Answer,
    seen: Sequence[tuple[Probe, Outcome]],
    known: Sequence[Known],
) -> list[Remark]:
    """Where a name from outside is at fault, supply it and look at what is left.

    So a function that lacks `m` and has another slip behind it is told both.
    """
    name = _missing_name(answer, seen)
    if not name:
        return []
    again = [(probe, answer.observe(probe.args, {name: _value(name, probe)})) for probe, _ in seen]
    said = patterns(contract, answer, seen, [probe for probe, _ in seen])
    remarks = [remark for remark in said if remark.name.startswith((f"{name} is", "depends on"))]
    still = [probe for probe, outcome in again if not _right(contract, probe, outcome)]
    if still and any(outcome.error is None for _, outcome in again):
        remarks += _agreeing(contract, answer, again, still, known)
    elif still:
        return []
    return remarks


def _missing_name(answer: Answer, seen: Sequence[tuple[Probe, Outcome]]) -> str:
    """Name what is read from outside though the arguments tell it: `m`, or `L`."""
    for _, outcome in seen:
        error = outcome.error
        if error and "NameError" in error.kinds and error.name in ("m", "L"):
            return error.name
    read = answer.names_read()
    for name in ("m", "L"):
        if name in read and isinstance(answer.outside(name), (int, float)):
            return name
    return ""


def _value(name: str, probe: Probe) -> int:
    """Give `m` or `L` as the probe's arguments tell it."""
    if name == "m":
        return int(sizes(probe)[0]) if np.isfinite(sizes(probe)[0]) else 1
    held = next((a for a in probe.args if isinstance(a, (list, dict))), ())
    return len(held) // 2 if isinstance(held, dict) else len(held)


def _right(contract: Contract, probe: Probe, outcome: Outcome) -> bool:
    return not findings(contract, probe, outcome)
