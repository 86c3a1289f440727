"""Slips that learners made, each told what it is, by their own check and when marked."""

from __future__ import annotations

import pytest
from judging import code_of, notebook, verdicts

from autograder.building.checks_file import LEARNERS_SEED
from autograder.calling import Written, observe
from autograder.check import CheckFailed, check
from autograder.exercises import EXERCISES
from autograder.exercises.known import known_mistakes_of, written
from autograder.exercises.mutants import mutants
from autograder.findings import findings
from autograder.hints import hints


def named(name, code):
    """Name what a learner's own check is told, and what both judges say of the same code."""
    exercise, function = EXERCISES[name], written(EXERCISES[name], code)
    probes = exercise.probes(LEARNERS_SEED, hidden=False)
    seen = [(probe, observe(function, probe.args)) for probe in probes]
    failed = [probe for probe, outcome in seen if findings(exercise.contract, probe, outcome)]
    known = known_mistakes_of(exercise, LEARNERS_SEED, hidden=False)
    said = hints(exercise.contract, Written(function), seen, failed, known)
    return [[r.name for r in said], *(v.mistakes for v in verdicts(name, function))]


def test_a_variable_without_a_value_is_named_where_no_branch_was_taken():
    code = """
def linear_activation_forward(A_prev, W, b, activation):
    Z, linear_cache = linear_forward(A_prev, W, b)
    if activation == "sigmoid":
        A, activation_cache = sigmoid(Z)
    elif activation == "ReLU":
        A, activation_cache = relu(Z)
    return A, (linear_cache, activation_cache)
"""
    function = written(EXERCISES["linear_activation_forward"], code)
    for verdict in verdicts("linear_activation_forward", function):
        assert verdict.mistakes[0] == "A has no value where it is used"
        assert "condition is never true" in " ".join(verdict.words.split())
        assert "None" not in verdict.words
        assert "comes in by its arguments" not in " ".join(verdict.words.split())


BACKWARD_BY = """
def linear_backward(dZ, cache):
    A_prev, W, b = cache
    m = A_prev.shape[1]
    return {}, dZ @ A_prev.T / m, np.sum(dZ, axis=1, keepdims=True) / m
"""
FROM_FIRST_TO_LAST = """
def L_model_backward(AL, Y, caches):
    grads = {}
    L = len(caches)
    dA = -(Y / AL - (1 - Y) / (1 - AL))
    for l in range(1, L + 1):
        activation = "sigmoid" if l == L else "relu"
        dA, dW, db = linear_activation_backward(dA, caches[l - 1], activation)
        grads["dA" + str(l - 1)] = dA
        grads["dW" + str(l)] = dW
        grads["db" + str(l)] = db
    return grads
"""


@pytest.mark.parametrize("product", ["np.dot(W.T, dZ)", "W.T @ dZ"])
def test_a_loop_from_first_to_last_is_named_however_products_are_written(product):
    helpers = BACKWARD_BY.format(product), code_of("linear_activation_backward")
    function = notebook(*helpers, FROM_FIRST_TO_LAST)["L_model_backward"]
    with pytest.raises(CheckFailed, match="known mistake: forward order") as failed:
        check("L_model_backward", function)
    assert str(failed.value).count("known mistake") == 1
    assert [v.mistakes for v in verdicts("L_model_backward", function)] == [["forward order"]] * 2


def test_where_nothing_came_back_no_part_of_it_is_called_left_out():
    code = FROM_FIRST_TO_LAST.replace("range(1, L + 1)", "range(caches)")
    function = notebook(code_of("linear_backward"), code_of("linear_activation_backward"), code)[
        "L_model_backward"
    ]
    with pytest.raises(CheckFailed, match="TypeError") as failed:
        check("L_model_backward", function)
    assert "known mistake" not in str(failed.value)
    assert [v.mistakes for v in verdicts("L_model_backward", function)] == [[], []]


@pytest.mark.parametrize(
    ("b1", "b2", "said"),
    [
        ("n_h", "(n_y, 1)", "b1 with one axis"),
        ("(n_h,)", "(n_y, 1)", "b1 with one axis"),
        ("(n_h, 1)", "n_y", "b2 with one axis"),
        ("(1, n_h)", "(n_y, 1)", "b1 as a row"),
        ("(n_h, 1)", "(1, n_y)", "b2 as a row"),
        ("n_h", "n_y", "b with one axis"),
    ],
)
def test_the_one_bias_of_another_shape_is_named(b1, b2, said):
    code = f"""
def initialize_parameters(n_x, n_h, n_y):
    np.random.seed(1)
    W1 = np.random.randn(n_h, n_x) * 0.01
    b1 = np.zeros({b1})
    W2 = np.random.randn(n_y, n_h) * 0.01
    b2 = np.zeros({b2})
    return {{"W1": W1, "b1": b1, "W2": W2, "b2": b2}}
"""
    assert named("initialize_parameters", code) == [[said]] * 3


