"""What must be refused is refused, and what honest code needs works, in every mode there is here.

The attempts themselves are in `inside.py`; here they are run and their ends are looked at.
"""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import inside
import pytest

from autograder.sandbox import enclosing, filetree, isolation, privileges
from autograder.sandbox.isolation import Found

TESTS = Path(__file__).resolve().parent
IS_ROOT = os.geteuid() == 0
# Name here: the mode, and whether root starts it. Root's tests start the others as nobody.
RUNS = {
    "root": ("root", True),
    "namespaces": ("namespaces", False),
    "landlock": ("landlock", False),
    "landlock-by-root": ("landlock", True),
    "rlimits": ("rlimits", False),
    "rlimits-by-root": ("rlimits", True),
}
OWN_TREE = ["root", "namespaces"]
WALLED = [*OWN_TREE, "landlock", "landlock-by-root"]
SECONDS = 300  # for all attempts of one run

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Linux only")


class Runs:
    """The runs of all modes, each in its own process, all at once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.outside: dict[tuple[str, str], Path] = {}
        self.processes = {name: self.start(name, "try") for name in RUNS if self.possible(name)}
        self.told: dict[str, dict[str, list]] = {}

    def possible(self, name: str) -> bool:
        return IS_ROOT or not RUNS[name][1]

    def start(
        self, name: str, what: str, *fds: int, before: Sequence[str] = ()
    ) -> subprocess.Popen[str]:
        mode, by_root = RUNS[name]
        outside = Path(tempfile.mkdtemp(prefix=f"{name}-{what}-", dir=self.folder))
        self.outside[name, what] = outside
        (outside / "secret.txt").write_text("secret")
        for path in (outside, outside / "secret.txt"):
            path.chmod(0o777)  # so that only the sandbox protects it
        command = [sys.executable, str(TESTS / "inside.py"), what, mode, *map(str, fds)]
        if IS_ROOT and not by_root:
            command = [sys.executable, str(TESTS / "ordinary.py"), *command]
        environment = {"OUTSIDE": str(outside), "MPLCONFIGDIR": str(outside), "LANG": "C.UTF-8"}
        environment["OPENBLAS_NUM_THREADS"] = "1"
        return subprocess.Popen(
            [*before, *command], env=environment, cwd="/", text=True, pass_fds=fds,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip

    def ends(self, name: str) -> dict[str, list]:
        """Give how each attempt ended."""
        if name not in self.processes:
            pytest.skip(f"{name}: needs root")
        if name not in self.told:
            output, errors = self.processes[name].communicate(timeout=SECONDS)
            assert output, errors
            self.told[name] = json.loads(output.splitlines()[-1])
        if "refused" in self.told[name]:
            pytest.skip(f"{name} does not work here: {self.told[name]['refused']}")
        return self.told[name]


@pytest.fixture(scope="module")
def runs() -> Iterator[Runs]:
    # Not pytest's own folder: it lets in nobody but its user.
    with tempfile.TemporaryDirectory(prefix="isolation-") as name:
        Path(name).chmod(0o755)
        runs = Runs(Path(name))
        yield runs
        for process in runs.processes.values():
            process.kill()
            process.communicate()


# --- the attempts --------------------------------------------------------------------------


@pytest.mark.parametrize("attempt", inside.FORBIDDEN)
@pytest.mark.parametrize("run", WALLED)
def test_forbidden_is_refused(runs: Runs, run: str, attempt: str) -> None:
    assert runs.ends(run)[attempt][0] in ("refused", "died")


@pytest.mark.parametrize("attempt", inside.FORBIDDEN_IN_OWN_TREE)
@pytest.mark.parametrize("run", OWN_TREE)
def test_a_file_tree_of_its_own(runs: Runs, run: str, attempt: str) -> None:
    assert runs.ends(run)[attempt][0] == "refused"


@pytest.mark.parametrize("attempt", inside.BOUNDED)
@pytest.mark.parametrize("run", RUNS)
def test_bounds_hold(runs: Runs, run: str, attempt: str) -> None:
    end = runs.ends(run)[attempt]
    wanted = ["died", -9] if attempt == "use_the_processor_for_ever" else ["refused", end[1]]
    assert end == wanted


@pytest.mark.parametrize("attempt", inside.NEEDED)
@pytest.mark.parametrize("run", RUNS)
def test_honest_code_works(runs: Runs, run: str, attempt: str) -> None:
    assert runs.ends(run)[attempt][0] == "done", runs.ends(run)[attempt]


@pytest.mark.parametrize("run", RUNS)
def test_only_what_was_given_is_open_and_the_folder_is_its_home(runs: Runs, run: str) -> None:
    told = runs.ends(run)["tell_about_itself"][1]
    assert len(told["open"]) == 4  # /dev/null three times, and the wire
    assert len(set(told["home"])) == 1
    assert told["root"] == []


@pytest.mark.parametrize("run", ["root", "landlock-by-root", "rlimits-by-root"])
def test_root_gives_it_a_user_of_its_own(runs: Runs, run: str) -> None:
    assert runs.ends(run)["tell_about_itself"][1]["uid"] != os.getuid()


@pytest.mark.parametrize("run", WALLED)
def test_refused_newer_clone_lets_the_library_fall_back(runs: Runs, run: str) -> None:
    assert "not implemented" in runs.ends(run)["clone_by_the_newer_call"][1]


@pytest.mark.parametrize("run", WALLED)
def test_nothing_outside_has_changed(runs: Runs, run: str) -> None:
    runs.ends(run)
    folder = runs.outside[run, "try"]
    assert (folder / "secret.txt").read_text() == "secret"
    assert (folder / "secret.txt").stat().st_mode & 0o777 == 0o777


# A judge that starts a zygote and waits.
JUDGE = "import subprocess, sys; subprocess.run(sys.argv[2:], pass_fds=[int(sys.argv[1])])"


@pytest.mark.parametrize("killed", ["zygote", "judge"])
@pytest.mark.parametrize("run", RUNS)
def test_it_ends_when_another_is_killed(runs: Runs, run: str, killed: str) -> None:
    runs.ends(run)
    alive, held = os.pipe()
    judge = [sys.executable, "-c", JUDGE, str(held)] if killed == "judge" else []
    process = runs.start(run, "hang", held, before=judge)
    os.close(held)
    try:
        assert os.read(alive, 4) == b"here"
        assert not select.select([alive], [], [], 0.2)[0]
        process.kill()
        process.communicate()
        assert select.select([alive], [], [], 30)[0]
        assert os.read(alive, 4) == b""  # nobody holds it any more
    finally:
        process.kill()
        os.close(alive)


# --- finding out ---------------------------------------------------------------------------


def test_probe_tries_every_mode_in_order() -> None:
    found = isolation.probe()
    assert [f.mode for f in found] == list(isolation.MODES)
    assert all(f.works != bool(f.why) for f in found)
    assert "\n" not in "".join(f.why for f in found)
    assert found[-1].works
    assert all("rlimits" in f.parts for f in found if f.works)
    refused = found[1] if IS_ROOT else found[0]
    assert "root's" in refused.why


def test_strongest_is_the_first_that_works() -> None:
    found = [Found("rlimits", True), Found("landlock", True), Found("root", False, "no")]
    assert isolation.strongest(found) == "landlock"
    with pytest.raises(LookupError, match="root: no"):
        isolation.strongest(found[-1:])


@pytest.mark.parametrize(
    ("broken", "why"),
    [
        ("syscalls.install_filter = lambda program: None", "start a process"),
        ("landlock.restrict = lambda *trees: None", "read a file outside, change a file outside"),
        ("privileges.set_limits = lambda *limits: None", ""),
    ],
)
def test_a_mode_that_does_not_hold_is_found_out(broken: str, why: str) -> None:
    mode = "rlimits" if "limits" in broken else "landlock"
    found = {f.mode: f for f in isolation.probe()}[mode]
    if not found.works:
        pytest.skip(f"{mode} does not work here: {found.why}")
    with tempfile.TemporaryDirectory(prefix="isolation-") as name:
        folder = Path(name)
        (folder / "scratch").mkdir()
        (folder / "secret.txt").write_text("secret")
        for path in (folder, folder / "secret.txt"):
            path.chmod(0o777)
        code = (
            "import sys\n"
            "from autograder.sandbox import enclosing, landlock, privileges, selftest, syscalls\n"
            f"{broken}\n"
            f"sys.argv[1:] = {[mode, name, name + '/scratch']!r}\n"
            "selftest.main()"
        )
        told = json.loads(subprocess.check_output([sys.executable, "-c", code]))["why"]
    assert told.startswith("code inside could")
    assert why in told


def test_missing_libseccomp_is_named() -> None:
    code = (
        "import ctypes.util\n"
        "find = ctypes.util.find_library\n"
        "ctypes.util.find_library = lambda name: None if name == 'seccomp' else find(name)\n"
        "from autograder.sandbox import enclosing\n"
        "enclosing.enclose('landlock', [])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "libseccomp is missing: install libseccomp2" in done.stderr


def test_threads_are_noticed_before_anything_is_done() -> None:
    code = (
        "import threading, time\n"
        "threading.Thread(target=time.sleep, args=[60], daemon=True).start()\n"
        "from autograder.sandbox import enclosing\n"
        "enclosing.enclose('rlimits', [])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "it has 2 threads" in done.stderr


def test_a_thread_that_is_ending_is_waited_for() -> None:
    code = (
        "import os, threading, time\n"
        "threading.Thread(target=time.sleep, args=[1.0]).start()\n"
        "from autograder.sandbox import enclosing\n"
        "enclosing.enclose('rlimits', [])\n"
        "print(len(os.listdir('/proc/self/task')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("1\n", "")


def test_confine_needs_an_enclosed_process() -> None:
    with pytest.raises(RuntimeError, match="has not been enclosed as root"):
        enclosing.confine("root", inside.LIMITS, None, [])


# --- what is seen --------------------------------------------------------------------------


def test_hidden_folders_are_cut_out_of_trees(tmp_path: Path) -> None:
    for name in ("lib/site/ours/answers", "lib/site/numpy", "lib/os"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "lib/site/link").symlink_to("ours")
    whole, listed = filetree.around([tmp_path / "lib"], [tmp_path / "lib/site/ours"])
    assert sorted(whole) == [tmp_path / "lib/os", tmp_path / "lib/site/numpy"]
    assert sorted(listed) == [tmp_path / "lib", tmp_path / "lib/site"]


def test_a_class_folder_that_is_a_virtual_environment_is_not_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("lib", "submitted", "share/jupyter"):
        (tmp_path / name).mkdir(parents=True)
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    seen = [tree for tree in filetree.needed_trees() if tree.is_relative_to(tmp_path)]
    assert seen == [tmp_path / "lib"]


def test_where_students_hand_in_is_not_shown() -> None:
    exchange = Path("/usr/local/share/nbgrader/exchange")
    assert not any(exchange.is_relative_to(tree) for tree in filetree.needed_trees())


def test_the_submissions_folder_covers_nothing_that_is_needed() -> None:
    assert filetree.free_folder([Path("/usr/lib")]) == Path("/work")
    assert filetree.free_folder([Path("/work/venv/lib")]) == Path("/submission")


@pytest.mark.parametrize(
    ("mapped", "wanted"),
    [
        ("0 0 4294967295", privileges.FIRST_THROW_AWAY + 77),
        ("0 100000 65536", 32768 + 77),
        ("0 1000 1\n1 100000 60000", 1 + 30000 + 77),
    ],
)
def test_throw_away_users_exist_in_containers_too(tmp_path: Path, mapped: str, wanted: int) -> None:
    (tmp_path / "uid_map").write_text(mapped)
    assert privileges._unused_id(tmp_path / "uid_map", 77) == wanted


FILTERED = """
import os, sys
from pathlib import Path
from autograder.sandbox import seccomp, syscalls
owns, sees, path = sys.argv[1] == "1", sys.argv[2] == "1", Path(sys.argv[3])
syscalls.no_new_privileges()
syscalls.install_filter(seccomp.program(owns, sees))
for change in (lambda: path.chmod(0o777), lambda: os.utime(path), lambda: os.truncate(path, 0)):
    try:
        change()
        print("done", end=" ")
    except PermissionError:
        print("refused", end=" ")
"""


@pytest.mark.parametrize(
    ("owns", "sees", "wanted"),
    [
        ("0", "0", "refused refused refused"),
        # A file that all may write is changed by who owns nothing.
        ("1", "0", "done refused refused"),
        ("1", "1", "done done done"),
    ],
)
def test_what_landlock_does_not_look_at_is_refused(
    tmp_path: Path, owns: str, sees: str, wanted: str
) -> None:
    (tmp_path / "file").write_text("there")
    command = [sys.executable, "-c", FILTERED, owns, sees, str(tmp_path / "file")]
    told = subprocess.run(command, capture_output=True, text=True, check=True)
    assert told.stdout.strip() == wanted
