"""What several commands share: their arguments, and how a class is opened."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from autograder.errors import ClusterError
from autograder.startup import collect_as_usual

if TYPE_CHECKING:
    from autograder.grading.classroom import ClassFolder
    from autograder.grading.first_judge import FirstJudge
    from autograder.grading.marking import Executor

FOLDER = click.Path(path_type=Path)
ASSIGNMENTS = click.argument("assignments", nargs=-1, metavar="[ASSIGNMENT...]")
CLASS = click.argument("folder", type=FOLDER, metavar="DIR")
JOBS = click.option(
    "--jobs",
    type=click.IntRange(1, 256),
    metavar="N",
    help="How many submissions at a time; by default one for each processor.",
)
SCHEDULER = click.option(
    "--scheduler",
    metavar="ADDRESS",
    help="Mark on a Dask cluster; --jobs then bounds what is at work there.",
)
SEED = click.IntRange(0, 2**32 - 1)
TABLES_FIRST = "(once: known mistakes)"
WEAK = click.option(
    "--allow-weak-isolation", is_flag=True, help="Mark even where nothing keeps code apart."
)


def processors() -> int:
    """Count the processors that this process may use."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1


def open_class(folder: Path) -> ClassFolder:
    """Open a class folder."""
    from autograder.grading.classroom import ClassFolder

    collect_as_usual()
    return ClassFolder(folder)


def waited_for(assignments: Iterable[str]) -> str:
    """Say what the first submission waits for here, after an installation; else nothing."""
    from autograder.exercises.known import tables_missing

    return TABLES_FIRST if tables_missing(assignments) else ""


@contextmanager
def workplace(
    folder: ClassFolder,
    scheduler: str | None,
    jobs: int | None,
    tell: Callable[[str], None] | None = None,
    first: FirstJudge | None = None,
) -> Iterator[tuple[Executor, int]]:
    """Give what runs notebooks, and how many at a time; tell what becomes of a cluster."""
    if scheduler is None:
        from autograder.grading.marking import judging

        yield partial(judging, first=first), jobs or processors()
        return
    if importlib.util.find_spec("distributed") is None:
        raise ClusterError("--scheduler needs Dask: pip install 'backprop-by-hand[cluster]'")
    from autograder.grading.cluster.connecting import connected

    with connected(scheduler, folder, tell or partial(click.echo, err=True)) as cluster:
        yield cluster.executor, jobs or cluster.jobs
