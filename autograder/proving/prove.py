"""`autograder prove`: every known mistake fails, every right variant passes, every hint is true."""

from __future__ import annotations

import contextlib
import multiprocessing
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from autograder.diagnosis import same
from autograder.errors import SourceError
from autograder.exercises import EXERCISES, answers
from autograder.exercises.known import diagnosis_table, written
from autograder.exercises.model import Exercise
from autograder.exercises.mutants import mutants
from autograder.judge import Verdict, judge

SEED = 2026
EQUIVALENT = Path(__file__).with_name("equivalent.md")


@dataclass
class Proof:
    """What was seen of one exercise.

    Attributes
    ----------
    exercise : str
        Its name.
    mistakes, by_visible, by_hidden, named : int
        Known mistakes; how many the visible and the hidden check catch; how many are
        named by their own name.
    variants, mutants, equivalent : int
        Right variants, machine-made mutants, and how many of those are no mistakes.
    told : int
        Mutants that are told more than what differs.
    faults : list of str
        A mistake alive, a variant refused, a hint that is wrong, a mutant unexplained.
    seconds : float
        Time taken.
    """

    exercise: str
    mistakes: int = 0
    by_visible: int = 0
    by_hidden: int = 0
    named: int = 0
    variants: int = 0
    mutants: int = 0
    equivalent: int = 0
    told: int = 0
    faults: list[str] = field(default_factory=list)
    seconds: float = 0.0


def prove(
    names: list[str] | None = None,
    on_start: Callable[[int], None] = lambda total: None,
    on_done: Callable[[str], None] = lambda name: None,
) -> list[Proof]:
    """Run all known answers and all mutants through the judge.

    Parameters
    ----------
    names : list of str, optional
        Which exercises; by default all.
    on_start, on_done : callable
        Told the number of exercises, then each name, to show progress.
    """
    chosen = names or list(EXERCISES)
    unknown = [name for name in chosen if name not in EXERCISES]
    if unknown:
        raise SourceError(f"No exercise {unknown[0]!r}. The exercises are: {', '.join(EXERCISES)}.")
    on_start(len(chosen))
    proofs = []
    with contextlib.ExitStack() as stack:
        run: Callable[..., Iterable[Proof]] = map
        if len(chosen) > 1:  # each in a fresh Python, as many at a time as there are processors
            context = multiprocessing.get_context("spawn")
            run = stack.enter_context(ProcessPoolExecutor(mp_context=context)).map
        for proof in run(_prove, chosen):
            proofs.append(proof)
            on_done(proof.exercise)
    return proofs


def _prove(name: str) -> Proof:
    return prove_exercise(EXERCISES[name])


def prove_exercise(exercise: Exercise) -> Proof:
    """Run one exercise's known answers and mutants through the judge."""
    begun = time.process_time()
    right, wrong = answers(exercise.name)
    proof = Proof(exercise.name, len(wrong), variants=len(right))
    for variant in right:
        if not all(map(_full, _verdicts(exercise, variant.code))):
            proof.faults.append(f"right variant refused: {variant.name}")
    for mistake in wrong:
        visible, hidden = _verdicts(exercise, mistake.code)
        proof.by_visible += not _full(visible)
        proof.by_hidden += not _full(hidden)
        if _full(visible) and _full(hidden):
            proof.faults.append(f"mistake alive: {mistake.name}")
        said = [v.mistakes for v in (visible, hidden) if not _full(v)]
        proof.named += all(mistake.name in names for names in said)
        proof.faults += _wrong_hints(exercise, mistake.name, said)
    _prove_mutants(exercise, proof)
    proof.seconds = time.process_time() - begun
    return proof


def _verdicts(exercise: Exercise, code: str) -> tuple[Verdict, Verdict]:
    function = written(exercise, code)
    return (
        judge(exercise.name, function, hidden=False, seed=SEED),
        judge(exercise.name, function, hidden=True, seed=SEED),
    )


def _full(verdict: Verdict) -> bool:
    return verdict.points == verdict.max_points


def _wrong_hints(exercise: Exercise, name: str, said: list[list[str]]) -> list[str]:
    """List hints that name a known mistake which behaves otherwise than this one.

    A pattern, such as a name that is not defined, is read off the answer and is no guess.
    """
    table = {known.name: known for known in diagnosis_table(exercise)}
    own = table[name].signatures
    faults = []
    for names in said:
        first = names[0] if names else name
        if first in table and name not in names and not same(own, table[first].signatures):
            faults.append(f"hint wrong: {name} is called {first}")
    return faults


def _prove_mutants(exercise: Exercise, proof: Proof) -> None:
    explained = _explained().get(exercise.name, {})
    alive = set()
    for mutant in mutants(exercise.reference):
        proof.mutants += 1
        verdicts = _verdicts(exercise, mutant.code)
        if not all(map(_full, verdicts)):
            proof.told += any(v.mistakes for v in verdicts)
        else:
            alive.add(mutant.label)
            if mutant.label not in explained:
                proof.faults.append(f"mutant alive: {mutant.label}")
    proof.equivalent = len(alive)
    proof.faults += [f"explained, but not alive: {label}" for label in explained.keys() - alive]


def _explained() -> dict[str, dict[str, str]]:
    """Read which mutants are right answers, and why."""
    found: dict[str, dict[str, str]] = {}
    part = ""
    for line in EQUIVALENT.read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            part = line[3:]
        elif line.startswith("- "):
            label, separator, reason = line[2:].partition(": because ")
            if not separator or not reason:
                raise SourceError(f"{EQUIVALENT.name}: no reason in {line!r}")
            found.setdefault(part, {})[label] = reason
    return found


def kill_table(proofs: list[Proof]) -> str:
    """Write the proofs as a Markdown table."""
    head = (
        "| exercise | mistakes | caught by visible checks | by hidden checks | named by their name "
        "| variants | passed | mutants | equivalent | told more than what differs |\n"
        "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n"
    )
    rows = []
    for p in proofs:
        refused = sum(fault.startswith("right variant") for fault in p.faults)
        rows.append(
            f"| {p.exercise} | {p.mistakes} | {p.by_visible} | {p.by_hidden} | {p.named} "
            f"| {p.variants} | {p.variants - refused} | {p.mutants} | {p.equivalent} | {p.told} |"
        )
    return head + "\n".join(rows) + "\n"
