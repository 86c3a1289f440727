"""Put off what takes long when a command starts and is hardly ever needed.

- `jsonschema`, which reads notebooks' schema, imports a grammar of internet addresses that is
  built anew in every process and takes as long as marking several submissions. It is used only
  where a schema asks for the format "iri", which notebooks' does not.
- `import nbgrader` loads its extensions of Jupyter's web server, and the exchange with them.
- nbgrader takes three functions, for unpacking what was collected, from all of setuptools; and
  its login by JupyterHub, which a class folder does without, loads `requests`.
- nbconvert loads a web server, to show slides, and by way of bs4 the grammar of CSS selectors.

A stand-in takes the place of each, which loads the real module when it is first called.
What does come in stays, so looking for garbage among it only takes time.
"""

from __future__ import annotations

import gc
import importlib
import importlib.util
import os
import sys
import types
from collections.abc import Callable
from typing import Any

# New objects before garbage is looked for, then rounds of that. Pythons differ in the usual ones.
WHILE_STARTING, USUAL = (100_000, 10, 10), gc.get_threshold()
EXTENSIONS = ("assignment_list", "course_list", "validate_assignment", "formgrader")
LATE = {
    "rfc3987_syntax": ("is_valid_syntax",),
    "rfc3986_validator": ("validate_rfc3986",),
    "setuptools.archive_util": ("unpack_archive", "unpack_tarfile", "unpack_zipfile"),
    "nbconvert.postprocessors.serve": ("ServePostProcessor",),
    "requests": (),
    "soupsieve": (),
} | {f"nbgrader.server_extensions.{n}": ("load_jupyter_server_extension",) for n in EXTENSIONS}


class _Later(types.ModuleType):
    """Stands for a module until something of it is used.

    Parameters
    ----------
    name : str
        The module's name.
    functions : tuple of str
        What may be taken from it without loading it. None for a package of which nothing is
        taken at first.
    """

    def __init__(self, name: str, functions: tuple[str, ...]) -> None:
        super().__init__(name)
        self._package = not functions
        for function in functions:
            setattr(self, function, self._called_later(function))

    def _called_later(self, function: str) -> Callable[..., Any]:
        def later(*args: Any, **kwargs: Any) -> Any:
            return getattr(self._real(), function)(*args, **kwargs)

        return later

    def _real(self) -> types.ModuleType:
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        return importlib.import_module(self.__name__)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and not (self._package and name == "__path__"):
            raise AttributeError(name)
        return getattr(self._real(), name)


def put_off() -> None:
    """Let these modules be loaded only when they are used; before anything imports them."""
    # A judge has no threads, and is a fork of this process.
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    gc.set_threshold(*WHILE_STARTING)
    for name, functions in LATE.items():
        top = name.partition(".")[0]
        if name not in sys.modules and importlib.util.find_spec(top) is not None:
            sys.modules[name] = _Later(name, functions)


def collect_as_usual() -> None:
    """Look for garbage as often as Python does: what is done for hours must not grow.

    What came in until now stays, and is not looked through.
    """
    gc.freeze()
    gc.set_threshold(*USUAL)
