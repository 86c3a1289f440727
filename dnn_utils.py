"""Activation functions for a network that you build yourself, each with its gradient.

This file is here to be opened and read. Every activation comes as a pair, one below
the other: the way forward and the way back.

    A, cache = relu(Z)              forward: Z is what the layer's linear part gave
    dZ = relu_backward(dA, cache)   backward: dA is the gradient that came back to A

The cache is Z itself, kept because the slope of an activation depends on where the unit
stood. For the four below A would tell as much; Z tells it for any activation you add.

Notation: a layer has n units and there are m examples. All arrays are (n, m), one
example per column. `dZ` is short for dJ/dZ and has the shape of Z. Where J is a mean
over examples, column i of dZ is the gradient of example i's own loss, which is m times
dJ/dZ to the letter: the 1/m comes in later, with dW and db.

These functions do one step of the chain rule, the elementwise one from dA to dZ. They
mix no units and no examples, and they put no 1/m in. The rest of the layer belongs to
the `linear_backward` that you write (exercise 7 of step-by-step). It takes this dZ and
makes three things of it:

    dW      = (1/m) dZ A_prev^T           for the weights (equation 7.1)
    db      = (1/m) sum of dZ's columns   for the biases (7.2)
    dA_prev = W^T dZ                      for the layer before, without 1/m (7.3)

and dA_prev is the dA that the layer before hands to its own activation.

float32 stays float32, whole numbers become float64, no argument is ever changed, and
every A and dZ is a new array.

What loads pictures and shows plots is in `data_utils.py`; notebooks find it here as well.
"""

import numpy as np

from data_utils import (  # noqa: F401 (for the notebooks)
    DataFileError,
    load_images,
    load_kinds,
    load_own_picture,
    progress,
    show,
)


def _as_float(values):
    """Return `values` as floats: float32 stays, whole numbers become float64."""
    values = np.asarray(values)
    is_float = np.issubdtype(values.dtype, np.floating)
    return values if is_float else values.astype(np.float64)


def sigmoid(Z):
    """Squash every number to between 0 and 1.

    Read Z as the logarithm of the odds; the sigmoid turns it into a probability.

        A = 1 / (1 + exp(-Z))        (elementwise; equation 4.3 of step-by-step)

    Parameters
    ----------
    Z : ndarray of float, shape (n, m)
        What the linear part of the layer gave: n units, m examples (one per column).

    Returns
    -------
    A, cache : ndarray of float, shape (n, m)
        The activations, a new array, and Z itself, for `sigmoid_backward`.

    Notes
    -----
    exp is only asked for numbers <= 0, so that it can never overflow. And A never gets
    all the way to 0 or 1: it is clipped to [eps, 1 - eps], where eps is the gap between
    1 and the next float (2.2e-16 in float64, 1.2e-7 in float32). With an exact 0 or 1
    the cost would take log(0), and its gradient would divide by 0.

    Examples
    --------
    >>> log_odds = np.log(np.array([[1 / 3, 1.0, 3.0]]))
    >>> A, cache = sigmoid(log_odds)
    >>> A
    array([[0.25, 0.5 , 0.75]])
    """
    cache = Z
    Z = _as_float(Z)
    e = np.exp(-np.abs(Z))  # (n, m), between 0 and 1
    A = np.where(Z >= 0, 1 / (1 + e), e / (1 + e))  # (n, m), both are the sigmoid
    eps = np.finfo(A.dtype).eps
    return np.clip(A, eps, 1 - eps), cache  # (n, m), Z


def sigmoid_backward(dA, cache):
    """Send a gradient back through one sigmoid layer.

    The slope is steepest, 1/4, at Z = 0. Far out on either side the curve is almost
    flat, and almost nothing of the gradient gets through.

        dZ = dA * s * (1 - s),  s = sigmoid(Z)    (elementwise; equation 8.3)

    Parameters
    ----------
    dA : ndarray of float, shape (n, m)
        dJ/dA at this layer's output: n units, m examples (one per column).
    cache : ndarray of float, shape (n, m)
        Z, the input that `sigmoid` saw on the way forward.

    Returns
    -------
    dZ : ndarray of float, shape (n, m)
        dJ/dZ at this layer's input. A new array; `dA` is not changed.

    Notes
    -----
    s is computed again from Z, with the same clipping as on the way forward. That is
    why the slope never becomes exactly 0, and why dA from the cross-entropy cost gives
    dZ = A - Y even for a unit that is completely sure and completely wrong.

    Examples
    --------
    >>> Z = np.log(np.array([[1.0, 3.0]]))       # s is 1/2 and 3/4
    >>> sigmoid_backward(np.array([[4.0, 16.0]]), cache=Z)
    array([[1., 3.]])
    """
    Z = cache
    s, _ = sigmoid(Z)  # (n, m), the same numbers as on the way forward
    return dA * s * (1 - s)  # (n, m)


def relu(Z):
    """Keep what is positive and put 0 in place of the rest.

    A unit that is on hands its number on unchanged; a unit that is off says 0.

        A = max(0, Z)        (elementwise; equation 4.2 of step-by-step)

    Parameters
    ----------
    Z : ndarray of float, shape (n, m)
        What the linear part of the layer gave: n units, m examples (one per column).

    Returns
    -------
    A, cache : ndarray of float, shape (n, m)
        The activations, a new array, and Z itself, for `relu_backward`.

    Examples
    --------
    >>> A, cache = relu(np.array([[-1.0, 0.0, 2.0]]))
    >>> A
    array([[0., 0., 2.]])
    """
    A = np.maximum(Z, 0.0)  # (n, m)
    return A, Z


