"""Paper, soft noise and a camera: what both kinds of picture share.

A picture is an array (SIDE, SIDE, 3) of red, green and blue, 0 to 1, while it is drawn.
Drawing at twice the size and averaging down makes the edges smooth.

Every random number is drawn in a fixed order, also where it turns out not to be needed:
the seed alone decides what a picture shows.
"""

from __future__ import annotations

import numpy as np

SIDE = 128
FINAL_SIDE = SIDE // 2

Rng = np.random.Generator
Array = np.ndarray


def grid(offset: float = 0.0) -> tuple[Array, Array]:
    """Give x and y of every pixel, 0 to 1, y downwards; `offset` 0.5 means pixel centres."""
    y, x = (np.mgrid[0:SIDE, 0:SIDE].astype(np.float32) + offset) / SIDE
    return x, y


def rgb(red: float, green: float, blue: float) -> Array:
    """Give a colour."""
    return np.array([red, green, blue], np.float32)


def mix(below: Array, above: Array, share: Array | float) -> Array:
    """Lay `above` over `below`; where `share` is 1, only `above` is seen."""
    return below * (1 - share) + above * share


def happens(rng: Rng, probability: float) -> bool:
    """Throw a coin."""
    return bool(rng.random() < probability)


def smooth_line(rng: Rng, knots: int) -> Array:
    """Give SIDE random numbers between 0 and 1 that change smoothly from one to the next."""
    heights = rng.random(knots + 2)
    left, share = _between_knots(knots)
    return heights[left] * (1 - share) + heights[left + 1] * share


def smooth_field(rng: Rng, knots: int) -> Array:
    """Give the same in two dimensions."""
    heights = rng.random((knots + 2, knots + 2)).astype(np.float32)
    left, share = _between_knots(knots)
    share = share.astype(np.float32)
    rows = heights[left] * (1 - share)[:, None] + heights[left + 1] * share[:, None]
    return rows[:, left] * (1 - share) + rows[:, left + 1] * share


def noise(rng: Rng, knots: int, octaves: int = 3) -> Array:
    """Add up smooth fields, each twice as fine and half as strong as the one before."""
    total, strength, strengths = np.zeros((SIDE, SIDE), np.float32), 1.0, 0.0
    for octave in range(octaves):
        total += strength * smooth_field(rng, knots * 2**octave)
        strengths += strength
        strength /= 2
    return total / strengths


def _between_knots(knots: int) -> tuple[Array, Array]:
    """Say for each pixel which knot is left of it, and how much of the next one it takes."""
    place = np.linspace(0, knots, SIDE, endpoint=False)
    left = place.astype(int)
    return left, (1 - np.cos(np.pi * (place - left))) / 2


def photograph(rng: Rng, image: Array, most_noise: float) -> Array:
    """Turn a drawing into a picture: smaller, mirrored half of the time, grainy, uint8."""
    image = np.clip(image, 0, 1)
    image = image.reshape(FINAL_SIDE, 2, FINAL_SIDE, 2, 3).mean((1, 3))
    if happens(rng, 0.5):
        image = image[:, ::-1]
    image = image + rng.normal(0, rng.uniform(0, most_noise), image.shape)
    return (np.clip(image, 0, 1) * 255 + 0.5).astype(np.uint8)
