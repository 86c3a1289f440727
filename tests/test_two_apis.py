"""One network, two ways to write it: what it asks, what it accepts, what its notebook says."""

from __future__ import annotations

import copy
import re
import sys
from unittest.mock import MagicMock

import numpy as np
import pytest
from conftest import ROOT, said_in

import dnn_app_utils
import opt_utils
from autograder import course
from autograder.building.notebooks import filled_in, read_source
from autograder.check import CheckFailed, check, stored_probes
from autograder.contract import Probe
from autograder.exercises import ASSIGNMENTS, EXERCISES, answers
from autograder.exercises.known import written
from autograder.exercises.numbers import labels, normal, parameters
from autograder.findings import findings
from autograder.judge import judge

sys.path.append(str(ROOT / "datasets"))

from measuring import training

OWN = (
    "caches_from_flat",
    "flat_from_caches",
    "backward_propagation_from_caches",
    "L_layer_model_with_optimizer",
)
ADAM = ("initialize_adam", "update_parameters_with_adam")
ORDER = (*OWN[:3], *ADAM, OWN[3])
SOURCE = course.SOURCES / "two-apis.md"


def verdicts(name, function, seed=7):
    return [judge(name, function, hidden=hidden, seed=seed) for hidden in (False, True)]


def points(name, function):
    return sum(verdict.points for verdict in verdicts(name, function))


def reference(name):
    return EXERCISES[name].reference


# --- exercises and probes ------------------------------------------------------------------


def test_the_six_exercises_stand_in_the_notebooks_order():
    assert tuple(exercise.name for exercise in ASSIGNMENTS["two-apis"]) == ORDER


def test_adam_is_the_same_exercise_in_both_assignments():
    both = [set(map(id, ASSIGNMENTS[name])) for name in ("optimization", "two-apis")]
    assert {EXERCISES[name].name for name in ADAM} == set(ADAM)
    assert len(both[0] & both[1]) == 2


@pytest.mark.parametrize("name", OWN)
def test_the_reference_has_full_marks_for_any_seed(name):
    for seed in range(4):
        assert [v.points for v in verdicts(name, reference(name), seed)] == [4.0, 6.0]


@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        ("caches_from_flat", ["unequal", "equal widths", "m = 1", "one unit", "off", "views"]),
        ("flat_from_caches", ["unequal", "equal widths", "m = 1", "one unit", "off", "views"]),
        (
            "backward_propagation_from_caches",
            ["L = 1", "L = 2", "L = 3", "L = 5", "m = 1", "exactly 0", "tiny steps", "labels 0"],
        ),
        (
            "L_layer_model_with_optimizer",
            [
                "L = 1",
                "L = 5",
                "two layers",
                "smaller last batch",
                "left out",
                "another seed",
                "Adam",
            ],
        ),
    ],
)
def test_probes_cover_the_kinds_of_the_contract(name, kinds):
    said = " | ".join(probe.kind for probe in EXERCISES[name].probes(0, hidden=True))
    assert [kind for kind in kinds if kind not in said] == []


@pytest.mark.parametrize("name", OWN)
def test_the_catalogue_is_large_enough(name):
    right, wrong = answers(name)
    assert len(right) >= 6
    assert len(wrong) >= (15 if "back" in name else 8)


# --- the two programs ----------------------------------------------------------------------


