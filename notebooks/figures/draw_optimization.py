"""Draw the figures of the optimization assignment as SVG files beside this script.

    python notebooks/figures/draw_optimization.py            draw all of them again
    python notebooks/figures/draw_optimization.py --check    say which files differ

As with draw_figures.py, the same matplotlib version gives the same bytes on every run.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np
from _shapes import (
    BODY,
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
from numpy.typing import NDArray

PREFIX = "optimization-"
Numbers = NDArray[np.float64]


# --- the loop around it all ------------------------------------------------------------------


def overview() -> Canvas:
    """Draw one epoch: shuffle, cut, and for each batch forward, backward, one of three steps."""
    page = Canvas(430)
    shuffle = Box(104, 112, 168, 76)
    page.box(shuffle, "2  shuffle,\ncut into batches", ink=DATA)
    page.frame(Box(506, 214, 572, 376))
    page.text(238, 50, "for every mini-batch", weight="bold", ha="left")
    forward, backward = Box(338, 126, 164, 76), Box(338, 290, 164, 76)
    page.box(forward, "forward", ink=DATA)
    page.box(backward, "backward", ink=GRADIENT)
    page.arrow(shuffle.right, (forward.left.x, 112), ink=DATA)
    page.arrow(forward.bottom, backward.top, ink=GRADIENT)
    page.text(350, 208, "cost", ha="left")
    rules = (
        (126, "1  gradient descent", "the gradient itself"),
        (208, "3, 4  momentum", "its moving average v"),
        (290, "5, 6  Adam", "v divided by the root of s"),
    )
    for y, name, words in rules:
        rule = Box(658, y, 236, 64)
        page.box(rule, ink=PARAMETER)
        page.text(rule.cx, y - 13, name, weight="bold", ink=PARAMETER)
        page.text(rule.cx, y + 14, words, size=SMALL, ink=PARAMETER)
        page.arrow(backward.right, (500, 290), (500, y), rule.left, ink=GRADIENT)
    page.text(658, 74, "one of three steps", weight="bold")
    page.text(460, 272, "dW, db", size=SMALL, ink=GRADIENT, code=True)
    page.arrow((658, 322), (658, 366), (238, 366), (238, 140), (256, 140), ink=PARAMETER)
    back = "the new W, b, of whichever rule, meet the next batch"
    page.text(450, 384, back, size=SMALL, ink=PARAMETER)
    rate = Box(104, 290, 168, 92)
    page.box(rate, "7, 8  decay:\nthe rate of the\nnext epoch", ink=PLAIN)
    page.arrow((220, 290), rate.right, ink=PLAIN)
    page.arrow(rate.top, shuffle.bottom, ink=PLAIN)
    page.text(116, 204, "next epoch", size=SMALL, ha="left")
    return page


# --- walks on a bowl -------------------------------------------------------------------------

CURVATURE = np.array([1.0, 12.0])  # a valley: flat along w1, steep along w2
START = np.array([-4.2, 1.15])


def _valley(area: Axes, reach: tuple[float, float] = (5.0, 2.1)) -> None:
    """Draw lines of equal cost of a long bowl, and its lowest point."""
    x, y = np.meshgrid(np.linspace(-reach[0], 2.2, 120), np.linspace(-reach[1], reach[1], 120))
    cost = 0.5 * (CURVATURE[0] * x**2 + CURVATURE[1] * y**2)
    levels = [0.25, 1, 2.5, 5, 9, 14, 20]
    area.contour(x, y, cost, levels=levels, colors="#B8B8B8", linewidths=1.2)
    area.plot(0, 0, "+", color=PLAIN.text, markersize=13, markeredgewidth=2, zorder=4)
    area.set(xticks=(), yticks=(), xlim=(-reach[0], 2.2), ylim=(-reach[1], reach[1]))
    area.spines[["left", "bottom"]].set_visible(False)


def _path(area: Axes, places: Numbers, ink: Ink, marker: str = "o", size: float = 4.5) -> None:
    """Draw where a walk has been; the start is an open circle."""
    area.plot(*places.T, color=ink.line, linewidth=1.7, linestyle="solid", marker=marker, ms=size)
    hollow: dict[str, Any] = {"markerfacecolor": "white", "markeredgewidth": 2}
    area.plot(*places[0], "o", color=ink.line, markersize=9, **hollow)


def _noisy_walk(examples: int, steps: int) -> Numbers:
    """Walk down with gradients that are means over `examples` examples out of 64."""
    rng = np.random.RandomState(7)
    shift = rng.randn(64, 2) * np.array([2.6, 6.0])
    shift -= shift.mean(axis=0)
    place, places = START.copy(), [START.copy()]
    for step in range(steps):
        if step * examples % 64 == 0:
            order = rng.permutation(64)
        chosen = order[(step * examples) % 64 :][:examples]
        place = place - 0.07 * (CURVATURE * place + shift[chosen].mean(axis=0))
        places.append(place.copy())
    return np.array(places)


def update_parameters_with_gd() -> Canvas:
    """Draw the same descent with all examples, with a few and with one example a step."""
    page = Canvas(322)
    cases = (
        (14, 64, 8, "all m examples a step", "8 epochs: 8 steps"),
        (280, 16, 32, "a mini-batch a step", "8 epochs: 32 steps"),
        (546, 1, 64, "one example a step", "1 epoch: 64 steps"),
    )
    for x, examples, steps, words, count in cases:
        area = page.plot_area(x, 40, 240, 210)
        _valley(area)
        _path(area, _noisy_walk(examples, steps), GRADIENT, size=4.5 if steps < 50 else 3)
        page.text(x + 120, 22, words, weight="bold")
        page.text(x + 120, 266, count, size=SMALL)
    page.text(400, 300, "fewer examples a step: more steps an epoch, each a rougher guess")
    return page


def random_mini_batches() -> Canvas:
    """Draw ten examples that are shuffled, X and Y alike, and cut into batches of four."""
    page = Canvas(420)
    order = np.random.RandomState(1).permutation(10)
    left, cell = 160.0, 52.0
    _examples(page, 66, list(range(10)), left, cell)
    page.text(78, 155, "one permutation\nfor both", weight="bold", size=SMALL, ink=CACHE)
    for place, number in enumerate(order):
        start, end = (left + cell * (number + 0.5), 126), (left + cell * (place + 0.5), 190)
        ink = CACHE if place in (0, 9) else Ink("#D8C48A", "white", CACHE.text, width=1.1)
        page.arrow(start, end, ink=ink)
    _examples(page, 226, list(order), left, cell)
    batches = ((0, 4, "batch 1"), (4, 4, "batch 2"), (8, 2, "batch 3:\nwhat is left"))
    for first, count, words in batches:
        middle = left + cell * (first + count / 2)
        width = cell * count - 12
        page.arrow((middle - width / 2, 297), (middle + width / 2, 297), ink=PLAIN, head=False)
        for end in (middle - width / 2, middle + width / 2):
            page.arrow((end, 286), (end, 298), ink=PLAIN, head=False)
        page.text(middle, 328 if "\n" in words else 318, words, weight="bold", ink=PLAIN)
    page.text(400, 384, "a column of X and its label stay together; every example is in one batch")
    return page


def _examples(page: Canvas, y: float, numbers: list[int], left: float, cell: float) -> None:
    """Draw X and Y as columns that carry the number of their example."""
    width = cell * len(numbers)
    page.matrix(Box(left + width / 2, y, width, 56), 2, len(numbers), DATA)
    page.matrix(Box(left + width / 2, y + 47, width, 24), 1, len(numbers), DATA)
    page.text(left - 18, y, "X", code=True, ink=DATA, weight="bold", ha="right")
    page.text(left - 18, y + 47, "Y", code=True, ink=DATA, weight="bold", ha="right")
    for place, number in enumerate(numbers):
        page.text(left + cell * (place + 0.5), y, str(number), ink=DATA, weight="bold")
        page.text(left + cell * (place + 0.5), y + 47, str(number), size=SMALL, ink=DATA)


# --- arrays of zeros -------------------------------------------------------------------------

SHAPES = (("W1", 3, 2), ("b1", 3, 1), ("W2", 1, 3), ("b2", 1, 1))
COLUMNS = (236, 366, 516, 656)


def _row_of_arrays(page: Canvas, y: float, ink: Ink, prefix: str, zeros: bool) -> None:
    """Draw one array for each parameter, all in one row, with or without zeros inside."""
    cell = 27.0
    for (name, rows, cols), x in zip(SHAPES, COLUMNS, strict=True):
        box = Box(x, y, cols * cell, rows * cell)
        page.matrix(box, rows, cols, ink)
        page.text(x, y - rows * cell / 2 - 15, prefix + name, code=True, ink=ink, weight="bold")
        for i in range(rows * cols if zeros else 0):
            place = (box.left.x + (i % cols + 0.5) * cell, box.top.y + (i // cols + 0.5) * cell)
            page.text(*place, "0", size=SMALL, ink=ink)


def initialize_velocity() -> Canvas:
    """Draw the parameters, and below each of them zeros in the same shape."""
    page = Canvas(332)
    page.text(150, 84, "parameters", code=True, ink=PARAMETER, weight="bold", ha="right")
    _row_of_arrays(page, 84, PARAMETER, "", zeros=False)
    page.text(150, 238, "v", code=True, ink=GRADIENT, weight="bold", ha="right")
    _row_of_arrays(page, 238, GRADIENT, "d", zeros=True)
    for x in COLUMNS:
        page.arrow((x, 132), (x, 162), ink=PLAIN)
    page.text(400, 312, "the same shapes, the keys of the gradients, and nothing in motion yet")
    return page


def initialize_adam() -> Canvas:
    """Draw v and s: both zeros in the shape of the parameters, for two different means."""
    page = Canvas(316)
    rows = (
        (84, "v", "will be the mean\nof the gradients"),
        (214, "s", "will be the mean\nof their squares"),
    )
    for y, name, words in rows:
        ink = GRADIENT if name == "v" else CACHE
        page.text(22, y - 26, name, code=True, ink=ink, weight="bold", ha="left")
        page.text(22, y + 14, words, size=SMALL, ink=ink, ha="left")
        _row_of_arrays(page, y, ink, "d", zeros=True)
    page.text(
        400, 292, "two numbers for every single weight: where to, and how steep it usually is"
    )
    return page


# --- momentum and Adam -----------------------------------------------------------------------


def _descend(rate: float, beta: float, steps: int) -> Numbers:
    """Walk down the valley with momentum; beta = 0 is plain gradient descent."""
    place, velocity, places = START.copy(), np.zeros(2), [START.copy()]
    for _ in range(steps):
        velocity = beta * velocity + (1 - beta) * CURVATURE * place
        place = place - rate * velocity
        places.append(place.copy())
    return np.array(places)


def update_parameters_with_momentum() -> Canvas:
    """Draw the zigzag of gradient descent, the calmer walk of momentum, and one mixed arrow."""
    page = Canvas(352)
    same_rate = "momentum, the same rate, β = 0.6"
    for x, beta, words in ((14, 0.0, "gradient descent"), (280, 0.6, same_rate)):
        area = page.plot_area(x, 40, 240, 210)
        _valley(area)
        _path(area, _descend(0.158, beta, 14), GRADIENT if not beta else PARAMETER)
        page.text(x + 120, 22, words, weight="bold", ink=GRADIENT if not beta else PARAMETER)
    page.text(134, 268, "across the valley it jumps\nto and fro, along it it goes on", size=SMALL)
    page.text(400, 268, "to and fro cancel in the mean,\nwhat points along it stays", size=SMALL)
    page.text(672, 22, "one step's arrows", weight="bold")
    origin, old, new = (570, 150), (690, 110), (740, 176)
    page.arrow(origin, old, ink=PLAIN)
    page.arrow(old, new, ink=GRADIENT)
    page.arrow(origin, new, ink=PARAMETER)
    page.text(622, 108, r"$\beta\, v$", size=MATHS, ink=PLAIN)
    page.text(722, 122, r"$(1-\beta)$", size=MATHS, ink=GRADIENT, ha="left")
    page.text(738, 148, r"$dW$", size=MATHS, ink=GRADIENT, ha="left")
    page.text(640, 186, "new v", size=BODY, ink=PARAMETER, weight="bold")
    page.text(
        672, 268, "old direction and new gradient,\nmixed: the step goes against it", size=SMALL
    )
    rule = r"$v \leftarrow \beta\, v + (1-\beta)\, dW \qquad W \leftarrow W - \alpha\, v$"
    page.text(400, 324, rule, size=MATHS, ink=PARAMETER)
    return page


def update_parameters_with_adam() -> Canvas:
    """Draw how one gradient becomes one step, and what the correction does at the start."""
    page = Canvas(402)
    gradient = Box(52, 140, 76, 48)
    page.box(gradient, "dW", ink=GRADIENT)
    boxes = {}
    for y, name, ink in ((76, "v", GRADIENT), (204, "s", CACHE)):
        mean, right = Box(184, y, 116, 62), Box(338, y, 124, 62)
        words = "mean of\ndW" if name == "v" else "mean of\ndW squared"
        page.box(mean, words, ink=ink, size=SMALL)
        page.box(right, f"{name}, corrected\nfor its start at 0", ink=ink, size=SMALL)
        page.arrow(gradient.right, (108, 140), (108, y), mean.left, ink=ink)
        page.arrow(mean.right, right.left, ink=ink)
        page.text(mean.cx, y - 46, name, ink=ink, weight="bold", code=True)
        boxes[name] = right
    step = Box(210, 316, 316, 84)
    page.box(step, ink=PARAMETER)
    formula = r"$\mathrm{step} = \alpha\; \dfrac{\hat v}{\sqrt{\hat s} + \varepsilon}$"
    page.text(step.cx, step.cy, formula, size=MATHS, ink=PARAMETER)
    page.arrow(boxes["v"].right, (424, 76), (424, 316), step.right, ink=GRADIENT)
    page.arrow(boxes["s"].bottom, (338, step.top.y), ink=CACHE)
    page.text(210, 382, "about as long as the rate, however large dW is", size=SMALL)
    _correction(page)
    return page


def _correction(page: Canvas) -> None:
    """Draw the mean of gradients that are all 1, as it is and corrected."""
    area = page.plot_area(512, 50, 264, 250)
    t = np.arange(0, 31)
    area.axhline(1, color=GRADIENT.line, linewidth=2.2)
    area.plot(t, 1 - 0.9**t, color=PLAIN.line, linewidth=2.2, linestyle=(0, (5, 2)))
    area.set(xlim=(0, 30), ylim=(0, 1.25), xticks=(0, 10, 20, 30), yticks=(0, 0.5, 1))
    area.set_xlabel("steps t", size=SMALL)
    area.text(3, 1.07, "corrected", size=SMALL, color=GRADIENT.text, ha="left")
    area.text(11, 0.5, "v as it is,\nbeta1 = 0.9", size=SMALL, color=PLAIN.text, ha="left")
    page.text(644, 24, "all gradients 1: what v says", weight="bold", size=SMALL)
    words = "the first mean is 0.1: nine tenths\nof it are the zero it started from"
    page.text(644, 362, words, size=SMALL)


# --- decay -----------------------------------------------------------------------------------


def update_lr() -> Canvas:
    """Draw the learning rate against the epoch for three decay rates."""
    page = Canvas(352)
    area = page.plot_area(84, 24, 440, 250)
    epoch = np.linspace(0, 50, 251)
    for decay, style, at in ((0.0, "solid", 42), (0.02, (0, (6, 2)), 36), (0.2, (0, (2, 2)), 27)):
        rate = 1 / (1 + decay * epoch)
        area.plot(epoch, rate, color=PARAMETER.line, linewidth=2.6, linestyle=style)
        height = 1 / (1 + decay * at) + 0.1
        words: dict[str, Any] = {"size": SMALL, "color": PARAMETER.text, "ha": "center"}
        area.text(at, height, f"decay_rate = {decay:g}", **words)
    area.set(xlim=(0, 50), ylim=(0, 1.18), xticks=(0, 10, 20, 30, 40, 50))
    area.set_yticks((0, 0.5, 1), ("0", r"$\alpha_0/2$", r"$\alpha_0$"), size=BODY)
    area.set_xlabel("epoch k", size=SMALL)
    page.text(34, 150, "learning rate", rotation=90)
    page.text(660, 110, r"$\alpha = \dfrac{\alpha_0}{1 + d\, k}$", size=24, ink=PARAMETER)
    page.text(660, 196, "half of the first rate\nis reached at epoch 1/d", size=SMALL)
    page.text(400, 338, "steep at first, then flatter and flatter, never zero")
    return page


def schedule_lr_decay() -> Canvas:
    """Draw the staircase over the smooth decay of the same rate."""
    page = Canvas(352)
    area = page.plot_area(84, 24, 440, 250)
    epoch = np.arange(0, 500)
    smooth = 1 / (1 + 0.5 * epoch / 100)
    area.plot(epoch, smooth, color="#8A8A8A", linewidth=2, linestyle=(0, (2, 2)))
    for number in range(5):
        height = 1 / (1 + 0.5 * number)
        area.hlines(height, 100 * number, 100 * (number + 1), color=PARAMETER.line, linewidth=3.2)
        area.plot(100 * number, height, "o", color=PARAMETER.line, markersize=7)
        end = 100 * (number + 1)
        area.plot(end, height, "o", color=PARAMETER.line, markersize=7, markerfacecolor="white")
    area.set(xlim=(-8, 508), ylim=(0, 1.18), xticks=(0, 100, 200, 300, 400, 500))
    area.set_yticks((0, 0.5, 1), ("0", r"$\alpha_0/2$", r"$\alpha_0$"), size=BODY)
    area.set_xlabel("epoch k,  time_interval = 100,  decay_rate = 0.5", size=SMALL)
    page.text(34, 150, "learning rate", rotation=90)
    rule = r"$\alpha = \dfrac{\alpha_0}{1 + d\, \lfloor k / T \rfloor}$"
    page.text(660, 110, rule, size=24, ink=PARAMETER)
    words = "level inside an interval,\na step down at its end;\ndotted: without the floor"
    page.text(660, 204, words, size=SMALL)
    page.text(400, 338, "time to settle on each level before the next one")
    return page


# --- files -----------------------------------------------------------------------------------

FIGURES: dict[str, Callable[[], Canvas]] = {
    function.__name__: function
    for function in (
        overview,
        update_parameters_with_gd,
        random_mini_batches,
        initialize_velocity,
        update_parameters_with_momentum,
        initialize_adam,
        update_parameters_with_adam,
        update_lr,
        schedule_lr_decay,
    )
}

# What a reader who cannot see the figure should take from it: the idea, not the look.
ALT = {
    "overview": (
        "In every epoch the examples are shuffled and cut into mini-batches; for each batch a "
        "forward and a backward pass give dW and db, and one of three rules makes a step of them: "
        "gradient descent, momentum or Adam. Between epochs the learning rate may decay."
    ),
    "update_parameters_with_gd": (
        "The fewer examples a step looks at, the more steps there are in an epoch and the more "
        "the walk to the lowest point wanders: a smooth path with all examples, a wavering "
        "path with mini-batches, a scribble with one example a step."
    ),
    "random_mini_batches": (
        "One permutation moves the columns of X and of Y alike, then both are cut at the same "
        "places: ten examples become batches of four, four and two."
    ),
    "initialize_velocity": (
        "For each parameter v holds an array of zeros in the same shape, under the key of its "
        "gradient: dW1 for W1, db1 for b1, and so on."
    ),
    "update_parameters_with_momentum": (
        "In a long valley gradient descent jumps to and fro between the walls on its way; "
        "momentum mixes each gradient with the direction so far, so that to and fro cancel and "
        "what points along the valley stays."
    ),
    "initialize_adam": (
        "v and s both start as zeros in the shape of every parameter; v will be the mean of the "
        "gradients, s the mean of their squares."
    ),
    "update_parameters_with_adam": (
        "The gradient goes into a mean v and its square into a mean s; both are corrected for "
        "their start at zero, and the step is the rate times v divided by the root of s. With "
        "gradients that are all 1 the bare mean climbs slowly from 0, the corrected one is 1 "
        "at once."
    ),
    "update_lr": (
        "The learning rate falls steeply at first and then ever more slowly, the faster the "
        "larger the decay rate, and never reaches zero."
    ),
    "schedule_lr_decay": (
        "The learning rate is a staircase: level inside an interval, with a step down at its end; "
        "at the start of each step it meets the smooth curve of the decay without the floor."
    ),
}


if __name__ == "__main__":
    drawn = {name: (draw, ALT[name]) for name, draw in FIGURES.items()}
    sys.exit(write_or_check(PREFIX, drawn, "draw_optimization.py"))
