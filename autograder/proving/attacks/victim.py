"""A process that attacks may find: it says at the end what was done to it.

python -m autograder.proving.attacks.victim WORD

Prints the address of a piece of its memory, waits for the end of its input, and prints
what happened as JSON.
"""

from __future__ import annotations

import ctypes
import json
import resource
import signal
import sys
import threading

CALM = b"calm" * 4
SIGNALS = (signal.SIGURG, signal.SIGUSR1, signal.SIGTERM, signal.SIGINT)


def main() -> None:
    """Wait, and tell."""
    memory = ctypes.create_string_buffer(CALM)
    got: set[int] = set()
    for number in SIGNALS:
        signal.signal(number, lambda number, _frame: got.add(number))
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    print(ctypes.addressof(memory), flush=True)
    # Read in a thread: then a signal is dealt with at once, in the main one.
    waiting = threading.Thread(target=sys.stdin.read, daemon=True)
    waiting.start()
    while waiting.is_alive():
        waiting.join(0.05)
    done = [f"a signal {signal.Signals(number).name}" for number in sorted(got)]
    if memory.value != CALM:
        done.append("a change of its memory")
    if resource.getrlimit(resource.RLIMIT_NOFILE) != before:
        done.append("a change of its limits")
    print(json.dumps(done), flush=True)


if __name__ == "__main__":
    main()
