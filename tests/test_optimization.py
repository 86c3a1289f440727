"""The third assignment: what it asks, what it accepts, and what its notebook says."""

from __future__ import annotations

import copy
import re

import numpy as np
import pytest
from conftest import said_in
from judging import examine

from autograder.check import CheckFailed, check, stored_probes
from autograder.diagnosis import same
from autograder.exercises import ASSIGNMENTS, EXERCISES, answers
from autograder.exercises.known import known_mistakes_of, written
from autograder.exercises.numbers import parameters
from autograder.exercises.optimization.drawn import like, zeros
from autograder.judge import judge

ORDER = (
    "update_parameters_with_gd",
    "random_mini_batches",
    "initialize_velocity",
    "update_parameters_with_momentum",
    "initialize_adam",
    "update_parameters_with_adam",
    "update_lr",
    "schedule_lr_decay",
)
MANY = ("random_mini_batches", "update_parameters_with_momentum", "update_parameters_with_adam")


def variant(name, title):
    [code] = [v.code for v in answers(name)[0] if v.name == title]
    return written(EXERCISES[name], code)


def mistake(name, title):
    [code] = [m.code for m in answers(name)[1] if m.name == title]
    return code


def verdicts(name, function, seed=7):
    return [judge(name, function, hidden=hidden, seed=seed) for hidden in (False, True)]


def points(name, function):
    return sum(verdict.points for verdict in verdicts(name, function))


def reference(name):
    return EXERCISES[name].reference


# --- exercises and probes ----------------------------------------------------------------


def test_the_eight_exercises_stand_in_the_courses_order():
    assert tuple(exercise.name for exercise in ASSIGNMENTS["optimization"]) == ORDER


@pytest.mark.parametrize("name", ORDER)
def test_the_reference_has_full_marks_for_any_seed(name):
    for seed in range(5):
        assert [v.points for v in verdicts(name, reference(name), seed)] == [4.0, 6.0]


@pytest.mark.parametrize("name", ORDER)
def test_the_catalogue_is_large_enough(name):
    right, wrong = answers(name)
    assert len(right) >= 6
    assert len(wrong) >= (30 if name in MANY else 8)


@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        ("update_parameters_with_gd", ["L = 1", "L = 2", "L = 3", "L = 5", "rate of 0"]),
        (
            "random_mini_batches",
            ["a smaller last", "m a multiple", "m smaller", "m equal", "m = 1", "left out"],
        ),
        ("initialize_velocity", ["L = 1", "L = 2", "L = 3", "L = 5"]),
        ("initialize_adam", ["L = 1", "L = 2", "L = 3", "L = 5"]),
        (
            "update_parameters_with_momentum",
            ["in motion", "from rest", "L = 1", "L = 2", "L = 5", "beta = 0"],
        ),
        (
            "update_parameters_with_adam",
            ["in motion, t > 1", "t = 1)", "L = 1", "L = 2", "L = 5", "epsilon", "t = 1000"],
        ),
        ("update_lr", ["epoch 0", "no decay", "late"]),
        ("schedule_lr_decay", ["between", "before a step", "after a step", "left out", "odd"]),
    ],
)
def test_probes_cover_the_kinds_of_the_contract(name, kinds):
    said = " | ".join(probe.kind for probe in EXERCISES[name].probes(0, hidden=True))
    assert [kind for kind in kinds if kind not in said] == []


def test_moments_are_not_zero_and_m_is_no_multiple_of_the_batch_size():
    seen = [probe.args for probe in EXERCISES["update_parameters_with_adam"].inputs(3, hidden=True)]
    assert any(np.all(v["dW1"]) and np.all(s["dW1"]) and t > 1 for _, _, v, s, t, *_ in seen)
    batches = [p.args for p in EXERCISES["random_mini_batches"].inputs(3, hidden=False)]
    assert any(X.shape[1] % size for X, _, size, _ in batches)


@pytest.mark.parametrize("name", ORDER)
def test_the_learners_checks_are_the_visible_probes(name, capsys):
    contract, stored, known = stored_probes(name)
    exercise = EXERCISES[name]
    assert contract == exercise.contract
    made = known_mistakes_of(exercise, 0, hidden=False)
    assert [(k.name, k.hint, k.right) for k in known] == [(k.name, k.hint, k.right) for k in made]
    assert all(same(a.signatures, b.signatures) for a, b in zip(known, made, strict=True))
    assert [p.kind for p in stored] == [p.kind for p in exercise.probes(0, hidden=False)]
    check(name, exercise.reference)
    assert f"{name}: right." in capsys.readouterr().out
    with pytest.raises(CheckFailed, match="is not right yet"):
        check(name, lambda *args: None)


