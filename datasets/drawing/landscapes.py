"""Landscapes by day and by night: ground, sea, houses, trees, lamps, fog and rain."""

from __future__ import annotations

import numpy as np

from drawing import sky, weather
from drawing.canvas import SIDE, Array, Rng, happens, mix, noise, rgb, smooth_line
from drawing.sky import Scene, X, Y, below, box, disc, glow, varied

Lamps = list[tuple[float, float]]


def draw(rng: Rng, night: bool) -> tuple[Array, str]:
    """Draw a landscape; give it, before any camera has seen it, and its weather."""
    s = _choose(rng, night)
    sky.draw(s)
    ground = varied(rng, weather.GROUND[s.place], 0.05)
    snow = s.is_one_of("snow day", "moonlit snow")
    _land(s, weather.SNOW if snow else ground)
    lamps: Lamps = []
    if s.place == "city" or (s.place == "sea" and s.condition == "city glow"):
        lamps += _city(s)
    if s.place == "village" or (s.place in ("hills", "sea") and happens(rng, 0.25)):
        lamps += _houses(s, snow)
    wooded = s.place in ("hills", "village", "mountains")
    if s.place == "forest" or (wooded and happens(rng, 0.55)):
        _trees(s, snow)
    lamps += _street_lamps(s)
    for x, y in lamps:
        colour = warm_light(rng)
        s.shine(glow(x, y, s.between(0.015, 0.05)) * s.between(0.3, 0.8), colour)
        s.cover(disc(x, y, 0.010), colour)
    if s.condition == "fog":
        s.cover(np.clip(1.1 - np.abs(Y - s.horizon) * 1.4, 0.35, 0.88), s.low)
    if s.condition == "storm" and happens(rng, 0.7):
        _rain(s)
    return np.clip(s.image, 0, 1.3), s.condition


def _choose(rng: Rng, night: bool) -> Scene:
    odds = weather.NIGHT if night else weather.DAY
    shares = np.array(list(odds.values()))
    condition = list(odds)[rng.choice(len(odds), p=shares / shares.sum())]
    place = weather.SCENES[rng.integers(len(weather.SCENES))]
    if condition == "city glow":
        place = weather.GLOWING_SCENES[rng.integers(4)]
    if condition in ("snow day", "moonlit snow"):
        place = weather.SNOWY_SCENES[rng.integers(4)]
    return Scene(rng, night, condition, place)


def warm_light(rng: Rng) -> Array:
    """Give the colour of a lamp."""
    return rgb(1, rng.uniform(0.74, 0.92), rng.uniform(0.38, 0.66)) * rng.uniform(0.8, 1.1)


def _land(s: Scene, ground: Array) -> None:
    """Paint the ground of this place, the far ridges first."""
    between, knots = s.between, s.rng.integers
    if s.place == "mountains":
        far = mix(ground, s.low, 0.35)  # what is far away takes on the colour of the sky
        _ridge(s, s.horizon, between(0.16, 0.34), int(knots(3, 6)), far, 0.25)
        _ridge(s, s.horizon + 0.10, between(0.1, 0.2), int(knots(4, 8)), ground * 0.9, 0.3)
    elif s.place in ("hills", "village", "forest"):
        _ridge(s, s.horizon, between(0.04, 0.12), 3, mix(ground, s.low, 0.25))
        _ridge(s, s.horizon + between(0.07, 0.14), between(0.05, 0.10), 4, ground)
    elif s.place == "desert":
        _ridge(s, s.horizon, between(0.02, 0.07), 2, mix(ground, s.low, 0.2))
        _ridge(s, s.horizon + 0.12, between(0.06, 0.12), 2, ground * 1.05)
    elif s.place == "sea":
        _sea(s, ground)
        _ridge(s, between(0.93, 1.02), 0.08, 3, rgb(0.62, 0.54, 0.40))
    elif s.place == "city":
        _ridge(s, s.horizon + 0.06, 0.01, 2, rgb(0.33, 0.33, 0.35))


def _ridge(
    s: Scene, base: float, height: float, knots: int, colour: Array, roughness: float = 0.10
) -> None:
    """Paint everything below an uneven line."""
    line = base - height * (smooth_line(s.rng, knots) * 0.7 + smooth_line(s.rng, knots * 3) * 0.3)
    below = np.clip((Y - line[None].astype(np.float32)) * SIDE + 0.5, 0, 1)
    texture = (1 + roughness * (noise(s.rng, 9, 2) - 0.5) * 2)[..., None]
    s.cover(below, np.clip(colour * s.light * texture, 0, 1.3))


def _sea(s: Scene, water: Array) -> None:
    """Mirror the sky in the water."""
    below = np.clip((Y - s.horizon) * SIDE + 0.5, 0, 1)
    row = np.clip((2 * s.horizon * SIDE - np.arange(SIDE)).astype(int), 0, SIDE - 1)
    waves = (0.9 + 0.35 * (noise(s.rng, 14, 2) - 0.5) * 2)[..., None]
    colour = (0.62 * s.image[row] + 0.38 * water * s.light) * waves
    s.cover(below, np.clip(colour, 0, 1.3))


def _share_of_lit_windows(s: Scene) -> float:
    if s.night:
        return weather.LIT_AT_NIGHT.get(s.condition, weather.LIT_ON_A_CLEAR_NIGHT)
    return weather.LIT_BY_DAY.get(s.condition, weather.LIT_ON_A_BRIGHT_DAY)


