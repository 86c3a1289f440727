"""What marks come from, in parts: so a change is noticed, and can be named.

The checks are taken exercise by exercise. An exercise's *sources* are its own module with
its catalogue of answers, what these import of other exercises, and what the exercises come
from that it may call; all else that judges is one part, the same for every exercise.
"""

from __future__ import annotations

import hashlib
import platform
import re
from dataclasses import dataclass, fields
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from autograder import course
from autograder.exercises import ASSIGNMENTS, EXERCISES
from autograder.exercises.given import at_hand

PACKAGE = Path(__file__).resolve().parent.parent
# What marks and words of every exercise depend on, below autograder/.
ENGINE = (
    "*.py",
    "exercises/*.py",
    "sandbox/*.py",
    "grading/clean*.py",
    "grading/execute.py",
    "grading/gradebook.py",
    "grading/intake.py",
    "grading/mark_rows.py",
    "grading/misplaced.py",
    "grading/prepare.py",
    "grading/restore.py",
    "grading/whose.py",
)
NOT_JUDGING = ("cli.py", "demo.py", "doctor.py", "startup.py", "terminal.py")
# What students' code finds and what judges it; one that isn't installed has no version.
LIBRARIES = (
    "numpy", "scipy", "h5py", "matplotlib", "pillow", "ipython", "msgspec", "nbgrader", "nh3",
)  # fmt: skip
NOT_WHERE_JUDGED = ("nbgrader", "nh3")  # where the class is, not where it is judged
EXERCISES_MODULE = "autograder.exercises."
# How our own modules import; reading their grammar takes as long as marking a submission.
FROM = re.compile(r"^[ \t]*from (autograder\.[\w.]+) import (\([^)]*\)|[^(\n]*)", re.MULTILINE)
WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class Key:
    """Everything that one submission's marks come from, beside the seed.

    Attributes
    ----------
    submission : str
        The hash of what was handed in, and of the student's extension.
    notebook : str
        The hash of the assignment's notebook, files and due date.
    settings : str
        The hash of the class's settings.
    engine : str
        The hash of what judges all exercises.
    checks : dict
        For each source of the assignment's exercises its hash.
    environment : dict
        Versions, by name.
    """

    submission: str
    notebook: str
    settings: str
    engine: str
    checks: dict[str, str]
    environment: dict[str, str]

    @classmethod
    def read(cls, told: Any) -> Key | None:
        """Make one of a record's JSON data; records of old have none."""
        if not isinstance(told, dict):
            return None
        own = {field.name: told[field.name] for field in fields(cls)}
        if not all(isinstance(own[name], dict) for name in ("checks", "environment")):
            raise TypeError("no key")
        return cls(**own)


def hashed(*parts: bytes) -> str:
    """Give a name that changes with every one of the parts."""
    state = hashlib.sha256()
    for part in parts:
        state.update(hashlib.sha256(part).digest())
    return state.hexdigest()


@cache
def engine() -> str:
    """Name the state of everything that judges all exercises."""
    return hashed(*(path.read_bytes() for path in engine_files()))


def engine_files() -> list[Path]:
    """List what judges all exercises."""
    found = {path for pattern in ENGINE for path in PACKAGE.glob(pattern)}
    judging = found - {PACKAGE / name for name in NOT_JUDGING}
    return [*sorted(judging), *sorted(course.ROOT.glob("*_utils.py"))]


@cache
def environment() -> dict[str, str]:
    """Give the versions of all that students' code and the judge run on."""
    told = {"Python": platform.python_version(), "machine": platform.machine()}
    for name in LIBRARIES:
        try:
            told[name] = version(name)
        except PackageNotFoundError:
            continue
    return told


@cache
def where_judged() -> dict[str, str]:
    """List what has to be the same wherever submissions of one run are judged."""
    parts = [engine(), *(h for a in ASSIGNMENTS for _, h in sorted(checks(a).items()))]
    judging = {k: v for k, v in environment().items() if k not in NOT_WHERE_JUDGED}
    return {"checks": hashed(*(part.encode() for part in parts))[:12], **judging}


@cache
def checks(assignment: str) -> dict[str, str]:
    """Give the hash of every source of an assignment's exercises."""
    names = {name for exercise in ASSIGNMENTS[assignment] for name in sources(exercise.name)}
    return {name: hashed(*(path.read_bytes() for path in files(name))) for name in sorted(names)}


def files(source: str) -> list[Path]:
    """Give a source's files: the module, and its answers if it is an exercise's."""
    module = PACKAGE / "exercises" / f"{source}.py"
    answers = module.parent / "answers" / f"{module.stem}.md"
    return [module, answers] if answers.is_file() else [module]


@cache
def sources(exercise: str) -> tuple[str, ...]:
    """List what one exercise is judged by, its own module first, as ``optimization/update_lr``."""
    own = source_of(exercise)
    beside = (_source(function.__module__) for function in at_hand(EXERCISES[exercise]).values())
    left = [own, *(name for name in beside if name), f"{own.partition('/')[0]}/__init__"]
    found: dict[str, None] = {}
    while left:
        name = left.pop(0)
        if name not in found:
            found[name] = None
            left += [*_imported(name), *_needed(name)]
    return tuple(found)


def source_of(exercise: str) -> str:
    """Name an exercise's own source."""
    return f"{EXERCISES[exercise].assignment.replace('-', '_')}/{exercise}"


def _needed(source: str) -> list[str]:
    name = source.partition("/")[2]
    needs = EXERCISES[name].needs if name in EXERCISES else ()
    return [source_of(one) for one in needs if one in EXERCISES]


def _imported(source: str) -> list[str]:
    """List what a source's module imports of exercises; what all share is the engine's."""
    if source.endswith("/__init__"):
        return []  # it names all exercises of the assignment
    text = (PACKAGE / "exercises" / f"{source}.py").read_text(encoding="utf-8")
    named = [f"{module}.{n}" for module, names in FROM.findall(text) for n in WORD.findall(names)]
    return [name for module in named if (name := _source(module))]


def _source(module: str) -> str:
    """Give the source that a module of an exercise is, or that a name in it comes from."""
    if not module.startswith(EXERCISES_MODULE):
        return ""
    parts = module.removeprefix(EXERCISES_MODULE).split(".")
    name = "/".join(parts[:2])
    return name if len(parts) > 1 and (PACKAGE / "exercises" / f"{name}.py").is_file() else ""


def changes(old: Key, new: Key, exercise: str = "") -> list[str]:
    """Say in words what is not what it was.

    Parameters
    ----------
    old, new : Key
        What marks came from, and would come from now.
    exercise : str
        Leave out what this exercise is not judged by.
    """
    wanted = sources(exercise) if exercise in EXERCISES else {**old.checks, **new.checks}
    told = [_said(name) for name in wanted if old.checks.get(name) != new.checks.get(name)]
    for part, words in (
        ("engine", "autograder's judging"),
        ("notebook", "the assignment's notebook, files or due date"),
        ("settings", "the class's settings"),
        ("submission", "what was handed in"),
    ):
        if getattr(old, part) != getattr(new, part):
            told.append(words)
    for name in {**old.environment, **new.environment}:
        was, now = old.environment.get(name, "none"), new.environment.get(name, "none")
        if was != now:
            told.append(f"{name} {was} → {now}")
    return told


def _said(source: str) -> str:
    name = source.partition("/")[2]
    return f"the check of {name}" if name in EXERCISES else f"the checks' {source}.py"
