"""Tables and plot of a bench come from its results alone, and say what those say."""

from __future__ import annotations

import argparse
import importlib
import json
import re
import subprocess
import sys
from xml.etree import ElementTree

import pytest
from conftest import ASSIGNMENT, NAMES, ROOT, hand_in

from autograder import course
from autograder.course import NOT_RUN
from autograder.errors import BenchError
from autograder.proving import bench, phases, phases_worker
from autograder.proving import stamp as stamping
from autograder.proving.bare import submissions
from autograder.proving.bench_figures import BARE, CHECKS, ONE, STOCK, TWO, aims, rows
from autograder.proving.bench_page import write_page
from autograder.proving.bench_plot import draw
from autograder.proving.many import memory, rate, steps
from autograder.proving.spans import Spans, replace
from autograder.proving.ways import WAYS, Class, bare_forks

# Seconds of CPU a submission, of wall for the class, by round.
CPU = {
    BARE: (0.10, 0.20, 0.12), CHECKS: (0.15, 0.24, 0.05),
    ONE: (0.15, 0.24, 0.15), TWO: (0.16, 0.30, 0.16), STOCK: (4, 5, 6),
}  # fmt: skip
WALL = {BARE: 1.0, CHECKS: 1.5, ONE: 3.8, TWO: 2.0, STOCK: 50.0}


def results(size=10):
    runs = [
        {
            "way": way, "students": size, "round": turn, "cpu": size * cpu, "wall": WALL[way],
            "machine_cpu": size * cpu + (1.0 if (way, turn) == (ONE, 1) else 0.0),
            "date": "2026-01-02", "code": "1a2b",
            "peak_mb": 100.0 + turn, "memory": "pss", "left_behind": 0,
        }
        for way, turns in CPU.items()
        for turn, cpu in enumerate(turns, 1)
    ]  # fmt: skip
    return {
        "machine": {"processors": 2, "kernel": "6.1", "architecture": "x86_64", "python": "3.12.1"},
        "versions": {"numpy": "2.4.0"},
        "isolation": "landlock",
        "assignment": ASSIGNMENT,
        "seed": 1,
        "mix": "half | half",
        "runs": runs,
        "forks": {str(size): [[0.05, 0.07], [0.06, 0.06]]},
        "ways": {way: f"about {way}" for way in CPU},
        "left_out": [{"way": "otter run", "students": size, "why": "not installed"}],
        "phases": {
            "submissions": 4, "floor_ms": 60.0, "fsync_ms": 2.0,
            "phases": [
                {"side": "judge", "phase": "judging", "ms": 75.0},
                {"side": "sandbox", "phase": "running", "ms": 25.0},
            ],
        },
        "many": {
            "students": 1000, "jobs": 2, "cpu": 150.0, "wall": 120.0, "machine_cpu": 151.0,
            "peak_mb": 410.0, "memory": "pss", "end_to_start": 0.89, "memory_start_mb": 400.0,
            "memory_end_mb": 402.0, "sample": 20, "differ": [], "formgrader": {"the list": 0.4},
            "steps": [{"from": 0, "to": 500, "rate": 9.0, "mb": 400.0},
                      {"from": 500, "to": 1000, "rate": 8.1, "mb": 402.0}],
        },
    }  # fmt: skip


def test_medians_and_ratios_within_each_round():
    found = {row.way: row for row in rows(results())}
    assert list(found) == list(CPU)
    assert found[ONE].cpu_ms == pytest.approx(150)
    assert (found[ONE].low_ms, found[ONE].high_ms) == (pytest.approx(150), pytest.approx(240))
    assert found[ONE].to_bare == pytest.approx(1.25)  # of 1.5, 1.2 and 1.25
    assert found[ONE].to_nbgrader == pytest.approx(26.667, rel=1e-3)  # of 26.7, 20.8 and 40
    assert found[ONE].wall_ms == pytest.approx(380)
    assert [row.disturbed for row in found.values()] == [0, 0, 1, 0, 0]


def test_promises_are_held_against_the_largest_class():
    both = results(10)
    both["runs"] += [
        run | {"cpu": 3 * run["cpu"]} if run["way"] == ONE else run for run in results(100)["runs"]
    ]
    told = [(aim.found, aim.holds) for aim in aims(both)]
    assert told[0] == ("100 students: 3.00 times, +300 ms", False)
    assert told[1] == ("100 students: 3.75 times, +330 ms", False)
    assert [holds for _, holds in told] == [False, False, False, True, False, True]
    assert "1.90 times" in told[3][0]
    assert told[4][0] == "1000 students: 89%"
    small = aims(results())
    assert [aim.holds for aim in small] == [True, True, True, True, False, True]


