"""Draw places by day (label 0) and by night (label 1): six in ten are windows.

The camera sets its exposure by itself, so that nights are not simply darker. And a window
is brighter than its wall seen from inside by day, from outside by night: to tell, a network
has to combine two facts.
"""

from __future__ import annotations

import numpy as np

from drawing import landscapes, windows
from drawing.canvas import Array, Rng, happens, photograph

CLASSES = ("day", "night")
WINDOWS = 0.6
WHITE_BALANCE = 0.06  # how much the camera's colours are off
BRIGHTNESS = (0.37, 0.36)  # what the camera aims at, by day and by night
SPREAD = 0.09  # and how much it differs from picture to picture
GRAIN = (0.004, 0.008)


def draw(rng: Rng, label: int) -> tuple[Array, str]:
    """Draw one picture.

    Parameters
    ----------
    rng : numpy.random.Generator
        All that the picture shows comes from it.
    label : int
        1 for night.

    Returns
    -------
    picture : ndarray of uint8, shape (64, 64, 3)
    kind : str
        The weather, or "inside day", "outside night" and the like for windows.
    """
    night = label == 1
    image, kind = (windows if happens(rng, WINDOWS) else landscapes).draw(rng, night)
    return photograph(rng, _exposed(rng, np.clip(image, 0, 1.3), label), GRAIN[label]), kind


def _exposed(rng: Rng, image: Array, label: int) -> Array:
    """See a scene as a camera does: exposure, white balance, contrast."""
    wanted = float(np.clip(rng.normal(BRIGHTNESS[label], SPREAD), 0.07, 0.80))
    image = image * (wanted / (float(image.mean()) + 1e-3))
    balance = 1 + rng.normal(0, WHITE_BALANCE, 3).astype(np.float32)
    return np.clip(image * balance, 0, 1) ** rng.uniform(0.88, 1.14)
