"""The two steps in which a student's code is shut in.

`enclose` is called once, in the zygote, and makes namespaces and a file tree that all its children
share; `confine` is called in every forked child, before any of the student's code, and is cheap.
"""

from __future__ import annotations

import errno
import os
import socket
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograder.sandbox import filetree, landlock, namespaces, privileges, seccomp, syscalls
from autograder.sandbox.isolation import LACKS, LINUX, MODES
from autograder.sandbox.limits import Limits

ENDING_SECONDS = 3.0
TASKS = Path("/proc/self/task")


@dataclass(frozen=True)
class _Enclosed:
    """What `confine` has to know, gathered while the machine could still be seen."""

    mode: str
    zygote: int  # its pid as its children see it
    user: privileges.User | None  # whom a child becomes
    kept: frozenset[int]  # capabilities that a child keeps
    rules: list[landlock.Rule]  # of Landlock
    folder: Path | None  # where a child's own folder is, if always at the same place
    memory: int  # bytes of the warm process
    tasks: int  # other tasks of the child's user
    program: bytes  # seccomp's; empty for none
    landlock: int  # ABI; 0 for none


_enclosed: list[_Enclosed] = []  # one at most


def describe() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Say what this enclosed process is made of, and what that lacks."""
    here = _enclosed_as(None)
    lacks = list(LACKS[here.mode])
    parts = [namespaces.PARTS] if here.folder else []
    if here.mode == "namespaces":
        parts.append("user namespace")
    if here.user is not None:
        parts.append("throw-away uid")
    elif os.geteuid() == 0:
        lacks.append("a uid of its own and a bound on threads: this root may not change its uid")
    if here.landlock:
        parts.append(f"Landlock ABI {here.landlock}")
    elif here.mode != "rlimits":
        lacks.append(f"Landlock as a second barrier ({landlock.missing()})")
    if here.program:
        parts.append("seccomp")
    if here.mode == "landlock" and here.kept:
        lacks.append(
            "file permissions as a second barrier: only root can read this Python's files, "
            "so the sandbox has to read as root does"
        )
    if here.tasks >= privileges.OTHER_TASKS:
        lacks.append("an exact bound on threads: all that your user runs counts with them")
    return (*parts, "rlimits"), tuple(lacks)


# --- once, in the zygote -------------------------------------------------------------------


def enclose(mode: str, hidden: Sequence[Path]) -> None:
    """Shut this process in, for all that it will fork.

    It must have one thread, and have imported all it needs. In the modes "root" and "namespaces"
    it goes on as the first process of a pid namespace, and the process that was called stays
    outside as a waiter that ends with it. It ends when the *thread* that started it ends.

    Parameters
    ----------
    mode : str
        One of `MODES`.
    hidden : sequence of Path
        Folders no child may see, even if they lie among Python's own.

    Raises
    ------
    OSError
        If something is refused; the process must not be used then.
    """
    parent = os.getppid()
    user = privileges.throw_away_user(os.getpid()) if privileges.may_change_user() else None
    _check_possible(mode, user)
    trees = filetree.needed_trees()
    hidden = filetree.inside(hidden, trees)
    kept = _read_capability(trees) if user and mode in ("landlock", "rlimits") else frozenset()
    abi = landlock.abi() if mode != "rlimits" else 0
    apart = mode in ("root", "namespaces")
    owns_nothing = apart or (user is not None and not kept)
    program = seccomp.program(owns_nothing, sees_nothing=apart) if mode != "rlimits" else b""
    memory = privileges.memory_in_use()
    tasks = 0 if user else 2 if apart else privileges.tasks_of_user()
    folder = filetree.free_folder(trees) if apart else None
    if folder:
        namespaces.enter(parent, as_user=mode == "namespaces")
        filetree.enter_own_tree(trees, hidden, folder)
        socket.sethostname("sandbox")
    elif LINUX:
        namespaces.die_with(parent)
    if LINUX:
        _keep_only_what_forking_needs(kept)
    rules = landlock.readable(*((trees, []) if apart else filetree.around(trees, hidden)))
    here = _Enclosed(
        mode, os.getpid(), user, kept, rules, folder, memory, tasks, program, abi
    )  # fmt: skip
    _enclosed.append(here)


def _check_possible(mode: str, user: privileges.User | None) -> None:
    why = ""
    if mode not in MODES:
        raise ValueError(f"no such isolation: {mode}")
    if mode != "rlimits" and not LINUX:
        why = "it needs Linux"
    elif mode == "root" and user is None:
        why = "this process is not root's, or root may not do it here"
    elif mode == "namespaces" and os.geteuid() == 0:
        why = "it is for ordinary users, and this process is root's"
    elif mode != "rlimits":
        why = seccomp.MISSING or (landlock.missing() if mode == "landlock" else "")
    if LINUX and not why and (threads := _threads()) > 1:
        why = f"it has {threads} threads; a fork of it would be broken"
    if why:
        raise OSError(errno.EPERM, why)


def _threads() -> int:
    """Count threads; one that is ending, as Matplotlib's is after a search for fonts, may end."""
    deadline = time.monotonic() + ENDING_SECONDS
    while (number := len(list(TASKS.iterdir()))) > 1 and time.monotonic() < deadline:
        time.sleep(0.01)
    return number


