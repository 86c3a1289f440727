"""What the activations and their gradients promise in their docstrings holds."""

import doctest
import warnings
from functools import partial

import numpy as np
import pytest

import data_utils
import dnn_utils
from dnn_utils import (
    leaky_relu,
    leaky_relu_backward,
    relu,
    relu_backward,
    sigmoid,
    sigmoid_backward,
    tanh,
    tanh_backward,
)

# name: forward, backward, the plain formula, the slope at Z = 0
ACTIVATIONS = {
    "sigmoid": (sigmoid, sigmoid_backward, lambda Z: 1 / (1 + np.exp(-Z)), 0.25),
    "relu": (relu, relu_backward, lambda Z: Z * (Z > 0), 0.0),
    "tanh": (tanh, tanh_backward, lambda Z: 1 - 2 / (np.exp(2 * Z) + 1), 1.0),
    "leaky_relu": (leaky_relu, leaky_relu_backward, lambda Z: Z * (1 - 0.99 * (Z <= 0)), 0.01),
    "leaky_relu 0.3": (
        partial(leaky_relu, slope=np.float64(0.3)),
        partial(leaky_relu_backward, slope=np.float64(0.3)),
        lambda Z: Z * (1 - 0.7 * (Z <= 0)),
        0.3,
    ),
}
SHAPES = [(1, 1), (1, 7), (4, 1), (3, 5), (5, 3)]
FLOATS = [np.float64, np.float32]

every_activation = pytest.mark.parametrize("name", ACTIVATIONS)
every_float = pytest.mark.parametrize("dtype", FLOATS)


@pytest.fixture(autouse=True)
def no_warning_of_any_kind():
    """Turn every warning and every floating-point complaint into an error.

    Underflow is left alone, as numpy leaves it by default: exp(-1000) is 0 and half of the
    smallest float is 0, and these are the best answers there are.
    """
    with warnings.catch_warnings(), np.errstate(all="raise", under="ignore"):
        warnings.simplefilter("error")
        yield


def away_from_the_kink(shape, seed=0):
    """Draw Z with 0.1 <= |Z| <= 4 and both signs, and dA with both signs."""
    rng = np.random.default_rng(seed)
    Z = rng.uniform(0.1, 4, shape) * rng.choice([-1, 1], shape)
    return Z, rng.normal(size=shape)


def extremes(dtype):
    """Return finite numbers of every size, from the smallest subnormal to the largest."""
    info = np.finfo(dtype)
    sizes = [
        0,
        info.smallest_subnormal,
        info.tiny / 2,
        info.tiny,
        info.eps,
        1e-3,
        1,
        16.6,
        36.8,
        88.8,
        104,
        709.9,
        745.2,
        1e4,
        1e30,
        info.max / 2,
        info.max,
    ]
    sizes = np.array(sizes, dtype=dtype)
    return np.concatenate([-sizes, sizes])


def test_doctests():
    """Every public function has an example, and all examples are right."""
    result = doctest.testmod(dnn_utils)
    assert result.failed == 0
    assert result.attempted >= 16


@every_activation
@pytest.mark.parametrize("shape", SHAPES)
def test_forward_is_the_plain_formula(name, shape):
    """A is right, and the cache is Z, not a copy and not A."""
    forward, _, formula, _ = ACTIVATIONS[name]
    Z, _ = away_from_the_kink(shape)
    A, cache = forward(Z)
    assert cache is Z
    assert A.shape == shape
    np.testing.assert_allclose(A, formula(Z), rtol=1e-14, atol=1e-15)


@every_activation
@pytest.mark.parametrize("shape", SHAPES)
def test_backward_against_central_differences(name, shape):
    """dZ is dA times the slope of the forward function, unit by unit."""
    forward, backward, _, _ = ACTIVATIONS[name]
    Z, dA = away_from_the_kink(shape, seed=1)
    h = 1e-5
    expected = dA * (forward(Z + h)[0] - forward(Z - h)[0]) / (2 * h)
    dZ = backward(dA, Z)
    assert dZ.shape == shape
    assert np.max(np.abs(dZ - expected) / (np.abs(dZ) + np.abs(expected) + 1e-30)) <= 1e-7


