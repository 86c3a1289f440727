"""The Linux calls that Python 3.11 has no function for, each with a line on why it is needed.

All go through the C library's own functions; only two calls need their number, which is the same on
every architecture. A failed call raises `OSError` with its errno and the call's name.
"""

from __future__ import annotations

import ctypes
import os
import sys
from typing import Any

# unshare(2)
NEW_MOUNTS = 0x00020000
NEW_UTS = 0x04000000
NEW_IPC = 0x08000000
NEW_USER = 0x10000000
NEW_PID = 0x20000000
NEW_NET = 0x40000000

# mount(2)
READ_ONLY = 1
NO_SETUID = 2
NO_DEVICES = 4
NO_EXEC = 8
BIND = 4096
RECURSIVE = 16384
PRIVATE = 1 << 18

DETACH = 2  # umount2(2): also what is in use

# capabilities(7)
CAP_CHOWN = 0
CAP_DAC_OVERRIDE = 1
CAP_DAC_READ_SEARCH = 2
CAP_KILL = 5
CAP_SETGID = 6
CAP_SETUID = 7
CAP_SYS_ADMIN = 21
LAST_CAPABILITY = 63  # no kernel knows more: its sets have 64 bits

# The C library has these only since glibc 2.36 and 2.34.
_MOUNT_SETATTR = 442
_CLOSE_RANGE = 436
_AT_RECURSIVE = 0x8000
_AT_FDCWD = -100

_ALL = 0xFFFFFFFF

# prctl(2)
_PDEATHSIG = 1
_DUMPABLE = 4
_KEEP_CAPABILITIES = 8
_SECCOMP = 22
_SECCOMP_FILTER = 2
_BOUNDING_SET_DROP = 24
_NO_NEW_PRIVILEGES = 38
_AMBIENT_SET, _AMBIENT_CLEAR_ALL = 47, 4

_CAPABILITY_VERSION = 0x20080522

_int, _long, _text = ctypes.c_int, ctypes.c_ulong, ctypes.c_char_p
_ARGUMENTS: dict[str, list[Any]] = {
    "unshare": [_int],
    "mount": [_text, _text, _text, _long, _text],
    "umount2": [_text, _int],
    "pivot_root": [_text, _text],
    "prctl": [_int, _long, _long, _long, _long],
    "capget": [ctypes.c_void_p, ctypes.c_void_p],
    "capset": [ctypes.c_void_p, ctypes.c_void_p],
}

_libc = ctypes.CDLL(None, use_errno=True)
if sys.platform == "linux":
    for _name, _types in _ARGUMENTS.items():
        getattr(_libc, _name).argtypes = _types
    _libc.syscall.restype = ctypes.c_long


class _MountAttributes(ctypes.Structure):
    _fields_ = [(name, ctypes.c_uint64) for name in ("set", "clear", "propagation", "userns")]


class _CapabilityHeader(ctypes.Structure):
    _fields_ = [("version", ctypes.c_uint32), ("pid", ctypes.c_int)]


class _CapabilitySets(ctypes.Structure):
    # of the lower 32 capabilities, then of the upper 32
    _fields_ = [
        (f"{name}{half}", ctypes.c_uint32)
        for half in (0, 1)
        for name in ("effective", "permitted", "inheritable")
    ]


class _FilterProgram(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("code", ctypes.c_void_p)]


def _call(name: str, *arguments: Any, shown: str = "") -> int:
    result = int(getattr(_libc, name)(*arguments))
    if result == -1:
        code = ctypes.get_errno()
        raise OSError(code, f"{shown or name}: {os.strerror(code)}")
    return result


# --- namespaces and mounts ---------------------------------------------------------------


def unshare(flags: int) -> None:
    """Leave the machine's namespaces for new ones (`os.unshare` came with Python 3.12)."""
    _call("unshare", flags)


def mount(source: str, target: str, kind: str, flags: int, options: str = "") -> None:
    """Mount a file system: the sandbox's own file tree is made of tmpfs and bind mounts."""
    as_bytes = [os.fsencode(x) for x in (source, target, kind)]
    _call("mount", *as_bytes, flags, options.encode(), shown=f"mount on {target}")


