"""Where the course's own files lie, and which of them students get."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from autograder.errors import SourceError

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ROOT / "notebooks" / "source"
NOTEBOOKS = ROOT / "notebooks"
CHECKS = ROOT / "datasets" / "checks.h5"
# The path through the course; an assignment that is not named here comes last.
ORDER = (
    "step-by-step",
    "application",
    "optimization",
    "two-apis",
    "what-the-cache-holds",
    "find-the-bug",
)
# The first line of a given cell that takes long and that no exercise needs.
NOT_RUN = "# Not run when your work is marked."
# What a student's folder holds beside notebooks and their figures.
LEARNER_FILES = (
    "requirements.txt",
    "notebooks/README.md",
    "dnn_utils.py",
    "opt_utils.py",
    "data_utils.py",
    "autograder/__init__.py",
    "autograder/check.py",
    "autograder/calling.py",
    "autograder/clock.py",
    "autograder/plain_data.py",
    "autograder/comparing.py",
    "autograder/contract.py",
    "autograder/findings.py",
    "autograder/signatures.py",
    "autograder/traces.py",
    "autograder/diagnosis.py",
    "autograder/number_patterns.py",
    "autograder/patterns.py",
    "autograder/hints.py",
    "datasets/checks.h5",
)
FIGURE = re.compile(r"\]\((figures/[\w-]+\.svg)\)")
# Data sets are large, so that an assignment gets those that its source loads by name, be it in
# code or in prose: load_images("cats"). Without a name it is the loader's default.
DATA_SETS = {
    "cats": ("datasets/train_catvnoncat.h5", "datasets/test_catvnoncat.h5"),
    "daynight": ("datasets/train_daynight.h5", "datasets/test_daynight.h5"),
    **{name: (f"datasets/{name}.h5",) for name in ("moons", "circles", "spirals", "flower")},
}
# The general network, finished: for those notebooks only that use it, as it has the answers.
NETWORK = "dnn_app_utils.py"
LOADERS = {"load_images": "cats", "load_kinds": "cats", "load_dataset": "moons"}
LOADED = re.compile(rf"\b({'|'.join(LOADERS)})\((?:\s*(?:name\s*=\s*)?([\"'])(.*?)\2)?")


def assignments() -> list[str]:
    """List the assignments that have a source, in the order of the course."""
    names = in_order(path.stem for path in SOURCES.glob("*.md"))
    if not names:
        raise SourceError(
            f"No notebook sources in {SOURCES}: run autograder from the course's own checkout, "
            "installed by `pip install -e '.[instructor]'`."
        )
    return names


def in_order(names: Iterable[str]) -> list[str]:
    """Sort assignments as the course has them."""
    return sorted(
        names, key=lambda name: (ORDER.index(name) if name in ORDER else len(ORDER), name)
    )


def learner_files(assignment: str) -> list[str]:
    """List what a student needs beside the notebook, as paths below the course's root."""
    text = (SOURCES / f"{assignment}.md").read_text(encoding="utf-8")
    figures = [f"notebooks/{name}" for name in dict.fromkeys(FIGURE.findall(text))]
    network = [NETWORK] if f"from {Path(NETWORK).stem} import" in text else []
    wanted = [*LEARNER_FILES, *network, *_data_files(text), *figures]
    missing = [name for name in wanted if not (ROOT / name).is_file()]
    if missing:
        raise SourceError(f"{assignment} needs files that are not there: {', '.join(missing)}.")
    return wanted


def _data_files(text: str) -> list[str]:
    """List the files of the data sets that a source loads; a path of a learner's own is none."""
    names = {name or LOADERS[loader] for loader, _, name in LOADED.findall(text)}
    return [file for name, files in DATA_SETS.items() if name in names for file in files]


def place_for_students(name: str) -> str:
    """Say where a course file lies in a student's folder: figures beside the notebook."""
    return name.removeprefix("notebooks/")
