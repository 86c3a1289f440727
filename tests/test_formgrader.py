"""The button in nbgrader's formgrader marks as `autograder grade` does."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import nbformat
import pytest
from conftest import ASSIGNMENT, NAMES, answered, hand_in

from autograder.demo import OWN_IMPORTS
from autograder.exercises import answers
from autograder.grading import marking
from autograder.grading.marks import marks

BIN = Path(sys.executable).parent
TOKEN = "only-for-this-test"
STYLES = 10


@pytest.fixture
def server(folder, tmp_path):
    """A Jupyter server in the class folder, as an instructor starts it."""
    home = tmp_path / "home"
    home.mkdir()
    log = (tmp_path / "server.log").open("w")
    command = [
        BIN / "jupyter-server", "--no-browser", "--port=0", "--ServerApp.port_retries=0",
        f"--IdentityProvider.token={TOKEN}", "--allow-root", "--ip=127.0.0.1",
    ]  # fmt: skip
    environment = {"HOME": str(home), "PATH": f"{BIN}:/usr/bin:/bin", "LANG": "C.UTF-8"}
    process = subprocess.Popen(
        command, cwd=folder.path, env=environment, stdout=log, stderr=subprocess.STDOUT
    )
    try:
        yield _url(process, home, tmp_path / "server.log")
    finally:
        process.terminate()
        process.wait(30)
        log.close()


def _url(process, home, log):
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        for info in home.glob(".local/share/jupyter/runtime/jpserver-*.json"):
            return json.loads(info.read_text())["url"]
        time.sleep(0.2)
    raise AssertionError(f"The server did not start: {log.read_text()[-2000:]}")


def _post(url):
    request = urllib.request.Request(
        url, data=b"", method="POST", headers={"Authorization": f"token {TOKEN}"}
    )
    with urllib.request.urlopen(request, timeout=120) as reply:
        return json.loads(reply.read())


def _marks(folder):
    return [(m.student_id, m.exercise, m.score, m.status) for m in marks(folder, ASSIGNMENT)]


def test_the_button_gives_the_same_marks(folder, right, server):
    for number in range(STYLES):
        chosen = {name: answers(name)[0] for name in NAMES}
        chosen = {n: found for n, found in chosen.items() if found}
        code = {n: found[number % len(found)].code for n, found in chosen.items()}
        if number == STYLES - 1:  # and one that is wrong somewhere
            code["linear_backward"] = answers("linear_backward")[1][0].code
        notebook = answered(right, **code)
        notebook.cells.insert(2, nbformat.v4.new_code_cell(OWN_IMPORTS, id="own-imports"))
        hand_in(folder, f"student {number}", notebook)
    marking.grade(folder, [ASSIGNMENT])
    ours = _marks(folder)
    for number in range(STYLES):
        path = f"formgrader/api/submission/{ASSIGNMENT}/student%20{number}/autograde"
        reply = _post(server + path)
        assert reply["success"], reply["log"]
    assert _marks(folder) == ours
    assert [score for who, name, score, _ in ours if who == "student 0" and name in NAMES] == [
        10
    ] * len(NAMES)
    wrong = {n: s for who, n, s, _ in ours if who == f"student {STYLES - 1}"}
    assert wrong.pop("linear_backward") < 10
    assert {s for n, s in wrong.items() if n in NAMES} == {10}