# --- the references by another way ---------------------------------------------------------


def drawn(seed, steps):
    rng = np.random.default_rng(seed)
    weights = parameters(rng, [2, 4, 3, 1])
    return weights, [like(rng, weights) for _ in range(steps)]


@pytest.mark.parametrize("seed", range(3))
def test_momentum_is_the_weighted_sum_of_all_gradients(seed):
    weights, gradients = drawn(seed, 6)
    v = zeros(weights)
    for grads in gradients:
        _, v = reference("update_parameters_with_momentum")(weights, grads, v, 0.8, 0.1)
    for name, found in v.items():
        summed = sum(0.2 * 0.8 ** (5 - i) * grads[name] for i, grads in enumerate(gradients))
        np.testing.assert_allclose(found, summed, rtol=1e-12)


@pytest.mark.parametrize("seed", range(3))
def test_corrected_moments_are_means_with_weights_that_sum_to_1(seed):
    weights, gradients = drawn(seed, 7)
    v, s = zeros(weights), zeros(weights)
    for t, grads in enumerate(gradients, start=1):
        adam = reference("update_parameters_with_adam")(weights, grads, v, s, t, 0.1, 0.7, 0.9)
        _, v, s, v_corrected, s_corrected = adam
    for name in v:
        series = np.array([grads[name] for grads in gradients])
        for found, values, beta in ((v_corrected, series, 0.7), (s_corrected, series**2, 0.9)):
            share = beta ** np.arange(6, -1, -1)
            mean = np.average(values, axis=0, weights=share)
            np.testing.assert_allclose(found[name], mean, rtol=1e-12)


def test_every_example_is_in_one_batch_with_its_label():
    rng = np.random.default_rng(2)
    for m, size in ((148, 64), (64, 64), (5, 64), (1, 3), (30, 10), (31, 10)):
        X = np.array([np.arange(m), rng.standard_normal(m)])
        Y = (np.arange(m) % 3 == 0).astype(float).reshape(1, m)
        batches = reference("random_mini_batches")(X, Y, size, seed=int(rng.integers(100)))
        assert [x.shape[1] for x, _ in batches[:-1]] == [size] * (len(batches) - 1)
        numbers = np.concatenate([x[0] for x, _ in batches])
        assert sorted(numbers) == list(range(m))
        for x, y in batches:
            np.testing.assert_array_equal(y[0], x[0] % 3 == 0)


# --- what is accepted ------------------------------------------------------------------------


def test_adam_may_return_three_values_or_five_but_not_four():
    adam = reference("update_parameters_with_adam")
    for number, earned in ((5, 10), (3, 10), (4, 0)):
        assert points("update_parameters_with_adam", lambda *a, n=number: adam(*a)[:n]) == earned
    with pytest.raises(CheckFailed, match="holds 4 items, wanted a tuple of 5"):
        check("update_parameters_with_adam", lambda *args: adam(*args)[:4])


@pytest.mark.parametrize(
    "title",
    [
        "second moment decays with beta1",
        "1 - beta2 forgotten",
        "square root forgotten",
        "minus in v",
    ],
)
def test_a_slip_is_named_with_three_values_as_with_five(title):
    code = mistake("update_parameters_with_adam", title)
    short = code.replace("v, s, v_corrected, s_corrected", "v, s")
    assert short != code
    for text in (code, short):
        function = written(EXERCISES["update_parameters_with_adam"], text)
        assert [v.mistakes for v in verdicts("update_parameters_with_adam", function)] == [
            [title],
            [title],
        ]


@pytest.mark.parametrize(
    ("title", "said"),
    [
        ("epsilon inside the square root", "stands inside the square root"),
        ("epsilon inside the square root, three values", "stands inside the square root"),
        ("epsilon added before s is corrected", "before s is corrected"),
    ],
)
def test_another_place_of_epsilon_has_full_marks_and_a_remark(title, said, capsys):
    function = variant("update_parameters_with_adam", title)
    for verdict in verdicts("update_parameters_with_adam", function):
        assert verdict.points == verdict.max_points
        assert not verdict.mistakes
        assert said in " ".join(verdict.words.split())
    check("update_parameters_with_adam", function)
    assert said in " ".join(capsys.readouterr().out.split())


def test_no_remark_where_there_is_nothing_to_remark(capsys):
    for name in ORDER:
        assert all("remark" not in v.words for v in verdicts(name, reference(name)))
    check("update_parameters_with_adam", reference("update_parameters_with_adam"))
    assert "remark" not in capsys.readouterr().out


