"""What a worker tells is believed only if it can be the answer."""

from __future__ import annotations

import json

import pytest
from dask_process import PretendedJudge

from autograder.grading.cluster.believing import (
    MOST_BYTES,
    NoAnswer,
    Rubbish,
    Unfit,
    UnknownRun,
    believe,
)

SEED = 3
CELLS = [
    {"kind": "student", "source": "def relu(z): ...", "name": "relu"},
    {"kind": "check", "source": 'check("relu", relu)', "name": "relu"},
    {"kind": "hidden", "source": 'check("relu", relu, hidden=True)', "name": "relu"},
]
NOT_REACHED = {
    "points": 0.0, "own_points": 0.0, "blank": False, "words": "Not reached.",
    "seed": None, "mistakes": [], "reached": False,
}  # fmt: skip


def answer():
    made = PretendedJudge().mark("step-by-step", CELLS, {}, SEED)
    return {"cells": made.cells, "reasons": made.reasons, "isolation": made.isolation}


def read(told):
    return believe(json.dumps(told).encode(), CELLS, SEED, "pretended")


def changed(*path, to):
    told = answer()
    place = told
    for part in path[:-1]:
        place = place[part]
    place[path[-1]] = to
    return told


def without(*path):
    told = answer()
    place = told
    for part in path[:-1]:
        place = place[part]
    del place[path[-1]]
    return told


def test_an_answer_is_taken_as_it_is():
    told = answer()
    found = read(told)
    assert {"cells": found.cells, "reasons": found.reasons, "isolation": found.isolation} == told


@pytest.mark.parametrize("verdict", [None, NOT_REACHED])
def test_checks_of_an_instructors_own_and_checks_not_reached_are_answers(verdict):
    assert read(changed("cells", 1, "verdict", to=verdict)).cells[1]["verdict"] == verdict


@pytest.mark.parametrize(
    "told",
    [
        changed("cells", to=[]),
        changed("cells", to=answer()["cells"][1:]),
        changed("cells", to=[*answer()["cells"], answer()["cells"][0]]),
        changed("cells", to={"0": {}}),
        changed("cells", 0, to="student"),
        changed("cells", 0, "verdict", to=NOT_REACHED),  # a student's cell has none
        changed("cells", 0, "outputs", to="text"),
        changed("cells", 0, "outputs", to=[{"output_type": "widget"}]),
        changed("cells", 0, "outputs", to=[["output_type", "stream"]]),
        without("cells", 0, "outputs"),
        without("cells", 1, "verdict"),
        without("cells", 1, "verdict", "points"),
        changed("cells", 1, "verdict", to=[]),
        changed("cells", 1, "verdict", "points", to=4.1),  # of 4
        changed("cells", 1, "verdict", "points", to=-1.0),
        changed("cells", 1, "verdict", "points", to=float("nan")),
        changed("cells", 1, "verdict", "points", to=True),
        changed("cells", 1, "verdict", "points", to="4"),
        changed("cells", 1, "verdict", "max_points", to=float("inf")),
        changed("cells", 1, "verdict", "own_points", to=100.0),
        changed("cells", 1, "verdict", "seed", to=SEED + 1),
        changed("cells", 1, "verdict", "words", to=None),
        changed("cells", 1, "verdict", "mistakes", to=[1]),
        changed("cells", 1, "verdict", "blank", to=0),
        changed("cells", 1, "verdict", "more", to=0),
        changed("cells", 1, "verdict", to=NOT_REACHED | {"points": 4.0}),
        changed("reasons", to="none"),
        changed("reasons", to=[None]),
        changed("isolation", to="rlimits"),
        changed("isolation", to=None),
        changed("more", to=1),
        without("reasons"),
        {},
        [],
        None,
        {"failed": 1},
    ],
)
def test_anything_else_is_rubbish(told):
    with pytest.raises(Rubbish):
        read(told)


@pytest.mark.parametrize(
    "told",
    [
        None,
        "{}",
        answer(),
        bytearray(b"{}"),
        b"",
        b"{",
        b"\xff",
        b"[" * 100_000,
        b" " * MOST_BYTES + b"{}",
    ],
    ids=lambda told: type(told).__name__,
)
def test_only_bytes_of_json_are_read(told):
    with pytest.raises(Rubbish):
        believe(told, CELLS, SEED, "pretended")


@pytest.mark.parametrize(
    ("told", "kind"),
    [({"failed": "why"}, NoAnswer), ({"unfit": "why"}, Unfit), ({"unknown": "run"}, UnknownRun)],
)
def test_a_worker_may_say_that_it_has_no_answer(told, kind):
    with pytest.raises(kind):
        read(told)
