"""Submissions land for a while: what is said of waits, memory and marks is so."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from autograder.proving import long_watch

# nbgrader's own use of SQLAlchemy
pytestmark = pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")


def test_each_that_lands_is_marked_once(tmp_path):
    done = CliRunner().invoke(
        long_watch.main,
        ["--students", "4", "--every", "0.1", "--parts", "2", "--folder", str(tmp_path / "long")],
    )
    assert done.exit_code == 0, done.output
    head, first, second, end = done.output.splitlines()
    assert "MB" in head
    assert first.startswith("| 1 to 2 |")
    assert second.startswith("| 3 to 4 |")
    assert float(second.split("|")[-2]) > 50
    assert end == "4 landed, 4 have marks, 4 times one was marked."


def test_rows_tell_the_waits_and_the_memory_of_their_time():
    samples = [(0.0, 10.0), (5.0, 20.0), (9.0, 30.0)]
    rows = long_watch._rows([0.0, 1.0, 2.0, 3.0], [1.0, 3.0, 8.0, 9.0], samples, 2)
    assert rows[1:] == [["1 to 2", "1.5", "2.0", "10"], ["3 to 4", "6.0", "6.0", "30"]]


def test_a_folder_that_is_taken_is_left_alone(tmp_path):
    done = CliRunner().invoke(long_watch.main, ["--folder", str(tmp_path)])
    assert done.exit_code == 1
    assert "already there" in done.output
