"""Whatever file a learner has: it loads, or one sentence says why not. Plots have words."""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import sys

import h5py
import matplotlib.pyplot as plt
import nbformat
import numpy as np
import pytest
from bs4 import BeautifulSoup
from conftest import ROOT
from PIL import Image

import data_utils
from data_utils import (
    DataFileError,
    load_images,
    load_kinds,
    load_own_picture,
    load_points,
    progress,
    show,
)

plt.switch_backend("Agg")  # draws without a window
PICTURES = np.random.default_rng(0).integers(0, 256, (6, 8, 8, 3), np.uint8)
LABELS = np.array([0, 1, 0, 1, 1, 0])


def write(folder, checksums=True, name="catvnoncat", **changes):
    """Write a pair of small files in the course's layout, with something changed in both."""
    for part in ("train", "test"):
        data = {
            f"{part}_set_x": changes.get("x", PICTURES),
            f"{part}_set_y": changes.get("y", LABELS),
            "list_classes": np.array(changes.get("classes", ["non-cat", "cat"]), "S"),
        }
        with h5py.File(folder / f"{part}_{name}.h5", "w", libver=("v108", "v108")) as file:
            for key, values in data.items():
                if key[-1] not in changes.get("without", ""):
                    packing = {"compression": "gzip", "fletcher32": True} if "x" in key else {}
                    file.create_dataset(key, data=values, **packing)
                    if checksums:
                        checksum = hashlib.sha256(values.tobytes()).hexdigest()
                        file[key].attrs["sha256"] = changes.get("checksum", checksum)
    return str(folder / name)


def sentence(error):
    """Give the text of a failure, which has to be one line in words."""
    text = str(error.value)
    assert "\n" not in text and text.endswith(".") and "Error" not in text
    assert error.value._render_traceback_() == [text]
    # no second traceback in a terminal either
    assert error.value.__suppress_context__ or error.value.__context__ is None
    return text


# --- what loads -----------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["cats", "daynight"])
def test_load_images(name):
    train_x, train_y, test_x, test_y, classes = load_images(name)
    for x, y, m in ((train_x, train_y, 500), (test_x, test_y, 400)):
        assert (x.shape, x.dtype) == ((m, 64, 64, 3), np.uint8)
        assert (y.shape, y.dtype) == ((1, m), np.int64)
        assert x.flags.writeable and y.flags.writeable
    assert [one.decode() for one in classes] == {
        "cats": ["non-cat", "cat"],
        "daynight": ["day", "night"],
    }[name]
    train_kinds, test_kinds = load_kinds(name)
    assert train_kinds.shape == (500,) and test_kinds.shape == (400,)
    assert train_kinds.dtype.kind == "U"


def test_the_default_is_cats():
    np.testing.assert_array_equal(load_images()[0], load_images("cats")[0])


@pytest.mark.parametrize("name", ["moons", "circles", "spirals", "flower"])
def test_load_points(name):
    X, Y = load_points(name)
    m = 400 if name == "flower" else 300
    assert (X.shape, X.dtype, Y.shape, Y.dtype) == ((2, m), np.float64, (1, m), np.int64)


@pytest.mark.parametrize("way", ["folder/name", "folder", "folder/train_name.h5", "relative"])
@pytest.mark.parametrize("checksums", [True, False])
def test_files_of_a_learners_own(tmp_path, monkeypatch, way, checksums):
    """The well-known course's files have neither checksums nor kinds."""
    name = write(tmp_path, checksums)
    if way == "relative":
        monkeypatch.chdir(tmp_path)
    name = {
        "folder/name": name,
        "folder": str(tmp_path),
        "folder/train_name.h5": str(tmp_path / "train_catvnoncat.h5"),
        "relative": "catvnoncat",
    }[way]
    train_x, train_y, test_x, test_y, classes = load_images(name)
    for x, y in ((train_x, train_y), (test_x, test_y)):
        np.testing.assert_array_equal(x, PICTURES)
        np.testing.assert_array_equal(y, LABELS[None])
        assert y.dtype == np.int64
    assert [one.decode() for one in classes] == ["non-cat", "cat"]
    with pytest.raises(DataFileError) as error:
        load_kinds(name)
    assert "has no data set train_set_kind; what it has is list_classes" in sentence(error)


