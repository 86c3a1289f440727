"""The shell of the sandbox gives what a real kernel gives."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from warm_shell import Outputs, Warm, enames, text_of

# One session, in this order.
KINDS = dict(
    part.split("\n", 1)
    for part in Path(__file__).with_name("shell_cells.txt").read_text().split("=== ")[1:]
)
CELLS = {kind: text.rstrip("\n").split("\n---\n") for kind, text in KINDS.items()}


@pytest.fixture(scope="module")
def warm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warm]:
    """A warm process, in a folder of its own, that has forked once already."""
    with Warm(tmp_path_factory.mktemp("warm")) as process:
        process.run("first = 1")
        yield process


@pytest.fixture(scope="module")
def kernel_outputs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Outputs]]:
    """What a real kernel and nbclient make of all cells, in one session."""
    from nbclient import NotebookClient
    from nbformat.v4 import new_code_cell, new_notebook

    folder = tmp_path_factory.mktemp("kernel")
    cells = [new_code_cell(cell) for kind in CELLS for cell in CELLS[kind]]
    client = NotebookClient(
        new_notebook(cells=cells),
        allow_errors=True,
        kernel_name="python3",
        timeout=60,
        resources={"metadata": {"path": str(folder)}},
    )
    with mock.patch.dict(os.environ, IPYTHONDIR=str(folder / "none")):
        client.execute()
    outputs = iter([merged(json.loads(json.dumps(cell.outputs))) for cell in cells])
    return {kind: [next(outputs) for _ in CELLS[kind]] for kind in CELLS}


@pytest.fixture(scope="module", params=["the first fork", "a later one"])
def shell_outputs(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, list[Outputs]]:
    """What the shell makes of them, rehearsed or not."""
    with Warm(tmp_path_factory.mktemp("warm")) as process:
        if request.param == "a later one":
            process.run("first = 1")
        outputs = iter(process.run(*(cell for kind in CELLS for cell in CELLS[kind])))
    return {kind: [next(outputs) for _ in CELLS[kind]] for kind in CELLS}


def merged(outputs: Outputs) -> Outputs:
    """Join what one stream got one piece after the other; nbclient leaves the pieces."""
    kept: Outputs = []
    for output in outputs:
        if kept and output["output_type"] == "stream" and kept[-1].get("name") == output["name"]:
            kept[-1]["text"] += output["text"]
        else:
            kept.append(output)
    return kept


def comparable(outputs: Outputs) -> Any:
    """Take out what is different in every run: addresses, times, process numbers."""
    text = json.dumps(outputs, ensure_ascii=False, sort_keys=True)
    text = re.sub(r"0x[0-9a-f]{6,}", "0x", text)
    text = re.sub(r"/[^\" ]*/ipykernel(_\d+)?/\d+\.py|\b\d{6,10}\.py", "CELL.py", text)
    text = re.sub(r"\d[\d.e+]* ([nµμm]s|s)\b", "TIME", text)
    text = re.sub(r'"model_id": "\w+"', "ID", text)
    text = re.sub(r'"(iVBOR[^"]{50,})"', lambda found: json.dumps(pixels(found[1])), text)
    return text


def pixels(png: str) -> str:
    from PIL import Image

    with Image.open(io.BytesIO(base64.b64decode(png))) as image:
        return f"{image.size} {hashlib.sha256(image.convert('RGBA').tobytes()).hexdigest()}"


@pytest.mark.parametrize("kind", CELLS)
def test_outputs_are_those_of_a_kernel(
    kind: str,
    kernel_outputs: dict[str, list[Outputs]],
    shell_outputs: dict[str, list[Outputs]],
) -> None:
    for cell, wanted, got in zip(
        CELLS[kind], kernel_outputs[kind], shell_outputs[kind], strict=True
    ):
        assert comparable(got) == comparable(wanted), cell


# --- what can't be as in a kernel ------------------------------------------------------


@pytest.mark.parametrize(("call", "said"), [("input('?')", "raw_input"), ("getpass()", "getpass")])
def test_nobody_is_there_to_ask(warm: Warm, call: str, said: str) -> None:
    outputs = warm.run("import getpass as g", call.replace("getpass", "g.getpass"))[1]
    assert enames(outputs) == ["StdinNotImplementedError"]
    assert f"{said} was called, but this frontend" in outputs[0]["evalue"]
    assert "autograder" not in text_of(outputs)


@pytest.mark.parametrize("call", ["exit()", "exit", "quit(0)"])
def test_exit_ends_the_cell_only(warm: Warm, call: str) -> None:
    first, second = warm.run(call, "1 + 1")
    assert enames(first) == ["SystemExit"]
    assert text_of(second) == "2"


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("!ls", "Not run: ls"),
        ("x = !ls\nx", "[]"),
        ("%pip install x", "Not run"),
        ("%%bash\nls", "refused"),
        ("import subprocess\nsubprocess.run(['ls'])", "refused"),
    ],
)
def test_no_other_program_runs(warm: Warm, cell: str, said: str) -> None:
    refuse = (
        "import os, subprocess\n"
        "def no(*_, **__): raise PermissionError('refused')\n"
        "os.fork = os.forkpty = os.posix_spawn = subprocess._fork_exec = no"
    )
    assert said in text_of(warm.run(cell, before=refuse)[0])


def test_every_cell_is_inside_a_loop_without_descriptors(warm: Warm) -> None:
    count = "len(__import__('os').listdir('/proc/self/fd'))"
    cells = ["import asyncio", "await asyncio.sleep(0)", "await asyncio.to_thread(print)"]
    _, (before, after) = warm.ask(*cells, before=f"n = {count}", after=f"n, {count}")
    assert before == after


@pytest.mark.parametrize("name", ["notebook", "qt", "widget", ""])
def test_plots_are_shown_inline_whatever_was_asked_for(warm: Warm, name: str) -> None:
    outputs = warm.run(f"%matplotlib {name}\nimport matplotlib.pyplot as plt\nplt.plot([1]);")[0]
    assert "image/png" in outputs[-1]["data"]


# --- numbers, names, processes ------------------------------------------------------------


def test_cells_have_the_numbers_they_are_given(warm: Warm) -> None:
    outputs = warm.run("1", "2", "Out[5], In[5], In[8]", " \n", numbers=[5, 7, 8, 9])
    assert [output[0].get("execution_count") for output in outputs[:3]] == [5, 7, 8]
    assert text_of(outputs[2]) == "(1, '1', 'Out[5], In[5], In[8]')"
    assert outputs[3] == []


def test_a_fork_starts_fresh(warm: Warm) -> None:
    for _ in range(2):
        outputs, names = warm.ask("n = 1\nn", "Out", after="shell.space['n'], shell.number")
        assert text_of(outputs[0]) == "1"
        assert text_of(outputs[1]) == "{1: 1}"
        assert names == [1, 3]


def test_the_random_state_is_left_alone(warm: Warm) -> None:
    draw = "str((numpy.random.get_state()[1].sum(), random.getstate()))"
    _, (before, after) = warm.ask(
        "import matplotlib.pyplot as plt\nplt.plot([1])",
        "1 / 0",
        before=f"import numpy, random\nn = {draw}",
        after=f"n, {draw}",
    )
    assert before == after


def test_warm_process_has_no_threads_and_wrote_nothing(warm: Warm) -> None:
    _, (threads, folder) = warm.ask(
        after="threading.active_count(), os.getcwd()", before="import threading, os"
    )
    assert threads == 1
    assert {path.name[:3] for path in Path(folder).parent.iterdir()} == {"tmp"}


def test_a_fresh_import_is_light() -> None:
    unwanted = ("zmq", "nbformat", "ipykernel", "nbgrader", "autograder.exercises")
    code = (
        "import sys, autograder.sandbox.shell as s\ns.rehearsed(s.Shell())\n"
        f"print([name for name in {unwanted} if name in sys.modules])"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"
