"""What runs inside the sandbox: it answers the judge's requests, one after the other.

Everything here is in the reach of the student's code, so nothing here is trusted: the
judge believes no more than that some plain data came back.
"""

from __future__ import annotations

import builtins
import contextlib
import json
import random
import sys
import types
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

import autograder
from autograder import check
from autograder.calling import Outcome, Raised, names_read, observe, observe_each
from autograder.channel import Channel, WireClosed
from autograder.followthrough import answered_by, right_versions
from autograder.plain_data import plain, same
from autograder.sandbox.shell import Shell
from autograder.wire import WireError, decode, encode

RANDOM_STATE = 0  # every submission starts from the same one
MOST_ANSWERS = 200  # of right helpers, kept from the first of two equal calls to the second
COURSE_MODULES = ("dnn_utils", "dnn_app_utils")


class Stopped(Exception):
    """A function was called that had to be stopped before."""


class Child:
    """The sandbox's side of the wire.

    Parameters
    ----------
    channel : Channel
        The wire to the judge.
    shell : Shell
        Runs the cells.
    folder : Path
        The submission's own folder, which is the working directory.
    """

    def __init__(self, channel: Channel, shell: Shell, folder: Path) -> None:
        self.channel, self.shell, self.folder = channel, shell, folder
        self.held: dict[str, Any] = {}
        self.around: dict[str, dict[str, Any]] = {}  # all names, when one was held
        self.retired: dict[str, tuple[types.FunctionType, Callable[..., Any]]] = {}
        self.exchanged: dict[str, contextlib.ExitStack] = {}
        self.answers: dict[bytes, bytearray] = {}
        _at_home_in(folder)
        np.random.seed(RANDOM_STATE)
        random.seed(RANDOM_STATE)

    def serve(self) -> None:
        """Answer requests until the judge hangs up."""
        requests: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
            "files": self._files,
            "run": self._run,
            "hold": self._hold,
            "look": self._look,
            "names": lambda asked: {"names": names_read(self._named(asked))},
            "outside": self._outside,
            "others": self._others,
            "retire": self._retire,
        }
        while True:
            asked = self.channel.receive()
            if asked["do"] == "observe":
                for outcome in self._observe(asked):
                    self._reply(outcome)
            else:
                self._reply(requests[asked["do"]](asked))

    def _reply(self, reply: dict[str, Any]) -> None:
        try:
            self.channel.send(reply)
        except WireClosed:
            raise
        except WireError as error:
            too_large = Raised(("TooLarge",), f"what comes back can't be sent: {error}")
            self.channel.send(_as_data(Outcome(None, too_large, ()), ()))

    def _files(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Lay the submission's files into its folder; one that does not fit is left out."""
        left_out = []
        for name, content in asked["files"].items():
            target = self.folder / name
            try:
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(content.data)
            except OSError:
                left_out.append(name)
        return {"left_out": left_out}

    def _run(self, asked: dict[str, Any]) -> dict[str, Any]:
        self.shell.number = asked["number"]
        outputs = self.shell.run(asked["source"], asked["seconds"])
        # As one array of bytes: pictures are larger than anything else on the wire.
        text = json.dumps(outputs).encode()
        return {"outputs": np.frombuffer(text, np.uint8)}

    def _hold(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Keep what a name stands for now, for a check that comes after all cells."""
        name, space = asked["name"], self.shell.space
        self.held.pop(name, None)
        if name in space:
            self.held[name], self.around[name] = space[name], dict(space)
        return {}

    @contextlib.contextmanager
    def _as_held(self, asked: dict[str, Any]) -> Iterator[None]:
        """Let names stand for a while for what they stood for when a function was held.

        A later cell may use them for something else, or delete them: the helper of one
        exercise, and a loop's variable in the next.
        """
        if not asked["held"]:
            yield
            return
        space = self.shell.space
        now = dict(space)
        _replace(space, self.around[asked["name"]])
        try:
            yield
        finally:
            _replace(space, now)

    def _named(self, asked: dict[str, Any]) -> Any:
        return (self.held if asked["held"] else self.shell.space)[asked["name"]]

    def _look(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Say what a name stands for."""
        if asked["name"] not in (self.held if asked["held"] else self.shell.space):
            return {"kind": "missing"}
        value = self._named(asked)
        if isinstance(value, types.ModuleType):
            return {"kind": "module", "value": value.__name__}
        if callable(value):
            return {"kind": "function", "who": id(value)}
        return {"kind": "plain", "value": plain(value)}

    def _observe(self, asked: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """Give what came of one call after the other, until one had to be stopped."""
        function, seconds = self._named(asked), asked["seconds"]
        calls = decode(asked["calls"].data)
        right = {name: self._right_version(name) for name in asked["right"]}
        with (
            self._as_held(asked),
            self._back_in_service(asked["name"]),
            right_versions(function, right),
        ):
            if asked["given"]:
                yield _as_data(observe(function, calls[0], asked["given"], seconds), calls[0])
                return
            # The calls may be fewer than asked for: one that is stopped is the last.
            for args, outcome in zip(calls, observe_each(function, calls, seconds), strict=False):
                yield _as_data(outcome, args)
                self.answers.clear()

    def _right_version(self, name: str) -> Callable[..., Any]:
        """Make a function that has the judge answer."""

        def right_version(*args: Any, **kwargs: Any) -> Any:
            words = {k: plain(v) for k, v in kwargs.items()}
            told = self._answered(encode({"call": name, "args": plain(args), "kwargs": words}))
            if "kind" in told:
                kind = getattr(builtins, told["kind"], RuntimeError)
                raise kind(told["text"])
            return told["result"]

        right_version.__name__ = right_version.__qualname__ = name
        return right_version

    def _answered(self, call: bytes) -> dict[str, Any]:
        """Have the judge answer; the second of two equal calls gets the same once more."""
        if call not in self.answers:
            self.channel.put(call)
            answer = self.channel.take()
            if len(self.answers) == MOST_ANSWERS:
                self.answers.clear()
            self.answers[call] = answer
        told: dict[str, Any] = decode(self.answers[call])
        return told

    def _outside(self, asked: dict[str, Any]) -> dict[str, Any]:
        with self._as_held(asked):
            space = getattr(self._named(asked), "__globals__", {})
            return {"value": plain(space.get(asked["wanted"]))}

    def _others(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Say whether a name stands for something else than what the course gives."""
        with self._as_held(asked):
            return {"others": self._has_others(asked)}

    def _has_others(self, asked: dict[str, Any]) -> bool:
        space = getattr(self._named(asked), "__globals__", {})
        given = [sys.modules.get(name) for name in COURSE_MODULES]
        own = False
        for name in asked["names"]:
            if name in space:
                own |= all(space[name] is not getattr(one, name, None) for one in given)
            else:
                own |= asked["missing"]
        return bool(own)

    def _retire(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Let a function that was stopped once fail at once where cells call it."""
        text = asked["text"]

        def stopped(*_args: Any, **_kwargs: Any) -> Any:
            raise Stopped(text)

        function = self.shell.space.get(asked["name"])
        if isinstance(function, types.FunctionType):
            self.retired[asked["name"]] = (function, stopped)
            self._out_of_service(asked["name"])
        return {}

    def _out_of_service(self, name: str) -> None:
        function, stopped = self.retired[name]
        self.exchanged[name] = contextlib.ExitStack()
        self.exchanged[name].enter_context(answered_by(function, stopped))

    @contextlib.contextmanager
    def _back_in_service(self, name: str) -> Iterator[None]:
        """Let the judge call a retired function: with right helpers it may well end."""
        if name not in self.retired:
            yield
            return
        self.exchanged[name].close()
        try:
            yield
        finally:
            self._out_of_service(name)


def _as_data(outcome: Outcome, args: tuple[Any, ...]) -> dict[str, Any]:
    """Write an outcome for the wire; what the judge knows already is not sent again."""
    return {"outcome": _in_parts(outcome, args)}


def _in_parts(outcome: Outcome, args: tuple[Any, ...]) -> tuple[Any, ...]:
    error = None if outcome.error is None else asdict(outcome.error)
    after = None if outcome.after is args else outcome.after
    again: Any = outcome.again
    if again is not None:
        again = _repeats(again, outcome) or _in_parts(again, args)
    told = outcome.result, error, outcome.printed, after, again
    return *told, outcome.shared, outcome.tied


def _repeats(one: Outcome, other: Outcome) -> bool:
    """Say whether a second call came to the same as the first."""
    if one.error or other.error or one.printed != other.printed:
        return False
    unchanged = one.after is other.after or same(one.after, other.after)
    return unchanged and same(one.result, other.result)


def _replace(space: dict[str, Any], names: dict[str, Any]) -> None:
    space.clear()
    space.update(names)


def _at_home_in(folder: Path) -> None:
    """Let imports find the submission's files, and nothing of the place this was started from."""
    root = str(Path(autograder.__file__).resolve().parent.parent)
    sys.path[:] = [str(folder), *(p for p in sys.path if p not in ("", root))]
    sys.meta_path[:] = [f for f in sys.meta_path if not _is_editable(f)]
    sys.path_importer_cache.clear()
    autograder.__path__ = [str(folder / "autograder")]
    check.CHECKS_FILE = folder / "datasets" / "checks.h5"
    sys.dont_write_bytecode = True


def _is_editable(finder: Any) -> bool:
    """Say whether a finder leads to a checkout installed in place."""
    module = getattr(finder, "__module__", None) or type(finder).__module__
    return str(module).startswith("__editable__")


def serve(channel: Channel, shell: Shell, folder: Path) -> None:
    """Answer the judge until it hangs up, or this process is ended."""
    with contextlib.suppress(Exception):
        Child(channel, shell, folder).serve()
