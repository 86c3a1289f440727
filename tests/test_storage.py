"""What of the files beside a notebook a student's code sees, and what stays on disk."""

from __future__ import annotations

import re
import shutil
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from conftest import ASSIGNMENT, hand_in
from resuming import pretending
from test_same_marks import nbgrader

from autograder.grading import execute, marking
from autograder.grading.classroom import CONFIG_NAME, ClassFolder
from autograder.grading.clean_notebook import PICTURES, drop_course_files
from autograder.grading.feedback import feedback
from autograder.grading.intake import HandedIn
from autograder.grading.prepare import Master, files_beside

OWN = "print('my own version')\n"


def remembering(files):
    """Make an executor that keeps what each student's code may see."""

    @contextmanager
    def executor(folder):
        with pretending()(folder) as run:

            def kept(nb, assignment, seen, seed):
                files.update(seen)
                run(nb, assignment, seen, seed)

            yield kept

    return executor


def test_the_courses_pictures_are_one_file_each_for_the_whole_class(folder, right):
    for student in ("Ann", "Bob"):
        hand_in(folder, student, right)
    own = folder.path / "submitted" / "Bob" / ASSIGNMENT / "figures" / "overview.svg"
    own.parent.mkdir()
    own.write_text("<svg>mine</svg>")
    for _ in range(2):  # marked again, it is the same
        marking.grade(folder, [ASSIGNMENT], executor=pretending())
        ann, bob = (folder.path / "autograded" / who / ASSIGNMENT for who in ("Ann", "Bob"))
        pictures = sorted(ann.rglob("*.svg"))
        assert len(pictures) > 2
        for path in pictures:
            course = folder.path / "source" / ASSIGNMENT / path.relative_to(ann)
            assert path.read_bytes() == course.read_bytes()
            assert path.samefile(bob / path.relative_to(ann))
            assert not path.samefile(course)
        shutil.rmtree(ann)


def test_where_no_link_can_be_made_there_are_copies(folder, right, monkeypatch):
    def refuse(self, target):
        raise OSError("too many links")

    monkeypatch.setattr(Path, "hardlink_to", refuse)
    for student in ("Ann", "Bob"):
        hand_in(folder, student, right)
    marking.grade(folder, [ASSIGNMENT], executor=pretending())
    paths = [
        folder.path / "autograded" / who / ASSIGNMENT / "figures" / "overview.svg"
        for who in ("Ann", "Bob")
    ]
    assert not paths[0].samefile(paths[1])
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_a_picture_with_all_the_links_it_can_have_is_followed_by_another(
    folder, right, monkeypatch
):
    most, link = 3, Path.hardlink_to

    def bounded(self, target):
        if Path(target).stat().st_nlink >= most:
            raise OSError("too many links")
        link(self, target)

    monkeypatch.setattr(Path, "hardlink_to", bounded)
    students = [f"student {number}" for number in range(5)]
    for student in students:
        hand_in(folder, student, right)
    marking.grade(folder, [ASSIGNMENT], executor=pretending())
    picture = f"{ASSIGNMENT}/figures/overview.svg"
    found = [(folder.path / "autograded" / student / picture).stat() for student in students]
    assert len({one.st_ino for one in found}) == 3  # two each, beside the one to link to


def names(path):
    return {p.relative_to(path).as_posix() for p in path.rglob("*") if p.is_file()}


def test_code_sees_all_files_and_a_students_own_and_pictures_stay(folder, right):
    beside = hand_in(folder, "Ann", right).parent
    (beside / "measured" / "deep").mkdir(parents=True)
    (beside / "measured" / "deep" / "data.csv").write_text("1,2")
    (beside / "dnn_utils.py").write_text(OWN)  # the course's takes its place
    (beside / "copy.py").write_bytes(
        (folder.path / "source" / ASSIGNMENT / "dnn_utils.py").read_bytes()
    )
    seen = {}
    marking.grade(folder, [ASSIGNMENT], executor=remembering(seen))
    source = folder.path / "source" / ASSIGNMENT
    course = names(source) - {f"{ASSIGNMENT}.ipynb"}
    assert {name: seen[name] for name in course} == {n: (source / n).read_bytes() for n in course}
    own = {"measured/deep/data.csv", "copy.py"}
    assert set(seen) == course | own
    pictures = {name for name in course if name.endswith(".svg")}
    assert len(pictures) >= 2
    made = folder.path / "autograded" / "Ann" / ASSIGNMENT
    assert names(made) == {f"{ASSIGNMENT}.ipynb"} | pictures | own


