"""Every kind of thing that can differ is found, said in order, and said in words."""

from __future__ import annotations

import sys
import warnings

import numpy as np
import pytest
from judging import examine

from autograder.check import CheckFailed, cases, check, in_words
from autograder.comparing import describe
from autograder.contract import Contract, Probe
from autograder.findings import ASPECTS

CONTRACT = Contract("f", ("x",), ("y",))
X = np.array([[1.0, -2.0, 3.0]])
PROBE = Probe("three numbers", "core", (X,), X * 2)


def found(function, probe=PROBE, contract=CONTRACT):
    return examine(contract, function, probe)


def aspects(function, probe=PROBE, contract=CONTRACT):
    return [finding.aspect for finding in found(function, probe, contract)]


def f(x):
    raise NotImplementedError


def calls_blank(x):
    return f(x)


def changes_its_argument(x):
    x *= 2
    return x


CALLS = []


def remembers(x):
    CALLS.append(x)
    return x * 2 if len(CALLS) % 2 else x * 3


@pytest.mark.parametrize(
    ("function", "aspect"),
    [
        (f, "blank"),
        (3.0, "callable"),
        (lambda: 1, "error"),
        (lambda x: None, "type"),
        (lambda x: [[2.0, -4.0, 6.0]], "type"),
        (lambda x: np.asmatrix(x * 2), "type"),
        (lambda x: np.ma.masked_array(x * 2), "type"),
        (lambda x: (x * 2).T, "shape"),
        (lambda x: (x * 2)[0], "shape"),
        (lambda x: (x * 2).astype(int), "dtype"),
        (lambda x: (x * 2).astype(object), "type"),
        (lambda x: (x * 2).astype(complex), "dtype"),
        (lambda x: x * 2 > 0, "dtype"),
        (lambda x: x * 2.00001, "values"),
        (lambda x: x * np.nan, "values"),
        (lambda x: x * np.inf, "values"),
        (changes_its_argument, "arguments"),
        (remembers, "repeat"),
    ],
)
def test_each_aspect_is_found_first(function, aspect):
    assert aspects(function)[0] == aspect


@pytest.mark.parametrize(
    "function",
    [
        lambda x: x * 2,
        lambda x: x + x,
        lambda x: np.asfortranarray(x * 2),
        lambda x: x * (2 + 1e-13),
        lambda x: print("hello") or x * 2,
        lambda x: print("hello", file=sys.stderr) or x * 2,
        lambda x: warnings.warn("a warning", stacklevel=1) or x * 2,
        lambda x: (np.divide(x, 0.0), x * 2)[1],
    ],
)
def test_right_answers_pass_whatever_they_print_or_warn(function, capsys):
    assert found(function) == []
    assert capsys.readouterr() == ("", "")


def test_findings_come_in_the_stated_order():
    contract = Contract("f", ("x",), ("a", "b", "c"))
    probe = Probe("k", "core", (X,), (X, X, X))
    out = aspects(lambda x: (x * 3, x[0], x.tolist()), probe, contract)
    assert out == ["type", "shape", "values"]
    assert out == sorted(out, key=ASPECTS.index)


def test_a_value_sentence_says_where_and_by_how_much():
    [finding] = found(lambda x: x * 2 + [[0, 0.5, 0]])
    assert "First at [0, 1]: you return -3.5, wanted -4." in finding.text
    assert "1 of 3 entries differs (by at most 0.5)" in finding.text
    assert not any(digit in finding.outline for digit in "0123456789")


def test_one_of_a_thing_is_said_as_one():
    contract = Contract("f", ("x",), ("a", "b"))
    [finding] = examine(contract, lambda x: (x,), Probe("k", "core", (X,), (X, X)))
    assert finding.text.startswith("the result holds 1 item, wanted a tuple of 2")
    assert in_words(contract, [(Probe("k", "core", (X,), X), [finding])], 3).startswith(
        "f is not right yet: 1 of 3 cases differs."
    )
    assert (cases(1, hidden=True), cases(2)) == ("1 hidden case", "2 cases")


def test_numbers_that_differ_late_are_told_apart():
    [finding] = found(lambda x: x * 2 * (1 + 1e-8))
    assert "you return 2.00000002, wanted 2." in finding.text


