"""Figures with a curve: what a guess costs, and how a step downhill is taken."""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np
from _shapes import DATA, GRADIENT, MATHS, PARAMETER, PLAIN, SMALL, Box, Canvas
from matplotlib.axes import Axes
from numpy.typing import NDArray

LABELS = (1, 0, 1, 0)
GUESSES = (0.9, 0.2, 0.3, 0.6)
START, SLOPE = -1.7, -1.7  # on the bowl of `_cost` the slope at w is w
RATE = 0.6  # of the one step that is drawn large

Numbers = TypeVar("Numbers", float, NDArray[np.float64])


def compute_cost() -> Canvas:
    """Draw the two loss curves, and four examples whose losses are averaged to J."""
    page = Canvas(420)
    area = page.plot_area(64, 24, 400, 336)
    a = np.linspace(0.02, 0.98, 97)
    area.plot(a, -np.log(a), color=DATA.line, linewidth=3)
    area.plot(a, -np.log(1 - a), color=DATA.line, linewidth=3, linestyle=(0, (6, 2, 1.5, 2)))
    area.set(xlim=(0, 1), ylim=(0, 3.6), yticks=(0, 1, 2, 3))
    area.set_xticks((0, 0.5, 1), ("0", "0.5", "1"))
    label: dict[str, Any] = {"size": MATHS, "color": DATA.text, "va": "center"}
    area.text(0.1, 3.2, "y = 1:  $-\\log(a)$", ha="left", **label)
    area.text(0.9, 2.7, "y = 0:  $-\\log(1 - a)$", ha="right", **label)
    losses = [-np.log(a if y else 1 - a) for y, a in zip(LABELS, GUESSES, strict=True)]
    area.plot(GUESSES, losses, "o", color=DATA.text, markersize=9, clip_on=False)
    area.set_xlabel("a, the network's guess that y is 1", size=SMALL)
    area.set_ylabel("loss of one example", size=SMALL)
    _cost_table(page, losses)
    return page


def _cost_table(page: Canvas, losses: list[float]) -> None:
    """Write the examples as columns, and their mean below."""
    rows = (
        ("Y", [str(y) for y in LABELS]),
        ("AL", [f"{a:.1f}" for a in GUESSES]),
        ("loss", [f"{loss:.2f}" for loss in losses]),
    )
    for y, (name, values) in zip((100, 144, 188), rows, strict=True):
        page.text(540, y, name, code=True, ink=DATA, weight="bold", ha="right")
        page.matrix(Box(664, y, 224, 34), 1, 4, DATA)
        for j, value in enumerate(values):
            page.text(580 + 56 * j, y, value, ink=DATA)
    page.text(664, 66, "m = 4 examples", size=SMALL)
    page.arrow((664, 212), (664, 258), ink=PLAIN)
    page.text(676, 234, "mean", size=SMALL, ha="left")
    page.box(Box(664, 284, 130, 48), f"J = {np.mean(losses):.2f}", size=MATHS, weight="bold")
    page.text(664, 328, "one number, shape ()", size=SMALL)


def _cost(w: Numbers) -> Numbers:
    """Return a bowl: the simplest cost with one lowest point, at w = 0."""
    return 0.5 * w**2


def _descend(rate: float, steps: int) -> NDArray[np.float64]:
    """Return the places gradient descent visits on the bowl."""
    return np.array([START * (1 - rate) ** step for step in range(steps + 1)])


def _bowl(area: Axes, reach: float) -> None:
    """Draw the bowl on bare axes."""
    w = np.linspace(-reach, reach, 81)
    area.plot(w, _cost(w), color=PLAIN.line, linewidth=2.5)
    area.set(xticks=(), yticks=(), xlim=(-reach, reach), ylim=(-0.25, _cost(reach)))


def update_parameters() -> Canvas:
    """Draw one step downhill, and what too small and too large a rate do."""
    page = Canvas(458)
    area = page.plot_area(46, 20, 430, 330)
    _bowl(area, 2.3)
    _one_step(page, area)
    page.text(28, 185, "cost J", rotation=90)
    page.text(261, 392, "w, one number out of W")
    rule = r"$W \leftarrow W - \alpha\; dW \qquad b \leftarrow b - \alpha\; db$"
    page.text(180, 436, rule, size=MATHS, ink=PARAMETER)
    page.text(340, 436, "α = learning_rate", size=SMALL, code=True, ha="left")
    cases = (
        (0.06, "α too small: hardly moves"),
        (0.55, "α right: reaches the bottom"),
        (2.12, "α too large: jumps over, climbs"),
    )
    for top, (rate, words) in zip((20, 166, 312), cases, strict=True):
        _four_steps(page.plot_area(530, top, 250, 100), rate)
        page.text(655, top + 118, words, size=SMALL, weight="bold")
    return page


def _one_step(page: Canvas, area: Axes) -> None:
    """Draw the slope at one place and the step against it."""
    end, top = START - RATE * SLOPE, _cost(START)
    tangent = np.array([START - 0.35, START + 0.6])
    area.plot(tangent, top + SLOPE * (tangent - START), color=GRADIENT.line, linewidth=2)
    for w in (START, end):
        area.vlines(w, area.get_ylim()[0], top, color=PLAIN.line, linewidth=1, linestyle=":")
    places = area.transData.transform([(START, top), (end, top)])
    page.arrow(*[(x, page.height - y) for x, y in places], ink=GRADIENT)
    area.plot([START, end], _cost(np.array([START, end])), "o", color=PARAMETER.line, markersize=14)
    area.set_xticks([START, end], ["w", r"$w - \alpha\; dw$"], size=MATHS)
    words: dict[str, Any] = {"color": GRADIENT.text, "size": MATHS}
    area.text(-1.5, top + 0.12, r"step $-\alpha\; dw$", ha="left", **words)
    paper = {"facecolor": "white", "edgecolor": "none", "pad": 1}
    area.text(-1.25, 0.45, "slope $dw$", ha="right", bbox=paper, **words)


def _four_steps(area: Axes, rate: float) -> None:
    """Draw where four steps with one learning rate lead; the start is an open circle."""
    _bowl(area, 3.0)
    area.spines[["left", "bottom"]].set_visible(False)
    places = _descend(rate, 4)
    area.plot(places, _cost(places), color=GRADIENT.line, linewidth=1.8, linestyle=GRADIENT.dash)
    area.plot(places, _cost(places), "o", color=PARAMETER.line, markersize=8)
    hollow: dict[str, Any] = {"markerfacecolor": "white", "markeredgewidth": 2}
    area.plot(START, _cost(START), "o", color=PARAMETER.line, markersize=9, **hollow)
    area.text(START - 0.3, _cost(START) - 0.2, "start", ha="right", va="center", size=SMALL)
