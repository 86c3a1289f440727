"""Find the bug: the instrument measures, the gallery is broken as the text says."""

from __future__ import annotations

import re
import sys

import numpy as np
import pytest
from conftest import ROOT, said_in
from judging import examine

from autograder import course
from autograder.building.notebooks import read_source
from autograder.exercises import ASSIGNMENTS, EXERCISES, answers
from autograder.exercises.find_the_bug.networks import smooth_case
from autograder.exercises.known import written
from autograder.judge import judge
from dnn_app_utils import L_model_backward, L_model_forward

INSTRUMENT = (
    "dictionary_to_vector",
    "vector_to_dictionary",
    "numerical_gradient",
    "gradient_check",
    "suspect_layer",
)
REPAIRS = (
    "repaired_linear_backward",
    "repaired_weight_gradients",
    "repaired_relu_backward",
    "repaired_output_gradient",
    "repaired_training_step",
)
ORDER = INSTRUMENT + REPAIRS


def reference(name):
    return EXERCISES[name].reference


def verdicts(name, function, seed=7):
    return [judge(name, function, hidden=hidden, seed=seed) for hidden in (False, True)]


def points(name, function):
    return sum(verdict.points for verdict in verdicts(name, function))


# --- exercises and probes ----------------------------------------------------------------


def test_five_exercises_build_the_instrument_and_five_repair():
    assert tuple(exercise.name for exercise in ASSIGNMENTS["find-the-bug"]) == ORDER


@pytest.mark.parametrize("name", ORDER)
def test_the_reference_has_full_marks_for_any_seed(name):
    for seed in range(3):
        assert [v.points for v in verdicts(name, reference(name), seed)] == [4.0, 6.0]


@pytest.mark.parametrize("name", ORDER)
def test_the_catalogue_is_large_enough(name):
    right, wrong = answers(name)
    assert len(right) >= 6
    assert len(wrong) >= (15 if name in REPAIRS else 8)


@pytest.mark.parametrize("name", REPAIRS)
def test_the_broken_version_is_among_the_mistakes_and_is_named(name):
    [code] = [m.code for m in answers(name)[1] if m.name == "the broken one as it was"]
    for verdict in verdicts(name, written(EXERCISES[name], code)):
        assert verdict.points < verdict.max_points
        missing = "is not defined" in verdict.words  # the name m is told by itself
        assert verdict.mistakes[0] == "the broken one as it was" or missing


@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        ("dictionary_to_vector", ["L = 1", "L = 5", "L = 11", "last layer first", "views"]),
        ("vector_to_dictionary", ["L = 1", "L = 5", "L = 11", "two outputs", "view"]),
        ("numerical_gradient", ["L = 1", "two layers", "L = 5", "m = 1", "left out", "0.3"]),
        ("gradient_check", ["zeros everywhere", "second axis", "transposed", "other sign"]),
        ("suspect_layer", ["nothing wrong", "twelve", "only a db", "no order", "left out"]),
        ("repaired_weight_gradients", ["209", "one example", "the rest of 300"]),
        ("repaired_relu_backward", ["exactly 0", "shut", "open"]),
        ("repaired_output_gradient", ["sure and wrong", "labels 1", "labels 0"]),
        ("repaired_training_step", ["L = 1", "L = 5", "rate of 0", "above 1"]),
    ],
)
def test_probes_cover_the_kinds_of_the_contract(name, kinds):
    made = [probe.kind for probe in EXERCISES[name].inputs(0, hidden=True)]
    said = " | ".join(made)
    assert [kind for kind in kinds if kind not in said] == []


