"""Judging on a Dask cluster: the coordinator's side.

The coordinator reads submissions, sends their cells to workers, holds what comes back
against what was asked, and writes. What a worker does wrong costs another try, elsewhere.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
import warnings
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from threading import Lock
from typing import Any, TypeVar

import dask
from distributed import Client, Security, rpc
from distributed.client import AllExit
from distributed.versions import VersionMismatchWarning

from autograder.errors import ClusterError
from autograder.grading.classroom import ClassFolder
from autograder.grading.cluster.judge import ClusterJudge, content_hash
from autograder.grading.cluster.parts import Patience, Worker
from autograder.grading.cluster.workforce import Workforce
from autograder.grading.execute import execute_and_judge, settings_of
from autograder.grading.marker import Execute

AHEAD = 32  # submissions made ready beside those at work: for workers that come later
MOST_AT_A_TIME = 512
LARGE = "1GB"
USUAL = Patience()
MANY_VICTIMS = 3
ENDS = {
    "died": "the worker died",
    "hung": "it hung",
    "rubbish": "it told rubbish",
    "failed": "it failed",
}
T = TypeVar("T")


@contextmanager
def connected(
    address: str,
    folder: ClassFolder,
    tell: Callable[[str], None] = lambda line: None,
    patience: Patience = USUAL,
) -> Iterator[Cluster]:
    """Connect to a Dask scheduler and meet its workers.

    Parameters
    ----------
    address : str
        Of the scheduler, such as ``tcp://10.0.0.5:8786``.
    folder : ClassFolder
        The class, for its settings and the course's files.
    tell : callable
        Told in one line what the user should know at once: workers, refusals, waiting.
    patience : Patience
        How long to wait for what.

    Raises
    ------
    ClusterError
        If there is no scheduler, or no worker that may judge.
    """
    with _quiet(), _client(address, patience.connecting) as client:
        run = secrets.token_hex(8)
        workforce = Workforce(client, run, settings_of(folder.config), tell, patience)
        cluster = Cluster(workforce, folder)
        watching = cluster.begin(workforce.watch())
        try:
            workers = cluster.wait(workforce.ready())
            tell(_in_words(address, workers))
            cluster.threads = sum(worker.threads for worker in workers)
            yield cluster
            if again := cluster.retries_in_words():
                tell(again)
        finally:
            watching.cancel()
            with contextlib.suppress(Exception):  # who is gone can't be told goodbye
                cluster.wait(workforce.farewell())


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep Dask's own words off the terminal: what matters is said in ours."""
    names = [n for n in logging.root.manager.loggerDict if n.split(".")[0] == "distributed"]
    levels = {log: log.level for log in map(logging.getLogger, names)}
    for log in levels:
        log.setLevel(logging.CRITICAL)
    logging.getLogger("asyncio").addFilter(_is_not_dasks)
    try:
        with (
            warnings.catch_warnings(),
            dask.config.set({"distributed.admin.large-graph-warning-threshold": LARGE}),
        ):
            warnings.simplefilter("ignore", VersionMismatchWarning)  # workers state what counts
            yield
    finally:
        logging.getLogger("asyncio").removeFilter(_is_not_dasks)
        for log, level in levels.items():
            log.setLevel(level)


def _is_not_dasks(record: logging.LogRecord) -> bool:
    """Pass over what Dask's client leaves behind where a worker died before it was asked."""
    return not (record.exc_info and isinstance(record.exc_info[1], AllExit))


@contextmanager
def _client(address: str, seconds: float) -> Iterator[Client]:
    # A client that can't connect takes long to give up, and prints a traceback at the end.
    try:
        found = asyncio.run(asyncio.wait_for(_who_answers(address), seconds))
    except TimeoutError:
        raise _unreachable(address, f"no answer within {seconds:g} seconds") from None
    except Exception as error:  # Dask has many kinds for what is wrong with an address
        raise _unreachable(address, _first_line(error)) from error
    if found != "Scheduler":
        raise _unreachable(address, f"it is a Dask {found.lower()}'s address")
    client = Client(address, timeout=seconds, set_as_default=False, direct_to_workers=False)
    try:
        yield client
    finally:
        with contextlib.suppress(Exception):  # a scheduler that is gone
            client.close(timeout=seconds)


