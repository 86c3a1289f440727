"""Lay strange things into the folder that is handed in."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path

from autograder.proving.attacks.model import Places, Prepare
from autograder.proving.attacks.notebooks import ASSIGNMENT

NOTEBOOK = f"{ASSIGNMENT}.ipynb"


def grow(folder: Path, places: Places) -> None:
    """Make the notebook 200 MB large, with holes, so that no disk is filled."""
    os.truncate(folder / NOTEBOOK, 200_000_000)


def instead(make: Callable[[Path, Places], object]) -> Prepare:
    """Put something else where the notebook is."""

    def prepare(folder: Path, places: Places) -> None:
        (folder / NOTEBOOK).unlink()
        make(folder / NOTEBOOK, places)

    return prepare


def socket_file(path: Path, _: Places) -> None:
    """Make a socket in place of a file."""
    here = Path.cwd()
    os.chdir(path.parent)  # the names of sockets are short
    try:
        with socket.socket(socket.AF_UNIX) as one:
            one.bind(path.name)
    finally:
        os.chdir(here)


def no_files(folder: Path, places: Places) -> None:
    """Lay a pipe, a socket, an endless device and a dead link beside the notebook."""
    os.mkfifo(folder / "pipe.csv")
    socket_file(folder / "socket.csv", places)
    if os.geteuid() == 0:
        os.mknod(folder / "endless.csv", 0o20666, os.makedev(1, 5))
    (folder / "dead.csv").symlink_to("nowhere")
    (folder / "itself.csv").symlink_to("itself.csv")


def strange_names(folder: Path, _: Places) -> None:
    """Lay files with names that shells and tools stumble over."""
    names = [b"\xff\xfe.txt", b"new\nline.txt", b"\x1b[2Jclear.txt", b"-rf", b"$(touch x)",
             b"`id`", b"%s%n{0}", b"a" * 250, "\u202etxt.exe".encode(), b" ", b"con", b"a\\b",
             b"..%2f..%2fevil", b"nbgrader_config.py", b"timestamp.txt.txt"]  # fmt: skip
    for name in names:
        with open(os.fsencode(folder) + b"/" + name, "wb") as file:  # noqa: PTH123  no text
            file.write(b"x")


def deep_folders(folder: Path, _: Places) -> None:
    """Nest folders as deep as names may be long."""
    here = folder
    for _number in range(60):
        here = here / ("d" * 40)
        here.mkdir()
    (here / "bottom.txt").write_text("x", encoding="utf-8")


def many_files(folder: Path, _: Places) -> None:
    """Lay 3000 files, and one of 3 GB with holes."""
    for number in range(3000):
        (folder / f"file-{number}.txt").write_text("x", encoding="utf-8")
    with (folder / "large.bin").open("wb") as file:
        file.truncate(3_000_000_000)


def closed(folder: Path, _: Places) -> None:
    """Lay a file and a folder that may not be opened."""
    (folder / "closed").mkdir()
    (folder / "closed" / "file.txt").write_text("x", encoding="utf-8")
    (folder / "closed.txt").write_text("x", encoding="utf-8")
    (folder / "closed.txt").chmod(0)
    (folder / "closed").chmod(0)


def timestamp(folder: Path, _: Places) -> None:
    """Lay a time stamp that is no time."""
    (folder / "timestamp.txt").write_text("once upon a time \x00", encoding="utf-8")


def second_notebooks(folder: Path, _: Places) -> None:
    """Lay notebooks with names like the right one."""
    for name in ("Step-By-Step.ipynb", "step-by-step.ipynb.ipynb", ".ipynb", "..ipynb"):
        (folder / name).write_text("{}", encoding="utf-8")


def renamed(name: str) -> Prepare:
    """Give the notebook another name."""

    def prepare(folder: Path, _: Places) -> None:
        (folder / NOTEBOOK).rename(folder / name)

    return prepare


def link_folder(folder: Path, places: Places) -> None:
    """Put a link to another student's folder in place of this one."""
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()
    folder.symlink_to(Path(places["submitted"]).parent)
