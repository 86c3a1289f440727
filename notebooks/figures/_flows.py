"""Figures of boxes and arrows: what runs after what, forward and backward.

A backward figure uses the very layout of its forward figure with the arrows turned round, so that
a learner who lays them side by side sees the mirror.
"""

from __future__ import annotations

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

# One layer: the same places in linear_activation_forward and linear_activation_backward.
INPUT = Box(56, 150, 92, 44)
LINEAR = Box(242, 150, 204, 92)
MIDDLE = Box(408, 150, 52, 44)
ACTIVATION = Box(584, 150, 224, 92)
OUTPUT = Box(762, 150, 56, 44)
WEIGHTS = Box(242, 40, 120, 40)
LINEAR_CACHE = Box(242, 268, 204, 66)
ACTIVATION_CACHE = Box(584, 268, 204, 66)
BOTH_CACHES = Box(413, 284, 586, 122)

# A chain of L layers: layer 1, layer 2, ..., layer L-1, layer L.
CHAIN_Y = 156
CHAIN_X = {"1": 146, "2": 308, "L-1": 522, "L": 696}
GAP_X = 415
LIST_Y = 262
CACHE_LIST = Box(421, LIST_Y, 702, 76)


def overview() -> Canvas:
    """Draw one turn of training: forward, cost, backward, update, again."""
    page = Canvas(450)
    _overview_loop(page)
    for centre, activation, times in ((350, "RELU", "(L − 1) ×"), (576, "SIGMOID", "once")):
        _overview_layer(page, centre, activation, times)
    page.arrow((442, 130), (484, 130))
    page.arrow((484, 350), (442, 350), ink=GRADIENT)
    cost = Box(734, 240, 116, 84)
    page.box(cost, "cost J\ncompares\nAL with Y", ink=PLAIN)
    page.arrow((668, 130), (cost.cx, 130), cost.top)
    page.arrow(cost.bottom, (cost.cx, 350), (668, 350), ink=GRADIENT)
    page.text(708, 112, "AL", code=True, ink=DATA)
    page.text(708, 372, "dAL", code=True, ink=GRADIENT)
    for number, (x, y) in enumerate([(20, 90), (234, 56), (676, 198), (234, 424), (20, 390)], 1):
        page.disc(x, y, 13, str(number), ink=Ink("#333333", "#333333", "white"), size=15)
    return page


def _overview_loop(page: Canvas) -> None:
    """Draw the left side: initialise once, update every turn, and the way back to the start."""
    start, update = Box(88, 120, 136, 60), Box(88, 360, 136, 60)
    forward, backward = Box(457, 122, 446, 132), Box(457, 358, 446, 132)
    page.frame(forward)
    page.frame(backward)
    page.text(254, 74, "forward", weight="bold", ha="left")
    page.text(254, 407, "backward", weight="bold", ha="left", ink=GRADIENT)
    page.box(start, "initialise\nW, b", ink=PARAMETER)
    page.box(update, "update\nW, b", ink=PARAMETER)
    page.arrow(start.right, (234, 120), ink=PARAMETER)
    page.arrow((234, 360), update.right, ink=GRADIENT)
    page.arrow(update.top, (88, 240), (196, 240), (196, 150), (234, 150), ink=PARAMETER)
    page.text(100, 268, "repeat with\nthe new W, b", size=SMALL, ink=PARAMETER, ha="left")
    page.text(195, 382, "dW, db", size=SMALL, ink=GRADIENT, code=True)
    page.arrow((350, 16), (350, 87))
    page.text(362, 32, "X", code=True, ink=DATA, ha="left")


def _overview_layer(page: Canvas, centre: float, activation: str, times: str) -> None:
    """Draw one kind of layer: its forward box, its backward box, the cache between them."""
    forward, backward = Box(centre, 130, 184, 70), Box(centre, 350, 184, 70)
    note = Box(centre, 240, 142, 50)
    for offset in (8, 4) if activation == "RELU" else ():  # a pile of layers
        page.box(forward._replace(cx=centre - offset, cy=forward.cy - offset))
        page.box(backward._replace(cx=centre - offset, cy=backward.cy + offset), ink=GRADIENT)
    page.box(forward, f"{times}\nLINEAR → {activation}")
    page.box(backward, f"{times}\nLINEAR ← {activation}", ink=GRADIENT)
    page.note(note, "cache\nA_prev, W, b, Z")
    page.arrow(forward.bottom, note.top, ink=CACHE)
    page.arrow(note.bottom, backward.top, ink=CACHE)


