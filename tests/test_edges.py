"""Answers that are right nearly everywhere lose the points of the edge cases."""

from __future__ import annotations

import numpy as np
import pytest
from judging import SEED, examine

from autograder.calling import observe
from autograder.contract import Contract, Probe
from autograder.exercises import EXERCISES, answers
from autograder.exercises.known import written
from autograder.findings import findings
from autograder.plain_data import tied


def reference(name):
    return EXERCISES[name].reference


def failing(name, function):
    """Give the kinds of hidden cases in which something differs."""
    exercise = EXERCISES[name]
    probes = exercise.probes(SEED, hidden=True)
    return {p.kind for p in probes if examine(exercise.contract, function, p)}


def edges(name):
    return {p.kind for p in EXERCISES[name].inputs(SEED, hidden=True) if p.group == "edge"}


# --- what was moved has to be put back -------------------------------------------------------


@pytest.mark.parametrize("spoil", ["zeros", "cleared", "moved", "one more"])
def test_parameters_must_have_their_old_values_when_the_gradient_is_there(spoil):
    def numerical_gradient(parameters, X, Y, epsilon=1e-7):
        found = reference("numerical_gradient")(parameters, X, Y, epsilon)
        if spoil == "cleared":
            parameters.clear()
        elif spoil == "one more":
            parameters["W0"] = np.zeros(1)
        for value in parameters.values():
            np.add(value, epsilon if spoil == "moved" else -value, out=value)
        return found

    assert failing("numerical_gradient", numerical_gradient) == edges("numerical_gradient")


def test_what_is_put_back_may_differ_in_the_last_digits():
    probe = Probe("a case", "edge", ({"W1": np.array([0.1, 0.3, 3.0])},), 1.0, put_back=("p",))
    contract = Contract("f", ("p",), ("y",), may_change=("p",))

    def there_and_back(p):
        for step in (0.1, -0.2, 0.1):
            p["W1"] += step
        return 1.0

    assert observe(there_and_back, probe.args).after is not probe.args  # not to the last bit
    assert examine(contract, there_and_back, probe) == []
    [finding] = examine(contract, lambda p: p.clear() or 1.0, probe)
    assert finding.aspect == "arguments"
    assert finding.text == "p is not what it was: put every old value back before you return."
    assert findings(contract, Probe("", "core", probe.args, 1.0), observe(dict.clear, ({},)))


# --- a cost without limit --------------------------------------------------------------------


def limited(AL, Y, least=0.0, most=np.inf):
    true = np.where(Y == 1, AL, 1 - AL)
    return np.mean(np.minimum(-np.log(np.maximum(true, least)), most))


@pytest.mark.parametrize("limit", [{"least": 0.049}, {"least": 1e-4}, {"most": 5}, {"most": 10}])
def test_a_limit_to_the_loss_loses_points(limit):
    def compute_cost(AL, Y):
        return limited(AL, Y, **limit)

    assert failing("compute_cost", compute_cost) == {"two answers sure and wrong"}


@pytest.mark.parametrize("seed", range(20))
def test_a_tiny_epsilon_is_no_limit(seed):
    [probe] = [
        p for p in EXERCISES["compute_cost"].probes(seed, hidden=True) if "and wrong" in p.kind
    ]

    def compute_cost(AL, Y):
        return -np.mean(Y * np.log(AL + 1e-7) + (1 - Y) * np.log(1 - AL + 1e-7))

    for right in (compute_cost, lambda AL, Y: limited(AL, Y, 1e-7)):
        assert examine(EXERCISES["compute_cost"].contract, right, probe) == []


# --- gates -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["leaky_relu_backward", "leaky_relu_backward_from_A"])
def test_the_larger_of_gate_and_slope_is_right_for_slopes_to_1_only(name):
    def larger(dA, given, slope=0.01):
        return dA * np.maximum(given > 0, slope)

    assert failing(name, larger) == {"a slope above 1"}


@pytest.mark.parametrize("limit", [1e-3, 1e-7])
@pytest.mark.parametrize("name", ["relu_backward", "relu_backward_from_A"])
def test_a_gate_that_opens_too_late_is_found(name, limit):
    def late(dA, given):
        return dA * (given > limit)

    assert failing(name, late) == {"tiny Z, positive and negative"}


def test_a_whole_layer_with_a_gate_that_opens_too_late_is_found():
    def late(dA, cache, activation):
        linear_cache, Z = cache
        if activation == "relu":
            Z = np.where(Z > 1e-3, Z, -1.0)
        return reference("linear_activation_backward")(dA, (linear_cache, Z), activation)

    name = "linear_activation_backward"
    assert failing(name, late) == {"relu, tiny Z, positive and negative"}


# --- arrays to write into --------------------------------------------------------------------


def one_zeros_for_each_shape(parameters):
    zeros = {p.shape: np.zeros(p.shape) for p in parameters.values()}
    return {"d" + k: zeros[p.shape] for k, p in parameters.items()}


def cut_from_one(parameters):
    """Cut one array at its beginning for every entry: they overlap."""
    zeros = np.zeros(200)
    return {"d" + k: zeros[: p.size].reshape(p.shape) for k, p in parameters.items()}


def reshaped(parameters):
    v = reference("initialize_velocity")(parameters)
    return v, {k: array.reshape(array.shape) for k, array in v.items()}


