"""Figures of arrays drawn as blocks: how many rows and columns, and why."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from _shapes import (
    BODY,
    CACHE,
    DATA,
    FAINT,
    GRADIENT,
    MATHS,
    PARAMETER,
    PLAIN,
    SMALL,
    Box,
    Canvas,
    Ink,
    column,
)

WEIGHT = Ink("#7FCEB9", "white", PARAMETER.text, width=1.0)  # one line of the network's wiring


def _block(
    page: Canvas,
    centre: tuple[float, float],
    shape: tuple[int, int],
    ink: Ink,
    words: tuple[str, str],
    *,
    cell: float,
) -> Box:
    """Draw an array with its name above and its shape below; return where it lies."""
    rows, cols = shape
    box = Box(*centre, cols * cell, rows * cell)
    page.matrix(box, rows, cols, ink)
    name, below = words
    page.text(box.cx, box.top.y - 15, name, ink=ink, code=True, weight="bold")
    page.text(box.cx, box.bottom.y + 16, below, size=SMALL, code=True)
    return box


def initialize_parameters() -> Canvas:
    """Draw a 2-layer network and, under each gap between layers, the arrays that fill it."""
    page = Canvas(540)
    layers = [
        (130, 3, DATA, "n_x = 3", "input"),
        (400, 4, PLAIN, "n_h = 4", "hidden"),
        (670, 1, PLAIN, "n_y = 1", "output"),
    ]
    places = [[(x, y) for y in column(140, count, 46)] for x, count, *_ in layers]
    for before, after in pairwise(places):
        _wires(page, before, after, WEIGHT)
    chosen = places[1][1]  # one unit and one row of W1 show what a row means
    _wires(page, places[0], [chosen], PARAMETER)
    for (x, _, ink, width, name), layer in zip(layers, places, strict=True):
        for number, (_, y) in enumerate(layer, 1):
            page.disc(x, y, 16, str(number), ink=PARAMETER if (x, y) == chosen else ink)
        page.text(x, 22, name, weight="bold", ink=ink)
        page.text(x, 254, width, code=True, ink=ink)
    _two_layer_arrays(page)
    return page


def _wires(
    page: Canvas,
    before: Sequence[tuple[float, float]],
    after: Sequence[tuple[float, float]],
    ink: Ink,
) -> None:
    """Join every unit of one layer with every unit of the next."""
    for start in before:
        for end in after:
            page.arrow(start, end, ink=ink, head=False)


def _two_layer_arrays(page: Canvas) -> None:
    """Draw W1, b1, W2, b2: weights hold small random numbers, biases hold zeros."""
    cell, y = 28.0, 376.0
    first = _block(page, (206, y), (4, 3), PARAMETER, ("W1", "(n_h, n_x)"), cell=cell)
    page.shade(Box(first.cx, y - cell / 2, first.w, cell), PARAMETER)
    bias = _block(page, (322, y), (4, 1), PARAMETER, ("b1", "(n_h, 1)"), cell=cell)
    for zero in column(y, 4, cell):
        page.text(bias.cx, zero, "0", size=SMALL, ink=PARAMETER)
    _block(page, (514, y), (1, 4), PARAMETER, ("W2", "(n_y, n_h)"), cell=cell)
    last = _block(page, (636, y), (1, 1), PARAMETER, ("b2", "(n_y, 1)"), cell=cell)
    page.text(last.cx, y, "0", size=SMALL, ink=PARAMETER)
    page.text(
        first.left.x - 12,
        y - cell / 2,
        "row 2: the weights\ninto hidden unit 2",
        size=SMALL,
        ink=PARAMETER,
        ha="right",
    )
    rule = "W: one row for each unit of this layer, one column for each unit of the layer before"
    page.text(400, 494, rule, size=SMALL, weight="bold")
    page.text(400, 520, "W starts with small random numbers, b with zeros")


def initialize_parameters_deep() -> Canvas:
    """Draw a chain of layers: each neighbouring pair of widths gives one W and one b."""
    page = Canvas(478)
    widths, xs = [5, 4, 3, 1], [196, 366, 536, 706]
    places = [[(x, y) for y in column(178, n, 34)] for n, x in zip(widths, xs, strict=True)]
    page.text(150, 34, "layer_dims =", code=True, ha="right")
    for number, (layer, x) in enumerate(zip(places, xs, strict=True)):
        ink = DATA if number == 0 else PLAIN
        page.box(Box(x, 34, 64, 38), str(len(layer)), ink=ink, size=MATHS, rounding=3)
        page.text(x, 76, f"layer {number}" if number else "input", size=SMALL, ink=ink)
    for before, after in pairwise(places):
        _wires(page, before, after, WEIGHT)
    for number, layer in enumerate(places):
        for x, y in layer:
            page.disc(x, y, 11, ink=PLAIN if number else DATA)
    for number in range(1, len(widths)):
        middle = (xs[number - 1] + xs[number]) / 2
        _pair_arrays(page, middle, number, (widths[number], widths[number - 1]))
    rule = "W{l}: (layer_dims[l], layer_dims[l-1])      b{l}: (layer_dims[l], 1)"
    page.text(400, 452, rule, ink=PARAMETER, code=True)
    return page


def _pair_arrays(page: Canvas, middle: float, number: int, shape: tuple[int, int]) -> None:
    """Draw the W and the b between one pair of layers."""
    rows, cols = shape
    page.arrow((middle, 254), (middle, 294), ink=PARAMETER)
    words = (f"W{number}", f"({rows}, {cols})")
    weights = _block(page, (middle - 22, 366), shape, PARAMETER, words, cell=18)
    bias = (weights.right.x + 34, 366)
    _block(page, bias, (rows, 1), PARAMETER, (f"b{number}", f"({rows}, 1)"), cell=18)


def linear_forward() -> Canvas:
    """Draw Z = W A + b as blocks; b has one column, and it serves all m of them."""
    page = Canvas(348)
    cell, y = 24, 100
    z = _block(page, (122, y), (3, 6), DATA, ("Z", "(n, m)"), cell=cell)
    w = _block(page, (292, y), (3, 4), PARAMETER, ("W", "(n, n_prev)"), cell=cell)
    a = _block(page, (456, y), (4, 6), DATA, ("A", "(n_prev, m)"), cell=cell)
    stretched = Box(656, y, 6 * cell, 3 * cell)
    page.matrix(stretched, 3, 6, FAINT)
    b = _block(page, (596, y), (3, 1), PARAMETER, ("b", "(n, 1)"), cell=cell)
    page.arrow((b.right.x + 4, y), (stretched.right.x - 4, y), ink=PARAMETER)
    page.text(614, y - 51, "one column, m times", size=SMALL, ink=PARAMETER, ha="left")
    for x, sign in ((219, "="), (362, "·"), (556, "+")):
        page.text(x, y, sign, size=26, weight="bold")
    for block in (z, a):
        page.shade(Box(block.cx - cell / 2, y, cell, block.h), DATA)
    page.text(122, 194, "one column:\none example", size=SMALL, ink=DATA)
    note = Box(456, 264, 364, 56)
    for block in (w, a, b):
        page.arrow((block.cx, block.bottom.y + 32), (block.cx, note.top.y), ink=CACHE)
    page.note(note, "cache = (A, W, b)", size=BODY)
    page.text(456, 318, "what went in is kept for the way back", ink=CACHE)
    return page


def linear_backward() -> Canvas:
    """Draw the three ways out of dZ: 1/m stands on two of them and not on the third."""
    page = Canvas(496)
    cell, ways = 17, (98, 240, 368)
    source = _block(page, (68, ways[1]), (3, 6), GRADIENT, ("dZ", "(n, m)"), cell=cell)
    for y in ways:
        page.arrow(source.right, (152, ways[1]), (152, y), (206, y), ink=GRADIENT)
        page.arrow((316, y), (470, y), ink=GRADIENT)
    _block(page, (262, ways[0]), (6, 4), DATA, ("A_prev.T", "(m, n_prev)"), cell=cell)
    page.box(Box(262, ways[1], 104, 56), "add up\neach row")
    _block(page, (262, ways[2]), (4, 3), PARAMETER, ("W.T", "(n_prev, n)"), cell=cell)
    for y in ways[:2]:
        page.disc(386, y, 24, "1/m", size=MATHS)
    page.text(386, ways[2] - 20, "no 1/m", weight="bold")
    _block(page, (540, ways[0]), (3, 4), GRADIENT, ("dW", "(n, n_prev)"), cell=cell)
    _block(page, (540, ways[1]), (3, 1), GRADIENT, ("db", "(n, 1)"), cell=cell)
    _block(page, (540, ways[2]), (4, 6), GRADIENT, ("dA_prev", "(n_prev, m)"), cell=cell)
    formulas = (
        r"$dW = \dfrac{1}{m}\; dZ\, A_{prev}^{\;T}$",
        r"$db = \dfrac{1}{m}\,\sum_{i=1}^{m} dz^{(i)}$",
        r"$dA_{prev} = W^{T} dZ$",
    )
    for y, formula in zip(ways, formulas, strict=True):
        page.text(620, y, formula, size=MATHS, ink=GRADIENT, ha="left")
    reason = "dW and db add up over the m examples; dA_prev keeps one column for each example"
    page.text(400, 470, reason, weight="bold", size=SMALL)
    return page
