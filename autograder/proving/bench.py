"""All ways to mark one class, side by side, in one run: `make bench`.

Every way marks the same class in every round, turn and turn about, so that a busy spell of
the machine hits all. Results go into docs/bench.json; docs/bench.md and docs/bench.svg are
made of that file alone (``--draw``).

python -m autograder.proving.bench --help
"""

from __future__ import annotations

import argparse
import copy
import json
import os
import platform
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from autograder import course
from autograder.errors import AutograderError, BenchError
from autograder.proving import bench_isolation, bench_judging, phases
from autograder.proving.accounting import used_by
from autograder.proving.bench_figures import STOCK
from autograder.proving.bench_page import write_page
from autograder.proving.bench_plot import draw
from autograder.proving.crowd import Mix
from autograder.proving.stamp import stamp
from autograder.proving.ways import ONE_THREAD, WAYS, Class, Way, bare_forks, otter, versions
from autograder.proving.ways import warm_up as mark_two
from autograder.sandbox.isolation import probe, strongest

RESULTS = course.ROOT / "docs" / "bench.json"
SIZES = (10, 100)
ROUNDS = 5
OTTER_MOST = 10


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, save, and write table and plot."""
    asked = _parser().parse_args(arguments)
    try:
        if not asked.draw:
            if asked.parts:
                bench_judging.main()
                bench_isolation.main()
            else:
                _measure(asked)
        if asked.output.is_file():
            write_page(asked.output)
            draw(asked.output)
    except AutograderError as error:
        print(f"bench: {error}", file=sys.stderr)
        sys.exit(error.exit_code)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m autograder.proving.bench", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    add = parser.add_argument
    add("--sizes", type=int, nargs="+", default=SIZES, help="students of the classes (10 100)")
    add("--rounds", type=int, default=ROUNDS, help="rounds of each class (5)")
    add("--ways", nargs="+", metavar="WAY", help="these only, by name: " + ", ".join(
        repr(way.name) for way in WAYS))  # fmt: skip
    add("--all", action="store_true", help="the slow ways on large classes, too: hours a round")
    add("--slow-most", type=int, metavar="N", help="no class above N for nbgrader")
    add("--assignment", default="step-by-step", help="what is marked (step-by-step)")
    add("--seed", type=int, default=1, help="another seed, another class (1)")
    add("--otter", type=Path, metavar="PYTHON", help="a Python that has otter-grader and h5py")
    add("--phases", type=int, default=20, metavar="N", help="submissions cut into phases (20)")
    add("--add", action="store_true", help="measure these beside what is saved, in the same place")
    add("--parts", action="store_true", help="judging and isolation alone, printed, not saved")
    add("--draw", action="store_true", help="write the table and the plot of what is saved")
    add("--output", type=Path, default=RESULTS, help="the results (docs/bench.json)")
    return parser


def _measure(asked: argparse.Namespace) -> None:
    ways = [*WAYS, otter(asked.otter, OTTER_MOST)]
    if unknown := set(asked.ways or ()) - {way.name for way in ways}:
        raise BenchError(f"No such way: {', '.join(sorted(unknown))}.")
    chosen = [way for way in ways if not asked.ways or way.name in asked.ways]
    results = _begun(asked, [way.name for way in chosen])
    results["ways"] |= {way.name: way.about for way in chosen}
    results["left_out"] += [
        {"way": way.name, "students": size, "why": why}
        for size in asked.sizes
        for way in chosen
        if (why := _why_not(way, size, asked))
    ]
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        place = Path(name)
        mark_two(place / "warm-up", asked.assignment)
        for size in sorted(asked.sizes):
            able = [way for way in chosen if not _why_not(way, size, asked)]
            one = Class(place / f"class-of-{size}", asked.assignment, size, asked.seed)
            before = _forget(results, [way.name for way in chosen], size)
            for turn in range(asked.rounds):
                first = turn % max(1, len(able))  # nobody always comes after the same one
                for way in [*able[first:], *able[:first]]:
                    _one_run(results, way, one, turn + 1, place)
                    save(asked.output, before or results)
            save(asked.output, results)
        if asked.phases:
            one = Class(place / "phases", asked.assignment, asked.phases, asked.seed)
            results["phases"] = phases.of_class(one.reset(), asked.assignment) | stamp()
    save(asked.output, results)


def _begun(asked: argparse.Namespace, chosen: list[str]) -> dict[str, Any]:
    """Give what is kept of what is saved: what the long run has found, or all of it."""
    kept = json.loads(asked.output.read_text()) if asked.output.is_file() else {}
    fresh = about(asked.assignment, asked.seed)
    begun: dict[str, Any] = fresh | {"runs": [], "forks": {}, "ways": {}, "left_out": []}
    if not asked.add or not kept:
        return begun | {"many": kept.get("many")}
    other = [name for name in fresh if kept.get(name) != fresh[name]]
    if other:
        raise BenchError(f"What is saved has another {', '.join(other)}: measure all anew.")
    kept["left_out"] = [
        one for one in kept["left_out"]
        if one["way"] not in chosen or one["students"] not in asked.sizes
    ]  # fmt: skip
    return kept


def _forget(results: dict[str, Any], chosen: list[str], size: int) -> dict[str, Any] | None:
    """Take out what is measured again; give what is saved until that is done, if anything is."""
    before = copy.deepcopy(results)
    again = [(run["way"] in chosen and run["students"] == size) for run in results["runs"]]
    results["runs"] = [r for r, new in zip(results["runs"], again, strict=True) if not new]
    if WAYS[0].name in chosen:
        results["forks"].pop(str(size), None)
    return before if any(again) else None


def about(assignment: str, seed: int) -> dict[str, Any]:
    """Say what is measured, and on what; no names of machines or folders."""
    return {
        "machine": {
            "processors": len(os.sched_getaffinity(0)),
            "kernel": platform.release().split("-")[0],
            "architecture": platform.machine(),
            "python": platform.python_version(),
        },
        "versions": versions(),
        "isolation": strongest(probe()),
        "assignment": assignment,
        "seed": seed,
        "mix": Mix().in_words(),
    }


def _why_not(way: Way, size: int, asked: argparse.Namespace) -> str:
    if why := way.why_not():
        return why
    most = min(way.most, asked.slow_most or way.most) if way.name == STOCK else way.most
    if size > most and not asked.all:
        return f"too slow: it is tried on up to {most} (more with --all)"
    return ""


def _one_run(results: dict[str, Any], way: Way, one: Class, turn: int, place: Path) -> None:
    log = place / "log"
    log.unlink(missing_ok=True)
    command = way.run_up(one)
    used = used_by(command, one.folder.path, log, ONE_THREAD)
    if used.code not in way.codes:
        last = (log.read_text(errors="replace").strip().splitlines() or ["nothing"])[-1]
        raise BenchError(f"{way.name} ended with {used.code} and said: {last[:300]}")
    if way.saves and (marked := one.marked()) != one.students:
        raise BenchError(f"{way.name} has marked {marked} of {one.students}.")
    if way.name == WAYS[0].name:
        results["forks"].setdefault(str(one.students), []).append(bare_forks(log))
    figures = {k: v for k, v in asdict(used).items() if k not in ("samples", "code")}
    rounded = {k: round(v, 3) if isinstance(v, float) else v for k, v in figures.items()}
    which = {"way": way.name, "students": one.students, "round": turn}
    results["runs"].append(which | rounded | stamp())
    print(
        f"{one.students} students, round {turn}, {way.name}: "
        f"{used.cpu / one.students:.3f} s CPU each, {used.wall:.1f} s in all, "
        f"{used.peak_mb:.0f} MB; others used {used.machine_cpu - used.cpu:.1f} s meanwhile",
        flush=True,
    )


def save(path: Path, results: dict[str, Any]) -> None:
    """Write results whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    fresh.replace(path)


if __name__ == "__main__":
    main()
