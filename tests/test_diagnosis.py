"""Wrong answers are told what the mistake is, and nothing untrue."""

from __future__ import annotations

import numpy as np
import pytest
from judging import TWO_MISTAKES, WRONG_LINEAR, code_of, notebook, points, verdicts

from autograder.calling import Outcome
from autograder.check import CheckFailed, check
from autograder.diagnosis import BEHAVES
from autograder.exercises import EXERCISES, answers
from autograder.exercises.known import written
from autograder.exercises.mutants import mutants
from autograder.signatures import agree, signature

# --- diagnosis --------------------------------------------------------------------------


def test_two_mistakes_in_two_places_are_both_named():
    space = notebook(TWO_MISTAKES)
    _, hidden = verdicts("linear_backward", space["linear_backward"])
    assert len(hidden.mistakes) == 2
    assert any("dW" in name for name in hidden.mistakes)
    assert any("db" in name for name in hidden.mistakes)
    # The hint of the one must not call the other's part right.
    assert "other two are right" not in hidden.words
    assert "Like db, dW adds up" in hidden.words


@pytest.mark.parametrize(
    ("name", "code", "said"),
    [
        (
            "linear_backward",
            """
def linear_backward(dZ, cache):
    A_prev, W, b = cache
    m = dZ.shape[1]
    return W.T @ dZ, -7 * dZ @ A_prev.T / m, np.mean(dZ, axis=1, keepdims=True)
""",
            "dW off by the factor -7",
        ),
        (
            "linear_forward",
            """
def linear_forward(A, W, b):
    return W @ A + b + 0.3 * b, (A, W, b)
""",
            "Z off by 0.3 times b",
        ),
        (
            "linear_backward",
            """
def linear_backward(dZ, cache):
    A_prev, W, b = cache
    m = dZ.shape[1]
    dW = dZ @ A_prev.T / m + 0.05 * W
    return W.T @ dZ, dW, np.mean(dZ, axis=1, keepdims=True)
""",
            "dW off by 0.05 times array 2 in cache",
        ),
        (
            "L_model_backward",
            """
def L_model_backward(AL, Y, caches):
    grads = {}
    dA = (AL - Y) / (AL * (1 - AL))
    for l in range(len(caches), 0, -1):
        kind = "sigmoid" if l == len(caches) else "relu"
        dA, dW, db = linear_activation_backward(dA, caches[l - 1], kind)
        grads[f"dA{l}"], grads[f"dW{l + 1}"], grads[f"db{l + 1}"] = dA, dW, db
    return grads
""",
            "all keys one too high",
        ),
        (
            "compute_cost",
            """
def compute_cost(AL, Y):
    return np.round(-np.mean(Y * np.log(AL) + (1 - Y) * np.log(1 - AL)), 5)
""",
            "cost rounded to 5 decimals",
        ),
    ],
)
def test_patterns_speak_where_no_known_mistake_does(name, code, said):
    function = written(EXERCISES[name], code)
    _, hidden = verdicts(name, function)
    assert hidden.points < 6
    assert any(said in mistake for mistake in hidden.mistakes), hidden.mistakes


def test_a_global_m_that_has_a_value_is_named_too():
    code = code_of("linear_backward")
    assert "m = " in code
    space = notebook("m = 209", "\n".join(t for t in code.splitlines() if "m = " not in t))
    _, hidden = verdicts("linear_backward", space["linear_backward"])
    assert hidden.mistakes == ["depends on m from outside"]


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("relu_backward", "return np.logical_and(dA, cache > 0)"),
        ("relu_backward", "return dA > 0"),
        ("suspect_layer", "print(3)"),
        ("dictionary_to_vector", "theta = np.zeros((9, 1))"),
        ("gradient_check", "return {name: False for name in [*numerical, 'all']}"),
    ],
)
def test_a_machine_made_mistake_does_not_speak_of_what_many_slips_end_in(name, code):
    parameters = ", ".join(EXERCISES[name].contract.parameters)
    function = written(EXERCISES[name], f"def {name}({parameters}):\n    {code}")
    verdict, _ = verdicts(name, function)
    assert verdict.points < 4
    assert BEHAVES not in verdict.words


def test_one_that_gives_what_the_code_gives_in_numbers_does():
    code = code_of("relu_backward")
    made = next(m for m in mutants(EXERCISES["relu_backward"].reference) if "<" in m.label)
    assert made.code != code
    _, hidden = verdicts("relu_backward", written(EXERCISES["relu_backward"], made.code))
    assert hidden.points < 6
    assert hidden.mistakes


