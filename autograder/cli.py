"""The `autograder` command. Each command imports what it needs only when it runs."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from autograder.errors import GradingIncomplete
from autograder.startup import put_off_grammar
from autograder.terminal import OneLineErrors, print_table, progress

if TYPE_CHECKING:
    from autograder.grading.classroom import ClassFolder
    from autograder.grading.records import Record

FOLDER = click.Path(path_type=Path)
ASSIGNMENTS = click.argument("assignments", nargs=-1, metavar="[ASSIGNMENT...]")
TABLE_HEAD = """# What the checks catch

Made by `autograder prove --table docs/kill-table.md`. *Mistakes* are wrong answers that
people give, *mutants* are reference answers changed by machine in one place; *equivalent*
mutants are right answers, each with its reason in `autograder/proving/equivalent.md`.

"""
CLASS = click.argument("folder", type=FOLDER, metavar="DIR")


@click.group(cls=OneLineErrors)
@click.option("--debug", is_flag=True, help="Show the traceback of a failure.")
@click.version_option(package_name="backprop-by-hand")
def main(debug: bool) -> None:
    """Mark a class on Backprop by Hand."""
    put_off_grammar()


@main.command("new-class")
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
    from autograder.grading.classroom import new_class as make

    made = make(folder, list(assignments))
    click.echo(f"Made {folder} with: {', '.join(made.assignments())}.")
    click.echo(f"Next: autograder release {folder}")


@main.command()
@CLASS
@ASSIGNMENTS
def release(folder: Path, assignments: tuple[str, ...]) -> None:
    """Make what students get: DIR/release and one zip.

    \b
    Example: autograder release autumn step-by-step
    """
    from autograder.grading.release import release as make

    opened = _open(folder)
    path = make(opened, opened.assignments(assignments))
    click.echo(f"For students: {path}")


@main.command()
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
    "--allow-weak-isolation", is_flag=True, help="Mark even where nothing keeps code apart."
)
def grade(
    folder: Path,
    assignments: tuple[str, ...],
    student: str | None,
    seed: int | None,
    regrade: bool,
    jobs: int | None,
    allow_weak_isolation: bool,
) -> None:
    """Mark DIR/submitted/STUDENT/ASSIGNMENT and print the class's table.

    What was marked before and has not changed since is left as it is; a run that was
    stopped goes on where it was, with the same probes. Marks given by hand always stay.

    \b
    Example: autograder grade autumn
             autograder grade autumn step-by-step --student "O'Hara, Ann"
    Exit code 6 means: done, but some submissions need a human.
    """
    from autograder.grading import marking

    opened = _open(folder)
    if allow_weak_isolation:
        opened.config.ExecuteAndJudge.allow_weak_isolation = True
    names = opened.assignments(assignments)
    notes: list[str] = []
    with progress("Marking") as bar:
        records = marking.grade(
            opened, names, student, seed, bar.start, lambda record: bar.step(record.student),
            regrade=regrade, tell=notes.append, jobs=jobs or _processors(),
        )  # fmt: skip
    for note in notes:
        click.echo(note)
    for name in names:
        print_table(opened, name)
    _tell_incomplete(records)


@main.command()
@CLASS
@ASSIGNMENTS
def feedback(folder: Path, assignments: tuple[str, ...]) -> None:
    """Write a page per student and assignment.

    \b
    Example: autograder feedback autumn
    """
    from autograder.grading import marking

    opened = _open(folder)
    with progress("Feedback") as bar:
        pages = marking.feedback(opened, opened.assignments(assignments), bar.start, bar.step)
    click.echo(f"{len(pages)} pages in {folder / 'feedback'}")


@main.command()
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

    opened = _open(folder)
    path = output or folder / f"marks.{form}"
    number = export_csv(opened, opened.assignments(assignments), path)
    click.echo(f"{number} rows in {path}")


@main.command()
@CLASS
@click.option("--students", type=click.IntRange(1, 1000), default=30, show_default=True)
@click.option("--seed", type=int, default=1, show_default=True, help="Another seed, another class.")
def demo(folder: Path, students: int, seed: int) -> None:
    """Make a class of made-up students and mark it, to try all this on.

    \b
    Example: autograder demo demo-class
    """
    from autograder.demo import make_class
    from autograder.grading import marking
    from autograder.grading.marks import export_csv

    made = make_class(folder, students, seed)
    names = made.assignments()
    click.echo(f"Made {folder}: {students} made-up students have handed in.")
    with progress("Marking") as bar:
        marking.grade(
            made, names, None, seed, bar.start, lambda record: bar.step(record.student),
            jobs=_processors(),
        )  # fmt: skip
    with progress("Feedback") as bar:
        marking.feedback(made, names, bar.start, bar.step)
    export_csv(made, names, folder / "marks.csv")
    for name in names:
        print_table(made, name)
    click.echo(f"Feedback pages: {folder / 'feedback'}")
    click.echo(f"Marks: {folder / 'marks.csv'}")
    click.echo(f"In the browser: cd {folder}, then jupyter lab, Nbgrader menu, Formgrader")


@main.command()
@click.option(
    "--class", "folder", type=FOLDER, metavar="DIR", help="Renew this class's source/ too."
)
def build(folder: Path | None) -> None:
    """For authors: make notebooks/ and datasets/checks.h5 from their sources.

    \b
    Example: autograder build
             autograder build --class autumn
    """
    from autograder.building.build import build as make
    from autograder.grading.classroom import write_source

    for path in make():
        click.echo(f"Wrote {path}")
    if folder is not None:
        opened = _open(folder)
        for name in opened.assignments():
            write_source(opened.path / "source" / name, name)
            click.echo(f"Renewed {folder / 'source' / name}; now: autograder release {folder}")


@main.command()
@click.argument("exercises", nargs=-1, metavar="[EXERCISE...]")
@click.option("--table", type=FOLDER, help="Write the table into this Markdown file too.")
def prove(exercises: tuple[str, ...], table: Path | None) -> None:
    """For authors: every known mistake fails, every right variant passes.

    \b
    Example: autograder prove
             autograder prove linear_backward
    """
    from autograder.errors import NotProven
    from autograder.proving.prove import kill_table
    from autograder.proving.prove import prove as run

    with progress("Proving") as bar:
        proofs = run(list(exercises), bar.start, bar.step)
    text = kill_table(proofs)
    click.echo(text)
    if table is not None:
        table.write_text(TABLE_HEAD + text, encoding="utf-8")
    for proof in proofs:
        click.echo(f"{proof.exercise}: {proof.seconds:.1f} s")
    faults = [f"{proof.exercise}: {fault}" for proof in proofs for fault in proof.faults]
    for fault in faults:
        click.echo(fault)
    if faults:
        raise NotProven(f"{len(faults)} faults; the first: {faults[0]}")
    click.echo("Proven: 0 mistakes alive, 0 variants refused, 0 hints wrong.")


@main.command()
def doctor() -> None:
    """Say how well students' code can be kept apart on this machine.

    \b
    Example: autograder doctor
    """
    from autograder.doctor import report

    for line in report():
        click.echo(line)


def _processors() -> int:
    """Count the processors that this process may use."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1


def _open(folder: Path) -> ClassFolder:
    from autograder.grading.classroom import ClassFolder

    return ClassFolder(folder)


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


if __name__ == "__main__":
    sys.exit(main())
