"""Put off what takes long when a command starts and is hardly ever needed.

`jsonschema`, which reads notebooks' schema, imports a grammar of internet addresses that is
built anew in every process and takes as long as marking several submissions. It is used
only where a schema asks for the format "iri", which notebooks' does not. So a stand-in
takes its place, which loads the real module when it is first called.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
import types
from typing import Any

GRAMMAR = "rfc3987_syntax"


class _Later(types.ModuleType):
    """Stands for a module until something of it is used."""

    def real(self) -> types.ModuleType:
        """Load the module that this stands for."""
        if sys.modules.get(GRAMMAR) is self:
            del sys.modules[GRAMMAR]
        return importlib.import_module(GRAMMAR)

    def is_valid_syntax(self, term: str, value: str) -> Any:
        """Say whether a text is an address of some kind; by the real module."""
        return self.real().is_valid_syntax(term, value)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(self.real(), name)


def put_off_grammar() -> None:
    """Let the grammar be loaded only when it is used; before jsonschema is imported."""
    if GRAMMAR not in sys.modules and importlib.util.find_spec(GRAMMAR) is not None:
        sys.modules[GRAMMAR] = _Later(GRAMMAR)
