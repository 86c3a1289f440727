"""Timers around functions that know nothing of them: who spends how much processor time."""

from __future__ import annotations

import functools
import importlib
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

from autograder.errors import BenchError


class Spans:
    """Processor seconds of this thread by phase; a phase within another counts for itself only.

    Attributes
    ----------
    seconds : dict
        What each phase has taken so far.
    """

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)
        self._inside: list[float] = []  # of the phases that are open: what is not their own

    def around(self, phase: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """Give a function that counts for a phase."""

        @functools.wraps(function)
        def timed(*args: Any, **kwargs: Any) -> Any:
            self._inside.append(0.0)
            begun = time.thread_time()
            try:
                return function(*args, **kwargs)
            finally:
                spent = time.thread_time() - begun
                self.seconds[phase] += spent - self._inside.pop()
                if self._inside:
                    self._inside[-1] += spent

        return timed

    def put_around(self, targets: dict[str, str]) -> None:
        """Put timers around functions, as long as this process lives.

        Parameters
        ----------
        targets : dict
            Phases by ``module:name`` or ``module:Class.method``.
        """
        for target, phase in targets.items():
            self.seconds[phase] += 0.0  # one that never comes shows, too
            replace(target, functools.partial(self.around, phase))


def replace(target: str, by: Callable[[Callable[..., Any]], Callable[..., Any]]) -> None:
    """Put something in the place of a function, made of it.

    Raises
    ------
    BenchError
        If there is no such function: phases are found by name.
    """
    module, _, path = target.partition(":")
    *owners, name = path.split(".")
    place: Any = importlib.import_module(module)
    try:
        for owner in owners:
            place = getattr(place, owner)
        found = getattr(place, name)
    except AttributeError:
        raise BenchError(f"No phase can be measured at {target}: it is not there.") from None
    setattr(place, name, by(found))


def cpu_of(pid: int) -> float:
    """Give the processor seconds of another process, without its children; 0 if it has ended."""
    try:
        return time.clock_gettime((~pid << 3) | 2)  # how Linux writes a process's clock
    except OSError:
        return 0.0


def outer_pid(pidfd: int) -> int:
    """Give the pid, as it is here, of a process in another pid namespace."""
    lines = Path(f"/proc/self/fdinfo/{pidfd}").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pid:"))
