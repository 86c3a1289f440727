"""Mark a class with `otter run`, one submission after the other, without containers.

It is run by a Python of Otter's own, so it imports nothing of ours. Otter has its own form of
tests: for each exercise one, which makes the visible check in the student's process. The check
cells are taken out of the notebooks, so that nothing is checked twice.

Started as ``python with_otter.py CLASS ASSIGNMENT ZIP``.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

TEST = """from otter.test_files import test_case
from autograder.check import check

OK_FORMAT = False
name = "{name}"
points = 10


@test_case(points=10, hidden=False)
def test_{name}({name}):
    check("{name}", {name})
"""


def main() -> None:
    """Make Otter's zip, then mark everyone."""
    from otter.run import main as run

    folder, assignment, target = Path(sys.argv[1]).resolve(), sys.argv[2], Path(sys.argv[3])
    release = folder / "release" / assignment
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        make_zip(release, assignment, place / "tests", target)
        for path in sorted(folder.glob(f"submitted/*/{assignment}/{assignment}.ipynb")):
            (place / "out").mkdir(exist_ok=True)
            submission = place / path.name
            submission.write_text(json.dumps(without_checks(json.loads(path.read_text()))))
            run(
                str(submission), autograder=str(target), output_dir=str(place / "out"), no_logo=True
            )
            results = json.loads((place / "out" / "results.json").read_text())
            points = [test.get("score", 0.0) for test in results["tests"]]
            print(path.parent.parent.name, points, flush=True)
            if len(points) < 2:  # only Otter's own summary: nothing was marked
                sys.exit(f"otter run marked nothing: {json.dumps(results)[:2000]}")
            (place / "out" / "results.json").unlink()


def make_zip(release: Path, assignment: str, tests: Path, target: Path) -> None:
    """Have Otter make its zip of tests, one an exercise, and of the course's files."""
    notebook = json.loads((release / f"{assignment}.ipynb").read_text())
    names = [cell["metadata"].get("nbgrader", {}).get("grade_id", "") for cell in notebook["cells"]]
    tests.mkdir()
    for name in names:
        if f"check-{name}" in names:
            (tests / f"{name}.py").write_text(TEST.format(name=name))
    beside = [p for p in release.rglob("*") if p.is_file() and p.suffix != ".ipynb"]
    files = [str(p.relative_to(release)) for p in beside if p.name != "requirements.txt"]
    otter = Path(sys.executable).with_name("otter")
    command = [str(otter), "generate", "-t", str(tests), "-o", str(target), *files]
    subprocess.run([*command, "--no-requirements", "--no-environment"], cwd=release, check=True)


def without_checks(notebook: dict) -> dict:  # type: ignore[type-arg]
    """Take the check cells out of a notebook."""
    kept = []
    for cell in notebook["cells"]:
        if not (cell["cell_type"] == "code" and cell["metadata"].get("nbgrader", {}).get("grade")):
            kept.append(cell)
    return notebook | {"cells": kept}


if __name__ == "__main__":
    main()
