"""What marks depend on beside the submission: the checks, and the libraries they run with."""

from __future__ import annotations

import hashlib
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from autograder import course

# What marks and words depend on, below autograder/.
CHECKS = (
    "*.py",
    "exercises/**/*.py",
    "exercises/**/*.md",
    "sandbox/*.py",
    "grading/clean*.py",
    "grading/execute.py",
    "grading/intake.py",
    "grading/prepare.py",
    "grading/restore.py",
    "grading/versions.py",
)
# The libraries whose results and words are in a mark or in an executed notebook.
LIBRARIES = ("numpy", "h5py", "ipython", "matplotlib")


def checks_version() -> str:
    """Name the state of everything that decides marks and words."""
    package = Path(__file__).resolve().parent.parent
    paths = sorted({path for pattern in CHECKS for path in package.glob(pattern)})
    return in_one(
        *(path.read_bytes() for path in [*paths, *sorted(course.ROOT.glob("*_utils.py"))])
    )


def in_one(*parts: bytes) -> str:
    """Name several contents in one: another name for any other content."""
    state = hashlib.sha256()
    for part in parts:
        state.update(hashlib.sha256(part).digest())
    return state.hexdigest()


def versions() -> dict[str, str]:
    """List what has to be the same wherever submissions of one run are judged."""
    found = {"checks": checks_version()[:12], "Python": platform.python_version()}
    for name in LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "(not installed)"
    return found | {"processor": platform.machine()}
