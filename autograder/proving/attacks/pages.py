"""Attacks on whoever looks at the results: pages, tables, terminals, file names."""

from __future__ import annotations

from functools import partial
from typing import Any

import nbformat

from autograder.proving.attacks.model import Attack, Places, fill

_page = partial(Attack, theme="files", on_stock=True, batch="pages")
_name = partial(Attack, theme="files", on_stock=True)

SCRIPT = "<script>window.{marker} = 1</script>"
IMAGE = '<img src="x" onerror="{marker}()">'


def _with_text(text: str, attachments: dict[str, Any] | None = None) -> Any:
    def edit(notebook: Any, places: Places) -> Any:
        cell = nbformat.v4.new_markdown_cell(fill(text, places), id=f"text-{places['marker']}")
        if attachments is not None:
            cell["attachments"] = attachments
        notebook.cells.insert(1, cell)
        return notebook

    return edit


def _metadata_script(notebook: Any, places: Places) -> Any:
    script = fill('"><script>window.{marker} = 1</script>', places)
    notebook.metadata["title"] = notebook.metadata["name"] = script
    notebook.metadata["authors"] = [{"name": script}]
    notebook.metadata["kernelspec"] = {"name": script, "display_name": script, "language": script}
    notebook.metadata["language_info"] = {"name": script, "codemirror_mode": script}
    for cell in notebook.cells[:3]:
        cell.metadata["tags"] = [script]
        cell.metadata["name"] = script
    return notebook


def _with_answer(notebook: Any, places: Places) -> Any:
    for cell in notebook.cells:
        nbgrader = cell.metadata.get("nbgrader", {})
        if nbgrader.get("grade") and nbgrader.get("solution"):
            cell.source = fill(f"{SCRIPT} {IMAGE}", places)
    return notebook


ATTACKS = (
    _page(
        "script-in-html",
        what="Displays HTML with scripts, frames and event handlers.",
        code=f"""
from IPython.display import HTML, display
display(HTML('''{SCRIPT}{IMAGE}<iframe srcdoc="<b>{{marker}}</b>"></iframe>
<form action="http://127.0.0.1/{{marker}}"><svg onload="{{marker}}()"></svg></form>'''))
class Own:
    def _repr_html_(self): return '''{SCRIPT}'''
Own()
""",
    ),
    _page(
        "script-in-other-types",
        what="Displays scripts as JavaScript, SVG, LaTeX, Markdown, pictures and widgets.",
        code=f"""
from IPython.display import SVG, Javascript, Latex, Markdown, display
display(Javascript("window.{{marker}} = 1"))
display(SVG('<svg xmlns="http://www.w3.org/2000/svg">{SCRIPT}</svg>'))
display(Latex("$x$ {SCRIPT}"), Markdown('''{SCRIPT} {IMAGE} [x](javascript:{{marker}}())'''))
display({{"image/png": '"><script>window.{{marker}} = 1</script>',
         "application/vnd.jupyter.widget-view+json": {{"model_id": "{{marker}}"}},
         "text/vnd.mermaid": "{SCRIPT}", "image/jpeg": '" onerror="{{marker}}()'}}, raw=True)
""",
    ),
    _page(
        "script-in-display-metadata",
        what="Hides scripts in the metadata of its outputs: sizes, alt texts, mime bundles.",
        code="""
from IPython.display import display
pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5"
more = '"><script>window.{marker} = 1</script><img alt="'
display({"image/png": pixel}, metadata={"image/png": {"width": more, "height": more,
        "alt": more, "unconfined": more}, "filenames": {"image/png": more}}, raw=True)
""",
    ),
    _page(
        "script-in-errors",
        what="Raises errors, prints and warns with scripts and escape codes in their text.",
        code=f"""
import sys, warnings
print('''{SCRIPT} \\x1b[31m{IMAGE}\\x1b]8;;javascript:{{marker}}()\\x07x\\x1b]8;;\\x07''')
print('''{SCRIPT}''', file=sys.stderr)
warnings.warn('''{SCRIPT}''')
class Error(Exception):
    def _render_traceback_(self): return ['''{SCRIPT}''']
Error.__name__ = '''{SCRIPT}'''
raise Error('''{SCRIPT}''')
""",
    ),
    _page(
        "script-in-a-check",
        what="Returns, prints and raises scripts and escape codes while it is checked.",
        where="compute_cost",
        honest=0.0,
        code=f"""
def compute_cost(AL, Y):
    print('''{SCRIPT}\\x1b]0;{{marker}}\\x07''')
    raise ValueError('''{SCRIPT}\\x1b[2J''')
""",
    ),
    _page(
        "keys-that-are-scripts",
        what="Returns a dictionary whose keys and types are called like scripts.",
        where="update_parameters",
        honest=0.0,
        code=f"""
def update_parameters(params, grads, learning_rate):
    kind = type('''{SCRIPT}''', (), {{}})
    return {{'''{SCRIPT}''': kind(), '''{IMAGE}''': 1.0}}
""",
    ),
    _page(
        "script-in-text-cells",
        what="Writes scripts, frames and links to scripts into its text cells.",
        edit=_with_text(
            f"{SCRIPT}\n{IMAGE}\n<iframe srcdoc='{{marker}}'></iframe>\n"
            "[x](javascript:{marker}())\n"
            '<a href="java\tscript:{marker}()">y</a> <svg onload="{marker}()">'
            "![z](attachment:a.svg) $$\\href{javascript:{marker}()}{x}$$ "
            '<div onmouseover="{marker}()">w</div><math><a xlink:href="javascript:{marker}()">'
        ),
        batch="text pages",
    ),
    _page(
        "script-in-the-written-answer",
        what="Answers the written question with scripts.",
        edit=_with_answer,
        batch="text pages",
    ),
    _page(
        "script-in-metadata",
        what="Puts scripts into the notebook's title, authors, kernel and tags.",
        edit=_metadata_script,
        batch="text pages",
    ),
    _name(
        "name-is-a-formula",
        what="Is called like a formula that a spreadsheet would run.",
        student='=cmd("calc")!A1',
    ),
    _name(
        "name-is-another-formula",
        what="Is called like a formula that starts with a sign or a tab.",
        student='@SUM(1+1)*cmd|"calc"!A0',
    ),
    _name(
        "name-is-an-escape-code",
        what="Is called like a command to the terminal.",
        student="\x1b]0;owned\x07\x1b[2J\x1b[31m",
    ),
    _name(
        "name-is-two-lines",
        what="Has a new line in its name, and a forged line of the table after it.",
        student="two\nlines,step-by-step,linear_forward,10,10",
    ),
    _name(
        "name-is-a-script",
        what="Is called like a script.",
        student="<img src=x onerror={marker}()>",
    ),
    _name("name-is-an-option", what="Is called like an option of a command.", student="--help"),
    _name("name-is-markup", what="Is called like markup of tables.", student="red |bold| {0} %s"),
    _name("name-goes-up", what="Is called like a path upwards.", student="..%2f..%2f..."),
    _name("name-is-reversed", what="Is written from right to left.", student="\u202eevil\u2066"),
    _name("name-is-long", what="Has a name as long as the system allows.", student="n" * 255),
    _name("name-is-dots", what="Is called like a hidden folder.", student="...hidden"),
    _name("name-is-no-text", what="Has a name that is no UTF-8.", student="b\udcff\udcfed"),
)
