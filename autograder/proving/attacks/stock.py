"""The same attacks against nbgrader as it comes, to see that they are attacks at all.

A course of its own: the same ten exercises, but classic check cells, which run in the
student's kernel and compare with stored numbers.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
from nbgrader.api import Gradebook

from autograder import course
from autograder.exercises import EXERCISES
from autograder.exercises.model import HIDDEN_POINTS, VISIBLE_POINTS
from autograder.proving.attacks.effects import (
    Outcome,
    active_outputs,
    cells_of,
    live_in_pages,
    outputs_by_trap,
    texts_of,
    too_large,
    words_in,
)
from autograder.proving.attacks.model import Attack, fill
from autograder.proving.attacks.notebooks import (
    ASSIGNMENT,
    EXERCISE_NAMES,
    assemble,
    right_answers,
    with_answers,
)
from autograder.proving.attacks.stage import OTHER, Command, Stage, intact, mark_work, plant
from autograder.proving.attacks.traps import Owner, Trap

SETUP = "import numpy as np\nfrom dnn_utils import relu, relu_backward, sigmoid, sigmoid_backward"
CONFIG = 'c = get_config()\nc.CourseDirectory.course_id = "stock"\nc.Execute.timeout = 15\n'
SECONDS = 120.0
SEED = 5
STUDENT = "attacker"
NBGRADER = [sys.executable, "-m", "nbgrader"]


def make_template(folder: Path) -> Stage:
    """Make the stock course once: released, and one honest student marked."""
    path = folder / "course"
    source = path / "source" / ASSIGNMENT
    source.mkdir(parents=True)
    (path / "nbgrader_config.py").write_text(CONFIG, encoding="utf-8")
    nbformat.write(_source_notebook(), source / f"{ASSIGNMENT}.ipynb")
    shutil.copyfile(course.ROOT / "dnn_utils.py", source / "dnn_utils.py")
    _nbgrader(path, "generate_assignment", ASSIGNMENT)
    stage = plant(path, folder / "home")
    honest = mark_work(stage, with_answers(_released(path), "right"))
    _hand_in(path, OTHER, honest)
    _nbgrader(path, "autograde", ASSIGNMENT)
    return stage


def run_stock(template: Stage, folder: Path, attack: Attack) -> Outcome:
    """Mark one hostile submission by nbgrader alone, in a copy of the stock course.

    Raises
    ------
    ValueError
        If the attack is not one for a machine that nothing protects.
    """
    if not attack.on_stock:
        raise ValueError(f"{attack.name} is not for a machine without protection.")
    path = folder / "course"
    shutil.copytree(template.path, path)
    shutil.copytree(template.home, folder / "home", dirs_exist_ok=True)
    stage = Stage(path, folder / "home", template.words)
    commands = [[*NBGRADER, "autograde", ASSIGNMENT, "--student", attack.student or STUDENT]]
    if attack.theme == "files":
        commands.append([*NBGRADER, "generate_feedback", ASSIGNMENT])
    runs = [
        Command(stage, f"{number}", command, SECONDS, Owner())
        for number, command in enumerate(commands)
    ]
    trap = Trap(attack, folder / "planted", stage.places(runs[0].pid), Owner())
    try:
        base = with_answers(_released(path), attack.base)
        _hand_in(path, attack.student or STUDENT, assemble(base, [attack], lambda _: trap.places))
        _lay_files(path, attack, trap)
        before = intact(path)
        reports = [run.run() for run in runs]
        outcome = _seen(stage, trap, reports[0].out + reports[0].err)
        if intact(path) != before:
            outcome.effects.append("changed the class's own files")
        if not reports[0].in_time:
            outcome.effects.append("marking did not come to an end")
        elif reports[0].code is None or reports[0].code < 0:
            outcome.effects.append("ended nbgrader itself")
        if reports[0].left:
            outcome.effects.append("left a process behind")
        return outcome
    finally:
        trap.close()


def _lay_files(path: Path, attack: Attack, trap: Trap) -> None:
    target = path / "submitted" / (attack.student or STUDENT) / ASSIGNMENT
    for name, text in attack.files.items():
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        (target / name).write_text(fill(text, trap.places), encoding="utf-8")
    if attack.prepare is not None:
        attack.prepare(target, trap.places)


def _seen(stage: Stage, trap: Trap, log: str) -> Outcome:
    """Gather what the attack left in a stock course."""
    student, path = trap.attack.student or STUDENT, stage.path
    executed = path / "autograded" / student / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    cells = cells_of(executed)
    scores = _scores(path)
    outcome = Outcome(trap.attack.name, score=scores.get(student))
    gained = max(0.0, (outcome.score or 0.0) - (100.0 if trap.attack.base == "right" else 0.0))
    lost = trap.attack.base == "right" and (outcome.score or 0.0) < 90
    if gained:
        outcome.effects.append(f"gained {gained:g} points")
    if lost:
        outcome.effects.append(f"{outcome.score or 0:g} points for right answers")
    if scores.get(OTHER) != 100:
        outcome.effects.append("changed another student's marks")
    texts = [outputs_by_trap(cells, [trap])[trap.attack.name], log]
    texts += texts_of(path / "feedback" / student)
    words = {trap.word: "a secret file", **stage.words}
    stolen = sorted(words[word] for word in words_in(texts) if word in words)
    outcome.effects += [f"read {one}" for one in stolen]
    if trap.told in "".join(texts):
        outcome.effects.append("did it")
    outcome.effects += trap.sprung() + active_outputs(cells, trap)
    outcome.effects += live_in_pages(path / "feedback", trap.marker)
    outcome.effects += too_large(executed, path / "submitted" / student)
    return outcome


def _scores(path: Path) -> dict[str, float]:
    with contextlib.suppress(Exception):  # an attack may have left anything
        gradebook = Gradebook(f"sqlite:///{path / 'gradebook.db'}")
        try:
            submissions = gradebook.assignment_submissions(ASSIGNMENT)
            return {one.student_id: float(one.score) for one in submissions}
        finally:
            gradebook.close()
    return {}


def _released(path: Path) -> Any:
    released = path / "release" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    return nbformat.read(released, as_version=4)


def _hand_in(path: Path, student: str, notebook: Any) -> None:
    target = path / "submitted" / student / ASSIGNMENT
    target.mkdir(parents=True)
    released = path / "release" / ASSIGNMENT
    shutil.copyfile(released / "dnn_utils.py", target / "dnn_utils.py")
    file = target / f"{ASSIGNMENT}.ipynb"
    if isinstance(notebook, bytes):
        file.write_bytes(notebook)
    else:
        nbformat.write(notebook, file)


def _nbgrader(path: Path, *arguments: str) -> None:
    tools = str(Path(sys.executable).parent)  # nbgrader calls `alembic` by name
    environment = {**os.environ, "PATH": os.pathsep.join([tools, os.environ.get("PATH", "")])}
    done = subprocess.run(
        [*NBGRADER, *arguments], cwd=path, capture_output=True, text=True, check=False,
        env=environment,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"nbgrader {arguments[0]}: {done.stderr[-2000:]}")


# --- the classic course --------------------------------------------------------------------


def _source_notebook() -> Any:
    new_code, new_text = nbformat.v4.new_code_cell, nbformat.v4.new_markdown_cell
    cells = [new_text("# Step by step", id="title"), new_code(SETUP, id="setup")]
    base = {"schema_version": 3, "task": False, "locked": False, "grade": False, "solution": False}
    answers = right_answers()
    for name in EXERCISE_NAMES:
        lines = answers[name].splitlines()
        at = next(i for i, line in enumerate(lines) if line.strip().startswith('"""')) + 1
        marked = [*lines[:at], "    ### BEGIN SOLUTION", *lines[at:], "    ### END SOLUTION"]
        check = f"{_call(name, hidden=False)}\n{_numpy_check(name)}"
        tests = f"{_call(name, hidden=True)}\n{_plain_check(name)}"
        hidden = f"### BEGIN HIDDEN TESTS\n{tests}\n### END HIDDEN TESTS"
        grade = base | {"grade": True, "locked": True}
        points, more = sum(VISIBLE_POINTS.values()), sum(HIDDEN_POINTS.values())
        for source, nbgrader in (
            ("\n".join(marked), base | {"grade_id": name, "solution": True}),
            (check, grade | {"grade_id": f"check-{name}", "points": points}),
            (hidden, grade | {"grade_id": f"hidden-{name}", "points": more}),
        ):
            cell_id = str(nbgrader["grade_id"])
            cells.append(new_code(source, id=cell_id, metadata={"nbgrader": nbgrader}))
    metadata = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    return nbformat.v4.new_notebook(cells=cells, metadata=metadata)


