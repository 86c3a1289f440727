"""A submission's folder on disk, where no namespace gives it a small file system of its own."""

from __future__ import annotations

import os
import shutil
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path

from autograder.sandbox.limits import Limits

SECONDS_BETWEEN_LOOKS = 0.1


class Scratch:
    """A folder that is looked at while it is used, and removed afterwards.

    Parameters
    ----------
    limits : Limits
        How many files may lie in it, and their size together.
    on_excess : callable
        Called once, in another thread, when there is more.
    """

    def __init__(self, limits: Limits, on_excess: Callable[[], None]) -> None:
        self.path = Path(tempfile.mkdtemp(prefix="submission-"))
        self.exceeded = ""
        self._limits, self._on_excess = limits, on_excess
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def watch(self) -> None:
        """Begin to look."""
        self._thread.start()

    def remove(self) -> None:
        """Remove it with all that is in it."""
        self._closed.set()
        if self._thread.ident is not None:
            self._thread.join()
        shutil.rmtree(self.path, ignore_errors=True)

    def _watch(self) -> None:
        while not self._closed.wait(SECONDS_BETWEEN_LOOKS):
            if what := self._excess():
                self.exceeded = what
                self._on_excess()
                return

    def _excess(self) -> str:
        number, size = 0, 0
        folders = [str(self.path)]
        while folders:
            try:
                with os.scandir(folders.pop()) as entries:
                    for entry in entries:
                        number += 1
                        size += entry.stat(follow_symlinks=False).st_blocks * 512
                        if entry.is_dir(follow_symlinks=False):
                            folders.append(entry.path)
                        if number > self._limits.files:
                            return f"more than {self._limits.files} files were made"
            except OSError:  # gone meanwhile
                continue
        if size > self._limits.file_megabytes * 1_000_000:
            return f"files of more than {self._limits.file_megabytes} MB were made"
        return ""
