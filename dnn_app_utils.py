"""The general network of step-by-step, finished, for the notebooks that build on it.

You wrote these functions, or can: step-by-step takes them one at a time. Here they are
without exercises, to be read and used. Two things are new:

- the weights start at `randn / sqrt(n_prev)`, so that deep networks learn (step-by-step
  starts at `randn * 0.01`, which is small enough to see by eye and too small for depth);
- `activations` names a function for each layer, so that hidden layers need not be ReLU.

Notation: examples are columns, m of them. Layer l = 1 ... L has n units, the layer before
it n_prev. A0 is X, AL the network's answer. `dZ` is short for dJ/dZ, one example's own loss
in each column; 1/m is in dW and db and nowhere else. The caches are, layer by layer,

    caches[l - 1] = ((A_prev, W, b), Z)

No argument is changed, and every result is a new array.
"""

import numpy as np

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

FORWARD = {"sigmoid": sigmoid, "relu": relu, "tanh": tanh, "leaky_relu": leaky_relu}
BACKWARD = {
    "sigmoid": sigmoid_backward,
    "relu": relu_backward,
    "tanh": tanh_backward,
    "leaky_relu": leaky_relu_backward,
}


def initialize_parameters(n_x, n_h, n_y):
    """Start a network with one hidden layer.

    Parameters
    ----------
    n_x, n_h, n_y : int
        Units of the input, of the hidden layer and of the output.

    Returns
    -------
    parameters : dict of ndarray
        ``W1 (n_h, n_x)``, ``b1 (n_h, 1)``, ``W2 (n_y, n_h)``, ``b2 (n_y, 1)``; the same in
        every call, since the random seed is set to 1.

    Examples
    --------
    >>> {name: value.shape for name, value in initialize_parameters(4, 3, 1).items()}
    {'W1': (3, 4), 'b1': (3, 1), 'W2': (1, 3), 'b2': (1, 1)}
    """
    return initialize_parameters_deep([n_x, n_h, n_y])


def initialize_parameters_deep(layer_dims):
    """Start a network of any depth.

    A unit adds up n_prev inputs. Weights of size 1/sqrt(n_prev) make the sum about as
    large as one input. A ReLU lets half of its square through, on average, so numbers
    still fade by about 1/sqrt(2) a layer. Four layers bear that; for many, `opt_utils`
    has sqrt(2/n_prev), which makes up for it.

        W = randn(n, n_prev) / sqrt(n_prev),  b = 0

    Parameters
    ----------
    layer_dims : list of int
        Units of the input and of each layer, L + 1 numbers.

    Returns
    -------
    parameters : dict of ndarray
        ``W1 (n1, n0)``, ``b1 (n1, 1)``, ..., ``WL``, ``bL``; the same in every call, since
        the random seed is set to 1.
    """
    np.random.seed(1)
    parameters = {}
    for l in range(1, len(layer_dims)):
        n, n_prev = layer_dims[l], layer_dims[l - 1]
        parameters[f"W{l}"] = np.random.randn(n, n_prev) / np.sqrt(n_prev)  # (n, n_prev)
        parameters[f"b{l}"] = np.zeros((n, 1))  # (n, 1)
    return parameters


def linear_forward(A, W, b):
    """Take the linear step of one layer.

        Z = W A + b        (equation 3.2 of step-by-step)

    Parameters
    ----------
    A : ndarray of float, shape (n_prev, m)
        What the layer before gave.
    W : ndarray of float, shape (n, n_prev)
    b : ndarray of float, shape (n, 1)

    Returns
    -------
    Z : ndarray of float, shape (n, m)
    cache : tuple
        ``(A, W, b)``, for `linear_backward`.
    """
    return W @ A + b, (A, W, b)  # (n, m)


def linear_activation_forward(A_prev, W, b, activation):
    """Go forward through one layer: the linear step, then the activation.

    Parameters
    ----------
    A_prev : ndarray of float, shape (n_prev, m)
    W : ndarray of float, shape (n, n_prev)
    b : ndarray of float, shape (n, 1)
    activation : str
        ``"relu"``, ``"sigmoid"``, ``"tanh"`` or ``"leaky_relu"``.

    Returns
    -------
    A : ndarray of float, shape (n, m)
    cache : tuple
        ``((A_prev, W, b), Z)``.

    Raises
    ------
    ValueError
        If there is no activation of that name.
    """
    forward = _named(activation, FORWARD)
    Z, linear_cache = linear_forward(A_prev, W, b)  # (n, m)
    A, activation_cache = forward(Z)  # (n, m)
    return A, (linear_cache, activation_cache)


def L_model_forward(X, parameters, activations=None):
    """Go forward through all layers.

    Parameters
    ----------
    X : ndarray of float, shape (n0, m)
    parameters : dict of ndarray
        ``W1``, ``b1``, ..., ``WL``, ``bL``.
    activations : list of str, optional
        One name for each layer; ``"relu"`` L - 1 times and then ``"sigmoid"`` if left out.

    Returns
    -------
    AL : ndarray of float, shape (nL, m)
    caches : list of tuple
        One cache a layer, the first layer's first.
    """
    L = len(parameters) // 2
    A, caches = X, []
    for l, activation in enumerate(_one_each(activations, L), start=1):
        A, cache = linear_activation_forward(
            A, parameters[f"W{l}"], parameters[f"b{l}"], activation
        )
        caches.append(cache)
    return A, caches