def linear_activation_forward() -> Canvas:
    """Draw one layer forward; each of its two steps drops a cache."""
    page = Canvas(352)
    page.frame(BOTH_CACHES)
    page.box(INPUT, "A_prev", ink=DATA, code=True)
    page.box(MIDDLE, "Z", ink=DATA, code=True)
    page.box(OUTPUT, "A", ink=DATA, code=True)
    page.box(WEIGHTS, "W, b", ink=PARAMETER, code=True)
    page.step(LINEAR, "LINEAR", r"$Z = W\,A_{prev} + b$")
    page.step(ACTIVATION, "ACTIVATION", r"$A = g(Z)$")
    page.text(ACTIVATION.cx, 86, "g is relu or sigmoid", size=SMALL)
    for start, end in (
        (INPUT, LINEAR),
        (LINEAR, MIDDLE),
        (MIDDLE, ACTIVATION),
        (ACTIVATION, OUTPUT),
    ):
        page.arrow(start.right, end.left)
    page.arrow(WEIGHTS.bottom, LINEAR.top, ink=PARAMETER)
    _one_layer_caches(page)
    page.arrow(LINEAR.bottom, LINEAR_CACHE.top, ink=CACHE)
    page.arrow(ACTIVATION.bottom, ACTIVATION_CACHE.top, ink=CACHE)
    _one_layer_shapes(page, "(n_prev, m)", "(n, m)")
    return page


def linear_activation_backward() -> Canvas:
    """Draw one layer backward: the mirror of `linear_activation_forward`."""
    page = Canvas(352)
    page.frame(BOTH_CACHES)
    page.box(INPUT, "dA_prev", ink=GRADIENT, code=True)
    page.box(MIDDLE, "dZ", ink=GRADIENT, code=True)
    page.box(OUTPUT, "dA", ink=GRADIENT, code=True)
    page.box(WEIGHTS, "dW, db", ink=GRADIENT, code=True)
    page.step(LINEAR, "LINEAR backward", r"$dZ \rightarrow dW, db, dA_{prev}$", ink=GRADIENT)
    page.step(ACTIVATION, "ACTIVATION backward", r"$dZ = dA \ast g^{\prime}(Z)$", ink=GRADIENT)
    page.text(ACTIVATION.cx, 86, "g′ is the slope of relu or sigmoid", size=SMALL)
    for start, end in (
        (OUTPUT, ACTIVATION),
        (ACTIVATION, MIDDLE),
        (MIDDLE, LINEAR),
        (LINEAR, INPUT),
    ):
        page.arrow(start.left, end.right, ink=GRADIENT)
    page.arrow(LINEAR.top, WEIGHTS.bottom, ink=GRADIENT)
    _one_layer_caches(page)
    page.arrow(LINEAR_CACHE.top, LINEAR.bottom, ink=CACHE)
    page.arrow(ACTIVATION_CACHE.top, ACTIVATION.bottom, ink=CACHE)
    _one_layer_shapes(page, "(n_prev, m)", "(n, m)")
    return page


def _one_layer_caches(page: Canvas) -> None:
    """Draw the two notes of a layer and the pair they make."""
    page.note(LINEAR_CACHE, "linear_cache =\n(A_prev, W, b)")
    page.note(ACTIVATION_CACHE, "activation_cache =\nZ")
    words = "cache = (linear_cache, activation_cache)"
    page.text(BOTH_CACHES.cx, 324, words, size=SMALL, ink=CACHE, code=True)


def _one_layer_shapes(page: Canvas, before: str, after: str) -> None:
    """Write the shapes under the values: a gradient has the shape of what it belongs to."""
    page.text(INPUT.cx, 188, before, size=SMALL, code=True)
    page.text(MIDDLE.cx, 188, after, size=SMALL, code=True)
    page.text(OUTPUT.cx, 188, after, size=SMALL, code=True)
    page.text(WEIGHTS.right.x + 12, 40, "(n, n_prev), (n, 1)", size=SMALL, code=True, ha="left")


