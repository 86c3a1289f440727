"""The warm process: it has imported what a notebook needs, and forks one sandbox at a time.

It never reads a submission. What it gets of one is a file descriptor, which it passes on
to the child, so that nothing of one student can lie in the next one's memory.

Started as ``python -m autograder.sandbox.zygote FD MODE`` with an empty environment.
"""

from __future__ import annotations

import gc

if __name__ == "__main__":
    gc.disable()  # all that is imported stays; looking for garbage among it takes a while

import contextlib
import json
import os
import signal
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import autograder
from autograder.channel import Channel
from autograder.sandbox.child import serve
from autograder.sandbox.enclosing import confine, enclose
from autograder.sandbox.limits import Limits
from autograder.sandbox.processor import stay_on
from autograder.sandbox.shell import Shell, rehearsed

LARGEST_REQUEST = 10_000


def main() -> None:
    """Fork a sandbox for every request until the judge hangs up."""
    control = socket.socket(fileno=int(sys.argv[1]))
    mode = sys.argv[2]
    with _staying():
        shell = _warm()
        enclose(mode, [Path(autograder.__file__).resolve().parent])
    control.send(b"ready")
    forks = 0
    while True:
        message, descriptors, _, _ = socket.recv_fds(control, LARGEST_REQUEST, 1)
        if not message:
            return
        asked = json.loads(message)
        if asked["do"] == "reap":
            _reap(control, asked["pid"])
            continue
        forks += 1
        if forks == 2:
            with _staying():
                shell = rehearsed(shell)
        pid = os.fork()
        if pid == 0:
            control.close()
            _become_sandbox(mode, asked, socket.socket(fileno=descriptors[0]), shell)
        os.close(descriptors[0])
        _tell_of(control, pid)


@contextlib.contextmanager
def _staying() -> Iterator[None]:
    """Make what stays, and what a child's collector need not touch: it shares it."""
    gc.disable()
    yield
    gc.freeze()
    gc.enable()


def _warm() -> Shell:
    """Import here, once, what notebooks need, so that no child spends time on it.

    What not all of them need, and no child would be refused, comes with the rehearsal.
    """
    import h5py  # noqa: F401
    import matplotlib.font_manager  # noqa: F401
    import numpy as np

    np.linalg.svd(np.eye(3))  # the libraries behind numpy start up at their first use
    return Shell()


def _become_sandbox(mode: str, asked: dict[str, Any], wire: socket.socket, shell: Shell) -> None:
    """Confine this fork, then answer the judge; it never returns."""
    try:
        stay_on(asked["processors"])
        channel = Channel(wire)
        scratch = Path(asked["scratch"]) if asked["scratch"] else None
        limits = Limits(**asked["limits"])
        try:
            folder = confine(mode, limits, scratch, [wire.fileno()])
        except Exception as error:  # no student's code without its walls
            channel.send({"refused": f"{type(error).__name__}: {error}"})
            os._exit(1)
        shell.output_bytes = limits.output_bytes
        channel.send({"ready": True})
        serve(channel, shell, folder)
    finally:
        os._exit(0)


def _tell_of(control: socket.socket, pid: int) -> None:
    """Hand the judge a handle by which it can end the child and see its end."""
    told = json.dumps({"pid": pid}).encode()
    if not hasattr(os, "pidfd_open"):
        control.send(told)
        return
    pidfd = os.pidfd_open(pid)
    socket.send_fds(control, [told], [pidfd])
    os.close(pidfd)


def _reap(control: socket.socket, pid: int) -> None:
    _, status, usage = os.wait4(pid, 0)
    code = os.waitstatus_to_exitcode(status)
    told = {"code": code, "cpu": usage.ru_utime + usage.ru_stime, "memory_kb": usage.ru_maxrss}
    control.send(json.dumps(told).encode())


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the grader's; this one sees its end
    main()
