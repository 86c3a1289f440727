"""Where the time of one submission goes, phase by phase, beside the floor.

python -m autograder.proving.phases CLASS ASSIGNMENT
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from autograder.errors import BenchError
from autograder.grading.classroom import ClassFolder
from autograder.proving.phases_worker import JUDGE, SANDBOX, WARM
from autograder.proving.spans import Spans, replace
from autograder.proving.ways import ONE_THREAD, SEED

GRADER = "grader"
# What happens in the grader's own process, for each submission.
TARGETS = {
    "autograder.grading.marker:take_in": "reading what was handed in",
    "autograder.grading.marker:prepare": "preparing the notebook",
    "autograder.grading.marker:lay_out": "laying out files",
    "autograder.grading.judge_process:JudgeProcess.mark": "sending to the judge and back",
    "autograder.grading.marker:read_marks": "reading marks off the notebook",
    "autograder.grading.marker:gather": "gathering verdicts",
    "autograder.grading.marker:clean_notebook": "cleaning outputs",
    "autograder.grading.marker:drop_loud_files": "cleaning files",
    "autograder.grading.mark_rows:MarkRows.write": "writing the gradebook",
    "autograder.grading.writer:Writer.write": "writing notebook, folder and record",
    "autograder.grading.marker:Marker.mark": "everything else",
}


def of_class(folder: ClassFolder, assignment: str) -> dict[str, Any]:
    """Mark a class with timers everywhere, in a process of its own; give means.

    Raises
    ------
    BenchError
        If it can't be measured.
    """
    command = [sys.executable, "-P", "-m", "autograder.proving.phases"]
    done = subprocess.run(
        [*command, str(folder.path), assignment],
        env=os.environ | ONE_THREAD, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise BenchError(f"The phases can't be measured: {last}")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def main() -> None:
    """Measure and print the figures as JSON."""
    folder, assignment = ClassFolder(Path(sys.argv[1])), sys.argv[2]
    with tempfile.TemporaryDirectory() as place:
        print(json.dumps(_measured(folder, assignment, Path(place) / "judge.json")))


def _measured(folder: ClassFolder, assignment: str, file: Path) -> dict[str, Any]:
    from autograder.grading import marking

    os.environ["PHASES_FILE"] = str(file)
    replace("autograder.grading.judge_process:subprocess.Popen", _other_worker)
    spans, waited = Spans(), [0.0]
    spans.put_around(TARGETS)
    replace("os:fsync", lambda sync: _waiting(sync, waited))
    number = len(marking.grade(folder, [assignment], seed=int(SEED)))
    told = {GRADER: spans.seconds} | json.loads(file.read_text())
    phases = [
        {"side": side, "phase": phase, "ms": round(1000 * seconds / number, 3)}
        for side in (GRADER, JUDGE, SANDBOX, WARM)
        for phase, seconds in sorted(told[side].items(), key=lambda one: -one[1])
    ]
    return {
        "submissions": number,
        "phases": phases,
        "floor_ms": round(1000 * _floor(folder, assignment), 3),
        "fsync_ms": round(1000 * waited[0] / number, 3),
    }


def _other_worker(popen: Callable[..., Any]) -> Callable[..., Any]:
    """Start the judge with timers where the judge would be started."""

    def started(command: list[str], **options: Any) -> Any:
        swapped = ["autograder.proving.phases_worker" if c == "autograder.worker" else c
                   for c in command]  # fmt: skip
        return popen(swapped, **options)

    return started


def _waiting(sync: Callable[[int], None], waited: list[float]) -> Callable[[int], None]:
    def synced(descriptor: int) -> None:
        begun = time.perf_counter()
        sync(descriptor)
        waited[0] += time.perf_counter() - begun

    return synced


def _floor(folder: ClassFolder, assignment: str) -> float:
    """Give the mean processor seconds of the same cells in bare forks."""
    command = [sys.executable, "-P", "-m", "autograder.proving.bare", str(folder.path), assignment]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    forks: list[float] = json.loads(done.stdout.strip().splitlines()[-1])["forks"]
    return statistics.mean(forks)


if __name__ == "__main__":
    main()
