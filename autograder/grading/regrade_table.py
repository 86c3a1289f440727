"""The table of marks that move."""

from __future__ import annotations

from rich.console import Group
from rich.table import Table
from rich.text import Text

from autograder.grading.clean import clean_text
from autograder.grading.regrading import Move, Regraded
from autograder.grading.report import LONGEST_NAME


def regrade_table(title: str, regraded: Regraded, command: str) -> Group:
    """Draw which marks move, by how much and why, and the totals.

    Parameters
    ----------
    title : str
        What stands above it.
    regraded : Regraded
        What came of the regrade.
    command : str
        What writes it.
    """
    parts: list[Table | Text] = []
    if regraded.moves:
        parts += [_moves(title, regraded.moves), Text(), *_totals(regraded.moves)]
    return Group(*parts, *_summary(regraded, command))


def _moves(title: str, moves: list[Move]) -> Table:
    table = Table(title=title, title_justify="left", show_edge=False)
    for name in ("student", "assignment", "exercise"):
        table.add_column(name, no_wrap=True)
    for name in ("before", "after"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("why: what changed", overflow="fold")
    for move in moves:
        style = "green" if (move.after or 0) > (move.before or 0) else "red"
        why = Text(move.why)
        if move.says:
            why.append(f"\n{move.says}", style="dim")
        if move.by_hand:
            why.append("\nA mark was given by hand; it stays and is to be looked at again.")
        table.add_row(
            Text(clean_text(move.student, LONGEST_NAME)),  # text, not markup
            move.assignment,
            Text(move.exercise),
            _points(move.before),
            Text(_points(move.after), style=style),
            why,
        )
    return table


def _points(points: float | None) -> str:
    return "–" if points is None else f"{points:g}"


def _totals(moves: list[Move]) -> list[Text]:
    """Sum up each exercise."""
    named: dict[tuple[str, str], list[float]] = {}
    for move in moves:
        by = (move.after or 0.0) - (move.before or 0.0)
        named.setdefault((move.assignment, move.exercise), []).append(by)
    lines = []
    for (assignment, exercise), changes in named.items():
        up, down = [by for by in changes if by > 0], [by for by in changes if by < 0]
        told = [f"{len(up)} up by {sum(up):g} points in all"] if up else []
        told += [f"{len(down)} down by {-sum(down):g} points in all"] if down else []
        lines.append(Text(f"{assignment}, {exercise}: {', '.join(told) or 'no points'}."))
    return lines


def _summary(regraded: Regraded, command: str) -> list[Text]:
    moves = regraded.moves
    students = len({(move.assignment, move.student) for move in moves})
    again = regraded.again
    told = [f"{_number(again, 'submission was', 'submissions were')} marked again"]
    told.append(f"{_number(len(moves), 'mark', 'marks')} of {students} move" if moves else
                "no mark moves")  # fmt: skip
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


def _number(number: int, one: str, more: str) -> str:
    return f"{number} {one if number == 1 else more}"
