"""What a student's code put out or a student wrote runs nowhere, and reads as it was meant."""

from __future__ import annotations

import base64
import csv
import io
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nbconvert.exporters import HTMLExporter
from nbconvert.filters.ansi import ansi2html
from nbconvert.filters.markdown_mistune import markdown2html_mistune
from nbformat import from_dict, validate
from nbformat.v4 import new_code_cell, new_notebook
from payloads import PAYLOADS, TAKEN, active_parts

from autograder.grading.clean import (
    clean_html,
    clean_outputs,
    clean_picture,
    clean_source,
    clean_stream,
    clean_text,
)
from autograder.grading.clean_markdown import clean_attachments, clean_markdown
from autograder.grading.clean_notebook import drop_loud_files
from autograder.grading.marks import Mark, write_csv

PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(40)).decode()
JPEG = base64.b64encode(b"\xff\xd8\xff\xe0" + bytes(40)).decode()
HTML = base64.b64encode(b"<script>1</script>").decode()
# Whatever mark-givers must read as it was written, letter for letter.
HONEST = [
    "Because a < b and b > c, 3 <4 and x <= y.",
    "$a<b$ and $$\\sum_{i<n} w_i$$ and \\begin{align}a<b\\end{align}",
    "Inline `x<y>` and ``a ` <b>`` stay code.",
    "```python\nif a<b and c>d:\n    print('<script>')\n```",
    "~~~\n<script>as text</script>\n~~~",
    "    indented <b>code</b>",
    "x<sub>1</sub> and x<sup>2</sup><br>next line",
    "**Bold**, *italic*, [a link](https://example.org/a?b=1&c=2) and <https://example.org>",
    "| a | b |\n|---|---|\n| 1 | `a<b` |\n\n1. one\n2. two\n   - [ ] three",
    f"![my plot](plot.png) ![pasted](data:image/png;base64,{PNG})",
    "# My answer\n\nText & more; 5 &lt; 6; m × n; 学生; שלום",
    "The gradient is ¼; $\\frac{\\partial J}{\\partial W}$ is $\\frac{1}{m} dZ A^T$.",
]
FRAGMENTS = [
    *PAYLOADS, *HONEST, "\n", "\n\n", "`", "```", "$", "$$", "<", ">", "[", "](", ")", "!", "*",
    "    ", "> ", "- ", "|", "\\", "&", '"', "'", "<details>", "</details>", "<sub>", "\\begin{a}",
    "\\end{a}", "\\\\(", "\\\\)", "\r", "\x1b[", "\U000f0000", "\U0010fffd",
]  # fmt: skip
CHECKBOX = '<input class="task-list-item-checkbox" disabled="" type="checkbox"/>'
settings.register_profile("quiet", database=None, deadline=None, derandomize=True)
settings.load_profile("quiet")
texts = st.one_of(st.text(), st.lists(st.sampled_from(FRAGMENTS), max_size=8).map("".join))
anything = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), texts),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)
kinds = st.sampled_from(
    ["text/plain", "text/html", "text/markdown", "text/latex", "image/png", "image/jpeg", "x"]
)
outputs = st.fixed_dictionaries(
    {},
    optional={
        "output_type": st.sampled_from(["stream", "error", "display_data", "execute_result", "x"]),
        "data": st.one_of(anything, st.dictionaries(kinds, anything)),
        **dict.fromkeys(("name", "text", "ename", "evalue", "traceback", "metadata"), anything),
    },
)


def cleaned(*made: object, **more: object) -> list:
    cell = from_dict({"cell_type": "code", "outputs": list(made), "execution_count": 1, **more})
    clean_outputs(cell)
    return cell.outputs


def shown(**data: object) -> dict:
    kinds = {name.replace("_", "/", 1): value for name, value in data.items()}
    [one] = cleaned({"output_type": "display_data", "data": kinds, "metadata": {}})
    return dict(one.data)


# Text


@pytest.mark.parametrize("text", HONEST)
def test_honest_answers_stay_letter_for_letter(text):
    assert clean_markdown(text) == text


@pytest.mark.parametrize(
    ("text", "page"),
    [
        ("so a<b and c>d holds", "<p>so a&lt;b and c&gt;d holds</p>"),
        ("<b>bold</b> `a<b`", "<p>&lt;b&gt;bold&lt;/b&gt; <code>a&lt;b</code></p>"),
        ("[x](javascript:1) $a<b$", "<p>[x](javascript:1) $a&lt;b$</p>"),
        ("![lost](attachment:image.png)", "<p>![lost](attachment:image.png)</p>"),
    ],
)
def test_what_is_changed_reads_as_it_was_typed(text, page):
    assert markdown2html_mistune(clean_markdown(text)).strip() == page


