"""Shut a process in and see whether it holds: ``python -m autograder.sandbox.selftest``.

Prints one line of JSON: what a mode of isolation is made of here, what it lacks, and why it can't
be used, if so. `isolation.probe` reads it.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import autograder
from autograder.sandbox import enclosing
from autograder.sandbox.limits import Limits

HINTS = {
    "/proc/sys/kernel/apparmor_restrict_unprivileged_userns": ("1", "AppArmor forbids them"),
    "/proc/sys/kernel/unprivileged_userns_clone": ("0", "that setting forbids them"),
    "/proc/sys/user/max_user_namespaces": ("0", "that setting forbids them"),
}
UNUSUAL_MODULE = "colorsys"  # of Python's own, and nothing imports it


def main() -> None:
    """Try the mode, with a folder that holds a secret and one to work in."""
    mode, outside, scratch = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    told: dict[str, Any] = {"parts": [], "lacks": [], "why": ""}
    try:
        enclosing.enclose(mode, [Path(autograder.__file__).parent])
        told["parts"], told["lacks"] = enclosing.describe()
        told["why"] = _tried_in_a_child(mode, outside, scratch)
    except OSError as error:
        told["why"] = (error.strerror or str(error)) + _hint(mode)
    print(json.dumps(told), flush=True)


def _hint(mode: str) -> str:
    """Name the system's setting that forbids user namespaces, if it is one."""
    if mode == "namespaces":
        for name, (value, meaning) in HINTS.items():
            with contextlib.suppress(OSError):
                if Path(name).read_text().strip() == value:
                    return f" ({name} is {value}: {meaning})"
    return ""


def _tried_in_a_child(mode: str, outside: Path, scratch: Path) -> str:
    """Say what is wrong with the mode, if anything is."""
    source, sink = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            enclosing.confine(mode, Limits(), scratch, [sink])
            why = _what_is_wrong(mode, outside)
        except BaseException as error:
            why = f"{type(error).__name__}: {error}"
        os.write(sink, f"tried {why}".encode())
        os._exit(0)
    os.close(sink)
    with os.fdopen(source, encoding="utf-8") as stream:
        text = stream.read()
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    return text.removeprefix("tried ") if text else f"the trial ended early ({status})"


def _what_is_wrong(mode: str, outside: Path) -> str:
    if could := [what for what, attempt in _attempts(mode, outside).items() if _done(attempt)]:
        return f"code inside could {', '.join(could)}"
    for what, needed in _needs().items():
        try:
            needed()
        except Exception as error:
            return f"code inside can't {what}: {type(error).__name__}: {error}"
    return ""


def _done(attempt: Callable[[], object]) -> bool:
    try:
        attempt()
    except OSError:
        return False
    return True


def _attempts(mode: str, outside: Path) -> dict[str, Callable[[], object]]:
    """List what must be refused; the folder outside is open to every user."""
    if mode == "rlimits":
        return {"open files without end": _open_many}
    secret = outside / "secret.txt"
    return {
        "read a file outside": secret.read_bytes,
        "change a file outside": lambda: secret.write_text("changed"),
        "make a file outside": lambda: (outside / "made.txt").write_text("made"),
        "open a socket": lambda: socket.socket(socket.AF_INET).close(),
        "open a datagram socket": lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).close(),
        "open a unix socket": lambda: socket.socket(socket.AF_UNIX).close(),
        "start a process": _fork,
        "signal its parent": lambda: os.kill(os.getppid(), 0),
        "signal everybody": lambda: os.kill(-1, signal.SIGCONT),
    }


def _open_many() -> None:
    opened: list[int] = []
    try:
        for _ in range(1000):
            opened.append(os.dup(0))
    finally:
        for number in opened:
            os.close(number)


def _fork() -> None:
    if os.fork() == 0:
        os._exit(0)


def _needs() -> dict[str, Callable[[], object]]:
    """List what must go well."""
    return {
        "write in its own folder": lambda: Path("mine.txt").write_text("mine"),
        "start a thread": _run_thread,
        "read Python's own files": lambda: importlib.import_module(UNUSUAL_MODULE),
    }


def _run_thread() -> None:
    thread = threading.Thread(target=int)
    thread.start()
    thread.join()


if __name__ == "__main__":
    main()
