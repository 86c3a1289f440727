"""What the cache holds: what it asks, what it accepts, and what its notebook says."""

from __future__ import annotations

import re

import numpy as np
import pytest
from conftest import said_in

import dnn_utils
from autograder import course
from autograder.building.notebooks import read_source
from autograder.exercises import ASSIGNMENTS, EXERCISES, answers
from autograder.exercises.given import given_to
from autograder.exercises.known import written
from autograder.exercises.what_the_cache_holds import drawn
from autograder.exercises.what_the_cache_holds.swish_backward import partners
from autograder.judge import judge

NAME = "what-the-cache-holds"
FROM_Z = ("relu_backward", "leaky_relu_backward", "sigmoid_backward", "tanh_backward")
FROM_A = tuple(f"{name}_from_A" for name in FROM_Z)
ORDER = (*FROM_Z, *FROM_A, "swish_backward")
# What every one of these functions gets wrong at some time, under the names of the catalogue.
EVERYWHERE = {
    "dA forgotten",
    "written into dA",
    "1/m in dZ",
    "summed over the examples",
    "one number for the whole layer",
    "the sign turned round",
    "cut down to whole numbers",
    "a matrix product",
    "no return",
}


def reference(name):
    return EXERCISES[name].reference


def verdicts(name, function, seed=7):
    return [judge(name, function, hidden=hidden, seed=seed) for hidden in (False, True)]


def points(name, function, seed=7):
    return sum(verdict.points for verdict in verdicts(name, function, seed))


# --- exercises and probes --------------------------------------------------------------------


def test_the_nine_exercises_stand_in_order():
    assert tuple(exercise.name for exercise in ASSIGNMENTS[NAME]) == ORDER


@pytest.mark.parametrize("name", ORDER)
def test_every_right_answer_has_full_marks_for_any_seed(name):
    exercise = EXERCISES[name]
    functions = [exercise.reference, *(written(exercise, v.code) for v in answers(name)[0])]
    for seed in (11, 12, 13):
        for function in functions:
            assert points(name, function, seed) == 10


@pytest.mark.parametrize("name", ORDER)
def test_the_catalogue_is_large_enough_and_has_what_goes_wrong_everywhere(name):
    right, wrong = answers(name)
    assert len(right) >= 6
    assert len(wrong) >= 20
    assert EVERYWHERE - {mistake.name for mistake in wrong} == set()


@pytest.mark.parametrize("name", ORDER)
def test_probes_cover_the_kinds_of_the_contract(name):
    probes = EXERCISES[name].probes(0, hidden=True)
    said = " | ".join(probe.kind for probe in probes)
    kinds = ["tiny steps", "m = 1", "n = 1", "views", "exactly 0", "large Z", "one unit, one ex"]
    assert [kind for kind in kinds if kind not in said] == []
    assert all(np.all(np.isfinite(probe.wanted)) for probe in probes)
    assert any(not probe.args[0].flags.c_contiguous for probe in probes)


def test_large_z_saturates_to_the_last_bit():
    [probe] = [p for p in EXERCISES[FROM_A[2]].probes(0, hidden=True) if "large" in p.kind]
    A = probe.args[1]
    assert np.any(A == 0)
    assert np.any(A == 1)


@pytest.mark.parametrize("name", FROM_Z)
def test_references_agree_with_the_file_that_is_open_to_read(name):
    given = getattr(dnn_utils, name)
    for probe in EXERCISES[name].probes(3, hidden=True):
        np.testing.assert_allclose(reference(name)(*probe.args), given(*probe.args), atol=1e-14)
    assert points(name, given) == 10


@pytest.mark.parametrize("name", FROM_Z)
def test_from_A_equals_from_Z(name):
    rng = np.random.default_rng(5)
    dA, Z = drawn.step(rng, 4, 30)
    A, cache = getattr(dnn_utils, name.removesuffix("_backward"))(Z)
    from_A = reference(f"{name}_from_A")(dA, A)
    np.testing.assert_allclose(from_A, reference(name)(dA, cache), atol=1e-14)


def test_a_name_that_a_helper_file_has_too_is_judged_by_what_was_written():
    """Neither the given function nor a reference answers in place of the student's."""
    for name in FROM_Z:
        assert name not in given_to(EXERCISES[name])
        assert points(name, lambda dA, cache, slope=0.01: dA * 0.5 + 0 * cache) < 5