@pytest.mark.parametrize(
    "active", ["\\href{javascript:x}{y}", '\\mmlToken{mtext}[href="javascript:x"]{y}']
)
def test_what_can_not_be_mended_is_shown_as_its_source(active):
    text = f"${active}$ and ``` inside"
    assert clean_markdown(text) == f"````text\n{text}\n````"
    long = "a<b " * 10_000
    assert clean_markdown(long) == f"```text\n{long}\n```"
    assert len(clean_markdown("x" * 10_000_000)) < 300_000


def test_attachments_are_pictures_with_plain_names():
    kinds = {"image/png": PNG, "image/svg+xml": "PHN2Zy8+", "text/html": HTML, "image/jpeg": HTML}
    handed = {"a.png": kinds, "b.png": {"image/png": HTML}, 'c".png': kinds, "d": "e"}
    assert clean_attachments(handed) == {"a.png": {"image/png": PNG}}
    assert clean_markdown("![x](attachment:a.png)", ["a.png"]) == "![x](attachment:a.png)"
    assert clean_attachments("x") == {}


@given(texts)
def test_any_markdown_is_safe_once_and_for_all(text):
    once = clean_markdown(text, taken=TAKEN)
    assert clean_markdown(once, taken=TAKEN) == once
    page = f"<div>{markdown2html_mistune(once)}</div>"
    assert set(active_parts(page)) <= {CHECKBOX}


@given(texts)
def test_any_text_is_tamed_once_and_for_all(text):
    for clean in (clean_text, clean_source, clean_stream):
        once = clean(text)
        assert clean(once) == once
        assert not re.search(
            "[\x00-\x08\x0b-\x1a\x1c-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", once
        )
        once.encode("utf-8")
        assert "<script" not in ansi2html(once)  # and it does not fail, as it does on "\x1b[38m"
    assert "\x1b" not in clean_text(text) + clean_source(text)
    assert "\n" not in clean_text(text)
    assert len(clean_text(text)) <= 300
    html = clean_html(text)
    assert html is None or clean_html(html) == html


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("\x1b[1;31mred\x1b[0m \x1b[38;5;28;01mgreen\x1b[39;00m", None),
        ("\x1b]0;title\x07a\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "alink"),
        ("\x1b[2J\x1b[1;1Hhome\x1b[?25l\x1bc\x9b31mx\x1b", "homex"),
        ("\x1b[38mx\x1b[38;5;999my\x1b[9999mz", "xyz"),
        ("10%\r50%\r100%\ndone\r\nnext\r", "100%\ndone\nnext"),
        ("tab\tstays\x07\x00\x08\u202e\u2066", "tab\tstays"),
    ],
)
def test_printed_text_keeps_colours_and_loses_tricks(text, kept):
    assert clean_stream(text) == (text if kept is None else kept)


def test_a_reason_is_one_plain_line():
    assert clean_text("a\r\n\x1b[31mb\x1b[0m\u202e\tc") == "a b c"
    assert clean_text("x" * 400) == "x" * 299 + "…"


# Outputs


@given(st.one_of(anything, st.lists(st.one_of(outputs, anything), max_size=4)))
def test_any_outputs_are_cleaned_once_and_for_all(made):
    cell = {"cell_type": "code", "outputs": made, "execution_count": made}
    clean_outputs(cell)
    allowed = {"text/plain", "text/html", "image/png", "image/jpeg"}
    assert all(set(output.get("data", {})) <= allowed for output in cell["outputs"])
    cell |= {"metadata": {}, "source": "", "id": "a"}
    validate(from_dict(cell), ref="code_cell", version=4, version_minor=5)
    before = from_dict(cell)
    clean_outputs(cell)
    assert cell == before


def test_pictures_are_pictures():
    assert shown(image_png=PNG + "\n", image_jpeg=JPEG) == {"image/png": PNG, "image/jpeg": JPEG}
    assert clean_picture("image/png", JPEG) is None
    for bad in (HTML, "<svg onload=x>", f'{PNG}"onerror="x', "ü", None, {"a": 1}, []):
        assert shown(image_png=bad) == {"text/plain": "[Picture left out]"}
    assert "image/svg+xml" not in shown(**{"image_svg+xml": "<svg/>", "text_plain": "x"})
    both = {
        "width": 3,
        "height": '1 onerror="x"',
        "image/png": {"width": True, "height": 2.5, "x": 1},
    }
    [one] = cleaned({"output_type": "display_data", "data": {"image/png": PNG}, "metadata": both})
    assert one.metadata == {"width": 3, "image/png": {"height": 2.5}}