def _city(s: Scene) -> Lamps:
    """Paint a row of buildings and, in a city, a street; give the street's lamps."""
    near = s.place == "city"
    base = s.horizon + (0.06 if near else 0.01)
    left = -0.03
    while left < 1:
        width, height = s.between(0.06, 0.17), s.between(0.10, 0.44 if near else 0.2)
        _building(s, left, base - height, width, base)
        left += width + s.between(-0.02, 0.05)
    if not near:
        return []
    s.image[below(base + 0.005)] = rgb(0.24, 0.24, 0.26) * s.light * s.between(0.8, 1.2)
    return [(s.between(0, 1), s.between(base + 0.02, 0.97)) for _ in range(s.rng.integers(0, 5))]


def _building(s: Scene, left: float, top: float, width: float, base: float) -> None:
    wall = varied(s.rng, rgb(*[s.between(0.25, 0.62)] * 3), 0.04)
    wall = np.clip(wall, 0.1, 0.9) * s.light
    s.image[box(left, top, left + width, base + 0.01)] = wall * s.between(0.85, 1.1)
    glassy = (not s.night) and happens(s.rng, 0.35)
    lit = _share_of_lit_windows(s)
    for y in np.arange(top + 0.02, base - 0.02, 0.036):
        for x in np.arange(left + 0.012, left + width - 0.018, 0.030):
            row, column = int(y * SIDE), max(0, int(x * SIDE))
            window = (slice(row, row + 2), slice(column, column + 2))
            if happens(s.rng, lit):
                s.image[window] = warm_light(s.rng)
            elif glassy:
                s.image[window] = np.clip(s.low * 1.1, 0, 1)
            else:
                s.image[window] = wall * 0.55


def _houses(s: Scene, snow: bool) -> Lamps:
    """Paint a few houses; give the windows that shine into the night."""
    lamps: Lamps = []
    lit = _share_of_lit_windows(s) + (0.3 if s.night else 0)
    for _ in range(s.rng.integers(1, 5)):
        left, foot = s.between(0.05, 0.85), s.between(s.horizon + 0.08, 0.90)
        width = s.between(0.07, 0.15)
        height = width * s.between(0.55, 0.8)
        wall = rgb(s.between(0.55, 0.95), s.between(0.5, 0.85), s.between(0.4, 0.75)) * s.light
        tiles = rgb(0.9, 0.92, 0.97) if snow else _tiles(s)
        s.image[box(left, foot - height, left + width, foot)] = wall
        slope = foot - height - 0.5 * width + np.abs(X - left - width / 2)
        s.image[below(slope) & ~below(foot - height)] = tiles * s.light
        for number in range(s.rng.integers(1, 3)):
            x = left + width * (0.18 + 0.45 * number)
            window = box(x, foot - height * 0.75, x + width * 0.22, foot - height * 0.35)
            on = happens(s.rng, lit)
            s.image[window] = warm_light(s.rng) if on else wall * 0.45
            if on and s.night:
                lamps.append((x + width * 0.1, foot - height * 0.5))
    return lamps


def _tiles(s: Scene) -> Array:
    return rgb(s.between(0.35, 0.7), s.between(0.15, 0.32), s.between(0.1, 0.28))


def _trees(s: Scene, snow: bool) -> None:
    number = s.rng.integers(5, 16) if s.place == "forest" else s.rng.integers(1, 6)
    for _ in range(number):
        x, foot = s.between(0, 1), s.between(s.horizon + 0.06, 0.98)
        height = s.between(0.10, 0.26)
        width = height * s.between(0.22, 0.34)
        if snow and happens(s.rng, 0.7):
            colour = rgb(0.75, 0.80, 0.84) * s.light
        else:
            colour = varied(s.rng, rgb(0.14, 0.30, 0.14), 0.03) * s.light
        if happens(s.rng, 0.65):  # a fir
            shape = np.abs(X - x) < width * (Y - foot + height) / height
            shape &= below(foot - height) & ~below(foot)
        else:
            crown = (X - x) ** 2 + (Y - foot + height * 0.7) ** 2 < (width * 1.1) ** 2
            shape = crown | box(x - 0.008, foot - height * 0.6, x + 0.008, foot)
        s.image[shape] = np.clip(colour, 0, 1) * s.between(0.8, 1.15)


def _street_lamps(s: Scene) -> Lamps:
    """Give lamps here and there, at night and on dark days."""
    most = 0
    if s.night and s.is_one_of("city glow", "twilight", "long exposure") and happens(s.rng, 0.6):
        most = 6
    if not s.night and s.is_one_of("storm", "fog") and happens(s.rng, 0.4):
        most = 4
    number = s.rng.integers(1, most) if most else 0
    return [(s.between(0, 1), s.between(s.horizon + 0.03, 0.96)) for _ in range(number)]


def _rain(s: Scene) -> None:
    for _ in range(60):
        column, row = s.rng.integers(0, SIDE - 6), s.rng.integers(0, SIDE - 8)
        for step in range(6):
            drop = (row + step, column + step // 3)
            s.image[drop] = mix(s.image[drop], rgb(0.7, 0.74, 0.8), 0.35)
