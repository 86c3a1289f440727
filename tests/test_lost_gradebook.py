"""Where the gradebook is another one or has gone, nobody gets a 0: the command says what to do."""

from __future__ import annotations

import pytest
from click.testing import CliRunner
from conftest import ASSIGNMENT, hand_in
from resuming import pretending

from autograder.cli import main
from autograder.errors import GradebookError
from autograder.grading import marking
from autograder.grading.classroom import CONFIG_NAME, ClassFolder
from autograder.grading.marks import marks
from autograder.grading.release import release


@pytest.fixture
def marked(folder, right):
    hand_in(folder, "Ann", right)
    marking.grade(folder, [ASSIGNMENT], executor=pretending())
    return folder


def exported(folder):
    done = CliRunner().invoke(main, ["export", str(folder.path)])
    assert (done.exit_code, len(done.stderr.splitlines())) == (GradebookError.exit_code, 1)
    assert not (folder.path / "marks.csv").exists()
    return done.stderr


def test_a_gradebook_that_is_gone_is_an_error(marked):
    (marked.path / "gradebook.db").unlink()
    told = exported(marked)
    assert f"has nothing of {ASSIGNMENT}. Put the old one back; or to mark all anew" in told
    assert f"autograder release {marked.path} {ASSIGNMENT}, then autograder grade" in told
    assert "Put the old one back" in exported(marked)  # an empty one is there now


def test_after_another_release_the_marks_are_still_not_0(marked):
    before = marks(marked, ASSIGNMENT)
    (marked.path / "gradebook.db").unlink()
    release(marked, [ASSIGNMENT])
    told = exported(marked)
    assert f"The gradebook has no marks of Ann, whose {ASSIGNMENT} was marked. Run: autog" in told
    marking.grade(marked, [ASSIGNMENT], executor=pretending())
    assert marks(marked, ASSIGNMENT) == before


def test_another_database_asks_for_the_move(marked):
    before = marks(marked, ASSIGNMENT)
    with (marked.path / CONFIG_NAME).open("a") as file:
        file.write(f"c.CourseDirectory.db_url = 'sqlite:///{marked.path}/other.db'\n")
    told = exported(marked)
    assert f"To copy gradebook.db into it: autograder move-gradebook {marked.path}" in told
    assert CliRunner().invoke(main, ["move-gradebook", str(marked.path)]).exit_code == 0
    assert marks(ClassFolder(marked.path), ASSIGNMENT) == before


def test_a_student_who_was_taken_out_of_the_gradebook_has_no_0(marked, blank):
    hand_in(marked, "Bob", blank)
    marking.grade(marked, [ASSIGNMENT], executor=pretending())
    with marked.gradebook() as gradebook:
        gradebook.remove_student("Bob")
    assert "The gradebook has no marks of Bob" in exported(marked)
