"""Draw the figures of the application assignment as SVG files beside this script.

    python notebooks/figures/draw_application.py            draw all of them again
    python notebooks/figures/draw_application.py --check    say which files differ

As with draw_figures.py, the same matplotlib version gives the same bytes on every run.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

from _shapes import (
    BODY,
    CACHE,
    DATA,
    GRADIENT,
    PARAMETER,
    PLAIN,
    SMALL,
    Box,
    Canvas,
    Ink,
)
from _svg_files import write_or_check
from matplotlib.patches import Circle, Polygon, Rectangle

PREFIX = "application-"


# --- from pictures to two loops ----------------------------------------------------------------


def overview() -> Canvas:
    """Draw how a picture becomes a column of X, and the two loops that work on X."""
    page = Canvas(476)
    _picture(page, 96, 92)
    page.text(96, 22, "one picture", weight="bold")
    page.text(96, 176, "64 x 64 points,\n3 colours, 0 to 255", size=SMALL)
    page.arrow((168, 92), (250, 92), ink=DATA)
    page.text(209, 66, "unroll,\n/ 255", size=SMALL)
    page.matrix(Box(268, 92, 20, 120), 8, 1, DATA)
    page.text(268, 22, "one column", weight="bold")
    page.text(268, 176, "12288 numbers,\n0 to 1", size=SMALL)
    page.arrow((286, 92), (372, 92), ink=DATA)
    page.text(329, 66, "500 of\nthem", size=SMALL)
    x = Box(460, 92, 160, 120)
    page.matrix(x, 8, 10, DATA)
    page.text(460, 22, "X", ink=DATA, code=True, weight="bold")
    page.text(460, 168, "(12288, 500)", size=SMALL, code=True)
    labels = Box(680, 92, 160, 22)
    page.matrix(labels, 1, 10, DATA)
    page.text(680, 64, "Y", ink=DATA, code=True, weight="bold")
    page.text(680, 122, "(1, 500), 1 = cat", size=SMALL)
    layers = ["LINEAR → RELU", "LINEAR → SIGMOID"]
    _loop(page, 205, "1  two_layer_model", layers, ("once", "once"))
    _loop(page, 595, "2  L_layer_model", layers, ("L − 1 times", "once"))
    return page


def _picture(page: Canvas, cx: float, cy: float) -> None:
    """Draw a cat of few shapes on a coloured ground, under the grid of its points."""
    axes = page.axes
    axes.add_patch(Rectangle((cx - 60, cy - 60), 120, 120, facecolor="#C9D9E6", linewidth=0))
    for side in (-1, 1):
        ear = [(cx + side * 38, cy - 44), (cx + side * 36, cy - 4), (cx + side * 6, cy - 22)]
        axes.add_patch(Polygon(ear, facecolor="#555555", linewidth=0))
    axes.add_patch(Circle((cx, cy + 8), 38, facecolor="#555555", linewidth=0))
    for side in (-1, 1):
        axes.add_patch(Circle((cx + side * 15, cy + 2), 7, facecolor="#F5E27A", linewidth=0))
        axes.add_patch(Circle((cx + side * 15, cy + 2), 2.6, facecolor="black", linewidth=0))
    nose = [(cx - 5, cy + 16), (cx + 5, cy + 16), (cx, cy + 22)]
    axes.add_patch(Polygon(nose, facecolor="#E9A9B5", linewidth=0))
    grid = Ink("#FFFFFF", "none", "white", width=0.6)
    for k in range(1, 12):
        page.arrow((cx - 60 + 10 * k, cy - 60), (cx - 60 + 10 * k, cy + 60), ink=grid, head=False)
        page.arrow((cx - 60, cy - 60 + 10 * k), (cx + 60, cy - 60 + 10 * k), ink=grid, head=False)


def _loop(page: Canvas, cx: float, name: str, layers: list[str], times: tuple[str, str]) -> None:
    """Draw one loop: forward through its layers, cost, back, step, and round again."""
    page.frame(Box(cx, 334, 374, 264))
    page.text(cx, 220, name, weight="bold", code=True)
    for number, (layer, often) in enumerate(zip(layers, times, strict=True)):
        box = Box(cx - 96 + 192 * number, 276, 164, 58)
        page.box(box, ink=DATA)
        page.text(box.cx, box.cy - 11, layer, ink=DATA)
        page.text(box.cx, box.cy + 13, often, size=SMALL, ink=DATA)
    page.arrow((cx - 14, 276), (cx + 14, 276), ink=DATA)
    cost, back, step = (Box(x, 396, 98, 54) for x in (cx + 124, cx, cx - 124))
    page.box(cost, "cost")
    page.box(back, "backward", ink=GRADIENT)
    page.box(step, "one step", ink=PARAMETER)
    page.arrow((cost.cx, 305), cost.top, ink=DATA)
    page.arrow(cost.left, back.right, ink=GRADIENT)
    page.arrow(back.left, step.right, ink=GRADIENT)
    page.arrow(step.top, (step.cx, 305), ink=PARAMETER)
    page.text(cx, 340, "num_iterations times", size=SMALL, code=True)
    page.text(cx, 448, "what goes round: parameters", size=SMALL, ink=PARAMETER)


# --- exercise 1 --------------------------------------------------------------------------------


def two_layer_model() -> Canvas:
    """Draw one turn with every name: forward, cost, backward, update."""
    page = Canvas(482)
    top, bottom = 96, 330
    page.frame(Box(400, 241, 776, 466))
    page.text(32, 30, "for i in range(num_iterations):", code=True, ha="left", weight="bold")
    page.box(Box(66, top, 64, 46), "X", ink=DATA, code=True)
    one, two = Box(228, top, 176, 74), Box(478, top, 176, 74)
    page.box(one, "layer 1\nLINEAR → RELU", ink=DATA)
    page.box(two, "layer 2\nLINEAR → SIGMOID", ink=DATA)
    page.box(Box(724, top, 76, 46), "cost", ink=PLAIN)
    page.text(724, 34, "Y", code=True, ink=DATA)
    page.arrow((724, 46), (724, top - 23), ink=DATA)
    page.arrow((98, top), one.left, ink=DATA)
    page.arrow(one.right, two.left, ink=DATA)
    page.arrow(two.right, (686, top), ink=DATA)
    page.text(353, top - 18, "A1", code=True, ink=DATA)
    page.text(626, top - 18, "A2", code=True, ink=DATA)
    first, second = Box(228, bottom, 176, 74), Box(478, bottom, 176, 74)
    page.box(first, "layer 1, back\nLINEAR ← RELU", ink=GRADIENT)
    page.box(second, "layer 2, back\nLINEAR ← SIGMOID", ink=GRADIENT)
    page.arrow((724, top + 23), (724, bottom), second.right, ink=GRADIENT)
    page.arrow(second.left, first.right, ink=GRADIENT)
    page.text(640, bottom - 18, "dA2", code=True, ink=GRADIENT)
    page.text(353, bottom - 18, "dA1", code=True, ink=GRADIENT)
    for number, (forward, backward) in enumerate(((one, first), (two, second)), start=1):
        note = Box(forward.cx + 34, 212, 84, 36)
        page.arrow((note.cx, forward.bottom.y), note.top, ink=CACHE)
        page.arrow(note.bottom, (note.cx, backward.top.y), ink=CACHE)
        page.note(note, f"cache{number}")
        page.text(forward.cx - 60, 212, f"W{number}, b{number}", ink=PARAMETER, code=True)
        page.arrow((forward.cx - 60, 196), (forward.cx - 60, forward.bottom.y), ink=PARAMETER)
    update = Box(228, 432, 300, 46)
    page.box(update, "update_parameters", ink=PARAMETER, code=True)
    for box, x, words in ((first, 190, "dW1, db1"), (second, 478, "dW2, db2")):
        if box is first:
            page.arrow((x, box.bottom.y), (x, update.top.y), ink=GRADIENT)
        else:
            page.arrow((x, box.bottom.y), (x, 432), update.right, ink=GRADIENT)
        page.text(x + 12, 386, words, size=SMALL, code=True, ink=GRADIENT, ha="left")
    page.arrow(update.left, (46, 432), (46, 240), (168, 240), (168, 226), ink=PARAMETER)
    page.arrow((168, 240), (418, 240), (418, 226), ink=PARAMETER)
    page.text(58, 300, "new W, b\nfor the\nnext turn", size=SMALL, ink=PARAMETER, ha="left")
    return page


# --- exercise 2 --------------------------------------------------------------------------------


def layer_model() -> Canvas:
    """Draw the ring of four calls, with what each hands to the next."""
    page = Canvas(444)
    start = Box(160, 60, 290, 54)
    page.box(start, "initialize_parameters_deep", ink=PARAMETER, code=True, size=BODY)
    page.text(160, 18, "once, before the loop", size=SMALL, weight="bold")
    page.frame(Box(400, 256, 776, 300))
    page.text(768, 128, "num_iterations times", code=True, ha="right", weight="bold")
    calls = {
        "L_model_forward": (Box(160, 186, 230, 58), DATA),
        "compute_cost": (Box(620, 186, 230, 58), PLAIN),
        "L_model_backward": (Box(620, 340, 230, 58), GRADIENT),
        "update_parameters": (Box(160, 340, 230, 58), PARAMETER),
    }
    for name, (box, ink) in calls.items():
        page.box(box, name, ink=ink, code=True)
    forward, cost, backward, update = (box for box, _ in calls.values())
    page.arrow(start.bottom, forward.top, ink=PARAMETER)
    page.text(172, 122, "parameters", size=SMALL, code=True, ink=PARAMETER, ha="left")
    page.arrow(forward.right, cost.left, ink=DATA)
    page.text(390, 168, "AL", code=True, ink=DATA)
    page.arrow(cost.bottom, backward.top, ink=GRADIENT)
    page.text(634, 264, "AL and Y", code=True, ink=GRADIENT, ha="left", size=SMALL)
    page.arrow(backward.left, update.right, ink=GRADIENT)
    page.text(390, 362, "grads", code=True, ink=GRADIENT)
    page.arrow(update.top, forward.bottom, ink=PARAMETER)
    page.text(148, 264, "new\nparameters", size=SMALL, code=True, ink=PARAMETER, ha="right")
    note = Box(390, 264, 190, 50)
    page.arrow((260, 215), (260, 264), note.left, ink=CACHE)
    page.arrow(note.right, (540, 264), (540, 311), ink=CACHE)
    page.note(note, "caches: L of them")
    page.arrow((735, 186), (756, 186), (756, 228), ink=PLAIN)
    page.text(752, 244, "costs", code=True, size=SMALL)
    page.text(400, 426, "two layers or twenty: the loop is the same", size=BODY)
    return page


# --- files -------------------------------------------------------------------------------------

FIGURES: dict[str, Callable[[], Canvas]] = {
    "overview": overview,
    "two_layer_model": two_layer_model,
    "L_layer_model": layer_model,
}

# What a reader who cannot see the figure should take from it: the idea, not the look.
ALT = {
    "overview": (
        "A picture of 64 by 64 points in three colours is unrolled into one column of 12288 "
        "numbers; 500 columns are X, with one label each in Y. Two loops train on them, one with "
        "two layers, one with L: forward, cost, backward, one step, and round again."
    ),
    "two_layer_model": (
        "One turn of the loop: X becomes A1 and A2, each layer leaving a cache; A2 and Y give the "
        "cost and dA2, which goes back through layer 2 to dA1 and through layer 1; the four "
        "gradients go into the update, and both layers get new weights for the next turn."
    ),
    "L_layer_model": (
        "Parameters are made once. Then four calls form a ring: forward gives AL and caches, the "
        "cost is noted, backward turns AL, Y and caches into grads, and the update gives new "
        "parameters to the next forward pass."
    ),
}


if __name__ == "__main__":
    drawn = {name: (draw, ALT[name]) for name, draw in FIGURES.items()}
    sys.exit(write_or_check(PREFIX, drawn, "draw_application.py"))
