"""Landlock: the kernel's guard over files, which any process can put on itself.

`landlockpy` knows which rights a kernel's Landlock has, and asks for no others.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from pathlib import Path
from typing import TypeAlias

from autograder.sandbox import filetree

try:
    from landlockpy import AccessFS, LandlockError, RestrictFlag, Ruleset, Scope, abi_version
except ImportError:
    INSTALLED = False
else:
    INSTALLED = True
    _READ_FILE = AccessFS.READ_FILE
    # EXECUTE is for starting programs; Python's libraries need it not.
    _READ = AccessFS.READ_FILE | AccessFS.READ_DIR
    _OWN = (
        _READ | AccessFS.WRITE_FILE | AccessFS.TRUNCATE | AccessFS.REFER
        | AccessFS.MAKE_REG | AccessFS.MAKE_DIR | AccessFS.MAKE_SYM
        | AccessFS.REMOVE_FILE | AccessFS.REMOVE_DIR
    )  # fmt: skip
    _OUTSIDE = Scope.SIGNAL | Scope.ABSTRACT_UNIX_SOCKET

Rule: TypeAlias = "tuple[str, AccessFS]"  # a folder or file, and what may be done below it


def abi() -> int:
    """Give the version of the kernel's Landlock, 0 if it has none or the package is missing."""
    if not INSTALLED:
        return 0
    try:
        return abi_version()
    except LandlockError:  # refused, say by a container's profile
        return 0


def missing() -> str:
    """Say why there is no Landlock, or nothing if there is one."""
    if not INSTALLED:
        return "the Python package landlockpy is missing"
    return "" if abi() else "the kernel has no Landlock, or it is turned off"


def readable(whole: Sequence[Path], listed: Sequence[Path]) -> list[Rule]:
    """Prepare the rules that are the same for every child.

    Parameters
    ----------
    whole : sequence of Path
        Trees and files to read.
    listed : sequence of Path
        Folders to list, see `filetree.around`.
    """
    if not INSTALLED:
        return []
    files = [Path(name) for name in (*filetree.FILES, *filetree.DEVICES)]
    rules = [(str(p), _READ if p.is_dir() else _READ_FILE) for p in (*whole, *files) if p.exists()]
    return [*rules, *((str(p), AccessFS.READ_DIR) for p in listed)]


def restrict(rules: Sequence[Rule], folder: Path) -> None:
    """Allow this process to read some trees, to write its own folder, and nothing else.

    No TCP either, no signals to processes outside, no abstract unix sockets. Needs
    `no_new_privileges` first.

    Parameters
    ----------
    rules : sequence of Rule
        From `readable`.
    folder : Path
        The submission's own.
    """
    with Ruleset(scoped=_OUTSIDE) as ruleset:
        for path, access in rules:
            with contextlib.suppress(FileNotFoundError):  # it was there when this was prepared
                ruleset.allow_path(path, access)
        ruleset.allow_path("/dev/null", AccessFS.WRITE_FILE)
        ruleset.allow_path(folder, _OWN)
        # What is refused is not logged: a loop could fill the machine's log.
        ruleset.restrict(RestrictFlag.LOG_SAME_EXEC_OFF, no_new_privs=False)
