"""Attacks on the judge itself: what the sandbox sends it is broken, late or too much.

Well-formed replies to questions that were not asked may cost the submission itself all its
points, since no honest code sends any; they must not harm anybody else.
"""

from __future__ import annotations

from functools import partial

from autograder.proving.attacks.forging import FIND_CHANNELS
from autograder.proving.attacks.model import Attack

_send = partial(Attack, theme="judge", base="wrong", batch="broken messages")
_frame = partial(Attack, theme="judge", base="right", batch="broken frames")

FIND_SOCKETS = """
import os, socket, stat, struct
def sockets():
    for fd in range(3, 256):
        try:
            if stat.S_ISSOCK(os.fstat(fd).st_mode):
                yield fd
        except OSError:
            pass
def send(data):
    for fd in sockets():
        try:
            os.write(fd, data)
        except OSError:
            pass
"""

ATTACKS = (
    _frame(
        "frame-that-promises-gigabytes",
        what="Sends the judge the start of a message that is said to be 4 GB long.",
        code=FIND_SOCKETS + 'send(b"\\xff" * 16)',
    ),
    _frame(
        "frame-that-never-ends",
        what="Sends the judge a message one byte at a time.",
        code=FIND_SOCKETS
        + """
import time
send(struct.pack("<II", 1000, 0))
for _ in range(20):
    send(b"\\x93")
    time.sleep(0.5)
""",
    ),
    _frame(
        "frame-of-noise",
        what="Sends the judge 20 MB of noise.",
        code=FIND_SOCKETS
        + """
for fd in sockets():
    os.set_blocking(fd, False)
for _ in range(200):
    send(os.urandom(100_000))
""",
    ),
    _frame(
        "frame-nested-without-end",
        what="Sends the judge well-formed data nested a million deep.",
        code=FIND_SOCKETS
        + """
data = b"\\x91" * 1_000_000
send(struct.pack("<II", len(data), 0) + data)
""",
    ),
    _frame(
        "frame-of-lying-sizes",
        what="Sends the judge lists and arrays that are said to have 4 billion entries.",
        code=FIND_SOCKETS
        + """
many = b"\\xff" * 4
array = b"\\x91\\xc7\\x12\\x03\\x0b\\x00" + many * 4
for data in (b"\\xdd" + many, b"\\xc6" + many, b"\\xdf" + many, array):
    send(struct.pack("<II", len(data), 0) + data)
""",
    ),
    _send(
        "reply-of-wrong-kinds",
        what="Answers the judge with replies in which every field has the wrong kind.",
        code=FIND_CHANNELS
        + """
for channel in channels:
    for reply in ({}, [], None, 7, "text", {"outputs": 5}, {"kind": []}, {"names": 3},
                  {"outcome": 5}, {"outcome": ()}, {"outcome": ({}, 1, 3, 8, 4, 5), "who": []}):
        channel.send(reply)
""",
    ),
    _send(
        "outputs-nested-without-end",
        what="Reports outputs of a cell that are JSON nested 100,000 deep, and broken JSON.",
        code=FIND_CHANNELS
        + """
import numpy as np
for text in (b"[" * 100_000, b"[1e999, NaN]", b"\\xff\\xfe", b"[" + b"{}," * 100_000 + b"{}]"):
    for channel in channels:
        channel.send({"outputs": np.frombuffer(text, np.uint8)})
""",
    ),
    _send(
        "outputs-of-made-up-kinds",
        what="Reports outputs of kinds that no notebook knows, with pages and scripts in them.",
        code=FIND_CHANNELS
        + """
import json
import numpy as np
script = "<script>window.{marker} = 1</script>"
outputs = [{"output_type": "evil"}, {"output_type": "display_data", "data": {"text/html": script}},
           {"output_type": "error", "ename": script, "evalue": script, "traceback": [script]},
           {"output_type": "stream", "name": "stderr", "text": [script, 7]}, 5, None]
for channel in channels:
    channel.send({"outputs": np.frombuffer(json.dumps(outputs).encode(), np.uint8)})
""",
    ),
    _send(
        "replies-without-end",
        what="Sends the judge thousands of replies that nobody asked for.",
        code=FIND_CHANNELS
        + """
for channel in channels:
    for _ in range(5000):
        channel.send({"names": ["x"] * 100}, 1.0)
""",
    ),
)
