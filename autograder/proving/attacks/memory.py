"""Attacks that read memory, descriptors, and what others left."""

from __future__ import annotations

from functools import partial

from autograder.proving.attacks.model import Attack
from autograder.proving.attacks.secrets import HUNT

_deep = partial(Attack, theme="secrets", on_stock=True, batch="deep reads")

ATTACKS = (
    _deep(
        "own-memory",
        what="Searches its whole memory for what earlier submissions and the grader left there.",
        code=HUNT
        + """
import ctypes, gc, os, time
libc = ctypes.CDLL(None)
libc.sbrk.restype, libc.sbrk.argtypes = ctypes.c_void_p, [ctypes.c_ssize_t]
r, w = os.pipe()
def page(address):  # needs no /proc: the pipe refuses what is no memory
    if libc.write(w, ctypes.c_void_p(address), 4096) == 4096:
        return os.read(r, 4096)
    return b""
blocks = {id(thing) >> 22 for thing in gc.get_objects()}
top = libc.sbrk(0) >> 22
blocks |= set(range(top - 50, top + 2))
end = time.monotonic() + 2
for block in sorted(blocks):
    if time.monotonic() < end:
        hunt(b"".join(page((block << 22) + n) for n in range(0, 1 << 22, 4096)))
""",
    ),
    _deep(
        "own-objects",
        what="Searches all Python objects that it can reach for what others left.",
        code=HUNT
        + """
import gc, time
end, waiting, seen = time.monotonic() + 2, gc.get_objects(), set()
while waiting and time.monotonic() < end:
    for part in gc.get_referents(waiting.pop()):
        if id(part) not in seen:
            seen.add(id(part))
            if type(part) in (str, bytes):
                hunt(part if type(part) is bytes else part.encode("utf-8", "replace"))
            else:
                waiting.append(part)
""",
    ),
    _deep(
        "inherited-descriptors",
        what="Reads every descriptor it has inherited and opens files relative to folders "
        "among them.",
        code=HUNT
        + """
import os, stat
for fd in range(3, 256):
    try:
        mode = os.fstat(fd).st_mode
        if stat.S_ISDIR(mode):
            hunt(open(os.open("../" * 30 + "{secret}"[1:], os.O_RDONLY, dir_fd=fd), "rb").read())
        elif stat.S_ISREG(mode):
            hunt(os.pread(fd, 1 << 24, 0))
    except OSError:
        pass
""",
    ),
    _deep(
        "memory-of-another-process",
        what="Reads another process's memory by /proc and by process_vm_readv.",
        code=HUNT
        + """
import ctypes
maps = open("/proc/{victim}/maps").read().splitlines()
heap = next(line for line in maps if "[heap]" in line)
low, high = (int(n, 16) for n in heap.split()[0].split("-"))
with open("/proc/{victim}/mem", "rb", 0) as memory:
    memory.seek(low)
    hunt(memory.read(high - low))
hunt(open("/proc/{victim}/environ", "rb").read())
""",
    ),
    _deep(
        "memory-by-system-call",
        what="Reads another process's memory by the system call made for debuggers.",
        code="""
import ctypes
class Part(ctypes.Structure):
    _fields_ = [("base", ctypes.c_void_p), ("size", ctypes.c_size_t)]
mine = ctypes.create_string_buffer(16)
here = Part(ctypes.addressof(mine), 16)
there = Part({address}, 16)
libc = ctypes.CDLL(None, use_errno=True)
got = libc.process_vm_readv({victim}, ctypes.byref(here), 1, ctypes.byref(there), 1, 0)
if got == 16 and mine.raw.startswith(b"calm"):
    {told}
""",
    ),
    _deep(
        "file-handle",
        what="Opens a file by its number on the disk, past every path (needs rights of root).",
        code="""
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
class Handle(ctypes.Structure):
    _fields_ = [("size", ctypes.c_uint), ("kind", ctypes.c_int), ("data", ctypes.c_ubyte * 128)]
handle, mount = Handle(128), ctypes.c_int()
for known in (b"/", b"/etc", b"/proc/self/cwd", b"."):
    if libc.name_to_handle_at(-100, known, ctypes.byref(handle), ctypes.byref(mount), 0) == 0:
        fd = libc.open_by_handle_at(os.open(known, os.O_RDONLY), ctypes.byref(handle), 0)
        if fd >= 0:
            {told}
            break
""",
    ),
    _deep(
        "left-for-others",
        what="Leaves a message for later submissions in every place where one could stay.",
        code="""
import os
word = "{shared}"
for folder in ("/tmp", "/var/tmp", "/dev/shm", "/run", "/run/lock", os.path.expanduser("~"), ".."):
    try:
        with open(os.path.join(folder, "left-for-others.txt"), "w") as file:
            file.write(word)
    except OSError:
        pass
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
libc.shmat.restype = ctypes.c_void_p
number = libc.shmget(0x70617373, 4096, 0o1666)
if number >= 0:
    ctypes.memmove(libc.shmat(number, None, 0), word.encode(), len(word))
""",
        on_stock=False,
        batch="first",
    ),
    _deep(
        "left-by-others",
        what="Looks for messages that earlier submissions left anywhere.",
        code=HUNT
        + """
import ctypes, os
for folder in ("/tmp", "/var/tmp", "/dev/shm", "/run", "/run/lock", os.path.expanduser("~"), ".."):
    try:
        hunt(open(os.path.join(folder, "left-for-others.txt"), "rb").read())
    except OSError:
        pass
libc = ctypes.CDLL(None, use_errno=True)
libc.shmat.restype = ctypes.c_void_p
number = libc.shmget(0x70617373, 4096, 0)
if number >= 0:
    hunt(ctypes.string_at(libc.shmat(number, None, 0), 64))
    libc.shmctl(number, 0, None)
""",
        on_stock=False,
        batch="last",
    ),
)
