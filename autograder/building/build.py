"""`autograder build`: what the repository holds in generated form."""

from __future__ import annotations

from pathlib import Path

from autograder import course
from autograder.building.checks_file import write_checks
from autograder.building.notebooks import learner_copy, read_source, to_json


def build(root: Path = course.ROOT) -> list[Path]:
    """Write every learner's copy and datasets/checks.h5 below `root`; give their paths."""
    written = []
    for assignment in course.assignments():
        path = root / "notebooks" / f"{assignment}.ipynb"
        path.parent.mkdir(parents=True, exist_ok=True)
        notebook = learner_copy(read_source(course.SOURCES / f"{assignment}.md"))
        path.write_text(to_json(notebook), encoding="utf-8")
        written.append(path)
    checks = root / "datasets" / course.CHECKS.name
    write_checks(checks)
    return [*written, checks]
