"""The judge: calls a function on fresh probes and gives a verdict."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import dnn_utils
from autograder.calling import Outcome, TooSlow, observe
from autograder.check import CheckFailed, in_words
from autograder.diagnosis import Remark
from autograder.exercises import EXERCISES
from autograder.exercises.known import DIAGNOSIS_SEED, diagnosis_table
from autograder.exercises.model import HIDDEN_POINTS, VISIBLE_POINTS, Exercise
from autograder.findings import Finding, Probe, findings, not_callable
from autograder.followthrough import right_versions
from autograder.hints import hints

VERDICT_TYPE = "application/vnd.autograder.verdict+json"
# Aspects that cost the points for structure; later ones concern values only.
STRUCTURE = ("blank", "callable", "error", "type", "structure", "shape", "dtype")
SECONDS_PER_CALL = 2.0  # a right answer takes a millisecond
# What the notebook gives; a student may have written over it.
GIVEN = ("sigmoid", "relu", "sigmoid_backward", "relu_backward")

Failed = list[tuple[Probe, list[Finding]]]


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


def judge(name: str, function: object, *, hidden: bool, seed: int) -> Verdict:
    """Judge one function by the visible or the hidden check.

    It is judged with the student's own helpers and, where that fails, with right ones;
    the better counts, so an exercise loses no point for another's fault.

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
    full = sum((HIDDEN_POINTS if hidden else VISIBLE_POINTS).values())
    if not callable(function):
        words = not_callable(exercise.contract, function).text
        return Verdict(name, hidden, 0.0, full, 0.0, False, words, seed)
    inputs = exercise.inputs(seed, hidden=hidden)
    runs = [_run(exercise, function, inputs, hidden, {})]
    for helpers in _helper_sets(exercise, function):
        if not runs[-1].failed:
            break
        runs.append(_run(exercise, function, inputs, hidden, helpers))
    best = max(runs, key=lambda run: (run.points, len(run.replaced)))
    remarks: list[Remark] = []
    with contextlib.suppress(Exception):  # a hint is extra: without one, the marks stand
        remarks = _remarks(exercise, function, best)
    return Verdict(
        name,
        hidden,
        best.points,
        full,
        runs[0].points,
        bool(best.failed) and best.failed[0][1][0].aspect == "blank",
        _words(exercise, best, runs[0], remarks, hidden),
        seed,
        [remark.name for remark in remarks],
    )


def _helper_sets(
    exercise: Exercise, function: Callable[..., Any]
) -> list[dict[str, Callable[..., Any]]]:
    """Give right versions of what it needs, and then also of what the notebook gives."""
    if not exercise.needs:
        return []
    needed = _right_helpers(exercise.needs)
    space = getattr(function, "__globals__", {})
    given = _right_helpers(GIVEN)
    if all(space.get(name) is right for name, right in needed.items()):
        return []
    written_over = any(space.get(name, right) is not right for name, right in given.items())
    return [needed, needed | given] if written_over else [needed]


def _run(
    exercise: Exercise,
    function: Callable[..., Any],
    inputs: list[Probe],
    hidden: bool,
    helpers: Mapping[str, Callable[..., Any]],
) -> _Run:
    # All calls come first: while they run there is nothing right to be found anywhere.
    with right_versions(function, helpers):
        outcomes = _observed(function, inputs)
    probes = [exercise.with_wanted(probe) for probe in inputs]
    seen = list(zip(probes, outcomes, strict=True))
    failed = [(p, found) for p, o in seen if (found := findings(exercise.contract, p, o))]
    return _Run(tuple(helpers), seen, failed, _points(failed, hidden))


def _observed(function: Callable[..., Any], inputs: list[Probe]) -> list[Outcome]:
    """Call the function on every probe; once it was too slow, the rest are not waited for."""
    outcomes: list[Outcome] = []
    for probe in inputs:
        if outcomes and isinstance(outcomes[-1].error, TooSlow):
            outcomes.append(outcomes[-1])
        else:
            outcomes.append(observe(function, probe.args, seconds=SECONDS_PER_CALL))
    return outcomes


def _points(failed: Failed, hidden: bool) -> float:
    """Give each group its points; edge cases count once the core values are right."""
    core = [found for probe, found in failed if probe.group == "core"]
    if hidden:
        points = 0.0 if core else HIDDEN_POINTS["core"]
        return points if failed else points + HIDDEN_POINTS["edge"]
    unshaped = any(finding.aspect in STRUCTURE for found in core for finding in found)
    points = 0.0 if unshaped else VISIBLE_POINTS["structure"]
    return points if core else points + VISIBLE_POINTS["core"]


def _remarks(exercise: Exercise, function: Callable[..., Any], run: _Run) -> list[Remark]:
    """Hold a failing answer against the known mistakes.

    That takes all kinds of probes, since some mistakes differ in edge cases only, and
    always the same ones, so that what the mistakes give on them is worked out once.
    """
    if not run.failed or run.failed[0][1][0].aspect == "blank":
        return []
    if any(isinstance(outcome.error, TooSlow) for _, outcome in run.seen):
        return []
    right = _right_helpers(run.replaced)
    inputs = exercise.inputs(DIAGNOSIS_SEED, hidden=True)
    run = _run(exercise, function, inputs, True, right)
    if not run.failed:
        return []
    failed = [probe for probe, _ in run.failed]
    with right_versions(function, right):
        return hints(exercise.contract, function, run.seen, failed, diagnosis_table(exercise))


def _right_helpers(names: tuple[str, ...]) -> dict[str, Callable[..., Any]]:
    return {
        name: EXERCISES[name].reference if name in EXERCISES else getattr(dnn_utils, name)
        for name in names
    }


def _words(exercise: Exercise, best: _Run, own: _Run, remarks: list[Remark], hidden: bool) -> str:
    if best.failed:
        words = in_words(exercise.contract, best.failed, len(best.seen), remarks, hidden)
    else:
        cases = f"{len(best.seen)} {'hidden ' if hidden else ''}cases checked."
        words = f"{exercise.name}: right. {cases}"
    if best.points > own.points:
        named = " and ".join(n for n in exercise.needs if n in best.replaced)
        words += (
            f"\nJudged with right versions of {named} in place of your own, with which "
            f"{len(own.failed)} of {len(own.seen)} cases differ."
        )
    return words


def leave_no_traces() -> None:
    """Take the judge and the reference answers out of the reach of an import.

    This keeps out who is curious; who digs on finds them, since they share the process.
    """
    closed = ("autograder.judge", "autograder.exercises", "autograder.proving")
    for name in [name for name in sys.modules if name.startswith(closed)]:
        del sys.modules[name]
    for name in ("judge", "exercises", "proving"):
        vars(sys.modules["autograder"]).pop(name, None)

    class Closed:
        def find_spec(self, name: str, path: object = None, target: object = None) -> None:
            if name.startswith(closed):
                raise ImportError(f"{name} is not here while work is marked.")

    sys.meta_path.insert(0, Closed())


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
