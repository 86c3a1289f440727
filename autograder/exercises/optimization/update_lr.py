"""Exercise 7: a learning rate that falls with every epoch."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import numpy as np

from autograder.contract import Probe
from autograder.exercises.model import Exercise, core, edge


def update_lr(learning_rate0: float, epoch_num: int, decay_rate: float) -> float:
    """The first rate, divided by something that grows with the epoch."""
    return learning_rate0 / (1 + decay_rate * epoch_num)


def exactly(learning_rate0: float, epoch_num: int, decay_rate: float) -> float:
    """Do the same with fractions, and round once at the end."""
    return float(Fraction(learning_rate0) / (1 + Fraction(decay_rate) * epoch_num))


def probes(rng: np.random.Generator) -> Iterator[Probe]:
    """Early and late epochs, rates of all sizes, no decay at all."""
    rate, decay = float(rng.uniform(0.1, 0.9)), float(rng.uniform(0.2, 0.8))
    epoch = 2 * int(rng.integers(1, 5)) + 1
    yield core("an early epoch", rate, epoch, decay, wanted=exactly)
    yield core("a whole decay rate", rate, epoch + 10, 2, wanted=exactly)
    late = 100 * int(rng.integers(11, 50))
    yield core("a late epoch", 0.1, late, 0.01, wanted=exactly)
    yield edge("epoch 0", rate, 0, decay, wanted=exactly)
    yield edge("epoch 1", rate, 1, decay, wanted=exactly)
    yield edge("no decay (decay_rate = 0)", 0.3, epoch, 0, wanted=exactly)
    yield edge("a decay rate of 1", 0.5, epoch, 1, wanted=exactly)
    yield edge("a large decay rate", 0.5, epoch + 1, 40.0, wanted=exactly)
    yield edge("a first rate above 1", 3.0, epoch, 0.01, wanted=exactly)
    yield edge("a whole first rate", 2, epoch, 1, wanted=exactly)
    yield edge("a very small first rate", 1e-5, late, decay, wanted=exactly)


exercise = Exercise("optimization", update_lr, probes, returns=("learning_rate",))