async def _who_answers(address: str) -> str:
    arguments = Security().get_connection_args("client")
    async with rpc(address, connection_args=arguments) as other:
        return str((await other.identity())["type"])


def _unreachable(address: str, why: str) -> ClusterError:
    return ClusterError(
        f"No Dask scheduler can be reached at {address}: {why}. Start one with: dask scheduler."
    )


def _first_line(error: Exception) -> str:
    told = str(error).strip().splitlines() or [type(error).__name__]
    return told[0].rstrip(".")


def _in_words(address: str, workers: list[Worker]) -> str:
    modes = Counter(worker.mode for worker in workers)
    told = ", ".join(f"{mode} on {number}" for mode, number in sorted(modes.items()))
    threads = sum(worker.threads for worker in workers)
    return f"Cluster {address}: workers: {len(workers)}, threads: {threads}; isolation: {told}."


class Cluster:
    """The workers, for a run on one class.

    Parameters
    ----------
    workforce : Workforce
        The workers; they live in the loop of Dask's client.
    folder : ClassFolder
        The class.
    """

    def __init__(self, workforce: Workforce, folder: ClassFolder) -> None:
        self.workforce = workforce
        self.threads = 0
        self.acquitted = False  # whether one was marked after its worker had died
        self.ends: Counter[str] = Counter()  # of tries
        self._folder = folder
        self._lock = Lock()
        self._shared: dict[str, frozenset[str]] = {}

    @property
    def jobs(self) -> int:
        """How many submissions to have in hand: at work, and ready for workers that come."""
        return min(self.threads + AHEAD, MOST_AT_A_TIME)

    def retries_in_words(self) -> str:
        """Say what went wrong and was done once more."""
        told = [f"{what}: {self.ends[end]}" for end, what in ENDS.items() if self.ends[end]]
        return f"Tries that failed, and why: {', '.join(told)}." if told else ""

    @property
    def others_die(self) -> bool:
        """Whether workers die so that a death says little about the submission."""
        return self.acquitted or self.ends["death 1 alone"] >= MANY_VICTIMS

    def note(self, end: str) -> None:
        """Count a try that did not end well."""
        with self._lock:
            self.ends[end] += 1

    def executor(self, folder: ClassFolder) -> AbstractContextManager[Execute]:
        """Give what runs notebooks on the cluster, for one of several threads."""
        return self._judging()

    @contextmanager
    def _judging(self) -> Iterator[Execute]:
        with ClusterJudge(self) as judge:
            yield partial(execute_and_judge, judge=judge)

    def begin(self, work: Coroutine[Any, Any, T]) -> Any:
        """Start work in the loop of Dask's client."""
        return asyncio.run_coroutine_threadsafe(work, self.workforce.client.loop.asyncio_loop)

    def soon(self, step: Callable[..., None], *about: Any) -> None:
        """Take a step in the loop of Dask's client."""
        self.workforce.client.loop.add_callback(step, *about)

    def wait(self, work: Coroutine[Any, Any, T]) -> T:
        """Have work done in the loop of Dask's client."""
        begun = self.begin(work)
        try:
            result: T = begun.result()
        except BaseException:
            begun.cancel()
            raise
        return result

    def courses_own(self, assignment: str) -> frozenset[str]:
        """Name the course's files by their hash; they are sent once to each worker."""
        with self._lock:
            if assignment not in self._shared:
                files = (self._folder.path / "source" / assignment).rglob("*")
                self._shared[assignment] = frozenset(
                    content_hash(path.read_bytes()) for path in files if path.is_file()
                )
            return self._shared[assignment]
