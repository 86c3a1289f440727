"""The judge: calls a function on fresh probes and gives a verdict."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from autograder.check import CheckFailed, in_words
from autograder.exercises import EXERCISES
from autograder.exercises.model import HIDDEN_POINTS, VISIBLE_POINTS
from autograder.findings import Finding, Probe, examine

VERDICT_TYPE = "application/vnd.autograder.verdict+json"
# Aspects that cost the points for structure; later ones concern values only.
STRUCTURE = ("blank", "callable", "error", "type", "structure", "shape", "dtype")


@dataclass(frozen=True)
class Verdict:
    """Points and findings of one check of one exercise.

    Attributes
    ----------
    exercise : str
        The exercise's name.
    hidden : bool
        Whether this was the hidden check.
    points, max_points : float
        What was earned and what could be.
    blank : bool
        Whether the exercise was not written at all.
    words : str
        What the student is told.
    seed : int
        The seed of the probes, to repeat this exactly.
    """

    exercise: str
    hidden: bool
    points: float
    max_points: float
    blank: bool
    words: str
    seed: int


def judge(name: str, function: object, *, hidden: bool, seed: int) -> Verdict:
    """Judge one function by the visible or the hidden check.

    Parameters
    ----------
    name : str
        The exercise.
    function : object
        What the student wrote under that name.
    hidden : bool
        Which of the two checks.
    seed : int
        Probes are drawn from it.
    """
    exercise = EXERCISES[name]
    contract = exercise.contract
    probes = exercise.probes(seed, hidden=hidden)
    failed = [(probe, found) for probe in probes if (found := examine(contract, function, probe))]
    points = _points(failed, hidden)
    full = sum((HIDDEN_POINTS if hidden else VISIBLE_POINTS).values())
    blank = bool(failed) and failed[0][1][0].aspect == "blank"
    if failed:
        words = in_words(contract, failed, len(probes), hidden)
    else:
        words = f"{name}: right. {len(probes)} {'hidden ' if hidden else ''}cases checked."
    return Verdict(name, hidden, points, full, blank, words, seed)


def _points(failed: list[tuple[Probe, list[Finding]]], hidden: bool) -> float:
    """Give each group its points; edge cases count once the core values are right."""
    core = [found for probe, found in failed if probe.group == "core"]
    if hidden:
        points = 0.0 if core else HIDDEN_POINTS["core"]
        return points if failed else points + HIDDEN_POINTS["edge"]
    unshaped = any(finding.aspect in STRUCTURE for found in core for finding in found)
    points = 0.0 if unshaped else VISIBLE_POINTS["structure"]
    return points if core else points + VISIBLE_POINTS["core"]


def marker(seed: int) -> Callable[[str, object, bool], float]:
    """Make what takes over `autograder.check.check` while a submission is marked.

    It publishes the verdict beside the cell's other outputs, prints the words, and
    returns the points, which nbgrader takes from the cell's result.
    """

    def mark(name: str, function: object, hidden: bool) -> float:
        from IPython.display import publish_display_data

        if name not in EXERCISES:
            raise CheckFailed(f"There is no exercise {name!r}.")
        verdict = judge(name, function, hidden=hidden, seed=seed)
        data: dict[str, Any] = {VERDICT_TYPE: asdict(verdict)}
        publish_display_data(data)
        print(verdict.words)
        return verdict.points

    return mark
