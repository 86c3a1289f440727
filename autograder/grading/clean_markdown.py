"""Make safe what a student wrote in Markdown, and leave honest answers as they are.

nbgrader's pages turn a cell's Markdown into HTML as it stands: raw HTML and addresses of
every kind included. So the text is read here by the very parser that writes those pages.
What it would show as it was meant stays letter for letter. Otherwise signs that begin
HTML, then also those that begin links, are written as entities, except in code and in
formulas, and the parser reads the result again. A text that still isn't safe is shown as
what it is: its source.
"""

from __future__ import annotations

import html
import re
from collections.abc import Collection, Mapping
from typing import Any

from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

from autograder.grading.clean import ACTIVE_TEX, clean_picture, clean_source

LONGEST_READ = 20_000  # characters; the parser needs seconds for an awkward text of that length
LONGEST_SHOWN = 200_000
PICTURE_SHARE = 20  # a picture in the text is read that much faster than words

# A private character stands for each sign while the text is read without it.
_FIRST_STAND_IN, _LAST_STAND_IN = 0xF0000, 0x10FFFD
_PRIVATE = re.compile(f"[{chr(_FIRST_STAND_IN)}-\U0010ffff]")
_ENTITIES = {"<": "&lt;", "[": "&#91;"}
# Formatting that Markdown lacks; without attributes it can do nothing.
_PLAIN_TAG = re.compile(r"</?(?:br|sub|sup|kbd|details|summary) ?/?>", re.IGNORECASE)
_TAG_BEGINS = re.compile(r"<[A-Za-z/!?]")

_LINK = re.compile(r"(?:https?://|mailto:|#)[^\s\x00-\x1f\x7f]*", re.IGNORECASE)
_PICTURE_FILE = re.compile(r"(?:[\w-]+/)*[\w-]+\.(?:png|jpe?g|gif|svg)", re.IGNORECASE | re.ASCII)
_PICTURE_DATA = re.compile(r"data:(image/(?:png|jpeg));base64,([A-Za-z0-9+/=]+)")
_PICTURE_KINDS = ("image/png", "image/jpeg")
_NAME = re.compile(r"[\w.-]+", re.ASCII)

_LANGUAGES = {
    *("python", "python3", "py", "pycon", "ipython", "ipython3", "numpy", "text", "console"),
    *("bash", "sh", "json", "yaml", "toml", "html", "css", "xml", "latex", "tex", "markdown"),
    *("c", "cpp", "c++", "java", "javascript", "js", "julia", "matlab", "r", "sql", "diff"),
}
# nbconvert writes mermaid blocks unescaped, and some of Pygments' languages take for ever.
_FENCE = re.compile(r"^([ \t>*+\-.)\d]*(?:`{3,}|~{3,})[ \t]*)([^\s`~]+)(?=[^`\n]*$)", re.MULTILINE)
_FENCED = re.compile(r"(`{3,})text\n(.*)\n\1", re.DOTALL)


def clean_markdown(
    source: str,
    attachments: Collection[str] = (),
    taken: Collection[str] = (),
    read: bool = True,
) -> str:
    """Give Markdown that runs nothing in a page, the same letter for letter if it is honest.

    Parameters
    ----------
    source : str
        The text, whatever it is.
    attachments : collection of str
        Names of the pictures that the cell carries.
    taken : collection of str
        Names by which a page finds its own parts. A heading's text becomes such a name,
        and formgrader would lay the buttons for another cell's points over this one.
    read : bool
        False shows the text as its source, unread.

    Returns
    -------
    cleaned : str
        Cleaning it again changes nothing.
    """
    text = _PRIVATE.sub("\ufffd", clean_source(source))
    if _is_fenced(text):
        return text
    text = _FENCE.sub(_known_language, text)
    if not read or length_to_read(text) > LONGEST_READ:
        return _fenced(text)
    if _is_safe(text, attachments, taken):
        return text
    for signs, tags_stay in (("<", True), ("<", False), ("<[", False)):
        candidate = _escaped(text, signs, tags_stay)
        if candidate is not None and _is_safe(candidate, attachments, taken):
            return candidate
    return _fenced(text)


def length_to_read(text: str) -> int:
    """Count a text's characters, those of pictures that were pasted into it by their share."""
    pictures = sum(len(data[0]) for data in _PICTURE_DATA.finditer(text))
    return len(text) - pictures + pictures // PICTURE_SHARE


def clean_attachments(attachments: object) -> dict[str, dict[str, str]]:
    """Keep of a cell's attachments the PNG and JPEG pictures with harmless names."""
    kept = {}
    for name, kinds in attachments.items() if isinstance(attachments, Mapping) else ():
        if isinstance(name, str) and _NAME.fullmatch(name) and isinstance(kinds, Mapping):
            found = {kind: clean_picture(kind, kinds.get(kind)) for kind in _PICTURE_KINDS}
            if pictures := {kind: value for kind, value in found.items() if value}:
                kept[name] = pictures
    return kept


