"""Read the catalogue: answers as people write them, right and wrong, beside each exercise."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from autograder.errors import SourceError


@dataclass(frozen=True)
class Variant:
    """A right answer in a style of its own, as code.

    Attributes
    ----------
    name, code : str
        As for a `Mistake`.
    remark : str
        What its author is told beside full marks, if anything.
    """

    name: str
    code: str
    remark: str = ""


@dataclass(frozen=True)
class Mistake:
    """A wrong answer that people really give, as code, and the hint that helps.

    Attributes
    ----------
    name : str
        What is wrong, in a few words: ``1/m in dA_prev``.
    code : str
        The whole function, written with that mistake and no other.
    hint : str
        What one sees, why it happens, where to look; never the line itself.
    """

    name: str
    code: str
    hint: str


@cache
def read_answers(path: Path) -> tuple[tuple[Variant, ...], tuple[Mistake, ...]]:
    """Read one exercise's answers from Markdown.

    Parameters
    ----------
    path : Path
        A file with the parts ``## Right`` and ``## Wrong``; in each, ``### name``, for a
        wrong answer the hint, for a right one perhaps a remark, and the code in a fence.

    Raises
    ------
    SourceError
        If an answer has no code, a mistake no hint, or a name stands twice.
    """
    right, wrong = [], []
    part = ""
    for heading, text, code in _entries(path.read_text(encoding="utf-8")):
        if heading.startswith("## "):
            part = heading
        elif not code or (part == "## Wrong" and not text):
            raise SourceError(f"{path.name}: {heading!r} lacks its code or its hint.")
        elif part == "## Right":
            right.append(Variant(heading[4:], code, text))
        else:
            wrong.append(Mistake(heading[4:], code, text))
    names = [answer.name for answer in right] + [answer.name for answer in wrong]
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise SourceError(f"{path.name}: {twice!r} stands twice.")
    return tuple(right), tuple(wrong)


def _entries(markdown: str) -> list[tuple[str, str, str]]:
    """Cut Markdown at its headings into (heading, text, code)."""
    entries: list[tuple[str, list[str], list[str]]] = []
    in_code = False
    for line in markdown.splitlines():
        if line.startswith("```"):
            in_code = not in_code
        elif in_code:
            entries[-1][2].append(line)
        elif line.startswith(("## ", "### ")):
            entries.append((line, [], []))
        elif line and entries:
            entries[-1][1].append(line)
    return [(heading, " ".join(text), "\n".join(code)) for heading, text, code in entries]
