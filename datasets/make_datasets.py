"""Make the course's data sets again: ``python datasets/make_datasets.py [FOLDER]``.

Everything is drawn by a program from a seed; no photograph is in it. The files in this
folder are the ones that the course's texts speak of. Another version of numpy may give
some levels of a picture one higher or lower; `README.md` says what else to expect.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import h5py
import numpy as np
from drawing import animals, daynight, points

VERSION = "1"  # of the drawings: another one gives other pictures
TRAIN, TEST = 500, 400
PICTURES_A_CHUNK = 20


@dataclass(frozen=True)
class PictureSet:
    """A pair of files, train_NAME.h5 and test_NAME.h5."""

    name: str
    artist: ModuleType  # its `draw` makes one picture, its CLASSES say what 0 and 1 mean
    seed: int
    title: str

    def order(self) -> np.ndarray:
        """Give the numbers of the pictures in the order of the files, train before test."""
        return np.random.default_rng([self.seed, 10**6]).permutation(TRAIN + TEST)

    def picture(self, number: int) -> tuple[np.ndarray, int, str]:
        """Draw one picture; give it, its label and its kind. It depends on nothing else."""
        label = int(number % 2)
        picture, kind = self.artist.draw(np.random.default_rng([self.seed, number]), label)
        return picture, label, kind


PICTURE_SETS = (
    PictureSet(
        "catvnoncat", animals, 4, "Animals, cats and others: drawn by a program, no photographs"
    ),
    PictureSet(
        "daynight",
        daynight,
        5,
        "Day and night, landscapes and windows: drawn by a program, no photographs",
    ),
)


def make(folder: Path) -> Iterator[Path]:
    """Write every file; give its path when it is there."""
    for name, (draw, how, classes) in points.SETS.items():
        x, y = draw(**how)
        about = _about(
            f"{name.capitalize()}: points in the plane, drawn by a program",
            int(how["seed"]),
            classes,
        )
        yield _write(folder / f"{name}.h5", {"train_X": x, "train_Y": y}, about)
    for pictures in PICTURE_SETS:
        about = _about(pictures.title, pictures.seed, pictures.artist.CLASSES)
        order = pictures.order()
        for part, numbers in (("train", order[:TRAIN]), ("test", order[TRAIN:])):
            x, y, kinds = zip(*(pictures.picture(n) for n in numbers), strict=True)
            data = {
                f"{part}_set_x": np.stack(x),
                f"{part}_set_y": np.array(y, np.int64),
                f"{part}_set_kind": np.array(kinds, "S"),
                "list_classes": np.array(pictures.artist.CLASSES, "S"),
            }
            yield _write(folder / f"{part}_{pictures.name}.h5", data, about)


def _about(title: str, seed: int, classes: tuple[str, str]) -> dict[str, Any]:
    """Say in the file what it is, in words that outlive this folder."""
    return {
        "title": title,
        "synthetic": "yes",
        "licence": "CC0-1.0",
        "generator": "datasets/make_datasets.py",
        "generator_version": VERSION,
        "seed": seed,
        "label_meaning": f"0 = {classes[0]}, 1 = {classes[1]}",
        "numpy_version": np.__version__,
        "h5py_version": h5py.__version__,
    }


def _write(path: Path, data: dict[str, np.ndarray], about: dict[str, Any]) -> Path:
    """Write one file so that damage is noticed: each dataset carries its own checksum."""
    fresh = path.with_suffix(".new")
    # The format of 2012, which every h5py reads, is the first with checksums on all of its parts.
    with h5py.File(fresh, "w", libver=("v108", "v108")) as file:
        file.attrs.update(about)
        for name, values in data.items():
            dataset = file.create_dataset(name, data=values, **_storage(values))
            dataset.attrs["sha256"] = hashlib.sha256(values.tobytes()).hexdigest()
    fresh.replace(path)
    return path


def _storage(values: np.ndarray) -> dict[str, Any]:
    """Pack pictures tightly, some twenty at a time, with HDF5's own checksum on each pack."""
    if values.dtype != np.uint8:
        return {}
    chunks = (min(PICTURES_A_CHUNK, len(values)), *values.shape[1:])
    return {"chunks": chunks, "compression": "gzip", "compression_opts": 9, "fletcher32": True}


def main() -> None:
    """Make all files in this folder, or in the one that was named."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent
    folder.mkdir(parents=True, exist_ok=True)
    for path in make(folder):
        print(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}", flush=True)


if __name__ == "__main__":
    main()
