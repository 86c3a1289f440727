"""The class's table."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from rich.console import Group
from rich.table import Table
from rich.text import Text

from autograder.exercises import ASSIGNMENTS
from autograder.grading.classroom import ClassFolder
from autograder.grading.clean import clean_text
from autograder.grading.execute import settings_of
from autograder.grading.marks import Mark, marks_by_student
from autograder.grading.records import Record
from autograder.grading.report_large import STYLES, large_class, state_in_words
from autograder.sandbox.isolation import MADE_OF
from autograder.words import counted

SIGNS = {"blank": "·", "missing": "–", "needs a human": "?"}
LONGEST_NAME = 40
MOST_ROWS = 60  # of a table that is still looked through


def class_table(
    folder: ClassFolder, assignment: str, most_rows: int = MOST_ROWS, student: str | None = None
) -> Group:
    """Draw one assignment's marks: a row a student, a column an exercise.

    Of a class with more students than `most_rows`, there is a row for each exercise, and the
    submissions that need a human. With `student` there is that student's row only.
    """
    rows: dict[str, list[Mark]] = {}
    records, penalties = [], {}
    for record, own, late in marks_by_student(folder, assignment, student):
        rows[record.student] = own
        penalties[record.student] = late
        records.append(replace(record, exercises={}))  # their words are long
    if len(rows) > most_rows:
        return Group(
            *large_class(folder, assignment, records, list(rows.values())),
            *_isolation(folder, records),
            _summary(records, penalties),
        )
    exercises = [mark.exercise for mark in next(iter(rows.values()), [])]
    judged = len(ASSIGNMENTS[assignment])
    table = Table(title=f"{folder.path.name}: {assignment}", title_justify="left", show_edge=False)
    table.add_column("student", no_wrap=True)
    for number in range(len(exercises)):
        table.add_column(str(number + 1) if number < judged else "Q", justify="right")
    table.add_column("total", justify="right", style="bold")
    table.add_column("state")
    for record in records:
        own = rows[record.student]
        cells = [_score(mark) for mark in own]
        late = penalties[record.student]
        points = sum(mark.score or 0 for mark in own) - late
        total = "" if record.state == "needs a human" else f"{points:g}"
        # Text, not markup: a folder's name may hold brackets.
        table.add_row(
            Text(clean_text(record.student, LONGEST_NAME)),
            *cells,
            total,
            state_in_words(record, late),
        )
    frequent = _most_frequent([mark for own in rows.values() for mark in own])
    notes = [*_legend(exercises, judged, rows), *frequent, *_isolation(folder, records)]
    return Group(table, Text(), *notes, _summary(records, penalties))


def _score(mark: Mark) -> Text:
    if mark.status in SIGNS:
        return Text(SIGNS[mark.status], style="dim")
    score = mark.score or 0.0
    style = "green" if score == mark.max_score else "yellow" if score else "red"
    return Text(f"{score:g}", style=style)


def _legend(exercises: list[str], judged: int, rows: dict[str, list[Mark]]) -> list[Text]:
    own = next(iter(rows.values()), [])
    named = [f"{n + 1} {name}" for n, name in enumerate(exercises[:judged])]
    questions = [f"Q {mark.exercise} ({mark.max_score:g})" for mark in own[judged:]]
    return [
        Text(", ".join([*named, *questions]), style="dim"),
        Text("· not written   – nothing handed in   ? a human has to look", style="dim"),
    ]


def _most_frequent(all_marks: list[Mark]) -> list[Text]:
    """Name what went wrong most often, for the next lesson."""
    named = Counter(
        f"{name} ({mark.exercise})"
        for mark in all_marks
        for name in mark.mistake.split("; ")
        if name
    )
    often = [f"{number} × {name}" for name, number in named.most_common(5) if number > 1]
    return [Text(f"Most frequent: {', '.join(often)}")] if often else []


def _isolation(folder: ClassFolder, records: list[Record]) -> list[Text]:
    """Say what kept students' code apart when it was marked, and what it might use."""
    counts = Counter(record.isolation for record in records if record.isolation)
    if not counts:
        return []
    number = f" ({{}} of {sum(counts.values())})" if len(counts) > 1 else ""
    kinds = [
        f"{kind} ({MADE_OF.get(kind, 'unknown')}){number.format(counts[kind])}"
        for kind in sorted(counts)
    ]
    limits = settings_of(folder.config).limits
    told = (
        f"Limits: {limits.seconds_per_cell:g} s a cell, {limits.seconds_per_call:g} s a call, "
        f"{limits.seconds_per_submission:g} s a submission, {limits.memory_megabytes} MB of "
        f"memory, {limits.output_bytes / 1e6:g} MB of output a cell."
    )
    return [Text(f"Isolation: {'; '.join(kinds)}.", style="dim"), Text(told, style="dim")]


def _summary(records: list[Record], penalties: dict[str, float]) -> Text:
    counts = Counter(record.state for record in records)
    parts = [f"{counts[state]} {state}" for state in STYLES if counts[state]]
    late = [points for points in penalties.values() if points]
    told = f" Late: {len(late)}, {-sum(late):g} points in all." if late else ""
    return Text(f"{counted(len(records), 'student')}: {', '.join(parts)}.{told}", style="bold")
