"""nbgrader's execution step, with the judge behind every check cell.

The one seam between nbgrader and us: another executor takes over by being named in
the class folder's `Autograde.autograde_preprocessors`.
"""

from __future__ import annotations

import secrets
from typing import Any

from nbclient.exceptions import DeadKernelError
from nbformat import NotebookNode
from nbformat.v4 import new_output
from nbgrader.preprocessors import Execute
from nbgrader.utils import is_grade
from traitlets import Integer

from autograder import course
from autograder.exercises import ASSIGNMENTS, EXERCISES
from autograder.exercises.known import diagnosis_table
from autograder.judge import VERDICT_TYPE

VERDICT = "autograder_verdict"
# Imported before the student's folder can be searched: it may hold a file of the same name.
PRELUDE = """
import sys as _sys
_sys.path.insert(0, {root!r})
import autograder.check as _check, autograder.judge as _judge
_check.mark = _judge.marker({seed})
_sys.path.remove({root!r})
_judge.leave_no_traces()
del _sys, _check, _judge
"""


class ExecuteAndJudge(Execute):  # type: ignore[misc]
    """Run a submission's cells in a kernel; checks are marked by the judge in there."""

    seed = Integer(
        None, allow_none=True, help="Seed of the probes; by default a fresh one each time."
    ).tag(config=True)

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Run all cells; a kernel that dies costs the checks that it did not reach."""
        self._prelude_done = False
        self._ran: set[int] = set()
        for exercise in ASSIGNMENTS.get(resources["nbgrader"]["assignment"], ()):
            diagnosis_table(exercise)  # worked out here once, not in every kernel
        try:
            nb, resources = super().preprocess(nb, resources)
        except DeadKernelError:
            self._not_reached(nb)
        return nb, resources

    def preprocess_cell(
        self, cell: NotebookNode, resources: dict[str, Any], index: int
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Run one cell; tidy the outputs of a check."""
        if not self._prelude_done:
            self._run_prelude()
        cell, resources = super().preprocess_cell(cell, resources, index)
        self._ran.add(index)
        if cell.cell_type == "code":
            verdict = _take_verdict(cell)
            if is_grade(cell):
                _keep_verdict(cell, verdict)
        return cell, resources

    def _run_prelude(self) -> None:
        seed = secrets.randbits(32) if self.seed is None else self.seed
        code = PRELUDE.format(root=str(course.ROOT), seed=seed)
        reply = self.wait_for_reply(self.kc.execute(code, silent=True, store_history=False))
        if reply is None or reply["content"]["status"] != "ok":
            told = "no reply" if reply is None else reply["content"].get("evalue", "")
            raise RuntimeError(f"The judge did not start in the kernel: {told}")
        self._prelude_done = True

    def _not_reached(self, nb: NotebookNode) -> None:
        """Mark the cell that ended the kernel and the checks behind it."""
        killer = next((i for i in range(len(nb.cells)) if i not in self._ran), 0)
        reason = f"Python ended while cell {killer + 1} ran; later checks were not reached."
        for index, cell in enumerate(nb.cells):
            if index >= killer and cell.cell_type == "code" and is_grade(cell):
                cell.outputs = [_error("NotReached", reason)]
                cell.metadata[VERDICT] = _no_verdict(cell, reason, reached=False)


def _take_verdict(cell: NotebookNode) -> dict[str, Any] | None:
    """Take verdicts out of a cell's outputs, which no page could show, and give the last."""
    verdicts = [o.data[VERDICT_TYPE] for o in cell.outputs if VERDICT_TYPE in o.get("data", {})]
    cell.outputs = [o for o in cell.outputs if VERDICT_TYPE not in o.get("data", {})]
    return verdicts[-1] if verdicts else None


def _keep_verdict(cell: NotebookNode, verdict: dict[str, Any] | None) -> None:
    """Put the verdict into the cell's metadata; a check without one gives no points.

    Anything on stderr would cost nbgrader's points, and a student's warning must not.
    """
    kept = [o for o in cell.outputs if not (o.output_type == "stream" and o.name == "stderr")]
    errors = [output for output in kept if output.output_type == "error"]
    if verdict is None and not errors:
        errors = [_error("NotChecked", "This check was not carried out.")]
        kept += errors
    if errors:
        verdict = _no_verdict(cell, _reason(cell, errors[0]), reached=True)
    cell.outputs = kept
    cell.metadata[VERDICT] = verdict


def _reason(cell: NotebookNode, error: NotebookNode) -> str:
    name = cell.metadata.nbgrader.grade_id.partition("-")[2]
    if error.ename == "NameError" and f"'{name}'" in error.evalue:
        return f"{name} is not defined: its cell is missing, or has an error of its own."
    if error.ename in ("CellTimeoutError", "KeyboardInterrupt"):
        return f"{name} did not come to an end in the time allowed."
    return f"{error.ename}: {error.evalue}"[:300]


def _no_verdict(cell: NotebookNode, words: str, *, reached: bool) -> dict[str, Any]:
    kind, _, name = cell.metadata.nbgrader.grade_id.partition("-")
    return {
        "exercise": name if name in EXERCISES else "",
        "hidden": kind == "hidden",
        "points": 0.0,
        "max_points": float(cell.metadata.nbgrader.points),
        "blank": False,
        "words": words,
        "seed": None,
        "mistakes": [],
        "reached": reached,
    }


def _error(name: str, text: str) -> NotebookNode:
    return new_output("error", ename=name, evalue=text, traceback=[text])
