"""Several submissions at a time: threads wait for judges' processes, which do the work."""

from __future__ import annotations

from collections.abc import Callable, Generator, Hashable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import AbstractContextManager, ExitStack
from queue import SimpleQueue
from threading import Lock
from typing import Generic, TypeVar

T = TypeVar("T", bound=Hashable)
Tool = TypeVar("Tool")
R = TypeVar("R")
AHEAD = 2  # submissions in memory for each worker


class Stopping(Exception):
    """The run ends: nothing more is begun."""


class Tools(Generic[Tool]):
    """As many tools as there are workers, each made when it is first needed.

    Parameters
    ----------
    make : callable
        Makes a tool, a context manager.
    number : int
        How many workers there are.
    """

    def __init__(self, make: Callable[[], AbstractContextManager[Tool]], number: int) -> None:
        self.number = number
        self._make, self._stack, self._lock = make, ExitStack(), Lock()
        self._free: SimpleQueue[list[Tool]] = SimpleQueue()
        self._stopping = False
        for _ in range(number):
            self._free.put([])

    def borrow(self) -> list[Tool]:
        """Wait for a free slot, which holds a tool or will."""
        return self._free.get()

    def give_back(self, slot: list[Tool]) -> None:
        """Leave a slot to others."""
        self._free.put(slot)

    def made(self, slot: list[Tool]) -> Tool:
        """Give a slot's tool."""
        with self._lock:
            if self._stopping:
                raise Stopping
            if not slot:
                slot.append(self._stack.enter_context(self._make()))
        return slot[0]

    def close(self) -> None:
        """End all tools; whoever waits for one stops waiting."""
        with self._lock:
            self._stopping = True
            self._stack.close()


def in_order_of_arrival(
    work: Callable[[T, Callable[[], Tool]], R],
    tasks: Iterable[T],
    make: Callable[[], AbstractContextManager[Tool]],
    jobs: int,
) -> Generator[tuple[T, R], None, None]:
    """Work on tasks, several at a time, and give what comes of each as it comes.

    Parameters
    ----------
    work : callable
        Called with a task and with what gives it its tool, in a thread of its own. With
        one job there is no thread.
    tasks : iterable
        What to work on; only a few are begun ahead of what is taken.
    make : callable
        Makes a tool, a context manager; each worker has one of its own, if it asks for it.
    jobs : int
        How many at a time.
    """
    tools = Tools(make, jobs)
    try:
        yield from with_tools(work, tasks, tools)
    finally:
        tools.close()


def with_tools(
    work: Callable[[T, Callable[[], Tool]], R], tasks: Iterable[T], tools: Tools[Tool]
) -> Generator[tuple[T, R], None, None]:
    """Do the same with tools that stay when all is done; whatever ends it early ends them."""

    def one(task: T) -> R:
        slot = tools.borrow()
        try:
            return work(task, lambda: tools.made(slot))
        finally:
            tools.give_back(slot)

    if tools.number == 1:
        yield from ((task, one(task)) for task in tasks)
        return
    with ThreadPoolExecutor(tools.number, thread_name_prefix="marking") as threads:
        try:
            yield from _as_they_come(threads, one, tasks, AHEAD * tools.number)
        except BaseException:
            threads.shutdown(wait=False, cancel_futures=True)
            tools.close()  # so that the threads come to an end
            raise


def _as_they_come(
    threads: ThreadPoolExecutor, one: Callable[[T], R], tasks: Iterable[T], ahead: int
) -> Iterator[tuple[T, R]]:
    waiting: dict[Future[R], T] = {}
    left = iter(tasks)
    while True:
        for task in left:
            waiting[threads.submit(one, task)] = task
            if len(waiting) >= ahead:
                break
        if not waiting:
            return
        done, _ = wait(waiting, return_when=FIRST_COMPLETED)
        for future in done:
            yield waiting.pop(future), future.result()