def case(seed, m):
    rng = np.random.default_rng(seed)
    X, weights = normal(rng, 4, m), parameters(rng, [4, 5, 3, 1])
    return X, labels(rng, m), weights


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("m", [1, 2, 7, 64])
def test_the_references_agree_with_both_helper_files(seed, m):
    X, Y, weights = case(seed, m)
    a3, cache = opt_utils.forward_propagation(X, weights)
    AL, caches = dnn_app_utils.L_model_forward(X, weights)
    np.testing.assert_equal(reference("caches_from_flat")(X, cache), caches)
    np.testing.assert_equal(reference("flat_from_caches")(AL, caches), cache)
    hard = opt_utils.backward_propagation(X, Y, cache)
    general = dnn_app_utils.L_model_backward(AL, Y, caches)
    made = reference("backward_propagation_from_caches")(X, Y, caches)
    assert made.keys() == hard.keys()
    for name, value in hard.items():
        np.testing.assert_allclose(made[name], value, rtol=0, atol=1e-13 * np.max(np.abs(value)))
        if name[1] in "Wb":
            np.testing.assert_allclose(general[name], value, atol=1e-13)
    np.testing.assert_allclose(general["dA1"], m * hard["da1"], rtol=1e-12, atol=1e-15)
    cost = dnn_app_utils.compute_cost(AL, Y)
    assert opt_utils.compute_cost(a3, Y) == pytest.approx(m * cost, rel=1e-12)


@pytest.mark.parametrize(("optimizer", "rate"), [("gd", 0.3), ("adam", 0.01)])
def test_the_loop_trains_as_a_program_written_apart_from_it(optimizer, rate):
    """The numbers of datasets/measuring/ are those of this very loop."""
    rng = np.random.default_rng(3)
    X, Y = normal(rng, 3, 50), labels(rng, 50)
    net, names = [3, 5, 4, 1], ["relu", "relu", "sigmoid"]
    model = reference("L_layer_model_with_optimizer")
    trained, costs = model(X, Y, net, optimizer, names, rate, 5, 16)
    step = training.adam() if optimizer == "adam" else None
    start = training.start(net, seed=1)
    *_, last = training.epochs(X, Y, start, rate, 5, step, 16)
    for mine, other in zip(trained.values(), last, strict=True):
        np.testing.assert_allclose(mine, other, rtol=0, atol=1e-10)
    whole, [first] = model(X, Y, net, optimizer, names, rate, 1, 50)
    assert first == pytest.approx(training.cost(X, Y, start), rel=1e-12)
    assert whole.keys() == trained.keys()
    assert len(costs) == 5


def test_five_arguments_are_enough():
    rng = np.random.default_rng(4)
    X, Y = normal(rng, 2, 6), labels(rng, 6)
    for optimizer in ("gd", "adam"):
        trained, costs = reference("L_layer_model_with_optimizer")(
            X, Y, [2, 3, 3, 2, 1], optimizer, ["tanh", "relu", "leaky_relu", "sigmoid"]
        )
        assert len(trained) == 8
        assert len(costs) == 100
        assert costs[-1] < costs[0]


def test_batches_of_the_notebook_are_those_of_the_optimization_assignment():
    rng = np.random.default_rng(5)
    cells = read_source(course.SOURCES / "two-apis.md").cells
    [given] = [c.source for c in cells if "def random_mini_batches" in c.source]
    space = {"np": np}
    exec(given[given.index("def random_mini_batches") :], space)
    for m, size in ((10, 4), (8, 4), (3, 64), (1, 1)):
        X, Y = normal(rng, 3, m), labels(rng, m)
        mine = space["random_mini_batches"](X, Y, size, seed=m)
        np.testing.assert_equal(mine, reference("random_mini_batches")(X, Y, size, seed=m))


# --- what is accepted ----------------------------------------------------------------------


def test_a_mean_over_the_batches_has_full_marks_and_a_remark():
    name = "L_layer_model_with_optimizer"
    [remarked] = [v for v in answers(name)[0] if v.remark]
    function = written(EXERCISES[name], remarked.code)
    assert points(name, function) == 10
    assert "count every batch alike" in " ".join(verdicts(name, function)[1].words.split())


def test_wrong_costs_are_found_where_all_batches_are_full():
    name = "L_layer_model_with_optimizer"

    def doubled(*args):
        weights, costs = reference(name)(*args)
        return weights, [2 * cost for cost in costs]

    assert points(name, doubled) == 1