def _known_language(found: re.Match[str]) -> str:
    return found[1] + (found[2] if found[2].lower() in _LANGUAGES else "text")


def _fenced(text: str) -> str:
    """Show a text as its source, in a block of code that it can't end."""
    if len(text) > LONGEST_SHOWN:
        text = text[:LONGEST_SHOWN] + "\n[the rest is left out]"
    longest = max(map(len, re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{text}\n{fence}"


def _is_fenced(text: str) -> bool:
    found = _FENCED.fullmatch(text)
    return found is not None and found[1] not in found[2]


class _Unsafe(Exception):
    """The page would hold something that isn't on the lists above."""


class _Strict(IPythonRenderer):  # type: ignore[misc]
    """The pages' own renderer, which refuses what isn't safe."""

    def __init__(self, taken: Collection[str], **options: Any) -> None:
        super().__init__(escape=False, **options)
        self.taken = {name.casefold() for name in taken}

    def heading(self, text: str, level: int, **attrs: Any) -> str:
        page = str(super().heading(text, level, **attrs))
        names = re.findall(r'\bid="([^"]*)"', page)
        if self.taken.intersection(html.unescape(name).casefold() for name in names):
            raise _Unsafe
        return page

    def inline_html(self, raw: str) -> str:
        return str(super().inline_html(_plain_tags_only(raw)))

    def block_html(self, raw: str) -> str:
        return str(super().block_html(_plain_tags_only(raw)))

    def block_mermaidjs(self, code: str) -> str:
        raise _Unsafe

    def block_code(self, code: str, info: str | None = None) -> str:
        if info and info.split() and info.split()[0].lower() not in _LANGUAGES:
            raise _Unsafe
        return str(super().block_code(code, info))

    def link(self, text: str, url: str, title: str | None = None) -> str:
        if not _LINK.fullmatch(url):
            raise _Unsafe
        return str(super().link(text, url, title))

    def image(self, text: str, url: str, title: str | None = None) -> str:
        data = _PICTURE_DATA.fullmatch(url)
        attached = url.startswith("attachment:") and url[len("attachment:") :] in self.attachments
        picture = data is not None and clean_picture(data[1], data[2]) is not None
        if not (attached or picture or _PICTURE_FILE.fullmatch(url)):
            raise _Unsafe
        return str(super().image(text, url, title))


def _plain_tags_only(raw: str) -> str:
    if _TAG_BEGINS.search(_PLAIN_TAG.sub("", raw)):
        raise _Unsafe
    return raw


class _Finder(IPythonRenderer):  # type: ignore[misc]
    """Notes which characters stand in code and in formulas, where nothing is HTML."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.literal: set[str] = set()

    def codespan(self, text: str) -> str:
        self.literal.update(text)
        return ""

    def block_code(self, code: str, info: str | None = None) -> str:
        self.literal.update(code)
        return ""

    def inline_math(self, body: str) -> str:
        self.literal.update(body)
        return ""

    def block_math(self, body: str) -> str:
        self.literal.update(body)
        return ""

    def latex_environment(self, name: str, body: str) -> str:
        self.literal.update(body)
        return ""


def _is_safe(text: str, attachments: Collection[str], taken: Collection[str]) -> bool:
    renderer = _Strict(taken, attachments={name: {"image/png": ""} for name in attachments})
    try:
        page = MarkdownWithMath(renderer=renderer).render(text)
    except (Exception, RecursionError):  # whatever the page's writer would stumble over
        return False
    if clean_source(page) != page:  # written as entities
        return False
    shown = re.sub(r"<(pre|code)\b.*?</\1>", "", page, flags=re.DOTALL)  # MathJax skips these
    return not ACTIVE_TEX.search(html.unescape(re.sub(r"<[^>]*>", "", shown)))


def _escaped(text: str, signs: str, tags_stay: bool) -> str | None:
    """Write signs outside of code and formulas as entities."""
    places = [found.start() for found in re.finditer(f"[{re.escape(signs)}]", text)]
    if tags_stay:
        places = [place for place in places if not _PLAIN_TAG.match(text, place)]
    if len(places) > _LAST_STAND_IN - _FIRST_STAND_IN:
        return None
    stand_ins = {place: chr(_FIRST_STAND_IN + number) for number, place in enumerate(places)}
    finder = _Finder(escape=False)
    try:
        MarkdownWithMath(renderer=finder).render(_put(text, stand_ins))
    except (Exception, RecursionError):
        return None
    told = {
        place: _ENTITIES[text[place]]
        for place, stand_in in stand_ins.items()
        if stand_in not in finder.literal and (text[place] != "<" or _TAG_BEGINS.match(text, place))
    }
    return _put(text, told)


def _put(text: str, at: Mapping[int, str]) -> str:
    return "".join(at.get(place, sign) for place, sign in enumerate(text))
