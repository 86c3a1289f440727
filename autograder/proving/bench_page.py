"""docs/bench.md, made of docs/bench.json and nothing else."""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from autograder.proving.bench_figures import BARE, Row, aims, rows


def write_page(path: Path) -> Path:
    """Write the tables of some results beside them, as Markdown."""
    results = json.loads(path.read_text(encoding="utf-8"))
    target = path.with_suffix(".md")
    target.write_text("\n".join(_page(results, path.with_suffix(".svg").name)) + "\n", "utf-8")
    return target


def _page(results: dict[str, Any], picture: str) -> Iterator[str]:
    found = rows(results)
    yield from _heading(results)
    if found:
        yield from ("", f"![{_alt(found)}]({picture})", "")
        yield from _ways(results, found)
    if told := aims(results):
        yield from ("", "## What is promised, and what was measured", "")
        body = [(aim.promise, aim.found, "yes" if aim.holds else "**no**") for aim in told]
        yield from _table(("promise, for a submission or a class", "measured", "holds"), body)
    if results.get("phases"):
        yield from _phases(results["phases"])
    if results.get("many"):
        yield from _many(results["many"])
    yield from _how(results)


def _heading(results: dict[str, Any]) -> Iterator[str]:
    machine, versions = results["machine"], results["versions"]
    told = ", ".join(f"{name} {version}" for name, version in sorted(versions.items()))
    yield "# What marking costs"
    yield ""
    yield (
        f"Measured on {machine['processors']} processors, Linux "
        f"{machine['kernel']}, {machine['architecture']}, Python {machine['python']}; {told}."
    )
    yield f"Isolation: {results['isolation']}. Assignment: {results['assignment']}."
    yield f"The class: {results['mix']}; no two submissions are alike."
    yield "This page is made of `bench.json` by `make bench`; don't edit it."


def _alt(found: list[Row]) -> str:
    """Say what the plot shows to whom can't see it."""
    largest = max(row.students for row in found)
    told = ", ".join(f"{r.way} {r.cpu_ms:.0f} ms" for r in found if r.students == largest)
    return (
        "Processor time for a submission, wall time and memory against the size of the class. "
        f"With {largest} students: {told}."
    )


def _ways(results: dict[str, Any], found: list[Row]) -> Iterator[str]:
    yield "## Side by side"
    yield ""
    yield (
        "Medians over the rounds; the range of the processor time in brackets. *to bare*: how many "
        "times the bare fork's processor time. *nbgrader to this*: how many times more nbgrader "
        "takes. Ratios are medians of the ratios within each round."
    )
    for size in dict.fromkeys(row.students for row in found):
        own = [row for row in found if row.students == size]
        yield from ("", f"### {size} students, {max(row.rounds for row in own)} rounds", "")
        yield from (_when(*(r for r in results["runs"] if r["students"] == size)), "")
        head = (
            "way", "CPU ms a submission", "to bare", "nbgrader to this", "wall ms a submission",
            "peak MB, all processes",
        )  # fmt: skip
        yield from _table(head, [_cells(row) for row in own])
        for out in results["left_out"]:
            if out["students"] == size:
                yield from ("", f"Not here: {out['way']} ({out['why']}).")
        if disturbed := sum(row.disturbed for row in own):
            runs = sum(row.rounds for row in own)
            yield ""
            yield f"Others were at work on the machine in {disturbed} of these {runs} runs."
        if forks := results["forks"].get(str(size)):
            floor = statistics.median(1000 * statistics.mean(turn) for turn in forks)
            yield ""
            yield f"The floor, the mean of the bare forks alone: {floor:.0f} ms."


def _when(*figures: dict[str, Any]) -> str:
    """Say when figures were measured, and with which code."""
    stamps = dict.fromkeys((one.get("date"), one.get("code")) for one in figures)
    told = [
        f"on {date}, code `{code}`" if code else "with code that was not noted"
        for date, code in stamps
    ]
    return f"Measured {', and '.join(told)}."


