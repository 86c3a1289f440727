"""The attempts of code in a sandbox, by what is to become of them, and what they have in common."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import platform
from collections.abc import Callable
from pathlib import Path

import numpy as np

import autograder
from autograder.sandbox.limits import Limits

LIMITS = Limits(cpu_seconds=1, memory_megabytes=300, files=50, file_megabytes=4, threads=8)
PACKAGE = Path(autograder.__file__).resolve().parent
# Stands for the package where it is installed among Python's own files.
HIDDEN = Path(np.__file__).resolve().parents[1] / "nbconvert"
OUTSIDE = Path(os.environ.get("OUTSIDE", "/nonexistent"))  # open to everybody, with a secret.txt
SECRET = OUTSIDE / "secret.txt"
INTEL = platform.machine() == "x86_64"

Try = Callable[[], object]
FORBIDDEN: dict[str, Try] = {}  # by Landlock and seccomp
FORBIDDEN_IN_OWN_TREE: dict[str, Try] = {}  # only where the files are its own
BOUNDED: dict[str, Try] = {}  # in every mode
NEEDED: dict[str, Try] = {}

libc = ctypes.CDLL(None, use_errno=True)


def among(group: dict[str, Try]) -> Callable[[Try], Try]:
    def put(function: Try) -> Try:
        group[function.__name__] = function
        return function

    return put


def call(name: str, *args: object) -> None:
    """Call the C library; `syscall` takes the number first."""
    if getattr(libc, name)(*args) == -1:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))


def each(*tries: Try) -> str:
    """Do the first that is not refused."""
    for number, one in enumerate(tries):
        with contextlib.suppress(OSError):
            return f"number {number}: {one()}"
    raise OSError(errno.EPERM, "all were refused")
