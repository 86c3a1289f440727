"""The data sets are what their README says, can be drawn again, and teach what is claimed."""

from __future__ import annotations

import hashlib
import re
import sys

import h5py
import numpy as np
import pytest
from conftest import ROOT

import data_utils
from autograder import course

sys.path.append(str(ROOT / "datasets"))

import make_datasets
from drawing import points
from measuring import bugs as _bugs  # noqa: F401 (registers its claims)
from measuring import pictures as _pictures  # noqa: F401
from measuring import points as _points  # noqa: F401
from measuring.claims import CLAIMS

README = (ROOT / "datasets" / "README.md").read_text(encoding="utf-8")
PARTS = ("train", "test")
PICTURE_FILES = [f"{part}_{one.name}" for one in make_datasets.PICTURE_SETS for part in PARTS]
ABOUT = {
    "title", "synthetic", "licence", "generator", "generator_version", "seed", "label_meaning",
    "numpy_version", "h5py_version",
}  # fmt: skip


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def every_data_set(file):
    with h5py.File(ROOT / "datasets" / f"{file}.h5") as opened:
        yield from ((name, opened[name], opened[name][()]) for name in opened)


def test_the_readme_lists_every_file_with_its_checksum():
    listed = re.findall(r"^\| `(\w+\.h5)` \| (\d+) \| `(\w{64})` \|$", README, re.MULTILINE)
    files = {path.name: path.read_bytes() for path in (ROOT / "datasets").glob("*.h5")}
    del files["checks.h5"]
    assert {n: (int(size), checksum) for n, size, checksum in listed} == {
        name: (len(content), sha256(content)) for name, content in files.items()
    }
    assert all(path.name in README for path in (ROOT / "datasets").glob("*.png"))


@pytest.mark.parametrize("file", [*PICTURE_FILES, *points.SETS])
def test_a_file_says_what_it_is(file):
    with h5py.File(ROOT / "datasets" / f"{file}.h5") as opened:
        about = dict(opened.attrs)
    assert set(about) == ABOUT
    assert (about["synthetic"], about["licence"]) == ("yes", "CC0-1.0")
    assert re.fullmatch(r"0 = [\w -]+, 1 = [\w -]+", about["label_meaning"])
    for _, data_set, values in every_data_set(file):
        assert data_set.attrs["sha256"] == sha256(values.tobytes())


@pytest.mark.parametrize("file", PICTURE_FILES)
def test_pictures_are_packed_tightly_and_guarded(file):
    part = file.split("_")[0]
    found = {name: data_set for name, data_set, _ in every_data_set(file)}
    assert set(found) == {*(f"{part}_set_{what}" for what in ("x", "y", "kind")), "list_classes"}
    with h5py.File(ROOT / "datasets" / f"{file}.h5") as opened:
        x = opened[f"{part}_set_x"]
        assert (x.compression, x.compression_opts, x.fletcher32) == ("gzip", 9, True)
        assert (x.chunks, x.dtype) == ((20, 64, 64, 3), np.uint8)
        assert opened[f"{part}_set_y"].dtype == np.int64
    assert 2.4e6 < (ROOT / "datasets" / f"{file}.h5").stat().st_size < 3.4e6


@pytest.mark.parametrize("pictures", make_datasets.PICTURE_SETS, ids=lambda one: one.name)
def test_pictures_can_be_drawn_again(pictures):
    """A few of each file, to within one level: versions of numpy differ by that."""
    name = next(n for n, file in data_utils.IMAGE_SETS.items() if file == pictures.name)
    train_x, train_y, test_x, test_y, classes = data_utils.load_images(name)
    x, y = np.concatenate([train_x, test_x]), np.concatenate([train_y, test_y], axis=1)
    kinds = np.concatenate(data_utils.load_kinds(name))
    assert [one.decode() for one in classes] == list(pictures.artist.CLASSES)
    order = pictures.order()
    for place in (0, 1, 2, 3, 250, 499, 500, 501, 502, 899):
        picture, label, kind = pictures.picture(order[place])
        assert (label, kind) == (y[0, place], kinds[place])
        assert np.abs(picture.astype(int) - x[place]).max() <= 1


