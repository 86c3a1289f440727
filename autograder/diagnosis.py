"""Which known mistake an outcome agrees with.

Part of the learner's side: no answers. What it is given of a known mistake is its name,
its hint and the signatures of what it returns.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from autograder.signatures import (
    AGREES,
    ARGUMENT,
    ERROR,
    MESSAGE,
    NO_PARTS,
    Part,
    Signature,
    agree,
    clash,
)

MOST_COMBINED = 3
EXACT = 1e-11
# The hint of every machine-made mistake.
BEHAVES = "Your results are the ones that come out with this slip. Look for it in your code."


@dataclass(frozen=True)
class Known:
    """A known mistake as the diagnosis sees it.

    Attributes
    ----------
    name, hint : str
        What it is and the hint that helps.
    signatures : tuple of Signature
        What it gives on each probe.
    right : bool
        Whether it is no mistake but a right answer that deserves a remark, its hint.
    """

    name: str
    hint: str
    signatures: tuple[Signature, ...]
    right: bool = False


def known_from_json(stored: dict[str, Any]) -> Known:
    """Make a known mistake of what was stored of it."""
    signatures = tuple(
        {name: (str(p[0]), float(p[1]), float(p[2]), float(p[3])) for name, p in one.items()}
        for one in stored["signatures"]
    )
    return Known(stored["name"], stored["hint"], signatures, bool(stored.get("right")))


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
    weak = all(_weak(one) for one in mine)
    raised = any(ERROR in one for one in mine)
    # Zeros, None and the like come of many slips, unless zeros are what is right; only
    # people's own say which one is likely.
    vague = weak and not raised and not all(_weak(one) for one in right)
    known = [k for k in known if not k.right and not (vague and k.hint == BEHAVES)]
    # To the last digits first: an epsilon here and one there differ by little.
    agreeing = [k for k in known if same(mine, k.signatures, EXACT)]
    agreeing = agreeing or [k for k in known if same(mine, k.signatures)]
    to_the_letter = [k for k in agreeing if all(map(_same_message, mine, k.signatures))]
    to_the_letter = to_the_letter or [
        k for k in agreeing if all(map(_same_clash, mine, k.signatures))
    ]
    if to_the_letter and (raised or not weak or len(to_the_letter) == 1):
        return [Remark(to_the_letter[0].name, to_the_letter[0].hint)], []
    # Errors, zeros and nan tell little: several mistakes may end in the same ones.
    if agreeing and not (weak and len(agreeing) > 1):
        return [Remark(agreeing[0].name, agreeing[0].hint)], []
    remarks: list[Remark] = []
    unexplained = []
    mistaken = [(k, _wrong_parts(k.signatures, right)) for k in known]
    renamed = _perhaps_renamed(mine, right)
    for part in _wrong_parts(mine, right):
        if part in (ERROR, MESSAGE) or part in renamed:
            unexplained.append(part)
            continue
        speakers = [k for k, wrong in mistaken if part in wrong and _contained(k, wrong, mine)]
        if len(speakers) > 1 and all(part not in one or one[part][3] == 0 for one in mine):
            speakers = []  # zeros and nan again
        speaker = speakers[0] if speakers else None
        if speaker is None:
            unexplained.append(part)
        elif all(remark.name != speaker.name for remark in remarks):
            remarks.append(Remark(speaker.name, speaker.hint))
    if len(remarks) > 1 or unexplained:
        remarks = [replace(remark, hint=_of_its_own_part(remark.hint)) for remark in remarks]
    return (remarks, unexplained) if len(remarks) <= MOST_COMBINED else ([], unexplained)


def remarks_on_right(
    mine: Sequence[Signature], right: Sequence[Signature], known: Sequence[Known]
) -> list[Remark]:
    """Find what is to be said of a right answer: it agrees with one that has a remark.

    Parameters
    ----------
    mine, right : sequence of Signature
        Of each probe: what was observed, and what the reference gives.
    known : sequence of Known
        Mistakes, and right answers with a remark.
    """
    return [
        Remark(k.name, k.hint)
        for k in known
        if k.right and same(mine, k.signatures, EXACT) and not same(mine, right, EXACT)
    ]


def _of_its_own_part(hint: str) -> str:
    """Leave out what a hint says of other parts being right: here another may be wrong too."""
    sentences = re.split(r"(?<=[.?]) ", hint)
    kept = [s for s in sentences if not re.search(r"\b(right|correct|fine|agrees?)\b", s)]
    return " ".join(kept)


def same(one: Sequence[Signature], other: Sequence[Signature], rtol: float = AGREES) -> bool:
    """Say whether two answers gave the same on every probe, the wording of errors apart."""
    return all(_same(a, b, rtol) for a, b in zip(one, other, strict=True))


def _same(one: Signature, other: Signature, rtol: float) -> bool:
    return one.keys() == other.keys() and all(
        agree(one[name], other[name], rtol) for name in one if name != MESSAGE
    )


def _weak(one: Signature) -> bool:
    """Say whether an outcome carries no number but 0: an error, zeros, nan, no array."""
    return all(part[3] == 0 for part in one.values())


def _same_message(one: Signature, other: Signature) -> bool:
    return one.get(MESSAGE) == other.get(MESSAGE)


def _same_clash(one: Signature, other: Signature) -> bool:
    """Say whether the same products fail, whether they are written as `np.dot` or with `@`."""
    if _same_message(one, other):
        return True
    sizes = [clash(signature[MESSAGE][0]) for signature in (one, other) if MESSAGE in signature]
    return len(sizes) == 2 and sizes[0] == sizes[1] != ()


def _wrong_parts(mine: Sequence[Signature], right: Sequence[Signature]) -> list[str]:
    """List the parts that differ; where an error came, no other part was seen at all."""
    wrong: dict[str, None] = {}
    for observed, wanted in zip(mine, right, strict=True):
        for name in observed if ERROR in observed else {**wanted, **observed}:
            if not _part_agrees(observed.get(name), wanted.get(name)):
                wrong[name] = None
    return list(wrong)


def _perhaps_renamed(mine: Sequence[Signature], right: Sequence[Signature]) -> set[str]:
    """Give the parts that are missing while others came that nobody asked for.

    To call such a part left out would be wrong: it may well be there by another name.
    """
    wanted, came = {n for one in right for n in one}, {n for one in mine for n in one}
    extra = {n for n in came - wanted if n not in NO_PARTS and not n.startswith(ARGUMENT)}
    return wanted - came if extra else set()


def _part_agrees(one: Part | None, other: Part | None) -> bool:
    if one is None or other is None:
        return one is other
    return agree(one, other)


def _contained(one: Known, wrong: Sequence[str], mine: Sequence[Signature]) -> bool:
    """Say whether a mistake is wholly contained in what was observed.

    Every part that the mistake gets wrong has to be observed just so: else the remark
    would speak of something that is right here.
    """
    return all(
        _part_agrees(observed.get(name), known.get(name))
        for observed, known in zip(mine, one.signatures, strict=True)
        for name in wrong
    )
