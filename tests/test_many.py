"""A long run, made short: what it says of rate, memory and marks is so."""

from __future__ import annotations

import json
import socket
import subprocess
import threading
import time

import pytest
from conftest import ASSIGNMENT, NAMES

from autograder.errors import BenchError
from autograder.grading import marking
from autograder.proving import formgrader, many
from autograder.proving.same_marks import differing
from autograder.proving.ways import SEED, Class

# nbgrader's own use of SQLAlchemy
pytestmark = pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")


def test_from_the_class_to_the_page(tmp_path):
    output = tmp_path / "docs" / "bench.json"
    many.main(
        ["--students", "4", "--sample", "1", "--step", "2", "--output", str(output),
         "--folder", str(tmp_path / "long")]
    )  # fmt: skip
    found = json.loads(output.read_text())["many"]
    assert (found["students"], found["sample"], found["differ"]) == (4, 1, [])
    assert [one["to"] for one in found["steps"]] == [2, 4]
    assert all(one["rate"] > 0 and one["mb"] > 0 for one in found["steps"])
    assert len(found["formgrader"]) == 4
    assert "## 4 submissions in one run" in output.with_suffix(".md").read_text()
    assert (tmp_path / "long" / "class" / "autograded").is_dir()  # for who wants to look


def test_a_server_that_has_named_itself_is_waited_for_until_it_listens(tmp_path):
    with socket.socket() as server, subprocess.Popen(["sleep", "60"]) as process:
        server.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{server.getsockname()[1]}/"
        info = {"url": url, "port": server.getsockname()[1]}
        (tmp_path / "jpserver-1.json").write_text(json.dumps(info))
        late = threading.Timer(1.0, server.listen)
        late.start()
        begun = time.monotonic()
        try:
            assert formgrader._url(process, tmp_path) == url
            assert time.monotonic() - begun >= 0.9
        finally:
            late.join()
            process.kill()


def test_a_mark_that_differs_is_found(tmp_path):
    one = Class(tmp_path / "class", ASSIGNMENT, 2, seed=1)
    marking.grade(one.folder, [ASSIGNMENT], seed=int(SEED))
    students = ["student-00001", "student-00002"]
    with one.folder.gradebook() as gradebook:
        book = gradebook.find_submission_notebook(ASSIGNMENT, ASSIGNMENT, students[1])
        grade = next(g for g in book.grades if g.name == f"hidden-{NAMES[0]}")
        grade.auto_score = (grade.auto_score or 0.0) + 1.0
        gradebook.db.commit()
    told = []
    assert differing(one, students, int(SEED), tmp_path / "alone", told.append) == students[1:]


def test_no_room_is_told_before_anything_is_made(tmp_path, capsys):
    arguments = ["--students", "1000000000", "--folder", str(tmp_path / "long")]
    with pytest.raises(SystemExit) as end:
        many.main([*arguments, "--output", str(tmp_path / "bench.json")])
    assert end.value.code == BenchError.exit_code
    assert "GB" in capsys.readouterr().err
    assert not (tmp_path / "long" / "class").exists()
