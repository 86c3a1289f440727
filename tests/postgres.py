"""A PostgreSQL server of the tests' own, where one can be started."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

try:
    import pwd
except ImportError:  # Windows
    pwd = None

UNPRIVILEGED = ("postgres", "nobody")  # the server refuses to run as root
PLACES = "/usr/lib/postgresql/*/bin"  # Debian keeps initdb and pg_ctl off the search path


def _tool(name):
    found = shutil.which(name) or max(map(str, Path("/").glob(f"{PLACES[1:]}/{name}")), default="")
    return found or pytest.skip(f"PostgreSQL's {name} is not here")


def _user():
    """Give what subprocess needs to run as somebody who may start a server."""
    if pwd is None:
        pytest.skip("no PostgreSQL server on Windows")
    if os.getuid() != 0:
        return {}
    for name in UNPRIVILEGED:
        try:
            who = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": who.pw_uid, "group": who.pw_gid, "extra_groups": []}
    return pytest.skip("root can't start PostgreSQL, and there is no user to do it")


class Server:
    """A server that listens at a socket in a folder only; it asks nobody for a password."""

    def __init__(self, path: Path) -> None:
        self.path, self._as = path, _user()
        self._tools = {name: _tool(name) for name in ("initdb", "pg_ctl")}
        if self._as:
            os.chown(path, self._as["user"], self._as["group"])
        self._run("initdb", "-E", "UTF8", "--locale=C", "-A", "trust", "-U", "autograder", "-N")

    def _run(self, tool, *arguments):
        command = [self._tools[tool], "-D", str(self.path / "data"), *arguments]
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
            text=True, check=False, cwd=self.path, env={"PATH": os.environ["PATH"]}, **self._as,
        )  # fmt: skip
        if done.returncode != 0:
            pytest.skip(f"PostgreSQL's {tool} fails here: {' '.join(done.stderr.split())[:200]}")

    def start(self):
        how = f"-c listen_addresses='' -c unix_socket_directories='{self.path}' -c fsync=off"
        self._run("pg_ctl", "-w", "-o", how, "-l", str(self.path / "log"), "start")

    def stop(self):
        self._run("pg_ctl", "-m", "immediate", "stop")

    def url(self, database: str = "postgres", password: str = "kept%2Dsecret") -> str:
        """Give a database's URL, making the database if it isn't there."""
        import psycopg

        address = f"postgresql://autograder:{password}@/postgres?host={self.path}"
        with psycopg.connect(address, autocommit=True) as connection:
            there = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database])
            if there.fetchone() is None:
                connection.execute(f'CREATE DATABASE "{database}"')
        return f"postgresql+psycopg://autograder:{password}@/{database}?host={self.path}"


@contextmanager
def server() -> Iterator[Server]:
    """Start a server, or skip the test and say why."""
    with TemporaryDirectory(prefix="pg-", dir="/tmp") as folder:  # sockets have short names
        one = Server(Path(folder))
        one.start()
        try:
            yield one
        finally:
            one.stop()
