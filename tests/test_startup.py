"""What commands do not load until they need it."""

from __future__ import annotations

import subprocess
import sys

import pytest

from autograder.startup import LATE

GRAMMAR = "rfc3987_syntax"


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


def test_garbage_is_looked_for_as_usual_once_a_class_is_open(released_class):
    code = (
        "import gc\nusual = gc.get_threshold()\n"
        "from click.testing import CliRunner\nfrom autograder.cli import main\n"
        "assert CliRunner().invoke(main, ['doctor']).exit_code == 0\n"
        "print(gc.get_threshold() == usual)\n"
        f"assert CliRunner().invoke(main, ['feedback', {str(released_class)!r}]).exit_code\n"
        "print(gc.get_threshold() == usual)"
    )
    assert run(code) == ["False", "True"]


PUT_OFF = "from autograder.startup import put_off as p; p(); import sys\n"


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


def test_what_nbgrader_hardly_needs_is_put_off_and_works_when_it_is_asked_for():
    code = PUT_OFF + (
        "import nbgrader, nbgrader.utils\n"
        "late = [n for n in sys.modules if type(sys.modules[n]).__name__ == '_Later']\n"
        "print(len(late), 'setuptools' in sys.modules, 'jupyter_server' in sys.modules)\n"
        "import zipfile, tempfile, pathlib\n"
        "folder = pathlib.Path(tempfile.mkdtemp())\n"
        "with zipfile.ZipFile(folder / 'a.zip', 'w') as z: z.writestr('x.txt', 'content')\n"
        "nbgrader.utils.unpack_zipfile(str(folder / 'a.zip'), str(folder))\n"
        "print((folder / 'x.txt').read_text(), 'setuptools' in sys.modules)\n"
        "nbgrader._load_jupyter_server_extension\n"
        "from nbgrader.server_extensions.formgrader import handlers\n"
        "print(handlers.__name__)"
    )
    assert run(code) == [
        str(len(LATE)), "False", "False", "content", "True",
        "nbgrader.server_extensions.formgrader.handlers",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("code", "right"),
    [
        ("import requests\nprint(requests.Session.__name__)", "Session"),
        ("import requests.adapters\nprint(requests.adapters.HTTPAdapter.__name__)", "HTTPAdapter"),
        ("from requests import get\nprint(get.__name__)", "get"),
        (
            "from bs4 import BeautifulSoup\n"
            "page = BeautifulSoup('<p class=a>yes</p><p>no</p>', 'html.parser')\n"
            "print(page.select('p.a')[0].text)",
            "yes",
        ),
        (
            "import jsonschema\nprint(jsonschema.FormatChecker().conforms('no address', 'uri'))",
            "False",
        ),
    ],
)
def test_a_package_that_is_put_off_is_there_when_it_is_used(code, right):
    for name in ("requests", "soupsieve", "rfc3986_validator"):
        pytest.importorskip(name)
    heavy = "\nprint(*{'requests.models', 'tornado.httpserver', 'soupsieve.css_parser'}"
    before = "import nbgrader.api, nbgrader.preprocessors" + heavy + " & set(sys.modules))\n"
    assert run(PUT_OFF + before + code) == [right]
