"""What code in a sandbox tries, and what it may rely on; run as a script, it shuts itself in.

``python inside.py try MODE`` encloses itself, lets one confined fork run each function of `tries`,
and prints how each ended. ``python inside.py hang MODE FD`` forks one that never ends.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
import tempfile
import time
from pathlib import Path

# Each puts its functions into the groups of `tries`.
import bounded  # noqa: F401
import forbidden_calls  # noqa: F401
import forbidden_files  # noqa: F401
import needed  # noqa: F401
from tries import (
    BOUNDED,
    FORBIDDEN,
    FORBIDDEN_IN_OWN_TREE,
    HIDDEN,
    LIMITS,
    NEEDED,
    OUTSIDE,
    PACKAGE,
    Try,
)

from autograder.sandbox import enclosing
from autograder.sandbox.limits import Limits


def run_each(mode: str) -> dict[str, list[object]]:
    """Run every function in a fork of its own, and give how each ended."""
    tries = FORBIDDEN | FORBIDDEN_IN_OWN_TREE | BOUNDED | NEEDED
    if mode == "rlimits":
        tries = BOUNDED | NEEDED
    scratches = [Path(tempfile.mkdtemp(dir=OUTSIDE)) for _ in tries]
    enclosing.enclose(mode, [PACKAGE, HIDDEN])
    return {
        name: run_one(mode, function, scratch)
        for (name, function), scratch in zip(tries.items(), scratches, strict=True)
    }


def run_one(mode: str, function: Try, scratch: Path) -> list[object]:
    ours, theirs = socket.socketpair()
    pid = os.fork()
    if pid == 0:
        enclosing.confine(mode, LIMITS, scratch, [theirs.fileno()])
        try:
            told = ["done", function()]
        except (OSError, MemoryError, RuntimeError, ValueError) as error:
            told = ["refused", f"{type(error).__name__}: {error}"]
        except BaseException as error:
            told = ["failed", f"{type(error).__name__}: {error}"]
        theirs.sendall(json.dumps(told, default=str).encode())
        os._exit(0)
    theirs.close()
    with ours, ours.makefile() as stream:
        text = stream.read()
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    return json.loads(text) if text else ["died", status]


def hang(mode: str, held: int) -> None:
    """Fork one that holds a descriptor open for as long as it lives."""
    scratch = Path(tempfile.mkdtemp(dir=OUTSIDE))
    enclosing.enclose(mode, [PACKAGE])
    if os.fork() == 0:
        enclosing.confine(mode, Limits(), scratch, [held])
        os.write(held, b"here")
        for number in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP}:
            signal.signal(number, signal.SIG_IGN)
        while True:
            time.sleep(1)
    os.close(held)
    os.wait()


if __name__ == "__main__":
    try:
        if sys.argv[1] == "try":
            print(json.dumps(run_each(sys.argv[2])))
        else:
            hang(sys.argv[2], int(sys.argv[3]))
    except OSError as refused:
        print(json.dumps({"refused": f"{refused.strerror or refused}"}))
