"""No cell harms the shell: none runs on, none fills the memory, no error gets lost."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from warm_shell import Warm, enames, text_of


@pytest.fixture(scope="module")
def warm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warm]:
    """A warm process, in a folder of its own."""
    with Warm(tmp_path_factory.mktemp("warm")) as process:
        yield process


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
