"""A three-layer network with every layer written out, and what its lessons need.

This file is here to be opened and read. The network is always

    X -> LINEAR -> RELU -> LINEAR -> RELU -> LINEAR -> SIGMOID -> a3

and its passes have no loop: every quantity has a name, easy to follow with a finger.
The code that you write in step-by-step does the same for any number of layers;
`backward_propagation` says at each place what is done there instead.

Notation: X is (n0, m), m examples in columns. Layer l has n_l units, and n3 = 1. `dz2`
is short for the gradient with respect to z2. In this file 1/m goes in once, at dz3, and
all that follows inherits it. Next to the general code, with its dZ, dA and 1/m in dW, db:

    dW and db are equal,    dz = dZ / m,    da = dA / m

Do not mix the two: 1/m at dz3 and again in `linear_backward` would make it 1/m^2.
float32 stays float32, and no argument is ever changed. What reads files and shows figures
is in `data_utils.py`.
"""

import matplotlib.pyplot as plt
import numpy as np

from data_utils import load_points, show

# What the points of a data set look like, for those who can't see them.
LOOKS = {
    "moons": "two half circles that reach into each other",
    "circles": "a small ring inside a large one",
    "spirals": "two spirals that wind round each other",
    "flower": "eight petals, label 0 and label 1 in turn",
}


def sigmoid(x):
    """Squash every number to between 0 and 1.

        s = 1 / (1 + exp(-x))        (elementwise)

    Parameters
    ----------
    x : ndarray of float, any shape

    Returns
    -------
    s : ndarray of float, shape of x
        A new array, clipped to [eps, 1 - eps] as in ``dnn_utils``: never exactly 0 or 1.

    Examples
    --------
    >>> sigmoid(np.log(np.array([[1 / 3, 1.0, 3.0]])))
    array([[0.25, 0.5 , 0.75]])
    """
    x = np.asarray(x) * 1.0  # whole numbers become floats
    e = np.exp(-np.abs(x))  # never of a number > 0: no overflow
    s = np.where(x >= 0, 1 / (1 + e), e / (1 + e))  # both are the sigmoid
    eps = np.finfo(s.dtype).eps  # gap between 1 and the next float
    return np.clip(s, eps, 1 - eps)


def relu(x):
    """Keep what is positive and put 0 in place of the rest: s = max(0, x).

    Parameters
    ----------
    x : ndarray of float, any shape

    Returns
    -------
    s : ndarray of float, shape of x
        A new array.

    Examples
    --------
    >>> relu(np.array([[-1.0, 0.0, 2.0]]))
    array([[0., 0., 2.]])
    """
    return np.maximum(x, 0.0)


def initialize_parameters(layer_dims):
    """Draw the first weights (He initialisation), the same ones on every call.

        W = randn(n, n_prev) * sqrt(2 / n_prev),    b = 0

    The scale keeps numbers in a ReLU network about equally large from layer to layer.

    Parameters
    ----------
    layer_dims : list of int
        Units in each layer, the input first: [n0, n1, n2, n3] for this network.

    Returns
    -------
    parameters : dict
        W1, b1, W2, b2, ...: each W of shape (n, n_prev), each b of shape (n, 1).
    """
    np.random.seed(3)
    parameters = {}
    for layer in range(1, len(layer_dims)):
        n, n_prev = layer_dims[layer], layer_dims[layer - 1]
        parameters[f"W{layer}"] = np.random.randn(n, n_prev) * np.sqrt(2 / n_prev)
        parameters[f"b{layer}"] = np.zeros((n, 1))
    return parameters


def forward_propagation(X, parameters):
    """Send all examples through the three layers.

    Parameters
    ----------
    X : ndarray of float, shape (n0, m)
    parameters : dict
        W1, b1, W2, b2, W3, b3, as `initialize_parameters` makes them.

    Returns
    -------
    a3 : ndarray of float, shape (1, m)
        For each example, the probability that its label is 1.
    cache : tuple of 12 arrays
        (z1, a1, W1, b1, z2, a2, W2, b2, z3, a3, W3, b3), for `backward_propagation`.

    Examples
    --------
    >>> one, zero = np.array([[1.0]]), np.array([[0.0]])
    >>> ones = {"W1": one, "b1": zero, "W2": one, "b2": zero, "W3": one, "b3": -one}
    >>> a3, cache = forward_propagation(np.array([[1.0, 1.0]]), ones)    # z3 = 1 - 1
    >>> a3
    array([[0.5, 0.5]])
    """
    W1, b1 = parameters["W1"], parameters["b1"]  # (n1, n0), (n1, 1)
    W2, b2 = parameters["W2"], parameters["b2"]  # (n2, n1), (n2, 1)
    W3, b3 = parameters["W3"], parameters["b3"]  # (1, n2), (1, 1)

    z1 = np.dot(W1, X) + b1  # (n1, m)
    a1 = relu(z1)  # (n1, m)
    z2 = np.dot(W2, a1) + b2  # (n2, m)
    a2 = relu(z2)  # (n2, m)
    z3 = np.dot(W3, a2) + b3  # (1, m)
    a3 = sigmoid(z3)  # (1, m)
    return a3, (z1, a1, W1, b1, z2, a2, W2, b2, z3, a3, W3, b3)


