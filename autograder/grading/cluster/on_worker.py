"""What runs on a Dask worker: judges that stay warm, and the course's files, for one run.

Nothing here needs nbgrader. The coordinator has `greet`, `keep` and `leave` run at once and
beside all tasks (`Client.run`); `mark` is a task. A run's state is in the memory of the
worker's process: a process that was started again does not know the run, and says so.

Judges' processes end with the worker, however that ends: each watches the socket that
the worker holds. So a worker killed by -9 leaves nothing behind.
"""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

from autograder.errors import AutograderError, IsolationError
from autograder.grading.judge_process import JudgeProcess, Settings
from autograder.grading.keys import where_judged
from autograder.sandbox.limits import Limits

FORGOTTEN_SECONDS = 3600.0  # a run that nobody asked anything of for so long was killed


class _Run:
    """What one run has in this process."""

    def __init__(self, settings: Settings) -> None:
        self.files: dict[str, bytes] = {}  # the course's, by hash
        self.used = time.monotonic()
        self._settings = settings
        self._lock = threading.Lock()
        self._free: list[JudgeProcess] = []
        self._busy: list[JudgeProcess] = []
        self._closed = False

    @contextmanager
    def judge(self) -> Iterator[JudgeProcess]:
        """Lend a judge: a warm one, if there is one; as many come to be as work at a time."""
        with self._lock:
            judge = self._free.pop() if self._free else JudgeProcess(self._settings)
            self._busy.append(judge)
        try:
            yield judge
        finally:
            with self._lock:
                self._busy.remove(judge)
                self._free.append(judge)
                self.used = time.monotonic()
                closed = self._closed
            if closed:
                judge.close()

    def forgotten(self) -> bool:
        return not self._busy and time.monotonic() - self.used > FORGOTTEN_SECONDS

    def close(self) -> None:
        """End all judges, also those at work."""
        with self._lock:
            self._closed = True
            judges = [*self._free, *self._busy]
        for judge in judges:
            judge.close()


_RUNS: dict[str, _Run] = {}


async def greet(run: str, asked: str) -> bytes:
    """Begin a run here: say what is installed, and how students' code is kept apart.

    Parameters
    ----------
    run : str
        Its name.
    asked : str
        JSON: the coordinator's ``versions``, and ``settings``: how submissions are run.

    Returns
    -------
    told : bytes
        JSON: ``versions``, and if they are the same ``mode``, or why there is none, ``refused``.
    """
    return await asyncio.to_thread(_greeted, run, json.loads(asked))


def _greeted(run: str, asked: dict[str, Any]) -> bytes:
    for name in [name for name, one in _RUNS.items() if one.forgotten()]:
        leave(name)
    told: dict[str, Any] = {"versions": where_judged()}
    if told["versions"] != asked["versions"]:  # then settings may be others, too
        return json.dumps(told).encode()
    settings = asked["settings"]
    wanted = Settings(**settings | {"limits": Limits(**settings["limits"])})
    begun = _RUNS.get(run) or _Run(wanted)
    try:
        with begun.judge() as judge:
            told["mode"] = judge.mode
    except IsolationError as error:
        return json.dumps(told | {"refused": str(error)}).encode()
    _RUNS[run] = begun
    return json.dumps(told).encode()


def keep(run: str, files: Mapping[str, bytes]) -> None:
    """Keep some of the course's files, by their hash, for all submissions of a run."""
    _RUNS[run].files.update(files)


def leave(run: str) -> None:
    """End a run here; whatever of it is still at work ends, too."""
    begun = _RUNS.pop(run, None)
    if begun is not None:
        begun.close()


def mark(run: str, asked: bytes, own: Mapping[str, bytes]) -> bytes:
    """Judge one submission.

    Parameters
    ----------
    run : str
        Whose it is.
    asked : bytes
        JSON: ``assignment``, ``cells``, ``seed``, and ``files``: names, in their order,
        each with the hash of a kept file, or nothing where it is one of `own`.
    own : mapping
        The student's own files.

    Returns
    -------
    told : bytes
        JSON: what `JudgeProcess.mark` gives; or ``failed``, why it gives nothing; or
        ``unfit``, why there is no judge here any more; or ``unknown``, if this process
        knows no such run.
    """
    begun = _RUNS.get(run)
    if begun is None:
        return json.dumps({"unknown": run}).encode()
    try:
        told = _marked(begun, json.loads(asked), own)
    except IsolationError as error:
        told = {"unfit": str(error)}
    except AutograderError as error:
        told = {"failed": str(error)}
    except Exception as error:  # one submission's; the next may do better
        told = {"failed": f"It could not be judged: {type(error).__name__}: {error}"}
    return json.dumps(told).encode()


def _marked(begun: _Run, asked: dict[str, Any], own: Mapping[str, bytes]) -> dict[str, Any]:
    files = {n: begun.files[kept] if kept else own[n] for n, kept in asked["files"].items()}
    with begun.judge() as judge:
        return asdict(judge.mark(asked["assignment"], asked["cells"], files, asked["seed"]))
