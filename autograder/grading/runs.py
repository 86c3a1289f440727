"""One run at a time on a class, and a stopped one goes on where it was."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from autograder.errors import ClassBusy, ClassFolderError
from autograder.grading.classroom import ClassFolder
from autograder.grading.records import MARKED, RECORDS, Record, write_whole

OWN = ".autograder"
WORK = f"{OWN}/work"  # of the submission that is being marked
RUN = f"{OWN}/run.json"  # for each assignment the run that is not finished


@contextmanager
def locked(folder: ClassFolder, doing: str) -> Iterator[None]:
    """Keep other commands from changing the class meanwhile.

    The lock is the system's own and ends with the process, however that ends. What a
    killed run left half-done is cleared away here, since nobody else is at work.

    Raises
    ------
    ClassBusy
        If another command is at work.
    """
    path = folder.path / OWN / "lock"
    try:
        path.parent.mkdir(exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    except OSError as error:
        raise ClassFolderError(f"{path} can't be written: {error.strerror}.") from error
    with os.fdopen(descriptor, "r+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ClassBusy(_who(file.read())) from None
        except OSError as error:
            raise ClassFolderError(f"{path} can't be locked: {error.strerror}.") from error
        file.truncate(0)
        json.dump({"doing": doing, "pid": os.getpid(), "since": time.time()}, file)
        file.flush()
        _clear(folder)
        yield


def _who(told: str) -> str:
    try:
        other = json.loads(told)
        when = _clock(float(other["since"]))
        who = f"Another run is {other['doing']} this class (pid {int(other['pid'])}, since {when})."
    except (ValueError, KeyError, TypeError):
        who = "Another run is at work in this class."
    return f"{who} Wait for it or stop it."


def _clock(moment: float) -> str:
    then = time.localtime(moment)
    today = time.strftime("%Y-%m-%d") == time.strftime("%Y-%m-%d", then)
    return time.strftime("%H:%M" if today else "%Y-%m-%d %H:%M", then)


def _clear(folder: ClassFolder) -> None:
    remove(folder.path / WORK)
    for path in (folder.path / RECORDS).glob("*/*.new"):
        path.unlink()


def remove(path: Path) -> None:
    """Remove a folder or file, if it is there."""
    with contextlib.suppress(FileNotFoundError):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


@dataclass
class Run:
    """One run, kept on disk for each of its assignments until that is finished.

    Attributes
    ----------
    id : str
        Its name in the records it makes.
    seed : int
        All its marks come from the same probes.
    chosen : bool
        Whether the seed was asked for; then marks from other probes don't do.
    regrade : bool
        Whether everything is marked again.
    begun : float
        When.
    """

    id: str
    seed: int
    chosen: bool
    regrade: bool
    begun: float

    def done(self, record: Record | None, key: str) -> bool:
        """Tell whether a submission with this key needs nothing any more."""
        if record is None or not key or record.key != key:
            return False
        if self.regrade:
            return record.run == self.id
        return not self.chosen or record.state not in MARKED or record.seed == self.seed


def begin(
    folder: ClassFolder, assignments: list[str], seed: int | None, regrade: bool, part: bool
) -> tuple[Run, str]:
    """Start a run, or go on with the one that was stopped.

    Parameters
    ----------
    folder : ClassFolder
        The class, locked.
    assignments : list of str
        Which assignments.
    seed : int, optional
        The seed that was asked for.
    regrade : bool
        Whether to mark everything again; that begins anew.
    part : bool
        Whether it is for single students. That finishes nothing, so it leaves no trace;
        within a stopped run it takes that run's probes.

    Returns
    -------
    run : Run
        The run.
    remark : str
        What to tell the user about it, if anything.
    """
    stopped = _stopped(folder)
    same = [stopped[name] for name in assignments if name in stopped]
    remark = ""
    if same and not regrade and seed in (None, same[0].seed):
        run = same[0]
        remark = f"Went on with the run begun at {_clock(run.begun)}, with the same probes."
    else:
        chosen = secrets.randbits(32) if seed is None else seed
        run = Run(secrets.token_hex(8), chosen, seed is not None, regrade, time.time())
    if part:
        return run, ""
    _keep(folder, stopped | dict.fromkeys(assignments, run))
    return run, remark


def finish(folder: ClassFolder, assignments: list[str]) -> None:
    """Note that the run of these assignments is through."""
    left = {name: run for name, run in _stopped(folder).items() if name not in assignments}
    _keep(folder, left)


def _stopped(folder: ClassFolder) -> dict[str, Run]:
    try:
        told = json.loads((folder.path / RUN).read_bytes())
        return {name: Run(**run) for name, run in told.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def _keep(folder: ClassFolder, runs: dict[str, Run]) -> None:
    told = {name: asdict(run) for name, run in runs.items()}
    if told:
        write_whole(folder.path / RUN, json.dumps(told).encode())
    else:
        remove(folder.path / RUN)