def limit_mounts(target: str, flags: int, *, below: bool = True) -> None:
    """Make a mount, and all that is mounted below it, read-only and the like.

    `mount` with MS_REMOUNT would reach one mount only, and leave writable what lies below.
    """
    attributes = _MountAttributes(set=flags)
    _call(
        "syscall", _long(_MOUNT_SETATTR), _long(_AT_FDCWD & _ALL), os.fsencode(target),
        _long(_AT_RECURSIVE * below), ctypes.byref(attributes), _long(ctypes.sizeof(attributes)),
        shown=f"mount_setattr on {target}",
    )  # fmt: skip


def unmount(target: str) -> None:
    """Detach a mount, in use or not: the machine's own file tree goes so."""
    _call("umount2", os.fsencode(target), DETACH)


def pivot_root(new: str, old: str) -> None:
    """Make another mount the root; unlike chroot, nothing leads back."""
    _call("pivot_root", os.fsencode(new), os.fsencode(old))


# --- descriptors -------------------------------------------------------------------------


def close_range(first: int, last: int = _ALL) -> None:
    """Close descriptors in one call.

    `os.closerange` calls close for each number there could be, where Python was built against an
    older C library; a container may allow a thousand million of them.
    """
    if first > last:
        return
    try:
        numbers = [_long(n) for n in (_CLOSE_RANGE, first, last, 0)]
        _call("syscall", *numbers, shown="close_range")
    except OSError:  # a kernel before 5.9
        os.closerange(first, min(last + 1, os.sysconf("SC_OPEN_MAX")))


# --- privileges --------------------------------------------------------------------------


def die_with_parent(number: int) -> None:
    """Have the kernel send this process a signal when the thread that made it ends.

    A change of uid, a new user namespace and a fork each clear this: set it after them.
    """
    _call("prctl", _PDEATHSIG, number, 0, 0, 0, shown="prctl(PR_SET_PDEATHSIG)")


def forbid_inspection() -> None:
    """Let no process of the same uid read this one's memory (ptrace, /proc/N/mem)."""
    _call("prctl", _DUMPABLE, 0, 0, 0, 0, shown="prctl(PR_SET_DUMPABLE)")


def no_new_privileges() -> None:
    """Let no program that is started give privileges; Landlock and seccomp ask for it."""
    _call("prctl", _NO_NEW_PRIVILEGES, 1, 0, 0, 0, shown="prctl(PR_SET_NO_NEW_PRIVS)")


def keep_capabilities_over_setuid() -> None:
    """Keep the permitted capabilities when root becomes somebody else, to select from them."""
    _call("prctl", _KEEP_CAPABILITIES, 1, 0, 0, 0, shown="prctl(PR_SET_KEEPCAPS)")


def drop_bounding_set() -> None:
    """Let no program that is started ever have a capability; stops at the last one there is."""
    for number in range(LAST_CAPABILITY + 1):
        try:
            _call("prctl", _BOUNDING_SET_DROP, number, 0, 0, 0, shown="prctl(PR_CAPBSET_DROP)")
        except OSError:
            return  # not a capability of this kernel, or not this process's to drop


def capabilities() -> frozenset[int]:
    """Give the capabilities that are in force."""
    header, sets = _CapabilityHeader(_CAPABILITY_VERSION, 0), _CapabilitySets()
    _call("capget", ctypes.byref(header), ctypes.byref(sets))
    mask = sets.effective0 | sets.effective1 << 32
    return frozenset(n for n in range(LAST_CAPABILITY + 1) if mask >> n & 1)


def set_capabilities(kept: frozenset[int] = frozenset()) -> None:
    """Give up all capabilities but these, and hand none on."""
    mask = sum(1 << number for number in kept)
    low, high = mask & 0xFFFFFFFF, mask >> 32
    sets = _CapabilitySets(low, low, 0, high, high, 0)
    header = _CapabilityHeader(_CAPABILITY_VERSION, 0)
    _call("prctl", _AMBIENT_SET, _AMBIENT_CLEAR_ALL, 0, 0, 0, shown="prctl(PR_CAP_AMBIENT)")
    _call("capset", ctypes.byref(header), ctypes.byref(sets))


# --- seccomp -----------------------------------------------------------------------------


def install_filter(program: bytes) -> None:
    """Have the kernel hold every system call of this thread against a BPF program, for good."""
    code = ctypes.create_string_buffer(program, len(program))
    filled = _FilterProgram(len(program) // 8, ctypes.addressof(code))
    _call(
        "prctl", _SECCOMP, _SECCOMP_FILTER, ctypes.addressof(filled), 0, 0,
        shown="prctl(PR_SET_SECCOMP)",
    )  # fmt: skip