def compute_cost(AL, Y):
    """Say how wrong the answers are: the mean cross-entropy.

        J = -1/m sum of (Y log AL + (1 - Y) log(1 - AL))    (equation 6.2 of step-by-step)

    Parameters
    ----------
    AL, Y : ndarray, shape (1, m)
        The network's answers, and the labels, each 0 or 1. An answer of exactly 0 or 1
        would make the cost inf or nan; the course's `sigmoid` gives none.

    Returns
    -------
    cost : float
    """
    m = Y.shape[1]
    return float(-np.sum(Y * np.log(AL) + (1 - Y) * np.log(1 - AL)) / m)


def linear_backward(dZ, cache):
    """Go back through the linear step of one layer.

        dW = 1/m dZ A_prev^T,  db = 1/m sum of dZ's columns,  dA_prev = W^T dZ
        (equations 7.1 to 7.3 of step-by-step)

    Parameters
    ----------
    dZ : ndarray of float, shape (n, m)
        Column i: the gradient of example i's own loss at Z, without 1/m.
    cache : tuple
        ``(A_prev, W, b)`` of the way forward.

    Returns
    -------
    dA_prev : ndarray of float, shape (n_prev, m)
        Without 1/m.
    dW : ndarray of float, shape (n, n_prev)
    db : ndarray of float, shape (n, 1)
    """
    A_prev, W, _ = cache
    m = A_prev.shape[1]
    dW = dZ @ A_prev.T / m  # (n, n_prev)
    db = np.sum(dZ, axis=1, keepdims=True) / m  # (n, 1)
    dA_prev = W.T @ dZ  # (n_prev, m)
    return dA_prev, dW, db


def linear_activation_backward(dA, cache, activation):
    """Go back through one layer: the activation, then the linear step.

    Parameters
    ----------
    dA : ndarray of float, shape (n, m)
        Column i: the gradient of example i's own loss at A, without 1/m.
    cache : tuple
        ``((A_prev, W, b), Z)`` of the way forward.
    activation : str
        The layer's activation, as on the way forward.

    Returns
    -------
    dA_prev, dW, db : ndarray of float
        As from `linear_backward`.

    Raises
    ------
    ValueError
        If there is no activation of that name.
    """
    backward = _named(activation, BACKWARD)
    linear_cache, activation_cache = cache
    dZ = backward(dA, activation_cache)  # (n, m)
    return linear_backward(dZ, linear_cache)


def L_model_backward(AL, Y, caches, activations=None):
    """Go back through all layers.

    Parameters
    ----------
    AL : ndarray of float, shape (nL, m)
        The answers of `L_model_forward`.
    Y : ndarray, shape of AL
        The labels.
    caches : list of tuple
        From `L_model_forward`.
    activations : list of str, optional
        As on the way forward.

    Returns
    -------
    grads : dict of ndarray
        For each layer l: ``dA{l-1} (n_prev, m)``, ``dW{l} (n, n_prev)``, ``db{l} (n, 1)``.
    """
    L = len(caches)
    names = _one_each(activations, L)
    Y = Y.reshape(AL.shape)
    dA = -(Y / AL - (1 - Y) / (1 - AL))  # (nL, m)
    grads = {}
    for l in range(L, 0, -1):
        dA, dW, db = linear_activation_backward(dA, caches[l - 1], names[l - 1])
        grads[f"dA{l - 1}"], grads[f"dW{l}"], grads[f"db{l}"] = dA, dW, db
    return grads


def update_parameters(params, grads, learning_rate):
    """Take one step of gradient descent.

        W := W - learning_rate dW,  b := b - learning_rate db

    Parameters
    ----------
    params : dict of ndarray
        ``W1``, ``b1``, ..., ``WL``, ``bL``; it is not changed.
    grads : dict of ndarray
        ``dW1``, ``db1``, ...; further keys are not looked at.
    learning_rate : float

    Returns
    -------
    parameters : dict of ndarray
    """
    return {name: value - learning_rate * grads["d" + name] for name, value in params.items()}


def predict(X, y, parameters, activations=None):
    """Answer 0 or 1 for every example, and print how many answers are right.

    Parameters
    ----------
    X : ndarray of float, shape (n0, m)
    y : ndarray, shape (1, m)
        The labels.
    parameters : dict of ndarray
    activations : list of str, optional
        As for `L_model_forward`.

    Returns
    -------
    p : ndarray of int, shape (1, m)
        1 where the network's answer is above 1/2.
    """
    AL, _ = L_model_forward(X, parameters, activations)  # (1, m)
    p = (AL > 0.5).astype(np.int64)  # (1, m)
    print(f"Accuracy: {np.mean(p == y):.3f}")
    return p


def _one_each(activations, L):
    """Give the name of each layer's activation."""
    names = ["relu"] * (L - 1) + ["sigmoid"] if activations is None else list(activations)
    if len(names) != L:
        raise ValueError(f"{L} layers need {L} activations, one each, not {len(names)}.")
    return names


def _named(activation, functions):
    if activation not in functions:
        raise ValueError(f"No activation is named {activation!r}. There are {', '.join(FORWARD)}.")
    return functions[activation]