def test_page_and_plot_come_from_the_results_alone(tmp_path):
    path = tmp_path / "bench.json"
    path.write_text(json.dumps(results()))
    page, plot = write_page(path), draw(path)
    before = page.read_bytes(), plot.read_bytes()
    write_page(path)
    draw(path)
    assert (page.read_bytes(), plot.read_bytes()) == before
    ElementTree.fromstring(before[1])
    text = before[0].decode()
    assert "![Processor time for a submission" in text
    assert "](bench.svg)" in text
    assert f"| {ONE} | 150 (150 to 240) | 1.25 | 27 | 380 | 102 |" in text
    assert "Not here: otter run (not installed)." in text
    assert "Others were at work on the machine in 1 of these 15 runs." in text
    assert "The floor, the mean of the bare forks alone: 60 ms." in text
    assert "| judge | judging | 75.0 | 75% |" in text
    assert "| 501 to 1000 | 8.10 | 402 |" in text
    assert "| 1000 students: 89% | **no** |" in text


def test_nothing_measured_yet_is_a_page_too(tmp_path):
    path = tmp_path / "bench.json"
    empty = {"runs": [], "forks": {}, "ways": {}, "left_out": [], "many": None, "phases": None}
    path.write_text(json.dumps(results() | empty))
    assert "Side by side" not in write_page(path).read_text()
    assert draw(path).is_file()


def test_the_committed_page_is_that_of_the_committed_results(tmp_path):
    kept = ROOT / "docs" / "bench.json"
    if not kept.is_file():
        pytest.skip("nothing was measured yet")
    path = tmp_path / "bench.json"
    path.write_bytes(kept.read_bytes())
    assert write_page(path).read_bytes() == kept.with_suffix(".md").read_bytes()
    told = json.loads(kept.read_text())
    assert set(told["machine"]) == {"processors", "kernel", "architecture", "python"}


def test_rate_and_memory_step_by_step():
    times = [float(number) for number in range(10)] + [9 + 2.0 * n for n in range(1, 11)]
    samples = [(float(second), 100.0 + second) for second in range(0, 30, 5)]
    found = steps(times, samples, 5)
    assert [one["to"] for one in found] == [5, 10, 15, 20]
    assert [one["rate"] for one in found] == [1.0, 1.0, 0.5, 0.5]
    assert rate(times[:3]) == 1.0
    assert memory(samples, 4, 21) == 112.5
    assert memory(samples, 6, 7) == 105.0  # between two samples: the nearest


def test_spans_count_what_is_within_for_itself_only():
    import time

    def work(seconds):
        end = time.thread_time() + seconds
        while time.thread_time() < end:
            pass

    spans = Spans()
    inner = spans.around("inner", lambda: work(0.1))

    def both():
        work(0.05)
        inner()

    spans.around("outer", both)()
    assert spans.seconds["inner"] >= 0.1
    assert 0.05 <= spans.seconds["outer"] < 0.1


@pytest.mark.parametrize("target", [*phases.TARGETS, *phases_worker.TARGETS])
def test_every_phase_is_there(target):
    module, _, path = target.partition(":")
    place = importlib.import_module(module)
    for name in path.split("."):
        place = getattr(place, name)
    assert callable(place)


def test_a_phase_that_is_not_there_is_told():
    with pytest.raises(BenchError, match="worker:nothing"):
        replace("autograder.worker:nothing", lambda function: function)


def test_phases_of_one_submission(folder, right):
    hand_in(folder, "one", right)
    found = phases.of_class(folder, ASSIGNMENT)
    assert found["submissions"] == 1
    assert found["floor_ms"] > 0
    spent = {(one["side"], one["phase"]): one["ms"] for one in found["phases"]}
    wanted = {*phases.TARGETS.values(), *phases_worker.TARGETS.values()}
    assert wanted <= {phase for _, phase in spent}
    assert all(ms >= 0 for ms in spent.values())
    assert spent["sandbox", "running the student's cells"] > 0
    assert spent["sandbox", "calling graded functions"] > 0
    assert folder.path.joinpath("autograded", "one").is_dir()  # it was really marked


@pytest.mark.parametrize("option", [[], ["--checks"]])
def test_the_bare_run_has_the_students_cells_and_checks_if_they_are_wanted(folder, right, option):
    hand_in(folder, "one", right)
    [cells] = submissions(folder.path, ASSIGNMENT, bool(option))
    assert any("def linear_backward" in cell for cell in cells)
    assert sum(cell.startswith("check(") for cell in cells) == len(NAMES) * len(option)
    assert not any(cell.startswith(NOT_RUN) for cell in cells)
    module = [sys.executable, "-P", "-m", "autograder.proving.bare"]
    command = [*module, str(folder.path), ASSIGNMENT, *option]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert len(json.loads(done.stdout)["forks"]) == 1


