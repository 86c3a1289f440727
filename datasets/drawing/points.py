"""Points of two kinds in the plane: X of shape (2, m), Y of shape (1, m), 0 or 1."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from drawing.canvas import Array

Points = tuple[Array, Array]


def moons(number: int, noise: float, seed: int) -> Points:
    """Draw two half circles that reach into each other.

    The very numbers of scikit-learn's `make_moons`, made with numpy alone.
    """
    upper, lower = _halves(number, np.pi, endpoint=True)
    x = np.append(np.cos(upper), 1 - np.cos(lower))
    y = np.append(np.sin(upper), 1 - np.sin(lower) - 0.5)
    return _shuffled_and_blurred(x, y, noise, seed)


def circles(number: int, noise: float, seed: int, inner: float = 0.5) -> Points:
    """Draw a circle inside another one: scikit-learn's `make_circles` with factor `inner`."""
    outer, small = _halves(number, 2 * np.pi, endpoint=False)
    x = np.append(np.cos(outer), np.cos(small) * inner)
    y = np.append(np.sin(outer), np.sin(small) * inner)
    return _shuffled_and_blurred(x, y, noise, seed)


def spirals(number: int, noise: float, seed: int, turns: float = 1.0) -> Points:
    """Draw two arms that wind around each other."""
    first, second = _halves(number, 1.0, endpoint=True)
    radius = 0.1 + 0.9 * np.append(first, second)
    angle = 2 * np.pi * turns * radius + np.append(0 * first, 0 * second + np.pi)
    return _shuffled_and_blurred(radius * np.cos(angle), radius * np.sin(angle), noise, seed)


def flower(number: int, noise: float, seed: int, petals: int = 8) -> Points:
    """Draw a flower whose petals are of one kind and the other by turns."""
    first, second = _halves(number, petals / 2, endpoint=False)
    # Angles are counted in petals: 0 to 1 for the first petal of a kind, then 2 to 3, ...
    angle = np.append(first + np.floor(first), second + np.floor(second) + 1)
    radius = np.sin(np.pi * (angle % 1))
    angle = angle * 2 * np.pi / petals
    return _shuffled_and_blurred(radius * np.cos(angle), radius * np.sin(angle), noise, seed)


def _halves(number: int, end: float, endpoint: bool) -> Points:
    """Spread half of the points evenly from 0 to `end`, and the other half too."""
    half = number // 2
    return (
        np.linspace(0, end, half, endpoint=endpoint),
        np.linspace(0, end, number - half, endpoint=endpoint),
    )


def _shuffled_and_blurred(x: Array, y: Array, noise: float, seed: int) -> Points:
    """Put the points, of which the first half has label 0, into a random order, and move them."""
    rng = np.random.RandomState(seed)
    number = len(x)
    label = np.repeat([0, 1], [number // 2, number - number // 2])
    order = np.arange(number)
    rng.shuffle(order)
    points = np.stack([x, y], axis=1)[order]
    points = points + rng.normal(scale=noise, size=points.shape)
    return np.ascontiguousarray(points.T), label[order][None].astype(np.int64)


# name: how it is drawn, its arguments, and what 0 and 1 mean
SETS: dict[str, tuple[Callable[..., Points], dict[str, float], tuple[str, str]]] = {
    "moons": (moons, {"number": 300, "noise": 0.2, "seed": 3}, ("upper moon", "lower moon")),
    "circles": (circles, {"number": 300, "noise": 0.1, "seed": 3}, ("outer", "inner")),
    "spirals": (spirals, {"number": 300, "noise": 0.05, "seed": 3}, ("first arm", "second arm")),
    "flower": (flower, {"number": 400, "noise": 0.05, "seed": 3}, ("even petals", "odd petals")),
}
