"""The hard-wired three-layer network is right, and agrees with the general code."""

import ast
import doctest
import inspect
import itertools
import warnings

import matplotlib.pyplot as plt
import numpy as np
import pytest

import dnn_utils
import opt_utils
from opt_utils import (
    backward_propagation,
    compute_cost,
    forward_propagation,
    initialize_parameters,
    load_dataset,
    load_params_and_grads,
    plot_decision_boundary,
    predict,
    predict_dec,
)

plt.switch_backend("Agg")  # draws without a window
# inputs, hidden, hidden, output, examples: unequal on purpose, and one of everything
SIZES = [(2, 5, 3, 1, 7), (3, 2, 6, 1, 11), (4, 3, 3, 1, 1), (1, 1, 1, 1, 4), (5, 4, 2, 1, 64)]
every_size = pytest.mark.parametrize("sizes", SIZES)
every_float = pytest.mark.parametrize("dtype", [np.float64, np.float32])


@pytest.fixture(autouse=True)
def no_warning_of_any_kind():
    """Turn every warning into an error; underflow to 0 is harmless and stays silent."""
    with warnings.catch_warnings(), np.errstate(all="raise", under="ignore"):
        warnings.simplefilter("error")
        yield


def network(sizes, seed=0, dtype=np.float64):
    """Draw X, whole-number labels and parameters; no bias is 0, since zeros hide mistakes."""
    rng = np.random.default_rng(seed)
    *layer_dims, m = sizes
    parameters = {}
    for layer in (1, 2, 3):
        n, n_prev = layer_dims[layer], layer_dims[layer - 1]
        parameters[f"W{layer}"] = rng.normal(size=(n, n_prev)).astype(dtype)
        parameters[f"b{layer}"] = rng.normal(size=(n, 1)).astype(dtype)
    X = rng.normal(size=(layer_dims[0], m)).astype(dtype)
    return X, rng.integers(0, 2, (1, m)), parameters


def general_pass(X, Y, parameters):
    """Go forward and back with the general code's conventions, from dnn_utils."""
    A, m, caches, grads = X, X.shape[1], [], {}
    for layer in (1, 2, 3):
        W, b = parameters[f"W{layer}"], parameters[f"b{layer}"]
        activate = dnn_utils.sigmoid if layer == 3 else dnn_utils.relu
        A_prev = A
        A, Z = activate(W @ A_prev + b)
        caches.append((A_prev, W, Z))
    dA = -(Y / A - (1 - Y) / (1 - A))
    for layer in (3, 2, 1):
        A_prev, W, Z = caches[layer - 1]
        back = dnn_utils.sigmoid_backward if layer == 3 else dnn_utils.relu_backward
        dZ = back(dA, Z)
        grads[f"dZ{layer}"] = dZ
        grads[f"dW{layer}"] = dZ @ A_prev.T / m
        grads[f"db{layer}"] = dZ.sum(axis=1, keepdims=True) / m
        grads[f"dA{layer - 1}"] = dA = W.T @ dZ
    return A, grads, np.mean(-(Y * np.log(A) + (1 - Y) * np.log(1 - A)))


def test_doctests():
    """All examples in the docstrings are right."""
    result = doctest.testmod(opt_utils)
    assert result.failed == 0
    assert result.attempted >= 9


@every_float
def test_sigmoid_and_relu_are_those_of_dnn_utils(dtype):
    """The same numbers, clipping and type, but s alone; and nothing finite is too much."""
    info = np.finfo(dtype)
    x = np.array(
        [0, info.smallest_subnormal, info.tiny, 0.3, 1, 17, 40, 100, 800, info.max], dtype=dtype
    )
    for values in (np.stack([x, -x]), x[1], x[:0], np.arange(-3, 4), np.int8([-128, 127])):
        for name in ("sigmoid", "relu"):
            before = values.copy()
            s = getattr(opt_utils, name)(values)
            expected, _ = getattr(dnn_utils, name)(values)
            np.testing.assert_array_equal(s, expected)
            np.testing.assert_array_equal(values, before)
            assert s.dtype == expected.dtype and s.shape == expected.shape
            assert not np.shares_memory(s, values)


