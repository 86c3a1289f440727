"""Write drawn pages as SVG files with a title and a description, or compare with what is there."""

from __future__ import annotations

import argparse
import re
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from xml.sax.saxutils import escape

import matplotlib as mpl
from _shapes import WIDTH, Canvas

HERE = Path(__file__).resolve().parent
Drawn = Mapping[str, tuple[Callable[[], Canvas], str]]


def svg_bytes(name: str, draw: Callable[[], Canvas], alt: str, folder: Path) -> bytes:
    """Draw one figure and return the finished file."""
    # A salt for each figure: two of them in one page must not share an id.
    mpl.rcParams["svg.hashsalt"] = f"backprop-by-hand-{name}"
    raw = folder / f"{name}.raw"
    canvas = draw()
    canvas.figure.savefig(raw, format="svg", metadata={"Date": None, "Creator": None})
    svg = raw.read_text(encoding="utf-8")
    size = f'width="{WIDTH}pt" height="{canvas.height}pt"'
    start = svg.index("<svg ")
    end = svg.index(">", start)
    if size not in svg[start:end]:
        raise ValueError(f"{name}: matplotlib wrote the size of the page in a new way")
    named = f'width="{WIDTH}" height="{canvas.height}" role="img"'
    named += f' aria-labelledby="{name}-title {name}-desc"'
    words = f'\n <title id="{name}-title">{name}</title>'
    words += f'\n <desc id="{name}-desc">{escape(alt)}</desc>'
    opening = svg[start:end].replace(size, named)
    svg = f"{svg[:start]}{opening}>{words}{svg[end + 1 :]}"
    # matplotlib ends the lines of a path with a space, which `git diff --check` would report.
    return re.sub(r" +$", "", svg, flags=re.MULTILINE).encode("utf-8")


def write_or_check(
    prefix: str, drawn: Drawn, script: str, arguments: list[str] | None = None
) -> int:
    """Draw every figure, or with ``--check`` say which files differ; return the exit code."""
    parser = argparse.ArgumentParser(description=f"Draw the figures {prefix}*.svg.")
    parser.add_argument("--check", action="store_true", help="compare, and write nothing")
    check = parser.parse_args(arguments).check
    differing = []
    with tempfile.TemporaryDirectory() as scratch:
        for name, (draw, alt) in drawn.items():
            file = HERE / f"{prefix}{name}.svg"
            fresh = svg_bytes(f"{prefix}{name}", draw, alt, Path(scratch))
            if not check:
                file.write_bytes(fresh)
            elif not file.exists() or file.read_bytes() != fresh:
                differing.append(file.name)
    for file_name in differing:
        print(f"{file_name} differs from a fresh drawing: run {script}, look at it")
    return 1 if differing else 0
