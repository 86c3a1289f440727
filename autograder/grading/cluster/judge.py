"""One submission's way through the cluster: tries, and when to give up."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from threading import Lock
from typing import TYPE_CHECKING, Any

from autograder.errors import JudgeError
from autograder.grading.cluster.believing import NoAnswer, Rubbish, Unfit, UnknownRun, believe
from autograder.grading.cluster.parts import Asked, Try, Worker
from autograder.grading.judge_process import Marked

if TYPE_CHECKING:
    from autograder.grading.cluster.connecting import Cluster

MOST_DEATHS = 2  # of workers under one submission
MOST_DEATHS_WHERE_OTHERS_DIE = 8
MOST_FAULTS = 3  # rubbish and hangs, each of another worker
MOST_FAILURES = 2  # of a judge that says so
MOST_LOST = 20
FAULTS_OF_A_WORKER = 2  # in a row; then it gets nothing more


def content_hash(content: bytes) -> str:
    """Name a file by its content."""
    return hashlib.sha256(content).hexdigest()


class ClusterJudge:
    """Has submissions judged on the cluster, one at a time, until a worker does it well."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._lock = Lock()
        self._waiting: Any = None
        self._closed = False

    def __enter__(self) -> ClusterJudge:
        return self

    def __exit__(self, *about: object) -> None:
        self.close()

    def close(self) -> None:
        """Judge nothing more; whoever waits for it stops waiting."""
        with self._lock:
            self._closed = True
            if self._waiting is not None:
                self._waiting.cancel()

    def mark(
        self, assignment: str, cells: list[dict[str, Any]], files: Mapping[str, bytes], seed: int
    ) -> Marked:
        """Have one notebook run and judged; see `JudgeProcess.mark`.

        Raises
        ------
        JudgeError
            If no worker could do it.
        ClusterError
            If there are no workers any more.
        """
        asked = self._asked(assignment, cells, files, seed)
        while True:
            ended = self._attempt(asked)
            try:
                if ended.end == "told":
                    marked = believe(ended.told, cells, seed, ended.worker.mode)
                    ended.worker.faults = 0
                    # Then the deaths of workers that it had for itself were not its fault.
                    self._cluster.acquitted |= asked.alone > 0
                    return marked
                self._cluster.note(ended.end)
                self._count(asked, ended)
            except NoAnswer as error:
                self._cluster.note("failed")
                asked.failures += 1
                if asked.failures == MOST_FAILURES:
                    raise JudgeError(str(error)) from None
            except Rubbish as error:
                self._cluster.note("rubbish")
                self._fault(asked, ended.worker, f"told {error}")
            except Unfit as error:
                self._leave_out(ended.worker, str(error))
            except UnknownRun:
                self._cluster.note("died")
                self._cluster.soon(self._cluster.workforce.meet, ended.worker)
                self._death(asked, ended.worker)
            asked.tried.add(ended.worker.address)

    def _asked(
        self, assignment: str, cells: list[dict[str, Any]], files: Mapping[str, bytes], seed: int
    ) -> Asked:
        of_the_course = self._cluster.courses_own(assignment)
        names, shared, own = {}, {}, {}
        for name, content in files.items():
            known = content_hash(content)
            if known in of_the_course:
                names[name], shared[known] = known, content
            else:
                names[name], own[name] = "", content
        request = {"assignment": assignment, "cells": cells, "seed": seed, "files": names}
        return Asked(json.dumps(request).encode(), shared, own)

    def _attempt(self, asked: Asked) -> Try:
        with self._lock:
            if self._closed:
                raise JudgeError("The run was stopped.")
            self._waiting = self._cluster.begin(self._cluster.workforce.attempt(asked))
        try:
            ended: Try = self._waiting.result()
        except BaseException:
            self._waiting.cancel()
            raise
        return ended

    def _count(self, asked: Asked, ended: Try) -> None:
        """Take note of a try without an answer; give up if it was the last."""
        if ended.end == "died":
            self._death(asked, ended.worker)
        elif ended.end == "lost":
            asked.lost += 1
            if asked.lost == MOST_LOST:
                raise JudgeError(f"It could not be brought to a worker: {ended.why}")
        elif ended.end == "hung":
            self._fault(asked, ended.worker, ended.why, at_once=True)
        else:
            self._fault(asked, ended.worker, f"failed: {ended.why}")

    def _death(self, asked: Asked, worker: Worker) -> None:
        asked.deaths += 1
        if not worker.crowded:
            asked.alone += 1
            self._cluster.note(f"death {asked.alone} alone")
        most = MOST_DEATHS_WHERE_OTHERS_DIE if self._cluster.others_die else MOST_DEATHS
        if asked.deaths >= most:
            raise JudgeError(
                f"Its worker died {asked.deaths} times while it was judged. Mark it on a machine "
                "that can be spared: autograder grade with --student and without --scheduler."
            )

    def _fault(self, asked: Asked, worker: Worker, what: str, *, at_once: bool = False) -> None:
        asked.faults += 1
        worker.faults += 1
        if at_once or worker.faults >= FAULTS_OF_A_WORKER:
            self._leave_out(worker, f"it {what}.")
        if asked.faults >= MOST_FAULTS:
            raise JudgeError(f"No worker could judge it; the last one {what}.")

    def _leave_out(self, worker: Worker, why: str) -> None:
        self._cluster.soon(self._cluster.workforce.leave_out, worker, why)
