"""For instructors: a class, what students get, what comes out."""

from __future__ import annotations

from pathlib import Path

import click

from autograder.commands.common import (
    ASSIGNMENTS,
    CLASS,
    FOLDER,
    JOBS,
    SEED,
    open_class,
    processors,
    waited_for,
)
from autograder.terminal import print_table, progress
from autograder.words import counted, typed


@click.command("new-class")
@CLASS
@ASSIGNMENTS
def new_class(folder: Path, assignments: tuple[str, ...]) -> None:
    """Make a class folder: settings, source notebooks, gradebook.

    \b
    Example: autograder new-class autumn
             autograder new-class autumn step-by-step optimization

    Without names it has the whole course. It is an ordinary nbgrader course folder;
    `nbgrader formgrader` works in it too.
    """
    from autograder.grading.new_class import new_class as make

    made = make(folder, list(assignments))
    click.echo(f"Made {folder} with: {', '.join(made.assignments())}.")
    click.echo(f"Next: autograder release {typed(folder)}")


@click.command("add-assignment")
@CLASS
@click.argument("assignments", nargs=-1, required=True, metavar="ASSIGNMENT...")
def add_assignment(folder: Path, assignments: tuple[str, ...]) -> None:
    """Give a class assignments of the course that it does not have yet.

    \b
    Example: autograder add-assignment autumn optimization
    """
    from autograder.grading.new_class import add_assignments

    names = list(dict.fromkeys(assignments))
    add_assignments(open_class(folder), names)
    click.echo(f"Added to {folder}: {', '.join(names)}.")
    click.echo(f"Next: autograder release {typed(folder)} {' '.join(names)}")


@click.command()
@CLASS
@ASSIGNMENTS
def release(folder: Path, assignments: tuple[str, ...]) -> None:
    """Make what students get: DIR/release and one zip.

    \b
    Example: autograder release autumn step-by-step
    """
    from autograder.grading.release import release as make

    opened = open_class(folder)
    path = make(opened, opened.assignments(assignments))
    click.echo(f"For students: {path}")


@click.command()
@CLASS
@ASSIGNMENTS
@JOBS
def feedback(folder: Path, assignments: tuple[str, ...], jobs: int | None) -> None:
    """Write a page per student and assignment.

    \b
    Example: autograder feedback autumn
    """
    from autograder.grading.feedback import feedback as write

    opened = open_class(folder)
    names = opened.released(assignments)
    with progress("Feedback") as bar:
        pages = write(opened, names, bar.start, bar.step, jobs or processors())
    click.echo(f"{counted(len(pages), 'page')} in {folder / 'feedback'}")


@click.command()
@CLASS
@ASSIGNMENTS
@click.option("--to", "form", type=click.Choice(["csv"]), default="csv", help="The format.")
@click.option("--output", type=FOLDER, help="The file; by default DIR/marks.csv.")
def export(folder: Path, assignments: tuple[str, ...], form: str, output: Path | None) -> None:
    """Write marks, one row per student and exercise.

    \b
    Example: autograder export autumn --to csv
    """
    from autograder.grading.marks import export_csv

    opened = open_class(folder)
    path = output or folder / f"marks.{form}"
    number = export_csv(opened, opened.released(assignments), path)
    click.echo(f"{counted(number, 'row')} in {path}")


@click.command("move-gradebook")
@CLASS
def move_gradebook(folder: Path) -> None:
    """Copy DIR/gradebook.db into the database that the class's settings name.

    \b
    Example: autograder move-gradebook autumn

    Set c.CourseDirectory.db_url in nbgrader_config.py first. All marks go along, those
    given by hand too; the file stays as it is.
    """
    from autograder.grading.database import move_from_file
    from autograder.grading.runs import locked

    made = open_class(folder)
    with locked(made, "moving the gradebook of"), made.gradebook() as gradebook:
        number = move_from_file(made.path / "gradebook.db", gradebook)
    click.echo(f"Moved the gradebook: {counted(number, 'student')}.")


@click.command()
@CLASS
@click.option("--students", type=click.IntRange(1, 1000), default=30, show_default=True)
@click.option(
    "--seed", type=SEED, default=1, show_default=True, help="Another seed, another class."
)
def demo(folder: Path, students: int, seed: int) -> None:
    """Make a class of made-up students and mark it, to try all this on.

    \b
    Example: autograder demo demo-class
    """
    from autograder.demo import make_class
    from autograder.grading import marking
    from autograder.grading.feedback import feedback as write
    from autograder.grading.marks import export_csv

    made = make_class(folder, students, seed)
    names = made.assignments()
    handed_in = counted(students, "made-up student has", "made-up students have")
    click.echo(f"Made {folder}: {handed_in} handed in.")
    with progress("Marking", waited_for(names)) as bar:
        marking.grade(
            made, names, None, seed, bar.start, lambda record: bar.step(record.student),
            jobs=processors(),
        )  # fmt: skip
    with progress("Feedback") as bar:
        write(made, names, bar.start, bar.step, processors())
    export_csv(made, names, folder / "marks.csv")
    for name in names:
        print_table(made, name)
    click.echo(f"Feedback pages: {folder / 'feedback'}")
    click.echo(f"Marks: {folder / 'marks.csv'}")
    click.echo(f"In the browser: cd {typed(folder)}, then jupyter lab, Nbgrader menu, Formgrader")
