"""IPython as a notebook sees it, with an `Outputs` in the place of kernel and browser."""

from __future__ import annotations

import atexit
import contextlib
import importlib
import io
import os
import pdb
import sys
import zlib
from collections.abc import Iterator
from typing import Any, NoReturn

import matplotlib
from IPython.core import debugger, interactiveshell, page
from IPython.core.autocall import ZMQExitAutocall
from IPython.core.compilerop import CachingCompiler
from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.error import StdinNotImplementedError, UsageError
from IPython.core.interactiveshell import InteractiveShell
from IPython.core.profiledir import ProfileDir
from IPython.core.pylabtools import activate_matplotlib
from IPython.utils.text import LSString, SList
from traitlets import Instance, Type, default
from traitlets.config import Config

from autograder import clock
from autograder.clock import TooSlow
from autograder.sandbox.outputs import STREAMS, Outputs
from autograder.sandbox.quick import Transformers, remember_styles, without_module

INLINE = "module://matplotlib_inline.backend_inline"
PYPLOT = "matplotlib.pyplot"
# As ipykernel sets them: colours, pagers and plots depend on these.
ENVIRONMENT = {
    "TERM": "xterm-color",
    "CLICOLOR": "1",
    "FORCE_COLOR": "1",
    "CLICOLOR_FORCE": "1",
    "PAGER": "cat",
    "GIT_PAGER": "cat",
    "MPLBACKEND": INLINE,
}
OURS = clock.__file__.removesuffix("clock.py")  # this package's folder
NO_INPUT = "{} was called, but this frontend does not support input requests."


def make_ipython(outputs: Outputs) -> Any:
    """Make the one IPython of this process: no threads, no files, nothing of the user's."""
    config = Config()
    config.HistoryManager.enabled = False
    config.HistoryManager.hist_file = ":memory:"
    config.IPKernelApp.tqdm = "notebook"  # by this name libraries know a notebook
    remember_styles()
    interactiveshell.PickleShareDB = lambda _: {}  # older versions make a folder at once
    ipython = ZMQInteractiveShell.instance(config=config)
    ipython.outputs = outputs
    atexit.unregister(ipython.atexit_operations)
    ipython.extension_manager.load_extension("storemagic")
    pdb.set_trace = debugger.set_trace  # as in a kernel
    sys.breakpointhook = lambda *_, **__: None  # the same: nobody is there to debug
    # Figures are shown at the end of a cell, as a kernel does without being asked.
    matplotlib.rcdefaults()
    if PYPLOT in sys.modules:
        activate_matplotlib(INLINE)
        _inline_backend().configure_inline_support(ipython, INLINE)
    else:  # it takes longer than all else here; a notebook's first figure does the same
        matplotlib.use(INLINE)
    return ipython


def forget(ipython: Any) -> None:
    """Take back what an IPython changed in the process, so that another can be made."""
    if PYPLOT in sys.modules:
        sys.modules[PYPLOT].uninstall_repl_displayhook()
    ipython.restore_sys_module_state()
    ZMQInteractiveShell.clear_instance()
    importlib.import_module("matplotlib_inline.config").InlineBackend.clear_instance()
    _inline_backend().configure_inline_support.current_backend = "unset"
    for name in ("last_type", "last_value", "last_traceback", "last_exc"):
        vars(sys).pop(name, None)


def _inline_backend() -> Any:
    return importlib.import_module("matplotlib_inline.backend_inline")


class OutStream(io.TextIOBase):
    """What ``sys.stdout`` and ``sys.stderr`` are in a cell; named as in ipykernel.

    Text that goes past them to the file descriptors 1 and 2 (``os.write(1, ...)``, C code)
    is not caught: in a sandbox it goes to /dev/null.
    """

    encoding = "UTF-8"

    def __init__(self, name: str, outputs: Outputs) -> None:
        self.name, self._outputs = name, outputs

    def write(self, text: str) -> int:
        """Write; what exceeds the cell's limit is dropped."""
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text)}")
        self._outputs.write(self.name, text)
        return len(text)

    def flush(self) -> None:
        """Put what was written among the outputs, before whatever comes next."""
        self._outputs.flush(self.name)

    def close(self) -> None:
        """Stay open: later cells write here too."""
        self.flush()

    def writable(self) -> bool:
        """Say yes."""
        return True

    def fileno(self) -> int:
        """Give the descriptor behind the stream; what is written there is not caught."""
        return STREAMS.index(self.name) + 1


def flush_streams() -> None:
    """Let what was printed come before what is shown now."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):  # it may be a student's
            stream.flush()


class _Publisher(DisplayPublisher):  # type: ignore[misc]
    """Takes what ``display`` shows."""

    def publish(
        self,
        data: Any,
        metadata: Any = None,
        *,
        transient: Any = None,
        update: bool = False,
        **_: Any,
    ) -> None:
        flush_streams()
        self._validate_data(data, metadata)
        shown_as = (transient or {}).get("display_id")
        shown_as = None if shown_as is None else str(shown_as)
        self.shell.outputs.display(data, metadata, shown_as, update=bool(update))

    def clear_output(self, wait: bool = False) -> None:
        flush_streams()
        self.shell.outputs.clear(wait=bool(wait))


class _ResultHook(DisplayHook):  # type: ignore[misc]
    """Takes the value of a cell's last line."""

    def start_displayhook(self) -> None:
        pass

    def write_output_prompt(self) -> None:
        pass

    def write_format_data(self, format_dict: Any, md_dict: Any = None) -> None:
        flush_streams()
        self.shell.outputs.result(int(self.prompt_count), format_dict, md_dict)

    def log_output(self, format_dict: Any) -> None:
        pass  # a second copy in memory, for a history that nobody reads

    def finish_displayhook(self) -> None:
        flush_streams()


