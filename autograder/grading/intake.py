"""Read what students handed in, whatever it is, and lay it out for nbgrader."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat

from autograder.grading.restore import REMARKS

LARGEST_NOTEBOOK = 100_000_000  # bytes; one with honest plots has less than one million
LARGEST_FILE = 20_000_000
MOST_FILES = 200


@dataclass
class Intake:
    """What was found of one submission.

    Attributes
    ----------
    state : str
        ``ready``, ``missing`` or ``needs a human``.
    reason : str
        One line, where it isn't ready.
    remarks : list of str
        What was put right on the way.
    """

    state: str
    reason: str = ""
    remarks: list[str] = field(default_factory=list)


class _Unreadable(Exception):
    """The file is no notebook; the text says why."""


def take_in(submitted: Path, staged: Path, name: str) -> Intake:
    """Copy one submission to where nbgrader will read it, as a clean notebook.

    Parameters
    ----------
    submitted : Path
        The student's folder for this assignment; it is only read.
    staged : Path
        Where the cleaned copy goes; what was there is replaced.
    name : str
        The notebook's name as released, without ``.ipynb``.
    """
    if not submitted.is_dir():
        return Intake("missing", "Nothing was handed in.")
    candidates = [
        p for p in sorted(submitted.glob("*.ipynb")) if p.is_file() and not p.is_symlink()
    ]
    right = [path for path in candidates if path.stem == name]
    remarks = []
    if not candidates:
        return Intake("missing", f"The folder holds no notebook {name}.ipynb.")
    if not right:
        if len(candidates) > 1:
            names = ", ".join(path.name for path in candidates)
            return Intake("needs a human", f"Which of these is {name}.ipynb? {names}")
        remarks.append(f"The notebook was named {candidates[0].name}.")
    chosen = (right or candidates)[0]
    try:
        notebook = read_notebook(chosen)
    except _Unreadable as problem:
        return Intake("needs a human", f"{chosen.name} {problem}")
    notebook["metadata"][REMARKS] = remarks
    shutil.rmtree(staged, ignore_errors=True)
    staged.mkdir(parents=True)
    _copy_others(submitted, staged)
    (staged / f"{name}.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    return Intake("ready", remarks=remarks)


def read_notebook(path: Path) -> dict[str, Any]:
    """Read a notebook of any age and shape as clean nbformat 4, without outputs."""
    raw = _load_json(path)
    if not isinstance(raw, dict) or not isinstance(raw.get("nbformat"), int):
        raise _Unreadable("is JSON, but not a notebook.")
    try:
        if raw["nbformat"] < 4:
            raw = nbformat.convert(nbformat.from_dict(raw), 4)
        cells = raw["cells"]
        if not isinstance(cells, list):
            raise TypeError
        cleaned = [cell for cell in map(_clean_cell, cells) if cell]
    except Exception as error:  # whatever a made-up file makes nbformat stumble over
        raise _Unreadable("is not a notebook that can be read; ask for it again.") from error
    if not cleaned:
        raise _Unreadable("holds no cells.")
    for number, cell in enumerate(cleaned):
        cell["id"] = f"cell-{number:04d}"
    # Of the notebook's own metadata nothing is needed: the kernel is the released one.
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cleaned}


def _load_json(path: Path) -> Any:
    size = path.stat().st_size
    if size > LARGEST_NOTEBOOK:
        raise _Unreadable(f"is too large to be read ({size / 1e6:.0f} MB).")
    if size == 0:
        raise _Unreadable("is empty (0 bytes).")
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _Unreadable(f"is not UTF-8 text (byte {error.start}).") from None
    except OSError as error:
        raise _Unreadable(f"can't be opened ({error.strerror}).") from None
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise _Unreadable(f"is not valid JSON (line {error.lineno}: {error.msg}).") from None
    except (RecursionError, ValueError):
        raise _Unreadable(
            "is JSON that can't be read (nested too deep, or with absurd numbers)."
        ) from None


def _clean_cell(cell: Any) -> dict[str, Any] | None:
    if not isinstance(cell, dict) or cell.get("cell_type") not in ("code", "markdown", "raw"):
        return None
    source = cell.get("source", "")
    if isinstance(source, list):
        source = "".join(line for line in source if isinstance(line, str))
    metadata = cell.get("metadata")
    nbgrader = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    clean: dict[str, Any] = {
        "cell_type": cell["cell_type"],
        "metadata": {"nbgrader": nbgrader} if isinstance(nbgrader, dict) else {},
        # A lone surrogate can't be written as UTF-8.
        "source": str(source).encode("utf-8", "replace").decode("utf-8"),
    }
    if clean["cell_type"] == "code":
        clean |= {"outputs": [], "execution_count": None}
    return clean


def _copy_others(submitted: Path, staged: Path) -> None:
    """Copy the other files that a notebook may read; links and giants stay behind."""
    others = [p for p in sorted(submitted.rglob("*")) if p.is_file() and p.suffix != ".ipynb"]
    for path in others[:MOST_FILES]:
        inside = path.relative_to(submitted)
        linked = any((submitted / part).is_symlink() for part in (inside, *inside.parents))
        if linked or path.stat().st_size > LARGEST_FILE:
            continue
        target = staged / inside
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