def model_forward() -> Canvas:
    """Draw L layers in a row; layer l writes caches[l-1]."""
    page = Canvas(356)
    _chain_heads(page, "LINEAR → RELU", "LINEAR → SIGMOID")
    for layer, x in CHAIN_X.items():
        box = _chain_box(page, layer, PLAIN)
        values = Box(x, 76, 150, 34)
        page.box(values, f"W{_key(layer)}, b{_key(layer)}", ink=PARAMETER, size=SMALL, code=True)
        page.arrow(values.bottom, box.top, ink=PARAMETER)
        page.arrow(box.bottom, (x, LIST_Y - 23), ink=CACHE)
    for start, end, name in _chain_ways("A", "X = A0"):
        page.arrow((start, CHAIN_Y), (end, CHAIN_Y))
        page.text((start + end) / 2, CHAIN_Y - 18, name, size=SMALL, ink=DATA, code=True)
    words = "layer l writes caches[l-1] = ((A_prev, W, b), Z)"
    page.text(CACHE_LIST.cx, 330, words, ink=CACHE, code=True)
    return page


def model_backward() -> Canvas:
    """Draw the same L layers backward; layer l reads caches[l-1] and leaves three keys."""
    page = Canvas(430)
    _chain_heads(page, "LINEAR ← RELU", "LINEAR ← SIGMOID")
    for layer, x in CHAIN_X.items():
        box = _chain_box(page, layer, GRADIENT)
        values = Box(x, 76, 150, 34)
        page.box(values, f"dW{_key(layer)}, db{_key(layer)}", ink=GRADIENT, size=SMALL, code=True)
        page.arrow(box.top, values.bottom, ink=GRADIENT)
        page.arrow((x, LIST_Y - 23), box.bottom, ink=CACHE)
    for start, end, name in _chain_ways("dA", "dA0"):
        page.arrow((end, CHAIN_Y), (start, CHAIN_Y), ink=GRADIENT)
        page.text((start + end) / 2, CHAIN_Y - 18, name, size=SMALL, ink=GRADIENT, code=True)
    words = "layer l reads caches[l-1], leaves dA{l-1}, dW{l}, db{l}"
    page.text(CACHE_LIST.cx, 330, words, ink=GRADIENT, code=True)
    first = r"start at the right:   $dAL = -\left(\dfrac{Y}{AL} - \dfrac{1 - Y}{1 - AL}\right)$"
    page.text(CACHE_LIST.cx, 384, first, size=MATHS, ink=GRADIENT)
    return page


def _key(layer: str) -> str:
    """Return how a layer's number stands in a key: W1, but W{L-1}."""
    return layer if len(layer) == 1 else f"{{{layer}}}"


def _chain_heads(page: Canvas, hidden: str, last: str) -> None:
    """Frame the list of caches; bracket the L-1 first layers and the last one, each with a name."""
    page.frame(CACHE_LIST)
    for y in (CHAIN_Y, LIST_Y):
        page.text(GAP_X, y, "· · ·", size=20)
    for left, right, words in ((72, 596, f"L − 1 times  {hidden}"), (622, 770, last)):
        page.text((left + right) / 2, 18, words, size=SMALL, weight="bold")
        page.arrow((left, 44), (left, 36), (right, 36), (right, 44), ink=PLAIN, head=False)


def _chain_box(page: Canvas, layer: str, ink: Ink) -> Box:
    """Draw the box of one layer and, below it, its place in the list of caches."""
    box = Box(CHAIN_X[layer], CHAIN_Y, 104, 62)
    page.box(box, f"layer {layer}".replace("-", " − "), ink=ink)
    index = {"1": "0", "2": "1", "L-1": "L-2", "L": "L-1"}[layer]
    page.note(Box(box.cx, LIST_Y, 116, 46), f"caches[{index}]")
    return box


def _chain_ways(name: str, first: str) -> list[tuple[float, float, str]]:
    """Return the ways between the boxes, from left to right: start, end and what goes there."""
    x = {layer: (centre - 52, centre + 52) for layer, centre in CHAIN_X.items()}
    return [
        (22, x["1"][0], first),
        (x["1"][1], x["2"][0], f"{name}1"),
        (x["2"][1], GAP_X - 20, f"{name}2"),
        (GAP_X + 20, x["L-1"][0], ""),
        (x["L-1"][1], x["L"][0], f"{name}{{L-1}}"),
        (x["L"][1], 794, f"{name}L"),
    ]
