"""One process of a small Dask cluster: ``dask_process.py scheduler``, or
``dask_process.py worker ADDRESS THREADS KIND...``. It says its address once it is there.

A worker of kind ``real`` has real judges. All others only pretend, and KIND says what else
is wrong with them.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from pathlib import Path

from distributed import Scheduler, Worker

from autograder.errors import IsolationError, JudgeError
from autograder.grading import judge_process
from autograder.grading.cluster import on_worker
from autograder.grading.judge_process import Marked
from autograder.sandbox.isolation import Found

DEADLY, LAME, SLOW = "# kills its worker", "# can't be judged", "# slow"


class PretendedJudge:
    """A judge whose marks depend on the cells, the files and the seed only."""

    mode = "pretended"

    def __init__(self, settings=None):
        pass

    def mark(self, assignment, cells, files, seed):
        text = "".join(cell["source"] for cell in cells)
        if DEADLY in text:
            os.kill(os.getpid(), signal.SIGKILL)
        if LAME in text:
            raise JudgeError("The judge's process ended while it was judged.")
        if SLOW in text:
            time.sleep(0.2)
        known = sum(map(len, files.values())) + len(text) + seed
        told = [_pretended(cell, known + n, seed) for n, cell in enumerate(cells)]
        return Marked(told, [], self.mode)

    def close(self):
        pass


def _pretended(cell, number, seed):
    if cell["kind"] == "student":
        return {"outputs": [{"output_type": "stream", "name": "stdout", "text": str(number)}]}
    points = float(number % 4)
    verdict = {
        "exercise": cell["name"], "hidden": cell["kind"] == "hidden", "points": points,
        "max_points": 4.0, "own_points": points, "blank": False, "words": f"{points} points",
        "seed": seed, "mistakes": [], "reached": True,
    }  # fmt: skip
    data = {"text/plain": repr(points)}
    output = {"output_type": "execute_result", "execution_count": None, "metadata": {}}
    return {"outputs": [output | {"data": data}], "verdict": verdict}


class RubbishJudge(PretendedJudge):
    """Answers for one cell too few."""

    def mark(self, *asked):
        marked = super().mark(*asked)
        return Marked(marked.cells[1:], marked.reasons, marked.isolation)


class HangingJudge(PretendedJudge):
    """Never answers."""

    def mark(self, *asked):
        time.sleep(3600)


class BrokenJudge(PretendedJudge):
    """Can't work at all."""

    def mark(self, *asked):
        raise IsolationError("The judge's process did not start.")


JUDGES = {"rubbish": RubbishJudge, "hangs": HangingJudge, "broken": BrokenJudge}


def become(kind: str) -> None:
    if kind == "real":
        return
    if kind == "weak":
        judge_process.probe = lambda modes: [Found(one, one == "rlimits", "no") for one in modes]
        return
    if kind == "old":
        there = on_worker.where_judged() | {"numpy": "1.26.0"}
        on_worker.where_judged = lambda: there
    on_worker.JudgeProcess = JUDGES.get(kind, PretendedJudge)


async def serve(process) -> None:
    async with process:
        print(process.address, flush=True)
        await process.finished()


def main() -> None:
    what, *about = sys.argv[1:]
    if what == "scheduler":
        asyncio.run(serve_scheduler())
    else:
        address, threads, kind = about
        become(kind)
        asyncio.run(serve_worker(address, int(threads)))


async def serve_scheduler() -> None:
    protocol = os.environ.get("DASK_PROTOCOL", "tcp")
    await serve(Scheduler(host="127.0.0.1", port=0, dashboard=False, protocol=protocol))


async def serve_worker(address: str, threads: int) -> None:
    folder = Path(os.environ["DASK_FOLDER"])
    await serve(
        Worker(address, nthreads=threads, host="127.0.0.1", dashboard=False, local_directory=folder)
    )


if __name__ == "__main__":
    main()