@pytest.mark.parametrize("title", ["epsilon inside the square root", "three values"])
def test_a_right_adam_of_another_kind_does_not_make_the_loop_wrong(title):
    name = "L_layer_model_with_optimizer"
    adam = next(written(EXERCISES[ADAM[1]], v.code) for v in answers(ADAM[1])[0] if title in v.name)
    code = next(v.code for v in answers(name)[0] if "first three" in v.name)
    function = written(EXERCISES[name], code)
    function.__globals__[ADAM[1]] = adam
    for seed in range(4):
        verdict = judge(name, function, hidden=False, seed=seed)
        assert verdict.own_points == verdict.max_points


def test_lists_in_place_of_tuples_are_right_in_both_caches():
    def lists(value):
        return [lists(one) for one in value] if isinstance(value, (list, tuple)) else value

    for name in OWN[:2]:
        right = reference(name)
        assert points(name, lambda *args, right=right: lists(right(*args))) == 10


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("backward_propagation_from_caches", "1/m twice in dW and db"),
        ("backward_propagation_from_caches", "1/m forgotten in dz and da"),
        ("L_layer_model_with_optimizer", "the cost divided by m twice"),
        ("L_layer_model_with_optimizer", "t counts epochs"),
        ("caches_from_flat", "each layer's own a in its linear cache"),
        ("flat_from_caches", "what went in as a"),
    ],
)
def test_the_mix_ups_are_called_by_their_name(name, title):
    [code] = [m.code for m in answers(name)[1] if m.name == title]
    for verdict in verdicts(name, written(EXERCISES[name], code)):
        assert title in verdict.mistakes


def test_what_a_probe_leaves_unchecked_is_not_compared():
    contract = EXERCISES["L_layer_model_with_optimizer"].contract
    from autograder.calling import observe

    probe = Probe("k", "core", (), ({"W1": np.ones(2)}, [1.0, 2.0]))
    loose = Probe("k", "core", (), probe.wanted, unchecked=("costs",))
    outcome = observe(lambda: ({"W1": np.ones(2)}, [9.0]), ())
    assert [f.aspect for f in findings(contract, probe, outcome)] == ["structure"]
    assert findings(contract, loose, outcome) == []
    outcome = observe(lambda: ({"W1": np.zeros(2)}, [9.0]), ())
    assert [f.aspect for f in findings(contract, loose, outcome)] == ["values"]
    outcome = observe(lambda: {"W1": np.ones(2)}, ())
    assert [f.aspect for f in findings(contract, loose, outcome)] == ["type"]


@pytest.mark.parametrize("name", OWN)
def test_the_learners_check_passes_and_fails(name, capsys):
    contract, stored, _ = stored_probes(name)
    made = EXERCISES[name].probes(0, hidden=False)
    assert contract == EXERCISES[name].contract
    assert [(p.kind, p.unchecked) for p in stored] == [(p.kind, p.unchecked) for p in made]
    check(name, reference(name))
    assert f"{name}: right." in capsys.readouterr().out
    with pytest.raises(CheckFailed, match="is not right yet"):
        check(name, lambda *args: None)


# --- the notebook --------------------------------------------------------------------------


@pytest.fixture(scope="module")
def notebook():
    return read_source(SOURCE)


@pytest.fixture(scope="module")
def ran(executed):
    return executed("two-apis")


def test_what_the_text_says_of_the_two_programs(ran):
    said = said_in(ran, "def random_case")
    assert float(re.search(r"gap of all: (\S+)", said)[1]) < 2e-13  # some fourteen digits
    ratios = dict(re.findall(r"^(\w+)\s.*?\s(\d+\.\d{6})\s", said, re.MULTILINE))
    assert {ratios[f"d{kind}{layer}"] for kind in "Wb" for layer in "123"} == {"1.000000"}
    assert {ratios[name] for name in ("dz1", "dz2", "dz3", "da1", "da2")} == {"8.000000"}
    assert re.search(r"a mean +0\.125000 ", said)
    assert float(re.search(r"largest gap (\S+)", said_in(ran, "rng(2)"))[1]) < 2e-13
    gap = re.search(r"after 2000 steps .* is (\S+)", said_in(ran, "hard_wired, v, s = update"))
    assert float(gap[1]) < 1e-13  # the fourteenth digit or beyond


