"""Attacks that ask the kernel for more: processes, debuggers, namespaces, rights."""

from __future__ import annotations

from functools import partial

from autograder.proving.attacks.model import Attack

_process = partial(Attack, theme="reach", batch="processes")
_debug = partial(Attack, theme="reach", batch="debuggers")
_rights = partial(Attack, theme="reach", batch="rights")

LIBC = """
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
"""

ATTACKS = (
    _process(
        "forks",
        what="Forks, which no student's work needs.",
        code="""
import os
child = os.fork()
if child == 0:
    os._exit(0)
{told}
os.waitpid(child, 0)
""",
        on_stock=True,
    ),
    _process(
        "daemon",
        what="Forks twice, leaves its session, and writes outside once it is not waited for.",
        code="""
import os, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.closerange(0, 256)
        time.sleep(1)
        open("{canary}", "a").write("still here")
        time.sleep(8)
        os._exit(0)
    os._exit(0)
""",
        on_stock=True,
    ),
    _process(
        "starts-programs",
        what="Starts programs by subprocess, posix_spawn, vfork and the shell.",
        code="""
import ctypes, os, subprocess
from multiprocessing import Process
def attempt(f):
    try:
        if f() is not None:
            {told}
    except BaseException as error:
        print(type(error).__name__)
attempt(lambda: subprocess.run(["/bin/true"]))
attempt(lambda: subprocess.run(["/bin/sh", "-c", "true"]))
attempt(lambda: os.waitpid(os.posix_spawn("/bin/true", ["true"], {}), 0))
attempt(lambda: None if os.system("true") else 1)
""",
        on_stock=True,
    ),
    _process(
        "executes-from-memory",
        what="Makes a program in memory and executes it.",
        code=LIBC
        + """
fd = libc.memfd_create(b"program", 0)
if fd >= 0:
    {told}
    os.write(fd, open("/bin/true", "rb").read())
    child = os.fork()
    if child == 0:
        os.execve(fd, ["true"], {})
    os.waitpid(child, 0)
""",
        on_stock=True,
    ),
    _process(
        "replaces-itself",
        what="Replaces its own program by another one, which would be under fewer limits.",
        base="right",
        code="""
import os, sys
try:
    os.execv("/bin/sh", ["sh", "-c", "sleep 5"])
except OSError as error:
    print(error)
""",
        batch="",
    ),
    _process(
        "clones",
        what="Makes a process by the system calls clone and clone3.",
        code=LIBC
        + """
clone3 = bytes(32) + b"\\x11" + bytes(55)
for number, arguments in ((56, (17, 0, 0, 0, 0)), (435, (clone3, 88))):
    child = libc.syscall(number, *arguments) if os.uname().machine == "x86_64" else -1
    if child == 0:
        libc._exit(0)
    if child > 0:
        {told}
""",
    ),
    _debug(
        "debugger",
        what="Attaches to another process as a debugger.",
        code=LIBC
        + """
if libc.ptrace(16, {victim}, 0, 0) == 0:
    {told}
    libc.waitpid({victim}, None, 0)
    libc.ptrace(17, {victim}, 0, 0)
if libc.ptrace(0x4206, {victim}, 0, 0) == 0:
    {told}
    libc.ptrace(17, {victim}, 0, 0)
""",
        on_stock=True,
    ),
    _debug(
        "writes-into-a-process",
        what="Writes into another process's memory, by /proc and by a system call.",
        code=LIBC
        + """
class Part(ctypes.Structure):
    _fields_ = [("base", ctypes.c_void_p), ("size", ctypes.c_size_t)]
mine = ctypes.create_string_buffer(b"evil" * 4)
here, there = Part(ctypes.addressof(mine), 16), Part({address}, 16)
libc.process_vm_writev({victim}, ctypes.byref(here), 1, ctypes.byref(there), 1, 0)
with open("/proc/{victim}/mem", "r+b", 0) as memory:
    memory.seek({address})
    memory.write(b"evil")
""",
        on_stock=True,
    ),
    _debug(
        "opens-the-first-process",
        what="Opens the memory of process 1, of its parent and of the grader for writing.",
        code="""
import os
for number in {1, os.getppid(), {pid}} - {0, os.getpid()}:
    try:
        os.close(os.open(f"/proc/{number}/mem", os.O_RDWR))
        {told}
    except OSError:
        pass
""",
        on_stock=True,
    ),
    _debug(
        "limits-of-others",
        what="Changes the limits, the processors and the priority of another process.",
        code="""
import os, resource
def attempt(f):
    try:
        f()
        {told}
    except OSError:
        pass
attempt(lambda: resource.prlimit({victim}, resource.RLIMIT_NOFILE, (64, 64)))
attempt(lambda: os.sched_setaffinity({victim}, {0}))
attempt(lambda: os.setpriority(os.PRIO_PROCESS, {victim}, 5))
""",
        on_stock=True,
    ),
    _debug(
        "descriptors-of-others",
        what="Takes open files out of another process.",
        code=LIBC
        + """
fd = libc.syscall(434, {victim}, 0)
if fd >= 0 and libc.syscall(438, fd, 1, 0) >= 0:
    {told}
for number in range(3):
    try:
        os.close(os.open(f"/proc/{victim}/fd/{number}", os.O_WRONLY | os.O_NONBLOCK))
        {told}
    except OSError:
        pass
""",
        on_stock=True,
    ),
    _rights(
        "namespaces",
        what="Makes namespaces of its own, in which it would be root, and enters others'.",
        code=LIBC
        + """
for flag in (0x10000000, 0x20000, 0x20000000, 0x40000000, 0x8000000, 0x2000000):
    if libc.unshare(flag) == 0:
        {told}
for name in ("mnt", "net", "pid", "user"):
    for number in (1, {pid}):
        try:
            if libc.setns(os.open(f"/proc/{number}/ns/{name}", os.O_RDONLY), 0) == 0:
                {told}
        except OSError:
            pass
""",
    ),
    _rights(
        "mounts",
        what="Mounts, unmounts, changes its root, and makes read-only places writable again.",
        code=LIBC
        + """
os.makedirs("m", exist_ok=True)
for arguments in ((b"none", b"m", b"tmpfs", 0, None), (b"/", b"m", None, 4096, None),
                  (b"proc", b"m", b"proc", 0, None), (None, b"/", None, 32, None),
                  (b"none", b"/usr", None, 4096 | 32, None)):
    if libc.mount(*arguments) == 0:
        {told}
        libc.umount2(b"m", 2)
if libc.chroot(b"m") == 0 or libc.syscall(155, b".", b".") == 0:
    {told}
if libc.syscall(430, b"tmpfs", 0) >= 0 or libc.syscall(428, -100, b"/", 1) >= 0:
    {told}
""",
    ),
    _rights(
        "root-again",
        what="Takes back the rights of root by changing its user, its groups or its capabilities.",
        code=LIBC
        + """
for call in (lambda: os.setuid(0), lambda: os.seteuid(0), lambda: os.setresuid(0, 0, 0),
             lambda: os.setgroups([0]), lambda: os.setgid(0)):
    try:
        call()
        if os.geteuid() != os.getuid() or os.getuid() == 0:
            {told}
    except OSError:
        pass
status = dict(line.split(":\\t", 1) for line in open("/proc/self/status") if ":\\t" in line)
if int(status["CapEff"], 16) or int(status["CapPrm"], 16) or not int(status["NoNewPrivs"]):
    {told}
""",
        on_stock=True,
    ),
    _rights(
        "kernel-interfaces",
        what="Asks for interfaces of the kernel in which holes are often found.",
        code=LIBC
        + """
buffer = ctypes.create_string_buffer(256)
# bpf, perf_event_open, userfaultfd, io_uring_setup, keyctl, add_key, init_module, fanotify_init,
# kcmp, syslog, as x86-64 numbers them.
calls = ((321, (0, buffer, 128)), (298, (buffer, 0, -1, -1, 0)), (323, (0,)), (425, (4, buffer)),
         (250, (0, -3, 0)), (248, (b"user", b"a", b"b", 1, -3)), (175, (buffer, 0, b"")),
         (300, (0, 0)), (312, ({pid}, {pid}, 0, 0, 0)), (103, (3, buffer, 9)))
for number, arguments in calls if os.uname().machine == "x86_64" else ():
    if libc.syscall(number, *arguments) >= 0:
        {told}
""",
    ),
    _rights(
        "limits-raised",
        what="Raises its own limits again.",
        code="""
import resource
for name in ("RLIMIT_AS", "RLIMIT_NPROC", "RLIMIT_FSIZE", "RLIMIT_CPU", "RLIMIT_NOFILE"):
    limit = getattr(resource, name)
    before = resource.getrlimit(limit)[1]
    try:
        resource.setrlimit(limit, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        if before != resource.RLIM_INFINITY:
            {told}
    except (OSError, ValueError):
        pass
""",
    ),
    _rights(
        "outlives-its-parent",
        what="Takes back that it dies with its parent, and that nobody may look into it.",
        base="blank",
        code=LIBC
        + """
libc.prctl(1, 0, 0, 0, 0)
libc.prctl(4, 1, 0, 0, 0)
libc.prctl(0x59616d61, ctypes.c_ulong(-1), 0, 0, 0)
libc.prctl(15, b"systemd", 0, 0, 0)
libc.prctl(36, 1, 0, 0, 0)
os.setsid() if hasattr(os, "setsid") and os.getsid(0) != os.getpid() else None
""",
    ),
)