def _cells(row: Row) -> tuple[str, ...]:
    def times(value: float | None) -> str:
        return "" if value is None else f"{value:.2f}" if value < 10 else f"{value:.0f}"

    return (
        row.way,
        f"{row.cpu_ms:.0f} ({row.low_ms:.0f} to {row.high_ms:.0f})",
        times(row.to_bare),
        times(row.to_nbgrader),
        f"{row.wall_ms:.0f}",
        f"{row.peak_mb:.0f}",
    )


def _phases(phases: dict[str, Any]) -> Iterator[str]:
    yield from ("", "## Where the time of one submission goes", "")
    yield (
        f"Processor milliseconds, means over {phases['submissions']} submissions, one at a time, "
        f"in one process for the grader and the judge. The floor, the same cells in a bare fork: "
        f"{phases['floor_ms']:.1f} ms. {_when(phases)}"
    )
    yield ""
    total = sum(one["ms"] for one in phases["phases"])
    body = [
        (one["side"], one["phase"], f"{one['ms']:.1f}", f"{one['ms'] / total:.0%}")
        for one in phases["phases"]
    ]
    yield from _table(
        ("where", "phase", "CPU ms", "share"), [*body, ("", "all", f"{total:.1f}", "100%")]
    )
    yield ""
    yield f"On disk, a submission waits {phases['fsync_ms']:.1f} ms of wall time for fsync."


def _many(many: dict[str, Any]) -> Iterator[str]:
    yield from ("", f"## {many['students']} submissions in one run", "")
    yield (
        f"`autograder grade --jobs {many['jobs']}`: {many['wall'] / 60:.0f} minutes, "
        f"{1000 * many['cpu'] / many['students']:.0f} ms CPU a submission; "
        f"at the end {many['end_to_start']:.0%} of the rate at the start; memory of all "
        f"processes {many['memory_start_mb']:.0f} MB in the first tenth, "
        f"{many['memory_end_mb']:.0f} MB in the last, at most {many['peak_mb']:.0f} MB."
    )
    yield (
        f"{many['sample']} submissions, drawn, were marked again one by one in another class: "
        f"{len(many['differ'])} differ in verdicts or in rows of the gradebook. {_when(many)}"
    )
    if many.get("formgrader"):
        told = ", ".join(f"{page} {seconds:.1f} s" for page, seconds in many["formgrader"].items())
        yield f"The formgrader opens on it: {told}."
    yield ""
    body = [
        (f"{one['from'] + 1} to {one['to']}", f"{one['rate']:.2f}", f"{one['mb']:.0f}")
        for one in many["steps"]
    ]
    yield from _table(("submissions", "a second", "MB"), body)


def _how(results: dict[str, Any]) -> Iterator[str]:
    yield from ("", "## How it is measured", "")
    for way, about in results["ways"].items():
        yield f"- **{way}**: {about}."
    yield (
        "- **nbgrader by itself does less**: its hidden checks print a line and give full points, "
        "so it judges 4 of an exercise's 10 points. What it would cost to judge all is not guessed."
    )
    yield (
        "- **code** is a hash of everything that marks. Figures with another one are of another "
        "state of it, before or after: compare ratios, which are of one run."
    )
    yield (
        "- **CPU** is that of the whole command with all processes it starts, the warm processes' "
        "start included, so small classes pay more for each submission. Sandboxes have no parent "
        "any more when they end; a subreaper waits for them, so that none is lost. `/proc/stat` "
        "says what others used meanwhile."
    )
    yield (
        "- **Memory** is the sum of the proportional set sizes of all processes, looked at some "
        "times a second. A page that processes share counts once."
    )
    yield (
        "- Every way marks the same class in every round, turn and turn about. Tables of known "
        f"mistakes, which are worked out once after an installation, are there before. {BARE} is "
        "the floor: less than the student's own cells can't be run."
    )


def _table(head: Iterable[str], body: Iterable[Iterable[str]]) -> Iterator[str]:
    names = list(head)
    yield "| " + " | ".join(names) + " |"
    yield "|" + "---|" * len(names)
    for line in body:
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |"
