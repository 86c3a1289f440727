"""Right versions of the functions that an exercise needs, in place of the student's own.

One early slip must not sink five later exercises: while an exercise is judged, the
functions it needs answer rightly, however it calls them (by their name, by another
name, from a file of the student's own).
"""

from __future__ import annotations

import contextlib
import functools
import types
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import Any

from autograder.calling import Written

HOLDER = "_right_versions"
MOST_HELD = 100  # in one container


class LocalAnswer(Written):
    """A function in this very Python, whose helpers can be exchanged for right ones."""

    @property
    def who(self) -> int:
        """The same for the same function."""
        return id(self.function)

    def right_versions(
        self, right: Mapping[str, Callable[..., Any]]
    ) -> contextlib.AbstractContextManager[None]:
        """Let right versions answer for what it calls, for a while."""
        return right_versions(self.function, right)

    def others(self, right: Mapping[str, Callable[..., Any]], missing: bool) -> bool:
        """Say whether something else stands under any of these names.

        Parameters
        ----------
        right : mapping
            Right versions by name.
        missing : bool
            Whether a name that is not defined counts as something else.
        """
        space = getattr(self.function, "__globals__", {})
        return any(
            not _is_version(space.get(name, None if missing else version), version)
            for name, version in right.items()
        )


@contextlib.contextmanager
def right_versions(
    function: Callable[..., Any], right: Mapping[str, Callable[..., Any]]
) -> Iterator[None]:
    """Let right versions answer for all functions of these names that `function` can reach.

    Parameters
    ----------
    function : callable
        The exercise's function.
    right : mapping
        Right versions by name.
    """
    plain_function = _unwrapped(function)
    with contextlib.ExitStack() as stack:
        if plain_function is not None:
            reachable = _reachable(plain_function, function)  # before names are replaced
            stack.enter_context(_names_replaced(plain_function.__globals__, right))
            for other in reachable:
                if other.__name__ in right and other is not plain_function:
                    stack.enter_context(answered_by(other, right[other.__name__]))
        yield


def _is_version(function: object, right: Callable[..., Any]) -> bool:
    """Say whether a function is a right version itself, or what one is a wrapper of."""
    return function is right or function is getattr(right, "__wrapped__", right)


def _unwrapped(function: Callable[..., Any]) -> types.FunctionType | None:
    while isinstance(function, functools.partial):
        function = function.func
    function = getattr(function, "__wrapped__", function)
    if not isinstance(function, (types.FunctionType, types.MethodType)):
        function = type(function).__call__  # of an object that can be called
    function = getattr(function, "__func__", function)
    return function if isinstance(function, types.FunctionType) else None


def _reachable(function: types.FunctionType, called: object) -> list[types.FunctionType]:
    """List the functions that it may call under any name, or by a place in a container."""
    values = list(function.__globals__.values())
    values += _attributes(getattr(called, "__self__", called))
    values += [cell.cell_contents for cell in function.__closure__ or () if _filled(cell)]
    values += [*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values()]
    modules = [v for v in values if isinstance(v, types.ModuleType) and _students_own(v)]
    for module in modules:
        values += vars(module).values()
    values += [held for value in values for held in _held(value)]
    values += [v.func for v in values if isinstance(v, functools.partial)]
    found = {id(v): v for v in values if isinstance(v, types.FunctionType)}
    return list(found.values())


def _attributes(value: object) -> list[Any]:
    try:
        return list(vars(value).values())
    except TypeError:
        return []


def _held(value: Any) -> list[Any]:
    """List what a container of a common kind holds."""
    if type(value) not in (dict, list, tuple):
        return []
    return list(islice(value.values() if type(value) is dict else value, MOST_HELD))


def _filled(cell: types.CellType) -> bool:
    try:
        return cell.cell_contents is not None
    except ValueError:
        return False


def _students_own(module: types.ModuleType) -> bool:
    path = getattr(module, "__file__", None) or ""
    return bool(path) and "site-packages" not in path and "/lib/python" not in path


@contextlib.contextmanager
def _names_replaced(
    space: dict[str, Any], right: Mapping[str, Callable[..., Any]]
) -> Iterator[None]:
    """Put right versions under their own names in a module."""
    before = {name: space[name] for name in right if name in space}
    space.update(right)
    try:
        yield
    finally:
        for name in right:
            space.pop(name, None)
        space.update(before)


@contextlib.contextmanager
def answered_by(student: types.FunctionType, other: Callable[..., Any]) -> Iterator[None]:
    """Exchange a function's code, so that every name it goes by leads to another function.

    A function with variables of an outer function can't be exchanged; it is left to the
    exchange of names.
    """
    if student.__code__.co_freevars or _is_version(student, other):
        yield
        return
    kept = (student.__code__, student.__defaults__, student.__kwdefaults__)
    space, name = student.__globals__, student.__name__
    held = space.get(HOLDER)
    space[HOLDER] = {**(held or {}), name: other}
    bridge: dict[str, Any] = {}
    source = f"def bridge(*args, **kwargs): return {HOLDER}[{name!r}](*args, **kwargs)"
    # By this file's name it is known as ours, and left out of what a student is shown.
    exec(compile(source, __file__, "exec"), bridge)
    student.__code__ = bridge["bridge"].__code__
    student.__defaults__ = student.__kwdefaults__ = None
    try:
        yield
    finally:
        student.__code__, student.__defaults__, student.__kwdefaults__ = kept
        if held is None:
            space.pop(HOLDER, None)
        else:
            space[HOLDER] = held
