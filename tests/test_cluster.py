"""Marking on a Dask cluster: the same marks, whatever happens to workers."""

from __future__ import annotations

import os
import shutil
import signal
import threading
from contextlib import contextmanager
from functools import partial

import pytest
from click.testing import CliRunner
from conftest import ASSIGNMENT, answered, hand_in
from dask_cluster import DaskCluster
from dask_process import DEADLY, LAME, SLOW, PretendedJudge
from resuming import state

from autograder.building.notebooks import filled_in
from autograder.cli import main
from autograder.errors import ClusterError
from autograder.grading import marking
from autograder.grading.classroom import ClassFolder
from autograder.grading.cluster import on_worker
from autograder.grading.cluster.connecting import connected
from autograder.grading.cluster.parts import Patience
from autograder.grading.execute import execute_and_judge
from autograder.grading.watching import Watch

SEED = 11
STUDENTS = [f"Student {number}" for number in range(8)]
QUICK = Patience(look=0.05, no_worker=1.0)


@contextmanager
def pretending(folder):
    yield partial(execute_and_judge, judge=PretendedJudge())


@pytest.fixture(scope="module")
def started(tmp_path_factory):
    one = DaskCluster(tmp_path_factory.mktemp("dask"))
    yield one
    one.close()


@pytest.fixture
def cluster(started):
    yield started
    started.remove_workers()


@pytest.fixture(scope="module")
def eight(released_class, source, tmp_path_factory):
    path = tmp_path_factory.mktemp("eight") / "autumn"
    shutil.copytree(released_class, path)
    for number, student in enumerate(STUDENTS):
        hand_in(ClassFolder(path), student, written(source, number, SLOW))
    (path / "submitted" / STUDENTS[2] / ASSIGNMENT / "own.csv").write_text("1,2\n")
    hand_in(ClassFolder(path), STUDENTS[5], "{")
    return path


def written(source, number, mark=""):
    return answered(filled_in(source), linear_forward=f"linear_forward = {number}\n{mark}")


@pytest.fixture(scope="module")
def alone(eight, tmp_path_factory):
    """What one job on this machine makes of the class."""
    folder = copied(eight, tmp_path_factory.mktemp("alone"))
    marking.grade(folder, [ASSIGNMENT], seed=SEED, executor=pretending)
    return state(folder.path)


def copied(path, target):
    shutil.copytree(path, target / "autumn")
    return ClassFolder(target / "autumn")


def mark(cluster, folder, patience=QUICK, on_marked=lambda record: None, jobs=None):
    """Mark a class on the cluster; give the records and what was told."""
    told = []
    with connected(cluster.address, folder, told.append, patience) as there:
        records = marking.grade(
            folder, [ASSIGNMENT], seed=SEED, on_marked=on_marked,
            executor=there.executor, jobs=jobs or there.jobs,
        )  # fmt: skip
    return records, told


def reason(folder, cluster, student="Poison", **options):
    """Mark a class in which all but one are well; give that one's state and reason."""
    records, told = mark(cluster, folder, **options)
    states = {record.student: (record.state, record.reason) for record in records}
    found = states.pop(student)
    assert {one for one, _ in states.values()} == {"graded"}
    return (*found, told)


# --- the same marks ----------------------------------------------------------------------


def test_real_judges_give_the_same_marks_and_a_killed_worker_costs_none(
    cluster, released_class, source, tmp_path
):
    shutil.copytree(released_class, tmp_path / "class")
    folder = ClassFolder(tmp_path / "class")
    wrong = "def linear_backward(dZ, cache):\n    return dZ, dZ, dZ\n"
    for number in range(5):
        hand_in(folder, f"Student {number}", written(source, number))
    hand_in(folder, "right", filled_in(source))
    hand_in(folder, "wrong", answered(filled_in(source), linear_backward=wrong))
    (folder.path / "submitted" / "right" / ASSIGNMENT / "own.csv").write_text("1,2\n")
    found = []
    for jobs in (1, 2):
        one = copied(folder.path, tmp_path / str(jobs))
        marking.grade(one, [ASSIGNMENT], seed=SEED, jobs=jobs)
        found.append(state(one.path))
    first, _ = cluster.add("real", "real")
    one = copied(folder.path, tmp_path / "dask")
    killed = []

    def kill_once(record):
        if not killed:
            killed.append(record)
            cluster.kill(first)

    _, told = mark(cluster, one, on_marked=kill_once)
    found.append(state(one.path))
    assert told[0].startswith(f"Cluster {cluster.address}: workers: 2, threads: 2; isolation: ")
    assert found[0] == found[1] == found[2]


@pytest.mark.parametrize("jobs", [1, 3, None])
@pytest.mark.parametrize("threads", [1, 2])
def test_pretended_judges_give_the_same_marks(cluster, eight, alone, tmp_path, jobs, threads):
    cluster.add("well", "well", threads=threads)
    folder = copied(eight, tmp_path)
    mark(cluster, folder, jobs=jobs)
    assert state(folder.path) == alone


