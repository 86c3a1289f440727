"""The judge: calls a function on fresh probes and gives a verdict."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, Protocol, cast

from autograder.calling import Answer, Outcome
from autograder.check import beside, cases, differ, in_words
from autograder.contract import Finding, Probe
from autograder.diagnosis import Remark
from autograder.exercises import EXERCISES
from autograder.exercises.given import given_to
from autograder.exercises.known import DIAGNOSIS_SEED, diagnosis_table
from autograder.exercises.model import HIDDEN_POINTS, VISIBLE_POINTS, Exercise
from autograder.findings import findings, not_callable
from autograder.followthrough import LocalAnswer
from autograder.helping import right_helpers
from autograder.hints import hints, on_right

# Aspects that cost the points for structure; later ones concern values only.
STRUCTURE = ("blank", "callable", "error", "type", "structure", "shape", "dtype")
SECONDS_PER_CALL = 2.0  # a right answer takes a millisecond

Failed = list[tuple[Probe, list[Finding]]]
Function = Callable[..., Any]
Helpers = Mapping[str, Function]
# Exercise, which function, with which right helpers, failed or not: the remarks on it.
Diagnosed = dict[tuple[str, int, tuple[str, ...], bool], list[Remark]]


class Judged(Answer, Protocol):
    """An answer whose helpers the judge can exchange for right ones."""

    @property
    def who(self) -> int:
        """The same for the same function."""

    def right_versions(self, right: Helpers) -> contextlib.AbstractContextManager[None]:
        """Let right versions answer for what it calls, for a while."""

    def others(self, right: Helpers, missing: bool) -> bool:
        """Say whether something else stands under any of these names."""


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
    own_points : float
        What it would have earned with the student's own helpers.
    blank : bool
        Whether the exercise was not written at all.
    words : str
        What the student is told.
    mistakes : list of str
        Names of what it agrees with.
    seed : int
        The seed of the probes, to repeat this exactly.
    """

    exercise: str
    hidden: bool
    points: float
    max_points: float
    own_points: float
    blank: bool
    words: str
    seed: int
    mistakes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _Run:
    """One way of calling the function: with which helpers, what came, what failed."""

    replaced: tuple[str, ...]
    seen: list[tuple[Probe, Outcome]]
    failed: Failed
    points: float


def judge(
    name: str,
    function: object,
    *,
    hidden: bool,
    seed: int,
    seconds: float = SECONDS_PER_CALL,
    diagnosed: Diagnosed | None = None,
) -> Verdict:
    """Judge one function by the visible or the hidden check.

    It is judged with the student's own helpers and, where that fails, with right ones;
    the better counts, so an exercise loses no point for another's fault.

    Parameters
    ----------
    name : str
        The exercise.
    function : object
        What the student wrote under that name: a function, or a `Judged` one elsewhere.
    hidden : bool
        Which of the two checks.
    seed : int
        Probes are drawn from it.
    seconds : float
        How long one call may take.
    diagnosed : dict, optional
        What was seen in functions of this submission; the hidden check need not look again
        for the mistakes that the visible one has found in the same function.
    """
    exercise = EXERCISES[name]
    full = max_points(hidden)
    elsewhere = hasattr(function, "right_versions")
    if not elsewhere and not callable(function):
        words = not_callable(exercise.contract, function).text
        return Verdict(name, hidden, 0.0, full, 0.0, False, words, seed)
    answer = cast(Judged, function) if elsewhere else LocalAnswer(cast(Function, function))
    case = _Case(
        exercise, answer, hidden, seconds, elsewhere, {} if diagnosed is None else diagnosed
    )
    inputs = case.drawn(seed, hidden=hidden)
    runs = [case.run(inputs, {})]
    if runs[0].failed and not _untouched(runs[0]):
        for helpers in _helper_sets(exercise, answer):
            runs.append(case.run(inputs, helpers))
            if not runs[-1].failed:
                break
    best = max(runs, key=lambda run: (run.points, len(run.replaced)))
    remarks: list[Remark] = []
    noted: list[Remark] = []
    with contextlib.suppress(Exception):  # a hint is extra: without one, the marks stand
        found = _remarks(case, best)
        remarks, noted = (found, []) if best.failed else ([], found)
    return Verdict(
        name,
        hidden,
        best.points,
        full,
        runs[0].points,
        bool(best.failed) and best.failed[0][1][0].aspect == "blank",
        _words(exercise, best, runs[0], remarks, hidden) + beside(noted),
        seed,
        [remark.name for remark in remarks],
    )


@lru_cache(maxsize=256)
def _worked_out(name: str, seed: int, hidden: bool) -> list[Probe]:
    """Draw probes and what is wanted once for all submissions of a run."""
    return EXERCISES[name].probes(seed, hidden=hidden)


def _untouched(run: _Run) -> bool:
    """Say whether nothing was written at all, in which case no helper helps."""
    return len(run.failed) == len(run.seen) and all(f[0].aspect == "blank" for _, f in run.failed)


