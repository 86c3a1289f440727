"""Make safe what a student's code put out: no page, terminal or table may run any of it.

Allowed is what is listed here, and everything else goes: an output may hold plain text,
PNG and JPEG pictures, and HTML cut down to tables and simple formatting. nbgrader's
formgrader shows a submission inside the instructor's own Jupyter, where one script
would have all of the instructor's rights, and neither it nor the feedback page cleans
what it shows. nh3 cleans HTML, because it parses as browsers do and is looked after,
while bleach is not developed any more.
"""

from __future__ import annotations

import base64
import html
import re
from collections.abc import Mapping
from typing import Any

import nh3

LONGEST_REASON = 300
LONGEST_ALT = 1_000
LONGEST_HTML = 50_000  # characters; more takes seconds to read
DEEPEST_HTML = 40  # what writes the page gives up on very deep trees
LARGEST_SIDE = 10_000  # pixels

_BYTE = r"(?:25[0-5]|2[0-4]\d|[01]?\d?\d)"
# Colours, bold and underlined, complete: at a cut 38 or 48 nbconvert's own filter stumbles.
_STYLE = (
    rf"(?:0?[0-9]|2[1-9]|3[0-79]|4[0-79]|9[0-7]|10[0-7]"
    rf"|[34]8;0?5;{_BYTE}|[34]8;0?2;{_BYTE};{_BYTE};{_BYTE})"
)
_COLOUR = re.compile(rf"\x1b\[(?:{_STYLE}(?:;{_STYLE}){{0,5}})?m")
_ESCAPE = re.compile(
    r"(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c\n]*(?:\x07|\x1b\\|\x9c)?"  # titles, links
    r"|(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?"  # colours, moves of the cursor
    r"|\x1b[ -/]*[0-~]?"
)
# Control characters but newline, tab and what begins a colour; what reverses a line's order.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1a\x1c-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")  # can't be written as UTF-8
# What Jupyter prints for an object that shows itself in another way.
_BARE_OBJECT = re.compile(r"<[\w.]+ object(?: at 0x[0-9a-f]+)?>")

# TeX that names addresses, styles and code; everything else only draws.
ACTIVE_TEX = re.compile(
    r"\\(?:href|url|require|unicode|class|style|cssId|data|html\w*|include\w*|bbox|csname"
    r"|mmlToken)\b"
)

