"""Attacks that read what is nobody's business. Whatever they read they print."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from autograder.proving.attacks.model import Attack, Places

_read = partial(Attack, theme="secrets", on_stock=True, batch="reads")

# Finds planted words without holding one itself: its own text would be found, too.
HUNT = """
import re
PATTERN = re.compile(rb"plan" + rb"ted[0-9a-f]{16}")
def hunt(data):
    for word in set(PATTERN.findall(bytes(data))):
        print(word.decode())
"""


def _links(folder: Path, places: Places) -> None:
    """Lay links of all kinds beside the notebook: to files, to folders, in a circle."""
    (folder / "by_symlink.txt").symlink_to(places["secret"])
    (folder / "folder").symlink_to(Path(places["secret"]).parent)
    (folder / "circle").symlink_to(".")
    (folder / "up").symlink_to("../../..")


def _hard_link(folder: Path, places: Places) -> None:
    (folder / "by_hardlink.txt").hardlink_to(places["secret"])


def _calls(lines: Sequence[str]) -> str:
    """Write attempts one after the other, each of which may fail."""
    tries = [f"try:\n    {line}\nexcept BaseException as e:\n    print(type(e))" for line in lines]
    return "\n".join(tries)


ATTACKS = (
    _read(
        "file-outside",
        what="Opens a file outside its folder that everybody on the machine may read.",
        code='print(open("{secret}").read())',
    ),
    _read(
        "environment",
        what="Reads environment variables, its own and those in /proc/self/environ.",
        code="import os\nprint(os.environ)\nprint(open('/proc/self/environ').read())",
    ),
    _read(
        "environment-of-the-grader",
        what="Reads the environment and the command line of the grader and its own parents.",
        code="import os\n"
        + _calls(
            [
                'print(open("/proc/{pid}/environ").read())',
                'print(open("/proc/%d/environ" % os.getppid()).read())',
                'print(open("/proc/1/environ").read())',
                'print(open("/proc/{pid}/root{secret}").read())',
                'print(open("/proc/1/root{secret}").read())',
            ]
        ),
    ),
    _read(
        "environment-of-everybody",
        what="Walks through the processes that were started after the grader for their "
        "environments.",
        code=HUNT
        + """
for number in [1, *range({pid}, {pid} + 3000)]:
    for path in (f"/proc/{number}/environ", f"/proc/{number}/task/{number}/environ"):
        try:
            hunt(open(path, "rb").read())
        except OSError:
            pass
""",
    ),
    _read(
        "gradebook",
        what="Opens the gradebook with SQLite and reads all students' names.",
        code="""
import sqlite3
connection = sqlite3.connect("file:{gradebook}?mode=ro", uri=True)
print(connection.execute("select * from student").fetchall())
""",
    ),
    _read(
        "gradebook-as-a-file",
        what="Reads the gradebook's bytes.",
        code=HUNT + 'hunt(open("{gradebook}", "rb").read())',
    ),
    _read(
        "another-students-work",
        what="Reads another student's submission, as it came in and as it was marked.",
        code=_calls(['print(open("{submitted}").read())', 'print(open("{autograded}").read())']),
    ),
    _read(
        "source-with-answers",
        what="Reads the class's source notebook with answers and hidden checks.",
        code='print(open("{source}").read())',
    ),
    _read(
        "configuration",
        what="Reads the class's nbgrader_config.py, which may hold passwords.",
        code='print(open("{config}").read())',
    ),
    _read(
        "course-package",
        what="Reads the reference answers in the course's package, as text and as bytecode.",
        code="""
import glob, inspect
for path in glob.glob("{package}/**/*.py*", recursive=True):
    if b"gradients_by_differences" in open(path, "rb").read():
        {told}
        break
""",
    ),
    _read(
        "home-of-the-grader",
        what="Reads files in the grader's home.",
        code='import os\nprint(open("{home}/private.txt").read())',
    ),
    _read(
        "password-file",
        what="Reads the machine's list of users.",
        code="""
users = open("/etc/passwd").read().splitlines()
if len(users) > 5 or any("/home/" in line for line in users):
    {told}
""",
    ),
    _read(
        "walk-through-folders",
        what="Walks through the folders of the class and of the grader for small secret files.",
        code=HUNT
        + """
import os, time
end = time.monotonic() + 2
for top in ("{class}", "{home}", "{home}/..", os.path.dirname("{secret}"), "/dev/shm"):
    for folder, _, names in os.walk(top):
        for name in names:
            path = os.path.join(folder, name)
            try:
                if time.monotonic() < end and os.path.getsize(path) < 100_000:
                    hunt(open(path, "rb").read())
            except OSError:
                pass
""",
    ),
    _read(
        "up-and-out",
        what="Reads by relative paths, by its working directory's link and by made-up links.",
        code="""
import os
"""
        + _calls(
            [
                'print(open("../" * 40 + "{secret}").read())',
                'print(open("/proc/self/cwd/" + "../" * 40 + "{secret}").read())',
                'os.symlink("{secret}", "mine"); print(open("mine").read())',
                'os.link("{secret}", "own"); print(open("own").read())',
                'os.chroot("."); print(open("../" * 40 + "{secret}").read())',
                'print(open("//" + "{secret}").read())',
            ]
        ),
    ),
    _read(
        "other-ways-to-open",
        what="Reads by numpy, mmap, the C library and zipped imports instead of open.",
        code="import ctypes, os\nimport numpy as np\n"
        + _calls(
            [
                'print(np.fromfile("{secret}", np.uint8).tobytes())',
                'print(bytes(np.memmap("{secret}", np.uint8)))',
                'print(np.loadtxt("{secret}", dtype=str))',
                "libc = ctypes.CDLL(None); b = ctypes.create_string_buffer(99); "
                'f = libc.open(b"{secret}", 0); libc.read(f, b, 99); print(b.raw)',
                "libc = ctypes.CDLL(None); b = ctypes.create_string_buffer(99); "
                'f = libc.syscall(257, -100, b"{secret}", 0); libc.syscall(0, f, b, 99); '
                "print(b.raw)",
                'print(os.listxattr("{secret}"), os.stat("{secret}")); '
                'print(open(os.open("{secret}", os.O_RDONLY)).read())',
            ]
        ),
    ),
    _read(
        "shell-command",
        what="Reads by a shell command, in IPython's way and in Python's.",
        code="import os, subprocess\n"
        + _calls(
            [
                'get_ipython().system("cat {secret}")',
                'os.system("cat {secret}")',
                'print(subprocess.run(["/bin/cat", "{secret}"], capture_output=True))',
                'print(os.popen("cat {secret}").read())',
            ]
        ),
    ),
    _read(
        "symlinks-handed-in",
        what="Hands in symbolic links to files and folders and reads through them.",
        code=_calls(
            [
                'print(open("by_symlink.txt").read())',
                'print(open("folder/secret.txt").read())',
                'print(open("up/nbgrader_config.py").read())',
                'print(open("circle/circle/by_symlink.txt").read())',
            ]
        ),
        prepare=_links,
        batch="links",
    ),
    _read(
        "hardlink-handed-in",
        what="Hands in a hard link to a file of somebody else and reads it.",
        code='print(open("by_hardlink.txt").read())',
        prepare=_hard_link,
        batch="links",
    ),
    Attack(
        "secret-in-an-answer",
        "secrets",
        "Reads the file outside while it is checked, and returns, prints and raises what it read.",
        where="linear_forward",
        on_stock=True,
        batch="told",
        honest=0.0,
        code="""
def linear_forward(A, W, b):
    text = open("{secret}").read()
    print(text)
    raise ValueError(text)
""",
    ),
)
