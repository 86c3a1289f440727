"""What is known of each submission beside its marks: its state, why, and what they come from.

A record is a receipt: by what it says, `autograder verify` marks once more.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from autograder.exercises import ASSIGNMENTS, EXERCISES
from autograder.grading.classroom import ClassFolder
from autograder.grading.clean import clean_text
from autograder.grading.execute import RUN, VERDICT
from autograder.grading.keys import Key
from autograder.grading.restore import REMARKS

RECORDS = ".autograder/records"
MARKED = ("graded", "partly graded")
REASONS_SHOWN = 2


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
    isolation : str
        What kept the student's code in.
    stopped : list of str
        What was stopped because it used more than it may.
    key : Key or None
        What it was made from; records of old don't say.
    unfinished : bool
        Whether it has to be made again.
    run : str
        The run that made it.
    notebook : str
        The hash of the executed notebook that it belongs to.
    points : dict
        The automatic points of each graded cell; None where a human decides.
    marked : str
        When it was made (UTC).
    doubted : list of str
        Graded cells with a mark given by hand for another answer than there is now.
    seal : str
        The hash of all the rest.
    """

    student: str
    assignment: str
    state: str
    reason: str = ""
    exercises: dict[str, dict[str, str]] = field(default_factory=dict)
    seed: int | None = None
    isolation: str = ""
    stopped: list[str] = field(default_factory=list)
    key: Key | None = None
    unfinished: bool = False
    run: str = ""
    notebook: str = ""
    points: dict[str, float | None] = field(default_factory=dict)
    marked: str = ""
    doubted: list[str] = field(default_factory=list)
    seal: str = ""

    def status(self, exercise: str) -> str:
        """Give one exercise's status, which is the submission's where there was no verdict."""
        own = self.exercises.get(exercise, {}).get("status")
        return own or self.state

    def mistake(self, exercise: str) -> str:
        """Name what one exercise's answer agrees with, if anything."""
        return self.exercises.get(exercise, {}).get("mistake", "")


def _record_path(folder: ClassFolder, student: str, assignment: str) -> Path:
    return folder.path / RECORDS / student / f"{assignment}.json"


def autograded_path(folder: ClassFolder, student: str, assignment: str) -> Path:
    """Give the path of the executed notebook."""
    return folder.path / "autograded" / student / assignment / f"{assignment}.ipynb"


def save_record(folder: ClassFolder, record: Record) -> Record:
    """Write a record whole or not at all; give it with its seal."""
    path = _record_path(folder, record.student, record.assignment)
    path.parent.mkdir(parents=True, exist_ok=True)
    told = asdict(record)
    told["seal"] = seal_of(told)
    # A folder's name may hold bytes that are no text: those stay escaped.
    write_whole(path, json.dumps(told, indent=1).encode())
    return replace(record, seal=told["seal"])


