"""What was handed in, but lies where no submission is looked for: under nearly the right name.

Only names say what something is meant for; a folder with another assignment's proper name is
left alone, whatever is in it.
"""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import islice
from pathlib import Path, PurePath

from autograder import course
from autograder.grading.clean import clean_text

MOST_LOOKED_AT = 1_000  # names in one folder
LONGEST_NAME = 60  # of a name in a reason
NEARLY = 0.85  # so alike are names of which one is a slip
ARCHIVES = (".zip", ".7z", ".rar", ".tar", ".tgz", ".gz", ".bz2", ".xz")
KINDS = (".ipynb", ".json", ".html", ".htm", ".pdf", ".py", ".txt", *ARCHIVES)
PASSED_BY = (".", "__pycache__", "__MACOSX")


@dataclass(frozen=True)
class Misplaced:
    """Something that is meant for an assignment.

    Attributes
    ----------
    path : str
        The file or folder.
    reason : str
        One line: what was found and what to do.
    """

    path: str
    reason: str


def folders_of_assignments(class_folder: Path) -> frozenset[str]:
    """Name the folders that submissions of any assignment lie in, the instructor's own too."""
    own = (path.name for path in (class_folder / "source").glob("*"))
    return frozenset([*course.assignments(), *own])


def strangers(student: str, known: Collection[str]) -> list[os.DirEntry[str]]:
    """List what lies in a student's folder beside the assignments' own folders."""
    try:
        return [entry for entry in _entries(student) if entry.name not in known]
    except FileNotFoundError:
        return []


def misplaced(
    found: Iterable[os.DirEntry[str]], assignment: str, known: Collection[str]
) -> Misplaced | None:
    """Find among `strangers` what is meant for an assignment; notebooks first."""
    names = {assignment, *known}
    for entry in sorted(found, key=lambda one: (_kind(one.name) != ".ipynb", one.name)):
        shown = clean_text(entry.name, LONGEST_NAME)
        if not entry.is_dir(follow_symlinks=False):
            if (
                _kind(entry.name) in KINDS
                and _meant(PurePath(entry.name).stem, names) == assignment
            ):
                return Misplaced(entry.path, _about_file(shown, assignment))
            continue
        inside = list(_entries(entry.path))
        meant = _meant(entry.name, names)
        if inside and meant == assignment:
            in_the_way = os.path.lexists(Path(entry.path).with_name(assignment))
            what = "put what it holds into" if in_the_way else "rename it to"
            return Misplaced(entry.path, f"Found {shown}/: {what} {assignment}/.")
        for one in inside if meant is None else ():
            notebook = _kind(one.name) == ".ipynb"
            named = _meant(PurePath(one.name).stem, names) if notebook else one.name
            if named == assignment:
                place = f"{shown}/{clean_text(one.name, LONGEST_NAME)}"
                into = f"into {assignment}/" if notebook else "one folder higher"
                return Misplaced(entry.path, f"Found {place}: move it {into}.")
    return None


def without_notebook(files: list[Path], assignment: str) -> str:
    """Say what a submission's folder holds in place of a notebook, if that is anything."""
    other = [path.name for path in files if path.name != "timestamp.txt"]
    archives = [name for name in other if _kind(name) in ARCHIVES]
    held = f"The folder holds no notebook {assignment}.ipynb"
    if not other:
        return ""
    if archives:
        return f"{held}, but {clean_text(archives[0], LONGEST_NAME)}: unpack it there."
    return f"{held}, but {clean_text(other[0], LONGEST_NAME)}: ask for the notebook."


def _about_file(shown: str, assignment: str) -> str:
    if _kind(shown) == ".ipynb":
        return f"{shown} belongs one folder deeper, in {assignment}/."
    if _kind(shown) in ARCHIVES:
        return f"Found {shown}: unpack it into {assignment}/."
    return f"Found {shown} and no notebook: ask for {assignment}.ipynb."


def _entries(folder: str) -> Iterable[os.DirEntry[str]]:
    with os.scandir(folder) as found:
        return [e for e in islice(found, MOST_LOOKED_AT) if not e.name.startswith(PASSED_BY)]


def _kind(name: str) -> str:
    return PurePath(name).suffix.lower()


def _meant(name: str, assignments: Collection[str]) -> str | None:
    """Say which assignment a name is meant for, whatever its capitals, signs and additions."""
    bare = {_bare(one): one for one in assignments}
    text = _bare(name)
    held = sorted((one for one in bare if one and one in text), key=len)
    nearly = get_close_matches(text, bare, 1, NEARLY)
    return bare[(held[-1:] or nearly)[0]] if held or nearly else None


def _bare(name: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKC", name).casefold() if c.isalnum())
