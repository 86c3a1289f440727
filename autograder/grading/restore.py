"""Put right what happened to a submission's cells: lost, doubled, stripped or moved."""

from __future__ import annotations

import copy
import re
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbgrader.preprocessors import NbGraderPreprocessor

REMARKS = "autograder_remarks"


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
        remarks = restore_cells(nb, released)
        nb.metadata[REMARKS] = nb.metadata.get(REMARKS, []) + remarks
        return nb, resources


def restore_cells(submitted: NotebookNode, released: NotebookNode) -> list[str]:
    """Match a submission's cells to the released ones, in place.

    Parameters
    ----------
    submitted, released : NotebookNode
        What came in, and what went out.

    Returns
    -------
    remarks : list of str
        One sentence for each thing that was put right.
    """
    wanted = {_grade_id(cell): cell for cell in released.cells if _grade_id(cell)}
    prompts = _prompts(released)
    remarks: list[str] = []
    found = _by_grade_id(submitted, wanted, remarks)
    _by_text(submitted, wanted, found, prompts, remarks)
    for grade_id, cell in found.items():
        _become(cell, wanted[grade_id])
    _insert_missing(submitted, wanted, found, remarks)
    _checks_after_exercises(submitted, wanted, found, remarks)
    return remarks


def _grade_id(cell: NotebookNode) -> str:
    nbgrader = cell.metadata.get("nbgrader")
    grade_id = nbgrader.get("grade_id") if isinstance(nbgrader, dict) else None
    return grade_id if isinstance(grade_id, str) else ""


def _by_grade_id(
    submitted: NotebookNode, wanted: dict[str, NotebookNode], remarks: list[str]
) -> dict[str, NotebookNode]:
    """Match by nbgrader's metadata; of several cells with one id, one is chosen."""
    same: dict[str, list[NotebookNode]] = {}
    for cell in submitted.cells:
        grade_id = _grade_id(cell)
        if grade_id in wanted:
            same.setdefault(grade_id, []).append(cell)
        else:
            cell.metadata.pop("nbgrader", None)
    found = {}
    for grade_id, cells in same.items():
        chosen = cells[0]
        if len(cells) > 1:
            # Python keeps the last definition, and so does the marking.
            chosen = next((c for c in reversed(cells) if _defines(c, grade_id)), chosen)
            remarks.append(f"The cell {grade_id} was there {len(cells)} times.")
            for cell in cells:
                if cell is not chosen:
                    cell.metadata.pop("nbgrader", None)
        found[grade_id] = chosen
    return found


def _by_text(
    submitted: NotebookNode,
    wanted: dict[str, NotebookNode],
    found: dict[str, NotebookNode],
    prompts: dict[str, str],
    remarks: list[str],
) -> None:
    """Match what has lost its metadata by function name and text."""
    recovered = []
    for grade_id, released in wanted.items():
        if grade_id in found:
            continue
        free = [c for c in submitted.cells if all(c is not other for other in found.values())]
        cell = _same_purpose(grade_id, released, free, submitted, prompts)
        if cell is not None:
            found[grade_id] = cell
            recovered.append(grade_id)
    if recovered:
        names = ", ".join(recovered[:3]) + (
            f" and {n} more" if (n := len(recovered) - 3) > 0 else ""
        )
        remarks.append(
            f"Cells without nbgrader's metadata were found again by their text: {names}."
        )


def _same_purpose(
    grade_id: str,
    released: NotebookNode,
    free: list[NotebookNode],
    submitted: NotebookNode,
    prompts: dict[str, str],
) -> NotebookNode | None:
    if released.metadata.nbgrader.get("grade") and released.metadata.nbgrader.get("solution"):
        after = [
            cell
            for before, cell in zip(submitted.cells, submitted.cells[1:], strict=False)
            if before.source.strip() == prompts[grade_id] and cell in free
        ]
        return after[0] if after and after[0].cell_type == "markdown" else None
    code = [cell for cell in free if cell.cell_type == "code"]
    if released.metadata.nbgrader.get("solution"):
        return next((c for c in reversed(code) if _defines(c, grade_id)), None)
    return next((c for c in code if c.source.strip() == released.source.strip()), None)


def _defines(cell: NotebookNode, name: str) -> bool:
    pattern = rf"^\s*(def\s+{re.escape(name)}\s*\(|{re.escape(name)}\s*=)"
    return cell.cell_type == "code" and re.search(pattern, cell.source, re.MULTILINE) is not None


def _prompts(released: NotebookNode) -> dict[str, str]:
    """Map each graded cell to the text right before it, which names written questions."""
    pairs = zip(released.cells, released.cells[1:], strict=False)
    return {_grade_id(cell): before.source.strip() for before, cell in pairs}


def _become(cell: NotebookNode, released: NotebookNode) -> None:
    """Give a matched cell the released metadata and kind; its text stays the student's."""
    cell.metadata = copy.deepcopy(released.metadata)
    if cell.cell_type != released.cell_type:
        cell.cell_type = released.cell_type
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
        else:
            cell.pop("outputs", None)
            cell.pop("execution_count", None)


def _position(notebook: NotebookNode, cell: NotebookNode) -> int:
    return next(i for i, other in enumerate(notebook.cells) if other is cell)


def _insert_missing(
    submitted: NotebookNode,
    wanted: dict[str, NotebookNode],
    found: dict[str, NotebookNode],
    remarks: list[str],
) -> None:
    """Put released cells back that are gone, each after the one before it."""
    before: NotebookNode | None = None
    for grade_id, released in wanted.items():
        written_elsewhere = any(_defines(cell, grade_id) for cell in submitted.cells)
        if grade_id not in found and not written_elsewhere:
            # At the end where nothing stands before it: all that the cells need is there by then.
            at = _position(submitted, before) + 1 if before is not None else len(submitted.cells)
            found[grade_id] = copy.deepcopy(released)
            submitted.cells.insert(at, found[grade_id])
            remarks.append(f"The cell {grade_id} was missing and was put back as released.")
        before = found.get(grade_id, before)


def _checks_after_exercises(
    submitted: NotebookNode,
    wanted: dict[str, NotebookNode],
    found: dict[str, NotebookNode],
    remarks: list[str],
) -> None:
    """Move a check that stands before the function it checks to right behind it."""
    for grade_id in wanted:
        kind, _, name = grade_id.partition("-")
        if kind not in ("check", "hidden") or name not in wanted:
            continue
        check = found[grade_id]
        defining = [cell for cell in submitted.cells if _defines(cell, name)]
        if defining and _position(submitted, check) < _position(submitted, defining[-1]):
            submitted.cells.pop(_position(submitted, check))
            submitted.cells.insert(_position(submitted, defining[-1]) + 1, check)
            remarks.append(
                f"The cell {grade_id} stood before its exercise and was moved behind it."
            )
