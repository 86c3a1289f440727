"""Windows, seen from inside a room or from the street."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from drawing import landscapes
from drawing.canvas import SIDE, Array, Rng, happens, noise, rgb
from drawing.sky import X, Y, below, box, glow


@dataclass
class Window:
    """A wall with a window in the making. Left, top, width and height are the window's."""

    rng: Rng
    night: bool
    width: float
    height: float
    left: float
    top: float
    wall: Array

    def __post_init__(self) -> None:
        left, top, rim = self.left, self.top, 0.018
        right, low = left + self.width, top + self.height
        self.pane = box(left, top, right, low)
        frame = box(left - rim, top - rim, right + rim, low + rim)
        upright = np.abs(X - left - self.width / 2) < 0.009
        across = np.abs(Y - top - self.height * 0.42) < 0.009
        self.frame = (frame & ~self.pane) | (self.pane & (upright | across))
        self.light = rgb(1, 1, 1)
        self.image = np.ones((SIDE, SIDE, 3), np.float32)

    def between(self, low: float, high: float) -> float:
        """Draw a number."""
        return self.rng.uniform(low, high)

    def start(self, light: Array) -> None:
        """Paint the whole wall in this light."""
        self.light = light
        self.image = np.ones((SIDE, SIDE, 3), np.float32) * self.wall * light


def draw(rng: Rng, night: bool) -> tuple[Array, str]:
    """Draw a window; give the picture, before any camera has seen it, and its kind."""
    inside = happens(rng, 0.5)
    view, _ = landscapes.draw(rng, night)  # from the street nobody sees it, but it is drawn
    width, height = rng.uniform(0.30, 0.40), rng.uniform(0.34, 0.46)
    left = 0.5 - width / 2 + rng.uniform(-0.06, 0.06)
    top = (0.20 if inside else 0.30) + rng.uniform(-0.05, 0.05)
    wall = rgb(rng.uniform(0.55, 0.95), rng.uniform(0.5, 0.9), rng.uniform(0.42, 0.85))
    w = Window(rng, night, width, height, left, top, wall)
    if inside:
        _room(w, view)
    else:
        _street(w)
    return w.image, ("inside" if inside else "outside") + (" night" if night else " day")


# --- from inside ----------------------------------------------------------------------------


def _room(w: Window, view: Array) -> None:
    w.start(_light_in_the_room(w))
    if happens(w.rng, 0.4):  # wallpaper
        stripes = np.sin(X * w.between(50, 120)) > 0.2
        w.image *= (1 - 0.18 * stripes)[..., None]
    w.image[w.pane] = (view * (0.20 if w.night else 1.0))[w.pane]
    if not w.night:  # daylight falls in
        across = (X - w.left - w.width / 2) ** 2 / 0.05
        along = (Y - w.top - w.height / 2) ** 2 / 0.06
        w.image += (np.exp(-(across + along)) * 0.10)[..., None]
    floor = below(w.between(0.82, 0.90))
    w.image[floor] = rgb(0.45, 0.30, 0.18) * w.light * w.between(0.8, 1.2)
    cloth = rgb(w.between(0.3, 0.9), w.between(0.2, 0.8), w.between(0.2, 0.8)) * w.light * 0.8
    if happens(w.rng, 0.8):
        _curtains(w, cloth)
    if happens(w.rng, 0.6):
        _table(w)
    w.image[w.frame] = rgb(0.85, 0.85, 0.82) * w.light


def _light_in_the_room(w: Window) -> Array:
    """Choose the light: lamps at night, little by day, and now and then the reverse."""
    if w.night:
        light = rgb(1.0, 0.84, 0.58) * w.between(0.55, 0.95)
        if happens(w.rng, 0.12):  # lights off: a hard one
            light = rgb(0.5, 0.6, 0.9) * w.between(0.08, 0.16)
    else:
        light = rgb(0.9, 0.95, 1.0) * w.between(0.14, 0.38)
        if happens(w.rng, 0.12):  # a lamp on by day: a hard one
            light = rgb(1.0, 0.9, 0.7) * w.between(0.4, 0.6)
    return light


