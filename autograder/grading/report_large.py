"""The table of a class that is too large for a row a student."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from autograder.grading.classroom import ClassFolder
from autograder.grading.clean import clean_text
from autograder.grading.marks import Mark
from autograder.grading.records import Record
from autograder.words import typed

STYLES = {
    "graded": "green",
    "partly graded": "yellow",
    "needs a human": "magenta",
    "missing": "dim",
}
OPEN = ("partly graded", "needs a human")
MOST_NAMED = 20
LONGEST_NAME = 40


def large_class(
    folder: ClassFolder, assignment: str, records: list[Record], rows: list[list[Mark]]
) -> Iterator[RenderableType]:
    """Draw a row an exercise, and name the submissions that need a human.

    Parameters
    ----------
    folder : ClassFolder
        The class.
    assignment : str
        Which assignment.
    records : list of Record
        One for each student.
    rows : list of list of Mark
        The marks of each, exercises in the same order.
    """
    table = Table(title=f"{folder.path.name}: {assignment}", title_justify="left", show_edge=False)
    for head in ("full", "part", "none", "blank", "human", "missing", "mean"):
        if not table.columns:
            table.add_column("exercise", no_wrap=True)
        table.add_column(head, justify="right")
    table.add_column("most frequent mistake")
    for column in zip(*rows, strict=True):
        table.add_row(*_exercise(column))
    yield table
    yield Text()
    yield Text(
        "full, part, none: of the points, judged. blank: not written. human: a human has to "
        "look. mean: of what has points.",
        style="dim",
    )
    open_ones = [record for record in records if record.state in OPEN]
    for record in open_ones[:MOST_NAMED]:
        # Text, not markup: a folder's name may hold brackets.
        yield Text(f"{clean_text(record.student, LONGEST_NAME)}  ").append(state_in_words(record))
    if (more := len(open_ones) - MOST_NAMED) > 0:
        yield Text(f"and {more} more that are not graded whole")
    yield Text(f"Every student's marks: autograder export {typed(folder.path)} --to csv")


def _exercise(marks: tuple[Mark, ...]) -> list[str]:
    counts = Counter(_kind(mark) for mark in marks)
    scores = [mark.score for mark in marks if mark.score is not None]
    mistakes = Counter(name for mark in marks for name in mark.mistake.split("; ") if name)
    often = "".join(f"{number} × {name}" for name, number in mistakes.most_common(1))
    numbers = [str(counts[kind] or "") for kind in ("full", "part", "none", "blank", "human")]
    mean = f"{sum(scores) / len(scores):.1f} of {marks[0].max_score:g}" if scores else ""
    return [marks[0].exercise, *numbers, str(counts["missing"] or ""), mean, often]


def _kind(mark: Mark) -> str:
    if mark.status in ("blank", "missing"):
        return mark.status
    if mark.score is None or mark.status == "needs a human":
        return "human"
    return "full" if mark.score >= mark.max_score else "part" if mark.score else "none"


def state_in_words(record: Record, late: float = 0.0) -> Text:
    """Say in what state a submission is, what lateness costs it, and why."""
    text = Text(record.state, style=STYLES.get(record.state, ""))
    if late:
        text.append(f", late, {-late:g}", style="yellow")
    return text.append(f": {clean_text(record.reason)}", style="dim") if record.reason else text
