"""What a function gives back, held against what is wanted, in words.

Part of the learner's side: numpy and Python's own library, no answers.
"""

from __future__ import annotations

import builtins
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from autograder.calling import STOPPED, Outcome, Raised
from autograder.comparing import describe, differences
from autograder.contract import Contract, Finding, Probe

# Up and down again by a step is not the same to the last bit.
ROUNDING = 1e-9
# The order in which a function is looked at; what comes first is said first.
ASPECTS = (
    "blank", "callable", "error", "type", "structure", "shape", "dtype",
    "values", "arguments", "repeat",
)  # fmt: skip


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
    found += _not_put_back(contract, outcome.after, probe)
    if not found and outcome.again is not None:
        if outcome.again.error or _other_result(contract, probe, outcome, outcome.again):
            text = "A second call with the same inputs gives another result."
            found.append(Finding("repeat", text, text))
        elif outcome.shared:
            text = "The same array comes back from two calls or twice from one: make each anew."
            found.append(Finding("repeat", text, text))
        elif probe.own_memory and outcome.tied:
            text = "Writing into one array changes another, or fails: make each one anew."
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
    return list(differences(outcome.result, probe.wanted, top, contract, probe.rtol))


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
        if not any(differences(now, then, "", loose, 0.0)):
            continue
        text = f"The argument {parameter} was changed. Make a new array instead of writing into it."
        yield Finding("arguments", text, f"The argument {parameter} was changed.")


def _not_put_back(contract: Contract, after: tuple[Any, ...], probe: Probe) -> Iterator[Finding]:
    loose = Contract(contract.name, (), ())
    for parameter, now, then in zip(contract.parameters, after, probe.args, strict=False):
        if parameter not in probe.put_back or now is then:
            continue
        if any(differences(now, then, "", loose, ROUNDING)):
            text = f"{parameter} is not what it was: put every old value back before you return."
            yield Finding("arguments", text, text)