def test_what_the_text_says_of_pictures(ran):
    said = said_in(ran, "picture_epochs = 100")
    test = {run: float(s) for *run, s in re.findall(r"(\w+) +(\w+) +train \S+ +test (\S+)", said)
            for run in [tuple(run)]}  # fmt: skip
    means = {("gd", "raw"): 0.70, ("gd", "centred"): 0.82}
    means |= {("adam", "raw"): 0.74, ("adam", "centred"): 0.86}
    assert all(abs(test[run] - mean) < 0.16 for run, mean in means.items())
    said = said_in(ran, "always the same answer")
    rows = re.findall(
        r"same sign (\S+) +\|Z\| is (\S+), can move by (\S+), moves by (\S+), "
        r"all together by (\S+)",
        said,
    )
    raw, centred = (tuple(map(float, row)) for row in rows)
    assert raw[0] > 0.8 > centred[0]  # almost all the same sign
    assert raw[3] > raw[1]  # one step moves Z by more than Z itself
    assert raw[4] > 0.8 * raw[3]  # nearly all of it the same for all pictures
    assert centred[4] < 0.3 * centred[1]  # hardly at all
    dead = [eval(row) for row in re.findall(r"by layer: (\[\d+, \d+, \d+\])", said)]
    assert sum(dead[1]) > 10 > sum(dead[3])  # Adam, raw: many units end up off


def test_the_numbers_of_the_text_are_claims():
    from measuring.claims import CLAIMS
    from measuring.pictures import cats_adam_centred  # noqa: F401 (registers the claims)

    text = SOURCE.read_text(encoding="utf-8")
    quoted = re.findall(r"\| (?:gradient descent|Adam), rate \S+ \| (\.\d+) \| (\.\d+) \|", text)
    names = ("cats_batches_raw", "cats_batches_centred", "cats_adam_raw", "cats_adam_centred")
    assert [float(n) for row in quoted for n in row] == [CLAIMS[name].said for name in names]


def test_without_pytorch_the_extra_says_one_sentence(ran):
    said = said_in(ran, "import torch")
    assert said.startswith("PyTorch is not installed here") or "they agree" in said


@pytest.mark.parametrize(("last", "said"), [(0.0, "they agree"), (np.nan, "they do NOT agree")])
def test_the_extra_takes_no_nan_for_agreement(last, said, monkeypatch, capsys):
    def tensor(value, **_):
        made = MagicMock()
        made.grad.numpy.return_value = np.zeros_like(value)
        return made

    monkeypatch.setitem(sys.modules, "torch", MagicMock(tensor=tensor))
    network = parameters(np.random.default_rng(1), [2, 3, 2, 1])
    grads = {"d" + name: np.zeros_like(value) for name, value in network.items()}
    grads["db3"][:] = last
    names = {
        "np": np,
        "random_case": lambda rng, m: (np.ones((2, m)), np.ones((1, m)), network),
        "L_model_forward": lambda X, network: (None, []),
        "L_model_backward": lambda AL, Y, caches: grads,
    }
    [extra] = [c.source for c in read_source(SOURCE).cells if "import torch" in c.source]
    exec(extra, names)
    assert said in capsys.readouterr().out


def test_what_the_text_says_of_five_layers(ran):
    gd, adam = map(float, re.findall(r"right: (\S+)", said_in(ran, "deep_runs = {}")))
    assert adam > 0.9 > gd


# --- the source ----------------------------------------------------------------------------


def test_the_answers_of_the_source_have_full_marks(notebook):
    """Run the cells that define things, and judge what they define."""
    space = {}
    for c in filled_in(notebook).cells:
        name = c.metadata.get("nbgrader", {}).get("grade_id", "")
        if c.cell_type == "code" and (name in ORDER or "import sys" in c.source):
            exec(c.source, space)
    for name in ORDER:
        assert points(name, copy.copy(space[name])) == 10
