"""Exercise 8: a learning rate that falls in steps."""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction

import numpy as np

from autograder.contract import Probe
from autograder.exercises.model import Exercise, core, edge


def schedule_lr_decay(
    learning_rate0: float, epoch_num: int, decay_rate: float, time_interval: int = 1000
) -> float:
    """The first rate, divided by something that grows once an interval."""
    return learning_rate0 / (1 + decay_rate * math.floor(epoch_num / time_interval))


def exactly(
    learning_rate0: float, epoch_num: int, decay_rate: float, time_interval: int = 1000
) -> float:
    """Count the whole intervals one by one; round once at the end."""
    whole = sum(1 for end in range(time_interval, epoch_num + 1, time_interval))
    return float(Fraction(learning_rate0) / (1 + Fraction(decay_rate) * whole))


def probes(rng: np.random.Generator) -> Iterator[Probe]:
    """Epochs at, just before, just after and between the ends of intervals."""
    rate, decay = float(rng.uniform(0.1, 0.9)), float(rng.uniform(0.2, 0.8))
    between = int(rng.integers(60, 90))  # past the middle: not to round, but to count whole ones
    yield core("between two steps", rate, 300 + between, decay, 100, wanted=exactly)
    yield core("a multiple of the interval", rate, 400, decay, 100, wanted=exactly)
    yield core("before the first step", 0.3, between, decay, 100, wanted=exactly)
    yield edge("one epoch before a step", 0.5, 299, decay, 100, wanted=exactly)
    yield edge("one epoch after a step", 0.5, 301, decay, 100, wanted=exactly)
    yield edge("the interval left out", rate, 2000 + 10 * between, 1, wanted=exactly)
    yield edge("the interval left out, at its end", rate, 1000, decay, wanted=exactly)
    yield edge("the interval left out, just before its end", rate, 999, decay, wanted=exactly)
    yield edge("epoch 0", rate, 0, decay, 100, wanted=exactly)
    yield edge("an interval of one epoch", rate, between, decay, 1, wanted=exactly)
    yield edge("an odd interval", rate, 7 * 13 + 5, decay, 13, wanted=exactly)
    yield edge("an interval by whose inverse nothing is whole", rate, 98, decay, 49, wanted=exactly)
    yield edge("no decay (decay_rate = 0)", 0.3, 450, 0, 100, wanted=exactly)
    yield edge("a large decay rate", 0.5, 250, 40.0, 100, wanted=exactly)
    yield edge("a first rate above 1", 3.0, 180, 0.1, 50, wanted=exactly)
    yield edge("whole numbers throughout", 2, 170, 1, 50, wanted=exactly)
    yield edge("a very small first rate", 1e-5, 4999, decay, 500, wanted=exactly)


exercise = Exercise("optimization", schedule_lr_decay, probes, returns=("learning_rate",))