def test_kinds_and_labels_belong_together():
    for name, is_one in (
        ("cats", lambda kind: kind == "cat"),
        ("daynight", lambda kind: "night" in kind or kind in NIGHT),
    ):
        _, train_y, _, test_y, _ = data_utils.load_images(name)
        for y, kinds in zip((train_y, test_y), data_utils.load_kinds(name), strict=True):
            assert [bool(label) for label in y[0]] == [is_one(kind) for kind in kinds]
            assert 0.45 < y.mean() < 0.55


NIGHT = ("starry", "moonlit", "city glow", "dark overcast", "twilight", "moonlit snow",
         "long exposure", "aurora")  # fmt: skip


@pytest.mark.parametrize("name", points.SETS)
def test_points_can_be_drawn_again(name):
    draw, how, _ = points.SETS[name]
    X, Y = draw(**how)
    stored_X, stored_Y = data_utils.load_points(name)
    np.testing.assert_allclose(stored_X, X, rtol=0, atol=1e-12)
    np.testing.assert_array_equal(stored_Y, Y)
    assert X.shape == (2, how["number"]) and Y.sum() == how["number"] // 2


@pytest.mark.parametrize(
    ("text", "sets"),
    [
        ('train_x, *_ = load_images("cats")', ["cats"]),
        ("load_kinds('daynight')", ["daynight"]),
        ('load_images(\n    name="daynight"\n)', ["daynight"]),
        ("load_images()", ["cats"]),
        ("load_dataset(is_plot=False)", ["moons"]),
        ('load_dataset("spirals"); then try `load_dataset("flower")`', ["spirals", "flower"]),
        ('load_dataset("moons") load_images("cats")', ["cats", "moons"]),
        ('`load_images` reads load_images("my/own_folder")', []),
        ("import load_images, load_dataset", []),
    ],
)
def test_an_assignment_gets_the_sets_that_its_source_loads(tmp_path, monkeypatch, text, sets):
    monkeypatch.setattr(course, "SOURCES", tmp_path)
    (tmp_path / "some.md").write_text(text, encoding="utf-8")
    files = [name for name in course.learner_files("some") if name not in course.LEARNER_FILES]
    assert files == [file for name in sets for file in course.DATA_SETS[name]]


def test_every_set_can_be_had():
    assert set(course.DATA_SETS) == {*data_utils.IMAGE_SETS, *data_utils.POINT_SETS}
    assert set(course.DATA_SETS) == {*data_utils.IMAGE_SETS, *points.SETS}
    files = [file for files in course.DATA_SETS.values() for file in files]
    assert {f"datasets/{file}.h5" for file in (*PICTURE_FILES, *points.SETS)} == set(files)


def test_making_them_twice_gives_the_same_bytes(tmp_path, monkeypatch):
    monkeypatch.setattr(make_datasets, "TRAIN", 3)
    monkeypatch.setattr(make_datasets, "TEST", 2)
    made = [list(make_datasets.make(tmp_path)) for _ in range(2)]
    before = [path.read_bytes() for path in made[0]]
    assert before == [path.read_bytes() for path in made[1]]
    assert {path.stem for path in made[0]} == {*PICTURE_FILES, *points.SETS}
    train_x, train_y, test_x, *_ = data_utils.load_images(str(tmp_path / "daynight"))
    assert (len(train_x), train_y.shape, len(test_x)) == (3, (1, 3), 2)


@pytest.mark.parametrize("name", [name for name, claim in CLAIMS.items() if claim.quick])
def test_claims(name):
    """The quick ones; `python datasets/what_they_teach.py` measures all."""
    claim = CLAIMS[name]
    measured = claim.measure(2)
    assert claim.holds(measured), f"{claim.text}: {measured}, said {claim.said}"
