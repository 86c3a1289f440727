"""The second assignment: what it asks, what it accepts, and what its notebook says."""

from __future__ import annotations

import re

import numpy as np
import pytest
from conftest import said_in
from judging import points, verdicts

from autograder import course
from autograder.calling import observe
from autograder.check import CheckFailed, check, stored_probes
from autograder.diagnosis import same
from autograder.exercises import ASSIGNMENTS, EXERCISES, answers
from autograder.exercises.application.drawn import (
    cost,
    first_weights,
    gradients,
    pictures,
    step_by_differences,
    trained,
)
from autograder.exercises.known import known_mistakes_of, written
from autograder.grading.judge_process import JudgeProcess, Settings
from autograder.judge import judge
from autograder.sandbox.client import Sandbox
from autograder.sandbox.limits import Limits
from autograder.sandbox.remote import look
from autograder.sandbox.session import Zygote
from dnn_app_utils import initialize_parameters, initialize_parameters_deep

ORDER = ("two_layer_model", "L_layer_model")


def reference(name):
    return EXERCISES[name].reference


def code_of(name, title):
    return next(a.code for kind in answers(name) for a in kind if a.name == title)


# --- what is asked ---------------------------------------------------------------------------


def test_the_two_exercises_stand_in_the_courses_order():
    assert tuple(exercise.name for exercise in ASSIGNMENTS["application"]) == ORDER
    parameters = ("X", "Y", "layers_dims", "learning_rate", "num_iterations", "print_cost")
    for name in ORDER:
        assert EXERCISES[name].contract.parameters == parameters
        assert EXERCISES[name].contract.returns == ("parameters", "costs")


@pytest.mark.parametrize("name", ORDER)
@pytest.mark.parametrize("hidden", [False, True])
def test_the_reference_has_full_marks(name, hidden):
    for seed in range(5):
        verdict = judge(name, reference(name), hidden=hidden, seed=seed)
        assert verdict.points == verdict.max_points, verdict.words


@pytest.mark.parametrize("name", ORDER)
def test_probes_cover_the_kinds_of_the_contract(name):
    said = " | ".join(probe.kind for probe in EXERCISES[name].probes(0, hidden=True))
    kinds = ["m = 1", "labels 0", "labels 1", "view", "tiny steps", "hundred", "rate of 0"]
    kinds += ["L = 1", "L = 2", "L = 3", "L = 4", "L = 5"] if name == "L_layer_model" else []
    assert [kind for kind in kinds if kind not in said] == []


def test_what_is_wanted_starts_where_the_given_functions_start():
    for dims in ([4, 3, 1], [5, 4, 3, 1]):
        for name, value in initialize_parameters_deep(dims).items():
            np.testing.assert_allclose(first_weights(dims)[name], value, rtol=1e-14)
    for name, value in initialize_parameters(6, 3, 1).items():
        np.testing.assert_allclose(first_weights([6, 3, 1])[name], value, rtol=1e-14)


def test_what_is_wanted_agrees_with_differences_of_the_cost():
    X, Y, dims = pictures(np.random.default_rng(3), [4, 5, 3, 1], 6)
    one, other = trained(X, Y, dims, 0.3, 1), step_by_differences(X, Y, dims, 0.3, 1)
    for name, value in one[0].items():
        np.testing.assert_allclose(value, other[0][name], rtol=0, atol=1e-9)
    np.testing.assert_allclose(one[1], other[1], rtol=1e-9)
    found = gradients(X, Y, first_weights(dims))
    assert min(np.abs(slope).max() for slope in found.values()) > 1e-3  # nothing is dead
    assert cost(X, Y, one[0]) < cost(X, Y, first_weights(dims))


@pytest.mark.parametrize("name", ORDER)
def test_the_learners_checks_are_the_visible_probes(name, capsys):
    contract, stored, known = stored_probes(name)
    assert contract == EXERCISES[name].contract
    assert [p.kind for p in stored] == [p.kind for p in EXERCISES[name].probes(0, hidden=False)]
    made = known_mistakes_of(EXERCISES[name], 0, hidden=False)
    for one, other in zip(known, made, strict=True):
        assert (one.name, one.hint) == (other.name, other.hint)
        assert same(one.signatures, other.signatures)
    check(name, reference(name))
    assert f"{name}: right. " in capsys.readouterr().out