class _Compiler(CachingCompiler):  # type: ignore[misc]
    """Names cells as ipykernel does, but the same in every run."""

    def get_code_name(self, raw_code: str, transformed_code: str, number: int) -> str:
        code = zlib.crc32(raw_code.encode("utf-8", "replace"))
        name = f"/tmp/ipykernel/{code}.py"
        without_module(name)
        return name


class ZMQInteractiveShell(InteractiveShell):  # type: ignore[misc]
    """IPython without terminal and user, under the name by which rich knows a notebook."""

    display_pub_class = Type(_Publisher)
    displayhook_class = Type(_ResultHook)
    compiler_class = Type(_Compiler)
    input_transformer_manager = Instance(Transformers, ())
    db: dict[str, Any] = {}  # noqa: RUF012
    outputs: Outputs

    def init_environment(self) -> None:
        """Set what ipykernel sets."""
        os.environ.update(ENVIRONMENT)

    def init_ipython_dir(self, ipython_dir: Any) -> None:
        """Leave the user's home alone."""

    def init_profile_dir(self, profile_dir: Any) -> None:
        """Have one without a place, and keep in memory what %store stores."""
        self.profile_dir = ProfileDir()

    def init_virtualenv(self) -> None:
        """Leave sys.path as it is."""

    def init_hooks(self) -> None:
        """Drop what a pager would show, as nbclient does."""
        super().init_hooks()
        self.set_hook("show_in_pager", page.as_hook(lambda *_, **__: None), 99)

    @default("exiter")  # type: ignore[untyped-decorator]
    def _make_exiter(self) -> Any:
        return ZMQExitAutocall(self)

    def ask_exit(self) -> NoReturn:
        """Let ``exit()`` end the cell; there is no kernel to end."""
        raise SystemExit

    @contextlib.contextmanager
    def _tee(self, channel: str) -> Iterator[None]:
        yield  # IPython would keep a second copy of all that is printed

    def _format_exception_for_storage(self, *_: Any, **__: Any) -> dict[str, Any]:
        return {}  # the same: every traceback would be made twice

    def enable_matplotlib(self, gui: Any = None) -> Any:
        """Show plots inline, whatever else was asked for."""
        return super().enable_matplotlib(gui if gui == "agg" else "inline")

    def enable_gui(self, gui: Any = None) -> None:
        """Refuse windows."""
        if gui not in (None, "inline"):
            raise UsageError(f"There is no screen for {gui!r} here.")

    def should_run_async(self, raw_cell: str, **more: Any) -> bool:
        """Compile a cell to find out only if it may be so."""
        possible = "await" in raw_cell or "async" in raw_cell
        return possible and bool(super().should_run_async(raw_cell, **more))

    def system(self, cmd: str) -> None:
        """Say that ``!command`` is not run."""
        print(f"Not run: {cmd}\nNo other programs run while work is marked.", file=sys.stderr)
        self.user_ns["_exit_code"] = 1

    system_piped = system_raw = system

    def getoutput(self, cmd: str, split: bool = True, depth: int = 0) -> Any:
        """Say that ``x = !command`` is not run."""
        self.system(cmd)
        return SList() if split else LSString()

    def _get_exc_info(self, exc_tuple: Any = None) -> Any:
        kind, error, trace = super()._get_exc_info(exc_tuple)
        if kind is TooSlow:
            error.args = (too_slow(error),)
        return kind, error, _without_our_end(trace)

    def _showtraceback(self, etype: Any, evalue: Any, stb: Any) -> None:
        flush_streams()
        self.outputs.error(str(etype.__name__), str(evalue), stb)


def too_slow(error: TooSlow) -> str:
    """Say it as it is said of a cell."""
    told = str(error).removesuffix(".")
    return told.replace("not at an end after", "This cell did not come to an end in") + "."


def _without_our_end(trace: Any) -> Any:
    """Cut a traceback where it goes on in this package: that is nothing a student wrote."""
    frame = trace
    while frame is not None and frame.tb_next is not None:
        if frame.tb_next.tb_frame.f_code.co_filename.startswith(OURS):
            frame.tb_next = None
        frame = frame.tb_next
    return trace


def no_input(prompt: object = "") -> NoReturn:
    """Refuse as a kernel does whose frontend can't ask."""
    raise StdinNotImplementedError(NO_INPUT.format("raw_input"))


def no_password(prompt: str = "", stream: Any = None) -> NoReturn:
    """Refuse as a kernel does whose frontend can't ask."""
    raise StdinNotImplementedError(NO_INPUT.format("getpass"))
