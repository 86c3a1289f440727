"""Neither feedback nor formgrader runs what was handed in, and feedback hides hidden checks."""

from __future__ import annotations

import re
import shutil
from functools import cache

import nbformat
import numpy as np
import pytest
from bs4 import BeautifulSoup
from conftest import ASSIGNMENT, NAMES, answered, cell, hand_in
from nbconvert.filters.markdown_mistune import markdown2html_mistune
from nbformat import from_dict, validate
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from nbgrader.utils import determine_grade
from payloads import PAGES, PAYLOADS, TAKEN, active_parts, formgrader_page, hostile

from autograder.building.notebooks import filled_in
from autograder.exercises import ASSIGNMENTS
from autograder.grading import marking
from autograder.grading.classroom import ClassFolder
from autograder.grading.clean_notebook import clean_notebook
from autograder.grading.feedback import feedback
from autograder.grading.feedback_page import SHOWN, UNREAD, HideHiddenChecks
from autograder.grading.marks import marks

ANSWER = {"grade": True, "solution": True, "locked": False, "points": 5, "schema_version": 3}
BATCH = 12


def answer(text: str, grade_id: str):
    return new_markdown_cell(text, metadata={"nbgrader": {"grade_id": grade_id, **ANSWER}})


# What was handed in


@pytest.fixture(scope="module")
def released():
    return new_notebook(cells=[answer("Answer.", grade_id) for grade_id in TAKEN])


@cache
def parts_of_plain(page: str, number: int):
    plain = hostile(*["plain"] * number)
    clean_notebook(plain, None)
    return active_parts(PAGES[page](plain))


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("first", range(0, len(PAYLOADS), BATCH))
def test_no_page_runs_what_a_submission_says_anywhere(first, page, released):
    texts = PAYLOADS[first : first + BATCH]
    notebook = hostile(*texts)
    clean_notebook(notebook, released)
    validate(notebook)
    made = PAGES[page](notebook)
    assert active_parts(made) - parts_of_plain(page, len(texts)) == {}
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", made)
    again = from_dict(notebook)
    clean_notebook(again, released)
    assert again == notebook


def test_most_of_these_texts_would_be_run_otherwise():
    def runs(text):
        try:
            return bool(active_parts(markdown2html_mistune(text)))
        except Exception:  # a page that can't be written harms too
            return True

    assert sum(map(runs, PAYLOADS)) > 60


def test_a_heading_does_not_take_over_the_buttons_of_another_answer():
    notebook = new_notebook(
        cells=[answer("# why-b\n\n## why-b-comment", "why-a"), answer("", "why-b")]
    )
    taken_over = BeautifulSoup(formgrader_page(notebook), "html.parser").find(id="why-b")
    assert taken_over.name == "h1"  # formgrader's scripts would find this first
    clean_notebook(notebook, None)
    page = BeautifulSoup(formgrader_page(notebook), "html.parser")
    assert page.find(id="why-b").name == "input"
    assert page.find(id="why-b-comment").name == "textarea"


@pytest.mark.parametrize(
    "made",
    [
        [new_output("execute_result", {"text/plain": "2.5"}, execution_count=3)],
        [new_output("stream", text="right"), new_output("execute_result", {"text/plain": "0.0"})],
        [new_output("error", ename="CheckFailed", evalue="no", traceback=["no"])],
        [new_output("stream", name="stderr", text="warned")],
        [],
    ],
)
def test_points_verdicts_and_checksums_survive(made):
    about = {"grade": True, "grade_id": "check-x", "points": 4, "locked": True, "solution": False}
    metadata = {"nbgrader": about, "autograder_verdict": {"words": "w"}, "deletable": False}
    cell = new_code_cell('check("x", x)\x0c', outputs=made, metadata=metadata)
    before = determine_grade(cell)
    clean_notebook(notebook := new_notebook(cells=[cell]), None)
    [after] = notebook.cells
    assert determine_grade(after) == before
    assert (after.metadata, after.source) == (metadata, 'check("x", x)\x0c')
    assert [output.output_type for output in after.outputs] == [o.output_type for o in made]


def test_what_was_released_is_left_alone_and_nothing_else(source):
    from autograder.building.notebooks import learner_copy

    released = learner_copy(source)
    submitted = from_dict(released)
    clean_notebook(submitted, released)
    assert [cell.source for cell in submitted.cells] == [cell.source for cell in released.cells]
    assert submitted.metadata == released.metadata
    changed = next(cell for cell in submitted.cells if '<a id="' in cell.source)
    changed.source += "\n<b>mine</b>"
    clean_notebook(submitted, released)
    assert '&lt;a id="' in changed.source


# What a student gets


