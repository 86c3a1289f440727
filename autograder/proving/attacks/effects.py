"""What an attack achieved, read off everything that a run left."""

from __future__ import annotations

import contextlib
import csv
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from autograder.proving.attacks.traps import WORD, Trap

LARGEST_RESULT = 10_000_000  # bytes of an executed notebook, beyond those handed in
NEAR = 40  # characters
ACTIVE_TYPES = ("text/html", "application/javascript", "image/svg+xml", "text/latex")
ACTIVE_TAGS = ("script", "iframe", "object", "embed", "base", "meta", "link", "form", "svg")
FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass
class Outcome:
    """What one attack achieved.

    Attributes
    ----------
    attack : str
        Its name.
    effects : list of str
        What it got, in words; empty if it got nothing.
    state, reason : str
        How the autograder ended with this submission.
    score : float or None
        The points of its notebook.
    reached : bool
        Whether its turn came; if not, nothing is known of it.
    """

    attack: str
    effects: list[str] = field(default_factory=list)
    state: str = ""
    reason: str = ""
    score: float | None = None
    reached: bool = True


def texts_of(folder: Path, pattern: str = "*") -> Iterable[str]:
    """Read all files of a folder; what is no text is read as far as it goes."""
    for path in sorted(folder.rglob(pattern)):
        if path.is_file() and not path.is_symlink():
            with contextlib.suppress(OSError):
                yield path.read_bytes().decode("utf-8", "replace")


def words_in(texts: Iterable[str]) -> set[str]:
    """Find planted words."""
    return {word for text in texts for word in WORD.findall(text)}


def cells_of(notebook: Path) -> list[Any]:
    """Read the cells of an executed notebook, or none if there is none."""
    with contextlib.suppress(OSError, ValueError, KeyError):
        return list(json.loads(notebook.read_text(encoding="utf-8"))["cells"])
    return []


def outputs_by_trap(cells: Iterable[Any], traps: Iterable[Trap]) -> dict[str, str]:
    """Map each attack's name to the outputs that it can have made."""
    traps = list(traps)
    found = {trap.attack.name: "" for trap in traps}
    for cell in cells:
        outputs = json.dumps(cell.get("outputs", []), ensure_ascii=False)
        source = "".join(cell.get("source", ""))
        own = [t for t in traps if t.marker in source or _checks(cell, t)]
        for trap in own or traps:
            found[trap.attack.name] += outputs
    return found


def _checks(cell: Mapping[str, Any], trap: Trap) -> bool:
    return str(_id_of(cell)).partition("-")[2] == trap.attack.where


def _id_of(cell: Mapping[str, Any]) -> Any:
    nbgrader = cell.get("metadata", {}).get("nbgrader", {})
    return nbgrader.get("grade_id", "") if isinstance(nbgrader, dict) else ""


def active_outputs(cells: Iterable[Any], trap: Trap) -> list[str]:
    """List the kinds of output that a page would bring to life."""
    kinds = {
        kind
        for cell in cells
        for output in cell.get("outputs", [])
        for kind, data in output.get("data", {}).items()
        if kind in ACTIVE_TYPES and trap.marker in json.dumps(data)
    }
    return [f"left {kind} in the executed notebook" for kind in sorted(kinds)]


class _Live(HTMLParser):
    """Finds what runs by itself in a page and carries the marker."""

    def __init__(self, marker: str) -> None:
        super().__init__()
        self.marker, self.found = marker, set[str]()
        self._inside = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Look at a tag's attributes."""
        self._inside = tag if tag in ("script", "style") else ""
        values = " ".join(value or "" for _, value in attrs)
        if self.marker not in values:
            return
        handlers = [n for n, v in attrs if n.startswith("on") and self.marker in (v or "")]
        calls = [n for n, v in attrs if "script:" in (v or "").lower().replace("\t", "")]
        if tag in ACTIVE_TAGS or handlers or calls:
            self.found.add(f"<{tag}{' ' + handlers[0] if handlers else ''}>")

    def handle_data(self, data: str) -> None:
        """Look at a script's text."""
        if self._inside and self.marker in data:
            self.found.add(f"<{self._inside}>")

    def handle_endtag(self, tag: str) -> None:
        """Leave a script."""
        self._inside = ""


def live_in_pages(folder: Path, marker: str) -> list[str]:
    """List what would run in the pages of a folder."""
    found: set[str] = set()
    for path in folder.rglob("*.html"):
        text = path.read_text(encoding="utf-8", errors="replace")
        if marker in text:
            reader = _Live(marker)
            reader.feed(text)
            found |= reader.found
    return [f"put {one} into a page, live" for one in sorted(found)]


def too_large(executed: Path, handed_in: Path) -> list[str]:
    """Say whether an executed notebook is far larger than what was handed in."""
    if not executed.is_file():
        return []
    before = sum(path.stat().st_size for path in handed_in.rglob("*.ipynb") if path.is_file())
    size = executed.stat().st_size
    return [f"made a notebook of {size / 1e6:.0f} MB"] if size - before > LARGEST_RESULT else []


def sends_escapes(printed: str, marker: str) -> bool:
    """Say whether escape codes stand right beside the marker."""
    near = re.compile(rf"\x1b[^\n]{{0,{NEAR}}}{marker}|{marker}[^\n]{{0,{NEAR}}}\x1b")
    return near.search(printed) is not None


def formulas_in(table: Path) -> list[str]:
    """List the cells of a CSV file that a spreadsheet would compute."""
    if not table.is_file():
        return []
    with table.open(encoding="utf-8", newline="") as file:
        return [cell for row in csv.reader(file) for cell in row if cell.startswith(FORMULA)]
