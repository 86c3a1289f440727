"""What isolation and the wire cost, against the same work without them: ``bench --parts``."""

from __future__ import annotations

import os
import statistics
import time

import numpy as np
import psutil

from autograder import course
from autograder.building.notebooks import filled_in, read_source
from autograder.calling import observe
from autograder.exercises import ASSIGNMENTS, EXERCISES
from autograder.proving.bare import in_fork
from autograder.sandbox.client import Sandbox
from autograder.sandbox.isolation import probe
from autograder.sandbox.limits import Limits
from autograder.sandbox.remote import look
from autograder.sandbox.session import Zygote
from autograder.sandbox.shell import Shell, rehearsed

ROUNDS = 15
CALLS = 300
ASSIGNMENT = next(iter(ASSIGNMENTS))
PLOT = "import matplotlib.pyplot as plt\nplt.plot(range(9))\nplt.title('one plot')"


def main() -> None:
    """Print medians over several rounds, side by side."""
    cells = _student_cells()
    os.chdir(course.ROOT)  # where a bare run finds dnn_utils.py
    shell = rehearsed(Shell())
    ways = [one.mode for one in probe() if one.works]
    zygotes = {mode: Zygote(mode) for mode in ways}
    cpu: dict[str, list[float]] = {way: [] for way in ("bare", *ways)}
    for turn in range(ROUNDS + 1):
        for way, times in cpu.items():  # turn and turn about, so that a busy spell hits all
            spent = _bare(shell, cells) if way == "bare" else _isolated(zygotes[way], cells)
            if turn:  # the first round warms up
                times.append(spent)
    bare = statistics.median(cpu["bare"])
    print(f"one submission of {len(cells)} cells and a plot, CPU, median of {ROUNDS} rounds:")
    for way, times in cpu.items():
        median = statistics.median(times)
        more = f", {1000 * (median - bare):+.1f} ms, ratio {median / bare:.2f}"
        print(f"  {way:<10} {1000 * median:6.1f} ms{'' if way == 'bare' else more}")
    for mode, zygote in zygotes.items():
        here, there = _calls(zygote)
        print(
            f"a graded call on 100x50 arrays, {mode}: {500 * there:.2f} ms; here "
            f"{500 * here:.2f} ms; ratio {there / here:.1f} (an observation makes two such calls)"
        )
        zygote.close()


def _student_cells() -> list[str]:
    notebook = filled_in(read_source(course.SOURCES / f"{ASSIGNMENT}.md"))
    student = [c for c in notebook.cells if c.cell_type == "code" and "check(" not in c.source]
    return [cell.source for cell in student] + [PLOT]


def _bare(shell: Shell, cells: list[str]) -> float:
    """Run the cells in a fork of this warm process, and nothing more."""
    begun = time.process_time()
    return in_fork(shell, cells) + time.process_time() - begun


def _isolated(zygote: Zygote, cells: list[str]) -> float:
    """Run the same cells in a sandbox; the zygote's and this side's work counts too."""
    before = time.process_time() + _cpu_of(zygote)
    helpers = {
        path.name: np.frombuffer(path.read_bytes(), np.uint8)
        for path in course.ROOT.glob("*_utils.py")
    }
    session = zygote.fork(Limits())
    session.ask({"do": "files", "files": helpers}, 60.0)
    for number, cell in enumerate(cells, 1):
        session.ask({"do": "run", "source": cell, "number": number, "seconds": 60.0}, 60.0)
    child: float = session.end()["cpu"]
    return child + time.process_time() + _cpu_of(zygote) - before


def _cpu_of(zygote: Zygote) -> float:
    """Give the processor time of the warm process, without its ended children."""
    top = psutil.Process(zygote.pid)
    times = [process.cpu_times() for process in (top, *top.children(recursive=True))]
    return float(sum(one.user + one.system for one in times))


def _calls(zygote: Zygote) -> tuple[float, float]:
    """Time `linear_backward` on 100x50 arrays here and there, in turns."""
    rng = np.random.default_rng(1)
    right = EXERCISES["linear_backward"].reference
    W, b = rng.normal(size=(100, 100)), np.zeros((100, 1))
    args = (rng.normal(size=(100, 50)), (rng.normal(size=(100, 50)), W, b))
    sandbox = Sandbox(zygote, Limits(), {})
    sandbox.run(
        "import numpy as np\ndef linear_backward(dZ, cache):\n    A_prev, W, b = cache\n"
        "    m = A_prev.shape[1]\n    return W.T @ dZ, dZ @ A_prev.T / m, "
        "dZ.sum(axis=1, keepdims=True) / m",
        1,
    )
    remote = look(sandbox, "linear_backward")
    here, there = [], []
    for _ in range(CALLS):
        begun = time.perf_counter()
        observe(right, args)
        between = time.perf_counter()
        remote.observe(args)
        there.append(time.perf_counter() - between)
        here.append(between - begun)
    sandbox.close()
    return statistics.median(here), statistics.median(there)


if __name__ == "__main__":
    main()