_PICTURES = {"image/png": b"\x89PNG\r\n\x1a\n", "image/jpeg": b"\xff\xd8\xff"}
_SOURCES = ("text/markdown", "text/latex")  # readable as they are
_NAMES = {
    "text/html": "HTML",
    "image/svg+xml": "SVG picture",
    "application/javascript": "JavaScript",
    "image/png": "Picture",
    "image/jpeg": "Picture",
}
_TAGS = {
    *("table", "caption", "thead", "tbody", "tfoot", "tr", "th", "td"),
    *("p", "div", "span", "br", "hr", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote"),
    *("b", "strong", "i", "em", "u", "s", "sub", "sup", "small", "code", "pre", "kbd"),
    *("ul", "ol", "li", "dl", "dt", "dd"),
}
_WITHOUT_CONTENT = {
    *("script", "style", "title", "textarea", "noscript", "template", "svg", "math"),
    *("iframe", "object", "embed", "noembed", "noframes", "xmp", "plaintext", "select"),
}


def clean_text(text: str, longest: int = LONGEST_REASON) -> str:
    """Give text as one line without colours and control characters, for terminals and reports."""
    line = " ".join(_characters(_ESCAPE.sub("", text.replace("\r", " "))).split())
    return line if len(line) <= longest else line[: longest - 1].rstrip() + "…"


def clean_source(text: str) -> str:
    """Give a cell's text without control characters and without what reverses a line."""
    return _characters(_ESCAPE.sub("", text.replace("\r\n", "\n").replace("\r", "\n")))


def clean_stream(text: str) -> str:
    """Give printed text with simple colours only, and lines as they look in the end.

    Text behind a carriage return takes the place of what stood on its line.
    """
    text = _characters(_ESCAPE.sub(_colour_only, re.sub(r"\r+\n", "\n", text)), but="\r")
    if "\r" not in text:
        return text
    return "\n".join(_last_written(line) for line in text.split("\n"))


def _colour_only(found: re.Match[str]) -> str:
    return found[0] if _COLOUR.fullmatch(found[0]) else ""


def _characters(text: str, but: str = "") -> str:
    text = _CONTROL.sub(lambda found: found[0] if found[0] == but else "", text)
    return _SURROGATE.sub("\ufffd", text)


def _last_written(line: str) -> str:
    return next((part for part in reversed(line.split("\r")) if _COLOUR.sub("", part)), "")


def clean_html(text: str) -> str | None:
    """Cut HTML down to tables and simple formatting; None if nothing is left or it is odd."""
    if len(text) > LONGEST_HTML:
        return None
    cleaned = clean_source(_sanitised(clean_source(text)))  # entities may hide characters
    if len(cleaned) > LONGEST_HTML or cleaned != _sanitised(cleaned):
        return None  # what reads differently the second time may do so in a browser too
    shown = html.unescape(re.sub(r"<[^>]*>", "", cleaned))
    if not shown.strip() or ACTIVE_TEX.search(shown) or _depth(cleaned) > DEEPEST_HTML:
        return None
    return cleaned


def _sanitised(text: str) -> str:
    return nh3.clean(
        text,
        tags=_TAGS,
        clean_content_tags=_WITHOUT_CONTENT,
        attributes={"*": set(), "td": {"colspan", "rowspan"}, "th": {"colspan", "rowspan"}},
        attribute_filter=lambda tag, name, value: (
            value if re.fullmatch(r"[1-9]\d?", value, re.ASCII) else None
        ),
        url_schemes=set(),
        generic_attribute_prefixes=set(),
        link_rel=None,
    )


def _depth(cleaned: str) -> int:
    depth = deepest = 0
    for sign, name in re.findall(r"<(/?)(\w+)", cleaned):
        depth += 0 if name in ("br", "hr") else -1 if sign else 1
        deepest = max(depth, deepest)
    return deepest


def clean_picture(kind: str, value: object) -> str | None:
    """Give a picture's base64 text if its bytes begin as those of its kind do, else None."""
    try:
        raw = base64.b64decode("".join(_joined(value).split()), validate=True)
    except ValueError:
        return None
    if kind not in _PICTURES or not raw.startswith(_PICTURES[kind]):
        return None
    return base64.b64encode(raw).decode("ascii")


def clean_outputs(cell: Any) -> None:
    """Keep of a code cell's outputs what is safe in every page, in place.

    Parameters
    ----------
    cell : NotebookNode
        A code cell; its outputs may be anything at all.
    """
    from nbformat import from_dict

    outputs = cell.get("outputs")
    found = map(_clean_output, outputs if isinstance(outputs, list) else [])
    cell["outputs"] = [from_dict(output) for output in found if output]
    count = cell.get("execution_count")
    cell["execution_count"] = _whole(count)


def _clean_output(output: object) -> dict[str, Any] | None:
    """Build an output afresh: what isn't taken over by name stays behind."""
    if not isinstance(output, Mapping):
        return None
    kind = output.get("output_type")
    if kind == "stream":
        name = "stderr" if output.get("name") == "stderr" else "stdout"
        return {
            "output_type": kind,
            "name": name,
            "text": clean_stream(_joined(output.get("text"))),
        }
    if kind == "error":
        return {
            "output_type": kind,
            "ename": clean_text(_joined(output.get("ename"))),
            "evalue": clean_stream(_joined(output.get("evalue"))),
            "traceback": [clean_stream(line) for line in _lines(output.get("traceback"))],
        }
    if kind not in ("display_data", "execute_result"):
        return None
    data = output.get("data")
    cleaned: dict[str, Any] = {
        "output_type": kind,
        "data": _clean_data(data if isinstance(data, Mapping) else {}),
    }
    cleaned["metadata"] = _about_pictures(output.get("metadata"), cleaned["data"])
    if kind == "execute_result":
        cleaned["execution_count"] = _whole(output.get("execution_count"))
    return cleaned


def _clean_data(data: Mapping[Any, Any]) -> dict[str, str]:
    kept = {kind: clean_picture(kind, data.get(kind)) for kind in _PICTURES}
    kept["text/html"] = clean_html(_joined(data.get("text/html")))
    cleaned = {kind: value for kind, value in kept.items() if value is not None}
    plain = clean_stream(_joined(data.get("text/plain")))
    if not cleaned and (not plain or _BARE_OBJECT.fullmatch(plain.strip())):
        written = [clean_stream(_joined(data.get(kind))) for kind in _SOURCES]
        left_out = next((kind for kind in _NAMES if kind in data), "")
        note = f"[{_NAMES.get(left_out, 'Output')} left out]"
        plain = next(filter(None, written), plain if not left_out and plain else note)
    return cleaned | ({"text/plain": plain} if plain else {})


def _about_pictures(metadata: object, data: Mapping[str, str]) -> dict[str, Any]:
    """Keep width and height, which nbconvert writes into the page without quotes.

    The text that comes beside a picture becomes its alt text, which the pages escape.
    """
    given = metadata if isinstance(metadata, Mapping) else {}
    alt = clean_text(data.get("text/plain", ""), LONGEST_ALT)
    said: dict[str, Any] = {"alt": alt} if alt else {}
    about = {kind: _size(given.get(kind)) | said for kind in _PICTURES if kind in data}
    return _size(given) | {kind: known for kind, known in about.items() if known}


def _size(metadata: object) -> dict[str, float]:
    if not isinstance(metadata, Mapping):
        return {}
    found = {side: metadata.get(side) for side in ("width", "height")}
    return {
        side: value
        for side, value in found.items()
        if isinstance(value, (int, float)) and value is not True and 0 < value <= LARGEST_SIDE
    }


def _whole(number: object) -> int | None:
    return number if type(number) is int and number >= 0 else None


def _joined(value: object) -> str:
    return "".join(_lines(value))


def _lines(value: object) -> list[str]:
    lines = value if isinstance(value, list) else [value]
    return [str(line) for line in lines if isinstance(line, str)]
