"""Draw the figures of the assignment two-apis as SVG files beside this script.

    python notebooks/figures/draw_two_apis.py            draw all of them again
    python notebooks/figures/draw_two_apis.py --check    say which files differ

As with draw_figures.py, the same matplotlib version gives the same bytes on every run.
"""

from __future__ import annotations

import sys

from _shapes import CACHE, DATA, GRADIENT, MATHS, PARAMETER, PLAIN, SMALL, Box, Canvas, Ink
from _svg_files import write_or_check

# --- both programs ---------------------------------------------------------------------------


def overview() -> Canvas:
    """Draw the two programs one above the other, and the exercises as bridges between them."""
    page = Canvas(440)
    rows = (
        (112, "opt_utils.py, three layers", "forward_propagation", "cache\nflat, 12 arrays"),
        (300, "dnn_app_utils.py, L layers", "L_model_forward", "caches\na list of L pairs"),
    )
    for y, name, forward, cache in rows:
        kind = "hard-wired" if y < 200 else "general"
        page.text(20, y - 62, f"{kind}:\n{name}", weight="bold", ha="left")
        first, kept = Box(118, y, 196, 56), Box(318, y, 156, 64)
        page.box(first, forward, ink=DATA, size=SMALL, code=True)
        page.note(kept, cache)
        back = Box(514, y, 188, 56)
        words = "backward_propagation" if y < 200 else "L_model_backward"
        page.box(back, words, ink=GRADIENT, size=SMALL, code=True)
        page.arrow(first.right, kept.left, ink=CACHE)
        page.arrow(kept.right, back.left, ink=CACHE)
        out = Box(714, y, 148, 64)
        text = "dz3 dW3 db3\nda2 ... dW1 db1" if y < 200 else "dA2 dW3 db3\ndA1 ... dW1 db1"
        page.box(out, text, ink=GRADIENT, size=SMALL, code=True)
        page.arrow(back.right, out.left, ink=GRADIENT)
    for x, up, number in ((290, False, "1"), (346, True, "2"), (714, True, "3")):
        ends = [(x, 146), (x, 266)]
        ink = CACHE if x < 400 else GRADIENT
        page.arrow(*(reversed(ends) if up else ends), ink=ink)
        page.disc(x, 206, 17, number, size=MATHS)
    page.text(400, 202, "the same arrays in\nanother order", size=SMALL, ha="left")
    page.text(690, 202, "dW, db equal;\ndz, da: 1/m", size=SMALL, ha="right")
    step = Box(514, 396, 380, 52)
    page.box(step, "4, 5  Adam     6  the training loop", ink=PARAMETER)
    page.arrow((714, 334), (714, 396), step.right, ink=GRADIENT)
    page.arrow(step.left, (118, 396), (118, 330), ink=PARAMETER)
    page.text(214, 378, "new W, b", size=SMALL, ink=PARAMETER)
    return page


# --- the caches ------------------------------------------------------------------------------

