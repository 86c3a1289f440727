"""Run a command and report which processes outlive it.

python -m autograder.proving.attacks.supervise SECONDS KILL OUT ERR COMMAND...

It prints the command's process id, waits for a line, lets the command go, and prints a
report as JSON. Whoever loses its parent becomes a child of this process, so nothing that
the command starts gets away. With `KILL` 1 the command is killed by force as soon as a sandbox
is at work below it: what is left then has outlived a killed grader.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

PR_SET_CHILD_SUBREAPER = 36
OF_A_SANDBOX = 3  # how far it is below the grader: judge, zygote, sandbox
AT_WORK = 1.0  # seconds of processor time that a sandbox which loops soon has used
TICKS = os.sysconf("SC_CLK_TCK")
GRACE = 4.0  # seconds in which what is left may end by itself
GATE = 'read -r go; exec "$@" < /dev/null'


def main() -> None:
    """Run it."""
    seconds, kill = float(sys.argv[1]), sys.argv[2] == "1"
    out, err, *command = sys.argv[3:]
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    with Path(out).open("ab") as output, Path(err).open("ab") as errors:
        gate = ["/bin/sh", "-c", GATE, "sh", *command]
        child = subprocess.Popen(gate, stdin=subprocess.PIPE, stdout=output, stderr=errors)
    print(child.pid, flush=True)
    sys.stdin.readline()
    begun = time.monotonic()
    assert child.stdin is not None
    child.stdin.write(b"\n")
    child.stdin.close()
    killed = kill and _kill_at_work(child, begun + seconds)
    in_time = _ended(child, begun + seconds)
    taken = time.monotonic() - begun
    left = _left_behind() if in_time else []
    _end_all()
    report = {"code": child.poll(), "in_time": in_time, "seconds": taken, "left": left}
    print(json.dumps(report | {"killed": killed}), flush=True)


def _kill_at_work(child: subprocess.Popen[bytes], deadline: float) -> bool:
    while child.poll() is None and time.monotonic() < deadline:
        parents, used = _processes()
        below = _below(child.pid, parents)
        if any(depth >= OF_A_SANDBOX and used[pid] > AT_WORK for pid, depth in below.items()):
            child.kill()
            return True
        time.sleep(0.05)
    return False


def _ended(child: subprocess.Popen[bytes], deadline: float) -> bool:
    while child.poll() is None and time.monotonic() < deadline:
        time.sleep(0.05)
    return child.poll() is not None


def _left_behind() -> list[str]:
    """List who is still there after a moment of grace."""
    end = time.monotonic() + GRACE
    while _descendants() and time.monotonic() < end:
        time.sleep(0.1)
    return [_command_of(pid) for pid in _descendants()]


def _end_all() -> None:
    for _ in range(50):
        living = _descendants()
        if not living:
            return
        for pid in living:
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.1)


def _descendants() -> list[int]:
    """List the living processes below this one, its orphans included."""
    return list(_below(os.getpid(), _processes()[0]))


def _processes() -> tuple[dict[int, int], dict[int, float]]:
    """Map each living process to its parent, and to the processor time it has used."""
    parents, used = {}, {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            with contextlib.suppress(OSError, IndexError, ValueError):
                # The name in brackets may hold anything.
                fields = (folder / "stat").read_text().rpartition(")")[2].split()
                if fields[0] not in "ZX":
                    parents[int(folder.name)] = int(fields[1])
                    used[int(folder.name)] = (int(fields[11]) + int(fields[12])) / TICKS
    return parents, used


def _below(top: int, parents: dict[int, int]) -> dict[int, int]:
    """Map everybody below a process to how far below it is."""
    found: dict[int, int] = {}
    waiting = [(top, 0)]
    while waiting:
        pid, depth = waiting.pop()
        children = [child for child, parent in parents.items() if parent == pid]
        found |= dict.fromkeys(children, depth + 1)
        waiting += [(child, depth + 1) for child in children]
    return found


def _command_of(pid: int) -> str:
    with contextlib.suppress(OSError):
        line = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").strip()
        return f"{pid} {line.decode('utf-8', 'replace')[:200]}"
    return str(pid)


if __name__ == "__main__":
    main()
