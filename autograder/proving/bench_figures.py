"""The figures of a bench: medians and ratios of what docs/bench.json holds."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

BARE, CHECKS = "bare fork", "bare fork, checks"
ONE, TWO, STOCK = "grade --jobs 1", "grade --jobs 2", "nbgrader autograde"
MOST_TIMES_BARE, MOST_MS_MORE, LEAST_TIMES_NBGRADER, LEAST_RATE = 1.3, 60.0, 20.0, 1.8
QUIET = 0.1  # processors that others may have used during a run


@dataclass(frozen=True)
class Row:
    """One way on one class: medians over its rounds.

    Attributes
    ----------
    way, students, rounds
        Which.
    cpu_ms, low_ms, high_ms : float
        Processor milliseconds for a submission: median, least, most.
    wall_ms : float
        Milliseconds of the clock for a submission.
    peak_mb : float
        The most memory of all its processes together.
    to_bare, to_nbgrader : float or None
        How many times the processor time of the bare fork it takes, and how many times
        nbgrader takes its own: medians of the ratios within each round.
    disturbed : int
        Rounds in which others were at work on the machine.
    """

    way: str
    students: int
    rounds: int
    cpu_ms: float
    low_ms: float
    high_ms: float
    wall_ms: float
    peak_mb: float
    to_bare: float | None
    to_nbgrader: float | None
    disturbed: int


def rows(results: dict[str, Any]) -> list[Row]:
    """Sum the runs up, small classes first, ways in their order."""
    keys = dict.fromkeys((run["students"], run["way"]) for run in results["runs"])
    order = list(results["ways"])
    return [
        _row(results["runs"], way, size)
        for size, way in sorted(keys, key=lambda key: (key[0], order.index(key[1])))
    ]


def _row(runs: list[dict[str, Any]], way: str, size: int) -> Row:
    own = _of(runs, way, size)
    each = [1000 * run["cpu"] / size for run in own]
    return Row(
        way,
        size,
        len(own),
        statistics.median(each),
        min(each),
        max(each),
        statistics.median(1000 * run["wall"] / size for run in own),
        statistics.median(run["peak_mb"] for run in own),
        ratio(runs, size, way, BARE, _cpu),
        ratio(runs, size, STOCK, way, _cpu),
        sum(run["machine_cpu"] - run["cpu"] > QUIET * run["wall"] for run in own),
    )


def _of(runs: list[dict[str, Any]], way: str, size: int) -> list[dict[str, Any]]:
    return [run for run in runs if (run["way"], run["students"]) == (way, size)]


def _cpu(run: dict[str, Any]) -> float:
    return float(run["cpu"])


def ratio(
    runs: list[dict[str, Any]], size: int, way: str, other: str, of: Callable[[Any], float]
) -> float | None:
    """Give the median, over the rounds that both have, of one way's figure to another's."""
    theirs = {run["round"]: of(run) for run in _of(runs, other, size)}
    found = [
        of(run) / theirs[run["round"]] for run in _of(runs, way, size) if run["round"] in theirs
    ]
    return statistics.median(found) if found else None


@dataclass(frozen=True)
class Aim:
    """Something that is promised, and what was measured of it."""

    promise: str
    found: str
    holds: bool


def aims(results: dict[str, Any]) -> list[Aim]:
    """Hold what is promised against what was measured, on the largest class that has it."""
    found: list[Aim] = []
    runs = results["runs"]
    by = {(row.way, row.students): row for row in rows(results)}

    def largest(*ways: str) -> int:
        sizes = [{size for way, size in by if way == one} for one in ways]
        return max(set.intersection(*sizes), default=0)

    for way, words in ((CHECKS, "the same cells in a bare fork"), (BARE, "those without checks")):
        if size := largest(way, ONE):
            bare, ours = by[way, size].cpu_ms, by[ONE, size].cpu_ms
            times = ratio(runs, size, ONE, way, _cpu) or 0.0
            found.append(
                Aim(
                    f"at most {MOST_TIMES_BARE} times the processor time of {words}, "
                    f"or {MOST_MS_MORE:g} ms more",
                    f"{size} students: {times:.2f} times, {ours - bare:+.0f} ms",
                    times <= MOST_TIMES_BARE or ours - bare <= MOST_MS_MORE,
                )
            )
    if size := largest(STOCK, ONE):
        times = by[ONE, size].to_nbgrader or 0.0
        found.append(
            Aim(
                f"at least {LEAST_TIMES_NBGRADER:g} times less processor time than nbgrader",
                f"{size} students: {times:.1f} times less",
                times >= LEAST_TIMES_NBGRADER,
            )
        )
    if size := largest(ONE, TWO):
        rate = ratio(runs, size, ONE, TWO, lambda run: float(run["wall"])) or 0.0
        found.append(
            Aim(
                f"two jobs at least {LEAST_RATE} times the rate of one",
                f"{size} students: {rate:.2f} times",
                rate >= LEAST_RATE,
            )
        )
    if many := results.get("many"):
        found.append(
            Aim(
                "a large class: at the end at least 90 % of the rate at the start",
                f"{many['students']} students: {many['end_to_start']:.0%}",
                many["end_to_start"] >= 0.9,
            )
        )
        found.append(
            Aim(
                "a large class: marks as in single runs",
                f"{many['sample'] - len(many['differ'])} of {many['sample']} drawn submissions",
                not many["differ"],
            )
        )
    return found
