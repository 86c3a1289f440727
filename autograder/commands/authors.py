"""For authors and for whoever sets up a machine."""

from __future__ import annotations

from pathlib import Path

import click

from autograder.commands.common import FOLDER, open_class
from autograder.terminal import progress
from autograder.words import counted, typed

TABLE_HEAD = """# What the checks catch

Made by `autograder prove --table docs/kill-table.md`. *Mistakes* are wrong answers that
people give, *mutants* are reference answers changed by machine in one place; *equivalent*
mutants are right answers, each with its reason in `autograder/proving/equivalent.md`.

"""


@click.command()
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
    from autograder.grading.new_class import write_source

    for path in make():
        click.echo(f"Wrote {path}")
    if folder is not None:
        opened = open_class(folder)
        for name in opened.assignments():
            write_source(opened.path / "source" / name, name)
            click.echo(
                f"Renewed {folder / 'source' / name}; now: autograder release {typed(folder)}"
            )


@click.command()
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
        raise NotProven(f"{counted(len(faults), 'fault')}; the first: {faults[0]}")
    click.echo("Proven: 0 mistakes alive, 0 variants refused, 0 hints wrong.")


@click.command()
def doctor() -> None:
    """Say how well students' code can be kept apart on this machine.

    \b
    Example: autograder doctor
    """
    from autograder.doctor import report

    for line in report():
        click.echo(line)
