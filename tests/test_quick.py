"""IPython made quick shows the same as IPython."""

from __future__ import annotations

import inspect
import warnings

import pytest
import stack_data
from IPython.core.inputtransformer2 import TransformerManager
from IPython.utils.PyColorize import theme_table
from pygments.formatters.terminal256 import Terminal256Formatter

from autograder import course
from autograder.building.notebooks import read_source
from autograder.exercises import ASSIGNMENTS
from autograder.sandbox import quick

ODD = (
    "", "\n\nx = 1", "x = 1\n\n", "  x = 1\n  y = 2", "%time 1", "x = %who_ls", "x = !ls", "!ls",
    "f?", "??f", "/f 1", ",f a b", ";f a b", "%%time\n1", "%%bash\nls", ">>> x = 1\n... y",
    "In [1]: x", "x = (1,\n%time 1)", "'''\n%time 1\n'''", "a %b", "def f(:", "x = '''\n!ls",
    "if x:\n    %time 1\n    y = 1", "await f()", "async def f():\n    pass", r"'\d'",
    "x = 1 \\\n  + 2", "# %time", "x\x00y", "(" * 300, "x = 1\r\ny = 2",
    "for i in range(3):\n\n\n    print(i)\n\n\n",
)  # fmt: skip


@pytest.mark.parametrize("cell", ODD)
def test_a_cell_is_read_as_ipython_reads_it(cell):
    assert _read(quick.Transformers(), cell) == _read(TransformerManager(), cell)


@pytest.mark.parametrize("assignment", sorted(ASSIGNMENTS))
def test_every_cell_of_the_course_is_read_as_ipython_reads_it(assignment):
    cells = read_source(course.SOURCES / f"{assignment}.md").cells
    sources = [cell.source for cell in cells if cell.cell_type == "code"]
    assert sources
    for source in sources:
        assert _read(quick.Transformers(), source) == _read(TransformerManager(), source)


def test_a_learners_own_transformers_are_used():
    seen = []

    class Looks:
        priority = 1

        @classmethod
        def find(cls, tokens):
            seen.append(len(tokens))

    own = quick.Transformers()
    own.token_transformers.append(Looks)
    assert own.transform_cell("x = 1") == "x = 1\n"
    assert seen


def test_python_warns_of_nothing_before_its_time():
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        quick.Transformers().transform_cell("x = '\\d'\n")
    assert told == []


def test_remembered_colours_are_those_that_are_worked_out():
    quick.remember_styles()
    quick.remember_styles()
    set_up = Terminal256Formatter._setup_styles.__wrapped__
    assert not hasattr(set_up, "__wrapped__")
    base = theme_table["linux"].as_pygments_style()
    for style in (base, stack_data.style_with_executing_node(base, "bg:#00005f")):
        first, second, fresh = (Terminal256Formatter(style=style) for _ in range(3))
        fresh.style_string, fresh.best_match = {}, {}
        set_up(fresh)
        assert first.style_string == second.style_string == fresh.style_string != {}
        assert first.best_match == second.best_match == fresh.best_match
        assert first.style_string is not second.style_string
    plain = Terminal256Formatter(style=base, nobold=True)
    assert plain.style_string != Terminal256Formatter(style=base).style_string


def test_a_cells_file_is_no_modules():
    quick.without_module("/tmp/ipykernel/1.py")
    space = {}
    exec(compile("def f(): pass", "/tmp/ipykernel/1.py", "exec"), space)
    assert inspect.getmodule(space["f"].__code__) is None


def _read(manager, cell):
    try:
        return manager.transform_cell(cell)
    except Exception as error:
        return type(error), str(error)
