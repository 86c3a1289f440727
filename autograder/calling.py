"""Call what somebody wrote, quietly, and keep what came of it as plain data.

Part of the learner's side: numpy and Python's own library, no answers.
"""

from __future__ import annotations

import contextlib
import copy
import io
import sys
import traceback
import types
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from autograder.clock import Clock, TooSlow, clock_of
from autograder.plain_data import owners, plain, same, tied, twins

# A notebook may overwrite numpy's own names (`np.random.seed = 1`); these stay.
_SEED, _GET_STATE, _SET_STATE = np.random.seed, np.random.get_state, np.random.set_state
_PACKAGE = __file__.rpartition("calling")[0]
MOST_PRINTED = 10_000  # characters
# Ends after which a function is not called again, and what helps against them.
STOPPED = {
    "TooSlow": "Look for a loop that never stops.",
    "Ended": "Look for what ends Python itself, or needs more than it may use.",
}


@dataclass(frozen=True)
class Raised:
    """What a call raised, as plain data.

    Attributes
    ----------
    kinds : tuple of str
        Names of the exception's class and of its bases, its own first.
    text : str
        What it says.
    name : str
        The name that is not defined, of a `NameError`.
    lines : tuple of (str, int, str)
        Function, line number and text of the learner's own lines that it passed through.
    """

    kinds: tuple[str, ...]
    text: str
    name: str = ""
    lines: tuple[tuple[str, int, str], ...] = ()

    @property
    def kind(self) -> str:
        """The name of its class."""
        return self.kinds[0]


@dataclass(frozen=True)
class Outcome:
    """What came of one call.

    Attributes
    ----------
    result : object
        What was returned, as plain data.
    error : Raised or None
        What was raised.
    after : tuple
        The arguments as the call left them, as plain data.
    printed : str
        What the call printed.
    again : Outcome or None
        The same call once more, if it was made.
    shared : bool
        Whether both calls returned the same memory, or one call returned two dicts that
        hold the same array.
    tied : bool
        Whether an array in the dicts that were returned can't be written to, or not without
        changing another one.
    """

    result: Any
    error: Raised | None
    after: tuple[Any, ...]
    printed: str = ""
    again: Outcome | None = None
    shared: bool = False
    tied: bool = False

    @property
    def stopped(self) -> bool:
        """Whether the call had to be stopped, as any other call would have to be."""
        return self.error is not None and self.error.kind in STOPPED


class Answer(Protocol):
    """A function that somebody wrote, wherever it runs."""

    def observe(
        self, args: tuple[Any, ...], given: Mapping[str, Any] | None = None, seconds: float = 0.0
    ) -> Outcome:
        """Call it, as `observe` does."""

    def observe_each(self, calls: Sequence[tuple[Any, ...]], seconds: float) -> list[Outcome]:
        """Call it with each of these arguments, as `observe_each` does."""

    def names_read(self) -> list[str]:
        """List the outside names that it reads, in the order in which they stand."""

    def outside(self, name: str) -> Any:
        """Give what stands under a name around it as plain data; None for nothing."""