def test_a_students_version_that_counts_stays_in_both_ways_of_marking(folder, right, tmp_path):
    with (folder.path / CONFIG_NAME).open("a") as file:
        replaced = {ASSIGNMENT: ["dnn_utils.py", "opt_utils.py"]}
        file.write(f"c.Autograde.exclude_overwriting = {replaced}\n")
    source = folder.path / "source" / ASSIGNMENT
    (source / "opt_utils.py").write_text("# the course's\n")
    beside = hand_in(folder, "Ann", right).parent
    (beside / "dnn_utils.py").write_text(OWN)
    shutil.copy(source / "opt_utils.py", beside)  # theirs, but not another one
    (beside / "data.csv").write_text("1,2")
    shutil.copytree(folder.path, tmp_path / "theirs" / "autumn")
    theirs = ClassFolder(tmp_path / "theirs" / "autumn")
    seen = {}
    marking.grade(folder, [ASSIGNMENT], executor=remembering(seen))
    assert seen["dnn_utils.py"] == OWN.encode()
    nbgrader(theirs)
    made = [one.path / "autograded" / "Ann" / ASSIGNMENT for one in (folder, theirs)]
    for path in made:
        assert (path / "dnn_utils.py").read_text() == OWN
        assert not (path / "opt_utils.py").exists()
    assert names(made[0]) == names(made[1])
    assert {p for p in made[0].rglob("*") if p.is_dir()} == {
        made[0] / p.relative_to(made[1]) for p in made[1].rglob("*") if p.is_dir()
    }


def test_every_picture_that_a_page_shows_is_beside_it(folder, right):
    hand_in(folder, "Ann", right)
    marking.grade(folder, [ASSIGNMENT], executor=pretending())
    [page] = feedback(folder, [ASSIGNMENT])
    shown = {
        name for name in re.findall(r'<img[^>]* src="([^"]+)"', page.read_text(encoding="utf-8"))
        if not name.startswith("data:")
    }  # fmt: skip
    assert len(shown) >= 2
    for name in shown:
        assert (page.parent / name).is_file()
    assert sum(p.stat().st_size for p in page.parent.rglob("*")) < 2_000_000


def master(files, own=()):
    return Master("a", None, {}, {}, files, frozenset(own), frozenset(), {"x": timedelta()}, "")


@pytest.mark.parametrize(
    ("handed_in", "course", "own", "seen"),
    [
        ({"a": b"1"}, {"a": b"2"}, (), {"a": b"2"}),
        ({"a": b"1"}, {"a": b"2"}, ("a",), {"a": b"1"}),
        ({}, {"a": b"2"}, ("a",), {"a": b"2"}),
        ({"a/b": b"1"}, {"a": b"2"}, (), {"a": b"2"}),
        ({"a/b/c": b"1"}, {"a": b"2"}, (), {"a": b"2"}),
        ({"a": b"1"}, {"a/b/c": b"2"}, (), {"a/b/c": b"2"}),
        ({"a": b"1"}, {"a/b": b"2"}, ("a/b",), {"a": b"1"}),
        ({"a/x": b"1"}, {"a/b": b"2"}, (), {"a/b": b"2", "a/x": b"1"}),
    ],
)
def test_the_courses_files_come_first(handed_in, course, own, seen):
    found = files_beside(HandedIn("ready", files=handed_in), master(course, own))
    assert found == seen


def test_too_much_is_left_out_by_the_same_rule(tmp_path, monkeypatch):
    monkeypatch.setattr(execute, "MOST_FILE_BYTES", 10)
    files = {"a/z": b"1" * 4, "a-b": b"2" * 4, "b": b"3" * 4, "a/a/c": b""}
    for name, content in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    sent = execute._bounded(files)
    assert list(sent.items()) == list(execute._files(tmp_path).items())
    assert len(sent) == 3


def test_only_what_is_the_courses_to_the_last_byte_is_dropped(tmp_path):
    source, made = tmp_path / "source", tmp_path / "made"
    for path in (source, made):
        (path / "data").mkdir(parents=True)
        for name in ("same.h5", "data/same.h5", "picture.PNG", "same.ipynb"):
            (path / name).write_text("same")
        (path / "other.h5").write_text(f"from {path.name}")
    (source / "same.ipynb").unlink()
    (made / "of mine.txt").write_text("same")
    drop_course_files(made, source)
    assert names(made) == {"other.h5", "picture.PNG", "of mine.txt", "same.ipynb"}
    assert not (made / "data").exists()
    assert ".png" in PICTURES
