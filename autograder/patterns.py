"""What can be said of wrong numbers when no known mistake agrees with them.

Part of the learner's side: numpy and Python's own library, no answers.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from autograder.calling import Answer, Outcome
from autograder.comparing import describe
from autograder.contract import Contract, Probe
from autograder.diagnosis import Remark
from autograder.number_patterns import close, of_numbers, pairs
from autograder.signatures import family

Seen = tuple[Probe, Outcome]


def patterns(
    contract: Contract, answer: Answer, seen: Sequence[Seen], failed: Sequence[Probe]
) -> list[Remark]:
    """Describe what wrong results have in common.

    Parameters
    ----------
    contract : Contract
        What the result's parts are called.
    answer : Answer
        What was written, to see which outside names it reads.
    seen : sequence of (Probe, Outcome)
        Every probe and what came of it.
    failed : sequence of Probe
        The probes that failed.
    """
    remarks = list(_of_outside_names(contract, answer, seen))
    remarks += _of_shapes(seen)
    remarks += of_numbers(contract, seen, failed)
    remarks += _of_keys(contract, seen, failed)
    remarks += _of_parts(contract, seen, failed) if not remarks else []
    remarks += _of_kinds(contract, seen, failed)
    return remarks


def _of_shapes(seen: Sequence[Seen]) -> Iterator[Remark]:
    """Say what to do where arrays don't fit together."""
    for _, outcome in seen:
        error = outcome.error
        if error is None or "ValueError" not in error.kinds:
            continue
        if re.search(r"not aligned|mismatch|broadcast|different from", error.text):
            line = error.lines[-1][2] if error.lines else ""
            where = f" in the line `{line}`" if line else ""
            yield Remark(
                "shapes that don't fit together",
                f"Two arrays{where} don't fit. Write the shape of each beside it: in a matrix "
                "product the inner two sizes must be equal, in a sum all of them or one of them 1. "
                "Is one of the arrays another than you think, or does it need a transpose?",
                known=False,
            )
            return


# --- names, keys, kinds ------------------------------------------------------------------


def _of_outside_names(contract: Contract, answer: Answer, seen: Sequence[Seen]) -> Iterator[Remark]:
    undefined = [o.error for _, o in seen if o.error and "NameError" in o.error.kinds]
    for error in undefined[:1]:
        name = error.name or re.sub(r".*'(\w+)'.*", r"\1", error.text)
        if "UnboundLocalError" in error.kinds:
            yield _without_value(name)
            break
        yield Remark(
            f"{name} is not defined",
            f"{name} has no value inside {contract.name}. Everything it needs comes in by its "
            f"arguments ({', '.join(contract.parameters)}) or is made inside.",
            known=False,
        )
    for name in answer.names_read():
        value = answer.outside(name)
        if isinstance(value, (int, float, np.ndarray, list, dict)):
            yield Remark(
                f"depends on {name} from outside",
                f"{contract.name} reads {name}, which is defined somewhere else in the notebook "
                f"(there it is {describe(value)}), and not only its own arguments "
                f"({', '.join(contract.parameters)}).",
                known=False,
            )


def _without_value(name: str) -> Remark:
    """Say what to look for where a function's own variable is used before it is set."""
    return Remark(
        f"{name} has no value where it is used",
        f"No line that gives {name} a value has run by then. Such a line may stand in an if or "
        "elif whose condition is never true (compare it with what is passed, letter by letter), "
        "in a loop that makes no turn, or further down.",
        known=False,
    )


def _of_keys(contract: Contract, seen: Sequence[Seen], failed: Sequence[Probe]) -> Iterator[Remark]:
    """Say so where a result's values stand under keys one number too high or too low."""
    for shift, word in ((1, "high"), (-1, "low")):
        if all(_shifted(o.result, p.wanted, shift) for p, o in seen if any(p is f for f in failed)):
            text = f"The values are right, but the numbers in their keys are one too {word}."
            yield Remark("keys off by one", text, known=False)
    yield from _of_renamed_keys(seen, failed)


def _of_renamed_keys(seen: Sequence[Seen], failed: Sequence[Probe]) -> Iterator[Remark]:
    """Say so where right values stand under keys of another name with the same numbers."""
    shared: set[tuple[str, str]] | None = None
    for probe, outcome in seen:
        if any(probe is f for f in failed):
            found = _renamed(outcome.result, probe.wanted)
            shared = found if shared is None else shared & found
    for asked, given in sorted(shared or ()):
        text = (
            f"What belongs under {asked}1, {asked}2 and so on stands under {given}1, {given}2. "
            "Compare your keys with those in the statement."
        )
        yield Remark(f"{given} in the keys in place of {asked}", text, known=False)


def _renamed(mine: Any, right: Any) -> set[tuple[str, str]]:
    """Pair the names of keys that are missing with those under which their values stand."""
    if not isinstance(mine, dict) or not isinstance(right, dict):
        return set()
    missing = [key for key in right if key not in mine and key[-1:].isdigit()]
    extra = {family(str(key)) for key in mine if key not in right}
    return {
        (asked, given)
        for asked, given in itertools.product(map(family, missing), extra)
        if all(
            _equal(mine.get(given + key[len(asked) :]), right[key])
            for key in missing
            if family(key) == asked
        )
    }


def _equal(one: Any, other: Any) -> bool:
    return isinstance(one, np.ndarray) and isinstance(other, np.ndarray) and close(one, other)


def _shifted(mine: Any, right: Any, shift: int) -> bool:
    if not isinstance(mine, dict) or not isinstance(right, dict):
        return False
    moved = 0
    for key, value in right.items():
        number = re.search(r"\d+$", key)
        if not number or not isinstance(value, np.ndarray):
            return False
        other = key[: number.start()] + str(int(number.group()) + shift)
        if key in mine and isinstance(mine[key], np.ndarray) and close(mine[key], value):
            continue
        if not isinstance(mine.get(other), np.ndarray) or not close(mine[other], value):
            return False
        moved += 1
    return moved > 0


def _of_parts(
    contract: Contract, seen: Sequence[Seen], failed: Sequence[Probe]
) -> Iterator[Remark]:
    """Say which parts of the result are right where only some are wrong."""
    wrong: dict[str, None] = {}
    parts: dict[str, None] = {}
    for probe, outcome in seen:
        if any(probe is f for f in failed):
            if outcome.error is not None:
                return
            for place, mine, right in pairs(contract, outcome.result, probe.wanted):
                parts[place] = None
                if not close(mine, right):
                    wrong[place] = None
    fine = [part for part in parts if part not in wrong]
    if wrong and fine:
        named = " and ".join(wrong)
        verb = "differs" if len(wrong) == 1 else "differ"
        text = (
            f"{' and '.join(fine)} agree with what is wanted. Look at the lines that make {named}."
        )
        yield Remark(f"only {named} {verb}", text, known=False)


def _of_kinds(
    contract: Contract, seen: Sequence[Seen], failed: Sequence[Probe]
) -> Iterator[Remark]:
    """Name the kinds of case for which it is right, where there are some of both."""
    wrong = [p.kind for p in failed]
    right = [p.kind for p, _ in seen if all(p is not f for f in failed)]
    if right and wrong:
        text = f"It is right for: {'; '.join(right[:4])}. It is not for: {'; '.join(wrong[:4])}."
        yield Remark("right for some cases only", text, known=False)
