"""Attacks that write where they have no business."""

from __future__ import annotations

from functools import partial

from autograder.proving.attacks.model import Attack

_write = partial(Attack, theme="reach", on_stock=True, batch="writes")
_class = partial(Attack, theme="reach", on_stock=True, batch="class writes")

# Each way to change a file, tried one after the other.
TRY = """
import os
def attempt(*steps):
    for step in steps:
        try:
            step()
        except BaseException as error:
            print(type(error).__name__)
"""

ATTACKS = (
    _write(
        "overwrites-a-file",
        what="Overwrites and appends to a file outside its folder that everybody may write.",
        code='open("{canary}", "w").write("changed")',
    ),
    _write(
        "adds-files",
        what="Makes files, folders, links and pipes in a folder outside its own.",
        code=TRY
        + """
beside = os.path.dirname("{canary}")
attempt(
    lambda: open(beside + "/new.txt", "w").write("new"),
    lambda: os.mkdir(beside + "/new"),
    lambda: os.symlink("/", beside + "/link"),
    lambda: os.link("{canary}", beside + "/hard"),
    lambda: os.mkfifo(beside + "/pipe"),
)
""",
    ),
    _write(
        "moves-and-deletes",
        what="Renames, deletes and truncates a file outside its folder.",
        code=TRY
        + """
attempt(
    lambda: os.rename("{canary}", "{canary}.moved"),
    lambda: os.replace("step-by-step.ipynb", "{canary}"),
    lambda: os.truncate("{canary}", 0),
    lambda: os.unlink("{canary}"),
)
""",
    ),
    _write(
        "changes-modes",
        what="Changes mode, owner, times and attributes of a file outside its folder.",
        code=TRY
        + """
attempt(
    lambda: os.chmod("{canary}", 0o600),
    lambda: os.chown("{canary}", 12345, 12345),
    lambda: os.setxattr("{canary}", "user.note", b"changed"),
    lambda: os.chmod(os.path.dirname("{canary}"), 0o700),
)
""",
    ),
    _write(
        "writes-through-links",
        what="Writes outside through symbolic links, hard links and /proc made in its folder.",
        code=TRY
        + """
attempt(
    lambda: os.symlink("{canary}", "out"),
    lambda: open("out", "w").write("changed"),
    lambda: os.link("{canary}", "hard"),
    lambda: open("hard", "w").write("changed"),
    lambda: open("/proc/self/cwd/" + "../" * 40 + "{canary}", "w").write("changed"),
    lambda: open("/proc/{pid}/root{canary}", "w").write("changed"),
    lambda: open("/proc/1/root{canary}", "w").write("changed"),
)
""",
    ),
    _write(
        "writes-by-system-calls",
        what="Writes outside by the C library: open, rename, fallocate, copy_file_range.",
        code="""
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
fd = libc.open(b"{canary}", 2)
if fd >= 0:
    libc.write(fd, b"changed", 7)
fd = libc.syscall(257, -100, b"{canary}", 1025)
if fd >= 0:
    libc.write(fd, b"changed", 7)
libc.truncate(b"{canary}", 1)
libc.rename(b"{canary}", b"{canary}.moved")
""",
    ),
    _write(
        "opens-devices",
        what="Makes a device node and opens the machine's memory, its log and its terminal.",
        code="""
import os, stat
for path in ("/dev/mem", "/dev/kmsg", "/dev/tty", "/dev/console", "/dev/fuse", "/dev/kvm"):
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_NOCTTY | os.O_NONBLOCK))
        {told}
    except OSError:
        pass
try:
    os.mknod("zero", stat.S_IFCHR | 0o666, os.makedev(1, 5))
    open("zero", "rb").read(1)
    {told}
except OSError:
    pass
""",
        on_stock=False,
    ),
    _write(
        "opens-kernel-settings",
        what="Opens the kernel's settings for writing.",
        code="""
import os
for path in ("/proc/sys/kernel/core_pattern", "/proc/sysrq-trigger", "/sys/power/state",
             "/proc/sys/kernel/hostname", "/sys/fs/cgroup/cgroup.procs"):
    try:
        os.close(os.open(path, os.O_WRONLY))
        {told}
    except OSError:
        pass
""",
        on_stock=False,
    ),
    _class(
        "settings-of-the-class",
        what="Appends code to nbgrader_config.py, which would run as the instructor.",
        code='open("{config}", "a").write("\\n# planted by a student\\n")',
    ),
    _class(
        "marks-by-sql",
        what="Gives everybody other marks with a few words of SQL.",
        code="""
import sqlite3
connection = sqlite3.connect("{gradebook}", timeout=1)
connection.execute("update grade set manual_score = 0.5, auto_score = 0.5")
connection.commit()
connection.close()
""",
    ),
    _class(
        "gradebook-destroyed",
        what="Overwrites the gradebook.",
        code='open("{gradebook}", "r+b").write(b"no more marks" * 1000)',
        batch="class writes too",
    ),
    _class(
        "another-students-folder",
        what="Changes another student's submission and marked notebook.",
        code=TRY
        + """
attempt(
    lambda: open("{submitted}", "a").write("\\n"),
    lambda: os.unlink("{submitted}"),
    lambda: open("{autograded}", "w").write("{}"),
)
""",
    ),
    _class(
        "next-students-folder",
        what="Hands something in for somebody else.",
        code="""
import os
os.makedirs("{class}/submitted/nobody-else/step-by-step")
open("{class}/submitted/nobody-else/step-by-step/step-by-step.ipynb", "w").write("{}")
""",
        batch="class writes too",
    ),
    _class(
        "source-and-release",
        what="Changes the class's source notebook and what is released.",
        code=TRY
        + """
attempt(
    lambda: open("{source}", "a").write("\\n"),
    lambda: open("{class}/release/step-by-step/step-by-step.ipynb", "a").write("\\n"),
    lambda: os.rename("{class}/source", "{class}/gone"),
)
""",
    ),
    _class(
        "course-package-opened",
        what="Opens the course's own code and the libraries for writing.",
        code="""
import os, numpy
for path in ("{package}/__init__.py", numpy.__file__, os.__file__):
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_APPEND))
        {told}
    except OSError:
        pass
""",
    ),
)
