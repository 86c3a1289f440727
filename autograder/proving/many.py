"""Thousands of submissions in one run: as fast, as small and as right as few.

The class is made, marked by one `autograder grade`, and looked at afterwards: the rate by the
times at which records were written, the memory by samples of all processes, the marks of a
drawn sample against single runs in a class of their own, and whether formgrader opens. The
figures go into docs/bench.json, and table and plot are made anew.

python -m autograder.proving.many --students 10000
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from autograder.errors import AutograderError, BenchError
from autograder.grading.classroom import ClassFolder
from autograder.proving.accounting import Used, used_by
from autograder.proving.bench import RESULTS, about, save
from autograder.proving.bench_page import write_page
from autograder.proving.bench_plot import draw
from autograder.proving.formgrader import opened
from autograder.proving.same_marks import differing
from autograder.proving.stamp import stamp
from autograder.proving.ways import BIN, INCOMPLETE, ONE_THREAD, SEED, Class, warm_up

STEP = 500
BETWEEN_LINES = 30.0  # seconds
MEGABYTES_EACH = 0.6  # of one submission: notebooks, pictures, rows, records


def main(arguments: Sequence[str] | None = None) -> None:
    """Make, mark, look, save."""
    asked = _parser().parse_args(arguments)
    measured = stamp()
    try:
        if asked.folder is None:
            with tempfile.TemporaryDirectory(prefix="many-") as name:
                found = _measured(asked, Path(name))
        else:
            asked.folder.mkdir(parents=True, exist_ok=True)
            found = _measured(asked, asked.folder)
        there = asked.output.is_file()
        results = json.loads(asked.output.read_text()) if there else _nothing_else(asked)
        save(asked.output, results | {"many": found | measured})
        write_page(asked.output)
        draw(asked.output)
        if found["differ"]:
            raise BenchError(f"Marks differ from single runs: {', '.join(found['differ'][:5])}")
    except AutograderError as error:
        print(f"many: {error}", file=sys.stderr)
        sys.exit(error.exit_code)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m autograder.proving.many", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    add = parser.add_argument
    add("--students", type=int, default=10_000, help="how many (10000)")
    add("--jobs", type=int, default=2, help="submissions at a time (2)")
    add("--sample", type=int, default=200, help="submissions marked again by themselves (200)")
    add("--step", type=int, default=STEP, help="submissions that one rate is taken over (500)")
    add("--assignment", default="step-by-step", help="what is marked (step-by-step)")
    add("--seed", type=int, default=1, help="another seed, another class (1)")
    add("--folder", type=Path, help="an empty folder in which the class is left")
    add("--output", type=Path, default=RESULTS, help="the results (docs/bench.json)")
    return parser


def _nothing_else(asked: argparse.Namespace) -> dict[str, Any]:
    empty: dict[str, Any] = {"runs": [], "forks": {}, "ways": {}, "left_out": []}
    return about(asked.assignment, asked.seed) | empty


def _measured(asked: argparse.Namespace, place: Path) -> dict[str, Any]:
    warm_up(place / "warm-up", asked.assignment)
    _refuse_if_too_small(place, asked.students)
    begun = time.monotonic()
    one = Class(place / "class", asked.assignment, asked.students, asked.seed)
    _say(f"Made {asked.students} submissions in {time.monotonic() - begun:.0f} s.")
    started = time.time()
    used = _marked(one, asked.jobs, place / "log")
    found = _told(used, written_at(one.folder, asked.assignment), started, asked)
    names = sorted(path.name for path in (one.folder.path / "submitted").iterdir())
    drawn = random.Random(asked.seed).sample(names, min(asked.sample, len(names)))
    _say(f"Marked. Now {len(drawn)} by themselves.")
    found["sample"] = len(drawn)
    found["differ"] = differing(one, sorted(drawn), int(SEED), place / "single", _say)
    found["formgrader"] = opened(one.folder, asked.assignment, place)
    return found


def _refuse_if_too_small(place: Path, students: int) -> None:
    needed = students * MEGABYTES_EACH
    if (free := shutil.disk_usage(place).free / 1e6) < needed:
        raise BenchError(
            f"{students} marked submissions may take {needed / 1000:.0f} GB, and {free / 1000:.0f} "
            "are free. Say another place: --folder DIR."
        )


def _marked(one: Class, jobs: int, log: Path) -> Used:
    """Mark the class in one run, saying now and then how far it is."""
    end = threading.Event()
    records = one.folder.path / ".autograder" / "records"

    def tell() -> None:
        while not end.wait(BETWEEN_LINES):
            there = len(list(records.iterdir())) if records.is_dir() else 0
            _say(f"{there} of {one.students}")

    teller = threading.Thread(target=tell, daemon=True)
    teller.start()
    grade = [str(BIN / "autograder"), "grade", str(one.folder.path), one.assignment]
    try:
        used = used_by(
            [*grade, "--seed", SEED, "--jobs", str(jobs)], one.folder.path, log, ONE_THREAD
        )
    finally:
        end.set()
        teller.join()
    if used.code not in (0, INCOMPLETE) or one.marked() != one.students:
        said = (log.read_text(errors="replace").strip().splitlines() or ["nothing"])[-1]
        raise BenchError(
            f"autograder grade ended with {used.code}, has marked {one.marked()} of "
            f"{one.students}, and said: {said[:300]}"
        )
    return used


def written_at(folder: ClassFolder, assignment: str) -> list[float]:
    """Give the times at which submissions were finished: their records are written last."""
    records = (folder.path / ".autograder" / "records").glob(f"*/{assignment}.json")
    return sorted(path.stat().st_mtime for path in records)


def _told(used: Used, times: list[float], started: float, asked: Any) -> dict[str, Any]:
    figures = asdict(used)
    told = {name: round(figures[name], 3) for name in ("cpu", "wall", "machine_cpu", "peak_mb")}
    samples = [(started + after, size) for after, size in used.samples]
    tenth = max(2, len(times) // 10)
    return told | {
        "students": asked.students,
        "jobs": asked.jobs,
        "memory": used.memory,
        "steps": steps(times, samples, asked.step),
        "end_to_start": round(rate(times[-tenth:]) / rate(times[:tenth]), 4),
        "memory_start_mb": round(memory(samples, times[0], times[tenth - 1]), 1),
        "memory_end_mb": round(memory(samples, times[-tenth], times[-1]), 1),
        "first_after": round(times[0] - started, 1),
        "end_after_last": round(started + used.wall - times[-1], 1),
    }


def steps(
    times: list[float], samples: list[tuple[float, float]], step: int
) -> list[dict[str, float]]:
    """Give rate and memory for every so many submissions; a short rest is left out."""
    found = []
    for first in range(0, len(times) - step + 1, step):
        own = times[max(0, first - 1) : first + step]
        mb = memory(samples, own[0], own[-1])
        found.append(
            {"from": first, "to": first + step, "rate": round(rate(own), 4), "mb": round(mb, 1)}
        )
    return found


def rate(times: list[float]) -> float:
    """Give submissions a second, from the first one's end to the last one's."""
    return (len(times) - 1) / max(1e-9, times[-1] - times[0])


def memory(samples: list[tuple[float, float]], begin: float, end: float) -> float:
    """Give the median of the memory within some time, or of the nearest sample."""
    within = [size for when, size in samples if begin <= when <= end]
    nearest = min(samples, key=lambda one: abs(one[0] - begin), default=(0.0, 0.0))[1]
    return statistics.median(within) if within else nearest


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