def seal_of(told: dict[str, Any]) -> str:
    """Work out the seal of a record's JSON data."""
    rest = {name: value for name, value in told.items() if name != "seal"}
    return hashlib.sha256(json.dumps(rest, sort_keys=True).encode()).hexdigest()


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that at any moment the old content or the new one is there, whole."""
    fresh = path.with_suffix(".new")
    with fresh.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


def saved_record(folder: ClassFolder, student: str, assignment: str) -> Record | None:
    """Read the record that the last run of `autograder grade` left, if any."""
    try:
        return record_of(json.loads(_record_path(folder, student, assignment).read_bytes()))
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None  # none, or one that somebody spoilt


def record_of(told: dict[str, Any]) -> Record:
    """Make a record of its JSON data."""
    known = {f.name: told[f.name] for f in fields(Record) if f.name in told}
    known["key"] = Key.read(key := told.get("key"))
    known.setdefault("unfinished", key == "")  # as records of old say it
    record = Record(**known)
    seed, points, exercises = record.seed, record.points, record.exercises
    whole = isinstance(points, dict) and isinstance(seed, int | None)
    whole = whole and isinstance(record.doubted, list)
    if not whole or not all(isinstance(one, dict) for one in exercises.values()):
        raise TypeError("no record")
    return record


def is_sealed(folder: ClassFolder, student: str, assignment: str) -> bool:
    """Tell whether a record is as it was written."""
    told = json.loads(_record_path(folder, student, assignment).read_bytes())
    return bool(told.get("seal") == seal_of(told))


def load_record(folder: ClassFolder, student: str, assignment: str) -> Record:
    """Read a submission's record; one marked by nbgrader alone is read off its notebook."""
    record = saved_record(folder, student, assignment)
    notebook = autograded_path(folder, student, assignment)
    if notebook.is_file() and (record is None or record.notebook != file_hash(notebook)):
        return record_from_notebook(folder, student, assignment)
    if record is not None:
        return record
    if (folder.path / "submitted" / student / assignment).is_dir():
        return Record(student, assignment, "needs a human", "Not graded yet: run autograder grade.")
    return Record(student, assignment, "missing", "Nothing was handed in.")


def exercise_of(cell: str) -> str:
    """Name the exercise that a graded cell belongs to; any other is its own."""
    name = cell.partition("-")[2]
    return name if name in EXERCISES else cell


def file_hash(path: Path) -> str:
    """Give a name that changes with a file's content; empty if there is no file."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return ""


def record_from_notebook(folder: ClassFolder, student: str, assignment: str) -> Record:
    """Gather the verdicts of an executed notebook on disk."""
    path = autograded_path(folder, student, assignment)
    try:
        return gather(json.loads(path.read_bytes()), student, assignment)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        reason = "The notebook in autograded/ can't be read: run autograder grade."
        return Record(student, assignment, "needs a human", reason)


def gather(notebook: dict[str, Any], student: str, assignment: str) -> Record:
    """Make a record of the verdicts that an executed notebook carries."""
    verdicts = [v for c in notebook["cells"] if (v := c["metadata"].get(VERDICT))]
    exercises = {
        exercise.name: _judged(
            exercise.name, [v for v in verdicts if v["exercise"] == exercise.name]
        )
        for exercise in ASSIGNMENTS[assignment]
    }
    run = notebook["metadata"].get(RUN, {})
    stopped = [clean_text(line) for line in run.get("reasons", [])]
    open_ones = [one["reason"] for one in exercises.values() if one["status"] == "partly graded"]
    why = list(dict.fromkeys([*stopped, *open_ones]))
    more = [f"And {n} more."] if (n := len(why) - REASONS_SHOWN) > 0 else []
    lines = [*why[:REASONS_SHOWN], *more, *notebook["metadata"].get(REMARKS, [])]
    seeds = [v["seed"] for v in verdicts if v["seed"] is not None]
    return Record(
        student,
        assignment,
        "partly graded" if why else "graded",
        clean_text(" ".join(lines)),
        exercises,
        run.get("seed", seeds[0] if seeds else None),
        clean_text(run.get("isolation", "")),
        stopped,
    )


def _judged(name: str, verdicts: list[dict[str, Any]]) -> dict[str, str]:
    """Sum up the visible and the hidden verdict of one exercise."""
    told = {"hidden" if v["hidden"] else "visible": v["words"] for v in verdicts}
    # The hidden check has seen more, so what it names comes first.
    named = [n for v in sorted(verdicts, key=lambda v: not v["hidden"]) for n in v["mistakes"]]
    told["mistake"] = "; ".join(dict.fromkeys(named))
    unreached = [v["words"] for v in verdicts if not v.get("reached", True)]
    if not verdicts:
        unreached = [f"{name} was not judged."]
    if unreached:
        return told | {"status": "partly graded", "reason": unreached[0]}
    blank = all(v["blank"] for v in verdicts)
    return told | {"status": "blank" if blank else "graded"}
