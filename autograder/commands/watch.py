"""For instructors: marking as submissions land."""

from __future__ import annotations

import math
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from autograder.commands.common import (
    ASSIGNMENTS,
    CLASS,
    JOBS,
    SCHEDULER,
    WEAK,
    open_class,
    workplace,
)

if TYPE_CHECKING:
    from autograder.grading.watching import Done

IDLE_SECONDS = 600.0  # a cluster is not held for longer when nothing lands


@click.command()
@CLASS
@ASSIGNMENTS
@click.option("--feedback", is_flag=True, help="Write the feedback page of each, too.")
@click.option(
    "--quiet",
    type=click.FloatRange(0, 3600),
    default=5,
    show_default=True,
    metavar="SECONDS",
    help="A submission has landed when nothing in its folder changed for so long.",
)
@JOBS
@SCHEDULER
@WEAK
def watch(
    folder: Path,
    assignments: tuple[str, ...],
    feedback: bool,
    quiet: float,
    jobs: int | None,
    scheduler: str | None,
    allow_weak_isolation: bool,
) -> None:
    """Mark each submission as it lands in DIR/submitted, until Ctrl-C.

    What lies there unmarked is marked first. One line on standard output for each. Other
    commands can be used meanwhile: the class is theirs whenever nothing is being marked.

    \b
    Example: autograder watch autumn --feedback
             autograder watch autumn --scheduler tcp://10.0.0.5:8786
    Exit code 0: stopped by Ctrl-C or SIGTERM. What was being marked then is marked by the
    next run.
    """
    from autograder.grading.watching import Watch

    opened = open_class(folder)
    if allow_weak_isolation:
        opened.config.ExecuteAndJudge.allow_weak_isolation = True
    opened.released(assignments)  # which says so if there is nothing to watch
    number = 0

    def show(done: Done) -> None:
        nonlocal number
        number += 1
        try:
            click.echo(_line(done))
        except BrokenPipeError:  # whoever read the lines has gone
            raise KeyboardInterrupt from None

    def tell(line: str) -> None:
        click.echo(_timed(line), err=True)

    watching = Watch(
        opened, partial(workplace, opened, scheduler, jobs, tell), assignments, show, tell,
        feedback=feedback, quiet=quiet, idle=IDLE_SECONDS if scheduler else math.inf,
    )  # fmt: skip
    tell(f"Watching {folder / 'submitted'}. Stop it by Ctrl-C.")
    try:
        watching.run()
    except KeyboardInterrupt:
        tell(f"Stopped. Submissions marked: {number}.")


def _timed(text: str) -> str:
    return f"{time.strftime('%Y-%m-%d %H:%M:%S')}  {text}"


def _line(done: Done) -> str:
    from autograder.grading.clean import clean_text

    record = done.record
    points = "–" if done.points is None else f"{done.points:g} of {done.of:g}"
    why = f" ({record.reason})" if record.reason else ""
    late = f", late, {-done.late:g}" if done.late else ""
    return _timed(
        f"{clean_text(record.student)}  {record.assignment}  {points}  {record.state}{late}{why}"
    )
