"""One forked sandbox process and the zygote that it comes from, seen from the judge."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from platformdirs import user_cache_dir

from autograder.channel import Channel, WireClosed, WireTimeout
from autograder.sandbox.limits import Limits
from autograder.sandbox.processor import allowed
from autograder.sandbox.scratch import Scratch
from autograder.wire import WireError

START_SECONDS = 60.0
PATIENCE = 0.2
LARGEST_ANSWER = 10_000
ON_DISK = ("landlock", "rlimits")  # modes in which a submission's folder is on disk
# All that the warm process knows of this machine.
ENVIRONMENT = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "PYTHONHASHSEED": "0",  # the same order of sets in every run
    "MPLBACKEND": "agg",
    "LANG": "C.UTF-8",
    "HOME": "/nonexistent",
}
ENDINGS = {
    signal.SIGSEGV: "Python crashed (segmentation fault)",
    signal.SIGABRT: "Python was aborted",
    signal.SIGXCPU: "more processor time was used than is allowed",
    signal.SIGSYS: "Python was ended for a forbidden system call",
    signal.SIGBUS: "Python crashed (bus error)",
    signal.SIGFPE: "Python crashed (arithmetic error)",
}


class ZygoteError(Exception):
    """The warm process can't be started or asked."""


class SandboxEnded(Exception):
    """A sandbox is at its end; the text says how. `slow` if its time was up."""

    def __init__(self, text: str, slow: bool = False) -> None:
        super().__init__(text)
        self.slow = slow


class Zygote:
    """The warm process.

    Parameters
    ----------
    mode : str
        The isolation, one of `isolation.MODES`.
    """

    def __init__(self, mode: str) -> None:
        self.mode = mode
        self._control, theirs = socket.socketpair()
        with theirs:
            command = [sys.executable, "-P", "-s", "-m", "autograder.sandbox.zygote"]
            self._process = subprocess.Popen(
                [*command, str(theirs.fileno()), mode],
                env=ENVIRONMENT | {"MPLCONFIGDIR": str(_cache())},
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                pass_fds=[theirs.fileno()],
            )
        self._control.settimeout(START_SECONDS)
        try:
            ready = self._control.recv(LARGEST_ANSWER) == b"ready"
        except OSError:
            ready = False
        if not ready:
            self._process.kill()
            told = self._process.communicate()[1].decode(errors="replace").strip().splitlines()
            raise ZygoteError(f"The sandbox can't be started: {(told or ['no reason given'])[-1]}")

    def fork(self, limits: Limits) -> Session:
        """Make a new sandbox."""
        ours, theirs = socket.socketpair()
        session = Session(self, Channel(ours))
        if self.mode in ON_DISK:
            session.scratch = Scratch(limits, session.kill)
        path = str(session.scratch.path) if session.scratch else ""
        asked = {"do": "fork", "limits": asdict(limits), "scratch": path, "processors": allowed()}
        with theirs:
            socket.send_fds(self._control, [json.dumps(asked).encode()], [theirs.fileno()])
        message, descriptors, _, _ = socket.recv_fds(self._control, LARGEST_ANSWER, 1)
        if not message:
            raise ZygoteError("The warm process has ended.")
        session.pid = json.loads(message)["pid"]
        session.pidfd = descriptors[0] if descriptors else None
        try:
            told = session.ask(None, START_SECONDS)
        except SandboxEnded as end:
            raise ZygoteError(f"The sandbox does not start: {end}.") from None
        if "refused" in told:
            session.end()
            raise ZygoteError(f"The sandbox can't be closed off: {told['refused']}")
        if session.scratch:
            session.scratch.watch()
        return session

    @property
    def pid(self) -> int:
        """The process that was started; the one that forks may be its child."""
        return self._process.pid

    def reap(self, pid: int) -> dict[str, Any]:
        """Wait for a child's end and say how it ended."""
        self._control.send(json.dumps({"do": "reap", "pid": pid}).encode())
        told: dict[str, Any] = json.loads(self._control.recv(LARGEST_ANSWER))
        return told

    def close(self) -> None:
        """End the warm process and with it all that it forked."""
        self._control.close()
        self._process.kill()
        self._process.wait()
        if self._process.stderr:
            self._process.stderr.close()


