"""`autograder feedback`: a page for each submission, written by nbgrader, several at a time."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Generator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from autograder.errors import NbgraderError, SubmissionError
from autograder.grading.classroom import ClassFolder, run_nbgrader
from autograder.grading.pool import in_order_of_arrival
from autograder.grading.runs import locked
from autograder.words import typed

if TYPE_CHECKING:
    from nbgrader.apps import NbGraderAPI

PAGES_EACH = 4  # a process takes as long to start as to write four or five
Page = tuple[str, str]  # assignment and student


def feedback(
    folder: ClassFolder,
    assignments: list[str],
    on_start: Callable[[int], None] = lambda total: None,
    on_done: Callable[[], None] = lambda: None,
    jobs: int = 1,
) -> list[Path]:
    """Write nbgrader's feedback page for every marked submission; give the pages' paths.

    Parameters
    ----------
    folder : ClassFolder
        The class.
    assignments : list of str
        Which ones.
    on_start, on_done : callable
        Told how many pages there will be, and of each.
    jobs : int
        How many pages at a time, at most: each in a process of its own.

    Raises
    ------
    SubmissionError
        If nothing is marked.
    NbgraderError
        If a page can't be written; the others are left then.
    """
    tasks = [(a, s) for a in assignments for s in folder.students(a) if _marked(folder, s, a)]
    if not tasks:
        raise SubmissionError(f"Nothing is marked yet. Run: autograder grade {typed(folder.path)}")
    on_start(len(tasks))
    pages: dict[Page, Path] = {}
    writing = _written(folder, tasks, min(jobs, len(tasks) // PAGES_EACH))
    with locked(folder, "writing feedback for"), closing(writing):
        for task, page in writing:
            pages[task] = page
            on_done()
    return [pages[task] for task in tasks]


def write_page(folder: ClassFolder, api: NbGraderAPI, assignment: str, student: str) -> Path:
    """Write one feedback page; the class is locked."""
    run_nbgrader(lambda: api.generate_feedback(assignment, student), f"No feedback for {student}")
    return folder.path / "feedback" / student / assignment / f"{assignment}.html"


def _written(
    folder: ClassFolder, tasks: list[Page], jobs: int
) -> Generator[tuple[Page, Path], None, None]:
    if jobs <= 1:
        api = folder.api()
        yield from ((task, write_page(folder, api, *task)) for task in tasks)
        return

    def elsewhere(task: Page, process: Callable[[], ProcessPoolExecutor]) -> Path:
        return process().submit(_write, folder.path, task).result()

    try:
        yield from in_order_of_arrival(elsewhere, tasks, _process, jobs)
    except BrokenProcessPool as error:
        raise NbgraderError(
            "A process that wrote feedback pages has ended, perhaps for want of memory. Fewer at "
            f"a time may do: autograder feedback --jobs 1 {typed(folder.path)}"
        ) from error


def _process() -> ProcessPoolExecutor:
    """Start one process. A fork would have this one's open gradebook and its threads' locks."""
    return ProcessPoolExecutor(1, multiprocessing.get_context("spawn"), _begin)


def _begin() -> None:
    """Leave Ctrl-C to whoever started this process, and end with it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()

    def watch() -> None:
        if parent is not None:
            parent.join()
            os._exit(1)  # it was killed: nobody waits for a page any more

    threading.Thread(target=watch, daemon=True).start()


@cache
def _opened(path: Path) -> tuple[ClassFolder, NbGraderAPI]:
    folder = ClassFolder(path)
    return folder, folder.api()


def _write(path: Path, task: Page) -> Path:
    return write_page(*_opened(path), *task)


def _marked(folder: ClassFolder, student: str, assignment: str) -> bool:
    return (folder.path / "autograded" / student / assignment).is_dir()
