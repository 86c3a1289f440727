"""Keep the judge and its sandbox on one processor while they take turns.

They never have work at the same time. Between two processors each turn costs the waking of
an idle one; on one processor it costs a switch, and what one wrote is in the other's cache.
Two such pairs on one processor would wait for each other while another one is idle: so each
takes one that no other pair has, as long as there are any.
"""

from __future__ import annotations

import contextlib
import os
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

# In /proc/self/stat, counted from behind the name in brackets.
PROCESSOR = 36
# A name without a file, which the system frees when its owner ends, however it ends.
TAKEN = "\0autograder-processor-{}"


def in_batches() -> None:
    """Let whoever works finish a turn before this process, or one started by it, cuts in."""
    if hasattr(os, "SCHED_BATCH"):
        with contextlib.suppress(OSError):
            os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))


def allowed() -> list[int]:
    """Give the processors on which this process may run; none where that can't be said."""
    return sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []


def stay_on(processors: list[int]) -> None:
    """Run on these only; where that can't be, anywhere."""
    if processors and hasattr(os, "sched_setaffinity"):
        with contextlib.suppress(OSError):
            os.sched_setaffinity(0, processors)


@contextlib.contextmanager
def on_one_processor() -> Iterator[None]:
    """Stay for a while on the processor that the system has chosen by now, or a free one."""
    before, chosen = allowed(), _here()
    with contextlib.ExitStack() as stack:
        for processor in sorted(before, key=lambda one: one not in chosen) if chosen else []:
            if lock := _taken(processor):
                stack.enter_context(lock)
                chosen = [processor]
                break
        stack.callback(stay_on, before)
        stay_on(chosen)
        yield


def _taken(processor: int) -> socket.socket | None:
    """Take a processor for as long as the socket is open; nothing if another pair has it."""
    if sys.platform != "linux":
        return None
    lock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    try:
        lock.bind(TAKEN.format(processor))
    except OSError:
        lock.close()
        return None
    return lock


def _here() -> list[int]:
    """Give the processor on which this runs."""
    try:
        return [int(Path("/proc/self/stat").read_text().rpartition(")")[2].split()[PROCESSOR])]
    except (OSError, ValueError, IndexError):
        return []
