"""Shapes with soft edges, in the coordinates of a face.

The face's middle is (0, 0), a head reaches to about 1, y points down. A loop over `SIDES`
does the left and then the right.
"""

from __future__ import annotations

import numpy as np

from drawing.canvas import SIDE, Array

SIDES = (-1, 1)


class Drawing:
    """A picture in the making.

    Parameters
    ----------
    image : ndarray of float, shape (SIDE, SIDE, 3)
        The background.
    x, y : ndarray of float, shape (SIDE, SIDE)
        Where each pixel is, in the face's coordinates.
    radius : float
        How large the face is, as a share of the picture.
    """

    def __init__(self, image: Array, x: Array, y: Array, radius: float) -> None:
        self.image, self.x, self.y = image, x, y
        self.softness = 1.1 / (SIDE * radius)  # about a pixel

    def paint(self, shape: Array, colour: Array) -> None:
        """Paint a shape: 1 inside, 0 outside, something between at its edge."""
        shape = shape[..., None]
        self.image = self.image * (1 - shape) + np.asarray(colour, np.float32) * shape

    def inside(self, distance: Array) -> Array:
        """Give the shape of all that lies at a positive distance from an edge."""
        return np.clip(distance / self.softness + 0.5, 0, 1)

    def ellipse(self, x: float, y: float, width: float, height: float, turn: float = 0.0) -> Array:
        """Give an ellipse by its centre and half axes."""
        cos, sin = np.cos(turn), np.sin(turn)
        across = ((self.x - x) * cos + (self.y - y) * sin) / width
        along = (-(self.x - x) * sin + (self.y - y) * cos) / height
        return self.inside((1 - np.sqrt(across * across + along * along)) * min(width, height))

    def triangle(self, *corners: tuple[float, float]) -> Array:
        """Give a triangle: what is inside all three of its edges."""
        shape = 1.0
        for number in range(3):
            a, b, c = (corners[(number + step) % 3] for step in range(3))
            normal = np.array([b[1] - a[1], a[0] - b[0]])
            normal = normal / np.hypot(*normal)
            if (c[0] - a[0]) * normal[0] + (c[1] - a[1]) * normal[1] < 0:
                normal = -normal  # it points to the third corner
            distance = (self.x - a[0]) * normal[0] + (self.y - a[1]) * normal[1]
            shape = shape * self.inside(distance)
        return shape

    def line(self, x0: float, y0: float, x1: float, y1: float, width: float) -> Array:
        """Give a line with round ends."""
        dx, dy = x1 - x0, y1 - y0
        along = np.clip(((self.x - x0) * dx + (self.y - y0) * dy) / (dx * dx + dy * dy), 0, 1)
        return self.inside(width - np.hypot(self.x - x0 - along * dx, self.y - y0 - along * dy))
