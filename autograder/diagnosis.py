"""Which known mistake an outcome agrees with.

Part of the learner's side: no answers. What it is given of a known mistake is its name,
its hint and the signatures of what it returns.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from autograder.signatures import ERROR, Part, Signature, agree

MOST_COMBINED = 3


@dataclass(frozen=True)
class Known:
    """A known mistake as the diagnosis sees it.

    Attributes
    ----------
    name, hint : str
        What it is and the hint that helps.
    signatures : tuple of Signature
        What it gives on each probe.
    """

    name: str
    hint: str
    signatures: tuple[Signature, ...]


@dataclass(frozen=True)
class Remark:
    """What is said beyond the findings: a name, the hint, and whether a known mistake spoke."""

    name: str
    hint: str
    known: bool = True


def known_mistakes(
    mine: Sequence[Signature], right: Sequence[Signature], known: Sequence[Known]
) -> tuple[list[Remark], list[str]]:
    """Find the known mistakes that agree with what was observed.

    Parameters
    ----------
    mine, right : sequence of Signature
        Of each probe: what was observed, and what is right.
    known : sequence of Known
        The mistakes, the most specific first.

    Returns
    -------
    remarks : list of Remark
        One mistake that agrees on every probe with everything; or else one for each
        wrong part that a mistake agrees with on every probe.
    unexplained : list of str
        Wrong parts that no mistake agrees with.
    """
    for one in known:
        if all(_same(a, b) for a, b in zip(mine, one.signatures, strict=True)):
            return [Remark(one.name, one.hint)], []
    remarks: list[Remark] = []
    unexplained = []
    for part in _wrong_parts(mine, right):
        if part == ERROR:
            unexplained.append(part)
            continue
        speaker = next((k for k in known if _explains(k, part, mine, right)), None)
        if speaker is None:
            unexplained.append(part)
        elif all(remark.name != speaker.name for remark in remarks):
            remarks.append(Remark(speaker.name, speaker.hint))
    return (remarks, unexplained) if len(remarks) <= MOST_COMBINED else ([], [*unexplained])


def _same(one: Signature, other: Signature) -> bool:
    return one.keys() == other.keys() and all(agree(one[name], other[name]) for name in one)


def _wrong_parts(mine: Sequence[Signature], right: Sequence[Signature]) -> list[str]:
    wrong: dict[str, None] = {}
    for observed, wanted in zip(mine, right, strict=True):
        for name in {**wanted, **observed}:
            if not _part_agrees(observed.get(name), wanted.get(name)):
                wrong[name] = None
    return list(wrong)


def _part_agrees(one: Part | None, other: Part | None) -> bool:
    if one is None or other is None:
        return one is other
    return agree(one, other)


def _explains(one: Known, part: str, mine: Sequence[Signature], right: Sequence[Signature]) -> bool:
    """Say whether a mistake gives this part as observed on every probe, and gives it wrong.

    A probe on which the mistake raises says nothing about a part and speaks against it.
    """
    pairs = [(o.get(part), k.get(part)) for o, k in zip(mine, one.signatures, strict=True)]
    if not all(_part_agrees(a, b) for a, b in pairs):
        return False
    return any(
        not _part_agrees(k.get(part), r.get(part))
        for k, r in zip(one.signatures, right, strict=True)
    )
