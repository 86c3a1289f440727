"""Run a command and report which processes outlive it.

python -m autograder.proving.attacks.supervise SECONDS WHEN OUT ERR COMMAND...

It prints the command's process id, waits for a line, lets the command go, and prints a
report as JSON. Whoever loses its parent becomes a child of this process, so nothing that
the command starts gets away. `WHEN` other than 0 kills the command by force, a second after
it has so many descendants: what is left then has outlived a killed grader.
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
GRACE = 4.0  # seconds in which what is left may end by itself
GATE = 'read -r go; exec "$@" < /dev/null'


def main() -> None:
    """Run it."""
    seconds, when = float(sys.argv[1]), int(sys.argv[2])
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
    killed = bool(when) and _kill_when(child, when, begun + seconds)
    in_time = _ended(child, begun + seconds)
    taken = time.monotonic() - begun
    left = _left_behind() if in_time else []
    _end_all()
    report = {"code": child.poll(), "in_time": in_time, "seconds": taken, "left": left}
    print(json.dumps(report | {"killed": killed}), flush=True)


def _kill_when(child: subprocess.Popen[bytes], when: int, deadline: float) -> bool:
    while child.poll() is None and time.monotonic() < deadline:
        if len(_descendants()) > when:
            time.sleep(1)
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
    parents: dict[int, list[int]] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            with contextlib.suppress(OSError, IndexError, ValueError):
                # The name in brackets may hold anything.
                state, parent = (folder / "stat").read_text().rpartition(")")[2].split()[:2]
                if state not in "ZX":
                    parents.setdefault(int(parent), []).append(int(folder.name))
    found, waiting = [], [os.getpid()]
    while waiting:
        children = parents.get(waiting.pop(), [])
        found += children
        waiting += children
    return found


def _command_of(pid: int) -> str:
    with contextlib.suppress(OSError):
        line = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").strip()
        return f"{pid} {line.decode('utf-8', 'replace')[:200]}"
    return str(pid)


if __name__ == "__main__":
    main()
