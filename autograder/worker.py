"""The judge's own process: it walks a notebook's cells and decides every check.

It has the reference answers and no gradebook. Student cells go to the sandbox; check
cells run here, with functions that call over the wire. It takes one notebook after the
other from the grader and can be killed at any moment without harm.

Started as ``python -m autograder.worker FD``, or forked from the grader.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import select
import signal
import socket
import sys
import threading
import warnings
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from autograder.channel import Channel, WireClosed
from autograder.check_cell import (
    Cell,
    cut_to_fit,
    executed,
    failed,
    free_names,
    last_value,
    no_verdict,
    printed_text,
    undefined,
    worth,
)
from autograder.clock import TooSlow, at_most
from autograder.course import NOT_RUN
from autograder.exercises import ASSIGNMENTS, EXERCISES
from autograder.exercises.known import diagnosis_table
from autograder.judge import Diagnosed, Verdict, judge
from autograder.sandbox.client import Output, Sandbox, TimeUp, error_output
from autograder.sandbox.limits import Limits
from autograder.sandbox.processor import in_batches, on_one_processor
from autograder.sandbox.remote import look
from autograder.sandbox.session import SandboxEnded, Zygote, ZygoteError

try:
    import resource
except ImportError:  # not on every system
    resource = None  # type: ignore[assignment]

MEMORY = 4_000_000_000  # bytes; judging takes a tenth of it
SECONDS_PER_CHECK = 120.0
SHARE_OF_HIDDEN = 0.5  # of a submission's time, for the hidden checks after its cells
CELLS_OF_OUTPUT = 4  # a notebook may show as much as so many cells at their limit
NOT_RUN_SAYS = "[Not run when marking: this cell takes long, and no mark depends on it.]\n"


def pack(value: Any) -> np.ndarray:
    """Make one array of bytes of JSON data, however large."""
    return np.frombuffer(json.dumps(value).encode(), np.uint8)


def unpack(packed: np.ndarray) -> Any:
    """Give the JSON data back."""
    return json.loads(packed.tobytes())


class _Unjudged(Exception):
    """A check could not be carried out, through no fault of the student's."""


@dataclass
class Walk:
    """One notebook on its way through sandbox and judge.

    Attributes
    ----------
    sandbox : Sandbox
        Runs the student's cells.
    seed : int
        Seed of the probes.
    reasons : list of str
        What was stopped, one line each.
    """

    sandbox: Sandbox
    seed: int
    reasons: list[str] = field(default_factory=list)
    _time_up: str = ""
    _shown: int = 0
    _diagnosed: Diagnosed = field(default_factory=dict)

    def run(self, cells: list[Cell]) -> list[Cell]:
        """Run code cells in their order; give outputs, and verdicts of checks.

        Hidden checks come after all cells, with the functions as they were at the check's
        place: so no cell can show what a hidden check has called a function with.
        """
        told = [self._run(cell, number) for number, cell in enumerate(cells, 1)]
        self._time_up = ""
        self.sandbox.more_time(SHARE_OF_HIDDEN)
        for number, cell in enumerate(cells, 1):
            if cell["kind"] == "hidden" and not told[number - 1]:
                told[number - 1] = self._timed(cell, number)
        return told

    def _run(self, cell: Cell, number: int) -> Cell:
        if cell["kind"] != "hidden" or self._time_up:
            return self._timed(cell, number)
        for name in free_names(cell["source"]):
            self.sandbox.hold(name)
        return {}

    def _timed(self, cell: Cell, number: int) -> Cell:
        try:
            if self._time_up:
                raise TimeUp(self._time_up)
            if cell["kind"] != "student":
                return self._check(cell)
            if not cell.get("name") and cell["source"].lstrip().startswith(NOT_RUN):
                return {"outputs": [printed_text(NOT_RUN_SAYS)]}
            ran = self.sandbox.run(cell["source"], number)
        except TimeUp as end:
            self._out_of_time(str(end), number)
            words = f"Not reached: {end}."
            verdict = {} if cell["kind"] == "student" else {"verdict": no_verdict(words, False)}
            return {"outputs": [error_output("NotReached", words)]} | verdict
        if ran.struck:
            self.reasons.append(f"{cell.get('name') or f'Cell {number}'}: {ran.struck}.")
        return {"outputs": self._bounded(ran.outputs)}

    def _bounded(self, outputs: list[Output]) -> list[Output]:
        """Leave outputs out once the notebook shows too much in all."""
        self._shown += len(json.dumps(outputs))
        most = CELLS_OF_OUTPUT * self.sandbox.limits.output_bytes
        if self._shown <= most:
            return outputs
        told = f"[Output left out: the notebook shows more than {most / 1e6:g} MB.]\n"
        return [printed_text(told)]

    def _out_of_time(self, why: str, number: int) -> None:
        if not self._time_up:
            self._time_up = why
            self.reasons.append(f"Ended at cell {number}: {why}.")

    def _check(self, cell: Cell) -> Cell:
        """Run a check cell on this side."""
        made: list[Verdict] = []
        printed = io.StringIO()
        try:
            with contextlib.redirect_stdout(printed), at_most(SECONDS_PER_CHECK):
                result = executed(cell["source"], self._names(cell, made))
        except NameError as error:
            return failed(undefined(str(error.name)), "NameError")
        except (SandboxEnded, TooSlow) as end:
            self.reasons.append(f"{cell['name']}: {end}.")
            return failed(f"It could not be judged: {end}.", "NotJudged", reached=False)
        except TimeUp:
            raise
        except _Unjudged as fault:  # whoever wrote the check has to look, not the student
            self.reasons.append(f"{cell['name']}: {fault}")
            return failed(f"It could not be judged: {fault}", "NotJudged", reached=False)
        except Exception as error:  # of a check that an instructor wrote
            return failed(f"{type(error).__name__}: {error}", type(error).__name__)
        outputs: list[Output] = []
        if printed.getvalue():
            outputs.append(printed_text(printed.getvalue()))
        if result is not None:
            outputs.append(last_value(result))
        verdict = asdict(made[-1]) | {"reached": True} if made else None
        self._note_ends(made)
        return {"outputs": outputs, "verdict": verdict}

    def _names(self, cell: Cell, made: list[Verdict]) -> dict[str, Any]:
        """Give a check's names: the judge's `check`, all others from the sandbox."""
        space: dict[str, Any] = {"check": self._marker(cell, made)}
        for name in free_names(cell["source"]):
            try:
                space[name] = look(self.sandbox, name, held=cell["kind"] == "hidden")
            except KeyError:
                raise NameError(f"name {name!r} is not defined", name=name) from None
        return space

    def _marker(self, cell: Cell, made: list[Verdict]) -> Callable[..., float]:
        def check(name: str, function: object, *, hidden: bool = False) -> float:
            if name not in EXERCISES:
                raise _Unjudged(f"The check names an exercise that there is not: {name!r}.")
            try:
                verdict = judge(
                    name,
                    function,
                    hidden=hidden,
                    seed=self.seed,
                    seconds=self.sandbox.limits.seconds_per_call,
                    diagnosed=self._diagnosed,
                )
            except (SandboxEnded, TooSlow, TimeUp):
                raise
            except Exception as error:
                raise _Unjudged(f"{type(error).__name__}: {error}") from error
            verdict = cut_to_fit(worth(verdict, cell))
            made.append(verdict)
            print(verdict.words)
            return verdict.points

        return check

    def _note_ends(self, made: list[Verdict]) -> None:
        """Say which functions had to be stopped, and let cells that call them go on at once."""
        for verdict in made:
            name = verdict.exercise
            end = self.sandbox.ended(name, ())
            line = f"{name}: {end.text}." if end else ""
            if end and line not in self.reasons:
                self.reasons.append(line)
                self.sandbox.retire(name, f"{name} was stopped when it was checked: {end.text}")


