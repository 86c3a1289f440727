"""Ctrl-C and SIGTERM stop a command, wherever it is just then."""

from __future__ import annotations

import _thread
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

ONCE_MORE_SECONDS = 0.05


@contextmanager
def stoppable() -> Iterator[None]:
    """Have SIGTERM raise `KeyboardInterrupt` as Ctrl-C does, and have none of them lost.

    Python can't raise an exception out of a finaliser or a callback of C code: it prints a
    traceback, and the program goes on. Then the interrupt is raised once more, a moment later.
    """
    if threading.current_thread() is not threading.main_thread():
        yield  # no signal reaches it
        return
    timers: list[threading.Timer] = []
    hook, handler = sys.unraisablehook, signal.signal(signal.SIGTERM, signal.default_int_handler)

    def once_more(lost: sys.UnraisableHookArgs) -> None:
        if not issubclass(lost.exc_type, KeyboardInterrupt):
            hook(lost)
            return
        timers.append(threading.Timer(ONCE_MORE_SECONDS, _thread.interrupt_main))
        timers[-1].daemon = True
        timers[-1].start()

    sys.unraisablehook = once_more
    try:
        yield
    finally:
        sys.unraisablehook = hook
        signal.signal(signal.SIGTERM, handler)
        for timer in timers:
            timer.cancel()
