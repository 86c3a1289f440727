"""What several commands share: their arguments, and how a class is opened."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from autograder.grading.classroom import ClassFolder

FOLDER = click.Path(path_type=Path)
ASSIGNMENTS = click.argument("assignments", nargs=-1, metavar="[ASSIGNMENT...]")
CLASS = click.argument("folder", type=FOLDER, metavar="DIR")


def processors() -> int:
    """Count the processors that this process may use."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1


def open_class(folder: Path) -> ClassFolder:
    """Open a class folder."""
    from autograder.grading.classroom import ClassFolder

    return ClassFolder(folder)
