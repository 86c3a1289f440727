"""The commands: help with examples, one line for every error, honest exit codes."""

from __future__ import annotations

import errno
import shutil

import pytest
from click.testing import CliRunner
from conftest import ASSIGNMENT, hand_in

from autograder.cli import main
from autograder.commands.grade import _tell_incomplete
from autograder.errors import GradingIncomplete
from autograder.grading.classroom import CONFIG_NAME, ClassFolder
from autograder.grading.new_class import new_class
from autograder.grading.records import Record
from autograder.grading.release import ZIP_NAME, release
from autograder.words import counted

COMMANDS = (
    "new-class",
    "add-assignment",
    "release",
    "grade",
    "verify",
    "feedback",
    "export",
    "demo",
    "build",
)


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


def test_a_class_that_was_probably_meant_is_named(folder, monkeypatch):
    above = folder.path.parent
    monkeypatch.chdir(above)
    for given, meant in {
        "autumn/submitted": "autumn",
        folder.path / "submitted" / "Ann": folder.path,
        "autum": "autumn",
        "Autumn": "autumn",
        ".": "autumn",
    }.items():
        result = run("export", given)
        assert result.exit_code == 3
        assert one_line(result).endswith(f"so it is no class folder; did you mean {meant}?")
    (above / "thesis").mkdir()
    assert one_line(run("export", "thesis")).endswith("Make one: autograder new-class thesis")
    (above / "thesis" / "text").touch()
    told = one_line(run("export", "thesis"))
    assert told.endswith("no class folder. Give the folder that autograder new-class made.")
    folder.path.rename(above / "autumn term")
    result = run("export", "autumn-term")
    assert one_line(result).endswith("did you mean 'autumn term'?")
    assert "Make one: autograder new-class 'my class'" in one_line(run("export", "my class"))


def test_suggested_commands_can_be_typed_where_a_path_has_blanks(tmp_path, blank):
    path = tmp_path / "autumn term"
    made = run("new-class", path, ASSIGNMENT)
    assert made.stdout.splitlines()[-1] == f"Next: autograder release '{path}'"
    told = f"autograder release '{path}' {ASSIGNMENT}"
    assert one_line(run("grade", path)).endswith(told)
    assert run("release", path).exit_code == 0
    hand_in(ClassFolder(path), "Ann", blank)
    assert f"Run: autograder grade '{path}'" in one_line(run("feedback", path))
    assert f"Run: autograder grade '{path}'" in one_line(run("verify", path, "Ann", ASSIGNMENT))
    (path / "gradebook.db").unlink()
    assert told in one_line(run("grade", path))


def record(student, state):
    return Record(student, ASSIGNMENT, state, "Why.")


@pytest.mark.parametrize(
    ("states", "told"),
    [
        ("h", "1 submission needs a human: 0 (Why.)"),
        ("hh", "2 submissions need a human: 0 (Why.); 1 (Why.)"),
        ("p", "1 submission is partly graded: 0 (Why.)"),
        ("pp", "2 submissions are partly graded: 0 (Why.); 1 (Why.)"),
        ("gphm", "1 submission needs a human, 1 is partly graded: 2 (Why.); 1 (Why.)"),
        ("phpph", "2 submissions need a human, 3 are partly graded: 1 (Why.); 4 (Why.); 0 (Why.)"
         " and 2 more"),
    ],
)  # fmt: skip
def test_the_last_line_counts_as_the_table_does(states, told):
    names = {"h": "needs a human", "p": "partly graded", "g": "graded", "m": "missing"}
    with pytest.raises(GradingIncomplete) as caught:
        _tell_incomplete([record(str(n), names[one]) for n, one in enumerate(states)])
    assert str(caught.value) == told
    _tell_incomplete([record("0", "graded"), record("1", "missing")])


def test_one_of_a_kind_is_told_in_the_singular(folder, blank):
    hand_in(folder, "Ann", blank)
    assert run("grade", folder.path).exit_code == 0
    assert run("feedback", folder.path).stdout == f"1 page in {folder.path / 'feedback'}\n"
    assert [counted(number, "row") for number in (0, 1, 2)] == ["0 rows", "1 row", "2 rows"]
    with (folder.path / CONFIG_NAME).open("a") as file:
        file.write(f"c.CourseDirectory.db_url = 'sqlite:///{folder.path}/other.db'\n")
    assert run("move-gradebook", folder.path).stdout == "Moved the gradebook: 1 student.\n"


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