def test_html_is_cut_down_to_tables_and_formatting():
    table = (
        '<table border="1" class="dataframe" onclick="x"><tr><th colspan="2">a</th></tr></table>'
    )
    kept = '<table><tbody><tr><th colspan="2">a</th></tr></tbody></table>'
    assert shown(text_html=[table[:9], table[9:]], text_plain="a") == {
        "text/html": kept, "text/plain": "a",
    }  # fmt: skip
    assert shown(text_html="<script>1</script>") == {"text/plain": "[HTML left out]"}
    assert shown(
        text_html="<script>1</script>", text_plain="<IPython.core.display.HTML object>"
    ) == {"text/plain": "[HTML left out]"}
    for odd in ("<div>" * 100 + "x", "x" * 60_000, "$\\href{javascript:x}{y}$", "&#92;href", "  "):
        assert clean_html(odd) is None


def test_other_kinds_are_shown_as_text_or_named():
    assert shown(text_latex="$x$", text_plain="<IPython.core.display.Math object>") == {
        "text/plain": "$x$"
    }
    assert shown(text_markdown="**x**") == {"text/plain": "**x**"}
    assert shown(application_javascript="alert(1)") == {"text/plain": "[JavaScript left out]"}
    assert shown(x="y") == {"text/plain": "[Output left out]"}
    assert cleaned({"output_type": "x"}, None, 3, "x") == []


# Files and tables


def test_files_that_a_browser_would_run_do_not_stay(tmp_path):
    own, theirs = tmp_path / "release", tmp_path / "autograded"
    names = ["a.ipynb", "plot.png", "helper.py", "timestamp.txt", "figures/own.svg"]
    loud = ["evil.html", "figures/evil.SVG", "x.js", "y.xhtml", "z", "w.xml"]
    for folder, some in ((own, ["figures/own.svg"]), (theirs, [*names, *loud])):
        for name in some:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text("<script>")
    (theirs / "link.txt").symlink_to("/etc/passwd")
    assert drop_loud_files(theirs, own) == sorted([*loud, "link.txt"])
    assert {p.relative_to(theirs).as_posix() for p in theirs.rglob("*") if p.is_file()} == set(
        names
    )


@pytest.mark.parametrize(
    ("name", "cell"),
    [
        ("O'Hara, Ann", "O'Hara, Ann"),
        ("Ünï  学生; x-y = z", "Ünï  学生; x-y = z"),
        ("=1+1", "'=1+1"),
        ("+49", "'+49"),
        ("-x", "'-x"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("  =x", "'  =x"),
        ("\u200b\ufeff\u00a0=x", "'\u200b\ufeff\u00a0=x"),
        ("＝x", "'＝x"),
        ("＋x", "'＋x"),
        ("－x", "'－x"),
        ("＠x", "'＠x"),
        ("−x", "'−x"),
        ("\tx", "' x"),
        ("\rx", "' x"),
        ("\t=x", "' =x"),
        ("Ann;=x", "Ann;'=x"),
        ('a","=x', 'a","=x'),
        ("two\r\nlines\u2028x\x00\x1b[31m\u202e", "two lines x"),
        ("", ""),
    ],
)
def test_a_spreadsheet_shows_names_and_runs_none(name, cell):
    file = io.StringIO()
    write_csv(
        [Mark(name, "a", "b", -1.5, 10.0, name, name), Mark("", "a", "b", None, 1, "x")], file
    )
    first, second = csv.DictReader(io.StringIO(file.getvalue(), newline=""))
    assert (first["student_id"], first["status"], first["mistake"]) == (cell, cell, cell)
    assert (first["score"], first["max_score"], second["score"]) == ("-1.5", "10.0", "")


def test_the_text_beside_a_picture_is_its_alt_text_and_can_do_nothing():
    said = 'The cost falls\x1b[1m"><script>mark()</script>'
    data = {"text/plain": said, "text/html": "<img alt='x' src='data:'>", "image/png": PNG}
    [one] = cleaned({"output_type": "display_data", "data": data, "metadata": {}})
    assert "text/html" not in one.data
    assert one.metadata["image/png"]["alt"] == 'The cost falls"><script>mark()</script>'
    notebook = new_notebook(cells=[new_code_cell("", outputs=[one])])
    page, _ = HTMLExporter(template_name="classic").from_notebook_node(notebook)
    assert re.search(r'alt=.The cost falls(&#34;|")&gt;&lt;script&gt;', page)
    assert "<script>mark()" not in page
    assert "No description has been provided" not in page
    long = data | {"text/plain": "x" * 100_000}
    [one] = cleaned({"output_type": "display_data", "data": long, "metadata": {}})
    assert len(one.metadata["image/png"]["alt"]) == 1000
