"""Put right what happened to a submission's cells: lost, doubled, stripped, moved or changed."""

from __future__ import annotations

import copy
import re
from bisect import bisect_left
from functools import lru_cache
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbgrader.preprocessors import NbGraderPreprocessor
from nbgrader.utils import compute_checksum, is_grade, is_locked, is_solution

from autograder.grading.intake import Unreadable, clean_cells
from autograder.grading.whose import not_ours

REMARKS = "autograder_remarks"
NAMED = 3  # so many cells a remark names


class RestoreCells(NbGraderPreprocessor):  # type: ignore[misc]
    """nbgrader's step that holds a submission against what was released."""

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Restore the cells and leave remarks in the notebook's metadata."""
        where = resources["nbgrader"]
        coursedir = self.parent.parent.coursedir
        folder = coursedir.format_path(coursedir.release_directory, ".", where["assignment"])
        path = Path(folder) / f"{where['notebook']}.ipynb"
        released = nbformat.read(path, as_version=4)
        nb.cells = clean_cells(nb.cells)
        if reason := not_ours(nb, released, where["assignment"]):
            raise Unreadable(f"{path.name} {reason}")
        nb.metadata = nbformat.from_dict({REMARKS: restore_cells(nb, released)})
        nb.nbformat, nb.nbformat_minor = 4, 5
        return nb, resources


def restore_cells(submitted: NotebookNode, released: NotebookNode) -> list[str]:
    """Match a submission's cells to the released ones, in place.

    Parameters
    ----------
    submitted, released : NotebookNode
        What came in, as `clean_cells` gives it, and what went out.

    Returns
    -------
    remarks : list of str
        One sentence for each kind of thing that was put right.
    """
    return _Restoring(submitted, released).restore()


class _Restoring:
    """One submission on its way back to the released cells.

    `found` maps each released cell's name to the submitted cell that stands for it.
    """

    def __init__(self, submitted: NotebookNode, released: NotebookNode) -> None:
        self.submitted = submitted
        self.wanted = {_grade_id(cell): cell for cell in released.cells if _grade_id(cell)}
        pairs = zip(released.cells, released.cells[1:], strict=False)
        # The text right before a graded cell names a written question.
        self.prompts = {_grade_id(cell): _bare(before.source) for before, cell in pairs}
        self.found: dict[str, NotebookNode] = {}
        self.doubled: list[str] = []
        self.remarks: list[str] = []

    def restore(self) -> list[str]:
        self._find_by_name()
        self._find_by_text()
        elsewhere = self._elsewhere()
        self._compare()
        self._insert_missing()
        early = self._checks_behind_exercises()
        moved = [name for name in elsewhere if name not in early]
        self._say("{} stood before {its} exercise and {was} moved behind it.", early)
        self._say("{} {stands} elsewhere than released.", moved)
        return self.remarks

    def _say(self, sentence: str, names: list[str]) -> None:
        if not names:
            return
        one = len(names) == 1
        cells = f"The cell{'' if one else 's'} {', '.join(names)}"
        if len(names) > NAMED:
            cells = f"{len(names)} cells ({names[0]}, {names[1]}, …)"
        words = {"was": "was" if one else "were", "its": "its" if one else "their"}
        words["stands"] = "stands" if one else "stand"
        self.remarks.append(sentence.format(cells, **words))

    def _find_by_name(self) -> None:
        """Match by nbgrader's metadata; of several cells with one name, one is chosen."""
        same: dict[str, list[NotebookNode]] = {}
        for cell in self.submitted.cells:
            name = _grade_id(cell)
            if name in self.wanted:
                same.setdefault(name, []).append(cell)
            else:
                cell.metadata.pop("nbgrader", None)
        for name, cells in same.items():
            self.found[name] = cells[0] if len(cells) == 1 else self._chosen(name, cells)
        self._say("{} {was} there more than once.", self.doubled)

    def _chosen(self, name: str, cells: list[NotebookNode]) -> NotebookNode:
        self.doubled.append(name)
        released = self.wanted[name]
        written = [c for c in cells if _bare(c.source) != _bare(released.source)]
        chosen = cells[0]
        if is_solution(released) and written:
            # Python keeps the last definition, and so does the marking.
            chosen = next(
                (c for c in reversed(written) if name in _defined(c, [name])), written[-1]
            )
            # A copy in which nothing was written would undo the other's definition.
            empty = {id(c) for c in cells} - {id(c) for c in written}
            self.submitted.cells = [c for c in self.submitted.cells if id(c) not in empty]
        for cell in cells:
            if cell is not chosen:
                cell.metadata.pop("nbgrader", None)
        return chosen

    def _find_by_text(self) -> None:
        """Match what has lost its metadata by function name and text."""
        taken = {id(cell) for cell in self.found.values()}
        lost = [name for name in self.wanted if name not in self.found]
        defining: dict[str, NotebookNode] = {}
        same_text: dict[str, NotebookNode] = {}
        after: dict[str, NotebookNode] = {}
        before = ""
        for cell in self.submitted.cells if lost else ():
            text = _bare(cell.source)
            if id(cell) not in taken and cell.cell_type == "code":
                defining |= dict.fromkeys(_defined(cell, lost), cell)
                same_text.setdefault(text, cell)
            elif id(cell) not in taken:
                after.setdefault(before, cell)
            before = text
        recovered = []
        for name in lost:
            released = self.wanted[name]
            if is_grade(released) and is_solution(released):
                cell = after.get(self.prompts[name])
            elif is_solution(released):
                cell = defining.get(name)
            else:
                cell = same_text.get(_bare(released.source))
            if cell is not None and all(cell is not other for other in self.found.values()):
                self.found[name] = cell
                recovered.append(name)
        self._say(
            "{} had lost nbgrader's metadata and {was} found again by name and text.", recovered
        )

    def _elsewhere(self) -> list[str]:
        """Name the cells that were moved: those beside the longest row in released order."""
        names = {id(cell): name for name, cell in self.found.items()}
        if any(self._from_older_release(name) for name in self.found):
            return []  # where they stood may have been right
        order = [names[id(cell)] for cell in self.submitted.cells if id(cell) in names]
        stay = _longest_rising([list(self.wanted).index(name) for name in order])
        return [
            name for at, name in enumerate(order) if at not in stay and name not in self.doubled
        ]

    def _from_older_release(self, name: str) -> bool:
        """Tell whether a cell differs from what was released, but as another release had it."""
        cell, released = self.found[name], self.wanted[name]
        checksum = cell.metadata.get("nbgrader", {}).get("checksum")
        # Mostly it is the very cell that was released, for which nothing need be worked out.
        if checksum is None or checksum == released.metadata.nbgrader.get("checksum"):
            return False
        try:
            whole = bool(checksum == compute_checksum(cell) and is_locked(cell))
        except KeyError:  # the metadata is not whole
            return False
        return whole and bool(checksum != compute_checksum(released))

    def _compare(self) -> None:
        """Give found cells the released metadata and kind; an answer's text stays."""
        changed, points, kind = [], [], []
        for name, cell in self.found.items():
            released = self.wanted[name]
            same_text = _bare(cell.source) == _bare(released.source)
            if not self._from_older_release(name):
                if cell.cell_type != released.cell_type:
                    kind.append(name)
                elif is_locked(released) and not same_text:
                    changed.append(name)
                if _points(cell) not in (None, _points(released)):
                    points.append(name)
            _become(cell, released)
            if same_text or is_locked(released):
                cell.source = released.source
        self._say("{} {was} changed and {was} put back as released.", changed)
        self._say("{} {was} turned from code to text, or back, and {was} turned again.", kind)
        self._say("{} had other points; those released count.", points)

    def _insert_missing(self) -> None:
        """Put released cells back that are gone, each after the one before it."""
        before: NotebookNode | None = None
        missing = []
        for name, released in self.wanted.items():
            if name not in self.found and not any(
                _defined(c, [name]) for c in self.submitted.cells
            ):
                missing.append(name)
                self.found[name] = copy.deepcopy(released)
                # At the end where nothing stands before it: all that it needs is there by then.
                at = len(self.submitted.cells) if before is None else self._at(before) + 1
                self.submitted.cells.insert(at, self.found[name])
            before = self.found.get(name, before)
        self._say("{} {was} missing and {was} put back as released.", missing)

    def _at(self, cell: NotebookNode) -> int:
        return next(i for i, other in enumerate(self.submitted.cells) if other is cell)

    def _checks_behind_exercises(self) -> list[str]:
        """Move a check that stands before the function it checks to right behind it."""
        cells = self.submitted.cells
        last = {name: cell for cell in cells for name in _defined(cell, list(self.wanted))}
        moved = []
        for check in self.wanted:
            kind, _, name = check.partition("-")
            if kind in ("check", "hidden") and name in last:
                cell = self.found[check]
                if self._at(cell) < self._at(last[name]):
                    cells.pop(self._at(cell))
                    cells.insert(self._at(last[name]) + 1, cell)
                    moved.append(check)
        return moved