def _call(name: str, *, hidden: bool) -> str:
    args, wanted = _case(name, hidden=hidden)
    return f"import numpy as np\nwanted = {_code_of(wanted)}\ngot = {name}(*{_code_of(args)})"


def _case(name: str, *, hidden: bool) -> tuple[Any, Any]:
    probe = EXERCISES[name].inputs(SEED, hidden=hidden)[0]
    return probe.args, EXERCISES[name].reference(*probe.args)


def _numpy_check(name: str) -> str:
    return "\n".join(
        f"np.testing.assert_allclose(got{path}, wanted{path}, rtol=1e-7)" for path in _paths(name)
    )


def _plain_check(name: str) -> str:
    pairs = ", ".join(f"(got{path}, wanted{path})" for path in _paths(name))
    return f"assert all(np.allclose(g, w) for g, w in [{pairs}])"


def _paths(name: str) -> list[str]:
    return list(_numbers_in(_case(name, hidden=False)[1], ""))


def _numbers_in(value: Any, path: str) -> Iterator[str]:
    """List where the numbers are in a result, as code."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _numbers_in(item, f"{path}[{key!r}]")
    elif isinstance(value, (tuple, list)):
        for index, item in enumerate(value):
            yield from _numbers_in(item, f"{path}[{index}]")
    else:
        yield path


def _code_of(value: Any) -> str:
    """Write plain data as code."""
    if isinstance(value, np.ndarray):
        return f"np.array({value.tolist()!r})"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key!r}: {_code_of(item)}" for key, item in value.items()) + "}"
    if isinstance(value, (tuple, list)):
        items = ", ".join(map(_code_of, value))
        if isinstance(value, list):
            return f"[{items}]"
        return f"({items},)" if len(value) == 1 else f"({items})"
    return repr(value.item() if isinstance(value, np.generic) else value)
