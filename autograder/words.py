"""Small words of what the commands say."""

from __future__ import annotations

import shlex
from pathlib import Path


def counted(number: int, one: str, more: str = "") -> str:
    """Give a number with its noun, in the singular where it is one."""
    return f"{number} {one if number == 1 else more or f'{one}s'}"


def typed(path: Path) -> str:
    """Give a path as it is typed in a shell, whatever blanks and signs it has."""
    return shlex.quote(str(path))
