"""What "Find the bug" says: how far broken gradients get on the shipped sets."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from itertools import pairwise

import numpy as np

from data_utils import load_images, load_points
from measuring import training
from measuring.claims import claim
from measuring.training import Array, Parameters

Step = Callable[[Parameters], Parameters]
NET = [2, 8, 4, 1]


def _start(layers: list[int], seed: int) -> Parameters:
    """Draw first parameters as the notebook does: biases are not zero."""
    draw = np.random.RandomState(seed)
    parameters = []
    for n_prev, n in pairwise(layers):
        parameters += [draw.randn(n, n_prev) * np.sqrt(2 / n_prev), draw.randn(n, 1) * 0.1]
    return parameters


def one_over_m_in_dA_prev(m: int) -> Step:
    """Give what 1/m in dA_prev makes of right gradients: m^-(L - l) of each in layer l."""

    def step(found: Parameters) -> Parameters:
        L = len(found) // 2
        return [g * float(m) ** -(L - 1 - place // 2) for place, g in enumerate(found)]

    return step


def _moons(seeds: int, broken: bool) -> list[float]:
    X, Y = load_points("moons")
    step = one_over_m_in_dA_prev(X.shape[1]) if broken else None
    return [
        training.accuracy(X, Y, training.train(X, Y, _start(NET, seed), 0.5, 1000, step))
        for seed in range(seeds)
    ]


@claim(0.943, 0.012, quick=True)
def moons_right_gradients(seeds: int) -> float:
    """Moons: 2-8-4-1, rate 0.5, 1000 full-batch steps, right gradients."""
    return float(np.mean(_moons(seeds, broken=False)))


@claim(0.83, 0.03, quick=True)
def moons_one_over_m(seeds: int) -> float:
    """Moons: 2-8-4-1, rate 0.5, 1000 full-batch steps, 1/m in dA_prev."""
    return float(np.mean(_moons(seeds, broken=True)))


@cache
def _cats() -> tuple[Array, Array, Array, Array]:
    """Load the cats as the notebook does: 16 x 16, less the mean picture."""
    train_x, Y, test_x, test_Y, _ = load_images("cats")
    X, test_X = (
        x.reshape(len(x), 16, 4, 16, 4, 3).mean(axis=(2, 4)).reshape(len(x), -1).T / 255
        for x in (train_x, test_x)
    )
    mean = X.mean(axis=1, keepdims=True)
    return np.ascontiguousarray(X - mean), Y, test_X - mean, test_Y


def _cats_accuracy(seeds: int, broken: bool) -> float:
    X, Y, test_X, test_Y = _cats()
    step = one_over_m_in_dA_prev(X.shape[1]) if broken else None
    found = []
    for seed in range(seeds):
        first = _start([len(X), 20, 7, 5, 1], seed)
        found.append(
            training.accuracy(test_X, test_Y, training.train(X, Y, first, 0.03, 800, step))
        )
    return float(np.mean(found))


@claim(0.84, 0.03)
def small_cats_right_gradients(seeds: int) -> float:
    """Cats of 16 x 16: 20-7-5-1, rate 0.03, 800 steps, right gradients, test accuracy."""
    return _cats_accuracy(seeds, broken=False)


@claim(0.5, 0.04)
def small_cats_one_over_m(seeds: int) -> float:
    """Cats of 16 x 16: 20-7-5-1, rate 0.03, 800 steps, 1/m in dA_prev, test accuracy."""
    return _cats_accuracy(seeds, broken=True)
