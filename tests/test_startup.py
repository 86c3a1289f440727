"""What commands do not load until they need it."""

from __future__ import annotations

import subprocess
import sys

import pytest

from autograder.startup import GRAMMAR


def run(code):
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_help_loads_nothing_heavy():
    code = (
        "import sys\nfrom click.testing import CliRunner\nfrom autograder.cli import main\n"
        "assert CliRunner().invoke(main, ['--help']).exit_code == 0\n"
        "print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    )
    loaded = run(code)
    assert "click" in loaded
    assert not {"numpy", "nbgrader", "nbformat", "jupytext", "sqlalchemy", "rich"} & set(loaded)


PUT_OFF = "from autograder.startup import put_off_grammar as p; p(); import sys\n"


def test_the_grammar_is_put_off_and_notebooks_are_read_all_the_same():
    code = PUT_OFF + (
        "import nbformat\n"
        "nb = nbformat.v4.new_notebook()\nnbformat.validate(nb)\n"
        "nb['metadata'] = 'x'\n"
        "try: nbformat.validate(nb)\n"
        "except nbformat.ValidationError: print('refused')\n"
        f"print('lark' in sys.modules, type(sys.modules[{GRAMMAR!r}]).__name__)"
    )
    assert run(code) == ["refused", "False", "_Later"]


@pytest.mark.parametrize(
    ("text", "right"), [("http://ü.example/", True), ("http://a b", False), ("x", False)]
)
def test_whoever_asks_for_an_address_gets_the_real_answer(text, right):
    pytest.importorskip(GRAMMAR)
    code = PUT_OFF + (
        "import jsonschema\n"
        "checker = jsonschema.FormatChecker()\n"
        f"print(checker.conforms({text!r}, 'iri'))\n"
        f"import {GRAMMAR} as real\n"
        "print(real.__spec__ is not None)"
    )
    assert run(code) == [str(right), "True"]
