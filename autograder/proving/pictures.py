"""The two pictures of README.md, drawn from what really happens.

python -m autograder.proving.pictures CLASS_FOLDER
"""

from __future__ import annotations

import sys
from pathlib import Path

from rich.console import Console
from rich.syntax import Syntax
from rich.text import Text

from autograder.check import CheckFailed, check
from autograder.course import ROOT
from autograder.exercises import EXERCISES, answers
from autograder.exercises.known import written
from autograder.grading.classroom import ClassFolder
from autograder.grading.report import class_table

SHOWN = "1/m in dA_prev"


def draw(folder: Path) -> None:
    """Draw docs/check-speaks.svg and docs/class-table.svg."""
    (ROOT / "docs").mkdir(exist_ok=True)
    mistake = next(m for m in answers("linear_backward")[1] if m.name == SHOWN)
    console = _console(96)
    console.print(Syntax(mistake.code.strip(), "python", theme="github-dark", word_wrap=True))
    console.print(
        Syntax('\ncheck("linear_backward", linear_backward)', "python", theme="github-dark")
    )
    try:
        check("linear_backward", written(EXERCISES["linear_backward"], mistake.code))
    except CheckFailed as failed:
        console.print(Text(f"\n{failed}"))
    console.save_svg(str(ROOT / "docs" / "check-speaks.svg"), title="step-by-step.ipynb")
    console = _console(140)
    console.print(class_table(ClassFolder(folder), "step-by-step"))
    console.save_svg(str(ROOT / "docs" / "class-table.svg"), title="make demo")


def _console(width: int) -> Console:
    return Console(record=True, width=width, file=Path("/dev/null").open("w"), force_terminal=True)


if __name__ == "__main__":
    draw(Path(sys.argv[1]))
