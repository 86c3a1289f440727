"""Draw the first thirty pictures of each set, for README.md: cats.png and daynight.png."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from PIL import Image

sys.path.append(str(Path(__file__).resolve().parent.parent))

from data_utils import IMAGE_SETS, load_images

FOLDER = Path(__file__).resolve().parent
ROWS, COLUMNS, GAP = 3, 10, 4


def sheet(pictures: np.ndarray) -> np.ndarray:
    """Lay pictures in rows and columns on white."""
    size = pictures.shape[1] + GAP
    paper = np.full((ROWS * size + GAP, COLUMNS * size + GAP, 3), 255, np.uint8)
    for number, picture in enumerate(pictures[: ROWS * COLUMNS]):
        top, left = (GAP + place * size for place in divmod(number, COLUMNS))
        paper[top : top + len(picture), left : left + len(picture)] = picture
    return paper


if __name__ == "__main__":
    for name in IMAGE_SETS:
        pictures, *_ = load_images(name)
        Image.fromarray(sheet(pictures)).save(FOLDER / f"{name}.png", optimize=True)
