"""Kill workers all the time and see that every mark is right, once.

``python -m autograder.proving.cluster_kill --students 500 --workers 4 --every 10`` makes a
class, marks it on a Dask cluster of local processes while one of them after the other is
killed by -9, marks a copy of it in one process with the same probes, and compares.
"""

from __future__ import annotations

import random
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import click
import nbformat
from nbgrader.api import SubmittedAssignment

from autograder.demo import make_class
from autograder.grading import marking
from autograder.grading.classroom import ClassFolder
from autograder.grading.cluster.connecting import connected
from autograder.grading.marks import marks
from autograder.grading.records import autograded_path, file_hash, load_record

ASSIGNMENT = "step-by-step"
SEED = 20


@click.command()
@click.option("--students", default=60, show_default=True, help="How many submissions.")
@click.option("--workers", default=4, show_default=True, help="How many worker processes.")
@click.option("--every", default=10.0, show_default=True, help="Seconds between two kills.")
@click.option(
    "--folder", type=click.Path(path_type=Path), default="cluster-kill", show_default=True,
    help="Where the class is made, twice; it must not exist.",
)  # fmt: skip
def main(students: int, workers: int, every: float, folder: Path) -> None:
    """Make a class, mark it in both ways, compare, and print a table."""
    if folder.exists():
        raise click.ClickException(f"{folder} is already there. Name another one: --folder PATH")
    made = _all_different(make_class(folder / "dask", students))
    shutil.copytree(made.path, folder / "alone")
    alone = ClassFolder(folder / "alone")
    begun = time.monotonic()
    with _killed(workers, every, folder) as cluster:
        _wait_for(cluster.address)
        with connected(cluster.address, made, click.echo) as there:
            marking.grade(made, [ASSIGNMENT], seed=SEED, executor=there.executor, jobs=there.jobs)
            died = there.ends["died"]
    on_dask = time.monotonic() - begun
    begun = time.monotonic()
    marking.grade(alone, [ASSIGNMENT], seed=SEED)
    rows = {
        "submissions": students,
        "worker processes": workers,
        "workers killed by -9": cluster.killed,
        "of them while a submission was judged": died,
        "seconds with them": f"{on_dask:.0f}",
        "seconds in one process, none killed": f"{time.monotonic() - begun:.0f}",
    }
    differing = _differing(made, alone)
    click.echo("\n".join(f"| {what} | {number} |" for what, number in rows.items()))
    for what, found in differing.items():
        click.echo(f"| differing: {what} | {len(found)} |")
    for found in differing.values():
        click.echo("\n".join(found[:5]), nl=bool(found))
    sys.exit(1 if any(differing.values()) else 0)


def _wait_for(address: str) -> None:
    host, port = address.removeprefix("tcp://").split(":")
    while True:
        with suppress(OSError), socket.create_connection((host, int(port))):
            return
        time.sleep(0.2)


def _all_different(folder: ClassFolder) -> ClassFolder:
    """Write something of their own into everybody's notebook, so that none is another's.

    The long loop is cut short: it shows its progress by the clock, never twice the same.
    """
    for number, path in enumerate(sorted(folder.path.glob(f"submitted/*/{ASSIGNMENT}/*.ipynb"))):
        with suppress(ValueError):  # one lost its second half
            notebook = nbformat.reads(path.read_text(encoding="utf-8"), as_version=4)
            cell = nbformat.v4.new_code_cell(f"print({number})", id=f"own-{number}")
            notebook.cells.insert(1, cell)
            for one in notebook.cells:
                one.source = one.source.replace("range(2001)", "range(41)")
            path.write_text(nbformat.writes(notebook), encoding="utf-8")
    return folder


class _LocalCluster:
    """A scheduler and workers, each a process; a worker that ends is started again."""

    def __init__(self, workers: int, folder: Path) -> None:
        self._folder = folder
        self.killed = 0
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.address = f"tcp://127.0.0.1:{port}"
        command = ["scheduler", "--host", "127.0.0.1", "--port", str(port)]
        self._scheduler = self._started(*command, "--dashboard-address", "127.0.0.1:0")
        self._workers = [self._worker() for _ in range(workers)]
        self._rng = random.Random(SEED)

    def _started(self, what: str, *options: str) -> subprocess.Popen[bytes]:
        with (self._folder / f"{what}.log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", f"distributed.cli.dask_{what}", *options], stderr=log
            )

    def _worker(self) -> subprocess.Popen[bytes]:
        options = ["--host", "127.0.0.1", "--nthreads", "1", "--no-nanny", "--no-dashboard"]
        scratch = ["--local-directory", str(self._folder / "scratch")]
        return self._started("worker", self.address, *options, *scratch)

    def kill_one(self) -> None:
        """Kill any of the workers by -9, be it at work or just starting, and start another."""
        number = self._rng.randrange(len(self._workers))
        _kill(self._workers[number])
        self.killed += 1
        self._workers[number] = self._worker()

    def close(self) -> None:
        for process in [*self._workers, self._scheduler]:
            _kill(process)


def _kill(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()


@contextmanager
def _killed(workers: int, every: float, folder: Path) -> Iterator[_LocalCluster]:
    """Kill a worker again and again while the block runs."""
    cluster, stop = _LocalCluster(workers, folder), threading.Event()

    def kill() -> None:
        while not stop.wait(every):
            cluster.kill_one()

    killing = threading.Thread(target=kill)
    killing.start()
    try:
        yield cluster
    finally:
        stop.set()
        killing.join()
        cluster.close()


def _differing(one: ClassFolder, other: ClassFolder) -> dict[str, list[str]]:
    """List whose marks, records or notebooks are not the same, and who has more than one."""
    everyone = one.students(ASSIGNMENT)
    ours, theirs = marks(one, ASSIGNMENT), marks(other, ASSIGNMENT)
    pairs = zip(ours, theirs, strict=True)
    found = {"marks": [f"{a} and {b}" for a, b in pairs if a != b], "records": [], "notebooks": []}
    for student in everyone:
        # When it was marked, and by which run, may differ.
        first, second = (
            replace(load_record(folder, student, ASSIGNMENT), run="", marked="", seal="")
            for folder in (one, other)
        )
        if first != second:
            found["records"].append(student)
        paths = [autograded_path(folder, student, ASSIGNMENT) for folder in (one, other)]
        if file_hash(paths[0]) != file_hash(paths[1]):
            found["notebooks"].append(str(paths[0]))
    with one.gradebook() as gradebook:
        ids = [row.student_id for row in gradebook.db.query(SubmittedAssignment).all()]
    found["marked more than once"] = sorted({one for one in ids if ids.count(one) > 1})
    return found


if __name__ == "__main__":
    main()