def main() -> None:
    """Mark notebooks as a process of its own."""
    serve(socket.socket(fileno=int(sys.argv[1])))


def serve(wire: socket.socket) -> None:
    """Mark notebooks until the grader hangs up; the first thing it says is the isolation.

    Parameters
    ----------
    wire : socket
        Where the grader is.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the grader's; this one sees its end
    in_batches()
    # Right helpers are called with whatever a student's code comes up with.
    np.seterr(all="ignore")
    warnings.simplefilter("ignore")
    channel = Channel(wire)
    if resource is not None and hasattr(resource, "RLIMIT_AS") and sys.platform == "linux":
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    with contextlib.suppress(WireClosed):
        mode = channel.receive()["mode"]
        try:
            zygote = Zygote(mode)
        except ZygoteError as error:
            channel.send({"failed": str(error)})
            return
        threading.Thread(target=_end_with, args=(channel.fileno(),), daemon=True).start()
        channel.send({"ready": True})
        while True:
            asked = channel.receive()
            try:
                answer = _marked(asked, zygote)
            except Exception as error:  # the grader says it; the next notebook may do better
                answer = {"failed": f"{type(error).__name__}: {error}"}
            channel.send(answer)


def _end_with(descriptor: int) -> None:
    """End this process as soon as the grader has ended, whatever is going on."""
    poll = select.poll()
    poll.register(descriptor, getattr(select, "POLLRDHUP", 0))  # hang-ups are told anyway
    poll.poll()
    os._exit(0)


def _marked(asked: dict[str, Any], zygote: Zygote) -> dict[str, Any]:
    for exercise in ASSIGNMENTS.get(asked["assignment"], ()):
        diagnosis_table(exercise)  # not in the time of a check
    sandbox = Sandbox(zygote, Limits(**asked["limits"]), asked["files"])
    walk = Walk(sandbox, asked["seed"])
    try:
        with on_one_processor():
            cells = walk.run(unpack(asked["cells"]))
    finally:
        sandbox.close()
    return {"cells": pack(cells), "reasons": walk.reasons}


if __name__ == "__main__":
    main()
    os._exit(0)
