"""The system calls that a student's code may make; every other one is refused.

A list of what is allowed, so that a call which a newer kernel brings is refused too. libseccomp
(through `pyseccomp`) knows the calls' numbers on every architecture and writes the BPF program;
it is made once in the zygote and installed in every child by one call.
"""

from __future__ import annotations

import errno
import struct
import tempfile
from typing import Any

try:
    import pyseccomp
except ModuleNotFoundError:
    pyseccomp = None
    MISSING = "the Python package pyseccomp is missing"
except (RuntimeError, OSError):  # it found no C library, or none that loads
    pyseccomp = None
    MISSING = "libseccomp is missing: install libseccomp2 (Debian, Ubuntu) or libseccomp (others)"
else:
    MISSING = ""

HIGHEST_NUMBER = 1024  # above every call there is

ALLOWED = """
read write readv writev pread64 pwrite64 preadv pwritev preadv2 pwritev2 close close_range lseek
open openat openat2 creat dup dup2 dup3 pipe pipe2 flock
stat fstat lstat newfstatat statx access faccessat faccessat2 readlink readlinkat statfs fstatfs
getdents getdents64 getcwd chdir fchdir umask
rename renameat renameat2 mkdir mkdirat rmdir unlink unlinkat link linkat symlink symlinkat
ftruncate fallocate fadvise64 fsync fdatasync sendfile copy_file_range
getxattr lgetxattr fgetxattr listxattr llistxattr flistxattr
select pselect6 poll ppoll epoll_create epoll_create1 epoll_ctl epoll_wait epoll_pwait epoll_pwait2
eventfd eventfd2 timerfd_create timerfd_settime timerfd_gettime
sendmsg recvmsg recvfrom shutdown getsockname getpeername getsockopt
brk mmap munmap mprotect mremap madvise msync membarrier
futex set_robust_list rseq set_tid_address sched_yield sched_getaffinity
exit exit_group restart_syscall
rt_sigaction rt_sigprocmask rt_sigreturn rt_sigpending rt_sigtimedwait rt_sigsuspend sigaltstack
alarm pause getitimer setitimer nanosleep clock_nanosleep
time gettimeofday clock_gettime clock_getres times getrusage getrandom
getpid getppid gettid getpgid getpgrp getsid getpriority getcpu uname sysinfo
getuid geteuid getgid getegid getresuid getresgid getgroups getrlimit setrlimit
"""

# Landlock does not look at these. Where the sandbox sees no file outside its folder they do no
# harm; else the first would reach all that its user owns, and the second all that it may write,
# such as what is open to everyone. (Older Landlocks do not look at truncate.)
CHANGES_BY_OWNERS = "chmod fchmod fchmodat fchmodat2 chown fchown lchown fchownat "
CHANGES_BY_WRITERS = "truncate utime utimes utimensat futimesat "

# The C library tries this first, and falls back to an older one if the kernel has it not.
AS_IF_UNKNOWN = ["clone3"]

FCNTL = [0, 1, 2, 3, 4, 5, 6, 7, 36, 37, 38, 1030]  # dup, flags, locks: not F_SETOWN, F_SETSIG
IOCTL = [0x5401, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451]  # isatty, size, FIONREAD/BIO/(N)CLEX
THREAD = 0x00010000  # CLONE_THREAD
NEW_NAMESPACES = 0x7E020080  # what clone must not make beside a thread
UNIX, STREAM, KIND_OF_SOCKET = 1, 1, 0xF
X32 = 0x40000000  # marks the numbers of that architecture
LOW = 0xFFFFFFFF  # arguments that the kernel reads as 32 bits


def program(owns_nothing: bool, sees_nothing: bool) -> bytes:
    """Write the BPF program.

    Parameters
    ----------
    owns_nothing : bool
        Allow chmod and the like: for a sandbox that owns none but its own files.
    sees_nothing : bool
        Allow utime and the like, too: for a sandbox that has none but its own files before it.
    """
    changes = CHANGES_BY_OWNERS * owns_nothing + CHANGES_BY_WRITERS * sees_nothing
    filter_ = pyseccomp.SyscallFilter(pyseccomp.ERRNO(errno.EPERM))
    filter_.set_attr(pyseccomp.Attr.ACT_BADARCH, pyseccomp.KILL_PROCESS)  # i386 and x32, too
    filter_.set_attr(pyseccomp.Attr.CTL_OPTIMIZE, 2)  # a binary tree
    for name in (ALLOWED + changes).split():
        if (number := _number(name)) >= 0:
            filter_.add_rule(pyseccomp.ALLOW, number)
    for name, conditions in _with_conditions():
        filter_.add_rule(pyseccomp.ALLOW, name, *conditions)
    for name in AS_IF_UNKNOWN:
        if (number := _number(name)) >= 0:
            filter_.add_rule(pyseccomp.ERRNO(errno.ENOSYS), number)
    with tempfile.TemporaryFile() as file:
        filter_.export_bpf(file)
        file.seek(0)
        return _unknown_above(max(filter(_is_known, range(HIGHEST_NUMBER)))) + file.read()


def _with_conditions() -> list[tuple[str, list[Any]]]:
    """List what is allowed with certain arguments only."""

    def masked(index: int, mask: int, value: int) -> Any:
        return pyseccomp.Arg(index, pyseccomp.MASKED_EQ, mask, value)

    return [
        ("clone", [masked(0, THREAD | NEW_NAMESPACES, THREAD)]),  # threads, no processes
        ("socketpair", [masked(0, LOW, UNIX), masked(1, KIND_OF_SOCKET, STREAM)]),  # asyncio's
        ("sendto", [pyseccomp.Arg(4, pyseccomp.EQ, 0)]),  # no address: to whom it is connected
        ("prlimit64", [masked(0, LOW, 0)]),  # its own limits, which it can only lower
        *(("fcntl", [masked(1, LOW, command)]) for command in FCNTL),
        *(("ioctl", [masked(1, LOW, command)]) for command in IOCTL),
    ]


def _unknown_above(highest: int) -> bytes:
    """Write a beginning that answers ENOSYS to calls newer than libseccomp, as an old kernel would.

    With EPERM the C library would not fall back to what it used before.
    """
    load, above, from_, answer = 0x20, 0x25, 0x35, 0x06  # BPF: ld [k], jgt, jge, ret
    steps = [
        (load, 0, 0, 0),  # the call's number
        (above, 0, 2, highest),
        (from_, 1, 0, X32),  # another architecture's: the program itself deals with it
        (answer, 0, 0, pyseccomp.ERRNO(errno.ENOSYS)),
    ]
    return b"".join(struct.pack("=HBBI", *step) for step in steps)


def _number(name: str) -> int:
    """Give a call's number here; negative if this architecture or library has none."""
    return int(pyseccomp.resolve_syscall(pyseccomp.Arch.NATIVE, name))


def _is_known(number: int) -> bool:
    try:
        pyseccomp.resolve_syscall(pyseccomp.Arch.NATIVE, number)
    except ValueError:
        return False
    return True
