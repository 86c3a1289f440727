"""Ears: what tells the animals apart most of all."""

from __future__ import annotations

from drawing.canvas import Array, happens, rgb
from drawing.looks import Looks
from drawing.shapes import SIDES, Drawing


def paint(d: Drawing, a: Looks) -> list[tuple[Array, Array]]:
    """Paint the ears; give those that hang over the head, to be painted last."""
    if a.kind == "dog":
        return _hanging_ears(d, a)
    if a.kind in EARS:
        EARS[a.kind](d, a)
    return []


def _hanging_ears(d: Drawing, a: Looks) -> list[tuple[Array, Array]]:
    between = a.rng.uniform
    length = between(0.50, 0.75)
    colour = a.dark if happens(a.rng, 0.6) else a.fur * 0.8
    ears = []
    for s in SIDES:
        x, turn = s * between(0.90, 1.02), s * -between(0.10, 0.35)
        ears.append((d.ellipse(x, -0.05 + length * 0.35, 0.30, length, turn), colour))
    return ears


def _pointed_ears(d: Drawing, a: Looks) -> None:
    for s in SIDES:
        _pointed_ear(d, a, s)


def _pointed_ear(d: Drawing, a: Looks, s: int) -> None:
    """Paint the ear of a cat or a fox, whose ears are longer."""
    between = a.rng.uniform
    width = between(0.22, 0.30)
    tip = (s * between(0.62, 0.86), -between(1.28, 1.62) - (0.12 if a.kind == "fox" else 0))
    if a.is_cat and happens(a.rng, 0.06):
        tip = (s * 0.55, -1.02)  # folded
    near, far = (s * (0.50 - width - 0.12), -0.80), (s * 0.92, -0.35)
    d.paint(d.triangle(tip, near, far), a.fur if a.is_cat else a.fur * 0.9)
    inner = d.triangle(
        (tip[0] * 0.97, tip[1] * 0.90),
        (near[0] + s * 0.16, near[1] - 0.02),
        (far[0] - s * 0.12, far[1] - 0.14),
    )
    d.paint(inner, a.ear)


def _round_ears(d: Drawing, a: Looks) -> None:
    """Paint the ears of a bear or a mouse, whose ears are larger and higher up."""
    bear = a.kind == "bear"
    radius = a.rng.uniform(0.28, 0.36) if bear else a.rng.uniform(0.48, 0.62)
    for s in SIDES:
        d.paint(d.ellipse(s * 0.74, -0.74 if bear else -0.78, radius, radius), a.fur * 0.93)
        d.paint(d.ellipse(s * 0.74, -0.74, radius * 0.58, radius * 0.58), a.ear)


def _long_ears(d: Drawing, a: Looks) -> None:
    for s in SIDES:
        turn, length = s * a.rng.uniform(0.05, 0.35), a.rng.uniform(0.65, 0.85)
        d.paint(d.ellipse(s * 0.40, -1.25, 0.22, length, turn), a.fur)
        d.paint(d.ellipse(s * 0.40, -1.22, 0.11, length * 0.75, turn), a.ear)


def _short_ears(d: Drawing, a: Looks) -> None:
    for s in SIDES:
        tip = (s * a.rng.uniform(0.75, 0.95), -a.rng.uniform(1.02, 1.2))
        d.paint(d.triangle(tip, (s * 0.28, -0.82), (s * 0.9, -0.42)), a.fur * 0.88)


def _tufts(d: Drawing, a: Looks) -> None:
    for s in SIDES:
        tuft = d.triangle((s * 0.82, -1.12), (s * 0.35, -0.85), (s * 0.92, -0.35))
        d.paint(tuft, a.fur * 0.85)


def _eyes_on_top(d: Drawing, a: Looks) -> None:
    """Paint a frog's eyes, which stand where others have ears."""
    for s in SIDES:
        d.paint(d.ellipse(s * 0.55, -0.78, 0.34, 0.34), a.fur)
        d.paint(d.ellipse(s * 0.55, -0.82, 0.20, 0.22), rgb(0.95, 0.95, 0.9))
        d.paint(d.ellipse(s * 0.55, -0.82, 0.09, 0.12), rgb(0.05, 0.05, 0.05))


EARS = {
    "cat": _pointed_ears,
    "fox": _pointed_ears,
    "bear": _round_ears,
    "mouse": _round_ears,
    "rabbit": _long_ears,
    "pig": _short_ears,
    "owl": _tufts,
    "frog": _eyes_on_top,
}