def test_workers_killed_all_the_time_cost_no_mark(cluster, eight, alone, tmp_path):
    cluster.add("well", "well", "well")
    folder = copied(eight, tmp_path)
    stop = threading.Event()

    def kill():
        while not stop.wait(0.3):
            cluster.remove(next(iter(cluster.workers)))
            cluster.add("well")

    killing = threading.Thread(target=kill)
    killing.start()
    try:
        mark(cluster, folder, patience=Patience(look=0.05))
    finally:
        stop.set()
        killing.join()
    assert state(folder.path) == alone


# --- workers that do not do their work ---------------------------------------------------


@pytest.mark.parametrize("kind", ["rubbish", "broken"])
def test_a_bad_worker_costs_a_retry_and_is_left_out(cluster, eight, alone, tmp_path, kind):
    bad, _ = cluster.add(kind, "well")
    folder = copied(eight, tmp_path)
    _, told = mark(cluster, folder)
    assert state(folder.path) == alone
    assert any(line.startswith(f"Worker {bad} is left out from now on: ") for line in told)


def test_a_worker_that_hangs_costs_a_retry(cluster, eight, alone, tmp_path):
    hanging, _ = cluster.add("hangs", "well")
    folder = copied(eight, tmp_path)
    _, told = mark(cluster, folder, Patience(look=0.05, answer=2.0))
    assert state(folder.path) == alone
    assert told[1:-1] == [
        f"Worker {hanging} is left out from now on: it did not come to an end within 2 seconds."
    ]
    assert told[-1] == "Tries that failed, and why: it hung: 1."


def test_where_all_workers_tell_rubbish_a_human_is_needed(cluster, eight, tmp_path):
    cluster.add("rubbish")
    with pytest.raises(ClusterError, match="For 1 seconds there was no worker that may judge"):
        mark(cluster, copied(eight, tmp_path))


def test_a_frozen_worker_costs_a_retry(cluster, eight, alone, tmp_path):
    frozen, _ = cluster.add("well", "well")
    folder = copied(eight, tmp_path)
    patience = Patience(look=0.05, answer=2.0, connecting=2.0, greeting=2.0)
    mark(cluster, folder, patience, lambda record: cluster.kill(frozen, signal.SIGSTOP))
    assert state(folder.path) == alone


def test_a_worker_started_again_at_its_address_is_met_again(cluster, eight, alone, tmp_path):
    addresses = cluster.add("well")
    folder = copied(eight, tmp_path)
    with connected(cluster.address, folder, patience=Patience(look=0.05)) as there:

        def forget(record):
            if not there.ends["died"]:
                client = there.workforce.client
                client.run(on_worker.leave, there.workforce.run, workers=addresses)

        asked = {"executor": there.executor, "jobs": 1, "on_marked": forget}
        marking.grade(folder, [ASSIGNMENT], seed=SEED, **asked)
        assert there.ends["died"] == 1
    assert state(folder.path) == alone


def test_a_watch_marks_the_same_and_comes_back_after_a_rest(
    cluster, eight, alone, tmp_path, monkeypatch
):
    cluster.add("well", "well")
    folder = copied(eight, tmp_path)
    late = folder.path / "submitted" / STUDENTS[7]
    late.rename(tmp_path / "late")
    told, marked = [], []

    @contextmanager
    def place():
        with connected(cluster.address, folder, told.append, QUICK) as there:
            yield there.executor, there.jobs

    def look_again(seconds):
        """The last one lands when the cluster has been left."""
        if len(marked) == 8:
            raise KeyboardInterrupt
        if len(marked) == 7 and watch._tools is None:
            (tmp_path / "late").rename(late)

    monkeypatch.setattr("autograder.grading.watching.sleep", look_again)
    watch = Watch(folder, place, (), marked.append, told.append, quiet=0, idle=0.0, seed=SEED)
    with pytest.raises(KeyboardInterrupt):
        watch.run()
    assert state(folder.path) == alone
    assert [line.split(":")[0] for line in told] == ["Cluster tcp"] * 2
    assert sorted(done.record.student for done in marked) == STUDENTS


# --- submissions that nobody can judge ---------------------------------------------------


@pytest.fixture
def with_poison(folder, source):
    def made(text):
        for number in range(3):
            hand_in(folder, STUDENTS[number], written(source, number))
        hand_in(folder, "Poison", written(source, 9, text))
        return folder

    return made


