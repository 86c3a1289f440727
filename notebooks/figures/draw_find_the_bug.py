"""Draw the figures of the assignment "Find the bug" as SVG files beside this script.

    python notebooks/figures/draw_find_the_bug.py            draw all of them again
    python notebooks/figures/draw_find_the_bug.py --check    say which files differ

As with draw_figures.py, the same matplotlib version gives the same bytes on every run.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np
from _shapes import (
    CACHE,
    DATA,
    GRADIENT,
    MATHS,
    PARAMETER,
    PLAIN,
    SMALL,
    Box,
    Canvas,
    Ink,
)
from _svg_files import write_or_check
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

PREFIX = "find-the-bug-"
# The relative difference over all parameters of a right gradient: 2-8-4-1 on the 300 moons, the
# notebook's start 0, for epsilon of 10^-1, 10^-1.5, ... 10^-13. A test measures it again.
MEASURED = (
    4.6e-03, 2.9e-03, 1.7e-03, 6.9e-04, 1.2e-04,
    6.7e-09, 6.7e-10, 6.9e-11, 2.5e-11, 8.6e-11,
    2.4e-10, 6.8e-10, 2.6e-09, 9.1e-09, 2.4e-08,
    7.9e-08, 2.2e-07, 7.9e-07, 2.3e-06, 7.3e-06,
    2.6e-05, 8.8e-05, 2.3e-04, 8.6e-04, 2.5e-03,
)  # fmt: skip
POWERS = -1 - 0.5 * np.arange(len(MEASURED))


def overview() -> Canvas:
    """Draw two ways to one gradient, and the table that compares them."""
    page = Canvas(352)
    start = Box(96, 150, 152, 76)
    page.box(start, "parameters\nX, Y", ink=PARAMETER)
    back = Box(348, 78, 236, 84)
    page.box(back, ink=GRADIENT)
    page.text(348, 64, "backward pass", weight="bold", ink=GRADIENT)
    page.text(348, 92, "fast, easy to get wrong", size=SMALL, ink=GRADIENT)
    there = Box(348, 222, 236, 84)
    page.box(there, ink=DATA)
    page.text(348, 208, "3  differences of the cost", weight="bold", ink=DATA, size=15)
    page.text(348, 236, "slow, hard to get wrong", size=SMALL, ink=DATA)
    page.arrow(start.right, (196, 150), (196, 78), back.left, ink=GRADIENT)
    page.arrow(start.right, (196, 150), (196, 222), there.left, ink=DATA)
    page.text(96, 232, "1, 2  as one column\nand back", size=SMALL)
    check = Box(590, 150, 124, 84)
    page.box(check, "4  how far\napart?", ink=CACHE, weight="bold")
    page.arrow(back.right, (498, 78), (498, 138), (528, 138), ink=GRADIENT)
    page.arrow(there.right, (498, 222), (498, 162), (528, 162), ink=DATA)
    page.text(506, 64, "g", size=MATHS, ink=GRADIENT, ha="left", style="italic")
    page.text(506, 250, r"$\hat g$", size=MATHS, ink=DATA, ha="left")
    page.text(724, 76, "5  which layer?", weight="bold", size=15)
    for l, words in ((3, "agrees"), (2, "WRONG"), (1, "WRONG")):
        y = 112 + (3 - l) * 38
        box = Box(740, y, 100, 30)
        page.box(box, f"{l}  {words}", size=SMALL, ink=PLAIN if l == 3 else GRADIENT, rounding=4)
    page.arrow(check.right, (688, 150), ink=CACHE)
    page.text(400, 318, "6 to 10: what is broken there, and its repair", weight="bold")
    page.arrow((740, 206), (740, 314), (610, 314), ink=PLAIN)
    return page


def dictionary_to_vector() -> Canvas:
    """Draw the arrays of a small network and the column of their numbers."""
    page = Canvas(390)
    arrays = (
        (120, 74, "W1", 2, 2, 1, PARAMETER),
        (230, 74, "b1", 2, 1, 5, PLAIN),
        (120, 214, "W2", 1, 2, 7, PARAMETER),
        (230, 214, "b2", 1, 1, 9, PLAIN),
    )
    cell = 36.0
    for x, y, name, rows, cols, first, ink in arrays:
        page.matrix(Box(x, y, cols * cell, rows * cell), rows, cols, ink)
        page.text(x, y - rows * cell / 2 - 14, name, code=True, ink=ink, weight="bold")
        for i in range(rows * cols):
            at = (x - cols * cell / 2 + (i % cols + 0.5) * cell, y - rows * cell / 2)
            page.text(at[0], at[1] + (i // cols + 0.5) * cell, str(first + i), ink=ink)
    left, size = 600.0, 34.0
    for i in range(9):
        ink = PLAIN if i in (4, 5, 8) else PARAMETER
        box = Box(left, 50 + size * i, 60, size)
        page.matrix(box, 1, 1, ink)
        page.text(left, box.cy, str(i + 1), ink=ink)
    for first, last, words in ((0, 3, "W1"), (4, 5, "b1"), (6, 7, "W2"), (8, 8, "b2")):
        y = 50 + size * (first + last) / 2
        page.text(646, y, words, code=True, weight="bold", ha="left")
    page.text(left, 20, r"$\theta$", size=MATHS)
    page.arrow((300, 110), (550, 110), ink=PLAIN)
    page.text(425, 92, "1  row by row", weight="bold")
    page.arrow((550, 210), (300, 210), ink=PLAIN)
    page.text(425, 234, "2  cut, and shape", weight="bold")
    page.text(170, 300, "layers of 2, 2 and 1 units:\n9 parameters")
    page.text(722, 200, "shape\n(9, 1)", code=True, size=SMALL)
    return page


def numerical_gradient() -> Canvas:
    """Draw a curve, its tangent, and what a central and a one-sided difference make of it."""
    page = Canvas(392)
    area = page.plot_area(54, 24, 470, 316)
    x = np.linspace(-1.7, 1.75, 200)

    def cost(t: Any) -> Any:
        return 0.35 * (t + 1.3) ** 2 + 0.09 * (t + 1.3) ** 3

    at, epsilon = -0.1, 1.05
    area.plot(x, cost(x), color=PLAIN.line, linewidth=2.4)
    slope = 0.7 * (at + 1.3) + 0.27 * (at + 1.3) ** 2
    reach = np.array([-1.35, 1.35])
    area.plot(at + reach, cost(at) + slope * reach, color=PLAIN.line, linewidth=1.6, linestyle=":")
    ends = np.array([at - epsilon, at + epsilon])
    area.plot(ends, cost(ends), color=PARAMETER.line, linewidth=2.4, marker="o", ms=8)
    side = np.array([at, at + epsilon])
    area.plot(side, cost(side), color=GRADIENT.line, linewidth=2.4, linestyle=GRADIENT.dash)
    area.plot(at, cost(at), "o", color=GRADIENT.line, ms=8)
    area.set_xticks(
        [ends[0], at, ends[1]],
        [r"$\theta_i - \varepsilon$", r"$\theta_i$", r"$\theta_i + \varepsilon$"],
        size=MATHS,
    )
    area.set(yticks=(), xlim=(-1.75, 1.8), ylim=(-0.35, 3.0))
    for place in (*ends, at):
        area.vlines(place, -0.35, cost(place), color=PLAIN.line, linewidth=0.9, linestyle=":")
    page.text(30, 180, "cost J", rotation=90, va="center")
    rows = (
        (70, "solid", PARAMETER, "central difference", "nearly parallel to the tangent"),
        (160, GRADIENT.dash, GRADIENT, "one-sided difference", "too steep: the curve bends"),
        (250, ":", PLAIN, "tangent", "the slope that is wanted"),
    )
    for y, _, ink, name, words in rows:
        page.arrow((552, y), (596, y), ink=_dashed(ink, name == "tangent"), head=False)
        page.text(608, y - 2, name, weight="bold", ink=ink, ha="left", size=15)
        page.text(552, y + 28, words, size=SMALL, ha="left")
    return page


def _dashed(ink: Ink, dotted: bool) -> Ink:
    return Ink(ink.line, ink.fill, ink.text, dash=":") if dotted else ink


def gradient_check() -> Canvas:
    """Draw the measured difference of a right gradient against epsilon."""
    page = Canvas(392)
    area = page.plot_area(86, 24, 560, 296)
    area.plot(POWERS, np.log10(MEASURED), "o-", color=GRADIENT.line, linewidth=2.2, ms=5)
    smooth = np.array([-5.2, -0.8])
    area.plot(smooth, 2 * smooth - 1.17, color=PLAIN.line, linewidth=1.4, linestyle=(0, (2, 2)))
    rounding = np.array([-13.0, -4.6])
    area.plot(rounding, -16 - rounding, color=PLAIN.line, linewidth=1.4, linestyle=(0, (6, 3)))
    ticks = [-13, -11, -9, -7, -5, -3, -1]
    area.set_xticks(ticks, [rf"$10^{{{t}}}$" for t in ticks], size=MATHS)
    ticks = [-11, -8, -5, -2]
    area.set_yticks(ticks, [rf"$10^{{{t}}}$" for t in ticks], size=MATHS)
    area.set(xlim=(-13.3, -0.5), ylim=(-12, -0.2))
    area.axvspan(-7.1, -4.9, color=PARAMETER.fill, zorder=0)
    words: dict[str, Any] = {"size": SMALL, "color": PLAIN.text}
    area.text(-6.0, -1.0, "here", ha="center", size=SMALL, color=PARAMETER.text, weight="bold")
    area.text(-12.9, -8.9, "too small:\nrounding, about\n" + r"$10^{-16}/\varepsilon$", **words)
    area.text(-3.0, -9.9, "a smooth cost\nwould give " + r"$\varepsilon^2$", **words)
    area.text(-4.6, -3.0, "too large:\nkinks", ha="left", **words)
    page.text(366, 372, r"$\varepsilon$", size=MATHS)
    page.text(26, 172, "difference, all parameters", rotation=90, size=15, va="center")
    page.text(726, 60, "a RIGHT\ngradient", weight="bold")
    page.text(726, 130, "2-8-4-1 net,\n300 moons", size=SMALL)
    return page


def suspect_layer() -> Canvas:
    """Draw which gradients four faults spoil in a network of four layers."""
    page = Canvas(424)
    columns = {1: 318, 2: 442, 3: 566, 4: 690}
    for l, x in columns.items():
        page.text(x, 26, f"layer {l}", weight="bold")
        page.text(x - 26, 52, "dW", size=SMALL, code=True)
        page.text(x + 26, 52, "db", size=SMALL, code=True)
    rows = (
        ("wrong gradient\nat the output", {1: "Wb", 2: "Wb", 3: "Wb", 4: "Wb"}, 4),
        ("wrong dA handed\ndown by layer 4", {1: "Wb", 2: "Wb", 3: "Wb"}, 3),
        ("wrong gate\nin layer 2", {1: "Wb", 2: "Wb"}, 2),
        ("wrong db\nin layer 3", {3: "b"}, 3),
    )
    for i, (words, wrong, last) in enumerate(rows):
        y = 92 + 78 * i
        page.text(224, y, words, ha="right", size=15)
        for l, x in columns.items():
            for kind, shift in (("W", -26), ("b", 26)):
                _gradient_cell(page, x + shift, y, kind in wrong.get(l, ""))
        place = columns[last]
        page.arrow((place, y + 44), (place, y + 25), ink=PARAMETER)
    page.arrow((690, 400), (318, 400), ink=GRADIENT)
    page.text(224, 400, "backward pass", ha="right", weight="bold", size=15)
    return page


def _gradient_cell(page: Canvas, x: float, y: float, wrong: bool) -> None:
    """Draw one gradient: striped if it is wrong."""
    ink = GRADIENT if wrong else PLAIN
    style: dict[str, Any] = {"edgecolor": ink.line, "linewidth": 1.4}
    style |= {"facecolor": ink.fill, "hatch": "////" if wrong else ""}
    page.axes.add_patch(Rectangle((x - 22, y - 20), 44, 40, **style))


def repaired_linear_backward() -> Canvas:
    """Draw how the length of the gradient falls from layer to layer."""
    page = Canvas(352)
    area = page.plot_area(98, 26, 420, 250)
    layers = np.array([1, 2, 3, 4])
    area.plot(layers, np.zeros(4), "o-", color=PARAMETER.line, linewidth=2.4, ms=8)
    faded = -(4 - layers) * np.log10(300)
    area.plot(layers, faded, "s", color=GRADIENT.line, linewidth=2.4, ms=8, linestyle=(0, (5, 2)))
    ticks = [0, -2, -4, -6, -8]
    area.set_yticks(ticks, ["1", *[rf"$10^{{{t}}}$" for t in ticks[1:]]], size=MATHS)
    area.set_xticks(layers, [f"layer {l}" for l in layers], size=SMALL)
    area.set(xlim=(0.7, 4.3), ylim=(-8.4, 0.9))
    names = ("1", "1/300", "1/90 000", "1/27 000 000")
    for l, name in zip(layers[::-1], names, strict=True):
        height = -(4 - l) * np.log10(300) - 0.4
        words: dict[str, Any] = {"size": SMALL, "color": GRADIENT.text, "va": "center"}
        area.text(l + 0.12, height, name, ha="left", **words)
    page.text(26, 151, "length, 1 = right", rotation=90, size=15, va="center")
    page.text(660, 80, "right: every layer\nhas its full gradient", ink=PARAMETER, size=15)
    page.text(
        660,
        190,
        "1/m in dA_prev, m = 300:\none more factor\nat each layer down",
        ink=GRADIENT,
        size=15,
    )
    page.arrow((486, 326), (130, 326), ink=GRADIENT)
    page.text(506, 326, "backward pass", ha="left", size=SMALL, ink=GRADIENT)
    return page


def repaired_weight_gradients() -> Canvas:
    """Draw where a function finds a name that it does not set."""
    page = Canvas(338)
    for x, words in ((36, "in a notebook that has run for a while"), (430, "after a restart")):
        page.frame(Box(x + 170, 176, 350, 272))
        page.text(x + 170, 62, words, weight="bold", size=15)
    left = Box(206, 112, 250, 44)
    page.box(left, "m = 209", ink=CACHE, code=True)
    page.text(206, 152, "left over from other data", size=SMALL, ink=CACHE)
    function = Box(206, 236, 270, 84)
    page.box(function, ink=PLAIN)
    page.text(206, 218, "sum over 64 examples / m", code=True, size=SMALL)
    page.text(206, 250, "64/209 = 0.306 of dW", weight="bold", size=15, ink=GRADIENT)
    page.arrow((206, 164), (206, 192), ink=CACHE)
    empty = Box(600, 112, 250, 44)
    page.box(empty, "no m anywhere", ink=Ink("#BBBBBB", "white", PLAIN.text), size=15)
    second = Box(600, 236, 270, 84)
    page.box(second, ink=PLAIN)
    page.text(600, 218, "sum over 64 examples / m", code=True, size=SMALL)
    page.text(600, 250, "NameError", weight="bold", size=15, ink=GRADIENT, code=True)
    page.arrow((600, 136), (600, 192), ink=PLAIN)
    return page


def repaired_relu_backward() -> Canvas:
    """Draw ReLU, its right gate and the gate that is always open."""
    page = Canvas(312)
    Z = np.linspace(-2, 2, 201)
    graphs = (
        (30, np.maximum(0, Z), "A = max(0, Z)", PLAIN, "solid"),
        (296, (Z > 0) * 1.0, "gate: Z > 0", PARAMETER, "solid"),
        (562, np.ones(201), "gate: A >= 0", GRADIENT, (0, (5, 2))),
    )
    for x, values, words, ink, style in graphs:
        area = page.plot_area(x, 50, 210, 186)
        _cross(area)
        if words.endswith("Z > 0"):
            area.plot([-2, 0], [0, 0], color=ink.line, linewidth=3)
            area.plot([0, 2], [1, 1], color=ink.line, linewidth=3)
            area.plot(0, 0, "o", color=ink.line, ms=8)
            area.plot(0, 1, "o", color=ink.line, ms=8, markerfacecolor="white", markeredgewidth=2)
        else:
            area.plot(Z, values, color=ink.line, linewidth=3, linestyle=style)
        page.text(x + 105, 26, words, code=True, weight="bold", ink=ink, size=15)
    page.text(135, 282, "A is never negative", size=SMALL)
    page.text(401, 282, "open on the right only", size=SMALL, ink=PARAMETER)
    page.text(667, 282, "open everywhere: no gate", size=SMALL, ink=GRADIENT)
    return page


def _cross(area: Axes) -> None:
    """Draw two axes through the origin."""
    area.spines[["left", "bottom"]].set_visible(False)
    area.axhline(0, color="#AAAAAA", linewidth=1)
    area.axvline(0, color="#AAAAAA", linewidth=1)
    area.set(xlim=(-2.1, 2.1), ylim=(-0.35, 2.1), yticks=(), xticks=())
    area.text(2.05, -0.28, "Z", size=SMALL, ha="right")
    area.text(-0.14, 1.07, "1", size=SMALL, ha="right", va="bottom")


def repaired_output_gradient() -> Canvas:
    """Draw the gradient at the output for two costs, label 1."""
    page = Canvas(376)
    area = page.plot_area(96, 24, 430, 286)
    a = np.linspace(0, 1, 201)
    area.plot(a, a - 1, color=PARAMETER.line, linewidth=2.6)
    area.plot(
        a, 2 * (a - 1) * a * (1 - a), color=GRADIENT.line, linewidth=2.6, linestyle=(0, (5, 2))
    )
    area.axhline(0, color="#AAAAAA", linewidth=1)
    area.set(xlim=(0, 1), ylim=(-1.05, 0.1), xticks=(0, 0.5, 1), yticks=(-1, -0.5, 0))
    words: dict[str, Any] = {"size": SMALL}
    area.text(0.3, -0.83, "cross-entropy: a - 1", color=PARAMETER.text, **words)
    area.text(0.16, -0.42, "squared error", color=GRADIENT.text, **words)
    page.text(311, 352, "what the network says, a; the label is 1", size=15)
    page.text(32, 167, "dZ of the output", rotation=90, size=15, va="center")
    page.text(660, 70, "sure and wrong\n(a near 0):", weight="bold")
    page.text(660, 144, "cross-entropy pulls\nwith all its strength", ink=PARAMETER, size=15)
    page.text(660, 214, "the squared error\nhardly at all", ink=GRADIENT, size=15)
    return page


def repaired_training_step() -> Canvas:
    """Draw the broken and the right order of three steps in one layer."""
    page = Canvas(332)
    steps = {"dW": "dW, db\nfrom dZ, A_prev", "move": "W, b move", "dA": "dA_prev\nfrom dZ, W"}
    inks = {"dW": GRADIENT, "move": PARAMETER, "dA": GRADIENT}
    rows = ((92, "broken", ("dW", "move", "dA")), (232, "right", ("dW", "dA", "move")))
    for y, words, order in rows:
        page.text(70, y, words, weight="bold")
        for i, name in enumerate(order):
            box = Box(222 + 226 * i, y, 168, 72)
            page.box(box, steps[name], ink=inks[name], size=15)
            if i < 2:
                page.arrow(box.right, (box.right.x + 58, y), ink=PLAIN)
    page.text(664, 150, "reads a W that has moved", size=SMALL, ink=GRADIENT)
    page.text(664, 290, "when nobody needs W any more", size=SMALL, ink=PARAMETER)
    page.text(448, 26, "layer l, in the order of the lines")
    return page


FIGURES: dict[str, Callable[[], Canvas]] = {
    draw.__name__: draw
    for draw in (
        overview,
        dictionary_to_vector,
        numerical_gradient,
        gradient_check,
        suspect_layer,
        repaired_linear_backward,
        repaired_weight_gradients,
        repaired_relu_backward,
        repaired_output_gradient,
        repaired_training_step,
    )
}

# What a reader who cannot see the figure should take from it: the idea, not the look.
ALT = {
    "overview": (
        "A gradient can be had in two ways, by the backward pass and by differences of the cost. "
        "Where the two differ, layer by layer, the last wrong layer is where the fault enters."
    ),
    "dictionary_to_vector": (
        "The entries of W1, b1, W2 and b2 stand below each other in one column, each array row "
        "by row; cutting the column at the same places gives the arrays back."
    ),
    "numerical_gradient": (
        "The line through a point to the left and one to the right is nearly parallel to the "
        "tangent in the middle; the line to the right point alone is too steep."
    ),
    "gradient_check": (
        "The difference of a right gradient is smallest for epsilon between a hundred thousandth "
        "and a ten millionth; smaller ones suffer from rounding, larger ones from ReLU's kinks."
    ),
    "suspect_layer": (
        "A fault spoils its own layer, or those below, and leaves the layers above right: the "
        "last wrong layer is where it enters."
    ),
    "repaired_linear_backward": (
        "With 1/m in dA_prev the gradient shrinks by a factor of m at each layer towards the "
        "input, from 1 to one part in 27 million over four layers with 300 examples."
    ),
    "repaired_weight_gradients": (
        "A function that does not set m takes the 209 that the notebook happens to hold; after a "
        "restart there is none, and Python says NameError."
    ),
    "repaired_relu_backward": (
        "The right gate is 0 where Z is negative and 1 where it is positive; the gate that asks "
        "whether A is at least 0 is 1 everywhere."
    ),
    "repaired_output_gradient": (
        "For an example with label 1 the gradient of cross-entropy is a straight line from minus 1 "
        "to 0; that of the squared error fades to 0 where the network is sure and wrong."
    ),
    "repaired_training_step": (
        "In the broken order W moves before dA_prev is made from it; in the right order both "
        "gradients are made first and W moves last."
    ),
}


if __name__ == "__main__":
    drawn = {name: (draw, ALT[name]) for name, draw in FIGURES.items()}
    sys.exit(write_or_check(PREFIX, drawn, "draw_find_the_bug.py"))