@every_activation
@every_float
def test_slope_at_zero(name, dtype):
    """At 0 and at -0 the gradient is dA times the slope that the docstring states."""
    _, backward, _, slope = ACTIVATIONS[name]
    dA = np.array([[8.0, -8.0]], dtype=dtype)
    dZ = backward(dA, np.array([[0.0, -0.0]], dtype=dtype))
    np.testing.assert_allclose(dZ, slope * dA, rtol=np.finfo(dtype).eps, atol=0)


def test_relu_gate_looks_at_Z():
    """Not at A >= 0, which is always true; not at the sign of dA."""
    Z = np.array([[-2.0, -1e-300, 0.0, 1e-300, 2.0]])
    for sign in (1, -1):
        dA = sign * np.array([[1.0, 2.0, 3.0, 4.0, 5.0]])
        np.testing.assert_array_equal(relu_backward(dA, Z), sign * np.array([[0, 0, 0, 4.0, 5]]))


def test_leaky_relu_default_slope_is_one_hundredth():
    """Both functions leak 0.01 unless told otherwise."""
    assert leaky_relu(np.array([[-1.0]]))[0] == -0.01
    assert leaky_relu_backward(np.array([[1.0]]), np.array([[-1.0]])) == 0.01


@every_float
def test_sigmoid_is_clipped_only_where_it_must_be(dtype):
    """Far out A is exactly eps or 1 - eps; nearer it is the formula to the last place."""
    eps = np.finfo(dtype).eps
    A, _ = sigmoid(np.array([[-1e4, -745, -100, 100, 745, 1e4]], dtype=dtype))
    np.testing.assert_array_equal(A, np.array([[eps] * 3 + [1 - eps] * 3], dtype=dtype))

    Z = np.linspace(-12, 12, 4001, dtype=dtype)
    exact = 1 / (1 + np.exp(-Z.astype(np.longdouble)))
    A, _ = sigmoid(Z)
    assert np.all(np.diff(A) >= 0)
    assert np.max(np.abs(A - exact)) <= eps
    assert np.max(np.abs(A / exact - 1)) <= 4 * eps


@every_float
@pytest.mark.parametrize("label", [0, 1])
def test_a_sure_and_wrong_sigmoid_still_learns(dtype, label):
    """With dA of the cross-entropy, dZ is A - Y, however far out Z is."""
    Z = extremes(dtype)[None]
    Y = np.full_like(Z, label)
    A, cache = sigmoid(Z)
    dA = -(Y / A - (1 - Y) / (1 - A))
    dZ = sigmoid_backward(dA, cache)
    eps = np.finfo(dtype).eps
    np.testing.assert_allclose(dZ, A - Y, rtol=4 * eps, atol=0)
    assert np.all(dZ != 0)


@every_activation
@every_float
def test_no_finite_input_is_too_much(name, dtype):
    """Everything stays finite, without a warning, for every Z paired with every dA."""
    forward, backward, _, slope_at_zero = ACTIVATIONS[name]
    dA, Z = np.meshgrid(extremes(dtype), extremes(dtype))
    A, cache = forward(Z)
    dZ = backward(dA, cache)
    assert np.all(np.isfinite(A)) and np.all(np.isfinite(dZ))
    assert np.all(np.abs(dZ) <= np.abs(dA) * max(1, slope_at_zero))
    if name.startswith(("relu", "leaky")):  # nothing is lost where the gate is open
        np.testing.assert_array_equal(A[Z > 0], Z[Z > 0])
        np.testing.assert_array_equal(dZ[Z > 0], dA[Z > 0])


