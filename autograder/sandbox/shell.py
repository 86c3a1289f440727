"""A shell that runs a notebook's cells without a kernel and gives their outputs.

It is made once, in the warm process; forks of it run the cells.
"""

from __future__ import annotations

import asyncio
import builtins
import contextlib
import getpass
import io
import selectors
import sys
from pathlib import Path
from typing import Any

from autograder.clock import TooSlow, at_most
from autograder.sandbox.ipython import (
    OutStream,
    forget,
    make_ipython,
    no_input,
    no_password,
    too_slow,
)
from autograder.sandbox.outputs import STREAMS, Output, Outputs

# What notebooks do: each is slow the first time only.
REHEARSAL = (
    "import numpy as np\nprint(np.arange(3))\nnp.eye(2)",
    "1 / 0",
    "def f(:",
    "print?",
    "%matplotlib inline\n%time 1\n%timeit -n1 -r1 1\n%load_ext autoreload",
    "%%time\n1",
    "%%capture\n1",
    "import asyncio\nawait asyncio.sleep(0)",
    # Small: drawing a large one takes longer than it saves.
    "import matplotlib.pyplot as plt\nplt.figure(figsize=(1, 1), dpi=20)\n"
    "plt.plot([1, 2], label='$x^2$')\nplt.title('now')",
)


def rehearsed(shell: Shell) -> Shell:
    """Make of a shell one in which nothing happens for the first time, so its forks are quick.

    It takes as long as marking a submission, so it pays from the second one on. What cells
    leave is the same.
    """
    for source in REHEARSAL:
        shell.run(source)
    shell.discard()
    return Shell(shell.output_bytes)


class Shell:
    """Runs cells as a Jupyter kernel does; only one can exist at a time.

    What is written to the file descriptors 1 and 2 directly (``os.write``, C code) is not
    caught. The random state is left alone.

    Parameters
    ----------
    output_bytes : int
        What one cell may print or show; see `Outputs`.
    """

    def __init__(self, output_bytes: int = 2_000_000) -> None:
        self._outputs = Outputs(output_bytes)
        self._ipython = make_ipython(self._outputs)
        nothing = io.TextIOWrapper(io.BytesIO(), "utf-8")
        self._streams: tuple[Any, ...] = (
            nothing,
            *(OutStream(name, self._outputs) for name in STREAMS),
        )
        self._loop = _Loop()
        self._stuck: list[asyncio.Task[Any]] = []
        self._at_home = False

    @property
    def space(self) -> dict[str, Any]:
        """The student's global names, those of ``__main__``."""
        space: dict[str, Any] = self._ipython.user_ns
        return space

    @property
    def number(self) -> int:
        """The execution count that the next cell gets."""
        return int(self._ipython.execution_count)

    @number.setter
    def number(self, value: int) -> None:
        self._ipython.execution_count = value
        history = self._ipython.history_manager
        for cells in (history.input_hist_parsed, history.input_hist_raw):
            cells.extend([""] * (value - len(cells)))  # so that In[5] is cell 5

    @property
    def output_bytes(self) -> int:
        """What one cell may print or show."""
        return self._outputs.output_bytes

    @output_bytes.setter
    def output_bytes(self, value: int) -> None:
        self._outputs.output_bytes = value

    def run(self, source: str, seconds: float = 0.0) -> list[Output]:
        """Run a cell.

        Parameters
        ----------
        source : str
            Its text.
        seconds : float
            Wall time after which `TooSlow` is raised in it; 0 for as long as it likes.

        Returns
        -------
        outputs : list of dict
            As in a notebook's file, plain JSON data. Whatever is raised is among them.
        """
        if not source.strip():
            return []
        if not self._at_home:
            self._at_home = True  # it was made in another folder
            with contextlib.suppress(OSError):
                self._ipython.history_manager.dir_hist[:] = [Path.cwd()]
        self._outputs.begin()
        outside = sys.stdin, sys.stdout, sys.stderr
        asking = builtins.input, getpass.getpass
        sys.stdin, sys.stdout, sys.stderr = self._streams
        builtins.input, getpass.getpass = no_input, no_password
        try:
            with at_most(seconds):
                result = self._execute(source)
            for error in (result.error_before_exec, result.error_in_exec):
                if error is not None and not self._outputs.tell_failure():
                    raise error  # a student's patch kept IPython from showing it
        except BaseException as error:  # what IPython itself did not catch
            self._outputs.flush()
            self._outputs.error(*_in_words(error))
        finally:
            builtins.input, getpass.getpass = asking
            self._streams = sys.stdin, sys.stdout, sys.stderr
            sys.stdin, sys.stdout, sys.stderr = outside
        return self._outputs.end()

    def _execute(self, source: str) -> Any:
        if "await" in source or "async" in source:
            cell = None
            with contextlib.suppress(Exception):  # IPython shows it, below
                cell = self._ipython.transform_cell(source)
            if cell and self._ipython.should_run_async(source, transformed_cell=cell):
                return self._execute_async(source, cell)
        # As in a kernel, where every cell runs inside a loop: `asyncio.run` is refused.
        asyncio._set_running_loop(self._loop)
        try:
            return self._ipython.run_cell(source, store_history=True)
        finally:
            asyncio._set_running_loop(None)

    def _execute_async(self, source: str, cell: str) -> Any:
        """Run a cell that awaits something."""
        task = self._loop.create_task(self._awaiting(source, cell))
        try:
            return self._loop.run_until_complete(task)
        except BaseException:
            # It hangs there. Kept: on its way out it would write to other cells' outputs.
            self._stuck.append(task)
            self._loop = _Loop()
            raise

    async def _awaiting(self, source: str, cell: str) -> Any:
        result, events = None, self._ipython.events
        try:
            result = await self._ipython.run_cell_async(
                source, store_history=True, transformed_cell=cell
            )
        finally:
            events.trigger("post_execute")
            events.trigger("post_run_cell", result)
        return result

    def discard(self) -> None:
        """Take back what making this shell changed in the process."""
        forget(self._ipython)


class _Loop(asyncio.SelectorEventLoop):
    """An event loop without file descriptors: it survives a fork, and no sandbox refuses it."""

    def __init__(self) -> None:
        super().__init__(_Selector())

    def _make_self_pipe(self) -> None:
        self._csock = None

    def _close_self_pipe(self) -> None:
        pass

    def is_running(self) -> bool:
        """Say yes in every cell: see `Shell._execute`."""
        return asyncio._get_running_loop() is self or super().is_running()

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        """Let `TooSlow` through, which a loop would only log."""
        error = context.get("exception")
        if type(error) is TooSlow:
            raise error
        super().call_exception_handler(context)


class _Selector(selectors.SelectSelector):
    """Looks up often, as no thread can wake it."""

    def select(self, timeout: float | None = None) -> Any:
        return super().select(0.01 if timeout is None else min(timeout, 0.01))


def _in_words(error: BaseException) -> tuple[str, str, list[str]]:
    """Describe an exception; its class may be a student's."""
    try:
        name = str(type(error).__name__)
        text = too_slow(error) if isinstance(error, TooSlow) else str(error)
    except BaseException:
        name, text = "Error", "An error that could not be shown."
    return name, text, [f"{name}: {text}"]