@pytest.mark.parametrize("name", ["update_parameters_with_momentum", "update_parameters_with_adam"])
def test_gradients_must_stay_as_they_came(name):
    right = reference(name)

    def careless(weights, grads, *rest):
        result = right(weights, copy.deepcopy(grads), *rest)
        grads["dW1"] *= 0.5
        return result

    assert points(name, careless) == 1


def test_batches_may_be_lists_in_a_tuple():
    right = reference("random_mini_batches")
    assert points("random_mini_batches", lambda *a: tuple(map(list, right(*a)))) == 10
    assert points("random_mini_batches", lambda *a: iter(right(*a))) == 0


def test_another_generator_is_told_kindly():
    code = mistake("random_mini_batches", "a random generator of its own")
    verdict = verdicts("random_mini_batches", written(EXERCISES["random_mini_batches"], code))[0]
    assert verdict.mistakes == ["a random generator of its own"]
    assert "You shuffle well" in verdict.words


def test_moments_that_share_their_arrays_are_found():
    right = reference("initialize_velocity")

    def one_dict(weights):
        v = s = right(weights)
        return v, s

    def shallow(weights):
        v = right(weights)
        return v, v.copy()

    for function in (one_dict, shallow):
        assert points("initialize_adam", function) == 1
        assert verdicts("initialize_adam", function)[0].mistakes == ["v and s share their arrays"]
    [probe, *_] = EXERCISES["initialize_adam"].probes(1, hidden=False)
    found = examine(EXERCISES["initialize_adam"].contract, one_dict, probe)
    assert [f.aspect for f in found] == ["repeat"]


# --- the notebook ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def ran(executed):
    return executed("optimization")


def test_what_the_text_says_of_the_three_optimisers(ran):
    """71.7, 71.7 and 94.3 per cent; another processor may move a point or two."""
    shares = re.findall(r"Accuracy: ([\d.]+)", said_in(ran, "predict(train_X, train_Y, trained"))
    assert np.allclose(np.array(shares, float), [0.717, 0.717, 0.943], atol=0.008)
    text = "\n".join(c.source for c in ran.cells)
    assert "71.7, 71.7 and 94.3 per cent" in text


def test_what_the_text_says_of_the_rate(ran):
    said = said_in(ran, "def accuracies")
    plain, adam = (float(n) for n in re.findall(r"accuracy (0\.\d+)", said)[:2])
    assert plain > adam - 0.02  # most of Adam's lead was the rate
    rows = {
        (rate, optimizer): np.array(row.split(), float)
        for rate, optimizer, row in re.findall(r"rate ([\d.]+)\s+(\w+)\s+accuracy \[(.*?)\]", said)
    }
    assert np.max(np.abs(rows["0.0007", "gd"] - rows["0.0007", "momentum"])) < 0.02
    assert max(rows["0.0007", "gd"]) < 0.8  # neither is any good
    assert min(rows["3", "momentum"]) > 0.9  # more than nine in ten from all six
    assert min(rows["3", "gd"]) < 0.9
    assert np.sum(rows["3", "gd"] > 0.9) >= 3  # works from most starts


def test_what_the_text_says_of_the_start(ran):
    rows = re.findall(r"units \d and \d  (\w+)\s+accuracy \[(.*?)\]", said_in(ran, "seeds = ["))
    small_gd, small_adam, wide_gd, wide_adam = (np.array(row.split(), float) for _, row in rows)
    assert abs(small_gd[1] - 0.5) < 0.1  # start 7: about half
    assert small_adam[1] == 0.5  # and exactly half
    assert np.all(wide_adam > wide_gd + 0.03)  # the same order from start to start


def test_what_the_text_says_of_decay(ran):
    said = said_in(ran, '"schedule_lr_decay": schedule_lr_decay}')
    none, falling, steps, small = (float(n) for n in re.findall(r"accuracy (0\.\d+)", said))
    assert none > steps - 0.02 > small + 0.15  # the success belongs to the 0.1
    assert falling < small  # decay takes it away
    assert "0.91, that is 9.1 times 0.1" in said
    said = said_in(ran, "def every_50")
    jitter = [float(n) for n in re.findall(r"jitter of the cost ([\d.]+)", said)]
    worst = [float(n) for n in re.findall(r"worst accuracy ([\d.]+)", said)]
    assert jitter[0] > 5 * max(jitter[1:])
    assert worst[2] > worst[1] > worst[0]
