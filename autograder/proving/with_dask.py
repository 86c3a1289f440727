"""`autograder grade --scheduler` with a Dask cluster of its own, from its start to its end.

Started as ``python -m autograder.proving.with_dask WORKERS ARGUMENTS-OF-GRADE...``.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def main() -> None:
    """Start a scheduler and workers on this machine, mark, and end them."""
    from distributed import LocalCluster

    workers = int(sys.argv[1])
    with LocalCluster(
        n_workers=workers, threads_per_worker=1, processes=True, dashboard_address=None
    ) as cluster:
        command = [str(Path(sys.executable).parent / "autograder"), "grade", *sys.argv[2:]]
        code = subprocess.run(
            [*command, "--scheduler", cluster.scheduler_address], check=False
        ).returncode
    sys.exit(code)


if __name__ == "__main__":
    main()
