"""What to say of a folder that is no class: mostly another one was meant."""

from __future__ import annotations

from difflib import get_close_matches
from itertools import islice
from pathlib import Path

from autograder.words import typed

MOST_LOOKED_AT = 500  # folders beside it or in it
NEARLY = 0.7  # so alike are names of which one is a slip


def not_a_class(path: Path, config_name: str) -> str:
    """Say in one line that a folder is no class, and what to do.

    Parameters
    ----------
    path : Path
        The folder, which need not be there.
    config_name : str
        The file that makes a folder a class.
    """
    told = f"{path} has no {config_name}, so it is no class folder"
    try:
        if meant := _meant(path, config_name):
            return f"{told}; did you mean {typed(meant)}?"
        free = not path.exists() or (path.is_dir() and not any(path.iterdir()))
    except OSError as error:
        return f"{told}: {error.strerror}."
    if free:
        return f"{told}. Make one: autograder new-class {typed(path)}"
    return f"{told}. Give the folder that autograder new-class made."


def _meant(path: Path, config_name: str) -> Path | None:
    """Find a class around a folder, beside it under nearly the same name, or the only one in it."""
    for above in [*path.parents, *path.resolve().parents]:
        if (above / config_name).is_file():
            return above
    beside = {one.name: one for one in _classes(path.parent, config_name)}
    if nearly := get_close_matches(path.name, beside, 1, NEARLY):
        return beside[nearly[0]]
    folded = {name.casefold(): one for name, one in beside.items()}
    if path.name.casefold() in folded:
        return folded[path.name.casefold()]
    inside = _classes(path, config_name)
    return inside[0] if len(inside) == 1 else None


def _classes(folder: Path, config_name: str) -> list[Path]:
    found = islice(folder.iterdir(), MOST_LOOKED_AT) if folder.is_dir() else ()
    return sorted(one for one in found if (one / config_name).is_file())
