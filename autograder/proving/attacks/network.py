"""Attacks that connect to something, or send signals to somebody."""

from __future__ import annotations

from functools import partial

from autograder.proving.attacks.model import Attack
from autograder.proving.attacks.reach import TRY

_net = partial(Attack, theme="reach", on_stock=True, batch="network")
_signal = partial(Attack, theme="reach", on_stock=True, batch="signals")

ATTACKS = (
    _net(
        "tcp",
        what="Connects to a TCP port of this machine.",
        code="""
import socket
socket.create_connection(("127.0.0.1", {port}), 1).sendall(b"GET / HTTP/1.0")
""",
    ),
    _net(
        "tcp-by-other-names",
        what="Connects by names, by IPv6 and by urllib.",
        code="""
import socket, urllib.request
for host in ("localhost", "::1", "::ffff:127.0.0.1", "0.0.0.0", "127.1.2.3"):
    try:
        socket.create_connection((host, {port}), 1).sendall(b"hello")
    except OSError:
        pass
try:
    urllib.request.urlopen("http://127.0.0.1:{port}/", timeout=0.5)
except OSError:
    pass
""",
    ),
    _net(
        "udp",
        what="Sends UDP packets, connected and not.",
        code="""
import socket
packet = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
packet.sendto(b"hello", ("127.0.0.1", int("{udp}" or {port})))
""",
    ),
    _net(
        "abstract-socket",
        what="Connects to an abstract Unix socket.",
        code="""
import socket
socket.socket(socket.AF_UNIX).connect("\\0{abstract}")
""",
    ),
    _net(
        "unix-socket",
        what="Connects to a Unix socket that lies in the file tree.",
        code="""
import socket
socket.socket(socket.AF_UNIX).connect("{socket}")
""",
    ),
    _net(
        "unusual-sockets",
        what="Opens raw, netlink, packet, crypto, VM and Bluetooth sockets.",
        code="""
import socket
for family, kind in ((2, 3), (16, 3), (17, 3), (38, 5), (40, 1), (31, 3), (1, 1), (2, 1), (10, 2)):
    try:
        socket.socket(family, kind).close()
        {told}
    except OSError:
        pass
""",
        on_stock=False,
    ),
    _net(
        "network-by-another-way",
        what="Connects by io_uring and by the C library, past Python.",
        code="""
import ctypes, struct
libc = ctypes.CDLL(None, use_errno=True)
s = libc.socket(2, 1, 0)
address = struct.pack("<H", 2) + struct.pack(">H", {port}) + bytes([127, 0, 0, 1]) + bytes(8)
libc.connect(s, address, 16)
ring = ctypes.create_string_buffer(120)
if libc.syscall(425, 4, ring) >= 0:
    {told}
""",
    ),
    _signal(
        "signals-another-process",
        what="Sends signals to another process of the same user.",
        code="import os, signal\nos.kill({victim}, signal.SIGUSR1)",
    ),
    _signal(
        "signals-in-other-ways",
        what="Sends signals by sigqueue, tgkill, pidfd, process groups and fcntl.",
        code=TRY
        + """
import ctypes, fcntl, signal
libc = ctypes.CDLL(None, use_errno=True)
libc.sigqueue({victim}, int(signal.SIGUSR1), None)
libc.syscall(234, {victim}, {victim}, int(signal.SIGUSR1))
attempt(
    lambda: os.killpg({victim}, signal.SIGUSR1),
    lambda: signal.pidfd_send_signal(os.pidfd_open({victim}), signal.SIGUSR1),
)
r, w = os.pipe()
attempt(
    lambda: fcntl.fcntl(r, fcntl.F_SETOWN, {victim}),
    lambda: fcntl.fcntl(r, 10, int(signal.SIGUSR1)),
    lambda: fcntl.fcntl(r, fcntl.F_SETFL, os.O_ASYNC | os.O_NONBLOCK),
    lambda: os.write(w, b"x"),
)
""",
    ),
    _signal(
        "signals-everybody",
        what="Sends everybody it may a signal that does no harm, as kill -1 would one that does.",
        code="import os, signal\nos.kill(-1, signal.SIGURG)\nopen('/proc/{victim}/stat')",
        on_stock=False,
    ),
    _signal(
        "signals-the-grader",
        what="Ends the grader.",
        code="import os, signal\nos.kill({pid}, signal.SIGKILL)",
        batch="",
    ),
    _signal(
        "signals-its-parent",
        what="Ends its parent process and the process numbered 1 of its own tree.",
        code="""
import os, signal
if os.getppid() > 1:
    os.kill(os.getppid(), signal.SIGKILL)
elif os.getppid() == 1 and "systemd" not in open("/proc/1/comm").read():
    os.kill(1, signal.SIGURG)
""",
        batch="parents",
    ),
)