def _cache() -> Path:
    """Give the folder where Matplotlib keeps its list of fonts from run to run."""
    folder = Path(user_cache_dir("backprop-by-hand")) / "matplotlib"
    with contextlib.suppress(OSError):  # without it the warm process is slower to start
        folder.mkdir(parents=True, exist_ok=True)
    return folder


@dataclass
class Session:
    """One forked sandbox process."""

    zygote: Zygote
    channel: Channel
    pid: int = 0
    pidfd: int | None = None  # where there are any; a pid means nothing outside its namespace
    scratch: Scratch | None = None

    def ask(
        self,
        asked: dict[str, Any] | None,
        seconds: float,
        helpers: Mapping[str, Callable[..., Any]] | None = None,
        most_help: int = 0,
    ) -> dict[str, Any]:
        """Send a request, answer the calls for right helpers, and give the reply.

        Raises
        ------
        SandboxEnded
            If there is no reply in time, or none that can be read. Then it is dead.
        """
        deadline = time.monotonic() + seconds
        try:
            if asked is not None:
                self.channel.send(asked, seconds)
            while True:
                told = self.channel.receive(max(0.0, deadline - time.monotonic()))
                if not isinstance(told, dict):
                    raise WireError("no dict")
                if "call" not in told:
                    return told
                most_help -= 1
                if most_help < 0:
                    raise WireError("too many calls of helpers")
                help_given = _help(told, helpers or {})
                self.channel.send(help_given, max(0.0, deadline - time.monotonic()))
        except WireTimeout:
            self.end()
            raise SandboxEnded("it did not come to an end in time", slow=True) from None
        except WireClosed:
            raise SandboxEnded(_how(self.end(PATIENCE))) from None
        except WireError:
            self.end()
            raise SandboxEnded("what came back can't be read") from None

    def end(self, patience: float = 0.0) -> dict[str, Any]:
        """Kill the process, if it lives, and say how it ended.

        One that closed its wire may be on its way out: then some patience lets its own end
        be seen.
        """
        closing = self.pidfd is None or bool(select.select([self.pidfd], [], [], patience)[0])
        self.kill()
        told = self.zygote.reap(self.pid) | {"killed": not closing, "exceeded": ""}
        self.channel.close()
        if self.scratch is not None:
            self.scratch.remove()
            told["exceeded"] = self.scratch.exceeded
        if self.pidfd is not None:
            os.close(self.pidfd)
        return told

    def kill(self) -> None:
        """Kill the process, if it lives; `end` has to follow."""
        with contextlib.suppress(ProcessLookupError):
            if self.pidfd is None:  # the pid stays its own until it is reaped
                os.kill(self.pid, signal.SIGKILL)
            else:
                signal.pidfd_send_signal(self.pidfd, signal.SIGKILL)


def _how(end: dict[str, Any]) -> str:
    """Put a process's end in words."""
    code = end["code"]
    if end["exceeded"]:
        return str(end["exceeded"])
    if end["killed"]:
        return "it closed its connection"
    # No number that the student's code chose: it saw hidden inputs, and its author sees this.
    if code >= 0:
        return "Python was ended, as by exit()"
    return ENDINGS.get(-code, "Python was ended by a signal")


def _help(told: dict[str, Any], helpers: Mapping[str, Callable[..., Any]]) -> dict[str, Any]:
    """Let a right helper answer; what it raises is passed on by kind and text."""
    name, args, kwargs = told.get("call"), told.get("args"), told.get("kwargs")
    known = isinstance(name, str) and name in helpers
    if not known or not isinstance(args, tuple) or not isinstance(kwargs, dict):
        raise WireError("a call that is none")
    try:
        return {"result": helpers[str(name)](*args, **kwargs)}
    except Exception as error:
        return {"kind": type(error).__name__, "text": str(error)}
