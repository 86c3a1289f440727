"""How much CPU the judging takes, in one warm process: `make bench`, with ``--parts``."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

from autograder.exercises import ASSIGNMENTS, answers
from autograder.exercises.known import diagnosis_table, written
from autograder.judge import judge

ROUNDS = 15


def main() -> None:
    """Print medians over several rounds, and the ratio of wrong to right."""
    exercises = ASSIGNMENTS["step-by-step"]
    right = {e.name: written(e, answers(e.name)[0][0].code) for e in exercises}
    wrong = {e.name: written(e, answers(e.name)[1][0].code) for e in exercises}
    begun = time.process_time()
    for exercise in exercises:
        diagnosis_table(exercise)
    print(
        f"tables of known mistakes, once a process: {1000 * (time.process_time() - begun):.0f} ms"
    )
    _judge_all(right)
    times = {"right": [_timed(right, i) for i in range(ROUNDS)]}
    times["wrong"] = [_timed(wrong, i) for i in range(ROUNDS)]
    medians = {kind: statistics.median(found) for kind, found in times.items()}
    for kind, found in times.items():
        low, high = 1000 * min(found), 1000 * max(found)
        print(
            f"ten {kind} exercises: {1000 * medians[kind]:.0f} ms CPU "
            f"(from {low:.0f} to {high:.0f})"
        )
    print(f"wrong to right: {medians['wrong'] / medians['right']:.1f}")


def _judge_all(functions: dict[str, Callable[..., Any]], seed: int = 0) -> None:
    for name, function in functions.items():
        for hidden in (False, True):
            judge(name, function, hidden=hidden, seed=seed)


def _timed(functions: dict[str, Callable[..., Any]], seed: int) -> float:
    begun = time.process_time()
    _judge_all(functions, seed)
    return time.process_time() - begun


if __name__ == "__main__":
    main()
