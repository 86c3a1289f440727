"""Stop what goes on for too long.

Part of the learner's side: Python's own library, no answers.
"""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator

Clock = Callable[[bool], None]


class TooSlow(BaseException):
    """A call went on for too long. No `Exception`, so that nobody catches it by the way."""


@contextlib.contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """Stop what takes longer by `TooSlow`, where the system can: Unix, in the main thread."""
    with clock_of(seconds) as run:
        try:
            run(True)
            yield
        finally:
            run(False)


@contextlib.contextmanager
def clock_of(seconds: float) -> Iterator[Clock]:
    """Give what starts (True) and stops (False) the clock of one call after the other."""
    able = hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread()
    if not able or not seconds:
        yield lambda _: None
        return

    def stop(*_: object) -> None:
        raise TooSlow(f"not at an end after {seconds:g} seconds")

    def run(on: bool) -> None:
        signal.setitimer(signal.ITIMER_REAL, seconds if on else 0)

    before = signal.signal(signal.SIGALRM, stop)
    try:
        yield run
    finally:
        run(False)
        signal.signal(signal.SIGALRM, before)
