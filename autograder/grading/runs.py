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
from autograder.grading.keys import Key
from autograder.grading.records import MARKED, RECORDS, Record, write_whole

OWN = ".autograder"
WORK = f"{OWN}/work"  # of the submission that is being marked
PICTURES = f"{OWN}/pictures"  # the course's own, one of each for all submissions
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
    touched : bool
        Whether that is marked again, and nothing else, which came from something that has
        changed since. Such a run has no trace on disk: what it has done isn't touched any more.
    """

    id: str
    seed: int
    chosen: bool
    regrade: bool
    begun: float
    touched: bool = False

    def seed_for(self, old: Record | None, key: Key, spoilt: bool) -> int | None:
        """Say by which seed a submission is to be marked; None if it stays as it is.

        What only our side has changed for is marked by the probes that it was marked with,
        so that no mark moves by the luck of the probes.

        Parameters
        ----------
        old : Record or None
            What there is.
        key : Key
            What its marks would come from now.
        spoilt : bool
            Whether the executed notebook isn't the record's.
        """
        if old is None:
            return None if self.touched else self.seed
        handed_in_again = old.key is not None and old.key.submission != key.submission
        marked = old.state in MARKED
        own = old.seed if marked and old.seed is not None and not handed_in_again else self.seed
        if self.regrade:
            done = old.run == self.id and old.key == key and not (old.unfinished or spoilt)
            return None if done else self.seed
        if self.touched:
            elsewhere = handed_in_again or (not marked if old.unfinished else spoilt)
            same = old.key == key and not old.unfinished
            return None if elsewhere or same else own
        if self.chosen and marked and old.seed != self.seed:
            return self.seed
        if handed_in_again or old.unfinished or spoilt:
            return self.seed if self.chosen else own
        return None


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
        Whether to mark everything again; that begins anew, but for a stopped run that did so.
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
    if same and regrade <= same[0].regrade and seed in (None, same[0].seed):
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
