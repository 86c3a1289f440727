"""The proof is green, and it would turn red."""

from __future__ import annotations

import pytest
from conftest import ROOT

from autograder.exercises import EXERCISES, answers
from autograder.exercises.answers import Mistake, Variant, read_answers
from autograder.proving import prove as module
from autograder.proving.prove import kill_table, prove

BACKWARD = ("linear_backward", "linear_activation_backward", "L_model_backward")


@pytest.fixture(scope="module")
def proofs():
    return prove()


def test_no_mistake_alive_no_variant_refused_no_hint_wrong_no_mutant_unexplained(proofs):
    assert [f"{p.exercise}: {fault}" for p in proofs for fault in p.faults] == []


def test_the_committed_table_is_this_proofs(proofs):
    assert kill_table(proofs) in (ROOT / "docs" / "kill-table.md").read_text(encoding="utf-8")


def test_nearly_every_mistake_is_called_by_its_own_name(proofs):
    assert sum(p.named for p in proofs) >= 0.97 * sum(p.mistakes for p in proofs)


@pytest.mark.parametrize("name", list(EXERCISES))
def test_the_catalogue_is_large_enough(name):
    right, wrong = answers(name)
    assert len(right) >= 6
    assert len(wrong) >= (15 if name in BACKWARD else 8)


def proof_with(monkeypatch, right, wrong):
    monkeypatch.setattr(module, "answers", lambda name: (right, wrong))
    monkeypatch.setattr(module, "_prove_mutants", lambda exercise, proof: None)
    [proof] = prove(["linear_forward"])
    return proof.faults


RIGHT = "def linear_forward(A, W, b):\n    return W @ A + b, (A, W, b)"
WRONG = "def linear_forward(A, W, b):\n    return W @ A - b, (A, W, b)"


def test_a_refused_variant_shows(monkeypatch):
    assert proof_with(monkeypatch, (Variant("v", WRONG),), ()) == ["right variant refused: v"]


def test_a_living_mistake_and_a_wrong_hint_show(monkeypatch):
    name = answers("linear_forward")[1][0].name
    faults = proof_with(monkeypatch, (), (Mistake(name, RIGHT, "hint"),))
    assert f"mistake alive: {name}" in faults
    faults = proof_with(monkeypatch, (), (Mistake(name, WRONG, "hint"),))
    assert [f for f in faults if f.startswith(f"hint wrong: {name} is called")]


def test_a_living_mutant_without_a_reason_shows(monkeypatch, tmp_path):
    text = module.EQUIVALENT.read_text(encoding="utf-8")
    line = "- `W @ A + b` as `b + W @ A`: because a sum has no order.\n"
    assert line in text
    (tmp_path / "e.md").write_text(text.replace(line, ""), encoding="utf-8")
    monkeypatch.setattr(module, "EQUIVALENT", tmp_path / "e.md")
    [proof] = prove(["linear_forward"])
    assert proof.faults == ["mutant alive: `W @ A + b` as `b + W @ A`"]
    (tmp_path / "e.md").write_text(
        text + "\n## linear_forward\n\n- x: because y\n", encoding="utf-8"
    )
    [proof] = prove(["linear_forward"])
    assert proof.faults == ["explained, but not alive: x"]


def test_a_catalogue_with_a_hole_is_refused(tmp_path):
    from autograder.errors import SourceError

    path = tmp_path / "f.md"
    for text, reason in (
        ("## Right\n\n### a\n", "lacks its code"),
        ("## Wrong\n\n### a\n\n```python\nx\n```\n", "lacks its code or its hint"),
        ("## Right\n\n### a\n\n```python\nx\n```\n\n### a\n\n```python\nx\n```\n", "stands twice"),
    ):
        path.write_text(text)
        read_answers.cache_clear()
        with pytest.raises(SourceError, match=reason):
            read_answers(path)