def test_classes_written_as_python_text(tmp_path):
    """HDF5 has two kinds of text; h5py writes a list of str as the other one."""
    name = write(tmp_path, checksums=False)
    for part in ("train", "test"):
        with h5py.File(tmp_path / f"{part}_catvnoncat.h5", "a") as file:
            del file["list_classes"]
            file["list_classes"] = ["non-cat", "cat"]
    assert [one.decode() for one in load_images(name)[4]] == ["non-cat", "cat"]


# --- what does not --------------------------------------------------------------------------


def damaged(path, way):
    """Give a file's bytes as they look after one kind of accident."""
    raw = path.read_bytes()
    if way == "bit flip":
        with h5py.File(path) as file:
            part = path.name.split("_")[0]
            place = file[f"{part}_set_x"].id.get_chunk_info(0).byte_offset + 100
        return raw[:place] + bytes([raw[place] ^ 1]) + raw[place + 1 :]
    return {
        "empty": b"",
        "web page": b"<!DOCTYPE html><html>",
        "pointer": b"version https://git-lfs.github.com/spec/v1\noid sha256:..",
        "line endings": raw.replace(b"\r\n", b"\n"),
        "something else": b"\x89PNG\r\n\x1a\n" + raw[8:],
        "cut to half": raw[: len(raw) // 2],
        "cut by a byte": raw[:-1],
    }[way]


@pytest.mark.parametrize(
    ("way", "said"),
    [
        ("empty", "is empty, 0 bytes"),
        ("web page", "is a web page in place of the data"),
        ("pointer", "is a pointer of Git LFS"),
        ("line endings", "was changed on its way as if it were text"),
        ("something else", "is no HDF5 file"),
        ("cut to half", "is cut short or damaged"),
        ("cut by a byte", "is cut short or damaged"),
        ("bit flip", "is damaged inside"),
    ],
)
@pytest.mark.parametrize("part", ["train", "test"])
def test_accidents_on_the_way(tmp_path, part, way, said):
    name = write(tmp_path)
    path = tmp_path / f"{part}_catvnoncat.h5"
    path.write_bytes(damaged(path, way))
    with pytest.raises(DataFileError) as error:
        load_images(name)
    text = sentence(error)
    assert text.startswith(str(path)) and said in text
    assert text.endswith(": copy it again from where it came from.")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"x": PICTURES / 255}, "train_set_x must be uint8 of shape (m, n, n, 3), not float64"),
        ({"x": PICTURES[:, :4]}, "not uint8 of shape (6, 4, 8, 3)"),
        ({"x": PICTURES[..., :1]}, "not uint8 of shape (6, 8, 8, 1)"),
        ({"x": PICTURES[0]}, "not uint8 of shape (8, 8, 3)"),
        ({"y": LABELS[:5]}, "has 6 pictures, but labels of shape (5,)"),
        ({"y": LABELS[None]}, "has 6 pictures, but labels of shape (1, 6)"),
        ({"y": LABELS * 2}, "labels must be 0 or 1; there are 0, 2"),
        ({"y": LABELS / 0.3}, "labels must be 0 or 1; there are 0.0, 3.33"),
        ({"y": np.array([b"cat"] * 6)}, "labels must be 0 or 1; there are"),
        ({"classes": ["a", "b", "c"]}, "list_classes must name 2 classes, not |S1 of shape (3,)"),
        ({"without": "y"}, "has no data set train_set_y; what it has is"),
        ({"without": "xys"}, "has no data set train_set_x; what it has is nothing"),
        ({"checksum": "0" * 64}, "train_set_x isn't what was written"),
    ],
)
def test_files_about_something_else(tmp_path, changes, said):
    name = write(tmp_path, **changes)
    with pytest.raises(DataFileError) as error:
        load_images(name)
    text = sentence(error)
    assert text.startswith(str(tmp_path / "train_catvnoncat.h5")) and said in text


