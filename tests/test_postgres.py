"""A class whose gradebook is in PostgreSQL has what one in SQLite has."""

from __future__ import annotations

import os
import shutil
import signal
import sys
from datetime import datetime, timedelta

import postgres
import pytest
from click.testing import CliRunner
from conftest import ASSIGNMENT, answered, hand_in
from nbgrader.api import SubmittedAssignment
from resuming import TABLES, autograded, pretending, records
from sqlalchemy import Boolean, DateTime, Interval, text
from test_resume import Driver, give_by_hand, written

from autograder.building.notebooks import filled_in, learner_copy
from autograder.cli import main
from autograder.errors import GradebookError
from autograder.grading import marking
from autograder.grading.classroom import CONFIG_NAME, ClassFolder
from autograder.grading.marks import export_csv

SECRET = "kept-secret"
STUDENTS = ["O'Hara, Ann", "Ünï 学生", "blank", "broken", "late", "long" * 32]
KINDS = {
    "timestamp": DateTime, "extension": Interval, "flagged": Boolean, "needs_manual_grade": Boolean,
}  # fmt: skip
NOSY = """
import os, pathlib
found = [str(dict(os.environ))]
for path in ("/proc/self/environ", "/proc/1/environ", {config!r}):
    try:
        found.append(pathlib.Path(path).read_text())
    except OSError:
        pass
print("looked", found)
def linear_forward(A, W, b): return 1
"""


@pytest.fixture(scope="module")
def server():
    with postgres.server() as one:
        yield one


def settle_in(folder, url):
    """Have a class's gradebook at a URL from now on."""
    with (folder.path / CONFIG_NAME).open("a", encoding="utf-8") as file:
        file.write(f"\nc.CourseDirectory.db_url = {url!r}\n")
    return ClassFolder(folder.path)


def rows(folder):
    """Give the gradebook's rows as values, floats to the last bit."""
    with folder.gradebook() as gradebook:
        found = {}
        for table, sql in TABLES.items():
            result = gradebook.db.execute(text(sql).columns(**KINDS))
            found[table] = sorted(repr([_exact(value) for value in row]) for row in result)
        return found


def _exact(value):
    return value.hex() if isinstance(value, float) else value


def state(folder):
    found = {student: told | {"key": ""} for student, told in records(folder.path).items()}
    return rows(folder), found, autograded(folder.path).keys()


def run(folder, *command):
    result = CliRunner().invoke(main, [command[0], str(folder.path), *command[1:]])
    assert SECRET not in result.output
    return result


@pytest.fixture(scope="module")
def handed_in(released_class, source, tmp_path_factory):
    path = tmp_path_factory.mktemp("handed-in") / "autumn"
    shutil.copytree(released_class, path)
    folder = ClassFolder(path)
    for number, student in enumerate(STUDENTS):
        hand_in(folder, student, written(source, number))
    hand_in(folder, "broken", "{")
    hand_in(folder, "blank", learner_copy(source))
    beside = path / "submitted" / "late" / ASSIGNMENT
    (beside / "timestamp.txt").write_text("2024-05-02 10:00:00.25 CET")
    with folder.gradebook() as gradebook:
        due = gradebook.update_or_create_assignment(ASSIGNMENT, duedate=datetime(2024, 5, 1))
        late = gradebook.update_or_create_student("late", first_name="Zoë", email="z@example.org")
        more = timedelta(hours=3, seconds=1)
        with gradebook.db.no_autoflush:
            gradebook.db.add(SubmittedAssignment(assignment=due, student=late, extension=more))
        gradebook.db.commit()
    return path


@pytest.fixture
def pair(handed_in, tmp_path, server, request):
    """The same class twice: with SQLite, and moved to PostgreSQL."""
    for name in ("file", "server"):
        shutil.copytree(handed_in, tmp_path / name / "autumn")
    file, moved = (ClassFolder(tmp_path / name / "autumn") for name in ("file", "server"))
    moved = settle_in(moved, server.url(request.node.name[:60]))
    result = run(moved, "move-gradebook")
    assert (result.exit_code, result.output) == (0, "Moved the gradebook: 1 student.\n")
    (moved.path / "gradebook.db").unlink()
    return file, moved


def listed(folder):
    """Give what formgrader's pages list, without the random ids that also order some."""
    api = folder.api()
    told = [
        api.get_assignments(), api.get_students(), api.get_submissions(ASSIGNMENT),
        api.get_notebooks(ASSIGNMENT), api.get_notebook_submissions(ASSIGNMENT, ASSIGNMENT),
        api.get_student_submissions("late"),
        api.get_student_notebook_submissions("late", ASSIGNMENT),
    ]  # fmt: skip
    random = ("id", "index")
    return [
        sorted(repr({k: v for k, v in one.items() if k not in random}) for one in kind)
        for kind in told
    ]


def test_all_that_is_done_with_a_class_gives_the_same(pair, source, tmp_path):
    for folder in pair:
        marking.grade(folder, [ASSIGNMENT], seed=7, executor=pretending(), jobs=2)
    assert len(rows(pair[0])["grade"]) > 100
    for folder in pair:
        assert give_by_hand(folder, "late", 2.7)
    assert state(pair[0]) == state(pair[1])
    for folder in pair:
        for student in STUDENTS[:2]:  # marked again: rows are written over
            hand_in(folder, student, written(source, 99))
        hand_in(folder, "late", written(source, 100))
        shutil.rmtree(folder.path / "submitted" / "blank")  # and marks are taken back
        marking.grade(folder, [ASSIGNMENT], seed=8, executor=pretending())
    first, second = (state(folder) for folder in pair)
    assert first == second
    assert "0x1.599999999999ap+1" in "".join(first[0]["grade"])
    assert listed(pair[0]) == listed(pair[1])
    tables = []
    for number, folder in enumerate(pair):
        assert run(folder, "release").exit_code == 0
        assert run(folder, "feedback").output.startswith("4 pages in ")
        export_csv(folder, [ASSIGNMENT], tmp_path / str(number))
        done = run(folder, "grade", "--student", "broken")
        tables.append(done.stdout)
        assert done.exit_code == 6
        assert not (folder.path / "gradebook.db").exists() or number == 0
    assert tables[0] == tables[1]
    assert (tmp_path / "0").read_bytes() == (tmp_path / "1").read_bytes()


