"""What is laid out for an attack to find, and how one sees that it did."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import secrets
import socket
import stat
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from autograder.proving.attacks.model import Attack, Places

WORD = re.compile(r"planted[0-9a-f]{16}")
LARGE = 5_000_000  # bytes; of larger files size and time are compared


def new_word() -> str:
    """Make a word that stands nowhere else."""
    return f"planted{secrets.token_hex(8)}"


@dataclass(frozen=True)
class Owner:
    """Whose the class is and who grades it: this process's user, or another one.

    Attributes
    ----------
    uid : int or None
        The other user; only root can name one.
    through : tuple of str
        A command that runs its arguments as that user, by default none: the system is
        asked for it then.
    """

    uid: int | None = None
    through: tuple[str, ...] = ()

    def start(self, command: list[str], **options: Any) -> subprocess.Popen[str]:
        """Start a command as this user, with pipes for its input and output."""
        if self.uid is not None and not self.through:
            options |= {"user": self.uid, "group": self.uid, "extra_groups": []}
        pipe = subprocess.PIPE
        return subprocess.Popen(
            [*self.through, *command], stdin=pipe, stdout=pipe, text=True, **options
        )

    def takes(self, folder: Path) -> None:
        """Hand a folder and all in it over to this user."""
        if self.uid is not None:
            for path in (folder, *folder.rglob("*")):
                os.chown(path, self.uid, self.uid, follow_symlinks=False)


@dataclass
class Trap:
    """All that belongs to one attack: its secret, its canary, its listeners, its victim."""

    attack: Attack
    folder: Path
    shared: Places
    owner: Owner
    marker: str = field(default_factory=lambda: f"m{secrets.token_hex(6)}")
    word: str = field(default_factory=new_word)
    places: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._sockets: dict[str, socket.socket] = {}
        self._victim: subprocess.Popen[str] | None = None
        self.canaries = self.folder / "canary"
        self.canaries.mkdir(parents=True)
        keep = self.canaries / "keep.txt"
        keep.write_text("as it was\n", encoding="utf-8")
        secret = self.folder / "secret.txt"
        secret.write_text(f"{self.word}\n", encoding="utf-8")
        # Open to everybody: only the sandbox may stand in the way.
        for path, mode in ((self.folder, 0o777), (self.canaries, 0o777), (keep, 0o666)):
            path.chmod(mode)
        told = f'print("{self.marker}"[::-1])'
        own = {"secret": secret, "canary": keep}
        self.places = {**self.shared, **{name: str(path) for name, path in own.items()}}
        self.places |= {"marker": self.marker, "told": told}
        self._listen()
        self._start_victim()
        self._before = snapshot(self.canaries)

    @property
    def told(self) -> str:
        """What `{told}` prints."""
        return self.marker[::-1]

    def _uses(self, name: str) -> bool:
        texts = (self.attack.code, *self.attack.files.values())
        return any("{" + name + "}" in text for text in texts)

    def _listen(self) -> None:
        if self._uses("port"):
            tcp = socket.create_server(("127.0.0.1", 0))
            udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            udp.bind(("127.0.0.1", 0))
            self._sockets |= {"TCP": tcp, "UDP": udp}
            self.places["port"] = str(tcp.getsockname()[1])
            self.places["udp"] = str(udp.getsockname()[1])
        if self._uses("abstract"):
            self.places["abstract"] = f"abstract-{self.marker}"
            self._sockets["abstract"] = _unix(f"\0{self.places['abstract']}")
        if self._uses("socket"):
            path = self.folder / "s"
            self.places["socket"] = str(path)
            self._sockets["unix"] = _unix(str(path))
            path.chmod(0o777)
        for one in self._sockets.values():
            one.setblocking(False)

    def _start_victim(self) -> None:
        if not self._uses("victim"):
            return
        self._victim = self.owner.start(
            [sys.executable, "-m", "autograder.proving.attacks.victim", self.word],
            start_new_session=True,
            env={**os.environ, "PLANTED": self.word},
        )
        assert self._victim.stdout is not None
        self.places["address"] = self._victim.stdout.readline().strip()
        self.places["victim"] = str(self._victim.pid)

    def sprung(self) -> list[str]:
        """Say what was done to the canary, the listeners and the victim; close them."""
        found = []
        if snapshot(self.canaries) != self._before:
            found.append("changed a file outside its folder")
        found += [f"reached the {n} listener" for n, s in self._sockets.items() if _reached(s)]
        if self._victim is not None:
            found += [f"another process got {one}" for one in _ask(self._victim)]
        self.close()
        return found

    def close(self) -> None:
        """Let go of sockets and the victim."""
        for one in self._sockets.values():
            one.close()
        if self._victim is not None and self._victim.poll() is None:
            self._victim.kill()
            self._victim.wait()


def _unix(name: str) -> socket.socket:
    made = socket.socket(socket.AF_UNIX)
    made.bind(name)
    made.listen()
    return made


def _reached(one: socket.socket) -> bool:
    with contextlib.suppress(OSError):
        if one.type == socket.SOCK_DGRAM:
            one.recvfrom(1)
        else:
            one.accept()[0].close()
        return True
    return False


def _ask(victim: subprocess.Popen[str]) -> list[str]:
    try:
        told, _ = victim.communicate("", timeout=10)
        return [str(one) for one in json.loads(told)]
    except (subprocess.TimeoutExpired, ValueError, OSError):
        return ["ended"]


def snapshot(folder: Path) -> dict[str, str]:
    """Describe everything in a folder, so that any change shows."""
    found = {}
    for path in (folder, *sorted(folder.rglob("*"))):
        with contextlib.suppress(OSError):
            info = path.lstat()
            what = f"{stat.filemode(info.st_mode)} {info.st_uid} {info.st_nlink}"
            if stat.S_ISREG(info.st_mode) and info.st_size < LARGE:
                what += hashlib.sha256(path.read_bytes()).hexdigest()
            elif stat.S_ISREG(info.st_mode):
                what += f" {info.st_size} {info.st_mtime_ns}"
            elif stat.S_ISLNK(info.st_mode):
                what += str(path.readlink())
            found[str(path)] = what
    return found
