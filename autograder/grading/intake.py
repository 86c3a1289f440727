"""Read what students handed in, whatever it is: bounded in time and memory, trusting nothing."""

from __future__ import annotations

import hashlib
import json
import os
import re
import stat
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

from autograder.grading.clean import clean_text
from autograder.grading.clean_markdown import clean_attachments
from autograder.grading.misplaced import misplaced, strangers, without_notebook
from autograder.words import counted

LARGEST_NOTEBOOK = 50_000_000  # bytes; one with honest plots has less than one million
MOST_PARTS = 1_000_000  # of a file's JSON, each of which may take 200 bytes of memory
MOST_CELLS = 2_000
LARGEST_TEXT = 5_000_000  # characters of all cells together
LARGEST_FILE = 20_000_000  # of other files
LARGEST_FILES = 30_000_000  # together
MOST_FILES = 200
MOST_ENTRIES = 5_000  # files and folders, with those that are passed by
DEEPEST_FOLDER = 8
LONGEST_NAME = 60  # of a name in a reason
STRING = re.compile(rb'"(?:[^"\\]++|\\.?)*+"?', re.DOTALL)  # of JSON, closed or not
ASK_AGAIN = "open it, clear its outputs, save it, and grade again."
# What a cell's metadata may say about nbgrader; anything else is nobody's.
NBGRADER: dict[str, tuple[type, ...]] = {
    "grade_id": (str,), "checksum": (str,), "cell_type": (str,), "schema_version": (int,),
    "points": (int, float), "grade": (bool,), "solution": (bool,), "locked": (bool,),
    "task": (bool,),
}  # fmt: skip


class Unreadable(Exception):
    """The file is no notebook; the text says why."""


@dataclass
class HandedIn:
    """What lies in one submission's folder, before any of it is understood.

    Attributes
    ----------
    state : str
        ``ready``, ``missing`` or ``needs a human``.
    reason : str
        One line, where it isn't ready.
    remarks : list of str
        What was put right on the way.
    name : str
        The notebook's file name.
    content : bytes
        The notebook's bytes.
    files : dict
        The other files' bytes, by their path relative to the notebook.
    """

    state: str
    reason: str = ""
    remarks: list[str] = field(default_factory=list)
    name: str = ""
    content: bytes = b""
    files: dict[str, bytes] = field(default_factory=dict)

    def digest(self) -> str:
        """Give a name that changes with everything that was read."""
        parts = {"": self.reason.encode(), self.name: self.content, **self.files}
        state = hashlib.sha256("\n".join(self.remarks).encode("utf-8", "replace"))
        for name, content in sorted(parts.items()):
            state.update(hashlib.sha256(name.encode("utf-8", "surrogateescape")).digest())
            state.update(hashlib.sha256(content).digest())
        return state.hexdigest()


def take_in(submitted: Path, name: str, known: Collection[str] = ()) -> HandedIn:
    """Find a submission's notebook and read it and the files beside it.

    Parameters
    ----------
    submitted : Path
        The student's folder for this assignment; it is only read.
    name : str
        The notebook's name as released, without ``.ipynb``.
    known : collection of str
        The folders of other assignments, which are passed by.
    """
    try:
        found = _take_in(submitted, name)
        if found.state == "missing":
            names = {name, *known}
            if elsewhere := misplaced(strangers(str(submitted.parent), names), name, names):
                return HandedIn("needs a human", elsewhere.reason)
        return found
    except Unreadable as problem:
        return HandedIn("needs a human", str(problem))
    except OSError as error:
        return HandedIn("needs a human", f"The folder can't be read: {error.strerror}.")


