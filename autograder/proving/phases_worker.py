"""The judge's process with timers in it; `phases` starts it in the place of the real one.

Started as ``python -m autograder.proving.phases_worker FD``; its file is in PHASES_FILE.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil

from autograder import worker
from autograder.proving.spans import Spans, cpu_of, outer_pid, replace
from autograder.sandbox.session import Session

JUDGE, SANDBOX, WARM = "judge", "sandbox", "warm process"
TARGETS = {
    "autograder.worker:judge": "judging: probes, comparing, naming mistakes",
    "autograder.sandbox.session:Session.ask": "asking the sandbox",
    "autograder.sandbox.session:_help": "answering for right helpers",
    "autograder.sandbox.session:Zygote.fork": "having a sandbox made and ended",
    "autograder.sandbox.session:Session.end": "having a sandbox made and ended",
    "autograder.worker:_marked": "everything else",
}
REQUESTS = {
    "run": "running the student's cells",
    "observe": "calling graded functions",
    "files": "laying out files",
}
OTHER_REQUESTS = "looking names up"
AROUND = "being forked, shut in and ended"


class Watch:
    """Timers in the judge, and a look at the sandbox's clock before and after each request."""

    def __init__(self, path: Path) -> None:
        self.path, self.spans = path, Spans()
        self.sandbox = dict.fromkeys([AROUND, *REQUESTS.values(), OTHER_REQUESTS], 0.0)
        self.warm = -1.0

    def put_in_place(self) -> None:
        """Start to measure."""
        replace("autograder.sandbox.session:Session.ask", self._asking)
        replace("autograder.sandbox.session:Session.end", self._ending)
        self.spans.put_around(TARGETS)
        replace("autograder.worker:_marked", self._telling)

    def _asking(self, ask: Callable[..., Any]) -> Callable[..., Any]:
        def asked(session: Session, request: Any, *args: Any, **kwargs: Any) -> Any:
            if request is None or session.pidfd is None:  # it is being made
                return ask(session, request, *args, **kwargs)
            pid = outer_pid(session.pidfd)
            before = cpu_of(pid)
            try:
                return ask(session, request, *args, **kwargs)
            finally:
                spent = max(0.0, cpu_of(pid) - before)
                self.sandbox[REQUESTS.get(request["do"], OTHER_REQUESTS)] += spent
                self.sandbox[AROUND] -= spent

        return asked

    def _ending(self, end: Callable[..., Any]) -> Callable[..., Any]:
        def ended(session: Session, *args: Any, **kwargs: Any) -> Any:
            told = end(session, *args, **kwargs)
            self.sandbox[AROUND] += told["cpu"]
            return told

        return ended

    def _telling(self, marked: Callable[..., Any]) -> Callable[..., Any]:
        def told(asked: Any, zygote: Any) -> Any:
            if self.warm < 0:
                self.warm = _cpu_below(zygote.pid)
            answer = marked(asked, zygote)
            found = {JUDGE: dict(self.spans.seconds), SANDBOX: self.sandbox}
            found[WARM] = {"forking and waiting": _cpu_below(zygote.pid) - self.warm}
            fresh = self.path.with_suffix(".new")
            fresh.write_text(json.dumps(found))
            fresh.replace(self.path)
            return answer

        return told


def _cpu_below(pid: int) -> float:
    """Give the processor seconds of the warm process and the one that waits for it."""
    children = psutil.Process(pid).children(recursive=True)
    return cpu_of(pid) + sum(cpu_of(child.pid) for child in children)


if __name__ == "__main__":
    Watch(Path(os.environ["PHASES_FILE"])).put_in_place()
    worker.main()
    os._exit(0)