@pytest.mark.parametrize("name", ORDER)
def test_no_known_mistake_looks_like_a_right_answer(name):
    """Signatures keep the first cost only, so a mistake has to show elsewhere."""
    exercise = EXERCISES[name]
    inputs = exercise.inputs(1, hidden=True)
    from autograder.signatures import signature

    right = [
        signature(exercise.contract, observe(exercise.reference, p.args), p.args) for p in inputs
    ]
    for known in known_mistakes_of(exercise, 1, hidden=True):
        assert not same(known.signatures, right), known.name


# --- what is accepted ------------------------------------------------------------------------


@pytest.mark.parametrize("name", ORDER)
def test_costs_may_be_noted_at_any_cadence(name, capsys):
    def model(every):
        def noted(X, Y, dims, rate, steps, print_cost=False):
            weights, _ = reference(name)(X, Y, dims, rate, steps)
            costs = trained(X, Y, dims, rate, steps)[1]
            return weights, every(costs)

        return noted

    right = [
        lambda costs: list(costs[:-1:10]),
        lambda costs: list(costs[:-1:50]),
        lambda costs: list(costs[:-1:1000]),
        lambda costs: [*costs[:-1:100], costs[-2]],  # the last iteration as well
        lambda costs: [*costs[:-1:100], costs[-1]],  # and the cost it ends with
        lambda costs: costs[:-1],
        lambda costs: [np.squeeze(c) for c in costs[:-1:7]],
    ]
    for every in right:
        assert points(name, model(every)) == 10
        check(name, model(every))
    wrong = [
        lambda costs: list(costs[1:]),
        lambda costs: [costs[-1]],
        lambda costs: costs[0],
        lambda costs: [],
        lambda costs: [*costs[:-1:100], costs[0] * 2],
        lambda costs: list(costs[::-1]),
    ]
    for every in wrong:
        assert points(name, model(every)) < 4
        with pytest.raises(CheckFailed, match="costs"):
            check(name, model(every))


def test_a_mistake_is_named_at_another_cadence_too():
    title = "dA2 without its minus"
    code = code_of("two_layer_model", title)
    often = code.replace(
        "        if i % 100 == 0:\n            costs", "        if True:\n            costs"
    )
    assert often != code
    for text in (code, often):
        function = written(EXERCISES["two_layer_model"], text)
        assert [v.mistakes for v in verdicts("two_layer_model", function)] == [[title], [title]]


def test_a_plot_inside_a_model_is_neither_shown_nor_left_open(monkeypatch):
    import matplotlib.pyplot as plt

    shown = []
    monkeypatch.setattr(plt, "show", lambda *args, **kwargs: shown.append(1))
    kept = plt.figure()
    code = code_of("L_layer_model", "a plot at the end, the last iteration's cost as well")
    function = written(EXERCISES["L_layer_model"], code)
    assert points("L_layer_model", function) == 10
    assert shown == []
    assert plt.get_fignums() == [kept.number]
    plt.show()
    assert shown == [1]  # it is back in its place
    plt.close(kept)


def test_pictures_and_labels_must_stay_as_they_came():
    def careless(X, *rest):
        result = reference("L_layer_model")(X, *rest)
        X /= 255
        return result

    assert points("L_layer_model", careless) < 10


# --- over the wire ---------------------------------------------------------------------------

LIMITS = Limits(seconds_per_cell=10, seconds_per_call=2, memory_megabytes=600)
IMPORTS = (
    "import copy\nimport numpy as np\nimport matplotlib.pyplot as plt\n"
    "from dnn_utils import *\nfrom dnn_app_utils import *\n"
)


@pytest.fixture(scope="module")
def zygote():
    with JudgeProcess(Settings(LIMITS)) as process:
        zygote = Zygote(process.mode)
        yield zygote
        zygote.close()


@pytest.fixture
def sandbox(zygote):
    files = {path.name: path.read_bytes() for path in course.ROOT.glob("*_utils.py")}
    arrays = {name: np.frombuffer(content, np.uint8) for name, content in files.items()}
    sandbox = Sandbox(zygote, LIMITS, arrays)
    sandbox.run(IMPORTS, 1)
    yield sandbox
    sandbox.close()


