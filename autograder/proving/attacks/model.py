"""What an attack is, and how its text is filled in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

THEMES = ("points", "secrets", "reach", "exhaust", "judge", "files")

Places = Mapping[str, str]
# Given the whole notebook and the places; gives the notebook, or the bytes to hand in.
Edit = Callable[[Any, Places], Any]
# Given the student's folder after the notebook was written there, and the places.
Prepare = Callable[[Path, Places], None]


@dataclass(frozen=True)
class Attack:
    """One hostile thing that a submission does.

    It shows that it worked by points, by a trace that the harness looks for (a planted
    word read, a planted file changed, a listener reached, ...), or by `{told}`, a
    statement that it runs only once it has got what it wanted.

    Attributes
    ----------
    name : str
        Its own name, as it stands in tables and tests.
    theme : str
        One of `THEMES`.
    what : str
        One sentence in plain words.
    code : str
        Source of one cell; `{secret}` and the like are filled in by the harness.
    where : str
        ``top`` for a cell of its own before the first exercise, or the exercise whose
        answer it replaces.
    files : mapping
        Files laid beside the notebook.
    on_stock : bool
        Whether it may run with nothing protecting this machine.
    base : str
        The other answers: ``blank``, ``wrong`` (right shapes, wrong numbers) or ``right``.
        With right ones it also works if any other exercise loses points.
    honest : float or None
        What the same answer deserves where it replaces one; else the base's own.
    batch : str
        Attacks of one batch share a notebook; they must not be in each other's way.
    edit, prepare : callable
        Change the notebook, or the folder that is handed in.
    student : str
        The name of the student's folder, where that is the attack.
    """

    name: str
    theme: str
    what: str
    code: str = ""
    where: str = "top"
    files: Mapping[str, str] = field(default_factory=dict)
    on_stock: bool = False
    base: str = "blank"
    honest: float | None = None
    batch: str = ""
    edit: Edit | None = None
    prepare: Prepare | None = None
    student: str = ""


def fill(text: str, places: Places) -> str:
    """Put the places into a text; other braces stay."""
    for name, value in places.items():
        text = text.replace("{" + name + "}", value)
    return text
