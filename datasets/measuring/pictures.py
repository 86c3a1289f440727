"""What the pictures teach: depth, width, overfitting, centring."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from data_utils import load_images, load_kinds
from measuring import training
from measuring.claims import claim

PIXELS = 64 * 64 * 3
RATE, ITERATIONS = 0.0075, 2500


@dataclass(frozen=True)
class Pictures:
    """Pictures as columns, 0 to 1; and an orthonormal basis of the training pictures."""

    X: np.ndarray
    Y: np.ndarray
    test_X: np.ndarray
    test_Y: np.ndarray
    basis: np.ndarray


@cache
def pictures(name: str) -> Pictures:
    """Load a set as the application assignment does."""
    train_x, Y, test_x, test_Y, _ = load_images(name)
    X, test_X = (x.reshape(len(x), -1).T / 255 for x in (train_x, test_x))
    return Pictures(X, Y, test_X, test_Y, np.linalg.qr(X)[0])


@cache
def run(name: str, hidden: tuple[int, ...], seed: int) -> tuple[float, np.ndarray]:
    """Train with all pictures at once; give the train accuracy and p of the test pictures.

    All steps of gradient descent lie in the space that the 500 training pictures span. So
    it is enough to train in 500 coordinates of that space and to go back at the end: the
    same network in a tenth of the time.
    """
    data = pictures(name)
    first = training.start([PIXELS, *hidden, 1], seed)
    if not hidden:
        first[0] *= 0  # logistic regression starts from zero
    inside = [first[0] @ data.basis, *first[1:]]
    trained = training.train(data.basis.T @ data.X, data.Y, inside, RATE, ITERATIONS)
    trained[0] = first[0] + (trained[0] - inside[0]) @ data.basis.T
    p = training.activations(data.test_X, trained)[-1]
    return training.accuracy(data.X, data.Y, trained), p


def accuracy_on_test(name: str, hidden: tuple[int, ...], seed: int) -> float:
    """Give the share of test pictures that a trained network gets right."""
    _, p = run(name, hidden, seed)
    return float(np.mean((p > 0.5) == pictures(name).test_Y))


def _mean(name: str, hidden: tuple[int, ...], seeds: int) -> float:
    return float(np.mean([accuracy_on_test(name, hidden, seed + 1) for seed in range(seeds)]))


@claim(0.718, 0.003, quick=True)
def cats_logistic(_: int) -> float:
    """Cats: logistic regression."""
    return accuracy_on_test("cats", (), 1)


@claim(0.762, 0.003, quick=True)
def cats_two_layers_seed_1(_: int) -> float:
    """Cats: 2 layers, 7 units, seed 1."""
    return accuracy_on_test("cats", (7,), 1)


@claim(0.842, 0.003)
def cats_wide_seed_1(_: int) -> float:
    """Cats: 2 layers, 20 units, seed 1."""
    return accuracy_on_test("cats", (20,), 1)


@claim(0.789, 0.03)
def cats_two_layers(seeds: int) -> float:
    """Cats: 2 layers, 7 units."""
    return _mean("cats", (7,), seeds)


@claim(0.829, 0.03)
def cats_wide(seeds: int) -> float:
    """Cats: 2 layers, 20 units, at least as good as 4 layers."""
    return _mean("cats", (20,), seeds)


@claim(0.81, 0.05)
def cats_four_layers(seeds: int) -> float:
    """Cats: 4 layers, 20-7-5 units."""
    return _mean("cats", (20, 7, 5), seeds)


@claim(0.10, 0.05)
def cats_overfitting(seeds: int) -> float:
    """Cats: 4 layers, how much better on training pictures."""
    hidden = (20, 7, 5)
    fits = [run("cats", hidden, seed + 1)[0] for seed in range(seeds)]
    return float(np.mean(fits)) - _mean("cats", hidden, seeds)


@claim(5, 3)
def cats_worst_are_foxes(seeds: int) -> float:
    """Cats: foxes among the 20 worst mistakes of 4 layers."""
    _, kinds = load_kinds("cats")
    found = []
    for seed in range(seeds):
        _, p = run("cats", (20, 7, 5), seed + 1)
        worst = np.argsort(-np.abs(p - pictures("cats").test_Y)[0])[:20]
        found.append(np.sum(kinds[worst] == "fox"))
    return float(np.mean(found))


@claim(0.870, 0.003)
def daynight_logistic(_: int) -> float:
    """Day and night: logistic regression."""
    return accuracy_on_test("daynight", (), 1)


@claim(0.882, 0.015)
def daynight_two_layers(seeds: int) -> float:
    """Day and night: 2 layers, 7 units."""
    return _mean("daynight", (7,), seeds)


@claim(0.887, 0.015)
def daynight_wide(seeds: int) -> float:
    """Day and night: 2 layers, 20 units."""
    return _mean("daynight", (20,), seeds)


@claim(0.890, 0.02)
def daynight_four_layers(seeds: int) -> float:
    """Day and night: 4 layers, 20-7-5 units."""
    return _mean("daynight", (20, 7, 5), seeds)


@claim(135, 5)
def daynight_dead_units(_: int) -> float:
    """Day and night: 4 layers, seed 1, test pictures with the very same p."""
    _, p = run("daynight", (20, 7, 5), 1)
    return float(np.unique(p, return_counts=True)[1].max())


def _mini_batches(seeds: int, rate: float, adam: bool, centred: bool) -> float:
    """Train 4 layers on cats for 100 epochs in batches of 64."""
    data = pictures("cats")
    middle = data.X.mean(axis=1, keepdims=True) if centred else 0
    found = []
    for seed in range(seeds):
        first = training.start([PIXELS, 20, 7, 5, 1], seed + 1)
        step = training.adam() if adam else None
        trained = training.train(data.X - middle, data.Y, first, rate, 100, step, 64)
        found.append(training.accuracy(data.test_X - middle, data.test_Y, trained))
    return float(np.mean(found))


@claim(0.70, 0.06)
def cats_batches_raw(seeds: int) -> float:
    """Cats in batches: gradient descent, raw."""
    return _mini_batches(seeds, 0.0075, adam=False, centred=False)


@claim(0.82, 0.03)
def cats_batches_centred(seeds: int) -> float:
    """Cats in batches: gradient descent, mean picture subtracted."""
    return _mini_batches(seeds, 0.0075, adam=False, centred=True)


@claim(0.74, 0.08)
def cats_adam_raw(seeds: int) -> float:
    """Cats in batches: Adam at 0.0003, raw."""
    return _mini_batches(seeds, 0.0003, adam=True, centred=False)


@claim(0.86, 0.04)
def cats_adam_centred(seeds: int) -> float:
    """Cats in batches: Adam at 0.0003, mean picture subtracted."""
    return _mini_batches(seeds, 0.0003, adam=True, centred=True)
