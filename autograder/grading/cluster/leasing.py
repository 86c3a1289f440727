"""Which worker judges what: a thread of a worker is at one submission at a time."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Mapping

from autograder.errors import ClusterError
from autograder.grading.cluster.parts import Asked, Worker


class _Waiter:
    def __init__(self, number: int, asked: Asked) -> None:
        self.asked = asked
        self.order = (asked.deaths, number)
        self.granted: asyncio.Future[Worker] = asyncio.get_running_loop().create_future()


class Leases:
    """Lends workers.

    Parameters
    ----------
    workers : mapping
        All that are there, as they come and go.
    """

    def __init__(self, workers: Mapping[str, Worker]) -> None:
        self._workers = workers
        self._waiters: list[_Waiter] = []
        self._numbers = itertools.count()
        self._failure: ClusterError | None = None

    async def lease(self, asked: Asked) -> tuple[Worker, int]:
        """Wait for a worker for a submission; give it with the number of threads taken.

        Raises
        ------
        ClusterError
            If there will be none any more.
        """
        if self._failure is not None:
            raise self._failure
        waiter = _Waiter(next(self._numbers), asked)
        self._waiters.append(waiter)
        self.grant()
        try:
            worker = await waiter.granted
        except asyncio.CancelledError:
            if waiter in self._waiters:
                self._waiters.remove(waiter)
            elif waiter.granted.done() and not waiter.granted.cancelled():
                worker = waiter.granted.result()
                self.give_back(worker, _needed(worker, asked))
            raise
        return worker, _needed(worker, asked)

    def give_back(self, worker: Worker, threads: int) -> None:
        """Note that a worker has done with a submission."""
        worker.busy -= threads
        worker.leases -= 1
        self.grant()

    def end(self, failure: ClusterError) -> None:
        """Let all who wait, now or later, fail."""
        self._failure = failure
        for waiter in self._waiters:
            if not waiter.granted.done():
                waiter.granted.set_exception(failure)
        self._waiters.clear()

    def grant(self) -> None:
        """Give free threads to who waits; those whose worker died before come last."""
        for waiter in sorted(self._waiters, key=lambda one: one.order):
            worker = self._fitting(waiter.asked)
            if worker is not None and not waiter.granted.done():
                worker.busy += _needed(worker, waiter.asked)
                worker.leases += 1
                self._waiters.remove(waiter)
                waiter.granted.set_result(worker)

    def _fitting(self, asked: Asked) -> Worker | None:
        """Find the worker with the most free threads, elsewhere if there is an elsewhere."""
        usable = [worker for worker in self._workers.values() if worker.usable]
        elsewhere = [worker for worker in usable if worker.address not in asked.tried]
        fits = [w for w in elsewhere or usable if w.threads - w.busy >= _needed(w, asked)]
        return max(fits, key=lambda worker: worker.threads - worker.busy, default=None)


def _needed(worker: Worker, asked: Asked) -> int:
    """Count the threads: what may have killed a worker has the next for itself alone."""
    return worker.threads if asked.deaths else 1
