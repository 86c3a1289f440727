"""See what came of a class in which attacks were handed in."""

from __future__ import annotations

from dataclasses import dataclass, field

from autograder.grading.classroom import ClassFolder
from autograder.grading.marks import marks
from autograder.grading.records import load_record
from autograder.proving.attacks.effects import (
    Outcome,
    active_outputs,
    cells_of,
    formulas_in,
    live_in_pages,
    outputs_by_trap,
    sends_escapes,
    texts_of,
    too_large,
    words_in,
)
from autograder.proving.attacks.model import Attack
from autograder.proving.attacks.notebooks import ASSIGNMENT
from autograder.proving.attacks.stage import OTHER, Report, Stage
from autograder.proving.attacks.traps import Trap

# Honest submissions, before, between and after the others; what each must have.
WITNESSES = {OTHER: "right", "mm-blank": "blank", "mm-wrong": "wrong", "zz-right": "right"}
FULL = {"right": 100.0, "blank": 0.0}
ENDED_WELL = (0, 6)  # 6: some submissions need a human
OF_THE_CLASS = ("class", "config", "gradebook", "submitted", "autograded", "source")

Scores = dict[str, dict[str, float]]


@dataclass
class ClassRun:
    """How the marking of a hostile class went.

    Attributes
    ----------
    report : Report
        Of `autograder grade` itself.
    outcomes : dict
        What each attack achieved.
    problems : list of str
        What went wrong for the class as a whole.
    seconds : float
        How long the marking took.
    """

    report: Report
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


def look(
    stage: Stage,
    run: ClassRun,
    handed_in: dict[str, list[Attack]],
    traps: dict[str, Trap],
    reports: list[Report],
    *,
    changed: bool,
) -> None:
    """Fill in a run's outcomes and problems from what lies in the class folder."""
    scores = _scores(stage, run)
    run.problems += _problems(stage, reports, scores, changed=changed)
    printed = "".join(report.out + report.err for report in reports)
    formulas = formulas_in(stage.path / "marks.csv")
    for student, attacks in handed_in.items():
        own = [traps[attack.name] for attack in attacks]
        seen = _seen(stage, student, own, scores)
        for outcome, attack in zip(seen, attacks, strict=True):
            trap = traps[attack.name]
            outcome.effects += trap.sprung()
            outcome.effects += live_in_pages(stage.path / "feedback", trap.marker)
            named = "\x1b" in student and student[:5] in printed
            if named or sends_escapes(printed, trap.marker):
                outcome.effects.append("sent escape codes to the terminal")
            if any(cell.startswith(student[:20]) for cell in formulas):
                outcome.effects.append("put a formula into the table of marks")
            if changed and any("{" + name + "}" in attack.code for name in OF_THE_CLASS):
                outcome.effects.append("perhaps changed the class's own files")
            run.outcomes[attack.name] = outcome


def _problems(stage: Stage, reports: list[Report], scores: Scores, *, changed: bool) -> list[str]:
    """List what went wrong for all."""
    found: list[str] = []
    for report, name in zip(reports, ("grade", "feedback", "export"), strict=False):
        if not report.in_time:
            found.append(f"{name} did not come to an end")
        elif report.code not in ENDED_WELL:
            found.append(f"{name} ended with {report.code}: {report.err[-500:]}")
        if report.left:
            found.append(f"{name} left processes behind: {'; '.join(report.left)}")
        if words := words_in([report.out, report.err]) & set(stage.words):
            found.append(f"{name} printed {', '.join(stage.words[word] for word in words)}")
    if changed:
        found.append("the class's own files were changed")
    for student, base in WITNESSES.items():
        total = sum(scores.get(student, {}).values())
        if base in FULL and total != FULL[base]:
            found.append(f"{student} has {total:g} points, not {FULL[base]:g}")
    return found


def _scores(stage: Stage, run: ClassRun) -> Scores:
    found: Scores = {}
    try:
        for mark in marks(ClassFolder(stage.path), ASSIGNMENT):
            found.setdefault(mark.student_id, {})[mark.exercise] = mark.score or 0.0
    except Exception as error:  # whatever an attack has left there
        run.problems.append(f"the marks can't be read: {type(error).__name__}: {error}")
    return found


def _seen(stage: Stage, student: str, traps: list[Trap], scores: Scores) -> list[Outcome]:
    """Gather what the attacks of one notebook left."""
    executed = stage.path / "autograded" / student / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    cells = cells_of(executed)
    by_trap = outputs_by_trap(cells, traps)
    everything = [
        text
        for name in ("autograded", "feedback", ".autograder/records")
        for text in texts_of(stage.path / name / student)
    ]
    own = words_in(texts_of(stage.path / "submitted" / student, "*.ipynb"))
    everywhere = words_in(everything) - own  # some leave a word for others
    in_cells = set().union(*(words_in([text]) for text in by_trap.values()))
    words = {trap.word: "a secret file" for trap in traps} | stage.words
    record = load_record(ClassFolder(stage.path), student, ASSIGNMENT)
    outcomes = []
    for trap in traps:
        outcome = Outcome(trap.attack.name, state=record.state, reason=record.reason)
        outcome.reached = '"NotReached"' not in by_trap[trap.attack.name]
        outcome.score = sum(scores.get(student, {}).values())
        outcome.effects += _points(trap.attack, [t.attack for t in traps], student, scores)
        read = (words_in([by_trap[trap.attack.name]]) & everywhere) | (everywhere - in_cells)
        outcome.effects += sorted(f"read {words.get(word, 'a planted word')}" for word in read)
        if any(trap.told in text for text in everything):
            outcome.effects.append("did it")
        outcome.effects += active_outputs(cells, trap)
        outcome.effects += too_large(executed, stage.path / "submitted" / student)
        outcomes.append(outcome)
    return outcomes


def _points(attack: Attack, others: list[Attack], student: str, scores: Scores) -> list[str]:
    """Hold the points against those of an honest notebook with the same answers."""
    own = scores.get(student, {})
    witness = next(name for name, base in WITNESSES.items() if base == attack.base)
    honest = scores.get(witness, {})
    replaced = {one.where for one in others}
    rest = [name for name in honest if name not in replaced]
    if attack.where != "top":
        fair = honest.get(attack.where, 0.0) if attack.honest is None else attack.honest
        gained = own.get(attack.where, 0.0) - fair
    else:
        gained = sum(max(0.0, own.get(name, 0.0) - honest[name]) for name in rest)
    found = [f"gained {gained:g} points"] if gained > 0 else []
    lost = [name for name in rest if own.get(name, 0.0) < honest[name]]
    if attack.base == "right" and lost:
        found.append(f"lost points for right answers: {', '.join(lost)}")
    return found
