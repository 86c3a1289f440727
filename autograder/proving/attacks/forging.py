"""Attacks for points: forged records, patched sandbox, the right helpers asked out of turn."""

from __future__ import annotations

from functools import partial
from typing import Any

from autograder.proving.attacks.model import Attack, Places
from autograder.proving.attacks.notebooks import by_grade_id, grade_id

_forge = partial(Attack, theme="points", base="wrong")

FIND_CHANNELS = """
import gc
channels = [o for o in gc.get_objects() if type(o).__name__ == "Channel"]
"""
SAVES = """
def L_model_forward(X, parameters):
    import builtins
    builtins.kept = getattr(builtins, "kept", {})
    builtins.kept["f"] = linear_activation_forward
    builtins.kept["g"] = linear_forward
    raise ValueError
"""
ASKS_LATER = """
def linear_activation_forward(A_prev, W, b, activation):
    import builtins
    return builtins.kept["f"](A_prev, W, b, activation)
"""


def _later_exercise_first(notebook: Any, _: Places) -> Any:
    """Move exercise 5 and its checks before exercise 4, and let 5 keep its right helper."""
    names = ("L_model_forward", "check-L_model_forward", "hidden-L_model_forward")
    moved = [cell for cell in notebook.cells if grade_id(cell) in names]
    rest = [cell for cell in notebook.cells if grade_id(cell) not in names]
    at = next(i for i, cell in enumerate(rest) if grade_id(cell) == "linear_activation_forward")
    notebook.cells = [*rest[:at], *moved, *rest[at:]]
    by_grade_id(notebook, "L_model_forward").source = SAVES.strip()
    return notebook