def test_the_first_thing_that_is_wrong_is_named(tmp_path):
    """Type before length, length before labels, labels before classes, checksum last."""
    wrong = {"x": PICTURES / 255, "y": LABELS[:5] * 2, "classes": ["a"], "checksum": "0" * 64}
    right = {"x": PICTURES, "y": LABELS, "classes": ["a", "b"]}
    for changes, said in (
        (wrong, "must be uint8"),
        (wrong | {"x": PICTURES}, "labels of shape"),
        (wrong | {"x": PICTURES, "y": LABELS * 2}, "labels must be 0 or 1"),
        (wrong | {"x": PICTURES, "y": LABELS}, "must name 2 classes"),
        (wrong | right, "does not fit its checksum"),
    ):
        with pytest.raises(DataFileError, match=said):
            load_images(write(tmp_path, **changes))


def test_sizes_that_differ(tmp_path):
    name = write(tmp_path)
    write(tmp_path, name="other", x=PICTURES[:, :4, :4])
    shutil.copy(tmp_path / "test_other.h5", tmp_path / "test_catvnoncat.h5")
    with pytest.raises(DataFileError) as error:
        load_images(name)
    said = "has pictures of 4 x 4, but train_catvnoncat.h5 has pictures of 8 x 8"
    assert said in sentence(error)


def test_files_that_are_not_there(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DataFileError) as error:
        load_images("dogs")
    assert sentence(error).startswith(f"There is no train_dogs.h5 in {tmp_path}. ")
    assert '"cats", "daynight"' in str(error.value)
    monkeypatch.setattr(data_utils, "DATASETS", tmp_path)
    with pytest.raises(DataFileError) as error:
        load_images("cats")
    assert sentence(error).endswith("unpack it again, the whole of it.")
    with pytest.raises(DataFileError) as error:
        load_points("moons")
    assert sentence(error).startswith(f"There is no moons.h5 in {tmp_path}. ")
    (tmp_path / "train_catvnoncat.h5").write_bytes(b"")
    with pytest.raises(DataFileError, match="unpack the course's zip again"):
        load_images("cats")


def test_folders(tmp_path):
    with pytest.raises(DataFileError, match=r"has 0 files train_\*\.h5: say which") as error:
        load_images(str(tmp_path))
    write(tmp_path)
    write(tmp_path, name="other")
    with pytest.raises(DataFileError, match=r'has 2 files .* load_images\(".*/catvnoncat"\)'):
        load_images(str(tmp_path))
    sentence(error)
    (tmp_path / "train_x.h5").mkdir()
    (tmp_path / "test_x.h5").mkdir()
    with pytest.raises(DataFileError, match="can't be read: Is a directory"):
        load_images(str(tmp_path / "x"))


def test_one_flipped_bit_never_passes_silently(tmp_path):
    """Three hundred times: the same data, or a sentence."""
    name = write(tmp_path)
    whole = load_images(name)
    path, draw = tmp_path / "train_catvnoncat.h5", np.random.default_rng(0)
    raw = path.read_bytes()
    noticed = 0
    for _ in range(300):
        place = draw.integers(len(raw))
        flipped = bytes([raw[place] ^ (1 << draw.integers(8))])
        path.write_bytes(raw[:place] + flipped + raw[place + 1 :])
        try:
            for before, after in zip(whole, load_images(name), strict=True):
                np.testing.assert_array_equal(before, after)
        except DataFileError:
            noticed += 1
    assert noticed > 30  # most of so small a file is padding


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"train_X": np.zeros((3, 5))}, "train_X must be float64 of shape (2, m), not float64"),
        ({"train_X": np.zeros((2, 5), int)}, "train_X must be float64"),
        ({"train_Y": np.zeros(5, int)}, "has 5 points, but labels of shape (5,)"),
        ({"train_Y": np.full((1, 5), 2)}, "labels must be 0 or 1; there are 2"),
        ({"train_Y": None}, "has no data set train_Y; what it has is train_X"),
    ],
)
def test_points_of_another_kind(tmp_path, change, said):
    data = {"train_X": np.zeros((2, 5)), "train_Y": np.zeros((1, 5), int)} | change
    with h5py.File(tmp_path / "own.h5", "w") as file:
        file.update({key: values for key, values in data.items() if values is not None})
    with pytest.raises(DataFileError) as error:
        load_points(str(tmp_path / "own.h5"))
    assert said in sentence(error)


