"""Whatever lies in submitted/, it ends in a stated state with one line of reason."""

from __future__ import annotations

import json
import os
import shutil
import socket
import time
from base64 import b64encode
from dataclasses import replace
from pathlib import Path

import nbformat
import pytest
from conftest import answered, hand_in
from resuming import ASSIGNMENT, autograded, pretending, records

from autograder.building.notebooks import filled_in, to_json
from autograder.grading import intake, marking
from autograder.grading.classroom import ClassFolder
from autograder.grading.records import MARKED, load_record
from autograder.terminal import print_table

NAME = f"{ASSIGNMENT}.ipynb"


def notebook(*cells, **more):
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells} | more)


def code(source, **more):
    return {"cell_type": "code", "source": source, "metadata": {}, "outputs": []} | more


OURS = code("def compute_cost(AL, Y): pass")  # which tells that it is this assignment's
# For each content: the state, and what the reason says.
CONTENTS = {
    "nothing at all": ("", "needs a human", "is empty (0 bytes)"),
    "cut off": (notebook(code("x"))[:50], "needs a human", "is not valid JSON (line 1"),
    "utf-16": (notebook().encode("utf-16"), "needs a human", "is not UTF-8 text (byte 0)"),
    "nothing of it": (notebook(code("x = 1")), "needs a human", "holds nothing of step-by-step"),
    "a list": ("[]", "needs a human", "is JSON, but not a notebook"),
    "no version": ('{"cells": []}', "needs a human", "is JSON, but not a notebook"),
    "no cells": (notebook(), "needs a human", "holds no cells"),
    "cells a text": (notebook(cells="abc"), "needs a human", "is not a notebook that can be read"),
    "odd cells": (notebook(1, None, [], {}, OURS), "graded", "were missing"),
    "odd version": (notebook(nbformat=-7), "needs a human", "is not a notebook that can be read"),
    "deep lists": ("[" * 200_000, "needs a human", "nested too deep"),
    "deep dicts": ('{"a":' * 200_000, "needs a human", "nested too deep"),
    "a huge number": ("[" + "1" * 5000 + "]", "needs a human", "absurd numbers"),
    "many parts": (b"[" + b"[]," * 1_100_000 + b"[]]", "needs a human", "clear its outputs"),
    "many quotes": (b"[" + b'"",' * 2_100_000 + b'""]', "needs a human", "clear its outputs"),
    "open quote": (b'"' + b'\\"' * 2_000_000 + b"\\", "needs a human", "is not valid JSON"),
    "many cells": (notebook(*[code("x")] * 100_000), "needs a human", "holds 100000 cells"),
    "much text": (notebook(code("x = 1\n" * 1_700_000)), "needs a human", "has 10 MB of text"),
    "not a number": (
        notebook(code("x", metadata={"nbgrader": {"grade_id": "check-compute_cost", "points": 1}}))
        .replace('"points": 1', '"points": NaN, "grade": Infinity'),
        "graded", "check-compute_cost was changed",
    ),
    "no unicode": (notebook(code("\ud800\0"), OURS), "graded", "were missing"),
    "metadata of any kind": (
        notebook(
            code("x", metadata={"nbgrader": {"grade_id": ["check-compute_cost"]}}),
            code("y", metadata={"nbgrader": {"grade_id": {"a": 1}, "points": 10**400}}),
            code("z", metadata=[1]), code({"a": 1}), code([1, "x = ", None, "2"]), OURS,
        ),
        "graded", "were missing",
    ),
    "old format": (
        notebook(nbformat=3, worksheets=[{"cells": [
            {"cell_type": "code", "input": "def linear_forward(A, W, b): pass", "outputs": []},
        ]}]),
        "graded", "linear_forward had lost nbgrader's metadata",
    ),
    "byte order mark": (b"\xef\xbb\xbf" + notebook(OURS).encode(), "graded", "were missing"),
    "nested blank lines": (notebook(code("\n" * 4_000_000), OURS), "graded", "were missing"),
}  # fmt: skip


def lay(folder: ClassFolder, student: str, content: str | bytes, name: str = NAME) -> Path:
    return hand_in(folder, student, content).rename(
        folder.path / "submitted" / student / ASSIGNMENT / name
    )