def max_points(hidden: bool) -> float:
    """Give what one check of an exercise is worth."""
    return sum((HIDDEN_POINTS if hidden else VISIBLE_POINTS).values())


def _helper_sets(exercise: Exercise, answer: Judged) -> Iterator[dict[str, Callable[..., Any]]]:
    """Give right versions of what it needs, and then also of what the notebook gives."""
    needed = right_helpers(exercise, exercise.needs)
    given = right_helpers(exercise, tuple(given_to(exercise)))
    if needed and answer.others(needed, missing=True):
        yield needed
    if answer.others(given, missing=False):
        yield needed | given


@dataclass(frozen=True)
class _Case:
    """One answer before one check."""

    exercise: Exercise
    answer: Judged
    hidden: bool
    seconds: float
    elsewhere: bool
    diagnosed: Diagnosed

    def drawn(self, seed: int, *, hidden: bool) -> list[Probe]:
        """Give probes; what is wanted is in them only if the answer can't come near it."""
        if self.elsewhere:
            return _worked_out(self.exercise.name, seed, hidden)
        return self.exercise.inputs(seed, hidden=hidden)

    def run(self, inputs: list[Probe], helpers: Helpers) -> _Run:
        # All calls come first: while they run nothing right is worked out here.
        with self.answer.right_versions(helpers):
            outcomes = self._observed(inputs)
        work_out = self.exercise.with_wanted
        probes = inputs if self.elsewhere else [work_out(probe) for probe in inputs]
        seen = list(zip(probes, outcomes, strict=True))
        contract = self.exercise.contract
        failed = [(p, found) for p, o in seen if (found := findings(contract, p, o))]
        return _Run(tuple(helpers), seen, failed, _points(failed, self.hidden))

    def _observed(self, inputs: list[Probe]) -> list[Outcome]:
        """Call it on every probe; once it was stopped, the rest would come out the same."""
        outcomes = self.answer.observe_each([probe.args for probe in inputs], self.seconds)
        return outcomes + outcomes[-1:] * (len(inputs) - len(outcomes))


def _points(failed: Failed, hidden: bool) -> float:
    """Give each group its points; edge cases count once the core values are right."""
    core = [found for probe, found in failed if probe.group == "core"]
    if hidden:
        points = 0.0 if core else HIDDEN_POINTS["core"]
        return points if failed else points + HIDDEN_POINTS["edge"]
    unshaped = any(finding.aspect in STRUCTURE for found in core for finding in found)
    points = 0.0 if unshaped else VISIBLE_POINTS["structure"]
    return points if core else points + VISIBLE_POINTS["core"]


def _remarks(case: _Case, run: _Run) -> list[Remark]:
    """Hold a failing answer against the known mistakes, or a right one against known remarks.

    That takes all kinds of probes, since some mistakes differ in edge cases only, and
    always the same ones, so that what the mistakes give on them is worked out once.
    """
    exercise, failed = case.exercise, bool(run.failed)
    if failed:
        to_do = run.failed[0][1][0].aspect != "blank" and not _stopped(run)
    else:
        to_do = any(known.right for known in diagnosis_table(exercise))
    if not to_do:
        return []
    key = (exercise.name, case.answer.who, run.replaced, failed)
    if key not in case.diagnosed:
        right = right_helpers(exercise, run.replaced)
        inputs = case.drawn(DIAGNOSIS_SEED, hidden=True)
        again = replace(case, hidden=True).run(inputs, right)
        case.diagnosed[key] = (_on_failing if failed else _on_right)(case, again, right)
    return case.diagnosed[key]


def _on_failing(case: _Case, run: _Run, right: Helpers) -> list[Remark]:
    if not run.failed or _stopped(run):
        return []
    contract, table = case.exercise.contract, diagnosis_table(case.exercise)
    failed = [probe for probe, _ in run.failed]
    with case.answer.right_versions(right):
        return hints(contract, case.answer, run.seen, failed, table)


def _on_right(case: _Case, run: _Run, _right: Helpers) -> list[Remark]:
    if _stopped(run):
        return []
    return on_right(case.exercise.contract, run.seen, diagnosis_table(case.exercise))


def _stopped(run: _Run) -> bool:
    return any(outcome.stopped for _, outcome in run.seen)


def _words(exercise: Exercise, best: _Run, own: _Run, remarks: list[Remark], hidden: bool) -> str:
    if best.failed:
        words = in_words(exercise.contract, best.failed, len(best.seen), remarks, hidden)
    else:
        words = f"{exercise.name}: right. {cases(len(best.seen), hidden)} checked."
    if best.points > own.points:
        named = " and ".join(n for n in exercise.needs if n in best.replaced)
        named = named or "the functions that the notebook gives"
        words += (
            f"\nJudged with right versions of {named} in place of your own. "
            f"With your own, {differ(len(own.failed), len(own.seen))}."
        )
    return words
