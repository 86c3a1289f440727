"""Exercises: what is asked, the reference answers, and the probes that judge answers."""

from __future__ import annotations

from pathlib import Path

from autograder.exercises.answers import Mistake, Variant, read_answers
from autograder.exercises.application import EXERCISES as APPLICATION
from autograder.exercises.find_the_bug import EXERCISES as FIND_THE_BUG
from autograder.exercises.model import Exercise
from autograder.exercises.optimization import EXERCISES as OPTIMIZATION
from autograder.exercises.step_by_step import EXERCISES as STEP_BY_STEP
from autograder.exercises.two_apis import EXERCISES as TWO_APIS
from autograder.exercises.what_the_cache_holds import EXERCISES as WHAT_THE_CACHE_HOLDS

ASSIGNMENTS: dict[str, tuple[Exercise, ...]] = {
    "step-by-step": STEP_BY_STEP,
    "application": APPLICATION,
    "optimization": OPTIMIZATION,
    "two-apis": TWO_APIS,
    "what-the-cache-holds": WHAT_THE_CACHE_HOLDS,
    "find-the-bug": FIND_THE_BUG,
}
EXERCISES: dict[str, Exercise] = {
    exercise.name: exercise for exercises in ASSIGNMENTS.values() for exercise in exercises
}


def answers(name: str) -> tuple[tuple[Variant, ...], tuple[Mistake, ...]]:
    """Give the known right answers in other styles, and the known mistakes, of one exercise."""
    folder = Path(__file__).parent / EXERCISES[name].assignment.replace("-", "_")
    return read_answers(folder / "answers" / f"{name}.md")
