"""Exercise 5: which layer the fault enters at."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from autograder.contract import Probe
from autograder.exercises.find_the_bug.dictionary_to_vector import shuffled
from autograder.exercises.model import Exercise, core, edge

Differences = dict[str, float]


def suspect_layer(differences: Differences, threshold: float = 1e-4) -> int:
    """The last layer that has a difference above the threshold; 0 if none has."""
    suspect = 0
    for name, difference in differences.items():
        if name == "all":
            continue
        layer = int(name[2:])
        if difference > threshold and layer > suspect:
            suspect = layer
    return suspect


def from_the_back(differences: Differences, threshold: float = 1e-4) -> int:
    """Walk from the last layer to the first."""
    L = (len(differences) - 1) // 2
    for l in range(L, 0, -1):
        if max(differences[f"dW{l}"], differences[f"db{l}"]) > threshold:
            return l
    return 0


def table(
    rng: np.random.Generator, L: int, wrong: Iterable[str], right: float = 1e-8
) -> Differences:
    """Draw a table of differences: large for the wrong ones, about `right` elsewhere."""
    names = [f"d{kind}{l}" for l in range(1, L + 1) for kind in "Wb"]
    found = {name: float(right * rng.uniform(0.3, 3)) for name in names}
    found |= {name: float(rng.uniform(0.1, 1)) for name in wrong}
    found["all"] = max(found.values()) * 0.7
    return found


def probes(rng: np.random.Generator) -> Iterator[Probe]:
    """Faults at the end, in the middle, at the start and nowhere, in W, in b or in both."""
    below = ["dW1", "db1", "dW2", "db2"]
    yield core("three layers, the last one right", table(rng, 3, below), 1e-4)
    yield core("four layers, all wrong", table(rng, 4, [*below, "dW3", "db3", "dW4", "db4"]), 1e-4)
    args = (table(rng, 4, [*below, "dW3"]), 1e-3)
    yield core("four layers, from the back", *args, wanted=from_the_back)
    yield core("nothing wrong", table(rng, 3, []), 1e-4)
    yield edge("threshold left out", table(rng, 3, ["dW1", "db1"]))
    # On both sides of the default, so that another one would show.
    slight = table(rng, 3, ["dW1"]) | {"db2": 1.3e-4, "db3": 7e-5}
    yield edge("threshold left out, differences near it", slight)
    yield edge("only a db is wrong", table(rng, 3, ["db2"]), 1e-4)
    yield edge("only a dW is wrong", table(rng, 3, ["dW2"]), 1e-4)
    yield edge("the last db only", table(rng, 4, ["db4"]), 1e-4)
    yield edge("the first layer only", table(rng, 3, ["dW1", "db1"]), 1e-4)
    yield edge("wrong, right, wrong, right", table(rng, 4, ["dW1", "db1", "dW3"]), 1e-4)
    yield edge("one layer (L = 1), wrong", table(rng, 1, ["dW1"]), 1e-4)
    yield edge("one layer (L = 1), right", table(rng, 1, []), 1e-4)
    yield edge("twelve layers", table(rng, 12, [*below, "dW9", "dW10", "db10"]), 1e-4)
    mixed = shuffled(rng, table(rng, 5, [*below, "db3"]))  # type: ignore[arg-type]
    yield edge("a table in no order", mixed, 1e-4)
    backwards = dict(reversed(table(rng, 4, [*below, "dW3"]).items()))
    yield edge("a table with the last layer first", backwards, 1e-4)
    first = {"all": 0.5} | table(rng, 3, ["dW1"])
    yield edge("a table with the whole in front", first, 1e-4)
    slight = table(rng, 3, [], right=1e-9) | {"db2": 0.3, "all": 5e-5}
    yield edge("one array wrong, the whole below the threshold", slight, 1e-4)
    slight = table(rng, 3, [], right=1e-9) | {"dW2": 6e-5, "db2": 7e-5}
    yield edge("two differences above the threshold only together", slight, 1e-4)
    yield edge("a strict threshold", table(rng, 3, ["dW1"], right=1e-8) | {"dW2": 2e-7}, 1e-7)
    yield edge("a loose threshold", table(rng, 3, ["dW1"], right=1e-3) | {"dW3": 0.02}, 0.05)


exercise = Exercise("find-the-bug", suspect_layer, probes, returns=("layer",))