# --- the instrument ------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(3))
def test_the_instrument_finds_a_right_gradient_right_and_a_fault_at_its_layer(seed):
    weights, X, Y = smooth_case(np.random.default_rng(seed), [3, 4, 3, 1], 6)
    AL, caches = L_model_forward(X, weights)
    grads = L_model_backward(AL, Y, caches)
    numerical = reference("numerical_gradient")(weights, X, Y)
    differences = reference("gradient_check")(grads, numerical)
    assert differences["all"] < 1e-6
    assert reference("suspect_layer")(differences) == 0
    spoilt = grads | {"dW1": grads["dW1"] * 0.5, "db2": -grads["db2"]}
    assert reference("suspect_layer")(reference("gradient_check")(spoilt, numerical)) == 2


def test_central_differences_err_by_the_square_of_the_step():
    """Equation 3.2, for one unit and so without a kink."""
    weights, X, Y = smooth_case(np.random.default_rng(5), [3, 1], 5)
    right = L_model_backward(*reversed_arguments(X, weights, Y))["dW1"]

    def error(epsilon):
        found = reference("numerical_gradient")(weights, X, Y, epsilon)
        return np.abs(found["dW1"] - right).max()

    assert error(0.02) / error(0.01) == pytest.approx(4, rel=0.02)


def reversed_arguments(X, weights, Y):
    AL, caches = L_model_forward(X, weights)
    return AL, Y, caches


def test_parameters_may_be_moved_and_put_back():
    [code] = [
        v.code for v in answers("numerical_gradient")[0] if "moved back by the same" in v.name
    ]
    function = written(EXERCISES["numerical_gradient"], code)
    assert points("numerical_gradient", function) == 10


def test_a_stretched_shape_is_no_agreement():
    numerical = {"dW1": np.ones((3, 2)), "db1": np.ones((3, 1))}
    flat = numerical | {"db1": np.ones(3)}
    assert reference("gradient_check")(flat, numerical) == {"dW1": 0.0, "db1": 1.0, "all": 1.0}


# --- what is accepted and what is not --------------------------------------------------------


def test_m_from_outside_is_found_whatever_it_is():
    exercise = EXERCISES["repaired_weight_gradients"]
    [code] = [m.code for m in answers(exercise.name)[1] if m.name == "the broken one as it was"]
    function = written(exercise, code)
    assert points(exercise.name, function) == 0  # a NameError
    function.__globals__["m"] = 209
    visible, hidden = verdicts(exercise.name, function)
    assert (visible.points, hidden.points) == (1.0, 0.0)
    assert visible.mistakes == ["depends on m from outside"]


def test_a_training_step_may_move_its_parameters_in_place():
    [code] = [
        v.code
        for v in answers("repaired_training_step")[0]
        if v.name == "in place, after all gradients"
    ]
    assert (
        points("repaired_training_step", written(EXERCISES["repaired_training_step"], code)) == 10
    )


def test_an_early_step_shows_in_the_layers_below_only():
    exercise = EXERCISES["repaired_training_step"]
    [code] = [m.code for m in answers(exercise.name)[1] if m.name == "the broken one as it was"]
    probe = exercise.probes(3, hidden=False)[0]  # three layers
    found = examine(exercise.contract, written(exercise, code), probe)
    assert found
    text = " ".join(f.text for f in found)
    assert '"W1"' in text and '"W2"' in text
    assert '"W3"' not in text


# --- the notebook ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def source():
    return read_source(course.SOURCES / "find-the-bug.md")


@pytest.fixture(scope="module")
def ran(executed):
    return executed("find-the-bug")


def numbers(pattern, text):
    return [float(n) for n in re.findall(pattern, text)]


def test_after_each_repair_no_fault_is_found(ran):
    repaired = [c for c in ran.cells if c.cell_type == "code" and "Predict first" in c.source]
    said = ["".join(o.get("text", "") for o in c.outputs) for c in repaired]
    reports = [text for text in said if "difference" in text]
    assert len(reports) == len(REPAIRS)
    assert all("no fault found" in text and "WRONG" not in text for text in reports)


