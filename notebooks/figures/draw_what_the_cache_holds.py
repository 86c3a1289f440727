"""Draw the figures of the assignment what-the-cache-holds as SVG files beside this script.

    python notebooks/figures/draw_what_the_cache_holds.py            draw all of them again
    python notebooks/figures/draw_what_the_cache_holds.py --check    say which files differ

As with draw_figures.py, the same matplotlib version gives the same bytes on every run.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from _shapes import BODY, CACHE, DATA, GRADIENT, MATHS, PARAMETER, PLAIN, SMALL, Box, Canvas
from _svg_files import write_or_check
from matplotlib.axes import Axes
from numpy.typing import NDArray

PREFIX = "what-the-cache-holds-"
Numbers = NDArray[np.float64]
LEAK = 0.2  # large enough to be seen
REACH = 5.0  # Z is drawn from -REACH to REACH
LOWEST = -1.278464542761074  # where swish turns
# The same Z mean the same marks in every figure: a circle left of 0, a square right of it.
LEFT, RIGHT = -2.0, 1.2
CURVE: dict[str, Any] = {"color": DATA.line, "linewidth": 3}
SLOPE: dict[str, Any] = {"color": GRADIENT.line, "linewidth": 3}


# --- one layer and its caches ----------------------------------------------------------------


def overview() -> Canvas:
    """Draw a layer forward and backward, its two caches between, and where A is kept as well."""
    page = Canvas(470)
    linear_x, activation_x, next_x = 216, 470, 706
    page.frame(Box(333, 235, 480, 450))
    page.text(112, 36, "one layer", weight="bold", ha="left")
    page.text(next_x, 36, "the next layer", weight="bold")
    linear, activation = Box(linear_x, 100, 170, 72), Box(activation_x, 100, 170, 72)
    page.step(linear, "LINEAR", r"$Z = W A_{prev} + b$")
    page.step(activation, "ACTIVATION", r"$A = g(Z)$")
    following = Box(next_x, 100, 130, 72)
    page.box(following, "LINEAR")
    linear_back, activation_back = Box(linear_x, 370, 170, 72), Box(activation_x, 370, 170, 72)
    page.step(linear_back, "linear_backward", r"$dW,\; db,\; dA_{prev}$", ink=GRADIENT)
    page.step(activation_back, "relu_backward", r"$dZ = dA \ast g^{\prime}(Z)$", ink=GRADIENT)
    following_back = Box(next_x, 370, 130, 72)
    page.box(following_back, "backward", ink=GRADIENT)
    notes = (
        (Box(linear_x, 235, 170, 64), "linear cache\nA_prev, W, b"),
        (Box(activation_x, 235, 170, 64), "activation cache\nZ"),
        (Box(next_x, 235, 130, 64), "linear cache\nA, W, b"),
    )
    for box, words in notes:
        page.note(box, words)
        page.arrow((box.cx, 136), box.top, ink=CACHE)
        page.arrow(box.bottom, (box.cx, 334), ink=CACHE)
    _ways(page, linear, activation, following, 100, ("A_prev", "Z", "A"))
    _ways(page, linear_back, activation_back, following_back, 370, ("dA_prev", "dZ", "dA"))
    page.arrow((641, 250), (608, 250), (608, 312), (528, 312), (528, 334), ink=PARAMETER)
    page.text(616, 296, "or A", ink=PARAMETER, ha="left", weight="bold")
    page.text(activation_x, 430, "this notebook", weight="bold", ink=GRADIENT)
    page.text(linear_x, 430, "the rest", ink=GRADIENT)
    return page


def _ways(
    page: Canvas, left: Box, middle: Box, right: Box, y: float, names: tuple[str, str, str]
) -> None:
    """Draw the arrows into, between and behind the boxes, forward or, for gradients, backward."""
    back = names[0].startswith("d")
    ink = GRADIENT if back else DATA
    ways = (
        ((14, y), left.left, names[0]),
        (left.right, middle.left, names[1]),
        (middle.right, right.left, names[2]),
    )
    for (start, end, name), shift in zip(ways, (-14, 0, 9), strict=True):  # off the frame's edge
        page.arrow(*((end, start) if back else (start, end)), ink=ink)
        page.text((start[0] + end[0]) / 2 + shift, y - 20, name, ink=ink, code=True, size=SMALL)


# --- curves and slopes -----------------------------------------------------------------------


@dataclass(frozen=True)
class Activation:
    """One activation: curve and slope as functions of Z, and the ranges that show them well."""

    curve: Callable[[Numbers], Numbers]
    slope: Callable[[Numbers], Numbers]
    heights: tuple[float, float]
    height_ticks: tuple[float, ...]
    slopes: tuple[float, float]
    slope_ticks: tuple[float, ...]
    kink: bool = False


def _sigmoid(Z: Numbers) -> Numbers:
    return 1 / (1 + np.exp(-Z))


ACTIVATIONS = {
    "relu": Activation(
        lambda Z: np.maximum(Z, 0.0),
        lambda Z: (Z > 0) * 1.0,
        (-0.6, REACH),
        (0, 2, 4),
        (-0.15, 1.25),
        (0, 1),
        kink=True,
    ),
    "leaky_relu": Activation(
        lambda Z: np.where(Z > 0, Z, LEAK * Z),
        lambda Z: np.where(Z > 0, 1.0, LEAK),
        (-1.4, REACH),
        (0, 2, 4),
        (-0.15, 1.25),
        (0, LEAK, 1),
        kink=True,
    ),
    "sigmoid": Activation(
        _sigmoid,
        lambda Z: _sigmoid(Z) * (1 - _sigmoid(Z)),
        (-0.06, 1.1),
        (0, 0.5, 1),
        (-0.03, 0.3),
        (0, 0.25),
    ),
    "tanh": Activation(
        np.tanh, lambda Z: 1 - np.tanh(Z) ** 2, (-1.15, 1.15), (-1, 0, 1), (-0.12, 1.2), (0, 1)
    ),
    "swish": Activation(
        lambda Z: Z * _sigmoid(Z),
        lambda Z: _sigmoid(Z) * (1 + Z * (1 - _sigmoid(Z))),
        (-0.5, 2.2),
        (0, 1, 2),
        (-0.25, 1.25),
        (0, 1),
    ),
}
MARK: dict[str, Any] = {"markersize": 10, "linestyle": "none", "color": PARAMETER.line, "zorder": 5}


def _mark(area: Axes, x: float, y: float, shape: str) -> None:
    area.plot(x, y, shape, **MARK)


def _over_z(area: Axes, function: Callable[[Numbers], Numbers], kink: bool, **style: Any) -> None:
    """Draw a function of Z; at a kink the two sides are not joined, and the left one is closed."""
    sides = ((-REACH, 0.0), (1e-9, REACH)) if kink else ((-REACH, REACH),)
    for start, end in sides:
        Z = np.linspace(start, end, 201)
        area.plot(Z, function(Z), **style)
    if kink:
        for Z, fill in ((0.0, style["color"]), (1e-9, "white")):
            height = float(function(np.array(Z)))
            edge = {"color": style["color"], "markerfacecolor": fill, "markeredgewidth": 2}
            area.plot(0.0, height, "o", markersize=8, zorder=4, clip_on=False, **edge)


def _frame(area: Axes, limits: tuple[float, float], ticks: tuple[float, ...]) -> None:
    area.set(ylim=limits)
    area.set_yticks(ticks, [f"{tick:g}".replace("-", "−") for tick in ticks])
    area.axhline(0, color="#BBBBBB", linewidth=1, zorder=0)


def below_each_other(name: str, words: str) -> Canvas:
    """Draw a curve, and under it its slope over the same axis."""
    page = Canvas(430)
    shape = ACTIVATIONS[name]
    upper, lower = page.plot_area(120, 20, 420, 190), page.plot_area(120, 236, 420, 130)
    _over_z(upper, shape.curve, False, **CURVE)
    _over_z(lower, shape.slope, shape.kink, **SLOPE, linestyle="solid")
    _frame(upper, shape.heights, shape.height_ticks)
    _frame(lower, shape.slopes, shape.slope_ticks)
    for area in (upper, lower):
        area.set(xlim=(-REACH, REACH), xticks=(-4, -2, 0, 2, 4))
        area.axvline(0, color="#BBBBBB", linewidth=1, zorder=0)
    upper.set_xticklabels([])
    page.text(330, 412, "Z")
    page.text(48, 115, "A", weight="bold", ink=DATA, size=MATHS)
    page.text(48, 301, "slope", weight="bold", ink=GRADIENT)
    page.text(670, 120, "forward:\nthe height\nof the curve", ink=DATA)
    page.text(670, 301, words, ink=GRADIENT)
    return page


def slope_over_a(area: Axes, name: str) -> None:
    """Draw the slope of an activation against its height."""
    shape = ACTIVATIONS[name]
    Z = np.linspace(-9.0, 9.0, 1801)
    if shape.kink:
        for side in (Z[Z <= 0], Z[Z > 0]):
            area.plot(shape.curve(side), shape.slope(side), **SLOPE)
        closed, opened = (float(shape.slope(np.array(z))) for z in (0.0, 1.0))
        for height, fill in ((closed, SLOPE["color"]), (opened, "white")):
            edge = {"color": SLOPE["color"], "markerfacecolor": fill, "markeredgewidth": 2}
            area.plot(0.0, height, "o", markersize=8, zorder=4, **edge)
    else:
        area.plot(shape.curve(Z), shape.slope(Z), **SLOPE)
    _frame(area, shape.slopes, shape.slope_ticks)
    area.set(xlim=shape.heights, xticks=shape.height_ticks)


def from_a(name: str, words: str) -> Canvas:
    """Draw a curve over Z beside its slope over A, with the same two places marked in both."""
    page = Canvas(360)
    shape = ACTIVATIONS[name]
    left, right = page.plot_area(70, 56, 300, 220), page.plot_area(470, 56, 300, 220)
    _over_z(left, shape.curve, False, **CURVE)
    _frame(left, shape.heights, shape.height_ticks)
    left.set(xlim=(-REACH, REACH), xticks=(-4, -2, 0, 2, 4))
    slope_over_a(right, name)
    for Z, mark in ((LEFT, "o"), (RIGHT, "s")):
        height, slope = (float(f(np.array(Z))) for f in (shape.curve, shape.slope))
        _mark(left, Z, height, mark)
        _mark(right, height, slope, mark)
        right.vlines(height, shape.slopes[0], slope, color=PLAIN.line, linewidth=1, linestyle=":")
    page.text(220, 28, "A over Z", weight="bold", ink=DATA)
    page.text(620, 28, "slope over A", weight="bold", ink=GRADIENT)
    page.text(220, 316, "Z")
    page.text(620, 316, "A")
    page.text(420, 346, words, size=BODY)
    return page


def swish_backward() -> Canvas:
    """Draw swish and its slope over Z, and beside them the loop of its slope over A."""
    page = Canvas(430)
    shape = ACTIVATIONS["swish"]
    upper, lower = page.plot_area(80, 44, 330, 160), page.plot_area(80, 232, 330, 128)
    loop = page.plot_area(510, 44, 270, 316)
    _over_z(upper, shape.curve, False, **CURVE)
    _over_z(lower, shape.slope, False, **SLOPE)
    _frame(upper, shape.heights, shape.height_ticks)
    _frame(lower, shape.slopes, shape.slope_ticks)
    for area in (upper, lower):
        area.set(xlim=(-REACH, 2.4), xticks=(-4, -2, 0, 2))
    upper.set_xticklabels([])
    Z = np.linspace(-9.0, 2.4, 1401)
    for side, style in ((Z[Z <= LOWEST], (0, (2, 1.5))), (Z[Z >= LOWEST], "solid")):
        loop.plot(shape.curve(side), shape.slope(side), **SLOPE, linestyle=style)
    _frame(loop, (-0.25, 1.1), (0, 0.5, 1))
    loop.set(xlim=(-0.34, 1.0), xticks=(-0.2, 0, 0.5, 1))
    height = float(shape.curve(np.array(-0.5)))
    upper.axhline(height, color=PLAIN.line, linewidth=1, linestyle=":")
    loop.axvline(height, color=PLAIN.line, linewidth=1, linestyle=":")
    for place, mark in ((-2.508775, "o"), (-0.5, "s")):
        slope = float(shape.slope(np.array(place)))
        _mark(upper, place, height, mark)
        _mark(lower, place, slope, mark)
        _mark(loop, height, slope, mark)
    page.text(245, 22, "A and slope over Z", weight="bold")
    page.text(645, 22, "slope over A", weight="bold", ink=GRADIENT)
    page.text(34, 124, "A", weight="bold", ink=DATA, size=MATHS)
    page.text(30, 296, "slope", weight="bold", ink=GRADIENT, size=SMALL)
    page.text(245, 398, "Z")
    page.text(645, 398, "A")
    paper = {"facecolor": "white", "edgecolor": "none", "pad": 1}
    loop.text(0.2, -0.13, "left of the lowest point", size=SMALL, color=GRADIENT.text, bbox=paper)
    loop.text(0.2, 0.36, "right of the lowest point", size=SMALL, color=GRADIENT.text, bbox=paper)
    page.text(400, 420, "two Z, one A, two slopes", size=SMALL, weight="bold")
    return page


# --- files -----------------------------------------------------------------------------------

FIGURES: dict[str, Callable[[], Canvas]] = {
    "overview": overview,
    "relu_backward": partial(below_each_other, "relu", "backward:\nopen or closed"),
    "leaky_relu_backward": partial(below_each_other, "leaky_relu", "backward:\nopen, or a leak"),
    "sigmoid_backward": partial(below_each_other, "sigmoid", "backward:\nat most 1/4"),
    "tanh_backward": partial(below_each_other, "tanh", "backward:\nat most 1"),
    "relu_backward_from_A": partial(
        from_a, "relu", "every negative Z becomes one point, A = 0, and its slope is known: 0"
    ),
    "leaky_relu_backward_from_A": partial(
        from_a, "leaky_relu", "A has the sign of Z, so it tells the side"
    ),
    "sigmoid_backward_from_A": partial(from_a, "sigmoid", "one slope for each A:  A (1 − A)"),
    "tanh_backward_from_A": partial(from_a, "tanh", "one slope for each A:  1 − A²"),
    "swish_backward": swish_backward,
}

# What a reader who cannot see the figure should take from it: the idea, not the look.
ALT = {
    "overview": (
        "Forward, a layer's linear part keeps A_prev, W and b, and its activation keeps Z; "
        "backward, the activation's step reads Z to turn dA into dZ, and linear_backward reads "
        "the rest. A is kept too, in the linear cache of the next layer."
    ),
    "relu_backward": (
        "ReLU is flat left of 0 and rises by 1 for 1 right of it, so its slope is a gate: 0 for Z "
        "up to 0, 1 above."
    ),
    "leaky_relu_backward": (
        "Leaky ReLU rises gently left of 0 and by 1 for 1 right of it, so its slope has two "
        "values, the leak for Z up to 0 and 1 above."
    ),
    "sigmoid_backward": (
        "The sigmoid rises from 0 to 1; its slope is a bell, one quarter at Z = 0 and next to "
        "nothing far out on either side."
    ),
    "tanh_backward": (
        "tanh rises from -1 to 1; its slope is a bell, 1 at Z = 0 and next to nothing far out on "
        "either side."
    ),
    "relu_backward_from_A": (
        "All negative Z become A = 0, where the slope is 0; every A above 0 has the slope 1. So A "
        "tells the slope of ReLU."
    ),
    "leaky_relu_backward_from_A": (
        "A of a leaky ReLU has the sign of its Z, so that the slope against A has two values: the "
        "leak up to 0, and 1 above."
    ),
    "sigmoid_backward_from_A": (
        "The slope of the sigmoid against A is a hill from 0 to 1 with its top of one quarter at "
        "one half: one slope for each A."
    ),
    "tanh_backward_from_A": (
        "The slope of tanh against A is a hill from -1 to 1 with its top of 1 at 0: one slope for "
        "each A."
    ),
    "swish_backward": (
        "Swish dips below 0 on the left, so two Z on the two sides of its lowest point have the "
        "same A; one has a negative slope and one a positive. Against A the slope is a loop."
    ),
}


if __name__ == "__main__":
    drawn = {name: (draw, ALT[name]) for name, draw in FIGURES.items()}
    sys.exit(write_or_check(PREFIX, drawn, "draw_what_the_cache_holds.py"))