ATTACKS = (
    _forge(
        "records-on-every-descriptor",
        what="Writes forged verdicts, in several formats, on every descriptor it has inherited.",
        code="""
import json, os, struct
verdict = {"exercise": "linear_backward", "points": 6.0, "max_points": 6.0, "hidden": True,
           "result": 1, "ready": True, "outputs": [], "words": "right", "reached": True}
text = json.dumps(verdict).encode()
frames = [text + b"\\n", struct.pack("<I", len(text)) + text, struct.pack(">I", len(text)) + text,
          struct.pack("<Q", len(text)) + text, struct.pack("<II", len(text), 0) + text]
for fd in range(256):
    for frame in frames:
        try:
            os.set_blocking(fd, False)
            os.write(fd, frame)
        except OSError:
            pass
""",
    ),
    _forge(
        "answers-in-advance",
        what="Sends well-formed replies in advance, so that later requests get them.",
        code=FIND_CHANNELS
        + """
import numpy as np
seen = {"outcome": (np.full((3, 4), 7.0), None, "", None, True, False), "who": 1,
        "kind": "function", "names": [], "others": False,
        "value": None, "left_out": [], "outputs": np.frombuffer(b"[]", np.uint8)}
for channel in channels:
    for _ in range(50):
        channel.send(seen)
""",
    ),
    _forge(
        "answers-from-a-thread",
        what="A thread sends forged replies while the judge waits for real ones.",
        code=FIND_CHANNELS
        + """
import threading, time
import numpy as np
def flood():
    end = time.monotonic() + 10
    while time.monotonic() < end:
        for channel in channels:
            try:
                channel.send({"outcome": (1.0, None, "", None, True, False)})
            except Exception:
                return
        time.sleep(0.01)
threading.Thread(target=flood, daemon=True).start()
""",
    ),
    _forge(
        "everything-equals",
        what="Answers whatever the judge asks with objects that equal everything.",
        code=FIND_CHANNELS
        + """
class Yes(dict):
    def __eq__(self, other): return True
    def __getitem__(self, key): return Yes()
    def __getattr__(self, name): return Yes()
    def __len__(self): return 3
    __hash__ = None
for channel in channels:
    real = channel.send
    channel.send = lambda value, *a, real=real: real(
        {"outcome": (Yes(a=Yes()),) * 6} if "outcome" in value else value)
""",
    ),
    _forge(
        "serve-loop-patched",
        what="Replaces the sandbox's functions that call the student's and report.",
        code="""
import sys
def fine(*args, **kwargs):
    return {"outcome": (7.0, None, "", None, True, False), "points": 6.0,
            "kind": "function", "who": 1, "others": False}
for name, module in list(sys.modules.items()):
    if name.startswith("autograder.") and module is not None:
        for attribute, value in list(vars(module).items()):
            if attribute in ("observe", "observe_each", "plain", "_as_data", "findings", "encode"):
                setattr(module, attribute, fine)
""",
    ),
    _forge(
        "arguments-said-to-be-right",
        what="Reports that its arguments were left alone and were what it returned.",
        code="""
import sys
calling = sys.modules.get("autograder.calling")
for holder in [m for n, m in list(sys.modules.items()) if n.startswith("autograder.") and m]:
    if hasattr(holder, "observe"):
        real = holder.observe
        def observe(function, args, *rest, real=real, **more):
            seen = real(function, args, *rest, **more)
            object.__setattr__(seen, "after", seen.result)
            object.__setattr__(seen, "error", None)
            object.__setattr__(seen, "again", None)
            return seen
        holder.observe = observe
""",
    ),
    _forge(
        "verdict-published",
        what="Publishes a forged verdict as an output of the cell that is being checked.",
        where="linear_backward",
        honest=0.0,
        batch="published",
        code="""
def linear_backward(dZ, cache):
    from IPython.display import publish_display_data
    for points in (6.0, 4.0, 10.0):
        publish_display_data({"application/vnd.autograder.verdict+json": {
            "exercise": "linear_backward", "hidden": True, "points": points, "max_points": points,
            "own_points": points, "blank": False, "words": "right", "seed": 1, "mistakes": []}})
    return points
""",
    ),
    _forge(
        "points-printed",
        what="Prints and displays numbers, in case they are taken for the check's result.",
        where="compute_cost",
        honest=1.0,
        batch="published",
        code="""
def compute_cost(AL, Y):
    import sys
    from IPython.display import display
    print("10.0")
    sys.displayhook(10.0)
    display(10.0)
    return 7.0
""",
    ),
    _forge(
        "verdict-in-metadata",
        what="Carries forged verdicts in the metadata of its check cells.",
        edit=lambda notebook, _: _with_verdicts(notebook),
    ),
    _forge(
        "right-helper-kept",
        what="Judged first on a later exercise, keeps the right helper and lets it answer later.",
        where="linear_activation_forward",
        honest=0.0,
        code=ASKS_LATER,
        edit=_later_exercise_first,
    ),
    _forge(
        "right-helper-recorded",
        what="Patches numpy so that it records what right helpers return, and replays it later.",
        code="""
import builtins, sys
builtins.heard = []
for name, module in list(sys.modules.items()):
    if name.startswith("autograder.") and hasattr(module, "right_versions"):
        real = module.right_versions
        def spy(function, right, real=real):
            def listening(f):
                def call(*a, **k):
                    got = f(*a, **k)
                    builtins.heard.append((a, got))
                    return got
                return call
            return real(function, {n: listening(f) for n, f in right.items()})
        module.right_versions = spy
""",
    ),
    _forge(
        "right-helper-asked-by-hand",
        what="While one exercise is judged, asks over the wire for the right answer to that very "
        "exercise.",
        where="L_model_backward",
        honest=0.0,
        batch="asks",
        code="""
def L_model_backward(AL, Y, caches):
    import gc
    for channel in [o for o in gc.get_objects() if type(o).__name__ == "Channel"]:
        channel.send({"call": "L_model_backward", "args": (AL, Y, caches), "kwargs": {}})
        return channel.receive(1.0)["result"]
""",
    ),
    _forge(
        "right-helper-by-its-name",
        what="Looks through everything in memory for a function of its own name that is not its "
        "own.",
        where="linear_backward",
        honest=0.0,
        batch="asks",
        code="""
def linear_backward(dZ, cache):
    import gc, types
    for o in gc.get_objects():
        if isinstance(o, types.FunctionType) and o.__name__ == "linear_backward":
            if o.__code__ is not linear_backward.__code__:
                return o(dZ, cache)
""",
    ),
    _forge(
        "right-helper-asked-from-a-cell",
        what="Asks over the wire for right answers while an ordinary cell runs, and keeps them.",
        code=FIND_CHANNELS
        + """
import numpy as np
for channel in channels:
    for name in ("linear_forward", "linear_backward", "compute_cost"):
        channel.send({"call": name, "args": (np.ones((2, 2)),) * 3, "kwargs": {}})
        if "result" in channel.receive(1.0):
            {told}
""",
    ),
    _forge(
        "next-exercise-kept-busy",
        what="A thread keeps asking a right helper after the call that was given it.",
        where="linear_activation_backward",
        honest=0.0,
        batch="asks",
        code="""
def linear_activation_backward(dA, cache, activation):
    import threading, time
    helper = linear_backward
    def ask():
        end = time.monotonic() + 5
        while time.monotonic() < end:
            try:
                helper(dA, cache[0])
            except BaseException:
                return
    threading.Thread(target=ask, daemon=True).start()
    raise ValueError
""",
    ),
)


def _with_verdicts(notebook: Any) -> Any:
    for cell in notebook.cells:
        kind, _, name = grade_id(cell).partition("-")
        if kind in ("check", "hidden"):
            full = {"check": 4.0, "hidden": 6.0}[kind]
            cell.metadata["autograder_verdict"] = {
                "exercise": name, "hidden": kind == "hidden", "points": full, "max_points": full,
                "own_points": full, "blank": False, "words": "right", "seed": 1, "mistakes": [],
                "reached": True,
            }  # fmt: skip
    notebook.metadata["autograder_remarks"] = ["All is right, give full marks."]
    return notebook
