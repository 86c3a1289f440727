"""Attempts to use more than the limits allow."""

from __future__ import annotations

import _thread
import contextlib
import ctypes
import errno
import mmap
import os
import resource
import signal
import threading
from pathlib import Path

import numpy as np
from tries import BOUNDED, FORBIDDEN, FORBIDDEN_IN_OWN_TREE, LIMITS, Try, among, call, each

MOST_THREADS = 3000  # an ordinary user's bound is loose outside a user namespace


@among(FORBIDDEN_IN_OWN_TREE)
def make_many_files() -> object:
    for number in range(LIMITS.files + 1):
        Path(f"file-{number}").touch()
    return "done"


@among(FORBIDDEN_IN_OWN_TREE)
def fill_the_disk() -> object:
    for number in range(LIMITS.file_megabytes + 1):
        Path(f"part-{number}").write_bytes(b"x" * (1 << 20))
    return "done"


@among(BOUNDED)
def write_a_large_file() -> object:
    with Path("large").open("wb") as file:
        for _ in range(LIMITS.file_megabytes + 1):
            file.write(b"x" * (1 << 20))
    return "done"


@among(BOUNDED)
def take_memory() -> object:
    size = (LIMITS.memory_megabytes + 50) << 20
    return each_out_of_memory(
        lambda: np.ones(size, np.uint8),
        lambda: bytearray(size),
        lambda: mmap.mmap(-1, size),
    )


def each_out_of_memory(*tries: Try) -> object:
    for one in tries:
        with contextlib.suppress(MemoryError, OSError):
            return str(type(one()))
    raise MemoryError


@among(FORBIDDEN)
def take_memory_elsewhere() -> object:
    return each(
        lambda: os.memfd_create("x"),
        lambda: call("shmget", 0, ctypes.c_size_t(1 << 20), 0o1600),
        lambda: call("msgget", 0, 0o1600),
        lambda: call("semget", 0, 1, 0o1600),
    )


@among(BOUNDED)
def start_many_threads() -> object:
    threading.stack_size(65536)
    done = _thread.allocate_lock()
    done.acquire()
    try:
        for _ in range(MOST_THREADS):
            # Not by `Thread.start`, which waits for ever for one that has no memory to begin.
            _thread.start_new_thread(done.acquire, ())
    finally:
        done.release()
    return "done"


@among(BOUNDED)
def open_many_files() -> object:
    return [os.dup(0) for _ in range(200)]


@among(BOUNDED)
def raise_limits() -> object:
    for name in ("AS", "CPU", "FSIZE", "NPROC", "NOFILE", "CORE"):
        number = getattr(resource, f"RLIMIT_{name}")
        hard = resource.getrlimit(number)[1]
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(number, (hard + 1, hard + 1))
            return name
    raise OSError(errno.EPERM, "all were refused")


@among(BOUNDED)
def use_the_processor_for_ever() -> object:
    for number in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP}:
        signal.signal(number, signal.SIG_IGN)
    while True:
        with contextlib.suppress(BaseException):
            sum(range(100_000))
