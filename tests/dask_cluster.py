"""A small Dask cluster of processes that a test starts and kills."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent


class DaskCluster:
    """A scheduler, and workers as a test asks for them."""

    def __init__(self, folder: Path, **env: str) -> None:
        self._env = os.environ | {
            "PYTHONPATH": f"{HERE.parent}{os.pathsep}{HERE}",
            "DASK_FOLDER": str(folder),
            **env,
        }
        self._scheduler, self.address = self._started("scheduler")
        self.workers: dict[str, subprocess.Popen[str]] = {}

    def _started(self, *about: str) -> tuple[subprocess.Popen[str], str]:
        process = self._begun(*about)
        return process, process.stdout.readline().strip()

    def _begun(self, *about: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-W", "ignore", HERE / "dask_process.py", *about],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=self._env,
        )  # fmt: skip

    def add(self, *kinds: str, threads: int = 1) -> list[str]:
        """Start workers, one of each kind, and give their addresses."""
        begun = [self._begun("worker", self.address, str(threads), kind) for kind in kinds]
        addresses = [process.stdout.readline().strip() for process in begun]
        assert all(addresses), "a worker did not start"
        self.workers |= dict(zip(addresses, begun, strict=True))
        return addresses

    def kill(self, address: str, how: signal.Signals = signal.SIGKILL) -> None:
        self.workers[address].send_signal(how)

    def remove(self, address: str) -> None:
        _end(self.workers.pop(address))

    def remove_workers(self) -> None:
        for process in self.workers.values():
            _end(process)
        self.workers.clear()

    def end_scheduler(self) -> None:
        _end(self._scheduler)

    def close(self) -> None:
        self.remove_workers()
        self.end_scheduler()


def _end(process: subprocess.Popen[str]) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.kill()
    process.wait()
    process.stdout.close()
