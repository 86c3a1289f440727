"""Leave the machine's namespaces for new ones, with a waiter left behind outside."""

from __future__ import annotations

import os
import select
import signal
from pathlib import Path
from typing import NoReturn

from autograder.sandbox import syscalls

PARTS = "own mount, pid, network, ipc and uts namespaces and file tree"


def enter(parent: int, *, as_user: bool) -> None:
    """Go on in new namespaces, as their first process; the caller stays behind as a waiter.

    Parameters
    ----------
    parent : int
        The process with which all are to end.
    as_user : bool
        In a user namespace too, in which an ordinary user may do the rest.
    """
    uid, gid = os.geteuid(), os.getegid()
    flags = syscalls.NEW_MOUNTS | syscalls.NEW_PID | syscalls.NEW_NET
    flags |= syscalls.NEW_IPC | syscalls.NEW_UTS
    if as_user:
        syscalls.unshare(flags | syscalls.NEW_USER)
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{uid} {uid} 1")
        Path("/proc/self/gid_map").write_text(f"{gid} {gid} 1")
    else:
        syscalls.unshare(flags)
    lifeline, held = os.pipe()
    pid = os.fork()
    if pid:
        _wait_for(pid, held, parent)
    os.close(held)
    syscalls.die_with_parent(signal.SIGKILL)
    if select.select([lifeline], [], [], 0)[0]:  # it ended before that was set
        os._exit(1)
    os.close(lifeline)


def _wait_for(pid: int, held: int, parent: int) -> NoReturn:
    """Do nothing but end together with the zygote, and in the same way."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    syscalls.close_range(0, held - 1)
    syscalls.close_range(held + 1)
    die_with(parent)
    syscalls.forbid_inspection()
    syscalls.set_capabilities()
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    if code < 0:
        os.kill(os.getpid(), -code)
    os._exit(abs(code))


def die_with(parent: int) -> None:
    """End when this process's parent does, which has this pid."""
    syscalls.die_with_parent(signal.SIGKILL)
    if os.getppid() != parent:  # it ended before that was set
        os._exit(1)
