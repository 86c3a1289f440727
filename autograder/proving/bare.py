"""The floor of marking: a class's own cells, run in forks of one warm process, and no more.

There is no isolation, no judging, and nothing is written. Checks are left out, or run as
students see them: ``--checks``. Prints one line of JSON: the processor seconds of each fork,
and of this process beside starting up.

Started as ``python -m autograder.proving.bare CLASS ASSIGNMENT [--checks]``.
"""

from __future__ import annotations

import gc
import json
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

# As warm as the process that the sandboxes are forked from.
import h5py  # noqa: F401

from autograder.course import NOT_RUN
from autograder.sandbox.limits import Limits
from autograder.sandbox.shell import Shell, rehearsed


def main() -> None:
    """Run everybody's cells."""
    folder, assignment, checks = Path(sys.argv[1]).resolve(), sys.argv[2], sys.argv[3:] != []
    shell = rehearsed(Shell())
    os.chdir(folder / "release" / assignment)  # where the helper files lie
    sys.path.insert(0, str(Path.cwd()))
    gc.freeze()
    begun = time.process_time()
    forks = [in_fork(shell, cells) for cells in submissions(folder, assignment, checks)]
    print(json.dumps({"forks": forks, "here": time.process_time() - begun}))


def submissions(folder: Path, assignment: str, checks: bool = False) -> Iterator[list[str]]:
    """Give the cells of each submission that are run, checks too if they are wanted."""
    for path in sorted(folder.glob(f"submitted/*/{assignment}/{assignment}.ipynb")):
        cells = [cell | {"source": "".join(cell["source"])} for cell in _cells(path)]
        yield [cell["source"] for cell in cells if _is_run(cell, checks)]


def _cells(path: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(path.read_bytes())["cells"]
    return found


def _is_run(cell: dict[str, Any], checks: bool) -> bool:
    check = cell["metadata"].get("nbgrader", {}).get("grade") and not checks
    return cell["cell_type"] == "code" and not check and not cell["source"].startswith(NOT_RUN)


def in_fork(shell: Shell, cells: list[str]) -> float:
    """Run cells in a fork of this process; give its processor seconds."""
    pid = os.fork()
    if pid == 0:
        try:
            for source in cells:
                shell.run(source, Limits.seconds_per_cell)
        finally:
            os._exit(0)
    usage = os.wait4(pid, 0)[2]
    return usage.ru_utime + usage.ru_stime


if __name__ == "__main__":
    main()
