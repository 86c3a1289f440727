"""For instructors: marking."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import click

from autograder.commands.common import (
    ASSIGNMENTS,
    CLASS,
    JOBS,
    SCHEDULER,
    SEED,
    WEAK,
    open_class,
    waited_for,
    workplace,
)
from autograder.errors import GradingIncomplete
from autograder.terminal import print_regraded, print_table, progress
from autograder.words import counted

if TYPE_CHECKING:
    from autograder.grading.classroom import ClassFolder
    from autograder.grading.first_judge import FirstJudge
    from autograder.grading.marking import Executor
    from autograder.grading.records import Record
    from autograder.grading.regrading import Regraded


@click.command()
@CLASS
@ASSIGNMENTS
@click.option("--student", metavar="ID", help="Mark this student only, changed or not.")
@click.option("--seed", type=SEED, help="Draw the same probes as an earlier run.")
@click.option(
    "--regrade", is_flag=True, help="Show which marks a changed check or environment would move."
)
@click.option("--all", "everything", is_flag=True, help="With --regrade: all, with new probes.")
@click.option("--yes", is_flag=True, help="With --regrade: write what it shows.")
@JOBS
@SCHEDULER
@WEAK
def grade(
    folder: Path,
    assignments: tuple[str, ...],
    student: str | None,
    seed: int | None,
    regrade: bool,
    everything: bool,
    yes: bool,
    jobs: int | None,
    scheduler: str | None,
    allow_weak_isolation: bool,
) -> None:
    """Mark DIR/submitted/STUDENT/ASSIGNMENT and print the table of the marks.

    What was marked before and the student has not changed since is left as it is; a run
    that was stopped goes on where it was, with the same probes. Marks given by hand always
    stay.

    No mark moves because a check, autograder or a library changed. --regrade marks again
    what such a change can touch, by the probes that each was marked with, and shows whose
    marks move, by how much and why; --yes writes it.

    \b
    Example: autograder grade autumn
             autograder grade autumn step-by-step --student "O'Hara, Ann"
             autograder grade autumn --regrade
             autograder grade autumn --regrade --yes
             autograder grade autumn --scheduler tcp://10.0.0.5:8786
    Exit code 6 means: done, but some submissions need a human or are graded in part.
    """
    if (everything or yes) and not regrade:
        raise click.UsageError("--all and --yes belong to --regrade.")
    if regrade and seed is not None and not everything:
        raise click.UsageError(
            "--regrade takes the probes that each was marked with; --seed goes with --all."
        )
    first = None if scheduler else _first_judge()
    from autograder.grading import marking

    opened = _opened(folder, allow_weak_isolation)
    names = opened.released(assignments)
    notes: list[str] = []
    with workplace(opened, scheduler, jobs, first=first) as at_work:
        if regrade:
            done = _regrade(opened, names, student, seed, everything, yes, at_work)
            _tell_incomplete(done.failed)
            return
        executor, at_a_time = at_work
        with progress("Marking", "" if scheduler else waited_for(names)) as bar:
            records = marking.grade(
                opened, names, student, seed, bar.start, lambda record: bar.step(record.student),
                tell=notes.append, executor=executor, jobs=at_a_time,
            )  # fmt: skip
    for note in notes:
        click.echo(note)
    for name in names:
        print_table(opened, name, student)
    _tell_incomplete(records)


def _first_judge() -> FirstJudge:
    """Have a judge begin before a class is opened, and end with the command."""
    from autograder.grading.first_judge import FirstJudge

    return click.get_current_context().with_resource(FirstJudge())


def _opened(folder: Path, allow_weak_isolation: bool) -> ClassFolder:
    opened = open_class(folder)
    if allow_weak_isolation:
        opened.config.ExecuteAndJudge.allow_weak_isolation = True
    return opened


def _regrade(
    opened: ClassFolder,
    names: list[str],
    student: str | None,
    seed: int | None,
    everything: bool,
    yes: bool,
    at_work: tuple[Executor, int],
) -> Regraded:
    from autograder.grading.regrading import regrade

    notes: list[str] = []
    executor, jobs = at_work
    with progress("Marking") as bar:
        done = regrade(
            opened, names, student, seed, bar.start, lambda record: bar.step(record.student),
            everything=everything, write=yes, tell=notes.append, executor=executor,
            jobs=jobs,
        )  # fmt: skip
    for note in notes:
        click.echo(note)
    words = ["autograder", "grade", str(opened.path), *names, "--regrade"]
    words += ["--all", "--seed", str(done.seed)] if everything else []
    words += ["--student", student] if student else []
    print_regraded(opened.path.name, done, f"{shlex.join(words)} --yes")
    return done


@click.command()
@CLASS
@click.argument("student", metavar="STUDENT")
@click.argument("assignment", metavar="ASSIGNMENT")
@WEAK
def verify(folder: Path, student: str, assignment: str, allow_weak_isolation: bool) -> None:
    """Mark one submission once more, and say whether it comes out the same.

    Everything is compared with its record, its executed notebook and the gradebook.
    Nothing is written.

    \b
    Example: autograder verify autumn "O'Hara, Ann" step-by-step
    Exit codes: 0 the same, 15 it differs, 16 it can't be verified.
    """
    first = _first_judge()
    from autograder.grading.marking import tasks_of
    from autograder.grading.verify import verify as run

    opened = _opened(folder, allow_weak_isolation)
    [name] = opened.released((assignment,))
    tasks_of(opened, [name], student)  # which says so if there is no such student
    with workplace(opened, None, 1, first=first) as (executor, _):
        click.echo(run(opened, student, name, executor))


def _tell_incomplete(records: list[Record]) -> None:
    from autograder.grading.clean import clean_text

    # As the table counts them.
    human = [record for record in records if record.state == "needs a human"]
    partly = [record for record in records if record.state == "partly graded"]
    told = []
    if human:
        told.append(counted(len(human), "submission needs a human", "submissions need a human"))
    if partly:
        noun = "" if human else "submission" if len(partly) == 1 else "submissions"
        are = "is" if len(partly) == 1 else "are"
        told.append(" ".join(filter(None, [str(len(partly)), noun, are, "partly graded"])))
    if open_ones := [*human, *partly]:
        names = "; ".join(f"{clean_text(r.student)} ({r.reason})" for r in open_ones[:3])
        more = f" and {len(open_ones) - 3} more" if len(open_ones) > 3 else ""
        raise GradingIncomplete(f"{', '.join(told)}: {names}{more}")
