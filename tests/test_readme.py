"""Every command in README.md is run, and every link leads somewhere."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
from conftest import ASSIGNMENT, ROOT, hand_in

from autograder import course
from autograder.grading.classroom import ClassFolder

README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = [block.splitlines() for block in re.findall(r"```bash\n(.*?)```", README, re.DOTALL)]
COMMANDS = [command for block in BLOCKS for command in block]
BIN = Path(sys.executable).parent
# Where each is run: by a test below, or as these tests' own surroundings.
RUN_BELOW = {
    "make lab": "test_make_knows",
    "make demo": "test_make_knows and test_demo.py",
    "make build": "test_make_knows and test_build.py",
    "make test": "what runs this",
    "autograder prove": "test_prove.py and test_cli.py",
}


def block_with(start):
    [block] = [block for block in BLOCKS if block[0].startswith(start)]
    return block


def environment():
    return {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}


def test_every_command_is_run_somewhere():
    run = {*RUN_BELOW, *block_with("python3 -m venv"), *block_with("autograder new-class")}
    assert [command for command in COMMANDS if command not in run] == []


@pytest.mark.parametrize("target", ["demo", "test", "lab", "build", "bench"])
def test_make_knows(target):
    done = subprocess.run(
        ["make", "-n", target], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_the_instructors_commands_as_written(tmp_path, right):
    environment_ = environment()
    for command in block_with("autograder new-class"):
        if command.startswith("autograder grade"):
            hand_in(ClassFolder(tmp_path / "autumn"), "O'Hara, Ann", right)
        done = subprocess.run(
            ["bash", "-c", command], cwd=tmp_path, env=environment_,
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert (done.returncode, done.stderr) == (0, ""), command
    assert (tmp_path / "autumn" / "for-students.zip").is_file()
    assert (tmp_path / "autumn" / "feedback" / "O'Hara, Ann" / ASSIGNMENT).is_dir()
    assert "O'Hara, Ann" in (tmp_path / "autumn" / "marks.csv").read_text(encoding="utf-8")


def test_the_students_commands_as_written(tmp_path):
    """In a copy of what is committed: a new environment, and JupyterLab answers."""
    copy = tmp_path / "course"
    copy.mkdir()
    for name in ("autograder", "datasets", "notebooks"):
        shutil.copytree(ROOT / name, copy / name)
    for name in ("requirements.txt", *(path.name for path in ROOT.glob("*_utils.py"))):
        shutil.copy(ROOT / name, copy / name)
    block = block_with("python3 -m venv")
    assert block[-1] == "jupyter lab"
    assert f"Open `notebooks/{ASSIGNMENT}.ipynb`" in README
    setup = " && ".join(block[:-1]).replace("python3 -m", f"{sys.executable} -m")
    done = subprocess.run(
        ["bash", "-c", setup], cwd=copy, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    lab = f"source .venv/bin/activate && exec {block[-1]} --no-browser --port=0 --allow-root"
    with subprocess.Popen(
        ["bash", "-c", lab], cwd=copy, stderr=subprocess.PIPE, text=True
    ) as server:
        try:
            assert server.stderr is not None
            said = iter(server.stderr.readline, "")
            line = next(line for line in said if re.search(r"http://localhost:\d+/lab", line))
            url = re.search(r"http://\S+", line)[0]
            deadline = time.monotonic() + 60
            page = None
            while page is None and time.monotonic() < deadline:
                try:
                    page = urllib.request.urlopen(url).read()
                except OSError:
                    time.sleep(0.5)
            assert b"JupyterLab" in page
        finally:
            server.terminate()


def test_links_and_pictures_lead_somewhere():
    targets = re.findall(r"\]\(([^)#]+)\)", README)
    local = [target for target in targets if not target.startswith("http")]
    assert len(local) >= 6
    assert [target for target in local if not (ROOT / target).exists()] == []
    assert all(alt for alt in re.findall(r"!\[(.*?)\]", README))


def test_the_path_gives_the_same_times_as_the_notebooks():
    path = (ROOT / "notebooks" / "README.md").read_text(encoding="utf-8")
    times = re.findall(r"\[([\w-]+)\]\(\1\.ipynb\) \|.*\| (\S+) to (\S+) hours \|", path)
    assert sorted(name for name, *_ in times) == sorted(course.assignments())
    for name, *hours in times:
        least, most = (round(60 * float(hour.replace("½", ".5"))) for hour in hours)
        text = (course.SOURCES / f"{name}.md").read_text(encoding="utf-8")
        assert f"Between {least} and {most} minutes." in text, name