@every_activation
@every_float
@pytest.mark.parametrize("shape", [(), (0,), (0, 4), (3, 0), (3, 4)])
def test_type_and_shape_are_kept(name, dtype, shape):
    """float32 stays float32, also for no numbers and for a number without axes."""
    forward, backward, _, _ = ACTIVATIONS[name]
    Z, dA = (values.astype(dtype) for values in map(np.asarray, away_from_the_kink(shape)))
    A, cache = forward(Z)
    dZ = backward(dA, cache)
    assert A.dtype == dtype and dZ.dtype == dtype
    assert A.shape == shape and dZ.shape == shape


@every_activation
def test_float32_is_as_right_as_float32_can_be(name):
    """The values in float32 are those of float64, rounded."""
    forward, backward, _, _ = ACTIVATIONS[name]
    Z, dA = (values.astype(np.float32) for values in away_from_the_kink((20, 20)))
    Z64, dA64 = Z.astype(np.float64), dA.astype(np.float64)
    np.testing.assert_allclose(forward(Z)[0], forward(Z64)[0], rtol=1e-6)
    # 1 - t * t is a small difference of numbers near 1, which costs tanh a few digits
    np.testing.assert_allclose(backward(dA, Z), backward(dA64, Z64), rtol=2e-4)


@every_activation
@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.int32, np.int64, np.uint64, np.bool_])
def test_whole_numbers_become_float64(name, dtype):
    """Whole numbers give what the same numbers give as float64; the cache stays Z."""
    forward, backward, _, _ = ACTIVATIONS[name]
    low = np.iinfo(dtype).min if dtype is not np.bool_ else 0
    Z = np.array([[low, 0, 1]]).astype(dtype)
    dA = np.array([[1, 1, 1]]).astype(dtype)
    A, cache = forward(Z)
    dZ = backward(dA, cache)
    assert cache is Z
    assert A.dtype == np.float64 and dZ.dtype == np.float64
    np.testing.assert_array_equal(A, forward(Z.astype(np.float64))[0])
    np.testing.assert_array_equal(dZ, backward(dA.astype(np.float64), Z.astype(np.float64)))


@every_activation
@every_float
@pytest.mark.parametrize("sign", [1, -1, 0])
def test_arguments_are_neither_changed_nor_handed_back(name, dtype, sign):
    """Z and dA keep their values, and A and dZ are new memory: gates open, shut, at 0."""
    forward, backward, _, _ = ACTIVATIONS[name]
    Z = (sign * np.abs(away_from_the_kink((3, 4))[0])).astype(dtype)
    dA = np.ones((3, 4), dtype=dtype)
    Z_before, dA_before = Z.copy(), dA.copy()
    A, cache = forward(Z)
    dZ = backward(dA, cache)
    np.testing.assert_array_equal(Z, Z_before)
    np.testing.assert_array_equal(dA, dA_before)
    for new in (A, dZ):
        assert not np.shares_memory(new, Z) and not np.shares_memory(new, dA)
    A[:], dZ[:] = 7, 7  # new arrays that may be written to
    np.testing.assert_array_equal(Z, Z_before)


@every_activation
def test_layout_in_memory_does_not_matter(name):
    """A transposed, strided view that may not be written to gives the same numbers."""
    forward, backward, _, _ = ACTIVATIONS[name]
    Z, dA = away_from_the_kink((8, 6))
    views = Z.T[::2], dA.T[::2]
    for view in views:
        view.flags.writeable = False
    A, cache = forward(views[0])
    np.testing.assert_allclose(A, forward(views[0].copy())[0], rtol=1e-14)
    np.testing.assert_allclose(
        backward(views[1], cache), backward(dA.T[::2], Z.T[::2].copy()), rtol=1e-14
    )


def test_notebooks_find_the_data_helpers_here():
    """`from dnn_utils import load_images` is what the course's notebooks say."""
    for name in ("load_images", "load_kinds", "load_own_picture", "progress", "show"):
        assert getattr(dnn_utils, name) is getattr(data_utils, name)
