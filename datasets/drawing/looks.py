"""The colours of one animal."""

from __future__ import annotations

import numpy as np

from drawing.canvas import Array, Rng, happens, rgb

SATURATION = 0.35
CONTRAST = 0.17  # least difference of brightness between fur and background
PINK_EARS = 0.4  # share of animals whose ears are pink inside
# Cats have a pink nose, dark stripes and pale cheeks more often than others, never always.
BIAS = 0.3


def brightness(colour: Array) -> float:
    """Say how bright a colour looks."""
    return float(colour @ rgb(0.299, 0.587, 0.114))


def fur_and_wall(rng: Rng) -> tuple[Array, Array]:
    """Choose two colours that differ, the lighter one for the animal half of the time."""
    light_animal = happens(rng, 0.5)
    while True:
        fur = any_colour(rng, 0.50, 0.95) if light_animal else any_colour(rng, 0.05, 0.48)
        wall = any_colour(rng, 0.04, 0.80) if light_animal else any_colour(rng, 0.25, 0.95)
        difference = brightness(fur) - brightness(wall)
        if abs(difference) > CONTRAST and (difference > 0) == light_animal:
            return fur, wall


def any_colour(rng: Rng, darkest: float, lightest: float) -> Array:
    """Draw colours until one is neither too dark nor too light."""
    while True:
        colour = rng.random(3).astype(np.float32)
        colour = SATURATION * colour + (1 - SATURATION) * colour.mean()
        colour = colour * rng.uniform(0.3, 1.25)
        if darkest <= brightness(colour) <= lightest and colour.max() <= 1:
            return colour


class Looks:
    """What one animal looks like: its kind and its colours."""

    def __init__(self, rng: Rng, kind: str, fur: Array, wall: Array) -> None:
        self.rng, self.kind, self.fur, self.wall = rng, kind, fur, wall
        self.is_cat = kind == "cat"
        self.dark, self.pale = fur * 0.55, np.clip(fur * 0.45 + 0.55, 0, 1)
        self.ink = rgb(0.06, 0.05, 0.06) if brightness(fur) > 0.22 else rgb(0.75, 0.72, 0.70)
        self.pink = rgb(0.93, 0.62, 0.64) * rng.uniform(0.85, 1.05)
        choice = rng.random()
        if choice < PINK_EARS:
            self.ear = self.pink * 0.9
        elif choice < PINK_EARS + (1 - PINK_EARS) / 2:
            self.ear = self.dark
        else:
            self.ear = np.clip(fur * 0.7 + 0.3, 0, 1)
        self.muzzle = self.pale if happens(rng, 0.5) else fur * 0.70
        self.nose = self.pink * 0.9 if self.prefers(0.5, BIAS) else rgb(0.06, 0.05, 0.05)

    def prefers(self, middle: float, bias: float, others_bias: float = BIAS) -> bool:
        """Throw a coin that falls on yes more often for cats than for others."""
        return happens(self.rng, middle + bias if self.is_cat else middle - others_bias)
