"""What a command is said to use is what all its processes use, whoever waits for them."""

from __future__ import annotations

import os
import sys

import pytest

from autograder.errors import BenchError
from autograder.proving.accounting import used_by

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="it needs a subreaper")

WORKS = """
import ctypes, os, signal, sys, time
def work(seconds):
    while time.process_time() < seconds:
        pass
"""
# A child that nobody waits for, and whose parent ends first.
ORPHAN = (
    WORKS
    + """
if os.fork() == 0:
    if os.fork() == 0:
        work(0.4)
        os._exit(0)
    os._exit(0)
os.wait()
"""
)
# As in the judge: a child works, forks one that works, waits for that, and is killed by the
# kernel when this process ends, without anybody waiting for it.
KILLED = (
    WORKS
    + """
reading, writing = os.pipe()
if os.fork() == 0:
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)
    if os.fork() == 0:
        work(0.4)
        os._exit(0)
    os.wait()
    work(0.4)
    os.write(writing, b"x")
    time.sleep(60)
os.read(reading, 1)
"""
)
WAITED = (
    WORKS
    + """
if os.fork() == 0:
    work(0.4)
    os._exit(0)
os.wait()
work(0.4)
"""
)


def used(tmp_path, code):
    return used_by([sys.executable, "-c", code], tmp_path, tmp_path / "log")


@pytest.mark.parametrize(("code", "least"), [(ORPHAN, 0.4), (WAITED, 0.8), (KILLED, 0.8)])
def test_all_processor_time_is_counted_once(tmp_path, code, least):
    found = used(tmp_path, code)
    assert found.code == 0, (tmp_path / "log").read_text()
    # The processes know by themselves how long they worked; the rest is Python's start.
    assert least <= found.cpu < 2 * least + used(tmp_path, "").cpu
    assert found.left_behind == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="only root makes namespaces without more ado")
def test_a_pid_namespace_that_dies_with_its_maker_is_counted(tmp_path):
    code = WORKS + (
        "from autograder.sandbox import namespaces\n"
        "reading, writing = os.pipe()\n"
        "if os.fork() == 0:\n"
        "    namespaces.enter(os.getppid(), as_user=False)\n"
        "    if os.fork() == 0:\n"
        "        work(0.4)\n"
        "        os._exit(0)\n"
        "    os.wait()\n"
        "    work(0.4)\n"
        "    os.write(writing, b'x')\n"
        "    time.sleep(60)\n"
        "os.close(writing)\n"
        "assert os.read(reading, 1) == b'x'\n"
    )
    found = used(tmp_path, code)
    assert found.code == 0, (tmp_path / "log").read_text()
    assert found.cpu >= 0.8


def test_shared_memory_counts_once(tmp_path):
    code = (
        "import os, time\n"
        "held = bytearray(os.urandom(100_000_000))\n"
        "children = []\n"
        "for _ in range(3):\n"
        "    pid = os.fork()\n"
        "    if pid == 0:\n"
        "        time.sleep(2)\n"
        "        os._exit(0)\n"
        "    children.append(pid)\n"
        "for pid in children:\n"
        "    os.waitpid(pid, 0)\n"
    )
    found = used(tmp_path, code)
    assert found.memory == "pss"
    assert 100 < found.peak_mb < 300
    assert found.samples


def test_a_failing_command_is_seen(tmp_path):
    found = used(tmp_path, "import sys; print('why'); sys.exit(3)")
    assert found.code == 3
    assert (tmp_path / "log").read_text() == "why\n"


def test_what_is_no_command_is_told(tmp_path):
    with pytest.raises(BenchError, match="could not be measured"):
        used_by(["no-such-command"], tmp_path, tmp_path / "log")
