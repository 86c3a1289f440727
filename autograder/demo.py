"""A class of made-up students, to try everything on."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from autograder import course
from autograder.building.notebooks import learner_copy, read_source, to_json
from autograder.exercises import ASSIGNMENTS, answers
from autograder.grading.classroom import ClassFolder
from autograder.grading.new_class import new_class
from autograder.grading.release import release

NAMES = (
    "O'Hara, Ann", "Ünï 学生", "Abebe, Selam", "Andersson, Åsa", "Banerjee, Rahul",
    "Costa, João", "Dvořák, Jana", "El-Amin, Noor", "Fernández, Inés", "García López, Leo",
    "Haddad, Sami", "Ivanova, Мария", "Jansen, Piet", "Kim, 민준", "Kowalska, Zofia",
    "Lê, Thị Hoa", "Mbeki, Thandi", "Müller, Jörg", "N'Diaye, Awa", "Okafor, Chidi",
    "Papadopoulou, Ελένη", "Quispe, Rosa", "Rossi, Luca", "Sato, さくら", "Şahin, Elif",
    "Tanaka, 健", "Uzun, Deniz", "van der Berg, Anouk", "Williams, Rhys", "Zhang, 伟",
)  # fmt: skip
WRITTEN = {
    "step-by-step": (
        "Every example has its own column in dA_prev, so there is no mean to take there; W and b "
        "are shared by all examples, so their gradients are means. With the extra 1/m the lower "
        "layers learn too slowly; a numerical gradient shows it.",
        "Because the shapes would not fit otherwise.",
        "The 1/m comes from the cost, which is a mean, and it must come in once per gradient of a "
        "parameter. In dA_prev it would come in again in each layer.",
    ),
    "application": (
        "Twenty units in one layer do about as well as four layers, so most of the gain is width. "
        "I would say deeper is better only after the same number of units over several seeds.",
        "The gap says that the network knows some of the training pictures by heart.",
    ),
    "optimization": (
        "At a small rate the gradient hardly changes in ten steps, so its average is the same. "
        "Adam moves every weight by about the rate, whatever its gradient. I would try other "
        "rates for each method, and other seeds.",
        "Adam is better because it has two moments.",
    ),
    "two-apis": (
        "One of them has 1/m in dz3, the other in every dW and db. Mixed, it is there twice, and "
        "with m examples the steps are m times too small.",
    ),
    "what-the-cache-holds": (
        "Two values of Z give the same A but have different slopes, so A does not say which.",
        "Its slope is nearly zero on both sides, and layers below get next to nothing.",
    ),
    "find-the-bug": (
        "The last layer's gradients are right, and the others still point the right way; they "
        "are only shorter, so the cost goes down, slowly.",
        "A wrong update, wrong labels, or a wrong cost whose gradient fits it.",
    ),
}
OWN_IMPORTS = "import copy\nimport math\nfrom copy import deepcopy"


def make_class(path: Path, students: int = 30, seed: int = 1) -> ClassFolder:
    """Make a class folder, release everything, and hand in for made-up students.

    Parameters
    ----------
    path : Path
        Where; it must not exist yet, or be empty.
    students : int
        How many.
    seed : int
        Another seed gives another class.
    """
    folder = new_class(path)
    release(folder, folder.assignments())
    names = [NAMES[i] if i < len(NAMES) else f"Student {i + 1}" for i in range(students)]
    with folder.gradebook() as gradebook:
        for name in names:
            last, _, first = name.partition(", ")
            gradebook.update_or_create_student(name, first_name=first, last_name=last)
    for assignment in folder.assignments():
        _hand_in(folder, assignment, names, random.Random(f"{seed} {assignment}"))
    return folder


def _hand_in(folder: ClassFolder, assignment: str, names: list[str], rng: random.Random) -> None:
    blank = learner_copy(read_source(course.SOURCES / f"{assignment}.md"))
    accidents = _accidents(rng, len(names))
    for number, name in enumerate(names):
        target = folder.path / "submitted" / name / assignment
        accident = accidents.get(number, _nothing)
        skill = rng.choice((1.0, 0.9, 0.7, 0.4))
        notebook = _filled_by(nbformat.from_dict(blank), assignment, skill, rng)
        accident(target, assignment, notebook)


def _filled_by(
    notebook: NotebookNode, assignment: str, skill: float, rng: random.Random
) -> NotebookNode:
    """Fill in a notebook as somebody of that skill might."""
    for exercise in ASSIGNMENTS[assignment]:
        right, wrong = answers(exercise.name)
        cell = _cell(notebook, exercise.name)
        if rng.random() < skill:
            cell.source = rng.choice(right).code.strip()
        elif rng.random() < 0.7:  # the rest stays blank
            cell.source = rng.choice(wrong).code.strip()
    question = [c for c in notebook.cells if _is_question(c)]
    for cell in question:
        if rng.random() < skill:
            cell.source = rng.choice(WRITTEN[assignment])
    notebook.cells.insert(2, nbformat.v4.new_code_cell(OWN_IMPORTS, id="own-imports"))
    return notebook


def _cell(notebook: NotebookNode, grade_id: str) -> NotebookNode:
    return next(
        c for c in notebook.cells if c.metadata.get("nbgrader", {}).get("grade_id") == grade_id
    )


def _is_question(cell: NotebookNode) -> bool:
    nbgrader = cell.metadata.get("nbgrader", {})
    return bool(nbgrader.get("grade") and nbgrader.get("solution"))


# --- what happens to real submissions ------------------------------------------------

Accident = Callable[[Path, str, NotebookNode], None]


def _accidents(rng: random.Random, students: int) -> dict[int, Accident]:
    """Choose who has which accident: one each, in a class large enough to take it."""
    all_of_them = (_missing, _cut_off, _renamed, _stripped, _doubled, _check_deleted)
    few = all_of_them[: max(0, students // 5)]
    return dict(zip(rng.sample(range(students), len(few)), few, strict=True))


def _write(target: Path, name: str, text: str) -> None:
    target.mkdir(parents=True, exist_ok=True)
    (target / f"{name}.ipynb").write_text(text, encoding="utf-8")


def _nothing(target: Path, name: str, notebook: NotebookNode) -> None:
    _write(target, name, to_json(notebook))


def _missing(target: Path, name: str, notebook: NotebookNode) -> None:
    """Hand in nothing."""


def _cut_off(target: Path, name: str, notebook: NotebookNode) -> None:
    """Lose the second half of the file on a full disk."""
    text = to_json(notebook)
    _write(target, name, text[: len(text) // 2])


def _renamed(target: Path, name: str, notebook: NotebookNode) -> None:
    _write(target, f"{name} (1) final", to_json(notebook))


def _stripped(target: Path, name: str, notebook: NotebookNode) -> None:
    """Use an editor that drops what it does not know."""
    for cell in notebook.cells:
        cell.metadata = nbformat.from_dict({})
    _write(target, name, to_json(notebook))


def _doubled(target: Path, name: str, notebook: NotebookNode) -> None:
    """Copy and paste an exercise cell."""
    first = _cell(notebook, ASSIGNMENTS[name][0].name)
    number = notebook.cells.index(first)
    twin = nbformat.from_dict(notebook.cells[number])
    twin.id = "twin"
    notebook.cells.insert(number + 1, twin)
    _write(target, name, to_json(notebook))


def _check_deleted(target: Path, name: str, notebook: NotebookNode) -> None:
    check = _cell(notebook, f"check-{ASSIGNMENTS[name][-1].name}")
    notebook.cells = [cell for cell in notebook.cells if cell is not check]
    _write(target, name, to_json(notebook))
