"""A function in the sandbox, as the judge sees it.

What comes back may be made up by a student's code: it is read as plain data, and what
does not look as it should is an outcome like any other.
"""

from __future__ import annotations

import contextlib
import importlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from autograder.calling import MOST_PRINTED, Outcome, Raised
from autograder.plain_data import Opaque
from autograder.sandbox.client import Helpers, Sandbox, too_long
from autograder.sandbox.session import SandboxEnded
from autograder.wire import WireError, encode

MOST_PACKED = 200
# Of an error's message, its traceback, and one line of that: what a page can show.
LONGEST_TEXT, MOST_LINES, LONGEST_LINE = 2_000, 50, 500
_PACKED: dict[tuple[int, ...], tuple[list[Any], np.ndarray]] = {}
TRUSTED_MODULES = ("numpy", "math", "copy")  # for checks of an instructor's own


def look(sandbox: Sandbox, name: str, *, held: bool = False) -> Any:
    """Give what a name stands for, or stood for when it was held: a `RemoteAnswer`, or plain data.

    Raises
    ------
    KeyError
        If it is not defined.
    SandboxEnded, TimeUp
        If it can't be asked.
    """
    told = sandbox.ask({"do": "look", "name": name, "held": held})
    kind, value = told.get("kind"), told.get("value")
    if kind == "function":
        who = told.get("who")
        return RemoteAnswer(sandbox, name, held, who if isinstance(who, int) else 0)
    if kind == "module":
        return importlib.import_module(value) if value in TRUSTED_MODULES else Opaque("module")
    if kind == "plain":
        return value
    raise KeyError(name)


class RemoteAnswer:
    """A function in the sandbox; the judge's `Judged`.

    Parameters
    ----------
    sandbox : Sandbox
        Where it is.
    name : str
        What it is called there.
    held : bool
        Whether it is what the name stood for when it was held.
    who : int
        The same for the same function; nothing depends on it but what is looked at again.
    """

    def __init__(self, sandbox: Sandbox, name: str, held: bool = False, who: int = 0) -> None:
        self.sandbox, self.name, self.who = sandbox, name, who
        self._who = {"name": name, "held": held}
        self._right: Helpers = {}

    def observe(
        self, args: tuple[Any, ...], given: Mapping[str, Any] | None = None, seconds: float = 0.0
    ) -> Outcome:
        """Call it twice in the sandbox; an end of the sandbox is an outcome too."""
        return self._observed([args], given or {}, seconds)[0]

    def observe_each(self, calls: Sequence[tuple[Any, ...]], seconds: float) -> list[Outcome]:
        """Call it with each of these arguments, until a call had to be stopped."""
        return self._observed(calls, {}, seconds)

    def _observed(
        self, calls: Sequence[tuple[Any, ...]], given: Mapping[str, Any], seconds: float
    ) -> list[Outcome]:
        right = tuple(self._right)
        if how := self.sandbox.ended(self.name, right):  # it would only end again
            return [Outcome(None, how, ())]
        seconds = seconds or self.sandbox.limits.seconds_per_call
        try:
            packed = _packed(calls)
        except WireError as error:
            return [
                Outcome(None, Raised(("TooLarge",), f"what goes in can't be sent: {error}"), ())
            ]
        asked = {
            "do": "observe", **self._who, "calls": packed, "given": dict(given),
            "seconds": seconds, "right": list(right),
        }  # fmt: skip
        outcomes: list[Outcome] = []
        try:
            replies = self.sandbox.ask_each(asked, len(calls), 2 * seconds, self._right)
            for args, told in zip(calls, replies, strict=True):
                outcomes.append(_outcome(told.get("outcome"), args))
                if outcomes[-1].stopped:
                    break
        except SandboxEnded as end:
            slow, ended = (("TooSlow",), too_long(seconds)), (("Ended",), str(end))
            outcomes.append(Outcome(None, Raised(*(slow if end.slow else ended)), ()))
        if (how := outcomes[-1].error) and outcomes[-1].stopped:
            self.sandbox.has_ended(self.name, right, how)
        return outcomes

    def __call__(self, *args: Any) -> Any:
        """Call it as a check of an instructor's own would.

        Raises
        ------
        RuntimeError
            If it raises; the text names what.
        """
        outcome = self.observe(args)
        if outcome.error is not None:
            raise RuntimeError(f"{self.name} raised {outcome.error.kind}: {outcome.error.text}")
        return outcome.result

    def names_read(self) -> list[str]:
        """List the outside names that it reads, in the order in which they stand."""
        names = self.sandbox.ask({"do": "names", **self._who}).get("names")
        return [name for name in names if isinstance(name, str)] if isinstance(names, list) else []

    def outside(self, name: str) -> Any:
        """Give what stands under a name around it as plain data; None for nothing."""
        return self.sandbox.ask({"do": "outside", **self._who, "wanted": name}).get("value")

    @contextlib.contextmanager
    def right_versions(self, right: Helpers) -> Iterator[None]:
        """Answer in the place of what it calls, for a while."""
        before, self._right = self._right, right
        try:
            yield
        finally:
            self._right = before

    def others(self, right: Helpers, missing: bool) -> bool:
        """Say whether something else stands under any of these names."""
        asked = {"do": "others", **self._who, "names": list(right), "missing": missing}
        try:
            return bool(self.sandbox.ask(asked).get("others", missing))
        except SandboxEnded:
            return missing


def _packed(calls: Sequence[tuple[Any, ...]]) -> np.ndarray:
    """Write arguments once for all submissions that are called with them."""
    key = tuple(map(id, calls))
    if key not in _PACKED:
        if len(_PACKED) == MOST_PACKED:
            _PACKED.clear()
        # The arguments are kept too, so that no others can come by these ids.
        _PACKED[key] = (list(calls), np.frombuffer(encode(list(calls)), np.uint8))
    return _PACKED[key][1]


def _outcome(told: Any, args: tuple[Any, ...], deep: bool = True) -> Outcome:
    """Read an outcome, which a student's code may have made up."""
    try:
        result, error, printed, after, again, shared, tied = told
        if error is not None:
            kinds = tuple(_short(kind) for kind in error["kinds"][:MOST_LINES]) or ("Exception",)
            told = error["lines"][-MOST_LINES:]
            lines = tuple((_short(f), int(n), _short(text)) for f, n, text in told)
            error = Raised(kinds, str(error["text"])[:LONGEST_TEXT], _short(error["name"]), lines)
        # Arguments as they were, and the same result once more, are not sent again.
        left, printed = args if after is None else tuple(after), str(printed)[:MOST_PRINTED]
        if again is True:
            second: Outcome | None = Outcome(result, error, left, printed)
        else:
            second = None if again is None or not deep else _outcome(again, args, False)
        return Outcome(result, error, left, printed, second, shared is True, tied is True)
    except (KeyError, TypeError, ValueError, AttributeError):
        return Outcome(None, Raised(("Unreadable",), "What it gave back can't be read."), ())


def _short(text: Any) -> str:
    return str(text)[:LONGEST_LINE]