@pytest.mark.parametrize("layer_dims", [[2, 5, 2, 1], [7, 1], [3, 4, 6, 2, 1]])
def test_initialize_parameters(layer_dims):
    """Seed 3, one draw a layer in order, He scale, biases 0; the same on every call."""
    draw = np.random.RandomState(3)
    parameters = initialize_parameters(layer_dims)
    again = initialize_parameters(layer_dims)
    assert list(parameters) == [f"{k}{i}" for i in range(1, len(layer_dims)) for k in "Wb"]
    for i, (n_prev, n) in enumerate(itertools.pairwise(layer_dims), start=1):
        W = draw.randn(n, n_prev) * np.sqrt(2 / n_prev)
        np.testing.assert_allclose(parameters[f"W{i}"], W, rtol=1e-15)
        np.testing.assert_array_equal(parameters[f"b{i}"], np.zeros((n, 1)))
        np.testing.assert_array_equal(again[f"W{i}"], parameters[f"W{i}"])


@every_size
def test_forward_propagation(sizes):
    """The cache has its twelve parts in order, each computed from the one before."""
    X, _, parameters = network(sizes)
    a3, cache = forward_propagation(X, parameters)
    z1, a1, W1, b1, z2, a2, W2, b2, z3, cached_a3, W3, b3 = cache
    for name, value in {"W1": W1, "b1": b1, "W2": W2, "b2": b2, "W3": W3, "b3": b3}.items():
        assert value is parameters[name]
    assert cached_a3 is a3
    for z, W, a_prev, b in [(z1, W1, X, b1), (z2, W2, a1, b2), (z3, W3, a2, b3)]:
        np.testing.assert_allclose(z, W @ a_prev + b, rtol=1e-13, atol=1e-14)
    for a, z in [(a1, z1), (a2, z2)]:
        np.testing.assert_array_equal(a, z * (z > 0))
    np.testing.assert_allclose(a3, 1 / (1 + np.exp(-z3)), rtol=1e-13)


@every_size
@pytest.mark.parametrize("seed", range(5))
def test_hard_wired_against_general(sizes, seed):
    """dW and db agree; dz, da are 1/m times dZ, dA; the cost is m times the mean."""
    X, Y, parameters = network(sizes, seed)
    m = X.shape[1]
    a3, cache = forward_propagation(X, parameters)
    gradients = backward_propagation(X, Y, cache)
    AL, grads, cost = general_pass(X, Y, parameters)
    assert " ".join(gradients) == "dz3 dW3 db3 da2 dz2 dW2 db2 da1 dz1 dW1 db1"
    for name, value in gradients.items():
        expected = grads[name] if name[1] in "Wb" else grads["d" + name[1].upper() + name[2]] / m
        assert value.shape == expected.shape
        np.testing.assert_allclose(value, expected, rtol=1e-13, atol=1e-13)
    np.testing.assert_allclose(a3, AL, rtol=1e-13)
    np.testing.assert_allclose(compute_cost(a3, Y), m * cost, rtol=1e-13)


@every_size
def test_backward_against_central_differences(sizes):
    """dW and db are the gradients of compute_cost / m, to a relative error of 1e-7."""
    X, Y, parameters = network(sizes, seed=3)
    _, cache = forward_propagation(X, parameters)
    for z in (cache[0], cache[4]):
        assert np.min(np.abs(z)) > 1e-3 and 0 < np.mean(z > 0) < 1, "choose another seed"
    gradients = backward_propagation(X, Y, cache)
    h = 1e-5
    for name in parameters:
        expected = np.zeros_like(parameters[name])
        for place in np.ndindex(expected.shape):
            costs = []
            for step in (h, -h):
                moved = {**parameters, name: parameters[name].copy()}
                moved[name][place] += step
                costs.append(compute_cost(forward_propagation(X, moved)[0], Y) / X.shape[1])
            expected[place] = (costs[0] - costs[1]) / (2 * h)
        error = np.linalg.norm(gradients["d" + name] - expected) / np.linalg.norm(expected)
        assert error <= 1e-7, name


def test_gate_is_shut_at_zero():
    """Units standing exactly at 0 pass nothing back, while their layer's da is not 0."""
    X, Y, parameters = network((2, 5, 3, 1, 7), seed=3)
    for layer in (1, 2):
        stopped = parameters | {name: 0 * parameters[name] for name in (f"W{layer}", f"b{layer}")}
        gradients = backward_propagation(X, Y, forward_propagation(X, stopped)[1])
        assert np.all(gradients[f"da{layer}"] != 0)
        for name in (f"dz{layer}", f"dW{layer}", f"db{layer}"):
            np.testing.assert_array_equal(gradients[name], 0)


