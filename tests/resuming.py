"""A class, a judge that only pretends, and what has to be true of a class at any moment."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import time
from contextlib import contextmanager

from nbformat.v4 import new_output
from nbgrader.utils import is_grade

from autograder.grading import keys
from autograder.grading.execute import RUN, VERDICT

ASSIGNMENT = "step-by-step"
FIXED = set()  # exercises whose checks have changed
checks = keys.checks


def fixed_checks(assignment):
    """Give the checks with those changed that pretend to be; takes the place of `keys.checks`."""
    return {
        source: f"fixed {seen}" if source.partition("/")[2] in FIXED else seen
        for source, seen in checks(assignment).items()
    }


TABLES = {
    "student": "SELECT id, first_name, last_name, email FROM student",
    "submission": "SELECT s.student_id, a.name, s.timestamp, s.extension"
    " FROM submitted_assignment s JOIN assignment a ON a.id = s.assignment_id",
    "notebook": "SELECT s.student_id, n.name, b.flagged, b.late_submission_penalty"
    " FROM submitted_notebook b JOIN notebook n ON n.id = b.notebook_id"
    " JOIN submitted_assignment s ON s.id = b.assignment_id",
    "grade": "SELECT s.student_id, c.name, c.type, g.auto_score, g.manual_score, g.extra_credit,"
    " g.needs_manual_grade FROM grade g JOIN base_cell c ON c.id = g.cell_id"
    " JOIN submitted_notebook b ON b.id = g.notebook_id"
    " JOIN submitted_assignment s ON s.id = b.assignment_id",
    "comment": "SELECT s.student_id, c.name, c.type, m.auto_comment, m.manual_comment"
    " FROM comment m JOIN base_cell c ON c.id = m.cell_id"
    " JOIN submitted_notebook b ON b.id = m.notebook_id"
    " JOIN submitted_assignment s ON s.id = b.assignment_id",
}


def pretending(seconds=0.0):
    """Make an executor whose marks depend on the seed and the student's text only."""

    @contextmanager
    def executor(folder):
        def run(nb, assignment, files, seed):
            assert not [name for name in files if name.endswith(".ipynb")]
            time.sleep(seconds)
            text = "".join(cell.source for cell in nb.cells)
            for number, cell in enumerate(nb.cells):
                if cell.cell_type == "code" and is_grade(cell):
                    _pretend(cell, f"{seed} {number} {text}", seed)
            nb.metadata[RUN] = {"isolation": "pretended", "seed": seed, "reasons": []}

        yield run

    return executor


def _pretend(cell, text, seed):
    kind, _, name = cell.metadata.nbgrader.grade_id.partition("-")
    if name in FIXED:
        text = f"fixed {text}"
    points = hashlib.sha256(text.encode()).digest()[0] % (int(cell.metadata.nbgrader.points) + 1)
    data = {"text/plain": str(float(points))}
    cell.outputs = [new_output("execute_result", data, execution_count=1)]
    cell.metadata[VERDICT] = {
        "exercise": name, "hidden": kind == "hidden", "points": points, "blank": False,
        "words": f"{points} points", "seed": seed, "mistakes": [], "reached": True,
    }  # fmt: skip


def gradebook_rows(path):
    """Give every row of the gradebook that marking writes, without the random ids."""
    connection = sqlite3.connect(path / "gradebook.db")
    try:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        return {name: sorted(map(repr, connection.execute(sql))) for name, sql in TABLES.items()}
    finally:
        connection.close()


def records(path):
    """Give all records, without what names the run and its time."""
    found = {}
    for file in sorted((path / ".autograder" / "records").glob("*/*.json")):
        own = {"run": "", "marked": "", "seal": ""}
        found[file.parent.name] = json.loads(file.read_bytes()) | own
    return found


def autograded(path):
    """Give every file of autograded/, by its path."""
    root = path / "autograded"
    return {str(p.relative_to(root)): p.read_bytes() for p in root.rglob("*") if p.is_file()}


def state(path):
    return gradebook_rows(path), records(path), autograded(path)


def assert_nothing_half_written(path):
    """Every marked folder is whole or absent; the gradebook and the records can be read."""
    gradebook_rows(path)
    records(path)
    source = path / "source" / ASSIGNMENT
    own = {str(p.relative_to(source)) for p in source.rglob("*") if p.is_file()}
    stay = {name for name in own if name.endswith((".svg", ".ipynb"))}
    assert stay < own
    for folder in (path / "autograded").glob("*/*"):
        assert own & {str(p.relative_to(folder)) for p in folder.rglob("*")} == stay
        json.loads((folder / f"{ASSIGNMENT}.ipynb").read_bytes())