def verdict(**more: object) -> dict:
    return {"exercise": "x", "hidden": True, "points": 1.0, "words": "x is right.", **more}


def hidden_cell(words: object, **more: object):
    about = {"grade": True, "grade_id": "hidden-x", "points": 6, "locked": True, "solution": False}
    outputs = [
        new_output("stream", text="seen [[0.7265 0.1909]]"),
        new_output("display_data", {"text/plain": "0.7265"}),
        new_output("execute_result", {"text/plain": "1.0"}),
    ]
    metadata = {"nbgrader": about | more, "autograder_verdict": verdict(words=words)}
    return new_code_cell('check("x", x, hidden=True)', outputs=outputs, metadata=metadata)


@pytest.mark.parametrize("more", [{}, {"grade_id": "renamed"}])
def test_of_a_hidden_check_only_words_and_points_stay(more):
    numbers = "off by 0.72651, 1.5e-3, -12.345e+07; 1/m, 1e-7."
    made = hidden_cell(f"x is not right yet.\n\nHidden case, m = 1:\n  {numbers}", **more)
    hidden, _ = HideHiddenChecks().preprocess_cell(made, {}, 0)
    assert hidden.source == SHOWN
    assert "autograder_verdict" not in hidden.metadata
    assert hidden.metadata.nbgrader.points == 6
    [output] = hidden.outputs
    assert output.text == (
        "x is not right yet.\n\nHidden case, m = 1:\n  off by …, 1.5e-3, …; 1/m, 1e-7.\n"
    )


@pytest.mark.parametrize("words", [None, "", 3, ["x"]])
def test_a_hidden_check_without_a_verdict_says_so(words):
    hidden, _ = HideHiddenChecks().preprocess_cell(hidden_cell(words), {}, 0)
    assert len(hidden.outputs) == 1
    assert hidden.source == SHOWN


def test_other_cells_keep_what_they_show():
    about = {"grade": True, "grade_id": "check-x", "points": 4, "locked": True, "solution": False}
    visible = new_code_cell(
        'check("x", x)',
        outputs=[new_output("stream", text="wanted 0.72651")],
        metadata={"nbgrader": about, "autograder_verdict": verdict(hidden=False)},
    )
    shown, _ = HideHiddenChecks().preprocess_cell(from_dict(visible), {}, 0)
    assert (shown.source, shown.outputs) == (visible.source, visible.outputs)


TELLS = """
def linear_backward(dZ, cache):
    A, W, b = cache
    print("seen", dZ.tolist())
    display_all(dZ)
    if dZ.shape == (1, 1):
        raise ValueError(str(dZ.tolist()))
    return W.T @ dZ, dZ @ A.T, dZ.sum(axis=1, keepdims=True)
"""
SHOWS = f"""
from IPython.display import HTML, SVG, Javascript, Markdown, display
def display_all(x):
    display(HTML("<script>document.title='owned'</script><b>bold</b>"))
display(HTML("<img src=x onerror=alert(1)><table><tr><td>1</td></tr></table>"))
display(Javascript("alert(1)"), SVG("<svg xmlns='http://www.w3.org/2000/svg' onload='x'/>"))
display(Markdown("<script>document.title='owned'</script>"))
display({{"text/html": {PAYLOADS[0]!r}, "application/javascript": "x"}}, raw=True)
print("\\x1b[38m\\x1b]0;owned\\x07 <script>document.title='owned'</script>")
class Odd(Exception): pass
Odd.__name__ = "<script>document.title='owned'</script>"
raise Odd("<img src=x onerror=alert(1)>")
"""


@pytest.fixture(scope="module")
def marked(released_class, tmp_path_factory, source):
    """Ann, who hands in all sorts of things, and Ben, marked and with feedback."""
    path = tmp_path_factory.mktemp("feedback") / "autumn"
    shutil.copytree(released_class, path)
    folder = ClassFolder(path)
    hand_in(folder, "Ben", filled_in(source))
    notebook = answered(filled_in(source), linear_backward=TELLS)
    cell(notebook, "why-one-over-m").source = f"Since a<b holds. {PAYLOADS[0]}"
    at = notebook.cells.index(cell(notebook, "linear_backward"))
    notebook.cells[at:at] = [new_code_cell(SHOWS, id="shows"), *hostile_cells()]
    handed_in = hand_in(folder, "Ann", notebook)
    (handed_in.parent / "evil.html").write_text(PAYLOADS[0])
    marking.grade(folder, [ASSIGNMENT], seed=7)
    pages = feedback(folder, [ASSIGNMENT])
    return folder, [page.read_text(encoding="utf-8") for page in pages]


