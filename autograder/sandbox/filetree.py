"""What of the machine's files a sandbox sees: what Python needs to run, and nothing else."""

from __future__ import annotations

import os
import stat
import sys
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from autograder.sandbox import syscalls

PREFIXES = ("/", "/usr", "/usr/local")
# Not bin: no program is ever started. Not all of share: classes hand in below /usr/local/share.
# Nor all of Python's own prefix: somebody may have made a virtual environment of a class folder.
SHARED = ("fonts", "locale", "matplotlib", "zoneinfo")
PARTS = ("lib", "lib32", "lib64", *(f"share/{name}" for name in SHARED))
STORES = ("/nix/store", "/gnu/store")  # there a library's dependencies lie beside it
FILES = ("/etc/localtime", "/etc/ld.so.cache", "/etc/mime.types")
DEVICES = ("/dev/null", "/dev/zero", "/dev/urandom", "/dev/random")
FOLDERS = ("/work", "/submission", "/sandbox")  # the first that hides nothing that is needed

_OLD = "/.machine"


def needed_trees() -> list[Path]:
    """List the folders that Python reads, none below another; real paths."""
    prefixes = [*PREFIXES, *_python_prefixes()]
    paths = [Path(prefix) / part for prefix in prefixes for part in PARTS]
    paths += [Path(store) for store in STORES if any(_is_below(p, [store]) for p in prefixes)]
    return _outermost({path.resolve() for path in paths if path.is_dir()})


def _python_prefixes() -> list[str]:
    return [sys.prefix, sys.exec_prefix, sys.base_prefix, sys.base_exec_prefix]


def _outermost(paths: Iterable[Path]) -> list[Path]:
    found: list[Path] = []
    for path in sorted(paths):
        if not _is_below(path, found):
            found.append(path)
    return found


def _is_below(path: str | Path, folders: Iterable[str | Path]) -> bool:
    """Say whether a path is one of these folders or lies below one."""
    return any(Path(path).is_relative_to(folder) for folder in folders)


def _other_names(trees: Sequence[Path]) -> dict[Path, Path]:
    """Give the names with symbolic links in them by which Python knows its trees."""
    prefixes = [*PREFIXES, *_python_prefixes()]
    names = (Path(prefix) / part for prefix in prefixes for part in PARTS)
    return {n: n.resolve() for n in names if n != n.resolve() and _is_below(n.resolve(), trees)}


def all_may_read(trees: Sequence[Path]) -> bool:
    """Say whether a user of no group can get at Python's files and read them."""
    above = {parent for tree in trees for parent in tree.parents}
    samples = [Path(os.__file__).resolve(), *trees]
    return all(folder.stat().st_mode & stat.S_IXOTH for folder in above) and all(
        sample.stat().st_mode & stat.S_IROTH for sample in samples
    )


def around(trees: Sequence[Path], hidden: Sequence[Path]) -> tuple[list[Path], list[Path]]:
    """Cut hidden folders out of trees, for a guard that can only allow.

    Returns
    -------
    whole : list of Path
        What can be allowed with all that lies below it.
    listed : list of Path
        The folders around what is hidden: to be listed, which Python's imports do.
    """
    whole: list[Path] = []
    listed: list[Path] = []
    for tree in trees:
        if _is_below(tree, hidden):
            continue
        if not any(_is_below(path, [tree]) for path in hidden):
            whole.append(tree)
            continue
        listed.append(tree)
        # A link gives nothing by itself: what it leads to is allowed or not for its own place.
        entries = [Path(entry) for entry in os.scandir(tree) if not entry.is_symlink()]
        below = around(entries, hidden)
        whole += below[0]
        listed += below[1]
    return whole, listed


def inside(hidden: Sequence[Path], trees: Sequence[Path]) -> list[Path]:
    """List what is to be hidden of these trees; what lies elsewhere is not seen anyway."""
    return [path.resolve() for path in hidden if _is_below(path.resolve(), trees)]


# --- a file tree of its own --------------------------------------------------------------


def free_folder(trees: Sequence[Path]) -> Path:
    """Choose where a submission's own folder is."""
    return next(Path(f) for f in FOLDERS if not any(_is_below(tree, [f]) for tree in trees))


def enter_own_tree(trees: Sequence[Path], hidden: Sequence[Path], folder: Path) -> None:
    """Leave the machine's file tree for one with these trees alone, all of it read-only.

    To be called in a mount namespace of one's own, by somebody who may mount there.
    """
    names = _other_names(trees)
    contents = {name: Path(name).read_bytes() for name in FILES if Path(name).is_file()}
    devices = [name for name in DEVICES if Path(name).exists()]
    base = tempfile.gettempdir()
    own = syscalls.NO_SETUID | syscalls.NO_DEVICES | syscalls.NO_EXEC
    before = os.umask(0o022)
    os.chdir("/")
    syscalls.mount("none", "/", "none", syscalls.RECURSIVE | syscalls.PRIVATE)
    syscalls.mount("sandbox", base, "tmpfs", own, "mode=755,size=8m")
    Path(base + _OLD).mkdir()
    syscalls.pivot_root(base, base + _OLD)
    os.chdir("/")
    for tree in trees:
        _show(tree, syscalls.READ_ONLY | syscalls.NO_SETUID | syscalls.NO_DEVICES)
    for name, real in names.items():
        if not os.path.lexists(name):
            name.parent.mkdir(parents=True, exist_ok=True)
            name.symlink_to(real)
    for device in devices:
        _show(Path(device), syscalls.READ_ONLY | syscalls.NO_SETUID | syscalls.NO_EXEC)
    for file, content in contents.items():
        Path(file).parent.mkdir(exist_ok=True)
        Path(file).write_bytes(content)
    for path in hidden:
        _cover(path)
    folder.mkdir(parents=True)
    syscalls.unmount(_OLD)
    Path(_OLD).rmdir()
    syscalls.limit_mounts("/", syscalls.READ_ONLY | own, below=False)
    os.umask(before)


def _show(path: Path, flags: int) -> None:
    """Bind a folder or device of the machine to the same place of the new tree."""
    path.parent.mkdir(parents=True, exist_ok=True)
    source = Path(_OLD + str(path))
    if source.is_dir():
        path.mkdir()
    else:
        path.touch()
    syscalls.mount(str(source), str(path), "none", syscalls.BIND | syscalls.RECURSIVE)
    syscalls.limit_mounts(str(path), flags)


def _cover(path: Path) -> None:
    """Put emptiness over a folder, or over a file."""
    if path.is_dir():
        flags = syscalls.READ_ONLY | syscalls.NO_SETUID | syscalls.NO_DEVICES | syscalls.NO_EXEC
        syscalls.mount("hidden", str(path), "tmpfs", flags, "mode=555,size=4k,nr_inodes=2")
    elif path.exists():
        syscalls.mount("/dev/null", str(path), "none", syscalls.BIND)
