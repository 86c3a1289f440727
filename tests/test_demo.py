"""The class of made-up students, from one command, over the whole course."""

from __future__ import annotations

import csv

import pytest
from click.testing import CliRunner

from autograder import course
from autograder.cli import main
from autograder.exercises import ASSIGNMENTS


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    path = tmp_path_factory.mktemp("demo") / "demo-class"
    result = CliRunner().invoke(main, ["demo", str(path), "--students", "12"])
    assert result.exit_code == 0, result.stderr
    return path, result.output


def test_it_ends_with_the_classs_table(demo):
    _, output = demo
    told = "12 students: 10 graded, 1 needs a human, 1 missing."
    assert output.count(told) == len(course.ORDER)
    assert "O'Hara, Ann" in output
    assert "Ünï 学生" in output
    assert "is not valid JSON" in output
    assert "Most frequent" in output or output.count("×") == 0


def test_the_csv_holds_a_real_mixture(demo):
    path, _ = demo
    with (path / "marks.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    cells = sum(len(exercises) for exercises in ASSIGNMENTS.values())
    questions = {r["exercise"] for r in rows if r["max_score"] == "5.0"}
    assert len(questions) >= len(course.ORDER)
    assert len(rows) == 12 * (cells + len(questions))
    statuses = {row["status"] for row in rows}
    assert {"graded", "blank", "needs a human", "missing"} <= statuses
    marked = [r for r in rows if r["status"] == "graded" and r["max_score"] == "10.0"]
    full = [row for row in marked if row["score"] == "10.0"]
    less = [row for row in marked if row["score"] != "10.0"]
    assert len(full) > 100
    assert len(less) > 10
    assert not any(row["mistake"] for row in full)
    assert sum(bool(row["mistake"]) for row in less) >= 0.9 * len(less)


def test_there_is_a_page_for_everyone_who_was_marked(demo):
    path, _ = demo
    pages = list((path / "feedback").glob("*/*/*.html"))
    assert len(pages) == 10 * len(course.ORDER)
    assert all(page.stat().st_size > 50_000 for page in pages)


def test_another_seed_is_another_class_and_the_same_seed_the_same(tmp_path):
    from autograder.demo import make_class

    def handed_in(seed, name):
        folder = make_class(tmp_path / name, 6, seed)
        files = sorted((folder.path / "submitted").rglob("*.ipynb"))
        return [(file.relative_to(folder.path), file.read_bytes()) for file in files]

    assert handed_in(3, "a") == handed_in(3, "b")
    assert handed_in(3, "c") != handed_in(4, "d")