# --- own pictures ---------------------------------------------------------------------------


def wide_picture():
    """Give 200 x 100 pixels: red at the left, green in the middle half, blue at the right."""
    pixels = np.zeros((100, 200, 3), np.uint8)
    pixels[:, :50, 0], pixels[:, 50:150, 1], pixels[:, 150:, 2] = 255, 255, 255
    return Image.fromarray(pixels)


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.bmp", "a.gif", "a.webp"])
def test_the_middle_square_is_taken(tmp_path, name):
    wide_picture().save(tmp_path / name)
    picture = load_own_picture(str(tmp_path / name))
    assert (picture.shape, picture.dtype) == ((64, 64, 3), np.uint8)
    assert np.abs(picture[:, 4:-4].astype(int) - [0, 255, 0]).max() < 20
    assert picture.flags.writeable


def test_modes_of_pictures(tmp_path):
    """Black and white, grey, palette, print colours, scanner's grey: all become RGB."""
    grey = np.full((80, 80), 200, np.uint8)
    for mode in ("L", "P", "RGB", "RGBA", "LA"):
        Image.fromarray(grey).convert(mode).save(tmp_path / "a.png")
        np.testing.assert_allclose(load_own_picture(tmp_path / "a.png"), 200, atol=2)
    Image.fromarray(grey).convert("RGB").convert("CMYK").save(tmp_path / "a.jpg")
    np.testing.assert_allclose(load_own_picture(tmp_path / "a.jpg"), 200, atol=4)
    Image.fromarray(np.full((80, 80), 200 * 256, np.uint16)).save(tmp_path / "a.png")
    np.testing.assert_array_equal(load_own_picture(tmp_path / "a.png"), 200)
    Image.fromarray(grey).convert("1").save(tmp_path / "a.png")
    assert load_own_picture(tmp_path / "a.png").shape == (64, 64, 3)


def test_what_is_transparent_is_white(tmp_path):
    clear = Image.new("RGBA", (10, 10), (255, 0, 0, 0))
    clear.save(tmp_path / "a.png")
    np.testing.assert_array_equal(load_own_picture(tmp_path / "a.png"), 255)


def test_photographs_are_turned_upright(tmp_path):
    """A camera held sideways writes down how it was held."""
    pixels = np.zeros((100, 100, 3), np.uint8)
    pixels[:50] = 255
    exif = Image.Exif()
    exif[0x0112] = 6  # turn right by a quarter
    Image.fromarray(pixels).save(tmp_path / "a.jpg", exif=exif, quality=95)
    picture = load_own_picture(tmp_path / "a.jpg")
    assert picture[:, 40:].min() > 200 and picture[:, :24].max() < 50


def test_what_is_no_picture(tmp_path):
    with pytest.raises(DataFileError) as error:
        load_own_picture(tmp_path / "me.jpg")
    assert sentence(error) == f"There is no me.jpg in {tmp_path}."
    (tmp_path / "a.txt").write_text("no picture")
    wide_picture().save(tmp_path / "a.png")
    (tmp_path / "cut.png").write_bytes((tmp_path / "a.png").read_bytes()[:100])
    (tmp_path / "empty.jpg").write_bytes(b"")
    for name in ("a.txt", "cut.png", "empty.jpg", "."):
        with pytest.raises(DataFileError) as error:
            load_own_picture(str(tmp_path / name))
        said = "is no picture that Python can read: save it as PNG or JPEG."
        assert sentence(error) == f"{tmp_path / name} {said}"


