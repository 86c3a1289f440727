"""What a mark hangs on is the answer: neither a seed's luck nor a tiny epsilon decides it."""

from __future__ import annotations

import pytest

from autograder.exercises import EXERCISES, answers
from autograder.exercises.known import written
from autograder.judge import judge

SEEDS = range(100, 125)


def function_of(name, title):
    right, wrong = answers(name)
    [code] = [one.code for one in (*right, *wrong) if one.name == title]
    return written(EXERCISES[name], code)


def all_points(name, function, seed):
    return sum(judge(name, function, hidden=h, seed=seed).points for h in (False, True))


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("sigmoid_backward", "the exponential over 1 + exp"),
        ("swish_backward", "overflow far to the right"),
        ("L_model_backward", "dW and db clipped to -1 and 1"),
        ("repaired_output_gradient", "AL kept within a hundredth of 0 and 1"),
        ("two_layer_model", "stopped where the cost hardly falls"),
        ("L_layer_model", "stopped where the cost hardly falls"),
    ],
)
def test_a_mistake_is_found_with_every_seed(name, title):
    function = function_of(name, title)
    assert [seed for seed in SEEDS if all_points(name, function, seed) == 10] == []


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("repaired_training_step", "layer by layer, with a tiny epsilon beside AL"),
        ("numerical_gradient", "a cost of its own, with a tiny epsilon in its logarithms"),
    ],
)
def test_a_right_answer_has_full_marks_with_every_seed(name, title):
    function = function_of(name, title)
    assert [seed for seed in SEEDS[:12] if all_points(name, function, seed) != 10] == []


@pytest.mark.parametrize("name", ["two_layer_model", "L_layer_model"])
@pytest.mark.parametrize("seed", SEEDS[:5])
def test_gradients_may_not_be_clipped(name, seed):
    step = "update_parameters(parameters, grads, learning_rate)"
    code = next(one.code for one in answers(name)[0] if step in one.code)

    def with_most(most):
        clipped = f"{{key: np.clip(g, -{most}, {most}) for key, g in grads.items()}}"
        return written(EXERCISES[name], code.replace(step, step.replace("grads", clipped)))

    assert all_points(name, with_most("1e9"), seed) == 10
    assert all_points(name, with_most("5"), seed) < 10
