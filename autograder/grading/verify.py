"""`autograder verify`: mark one submission once more by its receipt, and compare.

What is compared: the record, the executed notebook and the gradebook, each with what comes
of it now. Nothing is written in the class, not even a lock.
"""

from __future__ import annotations

import json
import tempfile
import warnings
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from sqlalchemy.exc import SAWarning

from autograder.errors import Differs, NotVerifiable
from autograder.grading.classroom import ClassFolder
from autograder.grading.clean import clean_text
from autograder.grading.gradebook import LatePenalties, Standing, penalty_now, standing
from autograder.grading.keys import changes
from autograder.grading.marker import Made, Marker, Task
from autograder.grading.marking import Executor, judging
from autograder.grading.prepare import read_master
from autograder.grading.records import (
    MARKED,
    Record,
    autograded_path,
    exercise_of,
    file_hash,
    is_sealed,
    saved_record,
)
from autograder.grading.runs import Run
from autograder.words import typed

SHOWN = 4  # differences that are named
# What another marking says of a submission; the rest of a record says how it was marked.
SAID = ("state", "reason", "stopped")


def verify(folder: ClassFolder, student: str, assignment: str, executor: Executor = judging) -> str:
    """Mark one submission once more.

    Returns
    -------
    words : str
        One line that says that it came out the same, and what is not what it was all the same.

    Raises
    ------
    Differs
        If something does not come out as it stands; the line names it.
    NotVerifiable
        If there is nothing to mark it by.
    """
    name = f"{clean_text(student)}, {assignment}"
    old = _receipt(folder, student, assignment, name)
    found = [] if is_sealed(folder, student, assignment) else ["its record was edited"]
    if file_hash(autograded_path(folder, student, assignment)) != old.notebook:
        found.append("autograded/ holds another notebook than was marked")
    made, book, penalty = _marked_once_more(folder, old, executor)
    if saved_record(folder, student, assignment) != old:
        raise NotVerifiable(f"{name}: it was marked again meanwhile. Verify it again.")
    now = made.record.key
    assert old.key is not None
    if now is not None and old.key.submission != now.submission:
        told = _listed(["what was handed in is not what was marked", *found])
        raise NotVerifiable(
            f"{name} can't be verified: {told}. Run: autograder grade {typed(folder.path)}"
        )
    if now is None or made.action != "save":
        raise NotVerifiable(f"{name} can't be verified now: {made.record.reason}")
    changed = changes(old.key, now)
    found += _differences(folder, old, made, book, penalty, words=not changed)
    kept_in = _isolation(old, made.record)
    since = (
        f"not what it was: {', '.join(changed)}" if changed else "all it comes from is as it was"
    )
    if found:
        raise Differs(f"{name} differs: {_listed(found)}. Marked once more{kept_in}; {since}.")
    total = sum(points or 0.0 for points in old.points.values())
    by_hand = f" {len(book.by_hand)} given by hand not looked at;" if book.by_hand else ""
    return (
        f"{name}: the same, {total:g} points ({old.seal[:12]}, marked {old.marked}, "
        f"seed {old.seed}{kept_in});{by_hand} {since}."
    )


def _receipt(folder: ClassFolder, student: str, assignment: str, name: str) -> Record:
    """Read a record by which one can mark."""
    old = saved_record(folder, student, assignment)
    if old is None:
        raise NotVerifiable(
            f"{name} has no record that can be read. Run: autograder grade {typed(folder.path)}"
        )
    if old.unfinished:
        raise NotVerifiable(
            f"{name} is not marked to the end. Run: autograder grade {typed(folder.path)}"
        )
    if old.state not in MARKED:
        raise NotVerifiable(f"{name} has no automatic marks: {old.state}. {old.reason}")
    if old.key is None or old.seed is None:
        raise NotVerifiable(
            f"{name} has no receipt: it was marked by an autograder that kept none. "
            f"This gives it one: autograder grade {typed(folder.path)} --regrade --yes"
        )
    return old


