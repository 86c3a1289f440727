"""The one seam between nbgrader and us: notebooks go to the judge, outputs come back.

nbgrader's own executor gives way to `ExecuteAndJudge` by being named in the class
folder's `Autograde.autograde_preprocessors`; `autograder grade` calls the same function.
"""

from __future__ import annotations

import atexit
import secrets
from collections.abc import Mapping
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Any

from nbformat import NotebookNode, from_dict
from nbgrader.preprocessors import NbGraderPreprocessor
from nbgrader.utils import is_grade
from traitlets import Bool, Float, Integer, Unicode
from traitlets.config import Config

from autograder.check_cell import failed
from autograder.errors import JudgeError
from autograder.exercises import EXERCISES
from autograder.grading.judge_process import STRONGEST, Judge, JudgeProcess, Marked, Settings
from autograder.sandbox.limits import Limits

VERDICT = "autograder_verdict"
RUN = "autograder_run"
MOST_FILE_BYTES = 50_000_000  # of all files beside a notebook


class ExecuteAndJudge(NbGraderPreprocessor):  # type: ignore[misc]
    """nbgrader's execution step: student cells in the sandbox, checks by the judge."""

    seed = Integer(
        None, allow_none=True, help="Seed of the probes; by default a fresh one each time."
    ).tag(config=True)
    isolation = Unicode(STRONGEST, help="One mode of `autograder doctor`.").tag(config=True)
    allow_weak_isolation = Bool(
        False, help="Whether less than Landlock, seccomp and rlimits will do."
    ).tag(config=True)
    seconds_per_cell = Float(Limits.seconds_per_cell, help="Wall time of one cell.").tag(
        config=True
    )
    seconds_per_call = Float(
        Limits.seconds_per_call, help="Wall time of one call of a graded function."
    ).tag(config=True)
    seconds_per_submission = Float(
        Limits.seconds_per_submission, help="Wall time of a whole submission."
    ).tag(config=True)
    cpu_seconds = Integer(Limits.cpu_seconds, help="Processor time of a sandbox.").tag(config=True)
    memory_megabytes = Integer(Limits.memory_megabytes, help="Memory of a sandbox.").tag(
        config=True
    )
    output_bytes = Integer(Limits.output_bytes, help="What one cell may print.").tag(config=True)
    files = Integer(Limits.files, help="How many files a submission may make.").tag(config=True)
    file_megabytes = Integer(Limits.file_megabytes, help="The size of all its files.").tag(
        config=True
    )
    threads = Integer(Limits.threads, help="Threads beside the main one.").tag(config=True)

    @property
    def settings(self) -> Settings:
        """The settings as one value."""
        limits = Limits(**{name: getattr(self, name) for name in Limits.__dataclass_fields__})
        return Settings(limits, self.isolation, self.allow_weak_isolation)

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Run and judge one notebook."""
        seed = secrets.randbits(32) if self.seed is None else self.seed
        folder = Path(resources["metadata"]["path"])
        assignment = resources["nbgrader"]["assignment"]
        judge = _shared_judge(self.settings)
        try:
            execute_and_judge(nb, assignment, _files(folder), seed, judge)
        except JudgeError as error:  # nbgrader would throw the submission away
            cells = _code_cells(nb)
            told = [failed(str(error), "NotJudged", reached=False) for _ in cells]
            _write(nb, Marked(told, [str(error)], judge.mode), seed)
        return nb, resources


def settings_of(config: Config) -> Settings:
    """Read a class's settings of how submissions are run."""
    return ExecuteAndJudge(config=config).settings


@cache
def _shared_judge(settings: Settings) -> JudgeProcess:
    """Give one judge's process for all notebooks that this process marks through nbgrader."""
    judge = JudgeProcess(settings)
    atexit.register(judge.close)
    return judge


def execute_and_judge(
    nb: NotebookNode, assignment: str, files: Mapping[str, bytes], seed: int, judge: Judge
) -> None:
    """Run a notebook's cells and judge its checks, in place.

    Outputs and verdicts stand in the cells afterwards; what was stopped, and how the
    student's code was kept apart, in the notebook's metadata.

    Parameters
    ----------
    nb : NotebookNode
        The submission, its cells as they were released where they are not the student's.
    assignment : str
        Whose exercises they are.
    files : mapping
        The files that the student's code may see, as far as they are not too much.
    seed : int
        Seed of the probes.
    judge : Judge
        Who does it.

    Raises
    ------
    JudgeError
        If it could not be judged. Then the notebook is as it was.
    """
    cells = [_to_send(cell) for cell in _code_cells(nb)]
    _write(nb, judge.mark(assignment, cells, _bounded(files), seed), seed)


