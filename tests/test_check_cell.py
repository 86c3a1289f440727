"""What a check costs is the student's own fault, and fits a page."""

from __future__ import annotations

import json

import pytest
from judging import code_of
from walking import IMPORTS, LIMITS, NAMES, SEED, cells_of, files, marked

from autograder.exercises import ASSIGNMENTS
from autograder.grading.judge_process import JudgeProcess, Settings


@pytest.fixture(scope="module")
def judge_process():
    with JudgeProcess(Settings(LIMITS)) as process:
        yield process


def student(source):
    return {"kind": "student", "source": source, "name": ""}


def told_of(marked, cells, name):
    return [
        t
        for c, t in zip(cells, marked.cells, strict=True)
        if c["name"] == name and c["kind"] != "student"
    ]


# --- hidden checks come after all cells ----------------------------------------------------


@pytest.mark.parametrize(
    "last",
    [
        "for scale in (0.1, 1.0):\n    pass",
        "def scale(m):\n    return None",
        "del np",
        "np = None",
        "del scale, linear_forward, linear_backward",
        "%reset -f",
    ],
)
def test_what_names_stand_for_later_costs_nothing(judge_process, last):
    own = code_of("linear_backward").replace("/ m", "* scale(m)")
    assert "scale" in own
    between = student("scale = lambda m: 1 / m")
    cells = [between, *cells_of(linear_backward=own), student(last)]
    _, points = marked(judge_process, cells)
    assert points == dict.fromkeys(NAMES, 10.0)


def test_a_name_that_came_later_does_not_help(judge_process):
    own = code_of("linear_backward").replace("/ m", "* scale(m)")
    cells = [*cells_of(linear_backward=own), student("scale = lambda m: 1 / m")]
    _, points = marked(judge_process, cells)
    assert points.pop("linear_backward") == 0
    assert set(points.values()) == {10.0}


# --- whose fault it is ---------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["check", "hidden"])
def test_a_check_of_no_exercise_is_not_the_students_fault(judge_process, kind):
    cells = cells_of()
    for cell in cells:
        if cell["kind"] == kind and cell["name"] == "linear_forward":
            cell["source"] = cell["source"].replace('"linear_forward"', '"linear_foward"')
    told, points = marked(judge_process, cells)
    [spoilt] = [
        t["verdict"] for t in told_of(told, cells, "linear_forward") if not t["verdict"]["reached"]
    ]
    assert "'linear_foward'" in spoilt["words"]
    assert any("linear_foward" in reason for reason in told.reasons)
    assert points.pop("linear_forward") < 10
    assert set(points.values()) == {10.0}


def test_what_fails_on_our_side_is_not_the_students_fault(judge_process):
    cells = cells_of()
    told = judge_process.mark("step-by-step", cells, files(), -1)
    verdicts = [t["verdict"] for t in told.cells if "verdict" in t]
    assert len(verdicts) == 2 * len(NAMES)
    assert not any(verdict["reached"] for verdict in verdicts)


# --- what it is worth ----------------------------------------------------------------------


@pytest.mark.parametrize("most", [16.0, 2.0, 6.0, 0.0])
def test_points_are_shares_of_what_the_class_has_set(judge_process, most):
    cells = cells_of()
    for cell in cells:
        if cell["kind"] == "hidden":
            cell["points"] = most
    told, points = marked(judge_process, cells)
    assert points == dict.fromkeys(NAMES, 4 + most)
    [_, hidden] = told_of(told, cells, "compute_cost")
    assert hidden["verdict"]["max_points"] == most
    assert hidden["outputs"][-1]["data"]["text/plain"] == repr(most)


# --- how much it says ----------------------------------------------------------------------

BODY = "def linear_backward(dZ, cache):\n"


@pytest.mark.parametrize(
    "body",
    [
        "raise ValueError('x' * 3_300_000)",
        "return {'k' * 300_000 + str(n): 1 for n in range(12)}",
        "raise type('E' * 1_000_000, (Exception,), {})()",
        "raise KeyError('y' * 50_000_000)",
    ],
)
def test_a_long_message_costs_its_exercise_and_fits_a_page(judge_process, body):
    cells = cells_of(linear_backward=f"{BODY}    {body}")
    told, points = marked(judge_process, cells)
    assert points.pop("linear_backward") == 0
    assert set(points.values()) == {10.0}
    for one in told_of(told, cells, "linear_backward"):
        assert one["verdict"]["words"]
        assert len(json.dumps(one)) < 50_000


# --- numbers that are wider than others ----------------------------------------------------


@pytest.mark.parametrize("kind", ["np.longdouble", "'>f8'"])
def test_numbers_of_a_wider_or_foreign_type_are_right_here_too(judge_process, kind):
    """As they are in the student's own check."""
    wide = (
        "def linear_forward(A, W, b):\n"
        f"    Z = (W.astype(np.longdouble) @ A + b).astype({kind})\n"
        "    return Z, (A, W, b)"
    )
    _, points = marked(judge_process, cells_of(linear_forward=wide))
    assert points == dict.fromkeys(NAMES, 10.0)


# --- right helpers work on this side -------------------------------------------------------


def test_a_right_helper_can_not_be_kept_busy():
    """No limit ends a power of whole numbers: Python works it out in one go."""
    names = [exercise.name for exercise in ASSIGNMENTS["two-apis"]]
    name = "L_layer_model_with_optimizer"
    assert name in names
    busy = (
        "def update_parameters_with_adam(*a, **k): raise ValueError\n"
        f"def {name}(X, Y, *a, **k):\n"
        "    d = {'dx': 1}\n"
        "    return update_parameters_with_adam({}, d, d, d, 2**40, beta1=3)"
    )
    cells = [
        student(IMPORTS),
        {"kind": "student", "source": busy, "name": name},
        {"kind": "check", "source": f'check("{name}", {name})', "name": name},
        {"kind": "hidden", "source": f'check("{name}", {name}, hidden=True)', "name": name},
    ]
    with JudgeProcess(Settings(LIMITS)) as process:
        told = process.mark("two-apis", cells, files(), SEED)
    assert [t["verdict"]["points"] for t in told.cells if "verdict" in t] == [0.0, 0.0]
    assert told.reasons == []
