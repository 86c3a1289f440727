"""Exercises: what is asked, the reference answers, and the probes that judge answers."""

from __future__ import annotations

from importlib import import_module

from autograder.exercises.model import Exercise, Mistake, Variant
from autograder.exercises.step_by_step import EXERCISES as STEP_BY_STEP

ASSIGNMENTS: dict[str, tuple[Exercise, ...]] = {"step-by-step": STEP_BY_STEP}
EXERCISES: dict[str, Exercise] = {
    exercise.name: exercise for exercises in ASSIGNMENTS.values() for exercise in exercises
}


def answers(name: str) -> tuple[tuple[Variant, ...], tuple[Mistake, ...]]:
    """Give the known right answers in other styles, and the known mistakes, of one exercise."""
    package = EXERCISES[name].assignment.replace("-", "_")
    module = import_module(f"autograder.exercises.{package}.answers.{name}")
    return module.VARIANTS, module.MISTAKES