def test_a_run_killed_in_the_middle_goes_on(pair, tmp_path):
    driver = Driver(tmp_path / "told.json")
    try:
        assert driver.run(pair[0], deadly=0, seed=7) == 0
        steps = driver.answer()["steps"]
        for part in (0.4, 0.6):
            assert driver.run(pair[1], deadly=int(part * steps), seed=7) == -signal.SIGKILL
        assert driver.run(pair[1], seed=7) == 0
        assert driver.answer()["notes"][0].startswith("Went on with the run begun at ")
    finally:
        driver.process.stdin.close()
        driver.process.wait()
        driver.process.stdout.close()
    assert state(pair[0]) == state(pair[1])


def test_a_class_that_was_marked_is_marked_anew_where_its_rows_were_left_behind(
    handed_in, tmp_path, server
):
    shutil.copytree(handed_in, tmp_path / "autumn")
    folder = ClassFolder(tmp_path / "autumn")
    marking.grade(folder, [ASSIGNMENT], seed=7, executor=pretending())
    before = rows(folder)
    folder = settle_in(folder, server.url("left"))
    assert run(folder, "release").exit_code == 0
    marking.grade(folder, [ASSIGNMENT], seed=7, executor=pretending())
    assert rows(folder)["comment"] == before["comment"]
    assert rows(folder)["grade"] == before["grade"]


def test_nothing_is_moved_onto_what_is_there(pair):
    file, moved = pair
    shutil.copy(file.path / "gradebook.db", moved.path)
    before = rows(moved)
    result = run(moved, "move-gradebook")
    assert result.exit_code == 7
    assert "/test_nothing_is_moved_onto_what_is_there is not empty: student." in result.stderr
    assert rows(moved) == before
    assert "names no other database yet" in run(file, "move-gradebook").stderr


def test_a_server_that_stops_is_told_in_one_line(pair, server):
    folder = pair[1]
    url = str(folder.config.CourseDirectory.db_url)
    with folder.gradebook() as gradebook:
        list(gradebook.students)
    server.stop()
    try:
        for command in ("release", "grade", "feedback", "export"):
            result = run(folder, command)
            assert result.exit_code == 7, command
            assert result.stderr.count("\n") == 1
            assert "gradebook postgresql+psycopg://autograder@" in result.stderr
            assert "can't be opened: " in result.stderr
    finally:
        server.start()
    assert url == folder.config.CourseDirectory.db_url
    assert run(folder, "release").exit_code == 0


def test_a_server_that_stops_while_it_is_used(pair, server):
    try:
        with pytest.raises(GradebookError, match=r"can't be used: ") as told:  # noqa: SIM117
            with pair[1].gradebook() as gradebook:
                server.stop()
                list(gradebook.students)
    finally:
        server.start()
    assert SECRET not in str(told.value)


def test_a_submission_finds_no_password(pair, source, monkeypatch):
    folder = pair[1]
    monkeypatch.setenv("GRADEBOOK_URL", str(folder.config.CourseDirectory.db_url))
    nosy = NOSY.format(config=str(folder.path / CONFIG_NAME))
    hand_in(folder, "nosy", answered(filled_in(source), linear_forward=nosy))
    [record] = marking.grade(folder, [ASSIGNMENT], student="nosy")
    assert record.state == "graded"
    told = (folder.path / "autograded" / "nosy" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb").read_text()
    assert "looked" in told
    assert SECRET in os.environ["GRADEBOOK_URL"].replace("%2D", "-")
    assert SECRET not in told.replace("%2D", "-")


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("postgresql+psycopg://ann:kept-secret@127.0.0.1:1/db", "ann@127.0.0.1:1/db can't be op"),
        ("postgresql+psycopg://ann@127.0.0.1:1/db?password=kept-secret", "ann@127.0.0.1:1/db can"),
        ("postgresql+psycopg://ann:p@kept-secret@127.0.0.1/db", "as %40 in a password"),
        ("postgresql+psycopg://ann:p@x/kept-secret@127.0.0.1/db", "as %40 in a password"),
        ("postgresql+psycopg://ann:p@x:kept-secret@127.0.0.1/db", "is no database's URL"),
        ("postgresql+psycopg:kept-secret", "is no database's URL"),
        ("nodb://ann:kept-secret@127.0.0.1/db", "is no database's URL"),
        ("mysql+pymysql://ann:kept-secret@127.0.0.1/db", "Run: pip install pymysql"),
    ],
)
def test_a_wrong_url_is_told_in_one_line_without_the_password(folder, url, told):
    folder = settle_in(folder, url)
    for command in ("release", "export", "move-gradebook"):
        result = run(folder, command)
        assert result.exit_code == 7
        assert result.stderr.count("\n") == 1
        assert told in result.stderr


def test_a_missing_driver_is_named(folder, monkeypatch):
    for name in [name for name in sys.modules if name.partition(".")[0] == "psycopg"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "psycopg", None)
    folder = settle_in(folder, "postgresql+psycopg://ann:kept-secret@127.0.0.1:1/db")
    result = run(folder, "grade")
    assert result.exit_code == 7
    assert "Run: pip install 'backprop-by-hand[postgres]'" in result.stderr