# --- what notebooks show --------------------------------------------------------------------


def test_show_outside_of_notebooks(monkeypatch):
    """In a script a window opens, and stays as long as somebody looks."""
    shown = []
    monkeypatch.setattr(plt, "show", lambda: shown.append(plt.get_fignums()))
    figure, _ = plt.subplots()
    show(figure, "a line")
    assert shown == [[figure.number]]
    plt.close(figure)


def test_progress_hands_out_every_step_outside_of_notebooks(capsys):
    assert list(progress(range(3), "training")) == [0, 1, 2]
    assert list(progress(["a", "b"], shown=False)) == ["a", "b"]
    assert list(progress([])) == []
    assert capsys.readouterr().out == ""


CELLS = """
import matplotlib.pyplot as plt
from dnn_utils import load_images, progress, show
from opt_utils import load_dataset, plot_decision_boundary
---
figure, axes = plt.subplots(figsize=(2, 1))
show(figure, 'A "line" <b>& more</b>')
print(plt.get_fignums())
---
X, Y = load_dataset("moons")
---
plt.title("half")
plot_decision_boundary(lambda points: points[:, 0] > 0.5, X, Y)
---
for step in progress(range(30), "training"):
    print(step, end=" ")
for step in progress(range(2), shown=False):
    pass
---
load_images("dogs")
"""


RUN = """
import nbclient, nbconvert, nbformat
notebook = nbformat.read("a.ipynb", as_version=4)
nbclient.NotebookClient(notebook, allow_errors=True, coalesce_streams=True).execute()
nbformat.write(notebook, "a.ipynb")
page, _ = nbconvert.HTMLExporter().from_notebook_node(notebook)
open("a.html", "w", encoding="utf-8").write(page)
"""


@pytest.fixture(scope="module")
def notebook(tmp_path_factory):
    """Run the cells in a real kernel, in a folder as students have it; give it and its page."""
    folder = tmp_path_factory.mktemp("student")
    for name in ("dnn_utils.py", "opt_utils.py", "data_utils.py"):
        shutil.copy(ROOT / name, folder)
    (folder / "datasets").mkdir()
    shutil.copy(ROOT / "datasets" / "moons.h5", folder / "datasets")
    cells = [nbformat.v4.new_code_cell(text.strip()) for text in CELLS.split("---")]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), folder / "a.ipynb")
    done = subprocess.run(
        [sys.executable, "-c", RUN], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    page = BeautifulSoup((folder / "a.html").read_bytes(), "html.parser")
    return nbformat.read(folder / "a.ipynb", as_version=4), page


def test_every_plot_has_words(notebook):
    cells, page = notebook
    X, Y = load_points("moons")
    right = np.mean((X[0] > 0.5) == Y[0])
    assert [picture["alt"] for picture in page.find_all("img")] == [
        'A "line" <b>& more</b>',
        "moons: 150 points of label 0 and 150 of label 1, two half circles that reach into each "
        "other.",
        "half: the plane in two colours, by what the model says. "
        f"Of 300 examples {right:.1%} are on the right side.",
    ]
    first = cells.cells[1].outputs
    assert first[0].data["text/plain"] == 'A "line" <b>& more</b>'
    assert first[0].data["image/png"]
    assert first[1].text == "[]\n"  # the figure is closed: Jupyter won't show it twice


def test_progress_in_a_notebook(notebook):
    shown, printed = notebook[0].cells[4].outputs
    assert re.fullmatch(r"training \[#{20}\] 30 of 30, \d+ s", shown.data["text/plain"]), (
        shown.data["text/plain"]
    )
    assert printed.text == "".join(f"{step} " for step in range(30))


def test_a_failure_in_a_notebook_is_one_sentence(notebook):
    (output,) = notebook[0].cells[5].outputs
    assert output.traceback == [output.evalue]
    assert output.evalue.startswith("There is no train_dogs.h5 in ")
