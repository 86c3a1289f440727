"""The judge's hold on a sandbox: run cells, call functions, go on after an end.

When a sandbox hangs or ends, it is killed and, once it is needed again, a fresh fork runs
the same cells again, but the one that struck. (Loading the functions one by one instead
would lose what the other cells set up, such as data and imports.)
"""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from autograder.calling import Raised
from autograder.sandbox.limits import Limits
from autograder.sandbox.session import SandboxEnded, Session, Zygote

GRACE = 1.0  # seconds in which a call or cell may stop by itself before it is killed
MOST_HELP = 20_000  # right helpers asked for in one call: a training loop takes thousands
HURRY = 0.1  # once a cell took too long, later ones have this share of the time
LEAST_SECONDS = 2.0

Helpers = Mapping[str, Callable[..., Any]]
Output = dict[str, Any]


class TimeUp(Exception):
    """The submission has used all its time."""


@dataclass(frozen=True)
class CellRun:
    """What one cell left: outputs, and why it was stopped, if it was."""

    outputs: list[Output]
    struck: str = ""


@dataclass
class Sandbox:
    """One submission's sandbox, through all its forks.

    Parameters
    ----------
    zygote : Zygote
        Forks the processes.
    limits : Limits
        What it may use.
    files : mapping
        Name and content (array of bytes) of the files in its folder.
    """

    zygote: Zygote
    limits: Limits
    files: Mapping[str, np.ndarray]
    _steps: list[dict[str, Any]] = field(default_factory=list)
    _ended: dict[tuple[str, tuple[str, ...]], Raised] = field(default_factory=dict)
    _retired: dict[str, str] = field(default_factory=dict)
    _session: Session | None = None
    _hurried: bool = False

    def __post_init__(self) -> None:
        self._deadline = time.monotonic() + self.limits.seconds_per_submission

    # --- cells ---------------------------------------------------------------------------

    def run(self, source: str, number: int) -> CellRun:
        """Run one cell, the `number`-th of the notebook's code cells.

        Raises
        ------
        TimeUp
            If the submission has no time left.
        """
        self._need_session()
        self._forget_ends(source)
        seconds = self.limits.seconds_per_cell
        if self._hurried:
            seconds = min(seconds, max(LEAST_SECONDS, HURRY * seconds))
        seconds = min(seconds, self._left())
        try:
            outputs = _outputs(self._ask(_run_request(source, number, seconds), seconds))
        except SandboxEnded as end:
            self._hurried |= end.slow
            why = too_long(seconds) if end.slow else str(end)
            return CellRun([error_output("Stopped", f"This cell was stopped: {why}.")], why)
        if any(o["output_type"] == "error" and o.get("ename") == "TooSlow" for o in outputs):
            self._hurried = True
            return CellRun(outputs, too_long(seconds))
        self._steps.append(_run_request(source, number, self.limits.seconds_per_cell))
        return CellRun(outputs)

    def hold(self, name: str) -> None:
        """Keep what a name stands for by now, for a check after all cells."""
        step = {"do": "hold", "name": name}
        if self._session is not None:
            with contextlib.suppress(SandboxEnded, TimeUp):
                self.ask(step)
        self._steps.append(step)  # where there was none, the next fork takes this step

    def more_time(self, share: float) -> None:
        """Give what comes after the cells a share of the submission's time, from now on."""
        self._deadline = time.monotonic() + share * self.limits.seconds_per_submission

    def _forget_ends(self, source: str) -> None:
        """Give a function that is written anew another chance."""
        for name, right in list(self._ended):
            if f"def {name}" in source:
                del self._ended[name, right]
                self._retired.pop(name, None)

    # --- functions -----------------------------------------------------------------------

    def ask(
        self, asked: dict[str, Any], seconds: float | None = None, helpers: Helpers | None = None
    ) -> dict[str, Any]:
        """Ask the sandbox something, of a fresh fork if need be."""
        self._need_session()
        seconds = self.limits.seconds_per_call if seconds is None else seconds
        return self._ask(asked, min(seconds, self._left()), helpers or {})

    def ask_each(
        self, asked: dict[str, Any], number: int, seconds: float, helpers: Helpers
    ) -> Iterator[dict[str, Any]]:
        """Ask the sandbox something that has several replies, each of which has its own time."""
        yield self.ask(asked, seconds, helpers)
        for _ in range(number - 1):
            yield self._ask(None, min(seconds, self._left()), helpers)

    def ended(self, name: str, right: tuple[str, ...]) -> Raised | None:
        """Say how a call of a function with these right helpers ended the sandbox, if it did."""
        return self._ended.get((name, right))

    def has_ended(self, name: str, right: tuple[str, ...], how: Raised) -> None:
        """Remember that a function can't be called so."""
        self._ended[name, right] = how

    def retire(self, name: str, why: str) -> None:
        """Let a function fail at once, from now on, where cells call it."""
        self._retired[name] = why
        if self._session is not None:
            with contextlib.suppress(SandboxEnded, TimeUp):
                self.ask({"do": "retire", "name": name, "text": why})

    def close(self) -> None:
        """End the sandbox."""
        if self._session is not None:
            self._session.end()
            self._session = None

    # --- the forks behind it -------------------------------------------------------------

    def _left(self) -> float:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeUp(f"its {self.limits.seconds_per_submission:g} seconds were used up")
        return left

    def _need_session(self) -> None:
        """Start a fork where there is none, and bring it to where the last one was."""
        while self._session is None:
            self._left()
            self._session = self.zygote.fork(self.limits)
            with contextlib.suppress(SandboxEnded):
                self._ask({"do": "files", "files": dict(self.files)}, self._left())
                self._replay()

    def _replay(self) -> None:
        for step in list(self._steps):
            seconds = min(self.limits.seconds_per_cell, self._left())
            try:
                self._ask(step, seconds)
            except SandboxEnded:
                self._steps.remove(step)  # it went well once; the next fork goes past it
                raise
        for name, why in self._retired.items():
            self._ask({"do": "retire", "name": name, "text": why}, self.limits.seconds_per_call)

    def _ask(
        self, asked: dict[str, Any] | None, seconds: float, helpers: Helpers | None = None
    ) -> dict[str, Any]:
        assert self._session is not None
        try:
            return self._session.ask(asked, seconds + GRACE, helpers or {}, MOST_HELP)
        except SandboxEnded:
            self._session = None
            raise


def _run_request(source: str, number: int, seconds: float) -> dict[str, Any]:
    return {"do": "run", "source": source, "number": number, "seconds": seconds}


def too_long(seconds: float) -> str:
    """Say that something was stopped for its time."""
    return f"not at an end after {seconds:g} seconds"


def error_output(name: str, text: str) -> Output:
    """Make a notebook's error output of one sentence."""
    return {"output_type": "error", "ename": name, "evalue": text, "traceback": [text]}


def _outputs(told: dict[str, Any]) -> list[Output]:
    """Read a cell's outputs, which a student's code may have made up."""
    try:
        outputs = json.loads(told["outputs"].tobytes())
        return [
            o
            for o in outputs
            if o["output_type"] in ("stream", "display_data", "execute_result", "error")
        ]
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return [error_output("Unreadable", "What this cell left can't be read.")]