def _grade_id(cell: NotebookNode) -> str:
    return str(cell.metadata.get("nbgrader", {}).get("grade_id", ""))


def _points(cell: NotebookNode) -> float | None:
    points = cell.metadata.get("nbgrader", {}).get("points")
    return None if points is None else float(points)


def _bare(text: str) -> str:
    """Give a text without what editors change unasked: blanks at ends of lines and around."""
    return "\n".join(line.rstrip() for line in text.strip().splitlines())


def _defined(cell: NotebookNode, names: list[str]) -> set[str]:
    """List which of some functions a cell defines, at any depth of indentation."""
    if cell.cell_type != "code" or not names:
        return set()
    return {a or b for a, b in _definition_of(tuple(names)).findall(cell.source)}


@lru_cache(maxsize=64)
def _definition_of(names: tuple[str, ...]) -> re.Pattern[str]:
    one_of = "|".join(map(re.escape, names))
    pattern = rf"^[ \t]*+(?:def[ \t]++({one_of})[ \t]*+\(|({one_of})[ \t]*+=(?!=))"
    return re.compile(pattern, re.MULTILINE)


def _become(cell: NotebookNode, released: NotebookNode) -> None:
    """Give a found cell the released metadata and kind."""
    cell.metadata = copy.deepcopy(released.metadata)
    if cell.cell_type == released.cell_type:
        return
    cell.cell_type = released.cell_type
    if cell.cell_type == "code":
        cell.outputs, cell.execution_count = [], None
        cell.pop("attachments", None)
    else:
        cell.pop("outputs", None)
        cell.pop("execution_count", None)


def _longest_rising(numbers: list[int]) -> set[int]:
    """Give the positions of the longest rising row of different numbers."""
    ends: list[int] = []  # the smallest end of a row of each length
    places: list[int] = []
    before: list[int | None] = []
    for at, number in enumerate(numbers):
        length = bisect_left(ends, number)
        before.append(places[length - 1] if length else None)
        ends[length:] = [number, *ends[length + 1 :]]
        places[length:] = [at, *places[length + 1 :]]
    row: set[int] = set()
    at_last = places[-1] if places else None
    while at_last is not None:
        row.add(at_last)
        at_last = before[at_last]
    return row
