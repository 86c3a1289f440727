"""A check cell on the judge's side: what it reads, how it is run, what stands in it afterwards."""

from __future__ import annotations

import ast
import builtins
from dataclasses import replace
from typing import Any

from autograder.judge import Verdict
from autograder.sandbox.client import Output, error_output

LONGEST_WORDS, LONGEST_NAME = 10_000, 200  # characters of a verdict, and of a mistake's name
Cell = dict[str, Any]


def worth(verdict: Verdict, cell: Cell) -> Verdict:
    """Give a verdict the points that the class has set for its cell; its parts keep their share."""
    most = cell.get("points", verdict.max_points)
    if most == verdict.max_points or cell["source"].count("check(") != 1:
        return verdict
    share = most / verdict.max_points
    points = {"points": verdict.points * share, "own_points": verdict.own_points * share}
    return replace(verdict, max_points=most, **points)


def cut_to_fit(verdict: Verdict) -> Verdict:
    """Cut what a student's names and messages made too long for a page."""
    names = [_cut(name, LONGEST_NAME) for name in verdict.mistakes]
    return replace(verdict, words=_cut(verdict.words, LONGEST_WORDS), mistakes=names)


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[:most]} [...]"


def free_names(source: str) -> list[str]:
    """List the names that a check reads and does not make itself."""
    names = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Name)]
    made = {node.id for node in names if not isinstance(node.ctx, ast.Load)}
    read = [node.id for node in names if isinstance(node.ctx, ast.Load)]
    own = made | {"check"}
    return [n for n in dict.fromkeys(read) if n not in own and not hasattr(builtins, n)]


def executed(source: str, space: dict[str, Any]) -> Any:
    """Run a check; give the value of its last line, if that is an expression."""
    tree = ast.parse(source)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, "<check>", "exec"), space)
    if isinstance(last, ast.Expr):
        return eval(compile(ast.Expression(last.value), "<check>", "eval"), space)
    return None


def printed_text(text: str) -> Output:
    """Make a notebook's output of what a check printed."""
    return {"output_type": "stream", "name": "stdout", "text": text}


def last_value(value: Any) -> Output:
    """Make a notebook's output of what a check came to."""
    return {
        "output_type": "execute_result",
        "execution_count": None,
        "metadata": {},
        "data": {"text/plain": repr(value)},
    }


def undefined(name: str) -> str:
    """Say that a name which a check reads stands for nothing."""
    return f"{name} is not defined: its cell is missing, or has an error of its own."


def failed(words: str, kind: str, *, reached: bool = True) -> Cell:
    """Give what stands in a check cell that came to no verdict."""
    return {"outputs": [error_output(kind, words)], "verdict": no_verdict(words, reached)}


def no_verdict(words: str, reached: bool) -> dict[str, Any]:
    """Stand for a verdict where none was come to."""
    return {
        "points": 0.0, "own_points": 0.0, "blank": False, "words": words,
        "seed": None, "mistakes": [], "reached": reached,
    }  # fmt: skip
