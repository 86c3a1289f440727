"""All attacks, and which of them share a notebook."""

from __future__ import annotations

from collections.abc import Iterable

from autograder.proving.attacks import (
    answers,
    calls,
    cells,
    exhaust,
    files,
    forging,
    hooks,
    kernel,
    malformed,
    memory,
    network,
    objects,
    pages,
    points,
    reach,
    results,
    secrets,
    using,
)
from autograder.proving.attacks.model import Attack

ATTACKS: tuple[Attack, ...] = tuple(
    attack
    for module in (
        points, hooks, forging, answers, objects, cells,
        secrets, memory,
        reach, network, kernel,
        exhaust, using, calls,
        results, malformed,
        files, pages,
    )
    for attack in module.ATTACKS
)  # fmt: skip


def batches(attacks: Iterable[Attack], *, together: bool = True) -> list[list[Attack]]:
    """Sort attacks into notebooks, in the order of the catalogue.

    Parameters
    ----------
    attacks : iterable of Attack
        Which ones.
    together : bool
        Whether those of one batch share a notebook; otherwise each has its own.
    """
    found: dict[str, list[Attack]] = {}
    for attack in attacks:
        shared = together and attack.batch and not attack.student
        found.setdefault(attack.batch if shared else f" {attack.name}", []).append(attack)
    return list(found.values())