class Written:
    """A function that was written in this very Python.

    Parameters
    ----------
    function : callable
        The function.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function

    def observe(
        self, args: tuple[Any, ...], given: Mapping[str, Any] | None = None, seconds: float = 0.0
    ) -> Outcome:
        """Call it, as `observe` does."""
        return observe(self.function, args, given, seconds)

    def observe_each(self, calls: Sequence[tuple[Any, ...]], seconds: float) -> list[Outcome]:
        """Call it with each of these arguments, as `observe_each` does."""
        return list(observe_each(self.function, calls, seconds))

    def names_read(self) -> list[str]:
        """List the outside names that it reads, in the order in which they stand."""
        return names_read(self.function)

    def outside(self, name: str) -> Any:
        """Give what stands under a name around it as plain data; None for nothing."""
        return plain(getattr(self.function, "__globals__", {}).get(name))


def observe(
    function: Callable[..., Any],
    args: tuple[Any, ...],
    given: Mapping[str, Any] | None = None,
    seconds: float = 0.0,
) -> Outcome:
    """Call a function twice, each time on fresh copies of the arguments.

    Parameters
    ----------
    function : callable
        What to call.
    args : tuple
        Its arguments; they are not changed.
    given : mapping, optional
        Names to define in the function's own module during the calls.
    seconds : float
        How long each call may take; 0 for as long as it likes.
    """
    with _given(function, given or {}), _random_state_kept(), clock_of(seconds) as clock:
        return _observed(function, args, clock)


def observe_each(
    function: Callable[..., Any], calls: Sequence[tuple[Any, ...]], seconds: float = 0.0
) -> Iterator[Outcome]:
    """Observe a function on each of these arguments, until a call has to be stopped.

    The random state is put back once at the end: that takes as long as a call.
    """
    with _random_state_kept(), clock_of(seconds) as clock:
        for args in calls:
            outcome = _observed(function, args, clock)
            yield outcome
            if outcome.stopped:
                return


def _observed(function: Callable[..., Any], args: tuple[Any, ...], clock: Clock) -> Outcome:
    raw, first = _call(function, args, clock)
    if first.error is not None:
        return first
    raw_again, again = _call(function, args, clock)
    shared = twins(raw) or not owners(raw).isdisjoint(owners(raw_again))
    return Outcome(first.result, None, first.after, first.printed, again, shared, tied(raw))


@contextlib.contextmanager
def _random_state_kept() -> Iterator[None]:
    state = _GET_STATE()
    try:
        yield
    finally:
        _SET_STATE(state)


class _Printed(io.StringIO):
    """What a call prints, of which only the beginning is kept."""

    def write(self, text: str) -> int:
        room = MOST_PRINTED - self.tell()
        if room > 0:
            super().write(text[:room])
        return len(text)


def _call(function: Callable[..., Any], args: tuple[Any, ...], clock: Clock) -> tuple[Any, Outcome]:
    """Call once, on a fresh copy of the arguments.

    Prints are kept, warnings cost nothing, and the random state is always the same.
    """
    printed, given = _Printed(), copy.deepcopy(args)
    raw: Any = None
    error: Raised | None = None
    try:
        with (
            contextlib.redirect_stdout(printed),
            contextlib.redirect_stderr(printed),
            warnings.catch_warnings(),
            np.errstate(all="ignore"),
            _figures_put_away(),
        ):
            warnings.simplefilter("ignore")
            _SEED(20)  # a function that forgets its own seed must not be lucky
            try:
                clock(True)
                raw = function(*given)
            finally:
                clock(False)
    except (Exception, SystemExit, TooSlow) as caught:
        error = raised(caught)
    after = args if same(given, args) else tuple(plain(arg) for arg in given)
    return raw, Outcome(plain(raw), error, after, printed.getvalue())


@contextlib.contextmanager
def _figures_put_away() -> Iterator[None]:
    """Show no figure that a function draws, and close it: a check calls it many times."""
    plt = sys.modules.get("matplotlib.pyplot")
    if plt is None:
        yield
        return
    before, plot_show = set(plt.get_fignums()), plt.show
    setattr(plt, "show", lambda *args, **kwargs: None)  # noqa: B010  a module has no such type
    try:
        yield
    finally:
        setattr(plt, "show", plot_show)  # noqa: B010
        for number in set(plt.get_fignums()) - before:
            plt.close(number)


@contextlib.contextmanager
def _given(function: Callable[..., Any], names: Mapping[str, Any]) -> Iterator[None]:
    """Define names in the function's module, and put back what was there."""
    space = getattr(function, "__globals__", {})
    before = {name: space[name] for name in names if name in space}
    space.update(names)
    try:
        yield
    finally:
        for name in names:
            space.pop(name, None)
        space.update(before)


def raised(error: BaseException) -> Raised:
    """Keep of an exception what can be told of it."""
    kinds = tuple(kind.__name__ for kind in type(error).__mro__ if kind is not object)
    frames = [
        f for f in traceback.extract_tb(error.__traceback__) if not f.filename.startswith(_PACKAGE)
    ]
    own = [
        f for f in frames if "site-packages" not in f.filename and "/lib/python" not in f.filename
    ]
    lines = tuple((f.name, f.lineno or 0, f.line or "") for f in (own or frames))
    name = str(getattr(error, "name", None) or "") if isinstance(error, NameError) else ""
    return Raised(kinds, str(error), name if name.isidentifier() else "", lines)


def names_read(function: object) -> list[str]:
    """List the outside names that a function reads, in the order in which they stand."""
    if not isinstance(function, types.FunctionType):
        return []
    return list(function.__code__.co_names)