def _marked_once_more(
    folder: ClassFolder, old: Record, executor: Executor
) -> tuple[Made, Standing, float]:
    """Mark in a scratch folder; give also what the gradebook has, and what penalty is due."""
    task = Task(old.assignment, old.student)
    run = Run("", old.seed or 0, chosen=True, regrade=True, begun=0.0)
    where = (old.assignment, old.student)
    with ExitStack() as stack:
        stack.enter_context(warnings.catch_warnings())
        warnings.simplefilter("ignore", SAWarning)  # nbgrader's own use of SQLAlchemy
        gradebook = stack.enter_context(folder.gradebook())
        work = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="autograder-")))
        masters = {old.assignment: read_master(folder, gradebook, old.assignment)}
        book = standing(gradebook, *where)
        penalty = penalty_now(gradebook, LatePenalties(folder), *where)
        execute = stack.enter_context(executor(folder))
        made = Marker(folder, run, masters, again=True, work=work).mark(task, lambda: execute)
    return made, book, penalty


def _differences(
    folder: ClassFolder, old: Record, made: Made, book: Standing, penalty: float, words: bool
) -> list[str]:
    """Name what does not come out as it stands.

    Parameters
    ----------
    words : bool
        Whether what is said has to be the same, too, since nothing has changed.
    """
    assert made.marks is not None
    now = made.marks.scores
    found = [*_points("the record", old.points, now), *_points("the gradebook", book.scores, now)]
    if not found and not book.by_hand and penalty != book.penalty:
        found.append(f"late penalty: the gradebook has {book.penalty:g}, it should be {penalty:g}")
    if made.marks.timestamp not in (None, book.timestamp):
        found.append("the time of handing in is another one in the gradebook")
    if words:
        fresh = made.record
        said = [name for name in {**old.exercises, **fresh.exercises}
                if old.exercises.get(name) != fresh.exercises.get(name)]  # fmt: skip
        found += [f"{name}: the record says something else" for name in said]
        if any(getattr(old, name) != getattr(fresh, name) for name in SAID):
            found.append("the record's state or reason is another one")
        found += _notebook_differences(folder, old, made)
    return found


def _points(where: str, has: dict[str, float | None], now: dict[str, float | None]) -> list[str]:
    """Compare points, and name exercises."""
    found = []
    for cell in {**now, **has}:
        one, other = has.get(cell), now.get(cell)
        if one != other or (cell in has) != (cell in now):
            kind = "" if exercise_of(cell) == cell else f" ({cell.partition('-')[0]})"
            told = f"{where} has {_shown(one)}, marking gives {_shown(other)}"
            found.append(f"{exercise_of(cell)}{kind}: {told}")
    return found


def _shown(points: object) -> str:
    return f"{points:g}" if isinstance(points, float | int) else "no points"


def _notebook_differences(folder: ClassFolder, old: Record, made: Made) -> list[str]:
    """Compare the executed notebook: all cells' text, and what checks say.

    What a student's own cells print may hang on the clock or on chance.
    """
    path = autograded_path(folder, old.student, old.assignment)
    try:
        there = [_checked(cell) for cell in json.loads(path.read_bytes())["cells"]]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return ["the executed notebook can't be read"]
    assert made.notebook is not None
    fresh = [_checked(cell) for cell in json.loads(json.dumps(made.notebook))["cells"]]
    if there == fresh:
        return []
    pairs = zip(there, fresh, strict=False)
    names = [str(one[2].get("grade_id", "")) for one, other in pairs if one != other]
    named = ", ".join(exercise_of(name) for name in names[:SHOWN] if name)
    return [f"the executed notebook has other cells{f' ({named})' if named else ''}"]


def _checked(cell: dict[str, Any]) -> tuple[Any, ...]:
    metadata = cell["metadata"]
    own = metadata.get("nbgrader", {})
    outputs = cell.get("outputs") if own.get("grade") and cell["cell_type"] == "code" else None
    return cell["cell_type"], cell["source"], own, metadata, outputs


def _isolation(old: Record, new: Record) -> str:
    if old.isolation == new.isolation:
        return f", isolation {new.isolation}"
    return f", isolation {new.isolation}, before {old.isolation}"


def _listed(found: list[str]) -> str:
    named = list(dict.fromkeys(found))
    more = f"; and {n} more" if (n := len(named) - SHOWN) > 0 else ""
    return "; ".join(named[:SHOWN]) + more