def odd_folders(folder: ClassFolder, right: str) -> dict[str, tuple[str, str]]:
    """Hand in files and folders that are none; give what each should end in."""
    submitted = folder.path / "submitted"
    secret = folder.path / "nbgrader_config.py"

    def empty(student: str) -> Path:
        (submitted / student / ASSIGNMENT).mkdir(parents=True)
        return submitted / student / ASSIGNMENT

    (empty("link") / NAME).symlink_to(secret)
    (empty("dead link") / NAME).symlink_to("nowhere")
    (empty("folder") / NAME).mkdir()
    os.mkfifo(empty("pipe") / NAME)
    with socket.socket(socket.AF_UNIX) as one:
        here = Path.cwd()
        os.chdir(empty("socket"))  # a socket's path is short
        one.bind(NAME)
        os.chdir(here)
    with (empty("sparse") / NAME).open("wb") as file:
        file.truncate(10**12)
    lay(folder, "other", right)
    (submitted / "linked").mkdir()
    (submitted / "linked" / ASSIGNMENT).symlink_to(submitted / "other" / ASSIGNMENT)
    (submitted / "linked whole").symlink_to(submitted / "other")
    (submitted / "misplaced").mkdir()
    (submitted / "misplaced" / NAME).write_text(right)
    (submitted / "a file").mkdir()
    (submitted / "a file" / ASSIGNMENT).write_text(right)
    lay(folder, "renamed", right, "final (2).ipynb")
    lay(folder, "capitals", right, "STEP.IPYNB")
    lay(folder, "deeper", right).parent.rename(submitted / "deeper" / "x")
    empty("deeper")
    (submitted / "deeper" / "x").rename(submitted / "deeper" / ASSIGNMENT / "my work")
    for name in ("a.ipynb", "b.ipynb", "c.ipynb", "d\x1b]0;x\x07.ipynb"):
        lay(folder, "four", right, name)
    for name in ("._step-by-step.ipynb", ".ipynb_checkpoints", "__MACOSX"):
        path = lay(folder, "hidden others", right).with_name(name)
        path.write_text("x") if name.startswith("._") else path.mkdir()
        if path.is_dir():
            (path / NAME).write_text("{")
    beside = lay(folder, "odd neighbours", right).parent
    (beside / "link").symlink_to(secret)
    (beside / "etc").symlink_to("/etc")
    os.mkfifo(beside / "pipe")
    (beside / "line\nbreak").write_text("x")
    (beside / os.fsdecode(b"\xff\xfe")).write_text("x")
    (beside / "fine.csv").write_text("1,2\n")
    crowd = lay(folder, "crowd", right).parent
    for number in range(300):
        (crowd / f"{number:03}.txt").touch()
    crowd = lay(folder, "too many", right).parent
    for number in range(intake.MOST_ENTRIES):
        (crowd / f"{number}").touch()
    signs = ("new\nline", "esc\x1b[31m", " blank", "x" * 129, os.fsdecode(b"\xff"), "a*", "[b]")
    for name in signs:
        lay(folder, name, right)
    (submitted / ".ipynb_checkpoints").mkdir()
    (submitted / "README.txt").write_text("not a student")
    rename = ("needs a human", "Rename the student's folder")
    return {
        "link": ("needs a human", f"{NAME} is a link, not a file."),
        "dead link": ("needs a human", f"{NAME} is a link, not a file."),
        "folder": ("needs a human", f"{NAME} is not a file."),
        "pipe": ("needs a human", f"{NAME} is not a file."),
        "socket": ("needs a human", f"{NAME} can't be opened"),
        "sparse": ("needs a human", f"{NAME} is too large to be read (1000000 MB)"),
        "other": ("graded", ""),
        "linked": ("needs a human", f"{ASSIGNMENT} is a link"),
        "linked whole": ("needs a human", "linked whole is a link"),
        "misplaced": ("needs a human", f"belongs one folder deeper, in {ASSIGNMENT}/"),
        "a file": ("missing", "Nothing was handed in."),
        "renamed": ("graded", "The notebook was named final (2).ipynb."),
        "capitals": ("graded", "The notebook was named STEP.IPYNB."),
        "deeper": ("graded", "The notebook lay in the folder my work."),
        "four": ("needs a human", f"is {NAME}? a.ipynb, b.ipynb, c.ipynb and 1 more"),
        "hidden others": ("graded", ""),
        "odd neighbours": ("graded", "5 files beside the notebook could not be taken along."),
        "crowd": ("graded", "100 files beside the notebook could not be taken along."),
        "too many": ("needs a human", "The folder holds more than 5000 files."),
        **dict.fromkeys(signs, rename),
    }


