"""Attempts on processes, privileges and the kernel."""

from __future__ import annotations

import ctypes
import errno
import mmap
import os
import resource
import signal
import subprocess
import sys
from pathlib import Path

from tries import FORBIDDEN, INTEL, among, call, each

# --- processes -----------------------------------------------------------------------------


def end_if_child(pid: int) -> int:
    if pid == 0:
        os._exit(0)
    return pid


@among(FORBIDDEN)
def fork() -> object:
    return end_if_child(os.fork())


@among(FORBIDDEN)
def vfork() -> object:
    return call("vfork")


@among(FORBIDDEN)
def clone_a_process() -> object:
    number = 56 if INTEL else 220
    arguments = [ctypes.c_long(n) for n in (number, signal.SIGCHLD, 0, 0, 0, 0)]
    return end_if_child(call("syscall", *arguments) or 1)


@among(FORBIDDEN)
def clone_by_the_newer_call() -> object:
    return call("syscall", ctypes.c_long(435), None, ctypes.c_long(88))


@among(FORBIDDEN)
def start_a_program() -> object:
    return subprocess.run(["/usr/bin/env"], check=False)


@among(FORBIDDEN)
def become_a_program() -> object:
    return each(
        lambda: os.execv(sys.executable, ["python", "-c", ""]),
        lambda: os.execv("/lib64/ld-linux-x86-64.so.2", ["ld.so", "--version"]),
        lambda: os.execve(os.open(os.__file__, os.O_RDONLY), ["x"], {}),
    )


@among(FORBIDDEN)
def signal_others() -> object:
    tries = [lambda p=p: os.kill(p, signal.SIGCONT) for p in (os.getppid(), 1, -1)]
    return each(*tries, lambda: os.killpg(os.getpgid(os.getppid()), signal.SIGCONT))


@among(FORBIDDEN)
def signal_others_by_descriptor() -> object:
    return each(
        lambda: os.pidfd_open(os.getppid()),
        lambda: call("fcntl", 0, 8, ctypes.c_int(os.getppid())),  # F_SETOWN
        lambda: call("fcntl", 0, 10, signal.SIGKILL),  # F_SETSIG
    )


@among(FORBIDDEN)
def stop_itself() -> object:
    return os.kill(os.getpid(), signal.SIGSTOP)


@among(FORBIDDEN)
def look_into_the_parent() -> object:
    parent, memory = os.getppid(), ctypes.create_string_buffer(64)
    return each(
        lambda: call("ptrace", 16, ctypes.c_long(parent), None, None),  # PTRACE_ATTACH
        lambda: call("process_vm_readv", parent, memory, 1, memory, 1, 0),
        lambda: Path(f"/proc/{parent}/mem").open("r+b"),
        lambda: Path(f"/proc/{parent}/maps").read_bytes(),
    )


# --- privileges ----------------------------------------------------------------------------


@among(FORBIDDEN)
def make_namespaces() -> object:
    kinds = (0x10000000, 0x20000, 0x20000000, 0x40000000)
    return each(
        *(lambda k=k: call("unshare", k) for k in kinds),
        lambda: call("setns", os.open(".", os.O_RDONLY), 0),
    )


@among(FORBIDDEN)
def mount() -> object:
    return each(
        lambda: call("mount", b"none", b".", b"tmpfs", 0, None),
        lambda: call("umount2", bytes(Path.cwd()), 2),
        lambda: call("pivot_root", b".", b"."),
        lambda: os.chroot("."),
        lambda: call("syscall", ctypes.c_long(428), -100, b"/", 1),  # open_tree
        lambda: call("syscall", ctypes.c_long(430), b"tmpfs", 0),  # fsopen
    )


@among(FORBIDDEN)
def become_somebody_else() -> object:
    tries = (os.setuid, os.setgid, os.seteuid, lambda n: os.setresuid(n, n, n))
    return each(*(lambda t=t, n=n: t(n) for t in tries for n in (0, 1, 65534)))


@among(FORBIDDEN)
def stay_when_the_parent_ends() -> object:
    return call("prctl", 1, 0, 0, 0, 0)


@among(FORBIDDEN)
def let_itself_be_inspected() -> object:
    return call("prctl", 4, 1, 0, 0, 0)


@among(FORBIDDEN)
def use_what_kernels_are_attacked_by() -> object:
    numbers = (425, 321 if INTEL else 280, 323 if INTEL else 282)  # io_uring, bpf, userfaultfd
    numbers += (250 if INTEL else 219, 298 if INTEL else 241)  # keyctl, perf_event_open
    return each(*(lambda n=n: call("syscall", ctypes.c_long(n), 1, None, 0) for n in numbers))


@among(FORBIDDEN)
def leave_its_processor_share() -> object:
    return each(
        lambda: os.sched_setaffinity(0, os.sched_getaffinity(0)),
        lambda: os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0)),
        lambda: os.setpriority(os.PRIO_PROCESS, os.getppid(), 19),
        lambda: resource.prlimit(os.getppid(), resource.RLIMIT_CPU),
    )


@among(FORBIDDEN)
def use_another_architecture() -> object:
    """It is killed, so nothing comes back."""
    if INTEL and call_machine_code(b"\xb8\x14\x00\x00\x00\xcd\x80\xc3") > 0:  # getpid of i386
        return "done"
    raise OSError(errno.EPERM, "not here")


@among(FORBIDDEN)
def use_the_x32_calls() -> object:
    if INTEL:
        return call("syscall", ctypes.c_long(0x40000000 + 39))
    raise OSError(errno.EPERM, "not here")


def call_machine_code(code: bytes) -> int:
    memory = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    memory.write(code)
    address = ctypes.addressof(ctypes.c_char.from_buffer(memory))
    return int(ctypes.CFUNCTYPE(ctypes.c_int)(address)())
