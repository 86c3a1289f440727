"""A class of any size, made in seconds, in which no two submissions are alike.

The notebook is read once; each student's is put together from its written-out cells. Who
answers what is drawn from the catalogue of right answers and known mistakes, by a seed.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

from autograder import course
from autograder.building.notebooks import learner_copy, read_source
from autograder.demo import OWN_IMPORTS, WRITTEN
from autograder.exercises import ASSIGNMENTS, answers
from autograder.grading.classroom import CONFIG_NAME, ClassFolder
from autograder.grading.new_class import new_class
from autograder.grading.release import release

RIGHT, WRONG, BLANK = "right", "wrong", "blank"
# What goes wrong beside the exercises; all but the last end by themselves.
ODD = {
    "raises": 'raise RuntimeError("this cell never worked, number {number}")',
    "does not compile": "def helper_{number}(:\n    return 1",
    "needs a package": "import package_of_number_{number}",
    "prints": 'for line in range(300):\n    print(line, "of", {number})',
    "plots": "import matplotlib.pyplot as plt\nplt.plot([0, {number}])\nplt.title('mine')",
}
ENDLESS = "turns_of_{number} = 0\nwhile True:\n    turns_of_{number} += 1"
# A class for nbgrader alone: it runs the notebooks in kernels, as it does by itself.
STOCK = """
# Marked by nbgrader's own executor.
c.Autograde.pop("sanitize_preprocessors")
c.Autograde.pop("autograde_preprocessors")
"""


@dataclass(frozen=True)
class Mix:
    """What a class is made of.

    Attributes
    ----------
    right, wrong : float
        Shares of the exercises; what is left stays blank.
    odd : float
        Share of the students with one cell that goes wrong beside the exercises.
    endless : float
        Share of the students with a cell that runs for ever; each costs its time limit.
    """

    right: float = 0.80
    wrong: float = 0.14
    odd: float = 0.05
    endless: float = 0.0

    def in_words(self) -> str:
        """Say it in one line."""
        blank = 1 - self.right - self.wrong
        told = (
            f"{self.right:.0%} of the exercises right in many styles, {self.wrong:.0%} a known "
            f"mistake, {blank:.0%} blank; {self.odd:.0%} of students have a cell that goes wrong"
        )
        return told + (f", {self.endless:.0%} an endless one" if self.endless else "")


@dataclass(frozen=True)
class Person:
    """One made-up student: for each exercise the kind of answer, and which one.

    Attributes
    ----------
    number : int
        Counted from 1.
    answers : dict
        For each exercise ``right``, ``wrong`` or ``blank``, and the answer's name.
    odd : str
        What goes wrong beside the exercises, if anything.
    """

    number: int
    answers: dict[str, tuple[str, str]]
    odd: str

    @property
    def name(self) -> str:
        """The folder's name."""
        return f"student-{self.number:05d}"


def people(assignment: str, number: int, seed: int = 1, mix: Mix | None = None) -> Iterator[Person]:
    """Draw students; the first of a larger class are those of a smaller one."""
    mix = mix or Mix()
    for one in range(1, number + 1):
        rng = random.Random(f"{seed} {assignment} {one}")
        chosen = {e.name: _answer(e.name, mix, rng) for e in ASSIGNMENTS[assignment]}
        odd = rng.choice(tuple(ODD)) if rng.random() < mix.odd else ""
        yield Person(one, chosen, "endless" if rng.random() < mix.endless else odd)


def _answer(exercise: str, mix: Mix, rng: random.Random) -> tuple[str, str]:
    right, wrong = answers(exercise)
    drawn = rng.random()
    if drawn < mix.right:
        return RIGHT, rng.choice(right).name
    return (WRONG, rng.choice(wrong).name) if drawn < mix.right + mix.wrong else (BLANK, "")


class Template:
    """One assignment's notebook, cut up and written out once.

    Parameters
    ----------
    assignment : str
        Its name.
    """

    def __init__(self, assignment: str) -> None:
        notebook = learner_copy(read_source(course.SOURCES / f"{assignment}.md"))
        about = {key: notebook[key] for key in ("metadata", "nbformat", "nbformat_minor")}
        self._assignment, self._end = assignment, "], " + json.dumps(about)[1:]
        self._cells: list[tuple[str, NotebookNode, str]] = [
            (_grade_id(cell), cell, _json(cell, cell.source)) for cell in notebook.cells
        ]
        self._codes = {
            exercise.name: {answer.name: answer.code.strip() for kind in found for answer in kind}
            for exercise in ASSIGNMENTS[assignment]
            for found in [answers(exercise.name)]
        }

    def notebook(self, person: Person) -> str:
        """Write one student's notebook."""
        written = [self._written(person, *cell) for cell in self._cells]
        mark = f"own_number = {person.number}\nprint(own_number ** 2)"
        own = [f"{OWN_IMPORTS}\n{mark}"]
        if person.odd:
            own.append((ODD | {"endless": ENDLESS})[person.odd].format(number=person.number))
        cells = [_json(_code_cell(f"own-{n}"), source) for n, source in enumerate(own)]
        return '{"cells": [' + ",\n".join([*written[:2], *cells, *written[2:]]) + self._end

    def _written(self, person: Person, name: str, cell: NotebookNode, text: str) -> str:
        if name in self._codes:
            kind, answer = person.answers[name]
            if kind == BLANK:
                return text
            code = f"# {name}, as number {person.number} wrote it\n{self._codes[name][answer]}"
            return _json(cell, code)
        if cell.cell_type == "markdown" and name:
            texts = WRITTEN[self._assignment]
            told = f"{texts[person.number % len(texts)]} ({person.number})"
            return _json(cell, told)
        return text


def _grade_id(cell: NotebookNode) -> str:
    nbgrader = cell.metadata.get("nbgrader", {})
    return str(nbgrader["grade_id"]) if nbgrader.get("solution") else ""


def _code_cell(cell_id: str) -> dict[str, Any]:
    return {
        "cell_type": "code", "id": cell_id, "metadata": {}, "outputs": [], "execution_count": None,
    }  # fmt: skip


def _json(cell: Mapping[str, Any], source: str) -> str:
    """Write a cell as Jupyter does, its text in lines."""
    return json.dumps({**cell, "source": source.splitlines(keepends=True)})


def make_crowd(
    path: Path, assignment: str, students: int, seed: int = 1, mix: Mix | None = None
) -> ClassFolder:
    """Make a class folder with one assignment, released and handed in by everyone."""
    folder = new_class(path, [assignment])
    release(folder, [assignment])
    template = Template(assignment)
    for person in people(assignment, students, seed, mix):
        target = folder.path / "submitted" / person.name / assignment
        target.mkdir(parents=True)
        (target / f"{assignment}.ipynb").write_text(template.notebook(person), encoding="utf-8")
    return folder


def leave_to_nbgrader(folder: ClassFolder) -> None:
    """Have nbgrader's own executor mark this class from now on.

    The visible checks then run in the student's kernel, with the numbers that learners
    have; the hidden ones do nothing there.
    """
    with (folder.path / CONFIG_NAME).open("a", encoding="utf-8") as file:
        file.write(STOCK)
