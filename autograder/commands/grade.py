"""For instructors: marking."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from autograder.commands.common import ASSIGNMENTS, CLASS, open_class, processors
from autograder.errors import ClusterError, GradingIncomplete
from autograder.terminal import print_table, progress

if TYPE_CHECKING:
    from autograder.grading.classroom import ClassFolder
    from autograder.grading.marking import Executor
    from autograder.grading.records import Record


@click.command()
@CLASS
@ASSIGNMENTS
@click.option("--student", metavar="ID", help="Mark this student only, changed or not.")
@click.option("--seed", type=int, help="Draw the same probes as an earlier run.")
@click.option("--regrade", is_flag=True, help="Mark again what has not changed, too.")
@click.option(
    "--jobs",
    type=click.IntRange(1, 256),
    metavar="N",
    help="How many submissions at a time; by default one for each processor.",
)
@click.option(
    "--scheduler",
    metavar="ADDRESS",
    help="Mark on a Dask cluster; --jobs then bounds what is at work there.",
)
@click.option(
    "--allow-weak-isolation", is_flag=True, help="Mark even where nothing keeps code apart."
)
def grade(
    folder: Path,
    assignments: tuple[str, ...],
    student: str | None,
    seed: int | None,
    regrade: bool,
    jobs: int | None,
    scheduler: str | None,
    allow_weak_isolation: bool,
) -> None:
    """Mark DIR/submitted/STUDENT/ASSIGNMENT and print the class's table.

    What was marked before and has not changed since is left as it is; a run that was
    stopped goes on where it was, with the same probes. Marks given by hand always stay.

    \b
    Example: autograder grade autumn
             autograder grade autumn step-by-step --student "O'Hara, Ann"
             autograder grade autumn --scheduler tcp://10.0.0.5:8786
    Exit code 6 means: done, but some submissions need a human.
    """
    from autograder.grading import marking

    opened = open_class(folder)
    if allow_weak_isolation:
        opened.config.ExecuteAndJudge.allow_weak_isolation = True
    names = opened.assignments(assignments)
    notes: list[str] = []
    with _workplace(opened, scheduler, jobs) as (executor, at_a_time), progress("Marking") as bar:
        records = marking.grade(
            opened, names, student, seed, bar.start, lambda record: bar.step(record.student),
            regrade=regrade, tell=notes.append, executor=executor, jobs=at_a_time,
        )  # fmt: skip
    for note in notes:
        click.echo(note)
    for name in names:
        print_table(opened, name)
    _tell_incomplete(records)


@contextmanager
def _workplace(
    folder: ClassFolder, scheduler: str | None, jobs: int | None
) -> Iterator[tuple[Executor, int]]:
    """Give where notebooks are run, and how many at a time."""
    if scheduler is None:
        from autograder.grading.marking import judging

        yield judging, jobs or processors()
        return
    if importlib.util.find_spec("distributed") is None:
        raise ClusterError("--scheduler needs Dask: pip install 'backprop-by-hand[cluster]'")
    from autograder.grading.cluster.connecting import connected

    def tell(line: str) -> None:
        click.echo(line, err=True)

    with connected(scheduler, folder, tell) as cluster:
        yield cluster.executor, jobs or cluster.jobs


def _tell_incomplete(records: list[Record]) -> None:
    from autograder.grading.clean import clean_text

    open_ones = [r for r in records if r.state in ("needs a human", "partly graded")]
    if open_ones:
        names = "; ".join(f"{clean_text(r.student)} ({r.reason})" for r in open_ones[:3])
        more = f" and {len(open_ones) - 3} more" if len(open_ones) > 3 else ""
        number = (
            "1 submission needs" if len(open_ones) == 1 else f"{len(open_ones)} submissions need"
        )
        raise GradingIncomplete(f"{number} a human: {names}{more}")
