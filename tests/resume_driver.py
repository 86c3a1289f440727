"""Start marking in processes of their own, which a test may kill.

Reads JSON lines: {"warm": ...} marks in this process, so that what takes long the first
time is done; {"run": ...} forks one that marks, and answers with its pid; {"wait": pid}
answers with how that one ended.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path

from resuming import ASSIGNMENT, FIXED, fixed_checks, pretending
from sqlalchemy import event
from sqlalchemy.engine import Engine

from autograder.errors import AutograderError
from autograder.grading import keys, marking
from autograder.grading.classroom import ClassFolder
from autograder.grading.regrading import regrade

WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT
STEPS = {"os.rename", "os.mkdir", "os.remove", "os.rmdir", "os.chmod", "os.truncate"}


class Steps:
    """Counts what changes anything on disk, and kills this process before one of them."""

    def __init__(self, deadly: int) -> None:
        self.taken = 0
        self.deadly = deadly
        sys.addaudithook(self.see)
        event.listen(Engine, "commit", lambda connection: self.take())

    def see(self, what: str, about: tuple[object, ...]) -> None:
        if what in STEPS or (what == "open" and int(about[2] or 0) & WRITING):
            self.take()

    def take(self) -> None:
        self.taken += 1
        if self.taken == self.deadly:
            os.kill(os.getpid(), signal.SIGKILL)


def run(folder: str, seconds: float, options: dict, told: str, deadly: int | None = None) -> int:
    steps = Steps(deadly) if deadly is not None else None
    answer: dict[str, object] = {}
    notes: list[str] = []
    if fixed := options.pop("fixed", None):
        FIXED.update(fixed)
        keys.checks = fixed_checks
    mark = regrade if options.pop("again", False) else marking.grade
    try:
        mark(
            ClassFolder(Path(folder)), [ASSIGNMENT],
            executor=pretending(seconds), tell=notes.append, **options,
        )  # fmt: skip
        code = 0
    except AutograderError as error:
        code, answer["error"] = error.exit_code, str(error)
    except KeyboardInterrupt:
        code = 130
    if steps:
        answer["steps"] = steps.taken
        steps.deadly = -1
    Path(told).write_text(json.dumps(answer | {"notes": notes}))
    return code


def main() -> None:
    for line in sys.stdin:
        asked = json.loads(line)
        if "wait" in asked:
            _, status = os.waitpid(asked["wait"], 0)
            print(os.waitstatus_to_exitcode(status), flush=True)
            continue
        if "warm" in asked:
            print(run(**asked["warm"]), flush=True)
            continue
        child = os.fork()
        if child == 0:
            os._exit(run(**asked["run"]))
        print(child, flush=True)


if __name__ == "__main__":
    main()
