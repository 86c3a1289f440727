"""The ways to mark one class that `make bench` sets side by side."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from autograder import course
from autograder.errors import BenchError
from autograder.grading.classroom import CONFIG_NAME, ClassFolder
from autograder.proving.crowd import leave_to_nbgrader, make_crowd

BIN = Path(sys.executable).parent
SEED = "1"  # of the probes: every round has the same work
INCOMPLETE = 6  # exit code: done, and some submissions need a human
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}


class Class:
    """A class on disk that can be brought back to where nobody was marked.

    Parameters
    ----------
    path : Path
        Where it is made.
    assignment : str
        Its one assignment.
    students : int
        How many have handed in.
    seed : int
        Whose answers they are.
    """

    def __init__(self, path: Path, assignment: str, students: int, seed: int) -> None:
        self.folder = make_crowd(path, assignment, students, seed)
        self.assignment, self.students = assignment, students
        self._config = (path / CONFIG_NAME).read_text(encoding="utf-8")
        self.gradebook = (path / "gradebook.db").read_bytes()

    def reset(self) -> ClassFolder:
        """Undo all marking."""
        for name in ("autograded", "feedback", ".autograder"):
            shutil.rmtree(self.folder.path / name, ignore_errors=True)
        (self.folder.path / CONFIG_NAME).write_text(self._config, encoding="utf-8")
        (self.folder.path / "gradebook.db").write_bytes(self.gradebook)
        return self.folder

    def marked(self) -> int:
        """Count the submissions whose marks are in the gradebook."""
        from nbgrader.api import Assignment, Grade, SubmittedAssignment, SubmittedNotebook

        with self.folder.gradebook() as gradebook:
            return int(
                gradebook.db.query(SubmittedAssignment.id)
                .join(Assignment, Assignment.id == SubmittedAssignment.assignment_id)
                .join(SubmittedNotebook, SubmittedNotebook.assignment_id == SubmittedAssignment.id)
                .join(Grade, Grade.notebook_id == SubmittedNotebook.id)
                .filter(Assignment.name == self.assignment, Grade.auto_score.is_not(None))
                .distinct()
                .count()
            )


@dataclass(frozen=True)
class Way:
    """One way to mark.

    Attributes
    ----------
    name : str
        What tables call it.
    about : str
        What it does, and what it leaves out.
    command : callable
        Gives the command for a class that is reset.
    most : int
        The largest class it is tried on, unless asked for more: the slow would take days.
    why_not : callable
        Says why it can't be tried here; nothing if it can.
    saves : bool
        Whether marks are in the gradebook afterwards.
    codes : tuple of int
        Exit codes of a run that did its work.
    """

    name: str
    about: str
    command: Callable[[Class], list[str]]
    most: int
    why_not: Callable[[], str] = lambda: ""
    saves: bool = True
    codes: tuple[int, ...] = (0,)

    def run_up(self, one: Class) -> list[str]:
        """Bring the class to its beginning and give the command that marks it."""
        one.reset()
        return self.command(one)


def _bare(*options: str) -> Callable[[Class], list[str]]:
    module = [sys.executable, "-P", "-m", "autograder.proving.bare"]
    return lambda one: [*module, str(one.folder.path), one.assignment, *options]


def _arguments(one: Class) -> list[str]:
    return [str(one.folder.path), one.assignment, "--seed", SEED]


def _grade(jobs: int) -> Callable[[Class], list[str]]:
    return lambda one: [
        str(BIN / "autograder"), "grade", *_arguments(one), "--jobs", str(jobs)
    ]  # fmt: skip


def _dask(one: Class) -> list[str]:
    return [sys.executable, "-P", "-m", "autograder.proving.with_dask", "2", *_arguments(one)]


def _no_dask() -> str:
    if importlib.util.find_spec("distributed") is None:
        return "distributed is not installed"
    told = subprocess.run(
        [str(BIN / "autograder"), "grade", "--help"], capture_output=True, text=True, check=False
    )
    return "" if "--scheduler" in told.stdout else "autograder grade has no --scheduler"


def _nbgrader(one: Class) -> list[str]:
    leave_to_nbgrader(one.folder)
    return [str(BIN / "nbgrader"), "autograde", one.assignment]


def otter(python: Path | None, runs: int) -> Way:
    """Otter-Grader, which needs a Python of its own.

    Parameters
    ----------
    python : Path or None
        A Python with otter-grader, numpy and h5py.
    runs : int
        The largest class.
    """

    def command(one: Class) -> list[str]:
        made = one.folder.path.parent / f"otter-{one.assignment}.zip"
        script = Path(__file__).with_name("with_otter.py")
        return [str(python), str(script), str(one.folder.path), one.assignment, str(made)]

    def why_not() -> str:
        if python is None:
            return "no --otter PYTHON with otter-grader was given"
        asked = [str(python), "-c", "import otter, numpy, h5py"]
        done = subprocess.run(asked, capture_output=True, text=True, check=False)
        told = done.stderr.strip().splitlines()
        return "" if not done.returncode else f"otter can't be run: {(told or ['?'])[-1]}"

    about = (
        "`otter run`, one submission after the other, no container; the "
        "visible checks in the student's process, no hidden ones, no gradebook"
    )
    return Way("otter run", about, command, runs, why_not, saves=False)


WAYS = (
    Way(
        "bare fork",
        "the students' own cells in forks of one warm process: no check, no isolation, "
        "nothing written",
        _bare(),
        1000,
        saves=False,
    ),
    Way(
        "bare fork, checks",
        "the same cells and the visible checks, as a student runs them",
        _bare("--checks"),
        1000,
        saves=False,
    ),
    Way(
        "grade --jobs 1",
        "`autograder grade`: judged, hidden checks included, isolated, saved",
        _grade(1),
        1000,
        codes=(0, INCOMPLETE),
    ),
    Way("grade --jobs 2", "the same, two at a time", _grade(2), 1000, codes=(0, INCOMPLETE)),
    Way(
        "Dask, 2 workers",
        "the same on a Dask cluster of two worker processes, with its start and its end",
        _dask,
        1000,
        _no_dask,
        codes=(0, INCOMPLETE),
    ),
    Way(
        "nbgrader autograde",
        "nbgrader by itself, one command for the class: the visible checks in the student's "
        "kernel, the hidden ones do nothing there, no isolation; it runs those long cells, too, "
        "that the other ways pass over (`# Not run when your work is marked.`)",
        _nbgrader,
        100,
    ),
)


def versions() -> dict[str, str]:
    """Give the versions of what the ways are made of, as far as they are here."""
    names = ("numpy", "ipython", "nbgrader", "nbclient", "h5py", "distributed")
    found = {}
    for name in names:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def warm_up(path: Path, assignment: str) -> None:
    """Mark two submissions, so that no way pays for tables of known mistakes.

    Raises
    ------
    BenchError
        If they can't be marked.
    """
    if assignment not in course.assignments():
        raise BenchError(f"There is no assignment {assignment!r}.")
    one = Class(path, assignment, 2, seed=0)
    done = subprocess.run(_grade(1)(one), capture_output=True, text=True, check=False)
    if done.returncode not in (0, INCOMPLETE):
        raise BenchError(f"autograder grade failed: {done.stderr.strip()}")


def bare_forks(log: Path) -> list[float]:
    """Read the processor seconds of each fork off the log of a bare run.

    Raises
    ------
    BenchError
        If they are not there.
    """
    lines = log.read_text(encoding="utf-8").strip().splitlines()
    told = [line for line in lines if line.startswith('{"forks":')]  # Python may add a warning
    if not told:
        raise BenchError(f"The bare run gave no figures and said: {''.join(lines[-1:])[:300]}")
    forks: list[float] = json.loads(told[-1])["forks"]
    return forks
