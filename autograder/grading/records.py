"""What is known of each submission beside its marks: its state, and why."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from autograder.exercises import ASSIGNMENTS
from autograder.grading.classroom import ClassFolder
from autograder.grading.execute import VERDICT
from autograder.grading.restore import REMARKS


@dataclass
class Record:
    """One submission's state.

    Attributes
    ----------
    student, assignment : str
        Whose it is.
    state : str
        ``graded``, ``partly graded``, ``needs a human`` or ``missing``.
    reason : str
        One line: why it isn't graded, or what was put right.
    exercises : dict
        For each exercise its status and what the student was told.
    seed : int or None
        The seed of the probes it was judged with.
    """

    student: str
    assignment: str
    state: str
    reason: str = ""
    exercises: dict[str, dict[str, str]] = field(default_factory=dict)
    seed: int | None = None

    def status(self, exercise: str) -> str:
        """Give one exercise's status, which is the submission's where there was no verdict."""
        own = self.exercises.get(exercise, {}).get("status")
        return own or self.state

    def mistake(self, exercise: str) -> str:
        """Name what one exercise's answer agrees with, if anything."""
        return self.exercises.get(exercise, {}).get("mistake", "")


def _record_path(folder: ClassFolder, student: str, assignment: str) -> Path:
    return folder.path / ".autograder" / "records" / student / f"{assignment}.json"


def autograded_path(folder: ClassFolder, student: str, assignment: str) -> Path:
    """Give the path of the executed notebook."""
    return folder.path / "autograded" / student / assignment / f"{assignment}.ipynb"


def save_record(folder: ClassFolder, record: Record) -> None:
    """Write a record whole or not at all."""
    path = _record_path(folder, record.student, record.assignment)
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps(asdict(record), ensure_ascii=False, indent=1), encoding="utf-8")
    fresh.replace(path)


def load_record(folder: ClassFolder, student: str, assignment: str) -> Record:
    """Read a submission's record; one marked by nbgrader alone is read off its notebook."""
    path = _record_path(folder, student, assignment)
    notebook = autograded_path(folder, student, assignment)
    by_nbgrader = notebook.is_file() and (
        not path.is_file() or notebook.stat().st_mtime > path.stat().st_mtime
    )
    if by_nbgrader:
        return record_from_notebook(folder, student, assignment)
    if path.is_file():
        return Record(**json.loads(path.read_text(encoding="utf-8")))
    if (folder.path / "submitted" / student / assignment).is_dir():
        return Record(student, assignment, "needs a human", "Not graded yet: run autograder grade.")
    return Record(student, assignment, "missing", "Nothing was handed in.")


def record_from_notebook(folder: ClassFolder, student: str, assignment: str) -> Record:
    """Gather the verdicts that an executed notebook carries."""
    path = autograded_path(folder, student, assignment)
    notebook = json.loads(path.read_text(encoding="utf-8"))
    verdicts = [c["metadata"][VERDICT] for c in notebook["cells"] if VERDICT in c["metadata"]]
    exercises = {
        exercise.name: _judged([v for v in verdicts if v["exercise"] == exercise.name])
        for exercise in ASSIGNMENTS[assignment]
    }
    reasons = list(notebook["metadata"].get(REMARKS, []))
    state = "graded"
    for one in exercises.values():
        if one["status"] == "partly graded":
            state, reasons = "partly graded", [*reasons, one["reason"]]
            break
    seeds = [v["seed"] for v in verdicts if v["seed"] is not None]
    reason = " ".join(reasons)
    return Record(student, assignment, state, reason, exercises, seeds[0] if seeds else None)


def _judged(verdicts: list[dict[str, Any]]) -> dict[str, str]:
    """Sum up the visible and the hidden verdict of one exercise."""
    told = {"hidden" if v["hidden"] else "visible": v["words"] for v in verdicts}
    # The hidden check has seen more, so what it names comes first.
    named = [n for v in sorted(verdicts, key=lambda v: not v["hidden"]) for n in v["mistakes"]]
    told["mistake"] = "; ".join(dict.fromkeys(named))
    unreached = [v["words"] for v in verdicts if not v.get("reached", True)]
    if unreached:
        return told | {"status": "partly graded", "reason": unreached[0]}
    blank = bool(verdicts) and all(v["blank"] for v in verdicts)
    return told | {"status": "blank" if blank else "graded"}
