"""The grader's hold on the judge's process, which can be killed without harm."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from types import TracebackType
from typing import Any, Protocol

import numpy as np

from autograder.channel import Channel, WireClosed, WireTimeout
from autograder.errors import IsolationError, JudgeError
from autograder.grading.first_judge import FirstJudge, Forked
from autograder.sandbox.isolation import MODES, PROBE_SECONDS, Found, probe, strongest
from autograder.sandbox.limits import Limits
from autograder.wire import WireError
from autograder.worker import pack, unpack

START_SECONDS = 120.0
JUDGING_SECONDS = 120.0  # beyond what the submission itself may take
WEAKEST_ALLOWED = "landlock"
STRONGEST = "strongest"


@dataclass(frozen=True)
class Settings:
    """How submissions are run.

    Attributes
    ----------
    limits : Limits
        What each may use.
    isolation : str
        ``strongest``, or the name of one mode.
    allow_weak : bool
        Whether a mode weaker than Landlock, seccomp and rlimits will do.
    """

    limits: Limits = field(default_factory=Limits)
    isolation: str = STRONGEST
    allow_weak: bool = False

    @property
    def most_seconds(self) -> float:
        """How long one notebook may take in all, a new judge's start included."""
        return PROBE_SECONDS + START_SECONDS + self.judging_seconds

    @property
    def judging_seconds(self) -> float:
        """How long a judge may take for one notebook."""
        return 2 * self.limits.seconds_per_submission + JUDGING_SECONDS


@dataclass(frozen=True)
class Marked:
    """What came of one notebook: for each code cell outputs and verdict; what was stopped."""

    cells: list[dict[str, Any]]
    reasons: list[str]
    isolation: str


class Judge(Protocol):
    """Whoever runs and judges notebooks: a process of this machine, or a cluster."""

    def mark(
        self, assignment: str, cells: list[dict[str, Any]], files: Mapping[str, bytes], seed: int
    ) -> Marked:
        """Have one notebook run and judged; see `JudgeProcess.mark`."""


class JudgeProcess:
    """One judge's process; it is started when it is first needed, and again when it ended.

    Parameters
    ----------
    settings : Settings
        How submissions are run.
    first : FirstJudge, optional
        Has a process already, for whoever needs one first.
    """

    def __init__(self, settings: Settings, first: FirstJudge | None = None) -> None:
        self.settings = settings
        self._first = first
        self._mode = ""
        self._process: subprocess.Popen[bytes] | Forked | None = None
        self._channel: Channel | None = None
        self._lock = threading.Lock()

    def __enter__(self) -> JudgeProcess:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def mode(self) -> str:
        """The isolation that is used.

        Raises
        ------
        IsolationError
            If this machine does not give what is asked for.
        """
        if not self._mode:
            self._mode = _mode(self.settings)
        return self._mode

    def mark(
        self, assignment: str, cells: list[dict[str, Any]], files: Mapping[str, bytes], seed: int
    ) -> Marked:
        """Have one notebook run and judged.

        Parameters
        ----------
        assignment : str
            Whose exercises they are.
        cells : list of dict
            The code cells: ``kind`` (``student``, ``check`` or ``hidden``), ``source``, ``name``.
        files : mapping
            What lies beside the notebook, by relative path.
        seed : int
            Seed of the probes.

        Raises
        ------
        JudgeError
            If no answer comes; the process is ended then, and the next call starts another.
        """
        channel = self._started()
        asked = {
            "assignment": assignment,
            "cells": pack(cells),
            "files": {name: np.frombuffer(content, np.uint8) for name, content in files.items()},
            "seed": seed,
            "limits": asdict(self.settings.limits),
        }
        seconds = self.settings.judging_seconds
        try:
            channel.send(asked, seconds)
            told = channel.receive(seconds)
        except WireTimeout:
            self.close()
            raise JudgeError(f"Judging it took more than {seconds:g} seconds.") from None
        except WireError as error:
            how = "ended" if isinstance(error, WireClosed) else "could not be understood"
            self.close()
            raise JudgeError(f"The judge's process {how} while it was judged.") from None
        except BaseException:  # an answer on its way would be taken for the next one's
            self.close()
            raise
        if "failed" in told:
            self.close()
            raise JudgeError(f"It could not be judged: {told['failed']}")
        return Marked(unpack(told["cells"]), list(told["reasons"]), self.mode)

    def close(self) -> None:
        """End the process and all that it started; whoever waits for it stops waiting."""
        with self._lock:  # another thread may close it, too
            channel, process = self._channel, self._process
            self._channel = self._process = None
        if process is not None:
            with contextlib.suppress(OSError):
                process.kill()
            process.wait()
        if channel is not None:
            channel.close()

    def _started(self) -> Channel:
        if self._channel is not None:
            return self._channel
        mode = self.mode
        self._process, ours = (self._first and self._first.take()) or _started()
        channel = Channel(ours)
        try:
            channel.send({"mode": mode}, START_SECONDS)
            told = channel.receive(START_SECONDS)
        except WireError:
            told = {"failed": "The judge's process did not start."}
        self._channel = channel
        if "failed" in told:
            self.close()
            raise IsolationError(str(told["failed"]))
        return channel


def _started() -> tuple[subprocess.Popen[bytes], socket.socket]:
    ours, theirs = socket.socketpair()
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "autograder.worker", str(theirs.fileno())],
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            pass_fds=[theirs.fileno()],
            env=os.environ | {"OPENBLAS_NUM_THREADS": "1"},
        )
    return process, ours


def _mode(settings: Settings) -> str:
    """Choose the isolation, and refuse what is weaker than wanted."""
    if settings.isolation not in (STRONGEST, *MODES):
        raise IsolationError(
            f"There is no isolation {settings.isolation!r}; there are: {', '.join(MODES)}."
        )
    mode = _strongest() if settings.isolation == STRONGEST else _working(settings.isolation)
    if MODES.index(mode) > MODES.index(WEAKEST_ALLOWED) and not settings.allow_weak:
        raise IsolationError(
            "This machine gives no isolation worth the name (see: autograder doctor). "
            "If you trust all submissions, add --allow-weak-isolation."
        )
    return mode


def _strongest() -> str:
    """Try one mode after the other: mostly the first one works, and each trial takes a while."""
    found: list[Found] = []
    for mode in MODES:
        found += probe([mode])
        if found and found[-1].works:
            break
    try:
        return strongest(found)
    except LookupError as error:
        raise IsolationError(f"Students' code can't be run here at all: {error}") from None


def _working(mode: str) -> str:
    found = probe([mode])
    if not found or not found[0].works:
        why = found[0].why if found else "it needs Linux"
        raise IsolationError(f"The isolation {mode} does not work here: {why}")
    return mode