def test_backward_propagation_is_written_out():
    """No loop, and no call to another function of ours: that is the point of this file."""
    tree = ast.parse(inspect.getsource(backward_propagation))
    loops = (ast.For, ast.While, ast.comprehension)
    assert not any(isinstance(node, loops) for node in ast.walk(tree))
    calls = [ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)]
    assert all(call.startswith("np.") for call in calls)


@every_float
@pytest.mark.parametrize("label_type", [np.int64, np.uint8, np.bool_, np.float32, np.float64])
def test_type_is_kept_and_arguments_are_not_changed(dtype, label_type):
    """float32 stays float32 whatever the labels are; float64 is as right with any labels."""
    X, Y, parameters = network((3, 4, 5, 1, 9), dtype=dtype)
    Y = Y.astype(label_type)
    before = [value.copy() for value in (X, Y, *parameters.values())]
    a3, cache = forward_propagation(X, parameters)
    before += [part.copy() for part in cache]
    gradients = backward_propagation(X, Y, cache)
    cost = compute_cost(a3, Y)
    assert np.shape(cost) == ()
    assert {value.dtype for value in (cost, *cache, *gradients.values())} == {np.dtype(dtype)}
    for old, new in zip(before, (X, Y, *parameters.values(), *cache), strict=True):
        np.testing.assert_array_equal(old, new)

    wide = {name: value.astype(np.float64) for name, value in parameters.items()}
    _, grads, _ = general_pass(X.astype(np.float64), Y.astype(np.float64), wide)
    for name in ("dW1", "dW2", "dW3", "db1", "db2", "db3"):
        np.testing.assert_allclose(gradients[name], grads[name], rtol=1e-4, atol=1e-6)
        assert not any(np.shares_memory(gradients[name], part) for part in cache)


def test_compute_cost_is_a_sum():
    """Twice the examples, twice the cost; and the number by hand."""
    a3, Y = np.array([[0.8, 0.3, 0.5]]), np.array([[1, 0, 0]])
    by_hand = -np.log(0.8 * 0.7 * 0.5)
    assert compute_cost(a3, Y) == pytest.approx(by_hand, rel=1e-14)
    assert compute_cost(np.tile(a3, 2), np.tile(Y, 2)) == pytest.approx(2 * by_hand, rel=1e-14)


@every_float
def test_compute_cost_is_finite_at_zero_and_one(dtype):
    """An exact 0 or 1 costs -log(eps) where wrong and next to nothing where right."""
    eps = np.finfo(dtype).eps
    sure = np.array([[0, 1]], dtype=dtype)
    assert 0 <= compute_cost(sure, np.array([[0, 1]])) <= 4 * eps
    assert compute_cost(sure, np.array([[1, 0]])) == pytest.approx(-2 * np.log(eps), rel=1e-6)
    assert compute_cost(sure.astype(int), np.array([[1, 0]])) == pytest.approx(72.087, rel=1e-4)
    within = np.array([[eps, 1 - eps]], dtype=dtype)  # what sigmoid gives at its ends
    assert compute_cost(within, np.array([[1, 0]])) == compute_cost(sure, np.array([[1, 0]]))


def half_sure():
    """Return X and parameters with z3 = relu(x1) - relu(-x1) = x1, whatever x2 is."""
    zeros = np.zeros((2, 1))
    parameters = {
        "W1": np.array([[1.0, 0.0], [-1.0, 0.0]]),
        "b1": zeros,
        "W2": np.eye(2),
        "b2": zeros,
        "W3": np.array([[1.0, -1.0]]),
        "b3": np.zeros((1, 1)),
    }
    return np.array([[-2.0, 0.0, 1e-9, 3.0], [5.0, 5.0, -5.0, -5.0]]), parameters


@pytest.mark.parametrize("shape", [(1, 4), (4,)])
def test_predict_and_predict_dec(capsys, shape):
    """Exactly one half counts as no, and the accuracy printed is the share of hits."""
    X, parameters = half_sure()  # a3: below, exactly at, just above, above one half
    p = predict(X, np.array([0, 1, 1, 1]).reshape(shape), parameters)
    assert capsys.readouterr().out == "Accuracy: 0.75\n"
    np.testing.assert_array_equal(p, [[0, 0, 1, 1]])
    assert np.issubdtype(p.dtype, np.integer)
    decided = predict_dec(parameters, X)
    assert decided.dtype == np.bool_
    np.testing.assert_array_equal(decided, [[False, False, True, True]])


