"""Attacks from inside a graded function: it hangs, ends, or uses up everything.

All other exercises are answered rightly and must have full marks.
"""

from __future__ import annotations

from functools import partial

from autograder.proving.attacks.model import Attack

_call = partial(Attack, theme="exhaust", base="right", honest=0.0)

ATTACKS = (
    _call(
        "call-hangs",
        what="Loops for a minute when it is checked, and catches what would stop it.",
        where="linear_backward",
        code="""
def linear_backward(dZ, cache):
    import time
    end = time.monotonic() + 60
    while time.monotonic() < end:
        try:
            while time.monotonic() < end:
                pass
        except BaseException:
            pass
""",
    ),
    _call(
        "call-sleeps-in-c",
        what="Sleeps for a minute in C with Python's lock held, when it is checked.",
        where="linear_backward",
        code="""
def linear_backward(dZ, cache):
    import ctypes
    ctypes.PyDLL(None).sleep(60)
""",
        batch="hang in calls",
    ),
    _call(
        "call-stops-itself",
        what="Stops itself by SIGSTOP when it is checked.",
        where="compute_cost",
        code="""
def compute_cost(AL, Y):
    import os, signal
    os.kill(os.getpid(), signal.SIGSTOP)
""",
        batch="hang in calls",
    ),
    _call(
        "call-exits",
        what="Ends Python with exit status 0 when it is checked.",
        where="linear_backward",
        code="""
def linear_backward(dZ, cache):
    import os
    os._exit(0)
""",
        batch="ends in calls",
    ),
    _call(
        "call-crashes",
        what="Crashes Python when it is checked.",
        where="compute_cost",
        code="""
def compute_cost(AL, Y):
    import ctypes
    ctypes.string_at(0)
""",
        batch="ends in calls",
    ),
    _call(
        "call-exits-later",
        what="Works a few times, then ends Python.",
        where="L_model_forward",
        code="""
calls = []
def L_model_forward(X, parameters):
    import os
    calls.append(1)
    if len(calls) > 3:
        os._exit(0)
    return X, []
""",
        batch="ends in calls",
    ),
    _call(
        "memory-in-a-call",
        what="Fills memory when it is checked.",
        where="linear_backward",
        code="""
def linear_backward(dZ, cache):
    kept = []
    while len(kept) < 15:
        kept.append(np.ones(100_000_000, np.uint8))
    {told}
    return kept
""",
        batch="memory in calls",
    ),
    _call(
        "prints-in-a-call",
        what="Prints 200 MB when it is checked.",
        where="compute_cost",
        code="""
def compute_cost(AL, Y):
    for _ in range(200):
        print("x" * 1_000_000)
""",
        batch="memory in calls",
    ),
)
