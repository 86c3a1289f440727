"""How far a long step is: a bar on a terminal, a line a minute in a log."""

from __future__ import annotations

import io
import os
import re
import select
import subprocess
import sys

import pytest

from autograder import terminal
from autograder.commands.common import TABLES_FIRST, waited_for
from autograder.exercises import known
from autograder.terminal import Lines, progress, rate_in_words, time_in_words


class Clock:
    def __init__(self, monkeypatch):
        self.now = 50.0
        monkeypatch.setattr(terminal, "monotonic", lambda: self.now)


def test_a_long_run_tells_once_a_minute_how_it_goes(monkeypatch):
    clock, told = Clock(monkeypatch), []
    lines = Lines("Marking", told.append)
    lines.start(10_000)
    for _ in range(960):
        clock.now += 0.125
        lines.step("Ann")
    assert told == [
        "Marking: 480 of 10,000, 8.0 a second, 20 min left",
        "Marking: 960 of 10,000, 8.0 a second, 19 min left",
    ]
    for _ in range(60):  # slower: the rate follows
        clock.now += 10
        lines.step("Ann")
    assert told[-1] == "Marking: 1,020 of 10,000, 6.0 a minute, 24 h 57 min left"
    assert len(told) == 12


def test_a_short_run_and_its_end_tell_nothing(monkeypatch):
    clock, told = Clock(monkeypatch), []
    lines = Lines("Marking", told.append)
    lines.start(30)
    for _ in range(29):
        clock.now += 2
        lines.step()
    clock.now += 1000
    lines.step()
    assert told == []


@pytest.mark.parametrize(
    ("speed", "words"),
    [(6.13, "6.1 a second"), (1, "1.0 a second"), (0.2, "12.0 a minute"), (0.001, "0.1 a minute")],
)
def test_rates(speed, words):
    assert rate_in_words(speed) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 s"), (99, "99 s"), (101, "2 min"), (1440, "24 min"), (11400, "3 h 10 min")],
)
def test_times(seconds, words):
    assert time_in_words(seconds) == words


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize(
    ("stream", "variables", "bar"),
    [
        (Terminal, {"TERM": "xterm"}, True),
        (Terminal, {"TERM": "xterm", "CI": "true"}, False),
        (Terminal, {"TERM": "dumb"}, False),
        (io.StringIO, {"TERM": "xterm", "FORCE_COLOR": "1"}, False),
    ],
)
def test_where_a_bar_is_shown(monkeypatch, stream, variables, bar):
    for name in ("CI", "TERM", "FORCE_COLOR", "NO_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "stderr", stream())
    with progress("Marking") as shown:
        shown.start(3)
        shown.step("\x1b[31m[bold]Ann")
        assert isinstance(shown, Lines) is not bar
    assert (sys.stderr.getvalue() != "") is bar


STEPS = """
import time
from autograder.terminal import progress
with progress("Marking") as bar:
    bar.start(40)
    for number in range(39):
        time.sleep(0.05)
        bar.step(f"student {number}")
"""


def test_the_bar_says_what_the_first_step_waits_for(monkeypatch):
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys, "stderr", Terminal())
    with progress("Marking", TABLES_FIRST) as bar:
        bar.start(2)
        bar._progress.refresh()
        before = sys.stderr.getvalue()
        bar.step("Ann")
        bar._progress.refresh()
    assert "Marking (once: known mistakes)" in before
    assert TABLES_FIRST not in sys.stderr.getvalue().rpartition("Marking Ann")[2]


def test_tables_are_waited_for_until_all_are_kept(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    exercises = known.ASSIGNMENTS["what-the-cache-holds"]
    files = [known._file(exercise) for exercise in exercises]
    assert all(file.is_relative_to(tmp_path) for file in files)
    files[0].parent.mkdir(parents=True)
    for file in files:
        assert waited_for(["what-the-cache-holds"]) == TABLES_FIRST
        file.touch()
    assert waited_for(["what-the-cache-holds"]) == ""
    assert waited_for(["step-by-step", "what-the-cache-holds"]) == TABLES_FIRST


@pytest.mark.skipif(sys.platform != "linux", reason="needs a terminal of Linux's kind")
def test_the_bar_has_rate_and_time_left():
    ours, theirs = os.openpty()
    environment = {name: value for name, value in os.environ.items() if name != "CI"}
    environment |= {"TERM": "xterm", "COLUMNS": "120"}  # wide enough for all columns
    process = subprocess.Popen([sys.executable, "-c", STEPS], stderr=theirs, env=environment)
    os.close(theirs)
    shown = b""
    while select.select([ours], [], [], 60)[0]:
        try:
            shown += os.read(ours, 65536)
        except OSError:  # closed on the other side
            break
    os.close(ours)
    assert process.wait() == 0
    assert re.search(rb"student \d+.*\d+/40.*\d+\.\d a second.*\d:\d\d:\d\d.* left", shown)
