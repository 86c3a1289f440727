"""In which ways a student's code can be shut in, and which of them this machine offers.

How it is done is in `enclosing`, which only those processes import that are shut in.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

MODES = ("root", "namespaces", "landlock", "rlimits")  # strongest first
LINUX = sys.platform == "linux"

LACKS: dict[str, tuple[str, ...]] = {
    "root": (),
    "namespaces": ("a uid of its own: it runs under yours, in a user namespace",),
    "landlock": (
        "a file tree of its own: it can see that a file outside exists, though not read it",
        "a bound on the number of its files, and on their size together",
    ),
    "rlimits": (
        "protection of your files",
        "a closed network",
        "protection of other processes",
        "a ban on starting programs",
    ),
}
PROBE_SECONDS = 60.0
MADE_OF = {
    "root": "namespaces and a user of its own, Landlock, seccomp, limits",
    "namespaces": "user namespaces, Landlock, seccomp, limits",
    "landlock": "Landlock, seccomp, limits",
    "rlimits": "limits only",
}


@dataclass(frozen=True)
class Found:
    """What a trial of one mode showed.

    Attributes
    ----------
    mode : str
        One of `MODES`.
    works : bool
        Whether it can be used.
    why : str
        What was refused, if it does not work: one line.
    lacks : tuple of str
        What the mode does not give.
    parts : tuple of str
        What it is made of here, such as "Landlock ABI 7".
    """

    mode: str
    works: bool
    why: str = ""
    lacks: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()


def probe(modes: Sequence[str] = MODES) -> list[Found]:
    """Try modes for real, each in a process of its own, and see whether they hold.

    Safe to call where other threads run.
    """
    with tempfile.TemporaryDirectory(prefix="autograder-") as name:
        folder = Path(name)
        folder.chmod(0o777)  # so that nothing but the sandbox protects what is in it
        secret = folder / "secret.txt"
        secret.write_text("secret")
        secret.chmod(0o666)
        able = [mode for mode in modes if LINUX or mode == MODES[-1]]
        trials = [(mode, _start_trial(mode, folder)) for mode in able]
        return [_outcome(mode, trial) for mode, trial in trials]


def strongest(found: Sequence[Found]) -> str:
    """Give the strongest mode that works.

    Raises
    ------
    LookupError
        If none does.
    """
    works = [f.mode for f in found if f.works]
    if not works:
        raise LookupError("; ".join(f"{f.mode}: {f.why}" for f in found))
    return min(works, key=MODES.index)


def _start_trial(mode: str, folder: Path) -> subprocess.Popen[str]:
    scratch = folder / f"scratch-{mode}"
    scratch.mkdir()
    command = [sys.executable, "-I", "-m", "autograder.sandbox.selftest", mode, str(folder)]
    return subprocess.Popen(
        [*command, str(scratch)], env={}, cwd="/", text=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def _outcome(mode: str, trial: subprocess.Popen[str]) -> Found:
    try:
        output, errors = trial.communicate(timeout=PROBE_SECONDS)
        told = json.loads(output.splitlines()[-1])
    except subprocess.TimeoutExpired:
        trial.kill()
        trial.communicate()
        return Found(mode, False, "the trial did not come to an end", LACKS[mode])
    except (ValueError, IndexError):
        last = (errors.strip().splitlines() or [f"exit code {trial.returncode}"])[-1]
        return Found(mode, False, f"the trial ended early: {last}", LACKS[mode])
    why = told["why"]
    return Found(mode, not why, why, tuple(told["lacks"]) or LACKS[mode], tuple(told["parts"]))