@pytest.mark.parametrize(
    ("m", "said"),
    [("A_prev.shape[0]", "m is the number of inputs"), ("len(dZ)", "m is the number of units")],
)
def test_rows_taken_for_columns_come_before_what_is_as_large_by_chance(m, said):
    code = f"""
def linear_backward(dZ, cache):
    A_prev, W, b = cache
    m = {m}
    dW = np.dot(dZ, A_prev.T) / m
    db = np.sum(dZ, axis=1, keepdims=True) / m
    return np.dot(W.T, dZ), dW, db
"""
    assert named("linear_backward", code) == [[said]] * 3


@pytest.mark.parametrize(
    ("weight", "bias", "said"),
    [
        ("W", "db", "W in the keys in place of dW"),
        ("dW", "vb", "vb in the keys in place of db"),
        ("W", "b", "keys of the parameters"),
    ],
)
def test_what_stands_under_another_key_is_not_called_left_out(weight, bias, said):
    code = f"""
def initialize_velocity(parameters):
    v = {{}}
    for l in range(1, len(parameters) // 2 + 1):
        v["{weight}" + str(l)] = np.zeros(parameters["W" + str(l)].shape)
        v["{bias}" + str(l)] = np.zeros(parameters["b" + str(l)].shape)
    return v
"""
    assert named("initialize_velocity", code) == [[said]] * 3


def test_what_is_left_out_is_called_so():
    code = """
def initialize_velocity(parameters):
    return {"d" + key: np.zeros(p.shape) for key, p in parameters.items() if key[0] == "b"}
"""
    assert named("initialize_velocity", code) == [["weights left out"]] * 3


AFTER_THE_LAST = """
def L_model_backward(AL, Y, caches):
    grads = {{}}
    L = len(caches)
    dAL = -(np.divide(Y, AL) - np.divide(1 - Y, 1 - AL))
    dA, dW, db = linear_activation_backward(dAL, caches[L - 1], "sigmoid")
    grads["dA" + str(L - 1)], grads["dW" + str(L)], grads["db" + str(L)] = dA, dW, db
    for l in {turns}:
        dA, dW, db = linear_activation_backward({read}, caches[l], "relu")
        grads["dA" + str(l)], grads["dW" + str(l + 1)], grads["db" + str(l + 1)] = dA, dW, db
    return grads
"""


@pytest.mark.parametrize(
    ("turns", "read", "said"),
    [
        ("range(L)", "dA", "all layers in forward order after the last, dA from the turn before"),
        (
            "range(L)",
            "grads[f'dA{l + 1}']",
            "all layers in forward order after the last, dA looked up",
        ),
        ("range(L - 1)", "dA", "hidden layers in forward order, dA from the turn before"),
        ("reversed(range(L))", "dA", "output layer's cache used twice"),
        ("reversed(range(L))", "grads[f'dA{l + 1}']", "output layer once more in the loop"),
    ],
)
def test_a_loop_over_other_layers_than_the_hidden_ones_is_named(turns, read, said):
    code = AFTER_THE_LAST.format(turns=turns, read=read)
    assert named("L_model_backward", code) == [[said]] * 3


def test_a_row_of_A_is_not_called_X_transposed_alone():
    code = """
def L_model_forward(X, parameters):
    A, caches, L = X, [], len(parameters) // 2
    for l in range(1, L):
        A_prev = A[l]
        A, cache = linear_activation_forward(
            A_prev, parameters["W" + str(l)], parameters["b" + str(l)], "relu"
        )
        caches.append(cache)
    AL, cache = linear_activation_forward(
        A, parameters["W" + str(L)], parameters["b" + str(L)], "sigmoid"
    )
    return AL, [*caches, cache]
"""
    assert named("L_model_forward", code) == [["A[l] for A, or X transposed"]] * 3
    code = code.replace("A[l]", "X")
    assert named("L_model_forward", code) == [["X into every hidden layer"]] * 3


def test_a_shape_is_not_called_a_result():
    said = {m.label: m.said for m in mutants(EXERCISES["initialize_parameters_deep"].reference)}
    assert "a shape" in said["`(layer_dims[l], 1)` as `(layer_dims[l],)`"]
    said = {m.label: m.said for m in mutants(EXERCISES["L_model_forward"].reference)}
    assert said["`(A, caches)` as `(caches, A)`"] == "results left out or in another order"
