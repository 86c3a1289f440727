"""`autograder watch`: mark each submission as it lands, for hours.

The class is locked only while something is marked, so other commands have their turn in
between. What runs notebooks stays warm from one submission to the next. Nothing that grows
is kept but one small entry a submission.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from time import monotonic, sleep
from typing import TYPE_CHECKING

from nbgrader.api import Gradebook

from autograder.errors import (
    ClassBusy,
    ClassFolderError,
    ClusterError,
    GradebookError,
    NbgraderError,
)
from autograder.grading.classroom import ClassFolder
from autograder.grading.database import in_use
from autograder.grading.feedback import write_page
from autograder.grading.landing import Landing, look
from autograder.grading.marker import Execute, Made, Marker, Task
from autograder.grading.marking import Executor, one_line_for_failures
from autograder.grading.masters import Masters
from autograder.grading.pool import Tools, with_tools
from autograder.grading.records import MARKED, Record
from autograder.grading.runs import WORK, begin, locked, remove
from autograder.grading.writer import Writer

if TYPE_CHECKING:
    from nbgrader.apps import NbGraderAPI

QUIET = 5.0  # seconds
PAUSE = 2.0  # seconds between two looks; more where a look takes long
SHARE = 20  # a look takes at most one part in so many of the time
LONGEST_PAUSE = 60.0
SHORTEST_PAUSE = 0.2  # while more has landed than one batch
AFTER_TROUBLE = 15.0
BATCH = 32  # submissions for each worker before others have their turn
Place = Callable[[], AbstractContextManager[tuple[Executor, int]]]


@dataclass(frozen=True)
class Done:
    """One submission that was marked.

    Attributes
    ----------
    record : Record
        Its state.
    points, of : float or None
        The points in the gradebook, those given by hand too and less what lateness costs,
        and how many there are. None where it could not be marked.
    late : float
        What lateness costs.
    """

    record: Record
    points: float | None = None
    of: float | None = None
    late: float = 0.0


@dataclass
class Watch:
    """A class that is watched.

    Attributes
    ----------
    folder : ClassFolder
        The class.
    place : callable
        Opens where notebooks are run: gives what runs them, and how many at a time.
    wanted : tuple of str
        Which assignments; all that are released if empty.
    on_done : callable
        Told each submission that was marked.
    tell : callable
        Told in one line what else happens: why nothing is marked now, and when it goes on.
    feedback : bool
        Whether to write a feedback page for each.
    quiet, pause : float
        For how many seconds a submission must not have changed, and how long to wait
        between two looks.
    idle : float
        After how many seconds without work the place is closed, until there is some again.
    seed : int, optional
        Seed of the probes; by default a fresh one for each batch.
    """

    folder: ClassFolder
    place: Place
    wanted: tuple[str, ...] = ()
    on_done: Callable[[Done], None] = lambda done: None
    tell: Callable[[str], None] = lambda line: None
    feedback: bool = False
    quiet: float = QUIET
    pause: float = PAUSE
    idle: float = math.inf
    seed: int | None = None
    _told: str = field(default="", init=False)
    _opened: ExitStack = field(default_factory=ExitStack, init=False)
    _tools: Tools[Execute] | None = field(default=None, init=False)
    _worked: float = field(default=0.0, init=False)
    _gradebook: Gradebook = field(init=False)
    _masters: Masters = field(init=False)
    _landing: Landing = field(init=False)
    _api: NbGraderAPI = field(init=False)

    def run(self) -> None:
        """Watch until somebody stops it, by Ctrl-C.

        Raises
        ------
        AutograderError
            If it can't begin, or can't go on by itself.
        """
        self.folder.released(self.wanted)
        # If it can't be had now, that is no passing trouble. The one object stays: SQLAlchemy
        # keeps what it worked out for each that there was.
        self._gradebook = self.folder.open_gradebook()
        self._gradebook.close()
        self._masters, self._landing = Masters(self.folder), Landing(self.quiet)
        self._api = self.folder.api()
        try:
            self._open()
            while True:
                sleep(self._once())
        finally:
            self._close()

    def _released(self) -> list[str]:
        names = self.wanted or self.folder.assignments()
        return [name for name in names if self.folder.released_notebook(name).is_file()]

    def _once(self) -> float:
        """Look once and mark what has landed; say how long to wait until the next look."""
        began = monotonic()
        try:
            submitted = self.folder.path / "submitted"
            landed = self._landing.landed(look(submitted, self._released()))
        except OSError as error:
            self._say(f"{submitted} can't be looked through: {error.strerror}. Waiting for it.")
            return self.pause
        pause = min(max(self.pause, SHARE * (monotonic() - began)), LONGEST_PAUSE)
        if not landed:
            self._masters.refuse_if_outdated()
            if monotonic() - self._worked > self.idle:
                self._close()
            return pause
        try:
            batch = landed[: BATCH * self._open().number]
            self._mark(batch)
        except ClassBusy as error:
            self._say(f"{error} It goes on by itself then.")
            return pause
        # A server, a disk, half a release, a cluster.
        except (ClassFolderError, NbgraderError, ClusterError) as error:
            self._say(f"{error} Trying again every {AFTER_TROUBLE:g} seconds.")
            return max(pause, AFTER_TROUBLE)
        if self._told:
            self._say("Going on.")
            self._told = ""
        return SHORTEST_PAUSE if len(landed) > len(batch) else pause

    def _say(self, line: str) -> None:
        """Say what holds it up, but not again and again."""
        if line != self._told:
            self.tell(line)
        self._told = line

    def _mark(self, tasks: list[Task]) -> None:
        names = sorted({task.assignment for task in tasks})
        folder = self.folder
        using = in_use(self._gradebook)
        with locked(folder, "marking"), using as gradebook, one_line_for_failures():
            masters = {}
            for name in names:
                masters[name], changed = self._masters.read(gradebook, name)
                if changed:
                    self._landing.forget(name)  # each is held against the new one
            run, _ = begin(folder, names, self.seed, regrade=False, part=True)
            marker = Marker(folder, run, masters, again=False)
            writer = Writer(folder, gradebook)
            with self._marked(marker, tasks) as arriving:
                for task, made in arriving:
                    if made.action != "keep":
                        self._write(writer, gradebook, made)
                    self._landing.take(task)

    @contextmanager
    def _marked(self, marker: Marker, tasks: list[Task]) -> Iterator[Iterator[tuple[Task, Made]]]:
        arriving = with_tools(marker.mark, tasks, self._open())
        try:
            yield arriving
        except BaseException:
            self._close()
            raise
        finally:
            arriving.close()
            remove(self.folder.path / WORK)
            self._worked = monotonic()

    def _open(self) -> Tools[Execute]:
        """Give what runs notebooks, one for each that is marked at a time."""
        if self._tools is None:
            executor, jobs = self._opened.enter_context(self.place())
            self._tools = Tools(partial(executor, self.folder), jobs)
            self._opened.callback(self._tools.close)
            self._worked = monotonic()
        return self._tools

    def _close(self) -> None:
        """End what runs notebooks; the next submission opens it again."""
        self._tools = None
        self._opened.close()

    def _write(self, writer: Writer, gradebook: Gradebook, made: Made) -> None:
        try:
            record = writer.write(made)
            if self.feedback and record.state in MARKED:
                write_page(self.folder, self._api, record.assignment, record.student)
        except GradebookError:  # every submission would meet it
            raise
        except NbgraderError as error:
            self.tell(f"{made.record.student}: {error}")
            return
        self.on_done(_done(gradebook, record))


def _done(gradebook: Gradebook, record: Record) -> Done:
    if record.state not in MARKED:
        return Done(record)
    entry = gradebook.find_submission(record.assignment, record.student)
    late = min(entry.late_submission_penalty or 0.0, entry.score)
    return Done(record, entry.score - late, entry.max_score, late)
