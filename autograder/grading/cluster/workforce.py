"""The workers of a Dask cluster: who may judge, who is free, who is gone.

A submission is a task that is pinned to one worker, and no thread of a worker has more
than one at a time. So it is known what a worker was at when it died; Dask's own count
(`allowed-failures`) belongs to the whole cluster and would blame what only waited there.

All of this runs in the loop of Dask's client.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict

from distributed import Client, Future, KilledWorker
from distributed.client import FutureCancelledError

from autograder.errors import ClusterError
from autograder.grading.cluster import on_worker
from autograder.grading.cluster.leasing import Leases
from autograder.grading.cluster.parts import Asked, Patience, Try, Worker
from autograder.grading.judge_process import Settings
from autograder.grading.keys import where_judged

DEATH_SEEN_SECONDS = 3.0  # until the scheduler, and then we, know of it
MEETING_SECONDS = 10.0  # for the others, once the first worker is there


class Workforce:
    """Workers, met as they come.

    Parameters
    ----------
    client : Client
        Connected to the scheduler.
    run : str
        This run's name on the workers.
    settings : Settings
        How submissions are run.
    tell : callable
        Told in one line what the user should know at once.
    patience : Patience
        How long to wait for what.
    """

    def __init__(
        self,
        client: Client,
        run: str,
        settings: Settings,
        tell: Callable[[str], None],
        patience: Patience,
    ) -> None:
        self.client, self.run, self.tell, self.patience = client, run, tell, patience
        self.workers: dict[str, Worker] = {}
        self.refused: list[str] = []
        self.versions = where_judged()
        self.answer_seconds = patience.answer or settings.most_seconds
        self._greeting = json.dumps({"versions": self.versions, "settings": asdict(settings)})
        self._meetings: set[asyncio.Task[None]] = set()
        self._numbers = itertools.count()
        self._failure: ClusterError | None = None
        self._alone_since: float | None = None
        self._told_alone = False
        self._leases = Leases(self.workers)
        self._found = asyncio.Event()

    # --- who is there --------------------------------------------------------------------

    async def watch(self) -> None:
        """Look again and again who is there, until the run ends or has to."""
        seen = time.monotonic()
        while self._failure is None:
            try:
                there = await asyncio.wait_for(self._there(), self.patience.connecting)
                seen = time.monotonic()
                self._note(there)
            except Exception as error:  # whatever Dask makes of a scheduler that is gone
                if time.monotonic() - seen > self.patience.connecting:
                    self._end(f"The scheduler is gone ({type(error).__name__}). Start it again.")
            await asyncio.sleep(self.patience.look)

    async def _there(self) -> Mapping[str, int]:
        return dict(await self.client.nthreads())

    def _note(self, there: Mapping[str, int]) -> None:
        for address in set(self.workers) - set(there):
            worker = self.workers.pop(address)
            worker.crowded = worker.leases > 1
            worker.gone.set()
        for address in set(there) - set(self.workers):
            self.workers[address] = Worker(address, there[address])
            self.meet(self.workers[address])
        self._leases.grant()
        self._wait_for_the_first()

    def meet(self, worker: Worker) -> None:
        """Meet a worker, perhaps once more: its process may have been started again."""
        worker.usable = False
        worker.has.clear()
        meeting = asyncio.create_task(self._meet(worker))
        self._meetings.add(meeting)
        meeting.add_done_callback(self._meetings.discard)

    async def _meet(self, worker: Worker) -> None:
        """Let a worker judge, if its marks would be ours and it shuts code in well enough."""
        try:
            told = await asyncio.wait_for(
                self._on(worker, on_worker.greet, self._greeting), self.patience.greeting
            )
            about = json.loads(told)
            why = _differ(self.versions, about["versions"]) or about.get("refused", "")
            worker.mode = about.get("mode", "")
        except TimeoutError:
            why = f"it said nothing within {self.patience.greeting:g} seconds."
        except Exception as error:
            why = (
                f"{type(error).__name__}: {error}. "
                "Is the same version of autograder installed there?"
            )
            await _gone_soon(worker)
        if worker.gone.is_set():
            return
        if why:
            self.refused.append(f"Worker {worker.address} is refused: {' '.join(why.split())}")
            self.tell(self.refused[-1])
        else:
            worker.usable = True
            self._leases.grant()

    async def _on(self, worker: Worker, function: Callable[..., object], *asked: object) -> bytes:
        told = await self.client.run(function, self.run, *asked, workers=[worker.address])
        return bytes(told[worker.address] or b"")

    def _wait_for_the_first(self) -> None:
        if any(worker.usable for worker in self.workers.values()):
            self._alone_since, self._told_alone = None, False
            self._found.set()
            return
        seconds = self.patience.no_worker
        if self._alone_since is None:
            self._alone_since = time.monotonic()
        if not self.workers and not self._told_alone:
            self._told_alone = True
            self.tell(f"No worker is there; waiting up to {seconds:g} seconds for one.")
        if self._meetings:
            seconds += self.patience.greeting
        elif self.workers and not self._found.is_set():
            self._end(self.refused[-1])
        if self._failure is None and time.monotonic() - self._alone_since > seconds:
            self._end(
                f"For {self.patience.no_worker:g} seconds there was no worker that may judge. "
                "Start some with: dask worker ADDRESS --nthreads 1."
            )

    def _end(self, why: str) -> None:
        """Let the run fail: nobody can work any more."""
        self._failure = ClusterError(why)
        self._found.set()
        self._leases.end(self._failure)

    async def ready(self) -> list[Worker]:
        """Wait for the first worker that may judge, and a little for the others.

        Raises
        ------
        ClusterError
            If none comes, or all that are there are refused.
        """
        await self._found.wait()
        if self._meetings:
            await asyncio.wait(list(self._meetings), timeout=MEETING_SECONDS)
        if self._failure is not None:
            raise self._failure
        return [worker for worker in self.workers.values() if worker.usable]

    def leave_out(self, worker: Worker, why: str) -> None:
        """Give a worker nothing more to do."""
        if worker.usable:
            worker.usable = False
            self.tell(f"Worker {worker.address} is left out from now on: {why}")

    async def farewell(self) -> None:
        """End this run on all workers, without waiting long for any."""
        for meeting in self._meetings:
            meeting.cancel()
        addresses = [worker.address for worker in self.workers.values() if worker.mode]
        if addresses:
            leaving = self.client.run(
                on_worker.leave, self.run, workers=addresses, on_error="ignore"
            )
            await asyncio.wait_for(leaving, self.patience.connecting)

    # --- who works -----------------------------------------------------------------------

    async def attempt(self, asked: Asked) -> Try:
        """Have one worker judge a submission, when one is free.

        Raises
        ------
        ClusterError
            If the run has to end.
        """
        worker, threads = await self._leases.lease(asked)
        try:
            ended = await self._ask(worker, asked)
        finally:
            self._leases.give_back(worker, threads)
        if ended.end == "told" or self.client.status == "running":
            return ended
        while self.client.status != "running":  # the scheduler's end is nobody else's fault
            if self._failure is not None:
                raise self._failure
            await asyncio.sleep(self.patience.look)
        return Try(worker, "lost", why="The scheduler was lost.")

    async def _ask(self, worker: Worker, asked: Asked) -> Try:
        try:
            await self._fill(worker, asked.shared)
            future = self.client.submit(
                on_worker.mark, self.run, asked.request, asked.own,
                key=f"autograder-{self.run}-{next(self._numbers)}", pure=False,
                workers=[worker.address], allow_other_workers=False,
            )  # fmt: skip
        except Exception as error:  # before anything of the submission was there
            if not await _gone_soon(worker):
                self.meet(worker)
            return Try(worker, "lost", why=f"{type(error).__name__}: {error}")
        return await self._answer(worker, future)

    async def _answer(self, worker: Worker, future: Future[bytes]) -> Try:
        answer = asyncio.ensure_future(future.result())
        gone = asyncio.ensure_future(worker.gone.wait())
        try:
            await asyncio.wait(
                (answer, gone), timeout=self.answer_seconds, return_when=asyncio.FIRST_COMPLETED
            )
            if answer.done():
                return Try(worker, "told", answer.result())
            if gone.done():
                return Try(worker, "died")
            why = f"did not come to an end within {self.answer_seconds:g} seconds"
            return Try(worker, "hung", why=why)
        except KilledWorker:  # where the cluster allows no failure
            return Try(worker, "died")
        except FutureCancelledError:  # the scheduler forgot it
            return Try(worker, "lost", why="The scheduler was started again.")
        except Exception as error:
            return Try(worker, "failed", why=f"{type(error).__name__}: {error}")
        finally:
            for one in (answer, gone):
                one.cancel()
            future.release()

    async def _fill(self, worker: Worker, shared: Mapping[str, bytes]) -> None:
        """Send the course's files that a worker does not have yet."""
        async with worker.filling:
            lacking = {name: shared[name] for name in shared if name not in worker.has}
            if lacking:
                await asyncio.wait_for(
                    self._on(worker, on_worker.keep, lacking), self.patience.greeting
                )
                worker.has.update(lacking)


async def _gone_soon(worker: Worker) -> bool:
    """Wait until it is known whether a worker has died."""
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(worker.gone.wait(), DEATH_SEEN_SECONDS)
    return worker.gone.is_set()


def _differ(ours: Mapping[str, str], theirs: Mapping[str, str]) -> str:
    """Say what is not the same there."""
    names: Iterable[str] = (name for name in ours if theirs.get(name) != ours[name])
    told = [f"{name} {theirs.get(name, '(none)')} and not {ours[name]}" for name in names]
    if not told:
        return ""
    return f"it has {', '.join(told)}. Install the same on both, and start the worker again."