def backward_propagation(X, Y, cache):
    """Send the error at the output back through the three layers.

    Three blocks, last layer first, with the same lines in each: dz, dW, db, and da of
    the layer before. The general code (`L_model_backward`) makes a loop of them.

        dz3 = (a3 - Y) / m,    dz = da * 1[a > 0] in the two ReLU layers
        dW = dz a_prev^T,      db = sum of dz's columns,      da_prev = W^T dz

    The gates look at a: a > 0 exactly where z > 0. With a >= 0 they would all be open,
    since a is never negative. At z = 0 there is no slope; this course uses 0.

    Parameters
    ----------
    X, Y : ndarray, shapes (n0, m) and (1, m)
        The inputs that `forward_propagation` saw, and the labels, 0 or 1.
    cache : tuple of 12 arrays
        What `forward_propagation` returned beside a3.

    Returns
    -------
    gradients : dict
        dz3 dW3 db3 da2 dz2 dW2 db2 da1 dz1 dW1 db1: the gradients of `compute_cost` / m,
        so 1/m is already in. dW3 has the shape of W3, and so on. No argument is changed.

    Examples
    --------
    Continue with the example of `forward_propagation`, and say that both labels are 1.

    >>> X, Y, one = np.array([[1.0, 1.0]]), np.array([[1, 1]]), np.array([[1.0]])
    >>> ones = {"W1": one, "b1": 0 * one, "W2": one, "b2": 0 * one, "W3": one, "b3": -one}
    >>> gradients = backward_propagation(X, Y, forward_propagation(X, ones)[1])
    >>> gradients["dz3"], gradients["dW1"]    # (0.5 - 1) / 2 for each; both together
    (array([[-0.25, -0.25]]), array([[-0.5]]))
    """
    # In general: a list `caches`, with ((A_prev, W, b), Z) for each layer.
    (z1, a1, W1, b1, z2, a2, W2, b2, z3, a3, W3, b3) = cache
    m = X.shape[1]
    # The three `dtype=` below keep float32: without them a whole-number array (the labels,
    # a gate) would turn it into float64. To float64 they make no difference.
    Y = np.asarray(Y, dtype=a3.dtype)  # (1, m)

    # Layer 3: SIGMOID, LINEAR. In general: this layer stands before the loop; dAL comes
    # from the cost, sigmoid_backward makes dZ = AL - Y of it, without 1/m.
    dz3 = (a3 - Y) / m  # (1, m)
    dW3 = np.dot(dz3, a2.T)  # (1, n2)
    db3 = np.sum(dz3, axis=1, keepdims=True)  # (1, 1)
    da2 = np.dot(W3.T, dz3)  # (n2, m)

    # Layer 2: RELU, LINEAR. In general: one turn of the loop; relu_backward(dA, Z) is the
    # gate, linear_backward the other three lines, where dW and db get their 1/m.
    dz2 = np.multiply(da2, np.int64(a2 > 0), dtype=da2.dtype)  # (n2, m)
    dW2 = np.dot(dz2, a1.T)  # (n2, n1)
    db2 = np.sum(dz2, axis=1, keepdims=True)  # (n2, 1)
    da1 = np.dot(W2.T, dz2)  # (n1, m)

    # Layer 1: RELU, LINEAR. In general: the last turn of the loop; X is its A_prev, and
    # it makes dA0 as well, which nothing here needs.
    dz1 = np.multiply(da1, np.int64(a1 > 0), dtype=da1.dtype)  # (n1, m)
    dW1 = np.dot(dz1, X.T)  # (n1, n0)
    db1 = np.sum(dz1, axis=1, keepdims=True)  # (n1, 1)

    # In general: grads["dA2"], grads["dW3"] and so on, filled in by the loop; no dZ is in it.
    return {
        "dz3": dz3, "dW3": dW3, "db3": db3, "da2": da2,
        "dz2": dz2, "dW2": dW2, "db2": db2, "da1": da1,
        "dz1": dz1, "dW1": dW1, "db1": db1,
    }  # fmt: skip


def compute_cost(a3, Y):
    """Add up the cross-entropy of all examples.

        cost = -sum(Y log(a3) + (1 - Y) log(1 - a3))

    Parameters
    ----------
    a3, Y : ndarray, shape (1, m)
        The probabilities, and the labels, 0 or 1.

    Returns
    -------
    cost : float
        The sum, not the mean: the training loop divides by m, once an epoch. It is
        finite even if a3 holds an exact 0 or 1, since a3 is clipped to [eps, 1 - eps]
        for the logarithms. What `sigmoid` above returns is inside these limits already.

    Examples
    --------
    >>> print(compute_cost(np.array([[0.5, 0.5]]), np.array([[1, 0]])) / np.log(2))
    2.0
    """
    a3 = np.asarray(a3) * 1.0
    Y = np.asarray(Y, dtype=a3.dtype)
    eps = np.finfo(a3.dtype).eps
    p = np.clip(a3, eps, 1 - eps)
    return -np.sum(Y * np.log(p) + (1 - Y) * np.log(1 - p))


