"""Write datasets/checks.h5: inputs and outputs of the learner's checks, no answers."""

from __future__ import annotations

import json
import zlib
from dataclasses import asdict
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from autograder.contract import Probe
from autograder.diagnosis import Known
from autograder.exercises import EXERCISES
from autograder.exercises.known import known_mistakes_of

# Learners see these numbers; marking draws others.
LEARNERS_SEED = 0


def write_checks(path: Path) -> None:
    """Write the visible probes of every exercise."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    # The format of 2012: a third of the size of the default, and every h5py reads it.
    with h5py.File(fresh, "w", libver=("v108", "v108")) as h5:
        for name, exercise in EXERCISES.items():
            group = h5.create_group(name)
            group.attrs["contract"] = json.dumps(asdict(exercise.contract))
            for number, probe in enumerate(exercise.probes(LEARNERS_SEED, hidden=False)):
                _write_probe(group.create_group(f"{number:03d}"), probe)
            _write_known(group, known_mistakes_of(exercise, LEARNERS_SEED, hidden=False))
    fresh.replace(path)


def _write_probe(group: h5py.Group, probe: Probe) -> None:
    group.attrs["kind"], group.attrs["group"] = probe.kind, probe.group
    group.attrs["rtol"] = probe.rtol
    if probe.unchecked:
        group.attrs["unchecked"] = " ".join(probe.unchecked)
    _write(group, "args", probe.args)
    _write(group, "wanted", probe.wanted)


def _write_known(group: h5py.Group, known: tuple[Known, ...]) -> None:
    """Write names, hints and signatures of known mistakes; their code stays here."""
    text = json.dumps([asdict(one) for one in known], ensure_ascii=False, separators=(",", ":"))
    packed = zlib.compress(text.encode(), 9)
    group.create_dataset("known", data=np.frombuffer(packed, np.uint8))


def _write(parent: h5py.Group, name: str, value: Any) -> None:
    """Write plain data as a tree; `autograder.check` reads it back."""
    if isinstance(value, dict):
        node = parent.create_group(name)
        node.attrs["type"] = "dict"
        for number, (key, item) in enumerate(value.items()):
            _write(node, f"{number:04d}", item)
            node[f"{number:04d}"].attrs["key"] = key
    elif isinstance(value, (tuple, list)):
        node = parent.create_group(name)
        node.attrs["type"] = "list" if isinstance(value, list) else "tuple"
        for number, item in enumerate(value):
            _write(node, f"{number:04d}", item)
    elif isinstance(value, np.ndarray):
        leaf = parent.create_dataset(name, data=value)
        leaf.attrs["type"] = "array"
        leaf.attrs["strided"] = not value.flags.c_contiguous
    elif isinstance(value, str):
        parent.create_dataset(name, data=value).attrs["type"] = "text"
    elif isinstance(value, (bool, int, float, np.generic)):
        parent.create_dataset(name, data=value).attrs["type"] = "number"
    else:
        raise TypeError(f"{type(value).__name__} has no place in checks.h5")
