"""Exercise 4: two gradients compared, parameter by parameter and over all."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from autograder.contract import Probe
from autograder.exercises.find_the_bug.dictionary_to_vector import Arrays
from autograder.exercises.model import Exercise, core, edge
from autograder.exercises.numbers import normal, parameters, strided


def gradient_check(grads: Arrays, numerical: Arrays) -> dict[str, float]:
    """||g - n|| / (||g|| + ||n||) of each array, and of all numbers together."""
    fits = all(grads[name].shape == n.shape for name, n in numerical.items())
    pairs = {name: (grads[name], n) for name, n in numerical.items()}
    every_g = np.concatenate([grads[name].ravel() for name in numerical])
    every_n = np.concatenate([numerical[name].ravel() for name in numerical])
    pairs["all"] = (every_g, every_n)
    differences = {}
    for name, (g, n) in pairs.items():
        size = np.linalg.norm(g) + np.linalg.norm(n)
        if g.shape != n.shape or (name == "all" and not fits):
            differences[name] = 1.0
        elif size == 0:
            differences[name] = 0.0
        else:
            differences[name] = float(np.linalg.norm(g - n) / size)
    return differences


def by_lists(grads: Arrays, numerical: Arrays) -> dict[str, float]:
    """Work with plain lists of numbers; shapes have to be the same."""

    def relative(g: list[float], n: list[float]) -> float:
        gap = sum((a - b) ** 2 for a, b in zip(g, n, strict=True)) ** 0.5
        return float(gap / (sum(a * a for a in g) ** 0.5 + sum(b * b for b in n) ** 0.5))

    def flat(arrays: Arrays, names: list[str]) -> list[float]:
        return [float(x) for name in names for x in arrays[name].ravel()]

    found = {name: relative(flat(grads, [name]), flat(numerical, [name])) for name in numerical}
    return found | {"all": relative(flat(grads, list(numerical)), flat(numerical, list(numerical)))}


def pair(
    rng: np.random.Generator, layer_dims: list[int], gap: float, extra: bool = True
) -> tuple[Arrays, Arrays]:
    """Draw two gradients of one network that differ by about `gap`.

    The first comes as from `L_model_backward`: the last layer in front, with dA among it.
    """
    numerical = {"d" + name: value for name, value in parameters(rng, layer_dims).items()}
    grads = {}
    for l in range(len(layer_dims) - 1, 0, -1):
        if extra:
            grads[f"dA{l - 1}"] = normal(rng, layer_dims[l - 1], 4)
        for name in (f"dW{l}", f"db{l}"):
            grads[name] = numerical[name] + gap * normal(rng, *numerical[name].shape)
    return grads, numerical


def probes(rng: np.random.Generator) -> Iterator[Probe]:
    """Gradients that agree, nearly agree, differ in one array, in sign, in size and in shape."""
    yield core("one array wrong, the others nearly right", *one_wrong(rng))
    args = pair(rng, [3, 4, 2, 1], 0.3)
    yield core("gradients that differ, number by number", *args, wanted=by_lists)
    yield core("gradients that agree to seven digits", *pair(rng, [2, 3, 1], 1e-7))
    yield edge("one layer (L = 1)", *pair(rng, [3, 1], 0.1))
    yield edge("five layers (L = 5)", *pair(rng, [3, 5, 4, 6, 2, 1], 0.01), wanted=by_lists)
    yield edge("layers of one unit", *pair(rng, [1, 1, 1], 0.1, extra=False))
    _, numerical = pair(rng, [2, 3, 1], 0.0)
    yield edge("exactly the same", numerical, numerical)
    opposite = {name: -value for name, value in numerical.items()}
    yield edge("the same with the other sign", opposite, numerical)
    yield edge("twice as large", {k: 2 * v for k, v in numerical.items()}, numerical)
    grads, numerical = pair(rng, [2, 3, 1], 0.2)
    tiny: list[Any] = [{k: v * 1e-9 for k, v in one.items()} for one in (grads, numerical)]
    yield edge("very small gradients", *tiny)
    huge: list[Any] = [{k: v * 1e9 for k, v in one.items()} for one in (grads, numerical)]
    yield edge("very large gradients", *huge)
    grads, numerical = pair(rng, [2, 3, 2, 1], 0.1)
    for arrays in (grads, numerical):
        arrays["dW1"], arrays["db1"] = arrays["dW1"] * 0, arrays["db1"] * 0
    yield edge("a layer with gradients of zero on both sides", grads, numerical)
    nothing = {name: value * 0 for name, value in numerical.items()}
    yield edge("zeros everywhere", nothing, nothing)
    yield edge("zeros against something", nothing, numerical)
    yield edge("something against zeros", numerical, nothing)
    grads, numerical = pair(rng, [2, 3, 2, 1], 1e-6)
    grads["db1"] = grads["db1"].ravel()
    yield edge("a db without its second axis", grads, numerical)
    grads, numerical = pair(rng, [2, 3, 2, 1], 1e-6)
    grads["dW2"] = grads["dW2"].T
    yield edge("a dW that is transposed", grads, numerical)
    grads, numerical = pair(rng, [2, 3, 1], 0.1)
    yield edge("arrays that are views", {k: strided(v) for k, v in grads.items()}, numerical)


def one_wrong(rng: np.random.Generator) -> tuple[Arrays, Arrays]:
    """Draw two gradients that agree but for a factor in one array."""
    grads, numerical = pair(rng, [2, 4, 3, 1], 1e-4)
    return grads | {"dW2": grads["dW2"] * 0.3}, numerical


exercise = Exercise("find-the-bug", gradient_check, probes, returns=("differences",))
