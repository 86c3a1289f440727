"""Attacks by the files that are handed in: broken, huge, strange, no files at all."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from functools import partial
from typing import Any

import nbformat

from autograder.proving.attacks.laying import (
    closed,
    deep_folders,
    grow,
    instead,
    link_folder,
    many_files,
    no_files,
    renamed,
    second_notebooks,
    socket_file,
    strange_names,
    timestamp,
)
from autograder.proving.attacks.model import Attack, Edit, Places

_file = partial(Attack, theme="files", on_stock=True)
# Of these a notebook is handed in besides, so that what it is put together with is marked.
_beside = partial(_file, batch="beside")


def _bytes(content: bytes) -> Edit:
    return lambda notebook, places: content


def _text_of(notebook: Any) -> str:
    text: str = nbformat.writes(notebook)
    return text


def _rewritten(change: Callable[[str], bytes]) -> Edit:
    return lambda notebook, places: change(_text_of(notebook))


def _raw(change: Callable[[dict[str, Any]], object]) -> Edit:
    """Change the notebook's data, past all that nbformat would check."""

    def edit(notebook: Any, _: Places) -> bytes:
        data = json.loads(_text_of(notebook))
        change(data)
        return json.dumps(data).encode()

    return edit


def _odd_cells(data: dict[str, Any]) -> None:
    data["cells"][2:2] = [
        7, None, [], "text", {}, {"cell_type": "code"}, {"cell_type": "code", "source": 7},
        {"cell_type": "code", "source": [7, None, ["x"]], "metadata": [], "outputs": "none"},
        {"cell_type": "heading", "level": 1e400, "source": "x"}, {"cell_type": ["code"]},
        {"cell_type": "markdown", "source": "x", "attachments": {"a": {"b": 7}}, "id": 5},
    ]  # fmt: skip


def _no_cells(data: dict[str, Any]) -> None:
    data["cells"] = {"0": data["cells"]}


def _old(data: dict[str, Any]) -> None:
    cells = [{"cell_type": "code", "input": "1", "language": "python", "outputs": [7]}]
    data.clear()
    data.update(nbformat=3, nbformat_minor=0, metadata={}, worksheets=[{"cells": cells}, 7])


def _many_cells(data: dict[str, Any]) -> None:
    data["cells"] += [{"cell_type": "raw", "metadata": {}, "source": "x"}] * 100_000


def _large_cell(data: dict[str, Any]) -> None:
    source = "x = '''" + "repeated " * 1_200_000 + "'''"
    data["cells"].append({"cell_type": "code", "metadata": {}, "source": source, "outputs": []})


def _large_metadata(data: dict[str, Any]) -> None:
    data["metadata"] |= {f"key {n}": {"value": "x" * 1000} for n in range(10_000)}
    data["metadata"]["kernelspec"] = {"name": "../../evil", "display_name": "x", "language": "sh"}
    data["metadata"]["language_info"] = {"name": "sh", "file_extension": "/../../../evil"}


def _strange_text(data: dict[str, Any]) -> None:
    text = "'\ud800 \udfff \x00 \x1b[31m \u202e \ufeff'\n# \u2028\n"
    data["cells"].append({"cell_type": "code", "metadata": {}, "source": text, "outputs": []})
    data["cells"].append(
        {"cell_type": "markdown", "metadata": {"\ud800": "\udfff"}, "source": text}
    )


def _same_ids(data: dict[str, Any]) -> None:
    for cell in data["cells"]:
        cell["id"] = "same id, and not allowed \x00"


