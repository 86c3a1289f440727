"""Exercises: what is asked, the reference answers, and the probes that judge answers."""

from __future__ import annotations

from autograder.exercises.model import Exercise
from autograder.exercises.step_by_step import EXERCISES as STEP_BY_STEP

ASSIGNMENTS: dict[str, tuple[Exercise, ...]] = {"step-by-step": STEP_BY_STEP}
EXERCISES: dict[str, Exercise] = {
    exercise.name: exercise for exercises in ASSIGNMENTS.values() for exercise in exercises
}