def test_verify_knows_no_student_whom_nobody_knows(folder, blank):
    hand_in(folder, "Ann", blank)
    result = run("verify", folder.path, "Bob", ASSIGNMENT)
    assert (result.exit_code, "No student 'Bob'" in one_line(result)) == (8, True)


COURSE_COMMANDS = ("release", "grade", "feedback", "export", "watch")


@pytest.mark.parametrize("command", COURSE_COMMANDS)
def test_a_class_without_our_assignments_is_said_in_one_line(command, folder):
    shutil.rmtree(folder.path / "source" / ASSIGNMENT)
    shutil.rmtree(folder.path / "release")
    (folder.path / ZIP_NAME).unlink()
    (folder.path / "source" / "own").mkdir()
    result = run(command, folder.path)
    assert result.exit_code == 3
    assert f"{folder.path}/source has no assignment of this course" in one_line(result)
    shutil.rmtree(folder.path / "source")
    assert run(command, folder.path).exit_code == 3
    assert not (folder.path / ZIP_NAME).exists()


def test_a_csv_that_cannot_be_written_is_said_in_one_line(folder, blank, monkeypatch):
    hand_in(folder, "Ann", blank)
    nowhere, place = folder.path / "nosuch" / "x.csv", folder.path / "places"
    place.mkdir()
    result = run("export", folder.path, "--output", nowhere)
    assert result.exit_code == 3
    assert one_line(result).endswith(
        f"{nowhere} can't be written: there is no folder {nowhere.parent}."
    )
    result = run("export", folder.path, "--output", place)
    assert result.exit_code == 3
    assert f"{place} is a folder: name a file in it" in one_line(result)

    def refused(*_):
        raise OSError(errno.EROFS, "Read-only file system")

    with monkeypatch.context() as patch:
        patch.setattr("autograder.grading.marks.write_csv", refused)
        result = run("export", folder.path)
    assert result.exit_code == 3
    assert one_line(result).endswith("marks.csv can't be written: Read-only file system.")
    assert not list(folder.path.glob("*.csv*"))
    with monkeypatch.context() as patch:
        patch.setattr("autograder.grading.new_class._fill", refused)
        result = run("new-class", place)
    assert result.exit_code == 3
    assert one_line(result).endswith(f"{place} can't be made: Read-only file system.")
    result = run("new-class", folder.path / "nbgrader_config.py" / "x")
    assert (result.exit_code, "can't be made" in one_line(result)) == (3, True)


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


def test_a_class_gets_an_assignment_later(tmp_path):
    path = tmp_path / "autumn"
    assert run("new-class", path, ASSIGNMENT).exit_code == 0
    result = run("add-assignment", path, "two-apis", "optimization", "two-apis")
    assert result.exit_code == 0
    assert f"Next: autograder release {path} two-apis optimization\n" in result.stdout
    assert run("release", path, "two-apis", "optimization").exit_code == 0
    whole = new_class(tmp_path / "whole")
    for name in ("two-apis", "optimization"):
        added, made = (root / "source" / name for root in (path, whole.path))
        assert {p.relative_to(added): p.read_bytes() for p in added.rglob("*.*")} == {
            p.relative_to(made): p.read_bytes() for p in made.rglob("*.*")
        }
    assert ClassFolder(path).assignments() == [ASSIGNMENT, "optimization", "two-apis"]


def test_an_assignment_that_is_there_or_that_is_none_is_not_added(tmp_path, monkeypatch):
    path = tmp_path / "autumn"
    run("new-class", path, ASSIGNMENT)
    notebook = path / "source" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    notebook.write_text("mine")
    result = run("add-assignment", path, "two-apis", ASSIGNMENT)
    assert (result.exit_code, "is already there" in one_line(result)) == (3, True)
    result = run("add-assignment", path, "two-apis", "three-apis")
    assert result.exit_code == 3
    assert "The course has no assignment 'three-apis'; it has: step" in one_line(result)
    assert run("add-assignment", path).exit_code == 2

    def fail(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("autograder.grading.new_class.shutil.copyfile", fail)
    result = run("add-assignment", path, "two-apis")
    assert (result.exit_code, "No space left on device." in one_line(result)) == (3, True)
    assert [p.name for p in (path / "source").iterdir()] == [ASSIGNMENT]
    assert notebook.read_text() == "mine"


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


@pytest.mark.parametrize("seed", ["-5", str(2**32), "x"])
def test_a_seed_that_numpy_can_not_take_is_refused(folder, seed):
    result = CliRunner().invoke(main, ["grade", str(folder.path), "--seed", seed])
    assert result.exit_code == 2
    assert "--seed" in result.output
    assert not list(folder.path.glob("autograded/*"))