@pytest.mark.parametrize("threads", [1, 2])
def test_what_kills_its_worker_twice_needs_a_human_and_nobody_else_does(
    cluster, with_poison, threads
):
    cluster.add("well", "well", "well", threads=threads)
    poison = with_poison(DEADLY)
    found, why, _ = reason(poison, cluster)
    assert found == "needs a human"
    assert why.startswith("Its worker died 2 times while it was judged. ")
    left = [address for address, process in cluster.workers.items() if process.poll() is None]
    assert len(left) == 1
    # The next run tries it once more, and only it.
    cluster.add("well")
    again, _ = mark(cluster, poison)
    assert [record.state for record in again].count("needs a human") == 1
    assert [p.poll() is None for p in cluster.workers.values()].count(True) == 0


def test_what_two_judges_fail_at_needs_a_human_for_the_judges_reason(cluster, with_poison):
    cluster.add("well", "well")
    found, why, told = reason(with_poison(LAME), cluster)
    assert (found, why) == ("needs a human", "The judge's process ended while it was judged.")
    assert told[1:] == ["Tries that failed, and why: it failed: 2."]  # no worker is to blame


# --- who may not judge -------------------------------------------------------------------


def test_a_weak_worker_is_refused_and_the_others_mark(cluster, eight, alone, tmp_path):
    weak, _ = cluster.add("weak", "well")
    folder = copied(eight, tmp_path)
    _, told = mark(cluster, folder)
    assert state(folder.path) == alone
    assert told[0].startswith(f"Worker {weak} is refused: This machine gives no isolation worth")
    assert told[1].endswith("workers: 1, threads: 1; isolation: pretended on 1.")


def test_a_worker_of_another_version_is_refused_and_told_what_to_do(cluster, eight, tmp_path):
    (old,) = cluster.add("old")
    with pytest.raises(ClusterError) as caught:
        mark(cluster, copied(eight, tmp_path))
    assert str(caught.value).startswith(f"Worker {old} is refused: it has numpy 1.26.0 and not ")
    assert str(caught.value).endswith("Install the same on both, and start the worker again.")


def test_a_worker_that_comes_late_is_waited_for(cluster, eight, alone, tmp_path):
    coming = threading.Timer(0.5, cluster.add, ["well"])
    coming.start()
    folder = copied(eight, tmp_path)
    _, told = mark(cluster, folder, Patience(look=0.05))
    coming.join()
    assert state(folder.path) == alone
    assert told[0] == "No worker is there; waiting up to 300 seconds for one."


# --- no cluster --------------------------------------------------------------------------


def graded(folder, *options):
    return CliRunner().invoke(main, ["grade", str(folder.path), *options])


def test_no_worker_is_one_line(cluster, folder):
    with pytest.raises(ClusterError, match="For 1 seconds there was no worker that may judge"):
        mark(cluster, folder)


@pytest.mark.parametrize("address", ["127.0.0.1:9", "nonsense", "foo://bar:1", "tls://127.0.0.1:9"])
def test_a_wrong_address_is_one_line(folder, address):
    result = graded(folder, "--scheduler", address)
    assert result.exit_code == ClusterError.exit_code
    (line,) = result.stderr.splitlines()
    assert line.startswith(f"autograder: No Dask scheduler can be reached at {address}: ")


def test_a_workers_address_is_not_taken_for_a_schedulers(cluster, folder):
    (address,) = cluster.add("well")
    result = graded(folder, "--scheduler", address)
    assert f"{address}: it is a Dask worker's address." in result.stderr


def test_without_dask_one_line_says_how_to_install_it(folder, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    result = graded(folder, "--scheduler", "127.0.0.1:9")
    assert result.exit_code == ClusterError.exit_code
    assert "pip install 'backprop-by-hand[cluster]'" in result.stderr


def test_a_scheduler_that_ends_is_one_line_and_the_next_run_goes_on(
    eight, alone, source, tmp_path, tmp_path_factory
):
    own = DaskCluster(tmp_path_factory.mktemp("own"))
    folder = copied(eight, tmp_path)
    patience = Patience(look=0.05, connecting=1.0)
    try:
        own.add("well")
        with pytest.raises(ClusterError, match="The scheduler is gone"):
            mark(own, folder, patience, lambda record: own.end_scheduler(), jobs=1)
    finally:
        own.close()
    assert not (folder.path / ".autograder" / "work").exists()
    marking.grade(folder, [ASSIGNMENT], executor=pretending)
    assert state(folder.path) == alone


@pytest.mark.parametrize("jobs", [1, 4])
def test_ctrl_c_ends_a_run_cleanly_and_the_next_goes_on(cluster, eight, alone, tmp_path, jobs):
    cluster.add("well", "well")
    folder = copied(eight, tmp_path)
    with pytest.raises(KeyboardInterrupt):
        mark(cluster, folder, on_marked=lambda _: os.kill(os.getpid(), signal.SIGINT), jobs=jobs)
    assert not (folder.path / ".autograder" / "work").exists()
    mark(cluster, folder)
    assert state(folder.path) == alone
