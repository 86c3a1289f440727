"""What is planted in a whole class, and how a command is run on it."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat

from autograder import course
from autograder.grading.classroom import CONFIG_NAME, ClassFolder
from autograder.proving.attacks.notebooks import ASSIGNMENT
from autograder.proving.attacks.traps import Owner, new_word, snapshot

OTHER = "aa-right"  # whose work is to be kept from the others
INTACT = (CONFIG_NAME, "source", "release", "submitted")


@dataclass
class Stage:
    """A class with planted words, before anything hostile is handed in.

    Attributes
    ----------
    path : Path
        The class folder.
    home : Path
        The grader's home.
    words : dict
        Planted words, each with the place that it gives away.
    """

    path: Path
    home: Path
    words: dict[str, str]

    def word(self, place: str) -> str:
        """Give the word planted in a place."""
        return next(word for word, name in self.words.items() if name == place)

    def places(self, pid: int) -> dict[str, str]:
        """Give the paths that attacks are told."""
        path = self.path
        return {
            "class": str(path),
            "gradebook": str(path / "gradebook.db"),
            "submitted": str(path / "submitted" / OTHER / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"),
            "autograded": str(path / "autograded" / OTHER / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"),
            "source": str(path / "source" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"),
            "config": str(path / CONFIG_NAME),
            "package": str(course.ROOT / "autograder" / "exercises"),
            "home": str(self.home),
            "shared": self.word("what another submission left"),
            "pid": str(pid),
        }

    def environment(self) -> dict[str, str]:
        """Give the grader's environment, with a secret in it."""
        tools = str(Path(sys.executable).parent)
        return {
            "PATH": os.pathsep.join([tools, "/usr/local/bin", "/usr/bin", "/bin"]),
            "HOME": str(self.home),
            "LANG": "C.UTF-8",
            "PLANTED": self.word("the grader's environment"),
        }


def plant(path: Path, home: Path) -> Stage:
    """Plant a word in everything of a class that is nobody's business."""
    places = ("the grader's environment", "the grader's home", "the configuration",
              "the source with its answers", "the gradebook", "another student's work",
              "what another submission left")  # fmt: skip
    stage = Stage(path, home, {new_word(): place for place in places})
    home.mkdir(parents=True, exist_ok=True)
    (home / "private.txt").write_text(stage.word("the grader's home"), encoding="utf-8")
    with (path / CONFIG_NAME).open("a", encoding="utf-8") as file:
        file.write(f"\n# {stage.word('the configuration')}\n")
    source = Path(stage.places(0)["source"])
    notebook = nbformat.read(source, as_version=4)
    told = f"# {stage.word('the source with its answers')}"
    notebook.cells.append(nbformat.v4.new_code_cell(told, id="planted"))
    nbformat.write(notebook, source)
    with ClassFolder(path).gradebook() as gradebook:
        name = stage.word("the gradebook")
        gradebook.update_or_create_student(OTHER, first_name=name)
    return stage


def mark_work(stage: Stage, notebook: Any) -> Any:
    """Put the word into the work of the one whose work is to be kept from others."""
    told = f"kept = {stage.word('another student' + chr(39) + 's work')!r}"
    notebook.cells.insert(1, nbformat.v4.new_code_cell(told, id="planted"))
    return notebook


@dataclass
class Report:
    """How a supervised command went."""

    code: int | None
    in_time: bool
    seconds: float
    left: list[str]
    killed: bool
    out: str
    err: str


class Command:
    """A command that waits for its start, so that its process id is known before."""

    def __init__(
        self, stage: Stage, name: str, command: list[str], seconds: float,
        owner: Owner, *, kill: bool = False,
    ) -> None:  # fmt: skip
        self._logs = [stage.home / f"{name}.{kind}" for kind in ("out", "err")]
        for log in self._logs:
            log.write_bytes(b"")
            log.chmod(0o666)
        module = [sys.executable, "-m", "autograder.proving.attacks.supervise"]
        self._process = owner.start(
            [*module, str(seconds), str(int(kill)), *map(str, self._logs), *command],
            cwd=stage.path,
            env=stage.environment(),
        )
        assert self._process.stdout is not None
        self.pid = int(self._process.stdout.readline())

    def run(self) -> Report:
        """Let it go, and wait for its end."""
        told, _ = self._process.communicate("\n")
        texts = [log.read_text(encoding="utf-8", errors="replace") for log in self._logs]
        found = json.loads(told.splitlines()[-1]) if told.strip() else {}
        nothing: dict[str, Any] = {
            "code": None,
            "in_time": False,
            "seconds": 0.0,
            "left": [],
            "killed": False,
        }
        return Report(**(nothing | found), out=texts[0], err=texts[1])


def intact(path: Path) -> dict[str, str]:
    """Describe what no marking may change in a class folder."""
    found: dict[str, str] = {}
    for name in INTACT:
        with contextlib.suppress(OSError):
            found |= snapshot(path / name)
    return found