@pytest.mark.parametrize("name", ORDER)
def test_the_wire_changes_no_verdict(sandbox, name):
    right, wrong = answers(name)
    for answer in [*right, *wrong[::4]]:
        sandbox.run(answer.code, 3)
        for hidden in (False, True):
            here = judge(name, written(EXERCISES[name], answer.code), hidden=hidden, seed=4)
            there = judge(name, look(sandbox, name), hidden=hidden, seed=4)
            told = (there.points, there.own_points, there.mistakes)
            assert told == (here.points, here.own_points, here.mistakes), answer.name


def test_a_given_function_written_over_costs_nothing(sandbox):
    sandbox.run("def compute_cost(AL, Y):\n    return 7.0\n", 2)
    sandbox.run(answers("L_layer_model")[0][0].code, 3)
    verdict = judge("L_layer_model", look(sandbox, "L_layer_model"), hidden=True, seed=4)
    assert verdict.points == verdict.max_points
    assert "right versions of" in verdict.words


# --- the notebook ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def ran(executed):
    return executed("application")


def test_what_the_text_says_of_the_quick_way(ran):
    gaps = re.findall(r"largest gap to your own ([\d.e+-]+)", said_in(ran, "np.linalg.qr(train_x)"))
    assert len(gaps) == 2
    assert all(float(gap) < 1e-12 for gap in gaps)


def test_what_the_text_says_of_the_four_networks(ran):
    said = said_in(ran, "trained, curves = {}, {}")
    rows = np.array([line.split()[-3:] for line in said.splitlines()[1:5]], float)
    on_test, gaps = rows[:, 1], rows[:, 2]
    np.testing.assert_allclose(on_test[:3], [0.718, 0.762, 0.842], atol=0.004)
    assert 0.7 < on_test[3] < 0.9
    assert np.all((gaps > 0.05) & (gaps < 0.22))  # a tenth or so
    text = "\n".join(c.source for c in ran.cells)
    assert "71.8 per cent" in text and "76.2" in text and "84.3" in text


def test_what_the_text_says_of_nudges(ran):
    said = said_in(ran, "nudges = {")
    rows = [np.array(row.split(), float) for row in re.findall(r"nudged: \[(.*?)\]", said)]
    assert [len(set(row)) for row in rows[:2]] == [1, 1]  # alike, to the last picture
    assert np.ptp(rows[2]) < 0.15


def test_what_the_text_says_of_mistakes(ran):
    worst = said_in(ran, 'load_kinds("cats")')
    assert re.match(r"among the 20 worst: [5-9] x fox, ", worst)
    lines = said_in(ran, "rows.sort").splitlines()
    assert re.match(r"6\d of 400 test pictures are wrong: \d+ cats", lines[0])
    assert lines[1].startswith("fox") and "of  13" in lines[1]
    dog = next(line for line in lines if line.startswith("dog"))
    assert int(dog.split()[1]) <= 2  # hardly ever taken for cats


def test_what_the_text_says_of_day_and_night(ran):
    said = said_in(ran, 'load_images("daynight")')
    shares = [float(n) for n in re.findall(r"test (0\.\d+)", said)]
    np.testing.assert_allclose(shares, [0.870, 0.880, 0.887, 0.885], atol=0.006)
    said = said_in(ran, "silent = ")
    counts = [int(n) for n in re.findall(r"for (\d+) of 400 test pictures", said)]
    assert counts[:3] == [1, 1, 1]
    assert abs(counts[3] - 135) <= 5
    assert f"all off for {counts[3]} pictures" in said


def test_a_picture_that_is_none_is_refused_in_one_sentence(ran, tmp_path):
    import data_utils

    path = tmp_path / "cat.jpg"
    path.write_text("<html>")
    with pytest.raises(data_utils.DataFileError, match="is no picture that Python can read"):
        data_utils.load_own_picture(str(path))
    [own] = [c for c in ran.cells if "load_own_picture(my_picture)" in c.source]
    assert 'my_picture = ""' in own.source


def test_its_zip_holds_what_it_uses():
    files = course.learner_files("application")
    wanted = {"dnn_app_utils.py", "autograder/traces.py"}
    wanted |= {
        f"datasets/{part}_{name}.h5"
        for part in ("train", "test")
        for name in ("catvnoncat", "daynight")
    }
    wanted |= {f"notebooks/figures/application-{name}.svg" for name in ("overview", *ORDER)}
    assert wanted <= set(files)