def _read_capability(trees: Sequence[Path]) -> frozenset[int]:
    """Choose what a throw-away user needs to read Python's files if only root can.

    Landlock holds it to Python's files all the same.
    """
    if filetree.all_may_read(trees):
        return frozenset()
    here = syscalls.capabilities()
    for capability in (syscalls.CAP_DAC_READ_SEARCH, syscalls.CAP_DAC_OVERRIDE):
        if capability in here:
            return frozenset([capability])
    return frozenset()


def _keep_only_what_forking_needs(kept: frozenset[int]) -> None:
    syscalls.forbid_inspection()
    syscalls.no_new_privileges()
    syscalls.drop_bounding_set()
    needed = {syscalls.CAP_SYS_ADMIN, syscalls.CAP_SETUID, syscalls.CAP_SETGID}
    needed |= {syscalls.CAP_KILL, syscalls.CAP_CHOWN} | kept
    syscalls.set_capabilities(syscalls.capabilities() & needed)


# --- in every child ------------------------------------------------------------------------


def confine(mode: str, limits: Limits, scratch: Path | None, keep_fds: Sequence[int]) -> Path:
    """Shut this fork of an enclosed process in for good, and give its working folder.

    Parameters
    ----------
    mode : str
        As `enclose` was told.
    limits : Limits
        What it may use.
    scratch : Path, optional
        An empty folder that the trusted side made, for "landlock" and "rlimits". When root, it
        passes to the throw-away user. In the other modes a folder in memory takes its place.
    keep_fds : sequence of int
        What stays open, 3 and above; 0, 1 and 2 become /dev/null.

    Raises
    ------
    OSError
        If something is refused; the process must end then.
    """
    here = _enclosed_as(mode)
    _close_all_but(keep_fds)
    os.setsid()
    os.umask(0o077)
    folder = _own_folder(here, limits, scratch)
    os.environ["HOME"] = os.environ["TMPDIR"] = tempfile.tempdir = str(folder)
    privileges.set_limits(limits, here.memory, here.tasks)
    privileges.become(here.user, here.kept)
    os.chdir(folder)  # as the new user: it shows that it can be reached
    if LINUX:
        syscalls.no_new_privileges()
        syscalls.forbid_inspection()
        namespaces.die_with(here.zygote)
    if here.landlock:
        landlock.restrict(here.rules, folder)
    if here.program:
        syscalls.install_filter(here.program)
    return folder


def _enclosed_as(mode: str | None) -> _Enclosed:
    if not _enclosed or mode not in (None, _enclosed[0].mode):
        raise RuntimeError(f"this process has not been enclosed as {mode or 'anything'}")
    return _enclosed[0]


def _close_all_but(keep: Sequence[int]) -> None:
    null = os.open("/dev/null", os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(null, standard)
    first = 3
    for number in sorted(set(keep)):
        _close(first, number - 1)
        first = number + 1
    _close(first, None)


def _close(first: int, last: int | None) -> None:
    if LINUX:
        syscalls.close_range(first, *([] if last is None else [last]))
    else:
        os.closerange(first, 4096 if last is None else last + 1)


def _own_folder(here: _Enclosed, limits: Limits, scratch: Path | None) -> Path:
    """Make the working folder: in memory where mounting is possible, else what was given."""
    if here.folder is None:
        if scratch is None:
            raise ValueError(f"the isolation {here.mode} needs a folder")
        scratch = Path(os.path.realpath(scratch))
        scratch.chmod(0o700)
        if here.user is not None:
            os.chown(scratch, here.user.uid, here.user.gid)
        return scratch
    uid, gid = (here.user.uid, here.user.gid) if here.user else (os.getuid(), os.getgid())
    options: dict[str, Any] = {
        "size": f"{limits.file_megabytes}m",
        "nr_inodes": limits.files + 1,  # the folder itself is one
        "mode": "700",
        "uid": uid,
        "gid": gid,
    }
    syscalls.unshare(syscalls.NEW_MOUNTS)
    flags = syscalls.NO_SETUID | syscalls.NO_DEVICES | syscalls.NO_EXEC
    text = ",".join(f"{name}={value}" for name, value in options.items())
    syscalls.mount("submission", str(here.folder), "tmpfs", flags, text)
    return here.folder