def test_a_class_can_be_brought_back_to_its_beginning(tmp_path):
    one = Class(tmp_path / "class", ASSIGNMENT, 1, seed=1)
    stock = next(way for way in WAYS if way.name == STOCK)
    config = (one.folder.path / "nbgrader_config.py").read_text()
    stock.run_up(one)
    assert (one.folder.path / "nbgrader_config.py").read_text() != config
    (one.folder.path / "autograded").mkdir()
    one.reset()
    assert (one.folder.path / "nbgrader_config.py").read_text() == config
    assert not (one.folder.path / "autograded").exists()
    assert one.marked() == 0


def test_each_figure_says_of_which_day_and_code_it_is(tmp_path):
    output, told = tmp_path / "bench.json", results()
    older = [run for run in results(20)["runs"] if run["way"] in (BARE, ONE)]
    for run in older:
        del run["date"], run["code"]
        if run["way"] == ONE:
            run |= {"date": "2026-01-01", "code": "3c4d"}
    told["runs"] += older
    told["phases"] |= {"date": "2026-01-03", "code": "5e6f"}
    told["many"] |= {"date": "2026-01-04", "code": "7a8b"}
    output.write_text(json.dumps(told))
    page = write_page(output).read_text()
    first, second = page.split("### 10 students")[1].split("### 20 students")
    second, parts = second.split("## Where the time")
    parts, many = parts.split("## 1000 submissions")
    assert "Measured on 2026-01-02, code `1a2b`." in first
    assert "Measured with code that was not noted, and on 2026-01-01, code `3c4d`." in second
    assert "Measured on 2026-01-03, code `5e6f`." in parts
    assert "Measured on 2026-01-04, code `7a8b`." in many


def test_another_state_of_what_marks_is_another_code(tmp_path, monkeypatch):
    for path in ("autograder/judge.py", "autograder/proving/bench.py", "dnn_utils.py", "other.py"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(path)
    monkeypatch.setattr(course, "ROOT", tmp_path)
    monkeypatch.setattr(stamping, "PACKAGE", tmp_path / "autograder")
    before = stamping.state_of_code()
    assert re.fullmatch("[0-9a-f]{8}", before)
    for path, other in (
        ("autograder/judge.py", True), ("autograder/proving/bench.py", False),
        ("dnn_utils.py", True), ("other.py", False),
    ):  # fmt: skip
        (tmp_path / path).write_text("changed")
        assert (stamping.state_of_code() != before) is other
        before = stamping.state_of_code()


def test_figures_of_a_bare_run_are_found_among_other_lines(tmp_path):
    log = tmp_path / "log"
    log.write_text('a warning\n{"forks": [0.5, 0.25], "here": 1.0}\nException ignored in: x\n')
    assert bare_forks(log) == [0.5, 0.25]
    log.write_text("Exception ignored in: x\n")
    with pytest.raises(BenchError, match="gave no figures and said: Exception ignored"):
        bare_forks(log)


def test_runs_are_added_beside_what_is_saved(tmp_path, monkeypatch):
    saved, output = results(), tmp_path / "bench.json"
    output.write_text(json.dumps(saved))
    same = {k: saved[k] for k in ("machine", "versions", "isolation", "assignment", "seed", "mix")}
    monkeypatch.setattr(bench, "about", lambda *_: same)
    size = saved["runs"][0]["students"]

    def begun(chosen, sizes, add=True):
        asked = argparse.Namespace(
            output=output, add=add, sizes=sizes, assignment=ASSIGNMENT, seed=1
        )
        return bench._begun(asked, chosen)

    beside = begun([BARE], [size + 1])
    assert beside == saved
    assert bench._forget(beside, [BARE], size + 1) is None
    assert beside == saved
    again = begun([BARE], [size])
    before = bench._forget(again, [BARE], size)
    assert before == saved  # until the new runs are there
    assert again["runs"] == [run for run in saved["runs"] if run["way"] != BARE]
    assert again["forks"] == {}
    anew = begun([BARE], [size], add=False)
    assert (anew["runs"], anew["many"]) == ([], saved["many"])
    same["isolation"] = "another"
    with pytest.raises(BenchError, match="has another isolation"):
        begun([BARE], [size])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [(["--ways", "nothing"], "No such way: nothing."), (["--assignment", "nil"], "no assignment")],
)
def test_what_can_not_be_measured_is_one_line(tmp_path, capsys, arguments, words):
    output = tmp_path / "bench.json"
    with pytest.raises(SystemExit) as end:
        bench.main([*arguments, "--sizes", "1", "--output", str(output)])
    assert end.value.code == BenchError.exit_code
    assert words in capsys.readouterr().err
    assert not output.exists()
