"""What marks come from: every part is in a key, and a change is named."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import resuming
from resuming import ASSIGNMENT

from autograder.exercises import ASSIGNMENTS, EXERCISES
from autograder.grading import keys

FIXED = "linear_backward"
WHY = f"the check of {FIXED}"


def test_every_exercise_has_a_source_and_imports_in_the_one_way_that_is_followed():
    for name in EXERCISES:
        own = keys.sources(name)
        assert own[0] == keys.source_of(name)
        assert len(keys.files(own[0])) == 2  # the module and its answers
    for path in (keys.PACKAGE / "exercises").glob("*/*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                assert not any(one.name.startswith("autograder") for one in node.names), path
            if isinstance(node, ast.ImportFrom):
                assert node.level == 0, path


def test_all_that_a_source_imports_of_exercises_is_found():
    """The grammar, which takes much longer to read, says the same."""
    seen = 0
    for path in (keys.PACKAGE / "exercises").glob("*/*.py"):
        if path.stem == "__init__":
            continue
        tree = ast.parse(path.read_text())
        nodes = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
        named = [f"{node.module}.{one.name}" for node in nodes for one in node.names]
        wanted = [source for module in named if (source := keys._source(module))]
        assert sorted(keys._imported(f"{path.parent.name}/{path.stem}")) == sorted(wanted), path
        seen += len(wanted)
    assert seen > 20


def test_what_judges_is_in_the_key_whole():
    """All of our modules that a judge's process or a sandbox loads are in some part of it."""
    code = (
        "import sys, autograder.worker, autograder.sandbox.zygote\n"
        "for m in list(sys.modules.values()):\n"
        "    print(getattr(m, '__file__', None) or '')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    root = keys.PACKAGE.parent
    loaded = {Path(line) for line in done.stdout.split("\n") if line}
    ours = {path for path in loaded if path.parent == root or keys.PACKAGE in path.parents}
    parts = set(keys.engine_files())
    for name in ASSIGNMENTS:
        parts |= {path for source in keys.checks(name) for path in keys.files(source)}
    assert len(ours) > 80
    assert ours <= parts


def test_one_exercises_check_is_in_the_key_of_who_is_judged_by_it(monkeypatch):
    def touched(name):
        monkeypatch.setattr(resuming, "FIXED", {name})
        return {a for a in ASSIGNMENTS if keys.checks(a) != resuming.fixed_checks(a)}

    assert touched("update_lr") == {"optimization"}
    assert touched("update_parameters_with_adam") == {"optimization", "two-apis"}
    assert touched("random_mini_batches") == {"optimization", "two-apis"}
    assert touched("linear_backward") == {"step-by-step", "two-apis", "find-the-bug"}
    assert touched("two_layer_model") == {"application"}
    assert keys.source_of("linear_backward") in keys.sources("linear_activation_backward")
    assert keys.source_of("linear_backward") not in keys.sources("linear_forward")


def test_a_change_is_named_for_the_exercises_that_it_concerns():
    old = keys.Key("s", "n", "c", "e", keys.checks(ASSIGNMENT), {"numpy": "2.0", "gone": "1"})
    new = keys.Key("s", "n", "c", "f", old.checks | {keys.source_of(FIXED): "x"}, {"numpy": "2.1"})
    libraries = ["autograder's judging", "numpy 2.0 → 2.1", "gone 1 → none"]
    assert keys.changes(old, new) == [WHY, *libraries]
    assert keys.changes(old, new, "L_model_backward") == [WHY, *libraries]
    assert keys.changes(old, new, "linear_forward") == libraries
    assert keys.changes(old, old) == []
