"""The first judge of a command: a fork of the command, made before it opens a class.

By then it has imported what a judge needs and nothing else, and both go on from there. Other
judges, and all where a fork would not do, are processes of their own.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
from pathlib import Path

from autograder import worker
from autograder.startup import collect_as_usual

TASKS = Path("/proc/self/task")


class Forked:
    """A fork of this process, to be ended as `subprocess.Popen` is.

    Parameters
    ----------
    pid : int
        Which process it is.
    """

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._ended = False

    def kill(self) -> None:
        """End it."""
        if not self._ended:
            os.kill(self.pid, signal.SIGKILL)

    def wait(self) -> None:
        """Wait for its end."""
        if not self._ended:
            os.waitpid(self.pid, 0)
            self._ended = True


class FirstJudge:
    """A judge that waits to be taken, for a `with` statement; at its end an idle one ends.

    There is none if this process has several threads, some of which a fork would lack.
    """

    def __init__(self) -> None:
        self._waiting: list[tuple[Forked, socket.socket]] = []

    def __enter__(self) -> FirstJudge:
        if TASKS.is_dir() and len(list(TASKS.iterdir())) == 1:
            self._waiting.append(_forked())
        return self

    def __exit__(self, *_: object) -> None:
        if taken := self.take():
            process, wire = taken
            wire.close()
            process.kill()
            process.wait()

    def take(self) -> tuple[Forked, socket.socket] | None:
        """Give the process and its wire to the first who asks."""
        try:
            return self._waiting.pop()
        except IndexError:
            return None


def _forked() -> tuple[Forked, socket.socket]:
    ours, theirs = socket.socketpair()
    for stream in (sys.stdout, sys.stderr):
        stream.flush()  # or both would write what is not written yet
    pid = os.fork()
    if pid == 0:
        try:
            _become_judge(theirs)
        finally:
            os._exit(0)
    theirs.close()
    return Forked(pid), ours


def _become_judge(wire: socket.socket) -> None:
    """Go on as a judge that was started by itself would."""
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    os.dup2(null, 1)
    os.closerange(3, wire.fileno())
    os.closerange(wire.fileno() + 1, os.sysconf("SC_OPEN_MAX"))
    os.chdir("/")
    signal.signal(signal.SIGTERM, signal.SIG_DFL)  # the command may take it for Ctrl-C
    collect_as_usual()
    worker.serve(wire)
