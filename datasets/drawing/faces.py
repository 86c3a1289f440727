"""A face, its parts painted one over the other: body, ears, head, eyes, nose, whiskers."""

from __future__ import annotations

import numpy as np

from drawing import ears
from drawing.canvas import happens, rgb
from drawing.looks import BIAS, Looks
from drawing.shapes import SIDES, Drawing

THINGS = ("ball", "cup")
DARK = rgb(0.03, 0.03, 0.03)
IRIS = (
    rgb(0.35, 0.75, 0.35),
    rgb(0.95, 0.80, 0.25),
    rgb(0.35, 0.60, 0.90),
    rgb(0.15, 0.12, 0.10),
)


def draw(d: Drawing, a: Looks) -> None:
    """Paint the whole animal or thing on the background."""
    between = a.rng.uniform
    if a.kind not in THINGS and happens(a.rng, 0.75):
        body = d.ellipse(0, 1.55, between(0.75, 1.05), between(0.9, 1.2))
        d.paint(body, a.fur * between(0.82, 0.98))
    hanging = ears.paint(d, a)
    if a.kind == "cup":
        _cup(d, a)
        return
    d.paint(d.ellipse(0, 0, 1.15 if a.kind == "frog" else 1.02, between(0.84, 0.98)), a.fur)
    if a.kind == "ball":
        d.paint(d.ellipse(0, 0, 0.35, 0.95), a.fur * 0.75)
        d.paint(d.line(-1, 0, 1, 0, 0.05), a.dark)
        return
    _markings(d, a)
    _eyes(d, a)
    _nose_and_mouth(d, a)
    _whiskers(d, a)
    for shape, colour in hanging:
        d.paint(shape, colour)


def _cup(d: Drawing, a: Looks) -> None:
    d.paint(d.ellipse(0.95, 0, 0.42, 0.5), a.fur)
    d.paint(d.ellipse(0.95, 0, 0.26, 0.32), a.wall)
    d.paint(d.inside(0.85 - np.abs(d.x)) * d.inside(0.9 - np.abs(d.y)), a.fur)
    d.paint(d.ellipse(0, -0.88, 0.85, 0.2), a.fur * 0.6)


def _markings(d: Drawing, a: Looks) -> None:
    """Paint stripes on the forehead and lighter or darker cheeks, for some."""
    striped = happens(a.rng, 0.45 if a.is_cat else 0.2)
    if striped and a.kind not in ("pig", "frog", "owl"):
        colour = a.dark if a.prefers(0.6, BIAS * 0.8) else a.pale
        for x in (-0.28, 0, 0.28):
            d.paint(d.line(x, -0.86, x * 0.8, -0.52, 0.06), colour)
    if a.kind == "fox" or (a.kind not in ("frog", "owl") and happens(a.rng, 0.25)):
        colour = a.pale if a.prefers(0.5, BIAS) else a.dark
        for s in SIDES:
            d.paint(d.ellipse(s * 0.55, 0.42, 0.38, 0.34), colour)


def _eyes(d: Drawing, a: Looks) -> None:
    between = a.rng.uniform
    x, y = between(0.34, 0.44), -between(0.05, 0.2)
    iris = IRIS[a.rng.integers(len(IRIS))]
    bright_iris, white = np.clip(iris * 1.1, 0, 1), rgb(1, 1, 1)
    if a.kind == "frog":
        return
    if a.kind == "owl":
        for s in SIDES:
            d.paint(d.ellipse(s * 0.40, -0.15, 0.36, 0.36), a.pale)
    closed = happens(a.rng, 0.08)
    for s in SIDES:
        if closed:
            d.paint(d.line(s * x - 0.15, y, s * x + 0.15, y + 0.03, 0.03), a.ink)
        elif a.kind == "cat":  # upright slits
            d.paint(d.ellipse(s * x, y, 0.18, 0.165), bright_iris)
            d.paint(d.ellipse(s * x, y, between(0.045, 0.10), 0.15), DARK)
            d.paint(d.ellipse(s * x + 0.03, y - 0.05, 0.035, 0.035), white)
        elif a.kind == "owl":
            d.paint(d.ellipse(s * 0.40, -0.15, 0.22, 0.22), iris)
            d.paint(d.ellipse(s * 0.40, -0.15, 0.12, 0.12), DARK)
        else:
            d.paint(d.ellipse(s * x, y, 0.17, 0.17), bright_iris)
            d.paint(d.ellipse(s * x, y, 0.10, 0.11), DARK)
            d.paint(d.ellipse(s * x + 0.03, y - 0.04, 0.035, 0.035), white)


def _nose_and_mouth(d: Drawing, a: Looks) -> None:
    size = {"dog": 0.42, "bear": 0.36, "mouse": 0.30, "cat": 0.30}.get(a.kind)
    if size and (not a.is_cat or happens(a.rng, 0.6)):
        d.paint(d.ellipse(0, 0.38, size * 1.15, size * 0.85), a.muzzle)
    if a.kind == "pig":
        d.paint(d.ellipse(0, 0.32, 0.40, 0.28), a.pink)
        for x in (-0.13, 0.13):
            d.paint(d.ellipse(x, 0.32, 0.06, 0.1), a.pink * 0.5)
        return
    if a.kind == "owl":
        d.paint(d.triangle((0, 0.36), (-0.13, 0.02), (0.13, 0.02)), rgb(0.95, 0.68, 0.2))
        return
    if a.kind == "frog":
        d.paint(d.line(-0.6, 0.25, 0.6, 0.25, 0.035), a.dark)
        for s in SIDES:
            d.paint(d.line(s * 0.6, 0.25, s * 0.7, 0.12, 0.035), a.dark)
        return
    width = {"dog": 0.20, "bear": 0.15}.get(a.kind, 0.11)
    if a.kind in ("dog", "bear"):
        d.paint(d.ellipse(0, 0.20, width, width * 0.7), a.nose)
    else:
        d.paint(d.triangle((0, 0.33), (-width, 0.17), (width, 0.17)), a.nose)
    d.paint(d.line(0, 0.30, 0, 0.44, 0.022), a.ink)
    for s in SIDES:
        d.paint(d.line(0, 0.44, s * 0.11, 0.52, 0.024), a.ink)
        d.paint(d.line(s * 0.11, 0.52, s * 0.24, 0.45, 0.024), a.ink)
    if a.kind == "dog" and happens(a.rng, 0.5):
        d.paint(d.ellipse(0, 0.62, 0.13, 0.2), a.pink)  # tongue


def _whiskers(d: Drawing, a: Looks) -> None:
    """Paint whiskers on most cats and on many others, so that they alone tell little."""
    others = ("mouse", "rabbit", "fox", "bear")
    if not ((a.is_cat and happens(a.rng, 0.85)) or (a.kind in others and happens(a.rng, 0.6))):
        return
    colour = a.pale if happens(a.rng, 0.5) else a.dark * 0.6
    for s in SIDES:
        for slope in (-0.1, 0.04, 0.18):
            tip = s * a.rng.uniform(1.05, 1.4), 0.28 + slope * 1.8
            d.paint(d.line(s * 0.28, 0.34 + slope * 0.4, *tip, 0.016) * 0.8, colour)
