"""The shell of the sandbox gives what a real kernel gives, within its limits.

Run as a script, this file is a warm process that forks a child for every request.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import io
import json
import os
import re
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from shell_cells import CELLS

Outputs = list[dict[str, Any]]


def cells_of(kind: str) -> list[str]:
    return [cell.strip("\n") for cell in CELLS[kind].split("\n---\n")]


class Warm:
    """A warm process with a shell."""

    def __init__(self, folder: Path) -> None:
        environment = {**os.environ, "IPYTHONDIR": str(folder / "none")}
        self.process = subprocess.Popen(
            [sys.executable, __file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=folder,
            env=environment,
        )

    def run(self, *cells: str, **options: Any) -> list[Outputs]:
        """Run cells in a fork of it."""
        return self.ask(*cells, **options)[0]

    def ask(self, *cells: str, **options: Any) -> tuple[list[Outputs], Any]:
        """Run cells in a fork of it, and evaluate ``after`` there."""
        assert self.process.stdin and self.process.stdout
        print(json.dumps({"cells": cells, **options}), file=self.process.stdin, flush=True)
        answer = json.loads(self.process.stdout.readline())
        assert "failed" not in answer, answer["failed"]
        return answer["outputs"], answer["after"]


@pytest.fixture(scope="module")
def warm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warm]:
    """A warm process, in a folder of its own."""
    shell = Warm(tmp_path_factory.mktemp("warm"))
    with shell.process:
        yield shell
        assert shell.process.stdin
        shell.process.stdin.close()


@pytest.fixture(scope="module")
def kernel_outputs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Outputs]]:
    """What a real kernel and nbclient make of all cells, in one session."""
    from nbclient import NotebookClient
    from nbformat.v4 import new_code_cell, new_notebook

    folder = tmp_path_factory.mktemp("kernel")
    cells = [new_code_cell(cell) for kind in CELLS for cell in cells_of(kind)]
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
    return {kind: [next(outputs) for _ in cells_of(kind)] for kind in CELLS}


@pytest.fixture(scope="module")
def shell_outputs(warm: Warm) -> dict[str, list[Outputs]]:
    """What the shell makes of them."""
    outputs = iter(warm.run(*(cell for kind in CELLS for cell in cells_of(kind))))
    return {kind: [next(outputs) for _ in cells_of(kind)] for kind in CELLS}


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
    text = re.sub(r"\d+(\.\d+)? ([nµμm]s|s)\b", "TIME", text)
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
        cells_of(kind), kernel_outputs[kind], shell_outputs[kind], strict=True
    ):
        assert comparable(got) == comparable(wanted), cell


def text_of(outputs: Outputs) -> str:
    """Everything a reader sees, without colours."""
    lines = [line for output in outputs for line in output.get("traceback", [])]
    lines += [output.get("text", "") for output in outputs]
    lines += [str(output.get("data", {}).get("text/plain", "")) for output in outputs]
    return re.sub(r"\x1b\[[0-9;]*m", "", "\n".join(lines)).strip()


def enames(outputs: Outputs) -> list[str]:
    return [output["ename"] for output in outputs if output["output_type"] == "error"]


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


# --- time ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "cell",
    [
        "while True: pass",
        "import time\ntime.sleep(60)",
        "import asyncio\nprint('a')\nawait asyncio.sleep(60)",
        "class Slow:\n    def __repr__(self):\n        while True: pass\nSlow()",
        "import asyncio\nasync def spin():\n    while True: await asyncio.sleep(0)\nawait spin()",
    ],
)
def test_an_endless_cell_is_stopped_and_the_next_one_runs(warm: Warm, cell: str) -> None:
    first, second, third = warm.run(
        cell, "import asyncio\nawait asyncio.sleep(0.1)\n1 + 1", "print('on')", seconds=0.5
    )
    assert enames(first) == ["TooSlow"]
    assert first[-1]["evalue"] == "This cell did not come to an end in 0.5 seconds."
    assert "calling.py" not in text_of(first)
    assert text_of(second) == "2"
    assert third == [{"output_type": "stream", "name": "stdout", "text": "on\n"}]


# --- size ------------------------------------------------------------------------------

CUT = "\n[Output cut: more than 0.1 MB.]\n"


@pytest.mark.parametrize(
    "cell",
    [
        "for _ in range(300): print('x' * 10**6)\ndone = 1",
        "for _ in range(100_000): print('é', flush=True)\ndone = 1",
        "done = 1\n'x' * 10**7",
        "done = 1\nfor _ in range(10_000): display({'text/plain': ''}, raw=True)",
        "import sys\nfor _ in range(5_000):\n    print(1, flush=True)\n"
        "    print(2, file=sys.stderr, flush=True)\ndone = 1",
        "done = 1\nclass B:\n    def _repr_html_(self): return 'x' * 10**6\nB()",
    ],
)
def test_output_is_cut_and_the_cell_goes_on(warm: Warm, cell: str) -> None:
    used = "__import__('resource').getrusage(0).ru_maxrss"
    (outputs, after), (before_kb, after_kb) = warm.ask(
        cell, "done", output_bytes=100_000, before=f"n = {used}", after=f"n, {used}"
    )
    assert outputs[-1]["output_type"] == "stream"
    assert outputs[-1]["text"].endswith(CUT)
    assert len(json.dumps(outputs, ensure_ascii=False).encode()) < 200_000
    assert text_of(after) == "1"
    assert after_kb - before_kb < 60_000


def test_what_fits_is_not_cut(warm: Warm) -> None:
    outputs = warm.run("print('x' * 90_000, end='')", output_bytes=100_000)[0]
    assert outputs == [{"output_type": "stream", "name": "stdout", "text": "x" * 90_000}]


def test_images_have_room_of_their_own(warm: Warm) -> None:
    shown = "{'image/png': 'x' * 300_000, 'text/plain': 'image'}"
    cell = f"print('y' * 10**6)\nfor _ in range(5): display({shown}, raw=True)"
    outputs = warm.run(cell, cell.partition("\n")[2], output_bytes=100_000)
    assert sum("image/png" in output.get("data", {}) for output in outputs[0]) == 3
    left_out = [output["data"]["text/plain"] for output in outputs[1][3:]]
    assert left_out == ["[Image left out: more than 1 MB of images.]"] * 2


def test_what_is_taken_back_costs_nothing(warm: Warm) -> None:
    shown = "display({'image/png': 'x' * 400_000, 'text/plain': 'y' * 40_000}, raw=True)"
    cleared, renewed = warm.run(
        f"from IPython.display import *\nfor _ in range(9): clear_output(wait=True); {shown}",
        "h = display('a', display_id=True)\nfor _ in range(9): h.update('b' * 60_000)",
        output_bytes=100_000,
    )
    assert [len(output["data"]["image/png"]) for output in cleared] == [400_000]
    assert [len(output["data"]["text/plain"]) for output in renewed] == [60_002]


def test_errors_are_never_lost(warm: Warm) -> None:
    many = "try: 1 / 0\n    except ZeroDivisionError: get_ipython().showtraceback()"
    flood, long, deep = warm.run(
        f"print('x' * 10**6)\nfor _ in range(100):\n    {many}\nlast",
        "raise ValueError('x' * 10**6)",
        "def deep(n):\n    return deep(n + 1)\ndeep(0)",
        output_bytes=100_000,
    )
    assert len(enames(flood)) < 20
    assert enames(flood)[-1] == "NameError"
    assert enames(long) == ["ValueError"]
    assert len(json.dumps(long)) < 100_000
    assert "maximum recursion depth exceeded" in deep[0]["traceback"][-1]
    assert "deep(0)" in text_of(deep)
    assert len(json.dumps(deep)) < 100_000


# --- classes and patches of a student ----------------------------------------------------


def test_only_plain_data_comes_out(warm: Warm) -> None:
    bundle = (
        "{'text/plain': 5, 'text/html': object(), 7: 'x', 'application/json': "
        "{1: float('nan'), 's': '\\ud800', 'b': b'1', 'set': {2}, 'sub': Sub('kept')}}"
    )
    own, loop, printed = warm.run(
        "class Sub(str):\n    def __str__(self): return 'changed'\n    __len__ = encode = None\n"
        f"class M:\n    def _repr_mimebundle_(self, **_): return {bundle}, {{'m': object()}}\nM()",
        "a = []; a.append(a)\ndisplay({'application/json': a, 'text/plain': 'loop'}, raw=True)",
        "print('\\ud800')\nimport sys\nsys.stdout.writelines(['a', 'b'])",
    )
    plain = {"1": "nan", "s": "\\ud800", "b": "MQ==", "set": [2], "sub": "kept"}
    assert own[-1]["data"] == {"application/json": plain}
    assert own[-1]["metadata"] == {}
    assert loop[-1]["data"] == {"text/plain": "loop"}
    assert printed[0]["text"] == "\\ud800\nab"


@pytest.mark.parametrize(
    "cell",
    [
        "class E(Exception):\n    def __str__(self): raise OSError\nraise E",
        "class E(Exception):\n    def _render_traceback_(self): return 5\nraise E",
        "class E(Exception):\n    __class__ = property(lambda self: 1 / 0)\nraise E",
        "class T(type):\n    __name__ = property(lambda self: 1 / 0)\n"
        "class E(Exception, metaclass=T): pass\nraise E",
        "get_ipython().showtraceback = None\n1 / 0",
        "get_ipython()._showtraceback = lambda *_: None\n1 / 0",
        "get_ipython().run_cell = None",
        "get_ipython().events.register('post_execute', lambda: exec('raise SystemExit'))",
        "get_ipython().input_transformers_post.append(lambda lines: 1 / 0)",
    ],
)
def test_nothing_a_student_raises_escapes(warm: Warm, cell: str) -> None:
    """The first cell or, if it only patches something, the second one tells of it."""
    outputs = [output for outputs in warm.run(cell, "1") for output in outputs]
    assert enames(outputs) or "stderr" in [output.get("name") for output in outputs]


def test_a_stream_of_ones_own_does_no_harm(warm: Warm) -> None:
    outputs = warm.run(
        "import sys\nsys.stdout = None\nprint(1)", "2", "1 / 0", "sys.stdout.close()"
    )
    assert text_of(outputs[1]) == "2"
    assert enames(outputs[2]) == ["ZeroDivisionError"]
    outputs = warm.run("import sys\nsys.stdout.close()", "print(1)")
    assert text_of(outputs[1]) == "1"


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
        "import sys, autograder.sandbox.shell as s\ns.make_shell()\n"
        f"print([name for name in {unwanted} if name in sys.modules])"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"


# --- the warm process ----------------------------------------------------------------------


def answer(shell: Any, asked: dict[str, Any]) -> dict[str, Any]:
    """Do in a fork what a test asks for."""
    os.chdir(tempfile.mkdtemp(dir="."))
    space: dict[str, Any] = {"shell": shell}
    exec(asked.get("before", ""), space)
    shell.output_bytes = asked.get("output_bytes", shell.output_bytes)
    outputs = []
    for index, cell in enumerate(asked["cells"]):
        with contextlib.suppress(IndexError):
            shell.number = asked.get("numbers", [])[index]
        outputs.append(shell.run(cell, asked.get("seconds", 30)))
    return {"outputs": outputs, "after": eval(asked.get("after", "None"), space)}


def main() -> None:
    """Fork a child for every line; it writes one line of JSON."""
    from autograder.sandbox.shell import make_shell

    shell = make_shell()
    for line in sys.stdin:
        if pid := os.fork():
            os.waitpid(pid, 0)
            continue
        try:
            told = json.dumps(answer(shell, json.loads(line)), allow_nan=False)
        except BaseException:
            told = json.dumps({"failed": traceback.format_exc()})
        print(told, flush=True)
        os._exit(0)


if __name__ == "__main__":
    main()
