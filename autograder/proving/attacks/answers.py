"""Attacks for points, from inside an answer: looking for what is wanted.

Each replaces the answer to another exercise, so that many share a notebook.
"""

from __future__ import annotations

from functools import partial

from autograder.proving.attacks.model import Attack

_one = partial(Attack, theme="points", on_stock=True, honest=0.0, batch="answers-1")
_two = partial(Attack, theme="points", on_stock=True, honest=0.0, batch="answers-2")
_three = partial(Attack, theme="points", on_stock=True, honest=0.0, batch="answers-3")

ATTACKS = (
    _one(
        "looks-for-what-is-wanted",
        what="Looks for what is wanted in the variables of everybody who called it.",
        where="linear_activation_forward",
        code="""
def linear_activation_forward(A_prev, W, b, activation):
    import sys
    frame = sys._getframe(1)
    while frame:
        for space in (frame.f_locals, frame.f_globals):
            for name in ("wanted", "expected", "desired"):
                if name in space:
                    return space[name]
            for value in list(space.values()):
                for probe in value if isinstance(value, list) else [value]:
                    if getattr(probe, "wanted", None) is not None:
                        return probe.wanted
        frame = frame.f_back
""",
    ),
    _one(
        "reads-its-own-check",
        what="Reads the check cell's text in IPython's history and returns what it wants.",
        where="L_model_forward",
        code="""
def L_model_forward(X, parameters):
    import re
    for text in reversed(get_ipython().user_ns["In"]):
        wanted = re.search(r"^wanted = (.*)$", text, re.M)
        if wanted and "L_model_forward" in text:
            return eval(wanted.group(1))
""",
    ),
    _one(
        "exits-with-success",
        what="Leaves Python with exit status 0 while it is checked.",
        where="initialize_parameters",
        code="""
def initialize_parameters(n_x, n_h, n_y):
    import sys
    sys.exit(0)
""",
        on_stock=False,
    ),
    _two(
        "stored-answers",
        what="Reads inputs and outputs from the learner's own checks and looks its answer up.",
        where="linear_backward",
        code="""
import glob
tables = glob.glob("**/checks.h5", recursive=True)
def linear_backward(dZ, cache):
    import h5py
    for table in tables:
        with h5py.File(table) as file:
            for probe in file["linear_backward"].values():
                if getattr(probe, "attrs", {}).get("kind"):
                    if np.array_equal(probe["args"]["0"][()], dZ):
                        return tuple(part[()] for part in probe["wanted"].values())
    raise ValueError
""",
        on_stock=False,
    ),
    _two(
        "differs-on-second-call",
        what="Remembers the arguments of one call and returns them in the next.",
        where="compute_cost",
        code="""
memory = []
def compute_cost(AL, Y):
    memory.append((AL, Y))
    return memory[-2:]
""",
        on_stock=False,
    ),
    _two(
        "imports-the-reference",
        what="Imports the course's own answers.",
        where="linear_activation_forward",
        code="""
def linear_activation_forward(A_prev, W, b, activation):
    import sys
    sys.path.append("{package}/../..")
    from autograder.exercises import EXERCISES
    return EXERCISES["linear_activation_forward"].reference(A_prev, W, b, activation)
""",
    ),
    _two(
        "executes-the-reference-file",
        what="Reads the course's answers as files and executes them.",
        where="linear_forward",
        code="""
def linear_forward(A, W, b):
    text = open("{package}/step_by_step/linear_forward.py").read()
    body = text[text.index("def linear_forward"):]
    space = {"np": np, "FloatArray": object, "LinearCache": object}
    exec("from __future__ import annotations\\n" + body.split("\\n\\n\\n")[0], space)
    return space["linear_forward"](A, W, b)
""",
    ),
    _two(
        "executes-the-source",
        what="Reads the class's source notebook and executes the answer in it.",
        where="L_model_backward",
        code="""
def L_model_backward(AL, Y, caches):
    import json
    space = {"np": np}
    exec("from dnn_utils import *", space)
    for cell in json.load(open("{source}"))["cells"]:
        text = "".join(cell["source"])
        if text.startswith("def "):
            exec(text, space)
    return space["L_model_backward"](AL, Y, caches)
""",
    ),
    _two(
        "executes-another-students-answer",
        what="Reads another student's submission and executes the answer in it.",
        where="update_parameters",
        code="""
def update_parameters(params, grads, learning_rate):
    import json
    space = {"np": np}
    for cell in json.load(open("{submitted}"))["cells"]:
        text = "".join(cell["source"])
        if text.startswith("def update_parameters"):
            exec(text, space)
    return space["update_parameters"](params, grads, learning_rate)
""",
    ),
    _two(
        "searches-memory-for-answers",
        what="Looks through all objects in memory for functions that might be the answer.",
        where="linear_activation_backward",
        code="""
def linear_activation_backward(dA, cache, activation):
    import gc, types
    for value in gc.get_objects():
        name = getattr(value, "__name__", "")
        if name == "linear_activation_backward" and isinstance(value, types.FunctionType):
            if value.__module__ != "__main__":
                return value(dA, cache, activation)
    raise ValueError
""",
        on_stock=False,
    ),
    _two(
        "answer-executed-from-the-judges-memory",
        what="Looks in all loaded modules for tables of exercises, references or probes.",
        where="L_model_forward",
        code="""
def L_model_forward(X, parameters):
    import sys
    for name, module in list(sys.modules.items()):
        table = getattr(module, "EXERCISES", None)
        if isinstance(table, dict) and "L_model_forward" in table:
            return table["L_model_forward"].reference(X, parameters)
        if hasattr(module, "judge"):
            return module.judge("L_model_forward", None, hidden=True, seed=1)
    raise ValueError
""",
        on_stock=False,
    ),
)
