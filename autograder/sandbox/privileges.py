"""Who a sandboxed process is, what it may still do, and how much it may use."""

from __future__ import annotations

import contextlib
import os
import pwd
import resource
import sys
from dataclasses import dataclass
from pathlib import Path

from autograder.sandbox import syscalls
from autograder.sandbox.limits import Limits

# Above all ranges in use: people, services, containers (systemd's list of uids leaves it free).
FIRST_THROW_AWAY = 2_000_000_000
MEGABYTE = 1 << 20
OPEN_FILES = 128
STACK_MEGABYTES = 8
PENDING_SIGNALS = 64
OTHER_TASKS = 256  # of the same user, which may come while a sandbox runs


@dataclass(frozen=True)
class User:
    """A uid and gid that nothing on this machine belongs to."""

    uid: int
    gid: int


# --- who -----------------------------------------------------------------------------------


def may_change_user() -> bool:
    """Say whether this is root, and one that a container has left its main powers."""
    needed = {syscalls.CAP_SETUID, syscalls.CAP_SETGID, syscalls.CAP_CHOWN}
    return sys.platform == "linux" and os.geteuid() == 0 and needed <= syscalls.capabilities()


def throw_away_user(pid: int) -> User:
    """Choose the user of one zygote's children, by the zygote's pid on this machine."""
    return User(
        _unused_id(Path("/proc/self/uid_map"), pid), _unused_id(Path("/proc/self/gid_map"), pid)
    )


def _unused_id(mapped: Path, pid: int) -> int:
    """Choose an id; in a container only some exist, and then the upper half of those is used."""
    try:
        lines = [line.split() for line in mapped.read_text().splitlines()]
    except OSError:  # not Linux
        return FIRST_THROW_AWAY + pid
    ranges = [(int(first), int(count)) for first, _, count in lines]
    if any(first <= FIRST_THROW_AWAY + pid < first + count for first, count in ranges):
        return FIRST_THROW_AWAY + pid
    first, count = max(ranges, key=lambda r: r[1])
    half = count // 2
    for step in range(half):
        number = first + half + (pid + step) % half
        with contextlib.suppress(KeyError):
            pwd.getpwuid(number)
            continue
        return number
    raise OSError("there is no uid to run under that is nobody's")


def become(user: User | None, kept: frozenset[int] = frozenset()) -> None:
    """Give up root, or whatever capabilities a user namespace gave, for good.

    Parameters
    ----------
    user : User, optional
        Who to be; None stays who it is.
    kept : frozenset of int
        Capabilities to keep all the same.
    """
    if user is not None:
        if kept:
            syscalls.keep_capabilities_over_setuid()
        os.setgroups([])
        os.setresgid(user.gid, user.gid, user.gid)
        os.setresuid(user.uid, user.uid, user.uid)
    if sys.platform == "linux":
        syscalls.set_capabilities(kept)


# --- how much ------------------------------------------------------------------------------


def memory_in_use() -> int:
    """Give this process's address space in bytes; 0 where the system does not tell."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[0])
    except OSError:
        return 0
    return pages * resource.getpagesize()


def set_limits(limits: Limits, memory: int, tasks: int) -> None:
    """Set what the kernel bounds by process.

    Parameters
    ----------
    limits : Limits
        The submission's.
    memory : int
        Bytes of the warm process, which come on top; 0 sets no bound on memory.
    tasks : int
        Other processes and threads of the same user.
    """
    cpu = limits.cpu_seconds
    file_size = limits.file_megabytes * MEGABYTE
    bounds = {
        "CPU": (cpu, cpu + 1),  # SIGXCPU can be caught; a second later it is SIGKILL
        "FSIZE": (file_size, file_size),
        "NPROC": (tasks + 1 + limits.threads,) * 2,
        "STACK": (STACK_MEGABYTES * MEGABYTE,) * 2,
        "NOFILE": (OPEN_FILES,) * 2,
        "SIGPENDING": (PENDING_SIGNALS,) * 2,
        **dict.fromkeys(("CORE", "MEMLOCK", "MSGQUEUE", "NICE", "RTPRIO"), (0, 0)),
    }
    if memory:
        bounds["AS"] = (memory + limits.memory_megabytes * MEGABYTE,) * 2
    for name, (soft, hard) in bounds.items():
        number = getattr(resource, f"RLIMIT_{name}", None)  # macOS has not all of them
        if number is not None:
            _lower(number, soft, hard)


def _lower(number: int, soft: int, hard: int) -> None:
    """Set a limit, where a lower one is in force already not above that."""
    most = resource.getrlimit(number)[1]
    if most != resource.RLIM_INFINITY:
        soft, hard = min(soft, most), min(hard, most)
    resource.setrlimit(number, (soft, hard))


def tasks_of_user() -> int:
    """Give a bound on how many tasks this user has; the kernel tells nobody the number.

    A throw-away process lowers its limit and tries to fork. Counting in /proc would miss what
    runs under the same uid outside this container.
    """
    bound = 64
    while not _could_fork(bound) and bound < 1 << 22:
        bound *= 2
    return bound + OTHER_TASKS


def _could_fork(bound: int) -> bool:
    pid = os.fork()
    if pid == 0:
        code = 1
        with contextlib.suppress(OSError, ValueError):
            _lower(resource.RLIMIT_NPROC, bound, bound)
            grandchild = os.fork()
            if grandchild == 0:
                os._exit(0)
            os.waitpid(grandchild, 0)
            code = 0
        os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