ATTACKS = (
    _file("not-json", what="Hands in text that is no JSON.", edit=_bytes(b"{" + b"x" * 1000)),
    _file("not-utf-8", what="Hands in bytes that are no UTF-8.", edit=_bytes(b'{"\xff\xfe": 1}')),
    _file("empty-file", what="Hands in an empty file.", edit=_bytes(b"")),
    _file("nul-bytes", what="Hands in a megabyte of NUL bytes.", edit=_bytes(bytes(1_000_000))),
    _file("no-notebook", what="Hands in JSON that is no notebook.", edit=_bytes(b"[1, 2]")),
    _file("deep-json", what="Hands in JSON nested 100,000 deep.", edit=_bytes(b"[" * 100_000)),
    _file(
        "deep-notebook",
        what="Hands in a notebook whose metadata is nested 900 deep.",
        edit=_rewritten(lambda text: ('{"a":' * 900 + text + "}" * 900).encode()),
    ),
    _file(
        "long-number",
        what="Hands in JSON with a number of a million digits, NaN and Infinity.",
        edit=_bytes(b'{"nbformat": 4, "cells": [NaN, -Infinity, ' + b"9" * 1_000_000 + b"]}"),
    ),
    _file(
        "other-encodings",
        what="Hands in UTF-16.",
        edit=_rewritten(lambda text: text.encode("utf-16")),
    ),
    _file(
        "byte-order-mark",
        what="Hands in a notebook that starts with a byte order mark; it is an honest one.",
        edit=_rewritten(lambda text: b"\xef\xbb\xbf" + text.encode()),
        base="right",
    ),
    _file(
        "keys-twice",
        what="Hands in JSON in which keys stand twice, first harmless and then not.",
        edit=_rewritten(
            lambda text: text.replace('"nbformat": 4', '"nbformat": 4, "nbformat": 99').encode()
        ),
    ),
    _file(
        "other-version", what="Says it is of format -3.", edit=_raw(lambda d: d.update(nbformat=-3))
    ),
    _file("old-version", what="Is of format 3, and broken in that, too.", edit=_raw(_old)),
    _file("cells-no-list", what="Has a dictionary in place of cells.", edit=_raw(_no_cells)),
    _file(
        "odd-cells",
        what="Has numbers, lists and half cells among its cells.",
        edit=_raw(_odd_cells),
    ),
    _file("many-cells", what="Has 100,000 cells.", edit=_raw(_many_cells)),
    _file(
        "large-cell",
        what="Has a cell of 10 MB, the same word again and again.",
        edit=_raw(_large_cell),
    ),
    _file(
        "large-metadata",
        what="Has 10 MB of metadata and names another kernel.",
        edit=_raw(_large_metadata),
    ),
    _file(
        "strange-text",
        what="Has lone surrogates, NUL bytes, escape codes and reversed text in its cells.",
        edit=_raw(_strange_text),
    ),
    _file("same-ids", what="Has the same, forbidden id in all cells.", edit=_raw(_same_ids)),
    _file("notebook-of-200-megabytes", what="Hands in 200 MB.", prepare=grow),
    _file(
        "notebook-is-a-symlink",
        what="Hands in a symbolic link to somebody's file in place of a notebook.",
        prepare=instead(lambda path, places: path.symlink_to(places["secret"])),
    ),
    _file(
        "notebook-is-another-students",
        what="Hands in a symbolic link to another student's notebook.",
        prepare=instead(lambda path, places: path.symlink_to(places["submitted"])),
    ),
    _file(
        "notebook-is-a-pipe",
        what="Hands in a named pipe, which nobody ever fills.",
        prepare=instead(lambda path, _: os.mkfifo(path)),
    ),
    _file(
        "notebook-is-a-folder",
        what="Hands in a folder with the notebook's name.",
        prepare=instead(lambda path, _: path.mkdir()),
    ),
    _file(
        "notebook-is-a-socket",
        what="Hands in a socket with the notebook's name.",
        prepare=instead(socket_file),
    ),
    _file(
        "folder-is-a-symlink",
        what="Hands in a symbolic link to another student's folder in place of its own.",
        prepare=link_folder,
    ),
    _file(
        "notebook-with-a-new-line",
        what="Gives the notebook a name with a new line and escape codes.",
        prepare=renamed("step\n\x1b[2J{marker}\x1b[0m.ipynb"),
    ),
    _file(
        "notebook-with-no-text-name",
        what="Gives the notebook a name that is no UTF-8.",
        prepare=renamed(os.fsdecode(b"st\xff\xfep.ipynb")),
    ),
    _beside(
        "no-files-beside",
        what="Hands in a pipe, a socket, an endless device, dead links.",
        prepare=no_files,
    ),
    _beside(
        "strange-names-beside",
        what="Hands in files with names that shells and tools stumble over.",
        prepare=strange_names,
    ),
    _beside(
        "deep-folders-beside",
        what="Hands in folders nested as deep as names may be long.",
        prepare=deep_folders,
    ),
    _file(
        "many-files-beside",
        what="Hands in 3000 files, and one of 3 GB with holes.",
        prepare=many_files,
    ),
    _beside(
        "closed-files-beside",
        what="Hands in files and folders that may not be opened.",
        prepare=closed,
    ),
    _file("time-beside", what="Hands in a time stamp that is no time.", prepare=timestamp),
    _beside(
        "more-notebooks-beside",
        what="Hands in more notebooks with names like the right one.",
        prepare=second_notebooks,
    ),
)
