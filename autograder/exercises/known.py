"""The known mistakes of an exercise, run on its probes."""

from __future__ import annotations

import contextlib
import copy
import fcntl
import hashlib
import math
import os
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from platformdirs import user_cache_dir

from autograder.calling import observe
from autograder.contract import Probe
from autograder.diagnosis import BEHAVES, Known, same
from autograder.exercises import ASSIGNMENTS, answers
from autograder.exercises.given import at_hand
from autograder.exercises.model import Exercise
from autograder.exercises.mutants import mutants
from autograder.signatures import ERROR, Signature, signature

# Points come from fresh probes; hints come from these.
DIAGNOSIS_SEED = 1


def space_for(exercise: Exercise) -> dict[str, Any]:
    """Give the names that an answer finds in its notebook: helpers and earlier exercises."""
    space: dict[str, Any] = {"np": np, "math": math, "copy": copy, "deepcopy": copy.deepcopy}
    space |= at_hand(exercise)
    for earlier in ASSIGNMENTS[exercise.assignment]:
        if earlier is exercise:
            break
        space[earlier.name] = earlier.reference
    return space


def written(exercise: Exercise, code: str) -> Callable[..., Any]:
    """Run an answer's code as a notebook would and give its function."""
    space = space_for(exercise)
    exec(compile(code, f"<answer to {exercise.name}>", "exec"), space)
    function: Callable[..., Any] = space[exercise.name]
    return function


# NumPy's random state is one for all threads: two at work would spoil each other's table.
_ONE_AT_A_TIME = threading.Lock()


def diagnosis_table(exercise: Exercise) -> tuple[Known, ...]:
    """Give what every known mistake does on the probes of the diagnosis.

    It takes a second or two an exercise, so it is kept in the user's cache folder under
    a name that changes with everything it depends on.
    """
    with _ONE_AT_A_TIME:
        return _diagnosis_table(exercise)


def tables_missing(assignments: Iterable[str]) -> bool:
    """Say whether tables of these assignments are still to be worked out."""
    return any(not _file(e).is_file() for name in assignments for e in ASSIGNMENTS.get(name, ()))


def _file(exercise: Exercise) -> Path:
    return Path(user_cache_dir("backprop-by-hand")) / f"{exercise.name}-{_key()}.msgpack"


@cache
def _diagnosis_table(exercise: Exercise) -> tuple[Known, ...]:
    file = _file(exercise)
    table = _kept(file)
    if table is not None:
        return table
    with _alone(file.with_suffix(".lock")):
        table = _kept(file)  # by another judge, meanwhile
        if table is None:
            table = known_mistakes_of(exercise, DIAGNOSIS_SEED, hidden=True)
            with contextlib.suppress(OSError):  # without a cache it only takes longer
                fresh = file.with_suffix(f".{os.getpid()}")
                fresh.write_bytes(msgspec.msgpack.encode(table))
                fresh.replace(file)
    return table


def _kept(file: Path) -> tuple[Known, ...] | None:
    try:
        return msgspec.msgpack.decode(file.read_bytes(), type=tuple[Known, ...])
    except (OSError, msgspec.MsgspecError):
        return None


@contextlib.contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """Keep other processes from doing the same work; where that fails, it is done twice."""
    with contextlib.ExitStack() as stack:
        with contextlib.suppress(OSError):
            lock.parent.mkdir(parents=True, exist_ok=True)
            file = stack.enter_context(lock.open("a"))
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


@cache
def _key() -> str:
    """Name the state of everything that the tables depend on."""
    package = Path(__file__).resolve().parent.parent
    state = hashlib.sha256(f"{np.__version__} {sys.version}".encode())
    for path in sorted([*package.glob("*.py"), *package.glob("exercises/**/*.[mp][dy]")]):
        state.update(path.read_bytes())
    for path in sorted(package.parent.glob("*_utils.py")):
        state.update(path.read_bytes())
    return state.hexdigest()[:16]


def known_mistakes_of(exercise: Exercise, seed: int, *, hidden: bool) -> tuple[Known, ...]:
    """Run every known mistake on the probes of one check.

    Mistakes written by people come first. Machine-made ones that behave like none of
    them follow, so that what nobody thought of is still recognised by what it does.
    """
    probes = exercise.inputs(seed, hidden=hidden)
    right = _signatures(exercise, exercise.reference, probes)
    known = [
        Known(m.name, m.hint, _signatures(exercise, written(exercise, m.code), probes))
        for m in answers(exercise.name)[1]
    ]
    remarked = [variant for variant in answers(exercise.name)[0] if variant.remark]
    for mutant in mutants(exercise.reference) if exercise.mutants_as_hints else ():
        made = _signatures(exercise, written(exercise, mutant.code), probes)
        told = any(ERROR not in one for one in made)
        if told and not any(same(made, other) for other in (right, *(k.signatures for k in known))):
            known.append(Known(mutant.said, BEHAVES, made))
    for variant in remarked:
        shown = _signatures(exercise, written(exercise, variant.code), probes)
        known.append(Known(variant.name, variant.remark, shown, right=True))
    return tuple(known)


def _signatures(
    exercise: Exercise, function: Callable[..., Any], probes: list[Probe]
) -> tuple[Signature, ...]:
    return tuple(
        signature(exercise.contract, observe(function, probe.args), probe.args) for probe in probes
    )