@pytest.mark.parametrize("says", ["both", "only 0", "only 1"])
@pytest.mark.parametrize("label_shape", [(1, 3), (3,)])
def test_plot_decision_boundary(monkeypatch, says, label_shape):
    """Regions and points lie where they should, on the current axes, shown once."""
    shown, asked = [], []
    monkeypatch.setattr(plt, "show", lambda: shown.append(1))

    def model(points):
        asked.append(points)
        answer = points[:, 0] > 2  # x1 runs from -1 to 11, x2 from -2 to 3
        return answer[None] if says == "both" else np.full(len(points), says == "only 1")

    X, y = np.array([[0.0, 10.0, 5.0], [-1.0, 2.0, 0.0]]), np.array([0, 1, 1])
    figure, axes = plt.subplots()
    axes.set_title("kept")
    assert plot_decision_boundary(model, X, y.reshape(label_shape)) is None
    assert len(shown) == 1 and plt.gcf() is figure and figure.axes == [axes]
    assert (axes.get_title(), axes.get_xlabel(), axes.get_ylabel()) == ("kept", "x1", "x2")

    points = asked[0]
    assert points.ndim == 2 and points.shape[1] == 2
    np.testing.assert_allclose(points.min(axis=0), [-1, -2])
    np.testing.assert_allclose(points.max(axis=0), [11, 3])

    regions, zeros, ones = axes.collections
    if says == "both":
        for path, low, high in zip(regions.get_paths(), (-1, 2), (2, 11), strict=True):
            np.testing.assert_allclose(path.vertices[:, 0].min(), low, atol=0.05)
            np.testing.assert_allclose(path.vertices[:, 0].max(), high, atol=0.05)
    np.testing.assert_array_equal(zeros.get_offsets(), X.T[:1])
    np.testing.assert_array_equal(ones.get_offsets(), X.T[1:])
    assert not np.array_equal(zeros.get_facecolor(), ones.get_facecolor())
    assert len(zeros.get_paths()[0]) != len(ones.get_paths()[0])  # not by colour alone
    figure.canvas.draw()
    plt.close(figure)


def test_plot_decision_boundary_on_given_axes(monkeypatch):
    """Side by side: nothing is shown until the caller shows it, and nothing moves elsewhere."""
    monkeypatch.setattr(plt, "show", lambda: pytest.fail("shown too early"))
    figure, (left, right) = plt.subplots(1, 2)
    plot_decision_boundary(lambda points: points[:, 0] > 0, np.eye(2), np.array([[1, 0]]), left)
    assert len(left.collections) == 3 and len(right.collections) == 0
    assert plt.gcf() is figure and plt.fignum_exists(figure.number)
    plt.close(figure)


def test_load_dataset(monkeypatch):
    """The moons unless told otherwise, drawn unless told otherwise."""
    shown = []
    monkeypatch.setattr(opt_utils, "show", lambda *what: shown.append(what))
    X, Y = load_dataset(is_plot=False)
    assert (X.shape, X.dtype, Y.shape, Y.dtype) == ((2, 300), np.float64, (1, 300), np.int64)
    assert not shown and not plt.get_fignums()
    X, Y = load_dataset("flower")
    ((figure, alt),) = shown
    assert alt.startswith("flower: 200 points of label 0 and 200 of label 1, eight petals")
    drawn = np.concatenate([one.get_offsets() for one in figure.axes[0].collections])
    np.testing.assert_array_equal(drawn, np.concatenate([X[:, Y[0] == k].T for k in (0, 1)]))
    plt.close(figure)
    with pytest.raises(dnn_utils.DataFileError, match=r"no waves in"):
        load_dataset("waves")


@pytest.mark.parametrize("seed", [1, 2, 77])
def test_load_params_and_grads(seed):
    """Eight draws in the stated order; without an argument the seed is 1."""
    draw = np.random.RandomState(seed)
    values = load_params_and_grads(seed) if seed != 1 else load_params_and_grads()
    for value, shape in zip(values, [(2, 3), (2, 1), (3, 3), (3, 1)] * 2, strict=True):
        np.testing.assert_array_equal(value, draw.randn(*shape))
