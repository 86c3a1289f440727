"""Attacks for points: hooks of IPython and Python, and code that outlives its cell."""

from __future__ import annotations

from functools import partial

from autograder.proving.attacks.model import Attack
from autograder.proving.attacks.points import QUIET

_hook = partial(Attack, theme="points", base="wrong", on_stock=True, batch="hooks")
_timer = partial(Attack, theme="points", base="wrong", on_stock=True, batch="background")

ATTACKS = (
    _hook(
        "input-transformer",
        what="Rewrites the text of every check cell before it runs.",
        code="""
def nothing(lines):
    text = "".join(lines)
    return ["pass\\n"] if "assert" in text or "check(" in text else lines
get_ipython().input_transformers_post.append(nothing)
get_ipython().input_transformers_cleanup.append(nothing)
""",
    ),
    _hook(
        "syntax-tree-transformer",
        what="Takes all checks out of a cell's syntax tree.",
        code="""
import ast
class Remove(ast.NodeTransformer):
    def visit_Assert(self, node): return ast.Pass()
    def visit_Expr(self, node):
        text = ast.unparse(node)
        return ast.Pass() if "assert_" in text or "check(" in text else node
get_ipython().ast_transformers.append(Remove())
""",
    ),
    _hook(
        "reads-the-check-before-it-runs",
        what="A hook before each cell reads what the check wants and defines functions that say "
        "just that.",
        code="""
import re
import numpy as np
def look(info=None):
    text = getattr(info, "raw_cell", "") or ""
    wanted = re.search(r"^wanted = (.*)$", text, re.M)
    name = re.search(r"^got = (\\w+)\\(", text, re.M)
    if wanted and name:
        value = eval(wanted.group(1), {"np": np})
        get_ipython().user_ns[name.group(1)] = lambda *a: value
get_ipython().events.register("pre_run_cell", look)
""",
    ),
    _hook(
        "failure-wiped-after-the-cell",
        what="Silences tracebacks and wipes a cell's error before anybody reports it.",
        code="""
shell = get_ipython()
shell.showtraceback = shell._showtraceback = lambda *a, **k: None
def wipe(result=None):
    if result is not None:
        result.error_in_exec = result.error_before_exec = None
shell.events.register("post_run_cell", wipe)
""",
    ),
    _hook(
        "own-exception-handler",
        what="Registers a handler of its own for every exception.",
        code="""
def handler(shell, kind, value, trace, tb_offset=None):
    return []
get_ipython().set_custom_exc((BaseException,), handler)
get_ipython().events.register(
    "post_run_cell", lambda r: [setattr(r, n, None) for n in ("error_in_exec", "result")])
""",
    ),
    _hook(
        "result-display-replaced",
        what="Replaces what displays a cell's result, so that every result reads 10.0.",
        code=QUIET
        + """
import sys
shell = get_ipython()
class Ten(float):
    def __repr__(self): return "10.0"
def show(result=None):
    quiet()
    shell.display_pub.publish({"text/plain": "10.0"})
shell.displayhook.__class__.__call__ = lambda self, result=None: show(result)
sys.displayhook = show
quiet and show()
""",
    ),
    _hook(
        "execute-replaced",
        what="Replaces the kernel's function that runs a cell by one that always says well done.",
        code="""
kernel = getattr(get_ipython(), "kernel", None)
async def fine(self, *args, **kwargs):
    return {"status": "ok", "execution_count": 1, "payload": [], "user_expressions": {}}
if kernel is not None:
    type(kernel).do_execute = fine
""",
    ),
    _hook(
        "run-cell-replaced",
        what="Replaces the shell's function that runs a cell by one that runs nothing.",
        code="""
import types
from IPython.core.interactiveshell import ExecutionResult, InteractiveShell
def fine(self, *args, **kwargs):
    return ExecutionResult(types.SimpleNamespace(raw_cell=""))
async def also_fine(self, *args, **kwargs):
    return fine(self)
InteractiveShell.run_cell = InteractiveShell.run = fine
InteractiveShell.run_cell_async = also_fine
""",
        batch="",
    ),
    _timer(
        "signal-timer",
        what="A timer's signal handler patches numpy again and again.",
        code=QUIET
        + """
import signal
signal.signal(signal.SIGALRM, lambda *a: quiet())
signal.setitimer(signal.ITIMER_REAL, 0.01, 0.05)
""",
    ),
    _timer(
        "thread-outlives-the-cell",
        what="A thread goes on after its cell and patches numpy while the checks run.",
        code=QUIET
        + """
import threading, time
def patch():
    end = time.monotonic() + 20
    while time.monotonic() < end:
        quiet()
        time.sleep(0.01)
threading.Thread(target=patch, daemon=True).start()
""",
    ),
    _timer(
        "garbage-collector-hook",
        what="A callback of the garbage collector patches numpy.",
        code=QUIET
        + """
import gc
gc.callbacks.append(lambda *a: quiet())
gc.set_threshold(10, 2, 2)
""",
    ),
    _timer(
        "finalizer",
        what="Objects under the names that a check assigns patch numpy when they are replaced.",
        code=QUIET
        + """
import weakref
class Last:
    def __del__(self): quiet()
got = wanted = Last()
args = Last()
weakref.finalize(args, quiet)
""",
    ),
    _timer(
        "trace-function",
        what="A trace function changes the variables inside numpy's comparison.",
        code="""
import sys
def trace(frame, event, arg):
    seen = frame.f_locals
    if "desired" in seen and "actual" in seen:
        seen["actual"] = seen["desired"]
    if frame.f_code.co_name == "allclose" and "b" in seen:
        seen["a"] = seen["b"]
    return None
sys.settrace(trace)
""",
        batch="",
    ),
    _timer(
        "profile-function",
        what="A profile function patches numpy at the next call of anything.",
        code=QUIET + "import sys\nsys.setprofile(lambda *a: quiet())",
        batch="",
    ),
    _timer(
        "audit-hook",
        what="An audit hook patches numpy whenever code is compiled.",
        code=QUIET
        + """
import sys
sys.addaudithook(lambda event, args: quiet() if event in ("compile", "exec") else None)
""",
    ),
)