def _code_cells(nb: NotebookNode) -> list[NotebookNode]:
    return [cell for cell in nb.cells if cell.cell_type == "code"]


def _write(nb: NotebookNode, marked: Marked, seed: int) -> None:
    """Write what came back into a notebook."""
    for number, (cell, one) in enumerate(zip(_code_cells(nb), marked.cells, strict=True), 1):
        cell.execution_count = number
        cell.outputs = [_output(output, number) for output in one["outputs"]]
        if is_grade(cell):
            _keep_verdict(cell, one)
    nb.metadata[RUN] = {"isolation": marked.isolation, "seed": seed, "reasons": marked.reasons}


def _to_send(cell: NotebookNode) -> dict[str, Any]:
    grade_id = cell.metadata.get("nbgrader", {}).get("grade_id", "")
    if not is_grade(cell):
        return {"kind": "student", "source": cell.source, "name": grade_id}
    # The student's part of a check is none: it was put back as released.
    kind, _, name = grade_id.partition("-")
    return {
        "kind": "hidden" if kind == "hidden" else "check",
        "source": cell.source,
        "name": name,
        "points": float(cell.metadata.nbgrader.points),
    }


def _files(folder: Path) -> dict[str, bytes]:
    """Read what lies beside the notebook, as far as it is not too much."""
    files, size = {}, 0
    for path in sorted(folder.rglob("*")):
        if path.is_symlink() or not path.is_file() or path.suffix == ".ipynb":
            continue
        size += path.stat().st_size
        if size > MOST_FILE_BYTES:
            break
        files[path.relative_to(folder).as_posix()] = path.read_bytes()
    return files


def _bounded(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Leave out what is too much, by the same rule."""
    sent, size = {}, 0
    for name in sorted(files, key=PurePosixPath):
        size += len(files[name])
        if size > MOST_FILE_BYTES:
            break
        sent[name] = files[name]
    return sent


def _output(output: dict[str, Any], number: int) -> NotebookNode:
    """Make a notebook's output of what came back, of which only the known parts are taken.

    Not by nbformat's `new_output`, which holds each against the whole schema: for a notebook
    that takes a fifth of what this process does with it.
    """
    kind = output["output_type"]
    if kind == "stream":
        name = "stderr" if output.get("name") == "stderr" else "stdout"
        return from_dict({"output_type": kind, "name": name, "text": str(output.get("text", ""))})
    if kind == "error":
        trace = output.get("traceback")
        lines = [str(line) for line in trace] if isinstance(trace, list) else []
        name, text = str(output.get("ename", "")), str(output.get("evalue", ""))
        about = {"ename": name, "evalue": text, "traceback": lines or [text]}
        return from_dict({"output_type": kind, **about})
    data = output.get("data")
    kept = {k: v for k, v in data.items() if isinstance(v, str)} if isinstance(data, dict) else {}
    shown = {"metadata": {}, "data": kept}
    if kind == "execute_result":
        return from_dict({"output_type": kind, **shown, "execution_count": number})
    return from_dict({"output_type": "display_data", **shown})


def _keep_verdict(cell: NotebookNode, one: dict[str, Any]) -> None:
    """Put the verdict into the cell's metadata; a check without one gives no points.

    For nbgrader a check without an error is worth its full points, so one that was not
    carried out has to show an error. A check of an instructor's own has no verdict.
    """
    if "verdict" not in one:
        one = failed("This check was not carried out.", "NotJudged", reached=False)
        cell.outputs += [_output(output, 0) for output in one["outputs"]]
    if one["verdict"] is None:
        return
    kind, _, name = cell.metadata.nbgrader.grade_id.partition("-")
    about = {
        "exercise": name if name in EXERCISES else "",
        "hidden": kind == "hidden",
        "max_points": float(cell.metadata.nbgrader.points),
    }
    cell.metadata[VERDICT] = about | one["verdict"]