CELL = 60
FLAT_X = [66 + CELL * i + 12 * (i // 4) for i in range(12)]
NAMES = [f"{kind}{layer}" for layer in (1, 2, 3) for kind in "zaWb"]


def _ink(name: str) -> Ink:
    return PARAMETER if name[0] in "Wb" else DATA


def _flat_row(page: Canvas, y: float, label_y: float) -> None:
    """Draw the twelve arrays of the flat cache in their order."""
    for x, name in zip(FLAT_X, NAMES, strict=True):
        page.box(Box(x, y, CELL - 8, 42), name, ink=_ink(name), code=True, rounding=3)
    page.text(400, label_y, "cache: one flat tuple of twelve", weight="bold")


def _nested_row(page: Canvas, y: float, label_y: float) -> dict[str, float]:
    """Draw three pairs ((A_prev, W, b), Z); return where each entry stands."""
    places = {}
    for layer in (1, 2, 3):
        left = 24 + 256 * (layer - 1)
        page.frame(Box(left + 120, y, 246, 92))
        page.box(Box(left + 88, y, 166, 62), ink=Ink(CACHE.line, "white", CACHE.text), rounding=4)
        before = "X" if layer == 1 else f"a{layer - 1}"
        for i, name in enumerate((before, f"W{layer}", f"b{layer}")):
            places[name] = left + 34 + 54 * i
            page.box(Box(places[name], y, 46, 42), name, ink=_ink(name), code=True, rounding=3)
        places[f"z{layer}"] = left + 210
        page.box(Box(left + 210, y, 46, 42), f"z{layer}", ink=DATA, code=True, rounding=3)
        below = y + 64 if label_y > y else y - 62
        page.text(left + 120, below, f"caches[{layer - 1}]", size=SMALL, code=True, ink=CACHE)
    page.text(400, label_y, "caches: a list of ((A_prev, W, b), Z)", weight="bold")
    return places


def _ways(page: Canvas, nested: dict[str, float], top: float, bottom: float, down: bool) -> None:
    """Draw an arrow for every array that both layouts have; the a are drawn stronger."""
    pale = Ink("#B4B4B4", "white", PLAIN.text, width=1.2)
    strong = Ink(DATA.line, DATA.fill, DATA.text, width=2.6)
    order = sorted(zip(NAMES, FLAT_X, strict=True), key=lambda one: one[0][0] == "a")
    for name, x in order:
        if name in nested:
            ends = ((x, top), (nested[name], bottom))
            if not down:
                ends = ((nested[name], top), (x, bottom))
            page.arrow(*ends, ink=strong if name[0] == "a" else pale)


def caches_from_flat() -> Canvas:
    """Draw the flat cache above, the nested one below, and where each array goes."""
    page = Canvas(420)
    _flat_row(page, 80, 16)
    nested = _nested_row(page, 268, 386)
    _ways(page, nested, 102, 246, down=True)
    page.text(24, 160, "X, from\noutside", size=SMALL, ink=DATA, ha="left")
    page.arrow((50, 186), (nested["X"], 246), ink=DATA)
    page.text(FLAT_X[NAMES.index("a3")], 46, "left over", size=SMALL, ink=DATA)
    return page


def flat_from_caches() -> Canvas:
    """Draw the nested caches above, the flat one below, and where each array goes."""
    page = Canvas(420)
    nested = _nested_row(page, 118, 22)
    _flat_row(page, 322, 384)
    _ways(page, nested, 140, 300, down=False)
    page.text(56, 190, "X is\nleft over", size=SMALL, ink=DATA)
    x = FLAT_X[NAMES.index("a3")]
    page.text(756, 204, "AL, from\noutside", size=SMALL, ink=DATA)
    page.arrow((734, 232), (x, 300), ink=Ink(DATA.line, DATA.fill, DATA.text, width=2.6))
    return page


# --- conventions -----------------------------------------------------------------------------


def conventions() -> Canvas:
    """Draw both chains of gradients and where 1/m comes in."""
    page = Canvas(534)
    xs = {"3": 560, "a2": 410, "2": 260, "more": 130}
    for y, hard in ((104, True), (346, False)):
        name = "hard-wired: 1/m once, at the start" if hard else "general: 1/m in each dW, db"
        page.text(20, y - 76, name, weight="bold", ha="left")
        cost = Box(730, y, 92, 52)
        page.box(cost, "cost", ink=PLAIN)
        words = ("dz3", "da2", "dz2") if hard else ("dZ3", "dA2", "dZ2")
        boxes = [Box(x, y, 88, 48) for x in (xs["3"], xs["a2"], xs["2"])]
        for box, word in zip(boxes, words, strict=True):
            page.box(box, word, ink=GRADIENT, code=True)
        page.arrow(cost.left, boxes[0].right, ink=GRADIENT)
        page.arrow(boxes[0].left, boxes[1].right, ink=GRADIENT)
        page.arrow(boxes[1].left, boxes[2].right, ink=GRADIENT)
        page.arrow(boxes[2].left, (xs["more"], y), ink=GRADIENT)
        page.text(xs["more"] - 26, y, "· · ·", size=20)
        if hard:
            page.disc(650, y, 18, "1/m", size=SMALL)
        for box, layer in ((boxes[0], 3), (boxes[2], 2)):
            out = Box(box.cx, y + 116, 128, 44)
            page.box(out, f"dW{layer}, db{layer}", ink=GRADIENT, code=True, size=SMALL)
            page.arrow(box.bottom, out.top, ink=GRADIENT)
            if not hard:
                page.disc(box.cx, y + 52, 18, "1/m", size=SMALL)
    for y, words in ((220, "the same numbers\nas below"), (462, "the same numbers\nas above")):
        page.text(xs["a2"], y, words, size=SMALL, weight="bold")
    rule = r"$dz = dZ\,/\,m \qquad da = dA\,/\,m \qquad dW = dW \qquad db = db$"
    page.text(20, 512, "hard-wired = general:", weight="bold", size=SMALL, ha="left")
    page.text(480, 512, rule, size=MATHS, ink=GRADIENT)
    return page


# --- Adam and the loop -----------------------------------------------------------------------

WIDTHS = (2, 4, 3, 3, 2, 1)


def initialize_adam() -> Canvas:
    """Draw W, b, and below them v and s of the same shapes, for five layers."""
    page = Canvas(430)
    rows = ((108, "parameters", PARAMETER, ""), (236, "v", GRADIENT, "d"), (354, "s", CACHE, "d"))
    cell = 19.0
    for y, name, ink, prefix in rows:
        page.text(20, y, name, code=True, ink=ink, weight="bold", ha="left")
        for layer in range(1, 6):
            x = 192 + 128 * (layer - 1)
            n, n_prev = WIDTHS[layer], WIDTHS[layer - 1]
            page.matrix(Box(x, y, n_prev * cell, n * cell), n, n_prev, ink)
            page.matrix(Box(x + 58, y, cell, n * cell), n, 1, ink)
            words = f"{prefix}W{layer}"
            page.text(x, y - n * cell / 2 - 13, words, size=SMALL, code=True, ink=ink)
            page.text(
                x + 58, y - n * cell / 2 - 13, f"{prefix}b{layer}", size=SMALL, code=True, ink=ink
            )
    for layer in range(1, 6):
        page.text(218 + 128 * (layer - 1), 24, f"layer {layer}", weight="bold")
    page.text(
        400, 414, "v and s: the shapes of the parameters, the keys of the gradients, all zeros"
    )
    return page


def update_parameters_with_adam() -> Canvas:
    """Draw one rule through which the arrays of all layers pass one by one."""
    page = Canvas(386)
    rule = Box(400, 150, 330, 178)
    page.box(rule, ink=PARAMETER)
    page.text(400, 86, "one rule for every array", weight="bold", ink=PARAMETER)
    lines = (
        (124, r"$v \leftarrow \beta_1 v + (1 - \beta_1)\, d\theta$"),
        (158, r"$s \leftarrow \beta_2 s + (1 - \beta_2)\, d\theta^2$"),
        (202, r"$\theta \leftarrow \theta - \alpha\, \hat v\, /\, (\sqrt{\hat s} + \varepsilon)$"),
    )
    for y, line in lines:
        page.text(400, y, line, size=MATHS, ink=PARAMETER)
    for y, before, after, ink in (
        (86, "W2", "new W2", PARAMETER),
        (128, "dW2", "", GRADIENT),
        (170, "v of W2", "new v", GRADIENT),
        (212, "s of W2", "new s", CACHE),
    ):
        page.box(Box(88, y, 128, 34), before, ink=ink, size=SMALL, code=True, rounding=4)
        page.arrow((152, y), (235, y), ink=ink)
        if after:
            page.box(Box(712, y, 128, 34), after, ink=ink, size=SMALL, code=True, rounding=4)
            page.arrow((565, y), (648, y), ink=ink)
    page.text(400, 24, "t: the same number for all arrays, one more at every step", size=SMALL)
    page.arrow((400, 36), (400, 61), ink=PLAIN)
    names = ("W1", "b1", "W2", "b2", "· · ·", "WL", "bL")
    for i, name in enumerate(names):
        box = Box(148 + 84 * i, 300, 70, 40)
        if name == "· · ·":
            page.text(box.cx, box.cy, name, size=20)
        else:
            strong = Ink(PARAMETER.line, PARAMETER.fill, PARAMETER.text, width=4.0)
            page.box(box, name, ink=strong if name == "W2" else PARAMETER, code=True, rounding=4)
    page.arrow((316, 280), (316, 239), ink=PARAMETER)
    page.text(400, 356, "each in its turn, with its own gradient, v and s; layers play no part")
    return page


def L_layer_model_with_optimizer() -> Canvas:
    """Draw the loop over epochs, and inside it the loop over batches."""
    page = Canvas(470)
    page.frame(Box(400, 262, 772, 352))
    page.text(238, 108, "for every epoch", weight="bold", ha="left")
    page.frame(Box(498, 276, 552, 262))
    page.text(238, 164, "for every batch", weight="bold", ha="left")
    start = Box(400, 42, 700, 48)
    page.box(start, "once:  parameters,  v = s = 0,  t = 0,  costs = [ ]", ink=PARAMETER)
    page.arrow((120, 66), (120, 176), ink=PARAMETER)
    shuffle = Box(120, 224, 176, 96)
    page.box(shuffle, "seed + 1\nshuffle, cut\nsum = 0", ink=DATA)
    forward, cost = Box(330, 224, 158, 68), Box(572, 224, 190, 68)
    page.box(forward, "forward\nactivations", ink=DATA)
    page.box(cost, "sum + cost\n× batch size", ink=PLAIN)
    backward, step = Box(572, 344, 190, 68), Box(330, 344, 158, 68)
    page.box(backward, "backward\nactivations", ink=GRADIENT)
    page.box(step, "a step:\ngd, or t + 1, Adam", ink=PARAMETER, size=SMALL)
    page.arrow(shuffle.right, forward.left, ink=DATA)
    page.arrow(forward.right, cost.left, ink=DATA)
    page.arrow(cost.bottom, backward.top, ink=GRADIENT)
    page.arrow(backward.left, step.right, ink=GRADIENT)
    page.arrow(step.top, forward.bottom, ink=PARAMETER)
    page.text(340, 284, "parameters, v, s, t", size=SMALL, ink=PARAMETER, ha="left")
    page.text(722, 224, "of the\nparameters\nbefore\nthe step", size=SMALL)
    end = Box(120, 372, 148, 76)
    page.box(end, "costs gets\nsum / m", ink=PLAIN)
    page.arrow((222, 386), end.right._replace(y=386), ink=PLAIN)
    page.text(132, 304, "next epoch", size=SMALL, ink=PARAMETER, ha="left")
    page.arrow(end.top, shuffle.bottom, ink=PARAMETER)
    page.text(
        400, 456, "parameters, v, s and t go through all batches and all epochs", weight="bold"
    )
    return page


# What a reader who cannot see a figure should take from it: the idea, not the look.
DRAWN = {
    "overview": (
        overview,
        "Two programs for one network: the hard-wired one keeps a flat cache of twelve arrays, the "
        "general one a list of caches. Exercises 1 and 2 lead from one cache to the other, "
        "exercise 3 from the general gradients to the hard-wired ones; Adam and the training loop "
        "work on the general side.",
    ),
    "caches_from_flat": (
        caches_from_flat,
        "Every array of the flat cache goes into the cache of its own layer, except the a: a1 goes "
        "to layer 2 and a2 to layer 3, X comes in from outside, a3 is left over.",
    ),
    "flat_from_caches": (
        flat_from_caches,
        "Every array of the nested caches goes back to its place in the flat one; the A_prev of "
        "layers 2 and 3 become a1 and a2, X is left over, and AL comes in from outside as a3.",
    ),
    "conventions": (
        conventions,
        "The hard-wired chain of gradients has the factor 1/m at its first arrow, the general one "
        "on each branch to dW and db; dW and db come out equal, dz and da are 1/m of dZ and dA.",
    ),
    "initialize_adam": (
        initialize_adam,
        "For each of five layers v and s hold zeros in the shapes of W and b, under the keys dW "
        "and db; no layer needs another one's.",
    ),
    "update_parameters_with_adam": (
        update_parameters_with_adam,
        "The arrays of all layers pass through one rule in turn, each with its own gradient, v and "
        "s; only the counter t is shared.",
    ),
    "L_layer_model_with_optimizer": (
        L_layer_model_with_optimizer,
        "An outer loop over epochs raises the seed, shuffles and cuts; an inner one goes forward, "
        "adds up the cost, goes backward and steps. Parameters, v, s and t are never reset.",
    ),
}


if __name__ == "__main__":
    sys.exit(write_or_check("two-apis-", DRAWN, "draw_two_apis.py"))