def _take_in(submitted: Path, name: str) -> HandedIn:
    for place in (submitted.parent, submitted):
        if place.is_symlink():
            return HandedIn("needs a human", f"{_shown(place)} is a link: put the folder there.")
    if not submitted.is_dir():
        return HandedIn("missing", "Nothing was handed in.")
    found = _list(submitted)
    notebooks = [path for path in found if path.suffix.lower() == ".ipynb"]
    wanted = submitted / f"{name}.ipynb"
    remarks = []
    if os.path.lexists(wanted):
        chosen = wanted
    else:
        candidates = [p for p in notebooks if p.parent == submitted] or notebooks
        if not candidates and (reason := without_notebook(found, name)):
            return HandedIn("needs a human", reason)
        if not candidates:
            return HandedIn("missing", f"The folder holds no notebook {name}.ipynb.")
        if len(candidates) > 1:
            names = ", ".join(_shown(path) for path in candidates[:3])
            more = f" and {n} more" if (n := len(candidates) - 3) > 0 else ""
            return HandedIn("needs a human", f"Which of these is {name}.ipynb? {names}{more}")
        [chosen] = candidates
        if chosen.parent != submitted:
            remarks.append(f"The notebook lay in the folder {_shown(chosen.parent)}.")
        if chosen.name != wanted.name:
            remarks.append(f"The notebook was named {_shown(chosen)}.")
    content = _read_regular(chosen, LARGEST_NOTEBOOK)
    files, left_out = _others([path for path in found if path not in notebooks], chosen.parent)
    if left_out:
        remarks.append(f"{counted(left_out, 'file')} beside the notebook could not be taken along.")
    return HandedIn("ready", "", remarks, chosen.name, content, files)


def _shown(path: Path) -> str:
    return clean_text(path.name, LONGEST_NAME)


def _list(folder: Path) -> list[Path]:
    """List files below a folder, in order; hidden ones and caches are passed by."""
    files, waiting, seen = [], [(folder, 0)], 0
    while waiting:
        here, depth = waiting.pop()
        with os.scandir(here) as entries:
            for entry in entries:
                seen += 1
                if seen > MOST_ENTRIES:
                    raise Unreadable(f"The folder holds more than {MOST_ENTRIES} files.")
                if entry.name.startswith((".", "__pycache__", "__MACOSX")):
                    continue
                if not entry.is_dir(follow_symlinks=False):
                    files.append(Path(entry.path))
                elif depth < DEEPEST_FOLDER:
                    waiting.append((Path(entry.path), depth + 1))
    return sorted(files)


def _read_regular(path: Path, most: int) -> bytes:
    """Read a file that is one; a pipe or a device could keep us waiting for ever."""
    shown = _shown(path)
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        if path.is_symlink():
            raise Unreadable(f"{shown} is a link, not a file.") from None
        raise Unreadable(f"{shown} can't be opened: {error.strerror}.") from None
    try:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise Unreadable(f"{shown} is not a file.")
        if found.st_size > most:
            size = found.st_size / 1e6
            raise Unreadable(f"{shown} is too large to be read ({size:.0f} MB): {ASK_AGAIN}")
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            return file.read(most)
    finally:
        os.close(descriptor)


def _others(paths: list[Path], base: Path) -> tuple[dict[str, bytes], int]:
    """Read what a notebook may need beside it; links and giants stay behind."""
    files: dict[str, bytes] = {}
    left_out, size = 0, 0
    for path in paths:
        if not path.is_relative_to(base) or path.suffix == ".pyc":
            continue
        name = path.relative_to(base).as_posix()
        try:
            if len(files) == MOST_FILES or not name.isprintable():
                raise Unreadable
            if path.lstat().st_nlink > 1:  # the same file may be somebody else's
                raise Unreadable
            content = _read_regular(path, min(LARGEST_FILE, LARGEST_FILES - size))
        except (Unreadable, OSError):
            left_out += 1
            continue
        files[name] = content
        size += len(content)
    return files, left_out


def read_notebook(name: str, content: bytes) -> NotebookNode:
    """Read a notebook of any age and shape as clean nbformat 4, without outputs.

    Raises
    ------
    Unreadable
        If there is no notebook in it.
    """
    try:
        return _read_notebook(content)
    except Unreadable as problem:
        raise Unreadable(f"{clean_text(name, LONGEST_NAME)} {problem}") from None