@pytest.fixture(scope="module")
def marked(released_class, source, tmp_path_factory):
    path = tmp_path_factory.mktemp("odd") / "autumn"
    shutil.copytree(released_class, path)
    folder = ClassFolder(path)
    wanted = odd_folders(folder, to_json(filled_in(source)))
    for student, (content, state, reason) in CONTENTS.items():
        lay(folder, student, content)
        wanted[student] = (state, reason)
    began = time.process_time()
    found = marking.grade(folder, [ASSIGNMENT], executor=pretending())
    assert time.process_time() - began < 120
    return folder, {record.student: record for record in found}, wanted


def test_everything_ends_in_a_stated_state(marked):
    folder, found, wanted = marked
    assert set(found) == set(wanted)
    for student, (state, reason) in wanted.items():
        record = found[student]
        assert (record.state, reason in record.reason) == (state, True), record
        assert record.reason.isprintable()
        saved = load_record(folder, student, ASSIGNMENT)
        # The words and parts stay in the file.
        assert replace(saved, exercises={}, points={}, key=None) == record
        assert bool(saved.exercises) == (state in MARKED)


def test_the_table_shows_them_all(marked, capsys):
    folder, found, _ = marked
    print_table(folder, ASSIGNMENT)
    table = capsys.readouterr().out
    assert f"{len(found)} students:" in table
    assert "\x1b" not in table
    table.encode()


def test_nothing_else_is_taken_along(marked):
    folder, _, _ = marked
    files = autograded(folder.path)
    assert all(path.isprintable() for path in files)
    assert files[f"odd neighbours/{ASSIGNMENT}/fine.csv"] == b"1,2\n"
    secret = (folder.path / "nbgrader_config.py").read_bytes()
    assert secret not in files.values()
    for path in (folder.path / "autograded").rglob("*"):
        assert not path.is_symlink()


def test_a_second_run_finds_nothing_to_do(marked):
    folder, _, _ = marked
    before = records(folder.path)
    marking.grade(folder, [ASSIGNMENT], executor=pretending())
    assert records(folder.path) == before


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_what_may_not_be_read_is_said(folder, right):
    hand_in(folder, "file", right).chmod(0)
    hand_in(folder, "folder", right).parent.chmod(0)
    found = {r.student: r for r in marking.grade(folder, [ASSIGNMENT], executor=pretending())}
    assert f"{NAME} can't be opened: Permission denied." in found["file"].reason
    assert "The folder can't be read: Permission denied." in found["folder"].reason


def test_pictures_in_written_answers_stay(folder, right):
    pixel = b64encode(b"\x89PNG\r\n\x1a\n" + bytes(30)).decode()
    written = answered(right, **{"why-one-over-m": "See ![it](attachment:a.png)"})
    one = next(c for c in written.cells if c.source.startswith("See"))
    one.attachments = {"a.png": {"image/png": pixel}, "b.svg": {"image/svg+xml": "<svg/>"}}
    hand_in(folder, "Ann", written)
    marking.grade(folder, [ASSIGNMENT], executor=pretending())
    path = folder.path / "autograded" / "Ann" / ASSIGNMENT / NAME
    made = next(c for c in nbformat.read(path, 4).cells if c.source.startswith("See"))
    assert list(made.attachments) == ["a.png"]


def test_a_file_with_another_name_elsewhere_stays_behind(folder, right, tmp_path):
    """A hard link may lead to a file of somebody else."""
    (tmp_path / "private.txt").write_text("private")
    path = hand_in(folder, "Ann", right)
    os.link(tmp_path / "private.txt", path.parent / "mine.txt")
    (path.parent / "own.txt").write_text("own")
    taken = intake.take_in(path.parent, ASSIGNMENT)
    assert list(taken.files) == ["own.txt"]
    assert taken.remarks == ["1 file beside the notebook could not be taken along."]
