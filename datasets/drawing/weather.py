"""What the day and night pictures can show, how often, and in which colours."""

from __future__ import annotations

from drawing.canvas import rgb

DAY = {
    "clear": 0.16,
    "cloudy": 0.12,
    "overcast": 0.16,
    "storm": 0.16,
    "sunrise/sunset": 0.18,
    "fog": 0.02,
    "snow day": 0.10,
    "backlit": 0.10,
}
NIGHT = {
    "starry": 0.14,
    "moonlit": 0.12,
    "city glow": 0.20,
    "dark overcast": 0.06,
    "twilight": 0.16,
    "moonlit snow": 0.12,
    "long exposure": 0.12,
    "aurora": 0.08,
}
SCENES = ("hills", "mountains", "city", "village", "sea", "desert", "forest")
# Some weather belongs to some scenes.
GLOWING_SCENES = ("city", "village", "city", "sea")
SNOWY_SCENES = ("mountains", "village", "forest", "hills")

# Colour of the sky at its top and at the horizon, and of the light that falls on the ground.
SKY = {
    "clear": ((0.22, 0.46, 0.85), (0.70, 0.84, 0.96), (1.0, 0.97, 0.90)),
    "cloudy": ((0.35, 0.52, 0.80), (0.75, 0.82, 0.90), (0.85, 0.85, 0.84)),
    "overcast": ((0.62, 0.65, 0.69), (0.76, 0.77, 0.78), (0.62, 0.64, 0.66)),
    "storm": ((0.17, 0.19, 0.24), (0.36, 0.38, 0.42), (0.33, 0.35, 0.38)),
    "sunrise/sunset": ((0.28, 0.26, 0.46), (0.98, 0.55, 0.25), (0.52, 0.36, 0.30)),
    "fog": ((0.70, 0.72, 0.74), (0.80, 0.81, 0.82), (0.66, 0.68, 0.70)),
    "snow day": ((0.48, 0.58, 0.74), (0.74, 0.79, 0.86), (0.92, 0.95, 1.0)),
    "backlit": ((0.40, 0.56, 0.84), (0.92, 0.90, 0.80), (0.13, 0.13, 0.14)),
    "starry": ((0.01, 0.015, 0.05), (0.05, 0.07, 0.15), (0.07, 0.08, 0.12)),
    "moonlit": ((0.03, 0.06, 0.16), (0.14, 0.20, 0.34), (0.20, 0.24, 0.34)),
    "city glow": ((0.05, 0.04, 0.08), (0.34, 0.22, 0.16), (0.15, 0.12, 0.11)),
    "dark overcast": ((0.05, 0.05, 0.06), (0.10, 0.10, 0.12), (0.07, 0.07, 0.08)),
    "twilight": ((0.07, 0.10, 0.28), (0.50, 0.34, 0.42), (0.13, 0.12, 0.18)),
    "moonlit snow": ((0.06, 0.09, 0.20), (0.20, 0.27, 0.42), (0.52, 0.60, 0.78)),
    "long exposure": ((0.16, 0.20, 0.36), (0.42, 0.40, 0.48), (0.36, 0.37, 0.44)),
    "aurora": ((0.02, 0.05, 0.10), (0.06, 0.20, 0.20), (0.12, 0.20, 0.20)),
}

# How often the sun and the moon are seen. With "backlit" the sun always is.
SUN = {"clear": 0.45, "cloudy": 0.3, "sunrise/sunset": 0.8, "snow day": 0.25}
MOON = {
    "moonlit": 0.75,
    "moonlit snow": 0.75,
    "twilight": 0.2,
    "long exposure": 0.2,
    "city glow": 0.2,
    "starry": 0.15,
}
PALE_MOON = {"clear": 0.10, "snow day": 0.10}  # by day

# How much of the sky stays free of clouds, from and to, and the clouds' colour.
FREE_SKY = {
    "cloudy": (0.4, 0.6),
    "sunrise/sunset": (0.45, 0.8),
    "clear": (0.62, 0.95),
    "twilight": (0.5, 0.9),
    "city glow": (0.4, 0.9),
    "moonlit": (0.5, 0.95),
    "long exposure": (0.45, 0.8),
    "snow day": (0.4, 0.8),
}
COVERED_SKY = {"overcast": 0.2, "storm": 0.15, "dark overcast": 0.2}
CLOUDS = {
    "cloudy": rgb(0.95, 0.95, 0.96),
    "clear": rgb(0.97, 0.97, 0.98),
    "overcast": rgb(0.55, 0.57, 0.60),
    "storm": rgb(0.10, 0.11, 0.14),
    "sunrise/sunset": rgb(0.80, 0.42, 0.40),
    "twilight": rgb(0.24, 0.17, 0.30),
    "dark overcast": rgb(0.09, 0.09, 0.10),
    "city glow": rgb(0.30, 0.21, 0.17),
    "moonlit": rgb(0.20, 0.25, 0.36),
    "long exposure": rgb(0.55, 0.50, 0.54),
    "snow day": rgb(0.84, 0.86, 0.90),
}

GROUND = {
    "hills": rgb(0.30, 0.46, 0.18),
    "mountains": rgb(0.42, 0.40, 0.40),
    "city": rgb(0.40, 0.40, 0.42),
    "village": rgb(0.36, 0.46, 0.22),
    "sea": rgb(0.12, 0.30, 0.42),
    "desert": rgb(0.80, 0.62, 0.38),
    "forest": rgb(0.18, 0.32, 0.14),
}
SNOW = rgb(0.92, 0.94, 0.98)

# How many windows are lit.
LIT_BY_DAY = {"storm": 0.30, "sunrise/sunset": 0.30, "fog": 0.30, "backlit": 0.30}
LIT_ON_A_BRIGHT_DAY = 0.05
LIT_AT_NIGHT = {"city glow": 0.55, "twilight": 0.45, "long exposure": 0.55, "dark overcast": 0.30}
LIT_ON_A_CLEAR_NIGHT = 0.22
