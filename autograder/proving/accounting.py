"""What a command uses with all the processes it starts: processor time, wall time, memory.

Adding up is harder than it looks. A process's times are added to its parent's only if the
parent waits for it, and sandboxes are ended by the kernel when the judge is, with nobody
waiting. So the command runs below an *accountant*, a process of its own that is the
subreaper: whoever loses its parent becomes the accountant's child, pid namespaces or not,
and is waited for by it. What the accountant does itself is not counted.

Memory is the sum of the proportional set sizes (PSS) of all the processes at one moment, in
which a page that forks share counts once. The highest of some samples a second is the peak.

Started as ``python -m autograder.proving.accounting DESCRIPTOR COMMAND...``.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import psutil

from autograder.errors import BenchError

SET_CHILD_SUBREAPER = 36  # prctl(2)
BETWEEN_SAMPLES = 0.2  # seconds, at least
SHARE_OF_SAMPLING = 0.03  # of one processor, at most
PATIENCE = 10.0  # for what the command left running
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Used:
    """What a command has used.

    Attributes
    ----------
    code : int
        Its exit code.
    cpu, wall : float
        Seconds; the processor time is that of all processes.
    machine_cpu : float
        Processor seconds of everything on this machine meanwhile, this measuring left out.
        Much more than `cpu` means that somebody else was at work.
    peak_mb : float
        The most memory that all processes had together.
    memory : str
        ``pss``; or ``rss`` if the kernel does not tell the former of some process, where
        shared pages count more than once.
    samples : list
        Seconds since the start and megabytes, as they were seen.
    left_behind : int
        Processes that were still there when the command had ended, and did not end.
    """

    code: int
    cpu: float
    wall: float
    machine_cpu: float
    peak_mb: float
    memory: str
    samples: list[tuple[float, float]] = field(repr=False)
    left_behind: int


def used_by(
    command: Sequence[str], cwd: Path, log: Path, env: Mapping[str, str] | None = None
) -> Used:
    """Run a command to its end and say what it used.

    Parameters
    ----------
    command : sequence of str
        The program and its arguments.
    cwd : Path
        Where it runs.
    log : Path
        Where everything goes that it prints.
    env : mapping, optional
        What its environment has beside that of this process.

    Raises
    ------
    BenchError
        If it can't be measured here.
    """
    if sys.platform != "linux":
        raise BenchError("Processes can be counted on Linux only.")
    reading, writing = os.pipe()
    accountant = [sys.executable, "-P", "-m", "autograder.proving.accounting"]
    with log.open("ab") as file:
        process = subprocess.Popen(
            [*accountant, str(writing), *command],
            cwd=cwd,
            env=os.environ | (env or {}),
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=file,
            pass_fds=[writing],
        )
    os.close(writing)
    try:
        with os.fdopen(reading, "rb") as told:
            answer = told.read()
    finally:
        process.terminate()  # after Ctrl-C; otherwise it is at its end
        process.wait()
    if not answer:
        raise BenchError(f"{command[0]} could not be measured; see {log}.")
    return Used(**json.loads(answer))


def main() -> None:
    """Run a command as its accountant, and tell what it used on a descriptor."""
    writing, command = int(sys.argv[1]), sys.argv[2:]
    os.set_inheritable(writing, False)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    if ctypes.CDLL(None, use_errno=True).prctl(SET_CHILD_SUBREAPER, 1, 0, 0, 0):
        sys.exit("The kernel gives no subreaper.")
    machine, own = _machine_cpu(), time.process_time()
    begun = time.monotonic()
    process = subprocess.Popen(command)
    sampler = Sampler(begun)
    try:
        # Not Popen.wait, which would poll.
        status = os.waitpid(process.pid, 0)[1]
        wall = time.monotonic() - begun
    finally:
        sampler.stop()
        left_behind = _wait_for_all()
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = Used(
        os.waitstatus_to_exitcode(status),
        children.ru_utime + children.ru_stime,
        wall,
        _machine_cpu() - machine - (time.process_time() - own),
        max((size for _, size in sampler.samples), default=0.0),
        sampler.kind,
        sampler.samples,
        left_behind,
    )
    with os.fdopen(writing, "wb") as file:
        file.write(json.dumps(asdict(used)).encode())


class Sampler:
    """Looks at the memory of everything below this process, now and then.

    Parameters
    ----------
    begun : float
        The moment from which samples count.
    """

    def __init__(self, begun: float) -> None:
        self.samples: list[tuple[float, float]] = []
        self.kind = "pss"
        self._begun, self._end = begun, threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Look no more."""
        self._end.set()
        self._thread.join()

    def _run(self) -> None:
        pause = 0.0
        while not self._end.wait(pause):
            spent = time.thread_time()
            size = sum(map(self._size, psutil.Process().children(recursive=True)))
            self.samples.append((round(time.monotonic() - self._begun, 2), round(size / 1e6, 1)))
            spent = time.thread_time() - spent
            pause = max(BETWEEN_SAMPLES, spent / SHARE_OF_SAMPLING)

    def _size(self, process: psutil.Process) -> int:
        """Give a process's part of the memory in bytes; none if it has just ended."""
        with contextlib.suppress(OSError, psutil.Error):
            try:
                text = Path(f"/proc/{process.pid}/smaps_rollup").read_text()
                return next(
                    1024 * int(line.split()[1])
                    for line in text.splitlines()
                    if line.startswith("Pss:")
                )
            except (PermissionError, StopIteration):
                size = int(process.memory_info().rss)
                self.kind = "rss" if size else self.kind  # what has ended has none
                return size
        return 0


def _wait_for_all() -> int:
    """Wait for all that is left below this process; end what does not end, and count it."""
    left_behind = 0
    deadline = time.monotonic() + PATIENCE
    with contextlib.suppress(ChildProcessError):
        while True:
            if os.waitpid(-1, os.WNOHANG)[0]:
                continue
            if time.monotonic() > deadline:
                for process in psutil.Process().children(recursive=True):
                    left_behind += 1
                    with contextlib.suppress(psutil.Error):
                        process.kill()
                deadline = time.monotonic() + PATIENCE
            time.sleep(0.01)
    return left_behind


def _machine_cpu() -> float:
    """Give the processor seconds that this machine has worked since it was started."""
    names = ("user", "nice", "system", "idle", "iowait", "irq", "softirq")
    line = Path("/proc/stat").read_text().splitlines()[0].split()[1:]
    ticks = dict(zip(names, map(int, line), strict=False))
    return sum(ticks[name] for name in names if name not in ("idle", "iowait")) / TICKS


if __name__ == "__main__":
    main()