def _curtains(w: Window, cloth: Array) -> None:
    folds = cloth * (0.85 + 0.15 * np.sin(X * 160))[..., None]
    for left in (w.left - 0.05, w.left + w.width - 0.06):
        curtain = box(left, w.top - 0.05, left + 0.11, w.top + w.height + 0.10)
        w.image[curtain] = folds[curtain]


def _table(w: Window) -> None:
    """Paint a table with a lamp or a plant on it."""
    top = w.between(0.72, 0.80)
    w.image[box(0.08, top, 0.92, top + 0.03)] = rgb(0.35, 0.22, 0.12) * w.light
    x = w.between(0.15, 0.85)
    if w.night and happens(w.rng, 0.6):
        shade = np.abs(X - x) < 0.05 + (Y - top + 0.16) * 0.3
        w.image[shade & below(top - 0.17) & ~below(top - 0.06)] = rgb(1, 0.93, 0.70)
        w.image += (glow(x, top - 0.1, 0.12) * 0.3)[..., None] * rgb(1, 0.8, 0.5)
    else:
        leaves = (X - x) ** 2 + (Y - top + 0.10) ** 2 < 0.05**2
        w.image[leaves] = rgb(0.2, 0.45, 0.2) * w.light
        w.image[box(x - 0.03, top - 0.06, x + 0.03, top)] = rgb(0.7, 0.35, 0.2) * w.light


# --- from outside ---------------------------------------------------------------------------


def _street(w: Window) -> None:
    w.start(_light_in_the_street(w))
    if happens(w.rng, 0.6):
        _bricks(w)
    _glass(w)
    w.image[w.frame] = rgb(0.9, 0.9, 0.88) * w.light
    if happens(w.rng, 0.6):  # the edge of the roof
        w.image[~below(w.between(0.10, 0.18))] = rgb(0.45, 0.20, 0.16) * w.light
    if happens(w.rng, 0.6):
        _flower_box(w)
    ground = below(w.between(0.88, 0.95))
    w.image[ground] = rgb(0.30, 0.42, 0.22) * w.light
    if w.night and happens(w.rng, 0.5):  # light falls out
        shine = glow(w.left + w.width / 2, w.top + w.height, 0.22) * 0.12
        w.image += shine[..., None] * rgb(1, 0.8, 0.5)


def _light_in_the_street(w: Window) -> Array:
    if w.night:
        return rgb(0.55, 0.62, 0.95) * w.between(0.08, 0.22)
    light = rgb(1, 0.98, 0.94) * w.between(0.55, 1.0)
    if happens(w.rng, 0.15):  # a dull day
        light = rgb(0.6, 0.6, 0.66) * w.between(0.4, 0.6)
    return light


def _bricks(w: Window) -> None:
    row = (Y * 24).astype(int)
    joints = ((Y * 24) % 1 < 0.16) | (((X * 12 + 0.5 * (row % 2)) % 1) < 0.09)
    w.image[joints] *= 0.72


def _glass(w: Window) -> None:
    """Fill the pane: lit from inside on most nights, dark or reflecting otherwise."""
    if w.night and not happens(w.rng, 0.12):
        glass = rgb(1.0, 0.80, 0.45) * w.between(0.75, 1.1)
    else:
        glass = rgb(0.25, 0.32, 0.42) * (0.25 if w.night else 1) * w.between(0.5, 1.1)
    w.image[w.pane] = glass * (1 - 0.25 * (Y[..., None][w.pane] - w.top) / w.height)
    if not w.night and happens(w.rng, 0.5):
        along = (X - w.left) - (Y - w.top) * 0.6
        streak = w.pane & (np.abs(along - w.between(0, 0.2)) < 0.03)
        w.image[streak] = w.image[streak] * 0.5 + 0.4 * w.light


def _flower_box(w: Window) -> None:
    low = w.top + w.height
    trough = box(w.left - 0.04, low + 0.015, w.left + w.width + 0.04, low + 0.08)
    w.image[trough] = rgb(0.5, 0.33, 0.2) * w.light
    flowers = trough & (noise(w.rng, 16, 1) > 0.5) & ~below(low + 0.05)
    w.image[flowers] = rgb(0.8, 0.25, 0.35) * w.light
