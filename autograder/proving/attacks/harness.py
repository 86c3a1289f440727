"""Hand in hostile submissions, have them marked by `autograder grade`, and see what they got."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import nbformat
from platformdirs import user_cache_dir

from autograder.exercises import ASSIGNMENTS
from autograder.exercises.known import diagnosis_table
from autograder.grading.classroom import CONFIG_NAME, ClassFolder
from autograder.grading.execute import ExecuteAndJudge
from autograder.grading.new_class import new_class
from autograder.grading.release import release
from autograder.proving.attacks.catalogue import batches
from autograder.proving.attacks.looking import WITNESSES, ClassRun, look
from autograder.proving.attacks.model import Attack, fill
from autograder.proving.attacks.notebooks import ASSIGNMENT, assemble, with_answers
from autograder.proving.attacks.stage import (
    OTHER,
    Command,
    Stage,
    intact,
    mark_work,
    plant,
)
from autograder.proving.attacks.traps import Owner, Trap

# Small, so that a run with many endless loops is quick.
LIMITS: Mapping[str, float] = {
    "seconds_per_cell": 3.0,
    "seconds_per_call": 1.0,
    "seconds_per_submission": 60.0,
    "memory_megabytes": 512,
}


class NotProtected(Exception):
    """The grader runs students' code without a sandbox: most attacks are too dangerous."""


def is_protected() -> bool:
    """Say whether `autograder grade` has a sandbox at all."""
    return "isolation" in ExecuteAndJudge.class_trait_names()


def capable(mode: str, owner: Owner) -> str:
    """Say what this machine lacks for an isolation mode and a user; nothing if it has all.

    It does not ask the code that is tested, which might lack something itself.
    """
    if sys.platform != "linux":
        return "not Linux"
    if mode == "root" and os.geteuid() != 0:
        return "not root"
    if owner.uid is not None and os.geteuid() != 0:
        return "only root can become another user"
    needed = {
        "landlock": "libc.syscall(444, None, 0, 1) >= 1",
        "root": "libc.unshare(0x6C020000) == 0",  # mount, uts, ipc, pid, net
        "namespaces": "libc.unshare(0x7C020000) == 0",  # the same and user
    }
    code = (
        "import ctypes, autograder.cli, nbgrader\n"
        f"libc = ctypes.CDLL(None)\nraise SystemExit(0 if {needed[mode]} else 3)"
    )
    environment = {"PATH": "/usr/bin:/bin", "HOME": "/nonexistent"}
    try:
        started = owner.start([sys.executable, "-c", code], cwd="/", env=environment)
    except OSError:
        return "this Python can't be started by another user"
    started.communicate()
    if started.returncode == 3:
        return f"the kernel has no {mode} for this user"
    return (
        "" if started.returncode == 0 else "the checkout or its Python can't be read by this user"
    )


def run_class(
    folder: Path,
    attacks: Sequence[Attack],
    *,
    isolation: str = "",
    owner: Owner | None = None,
    limits: Mapping[str, float] = LIMITS,
    template: Path | None = None,
    together: bool = True,
    pages: bool = True,
    kill: bool = False,
    seconds: float = 1200.0,
) -> ClassRun:
    """Make a class, hand everything in, have it marked by a process of its own, and look.

    Parameters
    ----------
    folder : Path
        Where all of it lies; it must not exist yet.
    attacks : sequence of Attack
        What is handed in, beside some honest work.
    isolation : str
        An isolation mode; by default the strongest that there is.
    owner : Owner, optional
        Whose the class is and who marks it.
    limits : mapping
        Settings of `ExecuteAndJudge`.
    template : Path, optional
        A released class to copy.
    together : bool
        Whether attacks of a batch share a notebook.
    pages : bool
        Whether feedback pages and the table of marks are made, too.
    kill : bool
        Whether the grader is killed by force while a sandbox is at work.
    seconds : float
        After that it is over.
    """
    if not is_protected() and not all(attack.on_stock for attack in attacks):
        raise NotProtected("autograder grade has no isolation yet.")
    owner = owner or Owner()
    stage = _make_stage(folder, template, isolation, limits)
    owner.takes(folder)
    python = [sys.executable, "-m", "autograder.cli"]
    command = Command(
        stage, "grade", [*python, "grade", str(stage.path)], seconds, owner, kill=kill
    )
    shared = stage.places(command.pid)
    traps = {a.name: Trap(a, folder / "planted" / a.name, shared, owner) for a in attacks}
    try:
        handed_in = _hand_in(stage, batches(attacks, together=together), traps)
        owner.takes(stage.path)
        before = intact(stage.path)
        run = ClassRun(command.run())
        changed = intact(stage.path) != before
        reports = [run.report]
        for name in ("feedback", "export") if pages and not kill else ():
            later = Command(stage, name, [*python, name, str(stage.path)], seconds, owner)
            reports.append(later.run())
        if not kill:
            look(stage, run, handed_in, traps, reports, changed=changed)
        return run
    finally:
        for trap in traps.values():
            trap.close()


def _make_stage(
    folder: Path, template: Path | None, isolation: str, limits: Mapping[str, float]
) -> Stage:
    folder.mkdir(parents=True)
    folder.chmod(0o755)
    path = folder / "class"
    if template is None:
        made = new_class(path, [ASSIGNMENT])
        release(made, made.assignments())
    else:
        shutil.copytree(template, path)
    settings = dict(limits) if is_protected() else {}
    lines = [f"c.ExecuteAndJudge.{name} = {value!r}" for name, value in settings.items()]
    if isolation and is_protected():
        lines.append(f"c.ExecuteAndJudge.isolation = {isolation!r}")
    with (path / CONFIG_NAME).open("a", encoding="utf-8") as file:
        file.write("\n" + "\n".join(lines) + "\n")
    _warm(folder / "home")
    return plant(path, folder / "home")


def _warm(home: Path) -> None:
    """Give the grader the tables that it would work out first, which takes a while."""
    for exercise in ASSIGNMENTS[ASSIGNMENT]:
        diagnosis_table(exercise)
    name = "backprop-by-hand"
    shutil.copytree(user_cache_dir(name), home / ".cache" / name)


def _hand_in(
    stage: Stage, notebooks: list[list[Attack]], traps: dict[str, Trap]
) -> dict[str, list[Attack]]:
    """Write all submissions; give the attacks of each student."""
    released = ClassFolder(stage.path).released_notebook(ASSIGNMENT)
    notebook = nbformat.read(released, as_version=4)
    for student, base in WITNESSES.items():
        honest = with_answers(notebook, base)
        _write(stage, student, mark_work(stage, honest) if student == OTHER else honest)
    handed_in = {}
    for number, attacks in enumerate(notebooks):
        first = traps[attacks[0].name]
        student = fill(attacks[0].student, first.places) or f"s{number:03}"
        handed_in[student] = list(attacks)
        made = assemble(notebook, attacks, lambda attack: traps[attack.name].places)
        target = _write(stage, student, made)
        for attack in attacks:
            places = traps[attack.name].places
            for name, text in attack.files.items():
                (target / name).parent.mkdir(parents=True, exist_ok=True)
                (target / name).write_text(fill(text, places), encoding="utf-8")
            if attack.prepare is not None:
                attack.prepare(target, places)
    return handed_in


def _write(stage: Stage, student: str, notebook: Any) -> Path:
    target = stage.path / "submitted" / student / ASSIGNMENT
    target.mkdir(parents=True)
    path = target / f"{ASSIGNMENT}.ipynb"
    if isinstance(notebook, bytes):
        path.write_bytes(notebook)
    else:
        nbformat.write(notebook, path)
    return target
