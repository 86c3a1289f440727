"""Shared by the tests of the judge's process: notebooks of code cells, and what came of them."""

from __future__ import annotations

from judging import code_of

from autograder import course
from autograder.exercises import ASSIGNMENTS
from autograder.sandbox.limits import Limits

ASSIGNMENT = "step-by-step"
NAMES = [exercise.name for exercise in ASSIGNMENTS[ASSIGNMENT]]
SEED = 4
LIMITS = Limits(seconds_per_cell=2, seconds_per_call=0.7, memory_megabytes=400)
IMPORTS = (
    "import copy, math\nfrom copy import deepcopy\nimport numpy as np\nfrom dnn_utils import *\n"
)


def files():
    return {path.name: path.read_bytes() for path in course.ROOT.glob("*_utils.py")}


def cells_of(between="", **code):
    """Give the code cells of a notebook: right answers but those in `code`."""
    cells = [{"kind": "student", "source": IMPORTS, "name": ""}]
    for name in NAMES:
        cells.append({"kind": "student", "source": code.get(name, code_of(name)), "name": name})
        if name == "linear_backward" and between:
            cells.append({"kind": "student", "source": between, "name": ""})
        for kind, rest in (("check", ")"), ("hidden", ", hidden=True)")):
            cells.append({"kind": kind, "source": f'check("{name}", {name}{rest}', "name": name})
    return cells


def points_of(marked, cells):
    points = dict.fromkeys(NAMES, 0.0)
    for cell, told in zip(cells, marked.cells, strict=True):
        if cell["kind"] != "student":
            points[cell["name"]] += told["verdict"]["points"]
    return points


def marked(process, cells):
    told = process.mark("step-by-step", cells, files(), SEED)
    return told, points_of(told, cells)
