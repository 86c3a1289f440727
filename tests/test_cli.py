"""The commands: help with examples, one line for every error, honest exit codes."""

from __future__ import annotations

import pytest
from click.testing import CliRunner
from conftest import ASSIGNMENT, hand_in

from autograder.cli import main
from autograder.grading.classroom import new_class
from autograder.grading.release import release

COMMANDS = ("new-class", "release", "grade", "verify", "feedback", "export", "demo", "build")


def run(*arguments):
    return CliRunner().invoke(main, [str(a) for a in arguments])


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example(command):
    result = run(command, "--help")
    assert result.exit_code == 0
    assert f"Example: autograder {command}" in result.output


@pytest.mark.parametrize("command", COMMANDS)
def test_help_lists_every_command(command):
    assert command in run("--help").output


def one_line(result):
    lines = result.stderr.splitlines()
    assert len(lines) == 1, result.stderr
    assert "Traceback" not in result.stderr
    return lines[0]


@pytest.mark.parametrize("command", ["release", "grade", "feedback", "export"])
def test_no_class_folder_is_said_in_one_line(command, tmp_path):
    result = run(command, tmp_path / "nowhere")
    assert result.exit_code == 3
    assert "autograder new-class" in one_line(result)


def test_a_class_never_overwrites_anything(tmp_path):
    (tmp_path / "x").write_text("precious")
    result = run("new-class", tmp_path)
    assert result.exit_code == 3
    assert "not empty" in one_line(result)
    assert (tmp_path / "x").read_text() == "precious"


def test_settings_with_an_error_are_said_in_one_line(folder):
    (folder.path / "nbgrader_config.py").write_text("c = get_config(\n")
    result = run("grade", folder.path)
    assert result.exit_code == 3
    assert "can't be read: SyntaxError" in one_line(result)


def test_unknown_assignment_and_student(folder, blank):
    result = run("grade", folder.path, "step-by-stop")
    assert (result.exit_code, "it has: step-by-step" in one_line(result)) == (3, True)
    result = run("grade", folder.path)
    assert (result.exit_code, "Nobody to mark" in one_line(result)) == (8, True)
    hand_in(folder, "Ann", blank)
    result = run("grade", folder.path, "--student", "Bob")
    assert (result.exit_code, "No student 'Bob'" in one_line(result)) == (8, True)
    result = run("feedback", folder.path)
    assert (result.exit_code, "Nothing is marked yet" in one_line(result)) == (8, True)


def test_an_instructors_own_assignment_is_left_to_nbgrader(folder, blank):
    (folder.path / "source" / "own").mkdir()
    (folder.path / "source" / "own" / "own.ipynb").write_text("{}")
    assert run("release", folder.path).exit_code == 0
    result = run("grade", folder.path, "own")
    assert (result.exit_code, "it has: step-by-step" in one_line(result)) == (3, True)


def test_grading_before_release_says_what_to_run(tmp_path, blank):
    path = tmp_path / "early"
    assert run("new-class", path, ASSIGNMENT).exit_code == 0
    result = run("grade", path)
    assert result.exit_code == 3
    assert f"autograder release {path} {ASSIGNMENT}" in one_line(result)


@pytest.mark.parametrize("command", ["grade", "feedback", "export"])
def test_what_is_not_released_is_left_out_unless_it_is_asked_for(command, tmp_path, blank):
    path, two = tmp_path / "autumn", "two-apis"
    folder = new_class(path, [ASSIGNMENT, two])
    refused = run(command, path)
    assert refused.exit_code == 3
    assert f"Nothing was released yet. Run: autograder release {path} " in one_line(refused)
    release(folder, [ASSIGNMENT])
    hand_in(folder, "Ann", blank)
    assert run("grade", path).exit_code == 0
    assert run(command, path).exit_code == 0
    refused = run(command, path, two)
    assert refused.exit_code == 3
    told = f"{two} was not released yet. Run: autograder release {path} {two}"
    assert told in one_line(refused)


def test_an_unexpected_failure_is_one_line_too_and_debug_shows_it(folder, monkeypatch):
    def fail(*args):
        raise RuntimeError("two\nlines")

    monkeypatch.setattr("autograder.grading.marks.export_csv", fail)
    result = run("export", folder.path)
    assert (result.exit_code, "RuntimeError: two lines" in one_line(result)) == (70, True)
    assert isinstance(run("--debug", "export", folder.path).exception, RuntimeError)


def test_a_class_from_start_to_end(folder, right):
    hand_in(folder, "O'Hara, Ann", right)
    hand_in(folder, "Ünï 学生", "{")
    result = run("grade", folder.path, "--seed", 5)
    assert result.exit_code == 6
    assert "1 submission needs a human: Ünï 学生" in one_line(result)
    assert "100" in result.stdout
    assert run("feedback", folder.path).exit_code == 0
    result = run("export", folder.path, "--to", "csv", "--output", folder.path / "m.csv")
    assert result.exit_code == 0
    assert '"O\'Hara, Ann",step-by-step,linear_backward,10.0,10.0,graded,' in (
        folder.path / "m.csv"
    ).read_text(encoding="utf-8")
    result = run("grade", folder.path, "--student", "O'Hara, Ann")
    assert result.exit_code == 0


def test_a_folders_name_sends_nothing_to_the_terminal(folder):
    (folder.path / "submitted" / "\x1b[31mred" / "step-by-step").mkdir(parents=True)
    result = CliRunner().invoke(main, ["grade", str(folder.path)])
    assert result.exit_code == 6
    assert "\x1b" not in result.output
    assert "red" in result.output