def predict(X, y, parameters):
    """Say 1 where the network is more than half sure, else 0, and print the accuracy.

    Parameters
    ----------
    X, y : ndarray, shapes (n0, m) and (1, m)
        The inputs, and the labels, 0 or 1.
    parameters : dict
        W1, b1, W2, b2, W3, b3.

    Returns
    -------
    p : ndarray of int, shape (1, m)
        0 or 1 for each example.
    """
    p = np.int64(predict_dec(parameters, X))
    print(f"Accuracy: {np.mean(p.ravel() == np.ravel(y))}")
    return p


def predict_dec(parameters, X):
    """Say for each example whether a3 > 0.5, for `plot_decision_boundary`.

    Parameters
    ----------
    parameters : dict of ndarray
        ``W1``, ``b1``, ..., ``W3``, ``b3``, as from `initialize_parameters`.
    X : ndarray of float, shape (n_x, m)
        One example per column.

    Returns
    -------
    says : ndarray of bool, shape (1, m)
        a3 = 0.5 exactly counts as no.
    """
    a3, _ = forward_propagation(X, parameters)
    return a3 > 0.5


def plot_decision_boundary(model, X, y, axes=None):
    """Colour the plane by what the model says, put the examples on top, and show it.

    It draws on the current axes, so that a title set before stays.

    Parameters
    ----------
    model : function
        Takes points of shape (k, 2), one per row, and returns k predictions of 0 or 1:
        ``lambda points: predict_dec(parameters, points.T)``.
    X, y : ndarray, shapes (2, m) and (1, m)
        The examples, and their labels, 0 or 1.
    axes : matplotlib Axes, optional
        Draw here and leave it to you to show the figure: for several pictures side by side.
    """
    shown = axes is None
    axes = plt.gca() if shown else axes
    # 300 steps each way, however far the data reach: neither coarse nor slow
    x1 = np.linspace(X[0].min() - 1, X[0].max() + 1, 300)
    x2 = np.linspace(X[1].min() - 1, X[1].max() + 1, 300)
    xx, yy = np.meshgrid(x1, x2)  # (300, 300) each
    says = model(np.c_[xx.ravel(), yy.ravel()])  # k = 300 * 300
    says = np.reshape(says, xx.shape)  # (300, 300)
    axes.contourf(xx, yy, says, levels=[-0.5, 0.5, 1.5], colors=["#b3d1ea", "#fdebd0"])

    _plot_examples(axes, X, y)
    if shown:
        right = np.mean(np.ravel(model(X.T)) == np.ravel(y))
        title = axes.get_title() or "Decision boundary"
        alt = f"{title}: the plane in two colours, by what the model says"
        show(axes.figure, f"{alt}. Of {X.shape[1]} examples {right:.1%} are on the right side.")


def _plot_examples(axes, X, y):
    """Put the examples on the plane. Nearly everyone can tell the colours; shapes differ too."""
    label = np.ravel(y)
    for value, colour, marker in [(0, "#0072b2", "o"), (1, "#d55e00", "^")]:
        look = {"c": colour, "marker": marker, "s": 24, "edgecolors": "white", "linewidths": 0.5}
        axes.scatter(*X[:, label == value], label=f"label {value}", **look)
    axes.set(xlabel="x1", ylabel="x2")
    axes.legend()


def load_dataset(name="moons", is_plot=True):
    """Load points in the plane, one per column, and their labels, 0 or 1; show them.

    Parameters
    ----------
    name : str
        "moons", "circles", "spirals" or "flower".
    is_plot : bool
        Whether to show the points.

    Returns
    -------
    train_X : ndarray of float64, shape (2, m)
    train_Y : ndarray of int64, shape (1, m)

    Raises
    ------
    DataFileError
        If the file is missing or holds something else.

    Examples
    --------
    >>> train_X, train_Y = load_dataset("moons", is_plot=False)
    >>> train_X.shape, train_Y.shape
    ((2, 300), (1, 300))
    """
    train_X, train_Y = load_points(name)
    if is_plot:
        figure, axes = plt.subplots()
        _plot_examples(axes, train_X, train_Y)
        ones = int(train_Y.sum())
        alt = f"{name}: {train_Y.size - ones} points of label 0 and {ones} of label 1"
        show(figure, f"{alt}, {LOOKS[name]}." if name in LOOKS else f"{alt}.")
    return train_X, train_Y


def load_params_and_grads(seed=1):
    """Draw made-up parameters and gradients, to try an update rule on.

    Parameters
    ----------
    seed : int
        The same seed draws the same numbers.

    Returns
    -------
    W1, b1, W2, b2, dW1, db1, dW2, db2 : ndarray of float
        Of shapes (2, 3), (2, 1), (3, 3), (3, 1), and the same again, drawn in this order.
    """
    np.random.seed(seed)
    shapes = [(2, 3), (2, 1), (3, 3), (3, 1)] * 2
    return tuple(np.random.randn(*shape) for shape in shapes)