def test_a_forgotten_return_is_asked_for():
    function = written(EXERCISES["suspect_layer"], "def suspect_layer(differences, t=1): 3")
    visible, _ = verdicts("suspect_layer", function)
    assert "layer is None. Is a `return` missing?" in visible.words
    assert visible.mistakes == []


def test_the_numbers_of_what_is_true_and_false_count():
    """Else all bool arrays of one shape would be one mistake."""
    contract = EXERCISES["relu_backward"].contract
    one, other = (
        signature(contract, Outcome(np.array([[first, True]]), None, ()), ())
        for first in (True, False)
    )
    assert one.keys() == other.keys()
    assert not agree(one["result"], other["result"])


def test_a_hint_left_with_nothing_true_is_left_out():
    from autograder.diagnosis import _of_its_own_part

    assert _of_its_own_part("dW is right. Look at db.") == "Look at db."
    assert _of_its_own_part("dW is right, db is not.") == ""


def test_a_failure_of_the_hints_costs_no_points(monkeypatch):
    def fail(*args):
        raise RuntimeError

    function = notebook(TWO_MISTAKES)["linear_backward"]
    with_hints = points("linear_backward", function)
    monkeypatch.setattr("autograder.judge.hints", fail)
    monkeypatch.setattr("autograder.check.hints", fail)
    assert points("linear_backward", function) == with_hints
    with pytest.raises(CheckFailed, match="not right yet"):
        check("linear_backward", function)


def test_hidden_words_hold_no_numbers_of_the_probes():
    space = notebook(TWO_MISTAKES)
    _, hidden = verdicts("linear_backward", space["linear_backward"])
    assert "you return" not in hidden.words
    assert "Hidden case" in hidden.words


def test_hints_never_hold_a_line_of_the_reference():
    import inspect

    for name, exercise in EXERCISES.items():
        source = inspect.getsource(exercise.reference).split('"""')[-1]
        lines = [line.split("#")[0].strip() for line in source.splitlines()]
        expressions = [line.partition(" = ")[2] or line for line in lines]
        expressions = [expression for expression in expressions if len(expression) > 15]
        for mistake in answers(name)[1]:
            assert not [e for e in expressions if e in mistake.hint], mistake.name


def test_the_learners_own_check_names_mistakes_and_unready_helpers():
    wrong = notebook(WRONG_LINEAR.replace("/ m", "/ dZ.shape[1]"))["linear_backward"]
    with pytest.raises(CheckFailed, match="agrees with a known mistake: 1/m in dA_prev"):
        check("linear_backward", wrong)
    space = notebook(WRONG_LINEAR, code_of("linear_activation_backward"))
    with pytest.raises(
        CheckFailed, match="and linear_backward, which it builds on, does not pass its own check"
    ):
        check("linear_activation_backward", space["linear_activation_backward"])


def test_two_threads_do_not_spoil_each_others_table(tmp_path, monkeypatch):
    """NumPy's random state is one for all threads."""
    from concurrent.futures import ThreadPoolExecutor

    from autograder.exercises import known

    exercise = EXERCISES["initialize_parameters"]
    alone = known.known_mistakes_of(exercise, known.DIAGNOSIS_SEED, hidden=True)
    monkeypatch.setattr(known, "user_cache_dir", lambda name: str(tmp_path / "none" / name))
    known._diagnosis_table.cache_clear()
    others = ("initialize_parameters_deep", "initialize_parameters") * 2
    with ThreadPoolExecutor(4) as pool:
        tables = list(pool.map(lambda name: known.diagnosis_table(EXERCISES[name]), others))
    assert tables[1] == tables[3] == alone


@pytest.mark.parametrize("told", [b"", b"rubbish", b"\x91\x80"])
def test_a_table_that_was_spoilt_is_made_anew(tmp_path, monkeypatch, told):
    from autograder.exercises import known

    exercise = EXERCISES["initialize_parameters"]
    monkeypatch.setattr(known, "user_cache_dir", lambda name: str(tmp_path))
    table = known._diagnosis_table.__wrapped__(exercise)
    [kept] = tmp_path.glob("*.msgpack")
    whole = kept.read_bytes()
    assert repr(known._kept(kept)) == repr(table)
    kept.write_bytes(told)
    assert known._kept(kept) is None
    assert repr(known._diagnosis_table.__wrapped__(exercise)) == repr(table)
    assert kept.read_bytes() == whole
