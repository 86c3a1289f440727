"""Machine-made wrong answers: the reference with one small thing changed.

Mutation tools for Python change a package and run its test-suite; here the thing under
test is the judge, and what is changed is one function, so this walks its syntax tree.
"""

from __future__ import annotations

import ast
import copy
import inspect
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

SWAPPED: dict[type, tuple[type, ...]] = {
    ast.Add: (ast.Sub, ast.Mult),
    ast.Sub: (ast.Add,),
    ast.Mult: (ast.Div, ast.Add),
    ast.Div: (ast.Mult, ast.FloorDiv),
    ast.FloorDiv: (ast.Mult,),
    ast.MatMult: (ast.Mult,),
    ast.Eq: (ast.NotEq,),
    ast.Gt: (ast.GtE, ast.Lt),
    ast.Lt: (ast.LtE, ast.Gt),
}
SIGNS: dict[type, str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.FloorDiv: "//",
    ast.MatMult: "@",
}
INSIDE = "entries of a tuple, such as a shape, left out or in another order"


@dataclass(frozen=True)
class Mutant:
    """One changed answer.

    Attributes
    ----------
    label : str
        What was changed, to the letter: for authors.
    said : str
        The same without the answer's own line: for students.
    code : str
        The whole function.
    """

    label: str
    said: str
    code: str


def mutants(function: Callable[..., Any]) -> list[Mutant]:
    """Make all mutants of a function, each once.

    Parameters
    ----------
    function : callable
        A reference answer; its annotations and docstring are left out.
    """
    tree = _bare(ast.parse(textwrap.dedent(inspect.getsource(function))))
    original = ast.unparse(tree)
    made: dict[str, Mutant] = {}
    for label, said, changed in _changes(tree):
        code = ast.unparse(ast.fix_missing_locations(changed))
        if code != original and code not in made:
            made[code] = Mutant(label, said, code)
    return list(made.values())


def _bare(tree: ast.Module) -> ast.Module:
    definition = tree.body[0]
    assert isinstance(definition, ast.FunctionDef)
    definition.returns = None
    for argument in definition.args.args:
        argument.annotation = None
    if ast.get_docstring(definition):
        definition.body = definition.body[1:]
    return tree


def _changes(tree: ast.Module) -> Iterator[tuple[str, str, ast.Module]]:
    """Yield label, words and a changed copy of the tree, for every way to change every node."""
    names = sorted(_names(tree))
    inside = _tuples_inside(tree)
    for number, node in enumerate(ast.walk(tree)):
        for new in _new_nodes(node, names):
            label = f"`{ast.unparse(node)}` as `{ast.unparse(new)}`"
            said = INSIDE if id(node) in inside else _in_words(node, new)
            yield label, said, _with(tree, number, new)
    for number, node in enumerate(ast.walk(tree)):
        body = getattr(node, "body", None)
        if isinstance(body, list) and len(body) > 1:
            for position, statement in enumerate(body):
                changed = copy.deepcopy(tree)
                _nth(changed, number).body.pop(position)  # type: ignore[attr-defined]
                first = ast.unparse(statement).splitlines()[0]
                yield f"without `{first}`", f"a line left out{_about(statement)}", changed


def _nth(tree: ast.AST, number: int) -> ast.AST:
    return next(node for i, node in enumerate(ast.walk(tree)) if i == number)


def _with(tree: ast.Module, number: int, new: ast.AST) -> ast.Module:
    changed = copy.deepcopy(tree)
    target = _nth(changed, number)
    for parent in ast.walk(changed):
        for name, value in ast.iter_fields(parent):
            if value is target:
                setattr(parent, name, new)
            elif isinstance(value, list):
                value[:] = [new if item is target else item for item in value]
    return changed


def _names(tree: ast.Module) -> set[str]:
    definition = tree.body[0]
    assert isinstance(definition, ast.FunctionDef)
    stored = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and type(n.ctx) is ast.Store}
    return stored | {argument.arg for argument in definition.args.args}


def _tuples_inside(tree: ast.Module) -> set[int]:
    """Find the tuples that are handed to a call or stand in an index: they are no results."""
    parents = (node for node in ast.walk(tree) if isinstance(node, (ast.Call, ast.Subscript)))
    children = (child for parent in parents for child in ast.iter_child_nodes(parent))
    return {id(child) for child in children if isinstance(child, ast.Tuple)}


def _about(statement: ast.stmt) -> str:
    """Name what a statement sets, if it sets something."""
    targets = getattr(statement, "targets", None) or [getattr(statement, "target", None)]
    names = [n.id for t in targets if t for n in ast.walk(t) if isinstance(n, ast.Name)]
    return f" that sets {names[0]}" if names else ""


