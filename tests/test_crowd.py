"""A class made for benchmarks: no two alike, the same by seed, and of the stated mix."""

from __future__ import annotations

from collections import Counter

import nbformat
import pytest
from conftest import ASSIGNMENT, NAMES

from autograder.exercises import ASSIGNMENTS, answers
from autograder.grading import marking
from autograder.grading.marks import marks
from autograder.proving.crowd import (
    BLANK,
    ODD,
    RIGHT,
    WRONG,
    Mix,
    Template,
    leave_to_nbgrader,
    make_crowd,
    people,
)


def test_no_two_are_alike_and_the_seed_decides():
    template = Template(ASSIGNMENT)
    texts = [template.notebook(person) for person in people(ASSIGNMENT, 300)]
    assert len(set(texts)) == 300
    again = [Template(ASSIGNMENT).notebook(person) for person in people(ASSIGNMENT, 5)]
    assert again == texts[:5]  # the first of a larger class are those of a smaller one
    other = [template.notebook(person) for person in people(ASSIGNMENT, 300, seed=2)]
    assert not set(other) & set(texts)


def test_they_differ_in_code_and_not_in_comments_only():
    chosen = [tuple(person.answers.values()) for person in people(ASSIGNMENT, 300)]
    assert len(set(chosen)) == 300


def test_the_mix_is_as_stated():
    mix = Mix()
    crowd = list(people(ASSIGNMENT, 2000))
    kinds = Counter(kind for person in crowd for kind, _ in person.answers.values())
    total = sum(kinds.values())
    assert kinds[RIGHT] / total == pytest.approx(mix.right, abs=0.02)
    assert kinds[WRONG] / total == pytest.approx(mix.wrong, abs=0.02)
    assert kinds[BLANK] / total == pytest.approx(1 - mix.right - mix.wrong, abs=0.02)
    odd = Counter(person.odd for person in crowd if person.odd)
    assert sum(odd.values()) / len(crowd) == pytest.approx(mix.odd, abs=0.02)
    assert set(odd) == set(ODD)
    assert "80% of the exercises right" in mix.in_words()


def test_all_that_the_catalogue_has_is_drawn():
    crowd = list(people(ASSIGNMENT, 3000, mix=Mix(right=0.3, wrong=0.7)))
    for name in NAMES:
        right, wrong = answers(name)
        have = {person.answers[name] for person in crowd}
        assert {(RIGHT, one.name) for one in right} <= have
        assert {(WRONG, one.name) for one in wrong} <= have


def test_endless_cells_come_only_when_asked_for():
    assert "endless" not in {person.odd for person in people(ASSIGNMENT, 500)}
    mix = Mix(endless=0.5)
    share = [person.odd == "endless" for person in people(ASSIGNMENT, 500, mix=mix)]
    assert 150 < sum(share) < 350
    endless = next(p for p in people(ASSIGNMENT, 50, mix=mix) if p.odd == "endless")
    assert "while True" in Template(ASSIGNMENT).notebook(endless)


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_every_assignment_can_be_had(assignment):
    person = next(people(assignment, 1))
    notebook = nbformat.reads(Template(assignment).notebook(person), as_version=4)
    nbformat.validate(notebook)
    written = [cell.source for cell in notebook.cells if "as number 1 wrote it" in cell.source]
    assert len(written) == sum(kind != BLANK for kind, _ in person.answers.values())


def test_marks_are_as_the_answers_are(tmp_path):
    folder = make_crowd(tmp_path / "crowd", ASSIGNMENT, 3, mix=Mix(right=0.6, wrong=0.25))
    crowd = {person.name: person for person in people(ASSIGNMENT, 3, mix=Mix(0.6, 0.25))}
    marking.grade(folder, [ASSIGNMENT], seed=1)
    seen = Counter()
    for mark in marks(folder, ASSIGNMENT):
        if mark.exercise not in NAMES:
            continue
        kind, name = crowd[mark.student_id].answers[mark.exercise]
        seen[kind] += 1
        if kind == RIGHT:
            assert mark.score == mark.max_score, (mark, name)
        elif kind == WRONG:
            assert mark.score < mark.max_score, (mark, name)
            assert name in mark.mistake
        else:
            assert (mark.score, mark.status) == (0, "blank")
    assert set(seen) == {RIGHT, WRONG, BLANK}


# nbgrader's own use of SQLAlchemy
@pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")
def test_nbgrader_by_itself_runs_the_cells_and_the_visible_checks(tmp_path):
    """In a kernel, without our executor; the hidden checks do nothing there."""
    folder = make_crowd(tmp_path / "crowd", ASSIGNMENT, 1, mix=Mix(right=0.5, wrong=0.4))
    leave_to_nbgrader(folder)
    folder = type(folder)(folder.path)
    [person] = people(ASSIGNMENT, 1, mix=Mix(0.5, 0.4))
    result = folder.api().autograde(ASSIGNMENT, person.name, create=True)
    assert result["success"], result
    path = folder.path / "autograded" / person.name / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    cells = {
        c.metadata.get("nbgrader", {}).get("grade_id"): c
        for c in nbformat.read(path, as_version=4).cells
    }
    wanting = {name for name in NAMES if person.answers[name][0] != RIGHT}
    assert wanting
    for name in NAMES:
        failed = any(o.output_type == "error" for o in cells[f"check-{name}"].outputs)
        assert failed >= (name in wanting), name
        # A kernel may send one print in two pieces.
        told = "".join(output.text for output in cells[f"hidden-{name}"].outputs)
        assert "runs when your work is marked" in told