@pytest.mark.parametrize("extra", [np.array(2.0), np.float64(2.0), 2.0, np.array([[2.0]])])
def test_a_scalar_may_be_any_kind_of_number_but_not_an_array(extra):
    probe = Probe("k", "core", (X,), 2.0)
    expected = ["shape"] if np.ndim(extra) else []
    assert aspects(lambda x: extra + 0, probe) == expected


def test_keys_missing_and_extra_are_named():
    probe = Probe("k", "core", (X,), {"W1": X, "b1": X})
    findings = found(lambda x: {"W1": x, "w2": x}, probe)
    assert [f.aspect for f in findings] == ["structure", "structure"]
    assert "no key b1" in findings[0].text
    assert "w2" in findings[1].text


def test_extra_keys_are_allowed_only_where_agreed():
    contract = Contract("f", ("x",), ("grads",), extra_keys=("dA",))
    probe = Probe("k", "core", (X,), {"dW1": X})
    assert aspects(lambda x: {"dW1": x, "dA1": x}, probe, contract) == []
    assert aspects(lambda x: {"dW1": x, "dW2": x}, probe, contract) == ["structure"]


def test_a_list_of_results_unpacks_like_a_tuple_but_a_cache_is_what_it_is():
    contract = Contract("f", ("x",), ("y", "cache"))
    probe = Probe("k", "core", (X,), (X, (X, X)))
    assert aspects(lambda x: [x + 0, (x, x)], probe, contract) == []
    assert aspects(lambda x: (x + 0, [x, x]), probe, contract) == ["type"]
    assert aspects(lambda x: (x + 0, (x,)), probe, contract) == ["structure"]
    assert aspects(lambda x: (x + 0,), probe, contract) == ["structure"]


def test_arguments_that_may_change_may():
    contract = Contract("f", ("x",), ("y",), may_change=("x",))
    assert aspects(changes_its_argument, PROBE, contract) == []


def test_every_call_gets_fresh_copies():
    found(changes_its_argument)
    assert X.tolist() == [[1.0, -2.0, 3.0]]


def test_the_random_state_of_the_notebook_is_left_alone():
    np.random.seed(5)
    wanted = np.random.rand()
    np.random.seed(5)
    found(lambda x: np.random.rand() + x)
    assert np.random.rand() == wanted


def test_an_error_names_the_learners_own_line():
    def f(x):
        return x * m  # noqa: F821

    [finding] = found(f)
    assert "NameError: name 'm' is not defined" in finding.text
    assert "return x * m" in finding.text
    assert "findings.py" not in finding.text


def test_a_blank_function_is_told_from_one_that_calls_a_blank_one():
    assert found(f)[0].text.startswith("f is not written yet")
    [finding] = found(calls_blank, contract=Contract("calls_blank", ("x",), ("y",)))
    assert finding.aspect == "error"
    assert "f, which is not written yet" in finding.text


def test_words_show_what_was_printed_only_in_the_visible_check():
    def f(x):
        print("x is", x.shape)
        return x

    failed = [(PROBE, found(f))]
    assert "x is (1, 3)" in in_words(CONTRACT, failed, 1)
    hidden = in_words(CONTRACT, failed, 1, hidden=True)
    assert "x is" not in hidden
    assert "you return" not in hidden
    assert "three numbers" in hidden


def test_check_on_an_unknown_name_lists_the_exercises():
    with pytest.raises(CheckFailed, match="linear_backward"):
        check("linear_backwards", lambda: 0)


def test_check_without_its_file_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setattr("autograder.check.CHECKS_FILE", tmp_path / "checks.h5")
    with pytest.raises(CheckFailed, match="Unpack the course's zip again"):
        check("linear_backward", lambda: 0)
    (tmp_path / "checks.h5").write_text("<html>")
    with pytest.raises(CheckFailed, match="can't be read"):
        check("linear_backward", lambda: 0)


def test_ipython_shows_the_sentences_alone():
    assert CheckFailed("Only this.")._render_traceback_() == ["Only this."]


def test_an_endless_integer_is_described_too():
    assert describe(10**400) == "a huge number"
    assert describe(-3) == "the number -3"
