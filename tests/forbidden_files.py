"""Attempts on files and the network."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path

from tries import FORBIDDEN, FORBIDDEN_IN_OWN_TREE, HIDDEN, OUTSIDE, PACKAGE, SECRET, among, each

# --- files outside -------------------------------------------------------------------------


@among(FORBIDDEN)
def read_outside() -> object:
    return SECRET.read_text()


@among(FORBIDDEN)
def list_outside() -> object:
    return [p.name for p in OUTSIDE.iterdir()]


@among(FORBIDDEN)
def read_the_machine() -> object:
    files = ("/etc/passwd", "/etc/shadow", "/etc/hostname", "/root/.bashrc", "/proc/cpuinfo")
    return each(*(Path(file).read_bytes for file in files))


@among(FORBIDDEN)
def read_environments() -> object:
    numbers = ("self", "1", os.getppid(), os.getpid())
    return each(*(Path(f"/proc/{number}/environ").read_bytes for number in numbers))


@among(FORBIDDEN)
def read_the_answers() -> object:
    return each(
        (PACKAGE / "exercises" / "__init__.py").read_bytes,
        lambda: list((PACKAGE / "exercises").iterdir()),
    )


@among(FORBIDDEN)
def read_hidden_among_pythons_own() -> object:
    return (HIDDEN / "__init__.py").read_bytes()


@among(FORBIDDEN_IN_OWN_TREE)
def list_hidden() -> object:
    if names := [p.name for p in HIDDEN.iterdir()]:
        return names
    raise OSError("empty")


@among(FORBIDDEN_IN_OWN_TREE)
def see_that_a_file_exists() -> object:
    return each(SECRET.stat, Path("/proc").stat, Path("/sys").stat, (PACKAGE / "judge.py").stat)


@among(FORBIDDEN)
def write_outside() -> object:
    places = (OUTSIDE, "/", "/tmp", "/var/tmp", "/dev", "/dev/shm", "/etc", "/usr/lib", "/run")
    places += (sys.prefix + "/lib", str(HIDDEN), str(Path.cwd().parent))
    return each(*(lambda p=p: Path(p, f"made-{os.getpid()}").touch() for p in places))


@among(FORBIDDEN)
def change_outside() -> object:
    own_file = Path(os.__file__)  # an ordinary user may own Python
    return each(
        lambda: SECRET.write_text("changed"),
        lambda: os.truncate(SECRET, 0),
        lambda: SECRET.chmod(0o640),
        lambda: os.chown(SECRET, os.getuid(), os.getgid()),
        lambda: os.utime(SECRET),
        lambda: os.setxattr(SECRET, "user.x", b"x"),
        lambda: os.link(SECRET, "linked"),
        lambda: SECRET.rename(OUTSIDE / "moved.txt"),
        SECRET.unlink,
        lambda: os.mkfifo(OUTSIDE / "fifo"),
        lambda: own_file.chmod(own_file.stat().st_mode),
        lambda: os.utime(own_file),
    )


@among(FORBIDDEN)
def read_through_a_link() -> object:
    Path("link").symlink_to(SECRET)
    return Path("link").read_bytes()


# --- network -------------------------------------------------------------------------------


@among(FORBIDDEN)
def open_a_socket() -> object:
    kinds = [
        (family, kind)
        for family in (socket.AF_INET, socket.AF_INET6, socket.AF_UNIX, 16, 38, 40)
        for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_RAW)
    ]
    return each(*(lambda k=k: socket.socket(*k).close() for k in kinds))


@among(FORBIDDEN)
def send_a_datagram() -> object:
    pair = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    return pair[0].sendto(b"x", "/run/systemd/journal/socket")


@among(FORBIDDEN)
def send_to_an_address() -> object:
    pair = socket.socketpair()
    return each(
        lambda: pair[0].sendto(b"x", "\0abstract"),
        lambda: pair[0].connect("\0abstract"),
        lambda: pair[0].bind("\0abstract"),
    )
