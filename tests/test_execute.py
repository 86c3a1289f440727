"""What comes back from the judge is written into the notebook; without it nothing is lost."""

from __future__ import annotations

import copy

import pytest
from conftest import ASSIGNMENT, cell

from autograder.errors import JudgeError
from autograder.grading import execute
from autograder.grading.execute import RUN, VERDICT, ExecuteAndJudge, execute_and_judge
from autograder.grading.judge_process import Marked


class Gone:
    mode = "landlock"

    def mark(self, *args):
        raise JudgeError("The judge's process ended while it was judged.")


class Says:
    """A judge whose answer has all that a student's code could make up."""

    mode = "landlock"
    outputs = (
        {"output_type": "stream", "text": 3},
        {"output_type": "display_data", "data": {"text/plain": ["no", "text"], "a": "b"}},
        {"output_type": "execute_result", "data": 7},
        {"output_type": "error", "traceback": "none"},
    )

    def mark(self, assignment, cells, files, seed):
        told = [{"outputs": list(self.outputs)} for _ in cells]
        return Marked(told, ["Cell 3: stopped."], self.mode)


def test_without_an_answer_the_notebook_stays_as_it_was(right):
    before = copy.deepcopy(right)
    with pytest.raises(JudgeError):
        execute_and_judge(right, ASSIGNMENT, {}, 1, Gone())
    assert right == before


def test_for_nbgrader_a_missing_answer_is_an_error_in_every_check(right, tmp_path, monkeypatch):
    monkeypatch.setattr(execute, "_shared_judge", lambda settings: Gone())
    resources = {"metadata": {"path": str(tmp_path)}, "nbgrader": {"assignment": ASSIGNMENT}}
    ExecuteAndJudge().preprocess(right, resources)
    check = cell(right, "check-linear_backward")
    assert [output.output_type for output in check.outputs] == ["error"]
    assert check.metadata[VERDICT]["points"] == 0
    assert not check.metadata[VERDICT]["reached"]
    assert right.metadata[RUN]["reasons"] == ["The judge's process ended while it was judged."]


def test_made_up_outputs_become_plain_ones_and_checks_without_a_verdict_errors(right):
    execute_and_judge(right, ASSIGNMENT, {}, 1, Says())
    exercise, check = cell(right, "linear_forward"), cell(right, "check-linear_forward")
    kinds = ["stream", "display_data", "execute_result", "error"]
    assert [output.output_type for output in exercise.outputs] == kinds
    assert exercise.outputs[0].text == "3"
    assert exercise.outputs[1].data == {"a": "b"}
    assert exercise.outputs[2].data == {}
    assert check.outputs[-1].ename == "NotJudged"
    assert check.metadata[VERDICT]["words"] == "This check was not carried out."