def hostile_cells():
    texts = [text for text in PAYLOADS if text.isprintable()]
    return [new_markdown_cell(text, id=f"own-{at}") for at, text in enumerate(texts)]


def test_the_marks_are_what_the_judge_gave(marked):
    found = {m.exercise: m for m in marks(marked[0], ASSIGNMENT) if m.student_id == "Ann"}
    assert (found["linear_backward"].score, found["linear_backward"].status) == (1, "graded")
    assert sum(m.score for name, m in found.items() if name in NAMES) == 91
    assert found["why-one-over-m"].status == "needs a human"


def test_nothing_that_ann_handed_in_runs(marked):
    folder, pages = marked
    places = [folder.path / "autograded" / name / ASSIGNMENT for name in ("Ann", "Ben")]
    ann, ben = (nbformat.read(p / f"{ASSIGNMENT}.ipynb", as_version=4) for p in places)
    shown = next(one for one in ann.cells if "display_all(x)" in one.source)
    assert {kind for output in shown.outputs for kind in output.get("data", {})} == {
        "text/html", "text/plain",
    }  # fmt: skip
    assert shown.outputs[-1].output_type == "error"
    for one, other in (pages, (formgrader_page(ann), formgrader_page(ben))):
        assert active_parts(one) - active_parts(other) == {}
        assert "Since a&lt;b holds." in one
        assert "<table><tbody><tr><td>1</td>" in one
    assert not (places[0] / "evil.html").exists()
    assert (places[0] / "figures" / "overview.svg").is_file()


def test_the_page_shows_no_hidden_check_and_none_of_its_numbers(marked):
    _, [page, _] = marked
    assert "hidden=True" not in page
    assert "HIDDEN TESTS" not in page
    text = BeautifulSoup(page, "html.parser")
    panels = [
        p.get_text() for p in text.select("div.cell") if "Grade cell: hidden-" in p.get_text()
    ]
    assert len(panels) == len(ASSIGNMENTS[ASSIGNMENT])
    [told] = [panel for panel in panels if "hidden-linear_backward" in panel]
    assert "Score: 0.0 / 6.0" in told
    assert "Hidden case" in told
    assert "dW has wrong values." in told
    for exercise, panel in zip(ASSIGNMENTS[ASSIGNMENT], panels, strict=True):
        assert SHOWN in panel
        assert not re.search(r"\d\.\d{2,}", panel)
        for probe in exercise.inputs(7, hidden=True):
            wanted = flat([*probe.args, exercise.with_wanted(probe).wanted])
            numbers = {f"{value:.{digits}g}" for value in wanted for digits in (4, 5, 8)}
            assert not [one for one in numbers if len(one) > 5 and one in panel]


def test_the_page_begins_with_the_points_of_every_exercise(marked):
    ann, ben = (BeautifulSoup(page, "html.parser") for page in marked[1])
    tables = [page.select("#notebook table")[0] for page in (ann, ben)]
    rows, right = (
        [[cell.get_text(strip=True) for cell in row.select("td")] for row in table.select("tr")[1:]]
        for table in tables
    )
    assert sorted(row[0] for row in rows) == sorted([*NAMES, "why-one-over-m"])
    assert [row for row in rows if row[2]] == [
        ["linear_backward", "1 of 10", "see what was found"],
        ["why-one-over-m", "– of 5", "not marked yet"],
    ]
    assert [row for row in right if row[2]] == [["why-one-over-m", "– of 5", "not marked yet"]]
    for link in tables[0].select("a"):
        assert ann.select(f'a[name="{link["href"].removeprefix("#")}"]')


def test_an_answer_that_nobody_has_read_says_so_until_somebody_has(marked):
    folder, [page, _] = marked
    assert UNREAD in page
    with folder.gradebook() as gradebook:
        one = gradebook.find_grade("why-one-over-m", ASSIGNMENT, ASSIGNMENT, "Ben")
        one.manual_score, one.needs_manual_grade = 3.0, False
        said = gradebook.find_comment("why-one-over-m", ASSIGNMENT, ASSIGNMENT, "Ann")
        said.manual_comment = "Come and see me."
        gradebook.db.commit()
    ann, ben = (page.read_text("utf-8") for page in feedback(folder, [ASSIGNMENT]))
    assert UNREAD not in ann  # the instructor's own words stand there
    assert "Come and see me." in ann
    assert "not marked yet" in ann
    assert "not marked yet" not in ben
    assert UNREAD not in ben
    assert re.search(r"<td>3 of 5</td>\s*<td>.*see what was found", ben)


def flat(value: object) -> list[float]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list | tuple):
        return [number for one in value for number in flat(one)]
    array = np.asarray(value)
    return array.astype(float).ravel().tolist() if array.dtype.kind in "fiu" else []