def relu_backward(dA, cache):
    """Send a gradient back through one ReLU layer.

    A ReLU unit is a gate: where Z was positive the gradient passes unchanged,
    everywhere else it is stopped.

        dZ = dA * 1[Z > 0]        (elementwise; equation 8.2 of step-by-step)

    Parameters
    ----------
    dA : ndarray of float, shape (n, m)
        dJ/dA at this layer's output: n units, m examples (one per column).
    cache : ndarray of float, shape (n, m)
        Z, the input that `relu` saw on the way forward.

    Returns
    -------
    dZ : ndarray of float, shape (n, m)
        dJ/dZ at this layer's input. A new array; `dA` is not changed.

    Notes
    -----
    Gate on Z, never on ``A >= 0``: A = max(0, Z) is never negative, so that
    test opens every gate. At Z = 0 the slope does not exist; this course uses 0.

    Examples
    --------
    >>> Z = np.array([[-1.0, 0.0, 2.0]])
    >>> relu_backward(np.array([[5.0, 6.0, 7.0]]), cache=Z)
    array([[0., 0., 7.]])
    """
    Z = cache
    open_gate = Z > 0  # (n, m), True where the unit was on
    return np.where(open_gate, dA, 0.0)  # (n, m)


def tanh(Z):
    """Squash every number to between -1 and 1.

    It has the S shape of the sigmoid, but it is centred: 0 stays 0. Nothing is clipped
    here, since a hidden layer's A goes into no logarithm.

        A = (exp(Z) - exp(-Z)) / (exp(Z) + exp(-Z))        (elementwise)

    Parameters
    ----------
    Z : ndarray of float, shape (n, m)
        What the linear part of the layer gave.

    Returns
    -------
    A, cache : ndarray of float, shape (n, m)
        The activations, a new array, and Z itself, for `tanh_backward`.

    Examples
    --------
    >>> A, cache = tanh(np.log(np.array([[1.0, 2.0]])))    # (2 - 1/2) / (2 + 1/2)
    >>> A
    array([[0. , 0.6]])
    """
    A = np.tanh(_as_float(Z))  # (n, m), numpy's tanh never overflows
    return A, Z


def tanh_backward(dA, cache):
    """Send a gradient back through one tanh layer.

    At Z = 0 the slope is 1 and the gradient passes whole; far out it fades to 0.

        dZ = dA * (1 - tanh(Z)^2)        (elementwise)

    Parameters
    ----------
    dA, cache : ndarray of float, shape (n, m)
        dJ/dA at this layer's output, and the Z that `tanh` saw.

    Returns
    -------
    dZ : ndarray of float, shape (n, m)
        dJ/dZ at this layer's input. A new array; `dA` is not changed.

    Examples
    --------
    >>> Z = np.log(np.array([[1.0, 2.0]]))       # tanh(Z) is 0 and 0.6
    >>> tanh_backward(np.array([[7.0, 100.0]]), cache=Z)
    array([[ 7., 64.]])
    """
    Z = cache
    t, _ = tanh(Z)  # (n, m), the same numbers as on the way forward
    return dA * (1 - t * t)  # (n, m)


def leaky_relu(Z, slope=0.01):
    """Keep what is positive and let a little of the rest leak through.

    A ReLU unit that is off for every example gets no gradient, so its weights stop
    learning. The leak leaves such a unit a way back.

        A = Z where Z > 0,  slope * Z elsewhere        (elementwise)

    Parameters
    ----------
    Z : ndarray of float, shape (n, m)
        What the linear part of the layer gave.
    slope : float
        How much of a negative Z leaks through; 0 would give `relu`.

    Returns
    -------
    A, cache : ndarray of float, shape (n, m)
        The activations, a new array, and Z itself, for `leaky_relu_backward`.

    Examples
    --------
    >>> A, cache = leaky_relu(np.array([[-100.0, 0.0, 2.0]]))
    >>> A
    array([[-1.,  0.,  2.]])
    """
    cache = Z
    Z = _as_float(Z)
    factor = np.full_like(Z, slope)  # (n, m), of Z's own type: slope cannot widen it
    factor[Z > 0] = 1
    return Z * factor, cache  # (n, m), Z


def leaky_relu_backward(dA, cache, slope=0.01):
    """Send a gradient back through one leaky ReLU layer.

    The gate of `relu_backward`, but a closed gate still lets `slope` of it through. At
    Z = 0 the slope does not exist; this course uses `slope` there.

        dZ = dA where Z > 0,  slope * dA elsewhere        (elementwise)

    Parameters
    ----------
    dA, cache : ndarray of float, shape (n, m)
        dJ/dA at this layer's output, and the Z that `leaky_relu` saw.
    slope : float
        The same slope as on the way forward; it is not in the cache.

    Returns
    -------
    dZ : ndarray of float, shape (n, m)
        dJ/dZ at this layer's input. A new array; `dA` is not changed.

    Examples
    --------
    >>> Z = np.array([[-1.0, 0.0, 2.0]])
    >>> leaky_relu_backward(np.array([[500.0, 600.0, 7.0]]), cache=Z)
    array([[5., 6., 7.]])
    """
    Z = _as_float(cache)
    factor = np.full_like(Z, slope)  # (n, m), the factors of the way forward again
    factor[Z > 0] = 1
    return dA * factor  # (n, m)