def _read_notebook(content: bytes) -> NotebookNode:
    raw = _load_json(content)
    if not isinstance(raw, dict) or not isinstance(raw.get("nbformat"), int):
        raise Unreadable("is JSON, but not a notebook.")
    try:
        if raw["nbformat"] < 4:
            raw = nbformat.convert(nbformat.from_dict(raw | {"nbformat_minor": 0}), 4)
        cells = raw["cells"]
        if not isinstance(cells, list):
            raise TypeError
        if len(cells) > MOST_CELLS:
            raise Unreadable(f"holds {len(cells)} cells: is it the right file?")
        cleaned = clean_cells(cells)
    except Unreadable:
        raise
    except Exception as error:  # whatever a made-up file makes nbformat stumble over
        raise Unreadable("is not a notebook that can be read; ask for it again.") from error
    if not cleaned:
        raise Unreadable("holds no cells.")
    if (size := sum(len(cell.source) for cell in cleaned)) > LARGEST_TEXT:
        raise Unreadable(f"has {size / 1e6:.0f} MB of text in its cells: is it the right file?")
    # Of the notebook's own metadata nothing is needed: the kernel is the released one.
    # Not `new_notebook`, which would hold against its schema what was built here.
    return NotebookNode(nbformat=4, nbformat_minor=5, metadata=NotebookNode(), cells=cleaned)


def _load_json(content: bytes) -> Any:
    if not content:
        raise Unreadable("is empty (0 bytes).")
    if _too_many_parts(content):
        raise Unreadable(f"is too large to be read ({len(content) / 1e6:.0f} MB): {ASK_AGAIN}")
    try:
        return json.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise Unreadable(f"is not UTF-8 text (byte {error.start}).") from None
    except json.JSONDecodeError as error:
        raise Unreadable(f"is not valid JSON (line {error.lineno}: {error.msg}).") from None
    except (RecursionError, ValueError):
        why = "nested too deep, or with absurd numbers"
        raise Unreadable(f"is JSON that can't be read ({why}).") from None


def _too_many_parts(content: bytes) -> bool:
    """Bound the memory that a file's JSON takes, most of which may be texts."""

    def many(text: bytes) -> bool:
        return sum(map(text.count, (b"{", b"[", b","))) > MOST_PARTS

    quotes = content.count(b'"')
    return quotes > 4 * MOST_PARTS or (many(content) and many(STRING.sub(b"", content)))


def clean_cells(cells: list[Any]) -> list[NotebookNode]:
    """Give cells with text and nbgrader's metadata only, numbered anew."""
    cleaned = [clean for cell in cells if (clean := _clean_cell(cell))]
    for number, cell in enumerate(cleaned):
        cell["id"] = f"cell-{number:04d}"
    return [nbformat.from_dict(cell) for cell in cleaned]


def _clean_cell(cell: Any) -> dict[str, Any] | None:
    if not isinstance(cell, dict) or cell.get("cell_type") not in ("code", "markdown", "raw"):
        return None
    source = cell.get("source")
    if isinstance(source, list):
        source = "".join(line for line in source if isinstance(line, str))
    source = source if isinstance(source, str) else ""
    metadata = cell.get("metadata")
    nbgrader = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    clean: dict[str, Any] = {
        "cell_type": cell["cell_type"],
        "metadata": {"nbgrader": _tame(nbgrader)} if isinstance(nbgrader, dict) else {},
        # A lone surrogate can't be written as UTF-8.
        "source": source.encode("utf-8", "replace").decode().replace("\r\n", "\n"),
    }
    if clean["cell_type"] == "code":
        clean |= {"outputs": [], "execution_count": None}
    elif attachments := clean_attachments(cell.get("attachments")):
        clean["attachments"] = attachments
    return clean


def _tame(nbgrader: dict[Any, Any]) -> dict[str, Any]:
    tame = {k: nbgrader[k] for k, kinds in NBGRADER.items() if type(nbgrader.get(k)) in kinds}
    points = tame.get("points", 0)
    if not -1e6 < points < 1e6:  # so it is for NaN
        del tame["points"]
    return tame
