"""The `autograder` command."""

from __future__ import annotations

import sys

import click

from autograder.commands import authors, classes, grade, watch
from autograder.startup import put_off
from autograder.terminal import OneLineErrors


@click.group(cls=OneLineErrors)
@click.option("--debug", is_flag=True, help="Show the traceback of a failure.")
@click.version_option(package_name="backprop-by-hand")
def main(debug: bool) -> None:
    """Mark a class on Backprop by Hand."""
    put_off()


for command in (
    classes.new_class,
    classes.add_assignment,
    classes.release,
    grade.grade,
    grade.verify,
    watch.watch,
    classes.feedback,
    classes.export,
    classes.move_gradebook,
    classes.demo,
    authors.build,
    authors.prove,
    authors.doctor,
):
    main.add_command(command)

if __name__ == "__main__":
    sys.exit(main())
