"""Whether nbgrader's formgrader opens on a marked class, and how long its pages take."""

from __future__ import annotations

import json
import os
import secrets
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

from autograder.errors import BenchError
from autograder.grading.classroom import ClassFolder
from autograder.proving.ways import BIN

LOCAL = "127.0.0.1"
START_SECONDS = 120.0
PAGE_SECONDS = 1800.0
# What a browser asks for when an instructor looks at a class; the tables come as JSON.
PAGES = {
    "the list of assignments": "api/assignments",
    "an assignment's submissions": "api/submissions/{assignment}",
    "a notebook's submissions": "api/submitted_notebooks/{assignment}/{assignment}",
    "the page of an assignment": "manage_submissions/{assignment}",
}


def opened(folder: ClassFolder, assignment: str, place: Path) -> dict[str, float]:
    """Open formgrader's pages; give the seconds that each takes.

    Raises
    ------
    BenchError
        If one of them does not come.
    """
    home = place / "home"
    home.mkdir(exist_ok=True)
    token = secrets.token_hex(16)
    command = [
        str(BIN / "jupyter-server"), "--no-browser", "--port=0", "--ServerApp.port_retries=0",
        f"--IdentityProvider.token={token}", "--allow-root", f"--ip={LOCAL}",
    ]  # fmt: skip
    env = os.environ | {"HOME": str(home), "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}
    with (place / "server.log").open("wb") as log, subprocess.Popen(
        command, cwd=folder.path, env=env, stdout=log, stderr=log
    ) as process:  # fmt: skip
        try:
            url = _url(process, home)
            return {
                name: _seconds(f"{url}formgrader/{page.format(assignment=assignment)}", token)
                for name, page in PAGES.items()
            }
        finally:
            process.terminate()


def _url(process: subprocess.Popen[bytes], home: Path) -> str:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        for info in home.rglob("jpserver-*.json"):
            try:
                found = json.loads(info.read_text())
                # The server writes the file before it listens.
                socket.create_connection((LOCAL, found["port"]), timeout=1.0).close()
            except (ValueError, OSError):  # it is being written, or nobody listens yet
                continue
            return str(found["url"])
        time.sleep(0.2)
    raise BenchError("jupyter-server did not start, so formgrader can't be looked at.")


def _seconds(url: str, token: str) -> float:
    request = urllib.request.Request(url, headers={"Authorization": f"token {token}"})
    begun = time.monotonic()
    try:
        with urllib.request.urlopen(request, timeout=PAGE_SECONDS) as reply:
            if not reply.read():
                raise BenchError(f"Formgrader's {url} is empty.")
    except (urllib.error.URLError, TimeoutError) as error:
        raise BenchError(f"Formgrader's {url} does not open: {error}") from error
    return round(time.monotonic() - begun, 2)
