"""The table of marks that move."""

from __future__ import annotations

from rich.console import Group
from rich.table import Table
from rich.text import Text

from autograder.grading.clean import clean_text
from autograder.grading.marks import LATE
from autograder.grading.regrading import Move, Regraded
from autograder.grading.report import LONGEST_NAME
from autograder.words import counted


def regrade_table(name: str, regraded: Regraded, command: str) -> Group:
    """Draw which marks move, by how much and why, and the totals.

    Parameters
    ----------
    name : str
        The class's.
    regraded : Regraded
        What came of the regrade.
    command : str
        What writes it.
    """
    parts: list[Table | Text] = []
    for assignment in dict.fromkeys(move.assignment for move in regraded.moves):
        moves = [move for move in regraded.moves if move.assignment == assignment]
        title = f"{name}, {assignment}: marks that move"
        parts += [_moves(title, moves), Text(), *_totals(moves), Text()]
    return Group(*parts, *_summary(regraded, command))


def _moves(title: str, moves: list[Move]) -> Table:
    table = Table(title=title, title_justify="left", show_edge=False)
    for name in ("student", "exercise"):
        table.add_column(name, no_wrap=True)
    for name in ("before", "after"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("why: this changed")
    for move in moves:
        before, after = (_signed(move, points) for points in (move.before, move.after))
        better = (after or 0) > (before or 0)
        why = Text(move.why)
        if move.says:
            why.append(f"\n{move.says}", style="dim")
        if move.by_hand:
            why.append("\nA mark was given by hand; it stays and is to be looked at again.")
        table.add_row(
            Text(clean_text(move.student, LONGEST_NAME)),  # text, not markup
            Text(move.exercise),
            _points(before),
            Text(_points(after), style="green" if better else "red"),
            why,
        )
    return table


def _signed(move: Move, points: float | None) -> float | None:
    """Give points as they count: a penalty is a loss."""
    return -points if points and move.exercise == LATE else points


def _points(points: float | None) -> str:
    return "–" if points is None else f"{points:g}"


def _totals(moves: list[Move]) -> list[Text]:
    """Sum up each exercise."""
    named: dict[str, list[float]] = {}
    for move in moves:
        by = (_signed(move, move.after) or 0.0) - (_signed(move, move.before) or 0.0)
        named.setdefault(move.exercise, []).append(by)
    lines = []
    for exercise, changes in named.items():
        up, down = [by for by in changes if by > 0], [by for by in changes if by < 0]
        told = [f"{len(up)} up by {sum(up):g} points in all"] if up else []
        told += [f"{len(down)} down by {-sum(down):g} points in all"] if down else []
        lines.append(Text(f"{exercise}: {', '.join(told) or 'no points'}."))
    return lines


def _summary(regraded: Regraded, command: str) -> list[Text]:
    moves = regraded.moves
    students = len({(move.assignment, move.student) for move in moves})
    again = regraded.again
    told = [f"{counted(again, 'submission was', 'submissions were')} marked again"]
    if moves:
        marks = counted(len(moves), "mark moves", "marks move")
        told.append(f"{marks}, of {counted(students, 'submission')}")
    else:
        told.append("no mark moves")
    lines = [f"{'; '.join(told)}."]
    if regraded.failed:
        names = ", ".join(clean_text(record.student) for record in regraded.failed[:3])
        more = f" and {n} more" if (n := len(regraded.failed) - 3) > 0 else ""
        lines.append(f"Could not be judged this time and stay as they are: {names}{more}.")
    if not (again or moves):
        lines.append("There is nothing to write.")
    elif regraded.written:
        lines.append("It is written.")
    else:
        lines.append(f"Nothing is written. This writes it: {command}")
    return [Text(line, style="bold") for line in lines]
