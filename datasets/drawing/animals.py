"""Draw animal faces: label 1 is a cat, label 0 is anything else.

Light animals on dark and dark ones on light are equally frequent. So no pixel is brighter
for cats than for the others, and a classifier has to look at shapes: that is what a hidden
layer is for.
"""

from __future__ import annotations

import numpy as np

from drawing import faces
from drawing.canvas import Array, Rng, grid, happens, photograph, smooth_field
from drawing.looks import Looks, any_colour, fur_and_wall
from drawing.shapes import Drawing

CLASSES = ("non-cat", "cat")
# What stands for "non-cat", and how often.
OTHERS = {
    "dog": 0.18,
    "bear": 0.14,
    "rabbit": 0.14,
    "mouse": 0.11,
    "pig": 0.08,
    "owl": 0.10,
    "fox": 0.08,
    "frog": 0.08,
    "ball": 0.05,
    "cup": 0.04,
}
VARIETY = 0.45  # how much size, place and tilt of the faces vary
GRAIN = 0.004


def draw(rng: Rng, label: int) -> tuple[Array, str]:
    """Draw one picture.

    Parameters
    ----------
    rng : numpy.random.Generator
        All that the picture shows comes from it.
    label : int
        1 for a cat.

    Returns
    -------
    picture : ndarray of uint8, shape (64, 64, 3)
    kind : str
        "cat", or one of `OTHERS`.
    """
    fur, wall = fur_and_wall(rng)
    image = _background(rng, wall)
    kind = "cat" if label else list(OTHERS)[rng.choice(len(OTHERS), p=list(OTHERS.values()))]
    drawing = _place(rng, image)
    faces.draw(drawing, Looks(rng, kind, fur, wall))
    if kind not in faces.THINGS and happens(rng, 0.07):
        _hat(drawing, any_colour(rng, 0.1, 0.8))
    light = 1 + 0.10 * (smooth_field(rng, 3) - 0.5)  # it falls unevenly
    return photograph(rng, drawing.image * light[..., None], GRAIN), kind


def _background(rng: Rng, wall: Array) -> Array:
    """Fill the paper: plain, fading, wall and floor, or cloudy."""
    x, y = grid(offset=0.5)
    other = np.clip(wall + rng.normal(0, 0.07, 3), 0, 1).astype(np.float32)
    pattern = rng.integers(4)
    if pattern == 0:
        share = np.zeros_like(x)
    elif pattern == 1:
        share = y * rng.uniform(0.5, 1) + x * rng.uniform(-0.4, 0.4)
    elif pattern == 2:
        share = (y > rng.uniform(0.55, 0.85)).astype(np.float64)
    else:
        share = smooth_field(rng, int(rng.integers(2, 6)))
    share = np.clip(share, 0, 1)[..., None]
    return wall * (1 - share) + other * share


def _place(rng: Rng, image: Array) -> Drawing:
    """Choose where the face is, how large and how tilted: a head has a radius of about 1."""
    x, y = grid(offset=0.5)
    radius = 0.285 + VARIETY * rng.uniform(-0.05, 0.03)
    centre_x = 0.5 + VARIETY * rng.uniform(-0.07, 0.07)
    centre_y = 0.57 + VARIETY * rng.uniform(-0.06, 0.06)
    tilt = np.deg2rad(VARIETY * rng.uniform(-14, 14))
    right, down = x - centre_x, y - centre_y
    face_x = (right * np.cos(tilt) + down * np.sin(tilt)) / radius
    face_y = (-right * np.sin(tilt) + down * np.cos(tilt)) / radius
    face_x = face_x * (1 + VARIETY * rng.uniform(-0.08, 0.08))  # narrower or wider
    return Drawing(image, face_x, face_y, radius)


def _hat(drawing: Drawing, colour: Array) -> None:
    """Hide the ears, which makes the picture a hard one."""
    x, y = drawing.x, drawing.y
    crown = drawing.inside(0.62 - np.abs(x)) * drawing.inside(y + 1.75) * drawing.inside(-0.68 - y)
    drawing.paint(crown, colour)
    drawing.paint(drawing.ellipse(0, -0.68, 1.05, 0.16), colour * 0.8)