@pytest.mark.parametrize(
    ("start", "layer"),
    [
        ("def broken_linear_backward", 2),
        ("def broken_weight_gradients", 3),
        ("def broken_relu_backward", 2),
        ("def broken_output_gradient", 3),
        ("def broken_training_step", 2),
        ("def network_f", 3),
        ("def network_g", 2),
    ],
)
def test_the_fault_of_each_network_enters_where_the_text_says(ran, start, layer):
    assert f"the fault enters at layer {layer} of 3" in said_in(ran, start)


def test_what_the_text_says_of_one_over_m(ran):
    said = said_in(ran, "def broken_linear_backward")
    lengths = numbers(r"length\s+([\d.e-]+) times", said)
    assert lengths == pytest.approx([1 / 300**2] * 2 + [1 / 300] * 2 + [1] * 2, rel=0.01)
    right, broken = (numbers(r"0\.\d+", row) for row in re.findall(r"six starts.*", said))
    assert min(right) > 0.92
    assert 0.78 < min(broken) <= max(broken) < 0.9  # "0.80 to 0.88, depending on the start"
    cats = said_in(ran, "def shrunk")
    for name, low, high in (("right", 0.75, 0.95), ("broken", 0.4, 0.6), ("repaired", 0.75, 0.95)):
        [on_new] = numbers(rf"{name}: accuracy .*? ([\d.]+) on new", cats)
        assert low < on_new < high


def test_what_the_text_says_of_a_left_over_m(ran):
    said = said_in(ran, "def broken_weight_gradients")
    assert numbers(r"length\s+([\d.]+) times", said) == [0.306] * 6
    right, broken = numbers(r"accuracy ([\d.]+)", said)
    assert right > broken > 0.8


def test_what_the_text_says_of_another_cost(ran):
    right, broken = numbers(r"accuracy ([\d.]+)", said_in(ran, "def broken_output_gradient"))
    assert abs(right - broken) < 0.02  # "as good as the right network"


def test_what_the_text_says_of_a_step_too_early(ran):
    said = said_in(ran, "def broken_training_step")
    rows = [numbers(r"0\.\d+", row.split(":")[1]) for row in re.findall(r"rate.*network E.*", said)]
    small, _, large = rows
    assert abs(small[0] - small[1]) < 0.01
    assert large[0] > 0.9
    assert large[1] < 0.6


def test_network_f_learns_its_examples_by_heart(ran):
    said = said_in(ran, "def network_f")
    assert "accuracy 1.000" in said
    assert "b1 (8, 300)" in said


def test_best_steps_lie_where_the_text_says(ran):
    [found] = [c for c in ran.cells if "axes.loglog" in c.source]
    alt = next(o["data"]["text/plain"] for o in found.outputs if "image/png" in o.get("data", {}))
    assert all(1e-7 <= e <= 1e-4 for e in numbers(r"epsilon (\de-\d+)", alt))
    assert len(numbers(r"epsilon (\de-\d+)", alt)) == 3


def test_the_figure_shows_what_was_measured():
    """Noise differs from processor to processor, its size does not."""
    sys.path.append(str(ROOT / "notebooks" / "figures"))
    from draw_find_the_bug import MEASURED, POWERS

    from data_utils import load_points

    X, Y = load_points("moons")
    draw, weights = np.random.RandomState(0), {}
    for l, (n_prev, n) in enumerate(((2, 8), (8, 4), (4, 1)), start=1):
        weights[f"W{l}"] = draw.randn(n, n_prev) * np.sqrt(2 / n_prev)
        weights[f"b{l}"] = draw.randn(n, 1) * 0.1
    grads = L_model_backward(*reversed_arguments(X, weights, Y))
    for place in range(0, len(MEASURED), 3):
        numerical = reference("numerical_gradient")(weights, X, Y, 10 ** POWERS[place])
        found = reference("gradient_check")(grads, numerical)["all"]
        assert abs(np.log10(found / MEASURED[place])) < 0.7
