"""The upper half of a landscape: sky, stars, sun, moon, northern lights, clouds, lightning."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from drawing import weather
from drawing.canvas import SIDE, Array, Rng, grid, happens, mix, noise, rgb, smooth_line

X, Y = grid()


@dataclass
class Scene:
    """A landscape in the making: what it shows, its light, and the picture so far."""

    rng: Rng
    night: bool
    condition: str
    place: str
    horizon: float = 0.0
    top: Array = field(default_factory=lambda: np.zeros(3))
    low: Array = field(default_factory=lambda: np.zeros(3))
    light: Array = field(default_factory=lambda: np.zeros(3))
    image: Array = field(default_factory=lambda: np.zeros((SIDE, SIDE, 3)))

    def between(self, low: float, high: float) -> float:
        """Draw a number."""
        return self.rng.uniform(low, high)

    def is_one_of(self, *conditions: str) -> bool:
        """Say whether the weather is one of these."""
        return self.condition in conditions

    def has(self, odds: dict[str, float]) -> bool:
        """Throw a coin if this weather is in the table."""
        return self.condition in odds and happens(self.rng, odds[self.condition])

    def shine(self, where: Array, colour: Array) -> None:
        """Add light."""
        self.image += where[..., None] * colour

    def cover(self, where: Array, colour: Array) -> None:
        """Paint over, where `where` is 1; half, where it is one half."""
        self.image = mix(self.image, colour, where[..., None])


def varied(rng: Rng, colour: Array | tuple[float, float, float], by: float) -> Array:
    """Change a colour a little."""
    return np.asarray(colour, np.float32) + rng.normal(0, by, 3).astype(np.float32)


def box(left: float, top: float, right: float, bottom: float) -> Array:
    """Give the pixels of a rectangle."""
    return (left < X) & (right > X) & below(top) & ~below(bottom)


def below(height: float) -> Array:
    """Give the pixels below a height."""
    return height < Y


def disc(x: float, y: float, radius: float) -> Array:
    """Give the shape of a disc with a soft edge."""
    distance = np.sqrt((X - x) ** 2 + (Y - y) ** 2)
    return np.clip((radius - distance) / 0.006 + 0.5, 0, 1)


def glow(x: float, y: float, width: float) -> Array:
    """Give light that fades away around a point."""
    return np.exp(-((X - x) ** 2 + (Y - y) ** 2) / (2 * width * width))


def draw(s: Scene) -> None:
    """Paint the sky, down to the horizon and below."""
    s.horizon = s.between(0.42, 0.74)
    s.top, s.low, s.light = (
        np.clip(varied(s.rng, colour, 0.035), 0, 1.2) for colour in weather.SKY[s.condition]
    )
    s.light = s.light * s.between(0.85, 1.15)
    depth = np.clip(Y / s.horizon, 0, 1)[..., None] ** s.between(0.8, 1.6)
    s.image = mix(s.top, s.low, depth).astype(np.float32)
    x, y = s.between(0.08, 0.92), s.between(0.06, max(0.10, s.horizon - 0.16))
    _stars(s)
    if s.condition == "aurora":
        _northern_lights(s)
    has_sun = s.condition == "backlit" or s.has(weather.SUN)
    if has_sun:
        y = _sun(s, x, y)
    has_moon = s.has(weather.MOON)
    if has_moon or (not has_sun and s.has(weather.PALE_MOON)):
        _moon(s, x, y, pale=not has_moon)
    _clouds(s)
    if s.condition == "storm" and happens(s.rng, 0.25):
        _lightning(s)


def _stars(s: Scene) -> None:
    many = s.is_one_of("starry", "aurora")
    few = s.is_one_of("moonlit", "moonlit snow")
    if not (many or few or (s.condition == "twilight" and happens(s.rng, 0.4))):
        return
    for _ in range(int(s.between(15, 90) if many else s.between(3, 22))):
        column = s.rng.integers(0, SIDE - 1)
        row = s.rng.integers(0, max(2, int(SIDE * s.horizon)))
        star = (slice(row, row + 2), slice(column, column + 2))
        brightness = s.between(0.45, 1)
        white = brightness * rgb(1, 1, s.between(0.85, 1))
        s.image[star] = np.maximum(s.image[star], white)


def _northern_lights(s: Scene) -> None:
    height = s.between(0.15, 0.4) + 0.12 * (smooth_line(s.rng, 4) - 0.5)
    colour = rgb(0.15, 0.85, 0.45) if happens(s.rng, 0.7) else rgb(0.55, 0.25, 0.75)
    curtain = np.exp(-(((Y - height[None]) / 0.10) ** 2))
    curtain = curtain * (0.4 + 0.6 * smooth_line(s.rng, 22)[None])
    s.image += curtain[..., None] * colour * s.between(0.5, 0.9)


def _sun(s: Scene, x: float, y: float) -> float:
    """Paint the sun; give its height, which is low at sunrise and sunset."""
    low = s.condition == "sunrise/sunset"
    if low:
        y = s.horizon - s.between(0.0, 0.10)
    halo = glow(x, y, s.between(0.08, 0.20))
    s.shine(halo * s.between(0.25, 0.6), rgb(1, 0.78, 0.42) if low else rgb(1, 0.93, 0.72))
    colour = rgb(1, 0.90, 0.62) if low else rgb(1, 1, 0.92)
    s.cover(disc(x, y, s.between(0.035, 0.07)), colour)
    return y


def _moon(s: Scene, x: float, y: float, pale: bool) -> None:
    """Paint a full moon or a crescent."""
    radius = s.between(0.03, 0.075)
    shape = disc(x, y, radius)
    if happens(s.rng, 0.5):
        shadow = disc(x + radius * s.between(0.5, 1.0), y - radius * 0.2, radius)
        shape = np.clip(shape - shadow, 0, 1)
    if not pale:
        halo = glow(x, y, s.between(0.06, 0.16))
        s.shine(halo * s.between(0.12, 0.3), rgb(0.75, 0.82, 1))
    s.cover(shape * (0.5 if pale else 1), rgb(0.96, 0.96, 0.88))


def _clouds(s: Scene) -> None:
    # Drawn for every weather, so that what follows does not depend on this one's.
    free = {name: s.between(*limits) for name, limits in weather.FREE_SKY.items()}
    share = (free | weather.COVERED_SKY).get(s.condition)
    if share is not None:
        shape = noise(s.rng, int(s.rng.integers(2, 5))) - share + 0.12
        shape = np.clip(shape / 0.3, 0, 1) * s.between(0.55, 0.95)
        s.cover(shape, weather.CLOUDS[s.condition])


def _lightning(s: Scene) -> None:
    x = s.between(0.2, 0.8)
    for row in range(int(SIDE * 0.1), int(SIDE * s.horizon)):
        x += s.rng.normal(0, 0.008)
        column = int(np.clip(x, 0.01, 0.98) * SIDE)
        s.image[row, column : column + 2] = rgb(1, 0.98, 1)