def test_follow_through_from_Z_to_A():
    """Who hands A to a wrong relu_backward loses points there, not here."""
    space = {"np": np}
    exec("def relu_backward(dA, cache):\n    return dA * (cache >= 0)", space)
    exec("def relu_backward_from_A(dA, A):\n    return relu_backward(dA, A)", space)
    assert points("relu_backward", space["relu_backward"]) == 7  # only the ties are wrong
    assert points("relu_backward_from_A", space["relu_backward_from_A"]) == 10


def test_sigmoid_of_a_sigmoid_is_named():
    """The slip that the two versions invite: the function from Z is handed A."""

    def sigmoid_backward_from_A(dA, A):
        return reference("sigmoid_backward")(dA, A)

    for verdict in verdicts("sigmoid_backward_from_A", sigmoid_backward_from_A):
        assert verdict.mistakes[0] == "the sigmoid applied once more"


def test_two_z_of_swish_with_one_a_have_slopes_of_opposite_sign():
    left = np.array([[-1.6, -2.5, -4.0]])
    right = partners(left)
    np.testing.assert_allclose(drawn.swish(left), drawn.swish(right), rtol=1e-12)
    slopes = [reference("swish_backward")(np.ones((1, 3)), Z) for Z in (left, right)]
    assert np.all(slopes[0] < 0)
    assert np.all(slopes[1] > 0)


# --- the notebook ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def source():
    return read_source(course.SOURCES / f"{NAME}.md")


@pytest.fixture(scope="module")
def ran(executed):
    return executed("what-the-cache-holds")


def test_what_the_text_says_of_swish(ran):
    said = said_in(ran, "def partner")
    rows = re.findall(r"A \[(\S+) (\S+)\]\s+slopes \[\s*(\S+)\s+(\S+)\]", said)
    assert len(rows) == 3
    for one_A, other_A, right, left in rows:
        assert one_A == other_A
        assert float(right) > 0 > float(left)
    Z = np.linspace(-2, 0, 200_001)
    A = drawn.swish(Z)
    assert f"${A.min():.3f}$ at $Z = {Z[A.argmin()]:.3f}$" in "\n".join(c.source for c in ran.cells)


def test_what_the_text_says_of_saturation(ran):
    said = said_in(ran, "slope, clipped")
    table = {float(row.split()[0]): row.split()[1:] for row in said.splitlines()[1:9]}
    assert all(plain == clipped for Z, (_, plain, clipped) in table.items() if Z <= 36)
    assert table[37.0] == ["0", "0", "2.2e-16"]
    assert 1 / (1 + np.exp(-36.75)) == 1 > 1 / (1 + np.exp(-36.7))
    assert "dZ from Z: 1.000,  dZ from A: 1.000" in said  # the shipped answer calls `sigmoid`
    assert 1 / 22_100 < reference("sigmoid_backward")(1.0, 10.0) < 1 / 20_000
    assert 3e-4 < reference("sigmoid_backward")(1.0, 8.0) < 4e-4
    assert pytest.approx(1e-6, rel=0.1) == 0.25**10


def test_what_the_text_says_of_memory(ran):
    said = said_in(ran, "bytes_Z")
    assert "the same array: True" in said
    pictures, wide = (float(share) for share in re.findall(r"without Z ([\d.]+)% less", said))
    assert pictures < 0.5  # well below one per cent
    assert 49 < wide < 50  # about half


def test_measurements_are_printed_and_both_ways_give_the_same_gradients(ran):
    """What was measured is never held against a number: another machine measures another."""
    lines = said_in(ran, "def seconds").splitlines()[1:]
    assert len(lines) == 3
    assert all(len(re.findall(r"\w+ \d+\.\d", line)) == 4 for line in lines)
    apart = re.findall(r"ratio \d+\.\d\d; gradients at most (\S+) apart", said_in(ran, "compare("))
    assert len(apart) == 4
    assert all(float(gap) < 1e-12 for gap in apart)


def test_the_learner_gets_the_network_and_no_data_set():
    files = course.learner_files(NAME)
    assert "dnn_app_utils.py" in files
    assert [name for name in files if name.endswith(".h5")] == ["datasets/checks.h5"]
    assert sum(name.endswith(".svg") for name in files) == len(ORDER) + 1
