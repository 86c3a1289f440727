"""Exercises: what is asked, the reference answers, and the probes that judge answers."""

from __future__ import annotations

from pathlib import Path

from autograder.exercises.answers import Mistake, Variant, read_answers
from autograder.exercises.model import Exercise
from autograder.exercises.optimization import EXERCISES as OPTIMIZATION
from autograder.exercises.step_by_step import EXERCISES as STEP_BY_STEP
from autograder.exercises.two_apis import EXERCISES as TWO_APIS

ASSIGNMENTS: dict[str, tuple[Exercise, ...]] = {
    "step-by-step": STEP_BY_STEP,
    "optimization": OPTIMIZATION,
    "two-apis": TWO_APIS,
}
EXERCISES: dict[str, Exercise] = {
    exercise.name: exercise for exercises in ASSIGNMENTS.values() for exercise in exercises
}


def answers(name: str) -> tuple[tuple[Variant, ...], tuple[Mistake, ...]]:
    """Give the known right answers in other styles, and the known mistakes, of one exercise."""
    folder = Path(__file__).parent / EXERCISES[name].assignment.replace("-", "_")
    return read_answers(folder / "answers" / f"{name}.md")
