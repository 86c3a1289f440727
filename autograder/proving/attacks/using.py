"""Attacks that use up memory, processes, files or output, beside right answers."""

from __future__ import annotations

from functools import partial
from typing import Any

import nbformat

from autograder.proving.attacks.model import Attack, Places

_use = partial(Attack, theme="exhaust", base="right", batch="uses up")
_more = partial(Attack, theme="exhaust", base="right", batch="uses up more")

# Beyond what the runs allow (512 MB), and still bearable for a machine that does not.
MEGABYTES_TOLD, MEGABYTES_MOST = 900, 1500


def _printing_cells(notebook: Any, _: Places) -> Any:
    for number in range(60):
        cell = nbformat.v4.new_code_cell("print('w' * 5_000_000)", id=f"printing-{number}")
        notebook.cells.insert(2, cell)
    return notebook


ATTACKS = (
    _use(
        "memory-by-numpy",
        what="Fills memory by numpy, 100 MB at a time.",
        code=f"""
import numpy as np
kept = []
while len(kept) < {MEGABYTES_MOST // 100}:
    try:
        kept.append(np.ones(100_000_000, np.uint8))
    except MemoryError:
        break
if len(kept) * 100 > {MEGABYTES_TOLD}:
    {{told}}
del kept
""",
    ),
    _use(
        "memory-by-mmap",
        what="Fills memory that is shared and has no name, and changes its limit before.",
        code=f"""
import mmap, resource
try:
    resource.setrlimit(resource.RLIMIT_AS, (-1, -1))
except (OSError, ValueError):
    pass
kept = []
while len(kept) < {MEGABYTES_MOST // 100}:
    try:
        kept.append(mmap.mmap(-1, 100_000_000))
        kept[-1].write(b"x" * 100_000_000)
    except (OSError, MemoryError):
        break
if len(kept) * 100 > {MEGABYTES_TOLD}:
    {{told}}
kept.clear()
""",
    ),
    _use(
        "memory-by-files-in-memory",
        what="Fills memory by memfd, System V segments and files in /dev/shm and /tmp.",
        code=f"""
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
total, block = 0, b"x" * 10_000_000
def fill(fd):
    global total
    try:
        for _ in range({MEGABYTES_MOST // 20}):
            total += os.write(fd, block)
    except OSError:
        pass
    os.close(fd)
fd = libc.memfd_create(b"m", 0)
if fd >= 0:
    fill(fd)
segments = [libc.shmget(0, 100_000_000, 0o1600) for _ in range({MEGABYTES_MOST // 100})]
total += sum(100_000_000 for n in segments if n >= 0)
for number in segments:
    libc.shmctl(number, 0, None)
for path in ("/dev/shm/full", "/tmp/full", "/run/full"):
    try:
        fill(os.open(path, os.O_CREAT | os.O_WRONLY))
        os.unlink(path)
    except OSError:
        pass
if total > {MEGABYTES_TOLD} * 1_000_000:
    {{told}}
""",
    ),
    _use(
        "forks-without-end",
        what="Forks as often as it can, 60 times at most.",
        code="""
import os, time
children = 0
for _ in range(60):
    try:
        if os.fork() == 0:
            time.sleep(3)
            os._exit(0)
        children += 1
    except OSError:
        break
if children:
    {told}
""",
    ),
    _use(
        "threads-without-end",
        what="Starts threads as often as it can, 500 at most.",
        code="""
import threading, time
threads = 0
for _ in range(500):
    try:
        threading.Thread(target=time.sleep, args=(2,), daemon=True).start()
        threads += 1
    except (RuntimeError, MemoryError):
        break
if threads > 64:
    {told}
time.sleep(2.2)
""",
    ),
    _more(
        "threads-that-compute",
        what="Leaves threads that compute while everything else is checked.",
        code="""
import threading, time
def busy():
    end = time.monotonic() + 3
    while time.monotonic() < end:
        sum(range(1000))
for _ in range(4):
    threading.Thread(target=busy, daemon=True).start()
""",
    ),
    _more(
        "many-files",
        what="Makes as many files, folders and links as it can, 4000 at most.",
        code="""
import os
made = 0
for number in range(1000):
    for make in (lambda n: open(n, "x").close(), os.mkdir, lambda n: os.symlink("x", n),
                 lambda n: os.mkfifo(n)):
        try:
            make(f"file-{number}-{made}")
            made += 1
        except OSError:
            pass
if made > 2500:
    {told}
""",
    ),
    _more(
        "huge-file",
        what="Writes a file as large as it can, 400 MB at most, and makes one of 1 TB with holes.",
        code="""
import os
written = 0
try:
    with open("huge", "wb", 0) as file:
        for _ in range(40):
            written += file.write(b"x" * 10_000_000)
except OSError:
    pass
try:
    os.truncate("huge", 1 << 40)
    {told}
except OSError:
    pass
if written > 200_000_000:
    {told}
try:
    os.unlink("huge")
except OSError:
    pass
""",
    ),
    _more(
        "descriptors-without-end",
        what="Opens files without closing them.",
        code="""
import os
kept = []
try:
    while len(kept) < 20_000:
        kept.append(os.open(".", os.O_RDONLY))
except OSError:
    pass
if len(kept) == 20_000:
    {told}
for fd in kept:
    os.close(fd)
""",
    ),
    _more(
        "prints-300-megabytes",
        what="Prints 300 MB.",
        code="""
for _ in range(300):
    print("x" * 1_000_000)
""",
    ),
    _more(
        "prints-past-python",
        what="Writes 100 MB to the descriptors for output, past Python.",
        code="""
import os
for fd in (1, 2):
    try:
        for _ in range(50):
            os.write(fd, b"y" * 1_000_000)
    except OSError:
        pass
""",
    ),
    _more(
        "many-outputs",
        what="Displays 20,000 things, each an output of its own.",
        code="""
from IPython.display import display
for number in range(20_000):
    display({"text/plain": "thing " * 50}, raw=True)
""",
    ),
    _more(
        "huge-error",
        what="Raises an error with a message of 50 MB in one line, through 1000 frames.",
        code="""
def deep(n):
    if n:
        return deep(n - 1)
    raise ValueError("z" * 50_000_000)
deep(900)
""",
    ),
    _more(
        "huge-picture",
        what="Displays pictures of 30 MB and outputs of made-up types.",
        code="""
from IPython.display import display
display({"image/png": "A" * 30_000_000, "application/x-own": {"a": ["b"] * 100_000}}, raw=True)
""",
    ),
    _more(
        "prints-in-many-cells",
        what="Has 60 cells that print 5 MB each.",
        edit=_printing_cells,
        batch="prints",
    ),
)
