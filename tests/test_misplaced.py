"""What lies under nearly the right name is no missing submission, and its owner is told."""

from __future__ import annotations

import shutil

import pytest
from conftest import ASSIGNMENT, hand_in
from resuming import pretending

from autograder.grading import marking
from autograder.grading.landing import look
from autograder.grading.marks import marks
from autograder.grading.misplaced import folders_of_assignments

NAME = f"{ASSIGNMENT}.ipynb"
RENAME = f": rename it to {ASSIGNMENT}/."
MISPLACED = {
    f"Step-by-step/{NAME}": f"Found Step-by-step/{RENAME}",
    "step_by_step/work.ipynb": f"Found step_by_step/{RENAME}",
    "Step by Step/work.ipynb": f"Found Step by Step/{RENAME}",
    f"step-by-stpe/{NAME}": f"Found step-by-stpe/{RENAME}",
    f"step-by-step (1)/{NAME}": f"Found step-by-step (1)/{RENAME}",
    f"homework/{NAME}": f"Found homework/{NAME}: move it into {ASSIGNMENT}/.",
    f"week 1/{ASSIGNMENT}/{NAME}": f"Found week 1/{ASSIGNMENT}: move it one folder higher.",
    NAME: f"{NAME} belongs one folder deeper, in {ASSIGNMENT}/.",
    "Step by step 2.ipynb": f"Step by step 2.ipynb belongs one folder deeper, in {ASSIGNMENT}/.",
    f"{ASSIGNMENT}.zip": f"Found {ASSIGNMENT}.zip: unpack it into {ASSIGNMENT}/.",
    f"{ASSIGNMENT}.html": f"Found {ASSIGNMENT}.html and no notebook: ask for {NAME}.",
}
NO_NOTEBOOK = {
    f"{ASSIGNMENT}/work.zip": f"holds no notebook {NAME}, but work.zip: unpack it there.",
    f"{ASSIGNMENT}/work.html": f"holds no notebook {NAME}, but work.html: ask for the notebook.",
}
# Nothing of this is meant for the assignment.
MISSING = [
    "two-apis/two-apis.ipynb", f"two-apis/{NAME}", f"own/{NAME}", "Two APIs/work.ipynb",
    "two-apis.ipynb", f"{ASSIGNMENT}/timestamp.txt", "notes/lecture.txt", "Step-by-step/",
    f".trash/{NAME}", "timestamp.txt", f"application/{NAME}.bak", f"__MACOSX/._{NAME}",
]  # fmt: skip


def lay(folder, student, place):
    path = folder.path / "submitted" / student / place
    path.parent.mkdir(parents=True, exist_ok=True)
    if place.endswith("/"):
        path.mkdir()
    else:
        path.write_text("{}")
    return path


def test_what_is_misplaced_needs_a_human_and_what_is_not_there_is_missing(folder, right):
    (folder.path / "source" / "own").mkdir()  # for nbgrader alone
    wanted = {}
    for number, (place, reason) in enumerate((MISPLACED | NO_NOTEBOOK).items()):
        lay(folder, f"human {number}", place)
        wanted[f"human {number}"] = ("needs a human", reason)
    for number, place in enumerate(MISSING):
        lay(folder, f"missing {number}", place)
        wanted[f"missing {number}"] = ("missing", "")
    hand_in(folder, "right", right)
    lay(folder, "right", f"Step-by-step/{NAME}")
    wanted["right"] = ("graded", "")
    found = marking.grade(folder, [ASSIGNMENT], executor=pretending())
    for record in found:
        state, reason = wanted[record.student]
        assert (record.state, reason in record.reason) == (state, True), record
    scores = {mark.student_id: mark.score for mark in marks(folder, ASSIGNMENT)}
    assert {scores[s] for s in wanted if s.startswith("human")} == {None}
    assert {scores[s] for s in wanted if s.startswith("missing")} == {0}
    assert marking.grade(folder, [ASSIGNMENT], executor=pretending()) == found


def test_once_it_is_renamed_it_is_marked(folder, right):
    path = hand_in(folder, "ida", right).parent
    path.rename(path.with_name("Step by Step"))
    [record] = marking.grade(folder, [ASSIGNMENT], executor=pretending())
    assert record.state == "needs a human"
    (path.parent / "Step by Step").rename(path)
    [record] = marking.grade(folder, [ASSIGNMENT], executor=pretending())
    assert record.state == "graded"


def test_a_folder_that_is_in_the_way_is_said(folder, right):
    """The right folder is there and empty: renaming is not what helps."""
    lay(folder, "ida", f"{ASSIGNMENT}/")
    lay(folder, "ida", f"Step by Step/{NAME}")
    [record] = marking.grade(folder, [ASSIGNMENT], executor=pretending())
    assert record.state == "needs a human"
    assert record.reason == f"Found Step by Step/: put what it holds into {ASSIGNMENT}/."


@pytest.mark.parametrize("place", MISPLACED)
def test_a_look_sees_what_is_misplaced_until_it_is_gone(folder, place):
    path = lay(folder, "ida", place)
    (folder.path / "submitted" / "paul").mkdir()

    def looked():
        return [
            (task.student, seen) for task, seen in look(folder.path / "submitted", [ASSIGNMENT])
        ]

    [(student, before)] = looked()
    assert student == "ida"
    path.write_text("{more}")
    [(_, after)] = looked()
    assert after.state != before.state
    shutil.rmtree(folder.path / "submitted" / "ida")
    assert looked() == []


def test_a_look_leaves_other_assignments_alone(folder):
    (folder.path / "source" / "own").mkdir()
    for number, place in enumerate(MISSING):
        if not place.startswith(ASSIGNMENT):
            lay(folder, f"missing {number}", place)
    assert list(look(folder.path / "submitted", [ASSIGNMENT])) == []
    assert {"own", ASSIGNMENT, "two-apis"} <= folders_of_assignments(folder.path)
