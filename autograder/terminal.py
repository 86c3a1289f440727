"""What the commands show on a terminal: errors in one line, progress, the class's table."""

from __future__ import annotations

import os
import sys
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING, Any, Protocol

import click

from autograder.errors import AutograderError
from autograder.stopping import stoppable

if TYPE_CHECKING:
    from rich.console import Group

    from autograder.grading.classroom import ClassFolder
    from autograder.grading.regrading import Regraded


STOPPED = 130  # what a shell says of a program that Ctrl-C ended
SECONDS_OF_LINE = 60.0
LINES_OF_RATE = 5


class OneLineErrors(click.Group):
    """A command group in which every failure is one line and an exit code."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; on failure print one line and leave by its exit code."""
        try:
            with stoppable():
                return super().invoke(ctx)
        except (click.Abort, KeyboardInterrupt):
            click.echo("autograder: Stopped. What is done stays; run it again to go on.", err=True)
            raise click.exceptions.Exit(STOPPED) from None
        except (click.ClickException, click.exceptions.Exit):
            raise
        except Exception as error:
            if ctx.params.get("debug"):
                raise
            if isinstance(error, AutograderError):
                text, code = str(error), error.exit_code
            else:
                kind = type(error).__name__
                text, code = f"{kind}: {error}. Run again with `autograder --debug ...`.", 70
            click.echo(f"autograder: {' '.join(text.split())}", err=True)
            raise click.exceptions.Exit(code) from None


def print_table(folder: ClassFolder, assignment: str, student: str | None = None) -> None:
    """Print one assignment's table, of the class or of one student."""
    from autograder.grading.report import class_table

    _print(class_table(folder, assignment, student=student))


def print_regraded(name: str, regraded: Regraded, command: str) -> None:
    """Print which marks of a class move; `command` is what writes them."""
    from autograder.grading.regrade_table import regrade_table

    _print(regrade_table(name, regraded, command))


def _print(drawn: Group) -> None:
    from rich.console import Console

    console = Console()
    if not console.is_terminal:  # a file or a pipe has no width of its own
        console = Console(width=140)
    console.print(drawn)


class Progress(Protocol):
    """Shows how far a long step is."""

    def start(self, total: int) -> None:
        """Take the number of steps."""

    def step(self, what: str = "") -> None:
        """Count one step and name it."""


class Bar:
    """A progress bar, on a terminal."""

    def __init__(self, progress: Any, title: str, first: str) -> None:
        self._progress, self._title, self._first = progress, title, first
        self._task: Any = None

    def start(self, total: int) -> None:
        """Take the number of steps."""
        described = f"{self._title} {self._first}".rstrip()
        self._task = self._progress.add_task(described, total=total, rate="")

    def step(self, what: str = "") -> None:
        """Count one step and name it."""
        told = "".join(sign for sign in what if sign.isprintable())  # a name may hold anything
        self._progress.update(self._task, advance=1, description=f"{self._title} {told}"[:40])
        if speed := self._progress.tasks[self._task].speed:  # of the last half minute
            self._progress.update(self._task, rate=rate_in_words(speed))


class Lines:
    """A line now and then, where a bar would spoil a log.

    Parameters
    ----------
    title : str
        What is done.
    tell : callable
        Takes a line.
    """

    def __init__(self, title: str, tell: Callable[[str], None]) -> None:
        self._title, self._tell = title, tell
        self._total = self._done = 0
        # What was done when, at the last lines: a rate that follows what happens.
        self._past: deque[tuple[float, int]] = deque(maxlen=LINES_OF_RATE)

    def start(self, total: int) -> None:
        """Take the number of steps."""
        self._total = total
        self._past.append((monotonic(), 0))

    def step(self, what: str = "") -> None:
        """Count one step; say how far it is, if that was not said for a while."""
        self._done += 1
        now = monotonic()
        if now - self._past[-1][0] < SECONDS_OF_LINE or self._done == self._total:
            return
        before, done = self._past[0]
        speed = (self._done - done) / (now - before)
        self._past.append((now, self._done))
        left = time_in_words((self._total - self._done) / speed)
        far = f"{self._done:,} of {self._total:,}"
        self._tell(f"{self._title}: {far}, {rate_in_words(speed)}, {left} left")


def rate_in_words(speed: float) -> str:
    """Say how many a second, or a minute if that is more telling."""
    return f"{speed:.1f} a second" if speed >= 1 else f"{speed * 60:.1f} a minute"


def time_in_words(seconds: float) -> str:
    """Say how long, as precisely as a guess may be said."""
    if seconds < 100:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 100 else f"{minutes // 60} h {minutes % 60} min"


@contextmanager
def progress(title: str, first: str = "") -> Iterator[Progress]:
    """Show progress on standard error while a long step runs.

    That is a bar on a terminal; in a pipe or where programs are tested (CI), a line a
    minute, so that a log tells how it goes.

    Parameters
    ----------
    title : str
        What is done.
    first : str
        What the first of it is waited for; the bar says so until then.
    """
    from rich.console import Console

    console = Console(stderr=True)
    # Console.is_terminal believes FORCE_COLOR, with which logs are coloured.
    if not sys.stderr.isatty() or console.is_dumb_terminal or os.environ.get("CI"):
        yield Lines(title, lambda line: click.echo(line, err=True))
        return
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        TextColumn,
        TimeRemainingColumn,
    )
    from rich.progress import Progress as Drawn

    with Drawn(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
        TextColumn("left"),
        console=console,
        transient=True,
    ) as drawn:
        yield Bar(drawn, title, first)
