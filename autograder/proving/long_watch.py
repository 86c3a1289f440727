"""Let submissions land for hours and see that `autograder watch` keeps up and does not grow.

``python -m autograder.proving.long_watch --students 3600 --every 1`` makes a class of which
nobody has handed in, starts `autograder watch` on it, lets one submission after the other
land, and prints a table: how long each waited for its mark, and the memory of all processes.
With ``--scheduler`` the cluster's own processes are not among them.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path

import click

from autograder.proving.accounting import Sampler
from autograder.proving.many import memory, written_at
from autograder.proving.ways import BIN, Class

ASSIGNMENT = "step-by-step"
QUIET = 1.0  # seconds; nothing that lands here comes in pieces
PATIENCE = 120.0  # for the last ones


@click.command()
@click.option("--students", default=3600, show_default=True, help="How many submissions land.")
@click.option("--every", default=1.0, show_default=True, help="Seconds between two.")
@click.option("--parts", default=6, show_default=True, help="Rows of the table.")
@click.option("--feedback", is_flag=True, help="With feedback pages.")
@click.option("--scheduler", metavar="ADDRESS", help="Mark on a Dask cluster.")
@click.option(
    "--folder", type=click.Path(path_type=Path), default="long-watch", show_default=True,
    help="Where the class is made; it must not exist.",
)  # fmt: skip
def main(
    students: int, every: float, parts: int, feedback: bool, scheduler: str | None, folder: Path
) -> None:
    """Make a class, let submissions land while it is watched, and print a table."""
    if folder.exists():
        raise click.ClickException(f"{folder} is already there. Name another one: --folder PATH")
    folder.mkdir(parents=True)
    one = Class(folder / "class", ASSIGNMENT, students, seed=1)
    submitted = one.folder.path / "submitted"
    waiting = submitted.rename(folder / "waiting")
    submitted.mkdir()
    watch = [str(BIN / "autograder"), "watch", str(one.folder.path), "--quiet", str(QUIET)]
    watch += ["--feedback"] if feedback else []
    watch += ["--scheduler", scheduler] if scheduler else []
    begun = time.time()
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(watch, stdout=log, stderr=log)
        sampler = Sampler(time.monotonic())
        try:
            landed = _let_land(waiting, submitted, every, process)
            _wait_for_all(one, students, process)
            process.terminate()
            code = process.wait()
        finally:
            process.kill()
            process.wait()
            sampler.stop()
    marked = written_at(one.folder, ASSIGNMENT)
    samples = [(begun + after, size) for after, size in sampler.samples]
    for row in _rows(landed, marked, samples, parts):
        click.echo("| " + " | ".join(row) + " |")
    times = (folder / "log").read_bytes().count(b"  graded\n")
    click.echo(f"{students} landed, {one.marked()} have marks, {times} times one was marked.")
    sys.exit(code or not students == one.marked() == times)


def _let_land(
    waiting: Path, submitted: Path, every: float, process: subprocess.Popen[bytes]
) -> list[float]:
    """Let one after the other land; give the times."""
    landed = []
    for path in sorted(waiting.iterdir()):
        if process.poll() is not None:
            break
        path.rename(submitted / path.name)
        landed.append(time.time())
        time.sleep(every)
    return landed


def _wait_for_all(one: Class, students: int, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + PATIENCE
    while len(written_at(one.folder, ASSIGNMENT)) < students:
        if process.poll() is not None or time.monotonic() > end:
            return
        time.sleep(1.0)


def _rows(
    landed: list[float], marked: list[float], samples: list[tuple[float, float]], parts: int
) -> list[list[str]]:
    """Set waits and memory side by side; the order of marks is that of landing, or nearly."""
    rows = [["submissions", "seconds until marked, median", "longest", "MB"]]
    bounds = [len(marked) * part // parts for part in range(parts + 1)]
    for first, last in pairwise(bounds):
        waits = [m - l for l, m in zip(landed[first:last], marked[first:last], strict=True)]
        if waits:
            mb = memory(samples, marked[first], marked[last - 1])
            rows.append(
                [f"{first + 1} to {last}", f"{statistics.median(waits):.1f}",
                 f"{max(waits):.1f}", f"{mb:.0f}"]
            )  # fmt: skip
    return rows


if __name__ == "__main__":
    main()
