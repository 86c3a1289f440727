"""What the commands show on a terminal: errors in one line, progress, the class's table."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from autograder.errors import AutograderError

if TYPE_CHECKING:
    from rich.console import Group

    from autograder.grading.classroom import ClassFolder
    from autograder.grading.regrading import Regraded


STOPPED = 130  # what a shell says of a program that Ctrl-C ended


class OneLineErrors(click.Group):
    """A command group in which every failure is one line and an exit code."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; on failure print one line and leave by its exit code."""
        try:
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


def print_table(folder: ClassFolder, assignment: str) -> None:
    """Print one assignment's table."""
    from autograder.grading.report import class_table

    _print(class_table(folder, assignment))


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


class Bar:
    """A progress bar that a long step drives."""

    def __init__(self, progress: Any, title: str) -> None:
        self._progress, self._title = progress, title
        self._task: Any = None

    def start(self, total: int) -> None:
        """Take the number of steps."""
        self._task = self._progress.add_task(self._title, total=total)

    def step(self, what: str = "") -> None:
        """Count one step and name it."""
        told = "".join(sign for sign in what if sign.isprintable())  # a name may hold anything
        self._progress.update(self._task, advance=1, description=f"{self._title} {told}"[:40])


@contextmanager
def progress(title: str) -> Iterator[Bar]:
    """Show progress on standard error while a long step runs."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn())
    with Progress(
        *columns,
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,  # in a pipe it would leave empty lines
    ) as progress:
        yield Bar(progress, title)