def cut_twice(parameters):
    zeros, v, s, start = np.zeros(200), {}, {}, 0
    for k, p in parameters.items():
        v["d" + k] = zeros[start : start + p.size].reshape(p.shape)
        s["d" + k] = zeros[start : start + p.size].reshape(p.shape)
        start += p.size
    return v, s


def read_only(parameters):
    return {"d" + k: np.broadcast_to(0.0, p.shape) for k, p in parameters.items()}


@pytest.mark.parametrize(
    ("name", "function"),
    [
        ("initialize_velocity", one_zeros_for_each_shape),
        ("initialize_velocity", cut_from_one),
        ("initialize_velocity", read_only),
        ("initialize_adam", reshaped),
        ("initialize_adam", cut_twice),
        ("initialize_adam", lambda p: (one_zeros_for_each_shape(p), one_zeros_for_each_shape(p))),
        ("initialize_adam", lambda p: (read_only(p), read_only(p))),
    ],
)
def test_zeros_that_can_not_be_written_into_alone_lose_points(name, function):
    assert failing(name, function) >= {"equal widths", "eleven layers (L = 11)"}
    assert failing(name, function) <= edges(name)


WAYS = {
    "slices of one array": lambda zeros, n: zeros[:n],
    "read only": lambda zeros, n: np.broadcast_to(0.0, (n, 1)),
}


@pytest.mark.parametrize("way", WAYS)
def test_biases_that_can_not_be_written_into_alone_lose_points(way):
    def deep(layer_dims):
        zeros = np.zeros((max(layer_dims), 1))
        right = reference("initialize_parameters_deep")(layer_dims)
        return {k: WAYS[way](zeros, len(p)) if k[0] == "b" else p for k, p in right.items()}

    def shallow(n_x, n_h, n_y):
        zeros = np.zeros((max(n_h, n_y), 1))
        biases = {"b1": WAYS[way](zeros, n_h), "b2": WAYS[way](zeros, n_y)}
        return reference("initialize_parameters")(n_x, n_h, n_y) | biases

    found = failing("initialize_parameters_deep", deep)
    assert found == {"equal widths", "eleven layers (L = 11)"}
    assert failing("initialize_parameters", shallow) == {"equal sizes", "many outputs"}


def pieces(parameters):
    """Cut one array into pieces side by side: nobody's number is another's."""
    zeros, found, start = np.zeros(400), {}, 0
    for k, p in parameters.items():
        found["d" + k] = zeros[start : start + p.size].reshape(p.shape)
        start += p.size
    return found


def test_pieces_side_by_side_are_arrays_of_their_own():
    assert failing("initialize_velocity", pieces) == set()
    assert failing("initialize_adam", lambda p: (pieces(p), pieces(p))) == set()


def test_memory_is_looked_at_number_by_number():
    both = np.zeros((4, 2))
    a, b = both[:, 0], both[:, 1]  # in one another, and apart
    assert not tied({"a": a, "b": b})
    assert tied({"a": a, "b": both})
    assert tied(({"a": a}, {"b": both[::-1, 0]}))
    assert tied({"a": a, "b": a})
    assert tied({"a": np.broadcast_to(0.0, (2, 1))})
    assert not tied({"a": np.zeros(0), "b": np.zeros((0, 3)), "c": np.zeros(())})
    assert not tied([a, a])  # a list of caches has the same array more than once
    assert not tied(({"a": a}, a))


# --- training --------------------------------------------------------------------------------

MODELS = ("two_layer_model", "L_layer_model")
MODEL = """
def {name}(X, Y, layers_dims, learning_rate, num_iterations, print_cost=False):
    parameters = initialize_parameters_deep(layers_dims)
    costs = []
    first = compute_cost(L_model_forward(X, parameters)[0], Y)
    for i in range(num_iterations):
        AL, caches = L_model_forward(X, parameters)
        cost = compute_cost(AL, Y)
        if {stop}:
            break
        if i % 100 == 0:
            costs.append({noted})
        parameters = update_parameters(parameters, L_model_backward(AL, Y, caches), learning_rate)
    return parameters, costs
"""


def model(name, stop="False", noted="cost"):
    return written(EXERCISES[name], MODEL.format(name=name, stop=stop, noted=noted))


@pytest.mark.parametrize("name", MODELS)
def test_the_model_of_these_tests_is_right(name):
    assert failing(name, model(name)) == set()


@pytest.mark.parametrize("name", MODELS)
def test_the_first_cost_noted_again_and_again_is_found(name):
    assert failing(name, model(name, noted="first")) == {"more than a hundred steps"}


@pytest.mark.parametrize("name", MODELS)
def test_a_training_that_ends_before_its_steps_are_made_is_found(name):
    rises = failing(name, model(name, stop="costs and cost > 1.01 * costs[-1]"))
    assert rises == {"a cost that rises at first"}
    assert failing(name, model(name, stop="cost < 0.01")) == {"a small cost from the start"}


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("name", MODELS)
def test_right_variants_agree_where_the_cost_rises_or_is_small(name, seed):
    exercise = EXERCISES[name]
    probes = [p for p in exercise.probes(seed, hidden=True) if "cost" in p.kind]
    assert len(probes) == 2
    for variant in answers(name)[0]:
        function = written(exercise, variant.code)
        assert all(examine(exercise.contract, function, p) == [] for p in probes), variant.name