def _in_words(old: ast.AST, new: ast.AST) -> str:  # noqa: PLR0911  one return a kind of node
    """Say what a change does, without the answer's own line."""
    simple = (ast.Name, ast.Constant)
    if isinstance(old, simple) and isinstance(new, simple):
        return f"{ast.unparse(new)} in place of {ast.unparse(old)}"
    if isinstance(old, ast.BinOp):
        return _operation_in_words(old, new)
    if isinstance(old, ast.Attribute):
        return "a transpose left out"
    if isinstance(old, ast.UnaryOp):
        return "a minus left out"
    if isinstance(old, ast.Compare):
        return "a comparison with another sign"
    if isinstance(old, ast.IfExp):
        return "the two cases exchanged, or one of them always taken"
    if isinstance(old, ast.Tuple):
        return "results left out or in another order"
    if isinstance(old, ast.Call):
        called = ast.unparse(old.func)
        if not isinstance(new, ast.Call):
            return f"{called} left out"
        fewer = len(new.args) + len(new.keywords) < len(old.args) + len(old.keywords)
        return (
            f"{called} with {'an argument left out' if fewer else 'its arguments in another order'}"
        )
    return "one expression in place of another"


def _operation_in_words(old: ast.BinOp, new: ast.AST) -> str:
    sign = SIGNS.get(type(old.op), "an operator")
    if not isinstance(new, ast.BinOp):
        return f"one side of a {sign} left out"
    if type(new.op) is not type(old.op):
        return f"{SIGNS.get(type(new.op), 'another operator')} in place of {sign}"
    if ast.dump(new.left) == ast.dump(old.right):
        return f"the two sides of a {sign} exchanged"
    return "one transpose too many"


def _new_nodes(node: ast.AST, names: list[str]) -> Iterator[ast.AST]:  # noqa: PLR0912  one branch a kind of node
    if isinstance(node, ast.BinOp):
        for operator in SWAPPED.get(type(node.op), ()):
            yield ast.BinOp(node.left, operator(), node.right)
        yield node.left
        yield node.right
        yield ast.BinOp(node.right, node.op, node.left)
        if isinstance(node.op, ast.MatMult):
            yield ast.BinOp(_transposed(node.left), node.op, node.right)
            yield ast.BinOp(node.left, node.op, _transposed(node.right))
    elif isinstance(node, ast.UnaryOp):
        yield node.operand
    elif isinstance(node, ast.Compare):
        for operator in SWAPPED.get(type(node.ops[0]), ()):
            yield ast.Compare(node.left, [operator()], node.comparators)
    elif isinstance(node, ast.IfExp):
        yield node.body
        yield node.orelse
        yield ast.IfExp(node.test, node.orelse, node.body)
    elif isinstance(node, ast.Constant):
        yield from (ast.Constant(value) for value in _other_constants(node.value))
    elif isinstance(node, ast.Attribute) and node.attr == "T":
        yield node.value
    elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in names:
        yield from (ast.Name(other, ast.Load()) for other in names if other != node.id)
    elif isinstance(node, ast.Call):
        yield from _other_calls(node)
    elif isinstance(node, ast.Tuple) and isinstance(node.ctx, ast.Load) and len(node.elts) > 1:
        for i in range(len(node.elts) - 1):
            swapped = list(node.elts)
            swapped[i], swapped[i + 1] = swapped[i + 1], swapped[i]
            yield ast.Tuple(swapped, ast.Load())
        yield ast.Tuple(node.elts[:-1], ast.Load())


def _transposed(node: ast.expr) -> ast.expr:
    return ast.Attribute(node, "T", ast.Load())


def _other_constants(value: object) -> Iterator[Any]:
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, (int, float)):
        yield from {value + 1, value - 1, -value, 0, 1, 2} - {value}
    elif isinstance(value, str):
        yield {"sigmoid": "relu", "relu": "sigmoid", "W": "b", "b": "W"}.get(value, value + "x")


def _other_calls(node: ast.Call) -> Iterator[ast.AST]:
    for i in range(len(node.args) - 1):
        swapped = list(node.args)
        swapped[i], swapped[i + 1] = swapped[i + 1], swapped[i]
        yield ast.Call(node.func, swapped, node.keywords)
    for keyword in node.keywords:
        yield ast.Call(node.func, node.args, [k for k in node.keywords if k is not keyword])
    if len(node.args) > 1:
        yield ast.Call(node.func, node.args[:-1], node.keywords)
    if len(node.args) == 1 and not node.keywords:
        yield node.args[0]
