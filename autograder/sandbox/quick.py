"""What makes IPython quick in a sandbox, where each cell runs once in a fresh fork.

By itself it reads every cell token by token, in Python, to find magics; for every traceback
it makes a style and works out its 256 colours; and Python looks for the module of each cell
among all modules there are. What a notebook shows stays the same to the last character.
"""

from __future__ import annotations

import ast
import importlib
import inspect
from functools import lru_cache, wraps
from typing import Any

from IPython.core.inputtransformer2 import TransformerManager
from pygments.formatters.terminal256 import Terminal256Formatter

TOKEN_TRANSFORMERS = len(TransformerManager().token_transformers)


class Transformers(TransformerManager):  # type: ignore[misc]
    """Reads a cell's tokens only where that can change it: what is Python stays as it is."""

    def do_token_transforms(self, lines: list[str]) -> Any:
        """Change what is not Python, such as ``%time f()`` or ``f?``."""
        cell = "".join(lines)
        # Python may warn of a backslash, and must not do so once more.
        if len(self.token_transformers) == TOKEN_TRANSFORMERS and "\\" not in cell:
            try:
                ast.parse(cell)
            except Exception:  # of a cell nested too deep, for instance
                return super().do_token_transforms(lines)
            return lines
        return super().do_token_transforms(lines)


def remember_styles() -> None:
    """Have the styles of tracebacks made once; a second time this does nothing."""
    stack_data: Any = importlib.import_module("stack_data")
    if not hasattr(stack_data.style_with_executing_node, "cache_clear"):
        stack_data.style_with_executing_node = lru_cache(stack_data.style_with_executing_node)
        Terminal256Formatter._setup_styles = _remembering(Terminal256Formatter._setup_styles)


def without_module(file_name: str) -> None:
    """Tell Python that a cell's file is no module's."""
    inspect.modulesbyfile[file_name] = ""


def _remembering(set_up: Any) -> Any:
    made: dict[Any, tuple[dict[str, Any], dict[Any, Any]]] = {}

    @wraps(set_up)
    def remembered(self: Any) -> None:
        key = (self.style, self.usebold, self.useunderline, self.useitalic)
        if type(self) is not Terminal256Formatter:
            set_up(self)
        elif key in made:
            self.style_string, self.best_match = (dict(part) for part in made[key])
        else:
            set_up(self)
            made[key] = (dict(self.style_string), dict(self.best_match))

    return remembered
