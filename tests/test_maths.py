"""The maths of the notebooks, as far as it can be read without a browser."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from conftest import ROOT

from autograder import course
from autograder.building.notebooks import read_source
from autograder.exercises import ASSIGNMENTS, answers

CODE = re.compile(r"^```.*?^```$|(`+)[^`]+\1", re.DOTALL | re.MULTILINE)
DISPLAYED = re.compile(r"\$\$((?:[^$\n]|\n(?!\n))+)\$\$")
INLINE = re.compile(r"\$([^$\n]+)\$(\d?)")
every = pytest.mark.parametrize("assignment", sorted(ASSIGNMENTS))


def texts(path: Path) -> list[str]:
    """Give the Markdown of a notebook's source, cell by cell, or of a page, without code."""
    if path.name == "README.md":
        return [CODE.sub("", path.read_text(encoding="utf-8"))]
    return [CODE.sub("", c.source) for c in read_source(path).cells if c.cell_type == "markdown"]


def numbers(text: str) -> list[tuple[int, ...]]:
    """Give the numbers of the equations that are written in a text, in its order."""
    return [tuple(map(int, n.split("."))) for n in re.findall(r"\\tag\{(\d+\.\d+)\}", text)]


@pytest.mark.parametrize("name", [*sorted(ASSIGNMENTS), "README"])
def test_every_formula_is_read_as_one(name):
    page = ROOT / "notebooks" / "README.md"
    for text in texts(page if name == "README" else course.SOURCES / f"{name}.md"):
        rest = DISPLAYED.sub("", text)
        assert not re.search(r"\$|\\[a-zA-Z]", INLINE.sub("", rest)), text
        for formula in DISPLAYED.findall(text) + [inline for inline, _ in INLINE.findall(rest)]:
            assert formula.count("{") == formula.count("}"), formula
            sizes = re.findall(r"\\(left|right)(?![a-z])", formula)
            assert sizes.count("left") == sizes.count("right"), formula
            # MathJax takes this space for an operand, and the sign for a difference.
            assert not re.search(r"\\ [-+]", formula), formula
        # VS Code wants no space inside the signs and no digit behind them.
        for inline, behind in INLINE.findall(rest):
            assert inline == inline.strip(), inline
            assert not behind, inline
        # Only Jupyter takes the formulas out before it looks for the cells of a table.
        rows = "\n".join(line for line in rest.splitlines() if line.startswith("|"))
        assert not [inline for inline, _ in INLINE.findall(rows) if "|" in inline], rows


@every
def test_every_displayed_equation_has_a_number_and_they_count_up(assignment):
    text = "\n".join(texts(course.SOURCES / f"{assignment}.md"))
    assert text.count("$$") == 2 * len(numbers(text))
    expected = [1, 0]
    for exercise, number in numbers(text):
        expected = [exercise, expected[1] + 1 if exercise == expected[0] else 1]
        assert [exercise, number] == expected
    assert numbers(text) == sorted(numbers(text))


@every
def test_every_equation_that_is_named_stands_in_the_text(assignment):
    path = course.SOURCES / f"{assignment}.md"
    text = "\n".join(texts(path))
    there = {f"{exercise}.{number}" for exercise, number in numbers(text)}
    code = "\n".join(c.source for c in read_source(path).cells if c.cell_type == "code")
    # What two notebooks share is counted as the first of them counts.
    own = [e.name for e in ASSIGNMENTS[assignment] if e.assignment == assignment]
    hints = "\n".join(mistake.hint for name in own for mistake in answers(name)[1])
    assert set(re.findall(r"\((\d+\.\d)\)", text)) <= there
    assert set(re.findall(r"[Ee]quations? (\d+\.\d)", text + code + hints)) <= there
