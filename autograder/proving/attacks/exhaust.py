"""Attacks that hang, crash or leave.

With each of them goes a notebook of right answers: it must keep the points of all exercises
that are not part of the attack. Each ends by itself after a while, should nobody stop it.
"""

from __future__ import annotations

from functools import partial

from autograder.proving.attacks.model import Attack

_hang = partial(Attack, theme="exhaust", base="right")

ATTACKS = (
    _hang(
        "endless-loop",
        what="Loops for a minute.",
        code="""
import time
end = time.monotonic() + 60
while time.monotonic() < end:
    pass
""",
        batch="loop",
    ),
    _hang(
        "endless-loop-ignoring-all",
        what="Loops for a minute, ignores all signals and catches every exception.",
        code="""
import signal, time
for number in range(1, 65):
    try:
        signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError):
        pass
signal.setitimer(signal.ITIMER_REAL, 0)
end = time.monotonic() + 60
while time.monotonic() < end:
    try:
        while time.monotonic() < end:
            pass
    except BaseException:
        pass
""",
        on_stock=True,
    ),
    _hang(
        "sleep-without-python",
        what="Sleeps for a minute in C, with Python's lock held.",
        code="import ctypes\nctypes.PyDLL(None).sleep(60)",
        batch="sleep",
    ),
    _hang(
        "stops-itself",
        what="Sends itself SIGSTOP, so that it is neither running nor at an end.",
        code="""
import os, signal
os.kill(os.getpid(), signal.SIGSTOP)
""",
    ),
    _hang(
        "timers-that-interrupt",
        what="Interrupts whatever comes after it by signals, 100 times a second.",
        code="""
import signal, time
end = time.monotonic() + 20
def interrupt(*args):
    if time.monotonic() < end:
        raise KeyboardInterrupt
    signal.setitimer(signal.ITIMER_REAL, 0)
signal.signal(signal.SIGALRM, interrupt)
signal.setitimer(signal.ITIMER_REAL, 0.01, 0.01)
time.sleep(0.5)
""",
    ),
    _hang(
        "exits-with-0",
        what="Ends Python at once with exit status 0.",
        code="import os\nos._exit(0)",
        on_stock=True,
        batch="exits",
    ),
    _hang(
        "crashes",
        what="Crashes Python by reading from address 0.",
        code="import ctypes\nctypes.string_at(0)",
        on_stock=True,
        batch="exits",
    ),
    _hang(
        "kills-itself",
        what="Kills itself by SIGKILL and by abort.",
        code="""
import os, signal
try:
    os.kill(os.getpid(), signal.SIGKILL)
except OSError:
    os.abort()
""",
        batch="exits",
    ),
    _hang(
        "raises-what-nobody-catches",
        what="Raises SystemExit, KeyboardInterrupt and an exception that can't be printed.",
        code="""
class Worst(BaseException):
    def __str__(self): raise SystemExit
    __repr__ = __str__
    def _render_traceback_(self): raise Worst
raise Worst(Worst())
""",
        on_stock=True,
        batch="raises",
    ),
    _hang(
        "exits-politely",
        what="Calls exit and quit, and leaves code to run at the end of Python.",
        code="""
import atexit, time
atexit.register(time.sleep, 60)
try:
    quit()
finally:
    exit()
""",
        batch="raises",
    ),
    _hang(
        "recursion-without-end",
        what="Recurses so deep that C's stack overflows.",
        code="""
import sys
sys.setrecursionlimit(10 ** 9)
class Deep:
    def __getattr__(self, name): return getattr(self, name + "x"[:0])
    def __repr__(self): return repr(self)
repr(Deep())
""",
        batch="recursion",
    ),
    _hang(
        "closes-its-descriptors",
        what="Closes all its descriptors, the ones to the judge included.",
        code="import os\nos.closerange(0, 1024)",
        on_stock=True,
    ),
    _hang(
        "descriptors-exchanged",
        what="Puts the end of a pipe in the place of every descriptor.",
        code="""
import os
r, w = os.pipe()
for fd in range(256):
    if fd not in (r, w):
        try:
            os.fstat(fd)
            os.dup2(w, fd)
        except OSError:
            pass
""",
    ),
)
