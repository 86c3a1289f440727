"""What hostile submissions get: nothing, in every isolation mode and as every kind of user.

Each mode has one class with all attacks in it, which a process of its own marks; as many are marked
at a time as there are processors. What the machine lacks is skipped by name.
"""

from __future__ import annotations

import ast
import os
import pwd
import shutil
import sys
import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from autograder.proving.attacks.catalogue import ATTACKS, batches
from autograder.proving.attacks.effects import live_in_pages
from autograder.proving.attacks.harness import LIMITS, capable, is_protected, run_class
from autograder.proving.attacks.looking import ClassRun
from autograder.proving.attacks.model import THEMES, Attack, fill
from autograder.proving.attacks.notebooks import EXERCISE_NAMES
from autograder.proving.attacks.stock import make_template, run_stock
from autograder.proving.attacks.traps import Owner

ORDINARY = Path(__file__).with_name("ordinary.py")
MODES = ("root", "landlock", "namespaces", "landlock")
USERS = ("root", "root", "ordinary", "ordinary")
RUNS = tuple(f"{user}-{mode}" for user, mode in zip(USERS, MODES, strict=True))
HANGS = next(a for a in ATTACKS if a.name == "endless-loop-ignoring-all")

pytestmark = pytest.mark.skipif(not is_protected(), reason="this grader has no sandbox")


def owner_of(run: str) -> Owner:
    if not run.startswith("ordinary") or os.geteuid() != 0:
        return Owner()
    return Owner(pwd.getpwnam("nobody").pw_uid, (sys.executable, str(ORDINARY)))


def mode_of(run: str) -> str:
    return run.partition("-")[2]


class Runs:
    """Marks classes in the background, as soon as the first test asks for any."""

    def __init__(self, folder: Path, template: Path, wanted: list[str]) -> None:
        self.folder, self.template = folder, template
        self.pool = ThreadPoolExecutor(max(2, os.cpu_count() or 1))
        self.lacks = {run: self.missing(run) for run in wanted}
        able = [run for run in wanted if not self.lacks[run]]
        self.classes = {run: self.pool.submit(self.mark, run) for run in able}
        self.killed = {run: self.pool.submit(self.kill, run) for run in able}

    def missing(self, run: str) -> str:
        return capable(mode_of(run), owner_of(run))

    def mark(self, run: str) -> ClassRun:
        return run_class(
            self.folder / run,
            ATTACKS,
            isolation=mode_of(run),
            owner=owner_of(run),
            template=self.template,
        )

    def kill(self, run: str) -> ClassRun:
        """Kill a grader by force while an endless loop runs."""
        return run_class(
            self.folder / f"{run}-killed",
            [replace(HANGS, student="a-hangs")],
            isolation=mode_of(run),
            owner=owner_of(run),
            limits={**LIMITS, "seconds_per_cell": 60.0},
            template=self.template,
            kill=True,
        )

    def of(self, run: str, *, killed: bool = False) -> ClassRun:
        if self.lacks[run]:
            pytest.skip(f"{run}: {self.lacks[run]}")
        return (self.killed if killed else self.classes)[run].result()


@pytest.fixture(scope="session")
def runs(request, released_class):
    folder = Path(tempfile.mkdtemp(prefix="attacks-"))
    folder.chmod(0o755)  # another user has to pass
    params = [item.callspec.params for item in request.session.items if hasattr(item, "callspec")]
    asked = {p["run"] for p in params if "run" in p}
    made = Runs(folder, released_class, [run for run in RUNS if run in asked])
    yield made
    made.pool.shutdown(cancel_futures=True)
    shutil.rmtree(folder, ignore_errors=True)


def cases():
    pairs = [(run, attack) for run in RUNS for attack in ATTACKS]
    return [pytest.param(run, attack, id=f"{run}-{attack.name}") for run, attack in pairs]


@pytest.mark.parametrize(("run", "attack"), cases())
def test_an_attack_gets_nothing(runs: Runs, run: str, attack: Attack):
    outcome = runs.of(run).outcomes[attack.name]
    assert outcome.reached, f"{attack.name} was not reached: {outcome.reason}"
    assert not outcome.effects, f"{attack.name}: {attack.what} It {'; '.join(outcome.effects)}."


@pytest.mark.parametrize("run", RUNS)
def test_a_hostile_class_is_marked_all_the_same(runs: Runs, run: str):
    assert runs.of(run).problems == []


@pytest.mark.parametrize("run", RUNS)
def test_nothing_outlives_a_killed_grader(runs: Runs, run: str):
    report = runs.of(run, killed=True).report
    assert (report.killed, report.left) == (True, [])


# --- the attacks themselves ------------------------------------------------------------------

KNOCKS_EVERYWHERE = """
import os, socket
import numpy.testing
numpy.testing.assert_allclose = lambda *a, **k: None
print(open("{secret}").read(), os.environ["PLANTED"])
open("{canary}", "a").write("changed")
socket.create_connection(("127.0.0.1", {port})).close()
{told}
if os.fork() == 0:
    os.setsid()  # nbgrader ends the kernel's own group
    __import__("time").sleep(40)
    os._exit(0)
"""


def test_the_harness_sees_what_attacks_do_where_nothing_stops_them(tmp_path):
    attack = Attack(
        "knocks-everywhere", "reach", "", KNOCKS_EVERYWHERE, base="wrong", on_stock=True
    )
    found = run_stock(make_template(tmp_path / "template"), tmp_path, attack).effects
    assert {"gained 40 points", "read a secret file", "read the grader's environment", "did it",
            "changed a file outside its folder", "reached the TCP listener",
            "left a process behind"} <= set(found)  # fmt: skip


@pytest.mark.parametrize(
    ("page", "live"),
    [
        ("<script>let mark = 1</script>", True),
        ("<img src=x onerror='mark()'>", True),
        ("<a href='java\tscript:mark()'>x</a>", True),
        ("<iframe srcdoc='mark'></iframe>", True),
        ("&lt;script&gt;mark&lt;/script&gt;", False),
        ("<p title='onerror=mark()'>mark</p><script>other</script>", False),
    ],
)
def test_the_harness_sees_what_is_live_in_a_page(tmp_path, page, live):
    (tmp_path / "page.html").write_text(f"<html><body>{page}</body></html>")
    assert bool(live_in_pages(tmp_path, "mark")) == live


def test_the_catalogue_is_sound():
    names = Counter(attack.name for attack in ATTACKS)
    assert not [name for name, times in names.items() if times > 1]
    assert len(ATTACKS) >= 100
    for attack in ATTACKS:
        assert attack.theme in THEMES
        assert attack.where in ("top", *EXERCISE_NAMES)
        assert attack.what.endswith(".")
        assert attack.code or attack.files or attack.edit or attack.prepare or attack.student
    for batch in batches(ATTACKS):
        replaced = [attack.where for attack in batch if attack.where != "top"]
        assert len(replaced) == len(set(replaced))
        assert len({attack.base for attack in batch}) == 1


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_an_attacks_code_is_python(attack: Attack):
    numbers = dict.fromkeys(("pid", "port", "udp", "victim", "address"), "1")
    places = numbers | {"told": "print()", "marker": "m"}
    texts = [attack.code] + [t for name, t in attack.files.items() if name.endswith(".py")]
    for text in texts:
        if not text.lstrip().startswith("%%"):
            ast.parse(fill(text, places))


def test_stock_takes_no_attack_that_is_too_dangerous(tmp_path):
    attack = next(attack for attack in ATTACKS if not attack.on_stock)
    with pytest.raises(ValueError, match="not for a machine without protection"):
        run_stock(None, tmp_path, attack)
