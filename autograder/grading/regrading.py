"""`autograder grade --regrade`: what would move if a change on our side counted, and moving it.

A check was fixed, a library is another version, the class has other settings: that moves
no mark by itself. Here the submissions that the change can touch are marked again, each by
the probes it was marked with, and what moves is told before anything is written.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from nbgrader.api import Gradebook

from autograder.exercises import EXERCISES
from autograder.grading.classroom import ClassFolder
from autograder.grading.clean import clean_text
from autograder.grading.gradebook import Standing, standing
from autograder.grading.keys import changes
from autograder.grading.marker import NO_RECEIPT, Made, Marker, Task
from autograder.grading.marking import (
    Executor,
    judging,
    marked,
    one_line_for_failures,
    tasks_of,
)
from autograder.grading.marks import LATE
from autograder.grading.prepare import read_master
from autograder.grading.records import MARKED, Record, exercise_of, saved_record
from autograder.grading.runs import Run, begin, finish, locked
from autograder.grading.stage import Stage
from autograder.grading.writer import Writer

LONGEST_SAYING = 100
BY_CHANCE = "nothing it is judged by: it came out otherwise this time"


@dataclass(frozen=True)
class Move:
    """One mark that moves.

    Attributes
    ----------
    student, assignment, exercise : str
        Whose.
    before, after : float or None
        Automatic points; None where there are none. For a late penalty, what is taken off.
    why : str
        What has changed, in words.
    says : str
        The first line of what the check says now.
    by_hand : bool
        Whether a mark was given by hand, which stays.
    """

    student: str
    assignment: str
    exercise: str
    before: float | None
    after: float | None
    why: str
    says: str = ""
    by_hand: bool = False


@dataclass
class Regraded:
    """What came of a regrade.

    Attributes
    ----------
    seed : int
        The seed of what has no probes of its own.
    written : bool
        Whether it is written.
    moves : list of Move
        What moves, students in their order.
    again : int
        How many submissions were marked again.
    failed : list of Record
        What could not be judged this time, and stays as it is.
    """

    seed: int
    written: bool
    moves: list[Move] = field(default_factory=list)
    again: int = 0
    failed: list[Record] = field(default_factory=list)


def regrade(
    folder: ClassFolder,
    assignments: list[str],
    student: str | None = None,
    seed: int | None = None,
    on_start: Callable[[int], None] = lambda total: None,
    on_marked: Callable[[Record], None] = lambda record: None,
    *,
    everything: bool = False,
    write: bool = False,
    tell: Callable[[str], None] = lambda line: None,
    executor: Executor = judging,
    jobs: int = 1,
) -> Regraded:
    """Mark again what a change can touch; say what moves, and write it if that is wanted.

    Parameters
    ----------
    folder, assignments, student, on_start, on_marked, tell, executor, jobs
        As for `grade`.
    seed : int, optional
        With `everything`: the seed of all probes, by default a fresh one.
    everything : bool
        Mark all submissions again, touched or not, new ones too, by new probes.
    write : bool
        Whether to write what comes of it. If not, gradebook, autograded/ and records stay
        byte for byte as they are, and what was executed is kept aside for the writing.

    Returns
    -------
    regraded : Regraded
        What moves.

    Raises
    ------
    ClassBusy
        If another run is at work in this class.
    """
    tasks = tasks_of(folder, assignments, student)
    with locked(folder, "marking"), folder.gradebook() as gradebook, one_line_for_failures():
        masters = {name: read_master(folder, gradebook, name) for name in assignments}
        if everything and write:
            run, remark = begin(folder, assignments, seed, regrade=True, part=student is not None)
        else:
            run, remark = _passing(seed, everything), ""
        stage = Stage(folder)
        marker = Marker(folder, run, masters, again=everything and student is not None,
                        staged=stage.found)  # fmt: skip
        writer = Writer(folder, gradebook)
        done = Regraded(run.seed, write)
        on_start(len(tasks))
        with marked(folder, marker, tasks, executor, jobs) as arriving:
            for task, made in arriving:
                if made.record.unfinished and made.action == "take back" and not everything:
                    done.failed.append(made.record)  # it may do better; no mark is lost for that
                    writer.leave(made)
                else:
                    if made.action in ("save", "take back"):
                        done.again += made.action == "save"
                        done.moves += _moves(folder, gradebook, writer, made)
                    _settle(task, made, writer, stage, write)
                on_marked(made.record)
        if everything and write and student is None:
            finish(folder, assignments)
    order = {task: number for number, task in enumerate(tasks)}
    done.moves.sort(key=lambda move: order[Task(move.assignment, move.student)])
    done.failed.sort(key=lambda record: order[Task(record.assignment, record.student)])
    for line in (remark, marker.untouched_in_words(len(tasks))):
        if line:
            tell(line)
    return done


def _settle(task: Task, made: Made, writer: Writer, stage: Stage, write: bool) -> None:
    """Write what came of a submission, or keep it aside."""
    if write:
        writer.write(made)
    else:
        writer.leave(made)
    if made.action == "save" and not write:
        stage.keep(task, made)
    else:
        stage.drop(task)


def _passing(seed: int | None, everything: bool) -> Run:
    """Make a run that leaves no trace."""
    chosen = secrets.randbits(32) if seed is None else seed
    return Run(secrets.token_hex(8), chosen, True, everything, time.time(), not everything)


def _moves(folder: ClassFolder, gradebook: Gradebook, writer: Writer, made: Made) -> Iterator[Move]:
    """Say what of one submission moves once it is written."""
    record = made.record
    student, assignment = record.student, record.assignment
    old = saved_record(folder, student, assignment)
    before = _before(old, standing(gradebook, assignment, student))
    after = writer.standing_with(made)
    cells: dict[str, list[str]] = {}
    for cell in {**after.scores, **before.scores}:
        cells.setdefault(exercise_of(cell), []).append(cell)
    for name in sorted(cells, key=_place):
        was, now = (_sum([s.scores.get(cell) for cell in cells[name]]) for s in (before, after))
        if was != now:
            by_hand = bool(before.by_hand & set(cells[name]))
            why, says = _why(old, record, name), _says(record, name)
            yield Move(student, assignment, name, was, now, why, says, by_hand)
    if before.penalty != after.penalty:
        why = _why(old, record, LATE)
        yield Move(student, assignment, LATE, before.penalty, after.penalty, why)


def _before(old: Record | None, has: Standing) -> Standing:
    """Say what there was before; a writing that was killed may have been half through."""
    if old is None or not old.unfinished or not old.points:
        return has
    return Standing(old.points, has.by_hand, has.penalty, has.timestamp)


def _place(name: str) -> tuple[int, str]:
    names = list(EXERCISES)
    return (names.index(name), "") if name in names else (len(names), name)


def _sum(points: list[float | None]) -> float | None:
    known = [one for one in points if one is not None]
    return sum(known) if known else None


def _why(old: Record | None, new: Record, exercise: str) -> str:
    """Say in words why a mark moves."""
    assert new.key is not None
    if old is None or (old.state not in MARKED and old.key is None):
        return "not marked before"
    told = changes(old.key, new.key, exercise) if old.key else [NO_RECEIPT]
    if old.state in MARKED and new.seed not in (None, old.seed):
        told.append("other probes")
    return ", ".join(told) or BY_CHANCE


def _says(record: Record, exercise: str) -> str:
    """Give the first line of what the check says now; of the hidden one, if it says more."""
    if record.state not in MARKED:
        return clean_text(record.reason, LONGEST_SAYING)
    told = record.exercises.get(exercise, {})
    words = told.get("hidden") or told.get("visible") or ""
    first = words.partition("\n")[0].removeprefix(f"{exercise}: ")
    return clean_text(first, LONGEST_SAYING)
