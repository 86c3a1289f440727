"""What the points in the plane teach: optimisers, learning rates, decay."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np

from data_utils import load_points
from measuring import training
from measuring.claims import claim

OPTIMISERS = {
    "gradient descent": training.gradient_descent,
    "momentum": training.momentum,
    "Adam": training.adam,
}


def _points(
    hidden: tuple[int, ...], rate: float, number: int, seed: int, name: str = "moons",
    optimiser: str = "gradient descent",
) -> float:  # fmt: skip
    """Train on points in batches of 64; give the accuracy."""
    X, Y = load_points(name)
    first = training.start([2, *hidden, 1], seed, gain=2)
    step = OPTIMISERS[optimiser]()
    return training.accuracy(X, Y, training.train(X, Y, first, rate, number, step, 64))


def _share(found: list[float]) -> float:
    return float(np.mean(found))


@claim(0.717, 0.002, quick=True)
def moons_seed_3(_: int) -> float:
    """Moons: 2-5-2-1, seed 3, 5000 epochs, gradient descent."""
    return _points((5, 2), 0.0007, 5000, 3)


@claim(0.717, 0.002)
def moons_seed_3_momentum(_: int) -> float:
    """Moons: 2-5-2-1, seed 3, 5000 epochs, momentum."""
    return _points((5, 2), 0.0007, 5000, 3, optimiser="momentum")


@claim(0.943, 0.004)
def moons_seed_3_adam(_: int) -> float:
    """Moons: 2-5-2-1, seed 3, 5000 epochs, Adam."""
    return _points((5, 2), 0.0007, 5000, 3, optimiser="Adam")


@claim(0.856, 0.015)
def moons_any_seed(seeds: int) -> float:
    """Moons: 2-8-4-1, 3000 epochs, gradient descent."""
    return _share([_points((8, 4), 0.0007, 3000, seed) for seed in range(seeds)])


@claim(0.944, 0.008)
def moons_any_seed_adam(seeds: int) -> float:
    """Moons: 2-8-4-1, 3000 epochs, Adam."""
    found = [_points((8, 4), 0.0007, 3000, seed, optimiser="Adam") for seed in range(seeds)]
    return _share(found)


@claim(0.84, 0.1)
def moons_large_rate(seeds: int) -> float:
    """Moons: 2-10-5-1, rate 3, 200 epochs, gradient descent."""
    return _share([_points((10, 5), 3.0, 200, seed) for seed in range(seeds)])


@claim(0.946, 0.015, quick=True)
def moons_large_rate_momentum(seeds: int) -> float:
    """Moons: 2-10-5-1, rate 3, 200 epochs, momentum."""
    found = [_points((10, 5), 3.0, 200, seed, optimiser="momentum") for seed in range(seeds)]
    return _share(found)


@claim(1.0, 0.01, quick=True)
def circles_solved(seeds: int) -> float:
    """Circles: 2-10-5-1, rate 0.1, 1000 epochs, gradient descent solves it."""
    return _share([_points((10, 5), 0.1, 1000, seed, "circles") for seed in range(seeds)])


@claim(1.0, 0.02)
def spirals_solved(seeds: int) -> float:
    """Spirals: 2-10-5-1, rate 0.1, 1000 epochs, gradient descent solves it."""
    return _share([_points((10, 5), 0.1, 1000, seed, "spirals") for seed in range(seeds)])


@cache
def _late(kind: str, seeds: int) -> tuple[float, float, float]:
    """Train at rate 2 for 300 epochs; give jitter, worst and last accuracy of the last 50."""
    X, Y = load_points("moons")
    rates: dict[str, Callable[[int], float]] = {
        "constant": lambda epoch: 2.0,
        "in steps": lambda epoch: 2.0 / (1 + epoch // 50),
        "every epoch": lambda epoch: 2.0 / (1 + epoch),
    }
    jitter, worst, last = [], [], []
    for seed in range(seeds):
        first = training.start([2, 10, 5, 1], seed, gain=2)
        states = list(training.epochs(X, Y, first, rates[kind], 300, None, 64))[-50:]
        jitter.append(np.std([training.cost(X, Y, state) for state in states]))
        rights = [training.accuracy(X, Y, state) for state in states]
        worst.append(min(rights))
        last.append(rights[-1])
    return float(np.mean(jitter)), float(np.mean(worst)), float(np.mean(last))


@claim(0.045, 0.025)
def constant_rate_jitter(seeds: int) -> float:
    """Decay: rate 2, jitter of the cost in the last 50 of 300 epochs."""
    return _late("constant", seeds)[0]


@claim(0.002, 0.0015)
def step_decay_jitter(seeds: int) -> float:
    """Decay: rate 2 in steps of 50 epochs, jitter of the cost."""
    return _late("in steps", seeds)[0]


@claim(0.84, 0.07)
def constant_rate_worst(seeds: int) -> float:
    """Decay: rate 2, worst accuracy in the last 50 of 300 epochs."""
    return _late("constant", seeds)[1]


@claim(0.939, 0.01)
def step_decay_worst(seeds: int) -> float:
    """Decay: rate 2 in steps of 50 epochs, worst accuracy."""
    return _late("in steps", seeds)[1]


@claim(0.911, 0.015)
def decay_every_epoch_stalls(seeds: int) -> float:
    """Decay: rate 2 falling with every epoch stalls, accuracy at the end."""
    return _late("every epoch", seeds)[2]
